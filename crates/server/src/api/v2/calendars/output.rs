//! How calendars look in answers (spec 40).

use std::collections::HashMap;

use domain::{CalendarId, Interval, ResourceId};
use jiff::{SignedDuration, tz::TimeZone};
use serde::Serialize;
use store::{Conn, calendars::Calendar, events, resources};
use utoipa::ToSchema;

use super::super::{
    bookings::{BookedOut, booked},
    events::output::{self as events_output, EventOut},
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
const MAX_EVENTS: i64 = 1_000;

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
        let zones = resources::timezones(conn, app_id, &ids).await?;
        let zones = zones
            .into_iter()
            .map(|(id, name)| (id, domain::time::zone(&name).unwrap_or(TimeZone::UTC)))
            .collect();
        with_events(conn, app, caller, &zones, &mut calendars).await?;
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
    zones: &HashMap<ResourceId, TimeZone>,
    calendars: &mut [CalendarOut],
) -> Result<()> {
    let now = app.clock.now();
    let year = SignedDuration::from_hours(366 * 24);
    let window = Interval::new(now - year, now + year)
        .expect("invariant: a year ago is before the next year");
    let ids: Vec<CalendarId> = calendars.iter().map(|calendar| calendar.id).collect();
    let events = events::of_calendars(conn, caller.app_id(), &ids, window, MAX_EVENTS).await?;
    let utc = TimeZone::UTC;
    for calendar in calendars {
        let zone = zones.get(&calendar.resource_id).unwrap_or(&utc);
        let own = events
            .iter()
            .filter(|event| event.calendar_id == calendar.id);
        calendar.events = Some(
            own.map(|event| events_output::event(event, &caller.rendering, zone))
                .collect::<Result<_>>()?,
        );
    }
    Ok(())
}
