//! What the installation as a whole remembers, by name.

use crate::db::{Conn, Error};

type Result<T> = std::result::Result<T, Error>;

/// The value under a name.
pub async fn get(conn: &mut Conn, name: &str) -> Result<Option<String>> {
    let row: Option<(String,)> = conn
        .one(
            "SELECT value FROM server_setting WHERE name = $1",
            &[name.into()],
        )
        .await?;
    Ok(row.map(|(value,)| value))
}

/// Sets a value.
pub async fn set(conn: &mut Conn, name: &str, value: &str) -> Result<()> {
    conn.execute(
        "INSERT INTO server_setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        &[name.into(), value.into()],
    )
    .await?;
    Ok(())
}

/// Sets a value where there is none; what stands there afterwards.
pub async fn set_once(conn: &mut Conn, name: &str, value: &str) -> Result<String> {
    conn.execute(
        "INSERT INTO server_setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING",
        &[name.into(), value.into()],
    )
    .await?;
    Ok(get(conn, name).await?.unwrap_or_else(|| value.to_owned()))
}
