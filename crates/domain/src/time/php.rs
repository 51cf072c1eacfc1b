//! PHP `date()` formats, in which clients may ask for and send timestamps (spec 00 §5).

use std::fmt::Write;

use jiff::{
    Timestamp, ZonedDateTime,
    civil::DateTime,
    tz::{Offset, TimeZone},
};
use thiserror::Error;

use super::instant::{Colon, offset_in_minutes, write_offset};

/// More letters than any date needs; a bound, because one letter may write thirty characters into every row of a list.
const LONGEST: usize = 128;

/// A format text taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PhpFormat {
    pub(super) items: Vec<Item>,
}

/// The format has more than 128 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("may not be longer than 128 characters")]
pub struct FormatTooLong;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// A letter with a meaning.
    Letter(u8),
    /// Copied through.
    Literal(char),
}

/// The letters of PHP's `date()`; `c` and `r` are spelled out by [`PhpFormat::parse`].
const LETTERS: &[u8] = b"dDjlNSwzWFmMntLoYyaABgGhHisuveITPpOZU";

impl PhpFormat {
    /// Takes a format apart: a known letter stands for a part of the time, `\` makes the next character stand for itself,
    /// anything else is copied.
    ///
    /// ```
    /// use domain::time::{PhpFormat, zone};
    ///
    /// let format = PhpFormat::parse("Y-m-d h:ia")?;
    /// let tz = zone("Europe/Copenhagen").expect("in the list");
    /// let instant = "2026-12-07T12:00:00Z".parse().expect("an instant");
    /// let mut out = String::new();
    /// format.write(&mut out, instant, &tz);
    /// assert_eq!(out, "2026-12-07 01:00pm");
    /// assert_eq!(format.read(&out, &tz), Ok(instant));
    /// # Ok::<(), domain::time::FormatTooLong>(())
    /// ```
    pub fn parse(text: &str) -> Result<Self, FormatTooLong> {
        if text.len() > LONGEST {
            return Err(FormatTooLong);
        }
        let mut items = Vec::with_capacity(text.len());
        let mut letters = text.chars();
        while let Some(letter) = letters.next() {
            match letter {
                '\\' => items.extend(letters.next().map(Item::Literal)),
                'c' => items.extend(Self::parse("Y-m-d\\TH:i:sP")?.items),
                'r' => items.extend(Self::parse("D, d M Y H:i:s O")?.items),
                _ => items.push(Item::of(letter)),
            }
        }
        Ok(Self { items })
    }

    /// Renders a time in its zone.
    pub fn format(&self, time: &ZonedDateTime) -> String {
        let mut out = String::new();
        self.write(&mut out, time.timestamp(), time.time_zone());
        out
    }

    /// Appends an instant as seen in a zone.
    pub fn write(&self, out: &mut String, instant: Timestamp, zone: &TimeZone) {
        let offset = offset_in_minutes(instant, zone);
        let seen = Seen {
            instant,
            zone,
            offset,
            wall: offset.to_datetime(instant),
        };
        for item in &self.items {
            match item {
                Item::Literal(letter) => out.push(*letter),
                Item::Letter(letter) => seen.write(out, *letter),
            }
        }
    }
}

impl Item {
    fn of(letter: char) -> Self {
        match u8::try_from(letter) {
            Ok(byte) if LETTERS.contains(&byte) => Self::Letter(byte),
            _ => Self::Literal(letter),
        }
    }
}

/// Full names of the months, from January.
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
/// Full names of the days, from Monday.
pub(super) const DAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// An instant as a clock on the wall shows it.
struct Seen<'a> {
    instant: Timestamp,
    zone: &'a TimeZone,
    offset: Offset,
    wall: DateTime,
}

impl Seen<'_> {
    /// Appends what one letter stands for; the order is that of PHP's manual.
    fn write(&self, out: &mut String, letter: u8) {
        let wall = self.wall;
        let weekday = wall.weekday();
        let half_day = |hour: i8| if hour % 12 == 0 { 12 } else { hour % 12 };
        let written = match letter {
            b'd' => write!(out, "{:02}", wall.day()),
            b'D' => write!(out, "{:.3}", self.day_name()),
            b'j' => write!(out, "{}", wall.day()),
            b'l' => write!(out, "{}", self.day_name()),
            b'N' => write!(out, "{}", weekday.to_monday_one_offset()),
            b'S' => write!(out, "{}", ordinal(wall.day())),
            b'w' => write!(out, "{}", weekday.to_sunday_zero_offset()),
            b'z' => write!(out, "{}", wall.day_of_year() - 1),
            b'W' => write!(out, "{:02}", wall.iso_week_date().week()),
            b'F' => write!(out, "{}", self.month_name()),
            b'm' => write!(out, "{:02}", wall.month()),
            b'M' => write!(out, "{:.3}", self.month_name()),
            b'n' => write!(out, "{}", wall.month()),
            b't' => write!(out, "{}", wall.days_in_month()),
            b'L' => write!(out, "{}", u8::from(wall.in_leap_year())),
            b'o' => write_year(out, wall.iso_week_date().year()),
            b'Y' => write_year(out, wall.year()),
            b'y' => write!(out, "{:02}", wall.year() % 100),
            b'a' => write!(out, "{}", if wall.hour() < 12 { "am" } else { "pm" }),
            b'A' => write!(out, "{}", if wall.hour() < 12 { "AM" } else { "PM" }),
            b'B' => write!(out, "{:03}", self.beats()),
            b'g' => write!(out, "{}", half_day(wall.hour())),
            b'G' => write!(out, "{}", wall.hour()),
            b'h' => write!(out, "{:02}", half_day(wall.hour())),
            b'H' => write!(out, "{:02}", wall.hour()),
            b'i' => write!(out, "{:02}", wall.minute()),
            b's' => write!(out, "{:02}", wall.second()),
            b'u' => write!(out, "{:06}", wall.subsec_nanosecond() / 1_000),
            b'v' => write!(out, "{:03}", wall.subsec_nanosecond() / 1_000_000),
            b'I' => {
                let dst = self.zone.to_offset_info(self.instant).dst().is_dst();
                write!(out, "{}", u8::from(dst))
            }
            b'Z' => write!(out, "{}", self.offset.seconds()),
            b'U' => write!(out, "{}", self.seconds()),
            _ => {
                self.write_zone(out, letter);
                Ok(())
            }
        };
        written.expect("invariant: writing to a String never fails");
    }

    fn write_zone(&self, out: &mut String, letter: u8) {
        match letter {
            b'O' => write_offset(out, self.offset, Colon::No),
            b'p' if self.offset.is_zero() => out.push('Z'),
            b'e' | b'T' => match self.zone.iana_name() {
                Some(name) if letter == b'e' => out.push_str(name),
                Some(_) => out.push_str(self.zone.to_offset_info(self.instant).abbreviation()),
                None => write_offset(out, self.offset, Colon::Yes),
            },
            _ => write_offset(out, self.offset, Colon::Yes),
        }
    }

    fn day_name(&self) -> &'static str {
        let place = self.wall.weekday().to_monday_zero_offset();
        DAYS[usize::from(place.unsigned_abs())]
    }

    fn month_name(&self) -> &'static str {
        MONTHS[usize::from(self.wall.month().unsigned_abs()) - 1]
    }

    /// Whole seconds since 1970, rounded to the past as the other letters are.
    fn seconds(&self) -> i64 {
        self.instant.as_millisecond().div_euclid(1000)
    }

    /// Swatch beats: a thousandth of the day in Biel, UTC+1.
    fn beats(&self) -> i64 {
        (self.seconds() + 3600).rem_euclid(86_400) * 10 / 864
    }
}

fn write_year(out: &mut String, year: i16) -> std::fmt::Result {
    let sign = if year < 0 { "-" } else { "" };
    write!(out, "{sign}{:04}", year.unsigned_abs())
}

fn ordinal(day: i8) -> &'static str {
    match day {
        1 | 21 | 31 => "st",
        2 | 22 => "nd",
        3 | 23 => "rd",
        _ => "th",
    }
}
