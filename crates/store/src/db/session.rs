//! One connection to a SQLite file: how it is opened, and how statements run on it.

use std::{
    fs,
    path::Path,
    sync::{Arc, OnceLock},
    time::Duration,
};

use rusqlite::{CachedStatement, Connection, OpenFlags, config::DbConfig, ffi};

use super::{
    Error, FromRow, Param, Result, Row, Sql,
    rewrite::{Rewritten, rewrite},
    row,
};

/// Pages of the write-ahead log after which it is brought into the database file.
const CHECKPOINT_PAGES: i32 = 4000;
/// How long another process, such as the command line, may hold the write lock.
pub(super) const OTHER_PROCESS: Duration = Duration::from_secs(5);

/// The first sign of damage that any connection to a file came upon.
pub(super) type Damage = Arc<OnceLock<Arc<str>>>;

/// A connection with its prepared statements and rewritten texts.
pub(super) struct Session {
    pub(super) db: Connection,
    texts: Rewritten,
    damage: Damage,
}

impl Session {
    pub(super) fn new(db: Connection, statements: usize, damage: Damage) -> Self {
        db.set_prepared_statement_cache_capacity(statements);
        Self {
            db,
            texts: Rewritten::default(),
            damage,
        }
    }

    /// Refuses to write to a file that is damaged: that would only make it worse.
    pub(super) fn check_sound(&self) -> Result<()> {
        match self.damage.get() {
            Some(text) => Err(Error::Corrupt(text.clone())),
            None => Ok(()),
        }
    }

    /// Runs a statement that controls the transaction.
    pub(super) fn run(&self, sql: &'static str) -> Result<()> {
        let statement = self.db.prepare_cached(sql);
        let done = statement.and_then(|mut it| it.raw_execute());
        done.map(drop).map_err(|error| self.learn(error))
    }

    pub(super) fn query<T: FromRow>(
        &mut self,
        sql: Sql<'_>,
        params: &[Param<'_>],
    ) -> Result<Vec<T>> {
        let mut statement = prepare(&self.db, &mut self.texts, sql, params)?;
        let mut rows = statement.raw_query();
        let mut out = Vec::new();
        loop {
            match rows.next() {
                Ok(Some(row)) => out.push(T::from_row(&Row(row::Inner::Sqlite(row)))?),
                Ok(None) => return Ok(out),
                Err(error) => {
                    drop(rows);
                    drop(statement);
                    return Err(self.learn(error));
                }
            }
        }
    }

    pub(super) fn execute(&mut self, sql: Sql<'_>, params: &[Param<'_>]) -> Result<u64> {
        let changed = prepare(&self.db, &mut self.texts, sql, params)?.raw_execute();
        match changed {
            Ok(changed) => Ok(changed as u64),
            Err(error) => Err(self.learn(error)),
        }
    }

    /// Keeps damage in mind, and ends the process after a failed sync.
    fn learn(&self, error: rusqlite::Error) -> Error {
        let error = unsynced(error);
        if let Error::Corrupt(text) = &error
            && self.damage.set(text.clone()).is_ok()
        {
            tracing::error!("the database is damaged, writes stop: {text}");
        }
        error
    }
}

fn prepare<'a>(
    db: &'a Connection,
    texts: &mut Rewritten,
    sql: Sql<'_>,
    params: &[Param<'_>],
) -> Result<CachedStatement<'a>> {
    let mut statement = match sql {
        Sql::Static(sql) => db.prepare_cached(texts.of(sql)),
        Sql::Built(sql) => db.prepare_cached(&rewrite(sql)),
    }?;
    if statement.parameter_count() != params.len() {
        let (wanted, given) = (statement.parameter_count(), params.len());
        return Err(Error::mistake(format!(
            "the statement takes {wanted} values, {given} were given"
        )));
    }
    for (index, param) in params.iter().enumerate() {
        param.bind(&mut statement, index + 1)?;
    }
    Ok(statement)
}

/// Opens the write connection, and makes the file if there is none.
pub(super) fn open_writer(path: &Path) -> Result<Connection> {
    // Older ones may damage a database in WAL mode (sqlite.org/wal.html, "the WAL-reset bug").
    if rusqlite::version_number() < 3_051_003 {
        return Err(Error::refused(format!(
            "SQLite {} is too old, use 3.51.3 or later",
            rusqlite::version()
        )));
    }
    create_private(path)?;
    let mut db = connect(path, OpenFlags::SQLITE_OPEN_CREATE)?;
    db.busy_timeout(OTHER_PROCESS)?;
    let mode: String = db.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0))?;
    if mode != "wal" {
        return Err(Error::refused(format!(
            "`{}` lies on a file system without shared memory, move it to a local disk",
            path.display()
        )));
    }
    set_up(&db, 16 * 1024)?;
    // What a unit's savepoint may have to bring back is kept in memory: in a file it was a tenth of the cost of a create.
    db.pragma_update(None, "temp_store", "MEMORY")?;
    // Not the pragma, whose hook swallows a failed sync.
    db.wal_hook(Some(|wal: &mut rusqlite::hooks::Wal, pages| {
        if pages >= CHECKPOINT_PAGES
            && let Err(error) = wal.checkpoint()
        {
            // Readers in the way are no trouble: the next commit tries again.
            unsynced(error);
        }
        Ok(())
    }))?;
    // `BEGIN IMMEDIATE` is tried without waiting; nothing else waits for a lock.
    db.busy_timeout(Duration::ZERO)?;
    Ok(db)
}

/// Opens a connection; paths are taken as they are, never as URIs.
pub(super) fn connect(path: &Path, more: OpenFlags) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | more;
    Connection::open_with_flags(path, flags).map_err(|error| match Error::from(error) {
        Error::Unavailable(why) => {
            Error::refused(format!("cannot open `{}`: {why}", path.display()))
        }
        other => other,
    })
}

pub(super) fn set_up(db: &Connection, cache_kib: u32) -> Result<()> {
    // Else each new value for an indexed column prepares the statement anew, for a plan that might fit it better
    // (sqlite.org/c3ref/prepare.html, SQLITE_ENABLE_STAT4): half the time of a short read, and never another plan here.
    db.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    db.execute_batch(&format!(
        "PRAGMA synchronous = FULL;
         PRAGMA foreign_keys = ON;
         PRAGMA mmap_size = 0;
         PRAGMA trusted_schema = OFF;
         PRAGMA secure_delete = ON;
         PRAGMA cache_size = -{cache_kib};"
    ))?;
    rusqlite::vtab::array::load_module(db)?;
    Ok(())
}

/// Makes a file that only its owner may read, unless it is there.
///
/// An existing one is not opened: closing it would let go of every lock that SQLite holds on it in this process.
pub(super) fn create_private(path: &Path) -> Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let made = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => fs::create_dir_all(folder),
        _ => Ok(()),
    }
    .and_then(|()| options.open(path));
    match made {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(Error::refused(format!(
            "cannot create `{}`: {error}",
            path.display()
        ))),
    }
}

/// After a failed sync nobody knows what is on the disk: only a restart, which reads the log again, does.
fn unsynced(error: rusqlite::Error) -> Error {
    if matches!(
        error.sqlite_extended_error_code(),
        Some(ffi::SQLITE_IOERR_FSYNC | ffi::SQLITE_IOERR_DIR_FSYNC)
    ) {
        end_process("the disk failed to keep what was written");
    }
    error.into()
}

/// Ends the process before it acknowledges anything else.
pub(super) fn end_process(why: &str) -> ! {
    tracing::error!("{why}; the server stops, and recovers from its log when started again");
    std::process::abort()
}

/// The answer to whoever comes after the end.
pub(super) fn stopping() -> Error {
    Error::Unavailable("the server is stopping".into())
}

#[cfg(test)]
mod tests {
    use rusqlite::StatementStatus;

    use super::*;

    #[test]
    fn a_statement_is_prepared_once_for_all_values() {
        let folder = tempfile::tempdir().expect("a folder");
        let db = open_writer(&folder.path().join("test.db")).expect("a file");
        db.execute_batch("CREATE TABLE t (a INTEGER PRIMARY KEY, b TEXT)")
            .expect("a table");
        let mut texts = Rewritten::default();
        let sql = Sql::Static("SELECT b FROM t WHERE a > $1 AND b LIKE $2");

        for value in 0..3_i64 {
            let params = [value.into(), "x%".into()];
            let mut statement = prepare(&db, &mut texts, sql, &params).expect("prepared");
            let mut rows = statement.raw_query();
            assert!(rows.next().expect("asked").is_none());
            drop(rows);
            assert_eq!(
                statement.get_status(StatementStatus::RePrepare),
                0,
                "value {value}"
            );
        }
    }
}
