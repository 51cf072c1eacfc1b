//! The engine asked in the words of the tests.

use std::num::NonZeroU32;

use domain::{
    Interval,
    availability::{
        AllDay, Budget, Busy, BusyTimes, FullPeriods, Levels, Mode, Query, RateLimits, Resource,
        Rounding, Rules, Slots, Window,
    },
    time::zone,
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

use crate::naive::{Person, Question, Rule, Slot, day_start};

pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("in range")
}

pub fn seconds(number: i64) -> Option<NonZeroU32> {
    NonZeroU32::new(u32::try_from(number).expect("small"))
}

/// What a resource borrows from.
pub struct Held {
    pub zone: TimeZone,
    pub lists: [Rules; 3],
    pub busy: BusyTimes,
    pub full: FullPeriods,
}

pub fn rules(list: &[Rule]) -> Rules {
    let sent: Vec<Value> = list.iter().map(Rule::json).collect();
    Rules::read("constraints", &json!(sent)).expect("all is well")
}

impl Held {
    pub fn new(person: &Person) -> Self {
        let zone = zone(person.zone).expect("in the list");
        let busy = person.busy.iter().map(|(start, end, all_day)| {
            let interval = Interval::new(at(*start), at(*end)).expect("not empty");
            if *all_day {
                Busy::all_day(interval)
            } else {
                Busy::timed(interval)
            }
        });
        let limits = json!({"resource_rate_limits": {"daily": 1}});
        let limits = RateLimits::read(limits.as_object().expect("an object"));
        // One booking at the end of the day fills it, unless the zone skips the day.
        let booked: Vec<Timestamp> = person
            .full
            .and_then(|date| {
                let end = day_start(&zone, date.tomorrow().expect("in range"));
                (day_start(&zone, date) < end).then(|| at(end - 1))
            })
            .into_iter()
            .collect();
        Self {
            lists: person.lists.each_ref().map(|list| rules(list)),
            busy: BusyTimes::new(busy.collect()),
            full: limits.full(&booked, &zone),
            zone,
        }
    }

    pub fn resource(&self) -> Resource<'_> {
        let [resource, project, request] = &self.lists;
        Resource {
            zone: &self.zone,
            levels: Levels {
                resource: Some(resource),
                project: Some(project),
                location: None,
                request: Some(request),
            },
            busy: &self.busy,
            full: &self.full,
        }
    }
}

pub fn query(question: &Question, mode: Mode) -> Query {
    Query {
        window: Window::of(at(question.from), at(question.to)),
        length: seconds(question.length),
        step: question.step.and_then(seconds),
        buffer: u32::try_from(question.buffer).expect("small"),
        rounding: question
            .grid
            .and_then(seconds)
            .map_or(Rounding::None, Rounding::Up),
        mode,
        all_day: if question.ignore_all_day {
            AllDay::Ignored
        } else {
            AllDay::Blocks
        },
        now: at(question.now),
        seed: 7,
    }
}

pub fn list(slots: &Slots) -> Vec<Slot> {
    slots
        .iter()
        .map(|(start, end, resources)| (start.as_second(), end.as_second(), resources.to_vec()))
        .collect()
}

pub fn ask(query: &Query, resources: &[Resource<'_>]) -> Vec<Slot> {
    let slots = domain::availability::slots(query, resources, &Budget::DEFAULT);
    list(&slots.expect("within the budget"))
}
