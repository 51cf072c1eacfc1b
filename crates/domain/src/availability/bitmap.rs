//! The fast path: a bit for each tick of the window, sixty-four at a time.
//!
//! A tick divides the length, the step, the grid of rounding, and every difference between the offsets of the zones. As
//! the first start of every free interval is rounded to the grid, all slots begin and end on ticks, and any edge of busy
//! or closed time may be moved outward to its tick without changing a slot.
//! It is an optimization of `slots.rs`, which says what is meant and takes over where there is no tick of a minute.

use super::{
    local::{DAY, Local},
    query::{Mode, Refusal, Resource},
    slots::{Slots, Solver, order, small},
    span::Span,
};

/// The shortest tick in seconds.
const SHORTEST: i64 = 60;
/// The most words of all resources together: 8 MiB.
const MOST_WORDS: usize = 1 << 20;
/// The longest window in seconds for which [`Ticks::floor`] is exact.
const LONGEST: i64 = 1 << 25;
/// The fixed point of the reciprocal of a tick.
const POINT: u32 = 44;

/// Where the ticks lie.
struct Ticks {
    window: Span,
    origin: i64,
    tick: i64,
    reciprocal: u64,
    words: usize,
    /// In ticks.
    length: usize,
    step: usize,
    grid: i64,
}

/// The bits of one wall clock.
struct Face {
    /// The starts that rounding may find.
    grid: Vec<u64>,
    /// Every multiple of the step, and how many ticks a grid has; `None` where that is not the same all over the window.
    even: Option<(Vec<u64>, usize)>,
}

/// Answers by bits, or `None` where the question does not fit them.
pub(super) fn slots(solver: &mut Solver<'_, '_>) -> Option<Result<Slots, Refusal>> {
    let ticks = Ticks::new(solver)?;
    Some(Board::new(&ticks).solve(solver))
}

fn gcd(mut one: i64, mut other: i64) -> i64 {
    while other != 0 {
        (one, other) = (other, one % other);
    }
    one.abs()
}

impl Ticks {
    fn new(solver: &mut Solver<'_, '_>) -> Option<Self> {
        let query = solver.query;
        let (length, step, grid) = (query.length()?, query.step()?, query.rounding.grid()?);
        let window = query.window.span();
        // A grid that does not divide the day begins again at midnight.
        let mut tick = gcd(gcd(length, step), gcd(grid, DAY));
        let mut phase = None;
        for resource in solver.resources {
            for offset in solver.clocks.of(resource.zone).offsets() {
                let phase = *phase.get_or_insert(offset);
                tick = gcd(tick, offset - phase);
            }
        }
        if tick < SHORTEST || window.end - window.start > LONGEST - DAY {
            return None;
        }
        let origin = window.start - (window.start + phase?).rem_euclid(tick);
        let count = (window.end - origin).div_euclid(tick) + 1;
        let words = usize::try_from(count).ok()?.div_ceil(64);
        if words * (solver.resources.len() + 8) > MOST_WORDS {
            return None;
        }
        Some(Self {
            window,
            origin,
            tick,
            reciprocal: (1 << POINT) / tick.unsigned_abs() + 1,
            words,
            length: usize::try_from(length / tick).ok()?,
            step: usize::try_from(step / tick).ok()?,
            grid,
        })
    }

    /// The tick with a second that is not before the origin, nor after the window.
    ///
    /// Exact: the excess of the reciprocal, times 2^25 seconds, times a day, is below its fixed point.
    #[inline]
    fn floor(&self, second: i64) -> usize {
        let since = (second - self.origin).unsigned_abs();
        usize::try_from((since * self.reciprocal) >> POINT).unwrap_or(usize::MAX)
    }

    /// The first tick that begins at `second` or later.
    #[inline]
    fn ceil(&self, second: i64) -> usize {
        self.floor(second + self.tick - 1)
    }

    fn second(&self, tick: usize) -> i64 {
        self.origin + i64::try_from(tick).unwrap_or(i64::MAX) * self.tick
    }

    fn face(&self, local: &Local) -> Face {
        let count = self.words * 64;
        let mut offsets = local.offsets();
        let first = offsets.next().unwrap_or(0);
        let is_regular =
            DAY % self.grid == 0 && offsets.all(|offset| (offset - first) % self.grid == 0);
        // Every so many ticks, where the clock shows a multiple of `seconds`.
        let every = |seconds: i64| {
            let mut bits = vec![0; self.words];
            let ticks = usize::try_from(seconds / self.tick).unwrap_or(usize::MAX);
            let into = (self.origin + first).rem_euclid(seconds) / self.tick;
            let from = (ticks - usize::try_from(into).unwrap_or(0)) % ticks;
            for tick in (from..count).step_by(ticks) {
                set(&mut bits, tick);
            }
            bits
        };
        let step = i64::try_from(self.step).unwrap_or(i64::MAX) * self.tick;
        if !is_regular {
            let mut grid = vec![0; self.words];
            let mut next = local.round_up(self.origin, self.grid);
            while next < self.second(count) {
                set(&mut grid, self.floor(next));
                next = local.round_up(next + 1, self.grid);
            }
            return Face { grid, even: None };
        }
        let cell = usize::try_from(self.grid / self.tick).unwrap_or(usize::MAX);
        Face {
            grid: every(self.grid),
            even: (self.grid % step == 0).then(|| (every(step), cell)),
        }
    }

    /// The ticks that are wholly within the spans.
    fn inner(&self, spans: &[Span]) -> Vec<u64> {
        let mut bits = vec![0; self.words];
        for span in spans {
            let (from, to) = (self.ceil(span.start), self.floor(span.end));
            if from < to {
                fill(&mut bits, from, to);
            }
        }
        bits
    }

    /// Takes away the ticks that a span touches; it may reach beyond the window.
    #[inline]
    fn clear(&self, bits: &mut [u64], span: Span) {
        let span = span.clip(&self.window);
        if !span.is_empty() {
            clear(bits, self.floor(span.start), self.ceil(span.end));
        }
    }

    /// Takes away the ticks that begin in a span.
    fn clear_starts(&self, bits: &mut [u64], span: Span) {
        let span = span.clip(&self.window);
        if !span.is_empty() {
            clear(bits, self.ceil(span.start), self.ceil(span.end));
        }
    }
}

/// What is worked on; made once a question.
struct Board<'t> {
    ticks: &'t Ticks,
    faces: Vec<Option<Face>>,
    /// Open time, at the places of the solver's.
    open: Vec<Vec<u64>>,
    /// Free ticks of the resource at hand.
    free: Vec<u64>,
    /// Where a slot fits.
    fits: Vec<u64>,
    /// Two bitmaps for intermediate results.
    spare: [Vec<u64>; 2],
}

impl<'t> Board<'t> {
    fn new(ticks: &'t Ticks) -> Self {
        let empty = || vec![0; ticks.words];
        Self {
            ticks,
            faces: Vec::new(),
            open: Vec::new(),
            free: empty(),
            fits: empty(),
            spare: [empty(), empty()],
        }
    }

    fn solve(mut self, solver: &mut Solver<'_, '_>) -> Result<Slots, Refusal> {
        let ticks = self.ticks;
        let resources = solver.resources;
        let mut times = vec![0; ticks.words];
        if solver.query.mode == Mode::Mutual {
            let mut all = vec![u64::MAX; ticks.words];
            for resource in resources {
                solver.check()?;
                self.free(solver, resource);
                and(&mut all, &self.free);
            }
            self.free = all;
            self.fit();
            for resource in resources {
                self.drop_starts(solver, resource);
            }
            self.starts(solver, &resources[0], &mut times);
            solver.limit(ones(&times), resources.len())?;
            let everybody = (0..small(resources.len())).collect();
            let spans = bits(&times).map(|tick| self.slot(tick));
            return Ok(Slots::shared(spans, everybody));
        }

        let mut fits = Vec::with_capacity(ticks.words * resources.len());
        for resource in resources {
            solver.check()?;
            self.free(solver, resource);
            self.fit();
            self.drop_starts(solver, resource);
            self.starts(solver, resource, &mut times);
            fits.extend_from_slice(&self.fits);
        }
        let count = ones(&times);
        solver.limit(count, count)?;
        let of = |place: u32| {
            let first = place as usize * ticks.words;
            &fits[first..first + ticks.words]
        };
        if solver.query.mode == Mode::Exclusive {
            let mut total = 0;
            for place in 0..small(resources.len()) {
                let free = times.iter().zip(of(place));
                total += free
                    .map(|(time, fit)| (time & fit).count_ones() as usize)
                    .sum::<usize>();
            }
            solver.limit(count, total)?;
            let mut slots = Slots::with_capacity(count, total);
            for tick in bits(&times) {
                let free = (0..small(resources.len())).filter(|place| has(of(*place), tick));
                slots.push(self.slot(tick), free);
            }
            return Ok(slots);
        }
        // Each resource, in order, takes the times that are left and at which it is free.
        let mut owners = vec![0; ticks.words * 64];
        let mut left = times.clone();
        for place in order(solver.query, resources.len()) {
            let mut some = 0;
            for (word, (left, fit)) in left.iter_mut().zip(of(place)).enumerate() {
                let mut taken = *left & fit;
                *left &= !taken;
                some |= *left;
                while taken != 0 {
                    owners[word * 64 + taken.trailing_zeros() as usize] = place;
                    taken &= taken - 1;
                }
            }
            if some == 0 {
                break;
            }
        }
        let mut slots = Slots::with_capacity(count, count);
        for tick in bits(&times) {
            slots.push(self.slot(tick), std::iter::once(owners[tick]));
        }
        Ok(slots)
    }

    fn slot(&self, tick: usize) -> Span {
        Span {
            start: self.ticks.second(tick),
            end: self.ticks.second(tick + self.ticks.length),
        }
    }

    /// The free ticks of a resource.
    fn free<'a>(&mut self, solver: &mut Solver<'a, '_>, resource: &Resource<'a>) {
        let place = solver.open_place(resource);
        while self.open.len() <= place {
            let open = self.ticks.inner(solver.open_at(self.open.len()));
            self.open.push(open);
        }
        self.free.copy_from_slice(&self.open[place]);
        let query = solver.query;
        let busy =
            resource
                .busy
                .blocking(self.ticks.window, query.buffer(), query.ignores_all_day());
        for span in busy {
            self.ticks.clear(&mut self.free, span);
        }
    }

    /// The ticks from which on as many are free as a slot has: doubled by shifts.
    fn fit(&mut self) {
        self.fits.copy_from_slice(&self.free);
        let mut covered = 1;
        while covered < self.ticks.length {
            let shift = covered.min(self.ticks.length - covered);
            and_down(&mut self.fits, shift);
            covered += shift;
        }
    }

    /// No slot starts before now or in a full period.
    fn drop_starts(&mut self, solver: &Solver<'_, '_>, resource: &Resource<'_>) {
        let past = Span {
            start: self.ticks.window.start,
            end: solver.query.first_start(),
        };
        for span in std::iter::once(&past).chain(resource.full.spans()) {
            self.ticks.clear_starts(&mut self.fits, *span);
        }
    }

    /// Adds the starts of the resource's grid in its free time.
    fn starts<'a>(
        &mut self,
        solver: &mut Solver<'a, '_>,
        resource: &Resource<'a>,
        times: &mut [u64],
    ) {
        let place = solver.clocks.place(resource.zone);
        if self.faces.len() <= place {
            self.faces.resize_with(place + 1, || None);
        }
        let ticks = self.ticks;
        let face = self.faces[place].get_or_insert_with(|| ticks.face(solver.clocks.at(place)));
        let Some((steps, cell)) = &face.even else {
            return self.starts_by_runs(place, times);
        };
        // From each free grid point, spread within its cell through free ticks: log2 of the cell's length shifts.
        let [spread, through] = &mut self.spare;
        for (at, free) in self.free.iter().enumerate() {
            spread[at] = free & face.grid[at];
            through[at] = free & !face.grid[at];
        }
        let mut reach = 1;
        while reach < *cell {
            spread_up(spread, through, reach);
            reach *= 2;
            if reach < *cell {
                and_up(through, reach / 2);
            }
        }
        for (at, time) in times.iter_mut().enumerate() {
            *time |= spread[at] & self.fits[at] & steps[at];
        }
    }

    /// The same one free interval after another, where steps and grid do not match.
    fn starts_by_runs(&self, place: usize, times: &mut [u64]) {
        let Some(face) = &self.faces[place] else {
            return;
        };
        let mut from = next(&self.free, 0, 0);
        while let Some(begin) = from {
            let end = next(&self.free, begin, u64::MAX).unwrap_or(self.free.len() * 64);
            let mut start = next(&face.grid, begin, 0);
            while let Some(tick) = start
                && tick + self.ticks.length <= end
            {
                if has(&self.fits, tick) {
                    set(times, tick);
                }
                start = Some(tick + self.ticks.step);
            }
            from = next(&self.free, end, 0);
        }
    }
}

fn set(bits: &mut [u64], at: usize) {
    bits[at / 64] |= 1 << (at % 64);
}

fn has(bits: &[u64], at: usize) -> bool {
    bits[at / 64] >> (at % 64) & 1 == 1
}

fn ones(bits: &[u64]) -> usize {
    bits.iter().map(|word| word.count_ones() as usize).sum()
}

/// The bits from `from` on, within one word.
fn upward(from: usize) -> u64 {
    u64::MAX << (from % 64)
}

/// The bits below `to`, where `to` may be the end of the word.
fn downward(to: usize) -> u64 {
    u64::MAX >> ((64 - to % 64) % 64)
}

fn fill(bits: &mut [u64], from: usize, to: usize) {
    each_word(bits, from, to, |word, mask| *word |= mask);
}

#[inline]
fn clear(bits: &mut [u64], from: usize, to: usize) {
    let to = to.min(bits.len() * 64);
    if from < to {
        each_word(bits, from, to, |word, mask| *word &= !mask);
    }
}

/// Hands out the words of the bits `from..to`, which is not empty, with the bits that are meant.
#[inline]
fn each_word(bits: &mut [u64], from: usize, to: usize, mut change: impl FnMut(&mut u64, u64)) {
    let (first, last) = (from / 64, (to - 1) / 64);
    if first == last {
        return change(&mut bits[first], upward(from) & downward(to));
    }
    change(&mut bits[first], upward(from));
    for word in &mut bits[first + 1..last] {
        change(word, u64::MAX);
    }
    change(&mut bits[last], downward(to));
}

fn and(bits: &mut [u64], other: &[u64]) {
    for (word, other) in bits.iter_mut().zip(other) {
        *word &= other;
    }
}

/// `bits & (bits >> shift)`, in place: only words that come later are read.
fn and_down(bits: &mut [u64], shift: usize) {
    let (words, rest) = (shift / 64, shift % 64);
    for at in 0..bits.len() {
        let read = |at: usize| bits.get(at).copied().unwrap_or(0);
        let mut moved = read(at + words) >> rest;
        if rest > 0 {
            moved |= read(at + words + 1) << (64 - rest);
        }
        bits[at] &= moved;
    }
}

/// The word at `at` of `bits << shift`.
fn moved_up(bits: &[u64], at: usize, shift: usize) -> u64 {
    let (words, rest) = (shift / 64, shift % 64);
    let read = |back: usize| at.checked_sub(back).map_or(0, |at| bits[at]);
    let mut moved = read(words) << rest;
    if rest > 0 {
        moved |= read(words + 1) >> (64 - rest);
    }
    moved
}

/// `bits & (bits << shift)`, in place: only words that come earlier are read.
fn and_up(bits: &mut [u64], shift: usize) {
    for at in (0..bits.len()).rev() {
        bits[at] &= moved_up(bits, at, shift);
    }
}

/// `bits | (bits << shift & through)`, in place.
fn spread_up(bits: &mut [u64], through: &[u64], shift: usize) {
    for at in (0..bits.len()).rev() {
        bits[at] |= moved_up(bits, at, shift) & through[at];
    }
}

/// The next bit from `from` on that is one, or zero where `flip` is all ones.
fn next(bits: &[u64], from: usize, flip: u64) -> Option<usize> {
    let mut at = from / 64;
    let mut word = (bits.get(at)? ^ flip) & upward(from);
    while word == 0 {
        at += 1;
        word = bits.get(at)? ^ flip;
    }
    Some(at * 64 + word.trailing_zeros() as usize)
}

/// The places of all ones.
fn bits(words: &[u64]) -> impl Iterator<Item = usize> {
    words.iter().enumerate().flat_map(|(at, word)| {
        let mut rest = *word;
        std::iter::from_fn(move || {
            let bit = (rest != 0).then(|| at * 64 + rest.trailing_zeros() as usize);
            rest &= rest.wrapping_sub(1);
            bit
        })
    })
}
