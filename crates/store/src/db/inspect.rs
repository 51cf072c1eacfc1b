//! Looks at a database from outside: what a copy holds, and how an engine is set up.

use std::{collections::BTreeMap, path::Path};

use rusqlite::{Connection, OpenFlags};

use super::{Db, Engine, Error, Result, Scope, backup, migrate};

/// What a SQLite file holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Copy {
    /// The version of its schema.
    pub schema_version: i32,
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
    /// The installation's settings.
    pub settings: BTreeMap<String, String>,
}

impl Copy {
    /// Reads a file that no server uses, and checks it for damage.
    pub fn inspect(path: &Path) -> Result<Self> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let db = Connection::open_with_flags(path, flags).map_err(|error| {
            Error::refused(format!("cannot open `{}`: {error}", path.display()))
        })?;
        backup::check(&db, "PRAGMA integrity_check")?;
        let tables = texts(
            &db,
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'",
        )?;
        let mut rows = BTreeMap::new();
        for table in tables {
            // A name of the schema, quoted; it cannot be a bind.
            let count = format!("SELECT count(*) FROM \"{}\"", table.replace('"', "\"\""));
            let count: i64 = db.query_row(&count, [], |row| row.get(0))?;
            rows.insert(table, u64::try_from(count).unwrap_or(0));
        }
        let mut settings = BTreeMap::new();
        if rows.contains_key("server_setting") {
            let mut statement = db.prepare("SELECT name, value FROM server_setting")?;
            let pairs = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            for pair in pairs {
                let (name, value) = pair?;
                settings.insert(name, value);
            }
        }
        Ok(Self {
            schema_version: migrate::sqlite_version(&db)?,
            rows,
            settings,
        })
    }
}

fn texts(db: &Connection, sql: &str) -> Result<Vec<String>> {
    let mut statement = db.prepare(sql)?;
    let texts = statement.query_map([], |row| row.get(0))?;
    Ok(texts.collect::<Result<_, _>>()?)
}

/// How an engine is set up, as far as durability depends on it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setup {
    /// The engine's version.
    pub version: String,
    /// Settings of PostgreSQL under which acknowledged writes can be lost, with their values.
    pub risky: Vec<(&'static str, String)>,
}

impl Setup {
    /// Asks the engine.
    pub async fn of(db: &Db) -> Result<Self> {
        let mut conn = db.read(Scope::System("setup")).await?;
        let version = match db.engine() {
            Engine::Sqlite => "SELECT sqlite_version()",
            Engine::Postgres => "SELECT current_setting('server_version')",
        };
        let version = conn.one::<(String,)>(version, &[]).await?;
        let mut risky = Vec::new();
        if db.engine() == Engine::Postgres {
            let settings = [
                ("fsync", "SELECT current_setting('fsync')"),
                (
                    "full_page_writes",
                    "SELECT current_setting('full_page_writes')",
                ),
                (
                    "synchronous_commit",
                    "SELECT current_setting('synchronous_commit')",
                ),
            ];
            for (name, sql) in settings {
                match conn.one::<(String,)>(sql, &[]).await? {
                    Some((value,)) if value == "off" => risky.push((name, value)),
                    _ => (),
                }
            }
        }
        Ok(Self {
            version: version.map(|it| it.0).unwrap_or_default(),
            risky,
        })
    }
}
