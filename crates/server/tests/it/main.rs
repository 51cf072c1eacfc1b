//! The server from outside: one binary of tests, one module for each subject.
#![expect(clippy::unwrap_used, reason = "a failed test is the report")]

mod abuse;
mod accounts;
mod bookings;
mod cli;
mod conventions;
mod idempotency;
mod resources;
mod support;
