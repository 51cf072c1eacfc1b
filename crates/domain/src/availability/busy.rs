//! Busy time of one resource, in the order in which the engine reads it.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::{
    local::{DAY, Local, ceil, floor},
    span::Span,
};
use crate::Interval;

/// A blocking event, booking or reservation, cut outward to whole seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Busy {
    span: Span,
    all_day: bool,
}

impl Busy {
    /// A time that always blocks.
    pub fn timed(interval: Interval) -> Self {
        Self {
            span: Span {
                start: floor(interval.start()),
                end: ceil(interval.end()),
            },
            all_day: false,
        }
    }

    /// An all-day event, which a query may ignore; see [`whole_days`].
    pub fn all_day(interval: Interval) -> Self {
        Self {
            all_day: true,
            ..Self::timed(interval)
        }
    }

    /// The busy seconds, without any buffer.
    pub fn span(&self) -> Span {
        self.span
    }

    pub(super) fn counts(&self, ignore_all_day: bool) -> bool {
        !(self.all_day && ignore_all_day)
    }
}

/// The whole local days from `first` up to, but without, `end`; a single day where `end` is not after it (spec 50 §8.16).
///
/// `None` where the zone skipped all of them, or where they lie beyond the ends of time.
///
/// ```
/// use domain::{availability::whole_days, time::zone};
/// use jiff::civil::date;
///
/// let berlin = zone("Europe/Berlin").expect("in the list");
/// let day = whole_days(date(2031, 3, 30), date(2031, 3, 30), &berlin).expect("a day");
/// assert_eq!(day.millis(), 23 * 3_600_000);
/// ```
pub fn whole_days(first: Date, end: Date, zone: &TimeZone) -> Option<Interval> {
    let end = if end > first {
        end
    } else {
        first.tomorrow().ok()?
    };
    let start = first.to_zoned_datetime(zone.clone()).ok()?;
    let end = end.to_zoned_datetime(zone.clone()).ok()?;
    Interval::new(start.timestamp(), end.timestamp()).ok()
}

/// The local days that a timed span of whole days means: its dates, if both ends are midnights (spec 50 §8.16).
pub fn is_whole_days(interval: Interval, zone: &TimeZone) -> bool {
    let is_midnight = |instant: Timestamp| {
        let second = floor(instant);
        let around = Span {
            start: second,
            end: second + 1,
        };
        let local = Local::new(zone, around);
        second == ceil(instant) && local.midnight(local.wall(second).div_euclid(DAY)) == second
    };
    is_midnight(interval.start()) && is_midnight(interval.end())
}

/// All busy times of one resource, sorted once, so that what lies before a window costs nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BusyTimes {
    list: Vec<Busy>,
    longest: i64,
}

impl BusyTimes {
    /// Sorts the times; they may overlap.
    pub fn new(mut list: Vec<Busy>) -> Self {
        list.sort_unstable();
        let lengths = list.iter().map(|busy| busy.span.end - busy.span.start);
        let longest = lengths.max().unwrap_or(0);
        Self { list, longest }
    }

    /// The times by their start.
    pub fn list(&self) -> &[Busy] {
        &self.list
    }

    /// The bytes that it holds, for a cache's accounts.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.list.capacity() * size_of::<Busy>()
    }

    /// The times that may overlap `span`, with the place of the first of them in the list.
    #[inline]
    pub(super) fn around(&self, span: Span) -> (usize, &[Busy]) {
        let first = self
            .list
            .partition_point(|busy| busy.span.start <= span.start - self.longest);
        let rest = &self.list[first..];
        let count = rest.partition_point(|busy| busy.span.start < span.end);
        (first, &rest[..count])
    }

    /// What `span` may not overlap: the times that count, widened by the buffer, by their start.
    pub(super) fn blocking(
        &self,
        span: Span,
        buffer: i64,
        ignore_all_day: bool,
    ) -> impl Iterator<Item = Span> {
        let near = Span {
            start: span.start - buffer,
            end: span.end + buffer,
        };
        let counted = self.around(near).1.iter();
        counted
            .filter(move |busy| busy.counts(ignore_all_day))
            .map(move |busy| Span {
                start: busy.span.start - buffer,
                end: busy.span.end + buffer,
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::zone;

    fn interval(start: &str, end: &str) -> Interval {
        let at = |text: &str| text.parse().expect("an instant");
        Interval::new(at(start), at(end)).expect("not empty")
    }

    #[test]
    fn bare_dates_and_local_midnights_are_whole_days() {
        let cairo = zone("Africa/Cairo").expect("in the list");
        let date = |day| jiff::civil::date(2024, 4, day);
        // 2024-04-26 begins at 01:00 there.
        let friday = interval("2024-04-25T22:00:00Z", "2024-04-26T21:00:00Z");
        assert_eq!(whole_days(date(26), date(27), &cairo), Some(friday));
        assert_eq!(whole_days(date(26), date(26), &cairo), Some(friday));
        assert!(is_whole_days(friday, &cairo));
        assert!(!is_whole_days(friday, &TimeZone::UTC));
        let almost = interval("2024-04-25T22:00:00.5Z", "2024-04-26T21:00:00Z");
        assert!(!is_whole_days(almost, &cairo));

        let apia = zone("Pacific/Apia").expect("in the list");
        let skipped = jiff::civil::date(2011, 12, 30);
        assert_eq!(whole_days(skipped, skipped, &apia), None);
        assert_eq!(whole_days(Date::MAX, Date::MAX, &apia), None);
    }

    #[test]
    fn long_times_that_began_before_the_window_are_seen() {
        let timed = |start, end| Busy::timed(interval(start, end));
        let busy = BusyTimes::new(vec![
            timed("2031-04-05T00:00:00Z", "2031-04-05T00:00:00.001Z"),
            timed("2031-01-01T00:00:00Z", "2031-04-03T00:00:00Z"),
            timed("2031-03-01T00:00:00Z", "2031-03-01T01:00:00Z"),
        ]);
        let (start, end) = (
            floor("2031-04-02T00:00:00Z".parse().expect("an instant")),
            floor("2031-04-05T00:00:00Z".parse().expect("an instant")),
        );

        let near = |span| {
            busy.blocking(span, 0, false)
                .filter(move |time| time.overlaps(&span))
                .count()
        };

        assert_eq!(near(Span { start, end }), 1);
        assert_eq!(
            near(Span {
                start,
                end: end + 1
            }),
            2
        );
    }
}
