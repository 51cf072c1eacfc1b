//! Durations as people write them: `30 minutes`, `3 days 2 weeks`, `-1 hour` (spec 00 §2, 50 §2).
//!
//! Terms are added up, each with its own sign. Days and weeks have 24 and 168 hours where a length is meant, and are
//! steps of the calendar where a moment is meant; months and years are steps of the calendar only (spec 50 §8).

use jiff::{SignedDuration, Span, Timestamp, tz::TimeZone};
use thiserror::Error;

use super::cursor::Cursor;

/// Longer than any sensible sum of terms.
const LONGEST: usize = 128;
/// Three hundred years, the whole range of time that the server knows (reliability §9).
const MOST_DAYS: i64 = 112_000;
const DAY: i64 = 24 * HOUR;
const HOUR: i64 = 3600;

/// Why a text is no duration; the message goes behind the name of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum DurationError {
    /// Not `N unit` terms.
    #[error("must be a duration like 30 minutes, 1 hour or 3 days 2 weeks")]
    Malformed,
    /// Months and years have no fixed length.
    #[error("must be given in weeks, days, hours, minutes or seconds")]
    Calendar,
    /// More than three hundred years.
    #[error("is too long a duration")]
    OutOfRange,
}

/// A duration with its calendar parts kept apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Period {
    months: i64,
    days: i64,
    seconds: i64,
}

/// Reads a duration of fixed length: a day is 24 hours, a week 168, a month is refused (spec 50 §8, point 9).
///
/// ```
/// use domain::time::{DurationError, parse_duration};
/// use jiff::SignedDuration;
///
/// assert_eq!(parse_duration("30 minutes")?, SignedDuration::from_mins(30));
/// assert_eq!(parse_duration("3 days 2 weeks")?, SignedDuration::from_hours(17 * 24));
/// assert_eq!(parse_duration("-1 hour")?, SignedDuration::from_hours(-1));
/// assert_eq!(parse_duration("1.5 hours")?, SignedDuration::from_mins(90));
/// assert_eq!(parse_duration("1 month"), Err(DurationError::Calendar));
/// # Ok::<(), DurationError>(())
/// ```
pub fn parse_duration(text: &str) -> Result<SignedDuration, DurationError> {
    let period = Period::parse(text)?;
    if period.months != 0 {
        return Err(DurationError::Calendar);
    }
    Ok(SignedDuration::from_secs(
        period.days * DAY + period.seconds,
    ))
}

impl Period {
    /// No time at all.
    pub const ZERO: Self = Self {
        months: 0,
        days: 0,
        seconds: 0,
    };

    /// Reads any sum of terms, months and years included (spec 50 §2, 80 §4.3).
    pub fn parse(text: &str) -> Result<Self, DurationError> {
        if text.len() > LONGEST {
            return Err(DurationError::Malformed);
        }
        let mut cursor = Cursor::new(text.trim());
        let mut period = Self::default();
        loop {
            period.add_term(&mut cursor)?;
            if cursor.is_done() {
                break;
            }
            // `1hour30minutes` is no sum of terms.
            cursor.take(b" ").ok_or(DurationError::Malformed)?;
            cursor.while_ascii(|byte| byte == b' ');
        }
        if period.months.abs() * 31 + period.days.abs() + period.seconds.abs() / DAY > MOST_DAYS {
            return Err(DurationError::OutOfRange);
        }
        Ok(period)
    }

    /// The moment this long after `start`: months, then days by the calendar of `zone`, then exact time (spec 50 §2).
    ///
    /// ```
    /// use domain::time::{Period, zone};
    /// # let at = |text: &str| text.parse::<jiff::Timestamp>().expect("an instant");
    ///
    /// let berlin = zone("Europe/Berlin").expect("in the list");
    /// let before_the_change = at("2031-03-29T11:00:00Z");
    /// assert_eq!(Period::parse("1 day")?.after(before_the_change, &berlin)?, at("2031-03-30T10:00:00Z"));
    /// assert_eq!(Period::parse("24 hours")?.after(before_the_change, &berlin)?, at("2031-03-30T11:00:00Z"));
    /// # Ok::<(), domain::time::DurationError>(())
    /// ```
    pub fn after(&self, start: Timestamp, zone: &TimeZone) -> Result<Timestamp, DurationError> {
        let calendar = Span::new()
            .try_months(self.months)
            .and_then(|span| span.try_days(self.days));
        calendar
            .and_then(|span| start.to_zoned_datetime(zone.clone()).checked_add(span))
            .and_then(|moment| {
                moment
                    .timestamp()
                    .checked_add(SignedDuration::from_secs(self.seconds))
            })
            .map_err(|_| DurationError::OutOfRange)
    }

    fn add_term(&mut self, cursor: &mut Cursor<'_>) -> Result<(), DurationError> {
        let sign = match cursor.take(b"+-") {
            Some(b'-') => -1,
            _ => 1,
        };
        let number = cursor.digits(1, 10).ok_or(DurationError::Malformed)?;
        let fraction = match cursor.take(b".") {
            Some(_) => Some(cursor.nanoseconds(9).ok_or(DurationError::Malformed)?),
            None => None,
        };
        cursor.while_ascii(|byte| byte == b' ');
        let unit = cursor
            .while_ascii(|byte| byte.is_ascii_alphabetic())
            .to_ascii_lowercase();

        if matches!(unit.as_str(), "hour" | "hours" | "hr" | "hrs") {
            // Decimal hours are exact to the second (spec 50 §8, point 19).
            let rest = i64::from(fraction.unwrap_or(0)) * HOUR;
            self.seconds += sign * (number * HOUR + (rest + 500_000_000) / 1_000_000_000);
            return Ok(());
        }
        if fraction.is_some() {
            return Err(DurationError::Malformed);
        }
        let (part, size) = match unit.as_str() {
            "sec" | "secs" | "second" | "seconds" => (&mut self.seconds, 1),
            "min" | "mins" | "minute" | "minutes" => (&mut self.seconds, 60),
            "day" | "days" => (&mut self.days, 1),
            "week" | "weeks" => (&mut self.days, 7),
            "month" | "months" => (&mut self.months, 1),
            "year" | "years" => (&mut self.months, 12),
            _ => return Err(DurationError::Malformed),
        };
        // Ten digits, 43 terms at most: far from the end of an i64.
        *part += sign * number * size;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_added_each_with_its_sign() {
        for (text, seconds) in [
            ("30 minutes", 1800),
            ("1 hour", 3600),
            ("2 hrs", 7200),
            ("1 hr 15 mins", 4500),
            ("90 sec", 90),
            ("1 day", 86_400),
            ("1 week", 604_800),
            ("3 days 2 weeks", 17 * 86_400),
            ("-1 hour", -3600),
            ("+1 Hour", 3600),
            ("-1 hour 30 minutes", -1800),
            ("1.25 hours", 4500),
            ("0.0002 hours", 1),
            ("0 minutes", 0),
            ("  5   minutes ", 300),
            ("10min", 600),
        ] {
            assert_eq!(
                parse_duration(text).map(|duration| duration.as_secs()),
                Ok(seconds),
                "{text}"
            );
        }
    }

    #[test]
    fn what_is_no_duration_is_refused() {
        for (text, error) in [
            ("", DurationError::Malformed),
            (" ", DurationError::Malformed),
            ("5", DurationError::Malformed),
            ("minutes", DurationError::Malformed),
            ("5 parsecs", DurationError::Malformed),
            ("1.5 days", DurationError::Malformed),
            ("1. hours", DurationError::Malformed),
            ("--1 hour", DurationError::Malformed),
            ("1 hour,", DurationError::Malformed),
            ("1hour30minutes", DurationError::Malformed),
            ("1\0hour", DurationError::Malformed),
            ("１ hour", DurationError::Malformed),
            ("99999999999 hours", DurationError::Malformed),
            ("9999999999 hours", DurationError::OutOfRange),
            ("9999999999 years", DurationError::OutOfRange),
            ("2 months", DurationError::Calendar),
            ("1 year", DurationError::Calendar),
        ] {
            assert_eq!(parse_duration(text), Err(error), "{text}");
        }
        assert!(parse_duration(&"1 day ".repeat(1_000_000)).is_err());
    }

    #[test]
    fn a_month_is_clamped_to_the_end_of_the_shorter_one() {
        let january = "2031-01-31T12:00:00Z".parse().expect("an instant");

        let later = Period::parse("1 month").and_then(|month| month.after(january, &TimeZone::UTC));

        assert_eq!(
            later.map(|moment| moment.to_string()).as_deref(),
            Ok("2031-02-28T12:00:00Z")
        );
        let far = Period::parse("250 years");
        let end = Timestamp::MAX;
        assert_eq!(
            far.and_then(|far| far.after(end, &TimeZone::UTC)),
            Err(DurationError::OutOfRange)
        );
    }
}
