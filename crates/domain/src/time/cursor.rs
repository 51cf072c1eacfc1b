//! A reading position in a text, and the parts that several time formats share.

use jiff::tz::Offset;

/// What is left to read.
#[derive(Clone, Copy)]
pub(super) struct Cursor<'a> {
    rest: &'a [u8],
}

impl<'a> Cursor<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self {
            rest: text.as_bytes(),
        }
    }

    pub(super) fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.rest.first().copied()
    }

    /// Takes the next byte if it is one of `wanted`.
    pub(super) fn take(&mut self, wanted: &[u8]) -> Option<u8> {
        let byte = self.peek().filter(|byte| wanted.contains(byte))?;
        self.rest = &self.rest[1..];
        Some(byte)
    }

    /// Takes `wanted`, in any ASCII case.
    pub(super) fn text(&mut self, wanted: &str) -> Option<()> {
        let (head, rest) = self.rest.split_at_checked(wanted.len())?;
        if !head.eq_ignore_ascii_case(wanted.as_bytes()) {
            return None;
        }
        self.rest = rest;
        Some(())
    }

    /// Takes bytes while they fit, as text.
    pub(super) fn while_ascii(&mut self, fits: impl Fn(u8) -> bool) -> &'a str {
        let length = self
            .rest
            .iter()
            .take_while(|byte| byte.is_ascii() && fits(**byte))
            .count();
        let (head, rest) = self.rest.split_at(length);
        self.rest = rest;
        str::from_utf8(head).expect("invariant: all of it is ASCII")
    }

    /// Takes `min` to `max` digits, as many as there are; `max` ≤ 18, so that the number fits.
    pub(super) fn digits(&mut self, min: usize, max: usize) -> Option<i64> {
        let length = self
            .rest
            .iter()
            .take(max)
            .take_while(|byte| byte.is_ascii_digit())
            .count();
        if length < min {
            return None;
        }
        let (head, rest) = self.rest.split_at(length);
        self.rest = rest;
        Some(
            head.iter()
                .fold(0, |number, digit| number * 10 + i64::from(digit - b'0')),
        )
    }

    /// The same for the small numbers of dates and times.
    pub(super) fn small(&mut self, min: usize, max: usize) -> Option<i8> {
        self.digits(min, max)
            .and_then(|number| i8::try_from(number).ok())
    }

    /// Takes the digits of a fraction of a second: at least one, nanoseconds at the finest, the rest dropped.
    pub(super) fn nanoseconds(&mut self, max: usize) -> Option<i32> {
        let digits = self.rest.iter().take(max);
        let digits = digits.take_while(|byte| byte.is_ascii_digit()).count();
        if digits == 0 {
            return None;
        }
        let (head, rest) = self.rest.split_at(digits);
        self.rest = rest;
        let padded = head.iter().copied().chain(std::iter::repeat(b'0')).take(9);
        Some(padded.fold(0, |number, digit| number * 10 + i32::from(digit - b'0')))
    }

    /// Takes `Z`, `±hh`, `±hhmm` or `±hh:mm`; a space stands for the `+` that a form decoder ate (spec 00 §5).
    pub(super) fn offset(&mut self) -> Option<Offset> {
        let sign = match self.take(b"Zz+- ")? {
            b'Z' | b'z' => return Some(Offset::UTC),
            b'-' => -1,
            _ => 1,
        };
        let hours = i32::from(self.small(2, 2)?);
        let colon = self.take(b":").is_some();
        let minutes = match self.small(2, 2) {
            Some(minutes) => i32::from(minutes),
            None if colon => return None,
            None => 0,
        };
        // reliability §9: an offset past ±23:59 is refused.
        if hours > 23 || minutes > 59 {
            return None;
        }
        Offset::from_seconds(sign * (hours * 3600 + minutes * 60)).ok()
    }
}
