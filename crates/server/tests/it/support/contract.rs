//! Checks answers against the OpenAPI document: the status is documented for the operation, and the body fits its schema.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock, Mutex},
};

use axum::http::Method;
use jsonschema::Validator;
use serde_json::{Value, json};

use super::Answer;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::to_value(server::api::openapi()).expect("the document is JSON"));

type Validators = Mutex<HashMap<String, Arc<Validator>>>;
static VALIDATORS: LazyLock<Validators> = LazyLock::new(Mutex::default);

/// Fails where an answer is not as documented. Paths and methods that the document does not know must be 404 and 405.
#[track_caller]
pub fn check(method: &Method, path: &str, answer: &Answer) {
    let Some((template, operations)) = find(path) else {
        assert_eq!(
            answer.status.as_u16(),
            404,
            "{path} is not in the document: {}",
            answer.text
        );
        return;
    };
    let verb = if method == Method::HEAD {
        "get".to_owned()
    } else {
        method.as_str().to_lowercase()
    };
    let Some(operation) = operations.get(&verb) else {
        assert_eq!(
            answer.status.as_u16(),
            405,
            "{method} {template} is not in the document: {}",
            answer.text
        );
        return;
    };
    let status = answer.status.as_u16();
    let Some(response) = operation["responses"].get(status.to_string()) else {
        panic!(
            "{method} {template} answers {status}, which is not documented: {}",
            answer.text
        );
    };
    let schema = &response["content"]["application/json"]["schema"];
    if schema.is_null() {
        assert!(
            answer.text.is_empty(),
            "{method} {template} {status} has a body that is not documented: {}",
            answer.text
        );
        return;
    }
    if method == Method::HEAD {
        return;
    }
    let validator = validator(&format!("{verb} {template} {status}"), schema);
    let body = answer.json();
    let problems: Vec<String> = validator
        .iter_errors(&body)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect();
    assert!(
        problems.is_empty(),
        "{method} {template} {status}: {problems:?}\n{}",
        answer.text
    );
}

fn validator(name: &str, schema: &Value) -> Arc<Validator> {
    let mut known = VALIDATORS.lock().expect("no panic while it was held");
    let made = known.entry(name.to_owned()).or_insert_with(|| {
        let mut root = schema.clone();
        root["components"] = json!({ "schemas": DOCUMENT["components"]["schemas"] });
        Arc::new(jsonschema::validator_for(&root).expect("a schema"))
    });
    Arc::clone(made)
}

/// The operations of a path; a literal segment is better than a parameter.
fn find(path: &str) -> Option<(&'static str, &'static Value)> {
    let path = path.trim_end_matches('/');
    let segments: Vec<&str> = path.split('/').collect();
    let paths = DOCUMENT["paths"].as_object().expect("paths");
    paths
        .iter()
        .filter(|(template, _)| {
            let parts: Vec<&str> = template.split('/').collect();
            parts.len() == segments.len()
                && parts
                    .iter()
                    .zip(&segments)
                    .all(|(part, segment)| part.starts_with('{') || part == segment)
        })
        .min_by_key(|(template, _)| template.matches('{').count())
        .map(|(template, operations)| (template.as_str(), operations))
}
