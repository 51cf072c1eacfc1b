//! The server: HTTP API, panel API, workers and command line.

pub mod admin;
pub mod api;
pub mod app;
pub mod audit;
pub mod auth;
pub mod availability;
pub mod book;
pub mod cli;
pub mod clock;
pub mod config;
pub mod health;
pub mod invite;
pub mod jobs;
pub mod observe;
pub mod password;
pub mod provision;
pub mod repeated;
pub mod seal;
pub mod serve;
pub mod signup;
pub mod token;

use axum::Router;

/// Everything that the server answers: the API, the panel's API, and the pages of the front.
pub fn router(app: &app::App) -> Router {
    let pages = admin::router(app)
        .merge(book::routes())
        .merge(front::router());
    api::assembled(app, pages)
}
