//! The rules of spec 50 once more, from its words alone: every unit of time is a flag, every slot is tried.
//!
//! It shares nothing with the engine but the zone data, and is slow.

use std::{cell::RefCell, collections::HashMap};

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::{AmbiguousOffset, TimeZone},
};
use serde_json::{Value, json};

/// A rule as the tests write it.
#[derive(Clone, Debug)]
pub struct Rule {
    pub allow: bool,
    pub kind: Kind,
    pub zone: Option<&'static str>,
}

#[derive(Clone, Debug)]
pub enum Kind {
    Day(usize),
    Weekdays,
    Weekends,
    /// Seconds since midnight.
    Hours(i64, i64),
    DayHours(usize, i64, i64),
    Dates(Date, Date),
    Instants(i64, i64),
    Walls(DateTime, DateTime),
}

const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

fn clock(seconds: i64) -> String {
    format!(
        "{:02}:{:02}:{:02}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

impl Rule {
    /// The rule as a client sends it.
    pub fn json(&self) -> Value {
        let verb = if self.allow { "allow" } else { "block" };
        let (noun, mut parameters) = match &self.kind {
            Kind::Day(day) => ("day", json!({"day": DAYS[*day]})),
            Kind::Weekdays => ("weekdays", json!({})),
            Kind::Weekends => ("weekends", json!({})),
            Kind::Hours(start, end) => {
                ("hours", json!({"start": clock(*start), "end": clock(*end)}))
            }
            Kind::DayHours(day, start, end) => (
                "day_and_time",
                json!({"day": DAYS[*day], "start": clock(*start), "end": clock(*end)}),
            ),
            Kind::Dates(start, end) => (
                "period",
                json!({"start": start.to_string(), "end": end.to_string()}),
            ),
            Kind::Instants(start, end) => (
                "period",
                json!({"start": at(*start).to_string(), "end": at(*end).to_string()}),
            ),
            Kind::Walls(start, end) => (
                "period",
                json!({"start": start.to_string(), "end": end.to_string()}),
            ),
        };
        if let Some(zone) = self.zone {
            parameters["timezone"] = json!(zone);
        }
        json!({ (format!("{verb}_{noun}")): parameters })
    }
}

/// A resource as the tests write it; busy times are sorted by nothing.
#[derive(Clone, Debug)]
pub struct Person {
    pub zone: &'static str,
    pub lists: [Vec<Rule>; 3],
    /// Start, end, and whether it is an all-day event.
    pub busy: Vec<(i64, i64, bool)>,
    pub full: Option<Date>,
}

/// A question as the tests write it, in seconds.
#[derive(Clone, Debug)]
pub struct Question {
    pub from: i64,
    pub to: i64,
    pub length: i64,
    pub step: Option<i64>,
    pub buffer: i64,
    pub grid: Option<i64>,
    pub ignore_all_day: bool,
    pub now: i64,
    /// All edges are multiples of it.
    pub unit: i64,
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("in range")
}

/// One resource with a flag for each unit of the window.
pub struct Naive {
    tz: TimeZone,
    question: Question,
    free: Vec<bool>,
    full: Option<(i64, i64)>,
}

thread_local! {
    /// The first moment of a day, by zone and date: looking for it is what takes the time.
    static STARTS: RefCell<HashMap<(String, Date), i64>> = RefCell::default();
}

/// The first second whose wall clock shows the date or a later one.
pub fn day_start(tz: &TimeZone, date: Date) -> i64 {
    let key = (tz.iana_name().unwrap_or("?").to_owned(), date);
    if let Some(known) = STARTS.with_borrow(|starts| starts.get(&key).copied()) {
        return known;
    }
    let utc = TimeZone::UTC
        .to_timestamp(date.at(0, 0, 0, 0))
        .expect("in range")
        .as_second();
    let is_there = |second: &i64| tz.to_datetime(at(*second)).date() >= date;
    let minute = (utc - 15 * 3600..utc + 40 * 3600)
        .step_by(60)
        .find(is_there)
        .expect("every date comes or is skipped");
    let start = (minute - 59..=minute)
        .find(is_there)
        .expect("the minute has it");
    STARTS.with_borrow_mut(|starts| starts.insert(key, start));
    start
}

/// A wall time: the first or the last time that it is shown; in a gap moved by the gap.
fn wall(tz: &TimeZone, wall: DateTime, last: bool) -> i64 {
    let offset = match tz.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } => offset,
        AmbiguousOffset::Gap { before, .. } => before,
        AmbiguousOffset::Fold { before, after } => {
            if last {
                after
            } else {
                before
            }
        }
    };
    offset.to_timestamp(wall).expect("in range").as_second()
}

/// From `start` to `end` on the wall clock, both in seconds since the date's midnight.
fn window(tz: &TimeZone, date: Date, start: i64, end: i64) -> (i64, i64) {
    let tomorrow = date.tomorrow().expect("in range");
    let (end_date, end) = match end {
        end if end > start => (date, end),
        end => (tomorrow, end),
    };
    let show = |date: Date, seconds: i64, last| {
        let midnight = date.at(0, 0, 0, 0);
        let shown = midnight + jiff::SignedDuration::from_secs(seconds);
        wall(tz, shown, last)
    };
    let after = end_date.tomorrow().expect("in range");
    (
        show(date, start, false).max(day_start(tz, date)),
        show(end_date, end, true).min(day_start(tz, after)),
    )
}

impl Naive {
    pub fn new(person: &Person, question: &Question) -> Self {
        let tz = domain::time::zone(person.zone).expect("in the list");
        let units =
            usize::try_from((question.to - question.from).max(0) / question.unit).expect("small");
        let full = person.full.map(|date| {
            let next = date.tomorrow().expect("in range");
            (day_start(&tz, date), day_start(&tz, next))
        });
        let mut naive = Self {
            tz,
            question: question.clone(),
            free: vec![true; units],
            full,
        };
        for list in &person.lists {
            let open = naive.list(list);
            for (free, open) in naive.free.iter_mut().zip(open) {
                *free = *free && open;
            }
        }
        let mut free = std::mem::take(&mut naive.free);
        for (start, end, all_day) in &person.busy {
            if !(*all_day && question.ignore_all_day) {
                naive.fill(
                    &mut free,
                    start - question.buffer,
                    end + question.buffer,
                    false,
                );
            }
        }
        naive.free = free;
        naive
    }

    fn fill(&self, flags: &mut [bool], start: i64, end: i64, value: bool) {
        let unit = |second: i64| {
            let second = second.clamp(self.question.from, self.question.to);
            usize::try_from((second - self.question.from) / self.question.unit).expect("small")
        };
        if start < end {
            let end = unit(end).min(flags.len());
            for flag in &mut flags[unit(start).min(end)..end] {
                *flag = value;
            }
        }
    }

    /// Spec 50 §4.4 with a flag for each kind.
    fn list(&self, list: &[Rule]) -> Vec<bool> {
        let none = vec![false; self.free.len()];
        let (mut days, mut hours, mut windows, mut blocked) =
            (none.clone(), none.clone(), none.clone(), none);
        let (mut has_days, mut has_hours, mut has_windows) = (false, false, false);
        for rule in list {
            let flags = match (&rule.kind, rule.allow) {
                (_, false) => &mut blocked,
                (Kind::Day(_) | Kind::Weekdays | Kind::Weekends, true) => {
                    has_days = true;
                    &mut days
                }
                (Kind::Hours(..), true) => {
                    has_hours = true;
                    &mut hours
                }
                _ => {
                    has_windows = true;
                    &mut windows
                }
            };
            for (start, end) in self.windows(rule) {
                self.fill(flags, start, end, true);
            }
        }
        (0..self.free.len())
            .map(|unit| {
                let base = (!has_days || days[unit]) && (!has_hours || hours[unit]);
                let has_base = has_days || has_hours;
                let allowed = match (has_base, has_windows) {
                    (true, true) => base || windows[unit],
                    (true, false) => base,
                    (false, true) => windows[unit],
                    (false, false) => true,
                };
                allowed && !blocked[unit]
            })
            .collect()
    }

    fn windows(&self, rule: &Rule) -> Vec<(i64, i64)> {
        let tz = rule.zone.map_or_else(
            || self.tz.clone(),
            |name| domain::time::zone(name).expect("in the list"),
        );
        let days = |wanted: &dyn Fn(usize) -> bool, start: i64, end: i64| {
            let mut date = tz.to_datetime(at(self.question.from - 3 * 86_400)).date();
            let last = tz.to_datetime(at(self.question.to + 2 * 86_400)).date();
            let mut windows = Vec::new();
            while date <= last {
                let weekday = date.weekday().to_monday_zero_offset();
                if wanted(usize::try_from(weekday).expect("small")) {
                    windows.push(if (start, end) == (0, 0) {
                        let next = date.tomorrow().expect("in range");
                        (day_start(&tz, date), day_start(&tz, next))
                    } else {
                        window(&tz, date, start, end)
                    });
                }
                date = date.tomorrow().expect("in range");
            }
            windows
        };
        match rule.kind {
            Kind::Day(day) => days(&|other| other == day, 0, 0),
            Kind::Weekdays => days(&|day| day < 5, 0, 0),
            Kind::Weekends => days(&|day| day >= 5, 0, 0),
            Kind::Hours(start, end) => days(&|_| true, start, end),
            Kind::DayHours(day, start, end) => days(&|other| other == day, start, end),
            Kind::Dates(start, end) => vec![(day_start(&tz, start), day_start(&tz, end))],
            Kind::Instants(start, end) => vec![(start, end)],
            Kind::Walls(start, end) => vec![(wall(&tz, start, false), wall(&tz, end, true))],
        }
    }

    /// Whether every unit of the time is free and within the window.
    pub fn is_free(&self, start: i64, end: i64) -> bool {
        start >= self.question.from
            && end <= self.question.to
            && (start..end)
                .step_by(usize::try_from(self.question.unit).expect("small"))
                .all(|second| {
                    let unit = (second - self.question.from) / self.question.unit;
                    self.free[usize::try_from(unit).expect("small")]
                })
    }

    /// Whether a slot may start: not past and in no full period.
    pub fn may_start(&self, start: i64) -> bool {
        start >= self.question.now
            && self
                .full
                .is_none_or(|(from, to)| start < from || start >= to)
    }

    /// The free intervals.
    pub fn intervals(&self) -> Vec<(i64, i64)> {
        let mut intervals = Vec::new();
        let mut begun = None;
        for (unit, free) in self.free.iter().chain([&false]).enumerate() {
            let second =
                self.question.from + i64::try_from(unit).expect("small") * self.question.unit;
            match (begun, free) {
                (None, true) => begun = Some(second),
                (Some(start), false) => {
                    intervals.push((start, second));
                    begun = None;
                }
                _ => {}
            }
        }
        intervals
    }

    /// The starts in free intervals, which may be those of several resources at once.
    pub fn starts(&self, intervals: &[(i64, i64)]) -> Vec<i64> {
        let mut starts = Vec::new();
        for (start, end) in intervals {
            let Some(mut slot) = (*start..*end).find(|second| self.is_on_grid(*second)) else {
                continue;
            };
            while slot + self.question.length <= *end {
                if self.may_start(slot) {
                    starts.push(slot);
                }
                slot += self.question.step.unwrap_or(self.question.length);
            }
        }
        starts
    }

    fn is_on_grid(&self, second: i64) -> bool {
        let Some(grid) = self.question.grid else {
            return true;
        };
        let shown = self.tz.to_datetime(at(second)).time();
        let since = i64::from(shown.hour()) * 3600
            + i64::from(shown.minute()) * 60
            + i64::from(shown.second());
        since % grid == 0
    }

    /// The date that the zone shows.
    pub fn date(&self, second: i64) -> Date {
        self.tz.to_datetime(at(second)).date()
    }
}

/// A slot: start, end, resources.
pub type Slot = (i64, i64, Vec<u32>);

/// Mutual: everybody is free, on the grid of the first.
pub fn mutual(all: &[Naive]) -> Vec<Slot> {
    let Some(first) = all.first() else {
        return Vec::new();
    };
    let mut together = Naive {
        tz: first.tz.clone(),
        question: first.question.clone(),
        free: first.free.clone(),
        full: None,
    };
    for other in all {
        for (free, also) in together.free.iter_mut().zip(&other.free) {
            *free = *free && *also;
        }
    }
    let starts = together.starts(&together.intervals());
    starts
        .into_iter()
        .filter(|start| all.iter().all(|one| one.may_start(*start)))
        .map(|start| {
            let everybody = (0..all.len()).map(|place| u32::try_from(place).expect("small"));
            (start, start + first.question.length, everybody.collect())
        })
        .collect()
}

/// Every start of anybody, with all who are free for the whole slot.
pub fn exclusive(all: &[Naive]) -> Vec<Slot> {
    let mut starts: Vec<i64> = all
        .iter()
        .flat_map(|one| one.starts(&one.intervals()))
        .collect();
    starts.sort_unstable();
    starts.dedup();
    starts
        .into_iter()
        .map(|start| {
            let end = start + all[0].question.length;
            let free = all.iter().enumerate();
            let free = free.filter(|(_, one)| one.may_start(start) && one.is_free(start, end));
            let free = free.map(|(place, _)| u32::try_from(place).expect("small"));
            (start, end, free.collect())
        })
        .collect()
}

/// Round robin: of those who are free, the first in `order`.
pub fn first_of(all: &[Naive], order: &[u32]) -> Vec<Slot> {
    let mut slots = exclusive(all);
    for (_, _, free) in &mut slots {
        let first = order.iter().find(|place| free.contains(place));
        *free = first.copied().into_iter().collect();
    }
    slots
}
