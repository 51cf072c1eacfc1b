//! How bookings look in answers: six native fields, and what `include` adds (spec 80 §2).
//!
//! Relations are loaded in one query each for all rows of an answer. Stored JSON passes through as it is.

use std::collections::HashMap;

use domain::{
    BookingId, CalendarId, EventId, ProjectId, ResourceId,
    booking::{Action, State},
    time,
};
use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::value::RawValue;
use store::{
    Conn,
    bookings::{self, Booking, Transition},
    calendars::{self, Calendar},
    customers::{self, Customer},
    events::{self, Event},
    projects::{self, Project},
    resources::{self, Resource},
};
use utoipa::ToSchema;

use super::super::projects::{self as projects_api, ProjectOut};
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
    /// The project it was made through; null where there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<ProjectOut>)]
    project: Option<Made>,
    /// Free values.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    meta: Option<Box<RawValue>>,
    /// What happened to it, oldest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    logs: Option<Vec<LogOut>>,
}

/// A project that was asked for; null where there is none.
#[derive(Debug, Serialize)]
#[serde(transparent)]
pub struct Made(Option<Box<ProjectOut>>);

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
    project: bool,
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
            project: query.includes("project"),
            resource: query.includes("resource"),
            user: query.includes("user"),
            meta: query.includes("meta") || shape == Shape::WithMeta,
            logs: query.includes("logs") && !caller.is_public(),
        }
    }
}

/// What bookings refer to. What is known already is not read again.
#[derive(Default)]
pub struct Relations {
    calendars: HashMap<CalendarId, Calendar>,
    customers: HashMap<BookingId, Vec<Customer>>,
    events: HashMap<EventId, Event>,
    logs: HashMap<BookingId, Vec<Transition>>,
    projects: HashMap<ProjectId, Project>,
    resources: HashMap<ResourceId, Resource>,
    zones: HashMap<ResourceId, TimeZone>,
}

impl Relations {
    /// What is known of a booking that is just being made.
    pub fn of_new(resource: &Resource, calendar: Calendar, customer: Customer) -> Self {
        let mut known = Self::default();
        known.zones.insert(resource.id, zone(&resource.timezone));
        known.calendars.insert(calendar.id, calendar);
        known.customers.insert(customer.booking_id, vec![customer]);
        known
    }

    /// Reads what the answer needs, in one query for each relation.
    async fn load(
        &mut self,
        conn: &mut Conn,
        caller: &Caller,
        parts: &Parts,
        rows: &[Booking],
    ) -> Result<()> {
        let app = caller.app_id();
        let ids = || rows.iter().map(|row| row.id).collect::<Vec<_>>();
        if parts.attributes {
            let missing = missing(&self.zones, rows.iter().map(|row| row.resource_id));
            if !missing.is_empty() {
                let zones = resources::timezones(conn, app, &missing).await?;
                self.zones
                    .extend(zones.into_iter().map(|(id, name)| (id, zone(&name))));
            }
        }
        if parts.calendar {
            let missing = missing(&self.calendars, rows.iter().map(|row| row.calendar_id));
            if !missing.is_empty() {
                let calendars = calendars::get_many(conn, app, &missing).await?;
                self.calendars.extend(
                    calendars
                        .into_iter()
                        .map(|calendar| (calendar.id, calendar)),
                );
            }
        }
        if parts.customers && self.customers.is_empty() {
            let customers = customers::of_bookings(conn, app, &ids()).await?;
            self.customers = grouped(customers, |customer| customer.booking_id);
            for group in self.customers.values_mut() {
                group.sort_unstable_by_key(|customer| customer.id);
            }
        }
        if parts.event {
            let ids: Vec<_> = rows.iter().filter_map(|row| row.event_id).collect();
            let events = events::get_many(conn, app, &ids).await?;
            self.events = events.into_iter().map(|event| (event.id, event)).collect();
        }
        if parts.resource || parts.user {
            let missing = missing(&self.resources, rows.iter().map(|row| row.resource_id));
            let resources = resources::get_many(conn, app, &missing).await?;
            self.resources = resources
                .into_iter()
                .map(|resource| (resource.id, resource))
                .collect();
        }
        if parts.project {
            let missing = missing(&self.projects, rows.iter().filter_map(|row| row.project_id));
            let projects = projects::get_many(conn, app, &missing).await?;
            self.projects = projects
                .into_iter()
                .map(|project| (project.id, project))
                .collect();
        }
        if parts.logs {
            self.logs = grouped(
                bookings::transitions(conn, app, &ids()).await?,
                |transition| transition.booking_id,
            );
        }
        Ok(())
    }
}

/// Ids that are not known yet, each once.
fn missing<K: Copy + Ord + std::hash::Hash, V>(
    known: &HashMap<K, V>,
    ids: impl Iterator<Item = K>,
) -> Vec<K> {
    let mut ids: Vec<K> = ids.filter(|id| !known.contains_key(id)).collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn grouped<K: std::hash::Hash + Eq, V>(rows: Vec<V>, key: impl Fn(&V) -> K) -> HashMap<K, Vec<V>> {
    let mut groups: HashMap<K, Vec<V>> = HashMap::new();
    for row in rows {
        groups.entry(key(&row)).or_default().push(row);
    }
    groups
}

fn zone(name: &str) -> TimeZone {
    time::zone(name).unwrap_or(TimeZone::UTC)
}

/// Renders one booking.
pub async fn one(
    conn: &mut Conn,
    caller: &Caller,
    query: &Query,
    shape: Shape,
    row: Booking,
    known: Relations,
) -> Result<BookingOut> {
    let mut bookings = many(conn, caller, query, shape, vec![row], known).await?;
    Ok(bookings.remove(0))
}

/// Renders bookings, with a constant number of queries for their relations.
pub async fn many(
    conn: &mut Conn,
    caller: &Caller,
    query: &Query,
    shape: Shape,
    rows: Vec<Booking>,
    mut relations: Relations,
) -> Result<Vec<BookingOut>> {
    let parts = Parts::of(query, shape, caller);
    relations.load(conn, caller, &parts, &rows).await?;
    rows.into_iter()
        .map(|row| render(row, &parts, &mut relations, caller))
        .collect()
}

fn render(
    row: Booking,
    parts: &Parts,
    relations: &mut Relations,
    caller: &Caller,
) -> Result<BookingOut> {
    let rendering = &caller.rendering;
    let booked = relations
        .resources
        .get(&row.resource_id)
        .map(|resource| booked(resource, rendering));
    let actions = parts.actions.then(|| {
        row.graph
            .available_actions(row.state)
            .map(Action::as_str)
            .collect::<Vec<_>>()
    });
    Ok(BookingOut {
        id: row.id,
        state: row.state.as_str(),
        graph: row.graph.as_str(),
        completed: row.graph.is_final(row.state),
        created_at: rendering.record(row.created_at),
        updated_at: rendering.record(row.updated_at),
        available_actions: actions.clone(),
        possible_actions: actions,
        attributes: if parts.attributes {
            let utc = TimeZone::UTC;
            let zone = relations.zones.get(&row.resource_id).unwrap_or(&utc);
            Some(attributes(&row, rendering, zone)?)
        } else {
            None
        },
        event: match row.event_id.and_then(|id| relations.events.get(&id)) {
            Some(found) => Some(event(found, rendering)?),
            None => None,
        },
        calendar: if parts.calendar {
            relations
                .calendars
                .get(&row.calendar_id)
                .map(|found| calendar(found, rendering))
        } else {
            None
        },
        customers: parts.customers.then(|| {
            let own = relations.customers.remove(&row.id).unwrap_or_default();
            own.into_iter().map(customer).collect()
        }),
        project: if parts.project {
            let made = row.project_id.and_then(|id| relations.projects.get(&id));
            let made = made.map(|project| projects_api::render(project.clone(), caller));
            Some(Made(made.transpose()?.map(Box::new)))
        } else {
            None
        },
        resource: booked.clone().filter(|_| parts.resource),
        user: booked.filter(|_| parts.user),
        logs: parts.logs.then(|| {
            let log = relations.logs.remove(&row.id).unwrap_or_default();
            log.into_iter()
                .map(|transition| entry(transition, rendering))
                .collect()
        }),
        meta: if parts.meta {
            Some(raw(row.meta)?)
        } else {
            None
        },
    })
}

/// `attributes` as text: `event_info`, the same again as `event` for older clients, then the stored groups.
fn attributes(booking: &Booking, rendering: &Rendering, zone: &TimeZone) -> Result<Box<RawValue>> {
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

/// A resource as bookings and calendars show it.
pub fn booked(resource: &Resource, rendering: &Rendering) -> BookedOut {
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
