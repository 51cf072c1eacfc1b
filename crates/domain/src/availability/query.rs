//! What is asked, of whom, and how much work the answer may be.

use std::num::NonZeroU32;

use jiff::{Timestamp, tz::TimeZone};

use super::{busy::BusyTimes, constraint::Rules, limit::FullPeriods, local::ceil, moment::Window};

/// A question about free time; every part has its final value (spec 50 §1).
#[derive(Clone, Copy, Debug)]
pub struct Query {
    /// Where to search.
    pub window: Window,
    /// The length of a slot in seconds; `None` asks for the free intervals themselves.
    pub length: Option<NonZeroU32>,
    /// From one start to the next, in seconds; `None` is the length.
    pub step: Option<NonZeroU32>,
    /// What is kept free on both sides of busy times, in seconds.
    pub buffer: u32,
    /// Where the first slot of a free interval starts.
    pub rounding: Rounding,
    /// How resources are put together.
    pub mode: Mode,
    /// Whether all-day events block.
    pub all_day: AllDay,
    /// Slots before it are not offered.
    pub now: Timestamp,
    /// Decides the order of resources in [`Mode::RoundRobinRandom`].
    pub seed: u64,
}

/// Where the first slot of a free interval starts, by the wall clock of the resource (spec 50 §3, 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Where the interval starts.
    None,
    /// At the next time that is a multiple of so many seconds since midnight.
    Up(NonZeroU32),
}

impl Rounding {
    /// The next full hour, which is the default.
    pub const HOUR: Self = Self::Up(NonZeroU32::new(3600).expect("invariant: not zero"));

    /// `closest_time_interval` overrides `round_to_nearest_hour` (spec 50 §1).
    pub fn of(closest_time_interval: Option<NonZeroU32>, round_to_nearest_hour: bool) -> Self {
        match closest_time_interval {
            Some(grid) => Self::Up(grid),
            None if round_to_nearest_hour => Self::HOUR,
            None => Self::None,
        }
    }

    pub(super) fn grid(self) -> Option<i64> {
        match self {
            Self::None => None,
            Self::Up(grid) => Some(i64::from(grid.get())),
        }
    }
}

/// Whether all-day events block (`ignore_all_day_events`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AllDay {
    /// As any event.
    Blocks,
    /// They are ignored.
    Ignored,
}

/// How several resources make one answer (spec 50 §5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// All resources are free.
    Mutual,
    /// One resource a slot: the first free one of a list that is shuffled once.
    RoundRobinRandom,
    /// One resource a slot: the first free one of the list.
    RoundRobinPrioritized,
    /// All that are free.
    Exclusive,
}

impl Mode {
    /// Finds a mode by its name in the API.
    ///
    /// ```
    /// use domain::availability::Mode;
    ///
    /// assert_eq!(Mode::parse("mutual"), Some(Mode::Mutual));
    /// assert_eq!(Mode::parse("roundrobin"), None);
    /// ```
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "mutual" => Self::Mutual,
            "roundrobin_random" => Self::RoundRobinRandom,
            "roundrobin_prioritized" => Self::RoundRobinPrioritized,
            "exclusive" => Self::Exclusive,
            _ => return None,
        })
    }
}

/// One resource with all that closes its time.
#[derive(Clone, Copy, Debug)]
pub struct Resource<'a> {
    /// Where its rules are read and its slots are rounded.
    pub zone: &'a TimeZone,
    /// Its opening hours.
    pub levels: Levels<'a>,
    /// Its busy times; those outside of the window do no harm.
    pub busy: &'a BusyTimes,
    /// Where its rate limits are reached, else [`FullPeriods::NONE`].
    pub full: &'a FullPeriods,
}

/// The lists of rules that a slot must pass, all of them (spec 50 §4.4).
#[derive(Clone, Copy, Debug, Default)]
pub struct Levels<'a> {
    /// The resource's own.
    pub resource: Option<&'a Rules>,
    /// The project's.
    pub project: Option<&'a Rules>,
    /// The location's, where it has custom hours and the project asks for them.
    pub location: Option<&'a Rules>,
    /// The request's.
    pub request: Option<&'a Rules>,
}

/// Which list a rule stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// The resource's own.
    Resource,
    /// The project's.
    Project,
    /// The location's.
    Location,
    /// The request's.
    Request,
}

/// Whose opening hours apply: a project's `use_hours_from` (spec 50 §8.17, 60).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum HoursFrom {
    /// All levels but the location.
    #[default]
    All,
    /// Not the project's.
    Resource,
    /// Not the resources'.
    Project,
    /// The location's too.
    Location,
}

impl HoursFrom {
    /// Finds it by its name in the API.
    pub fn parse(name: &str) -> Option<Self> {
        Some(match name {
            "resource" => Self::Resource,
            "project" => Self::Project,
            "location" => Self::Location,
            _ => return None,
        })
    }
}

impl<'a> Levels<'a> {
    /// Drops the lists that do not apply; the request's own always does.
    #[must_use]
    pub fn from_hours(self, from: HoursFrom) -> Self {
        let location = match from {
            HoursFrom::Location => self.location,
            _ => None,
        };
        match from {
            HoursFrom::All | HoursFrom::Location => Self { location, ..self },
            HoursFrom::Resource => Self {
                location,
                project: None,
                ..self
            },
            HoursFrom::Project => Self {
                location,
                resource: None,
                ..self
            },
        }
    }

    /// The prints of the lists; that of an empty list is that of none.
    pub(super) fn prints(&self) -> [u64; 4] {
        [self.resource, self.project, self.location, self.request].map(|rules| match rules {
            Some(rules) if !rules.is_empty() => rules.print,
            _ => 0,
        })
    }

    /// The lists that have rules.
    pub(super) fn lists(&self) -> impl Iterator<Item = (Level, &'a Rules)> + use<'a> {
        [
            (Level::Resource, self.resource),
            (Level::Project, self.project),
            (Level::Location, self.location),
            (Level::Request, self.request),
        ]
        .into_iter()
        .filter_map(|(level, rules)| Some((level, rules.filter(|rules| !rules.is_empty())?)))
    }
}

impl PartialEq for Levels<'_> {
    /// The same list, or one that says the same.
    fn eq(&self, other: &Self) -> bool {
        let same = |one: Option<&Rules>, other: Option<&Rules>| match (one, other) {
            (Some(one), Some(other)) => {
                std::ptr::eq(one, other) || (one.print == other.print && one.list == other.list)
            }
            (None, None) => true,
            (Some(only), None) | (None, Some(only)) => only.is_empty(),
        };
        same(self.resource, other.resource)
            && same(self.project, other.project)
            && same(self.location, other.location)
            && same(self.request, other.request)
    }
}

/// How much an answer may be, and when to give up.
#[derive(Clone, Copy)]
pub struct Budget<'a> {
    /// The most resources of a query (spec 50 §8.21).
    pub resources: usize,
    /// The most slots of an answer.
    pub slots: usize,
    /// The most resources named in an answer, all slots together.
    pub mentions: usize,
    /// Asked between resources: true ends the work.
    pub stop: &'a dyn Fn() -> bool,
}

impl Budget<'static> {
    /// 1,000 resources, 100,000 slots, no deadline.
    pub const DEFAULT: Self = Self {
        resources: 1000,
        slots: 100_000,
        mentions: 1_000_000,
        stop: &|| false,
    };
}

/// Why a query has no answer; the message goes behind the name of the field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// `resources`: too many.
    #[error("may not have more than {0} entries")]
    TooManyResources(usize),
    /// `to`: there are more slots than an answer may have.
    #[error("is too late: the answer would have more than {0} slots")]
    TooManySlots(usize),
    /// The budget's `stop` held.
    #[error("took too long")]
    Stopped,
}

impl Query {
    pub(super) fn length(&self) -> Option<i64> {
        self.length.map(|length| i64::from(length.get()))
    }

    /// From one start to the next, where slots have a length.
    pub(super) fn step(&self) -> Option<i64> {
        let step = self.step.or(self.length)?;
        self.length.map(|_| i64::from(step.get()))
    }

    pub(super) fn buffer(&self) -> i64 {
        i64::from(self.buffer)
    }

    pub(super) fn ignores_all_day(&self) -> bool {
        self.all_day == AllDay::Ignored
    }

    /// The first second at which a slot may start.
    pub(super) fn first_start(&self) -> i64 {
        ceil(self.now)
    }
}
