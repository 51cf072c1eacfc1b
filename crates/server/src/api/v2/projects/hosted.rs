//! What booking pages and widgets get of a project, with and without a key (spec 60, `clients.md` §3.2).

use axum::{
    extract::{Path, State as Extract},
    http::HeaderMap,
};
use domain::{AppId, KeyKind, ProjectId, project};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};
use store::{Conn, Scope, api_keys, projects as rows, projects::Project};
use utoipa::ToSchema;

use super::super::bookings::{parsed, raw};
use crate::{
    api::{
        caller::Caller,
        error::{Error, Model, Result},
        failures::Failures,
        query::Query,
        rendering::{Rendering, Stamp},
        reply::{One, Reply},
    },
    app::App,
    token,
};

/// A project as pages see it: everything that they read is there, by default where the project is silent.
#[derive(Debug, Serialize, ToSchema)]
pub struct HostedOut {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: ProjectId,
    /// Display name.
    name: String,
    /// The address of its booking page.
    slug: String,
    /// The app's widget key.
    app_key: String,
    /// Parameters of a search for free time.
    #[schema(value_type = Object)]
    availability: Map<String, Value>,
    /// When it can be booked, in addition to each resource's own rules.
    #[schema(value_type = Vec<Object>)]
    availability_constraints: Box<RawValue>,
    /// Parameters of a booking.
    #[schema(value_type = Object)]
    booking: Map<String, Value>,
    /// The form, in the order in which it is asked.
    #[schema(value_type = Object)]
    customer_fields: Map<String, Value>,
    /// How pages look.
    #[schema(value_type = Object)]
    ui: Map<String, Value>,
    /// Whether bookings get a conference link: 0 or 1.
    allow_conference: u8,
    /// How long a hold lasts; null for the usual time.
    #[schema(required)]
    reservation_time: Option<String>,
    /// When it was made.
    created_at: Stamp,
    /// When it last changed.
    updated_at: Stamp,
}

/// Read a project for its booking page.
///
/// Needs no key, and holds the app's widget key, with which the page goes on. A project that is switched off is not found.
#[utoipa::path(get, path = "/v2/projects/hosted/{slug}", tag = "projects", security(()),
    params(("slug" = String, Path, description = "The project's slug")),
    responses((status = 200, description = "The project", body = One<HostedOut>), Failures))]
pub async fn hosted(
    Extract(app): Extract<App>,
    Path(slug): Path<String>,
    query: Query,
    headers: HeaderMap,
) -> Result<Reply> {
    let rendering = Rendering::read(&headers, &query)?;
    let mut conn = app.db.read(Scope::System("booking page")).await?;
    let project = by_slug(&mut conn, &app, &slug, &rendering, Model::Project).await?;

    Ok(Reply::one(project))
}

/// Read a project for a widget in another page.
///
/// A project that is switched off is not found.
#[utoipa::path(get, path = "/v2/projects/embed/{id}", tag = "projects",
    params(("id" = String, Path, description = "The project")),
    responses((status = 200, description = "The project", body = One<HostedOut>), Failures))]
pub async fn embed(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Reply> {
    let mut conn = app.read(&caller).await?;
    let project = by_id(&mut conn, &app, &caller, &id, Model::Project).await?;

    Ok(Reply::one(project))
}

/// The public answer of a slug; `model` is what a 404 calls it.
pub async fn by_slug(
    conn: &mut Conn,
    app: &App,
    slug: &str,
    rendering: &Rendering,
    model: Model,
) -> Result<HostedOut> {
    let found = rows::find_by_slug(conn, slug).await?;
    let found = found
        .filter(|found| found.project.enabled)
        .ok_or(Error::NotFound(model))?;
    public(conn, app, found.app_id, found.project, rendering, model).await
}

/// The public answer of an id; `model` is what a 404 calls it.
pub async fn by_id(
    conn: &mut Conn,
    app: &App,
    caller: &Caller,
    id: &str,
    model: Model,
) -> Result<HostedOut> {
    let id: ProjectId = id
        .to_ascii_lowercase()
        .parse()
        .map_err(|_| Error::NotFound(model))?;
    let project = rows::get(conn, caller.app_id(), id).await?;
    let project = project
        .filter(|project| project.enabled)
        .ok_or(Error::NotFound(model))?;
    public(
        conn,
        app,
        caller.app_id(),
        project,
        &caller.rendering,
        model,
    )
    .await
}

async fn public(
    conn: &mut Conn,
    app: &App,
    app_id: AppId,
    row: Project,
    rendering: &Rendering,
    model: Model,
) -> Result<HostedOut> {
    let key = api_keys::current(conn, app_id, KeyKind::Widget).await?;
    let key = match key {
        Some(key) => token::open_key(app, app_id, &key).map_err(anyhow::Error::new)?,
        None => None,
    };
    // Without a key a page can do nothing, so there is no page.
    let key = key.ok_or(Error::NotFound(model))?;
    Ok(HostedOut {
        id: row.id,
        name: row.name,
        slug: row.slug,
        app_key: key.expose_secret().to_owned(),
        availability: project::public_availability(&parsed(&row.availability)?),
        availability_constraints: raw(row.availability_constraints)?,
        booking: project::public_booking(&parsed(&row.booking)?),
        customer_fields: project::complete_form(&parsed(&row.customer_fields)?),
        ui: project::public_ui(&parsed(&row.ui)?),
        allow_conference: row.allow_conference.into(),
        reservation_time: row.reservation_time,
        created_at: rendering.record(row.created_at),
        updated_at: rendering.record(row.updated_at),
    })
}

impl HostedOut {
    /// Its id, name and slug.
    pub fn names(&self) -> (ProjectId, String, String) {
        (self.id, self.name.clone(), self.slug.clone())
    }
}
