//! The audit log: who did what to what; rows are added, never changed.

use domain::AppId;
use jiff::Timestamp;
use uuid::Uuid;

use crate::db::{Conn, Error, FromRow, Row};

type Result<T> = std::result::Result<T, Error>;

/// One act.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its id; ids order as the acts happened.
    pub id: Uuid,
    /// `person:UUID`, `key:UUID`, `resource:UUID` or `command line`.
    pub actor: String,
    /// The act's name, such as `key.reveal`.
    pub act: String,
    /// What it was done to, such as `key:UUID`.
    pub target: String,
    /// The client's address.
    pub address: String,
    /// The request.
    pub request_id: String,
    /// When.
    pub at: Timestamp,
}

impl FromRow for Entry {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            actor: row.get(1)?,
            act: row.get(2)?,
            target: row.get(3)?,
            address: row.get(4)?,
            request_id: row.get(5)?,
            at: row.get(6)?,
        })
    }
}

/// Adds an act, in the unit of work that does it.
pub async fn push(conn: &mut Conn, app: AppId, entry: &Entry) -> Result<()> {
    conn.execute(
        "INSERT INTO audit (app_id, id, actor, act, target, address, request_id, at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        &[
            app.into(),
            entry.id.into(),
            (&entry.actor).into(),
            (&entry.act).into(),
            (&entry.target).into(),
            (&entry.address).into(),
            (&entry.request_id).into(),
            entry.at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// The newest acts of an app.
pub async fn list(conn: &mut Conn, app: AppId, limit: i64) -> Result<Vec<Entry>> {
    conn.query(
        "SELECT id, actor, act, target, address, request_id, at FROM audit WHERE app_id = $1 ORDER BY id DESC LIMIT $2",
        &[app.into(), limit.into()],
    )
    .await
}
