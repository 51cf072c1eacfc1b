//! Why a slot is not offered: the same engine, asked with one rule less.
//!
//! The reasons of a resource are a smallest set: without all of them the slot is offered, without any one of them not yet.

use jiff::Timestamp;

use super::{
    busy::BusyTimes,
    constraint::{Constraint, Effect, Rules, When},
    limit::FullPeriods,
    local::floor,
    moment::Window,
    open::{Clocks, open_by, spans},
    query::{Budget, Level, Levels, Mode, Query, Refusal, Resource},
    slots::{Slots, slots},
    span::{Span, covers, normalize},
};

/// Whether a slot is offered, and if not, why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// Whether [`slots`] lists it.
    pub offered: bool,
    /// For each resource what stands in the way; nothing if it can be had.
    pub resources: Vec<Vec<Reason>>,
    /// The last slot that is offered before.
    pub before: Option<Timestamp>,
    /// The first slot that is offered after.
    pub after: Option<Timestamp>,
}

/// One thing that stands in the way of a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// It starts before now.
    Past,
    /// It starts before the window: too short a notice (`from`).
    TooSoon,
    /// It ends after the window: too far ahead (`to`).
    TooFar,
    /// The opening hours of a list do not hold all of it; without these rules of the list they would.
    Closed(Vec<RuleName>),
    /// A rule closes a part of it.
    Blocked(RuleName),
    /// It overlaps a busy time, given by its place in [`BusyTimes::list`].
    Busy(usize),
    /// It comes closer to such a busy time than the buffer.
    Buffer(usize),
    /// A rate limit of the period in which it starts is reached.
    Limit,
    /// It is free, but slots start at other times.
    Grid,
}

/// Where a rule stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RuleName {
    /// The list.
    pub level: Level,
    /// The place of the object in the list as it was sent, from 0.
    pub index: usize,
    /// The key of the object.
    pub name: &'static str,
}

/// Explains the slot that begins at `start`. Without a length in the query: the moment `start`.
pub fn explain(
    query: &Query,
    resources: &[Resource<'_>],
    start: Timestamp,
    budget: &Budget<'_>,
) -> Result<Explanation, Refusal> {
    let second = floor(start);
    let slot = Span {
        start: second,
        end: second.saturating_add(query.length().unwrap_or(1)),
    };
    let is_whole = start.subsec_nanosecond() == 0;
    let answer = slots(query, resources, budget)?;
    let offered = is_whole && lists(query, &answer, slot);

    let mut reasons = Vec::with_capacity(resources.len());
    let mut others = Vec::with_capacity(resources.len());
    for resource in resources {
        if (budget.stop)() {
            return Err(Refusal::Stopped);
        }
        let found = obstacles(query, resource, slot);
        others.push(Other::new(resource, slot, &found));
        reasons.push(found);
    }
    // Whether slots start there at all, once all else is out of the way.
    let widened = widened(query, slot);
    let others: Vec<Resource<'_>> = others
        .iter()
        .zip(resources)
        .map(|(other, resource)| other.resource(resource))
        .collect();
    let begins = |others: &[Resource<'_>]| {
        Ok(is_whole && lists(query, &slots(&widened, others, budget)?, slot))
    };
    if query.mode == Mode::Mutual {
        if !offered && !others.is_empty() && !begins(&others)? {
            reasons[0].push(Reason::Grid);
        }
    } else if !offered {
        for (found, other) in reasons.iter_mut().zip(&others) {
            if !begins(std::slice::from_ref(other))? {
                found.push(Reason::Grid);
            }
        }
    }
    let starts = || answer.iter().map(|(start, _, _)| start);
    let before = starts().take_while(|other| *other < start).last();
    let after = starts().find(|other| *other > start);
    Ok(Explanation {
        offered,
        resources: reasons,
        before,
        after,
    })
}

/// Whether an answer has the slot, or an interval around the moment.
fn lists(query: &Query, answer: &Slots, slot: Span) -> bool {
    answer.spans().any(|span| match query.length {
        Some(_) => span == slot,
        None => span.contains(&slot),
    })
}

/// The question with a window that holds the slot, and now not after it.
fn widened(query: &Query, slot: Span) -> Query {
    let at = super::local::timestamp;
    let window = query.window.span();
    Query {
        window: Window::of(
            at(window.start.min(slot.start)),
            at(window.end.max(slot.end)),
        ),
        now: query.now.min(at(slot.start)),
        ..*query
    }
}

/// All reasons but the grid.
fn obstacles(query: &Query, resource: &Resource<'_>, slot: Span) -> Vec<Reason> {
    let mut found = Vec::new();
    let (window, now) = (query.window.span(), query.first_start());
    if slot.start < now {
        found.push(Reason::Past);
    }
    if slot.start < window.start && (window.start > now || slot.start >= now) {
        found.push(Reason::TooSoon);
    }
    if slot.end > window.end {
        found.push(Reason::TooFar);
    }
    if resource.full.has(slot.start) {
        found.push(Reason::Limit);
    }
    let mut clocks = Clocks::new(slot);
    for (level, rules) in resource.levels.lists() {
        let name = |rule: &Constraint| RuleName {
            level,
            index: rule.index,
            name: rule.name,
        };
        if let Some(mut closing) = closing(rules, resource, slot, &mut clocks)
            .map(|rules| rules.into_iter().map(name).collect::<Vec<_>>())
        {
            closing.dedup();
            found.push(Reason::Closed(closing));
        }
        for rule in rules
            .list
            .iter()
            .filter(|rule| rule.effect == Effect::Block)
        {
            let zone = rule.zone.as_ref().map_or(resource.zone, |zone| &zone.0);
            let mut closed = Vec::new();
            spans(rule, clocks.of(zone), &mut closed);
            let reason = Reason::Blocked(name(rule));
            let overlaps = |span: &Span| !span.is_empty() && span.overlaps(&slot);
            if closed.iter().any(overlaps) && !found.contains(&reason) {
                found.push(reason);
            }
        }
    }
    let buffer = query.buffer();
    let near = Span {
        start: slot.start - buffer,
        end: slot.end + buffer,
    };
    let (first, around) = resource.busy.around(near);
    for (place, busy) in around.iter().enumerate() {
        if busy.counts(query.ignores_all_day()) && busy.span().overlaps(&near) {
            found.push(if busy.span().overlaps(&slot) {
                Reason::Busy(first + place)
            } else {
                Reason::Buffer(first + place)
            });
        }
    }
    found
}

/// The kinds of rules that open time, as bits.
fn kind(rule: &Constraint) -> u8 {
    match rule.when {
        When::Days(_) => 1,
        When::Hours(_) => 2,
        When::DayHours(..) | When::Period(..) => 4,
    }
}

/// The fewest rules without which the list's opening hours hold all of the slot; `None` if they do anyway.
///
/// Kinds go as a whole: of several days that are allowed, none is to blame alone.
fn closing<'a>(
    rules: &'a Rules,
    resource: &Resource<'_>,
    slot: Span,
    clocks: &mut Clocks,
) -> Option<Vec<&'a Constraint>> {
    let allows: Vec<&Constraint> = rules
        .list
        .iter()
        .filter(|rule| rule.effect == Effect::Allow)
        .collect();
    let mut fewest: Option<Vec<&Constraint>> = None;
    for kinds in 0..8_u8 {
        // One key may have made rules of two kinds, which go together.
        let goes = |rule: &&Constraint| {
            let same = |other: &&Constraint| other.index == rule.index && other.name == rule.name;
            allows
                .iter()
                .any(|other| same(other) && kind(other) & kinds != 0)
        };
        let (gone, kept): (Vec<&Constraint>, Vec<&Constraint>) =
            allows.iter().copied().partition(goes);
        let kept = Rules::of(kept.into_iter().cloned().collect());
        let is_open = covers(&open_by(&kept, resource.zone, clocks), &slot);
        if is_open
            && fewest
                .as_ref()
                .is_none_or(|fewest| gone.len() < fewest.len())
        {
            fewest = Some(gone);
        }
    }
    fewest.filter(|fewest| !fewest.is_empty())
}

/// A resource with all that stands in the way of a slot taken away.
struct Other {
    levels: [Option<Rules>; 4],
    busy: BusyTimes,
    full: FullPeriods,
}

impl Other {
    fn new(resource: &Resource<'_>, slot: Span, reasons: &[Reason]) -> Self {
        let names: Vec<RuleName> = reasons
            .iter()
            .flat_map(|reason| match reason {
                Reason::Closed(names) => names.clone(),
                Reason::Blocked(name) => vec![*name],
                _ => Vec::new(),
            })
            .collect();
        let without = |level, rules: Option<&Rules>| {
            let goes = |rule: &&Constraint| {
                names.contains(&RuleName {
                    level,
                    index: rule.index,
                    name: rule.name,
                })
            };
            let kept = rules?.list.iter().filter(|rule| !goes(rule)).cloned();
            Some(Rules::of(kept.collect()))
        };
        let goes = |place: &usize| {
            reasons.contains(&Reason::Busy(*place)) || reasons.contains(&Reason::Buffer(*place))
        };
        let busy = resource.busy.list().iter().enumerate();
        let busy = busy
            .filter(|(place, _)| !goes(place))
            .map(|(_, busy)| *busy);
        let full = resource.full.spans().iter();
        let full = full.filter(|span| !(span.start <= slot.start && slot.start < span.end));
        let levels = resource.levels;
        Self {
            levels: [
                without(Level::Resource, levels.resource),
                without(Level::Project, levels.project),
                without(Level::Location, levels.location),
                without(Level::Request, levels.request),
            ],
            busy: BusyTimes::new(busy.collect()),
            full: FullPeriods::of(normalize(full.copied().collect())),
        }
    }

    fn resource<'a>(&'a self, resource: &Resource<'a>) -> Resource<'a> {
        let [own, project, location, request] = self.levels.each_ref().map(Option::as_ref);
        Resource {
            zone: resource.zone,
            levels: Levels {
                resource: own,
                project,
                location,
                request,
            },
            busy: &self.busy,
            full: &self.full,
        }
    }
}
