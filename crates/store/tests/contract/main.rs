//! One suite for both engines: every function of the store runs here, since SQL is not checked by the compiler.

#![expect(
    clippy::disallowed_methods,
    reason = "names of throw-away databases and rows"
)]

mod accounts;
mod availability;
mod bookings;
mod calendars;
mod failures;
mod files;
mod harness;
mod lists;
mod plans;
mod postgres;
mod projects;
mod types;
mod units;
