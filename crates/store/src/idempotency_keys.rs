//! Answers kept under an `Idempotency-Key` (`design/reliability.md` §3), in the scope (app, key).

use domain::AppId;
use jiff::Timestamp;

use crate::db::{Conn, FromRow, Result, Row};

/// A key in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// SHA-256 of the request.
    pub fingerprint: [u8; 32],
    /// The answer, once there is one.
    pub answer: Option<Answer>,
}

/// A kept answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: i64,
    /// The JSON text, empty for 204.
    pub body: String,
}

impl FromRow for Entry {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let status: Option<i64> = row.get(1)?;
        let body: Option<String> = row.get(2)?;
        Ok(Self {
            fingerprint: row.get(0)?,
            answer: status
                .zip(body)
                .map(|(status, body)| Answer { status, body }),
        })
    }
}

/// What stands under a key.
pub async fn get(conn: &mut Conn, app: AppId, key: &str) -> Result<Option<Entry>> {
    conn.one(
        "SELECT fingerprint, status, body FROM idempotency_key WHERE app_id = $1 AND key = $2",
        &[app.into(), key.into()],
    )
    .await
}

/// Takes a key; false where it is taken. On PostgreSQL a copy that is still at work is waited for, up to the lock timeout.
pub async fn claim(
    conn: &mut Conn,
    app: AppId,
    key: &str,
    fingerprint: &[u8; 32],
    now: Timestamp,
) -> Result<bool> {
    let inserted = conn
        .execute(
            "INSERT INTO idempotency_key (app_id, key, fingerprint, created_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (app_id, key) DO NOTHING",
            &[app.into(), key.into(), fingerprint.into(), now.into()],
        )
        .await?;
    Ok(inserted > 0)
}

/// Keeps the answer under a key that was taken.
pub async fn keep(conn: &mut Conn, app: AppId, key: &str, status: i64, body: &str) -> Result<()> {
    conn.execute(
        "UPDATE idempotency_key SET status = $3, body = $4 WHERE app_id = $1 AND key = $2",
        &[app.into(), key.into(), status.into(), body.into()],
    )
    .await?;
    Ok(())
}

/// Deletes at most `limit` keys that are older than `before`; how many went.
pub async fn delete_older(conn: &mut Conn, before: Timestamp, limit: i64) -> Result<u64> {
    conn.execute(
        "DELETE FROM idempotency_key WHERE (app_id, key) IN
            (SELECT app_id, key FROM idempotency_key WHERE created_at < $1 ORDER BY created_at, app_id, key LIMIT $2)",
        &[before.into(), limit.into()],
    )
    .await
}
