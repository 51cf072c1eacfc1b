//! App and widget keys, found by the SHA-256 of their text.
//!
//! A key that a newer one replaced lives until its `expires_at`.

use domain::{AppId, KeyId, KeyKind};
use jiff::Timestamp;

use crate::db::{Conn, Error, FromRow, Row};

type Result<T> = std::result::Result<T, Error>;

/// A key as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its id.
    pub id: KeyId,
    /// What it may do.
    pub kind: KeyKind,
    /// What people call it.
    pub name: String,
    /// SHA-256 of the key.
    pub digest: [u8; 32],
    /// Its last four characters.
    pub last4: String,
    /// The sealed key, where it may be shown again.
    pub sealed: Option<String>,
    /// Origins of the pages that a widget key works on, a JSON array as text; empty = any.
    pub allowed_origins: String,
    /// When a newer key was made in its place.
    pub replaced_at: Option<Timestamp>,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl FromRow for Key {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            kind: kind(row.get(1)?)?,
            name: row.get(2)?,
            digest: row.get(3)?,
            last4: row.get(4)?,
            sealed: row.get(5)?,
            allowed_origins: row.get(6)?,
            replaced_at: row.get(7)?,
            expires_at: row.get(8)?,
            last_used_at: row.get(9)?,
            created_at: row.get(10)?,
        })
    }
}

fn kind(text: &str) -> Result<KeyKind> {
    KeyKind::parse(text).ok_or_else(|| Error::Corrupt(format!("a key of the kind `{text}`").into()))
}

/// All that authentication by a key needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The key.
    pub id: KeyId,
    /// What it may do.
    pub kind: KeyKind,
    /// SHA-256 of the key.
    pub digest: [u8; 32],
    /// Origins, as in [`Key`].
    pub allowed_origins: String,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// Its app.
    pub app_id: AppId,
    /// The app's slug.
    pub slug: String,
    /// Whether the app is in test mode.
    pub test_mode: bool,
}

impl FromRow for Access {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            kind: kind(row.get(1)?)?,
            digest: row.get(2)?,
            allowed_origins: row.get(3)?,
            expires_at: row.get(4)?,
            last_used_at: row.get(5)?,
            app_id: row.get(6)?,
            slug: row.get(7)?,
            test_mode: row.get(8)?,
        })
    }
}

/// The key of a digest with its app.
pub async fn find(conn: &mut Conn, digest: &[u8; 32]) -> Result<Option<Access>> {
    conn.one(
        "SELECT k.id, k.kind, k.digest, k.allowed_origins, k.expires_at, k.last_used_at, k.app_id, a.slug, a.test_mode
         FROM api_key k JOIN app a ON a.id = k.app_id
         WHERE k.digest = $1 AND a.deleted_at IS NULL",
        &[digest.into()],
    )
    .await
}

/// Adds a key.
pub async fn insert(conn: &mut Conn, app: AppId, key: &Key) -> Result<()> {
    conn.execute(
        "INSERT INTO api_key (app_id, id, kind, name, digest, last4, sealed, allowed_origins, replaced_at, expires_at,
            last_used_at, created_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        &[
            app.into(),
            key.id.into(),
            key.kind.as_str().into(),
            (&key.name).into(),
            (&key.digest).into(),
            (&key.last4).into(),
            (&key.sealed).into(),
            (&key.allowed_origins).into(),
            key.replaced_at.into(),
            key.expires_at.into(),
            key.last_used_at.into(),
            key.created_at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// The keys of an app that still work: the app key first, in each kind the newest first.
pub async fn list(conn: &mut Conn, app: AppId, now: Timestamp) -> Result<Vec<Key>> {
    conn.query(
        "SELECT id, kind, name, digest, last4, sealed, allowed_origins, replaced_at, expires_at, last_used_at, created_at
         FROM api_key WHERE app_id = $1 AND (expires_at IS NULL OR expires_at > $2)
         ORDER BY kind, replaced_at IS NOT NULL, created_at DESC, id DESC",
        &[app.into(), now.into()],
    )
    .await
}

/// One key that still works.
pub async fn get(conn: &mut Conn, app: AppId, id: KeyId, now: Timestamp) -> Result<Option<Key>> {
    conn.one(
        "SELECT id, kind, name, digest, last4, sealed, allowed_origins, replaced_at, expires_at, last_used_at, created_at
         FROM api_key WHERE app_id = $1 AND id = $2 AND (expires_at IS NULL OR expires_at > $3)",
        &[app.into(), id.into(), now.into()],
    )
    .await
}

/// The key of a kind that no newer one has replaced.
pub async fn current(conn: &mut Conn, app: AppId, kind: KeyKind) -> Result<Option<Key>> {
    conn.one(
        "SELECT id, kind, name, digest, last4, sealed, allowed_origins, replaced_at, expires_at, last_used_at, created_at
         FROM api_key WHERE app_id = $1 AND kind = $2 AND replaced_at IS NULL AND expires_at IS NULL
         ORDER BY created_at, id LIMIT 1",
        &[app.into(), kind.as_str().into()],
    )
    .await
}

/// Marks a key as replaced, with the end of its grace; false where that was done before.
pub async fn replace(
    conn: &mut Conn,
    app: AppId,
    id: KeyId,
    now: Timestamp,
    end: Timestamp,
) -> Result<bool> {
    let replaced = conn
        .execute(
            "UPDATE api_key SET replaced_at = $3, expires_at = $4 WHERE app_id = $1 AND id = $2 AND replaced_at IS NULL",
            &[app.into(), id.into(), now.into(), end.into()],
        )
        .await?;
    Ok(replaced > 0)
}

/// Sets the origins of a widget key.
pub async fn set_origins(conn: &mut Conn, app: AppId, id: KeyId, origins: &str) -> Result<()> {
    conn.execute(
        "UPDATE api_key SET allowed_origins = $3 WHERE app_id = $1 AND id = $2",
        &[app.into(), id.into(), origins.into()],
    )
    .await?;
    Ok(())
}

/// Removes a key.
pub async fn delete(conn: &mut Conn, app: AppId, id: KeyId) -> Result<bool> {
    let deleted = conn
        .execute(
            "DELETE FROM api_key WHERE app_id = $1 AND id = $2",
            &[app.into(), id.into()],
        )
        .await?;
    Ok(deleted > 0)
}

/// Keeps when keys were used; a later time that is stored already stays.
pub async fn mark_used(conn: &mut Conn, uses: &[(AppId, KeyId, Timestamp)]) -> Result<()> {
    let rows: Vec<_> = uses
        .iter()
        .map(|(app, id, at)| vec![(*app).into(), (*id).into(), (*at).into()])
        .collect();
    conn.execute_many(
        "UPDATE api_key SET last_used_at = $3
         WHERE app_id = $1 AND id = $2 AND (last_used_at IS NULL OR last_used_at < $3)",
        &rows,
    )
    .await
}

/// Removes keys whose grace is over.
pub async fn delete_expired(conn: &mut Conn, now: Timestamp) -> Result<u64> {
    conn.execute(
        "DELETE FROM api_key WHERE expires_at IS NOT NULL AND expires_at <= $1",
        &[now.into()],
    )
    .await
}
