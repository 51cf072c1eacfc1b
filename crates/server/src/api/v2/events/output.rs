//! How events look in answers (spec 40).

use jiff::tz::TimeZone;
use serde::Serialize;
use serde_json::value::RawValue;
use store::events::Event;
use utoipa::ToSchema;

use super::super::bookings::raw;
use crate::api::{
    error::Result,
    rendering::{Rendering, Stamp},
};

/// An event of a calendar; its times are in the resource's zone.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventOut {
    #[schema(value_type = uuid::Uuid)]
    id: domain::EventId,
    what: String,
    #[serde(rename = "where")]
    place: String,
    description: String,
    start: Stamp,
    end: Stamp,
    #[serde(rename = "allDay")]
    all_day_camel: bool,
    all_day: bool,
    rsvp: String,
    #[schema(value_type = Vec<String>)]
    participants: Box<RawValue>,
}

/// Renders an event of a resource in `zone`.
pub fn event(event: &Event, rendering: &Rendering, zone: &TimeZone) -> Result<EventOut> {
    Ok(EventOut {
        id: event.id,
        what: event.what.clone(),
        place: event.place.clone(),
        description: event.description.clone(),
        start: rendering.event(event.starts_at, zone),
        end: rendering.event(event.ends_at, zone),
        all_day_camel: event.all_day,
        all_day: event.all_day,
        rsvp: event.rsvp.clone(),
        participants: raw(event.participants.clone())?,
    })
}
