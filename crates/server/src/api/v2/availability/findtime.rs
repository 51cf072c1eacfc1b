//! `/v2/findtime` and its companions, the old way to ask for free times (spec 50 §7).

use std::num::NonZeroU32;

use axum::extract::State as Extract;
use domain::{
    CalendarId, ResourceId, availability as engine,
    availability::{AllDay, Filters, Mode, Moment, Rounding, Rules},
    email,
    time::PhpFormat,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde::Serialize;
use serde_json::{Map, Value, value::RawValue};
use store::{availability as rows, resources};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    ask::{Question, Shared, question},
    input::{Settings, four_weeks, length, once},
    output::Clock,
};
use crate::{
    api::{
        body::{Fields, NAME, Object, Queries},
        caller::{Caller, Policy, Routes},
        error::{FieldErrors, Result, invalid},
        failures::Failures,
        reply::{Many, Reply},
    },
    app::App,
};

/// From one start to the next where all solutions are asked for, in seconds.
const QUARTER: NonZeroU32 = NonZeroU32::new(900).expect("invariant: not zero");
/// The widest buffer, in seconds: 31 days.
const WIDEST: u32 = 31 * 24 * 3600;
/// The most questions of a bulk, and users of a team.
const MOST: usize = 50;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .at(Policy::ANY, routes!(find))
        .at(Policy::ANY, routes!(bulk))
        .at(Policy::ANY, routes!(team))
}

/// A question about the time that all of some resources have.
#[derive(Debug, ToSchema)]
pub struct FindIn {
    /// The resources.
    #[schema(value_type = Option<Vec<String>>)]
    resource_ids: Vec<ResourceId>,
    /// Or the calendars of them.
    #[schema(value_type = Option<Vec<String>>)]
    calendar_ids: Vec<CalendarId>,
    /// Or their e-mails.
    #[schema(value_type = Option<Vec<String>>)]
    emails: Vec<String>,
    /// Rules: `and` must all hold, of `or` one; `after` takes some of the result.
    #[schema(value_type = Option<Object>)]
    filters: Filters,
    #[schema(ignore)]
    after: Vec<Take>,
    /// Where the search starts; now by default.
    #[schema(value_type = Option<String>)]
    start: Moment,
    /// Where it ends; `4 weeks` by default.
    #[schema(value_type = Option<String>)]
    future: Moment,
    /// How long a slot is; `1 hour` by default.
    #[schema(value_type = Option<String>)]
    length: Option<NonZeroU32>,
    /// `asc` (default) or `desc`.
    #[schema(value_type = Option<String>)]
    sort: Sort,
    /// Whether all-day events block no time.
    #[schema(value_type = Option<bool>)]
    ignore_all_day_events: AllDay,
    /// Slots every 15 minutes rather than one after the other.
    #[schema(value_type = Option<bool>)]
    all_solutions: Solutions,
    /// What is kept free on both sides of events.
    #[schema(value_type = Option<String>)]
    buffer: u32,
    /// No slot that ends on another day than it starts.
    #[schema(value_type = Option<bool>)]
    no_day_span: DaySpan,
    /// The format of times, by PHP's letters.
    #[schema(value_type = Option<String>)]
    format: Option<PhpFormat>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Ascending,
    Descending,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Solutions {
    BackToBack,
    All,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum DaySpan {
    Allowed,
    Refused,
}

/// What `after` does with the result.
#[derive(Clone, Copy, Debug)]
enum Take {
    First(usize),
    Last(usize),
    Random(usize),
}

/// A free time.
#[derive(Serialize, ToSchema)]
pub struct TimeOut {
    /// Its first moment.
    #[schema(value_type = String)]
    start: Box<RawValue>,
    /// The first moment after it.
    #[schema(value_type = String)]
    end: Box<RawValue>,
}

/// A free time of some of a team.
#[derive(Serialize, ToSchema)]
pub struct TeamTimeOut {
    /// Its first moment.
    #[schema(value_type = String)]
    start: Box<RawValue>,
    /// The first moment after it.
    #[schema(value_type = String)]
    end: Box<RawValue>,
    /// Who is free.
    #[schema(value_type = Vec<Object>)]
    users: Vec<Value>,
}

/// A found time with the places of the resources that have it.
type Found = (Timestamp, Timestamp, Vec<u32>);

impl FindIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        let (filters, after) = filters(fields);
        let all_day = fields.boolean("ignore_all_day_events").unwrap_or(false);
        let all = fields.boolean("all_solutions").unwrap_or(false);
        let no_day_span = fields.boolean("no_day_span").unwrap_or(false);
        let sort = match fields.text("sort", NAME).as_deref().map(str::trim) {
            None | Some("asc") => Sort::Ascending,
            Some("desc") => Sort::Descending,
            Some(_) => {
                fields.error("sort", "sort must be asc or desc");
                Sort::Ascending
            }
        };
        let format = fields.text("format", NAME).and_then(|text| {
            let format = PhpFormat::parse(&text);
            if let Err(error) = &format {
                fields.error("format", format!("format {error}"));
            }
            format.ok()
        });
        let length = length(fields);
        if length.is_none() {
            fields.error("length", "length must be a duration like 30 minutes");
        }
        Self {
            resource_ids: fields.ids("resource_ids"),
            calendar_ids: fields.ids("calendar_ids"),
            emails: fields.emails("emails").unwrap_or_default(),
            filters,
            after,
            start: fields.moment("start").unwrap_or(Moment::NOW),
            future: fields.moment("future").unwrap_or_else(four_weeks),
            length,
            sort,
            ignore_all_day_events: if all_day {
                AllDay::Ignored
            } else {
                AllDay::Blocks
            },
            all_solutions: if all {
                Solutions::All
            } else {
                Solutions::BackToBack
            },
            buffer: fields.duration("buffer", 0, WIDEST).unwrap_or(0),
            no_day_span: if no_day_span {
                DaySpan::Refused
            } else {
                DaySpan::Allowed
            },
            format,
        }
    }

    fn settings(&self, mode: Mode) -> Settings {
        let (step, rounding) = match self.all_solutions {
            Solutions::BackToBack => (None, Rounding::HOUR),
            Solutions::All => (Some(QUARTER), Rounding::Up(QUARTER)),
        };
        Settings {
            mode,
            length: self.length,
            step,
            buffer: self.buffer,
            rounding,
            all_day: self.ignore_all_day_events,
            output: None,
            from: self.start,
            to: self.future,
        }
    }
}

/// `{"or": […], "and": […], "after": […]}`; each entry of the first two is a rule by itself.
fn filters(fields: &mut Fields<'_>) -> (Filters, Vec<Take>) {
    let Some(mut given) = fields.nested("filters") else {
        return Default::default();
    };
    let mut rules = |name: &str| -> Vec<Rules> {
        // For the errors by their path; then each entry alone.
        given.constraints(name);
        let list = given.value(name).and_then(Value::as_array);
        list.into_iter()
            .flatten()
            .filter_map(|entry| Rules::read(name, &Value::Array(vec![entry.clone()])).ok())
            .collect()
    };
    let filters = Filters {
        all: rules("and"),
        any: rules("or"),
    };
    let mut after = Vec::new();
    let list = match given.value("after") {
        None => return (filters, after),
        Some(Value::Array(list)) => list.as_slice(),
        Some(_) => &[Value::Null],
    };
    for (index, entry) in list.iter().enumerate() {
        let take = entry.as_object().and_then(|entry| {
            let (name, parameters) = entry.iter().next()?;
            let number = parameters.get("number")?;
            let number = number
                .as_u64()
                .or_else(|| number.as_str()?.parse().ok())
                .and_then(|number| usize::try_from(number).ok())?;
            match name.as_str() {
                "take_first" => Some(Take::First(number)),
                "take_last" => Some(Take::Last(number)),
                "take_random" => Some(Take::Random(number)),
                _ => None,
            }
        });
        match take {
            Some(take) => after.push(take),
            None => given.error(
                &format!("after.{index}"),
                "must be take_first, take_last or take_random with a number",
            ),
        }
    }
    (filters, after)
}

/// Find the time that all have.
///
/// Kept for old clients: slots in which all of the resources are free. `POST /availability` says more.
#[utoipa::path(post, path = "/v2/findtime", tag = "availability", request_body = FindIn,
    responses((status = 200, description = "The times", body = Many<TimeOut>), Failures))]
pub async fn find(Extract(app): Extract<App>, caller: Caller, object: Object) -> Result<Reply> {
    let mut errors = FieldErrors::default();
    let input = object.read(&mut errors, FindIn::read);
    let times = times(&app, &caller, input, errors, "").await?;
    Ok(Reply::json(
        axum::http::StatusCode::OK,
        &Many { data: times },
    ))
}

/// Find the time that all have, for several questions.
///
/// A list of bodies of `POST /findtime`, or such a list as `queries`; the answers come in its order.
#[utoipa::path(post, path = "/v2/findtime/bulk", tag = "availability", request_body = Vec<FindIn>,
    responses((status = 200, description = "The times of each question", body = Many<Vec<TimeOut>>), Failures))]
pub async fn bulk(
    Extract(app): Extract<App>,
    caller: Caller,
    Queries(object): Queries,
) -> Result<Reply> {
    let Some(queries) = object.map().get("queries").and_then(Value::as_array) else {
        return Err(invalid("queries", "queries is required"));
    };
    if queries.len() > MOST {
        let problem = format!("queries may not have more than {MOST} entries");
        return Err(invalid("queries", problem));
    }
    let mut inputs = Vec::with_capacity(queries.len());
    let mut errors = FieldErrors::default();
    object.read(&mut errors, |fields| {
        for (index, query) in queries.iter().enumerate() {
            let path = format!("queries.{index}");
            match query.as_object() {
                Some(query) => inputs.push(FindIn::read(&mut fields.of(&path, query))),
                None => fields.error(&path, "must be an object"),
            }
        }
    });
    errors.into_result()?;
    let mut answers = Vec::with_capacity(inputs.len());
    for (index, input) in inputs.into_iter().enumerate() {
        let prefix = format!("queries.{index}.");
        answers.push(times(&app, &caller, input, FieldErrors::default(), &prefix).await?);
    }
    Ok(Reply::json(
        axum::http::StatusCode::OK,
        &Many { data: answers },
    ))
}

async fn times(
    app: &App,
    caller: &Caller,
    input: FindIn,
    mut errors: FieldErrors,
    prefix: &str,
) -> Result<Vec<TimeOut>> {
    let mut conn = app.read(caller).await?;
    let mut ids = input.resource_ids.clone();
    let calendars = rows::of_calendars(&mut conn, caller.app_id(), &input.calendar_ids).await?;
    for (index, calendar) in input.calendar_ids.iter().enumerate() {
        match calendars.iter().find(|(id, _)| id == calendar) {
            Some((_, resource)) => ids.push(*resource),
            None => errors.push(
                &format!("{prefix}calendar_ids.{index}"),
                "the calendar does not exist",
            ),
        }
    }
    let folded: Vec<String> = input.emails.iter().map(|text| email::fold(text)).collect();
    let texts: Vec<&str> = folded.iter().map(String::as_str).collect();
    let known = rows::of_emails(&mut conn, caller.app_id(), &texts).await?;
    for (index, text) in folded.iter().enumerate() {
        match known.iter().find(|(email, _)| email == text) {
            Some((_, resource)) => ids.push(*resource),
            None => errors.push(
                &format!("{prefix}emails.{index}"),
                "no resource has this e-mail",
            ),
        }
    }
    let field = format!("{prefix}resource_ids");
    if ids.is_empty() && errors.is_empty() {
        errors.push(&field, "resource ids, calendar ids or emails are required");
    }
    errors.into_result()?;
    let settings = input.settings(Mode::Mutual);
    let question = question(
        app,
        caller,
        conn,
        &once(ids),
        &field,
        &settings,
        Shared::default(),
        FieldErrors::default(),
    )
    .await?;
    let zone = question.output();
    let output = input.format.clone().or(caller.rendering.output().cloned());
    let found = input.found(app, caller, question).await?;
    let mut clock = Clock::new(&zone);
    found
        .into_iter()
        .map(|(start, end, _)| {
            Ok(TimeOut {
                start: raw(&mut clock, start, output.as_ref())?,
                end: raw(&mut clock, end, output.as_ref())?,
            })
        })
        .collect()
}

impl FindIn {
    /// What the question finds under the request's filters.
    async fn found(self, app: &App, caller: &Caller, mut question: Question) -> Result<Vec<Found>> {
        let window = question.query.window;
        question.narrow(|zone| self.filters.rules(window, zone));
        let random = app.clock.clone();
        let wish = caller.rendering.zone.clone();
        let zone = wish.or_else(|| question.known.first().map(|known| known.zone.clone()));
        question
            .answer(move |question, resources, budget| {
                let slots = engine::slots(&question.query, resources, budget)?;
                let found = slots
                    .iter()
                    .map(|(start, end, resources)| (start, end, resources.to_vec()))
                    .collect();
                let draw = || u64::from_be_bytes(random.random());
                Ok(self.chosen(found, zone.as_ref(), draw))
            })
            .await
    }

    /// What is left of the result by `no_day_span`, `sort` and `after`.
    fn chosen(
        &self,
        mut found: Vec<Found>,
        zone: Option<&TimeZone>,
        draw: impl Fn() -> u64,
    ) -> Vec<Found> {
        if self.no_day_span == DaySpan::Refused
            && let Some(zone) = zone
        {
            let date = |at: Timestamp| zone.to_datetime(at).date();
            // A slot until midnight ends on its own day.
            let last =
                |end: Timestamp| end.checked_sub(SignedDuration::from_secs(1)).unwrap_or(end);
            found.retain(|(start, end, _)| date(*start) == date(last(*end)));
        }
        if self.sort == Sort::Descending {
            found.reverse();
        }
        for take in &self.after {
            match *take {
                Take::First(number) => found.truncate(number),
                Take::Last(number) => {
                    found.drain(..found.len().saturating_sub(number));
                }
                Take::Random(number) => {
                    let mut drawn: Vec<(u64, usize)> =
                        (0..found.len()).map(|place| (draw(), place)).collect();
                    drawn.sort_unstable();
                    let mut places: Vec<usize> = drawn
                        .into_iter()
                        .take(number)
                        .map(|(_, place)| place)
                        .collect();
                    places.sort_unstable();
                    found = places
                        .into_iter()
                        .map(|place| found[place].clone())
                        .collect();
                }
            }
        }
        found
    }
}

fn raw(clock: &mut Clock<'_>, at: Timestamp, format: Option<&PhpFormat>) -> Result<Box<RawValue>> {
    let mut text = String::with_capacity(32);
    clock.push(&mut text, at, format);
    Ok(RawValue::from_string(text).map_err(anyhow::Error::new)?)
}

/// A question about a team.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "documents the body")]
pub struct TeamIn {
    /// Each with `calendar_ids`; keys that begin with `_` are echoed.
    #[schema(value_type = Vec<Object>)]
    users: Vec<Value>,
    /// How long a slot is; this and the rest are as for `POST /findtime`.
    #[schema(value_type = Option<String>)]
    length: Option<String>,
}

/// One of a team.
struct User {
    resource: ResourceId,
    calendars: Vec<CalendarId>,
    echoed: Map<String, Value>,
}

/// Find the times that anybody of a team has.
///
/// Kept for old clients: slots in which at least one is free, with all who are.
#[utoipa::path(post, path = "/v2/findtime/team", tag = "availability", request_body = TeamIn,
    responses((status = 200, description = "The times", body = Many<TeamTimeOut>), Failures))]
pub async fn team(Extract(app): Extract<App>, caller: Caller, object: Object) -> Result<Reply> {
    let mut errors = FieldErrors::default();
    let (input, listed) = object.read(&mut errors, |fields| (FindIn::read(fields), users(fields)));
    let mut conn = app.read(&caller).await?;
    let all: Vec<CalendarId> = listed.iter().flat_map(|(ids, _)| ids.clone()).collect();
    let owners = rows::of_calendars(&mut conn, caller.app_id(), &all).await?;
    let mut users: Vec<User> = Vec::with_capacity(listed.len());
    for (index, (calendars, echoed)) in listed.into_iter().enumerate() {
        let mut resources = calendars.iter().map(|calendar| {
            let owner = owners.iter().find(|(id, _)| id == calendar);
            owner.map(|(_, resource)| *resource)
        });
        let first = resources.next().flatten();
        let field = format!("users.{index}.calendar_ids");
        match first {
            Some(resource) if resources.all(|other| other == Some(resource)) => users.push(User {
                resource,
                calendars,
                echoed,
            }),
            _ => errors.push(&field, "must be calendars of one resource"),
        }
    }
    errors.into_result()?;
    let ids = once(users.iter().map(|user| user.resource).collect());
    let settings = input.settings(Mode::Exclusive);
    let persons = resources::get_many(&mut conn, caller.app_id(), &ids).await?;
    let errors = FieldErrors::default();
    let shared = Shared::default();
    let question = question(
        &app, &caller, conn, &ids, "users", &settings, shared, errors,
    )
    .await?;

    let shown: Vec<(ResourceId, Value)> = users
        .into_iter()
        .map(|user| {
            let person = persons.iter().find(|person| person.id == user.resource);
            let mut shown = user.echoed;
            shown.insert("user_id".to_owned(), user.resource.to_string().into());
            shown.insert("name".to_owned(), person.map(|it| it.name.clone()).into());
            // What stands in a public page tells no addresses.
            let email = person.and_then(|it| it.email.clone());
            let email = email.filter(|_| !caller.is_public());
            shown.insert("email".to_owned(), email.into());
            let calendars: Vec<String> = user.calendars.iter().map(ToString::to_string).collect();
            shown.insert("calendar_ids".to_owned(), calendars.into());
            shown.insert("token".to_owned(), Value::Null);
            (user.resource, Value::Object(shown))
        })
        .collect();
    let zone = question.output();
    let output = input.format.clone().or(caller.rendering.output().cloned());
    let found = input.found(&app, &caller, question).await?;
    let mut clock = Clock::new(&zone);
    let mut data = Vec::new();
    for (start, end, places) in found {
        let free = |id: &ResourceId| places.iter().any(|place| ids[*place as usize] == *id);
        data.push(TeamTimeOut {
            start: raw(&mut clock, start, output.as_ref())?,
            end: raw(&mut clock, end, output.as_ref())?,
            users: shown
                .iter()
                .filter(|(id, _)| free(id))
                .map(|(_, user)| user.clone())
                .collect(),
        });
    }
    Ok(Reply::json(axum::http::StatusCode::OK, &Many { data }))
}

/// The calendars of each user, and what is echoed.
fn users(fields: &mut Fields<'_>) -> Vec<(Vec<CalendarId>, Map<String, Value>)> {
    let Some(list) = fields.value("users").and_then(Value::as_array) else {
        fields.required("users");
        return Vec::new();
    };
    if list.is_empty() || list.len() > MOST {
        fields.error("users", format!("users must have 1 to {MOST} entries"));
        return Vec::new();
    }
    let mut users = Vec::with_capacity(list.len());
    for (index, user) in list.iter().enumerate() {
        let path = format!("users.{index}");
        let Some(user) = user.as_object() else {
            fields.error(&path, "must be an object");
            continue;
        };
        let calendars: Vec<CalendarId> = fields.of(&path, user).ids("calendar_ids");
        let echoed = user
            .iter()
            .filter(|(key, _)| key.starts_with('_'))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        users.push((calendars, echoed));
    }
    users
}
