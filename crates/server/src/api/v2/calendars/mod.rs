//! `/v2/calendars` (spec 40).

mod input;
pub(super) mod output;

use axum::extract::{Path, State as Extract};
use domain::{CalendarId, ResourceId};
use store::{Conn, calendars as rows, calendars::Calendar, claims, resources};
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{
    input::{CalendarChange, CalendarIn},
    output::CalendarOut,
};
use crate::{
    api::{
        body::Body,
        caller::{Caller, Policy, Routes},
        error::{Error, Model, Result, invalid},
        failures::Failures,
        query::{Direction, Query},
        reply::{One, Paged, Reply},
    },
    app::App,
};

/// Rows a page.
const PAGE: u32 = 50;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .at(Policy::APP_OR_OWN, routes!(list))
        .at(Policy::APP_OR_OWN, routes!(create))
        .at(Policy::APP_OR_OWN, routes!(get))
        .at(Policy::APP_OR_OWN, routes!(update))
        .at(Policy::APP_OR_OWN, routes!(delete))
}

/// List calendars.
#[utoipa::path(get, path = "/v2/calendars", tag = "calendars",
    params(
        ("search" = Option<String>, Query, description = "`resource.id:UUID`"),
        ("include" = Option<String>, Query, description = "Any of events (of the past and the coming year), resource"),
        ("orderBy" = Option<String>, Query, description = "created_at (default), updated_at or name"),
        ("sortedBy" = Option<String>, Query, description = "asc (default) or desc"),
        ("limit" = Option<String>, Query, description = "Rows a page, 50 by default and 1,000 at most"),
        ("page" = Option<String>, Query, description = "From 1")),
    responses((status = 200, description = "A page of calendars", body = Paged<CalendarOut>), Failures))]
pub async fn list(Extract(app): Extract<App>, caller: Caller, query: Query) -> Result<Reply> {
    let resources = input::resources(&query, &caller)?;
    let order = query
        .order(&input::ORDERS)?
        .unwrap_or((rows::Order::CreatedAt, Direction::Ascending));
    let page = query.page(PAGE);

    let mut conn = app.read(&caller).await?;
    let (calendars, total) =
        rows::list(&mut conn, caller.app_id(), &resources, order, page).await?;
    let calendars = output::many(&mut conn, &app, &caller, &query, calendars).await?;

    Ok(query.paged(&app, page, total, calendars))
}

/// Read one calendar.
#[utoipa::path(get, path = "/v2/calendars/{id}", tag = "calendars",
    params(("id" = String, Path, description = "The calendar"),
        ("include" = Option<String>, Query, description = "As for the list")),
    responses((status = 200, description = "The calendar", body = One<CalendarOut>), Failures))]
pub async fn get(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Result<Reply> {
    let mut conn = app.read(&caller).await?;
    let calendar = find(&mut conn, &caller, &id).await?;
    let calendar = output::one(&mut conn, &app, &caller, &query, calendar).await?;

    Ok(Reply::one(calendar))
}

/// Add a calendar.
///
/// The first calendar of a resource is its primary one.
#[utoipa::path(post, path = "/v2/calendars", tag = "calendars", request_body = CalendarIn,
    params(("include" = Option<String>, Query, description = "As for the list"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat a request under the same key and it has one effect")),
    responses((status = 201, description = "The new calendar", body = One<CalendarOut>), Failures))]
pub async fn create(
    Extract(app): Extract<App>,
    caller: Caller,
    query: Query,
    Body(input): Body<CalendarIn>,
) -> Result<Reply> {
    let Some(resource_id) = input.resource_id.or(caller.own()) else {
        return Err(invalid("resource_id", "resource id is required"));
    };
    if caller.own().is_some_and(|own| own != resource_id) {
        return Err(Error::NotFound(Model::Resource));
    }
    let now = app.clock.now();
    let mut conn = app.write(&caller).await?;
    lock(&mut conn, &caller, resource_id).await?;
    let primary = rows::for_booking(&mut conn, caller.app_id(), resource_id, None).await?;
    let calendar = Calendar {
        id: CalendarId(app.clock.id()),
        resource_id,
        name: input.name,
        description: input.description,
        foregroundcolor: input.foregroundcolor,
        backgroundcolor: input.backgroundcolor,
        provider: "timekit".to_owned(),
        is_primary: primary.is_none(),
        created_at: now,
        updated_at: now,
    };
    rows::insert(&mut conn, caller.app_id(), &calendar).await?;
    let calendar = output::one(&mut conn, &app, &caller, &query, calendar).await?;

    app.finish(conn, &caller, Reply::created(calendar)).await
}

/// Change a calendar.
///
/// Only the given keys change. `primary: true` makes it the one that takes the resource's bookings.
#[utoipa::path(put, path = "/v2/calendars/{id}", tag = "calendars", request_body = CalendarChange,
    params(("id" = String, Path, description = "The calendar"),
        ("include" = Option<String>, Query, description = "As for the list")),
    responses((status = 200, description = "The calendar", body = One<CalendarOut>), Failures))]
pub async fn update(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
    Body(change): Body<CalendarChange>,
) -> Result<Reply> {
    let mut conn = app.write(&caller).await?;
    let (app_id, mut calendar) = (caller.app_id(), find_locked(&mut conn, &caller, &id).await?);
    match change.primary {
        Some(false) if calendar.is_primary => {
            return Err(invalid(
                "primary",
                "a resource needs a primary calendar, make another one primary instead",
            ));
        }
        Some(true) => {
            rows::make_primary(&mut conn, app_id, calendar.resource_id, calendar.id).await?;
            calendar.is_primary = true;
        }
        Some(false) | None => {}
    }
    change.apply_to(&mut calendar);
    calendar.updated_at = app.clock.now().max(calendar.updated_at);
    rows::save(&mut conn, app_id, &calendar).await?;
    let calendar = output::one(&mut conn, &app, &caller, &query, calendar).await?;

    app.finish(conn, &caller, Reply::one(calendar)).await
}

/// Delete a calendar with its events.
///
/// Refused for the primary calendar and for one with coming bookings. What past bookings wrote into it moves to the
/// primary calendar.
#[utoipa::path(delete, path = "/v2/calendars/{id}", tag = "calendars",
    params(("id" = String, Path, description = "The calendar")),
    responses((status = 204, description = "It is gone"), Failures))]
pub async fn delete(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Reply> {
    let mut conn = app.write(&caller).await?;
    let (app_id, calendar) = (caller.app_id(), find_locked(&mut conn, &caller, &id).await?);
    if calendar.is_primary {
        return Err(Error::Refused(
            "this is the resource's primary calendar, make another one primary first".to_owned(),
        ));
    }
    if rows::coming_bookings(&mut conn, app_id, &calendar, app.clock.now()).await? > 0 {
        return Err(Error::Refused(
            "this calendar has coming bookings, cancel them first".to_owned(),
        ));
    }
    claims::free_calendar(&mut conn, app_id, calendar.resource_id, calendar.id).await?;
    rows::delete(&mut conn, app_id, &calendar).await?;

    app.finish(conn, &caller, Reply::no_content()).await
}

/// The calendar under a path's id, as far as the caller may see it.
async fn find(conn: &mut Conn, caller: &Caller, text: &str) -> Result<Calendar> {
    let Ok(id) = text.to_ascii_lowercase().parse() else {
        return Err(Error::NotFound(Model::Calendar));
    };
    rows::get(conn, caller.app_id(), id)
        .await?
        .filter(|calendar| caller.own().is_none_or(|own| own == calendar.resource_id))
        .ok_or(Error::NotFound(Model::Calendar))
}

/// The same, read again after its resource was locked, so that nobody changes it beside us.
async fn find_locked(conn: &mut Conn, caller: &Caller, text: &str) -> Result<Calendar> {
    let calendar = find(conn, caller, text).await?;
    lock(conn, caller, calendar.resource_id).await?;
    find(conn, caller, text).await
}

/// Locks a resource: there is one primary calendar, whoever moves it.
async fn lock(conn: &mut Conn, caller: &Caller, resource: ResourceId) -> Result<()> {
    if resources::touch(conn, caller.app_id(), resource).await? {
        Ok(())
    } else {
        Err(Error::NotFound(Model::Resource))
    }
}
