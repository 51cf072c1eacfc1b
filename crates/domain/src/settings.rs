//! An app's settings: known keys with a type each, and free ones (spec 20).
//!
//! The stored object always has a `name`, and its known keys always have their type.

use serde_json::{Map, Value};

use crate::{
    boolean,
    meta::{self, MetaError},
    text::{self, FieldError},
};

/// The periods of a rate limit, with the short names that are understood too (spec 20).
const PERIODS: [(&str, &str); 4] = [
    ("daily", "day"),
    ("weekly", "week"),
    ("monthly", "month"),
    ("yearly", "year"),
];

/// Merges the given settings into the stored ones: given keys are set, those given as `null` removed (spec 20).
///
/// Known keys are brought to their type; all that is wrong is reported, and then nothing is changed.
///
/// ```
/// use domain::settings;
/// use serde_json::json;
/// # let object = |value: serde_json::Value| value.as_object().cloned().unwrap_or_default();
///
/// let stored = object(json!({"name": "North Dental", "color": "blue"}));
/// let merged = settings::merge(&stored, object(json!({"disableEmail": "1", "color": null})));
/// assert_eq!(merged, Ok(object(json!({"name": "North Dental", "disableEmail": true}))));
///
/// let errors = settings::merge(&stored, object(json!({"name": 7, "callback": "x"}))).expect_err("two are wrong");
/// assert_eq!(errors.len(), 2);
/// ```
pub fn merge(
    stored: &Map<String, Value>,
    given: Map<String, Value>,
) -> Result<Map<String, Value>, Vec<FieldError>> {
    let mut errors = Vec::new();
    let mut merged = stored.clone();
    for (key, value) in given {
        if value.is_null() && key != "name" {
            merged.remove(&key);
            continue;
        }
        match check(&key, value, &mut errors) {
            Some(value) => merged.insert(key, value),
            None => None,
        };
    }
    if errors.is_empty()
        && let Err(error) = meta::check(&merged)
    {
        errors.push(FieldError::new("settings", error));
    }
    if errors.is_empty() {
        Ok(merged)
    } else {
        Err(errors)
    }
}

/// The value to keep for a key, or a report of what is wrong with it.
fn check(key: &str, value: Value, errors: &mut Vec<FieldError>) -> Option<Value> {
    let checked = match key {
        "name" => of_text(key, &value, text::name),
        "from_name" | "contact_name" => of_text(key, &value, text::line),
        "from_email" | "contact_email" => of_text(key, &value, text::email),
        "callback" => of_text(key, &value, text::url),
        "disableEmail" => {
            return match boolean::read(&value) {
                Some(flag) => Some(Value::Bool(flag)),
                None => report(errors, FieldError::new(key, "must be true or false")),
            };
        }
        "resource_rate_limits" | "customer_rate_limits" => {
            return rate_limits(key, &value, errors);
        }
        _ => Ok(()),
    };
    match checked {
        Ok(()) => Some(value),
        Err(error) => report(errors, error),
    }
}

fn of_text(
    key: &str,
    value: &Value,
    check: fn(&str, &str) -> Result<(), FieldError>,
) -> Result<(), FieldError> {
    match value {
        Value::String(text) => check(key, text),
        _ => Err(FieldError::new(key, "must be a string")),
    }
}

/// `{"daily": 3, "weekly": 10, "monthly": null}`: whole numbers from 1, no limit where absent or `null` (spec 20).
fn rate_limits(key: &str, value: &Value, errors: &mut Vec<FieldError>) -> Option<Value> {
    let Ok(given) = meta::read(value) else {
        return report(errors, FieldError::new(key, MetaError::NotAnObject));
    };
    let mut limits = Map::new();
    let before = errors.len();
    for (name, limit) in given {
        let field = format!("{key}.{}", text::cap(&name));
        let period = PERIODS
            .iter()
            .find(|(period, short)| name == *period || name == *short);
        let Some((period, _)) = period else {
            errors.push(FieldError::new(
                &field,
                "must be daily, weekly, monthly or yearly",
            ));
            continue;
        };
        if !limit.is_null() && limit.as_u64().is_none_or(|number| number == 0) {
            errors.push(FieldError::new(&field, "must be a whole number from 1"));
            continue;
        }
        limits.insert((*period).to_owned(), limit);
    }
    (errors.len() == before).then_some(Value::Object(limits))
}

fn report(errors: &mut Vec<FieldError>, error: FieldError) -> Option<Value> {
    errors.push(error);
    None
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn merged(given: &Value) -> Result<Value, Vec<String>> {
        let stored = json!({"name": "North Dental", "from_name": "Desk", "color": "blue"});
        let object = |value: &Value| value.as_object().cloned().unwrap_or_default();
        merge(&object(&stored), object(given))
            .map(Value::Object)
            .map_err(|errors| errors.into_iter().map(|error| error.field).collect())
    }

    #[test]
    fn given_keys_are_set_and_null_removes() {
        let result = merged(&json!({
            "from_name": null,
            "color": "red",
            "free": {"a": [1]},
            "disableEmail": "true",
            "resource_rate_limits": {"day": 3, "weekly": 10, "monthly": null},
            "customer_rate_limits": [],
            "never_there": null,
        }));

        let expected = json!({
            "name": "North Dental",
            "color": "red",
            "free": {"a": [1]},
            "disableEmail": true,
            "resource_rate_limits": {"daily": 3, "weekly": 10, "monthly": null},
            "customer_rate_limits": {},
        });
        assert_eq!(result, Ok(expected));
    }

    #[test]
    fn all_wrong_fields_are_reported() {
        let result = merged(&json!({
            "name": null,
            "callback": "javascript:alert(1)",
            "from_email": "a@b\r\nBcc: c@d",
            "contact_email": 7,
            "contact_name": "x".repeat(256),
            "disableEmail": "maybe",
            "resource_rate_limits": {"daily": 0, "hourly": 1, "weekly": 1.5, "yearly": 4},
            "customer_rate_limits": 3,
        }));

        let mut fields = result.expect_err("nothing of it is right");
        fields.sort();
        assert_eq!(
            fields,
            [
                "callback",
                "contact_email",
                "contact_name",
                "customer_rate_limits",
                "disableEmail",
                "from_email",
                "name",
                "resource_rate_limits.daily",
                "resource_rate_limits.hourly",
                "resource_rate_limits.weekly",
            ]
        );
    }

    #[test]
    fn the_whole_is_bounded() {
        let result = merged(&json!({"free": "x".repeat(20_000)}));

        assert_eq!(result, Err(vec!["settings".to_owned()]));
    }
}
