//! `meta`: free keys and values that callers keep with a row (spec 00 §10).
//!
//! What is accepted is small, shallow, and free of NUL, which PostgreSQL cannot hold.

use serde_json::{Map, Value};
use thiserror::Error;

use crate::text;

/// The most bytes of the object as JSON (reliability §6).
const LONGEST: usize = 16 * 1024;
/// The most keys of one object (reliability §6).
const MOST_KEYS: usize = 1000;
/// The most levels of objects and lists (reliability §6).
const DEEPEST: usize = 32;

/// Why an object is refused; the message goes behind the name of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MetaError {
    /// Not an object.
    #[error("must be an object")]
    NotAnObject,
    /// More than 16 KiB.
    #[error("may not be longer than 16 KiB")]
    TooLong,
    /// More than 1,000 keys in an object.
    #[error("may not have more than 1000 keys")]
    TooManyKeys,
    /// More than 32 levels.
    #[error("may not be nested deeper than 32 levels")]
    TooDeep,
    /// A key of more than 255 characters, or an empty one.
    #[error("may only have keys of 1 to 255 characters")]
    BadKey,
    /// A NUL in a key or in a text.
    #[error("may not contain a NUL character")]
    Nul,
}

/// Takes a JSON value as a `meta` object; `null` and the empty list of PHP clients are an empty one (spec 00 §2).
///
/// ```
/// use domain::meta;
/// use serde_json::json;
///
/// assert!(meta::read(&json!({"t_floor": 2})).is_ok());
/// assert!(meta::read(&json!([])).is_ok_and(|meta| meta.is_empty()));
/// assert!(meta::read(&json!("text")).is_err());
/// ```
pub fn read(value: &Value) -> Result<Map<String, Value>, MetaError> {
    let meta = match value {
        Value::Object(meta) => meta.clone(),
        Value::Null => Map::new(),
        Value::Array(list) if list.is_empty() => Map::new(),
        _ => return Err(MetaError::NotAnObject),
    };
    check(&meta)?;
    Ok(meta)
}

/// Checks size, keys, depth and characters of an object.
pub fn check(meta: &Map<String, Value>) -> Result<(), MetaError> {
    if meta
        .keys()
        .any(|key| key.is_empty() || text::cap(key) != key)
    {
        return Err(MetaError::BadKey);
    }
    let size = check_object(meta, 1)?;
    // The exact length is asked for only where the cheap lower bound leaves it open.
    let is_long =
        size > LONGEST || serde_json::to_string(meta).map_or(true, |text| text.len() > LONGEST);
    if is_long {
        Err(MetaError::TooLong)
    } else {
        Ok(())
    }
}

/// Sets the given keys and removes those given as `null`; others stay (spec 80 §7).
///
/// ```
/// use domain::meta;
/// use serde_json::json;
///
/// let mut stored = json!({"a": 1, "b": 2}).as_object().cloned().unwrap_or_default();
/// let given = json!({"b": null, "c": 3}).as_object().cloned().unwrap_or_default();
/// meta::merge(&mut stored, given);
/// assert_eq!(json!(stored), json!({"a": 1, "c": 3}));
/// ```
pub fn merge(stored: &mut Map<String, Value>, given: Map<String, Value>) {
    for (key, value) in given {
        if value.is_null() {
            stored.remove(&key);
        } else {
            stored.insert(key, value);
        }
    }
}

/// A key and its value as they are searched: `meta.t_floor`, `2`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Field {
    /// The search key.
    pub name: String,
    /// The value as text, its first 255 characters.
    pub value: String,
}

/// The fields of an object for the search tables, with `prefix` and a dot before each name (spec 00 §7).
///
/// Texts stand as they are, everything else as its JSON.
///
/// ```
/// use domain::meta;
/// use serde_json::json;
///
/// let meta = json!({"vip": true, "room": 145, "note": "hi"}).as_object().cloned().unwrap_or_default();
/// let fields: Vec<_> = meta::fields("meta", &meta).into_iter().map(|field| (field.name, field.value)).collect();
/// assert!(fields.contains(&("meta.vip".into(), "true".into())));
/// assert!(fields.contains(&("meta.room".into(), "145".into())));
/// assert!(fields.contains(&("meta.note".into(), "hi".into())));
/// ```
pub fn fields(prefix: &str, object: &Map<String, Value>) -> Vec<Field> {
    object
        .iter()
        .map(|(key, value)| Field {
            name: format!("{prefix}.{key}"),
            value: match value {
                Value::String(value) => text::cap(value).to_owned(),
                other => text::cap(&other.to_string()).to_owned(),
            },
        })
        .collect()
}

/// Looks at keys and texts and returns how many bytes they have at least.
fn check_object(object: &Map<String, Value>, depth: usize) -> Result<usize, MetaError> {
    if object.len() > MOST_KEYS {
        return Err(MetaError::TooManyKeys);
    }
    object.iter().try_fold(0, |size, (key, value)| {
        if key.contains('\0') {
            return Err(MetaError::Nul);
        }
        Ok(size + key.len() + check_value(value, depth)?)
    })
}

fn check_value(value: &Value, depth: usize) -> Result<usize, MetaError> {
    if depth > DEEPEST {
        return Err(MetaError::TooDeep);
    }
    match value {
        Value::String(text) if text.contains('\0') => Err(MetaError::Nul),
        Value::String(text) => Ok(text.len()),
        Value::Array(list) => list
            .iter()
            .try_fold(0, |size, item| Ok(size + check_value(item, depth + 1)?)),
        Value::Object(object) => check_object(object, depth + 1),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(1),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn what_is_large_or_deep_or_unstorable_is_refused() {
        let deep = |levels: usize| (0..levels).fold(json!(1), |inner, _| json!([inner]));
        let many: Map<_, _> = (0..1001).map(|n| (n.to_string(), json!(1))).collect();

        for (value, expected) in [
            (json!({}), Ok(())),
            (json!({"a": "x".repeat(16_000)}), Ok(())),
            (json!({"a": deep(31)}), Ok(())),
            (json!({"é".repeat(255): 1}), Ok(())),
            (json!({"a": "x".repeat(17_000)}), Err(MetaError::TooLong)),
            (json!({"a": "\u{1}".repeat(4_000)}), Err(MetaError::TooLong)),
            (
                json!({"a": "x".repeat(10_000_000)}),
                Err(MetaError::TooLong),
            ),
            (json!({"a": deep(32)}), Err(MetaError::TooDeep)),
            (Value::Object(many.clone()), Err(MetaError::TooManyKeys)),
            (json!({"a": [many]}), Err(MetaError::TooManyKeys)),
            (json!({"": 1}), Err(MetaError::BadKey)),
            (json!({"é".repeat(256): 1}), Err(MetaError::BadKey)),
            (json!({"a\0": 1}), Err(MetaError::Nul)),
            (json!({"a": [{"b": "\0"}]}), Err(MetaError::Nul)),
            (json!({"a": [{"b\0": 1}]}), Err(MetaError::Nul)),
        ] {
            assert_eq!(
                check(&object(&value)),
                expected,
                "{:.40}",
                value.to_string()
            );
        }
    }

    #[test]
    fn empty_lists_and_null_are_empty_objects() {
        for value in [json!(null), json!([]), json!({})] {
            assert_eq!(read(&value), Ok(Map::new()), "{value}");
        }
        for value in [json!([1]), json!("x"), json!(1), json!(true)] {
            assert_eq!(read(&value), Err(MetaError::NotAnObject), "{value}");
        }
    }

    #[test]
    fn fields_are_compared_as_text() {
        let meta = object(&json!({
            "text": "as is", "yes": true, "room": 145, "half": 0.5, "none": null,
            "list": [1, "a"], "deep": {"a": 1}, "long": "é".repeat(300),
        }));

        let found: Map<String, Value> = fields("meta", &meta)
            .into_iter()
            .map(|field| (field.name, Value::String(field.value)))
            .collect();

        let expected = json!({
            "meta.text": "as is", "meta.yes": "true", "meta.room": "145", "meta.half": "0.5", "meta.none": "null",
            "meta.list": "[1,\"a\"]", "meta.deep": "{\"a\":1}", "meta.long": "é".repeat(255),
        });
        assert_eq!(Value::Object(found), expected);
    }
}
