//! `/v2/locations` (spec 65).

use std::collections::HashMap;

use axum::extract::{Path, State as Extract};
use domain::{LocationId, ProjectId, ServiceId};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};
use store::{
    Conn,
    links::{self, Link},
    locations as rows,
    locations::{Filter, Location, Order},
    projects, services,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use super::{
    bookings::{raw, searchable},
    near::{self, Near},
    projects::{ProjectOut, constraints, degrees, distinct, grouped, render, search_id},
    services::ServiceOut,
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
/// The most links of one kind.
pub const MOST_LINKS: usize = 1_000;

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

/// A location.
#[derive(Debug, Serialize, ToSchema)]
pub struct LocationOut {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: LocationId,
    /// Display name.
    name: String,
    /// What it is.
    description: String,
    /// Degrees north.
    #[schema(required)]
    latitude: Option<f64>,
    /// Degrees east.
    #[schema(required)]
    longitude: Option<f64>,
    /// Kilometers from the position that was searched.
    #[schema(required)]
    distance: Option<f64>,
    /// Whether its own rules count for projects that take their hours from it.
    use_custom_hours: bool,
    /// When it is open.
    #[schema(value_type = Vec<Object>)]
    availability_constraints: Box<RawValue>,
    /// Free values.
    #[schema(value_type = Object)]
    meta: Box<RawValue>,
    /// When it was made.
    created_at: Stamp,
    /// When it last changed.
    updated_at: Stamp,
    /// What is offered there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    services: Option<Vec<ServiceOut>>,
    /// The projects that are offered there.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(no_recursion)]
    projects: Option<Vec<ProjectOut>>,
}

impl LocationOut {
    /// A location alone.
    pub fn new(row: Location, rendering: &Rendering) -> Result<Self> {
        let degrees = |text: Option<String>| text.and_then(|text| text.parse().ok());
        Ok(Self {
            id: row.id,
            name: row.name,
            description: row.description,
            latitude: degrees(row.latitude),
            longitude: degrees(row.longitude),
            distance: None,
            use_custom_hours: row.use_custom_hours,
            availability_constraints: raw(row.availability_constraints)?,
            meta: raw(row.meta)?,
            created_at: rendering.record(row.created_at),
            updated_at: rendering.record(row.updated_at),
            services: None,
            projects: None,
        })
    }
}

/// A new or changed location; absent keys stay, and a new one needs a name.
#[expect(
    clippy::option_option,
    reason = "absent, null and a value are three wishes"
)]
#[derive(Debug, ToSchema)]
pub struct LocationIn {
    /// Display name.
    pub name: Option<String>,
    /// What it is.
    pub description: Option<String>,
    /// Degrees north, −90 to 90; null for none.
    #[schema(value_type = Option<f64>)]
    pub latitude: Option<Option<String>>,
    /// Degrees east, −180 to 180; null for none.
    #[schema(value_type = Option<f64>)]
    pub longitude: Option<Option<String>>,
    /// Whether its own rules count for projects that take their hours from it.
    pub use_custom_hours: Option<bool>,
    /// When it is open.
    #[schema(value_type = Option<Vec<Object>>)]
    pub availability_constraints: Option<String>,
    /// Free values, searchable as `meta.KEY`.
    #[schema(value_type = Option<Object>)]
    pub meta: Option<Map<String, Value>>,
    /// The projects that are offered there.
    #[schema(value_type = Option<Vec<uuid::Uuid>>)]
    pub projects: Option<Vec<ProjectId>>,
    /// What is offered there.
    #[schema(value_type = Option<Vec<uuid::Uuid>>)]
    pub services: Option<Vec<ServiceId>>,
}

impl LocationIn {
    fn read(fields: &mut Fields<'_>, is_new: bool) -> Self {
        Self {
            name: (is_new || fields.has("name")).then(|| fields.required_text("name", NAME)),
            description: fields.text("description", TEXT),
            latitude: fields
                .has("latitude")
                .then(|| degrees(fields, "latitude", 90.0)),
            longitude: fields
                .has("longitude")
                .then(|| degrees(fields, "longitude", 180.0)),
            use_custom_hours: fields.boolean("use_custom_hours"),
            availability_constraints: constraints(fields),
            meta: fields.meta("meta"),
            projects: linked(fields, "projects"),
            services: linked(fields, "services"),
        }
    }

    fn applied_to(&self, mut location: Location) -> Location {
        fn set<T: Clone>(field: &mut T, value: Option<&T>) {
            if let Some(value) = value {
                field.clone_from(value);
            }
        }
        set(&mut location.name, self.name.as_ref());
        set(&mut location.description, self.description.as_ref());
        set(&mut location.latitude, self.latitude.as_ref());
        set(&mut location.longitude, self.longitude.as_ref());
        set(
            &mut location.use_custom_hours,
            self.use_custom_hours.as_ref(),
        );
        set(
            &mut location.availability_constraints,
            self.availability_constraints.as_ref(),
        );
        if let Some(meta) = &self.meta {
            location.meta = Value::Object(meta.clone()).to_string();
        }
        location
    }
}

/// Reads the ids of links, each once.
pub fn linked<T: std::str::FromStr + Copy + Ord>(
    fields: &mut Fields<'_>,
    field: &str,
) -> Option<Vec<T>> {
    fields.value(field)?;
    let mut ids: Vec<T> = fields.ids(field);
    if ids.len() > MOST_LINKS {
        fields.error(
            field,
            format!("{field} may not have more than {MOST_LINKS} entries"),
        );
    }
    ids.sort_unstable();
    ids.dedup();
    Some(ids)
}

/// Names each id of a list of links that the app does not have.
pub fn check_linked<T: PartialEq>(field: &str, ids: &[T], known: &[T], errors: &mut FieldErrors) {
    let ids = ids.iter().enumerate();
    for (index, _) in ids.filter(|(_, id)| !known.contains(id)) {
        let path = format!("{field}.{index}");
        errors.push(&path, format!("{path} does not exist"));
    }
}

/// List locations.
#[utoipa::path(get, path = "/v2/locations", tag = "locations",
    params(
        ("search" = Option<String>, Query, description = "`key:value` pairs joined by `;`: id, name, projects.uuid, services.uuid, meta.KEY, or latitude, longitude and distance in kilometers; a bare text is looked for in names"),
        ("include" = Option<String>, Query, description = "Any of services, projects"),
        ("latitude" = Option<String>, Query, description = "With longitude: sorts by the distance from there"),
        ("longitude" = Option<String>, Query, description = "Goes with latitude"),
        ("distance" = Option<String>, Query, description = "At most so many kilometers away"),
        ("orderBy" = Option<String>, Query, description = "created_at (default), updated_at or name"),
        ("sortedBy" = Option<String>, Query, description = "asc (default) or desc"),
        ("limit" = Option<String>, Query, description = "Rows a page, 50 by default and 1,000 at most"),
        ("page" = Option<String>, Query, description = "From 1")),
    responses((status = 200, description = "A page of locations", body = Paged<LocationOut>), Failures))]
pub async fn list(Extract(app): Extract<App>, caller: Caller, query: Query) -> Result<Reply> {
    let filters = filters(&query)?;
    let near = Near::read(&query)?;
    let order = query
        .order(&ORDERS)?
        .unwrap_or((Order::CreatedAt, Direction::Ascending));
    let page = query.page(PAGE);

    let mut conn = app.read(&caller).await?;
    let Some(near) = near else {
        let (locations, total) =
            rows::list(&mut conn, caller.app_id(), &filters, order, page).await?;
        let locations = many(&mut conn, &caller, &query, locations).await?;
        return Ok(query.paged(&app, page, total, locations));
    };
    let places = rows::places(&mut conn, caller.app_id(), &filters, near::MOST_PLACES).await?;
    let found = near.nearest(places);
    let shown: HashMap<LocationId, f64> = near::page(&found, page).iter().copied().collect();
    let ids: Vec<LocationId> = shown.keys().copied().collect();
    let locations = rows::get_many(&mut conn, caller.app_id(), &ids).await?;
    let mut locations = many(&mut conn, &caller, &query, locations).await?;
    for location in &mut locations {
        location.distance = shown.get(&location.id).copied();
    }
    locations.sort_by(|a, b| near::by_distance(&(a.id, a.distance), &(b.id, b.distance)));

    Ok(query.paged(&app, page, found.len() as u64, locations))
}

/// Read one location.
#[utoipa::path(get, path = "/v2/locations/{id}", tag = "locations",
    params(("id" = String, Path, description = "The location"),
        ("include" = Option<String>, Query, description = "As for the list")),
    responses((status = 200, description = "The location", body = One<LocationOut>), Failures))]
pub async fn get(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Result<Reply> {
    let mut conn = app.read(&caller).await?;
    let location = rows::get(&mut conn, caller.app_id(), id_of(&id)?)
        .await?
        .ok_or(Error::NotFound(Model::Location))?;

    Ok(Reply::one(one(&mut conn, &caller, &query, location).await?))
}

/// Add a location.
#[utoipa::path(post, path = "/v2/locations", tag = "locations", request_body = LocationIn,
    params(("include" = Option<String>, Query, description = "As for the list"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat a request under the same key and it has one effect")),
    responses((status = 201, description = "The new location", body = One<LocationOut>), Failures))]
pub async fn create(
    Extract(app): Extract<App>,
    caller: Caller,
    query: Query,
    object: Object,
) -> Result<Reply> {
    let mut errors = FieldErrors::default();
    let input = object.read(&mut errors, |fields| LocationIn::read(fields, true));
    let now = app.clock.now();

    let mut conn = app.write(&caller).await?;
    check(&mut conn, &caller, &input, &mut errors).await?;
    errors.into_result()?;
    let location = input.applied_to(Location {
        id: LocationId(app.clock.id()),
        name: String::new(),
        description: String::new(),
        latitude: None,
        longitude: None,
        use_custom_hours: false,
        availability_constraints: "[]".to_owned(),
        meta: "{}".to_owned(),
        created_at: now,
        updated_at: now,
    });
    let fields = searchable(&location.meta)?;
    rows::insert(&mut conn, caller.app_id(), &location, &fields).await?;
    link(&mut conn, &caller, location.id, &input).await?;
    let location = one(&mut conn, &caller, &query, location).await?;

    app.finish(conn, &caller, Reply::created(location)).await
}

/// Change a location.
///
/// Only given keys change; `projects`, `services` and `meta` replace what was there.
#[utoipa::path(put, path = "/v2/locations/{id}", tag = "locations", request_body = LocationIn,
    params(("id" = String, Path, description = "The location"),
        ("include" = Option<String>, Query, description = "As for the list")),
    responses((status = 200, description = "The changed location", body = One<LocationOut>), Failures))]
pub async fn update(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
    object: Object,
) -> Result<Reply> {
    let mut errors = FieldErrors::default();
    let input = object.read(&mut errors, |fields| LocationIn::read(fields, false));
    let now = app.clock.now();

    let mut conn = app.write(&caller).await?;
    let location = locked(&mut conn, &caller, &id, now).await?;
    check(&mut conn, &caller, &input, &mut errors).await?;
    errors.into_result()?;
    let mut location = input.applied_to(location);
    location.updated_at = now;
    let fields = searchable(&location.meta)?;
    rows::save(&mut conn, caller.app_id(), &location, &fields).await?;
    link(&mut conn, &caller, location.id, &input).await?;
    let location = one(&mut conn, &caller, &query, location).await?;

    app.finish(conn, &caller, Reply::one(location)).await
}

/// Delete a location.
///
/// Projects and services stay.
#[utoipa::path(delete, path = "/v2/locations/{id}", tag = "locations",
    params(("id" = String, Path, description = "The location")),
    responses((status = 204, description = "It is gone"), Failures))]
pub async fn delete(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Reply> {
    let mut conn = app.write(&caller).await?;
    let location = locked(&mut conn, &caller, &id, app.clock.now()).await?;
    rows::delete(&mut conn, caller.app_id(), location.id).await?;

    app.finish(conn, &caller, Reply::no_content()).await
}

fn id_of(text: &str) -> Result<LocationId> {
    text.to_ascii_lowercase()
        .parse()
        .map_err(|_| Error::NotFound(Model::Location))
}

/// The location under a path's id, locked until the end of the unit of work.
async fn locked(conn: &mut Conn, caller: &Caller, text: &str, now: Timestamp) -> Result<Location> {
    let id = id_of(text)?;
    if !rows::lock(conn, caller.app_id(), id, now).await? {
        return Err(Error::NotFound(Model::Location));
    }
    rows::get(conn, caller.app_id(), id)
        .await?
        .ok_or(Error::NotFound(Model::Location))
}

async fn check(
    conn: &mut Conn,
    caller: &Caller,
    input: &LocationIn,
    errors: &mut FieldErrors,
) -> Result<()> {
    if let Some(ids) = &input.projects {
        let known = projects::get_many(conn, caller.app_id(), ids).await?;
        let known: Vec<ProjectId> = known.into_iter().map(|row| row.id).collect();
        check_linked("projects", ids, &known, errors);
    }
    if let Some(ids) = &input.services {
        let known = services::get_many(conn, caller.app_id(), ids).await?;
        let known: Vec<ServiceId> = known.into_iter().map(|row| row.id).collect();
        check_linked("services", ids, &known, errors);
    }
    Ok(())
}

async fn link(conn: &mut Conn, caller: &Caller, id: LocationId, input: &LocationIn) -> Result<()> {
    if let Some(ids) = &input.projects {
        links::set(conn, caller.app_id(), Link::LocationProjects, id.0, ids).await?;
    }
    if let Some(ids) = &input.services {
        links::set(conn, caller.app_id(), Link::LocationServices, id.0, ids).await?;
    }
    Ok(())
}

async fn one(
    conn: &mut Conn,
    caller: &Caller,
    query: &Query,
    row: Location,
) -> Result<LocationOut> {
    let mut locations = many(conn, caller, query, vec![row]).await?;
    Ok(locations.remove(0))
}

/// Renders locations, with a constant number of queries for their relations.
async fn many(
    conn: &mut Conn,
    caller: &Caller,
    query: &Query,
    rows: Vec<Location>,
) -> Result<Vec<LocationOut>> {
    let app_id = caller.app_id();
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id.0).collect();
    let mut services_of = HashMap::new();
    if query.includes("services") {
        let pairs = links::of(conn, app_id, Link::LocationServices, &ids).await?;
        let rows = services::get_many(conn, app_id, &distinct(&pairs, ServiceId)).await?;
        services_of = grouped(&pairs, &rows, |row| row.id.0);
    }
    let mut projects_of = HashMap::new();
    if query.includes("projects") {
        let pairs = links::of(conn, app_id, Link::LocationProjects, &ids).await?;
        let mut rows = projects::get_many(conn, app_id, &distinct(&pairs, ProjectId)).await?;
        rows.retain(|row| row.enabled || !caller.is_public());
        projects_of = grouped(&pairs, &rows, |row| row.id.0);
    }
    let mut out = Vec::with_capacity(rows.len());
    for row in rows {
        let id = row.id.0;
        let mut location = LocationOut::new(row, &caller.rendering)?;
        if query.includes("services") {
            let own = services_of.remove(&id).unwrap_or_default();
            let own = own
                .into_iter()
                .map(|row| ServiceOut::new(row, &caller.rendering));
            location.services = Some(own.collect::<Result<_>>()?);
        }
        if query.includes("projects") {
            let own = projects_of.remove(&id).unwrap_or_default();
            let own = own.into_iter().map(|row| render(row, caller));
            location.projects = Some(own.collect::<Result<_>>()?);
        }
        out.push(location);
    }
    Ok(out)
}

fn filters(query: &Query) -> Result<Vec<Filter>> {
    let mut filters = Vec::new();
    for criterion in query.search() {
        let value = criterion.value;
        filters.push(match criterion.key.as_deref() {
            Some(key) if near::KEYS.contains(&key) => continue,
            None => Filter::Contains(value),
            Some("id" | "uuid") => Filter::Id(search_id("id", &value)?),
            Some("name") => Filter::Name(value),
            Some(key @ ("projects.uuid" | "projects.id" | "project.id")) => {
                Filter::Project(search_id(key, &value)?)
            }
            Some(key @ ("services.uuid" | "services.id" | "service.id")) => {
                Filter::Service(search_id(key, &value)?)
            }
            Some(key) if key.len() > 5 && key.starts_with("meta.") => {
                Filter::Field(key.to_owned(), domain::text::cap(&value).to_owned())
            }
            Some(key) => {
                return Err(Error::Invalid(unknown_criterion(
                    key,
                    "id, name, projects.uuid, services.uuid, latitude, longitude, distance or meta.KEY",
                )));
            }
        });
    }
    Ok(filters)
}
