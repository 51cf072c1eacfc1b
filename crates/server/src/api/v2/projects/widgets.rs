//! `/v2/widgets`: projects under their old name, to be read (spec 60).
//!
//! What an old widget was configured by stands in `config`. Changes are made at `/v2/projects`.

use axum::{
    extract::{Path, State as Extract},
    http::HeaderMap,
};
use domain::{Page, ProjectId};
use serde::Serialize;
use store::{Conn, Scope, projects as rows};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::hosted::{HostedOut, by_id, by_slug};
use super::input;
use crate::{
    api::{
        caller::{Caller, Policy, Routes},
        error::{Error, Model, Result},
        failures::Failures,
        query::{Direction, Query},
        rendering::Rendering,
        reply::{One, Paged, Reply, errors::PlainError},
    },
    app::App,
};

/// Rows a page; fewer than of projects, since each is rendered alone.
const PAGE: u32 = 50;
/// The most rows of a page.
const MOST: u32 = 100;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .at(Policy::APP_OR_OWNER, routes!(list))
        .at(Policy::APP_OR_OWNER, routes!(create))
        .at(Policy::APP_OR_OWNER, routes!(get))
        .at(Policy::APP_OR_OWNER, routes!(update))
        .at(Policy::APP_OR_OWNER_ALONE, routes!(delete))
        .open(routes!(hosted))
        .at(Policy::APP_OR_WIDGET, routes!(embed))
}

/// A project under its old name.
#[derive(Debug, Serialize, ToSchema)]
pub struct WidgetOut {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: ProjectId,
    /// The address of its booking page.
    slug: String,
    /// Display name.
    name: String,
    /// What its pages are configured by.
    config: HostedOut,
}

impl From<HostedOut> for WidgetOut {
    fn from(config: HostedOut) -> Self {
        let (id, name, slug) = config.names();
        Self {
            id,
            slug,
            name,
            config,
        }
    }
}

/// List widgets: the projects that take bookings, under their old name.
#[utoipa::path(get, path = "/v2/widgets", tag = "legacy",
    params(("limit" = Option<String>, Query, description = "Rows a page, 50 by default and 100 at most"),
        ("page" = Option<String>, Query, description = "From 1")),
    responses((status = 200, description = "A page of widgets", body = Paged<WidgetOut>), Failures))]
pub async fn list(Extract(app): Extract<App>, caller: Caller, query: Query) -> Result<Reply> {
    let mut filters = input::filters(&query, &caller)?;
    filters.push(rows::Filter::Enabled);
    let asked = query.page(PAGE);
    let (number, limit) = (
        asked.number().to_string(),
        asked.limit().min(MOST).to_string(),
    );
    let page = Page::read(Some(&number), Some(&limit), PAGE);
    let order = (rows::Order::CreatedAt, Direction::Ascending);

    let mut conn = app.read(&caller).await?;
    let (projects, total) = rows::list(&mut conn, caller.app_id(), &filters, order, page).await?;
    let mut widgets: Vec<WidgetOut> = Vec::with_capacity(projects.len());
    for project in projects {
        let id = project.id.to_string();
        widgets.push(one(&mut conn, &app, &caller, &id).await?);
    }

    Ok(query.paged(&app, page, total, widgets))
}

/// Read a project that takes bookings, under its old name.
#[utoipa::path(get, path = "/v2/widgets/{id}", tag = "legacy",
    params(("id" = String, Path, description = "The project")),
    responses((status = 200, description = "The widget", body = One<WidgetOut>), Failures))]
pub async fn get(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Reply> {
    let mut conn = app.read(&caller).await?;
    Ok(Reply::one(one(&mut conn, &app, &caller, &id).await?))
}

/// Read a widget for its hosted page.
#[utoipa::path(get, path = "/v2/widgets/hosted/{slug}", tag = "legacy", security(()),
    params(("slug" = String, Path, description = "The project's slug")),
    responses((status = 200, description = "The widget", body = One<WidgetOut>), Failures))]
pub async fn hosted(
    Extract(app): Extract<App>,
    Path(slug): Path<String>,
    query: Query,
    headers: HeaderMap,
) -> Result<Reply> {
    let rendering = Rendering::read(&headers, &query)?;
    let mut conn = app.db.read(Scope::System("booking page")).await?;
    let project = by_slug(&mut conn, &app, &slug, &rendering, Model::Widget).await?;

    Ok(Reply::one(WidgetOut::from(project)))
}

/// Read a widget for another page.
#[utoipa::path(get, path = "/v2/widgets/embed/{id}", tag = "legacy",
    params(("id" = String, Path, description = "The project")),
    responses((status = 200, description = "The widget", body = One<WidgetOut>), Failures))]
pub async fn embed(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Reply> {
    let mut conn = app.read(&caller).await?;
    Ok(Reply::one(one(&mut conn, &app, &caller, &id).await?))
}

async fn one(conn: &mut Conn, app: &App, caller: &Caller, id: &str) -> Result<WidgetOut> {
    let project = by_id(conn, app, caller, id, Model::Widget).await?;
    Ok(project.into())
}

/// Gone: widgets are made as projects.
#[utoipa::path(post, path = "/v2/widgets", tag = "legacy",
    responses((status = 410, description = "Use /v2/projects", body = PlainError), Failures))]
pub async fn create() -> Result<Reply> {
    Err(gone())
}

/// Gone: widgets are changed as projects.
#[utoipa::path(put, path = "/v2/widgets/{id}", tag = "legacy",
    params(("id" = String, Path, description = "The project")),
    responses((status = 410, description = "Use /v2/projects", body = PlainError), Failures))]
pub async fn update() -> Result<Reply> {
    Err(gone())
}

/// Gone: widgets are deleted as projects.
#[utoipa::path(delete, path = "/v2/widgets/{id}", tag = "legacy",
    params(("id" = String, Path, description = "The project")),
    responses((status = 410, description = "Use /v2/projects", body = PlainError), Failures))]
pub async fn delete() -> Result<Reply> {
    Err(gone())
}

fn gone() -> Error {
    Error::Gone("widgets are projects now, use /v2/projects".to_owned())
}
