//! All SQL of Daybook, for SQLite and PostgreSQL; one file for each noun.

pub mod api_keys;
pub mod apps;
pub mod audit;
pub mod availability;
pub mod bookings;
pub mod calendars;
pub mod claims;
pub mod credentials;
pub mod customers;
pub mod db;
pub mod events;
pub mod idempotency_keys;
pub mod links;
pub mod locations;
pub mod members;
pub mod password_resets;
pub mod persons;
pub mod projects;
pub mod resources;
pub mod server_settings;
pub mod services;
pub mod sessions;

pub use db::{Conn, Db, Error, FromRow, Options, Param, Row, Scope};
