//! Booleans as clients send them (spec 00 §2).

use serde_json::Value;

/// Reads `true`, `false`, 1, 0 and the same as text.
///
/// ```
/// use domain::boolean;
/// use serde_json::json;
///
/// assert_eq!(boolean::read(&json!("1")), Some(true));
/// assert_eq!(boolean::read(&json!(false)), Some(false));
/// assert_eq!(boolean::read(&json!("yes")), None);
/// ```
pub fn read(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::Number(number) => match number.as_u64() {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        },
        Value::String(text) => read_text(text),
        _ => None,
    }
}

/// Reads the text of a query parameter or of a search value.
pub fn read_text(text: &str) -> Option<bool> {
    match text {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_documented_spellings_are_read() {
        for (value, expected) in [
            (json!(true), Some(true)),
            (json!(1), Some(true)),
            (json!("true"), Some(true)),
            (json!("1"), Some(true)),
            (json!(false), Some(false)),
            (json!(0), Some(false)),
            (json!("false"), Some(false)),
            (json!("0"), Some(false)),
            (json!(2), None),
            (json!(-1), None),
            (json!(1.0), None),
            (json!(1e300), None),
            (json!("TRUE"), None),
            (json!(""), None),
            (json!(null), None),
            (json!([]), None),
            (json!({}), None),
        ] {
            assert_eq!(read(&value), expected, "{value}");
        }
    }
}
