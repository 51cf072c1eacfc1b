//! What an id of an event in a path means: an event, or one instance of a repeated one.

use std::{fmt, str::FromStr};

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use thiserror::Error;

use crate::EventId;

/// An event, or an instance of a repeated event by where it starts or would start without a change of its own.
///
/// ```
/// use domain::event::EventRef;
///
/// let text = "78a4d873-2a68-41c6-bdd4-c0ca5b35efd3_20261124T080000Z";
/// assert_eq!(text.parse::<EventRef>()?.to_string(), text);
/// # Ok::<(), domain::event::UnknownEventRef>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EventRef {
    /// The event itself.
    Whole(EventId),
    /// One instance: the repeated event, and the instance's original start in whole seconds.
    Instance(EventId, Timestamp),
}

/// Not an id of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must be a UUID, or a UUID and a start like _20261124T080000Z")]
pub struct UnknownEventRef;

impl FromStr for EventRef {
    type Err = UnknownEventRef;

    fn from_str(text: &str) -> Result<Self, UnknownEventRef> {
        let text = text.to_ascii_lowercase();
        let (id, start) = match text.split_once('_') {
            None => (text.as_str(), None),
            Some((id, start)) => (id, Some(start)),
        };
        let id = id.parse().map_err(|_| UnknownEventRef)?;
        let Some(start) = start else {
            return Ok(Self::Whole(id));
        };
        let wall = basic(start.strip_suffix('z').ok_or(UnknownEventRef)?).ok_or(UnknownEventRef)?;
        let start = TimeZone::UTC
            .to_timestamp(wall)
            .map_err(|_| UnknownEventRef)?;
        Ok(Self::Instance(id, start))
    }
}

impl fmt::Display for EventRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Whole(id) => write!(f, "{id}"),
            Self::Instance(id, start) => {
                write!(f, "{id}_{}Z", Basic(TimeZone::UTC.to_datetime(*start)))
            }
        }
    }
}

/// A wall time in the basic form of RFC 5545 §3.3.5: `20261124T080000`.
pub(crate) struct Basic(pub DateTime);

impl fmt::Display for Basic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.0;
        write!(
            f,
            "{:04}{:02}{:02}T{:02}{:02}{:02}",
            at.year(),
            at.month(),
            at.day(),
            at.hour(),
            at.minute(),
            at.second()
        )
    }
}

/// Reads a wall time in the basic form, with `T` in any case.
pub(crate) fn basic(text: &str) -> Option<DateTime> {
    let (date, time) = text.split_once(['T', 't'])?;
    let date = basic_date(date)?;
    if time.len() != 6 {
        return None;
    }
    let [hour, minute, second] = [0, 2, 4].map(|at| number(time.get(at..at + 2)?));
    let time = jiff::civil::Time::new(hour?, minute?, second?, 0).ok()?;
    Some(date.to_datetime(time))
}

/// Reads a date in the basic form: `20261124`.
pub(crate) fn basic_date(text: &str) -> Option<jiff::civil::Date> {
    if text.len() != 8 {
        return None;
    }
    let century = number(text.get(0..2)?)?;
    let year = number(text.get(2..4)?)?;
    let (month, day) = (number(text.get(4..6)?)?, number(text.get(6..8)?)?);
    jiff::civil::Date::new(i16::from(century) * 100 + i16::from(year), month, day).ok()
}

/// Two digits and nothing else.
fn number(text: &str) -> Option<i8> {
    if text.bytes().all(|digit| digit.is_ascii_digit()) {
        text.parse().ok()
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_reference_is_refused() {
        let id = "78a4d873-2a68-41c6-bdd4-c0ca5b35efd3";
        for text in [
            String::new(),
            "_".to_owned(),
            format!("{id}_"),
            format!("{id}_20261124T080000"),
            format!("{id}_20261324T080000Z"),
            format!("{id}_20261124T240000Z"),
            format!("{id}_2026112T+80000Z"),
            format!("{id}_20261124T08000éZ"),
            format!("{id}_20261124T080000Z_"),
        ] {
            assert!(text.parse::<EventRef>().is_err(), "{text}");
        }
        assert_eq!(
            id.to_uppercase().parse::<EventRef>(),
            Ok(EventRef::Whole(id.parse().expect("an id")))
        );
    }
}
