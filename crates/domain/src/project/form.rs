//! `customer_fields`: the form of a project, and what answers it takes (spec 60).
//!
//! The order of the fields is that of the form.

use serde_json::{Map, Value, json};

use crate::{FieldError, boolean, text};

/// The most fields of one form.
pub const MOST_FIELDS: usize = 100;
/// The most choices of one field.
const MOST_CHOICES: usize = 500;
/// The formats that a form knows.
const FORMATS: [&str; 8] = [
    "string", "text", "email", "textarea", "tel", "select", "checkbox", "label",
];
const FLAGS: [&str; 4] = ["required", "readonly", "split_name", "hidden"];

/// The form of a project that says nothing of it: name and e-mail.
pub fn default_form() -> Map<String, Value> {
    let mut form = Map::new();
    form.insert(
        "name".to_owned(),
        json!({"title": "Name", "required": true, "format": "string"}),
    );
    form.insert(
        "email".to_owned(),
        json!({"title": "E-mail", "required": true, "format": "email"}),
    );
    form
}

/// The form as it is shown: name and e-mail stand in every form, first where it lacks them, and are required.
///
/// ```
/// use domain::project::complete_form;
/// use serde_json::json;
///
/// let stored = json!({"shoe_size": {"title": "Shoe size"}, "name": {"title": "Who?"}});
/// let form = complete_form(stored.as_object().expect("an object"));
/// let names: Vec<&String> = form.keys().collect();
/// assert_eq!(names, ["email", "shoe_size", "name"]);
/// assert_eq!(form["name"], json!({"title": "Who?", "required": true}));
/// ```
pub fn complete_form(stored: &Map<String, Value>) -> Map<String, Value> {
    let mut form = default_form();
    form.retain(|name, _| !stored.contains_key(name));
    for (name, field) in stored {
        let mut field = field.clone();
        if let Value::Object(field) = &mut field
            && matches!(name.as_str(), "name" | "email")
        {
            field.insert("required".to_owned(), Value::Bool(true));
            let title = if name == "name" { "Name" } else { "E-mail" };
            field
                .entry("title")
                .or_insert_with(|| Value::from(title.to_owned()));
        }
        form.insert(name.clone(), field);
    }
    form
}

/// Checks a form; all errors are reported, each by its path under `path`.
///
/// ```
/// use domain::project::read_form;
/// use serde_json::json;
///
/// let sent = json!({"size": {"title": "Size", "format": "select", "enum": ["S", "M"]}, "note": []});
/// let form = read_form("customer_fields", &sent).expect("a form");
/// assert_eq!(form["note"], json!({}));
///
/// let sent = json!({"size": {"format": "select"}, "age": {"format": "number", "required": "maybe"}});
/// let errors = read_form("customer_fields", &sent).expect_err("three are wrong");
/// let fields: Vec<&str> = errors.iter().map(|error| error.field.as_str()).collect();
/// assert_eq!(fields, ["customer_fields.size.enum", "customer_fields.age.format", "customer_fields.age.required"]);
/// ```
pub fn read_form(path: &str, value: &Value) -> Result<Map<String, Value>, Vec<FieldError>> {
    let sent = match value {
        Value::Object(sent) => sent,
        Value::Array(list) if list.is_empty() => return Ok(Map::new()),
        _ => return Err(vec![error(path, "must be an object of fields")]),
    };
    if sent.len() > MOST_FIELDS {
        let problem = format!("may not have more than {MOST_FIELDS} fields");
        return Err(vec![error(path, &problem)]);
    }
    let mut errors = Vec::new();
    let mut form = Map::new();
    for (name, field) in sent {
        let path = format!("{path}.{}", text::cap(name));
        if name.is_empty() || text::cap(name) != name {
            errors.push(error(&path, "must have a name of 1 to 255 characters"));
            continue;
        }
        match field {
            Value::Object(field) => {
                check_field(&path, field, &mut errors);
                form.insert(name.clone(), Value::Object(field.clone()));
            }
            Value::Array(list) if list.is_empty() => {
                form.insert(name.clone(), json!({}));
            }
            _ => errors.push(error(&path, "must be an object")),
        }
    }
    if errors.is_empty() {
        Ok(form)
    } else {
        Err(errors)
    }
}

fn check_field(path: &str, field: &Map<String, Value>, errors: &mut Vec<FieldError>) {
    let mut wrong =
        |key: &str, problem: &str| errors.push(error(&format!("{path}.{key}"), problem));
    let format = match field.get("format") {
        None | Some(Value::Null) => "",
        Some(Value::String(format)) if FORMATS.contains(&format.as_str()) => format,
        Some(_) => {
            wrong("format", &format!("must be one of {}", FORMATS.join(", ")));
            ""
        }
    };
    match field.get("title") {
        None | Some(Value::Null) => {}
        Some(Value::String(title)) if title.len() <= text::TEXT => {}
        Some(_) => wrong("title", "must be a text of at most 8 KiB"),
    }
    let choices = match field.get("enum") {
        None | Some(Value::Null) => 0,
        Some(Value::Array(list)) if list.len() <= MOST_CHOICES => {
            if list.iter().any(|choice| as_text(choice).is_none()) {
                wrong("enum", "must be a list of texts");
            }
            list.len()
        }
        Some(_) => {
            wrong(
                "enum",
                &format!("must be a list of at most {MOST_CHOICES} texts"),
            );
            1
        }
    };
    if format == "select" && choices == 0 {
        wrong("enum", "must list the choices of a select");
    }
    for flag in FLAGS {
        if field
            .get(flag)
            .is_some_and(|value| !value.is_null() && boolean::read(value).is_none())
        {
            wrong(flag, "must be true or false");
        }
    }
}

/// What is wrong with a customer's answers to a form: what is required and missing, what is not among the choices.
///
/// `customer` is the object as it was sent. The field `location` is answered by the place of the booking too. Name and
/// e-mail are checked with the booking, notes and hidden fields have no answers.
///
/// ```
/// use domain::project::check_answers;
/// use serde_json::json;
///
/// let form = json!({"size": {"required": true, "enum": ["S", "M"]}, "terms": {"required": true, "format": "checkbox"}});
/// let ask = |customer: serde_json::Value| {
///     let errors = check_answers(form.as_object().expect("a form"), customer.as_object().expect("answers"), None);
///     errors.into_iter().map(|error| error.field).collect::<Vec<_>>()
/// };
///
/// assert!(ask(json!({"size": "M", "terms": true})).is_empty());
/// assert_eq!(ask(json!({"size": "XL", "terms": false})), ["customer.size", "customer.terms"]);
/// assert_eq!(ask(json!({})), ["customer.size", "customer.terms"]);
/// ```
pub fn check_answers(
    form: &Map<String, Value>,
    customer: &Map<String, Value>,
    place: Option<&str>,
) -> Vec<FieldError> {
    let mut errors = Vec::new();
    for (name, field) in form {
        let flag = |flag: &str| field.get(flag).and_then(boolean::read).unwrap_or(false);
        let is_asked = !matches!(name.as_str(), "name" | "email")
            && field.get("format").is_none_or(|format| format != "label")
            && !flag("hidden");
        if !is_asked {
            continue;
        }
        let mut answer = customer.get(name);
        let place = place.map(|place| Value::from(place.to_owned()));
        if name == "location" && answer.is_none() {
            answer = customer.get("where").or(place.as_ref());
        }
        let path = format!("customer.{name}");
        let spoken = name.replace('_', " ");
        let Some(answer) = answer.filter(|answer| is_given(answer)) else {
            if flag("required") {
                errors.push(FieldError {
                    field: path,
                    message: format!("{spoken} is required"),
                });
            }
            continue;
        };
        let Some(choices) = field.get("enum").and_then(Value::as_array) else {
            continue;
        };
        let choices: Vec<String> = choices.iter().filter_map(as_text).collect();
        let is_choice =
            |answer: &Value| as_text(answer).is_some_and(|answer| choices.contains(&answer));
        let fits = match answer {
            Value::Array(list) => list.iter().all(is_choice),
            one => is_choice(one),
        };
        if !choices.is_empty() && !fits {
            errors.push(FieldError {
                field: path,
                message: format!("{spoken} must be one of {}", choices.join(", ")),
            });
        }
    }
    errors
}

/// Whether anything was answered; an empty text, an unticked box and an empty list say nothing.
fn is_given(answer: &Value) -> bool {
    match answer {
        Value::Null => false,
        Value::Bool(ticked) => *ticked,
        Value::String(text) => !text.trim().is_empty(),
        Value::Array(list) => !list.is_empty(),
        Value::Number(_) | Value::Object(_) => true,
    }
}

/// Texts, numbers and flags as one text; choices and answers are compared so.
fn as_text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn error(path: &str, problem: &str) -> FieldError {
    FieldError {
        field: path.to_owned(),
        message: problem.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(value: &Value) -> Map<String, Value> {
        value.as_object().cloned().unwrap_or_default()
    }

    #[test]
    fn answers_are_taken_in_every_shape_that_the_widget_sends() {
        let form = object(&json!({
            "name": {"required": true}, "email": {"required": true},
            "topics": {"format": "checkbox", "enum": ["A", 2], "required": true},
            "note": {"format": "label", "required": true}, "secret": {"hidden": true, "required": true},
            "location": {"required": true}, "size": {"enum": ["S"]},
        }));
        let wrong = |customer: &Value, place: Option<&str>| -> Vec<String> {
            let errors = check_answers(&form, &object(customer), place);
            errors.into_iter().map(|error| error.field).collect()
        };

        assert!(wrong(&json!({"topics": ["A", "2"], "where": "Home"}), None).is_empty());
        assert!(wrong(&json!({"topics": "A", "size": ""}), Some("Home")).is_empty());
        assert_eq!(
            wrong(
                &json!({"topics": ["A", "C"], "location": "x", "size": "L"}),
                None
            ),
            ["customer.topics", "customer.size"]
        );
        assert_eq!(
            wrong(&json!({"topics": []}), None),
            ["customer.topics", "customer.location"]
        );
    }

    #[test]
    fn a_form_has_bounds() {
        let many: Map<String, Value> = (0..=MOST_FIELDS)
            .map(|n| (n.to_string(), json!({})))
            .collect();
        let choices: Vec<Value> = (0..=MOST_CHOICES).map(Value::from).collect();

        for wrong in [
            Value::Object(many),
            json!({"a": {"enum": choices}}),
            json!({"a": {"enum": [[]]}}),
            json!({"a": {"title": 7}}),
            json!({"": {}}),
            json!({"a": 1}),
            json!([1]),
            json!("x"),
        ] {
            assert!(read_form("customer_fields", &wrong).is_err(), "{wrong}");
        }
        assert_eq!(read_form("customer_fields", &json!([])), Ok(Map::new()));
    }
}
