//! The database layer: one SQL text, two drivers, one small [`Conn`].
//!
//! Everything in which the engines differ is in this folder; the rest of the store cannot tell them apart.

mod backup;
mod batch;
mod deadline;
mod error;
mod inspect;
mod list;
mod migrate;
mod param;
mod postgres;
mod rewrite;
mod row;
mod session;
mod settled;
mod sqlite;

pub use backup::Progress;
pub use deadline::with_deadline;
pub use error::{Constraint, ConstraintKind, Error};
pub use inspect::{Copy, Setup};
pub use list::{Direction, List, like};
pub use migrate::known_schema_version;
pub use param::Param;
pub use row::{Column, FromRow, Row, Value};
pub use settled::settled;

use std::{
    fmt, fs,
    io::{Read, Seek, Write},
    path::{Path, PathBuf},
    sync::Arc,
};

use domain::AppId;

use postgres::Postgres;
use sqlite::Sqlite;

/// What every function of the store answers with.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Where the database is, and how many connections it may take.
#[derive(Clone)]
pub struct Options {
    /// `sqlite://path/to/file` or `postgres://user@host/database`.
    pub url: String,
    /// Read connections of SQLite.
    pub read_connections: usize,
    /// Connections to PostgreSQL.
    pub connections: usize,
}

impl Options {
    /// The defaults for the database at `url`.
    pub fn new(url: impl Into<String>) -> Self {
        Self {
            url: url.into(),
            read_connections: 8,
            connections: 16,
        }
    }

    fn place(&self) -> Result<Place<'_>> {
        if let Some(path) = self.url.strip_prefix("sqlite://")
            && !path.is_empty()
        {
            return Ok(Place::File(Path::new(path)));
        }
        let server = ["postgres://", "postgresql://"];
        if server.iter().any(|it| self.url.starts_with(it)) {
            return Ok(Place::Server(&self.url));
        }
        Err(Error::refused(
            "the database address must be `sqlite://path/to/file` or `postgres://user@host/database`",
        ))
    }
}

/// Leaves out the address, which may hold a password.
impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("read_connections", &self.read_connections)
            .field("connections", &self.connections)
            .finish_non_exhaustive()
    }
}

enum Place<'a> {
    File(&'a Path),
    Server(&'a str),
}

/// The engines that Daybook runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    /// One file, one server.
    Sqlite,
    /// Many servers over one database.
    Postgres,
}

impl Engine {
    /// The name that its vendor writes.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// On whose behalf the database is used: one tenant, or the server itself for a reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// One app.
    App(AppId),
    /// All apps; the text says why.
    System(&'static str),
}

impl From<AppId> for Scope {
    fn from(app: AppId) -> Self {
        Self::App(app)
    }
}

/// The database; cheap to clone.
///
/// Metrics: `db_commit_seconds`, `db_batch_units`, `db_write_queue`, `db_write_queue_refused_total` (SQLite),
/// `db_serialization_failures_total` (PostgreSQL).
#[derive(Clone)]
pub struct Db(Kind);

#[derive(Clone)]
enum Kind {
    Sqlite(Arc<Sqlite>),
    Postgres(Arc<Postgres>),
}

impl Db {
    /// Opens the database; a SQLite file is made if there is none. Does not touch the schema.
    pub async fn open(options: &Options) -> Result<Self> {
        Ok(Self(match options.place()? {
            Place::File(path) => {
                Kind::Sqlite(Arc::new(Sqlite::open(path, options.read_connections)?))
            }
            Place::Server(url) => {
                Kind::Postgres(Arc::new(Postgres::open(url, options.connections).await?))
            }
        }))
    }

    /// A connection for statements that need not agree with each other.
    pub async fn read(&self, scope: impl Into<Scope>) -> Result<Conn> {
        let inner = match &self.0 {
            Kind::Sqlite(it) => Inner::Reader(it.read(false).await?),
            Kind::Postgres(it) => Inner::Postgres(it.client(None).await?),
        };
        Ok(Conn::new(inner, scope))
    }

    /// A connection whose statements all see the database at one moment.
    pub async fn read_snapshot(&self, scope: impl Into<Scope>) -> Result<Conn> {
        let begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
        let inner = match &self.0 {
            Kind::Sqlite(it) => Inner::Reader(it.read(true).await?),
            Kind::Postgres(it) => Inner::Postgres(it.client(Some(begin)).await?),
        };
        Ok(Conn::new(inner, scope))
    }

    /// A unit of work: rolls back unless [committed](Conn::commit).
    ///
    /// On SQLite all units share one connection. So hold no other [`Conn`] meanwhile (a second unit would
    /// wait for the first for ever), and wait for nothing but this one.
    pub async fn write(&self, scope: impl Into<Scope>) -> Result<Conn> {
        let begin = "BEGIN ISOLATION LEVEL READ COMMITTED";
        let inner = match &self.0 {
            Kind::Sqlite(it) => Inner::Unit(it.queue.write().await?),
            Kind::Postgres(it) => Inner::Postgres(it.client(Some(begin)).await?),
        };
        Ok(Conn::new(inner, scope))
    }

    /// Brings the schema up to this release. An old SQLite file is copied first, to `<file>.before-V<n>.bak`.
    pub async fn migrate(&self) -> Result<()> {
        match &self.0 {
            Kind::Sqlite(it) => migrate::sqlite(it).await,
            Kind::Postgres(it) => migrate::postgres(it).await,
        }
    }

    /// The version of the schema in the database; 0 before the first migration.
    pub async fn schema_version(&self) -> Result<i32> {
        match &self.0 {
            Kind::Sqlite(it) => it.queue.alone(|db| migrate::sqlite_version(db)).await,
            Kind::Postgres(it) => it.schema_version().await,
        }
    }

    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        match &self.0 {
            Kind::Sqlite(_) => Engine::Sqlite,
            Kind::Postgres(_) => Engine::Postgres,
        }
    }

    /// The clock of the database, in milliseconds since 1970.
    pub async fn ping_clock(&self) -> Result<i64> {
        self.read(Scope::System("clock")).await?.clock().await
    }

    /// Makes a write that changes nothing, and waits until it is on the disk.
    pub async fn check_writable(&self) -> Result<()> {
        let mut conn = self.write(Scope::System("readiness")).await?;
        match self.engine() {
            // "DAYB", by which `file` and others may know whose database it is.
            Engine::Sqlite => {
                let set = "PRAGMA application_id = 1145133378";
                conn.execute(set, &[]).await?;
            }
            Engine::Postgres => {
                let taken = "SELECT CAST(txid_current() AS bigint)";
                conn.one::<(i64,)>(taken, &[]).await?;
            }
        }
        conn.commit().await
    }

    /// Looks for damage, after a stop that was not clean; PostgreSQL does so by itself.
    pub async fn quick_check(&self) -> Result<()> {
        match &self.0 {
            Kind::Sqlite(it) => {
                it.queue
                    .alone(|db| backup::check(db, "PRAGMA quick_check(1)"))
                    .await
            }
            Kind::Postgres(_) => Ok(()),
        }
    }

    /// Copies a SQLite database to `path` while it is in use, checks the copy and brings it to the disk.
    pub async fn backup_to(
        &self,
        path: impl Into<PathBuf>,
        mut progress: impl FnMut(Progress) + Send + 'static,
    ) -> Result<()> {
        let Kind::Sqlite(sqlite) = &self.0 else {
            return Err(Error::refused("back up PostgreSQL by `pg_dump`"));
        };
        let (from, to) = (sqlite.path.clone(), path.into());
        tokio::task::spawn_blocking(move || backup::run(&from, &to, &mut progress))
            .await
            .map_err(|_| Error::Unavailable("the server is stopping".into()))?
    }

    /// Ends what is under way and takes no more work.
    pub async fn close(&self) -> Result<()> {
        match &self.0 {
            Kind::Sqlite(it) => it.close().await,
            Kind::Postgres(it) => {
                it.close();
                Ok(())
            }
        }
    }
}

/// A connection to whichever engine, for one caller at a time.
pub struct Conn {
    scope: Scope,
    inner: Inner,
}

enum Inner {
    Unit(batch::Unit),
    Reader(sqlite::Reader),
    Postgres(postgres::Client),
}

/// A text of ours, or one that the list builder put together.
#[derive(Clone, Copy)]
enum Sql<'a> {
    Static(&'static str),
    Built(&'a str),
}

impl Conn {
    fn new(inner: Inner, scope: impl Into<Scope>) -> Self {
        Self {
            scope: scope.into(),
            inner,
        }
    }

    /// On whose behalf this connection is used.
    pub fn scope(&self) -> Scope {
        self.scope
    }

    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        match self.inner {
            Inner::Unit(_) | Inner::Reader(_) => Engine::Sqlite,
            Inner::Postgres(_) => Engine::Postgres,
        }
    }

    /// Announces reads that may take milliseconds, so that other tasks do not wait behind them.
    #[must_use]
    pub fn long(mut self) -> Self {
        if let Inner::Reader(reader) = &mut self.inner {
            reader.long = true;
        }
        self
    }

    /// Reads all rows of an answer.
    pub async fn query<T: FromRow>(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Vec<T>> {
        self.query_sql(Sql::Static(sql), params).await
    }

    /// Reads the first row of an answer, if there is one.
    pub async fn one<T: FromRow>(
        &mut self,
        sql: &'static str,
        params: &[Param<'_>],
    ) -> Result<Option<T>> {
        Ok(self.query(sql, params).await?.into_iter().next())
    }

    /// Runs a statement without an answer; tells how many rows it changed.
    ///
    /// After an error a unit of work is spent: each further call, and its commit, gives that error again.
    pub async fn execute(&mut self, sql: &'static str, params: &[Param<'_>]) -> Result<u64> {
        let sql = Sql::Static(sql);
        match &mut self.inner {
            Inner::Unit(it) => it.execute(sql, params),
            Inner::Reader(it) => it.execute(sql, params),
            Inner::Postgres(it) => it.execute(sql, params).await,
        }
    }

    /// Runs a statement once for each row of values.
    pub async fn execute_many(&mut self, sql: &'static str, rows: &[Vec<Param<'_>>]) -> Result<()> {
        let all: Vec<_> = rows.iter().map(|row| (sql, row.as_slice())).collect();
        self.execute_all(&all).await
    }

    /// Runs statements in their order; PostgreSQL gets them all at once, and each costs no round trip of its own.
    pub async fn execute_all(&mut self, all: &[(&'static str, &[Param<'_>])]) -> Result<()> {
        if let Inner::Postgres(it) = &mut self.inner {
            return it.execute_all(all).await;
        }
        for (sql, params) in all {
            self.execute(sql, params).await?;
        }
        Ok(())
    }

    /// The clock of the database, in milliseconds since 1970; goes on within a unit of work.
    pub async fn clock(&mut self) -> Result<i64> {
        let sql = match self.engine() {
            Engine::Sqlite => "SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)",
            Engine::Postgres => {
                "SELECT CAST(floor(extract(epoch FROM clock_timestamp()) * 1000) AS bigint)"
            }
        };
        let row = self.one::<(i64,)>(sql, &[]).await?;
        row.map(|it| it.0)
            .ok_or_else(|| Error::mistake("the database told no time"))
    }

    /// Keeps what this unit did. Success means that it is on the disk.
    pub async fn commit(self) -> Result<()> {
        match self.inner {
            Inner::Unit(it) => it.commit().await,
            Inner::Reader(_) => Ok(()),
            Inner::Postgres(it) => it.commit().await,
        }
    }

    /// Reads all rows of the answer to a text that [`List`] put together.
    async fn query_built<T: FromRow>(&mut self, sql: &str, params: &[Param<'_>]) -> Result<Vec<T>> {
        self.query_sql(Sql::Built(sql), params).await
    }

    async fn query_sql<T: FromRow>(
        &mut self,
        sql: Sql<'_>,
        params: &[Param<'_>],
    ) -> Result<Vec<T>> {
        match &mut self.inner {
            Inner::Unit(it) => it.query(sql, params),
            Inner::Reader(it) => it.query(sql, params),
            Inner::Postgres(it) => it.query(sql, params).await,
        }
    }
}

/// Keeps a second server away from a SQLite file; the command line may work beside the first.
pub struct ServerLock {
    file: Option<fs::File>,
    unclean: bool,
}

/// Takes the database for a server. PostgreSQL serves many, so there it is nothing.
pub fn lock_server(options: &Options) -> Result<ServerLock> {
    let Place::File(path) = options.place()? else {
        return Ok(ServerLock {
            file: None,
            unclean: false,
        });
    };
    let path = side_file(path, ".lock");
    let failed = |error: std::io::Error| Error::refused(format!("`{}`: {error}", path.display()));
    session::create_private(&path)?;
    let mut file = fs::OpenOptions::new()
        .read(true)
        .write(true)
        .open(&path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => (),
        Err(fs::TryLockError::WouldBlock) => {
            return Err(Error::refused(format!(
                "another server uses this database (it holds `{}`), stop it first",
                path.display()
            )));
        }
        Err(fs::TryLockError::Error(error)) => return Err(failed(error)),
    }
    let mut mark = String::new();
    file.read_to_string(&mut mark).map_err(failed)?;
    file.rewind()
        .and_then(|()| file.write_all(RUNNING.as_bytes()))
        .and_then(|()| file.sync_all())
        .map_err(failed)?;
    Ok(ServerLock {
        file: Some(file),
        unclean: !mark.is_empty(),
    })
}

/// Stands in the lock file while a server runs.
const RUNNING: &str = "running\n";

impl ServerLock {
    /// Whether the server before did not come to its end: time for [`Db::quick_check`].
    pub fn after_unclean_stop(&self) -> bool {
        self.unclean
    }

    /// Gives the lock back after [`Db::close`], and notes that the stop was clean.
    pub fn release(self) -> Result<()> {
        let Some(file) = self.file else {
            return Ok(());
        };
        file.set_len(0)
            .map_err(|error| Error::refused(format!("cannot note a clean stop: {error}")))
    }
}

/// The path of a file beside the database.
fn side_file(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
