//! What a booking request holds, legacy spellings included (spec 80 §4).

use domain::{BookingId, CalendarId, ProjectId, ResourceId, booking::Graph};
use jiff::Timestamp;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::api::body::{Fields, Input, NAME, TEXT};

/// The graphs that can be booked so far; the table of graphs holds all seven.
const OFFERED: [Graph; 2] = [Graph::Instant, Graph::ConfirmDecline];

/// A new booking.
#[derive(Debug, ToSchema)]
pub struct BookingIn {
    /// How it is booked: `instant` (confirmed at once) or `confirm_decline` (waits for an answer, the default).
    #[schema(value_type = Option<String>, example = "confirm_decline")]
    pub graph: Option<Graph>,
    /// The first action; the graph's entry action where absent.
    pub action: Option<String>,
    /// The resource being booked. Required with an app key; a resource's own key books that resource.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub resource_id: Option<ResourceId>,
    /// The project to take defaults from.
    #[schema(value_type = Option<uuid::Uuid>)]
    #[expect(dead_code, reason = "read before the other fields, which depend on it")]
    pub project_id: Option<ProjectId>,
    /// The calendar to write to; the resource's primary one where absent.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub calendar_id: Option<CalendarId>,
    /// First instant, RFC 3339 with offset. The past is fine.
    #[schema(value_type = String, example = "1955-11-12T21:30:00-07:00")]
    pub start: Timestamp,
    /// The instant after the last, RFC 3339 with offset.
    #[schema(value_type = String, example = "1955-11-12T22:15:00-07:00")]
    pub end: Timestamp,
    /// Title.
    pub what: String,
    /// Place.
    #[schema(rename = "where")]
    pub place: String,
    /// Details, possibly empty.
    pub description: String,
    /// Who books: `name` and `email`, optionally `phone`, `voip`, `timezone`, and any keys of your own.
    pub customer: CustomerIn,
    /// E-mails added to the calendar event.
    #[schema(required = false)]
    pub participants: Vec<String>,
    /// `allow_double_bookings`, and whatever else is to be echoed.
    #[schema(value_type = Object, required = false)]
    pub settings: Map<String, Value>,
    /// Free values, searchable as `meta.KEY`.
    #[schema(value_type = Object, required = false)]
    pub meta: Map<String, Value>,
    #[schema(ignore)]
    pub(super) exclusive: bool,
    #[schema(ignore)]
    pub(super) event_options: Map<String, Value>,
}

/// The customer of a new booking.
#[derive(Debug, Default, ToSchema)]
pub struct CustomerIn {
    /// Name.
    pub name: String,
    /// E-mail.
    #[schema(format = "email")]
    pub email: String,
    /// Phone number.
    #[schema(required = false)]
    pub phone: String,
    /// Name on a voice service.
    #[schema(required = false)]
    pub voip: String,
    /// IANA time zone; the resource's where absent.
    pub timezone: Option<String>,
    /// Every other key that was sent.
    #[schema(ignore)]
    pub(super) extra: Map<String, Value>,
}

impl Input for BookingIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        let event = event_fields(fields);
        let customer = customer(fields);
        let settings = fields.map("settings").cloned().unwrap_or_default();
        let allow_double = fields
            .nested("settings")
            .and_then(|mut settings| settings.boolean("allow_double_bookings"));
        Self {
            graph: graph(fields),
            action: fields.text("action", NAME),
            resource_id: fields.id("resource_id"),
            project_id: fields.id("project_id"),
            calendar_id: event.calendar_id,
            start: event.start,
            end: event.end,
            what: event.what,
            place: event.place,
            description: event.description,
            customer,
            participants: event.participants,
            settings,
            meta: fields.meta("meta").unwrap_or_default(),
            exclusive: !allow_double.unwrap_or(false),
            event_options: event.options,
        }
    }
}

fn graph(fields: &mut Fields<'_>) -> Option<Graph> {
    let word = fields.text("graph", NAME)?;
    match word.parse::<Graph>() {
        Ok(graph) if OFFERED.contains(&graph) => Some(graph),
        Ok(_) => {
            fields.error(
                "graph",
                format!("graph {word} cannot be booked yet, use instant or confirm_decline"),
            );
            None
        }
        Err(_) => {
            fields.error("graph", "graph must be one of instant, confirm_decline");
            None
        }
    }
}

/// The fields that may stand at the top or, in older requests, under `event`; the top wins.
struct EventFields {
    calendar_id: Option<CalendarId>,
    start: Timestamp,
    end: Timestamp,
    what: String,
    place: String,
    description: String,
    participants: Vec<String>,
    options: Map<String, Value>,
}

fn event_fields(fields: &mut Fields<'_>) -> EventFields {
    let nested = |fields: &mut Fields<'_>, name: &str| {
        fields.value(name).is_none()
            && fields
                .map("event")
                .is_some_and(|event| event.get(name).is_some_and(|it| !it.is_null()))
    };
    /// Reads a field from where it stands.
    macro_rules! field {
        ($name:literal, $read:expr) => {
            if nested(fields, $name) {
                fields
                    .nested("event")
                    .and_then(|mut event| ($read)(&mut event))
            } else {
                ($read)(fields)
            }
        };
    }
    let start = field!("start", |fields: &mut Fields<'_>| required(fields, "start"));
    let end = field!("end", |fields: &mut Fields<'_>| required(fields, "end"));
    if let (Some(start), Some(end)) = (start, end)
        && end <= start
    {
        fields.error("end", "end must be after start");
    }
    let what = field!("what", |fields: &mut Fields<'_>| Some(
        fields.required_text("what", NAME)
    ));
    let place = field!("where", |fields: &mut Fields<'_>| Some(
        fields.required_text("where", TEXT)
    ));
    let description = field!("description", |fields: &mut Fields<'_>| {
        if fields.value("description").is_none() {
            fields.required("description");
        }
        fields.text("description", TEXT)
    });
    let calendar_id = field!("calendar_id", |fields: &mut Fields<'_>| fields
        .id("calendar_id"));
    let participants = field!("participants", |fields: &mut Fields<'_>| fields
        .emails("participants"));
    let mut options = Map::new();
    for name in ["invite", "sync_provider", "all_day"] {
        let flag = if nested(fields, name) {
            fields
                .nested("event")
                .and_then(|mut event| event.boolean(name))
        } else {
            fields.boolean(name)
        };
        if let Some(flag) = flag {
            options.insert(name.to_owned(), Value::Bool(flag));
        }
    }
    if let Some(answer) = field!("my_rsvp", rsvp) {
        options.insert("my_rsvp".to_owned(), Value::String(answer));
    }
    EventFields {
        calendar_id,
        start: start.unwrap_or_default(),
        end: end.unwrap_or_default(),
        what: what.unwrap_or_default(),
        place: place.unwrap_or_default(),
        description: description.unwrap_or_default(),
        participants: participants.unwrap_or_default(),
        options,
    }
}

fn required(fields: &mut Fields<'_>, name: &str) -> Option<Timestamp> {
    if fields.value(name).is_none() {
        fields.required(name);
    }
    fields.instant(name, None)
}

fn rsvp(fields: &mut Fields<'_>) -> Option<String> {
    let answer = fields.text("my_rsvp", NAME)?;
    if !["accepted", "needsAction", "declined", "tentative"].contains(&answer.as_str()) {
        fields.error(
            "my_rsvp",
            "my rsvp must be one of accepted, needsAction, declined, tentative",
        );
    }
    Some(answer)
}

/// Reads `customer`, or `customers` with exactly one entry.
fn customer(fields: &mut Fields<'_>) -> CustomerIn {
    if fields.value("customer").is_none()
        && let Some(Value::Array(list)) = fields.value("customers")
    {
        if let [Value::Object(only)] = list.as_slice() {
            return read_customer(&mut fields.of("customers.0", only));
        }
        fields.error("customers", "customers must hold exactly one customer");
        return CustomerIn::default();
    }
    let Some(mut customer) = fields.nested("customer") else {
        if fields.value("customer").is_none() {
            fields.required("customer");
        }
        return CustomerIn::default();
    };
    read_customer(&mut customer)
}

fn read_customer(fields: &mut Fields<'_>) -> CustomerIn {
    const OWN: [&str; 5] = ["name", "email", "phone", "voip", "timezone"];
    let email = fields.email("email");
    if fields
        .value("email")
        .is_none_or(|value| value.as_str().is_some_and(|text| text.trim().is_empty()))
    {
        fields.required("email");
    }
    let extra = fields
        .object()
        .iter()
        .filter(|(key, _)| !OWN.contains(&key.as_str()));
    let extra: Map<String, Value> = extra
        .map(|(key, value)| (key.clone(), value.clone()))
        .collect();
    if serde_json::to_string(&extra).is_ok_and(|text| text.len() > 2 * crate::api::body::META) {
        fields.error(
            "name",
            "the customer's own fields may not be larger than 32768 bytes",
        );
    }
    CustomerIn {
        name: fields.required_text("name", NAME),
        email: email.unwrap_or_default(),
        phone: fields.text("phone", NAME).unwrap_or_default(),
        voip: fields.text("voip", NAME).unwrap_or_default(),
        timezone: if fields.value("timezone").is_some_and(|value| value == "") {
            None
        } else {
            fields.zone("timezone")
        },
        extra,
    }
}

/// What an action call may carry: `{"cancel":{"message":"…"}}`, and `meta` to be merged.
#[derive(Debug, Default, ToSchema)]
pub struct ActionIn {
    /// Merged into the booking's meta; null removes a key.
    #[schema(value_type = Object, required = false)]
    pub meta: Option<Map<String, Value>>,
    #[schema(ignore)]
    messages: Vec<(String, String)>,
}

impl Input for ActionIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        let names: Vec<String> = fields
            .object()
            .iter()
            .filter(|(_, value)| value.is_object())
            .map(|(name, _)| name.clone())
            .collect();
        let mut messages = Vec::new();
        for name in names
            .into_iter()
            .filter(|name| name != "meta" && name != "customer")
        {
            if let Some(message) = fields
                .nested(&name)
                .and_then(|mut inputs| inputs.text("message", TEXT))
            {
                messages.push((name, message));
            }
        }
        Self {
            meta: fields.meta("meta"),
            messages,
        }
    }
}

impl ActionIn {
    /// The message under the action's name, else under the name of one of its inner steps (`notify_…`).
    pub fn message(&self, action: &str) -> Option<&str> {
        let named = |test: &dyn Fn(&str) -> bool| self.messages.iter().find(|(name, _)| test(name));
        named(&|name| name == action)
            .or_else(|| named(&|name| name.starts_with("notify_")))
            .map(|(_, message)| message.as_str())
            .filter(|message| !message.is_empty())
    }
}

/// New values of a booking's meta.
#[derive(Debug, ToSchema)]
pub struct MetaIn {
    /// Keys to set; null removes a key, others stay.
    #[schema(value_type = Object, required = false)]
    pub meta: Option<Map<String, Value>>,
}

impl Input for MetaIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            meta: fields.meta("meta"),
        }
    }
}

/// The same as a bare object, for `/bookings/{id}/meta`.
#[derive(Debug, ToSchema)]
#[schema(value_type = Object)]
pub struct BareMetaIn(pub Map<String, Value>);

impl Input for BareMetaIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self(fields.object().clone())
    }
}

/// An id in a path that is not an id is an id of nothing.
pub fn id(text: &str) -> Option<BookingId> {
    text.to_ascii_lowercase().parse().ok()
}
