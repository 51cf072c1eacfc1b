//! `/v2/events` (spec 40): events that people enter, once and repeated, and those that bookings wrote.

mod input;
mod list;
pub(super) mod output;

use std::collections::BTreeSet;

use axum::extract::{Path, State as Extract};
use domain::{
    EventId, Interval, ResourceId,
    event::{EventRef, Rsvp},
    recurrence::{Series, exception},
    search::Criterion,
    time,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use store::{
    Conn, Scope,
    calendars::{self, Calendar},
    events as rows,
    events::Event,
    resources,
};
use utoipa_axum::{router::OpenApiRouter, routes};

pub(super) use self::list::{within, zones};
use self::{
    input::{EventChange, EventIn, Given},
    output::{EventOut, Occurrence},
};
use crate::{
    api::{
        body::Body,
        caller::{Caller, Policy, Routes},
        error::{Error, FieldErrors, Model, Result, invalid},
        failures::Failures,
        query::{Query, unknown_criterion},
        reply::{Many, One, Reply},
    },
    app::App,
    repeated,
};

/// Most events of one answer.
const MOST: usize = 10_000;

/// The longest window of a list.
const WINDOW: SignedDuration = SignedDuration::from_hours(366 * 24);

/// How often a change starts anew when the event moves under it.
const ATTEMPTS: usize = 3;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .at(Policy::APP_OR_OWN, routes!(list_events))
        .at(Policy::APP_OR_OWN, routes!(create))
        .at(Policy::APP_OR_OWN, routes!(get))
        .at(Policy::APP_OR_OWN, routes!(update))
        .at(Policy::APP_OR_OWN, routes!(delete))
}

/// List the events of a window.
///
/// All events that overlap `start` up to `end`, by start and without pages. A repeated event appears as its instances.
#[utoipa::path(get, path = "/v2/events", tag = "events",
    params(
        ("start" = String, Query, description = "The window's start, RFC 3339 (encode `+` as `%2B`)"),
        ("end" = String, Query, description = "The window's end, at most a year after the start"),
        ("search" = Option<String>, Query, description = "`resource.id:UUID` and `calendar.id:UUID`, joined by `;`"),
        ("resource_id" = Option<String>, Query, description = "The same as `search=resource.id:UUID`"),
        ("calendar_id" = Option<String>, Query, description = "The same as `search=calendar.id:UUID`")),
    responses((status = 200, description = "The events", body = Many<EventOut>), Failures))]
pub async fn list_events(
    Extract(app): Extract<App>,
    caller: Caller,
    query: Query,
) -> Result<Reply> {
    let filter = Filter::read(&query, &caller)?;
    let mut conn = app
        .db
        .read_snapshot(Scope::App(caller.app_id()))
        .await?
        .long();
    let mut places = match filter.resources.first() {
        Some(resource) => rows::places_of(&mut conn, caller.app_id(), *resource).await?,
        None => rows::places(&mut conn, caller.app_id()).await?,
    };
    places.retain(|place| filter.admits(place));
    // Without an offset, times are those of the one resource, if there is one.
    let zone = filter.resources.first().and(places.first());
    let zone = zone.and_then(|place| time::zone(&place.timezone));
    let window = window(&query, &caller, &zone.unwrap_or(TimeZone::UTC))?;
    let found = within(&mut conn, caller.app_id(), &places, window, MOST).await?;
    drop(conn);
    if found.is_cut {
        return Err(invalid(
            "end",
            format!("there are more than {MOST} events, ask for a shorter time or one resource"),
        ));
    }

    let (zones, utc) = (zones(&places), TimeZone::UTC);
    let events = found.occurrences.into_iter().map(|occurrence| {
        let zone = zones.get(&occurrence.event.calendar_id).unwrap_or(&utc);
        output::out(occurrence, &caller, zone)
    });
    let data = events.collect::<Result<Vec<EventOut>>>()?;
    Ok(Reply::json(axum::http::StatusCode::OK, &Many { data }))
}

/// Read one event, or one instance of a repeated event.
#[utoipa::path(get, path = "/v2/events/{id}", tag = "events",
    params(("id" = String, Path, description = "The event, or `ID_START` for an instance")),
    responses((status = 200, description = "The event", body = One<EventOut>), Failures))]
pub async fn get(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Reply> {
    let mut conn = app.read(&caller).await?;
    let found = Found::read(&mut conn, &caller, &id).await?;
    let zone = zone_of(&mut conn, &caller, found.event.resource_id)
        .await?
        .1;

    Ok(Reply::one(output::out(found.occurrence(), &caller, &zone)?))
}

/// Add an event.
///
/// It takes its time at once, unless it is declined or free, and is never refused for what else there is. With
/// `recurrence` it repeats.
#[utoipa::path(post, path = "/v2/events", tag = "events", request_body = EventIn,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat a request under the same key and it has one effect")),
    responses((status = 201, description = "The new event", body = One<EventOut>), Failures))]
pub async fn create(
    Extract(app): Extract<App>,
    caller: Caller,
    Body(input): Body<EventIn>,
) -> Result<Reply> {
    let app_id = caller.app_id();
    let mut conn = app.read(&caller).await?;
    let calendar = place(&mut conn, &caller, &input).await?;
    let (zone_name, zone) = zone_of(&mut conn, &caller, calendar.resource_id).await?;
    drop(conn);

    let now = app.clock.now();
    let blank = Event {
        id: EventId(app.clock.id()),
        calendar_id: calendar.id,
        resource_id: calendar.resource_id,
        booking_id: None,
        what: String::new(),
        place: String::new(),
        description: String::new(),
        starts_at: now,
        ends_at: now,
        all_day: false,
        rsvp: Rsvp::Accepted.to_string(),
        participants: "[]".to_owned(),
        created_at: now,
        updated_at: now,
        free: false,
        private: false,
        sync_provider: true,
        timezone: None,
        recurrence: None,
        recurs_until: None,
        claimed_until: None,
        series_id: None,
        original_start: None,
    };
    let (mut event, series) = changed(&input.into_change(), blank, &zone_name)?;
    let spans = repeated::spans(&mut event, series.as_ref(), &BTreeSet::new(), now)?;

    let mut conn = app.write(&caller).await?;
    lock(&mut conn, &caller, event.resource_id).await?;
    // Nobody deletes the calendar from here on.
    calendars::get(&mut conn, app_id, event.calendar_id)
        .await?
        .ok_or(Error::NotFound(Model::Calendar))?;
    rows::insert(&mut conn, app_id, &event).await?;
    repeated::take(&mut conn, app_id, &event, &spans).await?;
    let event = output::out(Occurrence::whole(event), &caller, &zone)?;

    app.finish(conn, &caller, Reply::created(event)).await
}

/// Change an event, or one instance of a repeated event.
///
/// Only the given keys change. The id of a repeated event changes all of it; instances that were changed by themselves
/// stay as they are, as long as the event still has them. What a booking wrote changes with the booking only: reschedule
/// that.
#[utoipa::path(put, path = "/v2/events/{id}", tag = "events", request_body = EventChange,
    params(("id" = String, Path, description = "The event, or `ID_START` for an instance")),
    responses((status = 200, description = "The event", body = One<EventOut>), Failures))]
pub async fn update(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
    Body(change): Body<EventChange>,
) -> Result<Reply> {
    let app_id = caller.app_id();
    for _ in 0..ATTEMPTS {
        let mut conn = app.read(&caller).await?;
        let found = Found::read(&mut conn, &caller, &id).await?;
        found.refuse_booked("reschedule the booking instead")?;
        let (zone_name, zone) = zone_of(&mut conn, &caller, found.event.resource_id).await?;
        drop(conn);
        if found.instance.is_some() && change.recurrence.is_some() {
            return Err(invalid(
                "recurrence",
                "an instance does not repeat, change the event itself",
            ));
        }

        let now = app.clock.now();
        let (mut event, series) = changed(&change, found.base(&app), &zone_name)?;
        event.updated_at = now.max(event.updated_at);
        let (kept, gone): (Vec<Event>, Vec<Event>) =
            found.changed.iter().cloned().partition(|instance| {
                instance.original_start.is_some_and(|start| {
                    series
                        .as_ref()
                        .is_some_and(|series| series.instance(start).is_some())
                })
            });
        let spans = repeated::spans(&mut event, series.as_ref(), &starts(&kept), now)?;

        let mut conn = app.write(&caller).await?;
        lock(&mut conn, &caller, event.resource_id).await?;
        if Found::read(&mut conn, &caller, &id).await? != found {
            continue;
        }
        found.free(&mut conn, &caller).await?;
        if found.is_unchanged_instance() {
            rows::insert(&mut conn, app_id, &event).await?;
        } else {
            rows::save(&mut conn, app_id, &event).await?;
        }
        for instance in &gone {
            repeated::free(&mut conn, app_id, instance).await?;
            rows::delete(&mut conn, app_id, instance.id).await?;
        }
        repeated::take(&mut conn, app_id, &event, &spans).await?;
        let instance_of = event.series_id.zip(event.original_start);
        let event = output::out(Occurrence { event, instance_of }, &caller, &zone)?;
        return app.finish(conn, &caller, Reply::one(event)).await;
    }
    Err(Error::Busy("busy"))
}

/// Delete an event, or one instance of a repeated event.
///
/// What a booking wrote goes with the booking only: cancel that.
#[utoipa::path(delete, path = "/v2/events/{id}", tag = "events",
    params(("id" = String, Path, description = "The event, or `ID_START` for an instance")),
    responses((status = 204, description = "It is gone"), Failures))]
pub async fn delete(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Reply> {
    let app_id = caller.app_id();
    let mut conn = app.write(&caller).await?;
    let found = Found::read(&mut conn, &caller, &id).await?;
    found.refuse_booked("cancel the booking instead")?;
    lock(&mut conn, &caller, found.event.resource_id).await?;
    let found = Found::read(&mut conn, &caller, &id).await?;

    found.free(&mut conn, &caller).await?;
    match &found.instance {
        None => {
            for instance in &found.changed {
                repeated::free(&mut conn, app_id, instance).await?;
            }
            rows::delete(&mut conn, app_id, found.event.id).await?;
        }
        Some(instance) => {
            if let Some(change) = &instance.change {
                rows::delete(&mut conn, app_id, change.id).await?;
            }
            let mut event = found.event.clone();
            except(&mut event, instance.start)?;
            event.updated_at = app.clock.now().max(event.updated_at);
            rows::save(&mut conn, app_id, &event).await?;
        }
    }

    app.finish(conn, &caller, Reply::no_content()).await
}

/// What a path's id names.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    /// The event, repeated or not.
    event: Event,
    /// The changed instances, where the whole of a repeated event is meant.
    changed: Vec<Event>,
    /// The instance that is meant.
    instance: Option<Instance>,
}

/// One instance of a repeated event.
#[derive(Debug, PartialEq, Eq)]
struct Instance {
    /// Where it would start without a change of its own.
    start: Timestamp,
    /// When it would take place.
    span: Interval,
    /// Its change.
    change: Option<Event>,
}

impl Found {
    /// Reads it, as far as the caller may see it.
    async fn read(conn: &mut Conn, caller: &Caller, text: &str) -> Result<Self> {
        const MISSING: Error = Error::NotFound(Model::Event);
        let Ok(reference) = text.parse::<EventRef>() else {
            return Err(MISSING);
        };
        let (EventRef::Whole(id) | EventRef::Instance(id, _)) = reference;
        let event = rows::get(conn, caller.app_id(), id)
            .await?
            // A changed instance goes by the id of its event.
            .filter(|event| event.series_id.is_none())
            .filter(|event| caller.own().is_none_or(|own| own == event.resource_id))
            .ok_or(MISSING)?;
        let mut changed = if event.recurrence.is_some() {
            rows::changed_instances(conn, caller.app_id(), &[id]).await?
        } else {
            Vec::new()
        };
        let EventRef::Instance(_, start) = reference else {
            return Ok(Self {
                event,
                changed,
                instance: None,
            });
        };
        if event.recurrence.is_none() {
            return Err(MISSING);
        }
        let span = repeated::series(&event)?.instance(start).ok_or(MISSING)?;
        changed.retain(|instance| instance.original_start == Some(start));
        let instance = Instance {
            start,
            span,
            change: changed.pop(),
        };
        Ok(Self {
            event,
            changed: Vec::new(),
            instance: Some(instance),
        })
    }

    fn refuse_booked(&self, cure: &str) -> Result<()> {
        if self.event.booking_id.is_some() {
            return Err(Error::Refused(format!(
                "this event belongs to a booking, {cure}"
            )));
        }
        Ok(())
    }

    fn is_unchanged_instance(&self) -> bool {
        self.instance
            .as_ref()
            .is_some_and(|instance| instance.change.is_none())
    }

    /// As answers show it.
    fn occurrence(self) -> Occurrence {
        match self.instance {
            None => Occurrence::whole(self.event),
            Some(instance) => match instance.change {
                Some(event) => Occurrence {
                    event,
                    instance_of: Some((self.event.id, instance.start)),
                },
                None => list::instance(&self.event, instance.span),
            },
        }
    }

    /// The event that a change applies to; of an instance that was never changed, a new row.
    fn base(&self, app: &App) -> Event {
        let Some(instance) = &self.instance else {
            return self.event.clone();
        };
        if let Some(change) = &instance.change {
            return change.clone();
        }
        let mut event = self.event.clone();
        event.id = EventId(app.clock.id());
        (event.starts_at, event.ends_at) = (instance.span.start(), instance.span.end());
        event.series_id = Some(self.event.id);
        event.original_start = Some(instance.start);
        event.created_at = app.clock.now();
        (event.recurrence, event.recurs_until) = (None, None);
        event
    }

    /// Gives back the time of what is meant: of one instance its own alone.
    async fn free(&self, conn: &mut Conn, caller: &Caller) -> Result<()> {
        let app_id = caller.app_id();
        match &self.instance {
            None => repeated::free(conn, app_id, &self.event).await?,
            Some(Instance {
                change: Some(change),
                ..
            }) => repeated::free(conn, app_id, change).await?,
            Some(Instance { start, .. }) => {
                let (resource, id) = (self.event.resource_id, self.event.id.0);
                store::claims::free(conn, app_id, resource, *start, id).await?;
            }
        }
        Ok(())
    }
}

/// An event with changes in it, and how it repeats. Times without an offset, whole days and rules are those of the
/// event's own zone, else of the resource's.
fn changed(
    change: &EventChange,
    mut event: Event,
    resource_zone: &str,
) -> Result<(Event, Option<Series>)> {
    let given_zone = change.timezone.as_ref().or(event.timezone.as_ref());
    let zone_name = given_zone.map_or(resource_zone, String::as_str).to_owned();
    let zone = time::zone(&zone_name).unwrap_or(TimeZone::UTC);
    if let Some(all_day) = change.all_day {
        event.all_day = all_day;
    }
    let start = change.start.unwrap_or(Given::At(event.starts_at));
    let end = change.end.unwrap_or(Given::At(event.ends_at));
    let span = input::span(start, end, event.all_day, &zone)?;
    (event.starts_at, event.ends_at) = (span.start(), span.end());
    for (field, value) in [
        (&mut event.what, &change.what),
        (&mut event.place, &change.place),
        (&mut event.description, &change.description),
    ] {
        if let Some(value) = value {
            field.clone_from(value);
        }
    }
    if let Some(participants) = &change.participants {
        event.participants = serde_json::to_string(participants).map_err(anyhow::Error::new)?;
    }
    if let Some(rsvp) = change.my_rsvp {
        event.rsvp = rsvp.to_string();
    }
    for (field, value) in [
        (&mut event.free, change.free),
        (&mut event.private, change.private),
        (&mut event.sync_provider, change.sync_provider),
    ] {
        if let Some(value) = value {
            *field = value;
        }
    }
    if let Some(lines) = &change.recurrence {
        let text = serde_json::to_string(lines).map_err(anyhow::Error::new)?;
        event.recurrence = Some(text).filter(|_| !lines.is_empty());
    }
    if event.recurrence.is_none() {
        event.recurs_until = None;
        if event.series_id.is_none() {
            event.timezone = None;
        }
        return Ok((event, None));
    }
    event.timezone = Some(zone_name);
    let series = repeating(&event, span, zone)?;
    event.recurs_until = series.end();
    Ok((event, Some(series)))
}

/// Reads and checks how an event repeats.
fn repeating(event: &Event, span: Interval, zone: TimeZone) -> Result<Series> {
    let lines = repeated::lines(event)?;
    let series = Series::parse(&lines, span, zone, event.all_day);
    series
        .and_then(|series| series.check().map(|()| series))
        .map_err(|error| invalid("recurrence", format!("recurrence {error}")))
}

/// Takes one instance out of a repeated event, in the line of others if there is one.
fn except(event: &mut Event, start: Timestamp) -> Result<()> {
    let mut lines = repeated::lines(event)?;
    let zone = event.timezone.as_deref().and_then(time::zone);
    let zone = zone.unwrap_or(TimeZone::UTC);
    let line = exception(start, &zone, event.all_day);
    let (head, date) = line.split_once(':').unwrap_or_default();
    match lines.iter_mut().find(|line| {
        line.split_once(':')
            .is_some_and(|(given, _)| given.eq_ignore_ascii_case(head))
    }) {
        Some(line) => {
            line.push(',');
            line.push_str(date);
        }
        None => lines.push(line),
    }
    event.recurrence = Some(serde_json::to_string(&lines).map_err(anyhow::Error::new)?);
    let span = Interval::new(event.starts_at, event.ends_at).map_err(anyhow::Error::new)?;
    Series::parse(&lines, span, zone, event.all_day).map_err(|_| {
        Error::Refused(
            "too many instances were taken out of this event, end it and begin another".to_owned(),
        )
    })?;
    Ok(())
}

fn starts(instances: &[Event]) -> BTreeSet<Timestamp> {
    instances
        .iter()
        .filter_map(|instance| instance.original_start)
        .collect()
}

/// The calendar of a new event.
async fn place(conn: &mut Conn, caller: &Caller, input: &EventIn) -> Result<Calendar> {
    let app_id = caller.app_id();
    let own = caller.own();
    if let Some(resource) = input.resource_id
        && own.is_some_and(|own| own != resource)
    {
        return Err(Error::NotFound(Model::Resource));
    }
    let Some(id) = input.calendar_id else {
        let Some(resource) = input.resource_id.or(own) else {
            return Err(invalid("calendar_id", "calendar id is required"));
        };
        resources::get(conn, app_id, resource)
            .await?
            .ok_or(Error::NotFound(Model::Resource))?;
        return calendars::for_booking(conn, app_id, resource, None)
            .await?
            .ok_or(Error::NotFound(Model::Calendar));
    };
    let calendar = calendars::get(conn, app_id, id)
        .await?
        .filter(|calendar| own.is_none_or(|own| own == calendar.resource_id))
        .ok_or(Error::NotFound(Model::Calendar))?;
    if input
        .resource_id
        .is_some_and(|resource| resource != calendar.resource_id)
    {
        return Err(invalid(
            "calendar_id",
            "calendar id must be that of one of the resource's calendars",
        ));
    }
    Ok(calendar)
}

/// A resource's zone, by name and as such.
async fn zone_of(
    conn: &mut Conn,
    caller: &Caller,
    resource: ResourceId,
) -> Result<(String, TimeZone)> {
    let zones = resources::timezones(conn, caller.app_id(), &[resource]).await?;
    let name = zones
        .into_iter()
        .next()
        .map_or_else(|| "UTC".to_owned(), |(_, name)| name);
    let zone = time::zone(&name).unwrap_or(TimeZone::UTC);
    Ok((name, zone))
}

/// Locks a resource before its time changes.
async fn lock(conn: &mut Conn, caller: &Caller, resource: ResourceId) -> Result<()> {
    if resources::touch(conn, caller.app_id(), resource).await? {
        Ok(())
    } else {
        Err(Error::NotFound(Model::Event))
    }
}

/// What a list is narrowed by; all must match.
#[derive(Debug, Default)]
struct Filter {
    resources: Vec<ResourceId>,
    calendars: Vec<domain::CalendarId>,
}

impl Filter {
    fn read(query: &Query, caller: &Caller) -> Result<Self> {
        let mut filter = Self {
            resources: caller.own().into_iter().collect(),
            calendars: Vec::new(),
        };
        for name in ["resource_id", "calendar_id"] {
            if let Some(value) = query.get(name).filter(|value| !value.is_empty()) {
                filter.add(name, name, value)?;
            }
        }
        for Criterion { key, value } in query.search() {
            filter.add("search", key.as_deref().unwrap_or(&value), &value)?;
        }
        Ok(filter)
    }

    fn add(&mut self, field: &str, key: &str, value: &str) -> Result<()> {
        let value = value.to_ascii_lowercase();
        let wrong = |what: &str| invalid(field, format!("{what} id must be a valid UUID"));
        match key {
            "resource.id" | "resource_id" => {
                self.resources
                    .push(value.parse().map_err(|_| wrong("resource"))?);
            }
            "calendar.id" | "calendar_id" => {
                self.calendars
                    .push(value.parse().map_err(|_| wrong("calendar"))?);
            }
            key => {
                return Err(Error::Invalid(unknown_criterion(
                    key,
                    "resource.id or calendar.id",
                )));
            }
        }
        Ok(())
    }

    fn admits(&self, place: &rows::Place) -> bool {
        self.resources.iter().all(|id| *id == place.resource_id)
            && self.calendars.iter().all(|id| *id == place.calendar_id)
    }
}

/// Reads `start` and `end`.
fn window(query: &Query, caller: &Caller, zone: &TimeZone) -> Result<Interval> {
    let mut errors = FieldErrors::default();
    let mut read = |name: &str| {
        let Some(text) = query.get(name).filter(|text| !text.is_empty()) else {
            errors.push(name, format!("{name} is required"));
            return None;
        };
        match caller.rendering.instant(text, Some(zone)) {
            Ok(at) => Some(at),
            Err(message) => {
                errors.push(name, format!("{name} {message}"));
                None
            }
        }
    };
    let (start, end) = (read("start"), read("end"));
    errors.into_result()?;
    let (start, end) = (start.unwrap_or_default(), end.unwrap_or_default());
    let window =
        Interval::new(start, end).map_err(|_| invalid("end", "end must be after start"))?;
    if end.duration_since(start) > WINDOW {
        return Err(invalid(
            "end",
            "end may not be more than a year after start",
        ));
    }
    Ok(window)
}
