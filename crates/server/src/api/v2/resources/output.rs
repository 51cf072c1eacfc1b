//! How resources look in answers (spec 30), with their calendars always and the rest by `include`.

use std::collections::HashMap;

use domain::ResourceId;
use serde::Serialize;
use serde_json::value::RawValue;
use store::{
    Conn, apps,
    calendars::{self, Calendar},
    credentials, events,
    resources::Resource,
};
use utoipa::ToSchema;

use super::{
    super::{
        bookings::raw,
        credentials::{self as credentials_api, CredentialOut},
    },
    events_window,
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

/// Most events shown by `calendars.events`.
const MAX_EVENTS: i64 = 1_000;

/// A resource.
#[derive(Debug, Serialize, ToSchema)]
pub struct ResourceOut {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: ResourceId,
    /// Display name.
    name: String,
    /// First name.
    first_name: String,
    /// Last name.
    last_name: String,
    /// E-mail.
    #[schema(required)]
    email: Option<String>,
    /// IANA time zone.
    timezone: String,
    /// Address of a picture.
    #[schema(required)]
    image: Option<String>,
    /// Free values.
    #[schema(value_type = Object)]
    meta: Box<RawValue>,
    /// Whether it can be used.
    activated: bool,
    /// When a connected calendar was last read.
    #[schema(required)]
    last_sync: Option<Stamp>,
    /// Whether it gets mails as the owner of bookings.
    enabled_email_notification: bool,
    /// Whether bookings get a conference link.
    conference_enabled: bool,
    /// The kind of that link.
    #[schema(required)]
    conference_type: Option<String>,
    /// When it was made.
    created_at: Stamp,
    /// When it last changed.
    updated_at: Stamp,
    /// Its calendars.
    calendars: Vec<CalendarOut>,
    /// When it is available.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    availability_constraints: Option<Box<RawValue>>,
    /// Its keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    credentials: Option<Vec<CredentialOut>>,
    /// Its `server-token`, in the answer that made it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::api::v2) api_token: Option<String>,
}

/// A calendar of a resource.
#[derive(Debug, Serialize, ToSchema)]
pub struct CalendarOut {
    #[schema(value_type = uuid::Uuid)]
    id: domain::CalendarId,
    #[schema(value_type = uuid::Uuid)]
    resource_id: ResourceId,
    name: String,
    display_name: String,
    description: String,
    #[schema(required)]
    foregroundcolor: Option<String>,
    #[schema(required)]
    backgroundcolor: Option<String>,
    provider: String,
    #[schema(required)]
    provider_id: Option<String>,
    provider_access: &'static str,
    provider_primary: bool,
    provider_sync: bool,
    /// Whether it takes the bookings that name no calendar.
    primary: bool,
    created_at: Stamp,
    updated_at: Stamp,
    /// Its events of the past and the coming year.
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<Vec<EventOut>>,
}

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

/// Renders one resource.
pub async fn one(
    conn: &mut Conn,
    app: &App,
    caller: &Caller,
    query: &Query,
    row: Resource,
) -> Result<ResourceOut> {
    let mut resources = many(conn, app, caller, query, vec![row]).await?;
    Ok(resources.remove(0))
}

/// Renders resources, with a constant number of queries for their relations.
pub async fn many(
    conn: &mut Conn,
    app: &App,
    caller: &Caller,
    query: &Query,
    rows: Vec<Resource>,
) -> Result<Vec<ResourceOut>> {
    let app_id = caller.app_id();
    let rendering = &caller.rendering;
    let ids: Vec<ResourceId> = rows.iter().map(|row| row.id).collect();
    let calendars = calendars::of_resources(conn, app_id, &ids).await?;
    let events = match events_window(app).filter(|_| query.includes("calendars.events")) {
        Some(window) => {
            let ids: Vec<_> = calendars.iter().map(|calendar| calendar.id).collect();
            Some(events::of_calendars(conn, app_id, &ids, window, MAX_EVENTS).await?)
        }
        None => None,
    };
    let credentials = if query.includes("credentials") && caller.sees_tokens() {
        let all = credentials::of_resources(conn, app_id, &ids).await?;
        Some((all, apps::creator(conn, app_id).await?))
    } else {
        None
    };
    let mut calendars_of: HashMap<ResourceId, Vec<CalendarOut>> = HashMap::new();
    for row in calendars {
        let zone = rows.iter().find(|resource| resource.id == row.resource_id);
        let zone = zone
            .and_then(|resource| domain::time::zone(&resource.timezone))
            .unwrap_or(jiff::tz::TimeZone::UTC);
        let mut calendar = calendar(&row, rendering);
        if let Some(events) = &events {
            let own = events.iter().filter(|event| event.calendar_id == row.id);
            calendar.events = Some(
                own.map(|event| event_out(event, rendering, &zone))
                    .collect::<Result<_>>()?,
            );
        }
        calendars_of
            .entry(row.resource_id)
            .or_default()
            .push(calendar);
    }

    rows.into_iter()
        .map(|row| {
            let own = |credential: &&credentials::Credential| credential.resource_id == row.id;
            Ok(ResourceOut {
                id: row.id,
                calendars: calendars_of.remove(&row.id).unwrap_or_default(),
                availability_constraints: if query.includes("availability_constraints") {
                    Some(raw(row.availability_constraints.clone())?)
                } else {
                    None
                },
                credentials: match &credentials {
                    None => None,
                    Some((all, creator)) => {
                        let own = all.iter().filter(own);
                        Some(
                            own.map(|one| credentials_api::out(app, caller, one, *creator))
                                .collect::<Result<_>>()?,
                        )
                    }
                },
                name: row.name,
                first_name: row.first_name,
                last_name: row.last_name,
                email: row.email,
                timezone: row.timezone,
                image: row.image,
                meta: raw(row.meta)?,
                activated: true,
                last_sync: None,
                enabled_email_notification: row.enabled_email_notification,
                conference_enabled: row.conference_enabled,
                conference_type: row.conference_type,
                created_at: rendering.record(row.created_at),
                updated_at: rendering.record(row.updated_at),
                api_token: None,
            })
        })
        .collect()
}

fn calendar(calendar: &Calendar, rendering: &Rendering) -> CalendarOut {
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
        created_at: rendering.record(calendar.created_at),
        updated_at: rendering.record(calendar.updated_at),
        events: None,
    }
}

fn event_out(
    event: &events::Event,
    rendering: &Rendering,
    zone: &jiff::tz::TimeZone,
) -> Result<EventOut> {
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
