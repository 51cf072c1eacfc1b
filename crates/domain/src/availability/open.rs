//! Opening hours: from rules, a zone and a window to the set of open time (spec 50 §4.4).

use jiff::{
    civil::{Date, DateTime},
    tz::TimeZone,
};

use super::{
    constraint::{Constraint, Edge, Effect, Hours, Rules, When},
    local::{DAY, Local, ceil, floor, weekday},
    query::Levels,
    span::{Span, intersect, normalize, subtract, union},
};

/// The wall clocks that a question needs, each made once.
pub(super) struct Clocks {
    window: Span,
    list: Vec<(TimeZone, Local)>,
    last: usize,
}

impl Clocks {
    pub(super) fn new(window: Span) -> Self {
        Self {
            window,
            list: Vec::new(),
            last: 0,
        }
    }

    /// The place of a zone's clock.
    pub(super) fn place(&mut self, zone: &TimeZone) -> usize {
        let is_last = self
            .list
            .get(self.last)
            .is_some_and(|(known, _)| is_same(known, zone));
        if !is_last {
            let known = self.list.iter().position(|(known, _)| is_same(known, zone));
            self.last = known.unwrap_or_else(|| {
                self.list
                    .push((zone.clone(), Local::new(zone, self.window)));
                self.list.len() - 1
            });
        }
        self.last
    }

    pub(super) fn at(&self, place: usize) -> &Local {
        &self.list[place].1
    }

    pub(super) fn of(&mut self, zone: &TimeZone) -> &Local {
        let place = self.place(zone);
        self.at(place)
    }

    pub(super) fn window(&self) -> Span {
        self.window
    }
}

/// Clones of a zone share their name's memory; comparing the zones themselves was a quarter of a long question's time.
fn is_same(one: &TimeZone, other: &TimeZone) -> bool {
    match (one.iana_name(), other.iana_name()) {
        (Some(name), Some(same)) if std::ptr::eq(name, same) => true,
        (Some(name), Some(another)) if name != another => false,
        _ => one == other,
    }
}

/// The time of the window that every level opens.
pub(super) fn open(levels: &Levels<'_>, zone: &TimeZone, clocks: &mut Clocks) -> Vec<Span> {
    let mut set = normalize(vec![clocks.window()]);
    for (_, rules) in levels.lists() {
        set = intersect(&set, &open_by(rules, zone, clocks));
    }
    set
}

/// The time of the window that one list opens.
pub(super) fn open_by(rules: &Rules, zone: &TimeZone, clocks: &mut Clocks) -> Vec<Span> {
    let (mut days, mut hours, mut windows, mut blocks) = (None, None, None, Vec::new());
    for rule in &rules.list {
        let local = clocks.of(rule.zone.as_ref().map_or(zone, |zone| &zone.0));
        let set = match (rule.effect, rule.when) {
            (Effect::Block, _) => &mut blocks,
            (Effect::Allow, When::Days(_)) => days.get_or_insert_with(Vec::new),
            (Effect::Allow, When::Hours(_)) => hours.get_or_insert_with(Vec::new),
            (Effect::Allow, When::DayHours(..) | When::Period(..)) => {
                windows.get_or_insert_with(Vec::new)
            }
        };
        spans(rule, local, set);
    }
    let base = match (days.map(normalize), hours.map(normalize)) {
        (Some(days), Some(hours)) => Some(intersect(&days, &hours)),
        (days, hours) => days.or(hours),
    };
    let allowed = match (base, windows.map(normalize)) {
        (Some(base), Some(windows)) => union(base, &windows),
        (base, windows) => base
            .or(windows)
            .unwrap_or_else(|| normalize(vec![clocks.window()])),
    };
    let mut open = Vec::with_capacity(allowed.len() + 1);
    subtract(&allowed, normalize(blocks).into_iter(), &mut open);
    open
}

/// Appends the time that one rule speaks of, in the days around the window.
pub(super) fn spans(rule: &Constraint, local: &Local, out: &mut Vec<Span>) {
    match rule.when {
        When::Days(days) => {
            out.extend(local.days().filter(|day| has(days, *day)).map(|day| Span {
                start: local.midnight(day),
                end: local.midnight(day + 1),
            }));
        }
        When::Hours(hours) => out.extend(local.days().map(|day| on(day, hours, local))),
        When::DayHours(days, hours) => {
            let days = local.days().filter(|day| has(days, *day));
            out.extend(days.map(|day| on(day, hours, local)));
        }
        When::Period(start, end) => out.push(period(rule.effect, start, end, local)),
    }
}

fn has(days: u8, day: i64) -> bool {
    days >> weekday(day) & 1 == 1
}

/// The hours of one day, which never leave the day, or the two days, that they name (spec 50 §8.1, 2, 7).
fn on(day: i64, hours: Hours, local: &Local) -> Span {
    let last = if hours.end <= hours.start {
        day + 1
    } else {
        day
    };
    let named = Span {
        start: local.midnight(day),
        end: local.midnight(last + 1),
    };
    let hours = Span {
        start: local.first(day * DAY + hours.start),
        end: local.last(last * DAY + hours.end),
    };
    hours.clip(&named)
}

/// A period that opens is cut to whole seconds inward, one that closes outward.
fn period(effect: Effect, start: Edge, end: Edge, local: &Local) -> Span {
    let start = edge(start, local, Side::Start);
    let end = edge(end, local, Side::End);
    match effect {
        Effect::Allow => Span {
            start: start.1,
            end: end.0,
        },
        Effect::Block => Span {
            start: start.0,
            end: end.1,
        },
    }
}

#[derive(Clone, Copy)]
enum Side {
    Start,
    End,
}

/// The whole seconds before and after an end of a period.
fn edge(edge: Edge, local: &Local, side: Side) -> (i64, i64) {
    match edge {
        Edge::At(instant) => (floor(instant), ceil(instant)),
        Edge::Date(date) => {
            let midnight = local.midnight(day(date));
            (midnight, midnight)
        }
        Edge::Wall(wall) => {
            let second = wall_second(wall);
            let found = match side {
                Side::Start => local.first(second),
                Side::End => local.last(second),
            };
            (found, found + i64::from(wall.subsec_nanosecond() > 0))
        }
    }
}

/// The number of a date, 0 is 1970-01-01.
pub(super) fn day(date: Date) -> i64 {
    wall_second(date.at(0, 0, 0, 0)).div_euclid(DAY)
}

fn wall_second(wall: DateTime) -> i64 {
    // At the last hours of the year 9999 the end of time is near enough.
    TimeZone::UTC
        .to_timestamp(wall)
        .map_or(super::local::ceil(jiff::Timestamp::MAX), floor)
}
