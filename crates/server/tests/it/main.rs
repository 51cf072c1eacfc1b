//! The server from outside: one binary of tests, one module for each subject.
#![expect(clippy::unwrap_used, reason = "a failed test is the report")]

mod abuse;
mod access;
mod apps;
mod availability;
mod book;
mod bookings;
mod calendars;
mod cli;
mod conventions;
mod events;
mod idempotency;
mod locations;
mod panel;
mod projects;
mod resources;
mod support;
