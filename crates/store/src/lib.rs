//! All SQL of Daybook, for SQLite and PostgreSQL; one file for each noun.

pub mod bookings;
pub mod calendars;
pub mod claims;
pub mod customers;
pub mod db;
pub mod events;
pub mod idempotency_keys;
pub mod resources;
pub mod server_settings;

pub use db::{Conn, Db, Error, FromRow, Options, Param, Row, Scope};
