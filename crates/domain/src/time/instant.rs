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
    out.push_str(str::from_utf8(&text[..length]).unwrap_or_default());
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
    out.push_str(str::from_utf8(&text).unwrap_or_default());
    write_offset(out, offset, colon);
}

/// Writes two digits of `number`, which is below 100.
fn put(text: &mut [u8], at: usize, number: u32) {
    text[at] = b'0' + (number / 10 % 10) as u8;
    text[at + 1] = b'0' + (number % 10) as u8;
}
