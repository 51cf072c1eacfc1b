//! The server: HTTP API, panel API, workers and command line.

pub mod cli;
pub mod clock;
pub mod config;
pub mod health;
pub mod observe;
pub mod seal;
pub mod serve;
