//! What a booking takes over from its project (spec 80 §4, 94 §2).

use serde_json::{Map, Value};

/// The parameters of a booking that a project may set.
const TAKEN: [&str; 13] = [
    "graph",
    "action",
    "what",
    "where",
    "description",
    "calendar_id",
    "participants",
    "invite",
    "my_rsvp",
    "sync_provider",
    "all_day",
    "settings",
    "meta",
];

/// What a project gives to its bookings.
#[derive(Clone, Copy, Debug)]
pub struct Defaults<'a> {
    /// The project's name: the title of bookings that have none.
    pub name: &'a str,
    /// The project's `booking`.
    pub booking: &'a Map<String, Value>,
    /// Whether bookings may overlap others.
    pub allow_double_bookings: bool,
}

/// The request of a booking with the project's values for what it does not say itself.
///
/// What neither says: the graph is `instant`, the title the project's name, the place `TBD`, the description empty.
///
/// ```
/// use domain::project::{Defaults, booking_body};
/// use serde_json::json;
/// # let object = |value: serde_json::Value| value.as_object().cloned().unwrap_or_default();
///
/// let booking = object(json!({"graph": "confirm_decline", "where": "Main St 1", "settings": {"a": 1}}));
/// let defaults = Defaults { name: "Eye test", booking: &booking, allow_double_bookings: false };
/// let request = object(json!({"start": "…", "event": {"where": "At home"}, "settings": {"b": 2}}));
///
/// let body = booking_body(&defaults, &request);
/// assert_eq!((&body["graph"], &body["what"]), (&json!("confirm_decline"), &json!("Eye test")));
/// assert_eq!(body["event"]["where"], "At home");
/// assert_eq!(body.get("where"), None);
/// assert_eq!(body["settings"], json!({"a": 1, "b": 2}));
/// ```
pub fn booking_body(defaults: &Defaults<'_>, request: &Map<String, Value>) -> Map<String, Value> {
    let mut body = request.clone();
    let given = |object: &Map<String, Value>, key: &str| {
        object.get(key).is_some_and(|value| !value.is_null())
    };
    let event = request.get("event").and_then(Value::as_object);
    let says = |key: &str| given(request, key) || event.is_some_and(|event| given(event, key));
    // Old projects nest the fields of the event as old requests do.
    let nested = defaults.booking.get("event").and_then(Value::as_object);
    for key in TAKEN {
        let own = [Some(defaults.booking), nested];
        let own = own
            .into_iter()
            .flatten()
            .find_map(|object| object.get(key).filter(|value| !value.is_null()));
        let Some(own) = own else { continue };
        match (key, own, request.get(key)) {
            ("settings" | "meta", Value::Object(own), Some(Value::Object(asked))) => {
                let mut both = own.clone();
                both.extend(asked.clone());
                body.insert(key.to_owned(), Value::Object(both));
            }
            // An action belongs to a graph: that of another one is not taken.
            ("action", _, _) if says("graph") => {}
            _ if says(key) => {}
            _ => {
                body.insert(key.to_owned(), own.clone());
            }
        }
    }
    for (key, fallback) in [
        ("graph", "instant"),
        ("what", defaults.name),
        ("where", "TBD"),
        ("description", ""),
    ] {
        if !given(&body, key) && !says(key) {
            body.insert(key.to_owned(), Value::from(fallback.to_owned()));
        }
    }
    if defaults.allow_double_bookings {
        let settings = body
            .entry("settings")
            .or_insert_with(|| Value::Object(Map::new()));
        if !settings.is_object() {
            // `null` and the empty list of PHP clients; anything else is refused when the body is read.
            if settings.is_null() || settings.as_array().is_some_and(Vec::is_empty) {
                *settings = Value::Object(Map::new());
            }
        }
        if let Value::Object(settings) = settings {
            settings
                .entry("allow_double_bookings")
                .or_insert(Value::Bool(true));
        }
    }
    body
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn body(booking: &Value, allow_double_bookings: bool, request: &Value) -> Value {
        let object = |value: &Value| value.as_object().cloned().unwrap_or_default();
        let booking = object(booking);
        let defaults = Defaults {
            name: "Eye test",
            booking: &booking,
            allow_double_bookings,
        };
        Value::Object(booking_body(&defaults, &object(request)))
    }

    #[test]
    fn the_request_overrides_and_the_fallbacks_fill() {
        let filled = body(&json!({}), false, &json!({"what": null, "where": "Here"}));
        assert_eq!(
            filled,
            json!({"what": "Eye test", "where": "Here", "graph": "instant", "description": ""})
        );

        let project = json!({"graph": "instant", "action": "confirm", "event": {"invite": true, "what": "Old"}, "start": "x", "customer": {}});
        let merged = body(&project, false, &json!({"graph": "confirm_decline"}));
        assert_eq!(
            merged,
            json!({"graph": "confirm_decline", "what": "Old", "invite": true, "where": "TBD", "description": ""})
        );
    }

    #[test]
    fn overlaps_are_allowed_unless_the_request_says_no() {
        let settings = |request: Value| body(&json!({}), true, &request)["settings"].clone();

        assert_eq!(settings(json!({})), json!({"allow_double_bookings": true}));
        assert_eq!(
            settings(json!({"settings": []})),
            json!({"allow_double_bookings": true})
        );
        assert_eq!(
            settings(json!({"settings": {"allow_double_bookings": false}})),
            json!({"allow_double_bookings": false})
        );
        assert_eq!(settings(json!({"settings": 7})), json!(7));
    }
}
