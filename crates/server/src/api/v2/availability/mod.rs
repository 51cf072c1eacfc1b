//! `/v2/availability` and its companions (spec 50).
//!
//! A handler gathers a [`Question`]: the parameters, and what is known of the resources; the engine answers it.

mod ask;
mod explain;
mod findtime;
mod input;
mod output;

use axum::extract::State as Extract;
use domain::availability as engine;
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) use self::input::{Settings, once};
use self::{
    ask::{Question, ask},
    input::SearchIn,
    output::{CountOut, DateOut, SlotOut},
};
use crate::{
    api::{
        body::Object,
        caller::{Caller, Policy, Routes},
        error::Result,
        failures::Failures,
        query::Query,
        reply::{Many, One, Reply},
    },
    app::App,
};

/// The routes of this folder.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .at(Policy::ANY, routes!(search, search_by_query))
        .at(Policy::ANY, routes!(dates))
        .at(Policy::ANY, routes!(count))
        .at(Policy::ANY, routes!(unavailable))
        .at(Policy::APP, routes!(explain::explain))
        .merge(findtime::routes())
}

/// Find free times.
///
/// Slots of a project or of the resources named, by start. With the round robin modes each has one resource, with
/// `exclusive` all that are free, with `mutual` all. What is offered can be booked as long as nobody took it.
#[utoipa::path(post, path = "/v2/availability", tag = "availability", request_body = SearchIn,
    responses((status = 200, description = "The slots", body = Many<SlotOut>), Failures))]
pub async fn search(Extract(app): Extract<App>, caller: Caller, object: Object) -> Result<Reply> {
    let question = ask(&app, &caller, &object).await?;
    slots(question, &caller).await
}

/// Find free times, by query parameters.
///
/// The same as the POST; lists are written as `resources[]=…&resources[]=…`, constraints as JSON.
#[utoipa::path(get, path = "/v2/availability", tag = "availability",
    params(("project_id" = Option<String>, Query, description = "Takes every parameter from this project"),
        ("resources[]" = Option<Vec<String>>, Query, description = "The resources, in the order of their priority"),
        ("mode" = Option<String>, Query, description = "mutual, roundrobin_random (default), roundrobin_prioritized or exclusive"),
        ("length" = Option<String>, Query, description = "How long a slot is, 1 hour by default; null asks for the free times"),
        ("from" = Option<String>, Query, description = "Where the search starts: now, a distance from now, a date or a timestamp"),
        ("to" = Option<String>, Query, description = "Where it ends: 4 weeks by default, 6 months at most"),
        ("buffer" = Option<String>, Query, description = "What is kept free on both sides of events"),
        ("timeslot_increments" = Option<String>, Query, description = "From one start to the next; the length by default"),
        ("round_to_nearest_hour" = Option<String>, Query, description = "Whether slots start at full hours; true by default"),
        ("closest_time_interval" = Option<String>, Query, description = "The grid on which they start instead"),
        ("ignore_all_day_events" = Option<String>, Query, description = "Whether all-day events block no time"),
        ("output_timezone" = Option<String>, Query, description = "The zone in which times are written; UTC by default"),
        ("constraints" = Option<String>, Query, description = "Rules as a JSON list")),
    responses((status = 200, description = "The slots", body = Many<SlotOut>), Failures))]
pub async fn search_by_query(
    Extract(app): Extract<App>,
    caller: Caller,
    query: Query,
) -> Result<Reply> {
    let object = Object::new(input::from_query(&query), &caller);
    let question = ask(&app, &caller, &object).await?;
    slots(question, &caller).await
}

async fn slots(question: Question, caller: &Caller) -> Result<Reply> {
    let rendering = caller.rendering.clone();
    let body = question.answer(move |question, resources, budget| {
        let slots = engine::slots(&question.query, resources, budget)?;
        let zone = question.output();
        Ok(output::slots(&slots, &question.shown(), &zone, &rendering))
    });
    Ok(Reply::written(body.await?))
}

/// Find days with free times.
///
/// Each date of the output zone on which a slot starts, with the resources that have one. Without `output_timezone`
/// each resource's own dates count.
#[utoipa::path(post, path = "/v2/availability/dates", tag = "availability", request_body = SearchIn,
    responses((status = 200, description = "The days, without those that have no slot", body = Many<DateOut>), Failures))]
pub async fn dates(Extract(app): Extract<App>, caller: Caller, object: Object) -> Result<Reply> {
    let question = ask(&app, &caller, &object).await?;
    let dates = question.answer(|question, resources, budget| {
        let zone = question.zone.as_ref();
        let dates = engine::dates(&question.query, resources, zone, budget)?;
        let id = |place: &u32| question.known[*place as usize].id.to_string();
        Ok(dates
            .into_iter()
            .map(|on| DateOut {
                date: output::date(on.date),
                resources: on.resources.iter().map(id).collect(),
            })
            .collect())
    });
    Ok(Reply::json(
        axum::http::StatusCode::OK,
        &Many::<DateOut> { data: dates.await? },
    ))
}

/// Count free times.
///
/// The number of distinct slot times that `POST /availability` lists with the same body.
#[utoipa::path(post, path = "/v2/availability/count", tag = "availability", request_body = SearchIn,
    responses((status = 200, description = "How many there are", body = One<CountOut>), Failures))]
pub async fn count(Extract(app): Extract<App>, caller: Caller, object: Object) -> Result<Reply> {
    let question = ask(&app, &caller, &object).await?;
    let total = question.answer(|question, resources, budget| {
        Ok(engine::count(&question.query, resources, budget)?)
    });
    Ok(Reply::one(CountOut {
        total: total.await?,
    }))
}

/// Find times that are not free.
///
/// What is closed or taken, of each resource on its own: merged spans, or with a `length` in the request the slots of
/// that length that touch such a moment.
#[utoipa::path(post, path = "/v2/unavailable/slots", tag = "availability", request_body = SearchIn,
    responses((status = 200, description = "The times", body = Many<SlotOut>), Failures))]
pub async fn unavailable(
    Extract(app): Extract<App>,
    caller: Caller,
    object: Object,
) -> Result<Reply> {
    let mut question = ask(&app, &caller, &object).await?;
    if !object.map().contains_key("length") {
        question.query.length = None;
    }
    let rendering = caller.rendering.clone();
    let body = question.answer(move |question, resources, budget| {
        let blocked = engine::blocked(&question.query, resources, budget)?;
        let zone = question.output();
        Ok(output::slots(
            &blocked,
            &question.shown(),
            &zone,
            &rendering,
        ))
    });
    Ok(Reply::written(body.await?))
}
