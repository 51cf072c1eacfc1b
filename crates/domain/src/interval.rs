//! A span of time: half-open, so that one appointment may end where the next begins.
//!
//! An interval is never empty: its end is after its start.

use jiff::Timestamp;
use thiserror::Error;

/// The instants from `start` up to, but without, `end`.
///
/// ```
/// use domain::Interval;
/// # let at = |text: &str| text.parse::<jiff::Timestamp>().expect("an instant");
/// let morning = Interval::new(at("2031-04-02T09:00:00Z"), at("2031-04-02T10:00:00Z"))?;
/// let next = Interval::new(at("2031-04-02T10:00:00Z"), at("2031-04-02T11:00:00Z"))?;
///
/// assert!(!morning.overlaps(&next));
/// assert!(Interval::new(next.end(), next.start()).is_err());
/// # Ok::<(), domain::EmptyInterval>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Interval {
    start: Timestamp,
    end: Timestamp,
}

/// The end is not after the start (spec 80 §4.1).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("must be after the start")]
pub struct EmptyInterval;

impl Interval {
    /// Checks that `end` is after `start`.
    pub fn new(start: Timestamp, end: Timestamp) -> Result<Self, EmptyInterval> {
        if start < end {
            Ok(Self { start, end })
        } else {
            Err(EmptyInterval)
        }
    }

    /// The first instant within.
    pub fn start(&self) -> Timestamp {
        self.start
    }

    /// The first instant after.
    pub fn end(&self) -> Timestamp {
        self.end
    }

    /// Whether the two share an instant; touching is not overlapping.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// The length in whole milliseconds.
    pub fn millis(&self) -> i64 {
        self.end.as_millisecond() - self.start.as_millisecond()
    }
}
