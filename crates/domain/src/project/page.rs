//! What public pages get of a project: everything that a page reads is there, by default where the project is silent.

use serde_json::{Map, Value, json};

/// The look of a project's pages, with the defaults for what it does not say.
///
/// The credits go with the time zone helper: the published widget fails where the one is off and the other on.
///
/// ```
/// use domain::project::public_ui;
/// use serde_json::json;
///
/// let stored = json!({"display_name": "Ida", "show_timezone_helper": false, "localization": {"submit_button": "Go"}});
/// let ui = public_ui(stored.as_object().expect("an object"));
/// assert_eq!((&ui["display_name"], &ui["show_credits"]), (&json!("Ida"), &json!(false)));
/// assert_eq!(ui["localization"]["submit_button"], "Go");
/// assert!(ui["localization"]["success_message"].is_string());
/// ```
pub fn public_ui(stored: &Map<String, Value>) -> Map<String, Value> {
    let mut ui = object(json!({
        "display_name": "",
        "avatar": "",
        "availability_view": "agendaWeek",
        "timezone": null,
        "show_credits": true,
        "show_timezone_helper": true,
        "time_date_format": "12h-mdy-sun",
        "localization": {
            "allocated_resource_prefix": "with",
            "submit_button": "Book it",
            "success_message": "We have received your booking and sent a confirmation to %s",
            "reschedule_submit_button": "Move it",
            "reschedule_success_message": "Your booking was moved"
        }
    }));
    for (key, value) in stored.iter().filter(|(_, value)| !value.is_null()) {
        match (ui.get_mut(key), value) {
            (Some(Value::Object(defaults)), Value::Object(own)) => {
                for (key, text) in own.iter().filter(|(_, text)| text.is_string()) {
                    defaults.insert(key.clone(), text.clone());
                }
            }
            // Anything else in its place would break the page.
            (Some(Value::Object(_)), _) => {}
            _ => {
                ui.insert(key.clone(), value.clone());
            }
        }
    }
    let is_off = |flag: Option<&Value>| flag.and_then(crate::boolean::read) == Some(false);
    if is_off(ui.get("show_timezone_helper")) {
        ui.insert("show_credits".to_owned(), Value::Bool(false));
    }
    ui
}

/// The parameters of a search, with the defaults for those that the project does not name. A null stays.
pub fn public_availability(stored: &Map<String, Value>) -> Map<String, Value> {
    let mut availability = object(json!({
        "mode": "roundrobin_random",
        "length": "1 hour",
        "from": "now",
        "to": "4 weeks"
    }));
    availability.extend(stored.clone());
    availability
}

/// The parameters of a booking; the graph is always there.
pub fn public_booking(stored: &Map<String, Value>) -> Map<String, Value> {
    let mut booking = object(json!({"graph": "instant"}));
    let given = stored.iter().filter(|(_, value)| !value.is_null());
    booking.extend(given.map(|(key, value)| (key.clone(), value.clone())));
    booking
}

fn object(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(object) => object,
        _ => Map::new(),
    }
}
