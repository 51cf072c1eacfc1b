//! `/v2/projects` (spec 60).

mod hosted;
mod input;
mod output;
mod widgets;

pub(crate) use self::hosted::by_slug as hosted_project;

use axum::extract::{Path, State as Extract};
use domain::{ProjectId, ResourceId, meta, project, slug};
use jiff::Timestamp;
use serde_json::{Map, Value};
use store::{Conn, projects as rows, projects::Project, resources};
use utoipa_axum::{router::OpenApiRouter, routes};
use uuid::Uuid;

use self::{
    input::{ProjectChange, ProjectIn, ResourceRefIn, ResourcesIn, Wanted},
    output::in_order,
};
pub use self::{
    input::{constraints, degrees, search_id},
    output::{ProjectOut, distinct, grouped, render},
};
use super::{
    bookings::searchable,
    near::{self, Near},
    resources::output::ResourceOut,
};
use crate::{
    api::{
        body::{Body, Object},
        caller::{Caller, Policy, Routes},
        error::{Error, FieldErrors, Model, Result, invalid},
        failures::Failures,
        query::{Direction, Query},
        reply::{Many, One, Paged, Reply},
    },
    app::App,
};

/// Rows a page.
const PAGE: u32 = 50;
/// The most numbers that are tried behind a slug.
const ATTEMPTS: u32 = 20;

/// The routes of this folder.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .at(Policy::APP_OR_OWNER_OR_WIDGET, routes!(list))
        .at(Policy::APP_OR_OWNER, routes!(create))
        .at(Policy::APP_OR_OWNER, routes!(get))
        .at(Policy::APP_OR_OWNER, routes!(update))
        .at(Policy::APP_OR_OWNER_ALONE, routes!(delete))
        .at(Policy::APP_OR_OWNER, routes!(list_resources))
        .at(Policy::APP_OR_OWNER, routes!(add_resource))
        .at(Policy::APP_OR_OWNER, routes!(set_resources))
        .at(Policy::APP_OR_OWNER, routes!(remove_resource))
        .open(routes!(hosted::hosted))
        .at(Policy::APP_OR_WIDGET, routes!(hosted::embed))
        .merge(widgets::routes())
}

/// List projects.
///
/// A widget key sees those that take bookings, without their meta and reminders.
#[utoipa::path(get, path = "/v2/projects", tag = "projects",
    params(
        ("search" = Option<String>, Query, description = "`key:value` pairs joined by `;`: id, name, slug, resource.id, locations.uuid, services.uuid, meta.KEY, or latitude, longitude and distance in kilometers; a bare text is looked for in names"),
        ("include" = Option<String>, Query, description = "Any of resources, locations, services"),
        ("latitude" = Option<String>, Query, description = "With longitude: sorts by the distance from there"),
        ("longitude" = Option<String>, Query, description = "Goes with latitude"),
        ("distance" = Option<String>, Query, description = "At most so many kilometers away"),
        ("orderBy" = Option<String>, Query, description = "created_at (default), updated_at or name"),
        ("sortedBy" = Option<String>, Query, description = "asc (default) or desc"),
        ("limit" = Option<String>, Query, description = "Rows a page, 50 by default and 1,000 at most"),
        ("page" = Option<String>, Query, description = "From 1")),
    responses((status = 200, description = "A page of projects", body = Paged<ProjectOut>), Failures))]
pub async fn list(Extract(app): Extract<App>, caller: Caller, query: Query) -> Result<Reply> {
    let filters = input::filters(&query, &caller)?;
    let near = Near::read(&query)?;
    let order = query
        .order(&input::ORDERS)?
        .unwrap_or((rows::Order::CreatedAt, Direction::Ascending));
    let page = query.page(PAGE);

    let mut conn = app.read(&caller).await?;
    let Some(near) = near else {
        let (projects, total) =
            rows::list(&mut conn, caller.app_id(), &filters, order, page).await?;
        let projects = output::many(&mut conn, &app, &caller, &query, projects).await?;
        return Ok(query.paged(&app, page, total, projects));
    };
    let places = rows::places(&mut conn, caller.app_id(), &filters, near::MOST_PLACES).await?;
    let found = near.nearest(places);
    let shown = near::page(&found, page);
    let ids: Vec<ProjectId> = shown.iter().map(|(id, _)| *id).collect();
    let projects = rows::get_many(&mut conn, caller.app_id(), &ids).await?;
    let mut projects = output::many(&mut conn, &app, &caller, &query, projects).await?;
    for project in &mut projects {
        let place = shown.iter().find(|(id, _)| *id == project.id);
        project.distance = place.map(|(_, distance)| *distance);
    }
    projects.sort_by(|a, b| near::by_distance(&(a.id, a.distance), &(b.id, b.distance)));

    Ok(query.paged(&app, page, found.len() as u64, projects))
}

/// Read one project.
#[utoipa::path(get, path = "/v2/projects/{id}", tag = "projects",
    params(("id" = String, Path, description = "The project"),
        ("include" = Option<String>, Query, description = "As for the list")),
    responses((status = 200, description = "The project", body = One<ProjectOut>), Failures))]
pub async fn get(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Result<Reply> {
    let mut conn = app.read(&caller).await?;
    let project = find(&mut conn, &caller, &id).await?;
    let project = output::one(&mut conn, &app, &caller, &query, project).await?;

    Ok(Reply::one(project))
}

/// Add a project.
///
/// Only the name is required: a project books an hour instantly within the next four weeks until it says otherwise.
/// Without a slug one is made of the name.
#[utoipa::path(post, path = "/v2/projects", tag = "projects", request_body = ProjectIn,
    params(("include" = Option<String>, Query, description = "As for the list"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat a request under the same key and it has one effect")),
    responses((status = 201, description = "The new project", body = One<ProjectOut>), Failures))]
pub async fn create(
    Extract(app): Extract<App>,
    caller: Caller,
    query: Query,
    object: Object,
) -> Result<Reply> {
    let mut errors = FieldErrors::default();
    let input = object.read(&mut errors, |fields| {
        ProjectChange::read(fields, Wanted::New)
    });
    let now = app.clock.now();

    let mut conn = app.write(&caller).await?;
    check(&mut conn, &caller, &input, None, now, &mut errors).await?;
    errors.into_result()?;
    let mut project = input.applied_to(fresh(ProjectId(app.clock.id()), now));
    let fields = searchable(&project.meta)?;
    if input.slug.is_none() {
        project.slug = slug::slugify(&project.name);
    }
    insert(&mut conn, &caller, &mut project, &fields, &input).await?;
    if let Some(resources) = &input.resources {
        rows::set_resources(&mut conn, caller.app_id(), project.id, resources).await?;
    }
    let project = output::one(&mut conn, &app, &caller, &query, project).await?;

    app.finish(conn, &caller, Reply::created(project)).await
}

/// Change a project.
///
/// Only given keys change; a given `availability`, `booking`, `ui`, `customer_fields` or `meta` replaces the whole object.
#[utoipa::path(put, path = "/v2/projects/{id}", tag = "projects", request_body = ProjectChange,
    params(("id" = String, Path, description = "The project"),
        ("include" = Option<String>, Query, description = "As for the list")),
    responses((status = 200, description = "The changed project", body = One<ProjectOut>), Failures))]
pub async fn update(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
    object: Object,
) -> Result<Reply> {
    let mut errors = FieldErrors::default();
    let change = object.read(&mut errors, |fields| {
        ProjectChange::read(fields, Wanted::Change)
    });
    let now = app.clock.now();

    let mut conn = app.write(&caller).await?;
    let project = locked(&mut conn, &caller, &id, now).await?;
    check(
        &mut conn,
        &caller,
        &change,
        Some(project.id),
        now,
        &mut errors,
    )
    .await?;
    errors.into_result()?;
    let mut project = change.applied_to(project);
    project.updated_at = now;
    let fields = searchable(&project.meta)?;
    rows::save(&mut conn, caller.app_id(), &project, &fields)
        .await
        .map_err(taken)?;
    if let Some(resources) = &change.resources {
        rows::set_resources(&mut conn, caller.app_id(), project.id, resources).await?;
    }
    let project = output::one(&mut conn, &app, &caller, &query, project).await?;

    app.finish(conn, &caller, Reply::one(project)).await
}

/// Delete a project.
///
/// Its bookings stay, without a project.
#[utoipa::path(delete, path = "/v2/projects/{id}", tag = "projects",
    params(("id" = String, Path, description = "The project")),
    responses((status = 204, description = "It is gone"), Failures))]
pub async fn delete(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Reply> {
    let mut conn = app.write(&caller).await?;
    let project = locked(&mut conn, &caller, &id, app.clock.now()).await?;
    rows::delete(&mut conn, caller.app_id(), project.id).await?;

    app.finish(conn, &caller, Reply::no_content()).await
}

/// List the resources of a project, in the order of their priority.
#[utoipa::path(get, path = "/v2/projects/{id}/resources", tag = "projects",
    params(("id" = String, Path, description = "The project"),
        ("include" = Option<String>, Query, description = "As for resources")),
    responses((status = 200, description = "The resources", body = Many<ResourceOut>), Failures))]
pub async fn list_resources(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Result<Reply> {
    let mut conn = app.read(&caller).await?;
    let project = find(&mut conn, &caller, &id).await?;
    let ids = rows::resources(&mut conn, caller.app_id(), project.id).await?;
    let data = in_order(&mut conn, &app, &caller, &query, &ids).await?;

    Ok(Reply::json(axum::http::StatusCode::OK, &Many { data }))
}

/// Add a resource to a project, behind the others.
///
/// One that is there already stays where it is.
#[utoipa::path(post, path = "/v2/projects/{id}/resources", tag = "projects", request_body = ResourceRefIn,
    params(("id" = String, Path, description = "The project")),
    responses((status = 201, description = "The project", body = One<ProjectOut>), Failures))]
pub async fn add_resource(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
    Body(input): Body<ResourceRefIn>,
) -> Result<Reply> {
    let resource = input
        .resource_id
        .ok_or_else(|| invalid("resource_id", "resource id is required"))?;
    let now = app.clock.now();
    let mut conn = app.write(&caller).await?;
    let mut project = locked(&mut conn, &caller, &id, now).await?;
    let known = resources::existing(&mut conn, caller.app_id(), &[resource]).await?;
    if known.is_empty() {
        return Err(invalid("resource_id", "resource id does not exist"));
    }
    let mut ids = rows::resources(&mut conn, caller.app_id(), project.id).await?;
    if !ids.contains(&resource) {
        if ids.len() >= input::MOST_RESOURCES {
            let most = input::MOST_RESOURCES;
            let problem = format!("a project may not have more than {most} resources");
            return Err(invalid("resource_id", problem));
        }
        ids.push(resource);
        rows::set_resources(&mut conn, caller.app_id(), project.id, &ids).await?;
    }
    project.updated_at = now;
    let project = output::one(&mut conn, &app, &caller, &query, project).await?;

    app.finish(conn, &caller, Reply::created(project)).await
}

/// Set the resources of a project.
///
/// Their order is their priority. The body may be the bare list.
#[utoipa::path(put, path = "/v2/projects/{id}/resources", tag = "projects", request_body = ResourcesIn,
    params(("id" = String, Path, description = "The project")),
    responses((status = 200, description = "The project", body = One<ProjectOut>), Failures))]
pub async fn set_resources(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
    Body(input): Body<ResourcesIn>,
) -> Result<Reply> {
    let now = app.clock.now();
    let mut conn = app.write(&caller).await?;
    let mut project = locked(&mut conn, &caller, &id, now).await?;
    let mut errors = FieldErrors::default();
    check_resources(&mut conn, &caller, &input.resources, &mut errors).await?;
    errors.into_result()?;
    rows::set_resources(&mut conn, caller.app_id(), project.id, &input.resources).await?;
    project.updated_at = now;
    let project = output::one(&mut conn, &app, &caller, &query, project).await?;

    app.finish(conn, &caller, Reply::one(project)).await
}

/// Take a resource out of a project.
#[utoipa::path(delete, path = "/v2/projects/{id}/resources/{resource_id}", tag = "projects",
    params(("id" = String, Path, description = "The project"),
        ("resource_id" = String, Path, description = "The resource")),
    responses((status = 204, description = "It is out"), Failures))]
pub async fn remove_resource(
    Extract(app): Extract<App>,
    caller: Caller,
    Path((id, resource)): Path<(String, String)>,
) -> Result<Reply> {
    let mut conn = app.write(&caller).await?;
    let project = locked(&mut conn, &caller, &id, app.clock.now()).await?;
    let resource: ResourceId = resource
        .to_ascii_lowercase()
        .parse()
        .map_err(|_| Error::NotFound(Model::Resource))?;
    if !rows::remove_resource(&mut conn, caller.app_id(), project.id, resource).await? {
        return Err(Error::NotFound(Model::Resource));
    }

    app.finish(conn, &caller, Reply::no_content()).await
}

/// The project under a path's id.
async fn find(conn: &mut Conn, caller: &Caller, text: &str) -> Result<Project> {
    let missing = || Error::NotFound(Model::Project);
    let id: ProjectId = text.to_ascii_lowercase().parse().map_err(|_| missing())?;
    rows::get(conn, caller.app_id(), id)
        .await?
        .ok_or_else(missing)
}

/// The same, locked until the end of the unit of work.
async fn locked(conn: &mut Conn, caller: &Caller, text: &str, now: Timestamp) -> Result<Project> {
    let missing = || Error::NotFound(Model::Project);
    let id: ProjectId = text.to_ascii_lowercase().parse().map_err(|_| missing())?;
    if !rows::lock(conn, caller.app_id(), id, now).await? {
        return Err(missing());
    }
    rows::get(conn, caller.app_id(), id)
        .await?
        .ok_or_else(missing)
}

/// Checks what only the database and the clock know.
async fn check(
    conn: &mut Conn,
    caller: &Caller,
    change: &ProjectChange,
    id: Option<ProjectId>,
    now: Timestamp,
    errors: &mut FieldErrors,
) -> Result<()> {
    // What is wrong by itself has been said; a search without meaning would only say it again.
    if errors.is_empty()
        && let Some(error) = change.window_error(now)
    {
        let field = error.field();
        errors.push(&format!("availability.{field}"), format!("{field} {error}"));
    }
    if let Some(slug) = &change.slug
        && rows::slug_is_taken(conn, slug, id.unwrap_or(ProjectId(Uuid::nil()))).await?
    {
        errors.push("slug", TAKEN);
    }
    if let Some(resources) = &change.resources {
        check_resources(conn, caller, resources, errors).await?;
    }
    Ok(())
}

const TAKEN: &str = "the slug has already been taken";

/// Names each resource that the app does not have.
async fn check_resources(
    conn: &mut Conn,
    caller: &Caller,
    ids: &[ResourceId],
    errors: &mut FieldErrors,
) -> Result<()> {
    let known = resources::existing(conn, caller.app_id(), ids).await?;
    let known: std::collections::HashSet<ResourceId> = known.into_iter().collect();
    for (index, _) in ids.iter().enumerate().filter(|(_, id)| !known.contains(id)) {
        errors.push(
            &format!("resources.{index}"),
            format!("resources.{index} does not exist"),
        );
    }
    Ok(())
}

/// Who loses a race for a slug is told so.
fn taken(error: store::Error) -> Error {
    if error.is_conflict("project.slug") {
        invalid("slug", TAKEN)
    } else {
        error.into()
    }
}

/// Adds a project; a slug that was made of the name gets a number where it is taken.
async fn insert(
    conn: &mut Conn,
    caller: &Caller,
    project: &mut Project,
    fields: &[meta::Field],
    input: &ProjectChange,
) -> Result<()> {
    let base = project.slug.clone();
    for number in 2..=ATTEMPTS {
        if rows::insert(conn, caller.app_id(), project, fields).await? {
            return Ok(());
        }
        if input.slug.is_some() {
            return Err(invalid("slug", TAKEN));
        }
        project.slug = slug::with_suffix(&base, number);
    }
    // A popular name: the tail of the id is unique enough, and the slug stays one.
    let id = project.id.0.simple().to_string();
    project.slug = format!(
        "{}-{}",
        base.chars()
            .take(47)
            .collect::<String>()
            .trim_end_matches('-'),
        &id[20..]
    );
    if rows::insert(conn, caller.app_id(), project, fields).await? {
        Ok(())
    } else {
        Err(Error::Busy("busy"))
    }
}

/// A project that says nothing.
fn fresh(id: ProjectId, now: Timestamp) -> Project {
    let text = |object: Map<String, Value>| Value::Object(object).to_string();
    Project {
        id,
        name: String::new(),
        slug: String::new(),
        availability: text(project::public_availability(&Map::new())),
        availability_constraints: "[]".to_owned(),
        booking: text(project::public_booking(&Map::new())),
        reminders: "[]".to_owned(),
        customer_fields: text(project::default_form()),
        ui: "{}".to_owned(),
        meta: "{}".to_owned(),
        allow_conference: false,
        allow_double_bookings: false,
        enabled_email_notification: true,
        enabled: true,
        reservation_time: None,
        use_hours_from: None,
        latitude: None,
        longitude: None,
        created_at: now,
        updated_at: now,
    }
}
