//! Brings the schema up to this release, once and by one process.
//!
//! Forward only; a database that a newer release has changed is refused.

use std::fs;

use refinery::{Migration, Runner};

use super::{Error, Result, postgres::Postgres, sqlite::Sqlite};

/// Name, text for SQLite, text for PostgreSQL: a pair each, so that the numbers are equal.
const MIGRATIONS: &[(&str, &str, &str)] = &[
    (
        "V1__base",
        include_str!("../../migrations/sqlite/V1__base.sql"),
        include_str!("../../migrations/postgres/V1__base.sql"),
    ),
    (
        "V2__events",
        include_str!("../../migrations/sqlite/V2__events.sql"),
        include_str!("../../migrations/postgres/V2__events.sql"),
    ),
    (
        "V3__booking_window",
        include_str!("../../migrations/sqlite/V3__booking_window.sql"),
        include_str!("../../migrations/postgres/V3__booking_window.sql"),
    ),
    (
        "V4__projects",
        include_str!("../../migrations/sqlite/V4__projects.sql"),
        include_str!("../../migrations/postgres/V4__projects.sql"),
    ),
];

/// Ours among the advisory locks of the PostgreSQL server: "daybook" in ASCII.
const LOCK: &str = "SELECT pg_advisory_lock(28254585843314539)";
const UNLOCK: &str = "SELECT pg_advisory_unlock(28254585843314539)";

/// The newest schema that this binary knows.
pub fn known_schema_version() -> i32 {
    // Numbered from 1 without a gap, which a test checks.
    i32::try_from(MIGRATIONS.len()).unwrap_or(i32::MAX)
}

/// Refuses a schema of the future; tells whether there is anything to do.
fn is_behind(found: i32) -> Result<bool> {
    let known = known_schema_version();
    if found > known {
        return Err(Error::NewerSchema { found, known });
    }
    Ok(found < known)
}

pub(super) async fn sqlite(sqlite: &Sqlite) -> Result<()> {
    let path = sqlite.path.clone();
    sqlite
        .queue
        .alone(move |db| {
            if !is_behind(sqlite_version(db)?)? {
                return Ok(());
            }
            let lock = super::side_file(&path, ".migrate.lock");
            let held = fs::File::create(&lock).and_then(|file| file.lock().map(|()| file));
            let held =
                held.map_err(|error| Error::refused(format!("`{}`: {error}", lock.display())))?;
            // Another process may have done it while we waited for the lock.
            let found = sqlite_version(db)?;
            if is_behind(found)? {
                if found > 0 {
                    let copy = format!(".before-V{}.bak", known_schema_version());
                    super::backup::run(&path, &super::side_file(&path, &copy), &mut |_| ())?;
                }
                // Tables are rebuilt by dropping the old one, which must not take along what refers to it.
                db.pragma_update(None, "foreign_keys", false)?;
                db.set_transaction_behavior(rusqlite::TransactionBehavior::Immediate);
                let done = runner(|it| it.1).run(db).map_err(|error| failed(&error));
                db.pragma_update(None, "foreign_keys", true)?;
                done?;
                let broken = db.prepare("PRAGMA foreign_key_check")?.exists([])?;
                if broken {
                    return Err(Error::Corrupt("a row refers to one that is gone".into()));
                }
            }
            // Whoever waits for the lock finds nothing to do, so the file need not stay.
            let _ = fs::remove_file(&lock);
            drop(held);
            Ok(())
        })
        .await
}

pub(super) async fn postgres(postgres: &Postgres) -> Result<()> {
    let mut client = postgres.alone().await?;
    client.batch_execute(LOCK).await?;
    if is_behind(postgres_version(&client).await?)? {
        runner(|it| it.2)
            .run_async(&mut *client)
            .await
            .map_err(|error| failed(&error))?;
    }
    client.batch_execute(UNLOCK).await?;
    Ok(())
}

/// The schema version of a SQLite database; 0 where there is none.
pub(super) fn sqlite_version(db: &rusqlite::Connection) -> Result<i32> {
    let table = "SELECT 1 FROM sqlite_schema WHERE name = 'refinery_schema_history'";
    if !db.prepare(table)?.exists([])? {
        return Ok(0);
    }
    let version = "SELECT coalesce(max(version), 0) FROM refinery_schema_history";
    Ok(db.query_row(version, [], |row| row.get(0))?)
}

/// The schema version of a PostgreSQL database; 0 where there is none.
pub(super) async fn postgres_version(client: &tokio_postgres::Client) -> Result<i32> {
    let table = "SELECT to_regclass('refinery_schema_history') IS NOT NULL";
    if !client.query_one(table, &[]).await?.try_get::<_, bool>(0)? {
        return Ok(0);
    }
    let version = "SELECT coalesce(max(version), 0) FROM refinery_schema_history";
    Ok(client.query_one(version, &[]).await?.try_get(0)?)
}

fn runner(text: fn(&(&str, &'static str, &'static str)) -> &'static str) -> Runner {
    let migrations = MIGRATIONS
        .iter()
        .map(|it| Migration::unapplied(it.0, text(it)))
        .collect::<Result<Vec<_>, _>>()
        .expect("invariant: a test reads the name of every migration");
    Runner::new(&migrations)
}

fn failed(error: &refinery::Error) -> Error {
    let why = super::error::chain(error);
    Error::refused(format!(
        "the database could not be brought up to date: {why}"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_are_numbered_without_a_gap() {
        for (index, (name, _, _)) in MIGRATIONS.iter().enumerate() {
            assert!(name.starts_with(&format!("V{}__", index + 1)), "{name}");
            assert!(Migration::unapplied(name, "").is_ok(), "{name}");
        }
    }
}
