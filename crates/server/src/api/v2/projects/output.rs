//! How projects look in answers (spec 60).

use std::collections::HashMap;

use domain::{LocationId, ProjectId, ResourceId, ServiceId};
use serde::Serialize;
use serde_json::value::RawValue;
use store::{
    Conn,
    links::{self, Link},
    locations, projects as rows,
    projects::Project,
    resources, services,
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::super::{
    bookings::raw,
    locations::LocationOut,
    resources::output::{self as resources_api, ResourceOut},
    services::ServiceOut,
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

/// A project.
#[derive(Debug, Serialize, ToSchema)]
pub struct ProjectOut {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    pub id: ProjectId,
    /// Display name.
    name: String,
    /// The address of its booking page.
    slug: String,
    /// Parameters of a search for free time.
    #[schema(value_type = Object)]
    availability: Box<RawValue>,
    /// When it can be booked, in addition to each resource's own rules.
    #[schema(value_type = Vec<Object>)]
    availability_constraints: Box<RawValue>,
    /// Parameters of a booking.
    #[schema(value_type = Object)]
    booking: Box<RawValue>,
    /// Reminders; not for public keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<Object>>)]
    reminders: Option<Box<RawValue>>,
    /// The form, in the order in which it is asked.
    #[schema(value_type = Object)]
    customer_fields: Box<RawValue>,
    /// How its pages look.
    #[schema(value_type = Object)]
    ui: Box<RawValue>,
    /// Free values; not for public keys.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    meta: Option<Box<RawValue>>,
    /// Whether bookings get a conference link: 0 or 1.
    allow_conference: u8,
    /// Whether bookings may overlap others.
    allow_double_bookings: bool,
    /// Whether mails are sent.
    enabled_email_notification: bool,
    /// Whether its booking page takes bookings.
    enabled: bool,
    /// How long a hold lasts; null for the usual time.
    #[schema(required)]
    reservation_time: Option<String>,
    /// Whose opening hours count; null combines all.
    #[schema(required)]
    use_hours_from: Option<String>,
    /// Degrees north, as text.
    #[schema(required)]
    latitude: Option<String>,
    /// Degrees east, as text.
    #[schema(required)]
    longitude: Option<String>,
    /// Kilometers from the position that was searched.
    #[schema(required)]
    pub distance: Option<f64>,
    /// When it was made.
    created_at: Stamp,
    /// When it last changed.
    updated_at: Stamp,
    /// What is booked, in the order of priority.
    #[serde(skip_serializing_if = "Option::is_none")]
    resources: Option<Vec<ResourceOut>>,
    /// Where it is offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    locations: Option<Vec<LocationOut>>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    services: Option<Vec<ServiceOut>>,
}

/// Renders one project.
pub async fn one(
    conn: &mut Conn,
    app: &App,
    caller: &Caller,
    query: &Query,
    row: Project,
) -> Result<ProjectOut> {
    let mut projects = many(conn, app, caller, query, vec![row]).await?;
    Ok(projects.remove(0))
}

/// Renders projects, with a constant number of queries for their relations.
pub async fn many(
    conn: &mut Conn,
    app: &App,
    caller: &Caller,
    query: &Query,
    rows: Vec<Project>,
) -> Result<Vec<ProjectOut>> {
    let app_id = caller.app_id();
    let ids: Vec<ProjectId> = rows.iter().map(|row| row.id).collect();
    let uuids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let mut resources = HashMap::new();
    let shows_resources = query.includes("resources") && !caller.is_public();
    if shows_resources {
        for (project, resource) in rows::resources_of(conn, app_id, &ids).await? {
            resources
                .entry(project)
                .or_insert_with(Vec::new)
                .push(resource);
        }
    }
    let mut locations = HashMap::new();
    if query.includes("locations") {
        let pairs = links::of(conn, app_id, Link::ProjectLocations, &uuids).await?;
        let wanted = distinct(&pairs, LocationId);
        let rows = locations::get_many(conn, app_id, &wanted).await?;
        locations = grouped(&pairs, &rows, |row| row.id.0);
    }
    let mut services = HashMap::new();
    if query.includes("services") {
        let pairs = links::of(conn, app_id, Link::ProjectServices, &uuids).await?;
        let wanted = distinct(&pairs, ServiceId);
        let rows = services::get_many(conn, app_id, &wanted).await?;
        services = grouped(&pairs, &rows, |row| row.id.0);
    }

    let rendering = &caller.rendering;
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        let id = row.id;
        let mut project = render(row, caller)?;
        if shows_resources {
            let ids = resources.remove(&id).unwrap_or_default();
            project.resources = Some(in_order(conn, app, caller, query, &ids).await?);
        }
        if query.includes("locations") {
            let own = locations.remove(&id.0).unwrap_or_default();
            let own = own.into_iter().map(|row| LocationOut::new(row, rendering));
            project.locations = Some(own.collect::<Result<_>>()?);
        }
        if query.includes("services") {
            let own = services.remove(&id.0).unwrap_or_default();
            let own = own.into_iter().map(|row| ServiceOut::new(row, rendering));
            project.services = Some(own.collect::<Result<_>>()?);
        }
        out.push(project);
    }
    Ok(out)
}

/// Renders a project alone.
pub fn render(row: Project, caller: &Caller) -> Result<ProjectOut> {
    let rendering: &Rendering = &caller.rendering;
    let hidden = caller.is_public();
    Ok(ProjectOut {
        id: row.id,
        name: row.name,
        slug: row.slug,
        availability: raw(row.availability)?,
        availability_constraints: raw(row.availability_constraints)?,
        booking: raw(row.booking)?,
        reminders: if hidden {
            None
        } else {
            Some(raw(row.reminders)?)
        },
        customer_fields: raw(row.customer_fields)?,
        ui: raw(row.ui)?,
        meta: if hidden { None } else { Some(raw(row.meta)?) },
        allow_conference: row.allow_conference.into(),
        allow_double_bookings: row.allow_double_bookings,
        enabled_email_notification: row.enabled_email_notification,
        enabled: row.enabled,
        reservation_time: row.reservation_time,
        use_hours_from: row.use_hours_from,
        latitude: row.latitude,
        longitude: row.longitude,
        distance: None,
        created_at: rendering.record(row.created_at),
        updated_at: rendering.record(row.updated_at),
        resources: None,
        locations: None,
        services: None,
    })
}

/// Renders resources in this order.
pub async fn in_order(
    conn: &mut Conn,
    app: &App,
    caller: &Caller,
    query: &Query,
    ids: &[ResourceId],
) -> Result<Vec<ResourceOut>> {
    let place: HashMap<ResourceId, usize> = ids
        .iter()
        .enumerate()
        .map(|(index, id)| (*id, index))
        .collect();
    let mut rows = resources::get_many(conn, caller.app_id(), ids).await?;
    rows.sort_by_key(|row| place.get(&row.id).copied());
    resources_api::many(conn, app, caller, query, rows).await
}

/// The ids that pairs lead to, each once.
pub fn distinct<T>(pairs: &[(Uuid, Uuid)], id: impl Fn(Uuid) -> T) -> Vec<T> {
    let mut ids: Vec<Uuid> = pairs.iter().map(|(_, to)| *to).collect();
    ids.sort_unstable();
    ids.dedup();
    ids.into_iter().map(id).collect()
}

/// The rows that each is linked to, in the order of the pairs.
pub fn grouped<R: Clone>(
    pairs: &[(Uuid, Uuid)],
    rows: &[R],
    id: impl Fn(&R) -> Uuid,
) -> HashMap<Uuid, Vec<R>> {
    let rows: HashMap<Uuid, &R> = rows.iter().map(|row| (id(row), row)).collect();
    let mut groups: HashMap<Uuid, Vec<R>> = HashMap::new();
    for (from, to) in pairs {
        if let Some(row) = rows.get(to) {
            groups.entry(*from).or_default().push((*row).clone());
        }
    }
    groups
}
