//! Instants as text: RFC 3339 in, the two shapes of the API out (spec 00 §5).
//!
//! What is written reads back as the same second, in every zone.

use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::{Offset, TimeZone},
};
use thiserror::Error;

use super::cursor::Cursor;

/// The first instant that bookings and events may have (reliability §9).
pub const FIRST: Timestamp = Timestamp::constant(-2_208_988_800, 0);
/// The last instant that bookings and events may have (reliability §9).
pub const LAST: Timestamp = Timestamp::constant(7_258_118_400, 0);

/// Longer than any timestamp with nine digits of a fraction.
const LONGEST: usize = 64;

/// Why a text is no instant; the message goes behind the name of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum InstantError {
    /// Not the expected form, or a date or time that does not exist.
    #[error("must be a timestamp like 2031-04-02T09:30:00+02:00")]
    Malformed,
    /// A wall time where nothing says in which zone.
    #[error("must have an offset, like 2031-04-02T09:30:00+02:00")]
    NoOffset,
    /// Beyond what can be stored.
    #[error("must lie between 1900-01-01 and 2200-01-01")]
    OutOfRange,
}

/// Whether a booking or an event may lie there: 1900-01-01 … 2200-01-01 UTC (reliability §9).
pub fn in_bounds(instant: Timestamp) -> bool {
    (FIRST..=LAST).contains(&instant)
}

/// Reads an RFC 3339 timestamp; one without offset is a wall time of `fallback`.
///
/// Lenient where real clients are: lower-case `t` and `z`, a space for the `T` or for the `+` of the offset, offsets
/// without colon, no seconds. Strict where a mistake would hide: second 60, hour 24, an offset past ±23:59 (reliability §9).
///
/// ```
/// use domain::time::{InstantError, parse_instant, zone};
///
/// let instant = parse_instant("2031-04-02T09:30:00+02:00", None)?;
/// assert_eq!(parse_instant("2031-04-02T07:30:00.000Z", None)?, instant);
/// assert_eq!(parse_instant("2031-04-02T09:30:00 02:00", None)?, instant);
/// assert_eq!(parse_instant("2031-04-02T09:30:00", zone("Europe/Berlin").as_ref())?, instant);
/// assert_eq!(parse_instant("2031-04-02T09:30:00", None), Err(InstantError::NoOffset));
/// # Ok::<(), InstantError>(())
/// ```
pub fn parse_instant(text: &str, fallback: Option<&TimeZone>) -> Result<Timestamp, InstantError> {
    if text.len() > LONGEST {
        return Err(InstantError::Malformed);
    }
    let (wall, offset) = read(text).ok_or(InstantError::Malformed)?;
    match (offset, fallback) {
        (Some(offset), _) => offset
            .to_timestamp(wall)
            .map_err(|_| InstantError::OutOfRange),
        (None, Some(zone)) => resolve(wall, zone),
        (None, None) => Err(InstantError::NoOffset),
    }
}

/// The instant of a wall time: a gap moves it forward by the gap, a fold gives its first occurrence (reliability §9).
///
/// ```
/// use domain::time::{resolve, zone};
/// use jiff::civil::date;
///
/// let berlin = zone("Europe/Berlin").expect("in the list");
/// assert_eq!(resolve(date(2031, 3, 30).at(2, 30, 0, 0), &berlin)?.to_string(), "2031-03-30T01:30:00Z");
/// assert_eq!(resolve(date(2031, 10, 26).at(2, 30, 0, 0), &berlin)?.to_string(), "2031-10-26T00:30:00Z");
/// # Ok::<(), domain::time::InstantError>(())
/// ```
pub fn resolve(wall: DateTime, zone: &TimeZone) -> Result<Timestamp, InstantError> {
    zone.to_ambiguous_timestamp(wall)
        .compatible()
        .map_err(|_| InstantError::OutOfRange)
}

fn read(text: &str) -> Option<(DateTime, Option<Offset>)> {
    let mut cursor = Cursor::new(text);
    let year = i16::try_from(cursor.digits(4, 4)?).ok()?;
    cursor.take(b"-")?;
    let month = cursor.small(2, 2)?;
    cursor.take(b"-")?;
    let day = cursor.small(2, 2)?;
    cursor.take(b"Tt ")?;
    let hour = cursor.small(2, 2)?;
    cursor.take(b":")?;
    let minute = cursor.small(2, 2)?;

    let (mut second, mut nanosecond) = (0, 0);
    if cursor.take(b":").is_some() {
        second = cursor.small(2, 2)?;
        if cursor.take(b".").is_some() {
            nanosecond = cursor.nanoseconds(LONGEST)?;
        }
    }
    let offset = if cursor.is_done() {
        None
    } else {
        Some(cursor.offset()?)
    };
    if !cursor.is_done() {
        return None;
    }
    let date = Date::new(year, month, day).ok()?;
    let time = Time::new(hour, minute, second, nanosecond).ok()?;
    Some((date.to_datetime(time), offset))
}

/// Appends the shape of `start` and `end` values: whole seconds, a colon in the offset, UTC as `+00:00` (spec 00 §5).
///
/// ```
/// # let instant = "2031-04-02T07:30:00Z".parse().expect("an instant");
/// let mut out = String::new();
/// domain::time::write_event_time(&mut out, instant, &domain::time::zone("Europe/Berlin").expect("in the list"));
/// assert_eq!(out, "2031-04-02T09:30:00+02:00");
/// ```
pub fn write_event_time(out: &mut String, instant: Timestamp, zone: &TimeZone) {
    write(out, instant, zone, Colon::Yes);
}

/// Appends the shape of bookkeeping times, `created_at` and `updated_at`: the offset has no colon (spec 00 §5).
///
/// ```
/// # let instant = "2031-04-02T07:30:00Z".parse().expect("an instant");
/// let mut out = String::new();
/// domain::time::write_record_time(&mut out, instant, &jiff::tz::TimeZone::UTC);
/// assert_eq!(out, "2031-04-02T07:30:00+0000");
/// ```
pub fn write_record_time(out: &mut String, instant: Timestamp, zone: &TimeZone) {
    write(out, instant, zone, Colon::No);
}

/// The zone's offset in whole minutes, as RFC 3339 §4.2 has no seconds there.
///
/// Local mean times, in some zones until the 1940s, lose their seconds; the wall time must be taken by the same
/// offset, else the instant would move.
pub(super) fn offset_in_minutes(instant: Timestamp, zone: &TimeZone) -> Offset {
    let offset = zone.to_offset(instant);
    let excess = offset.seconds() % 60;
    if excess == 0 {
        return offset;
    }
    Offset::from_seconds(offset.seconds() - excess).unwrap_or(offset)
}

#[derive(Clone, Copy)]
pub(super) enum Colon {
    Yes,
    No,
}

/// Appends `+02:00` or `+0200`.
pub(super) fn write_offset(out: &mut String, offset: Offset, colon: Colon) {
    let mut text = *b"+00:00";
    let minutes = offset.seconds() / 60;
    if minutes < 0 {
        text[0] = b'-';
    }
    let minutes = minutes.unsigned_abs();
    put(&mut text, 1, minutes / 60);
    match colon {
        Colon::Yes => put(&mut text, 4, minutes % 60),
        Colon::No => put(&mut text, 3, minutes % 60),
    }
    let length = match colon {
        Colon::Yes => 6,
        Colon::No => 5,
    };
    out.push_str(str::from_utf8(&text[..length]).expect("invariant: all of it is ASCII"));
}

fn write(out: &mut String, instant: Timestamp, zone: &TimeZone, colon: Colon) {
    let offset = offset_in_minutes(instant, zone);
    let wall = offset.to_datetime(instant);
    if wall.year() < 0 {
        out.push('-');
    }
    let year = u32::from(wall.year().unsigned_abs());
    let mut text = *b"0000-00-00T00:00:00";
    put(&mut text, 0, year / 100);
    put(&mut text, 2, year % 100);
    for (at, number) in [
        (5, wall.month()),
        (8, wall.day()),
        (11, wall.hour()),
        (14, wall.minute()),
        (17, wall.second()),
    ] {
        put(&mut text, at, u32::from(number.unsigned_abs()));
    }
    out.push_str(str::from_utf8(&text).expect("invariant: all of it is ASCII"));
    write_offset(out, offset, colon);
}

/// Writes two digits of `number`, which is below 100.
fn put(text: &mut [u8], at: usize, number: u32) {
    text[at] = b'0' + (number / 10 % 10) as u8;
    text[at + 1] = b'0' + (number % 10) as u8;
}

#[cfg(test)]
mod tests {
    use super::{super::zone, *};

    #[test]
    fn accepted_forms_name_the_same_instant() {
        let berlin = zone("Europe/Berlin");

        for text in [
            "2031-04-02T09:30:00+02:00",
            "2031-04-02T09:30:00+0200",
            "2031-04-02T09:30:00+02",
            "2031-04-02T09:30:00 02:00",
            "2031-04-02 09:30:00 02:00",
            "2031-04-02t07:30:00z",
            "2031-04-02T07:30:00Z",
            "2031-04-02T07:30Z",
            "2031-04-02T07:30:00-00:00",
            "2031-04-02T07:30:00.0Z",
            "2031-04-02T07:30:00.000000000000Z",
            "2031-04-01T07:31:00-23:59",
            "2031-04-03T07:29:00+23:59",
            "2031-04-02T09:30:00",
            "2031-04-02 09:30",
        ] {
            let instant = parse_instant(text, berlin.as_ref());
            assert_eq!(
                instant.map(Timestamp::as_second),
                Ok(1_932_881_400),
                "{text}"
            );
        }
    }

    #[test]
    fn fractions_are_kept_to_the_nanosecond() {
        for (text, nanosecond) in [
            ("2031-04-02T07:30:00.5Z", 500_000_000),
            ("2031-04-02T07:30:00.123Z", 123_000_000),
            ("2031-04-02T07:30:00.1234567899Z", 123_456_789),
            ("1955-11-05T07:30:00.25+01:00", 250_000_000),
        ] {
            let instant = parse_instant(text, None)
                .map(|instant| instant.as_nanosecond().rem_euclid(1_000_000_000));
            assert_eq!(instant, Ok(nanosecond), "{text}");
        }
    }

    #[test]
    fn what_is_no_instant_is_refused() {
        let utc = Some(&TimeZone::UTC);
        for text in [
            "",
            "now",
            "2031-04-02",
            "2031-04-02T",
            "2031-04-02T24:00:00Z",
            "2031-04-02T23:59:60Z",
            "2031-04-02T09:60:00Z",
            "2031-02-29T09:30:00Z",
            "2031-13-01T09:30:00Z",
            "2031-00-01T09:30:00Z",
            "2031-04-00T09:30:00Z",
            "31-04-02T09:30:00Z",
            "12031-04-02T09:30:00Z",
            "-2031-04-02T09:30:00Z",
            "2031-4-2T9:30:00Z",
            "2031-04-02T09:30:00.Z",
            "2031-04-02T09:30:00,5Z",
            "2031-04-02T09:30:00+24:00",
            "2031-04-02T09:30:00+02:60",
            "2031-04-02T09:30:00+2",
            "2031-04-02T09:30:00+02:",
            "2031-04-02T09:30:00+02:0",
            "2031-04-02T09:30:00ZZ",
            "2031-04-02T09:30:00Z ",
            "2031-04-02T09:30:00[Europe/Berlin]",
            "2031-04-02T09:30:00 ",
            "2031-04-02T09:30:00\0",
            "２０３１-04-02T09:30:00Z",
            "2031\u{2010}04\u{2010}02T09:30:00Z",
            "1932881400",
        ] {
            assert_eq!(
                parse_instant(text, utc),
                Err(InstantError::Malformed),
                "{text:?}"
            );
        }
        let huge = "2".repeat(10_000_000);
        assert_eq!(parse_instant(&huge, utc), Err(InstantError::Malformed));
    }

    #[test]
    fn the_ends_of_time_are_told_apart() {
        for (text, expected) in [
            ("1899-12-31T23:59:59Z", Ok(false)),
            ("1900-01-01T00:00:00Z", Ok(true)),
            ("1955-11-05T06:15:00-08:00", Ok(true)),
            ("2200-01-01T00:00:00Z", Ok(true)),
            ("2200-01-01T00:00:00.001Z", Ok(false)),
            ("0000-01-01T00:00:00Z", Ok(false)),
            ("0001-01-01T00:00:00+23:59", Ok(false)),
            ("9999-12-30T00:00:00Z", Ok(false)),
            ("9999-12-31T23:59:59Z", Err(InstantError::OutOfRange)),
        ] {
            assert_eq!(parse_instant(text, None).map(in_bounds), expected, "{text}");
        }
        let end = parse_instant("9999-12-31T23:59:59", Some(&TimeZone::UTC));
        assert_eq!(end, Err(InstantError::OutOfRange));
    }

    #[test]
    fn a_gap_moves_forward_and_a_fold_gives_the_first() {
        for (name, wall, expected) in [
            (
                "Europe/Berlin",
                "2031-03-30T02:00:00",
                "2031-03-30T03:00:00+02:00",
            ),
            (
                "Europe/Berlin",
                "2031-03-30T02:59:59",
                "2031-03-30T03:59:59+02:00",
            ),
            (
                "Europe/Berlin",
                "2031-10-26T02:30:00",
                "2031-10-26T02:30:00+02:00",
            ),
            (
                "Australia/Lord_Howe",
                "2025-10-05T02:15:00",
                "2025-10-05T02:45:00+11:00",
            ),
            (
                "Australia/Lord_Howe",
                "2025-04-06T01:45:00",
                "2025-04-06T01:45:00+11:00",
            ),
            (
                "Pacific/Apia",
                "2011-12-30T12:00:00",
                "2011-12-31T12:00:00+14:00",
            ),
            (
                "America/Havana",
                "2024-03-10T00:30:00",
                "2024-03-10T01:30:00-04:00",
            ),
        ] {
            let tz = zone(name).expect("in the list");
            let instant = parse_instant(wall, Some(&tz)).expect("an instant");

            let mut out = String::new();
            write_event_time(&mut out, instant, &tz);

            assert_eq!(out, expected, "{name} {wall}");
        }
    }

    #[test]
    fn both_shapes_have_whole_seconds_and_minutes_of_offset() {
        for (instant, name, event) in [
            ("2031-04-02T07:30:00Z", "UTC", "2031-04-02T07:30:00+00:00"),
            (
                "2031-04-02T07:30:00.999Z",
                "Asia/Kathmandu",
                "2031-04-02T13:15:00+05:45",
            ),
            (
                "1955-11-05T14:15:00.5Z",
                "America/Los_Angeles",
                "1955-11-05T06:15:00-08:00",
            ),
            (
                "2031-07-01T12:00:00Z",
                "America/St_Johns",
                "2031-07-01T09:30:00-02:30",
            ),
            (
                "1900-01-01T00:00:00Z",
                "Africa/Monrovia",
                "1899-12-31T23:17:00-00:43",
            ),
            ("0001-01-01T00:00:00Z", "UTC", "0001-01-01T00:00:00+00:00"),
            (
                "-000001-12-31T23:00:00Z",
                "UTC",
                "-0001-12-31T23:00:00+00:00",
            ),
        ] {
            let instant = instant.parse().expect("an instant");
            let tz = zone(name).expect("in the list");

            let (mut out, mut record) = (String::from("at "), String::new());
            write_event_time(&mut out, instant, &tz);
            write_record_time(&mut record, instant, &tz);

            assert_eq!(out, format!("at {event}"), "{name}");
            let (head, minutes) = event.rsplit_once(':').expect("an offset");
            assert_eq!(record, format!("{head}{minutes}"));
        }
        for extreme in [Timestamp::MIN, Timestamp::MAX] {
            for hours in [-23, 0, 23] {
                let zone = TimeZone::fixed(jiff::tz::offset(hours));
                write_event_time(&mut String::new(), extreme, &zone);
            }
        }
    }
}
