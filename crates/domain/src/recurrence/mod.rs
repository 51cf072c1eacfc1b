//! Repeated events: RFC 5545 recurrence lines and the instances that they name.
//!
//! Rules are wall times in the series' own zone. A wall time in a gap moves forward by the gap, one in a fold is its
//! first occurrence (RFC 5545 §3.3.5), and a timed instance lasts as long as the first one in elapsed time
//! (§3.8.5.3), an all-day one as many days. No input can make a walk long: rules finer than hours are refused,
//! and each walk is bounded (reliability §6).

mod lines;
mod rule;

use std::collections::BTreeSet;

use jiff::{
    SignedDuration, Span, Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};

pub use lines::{LineError, MAX_DATES, MAX_LINES, exception};
use rule::{End, Rule};

use crate::{
    Interval,
    time::{FIRST, LAST, resolve},
};

/// Most instances of any 400 days: a little more than one an hour.
pub const MOST_INSTANCES: usize = 10_000;

/// How long each instance is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// As long as this in elapsed time.
    Elapsed(SignedDuration),
    /// So many whole days of the series' zone.
    Days(i32),
}

/// A repeated event: where it starts, how long it is, and how it goes on.
#[derive(Clone, Debug)]
pub struct Series {
    zone: TimeZone,
    first: DateTime,
    start: Timestamp,
    length: Length,
    rule: Option<Rule>,
    /// `RDATE`
    more: BTreeSet<Timestamp>,
    /// `EXDATE`
    except: BTreeSet<Timestamp>,
}

/// The instances of a window.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instances {
    /// In order of their starts, each start once.
    pub spans: Vec<Interval>,
    /// Whether there are more than were asked for.
    pub is_cut: bool,
}

impl Series {
    /// Reads the lines of a series whose first instance is `span`, in `zone`.
    ///
    /// ```
    /// use domain::{Interval, recurrence::{Length, Series}};
    /// # let at = |text: &str| text.parse::<jiff::Timestamp>().expect("an instant");
    /// let zone = domain::time::zone("Europe/Copenhagen").expect("in the list");
    /// let first = Interval::new(at("2026-10-24T07:00:00Z"), at("2026-10-24T08:00:00Z"))?;
    /// let series = Series::parse(&["RRULE:FREQ=DAILY;COUNT=3"], first, zone, false)?;
    ///
    /// let all = series.instances(Interval::new(at("2026-10-01T00:00:00Z"), at("2026-11-01T00:00:00Z"))?, 10);
    /// let starts: Vec<String> = all.spans.iter().map(|span| span.start().to_string()).collect();
    /// assert_eq!(starts, ["2026-10-24T07:00:00Z", "2026-10-25T08:00:00Z", "2026-10-26T08:00:00Z"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn parse(
        lines: &[impl AsRef<str>],
        span: Interval,
        zone: TimeZone,
        all_day: bool,
    ) -> Result<Self, LineError> {
        let first = zone.to_datetime(span.start());
        let length = if all_day {
            let last = zone.to_datetime(span.end()).date();
            Length::Days((last - first.date()).get_days())
        } else {
            Length::Elapsed(span.end().duration_since(span.start()))
        };
        let read = lines::read(lines, &zone, all_day)?;
        let series = Self {
            zone,
            first,
            start: span.start(),
            length,
            rule: read.rule,
            more: read.more,
            except: read.except,
        };
        if series.more.first().is_some_and(|date| *date < series.start) {
            return Err(LineError::DateBeforeStart);
        }
        Ok(series)
    }

    /// Checks that the series repeats no more often than [`MOST_INSTANCES`] in 400 days, and that a `COUNT` is reached.
    pub fn check(&self) -> Result<(), LineError> {
        let days = SignedDuration::from_hours(400 * 24);
        let year = Interval::new(self.start, (self.start + days).min(LAST + days));
        if year.is_ok_and(|year| self.instances(year, MOST_INSTANCES).is_cut) {
            return Err(LineError::TooOften);
        }
        if self.counted().is_some_and(|walk| walk.is_cut) {
            return Err(LineError::TooSparse);
        }
        Ok(())
    }

    /// When the last instance has ended at the latest; `None` where the series goes on.
    pub fn end(&self) -> Option<Timestamp> {
        let last = match self.rule.as_ref().map(|rule| rule.end) {
            None => self.start,
            Some(End::Never) => return None,
            Some(End::Until(until)) if until >= LAST => return None,
            Some(End::Until(until)) => until.max(self.start),
            Some(End::Count(_)) => {
                let walls = self.counted().map(|walk| walk.walls).unwrap_or_default();
                let last = walls
                    .last()
                    .and_then(|wall| resolve(*wall, &self.zone).ok());
                last.unwrap_or(self.start)
            }
        };
        let last = self.more.last().map_or(last, |date| last.max(*date));
        self.span(last).map(|span| span.end())
    }

    /// The same series, known to have ended by `end`: a walk need not count from its start.
    #[must_use]
    pub fn ending(mut self, end: Option<Timestamp>) -> Self {
        let last = end.and_then(|end| match self.length {
            Length::Elapsed(length) => end.checked_sub(length).ok(),
            Length::Days(days) => {
                let date = self.zone.to_datetime(end).date();
                midnight(
                    date.checked_sub(Span::new().try_days(days).ok()?).ok()?,
                    &self.zone,
                )
            }
        });
        if let (Some(rule), Some(last), true) = (&mut self.rule, last, self.more.is_empty())
            && matches!(rule.end, End::Count(_))
        {
            rule.end = End::Until(last);
        }
        self
    }

    /// The instances that share time with a window, the first `limit` of them by start.
    pub fn instances(&self, window: Interval, limit: usize) -> Instances {
        let reach = match self.length {
            Length::Elapsed(length) => length,
            Length::Days(days) => SignedDuration::from_hours(i64::from(days) * 24),
        };
        // A day more on either side, since no wall time is further from its instant.
        let day = SignedDuration::from_hours(25);
        let clamp = |at: Timestamp| at.clamp(FIRST, LAST);
        let from = clamp(window.start()).checked_sub(reach + day + day);
        let to = clamp(window.end()).checked_add(day);
        let (Ok(from), Ok(to)) = (from, to) else {
            return Instances::default();
        };

        let (mut starts, mut is_cut) = (BTreeSet::new(), false);
        let within = |span: &Interval| span.overlaps(&window);
        let mut keep = |start: Timestamp| {
            if !self.except.contains(&start) && self.span(start).is_some_and(|span| within(&span)) {
                starts.insert(start);
            }
        };
        keep(self.start);
        self.more.iter().copied().for_each(&mut keep);
        if let Some(rule) = &self.rule {
            let until = match rule.end {
                End::Until(until) => until,
                End::Never | End::Count(_) => LAST,
            };
            let to = to.min(until + day);
            let [from, to] = [from, to].map(|at| self.zone.to_datetime(at));
            // Some of what is found may be outside or excluded: find so many more.
            let enough = limit
                .saturating_add(self.except.len())
                .saturating_add(2_000);
            let walk = rule.walk(self.first, from, to, enough);
            is_cut = walk.is_cut;
            walk.walls
                .into_iter()
                .filter_map(|wall| resolve(wall, &self.zone).ok())
                .filter(|start| *start <= until && *start < LAST)
                .for_each(&mut keep);
        }
        is_cut |= starts.len() > limit;
        let spans = starts.into_iter().take(limit);
        Instances {
            spans: spans.filter_map(|start| self.span(start)).collect(),
            is_cut,
        }
    }

    /// The instance that starts at this instant, if there is one.
    pub fn instance(&self, start: Timestamp) -> Option<Interval> {
        let span = self.span(start)?;
        let found = self.instances(span, MOST_INSTANCES);
        found.spans.into_iter().find(|one| one.start() == start)
    }

    /// The wall time of an instant in the series' zone.
    pub fn wall(&self, at: Timestamp) -> DateTime {
        self.zone.to_datetime(at)
    }

    /// The span of an instance that starts at this instant; `None` where a clock change leaves nothing of it.
    fn span(&self, start: Timestamp) -> Option<Interval> {
        let end = match self.length {
            Length::Elapsed(length) => start.checked_add(length).ok()?,
            Length::Days(days) => {
                let date = self.zone.to_datetime(start).date();
                midnight(
                    date.checked_add(Span::new().try_days(days).ok()?).ok()?,
                    &self.zone,
                )?
            }
        };
        Interval::new(start, end).ok()
    }

    /// All wall times of a rule with `COUNT`.
    fn counted(&self) -> Option<rule::Walk> {
        let rule = self.rule.as_ref()?;
        let End::Count(_) = rule.end else {
            return None;
        };
        let end = self.zone.to_datetime(LAST);
        Some(rule.walk(self.first, self.first, end, usize::MAX))
    }
}

/// The first instant of a day in a zone.
pub fn midnight(date: Date, zone: &TimeZone) -> Option<Timestamp> {
    resolve(date.at(0, 0, 0, 0), zone).ok()
}

#[cfg(test)]
mod tests;
