//! The answers: slots, dates and blocked times, and whether one slot can be had.

use std::collections::{BTreeMap, HashMap};

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{
    bitmap,
    limit::FullPeriods,
    local::timestamp,
    open::{Clocks, open},
    query::{Budget, Levels, Mode, Query, Refusal, Resource},
    span::{Span, covers, intersect, normalize, subtract},
};

/// The slots of an answer, by start, then end, then the order of the resources.
///
/// Resources are places in the list that was asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slots {
    slots: Vec<Slot>,
    mentions: Vec<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Slot {
    span: Span,
    first: u32,
    count: u32,
}

impl Slots {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// Each slot's start, end, and resources.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (Timestamp, Timestamp, &[u32])> {
        self.slots.iter().map(|slot| {
            let first = slot.first as usize;
            let resources = &self.mentions[first..first + slot.count as usize];
            (
                timestamp(slot.span.start),
                timestamp(slot.span.end),
                resources,
            )
        })
    }

    pub(super) fn spans(&self) -> impl Iterator<Item = Span> {
        self.slots.iter().map(|slot| slot.span)
    }

    /// All slots name the same resources.
    pub(super) fn shared(spans: impl Iterator<Item = Span>, mentions: Vec<u32>) -> Self {
        let count = small(mentions.len());
        let slots = spans.map(|span| Slot {
            span,
            first: 0,
            count,
        });
        Self {
            slots: slots.collect(),
            mentions,
        }
    }

    pub(super) fn with_capacity(slots: usize, mentions: usize) -> Self {
        Self {
            slots: Vec::with_capacity(slots),
            mentions: Vec::with_capacity(mentions),
        }
    }

    pub(super) fn push(&mut self, span: Span, resources: impl Iterator<Item = u32>) {
        let first = self.mentions.len();
        self.mentions.extend(resources);
        self.slots.push(Slot {
            span,
            first: small(first),
            count: small(self.mentions.len() - first),
        });
    }
}

/// A local date and the places of the resources that have a slot on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateSlots {
    /// The date in the output zone.
    pub date: Date,
    /// In the order of the list that was asked about.
    pub resources: Vec<u32>,
}

/// The slots that are offered (spec 50 §3, 5).
///
/// ```
/// use std::num::NonZeroU32;
/// use domain::availability::*;
/// use jiff::tz::TimeZone;
/// use serde_json::json;
///
/// let at = |text: &str| text.parse().expect("an instant");
/// let rules = Rules::read("constraints", &json!([{"allow_hours": {"start": 9, "end": 11}}])).expect("all is well");
/// let query = Query {
///     window: Window::of(at("2031-04-02T00:00:00Z"), at("2031-04-03T00:00:00Z")),
///     length: NonZeroU32::new(3600),
///     step: None,
///     buffer: 0,
///     rounding: Rounding::HOUR,
///     mode: Mode::Mutual,
///     all_day: AllDay::Blocks,
///     now: at("2031-04-01T00:00:00Z"),
///     seed: 0,
/// };
/// let resource = Resource {
///     zone: &TimeZone::UTC,
///     levels: Levels { request: Some(&rules), ..Levels::default() },
///     busy: &BusyTimes::default(),
///     full: FullPeriods::NONE,
/// };
/// let slots = slots(&query, &[resource], &Budget::DEFAULT)?;
/// let starts: Vec<String> = slots.iter().map(|(start, _, _)| start.to_string()).collect();
/// assert_eq!(starts, ["2031-04-02T09:00:00Z", "2031-04-02T10:00:00Z"]);
/// # Ok::<(), Refusal>(())
/// ```
pub fn slots(
    query: &Query,
    resources: &[Resource<'_>],
    budget: &Budget<'_>,
) -> Result<Slots, Refusal> {
    let mut solver = Solver::new(query, resources, budget)?;
    if resources.is_empty() {
        return Ok(Slots::default());
    }
    let Some(length) = query.length() else {
        return solver.intervals();
    };
    if let Some(answer) = bitmap::slots(&mut solver) {
        return answer;
    }
    if query.mode == Mode::Mutual {
        return solver.mutual(length);
    }
    solver.any(length)
}

/// The number of distinct slot times that [`slots`] would list (spec 50 §8.13).
pub fn count(
    query: &Query,
    resources: &[Resource<'_>],
    budget: &Budget<'_>,
) -> Result<usize, Refusal> {
    let slots = slots(query, resources, budget)?.slots;
    let mut times: Vec<Span> = slots.into_iter().map(|slot| slot.span).collect();
    times.dedup();
    Ok(times.len())
}

/// Each local date with a slot, and every resource with a slot of its own grid that starts on it; in [`Mode::Mutual`]
/// all resources or none (spec 50 §8.14).
///
/// The date is that of `zone`, else of each resource's own zone. Free intervals (no length) count on each date that
/// they touch.
pub fn dates(
    query: &Query,
    resources: &[Resource<'_>],
    zone: Option<&TimeZone>,
    budget: &Budget<'_>,
) -> Result<Vec<DateSlots>, Refusal> {
    let mut solver = Solver::new(query, resources, budget)?;
    let mut found: BTreeMap<Date, Vec<u32>> = BTreeMap::new();
    if query.mode == Mode::Mutual {
        let Some(first) = resources.first() else {
            return Ok(Vec::new());
        };
        let free = solver.all_free()?;
        let zone = zone.unwrap_or(first.zone);
        for date in solver.own_dates(0, &free, zone)? {
            found.insert(date, (0..small(resources.len())).collect());
        }
    } else {
        let mut free = Vec::new();
        for (place, resource) in resources.iter().enumerate() {
            solver.check()?;
            solver.free(resource, &mut free);
            let zone = zone.unwrap_or(resource.zone);
            for date in solver.own_dates(place, &free, zone)? {
                found.entry(date).or_default().push(small(place));
            }
        }
    }
    Ok(found
        .into_iter()
        .map(|(date, resources)| DateSlots { date, resources })
        .collect())
}

/// What is not free in the window, each resource on its own (spec 50 §6, §8.15).
///
/// With a length: the slots of a grid over the whole window that touch a moment that is not free; equal times of several
/// resources are one slot. Without: the merged spans that are not free, by start, end, and the order of resources.
pub fn blocked(
    query: &Query,
    resources: &[Resource<'_>],
    budget: &Budget<'_>,
) -> Result<Slots, Refusal> {
    let mut solver = Solver::new(query, resources, budget)?;
    let whole = normalize(vec![query.window.span()]);
    let mut found: Vec<(Span, u32)> = Vec::new();
    let mut free = Vec::new();
    for (place, resource) in resources.iter().enumerate() {
        solver.check()?;
        solver.free(resource, &mut free);
        let Some(length) = query.length() else {
            let mut rest = Vec::new();
            let mut open = Vec::new();
            subtract(&free, resource.full.spans().iter().copied(), &mut open);
            subtract(&whole, open.into_iter(), &mut rest);
            found.extend(rest.into_iter().map(|span| (span, small(place))));
            solver.limit(found.len(), found.len())?;
            continue;
        };
        let mut grid = Vec::new();
        solver.grid(resource, &whole, i64::MIN, FullPeriods::NONE, &mut grid)?;
        let slots = grid.into_iter().map(|start| Span {
            start,
            end: start + length,
        });
        let taken = slots.filter(|slot| !covers(&free, slot) || resource.full.has(slot.start));
        found.extend(taken.map(|slot| (slot, small(place))));
        if found.len() > budget.mentions {
            return Err(Refusal::TooManySlots(budget.slots));
        }
    }
    found.sort_unstable();
    let mut slots = Slots::default();
    for (span, place) in found {
        match slots.slots.last_mut() {
            Some(last) if last.span == span && query.length.is_some() => {
                last.count += 1;
                slots.mentions.push(place);
            }
            _ => slots.push(span, [place].into_iter()),
        }
    }
    solver.limit(slots.len(), slots.mentions.len())?;
    Ok(slots)
}

/// Whether `resource` is free for the whole slot that begins at `start`: open, not busy, within the window, not past and
/// in no full period. Whether the slot lies on a grid does not matter (spec 50 §8.3).
///
/// Every slot that [`slots`] offers can be had by this measure. A slot that is not on a whole second is none.
pub fn bookable(query: &Query, resource: &Resource<'_>, start: Timestamp) -> bool {
    let Some(length) = query.length() else {
        return false;
    };
    let slot = Span {
        start: start.as_second(),
        end: start.as_second().saturating_add(length),
    };
    start.subsec_nanosecond() == 0
        && query.window.span().contains(&slot)
        && slot.start >= query.first_start()
        && !resource.full.has(slot.start)
        && is_free(query, resource, slot)
}

/// Whether a slot is open and not busy, by the rules around it alone.
pub(super) fn is_free(query: &Query, resource: &Resource<'_>, slot: Span) -> bool {
    let ignored = query.ignores_all_day();
    let is_busy = resource
        .busy
        .blocking(slot, query.buffer(), ignored)
        .any(|busy| busy.overlaps(&slot));
    !is_busy && {
        let open = open(&resource.levels, resource.zone, &mut Clocks::new(slot));
        covers(&open, &slot)
    }
}

/// The order in which round robin asks: shuffled once for the random one (spec 50 §5).
pub(super) fn order(query: &Query, count: usize) -> Vec<u32> {
    let mut order: Vec<u32> = (0..small(count)).collect();
    if query.mode == Mode::RoundRobinRandom {
        let mut state = query.seed;
        for last in (1..count).rev() {
            let drawn = splitmix(&mut state) % (last as u64 + 1);
            let drawn = usize::try_from(drawn).expect("invariant: at most the number of resources");
            order.swap(last, drawn);
        }
    }
    order
}

/// SplitMix64 (Steele, Lea, Flood 2014): good enough to shuffle, and the same everywhere.
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

pub(super) fn small(number: usize) -> u32 {
    u32::try_from(number).expect("invariant: the budget bounds it")
}

/// One question at work: the clocks and the open times that resources share.
pub(super) struct Solver<'a, 'b> {
    pub query: &'a Query,
    pub resources: &'a [Resource<'a>],
    pub budget: &'a Budget<'b>,
    pub clocks: Clocks,
    open: Vec<(Levels<'a>, usize, Vec<Span>)>,
    /// Where in `open` to look, by the prints of the rules and the clock.
    known: HashMap<([u64; 4], usize), usize>,
    last: usize,
}

impl<'a, 'b> Solver<'a, 'b> {
    pub(super) fn new(
        query: &'a Query,
        resources: &'a [Resource<'a>],
        budget: &'a Budget<'b>,
    ) -> Result<Self, Refusal> {
        if resources.len() > budget.resources {
            return Err(Refusal::TooManyResources(budget.resources));
        }
        Ok(Self {
            query,
            resources,
            budget,
            clocks: Clocks::new(query.window.span()),
            open: Vec::new(),
            known: HashMap::new(),
            last: 0,
        })
    }

    pub(super) fn check(&self) -> Result<(), Refusal> {
        if (self.budget.stop)() {
            return Err(Refusal::Stopped);
        }
        Ok(())
    }

    pub(super) fn limit(&self, slots: usize, mentions: usize) -> Result<(), Refusal> {
        if slots > self.budget.slots || mentions > self.budget.mentions {
            return Err(Refusal::TooManySlots(self.budget.slots));
        }
        Ok(())
    }

    /// The place of the open time of a resource, which many may share.
    pub(super) fn open_place(&mut self, resource: &Resource<'a>) -> usize {
        let clock = self.clocks.place(resource.zone);
        let levels = resource.levels;
        // Most often it is the same as before; a print that lies costs a second copy.
        let is_same = |known: usize, this: &Self| {
            let same = this.open.get(known);
            same.is_some_and(|(other, zone, _)| *zone == clock && *other == levels)
        };
        if is_same(self.last, self) {
            return self.last;
        }
        let key = (levels.prints(), clock);
        self.last = match self.known.get(&key) {
            Some(known) if is_same(*known, self) => *known,
            _ => {
                let spans = open(&levels, resource.zone, &mut self.clocks);
                self.open.push((levels, clock, spans));
                self.known.insert(key, self.open.len() - 1);
                self.open.len() - 1
            }
        };
        self.last
    }

    pub(super) fn open_at(&self, place: usize) -> &[Span] {
        &self.open[place].2
    }

    /// The free time of a resource: open, and not busy.
    fn free(&mut self, resource: &Resource<'a>, free: &mut Vec<Span>) {
        let place = self.open_place(resource);
        free.clear();
        let busy = resource.busy.blocking(
            self.query.window.span(),
            self.query.buffer(),
            self.query.ignores_all_day(),
        );
        subtract(self.open_at(place), busy, free);
    }

    /// The time in which all resources are free.
    fn all_free(&mut self) -> Result<Vec<Span>, Refusal> {
        let mut all = normalize(vec![self.query.window.span()]);
        let mut free = Vec::new();
        for resource in self.resources {
            self.check()?;
            self.free(resource, &mut free);
            all = intersect(&all, &free);
        }
        Ok(all)
    }

    /// Appends the starts that a resource offers in `free`: on its own grid, not past, in no full period.
    fn starts(
        &mut self,
        resource: &Resource<'a>,
        free: &[Span],
        starts: &mut Vec<i64>,
    ) -> Result<(), Refusal> {
        self.grid(
            resource,
            free,
            self.query.first_start(),
            resource.full,
            starts,
        )
    }

    /// Appends the starts of a resource's grid in `free`, from `from` on and in none of the `full` periods.
    fn grid(
        &mut self,
        resource: &Resource<'a>,
        free: &[Span],
        from: i64,
        full: &FullPeriods,
        starts: &mut Vec<i64>,
    ) -> Result<(), Refusal> {
        let (Some(length), Some(step)) = (self.query.length(), self.query.step()) else {
            return Ok(());
        };
        let grid = self.query.rounding.grid();
        let most = self.budget.slots;
        let local = self.clocks.of(resource.zone);
        let before = starts.len();
        for span in free {
            let mut start = match grid {
                Some(grid) => local.round_up(span.start, grid),
                None => span.start,
            };
            if start < from {
                start += (from - start + step - 1) / step * step;
            }
            while start + length <= span.end {
                if !full.has(start) {
                    starts.push(start);
                    if starts.len() - before > most {
                        return Err(Refusal::TooManySlots(most));
                    }
                }
                start += step;
            }
        }
        Ok(())
    }

    /// The dates of the slots of one resource's grid in `free`.
    fn own_dates(
        &mut self,
        place: usize,
        free: &[Span],
        zone: &TimeZone,
    ) -> Result<Vec<Date>, Refusal> {
        let resource = &self.resources[place];
        let mut dates = Vec::new();
        if self.query.length.is_some() {
            let mut starts = Vec::new();
            self.starts(resource, free, &mut starts)?;
            if self.query.mode == Mode::Mutual {
                starts.retain(|start| !self.resources.iter().any(|other| other.full.has(*start)));
            }
            dates.extend(starts.into_iter().map(|start| date(start, zone)));
        } else {
            for span in self.offered(place, free) {
                let (mut next, last) = (date(span.start, zone), date(span.end - 1, zone));
                while next < last {
                    dates.push(next);
                    next = next.tomorrow().unwrap_or(last);
                }
                dates.push(last);
            }
        }
        // Where the clock passes midnight twice, dates come back.
        dates.sort_unstable();
        dates.dedup();
        Ok(dates)
    }

    /// Free intervals as they are offered: from now on, without full periods.
    fn offered(&self, place: usize, free: &[Span]) -> Vec<Span> {
        let mut rest = Vec::new();
        let full = self.resources.iter().enumerate();
        let full = full.filter(|(other, _)| *other == place || self.query.mode == Mode::Mutual);
        let full = full.flat_map(|(_, resource)| resource.full.spans().iter().copied());
        subtract(free, normalize(full.collect()).into_iter(), &mut rest);
        let from = self.query.first_start();
        for span in &mut rest {
            span.start = span.start.max(from);
        }
        rest.retain(|span| !span.is_empty());
        rest
    }

    /// No length: the free intervals themselves (spec 50 §8.8).
    fn intervals(&mut self) -> Result<Slots, Refusal> {
        if self.query.mode == Mode::Mutual {
            let free = self.all_free()?;
            let spans = self.offered(0, &free);
            self.limit(spans.len(), self.resources.len())?;
            let everybody = (0..small(self.resources.len())).collect();
            return Ok(Slots::shared(spans.into_iter(), everybody));
        }
        let mut found = Vec::new();
        let mut free = Vec::new();
        for (place, resource) in self.resources.iter().enumerate() {
            self.check()?;
            self.free(resource, &mut free);
            let spans = self.offered(place, &free).into_iter();
            found.extend(spans.map(|span| (span, small(place))));
            self.limit(found.len(), found.len())?;
        }
        found.sort_unstable();
        let mut slots = Slots::with_capacity(found.len(), found.len());
        for (span, place) in found {
            slots.push(span, [place].into_iter());
        }
        Ok(slots)
    }

    /// All are free: the shared free time on the grid of the first (spec 50 §8.5).
    fn mutual(&mut self, length: i64) -> Result<Slots, Refusal> {
        let free = self.all_free()?;
        let mut starts = Vec::new();
        self.starts(&self.resources[0], &free, &mut starts)?;
        starts.retain(|start| !self.resources.iter().any(|other| other.full.has(*start)));
        let spans = starts.into_iter().map(|start| Span {
            start,
            end: start + length,
        });
        let everybody = (0..small(self.resources.len())).collect();
        Ok(Slots::shared(spans, everybody))
    }

    /// One free resource, or all that are free, at each start of anybody's grid (spec 50 §5, §8.3).
    fn any(&mut self, length: i64) -> Result<Slots, Refusal> {
        let mut frees = Vec::with_capacity(self.resources.len());
        let (mut times, mut own) = (Vec::new(), Vec::new());
        for resource in self.resources {
            self.check()?;
            let mut free = Vec::new();
            self.free(resource, &mut free);
            own.clear();
            self.starts(resource, &free, &mut own)?;
            times = merge(&times, &own);
            self.limit(times.len(), times.len())?;
            frees.push(free);
        }
        if self.query.mode == Mode::Exclusive {
            return self.exclusive(length, &times, &frees);
        }
        // Each resource, in order, takes the times that are left and at which it is free.
        let mut owners: Vec<Option<u32>> = vec![None; times.len()];
        let mut left = times.len();
        for place in order(self.query, self.resources.len()) {
            if left == 0 {
                break;
            }
            self.check()?;
            let full = self.resources[place as usize].full;
            for at in within(&times, &frees[place as usize], length) {
                if owners[at].is_none() && !full.has(times[at]) {
                    owners[at] = Some(place);
                    left -= 1;
                }
            }
        }
        let mut slots = Slots::with_capacity(times.len(), times.len());
        for (start, owner) in times.into_iter().zip(owners) {
            let end = start + length;
            slots.push(Span { start, end }, owner.into_iter());
        }
        Ok(slots)
    }

    fn exclusive(&self, length: i64, times: &[i64], frees: &[Vec<Span>]) -> Result<Slots, Refusal> {
        // Counted first, so that all names lie in one list, slot by slot.
        let mut places = vec![0_usize; times.len() + 1];
        let every = || {
            let each = frees.iter().zip(self.resources).enumerate();
            each.flat_map(|(place, (free, resource))| {
                within(times, free, length)
                    .filter(|at| !resource.full.has(times[*at]))
                    .map(move |at| (at, small(place)))
            })
        };
        for (at, _) in every() {
            places[at + 1] += 1;
        }
        for at in 0..times.len() {
            places[at + 1] += places[at];
        }
        self.limit(times.len(), places[times.len()])?;
        let slots = times
            .iter()
            .zip(places.windows(2))
            .map(|(start, place)| Slot {
                span: Span {
                    start: *start,
                    end: start + length,
                },
                first: small(place[0]),
                count: small(place[1] - place[0]),
            });
        let slots = slots.collect();
        let mut mentions = vec![0; places[times.len()]];
        for (at, place) in every() {
            mentions[places[at]] = place;
            places[at] += 1;
        }
        Ok(Slots { slots, mentions })
    }
}

/// The places of the times at which a slot fits into one of the spans.
fn within<'a>(times: &'a [i64], free: &'a [Span], length: i64) -> impl Iterator<Item = usize> + 'a {
    free.iter().flat_map(move |span| {
        let first = times.partition_point(|time| *time < span.start);
        let count = times[first..].partition_point(|time| *time + length <= span.end);
        first..first + count
    })
}

/// Both sorted lists as one, each time once.
fn merge(one: &[i64], other: &[i64]) -> Vec<i64> {
    let mut merged = Vec::with_capacity(one.len().max(other.len()));
    let (mut left, mut right) = (one.iter().peekable(), other.iter().peekable());
    while let Some(next) = match (left.peek(), right.peek()) {
        (Some(a), Some(b)) => Some(**a.min(b)),
        (a, b) => a.or(b).map(|time| **time),
    } {
        left.next_if(|time| **time == next);
        right.next_if(|time| **time == next);
        merged.push(next);
    }
    merged
}

fn date(second: i64, zone: &TimeZone) -> Date {
    zone.to_datetime(timestamp(second)).date()
}
