//! `/admin/api/server`: what the panel's open pages must know about the installation.

use axum::{Router, extract::State as Extract, routing::get};
use serde::Serialize;
use store::{Scope, persons};

use super::{Access, Routes};
use crate::{
    api::{error::Result, reply::Reply},
    app::App,
    config::Signup,
};

pub(super) fn routes() -> Router<App> {
    Router::new().at("/server", Access::Open, get(read))
}

#[derive(Serialize)]
struct ServerOut {
    version: &'static str,
    public_url: String,
    signup: &'static str,
    first_run: bool,
    mail: bool,
    keys_revealable: bool,
}

async fn read(Extract(app): Extract<App>) -> Result<Reply> {
    let mut conn = app.db.read(Scope::System("server")).await?;
    let first_run = !persons::any(&mut conn).await?;
    let is_open = may_sign_up(app.config.signup, first_run);
    Ok(Reply::one(ServerOut {
        version: env!("CARGO_PKG_VERSION"),
        public_url: app.config.public_url(),
        signup: if is_open { "open" } else { "closed" },
        first_run,
        mail: false,
        keys_revealable: app.config.keys_revealable,
    }))
}

/// Whether a stranger may sign up now.
pub(super) fn may_sign_up(signup: Signup, first_run: bool) -> bool {
    match signup {
        Signup::Open => true,
        Signup::First => first_run,
        Signup::Closed => false,
    }
}
