//! How bookings look in answers: six native fields, and what `include` adds (spec 80 §2).
//!
//! Relations are loaded in one query each for all rows of an answer. Stored JSON passes through as it is.

use std::collections::HashMap;

use domain::{
    BookingId,
    booking::{Action, State},
    time,
};
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::value::RawValue;
use store::{
    Conn,
    bookings::{self, Located, Transition},
    calendars::{self, Calendar},
    customers::{self, Customer},
    events::{self, Event},
    resources::{self, Resource},
};
use utoipa::ToSchema;

use crate::api::{
    caller::Caller,
    error::Result,
    query::Query,
    rendering::{Rendering, Stamp},
};

/// A booking.
#[derive(Debug, Serialize, ToSchema)]
pub struct BookingOut {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: BookingId,
    /// Where it stands.
    pub state: &'static str,
    /// Its graph.
    pub graph: &'static str,
    /// Whether no action leaves its state.
    pub completed: bool,
    /// When it was made.
    pub created_at: Stamp,
    /// When it last changed.
    pub updated_at: Stamp,
    /// The same as `available_actions`, under its older name.
    #[serde(skip_serializing_if = "Option::is_none")]
    possible_actions: Option<Vec<&'static str>>,
    /// Actions that are legal now.
    #[serde(skip_serializing_if = "Option::is_none")]
    available_actions: Option<Vec<&'static str>>,
    /// What was asked for: `event_info`, `customer`, `settings`, and the inputs of actions.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    attributes: Option<Box<RawValue>>,
    /// The calendar event, while there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<EventOut>,
    /// The calendar that the event stands in, or will.
    #[serde(skip_serializing_if = "Option::is_none")]
    calendar: Option<CalendarOut>,
    /// Who booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    customers: Option<Vec<CustomerOut>>,
    /// What is booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<BookedOut>,
    /// The same under its historical name.
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<BookedOut>,
    /// Free values.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    meta: Option<Box<RawValue>>,
    /// What happened to it, oldest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    logs: Option<Vec<LogOut>>,
}

/// A calendar event of a booking; its times are in UTC.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BookingEvent)]
pub struct EventOut {
    #[schema(value_type = uuid::Uuid)]
    id: domain::EventId,
    what: String,
    #[serde(rename = "where")]
    place: String,
    description: String,
    rsvp: String,
    #[serde(rename = "allDay")]
    all_day: bool,
    start: Stamp,
    end: Stamp,
    #[schema(value_type = Vec<String>)]
    participants: Box<RawValue>,
    created_at: Stamp,
    updated_at: Stamp,
}

/// A calendar of a booking.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = BookingCalendar)]
pub struct CalendarOut {
    #[schema(value_type = uuid::Uuid)]
    id: domain::CalendarId,
    name: String,
    display_name: String,
    description: String,
    #[schema(required)]
    foregroundcolor: Option<String>,
    #[schema(required)]
    backgroundcolor: Option<String>,
    created_at: Stamp,
    updated_at: Stamp,
}

/// A customer of a booking.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BookingCustomer)]
pub struct CustomerOut {
    #[schema(value_type = uuid::Uuid)]
    id: domain::CustomerId,
    name: String,
    email: String,
    phone: String,
    voip: String,
    timezone: String,
    /// The customer's other fields, a JSON object as text.
    meta: String,
}

/// The booked resource.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = BookedResource)]
pub struct BookedOut {
    #[schema(value_type = uuid::Uuid)]
    id: domain::ResourceId,
    name: String,
    first_name: String,
    last_name: String,
    #[schema(required)]
    email: Option<String>,
    timezone: String,
    #[schema(required)]
    image: Option<String>,
    created_at: Stamp,
    updated_at: Stamp,
}

/// One change of a booking's state.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = BookingLog)]
pub struct LogOut {
    #[schema(value_type = uuid::Uuid)]
    id: uuid::Uuid,
    action: &'static str,
    from_state: &'static str,
    to_state: &'static str,
    /// `app`, `resource`, `customer` or `system`.
    actor: String,
    #[schema(required)]
    message: Option<String>,
    created_at: Stamp,
}

/// Which parts are shown without being asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// The six native fields.
    Native,
    /// With `meta`.
    WithMeta,
    /// With `possible_actions`, `attributes`, `calendar` and `customers`.
    Created,
}

/// Which parts an answer has.
#[expect(
    clippy::struct_excessive_bools,
    reason = "one flag for each name of `include`"
)]
struct Parts {
    actions: bool,
    attributes: bool,
    event: bool,
    calendar: bool,
    customers: bool,
    resource: bool,
    user: bool,
    meta: bool,
    logs: bool,
}

impl Parts {
    fn of(query: &Query, shape: Shape, caller: &Caller) -> Self {
        let created = shape == Shape::Created;
        Self {
            actions: query.includes("available_actions")
                || query.includes("possible_actions")
                || created,
            attributes: query.includes("attributes") || created,
            event: query.includes("event"),
            calendar: query.includes("calendar") || created,
            customers: query.includes("customers") || created,
            resource: query.includes("resource"),
            user: query.includes("user"),
            meta: query.includes("meta") || shape == Shape::WithMeta,
            logs: query.includes("logs") && !caller.is_public(),
        }
    }
}

/// Renders one booking.
pub async fn one(
    conn: &mut Conn,
    caller: &Caller,
    query: &Query,
    shape: Shape,
    row: Located,
) -> Result<BookingOut> {
    let mut bookings = many(conn, caller, query, shape, vec![row]).await?;
    Ok(bookings.remove(0))
}

/// Renders bookings, with a constant number of queries for their relations.
pub async fn many(
    conn: &mut Conn,
    caller: &Caller,
    query: &Query,
    shape: Shape,
    rows: Vec<Located>,
) -> Result<Vec<BookingOut>> {
    let parts = Parts::of(query, shape, caller);
    let app = caller.app_id();
    let ids: Vec<BookingId> = rows.iter().map(|row| row.booking.id).collect();
    let events = if parts.event {
        let ids: Vec<_> = rows.iter().filter_map(|row| row.booking.event_id).collect();
        by(events::get_many(conn, app, &ids).await?, |event| event.id)
    } else {
        HashMap::new()
    };
    let calendars = if parts.calendar {
        by(
            calendars::get_many(
                conn,
                app,
                &distinct(rows.iter().map(|row| row.booking.calendar_id)),
            )
            .await?,
            |it| it.id,
        )
    } else {
        HashMap::new()
    };
    let resources = if parts.resource || parts.user {
        by(
            resources::get_many(
                conn,
                app,
                &distinct(rows.iter().map(|row| row.booking.resource_id)),
            )
            .await?,
            |it| it.id,
        )
    } else {
        HashMap::new()
    };
    let mut customers = if parts.customers {
        grouped(customers::of_bookings(conn, app, &ids).await?, |customer| {
            customer.booking_id
        })
    } else {
        HashMap::new()
    };
    let mut logs = if parts.logs {
        grouped(
            bookings::transitions(conn, app, &ids).await?,
            |transition| transition.booking_id,
        )
    } else {
        HashMap::new()
    };

    let rendering = &caller.rendering;
    let mut zones = Zones::default();
    rows.into_iter()
        .map(|row| {
            let booking = &row.booking;
            let booked = resources
                .get(&booking.resource_id)
                .map(|resource| booked(resource, rendering));
            let actions = parts.actions.then(|| {
                booking
                    .graph
                    .available_actions(booking.state)
                    .map(Action::as_str)
                    .collect::<Vec<_>>()
            });
            Ok(BookingOut {
                id: booking.id,
                state: booking.state.as_str(),
                graph: booking.graph.as_str(),
                completed: booking.graph.is_final(booking.state),
                created_at: rendering.record(booking.created_at),
                updated_at: rendering.record(booking.updated_at),
                available_actions: actions.clone(),
                possible_actions: actions,
                attributes: if parts.attributes {
                    Some(attributes(&row, rendering, zones.get(&row.timezone))?)
                } else {
                    None
                },
                event: match booking.event_id.and_then(|id| events.get(&id)) {
                    Some(found) => Some(event(found, rendering)?),
                    None => None,
                },
                calendar: calendars
                    .get(&booking.calendar_id)
                    .map(|found| calendar(found, rendering)),
                customers: parts.customers.then(|| {
                    customers
                        .remove(&booking.id)
                        .unwrap_or_default()
                        .into_iter()
                        .map(customer)
                        .collect()
                }),
                resource: booked.clone().filter(|_| parts.resource),
                user: booked.filter(|_| parts.user),
                meta: if parts.meta {
                    Some(raw(row.booking.meta.clone())?)
                } else {
                    None
                },
                logs: parts.logs.then(|| {
                    let log = logs.remove(&row.booking.id).unwrap_or_default();
                    log.into_iter()
                        .map(|transition| entry(transition, rendering))
                        .collect()
                }),
            })
        })
        .collect()
}

/// The zones of an answer's resources: few, so that a list beats a map.
#[derive(Default)]
struct Zones(Vec<(String, TimeZone)>);

impl Zones {
    fn get(&mut self, name: &str) -> &TimeZone {
        if let Some(index) = self.0.iter().position(|(known, _)| known == name) {
            return &self.0[index].1;
        }
        self.0
            .push((name.to_owned(), time::zone(name).unwrap_or(TimeZone::UTC)));
        &self.0[self.0.len() - 1].1
    }
}

/// `attributes` as text: `event_info`, the same again as `event` for older clients, then the stored groups.
fn attributes(row: &Located, rendering: &Rendering, zone: &TimeZone) -> Result<Box<RawValue>> {
    #[derive(Serialize)]
    struct EventInfo<'a> {
        start: Stamp,
        end: Stamp,
        what: &'a str,
        #[serde(rename = "where")]
        place: &'a str,
        description: &'a str,
        calendar_id: domain::CalendarId,
    }
    let booking = &row.booking;
    let mut info = serde_json::to_string(&EventInfo {
        start: rendering.event(booking.span.start(), zone),
        end: rendering.event(booking.span.end(), zone),
        what: &booking.what,
        place: &booking.place,
        description: &booking.description,
        calendar_id: booking.calendar_id,
    })
    .map_err(anyhow::Error::new)?;
    info.pop();
    info.push_str(",\"participants\":");
    info.push_str(&booking.participants);
    append_members(&mut info, &booking.event_options);
    info.push('}');

    let mut text = String::with_capacity(2 * info.len() + booking.attributes.len() + 32);
    text.push_str("{\"event_info\":");
    text.push_str(&info);
    text.push_str(",\"event\":");
    text.push_str(&info);
    append_members(&mut text, &booking.attributes);
    text.push('}');
    raw(text)
}

/// Appends the members of a stored JSON object to an object that is being written.
fn append_members(text: &mut String, object: &str) {
    let members = object
        .trim()
        .trim_start_matches('{')
        .strip_suffix('}')
        .unwrap_or_default();
    if !members.trim().is_empty() {
        text.push(',');
        text.push_str(members);
    }
}

/// Stored JSON as it is.
pub fn raw(text: String) -> Result<Box<RawValue>> {
    Ok(RawValue::from_string(text)
        .map_err(|error| anyhow::Error::new(error).context("stored JSON is broken"))?)
}

fn event(event: &Event, rendering: &Rendering) -> Result<EventOut> {
    Ok(EventOut {
        id: event.id,
        what: event.what.clone(),
        place: event.place.clone(),
        description: event.description.clone(),
        rsvp: event.rsvp.clone(),
        all_day: event.all_day,
        start: rendering.event_record(event.starts_at),
        end: rendering.event_record(event.ends_at),
        participants: raw(event.participants.clone())?,
        created_at: rendering.event_record(event.created_at),
        updated_at: rendering.event_record(event.updated_at),
    })
}

fn calendar(calendar: &Calendar, rendering: &Rendering) -> CalendarOut {
    CalendarOut {
        id: calendar.id,
        name: calendar.name.clone(),
        display_name: calendar.name.clone(),
        description: calendar.description.clone(),
        foregroundcolor: calendar.foregroundcolor.clone(),
        backgroundcolor: calendar.backgroundcolor.clone(),
        created_at: rendering.record(calendar.created_at),
        updated_at: rendering.record(calendar.updated_at),
    }
}

fn customer(customer: Customer) -> CustomerOut {
    CustomerOut {
        id: customer.id,
        name: customer.name,
        email: customer.email,
        phone: customer.phone,
        voip: customer.voip,
        timezone: customer.timezone,
        meta: customer.extra,
    }
}

fn booked(resource: &Resource, rendering: &Rendering) -> BookedOut {
    BookedOut {
        id: resource.id,
        name: resource.name.clone(),
        first_name: resource.first_name.clone(),
        last_name: resource.last_name.clone(),
        email: resource.email.clone(),
        timezone: resource.timezone.clone(),
        image: resource.image.clone(),
        created_at: rendering.record(resource.created_at),
        updated_at: rendering.record(resource.updated_at),
    }
}

fn entry(transition: Transition, rendering: &Rendering) -> LogOut {
    LogOut {
        id: transition.id,
        action: transition.action.as_str(),
        from_state: State::as_str(transition.from),
        to_state: State::as_str(transition.to),
        actor: transition.actor,
        message: transition.message,
        created_at: rendering.record(transition.at),
    }
}

fn by<K: std::hash::Hash + Eq, V>(rows: Vec<V>, key: impl Fn(&V) -> K) -> HashMap<K, V> {
    rows.into_iter().map(|row| (key(&row), row)).collect()
}

fn grouped<K: std::hash::Hash + Eq, V>(rows: Vec<V>, key: impl Fn(&V) -> K) -> HashMap<K, Vec<V>> {
    let mut groups: HashMap<K, Vec<V>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}

fn distinct<T: Ord>(ids: impl Iterator<Item = T>) -> Vec<T> {
    let mut ids: Vec<T> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}
