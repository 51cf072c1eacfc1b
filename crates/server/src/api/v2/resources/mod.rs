//! `/v2/resources` (spec 30).

mod input;
pub(super) mod output;

use axum::extract::{Path, State as Extract};
use domain::{PersonId, ResourceId, Role, time};
use serde::Serialize;
use store::{Conn, members, persons, persons::Person, resources as rows, resources::Resource};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use self::{
    input::{ResourceChange, ResourceIn},
    output::ResourceOut,
};
use super::bookings::searchable;
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
    auth, password,
    provision::{self, NewResource},
};

/// Rows a page.
const PAGE: u32 = 50;

/// The refusal of an e-mail that somebody has; the cure is an invitation (spec 30).
const TAKEN: &str =
    "The email has already been taken. Invite it to this app by POST /v2/app/invite.";

/// The routes of this file.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .at(Policy::APP_OR_OWN, routes!(list))
        .at(Policy::APP, routes!(create))
        .at(Policy::RESOURCE, routes!(me))
        .at(Policy::RESOURCE, routes!(me_as_user))
        .at(Policy::RESOURCE, routes!(me_alone))
        // Not for client tokens: one stands in a browser, and a password set by it would open the server token.
        .at(Policy::OWN, routes!(update_me))
        .at(Policy::ANY, routes!(timezone))
        .at(Policy::ANY, routes!(timezones))
        .at(Policy::ANY, routes!(user_timezone))
        .at(Policy::APP_OR_OWN, routes!(get))
        .at(Policy::APP_OR_OWN, routes!(update))
        .at(Policy::APP, routes!(delete))
}

/// List resources.
#[utoipa::path(get, path = "/v2/resources", tag = "resources",
    params(
        ("search" = Option<String>, Query, description = "`key:value` pairs joined by `;`: id, name, email, timezone, meta.KEY; a bare text is looked for in names and e-mails"),
        ("include" = Option<String>, Query, description = "Any of calendars, calendars.events, credentials, availability_constraints"),
        ("orderBy" = Option<String>, Query, description = "created_at (default), updated_at or name"),
        ("sortedBy" = Option<String>, Query, description = "asc (default) or desc"),
        ("limit" = Option<String>, Query, description = "Rows a page, 50 by default and 1,000 at most"),
        ("page" = Option<String>, Query, description = "From 1")),
    responses((status = 200, description = "A page of resources", body = Paged<ResourceOut>), Failures))]
pub async fn list(Extract(app): Extract<App>, caller: Caller, query: Query) -> Result<Reply> {
    let filters = input::filters(&query, &caller)?;
    let order = query
        .order(&input::ORDERS)?
        .unwrap_or((rows::Order::CreatedAt, Direction::Ascending));
    let page = query.page(PAGE);

    let mut conn = app.read(&caller).await?;
    let (resources, total) = rows::list(&mut conn, caller.app_id(), &filters, order, page).await?;
    let resources = output::many(&mut conn, &app, &caller, &query, resources).await?;

    Ok(query.paged(&app, page, total, resources))
}

/// Read one resource.
#[utoipa::path(get, path = "/v2/resources/{id}", tag = "resources",
    params(("id" = String, Path, description = "The resource"),
        ("include" = Option<String>, Query, description = "As for the list")),
    responses((status = 200, description = "The resource", body = One<ResourceOut>), Failures))]
pub async fn get(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Result<Reply> {
    let mut conn = app.read(&caller).await?;
    let resource = find(&mut conn, &caller, &id).await?;
    let resource = output::one(&mut conn, &app, &caller, &query, resource).await?;

    Ok(Reply::one(resource))
}

/// Read the authenticated resource.
#[utoipa::path(get, path = "/v2/resources/me", tag = "resources",
    responses((status = 200, description = "The resource", body = One<ResourceOut>), Failures))]
pub async fn me(Extract(app): Extract<App>, caller: Caller, query: Query) -> Result<Reply> {
    let own = caller.resource().ok_or(Error::NotFound(Model::Resource))?;
    let mut conn = app.read(&caller).await?;
    let resource = rows::get(&mut conn, caller.app_id(), own)
        .await?
        .ok_or(Error::NotFound(Model::Resource))?;
    let resource = output::one(&mut conn, &app, &caller, &query, resource).await?;

    Ok(Reply::one(resource))
}

/// Read the authenticated resource, under its oldest name.
#[utoipa::path(get, path = "/v2/users/me", tag = "legacy",
    responses((status = 200, description = "The resource", body = One<ResourceOut>), Failures))]
pub async fn me_as_user(app: Extract<App>, caller: Caller, query: Query) -> Result<Reply> {
    me(app, caller, query).await
}

/// Read the authenticated resource, under its shortest name.
#[utoipa::path(get, path = "/v2/me", tag = "legacy",
    responses((status = 200, description = "The resource", body = One<ResourceOut>), Failures))]
pub async fn me_alone(app: Extract<App>, caller: Caller, query: Query) -> Result<Reply> {
    me(app, caller, query).await
}

/// Change the authenticated resource.
#[utoipa::path(put, path = "/v2/users/me", tag = "legacy", request_body = ResourceChange,
    responses((status = 204, description = "It is changed"), Failures))]
pub async fn update_me(
    Extract(app): Extract<App>,
    caller: Caller,
    Body(change): Body<ResourceChange>,
) -> Result<Reply> {
    let own = caller.resource().ok_or(Error::NotFound(Model::Resource))?;
    let hash = hashed(&app, change.password.as_deref()).await?;
    let mut conn = app.write(&caller).await?;
    let resource = rows::get(&mut conn, caller.app_id(), own)
        .await?
        .ok_or(Error::NotFound(Model::Resource))?;
    save(&mut conn, &app, &caller, resource, &change, hash).await?;

    app.finish(conn, &caller, Reply::no_content()).await
}

/// Add a resource.
///
/// It is available around the clock until events or constraints say otherwise, and it has a calendar at once. The answer
/// holds its `api_token`. An e-mail is needed only if the resource is to log in.
#[utoipa::path(post, path = "/v2/resources", tag = "resources", request_body = ResourceIn,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat a request under the same key and it has one effect")),
    responses((status = 201, description = "The new resource", body = One<ResourceOut>), Failures))]
pub async fn create(
    Extract(app): Extract<App>,
    caller: Caller,
    query: Query,
    Body(input): Body<ResourceIn>,
) -> Result<Reply> {
    let timezone = match (&input.timezone, &caller.rendering.zone) {
        (Some(name), _) => name.clone(),
        (None, Some(zone)) => zone.iana_name().unwrap_or("UTC").to_owned(),
        (None, None) => return Err(invalid("timezone", "timezone is required")),
    };
    let hash = hashed(&app, input.password.as_deref()).await?;

    let mut conn = app.write(&caller).await?;
    let now = app.clock.now();
    let person = match &input.email {
        None => None,
        Some(email) => {
            let person = Person {
                id: PersonId(app.clock.id()),
                email: email.clone(),
                name: input.name.clone(),
                timezone: timezone.clone(),
                password_hash: hash,
                created_at: now,
                updated_at: now,
            };
            if !persons::insert(&mut conn, &person).await? {
                return Err(invalid("email", TAKEN));
            }
            Some(person.id)
        }
    };
    let new = NewResource {
        name: input.name,
        first_name: input.first_name,
        last_name: input.last_name,
        email: input.email,
        timezone,
        image: input.image,
        meta: input.meta,
        availability_constraints: input
            .availability_constraints
            .unwrap_or_else(|| "[]".to_owned()),
        person,
    };
    let made = provision::resource(&mut conn, &app, caller.app_id(), new).await?;
    if let Some(person_id) = person {
        let member = members::NewMember {
            person_id,
            resource_id: made.resource.id,
            role: Role::Member,
            invite: None,
        };
        members::insert(&mut conn, caller.app_id(), &member, now).await?;
    }
    let mut resource = output::one(&mut conn, &app, &caller, &query, made.resource).await?;
    resource.api_token = Some(made.server_token);

    app.finish(conn, &caller, Reply::created(resource)).await
}

/// Change a resource.
///
/// Only given keys change. `availability_constraints` and `meta` replace what was there; `email` never changes.
#[utoipa::path(put, path = "/v2/resources/{id}", tag = "resources", request_body = ResourceChange,
    params(("id" = String, Path, description = "The resource")),
    responses((status = 200, description = "The changed resource", body = One<ResourceOut>), Failures))]
pub async fn update(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
    Body(change): Body<ResourceChange>,
) -> Result<Reply> {
    let hash = hashed(&app, change.password.as_deref()).await?;

    let mut conn = app.write(&caller).await?;
    let resource = find(&mut conn, &caller, &id).await?;
    let resource = save(&mut conn, &app, &caller, resource, &change, hash).await?;
    let resource = output::one(&mut conn, &app, &caller, &query, resource).await?;

    app.finish(conn, &caller, Reply::one(resource)).await
}

/// Delete a resource.
///
/// Final. Its bookings keep their history and nobody is told; new ones are refused. A person with the same e-mail in
/// another app stays there.
#[utoipa::path(delete, path = "/v2/resources/{id}", tag = "resources",
    params(("id" = String, Path, description = "The resource")),
    responses((status = 204, description = "It is gone"), Failures))]
pub async fn delete(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Reply> {
    let mut conn = app.write(&caller).await?;
    let resource = find(&mut conn, &caller, &id).await?;
    let member = members::of_resource(&mut conn, caller.app_id(), resource.id).await?;
    if let Some(member) = member
        && member.role == Role::Owner
        && !members::delete(&mut conn, caller.app_id(), member.person_id).await?
    {
        return Err(Error::Refused(
            "this resource belongs to the last owner of the app, make somebody else an owner first"
                .to_owned(),
        ));
    }
    rows::delete(&mut conn, caller.app_id(), resource.id, app.clock.now()).await?;
    if let Some(person) = resource.person_id {
        persons::delete_unattached(&mut conn, person).await?;
    }

    app.finish(conn, &caller, Reply::no_content()).await
}

/// The zone of a resource.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimezoneOut {
    /// IANA name.
    timezone: String,
    /// Hours east of UTC now; fractional where the zone is.
    utc_offset: f64,
}

/// Read a resource's time zone.
#[utoipa::path(get, path = "/v2/resources/timezone/{email}", tag = "resources",
    params(("email" = String, Path, description = "The resource's e-mail")),
    responses((status = 200, description = "The zone", body = One<TimezoneOut>), Failures))]
pub async fn timezone(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(email): Path<String>,
) -> Result<Reply> {
    let mut conn = app.read(&caller).await?;
    let resource = rows::find_by_email(&mut conn, caller.app_id(), &email).await?;
    let resource = resource.ok_or(Error::NotFound(Model::Resource))?;
    let offset =
        time::zone(&resource.timezone).map_or(0, |zone| zone.to_offset(app.clock.now()).seconds());

    Ok(Reply::one(TimezoneOut {
        timezone: resource.timezone,
        utc_offset: f64::from(offset) / 3_600.0,
    }))
}

/// Read a resource's time zone, by a path that some clients use.
#[utoipa::path(get, path = "/v2/resources/timezones/{email}", tag = "legacy",
    params(("email" = String, Path, description = "The resource's e-mail")),
    responses((status = 200, description = "The zone", body = One<TimezoneOut>), Failures))]
pub async fn timezones(app: Extract<App>, caller: Caller, email: Path<String>) -> Result<Reply> {
    timezone(app, caller, email).await
}

/// Read a resource's time zone, by its oldest path.
#[utoipa::path(get, path = "/v2/users/timezone/{email}", tag = "legacy",
    params(("email" = String, Path, description = "The resource's e-mail")),
    responses((status = 200, description = "The zone", body = One<TimezoneOut>), Failures))]
pub async fn user_timezone(
    app: Extract<App>,
    caller: Caller,
    email: Path<String>,
) -> Result<Reply> {
    timezone(app, caller, email).await
}

/// The resource under a path's id, as far as the caller may see it.
async fn find(conn: &mut Conn, caller: &Caller, text: &str) -> Result<Resource> {
    let id: Option<ResourceId> = text.to_ascii_lowercase().parse().ok();
    let id = id
        .filter(|id| caller.own().is_none_or(|own| own == *id))
        .ok_or(Error::NotFound(Model::Resource))?;
    rows::get(conn, caller.app_id(), id)
        .await?
        .ok_or(Error::NotFound(Model::Resource))
}

async fn hashed(app: &App, password: Option<&str>) -> Result<Option<String>> {
    match password {
        None => Ok(None),
        Some(password) => Ok(Some(password::hash(app, password).await?)),
    }
}

/// Writes the changed keys of a resource, and its password where one was given.
async fn save(
    conn: &mut Conn,
    app: &App,
    caller: &Caller,
    resource: Resource,
    change: &ResourceChange,
    hash: Option<String>,
) -> Result<Resource> {
    if let Some(email) = &change.email
        && resource.email.as_deref().map(domain::email::fold) != Some(domain::email::fold(email))
    {
        return Err(invalid("email", "email cannot be changed"));
    }
    if let Some(hash) = hash {
        let Some(person) = resource.person_id else {
            return Err(invalid(
                "password",
                "a resource without an email has no password",
            ));
        };
        auth::set_password(conn, app, caller, person, &hash).await?;
    }
    let mut resource = change.applied_to(resource);
    resource.updated_at = app.clock.now();
    let fields = searchable(&resource.meta)?;
    rows::save(conn, caller.app_id(), &resource, &fields).await?;
    Ok(resource)
}
