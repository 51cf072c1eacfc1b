//! How resources look in answers (spec 30), with their calendars always and the rest by `include`.

use std::collections::HashMap;

use domain::ResourceId;
use serde::Serialize;
use serde_json::value::RawValue;
use store::{Conn, apps, calendars, credentials, resources::Resource};
use utoipa::ToSchema;

use super::super::{
    bookings::raw,
    calendars::output::{self as calendars_output, CalendarOut},
    credentials::{self as credentials_api, CredentialOut},
};
use crate::{
    api::{caller::Caller, error::Result, query::Query, rendering::Stamp},
    app::App,
};

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
    let credentials = if query.includes("credentials") && caller.sees_tokens() {
        let all = credentials::of_resources(conn, app_id, &ids).await?;
        Some((all, apps::creator(conn, app_id).await?))
    } else {
        None
    };
    let mut calendars: Vec<CalendarOut> = calendars
        .iter()
        .map(|row| calendars_output::bare(row, rendering))
        .collect();
    if query.includes("calendars.events") {
        calendars_output::with_events(conn, app, caller, &mut calendars).await?;
    }
    let mut calendars_of: HashMap<ResourceId, Vec<CalendarOut>> = HashMap::new();
    for calendar in calendars {
        calendars_of
            .entry(calendar.resource_id)
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
