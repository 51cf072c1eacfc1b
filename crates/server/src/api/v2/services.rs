//! `/v2/location/services` (spec 65).

use std::collections::HashMap;

use axum::extract::{Path, State as Extract};
use domain::{LocationId, ProjectId, ServiceId};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};
use store::{
    Conn,
    links::{self, Link},
    locations, projects, services as rows,
    services::{Filter, Order, Service},
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    availability,
    bookings::{raw, searchable},
    locations::{LocationOut, check_linked, linked},
    projects::{ProjectOut, distinct, grouped, render, search_id},
};
use crate::{
    api::{
        body::{Fields, NAME, Object, TEXT},
        caller::{Caller, Policy, Routes},
        error::{Error, FieldErrors, Model, Result},
        failures::Failures,
        query::{Direction, Query, unknown_criterion},
        rendering::{Rendering, Stamp},
        reply::{One, Paged, Reply},
    },
    app::App,
};

/// Rows a page.
const PAGE: u32 = 50;

/// The names of `orderBy`.
const ORDERS: [(&str, Order); 3] = [
    ("created_at", Order::CreatedAt),
    ("updated_at", Order::UpdatedAt),
    ("name", Order::Name),
];

/// The routes of this file.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .at(Policy::APP_OR_WIDGET, routes!(list))
        .at(Policy::APP, routes!(create))
        .at(Policy::APP, routes!(get))
        .at(Policy::APP, routes!(update))
        .at(Policy::APP, routes!(delete))
}

/// A service: a kind of appointment.
#[derive(Debug, Serialize, ToSchema)]
pub struct ServiceOut {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: ServiceId,
    /// Display name.
    name: String,
    /// What it is.
    description: String,
    /// Address of a picture.
    #[schema(required)]
    image_url: Option<String>,
    /// Its `length`.
    #[schema(value_type = Object)]
    availability: Box<RawValue>,
    /// Free values.
    #[schema(value_type = Object)]
    meta: Box<RawValue>,
    /// When it was made.
    created_at: Stamp,
    /// When it last changed.
    updated_at: Stamp,
    /// Where it is offered.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    locations: Option<Vec<LocationOut>>,
    /// The projects by which it is booked.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    projects: Option<Vec<ProjectOut>>,
}

impl ServiceOut {
    /// A service alone.
    pub fn new(row: Service, rendering: &Rendering) -> Result<Self> {
        Ok(Self {
            id: row.id,
            name: row.name,
            description: row.description,
            image_url: row.image_url,
            availability: raw(row.availability)?,
            meta: raw(row.meta)?,
            created_at: rendering.record(row.created_at),
            updated_at: rendering.record(row.updated_at),
            locations: None,
            projects: None,
        })
    }
}

/// A new or changed service; absent keys stay, and a new one needs a name.
#[expect(
    clippy::option_option,
    reason = "absent, null and a value are three wishes"
)]
#[derive(Debug, ToSchema)]
pub struct ServiceIn {
    /// Display name.
    pub name: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// Address of a picture; null for none.
    #[schema(value_type = Option<String>, format = "uri")]
    pub image_url: Option<Option<String>>,
    /// Its `length`, a duration.
    #[schema(value_type = Option<Object>)]
    pub availability: Option<Map<String, Value>>,
    /// Free values, searchable as `meta.KEY`.
    #[schema(value_type = Option<Object>)]
    pub meta: Option<Map<String, Value>>,
    /// The projects by which it is booked.
    #[schema(value_type = Option<Vec<uuid::Uuid>>)]
    pub projects: Option<Vec<ProjectId>>,
    /// Where it is offered.
    #[schema(value_type = Option<Vec<uuid::Uuid>>)]
    pub locations: Option<Vec<LocationId>>,
}

impl ServiceIn {
    fn read(fields: &mut Fields<'_>, is_new: bool) -> Self {
        if let Some(mut search) = fields.nested("availability") {
            availability::Settings::read(&mut search);
        }
        Self {
            name: (is_new || fields.has("name")).then(|| fields.required_text("name", NAME)),
            description: fields.text("description", TEXT),
            image_url: fields.has("image_url").then(|| fields.url("image_url")),
            availability: fields.meta("availability"),
            meta: fields.meta("meta"),
            projects: linked(fields, "projects"),
            locations: linked(fields, "locations"),
        }
    }

    fn applied_to(&self, mut service: Service) -> Service {
        if let Some(name) = &self.name {
            service.name.clone_from(name);
        }
        if let Some(description) = &self.description {
            service.description.clone_from(description);
        }
        if let Some(image_url) = &self.image_url {
            service.image_url.clone_from(image_url);
        }
        if let Some(availability) = &self.availability {
            service.availability = Value::Object(availability.clone()).to_string();
        }
        if let Some(meta) = &self.meta {
            service.meta = Value::Object(meta.clone()).to_string();
        }
        service
    }
}

/// List services.
#[utoipa::path(get, path = "/v2/location/services", tag = "locations",
    params(
        ("search" = Option<String>, Query, description = "`key:value` pairs joined by `;`: id, name, projects.uuid, locations.uuid, meta.KEY; a bare text is looked for in names"),
        ("include" = Option<String>, Query, description = "Any of locations, projects"),
        ("orderBy" = Option<String>, Query, description = "created_at (default), updated_at or name"),
        ("sortedBy" = Option<String>, Query, description = "asc (default) or desc"),
        ("limit" = Option<String>, Query, description = "Rows a page, 50 by default and 1,000 at most"),
        ("page" = Option<String>, Query, description = "From 1")),
    responses((status = 200, description = "A page of services", body = Paged<ServiceOut>), Failures))]
pub async fn list(Extract(app): Extract<App>, caller: Caller, query: Query) -> Result<Reply> {
    let filters = filters(&query)?;
    let order = query
        .order(&ORDERS)?
        .unwrap_or((Order::CreatedAt, Direction::Ascending));
    let page = query.page(PAGE);

    let mut conn = app.read(&caller).await?;
    let (services, total) = rows::list(&mut conn, caller.app_id(), &filters, order, page).await?;
    let services = many(&mut conn, &caller, &query, services).await?;

    Ok(query.paged(&app, page, total, services))
}

/// Read one service.
#[utoipa::path(get, path = "/v2/location/services/{id}", tag = "locations",
    params(("id" = String, Path, description = "The service"),
        ("include" = Option<String>, Query, description = "As for the list")),
    responses((status = 200, description = "The service", body = One<ServiceOut>), Failures))]
pub async fn get(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Result<Reply> {
    let mut conn = app.read(&caller).await?;
    let service = rows::get(&mut conn, caller.app_id(), id_of(&id)?)
        .await?
        .ok_or(Error::NotFound(Model::Service))?;

    Ok(Reply::one(one(&mut conn, &caller, &query, service).await?))
}

/// Add a service.
#[utoipa::path(post, path = "/v2/location/services", tag = "locations", request_body = ServiceIn,
    params(("include" = Option<String>, Query, description = "As for the list"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat a request under the same key and it has one effect")),
    responses((status = 201, description = "The new service", body = One<ServiceOut>), Failures))]
pub async fn create(
    Extract(app): Extract<App>,
    caller: Caller,
    query: Query,
    object: Object,
) -> Result<Reply> {
    let mut errors = FieldErrors::default();
    let input = object.read(&mut errors, |fields| ServiceIn::read(fields, true));
    let now = app.clock.now();

    let mut conn = app.write(&caller).await?;
    check(&mut conn, &caller, &input, &mut errors).await?;
    errors.into_result()?;
    let service = input.applied_to(Service {
        id: ServiceId(app.clock.id()),
        name: String::new(),
        description: String::new(),
        image_url: None,
        availability: "{}".to_owned(),
        meta: "{}".to_owned(),
        created_at: now,
        updated_at: now,
    });
    let fields = searchable(&service.meta)?;
    rows::insert(&mut conn, caller.app_id(), &service, &fields).await?;
    link(&mut conn, &caller, service.id, &input).await?;
    let service = one(&mut conn, &caller, &query, service).await?;

    app.finish(conn, &caller, Reply::created(service)).await
}

/// Change a service.
///
/// Only given keys change; `projects`, `locations`, `availability` and `meta` replace what was there.
#[utoipa::path(put, path = "/v2/location/services/{id}", tag = "locations", request_body = ServiceIn,
    params(("id" = String, Path, description = "The service"),
        ("include" = Option<String>, Query, description = "As for the list")),
    responses((status = 200, description = "The changed service", body = One<ServiceOut>), Failures))]
pub async fn update(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
    object: Object,
) -> Result<Reply> {
    let mut errors = FieldErrors::default();
    let input = object.read(&mut errors, |fields| ServiceIn::read(fields, false));
    let now = app.clock.now();

    let mut conn = app.write(&caller).await?;
    let service = locked(&mut conn, &caller, &id, now).await?;
    check(&mut conn, &caller, &input, &mut errors).await?;
    errors.into_result()?;
    let mut service = input.applied_to(service);
    service.updated_at = now;
    let fields = searchable(&service.meta)?;
    rows::save(&mut conn, caller.app_id(), &service, &fields).await?;
    link(&mut conn, &caller, service.id, &input).await?;
    let service = one(&mut conn, &caller, &query, service).await?;

    app.finish(conn, &caller, Reply::one(service)).await
}

/// Delete a service.
///
/// Projects and locations stay.
#[utoipa::path(delete, path = "/v2/location/services/{id}", tag = "locations",
    params(("id" = String, Path, description = "The service")),
    responses((status = 204, description = "It is gone"), Failures))]
pub async fn delete(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Reply> {
    let mut conn = app.write(&caller).await?;
    let service = locked(&mut conn, &caller, &id, app.clock.now()).await?;
    rows::delete(&mut conn, caller.app_id(), service.id).await?;

    app.finish(conn, &caller, Reply::no_content()).await
}

fn id_of(text: &str) -> Result<ServiceId> {
    text.to_ascii_lowercase()
        .parse()
        .map_err(|_| Error::NotFound(Model::Service))
}

/// The service under a path's id, locked until the end of the unit of work.
async fn locked(conn: &mut Conn, caller: &Caller, text: &str, now: Timestamp) -> Result<Service> {
    let id = id_of(text)?;
    if !rows::lock(conn, caller.app_id(), id, now).await? {
        return Err(Error::NotFound(Model::Service));
    }
    rows::get(conn, caller.app_id(), id)
        .await?
        .ok_or(Error::NotFound(Model::Service))
}

async fn check(
    conn: &mut Conn,
    caller: &Caller,
    input: &ServiceIn,
    errors: &mut FieldErrors,
) -> Result<()> {
    if let Some(ids) = &input.projects {
        let known = projects::get_many(conn, caller.app_id(), ids).await?;
        let known: Vec<ProjectId> = known.into_iter().map(|row| row.id).collect();
        check_linked("projects", ids, &known, errors);
    }
    if let Some(ids) = &input.locations {
        let known = locations::get_many(conn, caller.app_id(), ids).await?;
        let known: Vec<LocationId> = known.into_iter().map(|row| row.id).collect();
        check_linked("locations", ids, &known, errors);
    }
    Ok(())
}

async fn link(conn: &mut Conn, caller: &Caller, id: ServiceId, input: &ServiceIn) -> Result<()> {
    if let Some(ids) = &input.projects {
        links::set(conn, caller.app_id(), Link::ServiceProjects, id.0, ids).await?;
    }
    if let Some(ids) = &input.locations {
        links::set(conn, caller.app_id(), Link::ServiceLocations, id.0, ids).await?;
    }
    Ok(())
}

async fn one(conn: &mut Conn, caller: &Caller, query: &Query, row: Service) -> Result<ServiceOut> {
    let mut services = many(conn, caller, query, vec![row]).await?;
    Ok(services.remove(0))
}

/// Renders services, with a constant number of queries for their relations.
async fn many(
    conn: &mut Conn,
    caller: &Caller,
    query: &Query,
    rows: Vec<Service>,
) -> Result<Vec<ServiceOut>> {
    let app_id = caller.app_id();
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id.0).collect();
    let mut locations_of = HashMap::new();
    if query.includes("locations") {
        let pairs = links::of(conn, app_id, Link::ServiceLocations, &ids).await?;
        let rows = locations::get_many(conn, app_id, &distinct(&pairs, LocationId)).await?;
        locations_of = grouped(&pairs, &rows, |row| row.id.0);
    }
    let mut projects_of = HashMap::new();
    if query.includes("projects") {
        let pairs = links::of(conn, app_id, Link::ServiceProjects, &ids).await?;
        let mut rows = projects::get_many(conn, app_id, &distinct(&pairs, ProjectId)).await?;
        rows.retain(|row| row.enabled || !caller.is_public());
        projects_of = grouped(&pairs, &rows, |row| row.id.0);
    }
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        let id = row.id.0;
        let mut service = ServiceOut::new(row, &caller.rendering)?;
        if query.includes("locations") {
            let own = locations_of.remove(&id).unwrap_or_default();
            let own = own
                .into_iter()
                .map(|row| LocationOut::new(row, &caller.rendering));
            service.locations = Some(own.collect::<Result<_>>()?);
        }
        if query.includes("projects") {
            let own = projects_of.remove(&id).unwrap_or_default();
            let own = own.into_iter().map(|row| render(row, caller));
            service.projects = Some(own.collect::<Result<_>>()?);
        }
        out.push(service);
    }
    Ok(out)
}

fn filters(query: &Query) -> Result<Vec<Filter>> {
    let mut filters = Vec::new();
    for criterion in query.search() {
        let value = criterion.value;
        filters.push(match criterion.key.as_deref() {
            None => Filter::Contains(value),
            Some("id" | "uuid") => Filter::Id(search_id("id", &value)?),
            Some("name") => Filter::Name(value),
            Some(key @ ("projects.uuid" | "projects.id" | "project.id")) => {
                Filter::Project(search_id(key, &value)?)
            }
            Some(key @ ("locations.uuid" | "locations.id" | "location.id")) => {
                Filter::Location(search_id(key, &value)?)
            }
            Some(key) if key.len() > 5 && key.starts_with("meta.") => {
                Filter::Field(key.to_owned(), domain::text::cap(&value).to_owned())
            }
            Some(key) => {
                return Err(Error::Invalid(unknown_criterion(
                    key,
                    "id, name, projects.uuid, locations.uuid or meta.KEY",
                )));
            }
        });
    }
    Ok(filters)
}
