//! Links that set a new password, found by the SHA-256 of their token. Each works once.

use domain::PersonId;
use jiff::Timestamp;

use crate::db::{Conn, Error};

type Result<T> = std::result::Result<T, Error>;

/// Adds a link; older ones of the person end.
pub async fn insert(
    conn: &mut Conn,
    digest: &[u8; 32],
    person: PersonId,
    expires_at: Timestamp,
) -> Result<()> {
    delete_of_person(conn, person).await?;
    conn.execute(
        "INSERT INTO password_reset (digest, person_id, expires_at) VALUES ($1, $2, $3)",
        &[digest.into(), person.into(), expires_at.into()],
    )
    .await?;
    Ok(())
}

/// Whose password a link sets.
pub async fn find(conn: &mut Conn, digest: &[u8; 32], now: Timestamp) -> Result<Option<PersonId>> {
    let row: Option<(PersonId,)> = conn
        .one(
            "SELECT person_id FROM password_reset WHERE digest = $1 AND expires_at > $2",
            &[digest.into(), now.into()],
        )
        .await?;
    Ok(row.map(|(person,)| person))
}

/// Uses a link up; false where it was used before.
pub async fn take(conn: &mut Conn, digest: &[u8; 32], now: Timestamp) -> Result<bool> {
    let taken = conn
        .execute(
            "DELETE FROM password_reset WHERE digest = $1 AND expires_at > $2",
            &[digest.into(), now.into()],
        )
        .await?;
    Ok(taken > 0)
}

/// Ends all links of a person.
pub async fn delete_of_person(conn: &mut Conn, person: PersonId) -> Result<()> {
    conn.execute(
        "DELETE FROM password_reset WHERE person_id = $1",
        &[person.into()],
    )
    .await?;
    Ok(())
}

/// Removes links whose time is over.
pub async fn delete_expired(conn: &mut Conn, now: Timestamp) -> Result<u64> {
    conn.execute(
        "DELETE FROM password_reset WHERE expires_at <= $1",
        &[now.into()],
    )
    .await
}
