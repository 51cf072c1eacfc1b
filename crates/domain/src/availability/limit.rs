//! The most bookings of a resource in a day, a week, a month and a year (spec 20).

use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde_json::{Map, Value};

use super::{
    moment::Window,
    span::{Span, normalize},
};

/// How many bookings may begin in each period of the resource's calendar; `None` is no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateLimits {
    daily: Option<u64>,
    weekly: Option<u64>,
    monthly: Option<u64>,
    yearly: Option<u64>,
}

/// Periods in which a resource may get no further booking.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FullPeriods(Vec<Span>);

#[derive(Clone, Copy)]
enum Unit {
    Day,
    Week,
    Month,
    Year,
}

impl RateLimits {
    /// Takes the limits from an app's `resource_rate_limits`, as [`crate::settings`] keeps them.
    pub fn read(settings: &Map<String, Value>) -> Self {
        let limits = settings.get("resource_rate_limits");
        let of = |name| limits.and_then(|limits| limits.get(name)?.as_u64());
        Self {
            daily: of("daily"),
            weekly: of("weekly"),
            monthly: of("monthly"),
            yearly: of("yearly"),
        }
    }

    /// Whether nothing is limited, so that no booking need be counted.
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Where confirmed bookings count for slots of `window`: from the start of its first period to the end of its last.
    ///
    /// `None` where nothing is limited.
    pub fn counted(&self, window: Window, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
        let mut reach: Option<(Timestamp, Timestamp)> = None;
        for (unit, _) in self.units() {
            let (first, _) = unit.around(window.start(), zone)?;
            let (_, last) = unit.around(window.end(), zone)?;
            let (from, to) = reach.unwrap_or((first, last));
            reach = Some((from.min(first), to.max(last)));
        }
        reach
    }

    /// The periods that are full, given the starts of the confirmed bookings in [`Self::counted`].
    ///
    /// Days, ISO weeks, months and years are those of `zone` (spec 20).
    pub fn full(&self, starts: &[Timestamp], zone: &TimeZone) -> FullPeriods {
        let mut starts = starts.to_vec();
        starts.sort_unstable();
        let mut full = Vec::new();
        for (unit, most) in self.units() {
            let mut rest = starts.as_slice();
            while let Some(first) = rest.first()
                && let Some((from, to)) = unit.around(*first, zone)
            {
                // A booking before the period's first midnight can only be in a fold: it counts where its date says.
                let count = rest.partition_point(|start| *start < to).max(1);
                if count as u64 >= most {
                    full.push(Span {
                        start: from.as_second(),
                        end: to.as_second(),
                    });
                }
                rest = &rest[count..];
            }
        }
        FullPeriods(normalize(full))
    }

    fn units(&self) -> impl Iterator<Item = (Unit, u64)> {
        [
            (Unit::Day, self.daily),
            (Unit::Week, self.weekly),
            (Unit::Month, self.monthly),
            (Unit::Year, self.yearly),
        ]
        .into_iter()
        .filter_map(|(unit, most)| Some((unit, most?)))
    }
}

impl Unit {
    /// The period with `instant`; `None` at the ends of time.
    fn around(self, instant: Timestamp, zone: &TimeZone) -> Option<(Timestamp, Timestamp)> {
        let date = zone.to_datetime(instant).date();
        let midnight = |date: Date| Some(date.to_zoned_datetime(zone.clone()).ok()?.timestamp());
        // Where midnight comes twice, the minutes before the second one belong to the new day (spec 50 §8.7).
        let date = match date.tomorrow().ok().and_then(midnight) {
            Some(tomorrow) if tomorrow <= instant => date.tomorrow().ok()?,
            _ => date,
        };
        let (first, next) = match self {
            Self::Day => (date, date.tomorrow().ok()?),
            Self::Week => {
                let since = date.weekday().to_monday_zero_offset();
                let first = date
                    .checked_sub(jiff::Span::new().days(i64::from(since)))
                    .ok()?;
                (first, first.checked_add(jiff::Span::new().days(7)).ok()?)
            }
            Self::Month => {
                let first = date.first_of_month();
                (first, first.checked_add(jiff::Span::new().months(1)).ok()?)
            }
            Self::Year => {
                let first = date.first_of_year();
                (first, first.checked_add(jiff::Span::new().years(1)).ok()?)
            }
        };
        Some((midnight(first)?, midnight(next)?))
    }
}

impl FullPeriods {
    /// Nothing is full.
    pub const NONE: &'static Self = &Self(Vec::new());

    /// A set of spans.
    pub(super) fn of(spans: Vec<Span>) -> Self {
        Self(spans)
    }

    pub(super) fn spans(&self) -> &[Span] {
        &self.0
    }

    pub(super) fn has(&self, second: i64) -> bool {
        let at = self.0.partition_point(|span| span.end <= second);
        self.0.get(at).is_some_and(|span| span.start <= second)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::time::zone;

    fn limits(of: &Value) -> RateLimits {
        let settings = json!({ "resource_rate_limits": of });
        RateLimits::read(settings.as_object().expect("an object"))
    }

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn a_period_is_full_at_its_limit_in_the_calendar_of_the_zone() {
        let berlin = zone("Europe/Berlin").expect("in the list");
        // 2031-04-02 is a Wednesday; the last one is on Thursday in Berlin already.
        let starts = [
            "2031-04-02T08:00:00Z",
            "2031-04-02T10:00:00Z",
            "2031-04-02T22:30:00Z",
        ]
        .map(at);
        for (of, expected) in [
            (
                json!({"daily": 2}),
                Some(("2031-04-01T22:00:00Z", "2031-04-02T22:00:00Z")),
            ),
            (
                json!({"daily": 1}),
                Some(("2031-04-01T22:00:00Z", "2031-04-03T22:00:00Z")),
            ),
            (json!({"daily": 3}), None),
            (json!({"daily": null}), None),
            (
                json!({"weekly": 3}),
                Some(("2031-03-30T22:00:00Z", "2031-04-06T22:00:00Z")),
            ),
            (json!({"weekly": 4}), None),
            (
                json!({"monthly": 3}),
                Some(("2031-03-31T22:00:00Z", "2031-04-30T22:00:00Z")),
            ),
            (
                json!({"yearly": 3}),
                Some(("2030-12-31T23:00:00Z", "2031-12-31T23:00:00Z")),
            ),
        ] {
            let full = limits(&of).full(&starts, &berlin);
            let expected: Vec<Span> = expected
                .map(|(start, end)| Span {
                    start: at(start).as_second(),
                    end: at(end).as_second(),
                })
                .into_iter()
                .collect();
            assert_eq!(full.0, expected, "{of}");
        }
    }

    #[test]
    fn bookings_count_from_the_first_period_of_the_window_to_its_last() {
        let window = Window::of(at("2031-04-02T08:00:00Z"), at("2031-04-09T08:00:00Z"));
        let utc = TimeZone::UTC;

        assert_eq!(limits(&json!({})).counted(window, &utc), None);
        assert_eq!(
            limits(&json!({"daily": 1})).counted(window, &utc),
            Some((at("2031-04-02T00:00:00Z"), at("2031-04-10T00:00:00Z")))
        );
        assert_eq!(
            limits(&json!({"weekly": 1, "monthly": 9})).counted(window, &utc),
            Some((at("2031-03-31T00:00:00Z"), at("2031-05-01T00:00:00Z")))
        );
    }
}
