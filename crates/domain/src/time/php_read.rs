//! Reading a text by a PHP format, as `DateTime::createFromFormat` does.
//!
//! Parts that only describe the date (weekday, week, days of the month) are read and not compared. A missing time is
//! midnight; a missing date is refused, since filling it in would take a clock.

use jiff::{
    SignedDuration, Timestamp,
    civil::{Date, DateTime, Time},
    tz::{AmbiguousOffset, Offset, TimeZone},
};

use super::{
    cursor::Cursor,
    instant::{InstantError, resolve},
    php::{DAYS, Item, MONTHS, PhpFormat},
    zone::zone,
};

/// Longer than what a format of 128 characters usually writes.
const LONGEST: usize = 512;

impl PhpFormat {
    /// Reads a text that has this form; where the format has no zone the wall time is one of `zone`.
    pub fn read(&self, text: &str, zone: &TimeZone) -> Result<Timestamp, InstantError> {
        if text.len() > LONGEST {
            return Err(InstantError::Malformed);
        }
        let mut cursor = Cursor::new(text);
        let mut parts = Parts::default();
        for item in &self.items {
            let read = match item {
                Item::Literal(letter) => cursor.text(letter.encode_utf8(&mut [0; 4])),
                Item::Letter(letter) => parts.read(&mut cursor, *letter),
            };
            read.ok_or(InstantError::Malformed)?;
        }
        if !cursor.is_done() {
            return Err(InstantError::Malformed);
        }
        parts.instant(zone)
    }
}

/// What has been read so far.
#[derive(Default)]
struct Parts<'a> {
    year: Option<i16>,
    month: Option<i8>,
    day: Option<i8>,
    day_of_year: Option<i16>,
    hour: Option<i8>,
    half_day_hour: Option<i8>,
    half: Option<Half>,
    minute: i8,
    second: i8,
    nanosecond: i32,
    unix: Option<i64>,
    offset: Option<Offset>,
    zone: Option<&'a str>,
}

#[derive(Clone, Copy, PartialEq)]
enum Half {
    Morning,
    Afternoon,
}

impl<'a> Parts<'a> {
    /// Reads what one letter stands for.
    fn read(&mut self, cursor: &mut Cursor<'a>, letter: u8) -> Option<()> {
        match letter {
            b'd' | b'j' => self.day = Some(cursor.small(1, 2)?),
            b'm' | b'n' => self.month = Some(cursor.small(1, 2)?),
            b'F' | b'M' => self.month = Some(name(cursor, &MONTHS)?),
            b'Y' => self.year = i16::try_from(signed(cursor, 4)?).ok(),
            b'y' => {
                let year = i16::from(cursor.small(2, 2)?);
                self.year = Some(if year < 70 { 2000 + year } else { 1900 + year });
            }
            b'z' => self.day_of_year = i16::try_from(cursor.digits(1, 3)? + 1).ok(),
            b'G' | b'H' => self.hour = Some(cursor.small(1, 2)?),
            b'g' | b'h' => self.half_day_hour = Some(cursor.small(1, 2)?),
            b'a' | b'A' => {
                self.half = Some(match cursor.take(b"aApP")? {
                    b'a' | b'A' => Half::Morning,
                    _ => Half::Afternoon,
                });
                cursor.take(b"mM")?;
            }
            b'i' => self.minute = cursor.small(2, 2)?,
            b's' => self.second = cursor.small(2, 2)?,
            b'u' => self.nanosecond = self.nanosecond.max(cursor.nanoseconds(6)?),
            b'v' => self.nanosecond = self.nanosecond.max(cursor.nanoseconds(3)?),
            b'U' => self.unix = Some(signed(cursor, 12)?),
            b'Z' => {
                let seconds = i32::try_from(signed(cursor, 5)?).ok()?;
                self.offset = Some(Offset::from_seconds(seconds).ok()?);
            }
            b'e' | b'T' | b'O' | b'P' | b'p' => self.read_zone(cursor)?,
            _ => skip(cursor, letter)?,
        }
        Some(())
    }

    fn read_zone(&mut self, cursor: &mut Cursor<'a>) -> Option<()> {
        if cursor.peek()?.is_ascii_alphabetic() {
            let name = cursor.while_ascii(|byte| {
                byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'+' | b'-')
            });
            if name.eq_ignore_ascii_case("z") {
                self.offset = Some(Offset::UTC);
            } else {
                self.zone = Some(name);
            }
        } else {
            self.offset = Some(cursor.offset()?);
        }
        Some(())
    }

    fn instant(&self, fallback: &TimeZone) -> Result<Timestamp, InstantError> {
        if let Some(seconds) = self.unix {
            return Timestamp::new(seconds, 0)
                .and_then(|second| {
                    second.checked_add(SignedDuration::from_nanos(i64::from(self.nanosecond)))
                })
                .map_err(|_| InstantError::OutOfRange);
        }
        let wall = self.wall().ok_or(InstantError::Malformed)?;
        if let Some(offset) = self.offset {
            return offset
                .to_timestamp(wall)
                .map_err(|_| InstantError::OutOfRange);
        }
        let Some(name) = self.zone else {
            return resolve(wall, fallback);
        };
        // `CEST` is no zone of its own: it tells which offset of the zone at hand is meant. Asked first, because in the
        // hour that comes twice `CET` means the second one, though there is a zone of that name.
        if let Some(offset) = offset_called(name, wall, fallback) {
            return offset
                .to_timestamp(wall)
                .map_err(|_| InstantError::OutOfRange);
        }
        resolve(wall, &zone(name).ok_or(InstantError::Malformed)?)
    }

    fn wall(&self) -> Option<DateTime> {
        let year = self.year?;
        let date = match (self.month, self.day, self.day_of_year) {
            (Some(month), Some(day), _) => Date::new(year, month, day).ok()?,
            (_, _, Some(day)) => Date::new(year, 1, 1)
                .ok()?
                .with()
                .day_of_year(day)
                .build()
                .ok()?,
            _ => return None,
        };
        let hour = match (self.hour, self.half_day_hour, self.half) {
            (Some(hour), _, _) | (None, Some(hour), None) => hour,
            (None, Some(hour @ 1..=12), Some(half)) => {
                hour % 12 + if half == Half::Afternoon { 12 } else { 0 }
            }
            (None, Some(_), Some(_)) => return None,
            (None, None, _) => 0,
        };
        let time = Time::new(hour, self.minute, self.second, self.nanosecond).ok()?;
        Some(date.to_datetime(time))
    }
}

/// Reads a part that the date already says.
fn skip(cursor: &mut Cursor<'_>, letter: u8) -> Option<()> {
    match letter {
        b'D' | b'l' => name(cursor, &DAYS).map(drop),
        b'S' => ["st", "nd", "rd", "th"]
            .into_iter()
            .find_map(|suffix| cursor.text(suffix)),
        b'o' => signed(cursor, 4).map(drop),
        b'B' => cursor.digits(3, 3).map(drop),
        b'W' | b't' => cursor.digits(1, 2).map(drop),
        _ => cursor.digits(1, 1).map(drop),
    }
}

/// Reads a name in full or its first three letters, and gives its place from 1.
fn name(cursor: &mut Cursor<'_>, names: &[&str]) -> Option<i8> {
    let place = names.iter().position(|name| {
        cursor
            .text(name)
            .or_else(|| cursor.text(&name[..3]))
            .is_some()
    })?;
    i8::try_from(place + 1).ok()
}

fn signed(cursor: &mut Cursor<'_>, digits: usize) -> Option<i64> {
    let sign = if cursor.take(b"-").is_some() { -1 } else { 1 };
    Some(sign * cursor.digits(1, digits)?)
}

/// The offset that goes by this abbreviation in a zone around a wall time.
fn offset_called(name: &str, wall: DateTime, zone: &TimeZone) -> Option<Offset> {
    let candidates = match zone.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { offset } => [offset, offset],
        AmbiguousOffset::Gap { before, after } | AmbiguousOffset::Fold { before, after } => {
            [before, after]
        }
    };
    candidates.into_iter().find(|offset| {
        offset.to_timestamp(wall).is_ok_and(|instant| {
            let info = zone.to_offset_info(instant);
            info.abbreviation().eq_ignore_ascii_case(name) && info.offset() == *offset
        })
    })
}
