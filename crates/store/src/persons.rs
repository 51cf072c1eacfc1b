//! Persons: those who can sign in. They stand above apps; an e-mail is one person in the whole installation.

use domain::{PersonId, email};
use jiff::Timestamp;

use crate::db::{Conn, Error, FromRow, Row};

type Result<T> = std::result::Result<T, Error>;

/// A person as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Their id.
    pub id: PersonId,
    /// E-mail; never changes.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// IANA time zone.
    pub timezone: String,
    /// The password as a PHC string; absent until one is chosen.
    pub password_hash: Option<String>,
    /// When they came.
    pub created_at: Timestamp,
    /// When they were last changed.
    pub updated_at: Timestamp,
}

impl FromRow for Person {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            email: row.get(1)?,
            name: row.get(2)?,
            timezone: row.get(3)?,
            password_hash: row.get(4)?,
            created_at: row.get(5)?,
            updated_at: row.get(6)?,
        })
    }
}

/// Adds a person; false where the e-mail is known.
pub async fn insert(conn: &mut Conn, person: &Person) -> Result<bool> {
    let folded = email::fold(&person.email);
    let inserted = conn
        .execute(
            "INSERT INTO person (id, email, email_fold, name, timezone, password_hash, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (email_fold) DO NOTHING",
            &[
                person.id.into(),
                (&person.email).into(),
                (&folded).into(),
                (&person.name).into(),
                (&person.timezone).into(),
                (&person.password_hash).into(),
                person.created_at.into(),
                person.updated_at.into(),
            ],
        )
        .await?;
    Ok(inserted > 0)
}

/// One person.
pub async fn get(conn: &mut Conn, id: PersonId) -> Result<Option<Person>> {
    conn.one(
        "SELECT id, email, name, timezone, password_hash, created_at, updated_at FROM person WHERE id = $1",
        &[id.into()],
    )
    .await
}

/// The person with an e-mail, without case.
pub async fn find(conn: &mut Conn, email: &str) -> Result<Option<Person>> {
    let folded = email::fold(email);
    conn.one(
        "SELECT id, email, name, timezone, password_hash, created_at, updated_at FROM person WHERE email_fold = $1",
        &[(&folded).into()],
    )
    .await
}

/// Whether anybody can sign in at all.
pub async fn any(conn: &mut Conn) -> Result<bool> {
    let row: Option<(i64,)> = conn
        .one(
            "SELECT 1 FROM person WHERE password_hash IS NOT NULL LIMIT 1",
            &[],
        )
        .await?;
    Ok(row.is_some())
}

/// Sets the password.
pub async fn set_password(conn: &mut Conn, id: PersonId, hash: &str, now: Timestamp) -> Result<()> {
    conn.execute(
        "UPDATE person SET password_hash = $2, updated_at = $3 WHERE id = $1",
        &[id.into(), hash.into(), now.into()],
    )
    .await?;
    Ok(())
}

/// Stores the same password under newer parameters, unless it was changed meanwhile.
pub async fn rehash(conn: &mut Conn, id: PersonId, old: &str, new: &str) -> Result<()> {
    conn.execute(
        "UPDATE person SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
        &[id.into(), old.into(), new.into()],
    )
    .await?;
    Ok(())
}

/// Sets the name.
pub async fn set_name(conn: &mut Conn, id: PersonId, name: &str, now: Timestamp) -> Result<()> {
    conn.execute(
        "UPDATE person SET name = $2, updated_at = $3 WHERE id = $1",
        &[id.into(), name.into(), now.into()],
    )
    .await?;
    Ok(())
}

/// Removes a person who belongs to no app any more, with their sessions and links.
pub async fn delete_unattached(conn: &mut Conn, id: PersonId) -> Result<()> {
    let attached: Option<(i64,)> = conn
        .one(
            "SELECT 1 FROM member WHERE person_id = $1
             UNION ALL SELECT 1 FROM resource WHERE person_id = $1 LIMIT 1",
            &[id.into()],
        )
        .await?;
    if attached.is_some() {
        return Ok(());
    }
    for sql in [
        "DELETE FROM session WHERE person_id = $1",
        "DELETE FROM password_reset WHERE person_id = $1",
        "DELETE FROM person WHERE id = $1",
    ] {
        conn.execute(sql, &[id.into()]).await?;
    }
    Ok(())
}
