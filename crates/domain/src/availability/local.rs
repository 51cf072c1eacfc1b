//! The wall clock of one zone during a stretch of time, made once and then read by plain arithmetic.
//!
//! Wall times are seconds since 1970-01-01 00:00 of that wall clock; day 0 is that date. The answers are right within
//! [`MARGIN`] of the stretch; further out the outermost offsets are taken to hold for ever.

use jiff::{Timestamp, tz::TimeZone};

use super::span::Span;

pub(super) const DAY: i64 = 86_400;
/// More than the longest window, two days, and the widest change of a clock, one day.
const MARGIN: i64 = 4 * DAY;

/// The offsets of a zone, each from an instant on; the first holds from ever.
#[derive(Clone, Debug)]
pub(super) struct Local {
    stretch: Span,
    stages: Vec<Stage>,
}

#[derive(Clone, Copy, Debug)]
struct Stage {
    from: i64,
    offset: i64,
}

impl Local {
    pub(super) fn new(zone: &TimeZone, stretch: Span) -> Self {
        let start = timestamp(stretch.start - MARGIN);
        let end = timestamp(stretch.end + MARGIN);
        let mut stages = vec![Stage {
            from: i64::MIN,
            offset: i64::from(zone.to_offset(start).seconds()),
        }];
        for change in zone.following(start) {
            if change.timestamp() > end {
                break;
            }
            let offset = i64::from(change.offset().seconds());
            // Names and summer flags change without the clock.
            if stages.last().is_none_or(|last| last.offset != offset) {
                stages.push(Stage {
                    from: change.timestamp().as_second(),
                    offset,
                });
            }
        }
        Self { stretch, stages }
    }

    /// All offsets of the stretch and its margin, in seconds.
    pub(super) fn offsets(&self) -> impl Iterator<Item = i64> {
        self.stages.iter().map(|stage| stage.offset)
    }

    /// The days that may have a second, or the start of a window, in the stretch.
    pub(super) fn days(&self) -> std::ops::RangeInclusive<i64> {
        let day = |second| self.wall(second).div_euclid(DAY);
        day(self.stretch.start) - 2..=day(self.stretch.end) + 1
    }

    /// What the clock shows.
    pub(super) fn wall(&self, second: i64) -> i64 {
        let after = self.stages.partition_point(|stage| stage.from <= second);
        second + self.stages[after - 1].offset
    }

    /// The first second at which the clock shows `wall`; a time in a gap is moved forward by the gap (spec 50 §8.1, 2).
    pub(super) fn first(&self, wall: i64) -> i64 {
        for (stage, until) in self.stages() {
            let second = wall - stage.offset;
            // In a gap the time comes after the end of one stage and before the start of the next, and is told by the former.
            if second < until || self.wall(until) > wall {
                return second;
            }
        }
        unreachable!("the last stage has no end")
    }

    /// The last second at which the clock shows `wall`; a time in a gap is moved forward by the gap.
    pub(super) fn last(&self, wall: i64) -> i64 {
        let shown = self.stages().filter_map(|(stage, until)| {
            let second = wall - stage.offset;
            (stage.from <= second && second < until).then_some(second)
        });
        shown.last().unwrap_or_else(|| self.first(wall))
    }

    /// The first second of a day: its first midnight, or whatever the clock shows first where midnight is skipped.
    ///
    /// It is the start of a later day if the whole day is skipped (spec 50 §8.7).
    pub(super) fn midnight(&self, day: i64) -> i64 {
        let wall = day * DAY;
        for (stage, until) in self.stages() {
            let second = wall - stage.offset;
            if second <= stage.from {
                return stage.from;
            }
            if second < until {
                return second;
            }
        }
        unreachable!("the last stage has no end")
    }

    /// The first second from `second` on at which the time since midnight is a multiple of `grid` (spec 50 §8.4, 10).
    pub(super) fn round_up(&self, second: i64, grid: i64) -> i64 {
        let mut from = second;
        loop {
            let wall = self.wall(from);
            let (day, since) = (wall.div_euclid(DAY), wall.rem_euclid(DAY));
            let next = day * DAY + (since + (grid - since % grid) % grid).min(DAY);
            let found = from + (next - wall);
            let after = self.stages.partition_point(|stage| stage.from <= from);
            match self.stages.get(after) {
                // The clock changes on the way there: look on from the change.
                Some(change) if change.from <= found => from = change.from,
                _ => return found,
            }
        }
    }

    /// Each stage with its end.
    fn stages(&self) -> impl Iterator<Item = (&Stage, i64)> {
        let ends = self.stages[1..].iter().map(|stage| stage.from);
        self.stages.iter().zip(ends.chain([i64::MAX]))
    }
}

/// 0 is Monday: day 0, 1970-01-01, was a Thursday.
pub(super) fn weekday(day: i64) -> i64 {
    (day + 3).rem_euclid(7)
}

/// The instant of a second; beyond the ends of time the end.
pub(super) fn timestamp(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap_or(if second < 0 {
        Timestamp::MIN
    } else {
        Timestamp::MAX
    })
}

/// The first whole second from `instant` on (spec 50 §8.20).
pub(super) fn ceil(instant: Timestamp) -> i64 {
    floor(instant) + i64::from(instant.as_nanosecond().rem_euclid(1_000_000_000) > 0)
}

/// The last whole second up to `instant`.
pub(super) fn floor(instant: Timestamp) -> i64 {
    let second = instant.as_nanosecond().div_euclid(1_000_000_000);
    i64::try_from(second).expect("invariant: an instant lies within the years -9999 to 9999")
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::time::{resolve, zone};

    fn local(name: &str, around: &str) -> Local {
        let at = around.parse::<Timestamp>().expect("an instant").as_second();
        let stretch = Span {
            start: at - 3 * DAY,
            end: at + 3 * DAY,
        };
        Local::new(&zone(name).expect("in the list"), stretch)
    }

    /// The day's number.
    fn day(year: i16, month: i8, day: i8) -> i64 {
        let midnight = date(year, month, day).at(0, 0, 0, 0);
        resolve(midnight, &TimeZone::UTC)
            .expect("in range")
            .as_second()
            / DAY
    }

    fn text(second: i64) -> String {
        timestamp(second).to_string()
    }

    #[test]
    fn gaps_and_folds_follow_the_rules() {
        let spring = local("Europe/Berlin", "2031-03-30T00:00:00Z");
        let sunday = day(2031, 3, 30) * DAY;
        assert_eq!(text(spring.first(sunday + 9000)), "2031-03-30T01:30:00Z");
        assert_eq!(text(spring.last(sunday + 9000)), "2031-03-30T01:30:00Z");
        assert_eq!(text(spring.first(sunday + 10_800)), "2031-03-30T01:00:00Z");

        let autumn = local("Europe/Berlin", "2031-10-26T00:00:00Z");
        let sunday = day(2031, 10, 26) * DAY;
        assert_eq!(text(autumn.first(sunday + 9000)), "2031-10-26T00:30:00Z");
        assert_eq!(text(autumn.last(sunday + 9000)), "2031-10-26T01:30:00Z");
    }

    #[test]
    fn days_start_at_the_first_midnight_that_there_is() {
        for (name, around, date, start) in [
            (
                "Africa/Cairo",
                "2024-04-26T00:00:00Z",
                day(2024, 4, 26),
                "2024-04-25T22:00:00Z",
            ),
            (
                "America/Havana",
                "2024-11-03T00:00:00Z",
                day(2024, 11, 3),
                "2024-11-03T04:00:00Z",
            ),
            (
                "Pacific/Apia",
                "2011-12-30T00:00:00Z",
                day(2011, 12, 30),
                "2011-12-30T10:00:00Z",
            ),
            (
                "Pacific/Apia",
                "2011-12-30T00:00:00Z",
                day(2011, 12, 31),
                "2011-12-30T10:00:00Z",
            ),
            (
                "Asia/Kathmandu",
                "2031-01-01T00:00:00Z",
                day(2031, 1, 1),
                "2030-12-31T18:15:00Z",
            ),
        ] {
            assert_eq!(text(local(name, around).midnight(date)), start, "{name}");
        }
    }

    #[test]
    fn rounding_goes_by_what_the_clock_shows() {
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant").as_second();
        for (name, from, grid, to) in [
            // Half an hour of the wall clock is skipped, and with it a full hour.
            (
                "Australia/Lord_Howe",
                "2025-10-04T15:10:00Z",
                3600,
                "2025-10-04T16:00:00Z",
            ),
            (
                "Asia/Kathmandu",
                "2031-01-01T00:00:00Z",
                3600,
                "2031-01-01T00:15:00Z",
            ),
            // Five hours do not divide a day: 0, 5, 10, 15, 20, 0 …
            (
                "UTC",
                "2031-01-01T20:00:01Z",
                18_000,
                "2031-01-02T00:00:00Z",
            ),
            (
                "UTC",
                "2031-01-01T20:00:00Z",
                18_000,
                "2031-01-01T20:00:00Z",
            ),
            // The hour that comes twice, and the hour that does not come.
            (
                "Europe/Berlin",
                "2031-10-26T00:30:00Z",
                3600,
                "2031-10-26T01:00:00Z",
            ),
            (
                "Europe/Berlin",
                "2031-03-30T00:30:00Z",
                7200,
                "2031-03-30T02:00:00Z",
            ),
            (
                "Africa/Cairo",
                "2024-04-25T21:30:00Z",
                86_400,
                "2024-04-26T21:00:00Z",
            ),
        ] {
            let found = local(name, from).round_up(at(from), grid);
            assert_eq!(text(found), to, "{name} {from}");
        }
    }
}
