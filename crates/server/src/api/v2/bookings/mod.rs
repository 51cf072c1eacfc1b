//! `/v2/bookings` (spec 80, 81).
//!
//! What an action does to a booking is a row of the graph table; [`step`] carries the row's effects out.

mod graphs;
mod input;
mod output;
mod search;
mod step;

use axum::extract::{Path, State as Extract};
use domain::{
    BookingId, CalendarId, EventId, Interval, ResourceId,
    booking::{Effect, Graph, State},
    meta,
    project::{Defaults, booking_body, check_answers},
};
use serde::Serialize;
use serde_json::{Map, Value};
use store::{
    Conn, bookings as rows,
    bookings::Booking,
    calendars::{self, Calendar},
    customers,
    projects::{self, Project},
    resources::{self, Resource},
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) use self::output::{BookedOut, booked, raw};
use self::{
    input::{ActionIn, BareMetaIn, BookingIn, CustomerIn, MetaIn, id},
    output::{BookingOut, Relations, Shape},
    step::{answer, entry, merged, take_step, take_time},
};
use crate::{
    api::{
        body::{Body, Input, Object},
        caller::{Caller, Policy, Principal, Routes},
        error::{Error, FieldErrors, Model, Result, invalid},
        failures::Failures,
        query::{Direction, Query},
        reply::{One, Paged, Reply},
    },
    app::App,
};

/// Rows a page: the reference of this list says 1,000.
const PAGE: u32 = 1_000;

/// How often a step starts anew when the booking moves under it.
const ATTEMPTS: usize = 3;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .at(Policy::APP_OR_OWN, routes!(list))
        .at(Policy::ANY, routes!(create))
        .at(Policy::ANY, routes!(graphs::graphs))
        .at(Policy::ANY, routes!(graphs::graph))
        .at(Policy::APP_OR_OWN, routes!(get))
        .at(Policy::APP_OR_OWN, routes!(update))
        .at(Policy::APP_OR_OWN, routes!(delete))
        .at(Policy::APP_OR_OWN, routes!(update_meta))
        .at(Policy::APP_OR_OWN, routes!(act))
        .at(Policy::APP_OR_OWN, routes!(act_by_post))
}

/// List bookings.
///
/// An app key sees the bookings of all resources, a resource's own key its own. `search` takes `key:value` pairs joined
/// by `;`, all of which must match.
#[utoipa::path(get, path = "/v2/bookings", tag = "bookings",
    params(
        ("search" = Option<String>, Query, description = "`key:value` pairs joined by `;`: id, resource.id, project.id, calendar.id, graph, state, completed, customer.name (with `*`), customer.email, customer.KEY, meta.KEY, event.start, event.end; a bare text is looked for in names and e-mails"),
        ("include" = Option<String>, Query, description = "Any of attributes, event, calendar, customers, project, resource, user, meta, available_actions, logs"),
        ("start" = Option<String>, Query, description = "Bookings that start at this time or later"),
        ("end" = Option<String>, Query, description = "Bookings that end at this time or earlier"),
        ("orderBy" = Option<String>, Query, description = "created_at (default), updated_at, completed, graph, state, event.start or event.end"),
        ("sortedBy" = Option<String>, Query, description = "asc (default) or desc"),
        ("limit" = Option<String>, Query, description = "Rows a page, 1,000 at most and by default"),
        ("page" = Option<String>, Query, description = "From 1")),
    responses((status = 200, description = "A page of bookings", body = Paged<BookingOut>), Failures))]
pub async fn list(Extract(app): Extract<App>, caller: Caller, query: Query) -> Result<Reply> {
    let filters = search::filters(&query, &caller)?;
    let order = query
        .order(&search::ORDERS)?
        .unwrap_or((rows::Order::CreatedAt, Direction::Ascending));
    let page = query.page(PAGE);

    let mut conn = app.read(&caller).await?;
    let (bookings, total) = rows::list(&mut conn, caller.app_id(), &filters, order, page).await?;
    let bookings = output::many(
        &mut conn,
        &caller,
        &query,
        Shape::Native,
        bookings,
        Relations::default(),
    )
    .await?;

    Ok(query.paged(&app, page, total, bookings))
}

/// Read one booking.
#[utoipa::path(get, path = "/v2/bookings/{id}", tag = "bookings",
    params(("id" = String, Path, description = "The booking"),
        ("include" = Option<String>, Query, description = "As for the list")),
    responses((status = 200, description = "The booking", body = One<BookingOut>), Failures))]
pub async fn get(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
) -> Result<Reply> {
    let mut conn = app.read(&caller).await?;
    let booking = find(&mut conn, &caller, &id).await?;
    let booking = output::one(
        &mut conn,
        &caller,
        &query,
        Shape::Native,
        booking,
        Relations::default(),
    )
    .await?;

    Ok(Reply::one(booking))
}

/// Book.
///
/// Creates a booking and runs the first action of its graph. With `instant` it is confirmed at once and takes the time;
/// with `confirm_decline` it waits as `tentative`, and its time stays free until somebody confirms it. With `project_id`
/// it takes over what the project's `booking` says and the request does not.
#[utoipa::path(post, path = "/v2/bookings", tag = "bookings", request_body = BookingIn,
    params(("include" = Option<String>, Query, description = "As for the list"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat a request under the same key and it has one effect")),
    responses((status = 201, description = "The new booking", body = One<BookingOut>), Failures))]
pub async fn create(
    Extract(app): Extract<App>,
    caller: Caller,
    query: Query,
    object: Object,
) -> Result<Reply> {
    if matches!(caller.identity.principal, Principal::WidgetKey(_)) {
        app.auth.check_public_booking(caller.address)?;
    }
    let project = project_of(&app, &caller, &object).await?;
    let input = read(&object, project.as_ref(), &caller)?;
    let span = Interval::new(input.start, input.end)
        .map_err(|_| invalid("end", "end must be after start"))?;
    let graph = input.graph.unwrap_or(Graph::ConfirmDecline);
    let action = input
        .action
        .clone()
        .unwrap_or_else(|| graph.entry().to_string());
    let step = graph
        .step(State::Initialized, &action)
        .map_err(|refused| Error::Refused(refused.to_string()))?;
    let resource_id = resource_of(&caller, &input)?;

    // Read in the unit itself: the write connection's cache holds what it wrote, the readers' must be filled again.
    let mut conn = app.write(&caller).await?;
    let (resource, calendar) = place(&mut conn, &caller, resource_id, input.calendar_id).await?;
    let now = app.clock.now();
    let id = BookingId(app.clock.id());
    let customer = customer_row(&app, id, &input.customer, &resource.timezone)?;
    let mut fields = meta::fields("meta", &input.meta);
    fields.extend(meta::fields("customer", &input.customer.extra));
    let mut booking = Booking {
        id,
        resource_id: resource.id,
        project_id: project.as_ref().map(|project| project.id),
        calendar_id: calendar.id,
        event_id: None,
        graph,
        state: step.to,
        span,
        what: input.what,
        place: input.place,
        description: input.description,
        participants: json(&input.participants)?,
        event_options: json(&input.event_options)?,
        attributes: json(&attributes(
            &input.customer,
            &customer.timezone,
            &input.settings,
        ))?,
        meta: json(&input.meta)?,
        exclusive: input.exclusive,
        seq: 1,
        created_at: now,
        updated_at: now,
    };

    if step.effects.contains(&Effect::TakeTime) {
        take_time(&mut conn, &caller, &booking).await?;
        booking.event_id = Some(EventId(app.clock.id()));
    }
    let new = rows::New {
        booking: &booking,
        fields: &fields,
        customer: &customer,
        rsvp: answer(&input.event_options),
        entry: &entry(&app, &caller, &booking, step, State::Initialized, None, now),
    };
    rows::insert(&mut conn, caller.app_id(), &new).await?;
    let known = Relations::of_new(&resource, calendar, customer);
    let booking = output::one(&mut conn, &caller, &query, Shape::Created, booking, known).await?;

    app.finish(conn, &caller, Reply::created(booking)).await
}

/// Set values of a booking's meta.
///
/// Given keys are set, keys given as null are removed, others stay. Possible in every state.
#[utoipa::path(put, path = "/v2/bookings/{id}", tag = "bookings", request_body = MetaIn,
    params(("id" = String, Path, description = "The booking")),
    responses((status = 200, description = "The booking with its meta", body = One<BookingOut>), Failures))]
pub async fn update(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
    Body(input): Body<MetaIn>,
) -> Result<Reply> {
    merge_meta(&app, &caller, &id, &query, input.meta.unwrap_or_default()).await
}

/// Set values of a booking's meta, sent as a bare object.
#[utoipa::path(put, path = "/v2/bookings/{id}/meta", tag = "bookings", request_body = BareMetaIn,
    params(("id" = String, Path, description = "The booking")),
    responses((status = 200, description = "The booking with its meta", body = One<BookingOut>), Failures))]
pub async fn update_meta(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
    query: Query,
    Body(input): Body<BareMetaIn>,
) -> Result<Reply> {
    merge_meta(&app, &caller, &id, &query, input.0).await
}

async fn merge_meta(
    app: &App,
    caller: &Caller,
    id: &str,
    query: &Query,
    given: Map<String, Value>,
) -> Result<Reply> {
    for _ in 0..ATTEMPTS {
        let mut conn = app.write(caller).await?;
        let mut row = find(&mut conn, caller, id).await?;
        let merge = merged(&row, &given)?;
        let now = app.clock.now().max(row.updated_at);
        if rows::save_meta(&mut conn, caller.app_id(), &row, &merge.text, now).await? {
            merge.save_fields(&mut conn, caller, row.id).await?;
            row.meta = merge.text;
            row.updated_at = now;
            let booking = output::one(
                &mut conn,
                caller,
                query,
                Shape::WithMeta,
                row,
                Relations::default(),
            )
            .await?;
            return app.finish(conn, caller, Reply::one(booking)).await;
        }
    }
    Err(Error::Busy("busy"))
}

/// Run an action.
///
/// Moves the booking along its graph: `confirm`, `decline`, `cancel`, `cancel_by_customer`, `reschedule_by_customer` or
/// `complete`, as far as its state allows. The body may hold `{"ACTION": {"message": "…"}}` and `meta`.
#[utoipa::path(put, path = "/v2/bookings/{id}/{action}", tag = "bookings", request_body(content = ActionIn, description = "May be empty"),
    params(("id" = String, Path, description = "The booking"), ("action" = String, Path, description = "The action"),
        ("include" = Option<String>, Query, description = "As for the list"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat a request under the same key and it has one effect")),
    responses((status = 200, description = "The booking in its new state", body = One<BookingOut>), Failures))]
pub async fn act(
    Extract(app): Extract<App>,
    caller: Caller,
    Path((id, action)): Path<(String, String)>,
    query: Query,
    Body(input): Body<ActionIn>,
) -> Result<Reply> {
    take_step(&app, &caller, &id, &action, &query, &input).await
}

/// Run an action by POST, as older integrations do.
#[utoipa::path(post, path = "/v2/bookings/{id}/{action}", tag = "bookings", request_body(content = ActionIn, description = "May be empty"),
    params(("id" = String, Path, description = "The booking"), ("action" = String, Path, description = "The action"),
        ("include" = Option<String>, Query, description = "As for the list"),
        ("Idempotency-Key" = Option<String>, Header, description = "Repeat a request under the same key and it has one effect")),
    responses((status = 200, description = "The booking in its new state", body = One<BookingOut>), Failures))]
pub async fn act_by_post(
    Extract(app): Extract<App>,
    caller: Caller,
    Path((id, action)): Path<(String, String)>,
    query: Query,
    Body(input): Body<ActionIn>,
) -> Result<Reply> {
    take_step(&app, &caller, &id, &action, &query, &input).await
}

/// Delete a finished booking.
///
/// Only bookings in a final state can be deleted: cancel first, so that everybody is told.
#[utoipa::path(delete, path = "/v2/bookings/{id}", tag = "bookings",
    params(("id" = String, Path, description = "The booking")),
    responses((status = 204, description = "It is gone"), Failures))]
pub async fn delete(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Reply> {
    let mut conn = app.write(&caller).await?;
    let row = find(&mut conn, &caller, &id).await?;
    if !rows::delete(&mut conn, caller.app_id(), row.id, app.clock.now()).await? {
        return Err(Error::Refused(
            "Booking must be in a final state to be deleted".to_owned(),
        ));
    }

    app.finish(conn, &caller, Reply::no_content()).await
}

/// The booking under a path's id, as far as the caller may see it.
async fn find(conn: &mut Conn, caller: &Caller, text: &str) -> Result<Booking> {
    let Some(id) = id(text) else {
        return Err(Error::NotFound(Model::Booking));
    };
    rows::get(conn, caller.app_id(), id)
        .await?
        .filter(|row| caller.own().is_none_or(|own| own == row.resource_id))
        .ok_or(Error::NotFound(Model::Booking))
}

/// The resource that a new booking is for: the named one, or the caller's own.
fn resource_of(caller: &Caller, input: &BookingIn) -> Result<ResourceId> {
    let personal = match caller.identity.principal {
        Principal::Resource { id, .. } => Some(id),
        _ => caller.own(),
    };
    let Some(resource_id) = input.resource_id.or(personal) else {
        return Err(invalid("resource_id", "resource id is required"));
    };
    if personal.is_some_and(|own| own != resource_id) {
        return Err(Error::NotFound(Model::Resource));
    }
    Ok(resource_id)
}

/// The resource and the calendar of a new booking.
async fn place(
    conn: &mut Conn,
    caller: &Caller,
    resource_id: ResourceId,
    calendar_id: Option<CalendarId>,
) -> Result<(Resource, Calendar)> {
    let resource = resources::get(conn, caller.app_id(), resource_id).await?;
    let resource = resource.ok_or(Error::NotFound(Model::Resource))?;
    let calendar = calendars::for_booking(conn, caller.app_id(), resource_id, calendar_id).await?;
    let calendar = calendar.ok_or_else(|| Error::StepFailed {
        errors: FieldErrors::one(
            "event",
            "calendar id must be a valid UUID of one of the resource's calendars",
        ),
        step: "save_booking_data",
    })?;
    Ok((resource, calendar))
}

/// The project that a booking is made through. One that is switched off is not there for the public.
async fn project_of(app: &App, caller: &Caller, object: &Object) -> Result<Option<Project>> {
    let id = object.map().get("project_id").and_then(Value::as_str);
    let Some(id) = id.and_then(|id| id.to_ascii_lowercase().parse().ok()) else {
        return Ok(None);
    };
    let mut conn = app.read(caller).await?;
    let project = projects::get(&mut conn, caller.app_id(), id).await?;
    let project = project.filter(|project| project.enabled || !caller.is_public());
    let project = project.ok_or(Error::NotFound(Model::Project))?;
    if matches!(caller.identity.principal, Principal::WidgetKey(_)) {
        app.auth.check_project_booking(project.id)?;
    }
    Ok(Some(project))
}

/// Reads a new booking with what it takes over from its project, whose form must be answered.
fn read(object: &Object, project: Option<&Project>, caller: &Caller) -> Result<BookingIn> {
    let mut errors = FieldErrors::default();
    let Some(project) = project else {
        let input = object.read(&mut errors, BookingIn::read);
        errors.into_result()?;
        return Ok(input);
    };
    let booking = parsed(&project.booking)?;
    let defaults = Defaults {
        name: &project.name,
        booking: &booking,
        allow_double_bookings: project.allow_double_bookings,
    };
    let body = Object::new(booking_body(&defaults, object.map()), caller);
    let input = body.read(&mut errors, BookingIn::read);
    let request = object.map();
    let customer = request
        .get("customer")
        .or_else(|| request.get("customers")?.get(0));
    let form = parsed(&project.customer_fields)?;
    if let Some(Value::Object(customer)) = customer {
        let place = request.get("where").and_then(Value::as_str);
        for error in check_answers(&form, customer, place) {
            errors.push(&error.field, error.message);
        }
    }
    errors.into_result()?;
    Ok(input)
}

/// The groups of a new booking's `attributes` beside `event_info`.
fn attributes(
    customer: &CustomerIn,
    timezone: &str,
    settings: &Map<String, Value>,
) -> Map<String, Value> {
    let mut person = Map::new();
    for (key, value) in [
        ("name", customer.name.as_str()),
        ("email", &customer.email),
        ("phone", &customer.phone),
        ("voip", &customer.voip),
        ("timezone", timezone),
    ] {
        person.insert(key.to_owned(), Value::String(value.to_owned()));
    }
    person.extend(customer.extra.clone());
    let mut groups = Map::new();
    groups.insert("customer".to_owned(), Value::Object(person));
    if !settings.is_empty() {
        groups.insert("settings".to_owned(), Value::Object(settings.clone()));
    }
    groups
}

fn customer_row(
    app: &App,
    booking_id: BookingId,
    input: &CustomerIn,
    zone: &str,
) -> Result<customers::Customer> {
    Ok(customers::Customer {
        id: app.clock.id().into(),
        booking_id,
        name: input.name.clone(),
        email: input.email.clone(),
        phone: input.phone.clone(),
        voip: input.voip.clone(),
        timezone: input.timezone.clone().unwrap_or_else(|| zone.to_owned()),
        extra: json(&input.extra)?,
    })
}

fn json(value: &impl Serialize) -> Result<String> {
    Ok(serde_json::to_string(value).map_err(anyhow::Error::new)?)
}

pub(super) fn parsed<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    Ok(serde_json::from_str(text)
        .map_err(|error| anyhow::Error::new(error).context("stored JSON is broken"))?)
}

/// The searchable fields of a stored `meta`.
pub(super) fn searchable(text: &str) -> Result<Vec<meta::Field>> {
    let meta: Map<String, Value> = parsed(text)?;
    Ok(meta::fields("meta", &meta))
}
