//! All SQL of Daybook, for SQLite and PostgreSQL; one file for each noun.

pub mod db;

pub use db::{Conn, Db, Error, FromRow, Options, Param, Row, Scope};
