//! The first steps of a new app, as the page "Welcome" shows them.

use axum::{
    Router,
    extract::State as Extract,
    routing::{get, post},
};
use serde::Serialize;
use store::{Scope, apps};

use super::{Access, Routes, Visitor, no_app, record};
use crate::{
    api::{error::Result, reply::Reply},
    app::App,
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .at("/checklist", Access::Member, get(read))
        .at("/checklist/token-stored", Access::Owner, post(token_stored))
}

#[derive(Serialize)]
struct ChecklistOut {
    token_stored: bool,
    first_resource: bool,
    first_booking: bool,
}

async fn read(Extract(app): Extract<App>, visitor: Visitor) -> Result<Reply> {
    let app_id = visitor.app_id()?;
    let mut conn = app.db.read(Scope::App(app_id)).await?;
    let row = apps::get(&mut conn, app_id).await?.ok_or_else(no_app)?;
    let progress = apps::progress(&mut conn, &row).await?;
    Ok(Reply::one(ChecklistOut {
        token_stored: row.token_stored_at.is_some(),
        first_resource: progress.first_resource,
        first_booking: progress.first_booking,
    }))
}

async fn token_stored(Extract(app): Extract<App>, visitor: Visitor) -> Result<Reply> {
    let app_id = visitor.app_id()?;
    let mut conn = app.db.write(Scope::App(app_id)).await?;
    apps::mark_token_stored(&mut conn, app_id, app.clock.now()).await?;
    record(
        &mut conn,
        &app,
        &visitor,
        "app.token_stored",
        format!("app:{app_id}"),
    )
    .await?;
    conn.commit().await?;
    Ok(Reply::no_content())
}
