//! Writes down when keys and sessions were used, takes the time of repeated events further ahead, and removes what has
//! ended.
//!
//! Rows are removed in small batches, each in a unit of work of its own, so that no request waits long behind one.

use std::time::Duration;

use anyhow::Context;
use jiff::{SignedDuration, Timestamp};
use store::{Scope, api_keys, idempotency_keys, password_resets, sessions};
use tokio_util::sync::CancellationToken;

use crate::{app::App, auth, repeated};

/// Between two rounds of writing uses.
const ROUND: Duration = Duration::from_secs(10);
/// Rounds between two clean-ups.
const CLEAN_UP: u32 = 30;
/// An answer is kept under its `Idempotency-Key` for a day, and removed within another.
const KEPT: SignedDuration = SignedDuration::from_hours(24);
/// Rows of one batch.
const BATCH: i64 = 500;

const SCOPE: Scope = Scope::System("upkeep");

/// Runs until it is stopped; then what is not written yet is written.
pub async fn run(app: App, stop: CancellationToken) {
    let mut round: u32 = 0;
    while stop
        .run_until_cancelled(tokio::time::sleep(ROUND))
        .await
        .is_some()
    {
        report(flush(&app).await);
        if round.is_multiple_of(CLEAN_UP) {
            report(clean_up(&app, &stop).await);
        }
        round = round.wrapping_add(1);
    }
    report(flush(&app).await);
}

/// A failure is no reason to end: the next round tries again.
fn report(outcome: anyhow::Result<()>) {
    if let Err(error) = outcome {
        tracing::warn!(error = format!("{error:#}"), "upkeep failed");
    }
}

/// Writes when keys and sessions were used.
pub async fn flush(app: &App) -> anyhow::Result<()> {
    let (keys, seen) = (app.auth.uses.take_keys(), app.auth.uses.take_sessions());
    if keys.is_empty() && seen.is_empty() {
        return Ok(());
    }
    let mut conn = app
        .db
        .write(SCOPE)
        .await
        .context("writing the last uses of keys and sessions")?;
    api_keys::mark_used(&mut conn, &keys)
        .await
        .context("writing the last uses of keys")?;
    sessions::mark_seen(&mut conn, &seen)
        .await
        .context("writing the last uses of sessions")?;
    conn.commit()
        .await
        .context("writing the last uses of keys and sessions")
}

/// Takes the time of repeated events, and removes what has ended.
pub async fn clean_up(app: &App, stop: &CancellationToken) -> anyhow::Result<()> {
    app.auth.tidy();
    let now = app.clock.now();
    remove_ended(app, now)
        .await
        .context("removing ended keys, sessions and links")?;
    while !stop.is_cancelled() {
        let moved = repeated::move_horizon(app, BATCH).await;
        if moved.context("taking the time of repeated events")? < BATCH.unsigned_abs() {
            break;
        }
    }
    while !stop.is_cancelled() {
        let mut conn = app.db.write(SCOPE).await.context("removing old answers")?;
        let removed = idempotency_keys::delete_older(&mut conn, now - KEPT, BATCH)
            .await
            .context("removing old answers")?;
        conn.commit().await.context("removing old answers")?;
        if removed < BATCH.unsigned_abs() {
            break;
        }
    }
    Ok(())
}

async fn remove_ended(app: &App, now: Timestamp) -> Result<(), store::Error> {
    let mut conn = app.db.write(SCOPE).await?;
    api_keys::delete_expired(&mut conn, now).await?;
    sessions::delete_expired(&mut conn, now - auth::IDLE, now - auth::LIFETIME).await?;
    password_resets::delete_expired(&mut conn, now).await?;
    conn.commit().await
}
