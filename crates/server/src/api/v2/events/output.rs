//! How events look in answers (spec 40).

use domain::{CalendarId, EventId, ResourceId, event::EventRef};
use jiff::{Timestamp, tz::TimeZone};
use serde::Serialize;
use serde_json::value::RawValue;
use store::events::Event;
use utoipa::ToSchema;

use super::super::bookings::raw;
use crate::api::{
    caller::{Caller, Principal},
    error::Result,
    rendering::Stamp,
};

/// An event, or one instance of a repeated one, with the times at which it takes place.
#[derive(Clone, Debug)]
pub struct Occurrence {
    /// The event; of an unchanged instance, the repeated event with the instance's times.
    pub event: Event,
    /// The repeated event and where the instance would start without a change of its own.
    pub instance_of: Option<(EventId, Timestamp)>,
}

impl Occurrence {
    /// An event by itself.
    pub fn whole(event: Event) -> Self {
        Self {
            event,
            instance_of: None,
        }
    }
}

/// An event of a calendar; its times are in the resource's zone.
#[expect(clippy::struct_excessive_bools, reason = "the fields of the API")]
#[derive(Debug, Serialize, ToSchema)]
pub struct EventOut {
    /// Its id; of an instance of a repeated event, that event's id and the instance's original start.
    #[schema(example = "78a4d873-2a68-41c6-bdd4-c0ca5b35efd3")]
    id: String,
    /// Title.
    what: String,
    /// Place.
    #[serde(rename = "where")]
    place: String,
    /// Details.
    description: String,
    /// First instant.
    start: Stamp,
    /// The instant after the last.
    end: Stamp,
    /// The same as `all_day`.
    #[serde(rename = "allDay")]
    all_day_camel: bool,
    /// Whether it is whole days and no time of day.
    all_day: bool,
    /// The owner's answer: `accepted`, `needsAction`, `declined` or `tentative`.
    rsvp: String,
    /// E-mails of those who take part.
    #[schema(value_type = Vec<String>)]
    participants: Box<RawValue>,
    /// Whether it is shown but takes no time.
    free: bool,
    /// Whether only its resource and app keys may read what it is about.
    private: bool,
    /// The calendar it stands in.
    #[schema(value_type = uuid::Uuid)]
    calendar_id: CalendarId,
    /// The calendar's resource.
    #[schema(value_type = uuid::Uuid)]
    resource_id: ResourceId,
    /// The booking that wrote it; such events change with their booking.
    #[schema(value_type = Option<uuid::Uuid>, required)]
    booking_id: Option<domain::BookingId>,
    /// Whether it is to be copied to a connected calendar.
    sync_provider: bool,
    /// Its id there.
    #[schema(required)]
    provider_id: Option<String>,
    /// How it repeats, lines of RFC 5545; only on the repeated event itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<String>>)]
    recurrence: Option<Box<RawValue>>,
    /// The zone of its wall times; only on the repeated event itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    timezone: Option<String>,
    /// The repeated event that this is an instance of.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<uuid::Uuid>)]
    recurring_event_id: Option<EventId>,
    /// Where the instance would start without a change of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    original_start: Option<Stamp>,
    /// When it was made.
    created_at: Stamp,
    /// When it last changed.
    updated_at: Stamp,
}

/// Renders an event of a resource in `zone`.
pub fn out(occurrence: Occurrence, caller: &Caller, zone: &TimeZone) -> Result<EventOut> {
    let Occurrence {
        mut event,
        instance_of,
    } = occurrence;
    if event.private && !sees_private(caller, event.resource_id) {
        "Busy".clone_into(&mut event.what);
        event.place.clear();
        event.description.clear();
        "[]".clone_into(&mut event.participants);
    }
    let rendering = &caller.rendering;
    let reference = match instance_of {
        None => EventRef::Whole(event.id),
        Some((series, start)) => EventRef::Instance(series, start),
    };
    let is_series = instance_of.is_none();
    Ok(EventOut {
        id: reference.to_string(),
        what: event.what,
        place: event.place,
        description: event.description,
        start: rendering.event(event.starts_at, zone),
        end: rendering.event(event.ends_at, zone),
        all_day_camel: event.all_day,
        all_day: event.all_day,
        rsvp: event.rsvp,
        participants: raw(event.participants)?,
        free: event.free,
        private: event.private,
        calendar_id: event.calendar_id,
        resource_id: event.resource_id,
        booking_id: event.booking_id,
        sync_provider: event.sync_provider,
        provider_id: None,
        recurrence: event
            .recurrence
            .filter(|_| is_series)
            .map(raw)
            .transpose()?,
        timezone: event.timezone.filter(|_| is_series),
        recurring_event_id: instance_of.map(|(series, _)| series),
        original_start: instance_of.map(|(_, start)| rendering.event(start, zone)),
        created_at: rendering.record(event.created_at),
        updated_at: rendering.record(event.updated_at),
    })
}

/// Whether the caller may read what a private event is about: app keys, which are servers, and the resource itself.
fn sees_private(caller: &Caller, resource: ResourceId) -> bool {
    match caller.identity.principal {
        Principal::AppKey(_) => true,
        Principal::WidgetKey(_) => false,
        Principal::Resource { .. } | Principal::Session { .. } => {
            caller.resource() == Some(resource)
        }
    }
}
