//! Moments, the ends of a search: `now`, `3 days 2 weeks`, `next monday`, a date, a timestamp (spec 50 §2).

use jiff::{
    SignedDuration, Span as Steps, Timestamp,
    civil::{Date, DateTime, Weekday},
    tz::TimeZone,
};
use thiserror::Error;

use super::{
    constraint::read_date,
    local::{ceil, floor, timestamp},
    span::Span,
};
use crate::time::{Period, parse_instant, resolve};

/// Longer than any text of a moment.
const LONGEST: usize = 128;
/// How many months a search may reach, either way from now (spec 50 §1).
const REACH: i64 = 6;
const DAYS: [(&str, Weekday); 7] = [
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
    ("sunday", Weekday::Sunday),
];

/// A point in time as people write it, not yet tied to a clock and a zone.
///
/// ```
/// use domain::{availability::Moment, time::zone};
///
/// let now = "2031-04-02T09:30:00Z".parse().expect("an instant");
/// let berlin = zone("Europe/Berlin").expect("in the list");
/// let at = |text| Moment::parse(text).and_then(|moment| moment.resolve(now, &berlin)).map(|at| at.to_string());
///
/// assert_eq!(at("now").as_deref(), Ok("2031-04-02T09:30:00Z"));
/// assert_eq!(at("3 days 2 weeks").as_deref(), Ok("2031-04-19T09:30:00Z"));
/// assert_eq!(at("tomorrow").as_deref(), Ok("2031-04-02T22:00:00Z"));
/// assert_eq!(at("tomorrow 9 hours").as_deref(), Ok("2031-04-03T07:00:00Z"));
/// assert_eq!(at("next monday").as_deref(), Ok("2031-04-06T22:00:00Z"));
/// assert_eq!(at("2031-05-01").as_deref(), Ok("2031-04-30T22:00:00Z"));
/// assert!(at("soon").is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Moment {
    base: Base,
    period: Period,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Base {
    Now,
    At(Timestamp),
    Wall(DateTime),
    Date(Date),
    /// The midnight of the day so many days after today.
    Day(i64),
    /// The midnight of the next such day after today.
    Next(Weekday),
}

/// Why a text is no moment; the message goes behind the name of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum MomentError {
    /// Neither a timestamp nor a relative time.
    #[error("is not a valid timestamp or relative time")]
    Malformed,
    /// Beyond the ends of time.
    #[error("lies too far away")]
    OutOfRange,
}

/// Why two moments are no window; the messages go behind the name of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum WindowError {
    /// `from`: before what a search may reach.
    #[error("may not lie more than 6 months back")]
    TooEarly,
    /// `to`: beyond what a search may reach.
    #[error("may not lie more than 6 months ahead")]
    TooLate,
    /// `to`: not after `from`.
    #[error("must be after from")]
    Empty,
    /// `from` could not be told.
    #[error("{0}")]
    From(MomentError),
    /// `to` could not be told.
    #[error("{0}")]
    To(MomentError),
}

impl WindowError {
    /// The request's key that the message is about.
    pub fn field(&self) -> &'static str {
        match self {
            Self::TooEarly | Self::From(_) => "from",
            Self::TooLate | Self::Empty | Self::To(_) => "to",
        }
    }
}

impl Moment {
    /// This very moment.
    pub const NOW: Self = Self {
        base: Base::Now,
        period: Period::ZERO,
    };

    /// Reads a moment.
    pub fn parse(text: &str) -> Result<Self, MomentError> {
        let text = text.trim();
        if text.len() > LONGEST {
            return Err(MomentError::Malformed);
        }
        if let Some(date) = read_date(text) {
            return Ok(Base::Date(date).into());
        }
        if let Ok(instant) = parse_instant(text, None) {
            return Ok(Base::At(instant).into());
        }
        if let Ok(wall) = parse_instant(text, Some(&TimeZone::UTC)) {
            return Ok(Base::Wall(TimeZone::UTC.to_datetime(wall)).into());
        }
        let lower = text.to_ascii_lowercase();
        let (base, rest) = word(&lower).ok_or(MomentError::Malformed)?;
        let period = match rest {
            "" => Period::ZERO,
            rest => Period::parse(rest).map_err(|_| MomentError::Malformed)?,
        };
        Ok(Self { base, period })
    }

    /// The instant that is meant: days and longer are steps of the calendar of `zone`, where wall times are read too.
    pub fn resolve(&self, now: Timestamp, zone: &TimeZone) -> Result<Timestamp, MomentError> {
        let today = zone.to_datetime(now).date();
        let midnight = |date: Date| {
            let start = date.to_zoned_datetime(zone.clone());
            start.map_or(Err(MomentError::OutOfRange), |start| Ok(start.timestamp()))
        };
        let base = match self.base {
            Base::Now => now,
            Base::At(instant) => instant,
            Base::Wall(wall) => resolve(wall, zone).map_err(|_| MomentError::OutOfRange)?,
            Base::Date(date) => midnight(date)?,
            Base::Day(days) => {
                let date = today.checked_add(Steps::new().days(days));
                midnight(date.map_err(|_| MomentError::OutOfRange)?)?
            }
            Base::Next(weekday) => {
                let date = today.nth_weekday(1, weekday);
                midnight(date.map_err(|_| MomentError::OutOfRange)?)?
            }
        };
        if self.period == Period::ZERO {
            return Ok(base);
        }
        self.period
            .after(base, zone)
            .map_err(|_| MomentError::OutOfRange)
    }

    /// Whether a moment of the past was asked for by a distance, as projects do with `-1 hour`.
    fn is_distance(&self) -> bool {
        self.base == Base::Now
    }
}

impl From<Base> for Moment {
    fn from(base: Base) -> Self {
        Self {
            base,
            period: Period::ZERO,
        }
    }
}

/// The word that a relative time begins with, if any, and what follows it.
fn word(lower: &str) -> Option<(Base, &str)> {
    for (name, base) in [
        ("now", Base::Now),
        ("today", Base::Day(0)),
        ("tomorrow", Base::Day(1)),
        ("yesterday", Base::Day(-1)),
    ] {
        if let Some(rest) = after_word(lower, name) {
            return Some((base, rest));
        }
    }
    if let Some(rest) = after_word(lower, "next")
        && let Some((day, rest)) = DAYS
            .iter()
            .find_map(|(name, day)| Some((*day, after_word(rest, name)?)))
    {
        return Some((Base::Next(day), rest));
    }
    (!lower.is_empty()).then_some((Base::Now, lower))
}

fn after_word<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let rest = text.strip_prefix(word)?;
    (rest.is_empty() || rest.starts_with(' ')).then(|| rest.trim_start())
}

/// The search space: from one whole second up to another, both in reach of `now`. It may be empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window(Span);

impl Window {
    /// Ties both ends to the clock (spec 50 §1, 2).
    ///
    /// A `from` of the past begins now, unless it is given as a distance like `-1 hour` (§8.11). `to` is counted from
    /// now as well, and lies six months ahead at most; so far may `from` lie back.
    ///
    /// ```
    /// use domain::availability::{Moment, Window};
    /// # use jiff::tz::TimeZone;
    ///
    /// let now = "2031-04-02T09:30:00Z".parse().expect("an instant");
    /// let of = |from, to| {
    ///     let moment = |text| Moment::parse(text).expect("a moment");
    ///     Window::resolve(moment(from), moment(to), now, &TimeZone::UTC)
    /// };
    /// let window = of("2031-01-01", "4 weeks").expect("within reach");
    /// assert_eq!(window.start(), now);
    /// assert_eq!(of("now", "7 months").expect_err("too late").field(), "to");
    /// ```
    pub fn resolve(
        from: Moment,
        to: Moment,
        now: Timestamp,
        zone: &TimeZone,
    ) -> Result<Self, WindowError> {
        let start = from.resolve(now, zone).map_err(WindowError::From)?;
        let end = to.resolve(now, zone).map_err(WindowError::To)?;
        if start >= end {
            return Err(WindowError::Empty);
        }
        let reach = |months| {
            let moved = now
                .to_zoned_datetime(zone.clone())
                .checked_add(Steps::new().months(months));
            moved.map(|moved| moved.timestamp())
        };
        if reach(REACH).is_ok_and(|last| end > last) {
            return Err(WindowError::TooLate);
        }
        let start = if start >= now {
            start
        } else if !from.is_distance() {
            now
        } else if reach(-REACH).is_ok_and(|first| start < first) {
            return Err(WindowError::TooEarly);
        } else {
            start
        };
        Ok(Self::of(start, end))
    }

    /// From `start` up to `end`, cut to whole seconds; for callers that know both, such as a booking of one slot.
    pub fn of(start: Timestamp, end: Timestamp) -> Self {
        let start = ceil(start);
        Self(Span {
            start,
            end: floor(end).max(start),
        })
    }

    /// The first instant within.
    pub fn start(&self) -> Timestamp {
        timestamp(self.0.start)
    }

    /// The first instant after.
    pub fn end(&self) -> Timestamp {
        timestamp(self.0.end)
    }

    /// The busy times that matter for it: those that overlap the window widened by the buffer on both sides.
    pub fn widened(&self, buffer: u32) -> (Timestamp, Timestamp) {
        let buffer = SignedDuration::from_secs(i64::from(buffer));
        let widen = |at: Timestamp, by, end| at.checked_add(by).unwrap_or(end);
        (
            widen(self.start(), -buffer, Timestamp::MIN),
            widen(self.end(), buffer, Timestamp::MAX),
        )
    }

    pub(super) fn span(&self) -> Span {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::zone;

    fn at(text: &str) -> Timestamp {
        text.parse().expect("an instant")
    }

    #[test]
    fn every_form_is_read() {
        let berlin = zone("Europe/Berlin").expect("in the list");
        // A Saturday, the day before the clocks go forward.
        let now = at("2031-03-29T11:00:00.25Z");
        for (text, expected) in [
            ("now", "2031-03-29T11:00:00.25Z"),
            (" NOW ", "2031-03-29T11:00:00.25Z"),
            ("1 day", "2031-03-30T10:00:00.25Z"),
            ("24 hours", "2031-03-30T11:00:00.25Z"),
            ("1.5 hours", "2031-03-29T12:30:00.25Z"),
            ("-1 hour", "2031-03-29T10:00:00.25Z"),
            ("3 days 2 weeks", "2031-04-15T10:00:00.25Z"),
            ("1 month", "2031-04-29T10:00:00.25Z"),
            ("today", "2031-03-28T23:00:00Z"),
            ("tomorrow", "2031-03-29T23:00:00Z"),
            ("tomorrow 9 hours", "2031-03-30T08:00:00Z"),
            ("yesterday", "2031-03-27T23:00:00Z"),
            ("next monday", "2031-03-30T22:00:00Z"),
            ("next Saturday", "2031-04-04T22:00:00Z"),
            ("next sunday 1 week", "2031-04-05T22:00:00Z"),
            ("2031-05-01", "2031-04-30T22:00:00Z"),
            ("2031-05-01T09:00:00", "2031-05-01T07:00:00Z"),
            ("2031-05-01T09:00:00-04:00", "2031-05-01T13:00:00Z"),
        ] {
            let moment = Moment::parse(text).and_then(|moment| moment.resolve(now, &berlin));
            assert_eq!(moment, Ok(at(expected)), "{text}");
        }
    }

    #[test]
    fn what_is_no_moment_is_refused() {
        for text in [
            "",
            " ",
            "soon",
            "next",
            "next week",
            "nextmonday",
            "tomorrowish",
            "tomorrow 9",
            "2031-02-30",
            "2031-5-1",
            "1 parsec",
            "1\0day",
            "１ day",
            "9999999999 years",
        ] {
            assert_eq!(Moment::parse(text), Err(MomentError::Malformed), "{text:?}");
        }
        assert!(Moment::parse(&"1 day ".repeat(1_000_000)).is_err());
        let far = Moment::parse("250 years").expect("a moment");
        assert_eq!(
            far.resolve(Timestamp::MAX, &TimeZone::UTC),
            Err(MomentError::OutOfRange)
        );
        for text in ["tomorrow", "next monday"] {
            let edge = Moment::parse(text).expect("a moment");
            assert!(
                edge.resolve(Timestamp::MAX, &TimeZone::UTC).is_err(),
                "{text}"
            );
        }
    }

    #[test]
    fn a_window_begins_now_where_from_is_past_and_no_distance() {
        let now = at("2031-04-02T09:30:00.5Z");
        for (from, to, expected) in [
            (
                "now",
                "4 weeks",
                Ok(("2031-04-02T09:30:01Z", "2031-04-30T09:30:00Z")),
            ),
            (
                "2031-01-01",
                "4 weeks",
                Ok(("2031-04-02T09:30:01Z", "2031-04-30T09:30:00Z")),
            ),
            (
                "today",
                "tomorrow",
                Ok(("2031-04-02T09:30:01Z", "2031-04-03T00:00:00Z")),
            ),
            (
                "-1 hour",
                "1 hour",
                Ok(("2031-04-02T08:30:01Z", "2031-04-02T10:30:00Z")),
            ),
            (
                "3 days",
                "3 days 2 weeks",
                Ok(("2031-04-05T09:30:01Z", "2031-04-19T09:30:00Z")),
            ),
            (
                "now",
                "6 months",
                Ok(("2031-04-02T09:30:01Z", "2031-10-02T09:30:00Z")),
            ),
            // All of it is past: nothing is left, and nothing is wrong.
            (
                "2020-01-01",
                "2020-02-01",
                Ok(("2031-04-02T09:30:01Z", "2031-04-02T09:30:01Z")),
            ),
            ("now", "6 months 1 second", Err(WindowError::TooLate)),
            ("now", "now", Err(WindowError::Empty)),
            ("2 days", "1 day", Err(WindowError::Empty)),
            ("-7 months", "1 day", Err(WindowError::TooEarly)),
        ] {
            let moment = |text| Moment::parse(text).expect("a moment");
            let window = Window::resolve(moment(from), moment(to), now, &TimeZone::UTC);
            let expected = expected.map(|(start, end)| (at(start), at(end)));
            assert_eq!(
                window.map(|window| (window.start(), window.end())),
                expected,
                "{from} – {to}"
            );
        }
    }
}
