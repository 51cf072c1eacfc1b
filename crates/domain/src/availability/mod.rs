//! The availability engine: which slots are offered, which can be booked, and why not (spec 50).
//!
//! A pure function of a [`Query`] and its [`Resource`]s: the clock, the seed, rules and busy times are arguments.
//! Everything is counted in whole seconds since 1970 UTC; whatever is finer is cut so that nothing is offered by it.

mod bitmap;
mod busy;
mod constraint;
mod explain;
mod filter;
mod limit;
mod local;
mod moment;
mod open;
mod query;
mod slots;
mod span;

pub use busy::{Busy, BusyTimes, is_whole_days, whole_days};
pub use constraint::{MOST_CONSTRAINTS, Rules};
pub use explain::{Explanation, Reason, RuleName, explain};
pub use filter::Filters;
pub use limit::{FullPeriods, RateLimits};
pub use moment::{Moment, MomentError, Window, WindowError};
pub use query::{
    AllDay, Budget, HoursFrom, Level, Levels, Mode, Query, Refusal, Resource, Rounding,
};
pub use slots::{DateSlots, Slots, blocked, bookable, count, dates, slots};
pub use span::Span;
