//! What requests about events hold (spec 40).

use domain::{
    CalendarId, Interval, ResourceId,
    event::{LONGEST, Rsvp},
    recurrence::midnight,
    time,
};
use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::{Offset, TimeZone},
};
use serde_json::Value;
use utoipa::ToSchema;

use crate::api::{
    body::{Fields, Input, NAME, TEXT, spoken},
    error::{Result, invalid},
};

/// Longest text of all lines of a recurrence.
const MAX_RECURRENCE: usize = 32 * 1024;

/// A time as it was sent, before anybody knows the resource's zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Given {
    /// With an offset.
    At(Timestamp),
    /// Without one.
    Wall(DateTime),
    /// A date alone.
    Date(Date),
}

impl Given {
    /// The instant in a zone; `None` for a date alone.
    fn at(self, zone: &TimeZone) -> Option<Timestamp> {
        match self {
            Self::At(at) => Some(at),
            Self::Wall(wall) => time::resolve(wall, zone).ok(),
            Self::Date(_) => None,
        }
    }

    /// The wall time in a zone.
    fn wall(self, zone: &TimeZone) -> DateTime {
        match self {
            Self::At(at) => zone.to_datetime(at),
            Self::Wall(wall) => wall,
            Self::Date(date) => date.to_datetime(Time::midnight()),
        }
    }
}

/// The span of an event. An all-day one covers the days in `zone` that its times touch, the end exclusive.
pub fn span(start: Given, end: Given, all_day: bool, zone: &TimeZone) -> Result<Interval> {
    let (from, to) = if all_day {
        // A day begins at midnight, or later where a clock change skips midnight.
        let end = end.wall(zone);
        let first = midnight(end.date(), zone);
        let is_first = end.time() == Time::midnight() || first == time::resolve(end, zone).ok();
        let last = if is_first {
            first
        } else {
            let next = end.date().tomorrow().ok();
            next.and_then(|date| midnight(date, zone))
        };
        (midnight(start.wall(zone).date(), zone), last)
    } else {
        (start.at(zone), end.at(zone))
    };
    let bounded = |at: Option<Timestamp>, field: &str| match at {
        None => Err(invalid(
            field,
            format!(
                "{field} must be a timestamp such as 2031-04-02T09:30:00+02:00, or all_day true"
            ),
        )),
        Some(at) if time::in_bounds(at) => Ok(at),
        Some(_) => Err(invalid(
            field,
            format!("{field} must lie between 1900-01-01 and 2200-01-01"),
        )),
    };
    let span = Interval::new(bounded(from, "start")?, bounded(to, "end")?)
        .map_err(|_| invalid("end", "end must be after start"))?;
    if span.end().duration_since(span.start()) > LONGEST {
        return Err(invalid("end", "an event may not be longer than 366 days"));
    }
    Ok(span)
}

/// A new event.
#[derive(Debug, ToSchema)]
pub struct EventIn {
    /// The calendar it stands in; the primary one of `resource_id` where absent.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub calendar_id: Option<CalendarId>,
    /// The resource; must be that of the calendar where both are given.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub resource_id: Option<ResourceId>,
    /// First instant, RFC 3339; without an offset it is a wall time of the resource's zone. A date where `all_day`.
    #[schema(value_type = String, example = "2031-04-02T09:30:00+02:00")]
    pub start: Given,
    /// The instant, or the day, after the last.
    #[schema(value_type = String, example = "2031-04-02T10:30:00+02:00")]
    pub end: Given,
    /// Title.
    pub what: String,
    /// Place.
    #[schema(rename = "where")]
    pub place: Option<String>,
    /// Details.
    pub description: Option<String>,
    /// E-mails of those who take part.
    pub participants: Option<Vec<String>>,
    /// Whether it is whole days of the resource's zone and no time of day.
    pub all_day: Option<bool>,
    /// The owner's answer: accepted (default), needsAction, declined or tentative. A declined event takes no time.
    #[schema(value_type = Option<String>)]
    pub my_rsvp: Option<Rsvp>,
    /// Whether it is shown but takes no time.
    pub free: Option<bool>,
    /// Whether only its resource and app keys may read what it is about.
    pub private: Option<bool>,
    /// Whether a connected calendar is to invite the participants; without one nobody is written to.
    pub invite: Option<bool>,
    /// Whether it is to be copied to a connected calendar, true by default.
    pub sync_provider: Option<bool>,
    /// How it repeats: lines of RFC 5545, one `RRULE` and any `RDATE` and `EXDATE`. An empty list is an event that does not.
    #[schema(example = json!(["RRULE:FREQ=WEEKLY;BYDAY=MO"]))]
    pub recurrence: Option<Vec<String>>,
    /// The zone in which a repeated event keeps its time of day; the resource's by default.
    #[schema(example = "Europe/Copenhagen")]
    pub timezone: Option<String>,
}

impl Input for EventIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        for field in ["start", "end"] {
            if fields.value(field).is_none() {
                fields.required(field);
            }
        }
        let change = EventChange::read(fields);
        let what = change
            .what
            .unwrap_or_else(|| fields.required_text("what", NAME));
        Self {
            calendar_id: fields.id("calendar_id"),
            resource_id: fields.id("resource_id"),
            start: change.start.unwrap_or(Given::At(Timestamp::UNIX_EPOCH)),
            end: change.end.unwrap_or(Given::At(Timestamp::UNIX_EPOCH)),
            what,
            place: change.place,
            description: change.description,
            participants: change.participants,
            all_day: change.all_day,
            my_rsvp: change.my_rsvp,
            free: change.free,
            private: change.private,
            invite: change.invite,
            sync_provider: change.sync_provider,
            recurrence: change.recurrence,
            timezone: change.timezone,
        }
    }
}

impl EventIn {
    /// The same as changes of an event that says nothing yet.
    pub fn into_change(self) -> EventChange {
        EventChange {
            start: Some(self.start),
            end: Some(self.end),
            what: Some(self.what),
            place: self.place,
            description: self.description,
            participants: self.participants,
            all_day: self.all_day,
            my_rsvp: self.my_rsvp,
            free: self.free,
            private: self.private,
            invite: self.invite,
            sync_provider: self.sync_provider,
            recurrence: self.recurrence,
            timezone: self.timezone,
        }
    }
}

/// Changes of an event; absent keys stay.
#[derive(Debug, ToSchema)]
pub struct EventChange {
    /// First instant, RFC 3339; without an offset it is a wall time of the resource's zone. A date where `all_day`.
    #[schema(value_type = Option<String>)]
    pub start: Option<Given>,
    /// The instant, or the day, after the last.
    #[schema(value_type = Option<String>)]
    pub end: Option<Given>,
    /// Title.
    pub what: Option<String>,
    /// Place.
    #[schema(rename = "where")]
    pub place: Option<String>,
    /// Details.
    pub description: Option<String>,
    /// E-mails of those who take part.
    pub participants: Option<Vec<String>>,
    /// Whether it is whole days of the resource's zone and no time of day.
    pub all_day: Option<bool>,
    /// The owner's answer: accepted (default), needsAction, declined or tentative. A declined event takes no time.
    #[schema(value_type = Option<String>)]
    pub my_rsvp: Option<Rsvp>,
    /// Whether it is shown but takes no time.
    pub free: Option<bool>,
    /// Whether only its resource and app keys may read what it is about.
    pub private: Option<bool>,
    /// Whether a connected calendar is to invite the participants; without one nobody is written to.
    pub invite: Option<bool>,
    /// Whether it is to be copied to a connected calendar, true by default.
    pub sync_provider: Option<bool>,
    /// How it repeats: lines of RFC 5545, one `RRULE` and any `RDATE` and `EXDATE`. An empty list is an event that does not.
    #[schema(example = json!(["RRULE:FREQ=WEEKLY;BYDAY=MO"]))]
    pub recurrence: Option<Vec<String>>,
    /// The zone in which a repeated event keeps its time of day; the resource's by default.
    #[schema(example = "Europe/Copenhagen")]
    pub timezone: Option<String>,
}

impl Input for EventChange {
    fn read(fields: &mut Fields<'_>) -> Self {
        let (start, end) = (given(fields, "start"), given(fields, "end"));
        let is_reversed = match (start, end) {
            (Some(Given::At(start)), Some(Given::At(end))) => end < start,
            (Some(Given::Wall(start)), Some(Given::Wall(end))) => end < start,
            (Some(Given::Date(start)), Some(Given::Date(end))) => end < start,
            _ => false,
        };
        if is_reversed {
            fields.error("end", "end must be after start");
        }
        Self {
            start,
            end,
            what: fields
                .has("what")
                .then(|| fields.required_text("what", NAME)),
            place: text(fields, "where"),
            description: text(fields, "description"),
            participants: fields.emails("participants"),
            all_day: fields
                .boolean("all_day")
                .or_else(|| fields.boolean("allDay")),
            my_rsvp: rsvp(fields, "my_rsvp").or_else(|| rsvp(fields, "rsvp")),
            free: fields.boolean("free"),
            private: fields.boolean("private"),
            invite: fields.boolean("invite"),
            sync_provider: fields.boolean("sync_provider"),
            recurrence: recurrence(fields),
            timezone: fields.zone("timezone"),
        }
    }
}

/// A text; null empties it.
fn text(fields: &mut Fields<'_>, field: &str) -> Option<String> {
    fields
        .has(field)
        .then(|| fields.text(field, TEXT).unwrap_or_default())
}

fn rsvp(fields: &mut Fields<'_>, field: &str) -> Option<Rsvp> {
    let word = fields.text(field, NAME)?;
    match word.parse() {
        Ok(rsvp) => Some(rsvp),
        Err(error) => {
            fields.error(field, format!("{} {error}", spoken(field)));
            None
        }
    }
}

/// Reads a date, or an instant as all others are read.
fn given(fields: &mut Fields<'_>, field: &str) -> Option<Given> {
    let text = fields.value(field)?.as_str().unwrap_or_default();
    if text.len() == 10
        && let Ok(date) = text.parse::<Date>()
    {
        return Some(Given::Date(date));
    }
    // What is the same instant whatever the zone has an offset of its own.
    let east = TimeZone::fixed(Offset::constant(1));
    let at = fields.instant(field, Some(&TimeZone::UTC))?;
    Some(if fields.instant(field, Some(&east))? == at {
        Given::At(at)
    } else {
        Given::Wall(TimeZone::UTC.to_datetime(at))
    })
}

/// Reads a list of lines, or one line; null is an empty list.
fn recurrence(fields: &mut Fields<'_>) -> Option<Vec<String>> {
    const FIELD: &str = "recurrence";
    if !fields.has(FIELD) {
        return None;
    }
    let lines: Option<Vec<String>> = match fields.value(FIELD) {
        None => Some(Vec::new()),
        Some(Value::String(line)) if line.is_empty() => Some(Vec::new()),
        Some(Value::String(line)) => Some(vec![line.clone()]),
        Some(Value::Array(list)) => list
            .iter()
            .map(|line| line.as_str().map(str::to_owned))
            .collect(),
        Some(Value::Object(object)) if object.is_empty() => Some(Vec::new()),
        Some(_) => None,
    };
    match lines {
        Some(lines) if lines.iter().map(String::len).sum::<usize>() <= MAX_RECURRENCE => {
            return Some(lines);
        }
        Some(_) => fields.error(
            FIELD,
            format!("recurrence may not be longer than {MAX_RECURRENCE} bytes"),
        ),
        None => fields.error(FIELD, "recurrence must be a list of RFC 5545 lines"),
    }
    None
}
