//! What `GET /v2/bookings` can be narrowed and ordered by (spec 80 §5).

use domain::{
    booking::{Graph, State},
    boolean,
    search::{Criterion, Wildcard},
    time,
};
use jiff::{SignedDuration, Timestamp, civil::Date, tz::TimeZone};
use store::bookings::{CustomerColumn, Filter, Order, Pattern};

use crate::api::{
    caller::Caller,
    error::{Error, FieldErrors, Result},
    query::{Query, unknown_criterion},
};

/// The names of `orderBy`.
pub const ORDERS: [(&str, Order); 9] = [
    ("created_at", Order::CreatedAt),
    ("updated_at", Order::UpdatedAt),
    ("completed", Order::Completed),
    ("graph", Order::Graph),
    ("state", Order::State),
    ("event.start", Order::Start),
    ("event.end", Order::End),
    ("start", Order::Start),
    ("end", Order::End),
];

const KNOWN: &str = "id, resource.id, project.id, calendar.id, graph, state, completed, customer.name, customer.email, \
                     customer.KEY, meta.KEY, event.start or event.end";

/// Reads `search`, `start` and `end`. All conditions must match.
pub fn filters(query: &Query, caller: &Caller) -> Result<Vec<Filter>> {
    let mut filters: Vec<Filter> = caller.own().map(Filter::Resource).into_iter().collect();
    for criterion in query.search() {
        criterion_filters(&criterion, caller, &mut filters)?;
    }
    let mut errors = FieldErrors::default();
    for (name, filter) in [
        ("start", Filter::StartsFrom as fn(Timestamp) -> Filter),
        ("end", until),
    ] {
        let Some(text) = query.get(name).filter(|text| !text.is_empty()) else {
            continue;
        };
        match caller.rendering.instant(text, Some(&TimeZone::UTC)) {
            Ok(at) => filters.push(filter(at)),
            Err(message) => errors.push(name, format!("{name} {message}")),
        }
    }
    errors.into_result()?;
    Ok(filters)
}

/// Ends at this instant or before.
fn until(at: Timestamp) -> Filter {
    Filter::EndsBefore(at.checked_add(SignedDuration::from_millis(1)).unwrap_or(at))
}

fn criterion_filters(
    criterion: &Criterion,
    caller: &Caller,
    filters: &mut Vec<Filter>,
) -> Result<()> {
    let value = criterion.value.as_str();
    let Some(key) = criterion.key.as_deref() else {
        filters.push(Filter::Contains(value.to_lowercase()));
        return Ok(());
    };
    let filter = match key {
        "id" => Filter::Id(id(key, value)?),
        "resource.id" | "resource_id" | "user.id" => Filter::Resource(id(key, value)?),
        "project.id" | "project_id" | "widget.id" => Filter::Project(id(key, value)?),
        "calendar.id" | "calendar_id" => Filter::Calendar(id(key, value)?),
        "graph" => Filter::Graph(
            value
                .parse::<Graph>()
                .map_err(|_| wrong("graph must be the name of a graph"))?,
        ),
        "state" => Filter::State(
            value
                .parse::<State>()
                .map_err(|_| wrong("state must be the name of a state"))?,
        ),
        "completed" => Filter::Completed(
            boolean::read_text(value).ok_or_else(|| wrong("completed must be true or false"))?,
        ),
        "customer.email" | "email" => Filter::CustomerEmail(domain::email::fold(value)),
        "customer.name" => Filter::CustomerName(pattern(&value.to_lowercase())),
        "customer.phone" => Filter::CustomerText(CustomerColumn::Phone, value.to_owned()),
        "customer.voip" => Filter::CustomerText(CustomerColumn::Voip, value.to_owned()),
        "customer.timezone" => Filter::CustomerText(CustomerColumn::Timezone, value.to_owned()),
        "event.start" => {
            let (from, before) = moment(key, value, caller)?;
            filters.push(Filter::StartsFrom(from));
            Filter::StartsBefore(before)
        }
        "event.end" => {
            let (from, before) = moment(key, value, caller)?;
            filters.push(Filter::EndsFrom(from));
            Filter::EndsBefore(before)
        }
        _ if key.len() > 5 && key.starts_with("meta.")
            || key.len() > 9 && key.starts_with("customer.") =>
        {
            Filter::Field(key.to_owned(), domain::text::cap(value).to_owned())
        }
        _ => return Err(Error::Invalid(unknown_criterion(key, KNOWN))),
    };
    filters.push(filter);
    Ok(())
}

fn wrong(message: &str) -> Error {
    Error::Invalid(FieldErrors::one("search", message))
}

fn id<T: std::str::FromStr>(key: &str, value: &str) -> Result<T> {
    value
        .to_ascii_lowercase()
        .parse()
        .map_err(|_| wrong(&format!("{key} must be a valid UUID")))
}

fn pattern(value: &str) -> Pattern {
    let (text, open_start, open_end) = match Wildcard::parse(value) {
        Wildcard::Is(text) => (text, false, false),
        Wildcard::StartsWith(text) => (text, false, true),
        Wildcard::EndsWith(text) => (text, true, false),
        Wildcard::Contains(text) => (text, true, true),
    };
    Pattern {
        text: text.to_owned(),
        open_start,
        open_end,
    }
}

/// An instant, or a day in the caller's zone: from there, and before there.
fn moment(key: &str, value: &str, caller: &Caller) -> Result<(Timestamp, Timestamp)> {
    let zone = caller.rendering.zone.clone().unwrap_or(TimeZone::UTC);
    if let (10, Ok(day)) = (value.len(), value.parse::<Date>()) {
        let start = |day: Date| time::resolve(day.at(0, 0, 0, 0), &zone).ok();
        if let (Some(from), Some(before)) = (start(day), day.tomorrow().ok().and_then(start)) {
            return Ok((from, before));
        }
    }
    let at = caller
        .rendering
        .instant(value, Some(&zone))
        .map_err(|message| wrong(&format!("{key} {message}")))?;
    Ok((
        at,
        at.checked_add(SignedDuration::from_secs(1)).unwrap_or(at),
    ))
}
