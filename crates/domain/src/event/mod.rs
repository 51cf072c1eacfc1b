//! Events: entries of calendars, and which of them take time (spec 40).

mod reference;

use std::{fmt, str::FromStr};

use jiff::SignedDuration;
use thiserror::Error;

pub(crate) use reference::{Basic, basic, basic_date};
pub use reference::{EventRef, UnknownEventRef};

/// The longest event, and the longest instance of a repeated one: a year. What is longer is a mistake, and would make
/// every question about the resource's time look back as far.
pub const LONGEST: SignedDuration = SignedDuration::from_hours(366 * 24);

/// How far ahead the instances of a repeated event take time.
pub const HORIZON: SignedDuration = SignedDuration::from_hours(400 * 24);

/// The owner's answer to an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rsvp {
    /// `accepted`
    Accepted,
    /// `needsAction`
    NeedsAction,
    /// `declined`
    Declined,
    /// `tentative`
    Tentative,
}

/// Not one of the four answers; the message goes behind the name of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must be one of accepted, needsAction, declined, tentative")]
pub struct UnknownRsvp;

impl Rsvp {
    const ALL: [Self; 4] = [
        Self::Accepted,
        Self::NeedsAction,
        Self::Declined,
        Self::Tentative,
    ];

    /// As the API spells it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::NeedsAction => "needsAction",
            Self::Declined => "declined",
            Self::Tentative => "tentative",
        }
    }
}

impl fmt::Display for Rsvp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Rsvp {
    type Err = UnknownRsvp;

    fn from_str(text: &str) -> Result<Self, UnknownRsvp> {
        Self::ALL
            .into_iter()
            .find(|rsvp| rsvp.as_str() == text)
            .ok_or(UnknownRsvp)
    }
}

/// How the owner shows the time of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownAs {
    /// Taken.
    Busy,
    /// Open, as a birthday or a reminder is (`TRANSP:TRANSPARENT`, RFC 5545 §3.8.2.7).
    Free,
}

/// Whether an event takes the time of its resource: all do, but those that are declined or shown as free.
///
/// An unanswered event takes time too. An all-day event takes time with a mark, by which a project leaves it out
/// (`ignore_all_day_events`, spec 40). What a booking wrote takes no time beside the booking's own.
///
/// ```
/// use domain::event::{Rsvp, ShownAs, blocks};
///
/// assert!(blocks(Rsvp::NeedsAction, ShownAs::Busy));
/// assert!(!blocks(Rsvp::Declined, ShownAs::Busy));
/// assert!(!blocks(Rsvp::Accepted, ShownAs::Free));
/// ```
pub fn blocks(rsvp: Rsvp, shown_as: ShownAs) -> bool {
    match (rsvp, shown_as) {
        (Rsvp::Declined, _) | (_, ShownAs::Free) => false,
        (Rsvp::Accepted | Rsvp::NeedsAction | Rsvp::Tentative, ShownAs::Busy) => true,
    }
}
