//! The lines of a repeated event: `RRULE`, `RDATE` and `EXDATE` as text (RFC 5545 §3.3.10, §3.8.5).

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp, civil::Weekday, tz::TimeZone};
use thiserror::Error;

use super::{
    midnight,
    rule::{End, Frequency, MAX_COUNT, NthWeekday, Rule},
};
use crate::{
    event::{Basic, basic, basic_date},
    time::{LAST, resolve, zone as find_zone},
};

/// Most lines of one event.
pub const MAX_LINES: usize = 200;
/// Most dates of all `RDATE` and `EXDATE` lines of one event.
pub const MAX_DATES: usize = 1_000;
/// Most times of one day.
const MAX_TIMES: usize = 100;

/// What is wrong with a line; the message goes behind the name of a field.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LineError {
    /// No `NAME:value`, or another name.
    #[error("must hold lines like RRULE:FREQ=WEEKLY;BYDAY=MO, RDATE:… or EXDATE:…")]
    Unknown,
    /// RFC 5545 dropped it.
    #[error("may not hold EXRULE, name the dates by EXDATE")]
    Exrule,
    /// Two rules.
    #[error("may hold one RRULE")]
    SecondRule,
    /// A part of a rule that nobody knows, or one that stands twice.
    #[error("has the part {0} twice, or a part that is not known")]
    Part(String),
    /// A rule without `FREQ`.
    #[error("must have a FREQ: HOURLY, DAILY, WEEKLY, MONTHLY or YEARLY")]
    NoFrequency,
    /// `SECONDLY` or `MINUTELY`.
    #[error("may not repeat more often than HOURLY")]
    TooFine,
    /// A value out of the part's range.
    #[error("has a wrong value in {0}")]
    Value(&'static str),
    /// A part that the frequency does not know.
    #[error("may not have {0} with this FREQ")]
    Misplaced(&'static str),
    /// `COUNT` beside `UNTIL`.
    #[error("may have COUNT or UNTIL, not both")]
    TwoEnds,
    /// A date that is none, or not of the event's kind.
    #[error(
        "has a date that cannot be read, use 20261124T090000, 20261124T080000Z or, for whole days, 20261124"
    )]
    Date,
    /// A zone that nobody knows.
    #[error("names an unknown time zone in TZID")]
    Zone,
    /// `RDATE` before the event's own start.
    #[error("may not have an RDATE before the start")]
    DateBeforeStart,
    /// Too many lines or dates.
    #[error("may not have more than {MAX_LINES} lines and {MAX_DATES} dates")]
    TooMany,
    /// More instances than anybody can attend.
    #[error("may not repeat more than 10000 times in 400 days")]
    TooOften,
    /// A `COUNT` that is not reached.
    #[error("has a COUNT that is not reached")]
    TooSparse,
}

/// What the lines say.
#[derive(Debug, Default)]
pub(super) struct Read {
    pub rule: Option<Rule>,
    pub more: BTreeSet<Timestamp>,
    pub except: BTreeSet<Timestamp>,
}

/// Reads lines for a series in `zone`.
pub(super) fn read(
    lines: &[impl AsRef<str>],
    zone: &TimeZone,
    all_day: bool,
) -> Result<Read, LineError> {
    if lines.len() > MAX_LINES {
        return Err(LineError::TooMany);
    }
    let mut read = Read::default();
    for line in lines {
        let line = line.as_ref().trim();
        let (head, value) = line.split_once(':').ok_or(LineError::Unknown)?;
        let (name, params) = head.split_once(';').unwrap_or((head, ""));
        match name.to_ascii_uppercase().as_str() {
            "RRULE" if read.rule.is_some() => return Err(LineError::SecondRule),
            "RRULE" => read.rule = Some(rule(value, zone, all_day)?),
            "RDATE" => dates(&mut read.more, params, value, zone, all_day)?,
            "EXDATE" => dates(&mut read.except, params, value, zone, all_day)?,
            "EXRULE" => return Err(LineError::Exrule),
            _ => return Err(LineError::Unknown),
        }
        if read.more.len() + read.except.len() > MAX_DATES {
            return Err(LineError::TooMany);
        }
    }
    Ok(read)
}

/// The line that takes one instance out of a series.
///
/// ```
/// # let at = "2026-11-24T08:00:00Z".parse::<jiff::Timestamp>().expect("an instant");
/// let zone = domain::time::zone("Europe/Copenhagen").expect("in the list");
/// assert_eq!(domain::recurrence::exception(at, &zone, false), "EXDATE:20261124T080000Z");
/// assert_eq!(domain::recurrence::exception(at, &zone, true), "EXDATE;VALUE=DATE:20261124");
/// ```
pub fn exception(start: Timestamp, zone: &TimeZone, all_day: bool) -> String {
    if all_day {
        let date = zone.to_datetime(start).date();
        format!(
            "EXDATE;VALUE=DATE:{:04}{:02}{:02}",
            date.year(),
            date.month(),
            date.day()
        )
    } else {
        format!("EXDATE:{}Z", Basic(TimeZone::UTC.to_datetime(start)))
    }
}

fn dates(
    into: &mut BTreeSet<Timestamp>,
    params: &str,
    value: &str,
    zone: &TimeZone,
    all_day: bool,
) -> Result<(), LineError> {
    let mut named = None;
    for param in params.split(';').filter(|param| !param.is_empty()) {
        let (name, value) = param.split_once('=').ok_or(LineError::Unknown)?;
        match name.to_ascii_uppercase().as_str() {
            "TZID" => named = Some(find_zone(value.trim_matches('"')).ok_or(LineError::Zone)?),
            "VALUE"
                if ["DATE", "DATE-TIME"]
                    .iter()
                    .any(|it| value.eq_ignore_ascii_case(it)) => {}
            _ => return Err(LineError::Date),
        }
    }
    let own = named.as_ref().unwrap_or(zone);
    for text in value.split(',') {
        if into.len() > MAX_DATES {
            return Err(LineError::TooMany);
        }
        let at = if all_day {
            basic_date(text).and_then(|date| midnight(date, zone))
        } else if let Some(utc) = text.strip_suffix(['Z', 'z']) {
            basic(utc).and_then(|wall| resolve(wall, &TimeZone::UTC).ok())
        } else {
            basic(text).and_then(|wall| resolve(wall, own).ok())
        };
        into.insert(at.ok_or(LineError::Date)?);
    }
    Ok(())
}

fn rule(value: &str, zone: &TimeZone, all_day: bool) -> Result<Rule, LineError> {
    let mut frequency = None;
    let (mut count, mut until) = (None, None);
    let mut rule = Rule {
        frequency: Frequency::Daily,
        interval: 1,
        end: End::Never,
        months: Vec::new(),
        weeks: Vec::new(),
        year_days: Vec::new(),
        month_days: Vec::new(),
        weekdays: Vec::new(),
        hours: Vec::new(),
        minutes: Vec::new(),
        seconds: Vec::new(),
        positions: Vec::new(),
        week_start: Weekday::Monday,
    };
    let mut known: Vec<String> = Vec::new();
    for part in value.trim_end_matches(';').split(';') {
        let (name, value) = part.split_once('=').ok_or(LineError::Unknown)?;
        let name = name.trim().to_ascii_uppercase();
        let shown = || LineError::Part(name.chars().take(20).collect());
        if known.contains(&name) {
            return Err(shown());
        }
        let value = value.trim().to_ascii_uppercase();
        match name.as_str() {
            "FREQ" => frequency = Some(frequency_of(&value)?),
            "INTERVAL" => {
                rule.interval = number(&value)
                    .filter(|interval| (1..=100_000).contains(interval))
                    .ok_or(LineError::Value("INTERVAL"))?;
            }
            "COUNT" => {
                count = Some(
                    number(&value)
                        .and_then(|count| u32::try_from(count).ok())
                        .filter(|count| (1..=MAX_COUNT).contains(count))
                        .ok_or(LineError::Value("COUNT"))?,
                );
            }
            "UNTIL" => until = Some(until_of(&value, zone).ok_or(LineError::Date)?),
            "BYMONTH" => rule.months = numbers(&value, "BYMONTH", Sign::Plus, 1, 12)?,
            "BYWEEKNO" => rule.weeks = numbers(&value, "BYWEEKNO", Sign::Both, 1, 53)?,
            "BYYEARDAY" => rule.year_days = numbers(&value, "BYYEARDAY", Sign::Both, 1, 366)?,
            "BYMONTHDAY" => rule.month_days = numbers(&value, "BYMONTHDAY", Sign::Both, 1, 31)?,
            "BYDAY" => rule.weekdays = weekdays(&value)?,
            "BYHOUR" => rule.hours = numbers(&value, "BYHOUR", Sign::Plus, 0, 23)?,
            "BYMINUTE" => rule.minutes = numbers(&value, "BYMINUTE", Sign::Plus, 0, 59)?,
            "BYSECOND" => rule.seconds = numbers(&value, "BYSECOND", Sign::Plus, 0, 59)?,
            "BYSETPOS" => rule.positions = numbers(&value, "BYSETPOS", Sign::Both, 1, 366)?,
            "WKST" => rule.week_start = weekday(&value).ok_or(LineError::Value("WKST"))?,
            _ => return Err(shown()),
        }
        known.push(name);
    }
    rule.frequency = frequency.ok_or(LineError::NoFrequency)?;
    rule.end = match (count, until) {
        (None, None) => End::Never,
        (Some(count), None) => End::Count(count),
        (None, Some(until)) => End::Until(until),
        (Some(_), Some(_)) => return Err(LineError::TwoEnds),
    };
    check(&rule, all_day)?;
    Ok(rule)
}

/// Which parts go together (the notes and the table of RFC 5545 §3.3.10).
fn check(rule: &Rule, all_day: bool) -> Result<(), LineError> {
    use Frequency::{Daily, Hourly, Monthly, Weekly, Yearly};
    let is = |frequencies: &[Frequency]| frequencies.contains(&rule.frequency);
    let has_times = !(rule.hours.is_empty() && rule.minutes.is_empty() && rule.seconds.is_empty());
    let has_nth = rule.weekdays.iter().any(|day| day.nth.is_some());
    let has_days = !(rule.months.is_empty()
        && rule.weeks.is_empty()
        && rule.year_days.is_empty()
        && rule.month_days.is_empty()
        && rule.weekdays.is_empty());
    for (is_wrong, part) in [
        (!rule.weeks.is_empty() && !is(&[Yearly]), "BYWEEKNO"),
        (
            !rule.year_days.is_empty() && is(&[Daily, Weekly, Monthly]),
            "BYYEARDAY",
        ),
        (!rule.month_days.is_empty() && is(&[Weekly]), "BYMONTHDAY"),
        (
            has_nth && (!is(&[Monthly, Yearly]) || !rule.weeks.is_empty()),
            "BYDAY with a number",
        ),
        (all_day && has_times, "BYHOUR, BYMINUTE or BYSECOND"),
        (all_day && is(&[Hourly]), "whole days"),
        (
            !rule.positions.is_empty() && !has_days && !has_times,
            "BYSETPOS alone",
        ),
    ] {
        if is_wrong {
            return Err(LineError::Misplaced(part));
        }
    }
    if rule.times_a_day() > MAX_TIMES {
        return Err(LineError::TooOften);
    }
    Ok(())
}

fn frequency_of(word: &str) -> Result<Frequency, LineError> {
    Ok(match word {
        "HOURLY" => Frequency::Hourly,
        "DAILY" => Frequency::Daily,
        "WEEKLY" => Frequency::Weekly,
        "MONTHLY" => Frequency::Monthly,
        "YEARLY" => Frequency::Yearly,
        "SECONDLY" | "MINUTELY" => return Err(LineError::TooFine),
        _ => return Err(LineError::NoFrequency),
    })
}

/// The last instant that an instance may start at. A date holds to its end, as people mean it; where the calendar ends
/// before, the series has no end.
fn until_of(text: &str, zone: &TimeZone) -> Option<Timestamp> {
    let at = if let Some(date) = basic_date(text) {
        match date.tomorrow() {
            Err(_) => return Some(LAST),
            Ok(next) => midnight(next, zone).map_or(LAST, |at| at - SignedDuration::from_millis(1)),
        }
    } else if let Some(utc) = text.strip_suffix('Z') {
        resolve(basic(utc)?, &TimeZone::UTC).unwrap_or(LAST)
    } else {
        resolve(basic(text)?, zone).unwrap_or(LAST)
    };
    Some(at.min(LAST))
}

/// A number with at most nine digits.
fn number(text: &str) -> Option<i32> {
    let is_number = (1..=9).contains(&text.len()) && text.bytes().all(|it| it.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

/// Whether a list may count from the end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Plus,
    Both,
}

fn numbers(
    text: &str,
    part: &'static str,
    sign: Sign,
    least: i16,
    most: i16,
) -> Result<Vec<i16>, LineError> {
    let mut list = text
        .split(',')
        .map(|item| signed(item, least, most).filter(|it| sign == Sign::Both || *it >= 0))
        .collect::<Option<Vec<_>>>()
        .ok_or(LineError::Value(part))?;
    list.sort_unstable();
    list.dedup();
    Ok(list)
}

/// A number whose size is within bounds, with or without a sign.
fn signed(text: &str, least: i16, most: i16) -> Option<i16> {
    let (is_minus, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let size = i16::try_from(number(digits)?).ok()?;
    let size = (least..=most).contains(&size).then_some(size)?;
    Some(if is_minus { -size } else { size })
}

fn weekdays(text: &str) -> Result<Vec<NthWeekday>, LineError> {
    let read = |item: &str| {
        let at = item.len().checked_sub(2)?;
        let weekday = weekday(item.get(at..)?)?;
        let nth = match item.get(..at)? {
            "" => None,
            nth => Some(signed(nth, 1, 53)?),
        };
        Some(NthWeekday { nth, weekday })
    };
    let list: Option<Vec<_>> = text.split(',').map(read).collect();
    list.filter(|list| list.len() <= 7 * 107)
        .ok_or(LineError::Value("BYDAY"))
}

fn weekday(word: &str) -> Option<Weekday> {
    Some(match word {
        "MO" => Weekday::Monday,
        "TU" => Weekday::Tuesday,
        "WE" => Weekday::Wednesday,
        "TH" => Weekday::Thursday,
        "FR" => Weekday::Friday,
        "SA" => Weekday::Saturday,
        "SU" => Weekday::Sunday,
        _ => return None,
    })
}
