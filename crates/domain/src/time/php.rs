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
    shows_offset: bool,
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
        let shows_offset = items
            .iter()
            .any(|item| matches!(item, Item::Letter(b'O' | b'P' | b'p')));
        Ok(Self {
            items,
            shows_offset,
        })
    }

    /// Renders a time in its zone.
    pub fn format(&self, time: &ZonedDateTime) -> String {
        let mut out = String::new();
        self.write(&mut out, time.timestamp(), time.time_zone());
        out
    }

    /// Appends an instant as seen in a zone.
    pub fn write(&self, out: &mut String, instant: Timestamp, zone: &TimeZone) {
        let offset = if self.shows_offset {
            offset_in_minutes(instant, zone)
        } else {
            zone.to_offset(instant)
        };
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

#[cfg(test)]
mod tests {
    use super::{
        super::{InstantError, zone},
        *,
    };

    fn write(format: &str, instant: &str, name: &str) -> String {
        let format = PhpFormat::parse(format).expect("short enough");
        let zone = zone(name).expect("in the list");
        let instant: Timestamp = instant.parse().expect("an instant");
        format.format(&instant.to_zoned_datetime(zone))
    }

    #[test]
    fn every_letter_writes_what_the_manual_says() {
        let all = "d|D|j|l|N|S|w|z|W|F|m|M|n|t|L|o|Y|y|a|A|g|G|h|H|i|s|u|v|e|I|T|P|p|O|Z|U|c|r";

        for (instant, zone, expected) in [
            (
                "2031-04-02T07:30:05.123Z",
                "Europe/Berlin",
                "02|Wed|2|Wednesday|3|nd|3|91|14|April|04|Apr|4|30|0|2031|2031|31|am|AM|9|9|09|09|30|05|123000|123|Europe/Berlin|1|CEST|+02:00|+02:00|+0200|7200|1932881405|2031-04-02T09:30:05+02:00|Wed, 02 Apr 2031 09:30:05 +0200",
            ),
            (
                "2024-12-30T03:04:09Z",
                "America/New_York",
                "29|Sun|29|Sunday|7|th|0|363|52|December|12|Dec|12|31|1|2024|2024|24|pm|PM|10|22|10|22|04|09|000000|000|America/New_York|0|EST|-05:00|-05:00|-0500|-18000|1735527849|2024-12-29T22:04:09-05:00|Sun, 29 Dec 2024 22:04:09 -0500",
            ),
            (
                "2024-02-29T12:00:00Z",
                "Asia/Kathmandu",
                "29|Thu|29|Thursday|4|th|4|59|09|February|02|Feb|2|29|1|2024|2024|24|pm|PM|5|17|05|17|45|00|000000|000|Asia/Kathmandu|0|+0545|+05:45|+05:45|+0545|20700|1709208000|2024-02-29T17:45:00+05:45|Thu, 29 Feb 2024 17:45:00 +0545",
            ),
            (
                "2000-01-01T00:00:00.999Z",
                "UTC",
                "01|Sat|1|Saturday|6|st|6|0|52|January|01|Jan|1|31|1|1999|2000|00|am|AM|12|0|12|00|00|00|999000|999|UTC|0|UTC|+00:00|Z|+0000|0|946684800|2000-01-01T00:00:00+00:00|Sat, 01 Jan 2000 00:00:00 +0000",
            ),
            (
                "2023-01-01T11:59:59Z",
                "America/Sao_Paulo",
                "01|Sun|1|Sunday|7|st|0|0|52|January|01|Jan|1|31|0|2022|2023|23|am|AM|8|8|08|08|59|59|000000|000|America/Sao_Paulo|0|-03|-03:00|-03:00|-0300|-10800|1672574399|2023-01-01T08:59:59-03:00|Sun, 01 Jan 2023 08:59:59 -0300",
            ),
        ] {
            assert_eq!(write(all, instant, zone), expected, "{zone}");
        }
    }

    #[test]
    fn the_examples_of_the_manual_come_out() {
        for (format, expected) in [
            ("F j, Y, g:i a", "March 10, 2001, 5:16 pm"),
            ("m.d.y", "03.10.01"),
            ("j, n, Y", "10, 3, 2001"),
            ("Ymd", "20010310"),
            (
                "h-i-s, j-m-y, it is w Day",
                "05-16-18, 10-03-01, 1631 1618 6 Satpm01",
            ),
            (
                "\\i\\t \\i\\s \\t\\h\\e jS \\d\\a\\y.",
                "it is the 10th day.",
            ),
            ("D M j G:i:s T Y", "Sat Mar 10 17:16:18 MST 2001"),
            ("H:m:s \\m \\i\\s\\ \\m\\o\\n\\t\\h", "17:03:18 m is month"),
            ("jS F", "10th March"),
            ("\\c \\r \\\\ \\é é Qx", "c r \\ é é Qx"),
            ("Y\\", "2001"),
            ("", ""),
            ("B", "052"),
        ] {
            let written = write(format, "2001-03-11T00:16:18Z", "America/Denver");
            assert_eq!(written, expected, "{format}");
        }
    }

    #[test]
    fn fixed_offsets_and_the_far_past_are_written() {
        let plus_five = TimeZone::fixed(jiff::tz::offset(5));
        let format = PhpFormat::parse("Y e T p U").expect("short enough");
        let mut out = String::new();

        format.write(&mut out, Timestamp::UNIX_EPOCH, &plus_five);
        format.write(&mut out, Timestamp::MIN, &TimeZone::UTC);

        assert_eq!(
            out,
            "1970 +05:00 +05:00 +05:00 0-9999 UTC UTC Z -377705023201"
        );
        assert_eq!(PhpFormat::parse(&"Y".repeat(129)), Err(FormatTooLong));
        assert_eq!(
            PhpFormat::parse(&"r".repeat(10_000_000)),
            Err(FormatTooLong)
        );
    }

    #[test]
    fn texts_are_read_by_their_format() {
        for (format, text, expected) in [
            ("Y-m-d h:ia", "2026-12-07 01:00pm", "2026-12-07T12:00:00Z"),
            ("Y-m-d h:ia", "2026-12-07 12:00AM", "2026-12-06T23:00:00Z"),
            ("d/m/Y", "07/12/2026", "2026-12-06T23:00:00Z"),
            ("j.n.y G:i", "7.12.26 8:05", "2026-12-07T07:05:00Z"),
            ("j.n.y", "1.1.70", "1969-12-31T23:00:00Z"),
            (
                "l jS F Y",
                "monday 7TH december 2026",
                "2026-12-06T23:00:00Z",
            ),
            (
                "D, d M y H:i:s",
                "Mon, 07 Dec 26 13:00:01",
                "2026-12-07T12:00:01Z",
            ),
            ("c", "2026-12-07T13:00:00Z", "2026-12-07T13:00:00Z"),
            ("c", "2026-12-07T13:00:00 01:00", "2026-12-07T12:00:00Z"),
            (
                "r",
                "Mon, 07 Dec 2026 13:00:00 +0100",
                "2026-12-07T12:00:00Z",
            ),
            ("U", "-1", "1969-12-31T23:59:59Z"),
            ("U.v", "1.250", "1970-01-01T00:00:01.25Z"),
            ("Y-z", "2026-340", "2026-12-06T23:00:00Z"),
            (
                "Y-m-d H:i:s.u",
                "2026-12-07 13:00:00.25",
                "2026-12-07T12:00:00.25Z",
            ),
            (
                "Y-m-d H:i e",
                "2026-12-07 13:00 America/New_York",
                "2026-12-07T18:00:00Z",
            ),
            (
                "Y-m-d H:i T",
                "2026-12-07 13:00 UTC",
                "2026-12-07T13:00:00Z",
            ),
            (
                "Y-m-d H:i T",
                "2031-10-26 02:30 CEST",
                "2031-10-26T00:30:00Z",
            ),
            (
                "Y-m-d H:i T",
                "2031-10-26 02:30 CET",
                "2031-10-26T01:30:00Z",
            ),
            (
                "Y-m-d H:i Z",
                "2026-12-07 13:00 -3600",
                "2026-12-07T14:00:00Z",
            ),
            ("Y-m-d", "1955-11-05", "1955-11-04T23:00:00Z"),
        ] {
            let format = PhpFormat::parse(format).expect("short enough");
            let copenhagen = zone("Europe/Copenhagen").expect("in the list");

            let instant = format.read(text, &copenhagen);

            assert_eq!(
                instant.map(|instant| instant.to_string()).as_deref(),
                Ok(expected),
                "{text}"
            );
        }
    }

    #[test]
    fn texts_of_another_form_are_refused() {
        for (format, text) in [
            ("Y-m-d", ""),
            ("Y-m-d", "2026-12-07 "),
            ("Y-m-d", "2026-02-29"),
            ("Y-m-d", "2026-13-01"),
            ("Y-m-d", "７026-12-07"),
            ("Y-m-d H:i", "2026-12-07 24:00"),
            ("Y-m-d H:i:s", "2026-12-07 23:59:60"),
            ("Y-m-d h:ia", "2026-12-07 13:00pm"),
            ("Y-m-d h:ia", "2026-12-07 00:00am"),
            ("Y-m-d h:ia", "2026-12-07 01:00xm"),
            ("H:i", "09:30"),
            ("Y-m", "2026-12"),
            ("Y-z", "2026-365"),
            ("F Y d", "Decembar 2026 01"),
            ("Y-m-d H:i e", "2026-12-07 13:00 Mars/Base"),
            ("Y-m-d H:i P", "2026-12-07 13:00 +24:00"),
            ("Y-m-d H:i Z", "2026-12-07 13:00 99999"),
            ("é", "e"),
            ("", ""),
            ("", "2026-12-07"),
        ] {
            let format = PhpFormat::parse(format).expect("short enough");
            let read = format.read(text, &TimeZone::UTC);
            assert_eq!(read, Err(InstantError::Malformed), "{text:?}");
        }
        let unix = PhpFormat::parse("U").expect("short enough");
        assert_eq!(
            unix.read("999999999999", &TimeZone::UTC),
            Err(InstantError::OutOfRange)
        );
    }
}
