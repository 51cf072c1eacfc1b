//! `POST /v2/availability/explain`: why a start is offered, or is not. Not in the original API.

use axum::extract::State as Extract;
use domain::{
    Interval, ResourceId,
    availability::{self as engine, Explanation, Level, Reason, RuleName},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::Serialize;
use store::availability::{self as rows, Taker};
use utoipa::ToSchema;

use super::{
    ask::ask,
    output::{Clock, ShownResource},
};
use crate::{
    api::{
        body::Object,
        caller::Caller,
        error::{Error, FieldErrors, Result, invalid},
        failures::Failures,
        reply::{One, Reply},
    },
    app::App,
};

/// A question about one start; all other fields are those of `POST /v2/availability`.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the body")]
pub struct ExplainIn {
    /// The start in question.
    #[schema(example = "2031-04-02T09:00:00+02:00")]
    start: String,
    /// Takes every parameter from this project.
    #[schema(format = Uuid)]
    project_id: Option<String>,
    /// The resources.
    resources: Option<Vec<String>>,
}

/// Whether a start is offered, and why not.
#[derive(Serialize, ToSchema)]
pub struct ExplainOut {
    /// Whether `POST /v2/availability` lists it with the same body.
    offered: bool,
    /// The last start that is offered before.
    #[schema(required)]
    before: Option<String>,
    /// The first start that is offered after.
    #[schema(required)]
    after: Option<String>,
    /// Each resource, with what stands in its way.
    resources: Vec<ExplainedOut>,
}

/// A resource and what stands in the way.
#[derive(Serialize, ToSchema)]
pub struct ExplainedOut {
    #[serde(flatten)]
    resource: ShownResource,
    /// The smallest set of reasons: with all of them gone the start is offered. Empty if it can be had.
    reasons: Vec<ReasonOut>,
}

/// One thing that stands in the way.
#[derive(Serialize, ToSchema, Default)]
pub struct ReasonOut {
    /// `past`, `notice`, `horizon`, `closed`, `blocked`, `busy`, `buffer`, `limit` or `grid`.
    kind: &'static str,
    /// The same in words.
    message: &'static str,
    /// The constraints that close the time (`closed`: that do not open it).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    constraints: Vec<ConstraintOut>,
    /// The booking that takes the time.
    #[serde(skip_serializing_if = "Option::is_none")]
    booking_id: Option<String>,
    /// The event that takes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<String>,
    /// When that begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<String>,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    end: Option<String>,
}

/// Where a constraint stands.
#[derive(Serialize, ToSchema)]
pub struct ConstraintOut {
    /// `resource`, `project`, `location` or `request`.
    level: &'static str,
    /// Its place in that list, from 0.
    index: usize,
    /// Its name.
    name: &'static str,
}

/// Explain why a start is offered or not.
///
/// Asks the same engine as `POST /v2/availability` and tells, for each resource, the smallest set of reasons against the
/// start: constraints by their level and place, events and bookings by their ids, buffer, notice, limits, grid.
#[utoipa::path(post, path = "/v2/availability/explain", tag = "availability", request_body = ExplainIn,
    responses((status = 200, description = "The explanation", body = One<ExplainOut>), Failures))]
pub async fn explain(Extract(app): Extract<App>, caller: Caller, object: Object) -> Result<Reply> {
    let mut errors = FieldErrors::default();
    let start = object.read(&mut errors, |fields| {
        if fields.value("start").is_none() {
            fields.required("start");
        }
        fields
            .value("start")
            .and_then(|_| fields.instant("start", Some(&TimeZone::UTC)))
    });
    // What else is wrong is reported beside it.
    let question = match ask(&app, &caller, &object).await {
        Err(Error::Invalid(others)) => {
            errors.extend(others);
            return Err(Error::Invalid(errors));
        }
        other => other?,
    };
    errors.into_result()?;
    let start = start.ok_or_else(|| invalid("start", "start is required"))?;
    let zone = question.output();
    let answer = question.answer(move |question, resources, budget| {
        let explanation = engine::explain(&question.query, resources, start, budget)?;
        let resources: Vec<(ResourceId, String)> = question
            .known
            .iter()
            .map(|known| (known.id, known.shown.clone()))
            .collect();
        // A busy time is named by its place in a list that the question holds.
        let spans: Vec<Vec<Option<Interval>>> = explanation
            .resources
            .iter()
            .zip(&question.known)
            .map(|(reasons, known)| {
                let span = |reason: &Reason| match reason {
                    Reason::Busy(place) | Reason::Buffer(place) => {
                        let span = known.busy.list().get(*place)?.span();
                        let at = |second| Timestamp::from_second(second).ok();
                        Interval::new(at(span.start)?, at(span.end)?).ok()
                    }
                    _ => None,
                };
                reasons.iter().map(span).collect()
            })
            .collect();
        Ok((explanation, resources, spans))
    });
    let (explanation, resources, spans) = answer.await?;
    let mut conn = app.read(&caller).await?;
    let mut shown = Vec::with_capacity(resources.len());
    for (((id, object), reasons), spans) in
        resources.into_iter().zip(&explanation.resources).zip(spans)
    {
        let mut out = Vec::with_capacity(reasons.len());
        for (reason, span) in reasons.iter().zip(spans) {
            let mut reason = reason_out(reason);
            if let Some(span) = span {
                reason.start = Some(text(span.start(), &zone, &caller)?);
                reason.end = Some(text(span.end(), &zone, &caller)?);
                let takers = rows::takers(&mut conn, caller.app_id(), id, span).await?;
                if let Some(taker) = takers.iter().find(|taker| is_of(taker, span)) {
                    match taker.event_id {
                        Some(event) => reason.event_id = Some(event.to_string()),
                        None => reason.booking_id = Some(taker.id.to_string()),
                    }
                }
            }
            out.push(reason);
        }
        shown.push(ExplainedOut {
            resource: serde_json::from_str(&object).map_err(anyhow::Error::new)?,
            reasons: out,
        });
    }
    let Explanation {
        offered,
        before,
        after,
        ..
    } = explanation;
    let near = |at: Option<Timestamp>| at.map(|at| text(at, &zone, &caller)).transpose();
    Ok(Reply::one(ExplainOut {
        offered,
        before: near(before)?,
        after: near(after)?,
        resources: shown,
    }))
}

/// Whether a claim is the busy time that the engine saw, which is cut outward to whole seconds.
fn is_of(taker: &Taker, span: Interval) -> bool {
    let second = SignedDuration::from_secs(1);
    let early = taker.busy.starts_at.duration_since(span.start());
    let late = span.end().duration_since(taker.busy.ends_at);
    [early, late]
        .iter()
        .all(|by| (SignedDuration::ZERO..second).contains(by))
}

fn text(at: Timestamp, zone: &TimeZone, caller: &Caller) -> Result<String> {
    let mut text = String::with_capacity(32);
    Clock::new(zone).push(&mut text, at, caller.rendering.output());
    Ok(serde_json::from_str(&text).map_err(anyhow::Error::new)?)
}

fn reason_out(reason: &Reason) -> ReasonOut {
    let (kind, message, rules): (_, _, &[RuleName]) = match reason {
        Reason::Past => ("past", "it starts before now", &[]),
        Reason::TooSoon => ("notice", "it starts before the search does (`from`)", &[]),
        Reason::TooFar => ("horizon", "it ends after the search does (`to`)", &[]),
        Reason::Closed(rules) => ("closed", "it lies outside of the opening hours", rules),
        Reason::Blocked(rule) => (
            "blocked",
            "a constraint closes it",
            std::slice::from_ref(rule),
        ),
        Reason::Busy(_) => ("busy", "the time is taken", &[]),
        Reason::Buffer(_) => (
            "buffer",
            "it comes closer to a taken time than the buffer",
            &[],
        ),
        Reason::Limit => (
            "limit",
            "the limit of bookings in its period is reached",
            &[],
        ),
        Reason::Grid => ("grid", "slots start at other times", &[]),
    };
    let constraint = |rule: &RuleName| ConstraintOut {
        level: match rule.level {
            Level::Resource => "resource",
            Level::Project => "project",
            Level::Location => "location",
            Level::Request => "request",
        },
        index: rule.index,
        name: rule.name,
    };
    ReasonOut {
        kind,
        message,
        constraints: rules.iter().map(constraint).collect(),
        ..ReasonOut::default()
    }
}
