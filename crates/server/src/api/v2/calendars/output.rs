//! How calendars look in answers (spec 40).

use std::collections::HashMap;

use domain::{CalendarId, Interval, ResourceId};
use jiff::{SignedDuration, tz::TimeZone};
use serde::Serialize;
use store::{Conn, calendars::Calendar, events, resources};
use utoipa::ToSchema;

use super::super::{
    bookings::{BookedOut, booked},
    events::{
        output::{self as events_output, EventOut},
        within, zones,
    },
};
use crate::{
    api::{
        caller::Caller,
        error::Result,
        query::Query,
        rendering::{Rendering, Stamp},
    },
    app::App,
};

/// Most events that an include shows.
const MAX_EVENTS: usize = 1_000;

/// A calendar of a resource.
#[expect(clippy::struct_excessive_bools, reason = "the fields of the API")]
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarOut {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: CalendarId,
    /// The resource it belongs to.
    #[schema(value_type = uuid::Uuid)]
    pub resource_id: ResourceId,
    /// Its name.
    name: String,
    /// Its name as the provider shows it.
    display_name: String,
    /// What it is for.
    description: String,
    /// The color of its texts, `#RRGGBB`.
    #[schema(required)]
    foregroundcolor: Option<String>,
    /// The color of its entries, `#RRGGBB`.
    #[schema(required)]
    backgroundcolor: Option<String>,
    /// Where it lives: `timekit` for our own.
    provider: String,
    /// Its id there.
    #[schema(required)]
    provider_id: Option<String>,
    /// `owner`, `writer` or `reader`.
    provider_access: &'static str,
    /// Whether it is the primary one there.
    provider_primary: bool,
    /// Whether a connected calendar is synced.
    provider_sync: bool,
    /// Whether it takes the bookings that name no calendar.
    primary: bool,
    /// False; kept for older clients.
    system: bool,
    /// When it was made.
    created_at: Stamp,
    /// When it last changed.
    updated_at: Stamp,
    /// Its events of the past and the coming year.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub events: Option<Vec<EventOut>>,
    /// The resource it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<BookedOut>,
}

/// Renders one calendar.
pub async fn one(
    conn: &mut Conn,
    app: &App,
    caller: &Caller,
    query: &Query,
    row: Calendar,
) -> Result<CalendarOut> {
    let mut calendars = many(conn, app, caller, query, vec![row]).await?;
    Ok(calendars.remove(0))
}

/// Renders calendars, with a constant number of queries for their relations.
pub async fn many(
    conn: &mut Conn,
    app: &App,
    caller: &Caller,
    query: &Query,
    rows: Vec<Calendar>,
) -> Result<Vec<CalendarOut>> {
    let app_id = caller.app_id();
    let mut ids: Vec<ResourceId> = rows.iter().map(|row| row.resource_id).collect();
    ids.sort_unstable();
    ids.dedup();
    let mut calendars: Vec<CalendarOut> = rows
        .iter()
        .map(|row| bare(row, &caller.rendering))
        .collect();
    if query.includes("resource") {
        let resources = resources::get_many(conn, app_id, &ids).await?;
        for calendar in &mut calendars {
            let own = resources.iter().find(|one| one.id == calendar.resource_id);
            calendar.resource = own.map(|resource| booked(resource, &caller.rendering));
        }
    }
    if query.includes("events") {
        with_events(conn, app, caller, &mut calendars).await?;
    }
    Ok(calendars)
}

/// A calendar without its relations.
pub fn bare(calendar: &Calendar, rendering: &Rendering) -> CalendarOut {
    CalendarOut {
        id: calendar.id,
        resource_id: calendar.resource_id,
        name: calendar.name.clone(),
        display_name: calendar.name.clone(),
        description: calendar.description.clone(),
        foregroundcolor: calendar.foregroundcolor.clone(),
        backgroundcolor: calendar.backgroundcolor.clone(),
        provider: calendar.provider.clone(),
        provider_id: None,
        provider_access: "owner",
        provider_primary: false,
        provider_sync: false,
        primary: calendar.is_primary,
        system: false,
        created_at: rendering.record(calendar.created_at),
        updated_at: rendering.record(calendar.updated_at),
        events: None,
        resource: None,
    }
}

/// Puts the events of the past and the coming year into calendars.
pub async fn with_events(
    conn: &mut Conn,
    app: &App,
    caller: &Caller,
    calendars: &mut [CalendarOut],
) -> Result<()> {
    let now = app.clock.now();
    let year = SignedDuration::from_hours(366 * 24);
    let window = Interval::new(now - year, now + year)
        .expect("invariant: a year ago is before the next year");
    let ids: Vec<CalendarId> = calendars.iter().map(|calendar| calendar.id).collect();
    let places = events::places_by_id(conn, caller.app_id(), &ids).await?;
    let found = within(conn, caller.app_id(), &places, window, MAX_EVENTS).await?;
    let (zones, utc) = (zones(&places), TimeZone::UTC);
    let mut events_of: HashMap<CalendarId, Vec<EventOut>> = HashMap::new();
    for occurrence in found.occurrences {
        let id = occurrence.event.calendar_id;
        let zone = zones.get(&id).unwrap_or(&utc);
        let event = events_output::out(occurrence, caller, zone)?;
        events_of.entry(id).or_default().push(event);
    }
    for calendar in calendars {
        calendar.events = Some(events_of.remove(&calendar.id).unwrap_or_default());
    }
    Ok(())
}
