//! Sessions of the panel, found by the SHA-256 of the cookie's value.

use domain::{AppId, PersonId, ResourceId, Role, SessionId};
use jiff::Timestamp;

use super::members;
use crate::db::{Conn, Error, FromRow, Row};

type Result<T> = std::result::Result<T, Error>;

/// A session as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its id, which outlives changes of the cookie.
    pub id: SessionId,
    /// SHA-256 of the cookie's value.
    pub digest: [u8; 32],
    /// Who is signed in.
    pub person_id: PersonId,
    /// The app that the panel shows.
    pub app_id: Option<AppId>,
    /// What a page must send with each change.
    pub csrf: String,
    /// Where it was opened.
    pub address: String,
    /// With what it was opened.
    pub user_agent: String,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it was last used, to the minute.
    pub seen_at: Timestamp,
    /// When the password was last given.
    pub confirmed_at: Timestamp,
}

impl FromRow for Session {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            digest: row.get(1)?,
            person_id: row.get(2)?,
            app_id: row.get(3)?,
            csrf: row.get(4)?,
            address: row.get(5)?,
            user_agent: row.get(6)?,
            created_at: row.get(7)?,
            seen_at: row.get(8)?,
            confirmed_at: row.get(9)?,
        })
    }
}

/// A session with the app that it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The session.
    pub session: Session,
    /// The app, while the person is an active member of it.
    pub seat: Option<Seat>,
}

/// What a person is in the app that their session shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seat {
    /// The app.
    pub app_id: AppId,
    /// Its slug.
    pub slug: String,
    /// Whether it is in test mode.
    pub test_mode: bool,
    /// The person's role.
    pub role: Role,
    /// The person's resource.
    pub resource_id: ResourceId,
}

impl FromRow for Access {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let session = Session::from_row(row)?;
        let role: Option<&str> = row.get(12)?;
        let seat = match (session.app_id, role) {
            (Some(app_id), Some(role)) => Some(Seat {
                app_id,
                slug: row.get(10)?,
                test_mode: row.get(11)?,
                role: members::role(role)?,
                resource_id: row.get(13)?,
            }),
            _ => None,
        };
        Ok(Self { session, seat })
    }
}

/// The session of a cookie, with what its person is in the app that it shows.
pub async fn find(conn: &mut Conn, digest: &[u8; 32]) -> Result<Option<Access>> {
    conn.one(
        "SELECT s.id, s.digest, s.person_id, s.app_id, s.csrf, s.address, s.user_agent, s.created_at, s.seen_at,
            s.confirmed_at, a.slug, a.test_mode, m.role, m.resource_id
         FROM session s
         LEFT JOIN app a ON a.id = s.app_id AND a.deleted_at IS NULL
         LEFT JOIN member m ON m.app_id = a.id AND m.person_id = s.person_id AND m.state = 'active'
         WHERE s.digest = $1",
        &[digest.into()],
    )
    .await
}

/// Adds a session.
pub async fn insert(conn: &mut Conn, session: &Session) -> Result<()> {
    conn.execute(
        "INSERT INTO session (id, digest, person_id, app_id, csrf, address, user_agent, created_at, seen_at, confirmed_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            session.id.into(),
            (&session.digest).into(),
            session.person_id.into(),
            session.app_id.into(),
            (&session.csrf).into(),
            (&session.address).into(),
            (&session.user_agent).into(),
            session.created_at.into(),
            session.seen_at.into(),
            session.confirmed_at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Gives a session a new cookie with all that may change: app, CSRF token, last confirmation. False where it has ended.
pub async fn renew(conn: &mut Conn, session: &Session) -> Result<bool> {
    let renewed = conn
        .execute(
            "UPDATE session SET digest = $2, app_id = $3, csrf = $4, seen_at = $5, confirmed_at = $6 WHERE id = $1",
            &[
                session.id.into(),
                (&session.digest).into(),
                session.app_id.into(),
                (&session.csrf).into(),
                session.seen_at.into(),
                session.confirmed_at.into(),
            ],
        )
        .await?;
    Ok(renewed > 0)
}

/// A person's sessions, the last used first.
pub async fn list(conn: &mut Conn, person: PersonId) -> Result<Vec<Session>> {
    conn.query(
        "SELECT id, digest, person_id, app_id, csrf, address, user_agent, created_at, seen_at, confirmed_at
         FROM session WHERE person_id = $1 ORDER BY seen_at DESC, id DESC",
        &[person.into()],
    )
    .await
}

/// Ends a session of a person.
pub async fn delete(conn: &mut Conn, person: PersonId, id: SessionId) -> Result<bool> {
    let deleted = conn
        .execute(
            "DELETE FROM session WHERE person_id = $1 AND id = $2",
            &[person.into(), id.into()],
        )
        .await?;
    Ok(deleted > 0)
}

/// Ends all sessions of a person but one.
pub async fn delete_others(
    conn: &mut Conn,
    person: PersonId,
    kept: Option<SessionId>,
) -> Result<u64> {
    let kept = kept.map_or(uuid::Uuid::nil(), Into::into);
    conn.execute(
        "DELETE FROM session WHERE person_id = $1 AND id <> $2",
        &[person.into(), kept.into()],
    )
    .await
}

/// Keeps when sessions were used.
pub async fn mark_seen(conn: &mut Conn, uses: &[(SessionId, Timestamp)]) -> Result<()> {
    let rows: Vec<_> = uses
        .iter()
        .map(|(id, at)| vec![(*id).into(), (*at).into()])
        .collect();
    conn.execute_many(
        "UPDATE session SET seen_at = $2 WHERE id = $1 AND seen_at < $2",
        &rows,
    )
    .await
}

/// Removes sessions that have idled or lived too long.
pub async fn delete_expired(
    conn: &mut Conn,
    idle_since: Timestamp,
    made_before: Timestamp,
) -> Result<u64> {
    conn.execute(
        "DELETE FROM session WHERE seen_at <= $1 OR created_at <= $2",
        &[idle_since.into(), made_before.into()],
    )
    .await
}
