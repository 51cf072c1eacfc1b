//! SQLite: one write connection whose units share a commit, and pooled readers.
//!
//! Success is told only after the `COMMIT` of the whole batch returned; whatever undoes the batch fails every unit in it.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex as StdMutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use rusqlite::{Connection, OpenFlags, ffi};
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::{Mutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore, oneshot},
    task::{block_in_place, spawn_blocking},
};

use super::{
    Error, FromRow, Param, Result, Row, Sql, deadline,
    rewrite::{Rewritten, rewrite},
    row,
};

/// Writers that may wait for their turn; the next one is told to come back.
const QUEUE: usize = 4096;
/// Units that share one commit; more gain nothing and let the first of them wait.
const BATCH: usize = 64;
/// Pages of the write-ahead log after which it is brought into the database file.
const CHECKPOINT_PAGES: i32 = 4000;
/// How long another process, such as the command line, may hold the write lock.
const OTHER_PROCESS: Duration = Duration::from_secs(5);
/// Virtual machine steps between two looks at the clock, about 50 µs.
const PROGRESS_STEPS: i32 = 4000;

/// One database file and its connections.
pub(super) struct Sqlite {
    pub(super) path: PathBuf,
    writer: Arc<Mutex<Writer>>,
    queued: AtomicUsize,
    idle: StdMutex<Vec<ReadConnection>>,
    readers: Arc<Semaphore>,
    closed: AtomicBool,
}

impl Sqlite {
    pub(super) fn open(path: &Path, readers: usize) -> Result<Self> {
        let writer = Writer {
            session: Session::new(open_writer(path)?, 256),
            waiting: Vec::new(),
        };
        Ok(Self {
            path: path.into(),
            writer: Arc::new(Mutex::new(writer)),
            queued: AtomicUsize::new(0),
            idle: StdMutex::default(),
            readers: Arc::new(Semaphore::new(readers.max(1))),
            closed: AtomicBool::new(false),
        })
    }

    /// Waits for the write connection, in the order of asking, and begins a unit of work.
    pub(super) async fn write(self: &Arc<Self>) -> Result<Unit> {
        let queued = Queued::enter(&self.queued)?;
        let writer = deadline::bound(self.writer.clone().lock_owned()).await?;
        drop(queued);
        self.check_open()?;
        let mut unit = Unit {
            writer: Some(writer),
            sqlite: self.clone(),
            spent: None,
        };
        match unit.begin() {
            // Another process holds the lock: wait for it where waiting harms nobody.
            // The unit goes along, so that it ends itself if nobody waits any more.
            Err(Error::Busy) => spawn_blocking(move || {
                unit.begin_patiently()?;
                Ok(unit)
            })
            .await
            .map_err(|_| stopping())?,
            result => result.map(|()| unit),
        }
    }

    /// Takes a read connection, and fixes what it sees if `snapshot` is wanted.
    pub(super) async fn read(self: &Arc<Self>, snapshot: bool) -> Result<Reader> {
        let permit = deadline::bound(self.readers.clone().acquire_owned())
            .await?
            .map_err(|_| stopping())?;
        self.check_open()?;
        let idle = lock(&self.idle).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => ReadConnection::open(&self.path)?,
        };
        if snapshot {
            connection.session.run("BEGIN")?;
        }
        Ok(Reader {
            connection: Some(connection),
            sqlite: self.clone(),
            long: false,
            _permit: permit,
        })
    }

    /// Ends the running batch, brings the log into the file and takes no more work.
    pub(super) async fn close(&self) -> Result<()> {
        let mut writer = self.writer.clone().lock_owned().await;
        if self.closed.swap(true, SeqCst) {
            return Ok(());
        }
        lock(&self.idle).clear();
        spawn_blocking(move || {
            writer.flush();
            // A reader that is still busy keeps a part of the log, which the next start takes in.
            writer
                .session
                .db
                .query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
        })
        .await
        .map_err(|_| stopping())??;
        Ok(())
    }

    /// Runs `work` on the write connection, outside of any transaction.
    pub(super) async fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let mut writer = self.writer.clone().lock_owned().await;
        spawn_blocking(move || {
            writer.flush();
            work(&mut writer.session.db)
        })
        .await
        .map_err(|_| stopping())?
    }

    fn check_open(&self) -> Result<()> {
        if self.closed.load(SeqCst) {
            return Err(stopping());
        }
        Ok(())
    }
}

/// A place in the queue of writers, given back even if the waiting task is dropped.
struct Queued<'a>(&'a AtomicUsize);

impl<'a> Queued<'a> {
    fn enter(queued: &'a AtomicUsize) -> Result<Self> {
        let place = Self(queued);
        if queued.fetch_add(1, SeqCst) >= QUEUE {
            metrics::counter!("db_write_queue_refused_total").increment(1);
            return Err(Error::Busy);
        }
        Ok(place)
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

/// The write connection and those who wait for the commit of its open transaction.
struct Writer {
    session: Session,
    /// Not empty only while a transaction is open.
    waiting: Vec<oneshot::Sender<Result<()>>>,
}

impl Writer {
    /// Commits the batch and tells every unit in it.
    fn flush(&mut self) {
        if self.waiting.is_empty() {
            return;
        }
        let begun = Instant::now();
        if let Err(error) = self.session.run("COMMIT") {
            self.fail(&error);
            return;
        }
        metrics::histogram!("db_commit_seconds").record(begun.elapsed().as_secs_f64());
        #[expect(clippy::cast_precision_loss, reason = "at most 64")]
        metrics::histogram!("db_batch_units").record(self.waiting.len() as f64);
        for unit in self.waiting.drain(..) {
            // Whoever stopped waiting has no need of the answer.
            let _ = unit.send(Ok(()));
        }
    }

    /// Undoes what is left of the batch and fails every unit in it.
    fn fail(&mut self, error: &Error) {
        if !self.session.db.is_autocommit() && self.session.run("ROLLBACK").is_err() {
            // A transaction that cannot be ended would take the next units along.
            end_process("a failed transaction could not be rolled back");
        }
        for unit in self.waiting.drain(..) {
            let _ = unit.send(Err(error.clone()));
        }
    }

    /// Takes back what the running unit did, and leaves the others of its batch alone.
    fn undo(&mut self) {
        if self.session.db.is_autocommit() {
            return;
        }
        let undone = if self.waiting.is_empty() {
            self.session.run("ROLLBACK")
        } else {
            let session = &self.session;
            session
                .run("ROLLBACK TO unit")
                .and_then(|()| session.run("RELEASE unit"))
        };
        if let Err(error) = undone {
            self.fail(&error);
        }
    }
}

/// A unit of work in a batch: a savepoint that goes away unless committed.
pub(super) struct Unit {
    writer: Option<OwnedMutexGuard<Writer>>,
    sqlite: Arc<Sqlite>,
    /// The first error; PostgreSQL takes no statement after one, so neither do we here.
    spent: Option<Error>,
}

impl Unit {
    fn begin(&mut self) -> Result<()> {
        let session = &self.writer().session;
        if session.db.is_autocommit() {
            session.run("BEGIN IMMEDIATE")?;
        }
        session.run("SAVEPOINT unit")
    }

    fn begin_patiently(&mut self) -> Result<()> {
        self.writer().session.db.busy_timeout(OTHER_PROCESS)?;
        let begun = self.begin();
        self.writer().session.db.busy_timeout(Duration::ZERO)?;
        begun
    }

    fn writer(&mut self) -> &mut Writer {
        self.writer
            .as_mut()
            .expect("invariant: only `commit` and `drop` take the writer, and they end the unit")
    }

    fn run<T>(&mut self, work: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
        if let Some(error) = &self.spent {
            return Err(error.clone());
        }
        let writer = self.writer();
        let result = deadline::check().and_then(|()| work(&mut writer.session));
        if let Err(error) = &result {
            // A full disk or a failed read undoes the whole batch, not only this unit.
            if writer.session.db.is_autocommit() {
                writer.fail(error);
            }
            self.spent = Some(error.clone());
        }
        result
    }

    pub(super) fn query<T: FromRow>(
        &mut self,
        sql: Sql<'_>,
        params: &[Param<'_>],
    ) -> Result<Vec<T>> {
        self.run(|session| session.query(sql, params))
    }

    pub(super) fn execute(&mut self, sql: Sql<'_>, params: &[Param<'_>]) -> Result<u64> {
        self.run(|session| session.execute(sql, params))
    }

    pub(super) async fn commit(mut self) -> Result<()> {
        self.run(|session| session.run("RELEASE unit"))?;
        let mut writer = self
            .writer
            .take()
            .expect("invariant: `commit` takes the unit, so it runs once");
        let (sender, answer) = oneshot::channel();
        writer.waiting.push(sender);
        let queued = self.sqlite.queued.load(SeqCst);
        #[expect(clippy::cast_precision_loss, reason = "at most 4,096")]
        metrics::gauge!("db_write_queue").set(queued as f64);
        if queued == 0 || writer.waiting.len() >= BATCH {
            spawn_blocking(move || writer.flush());
        } else if writer.waiting.len() == 1 {
            // Those in the queue may leave it. A task of its own takes a turn after them,
            // so that the batch ends even if all of them do.
            drop(writer);
            let writer = self.sqlite.writer.clone();
            tokio::spawn(async move {
                let mut writer = writer.lock_owned().await;
                spawn_blocking(move || writer.flush());
            });
        } else {
            drop(writer);
        }
        // No answer comes if the process stops before the commit, or in the midst of it.
        answer.await.unwrap_or(Err(Error::OutcomeUnknown))
    }
}

impl Drop for Unit {
    fn drop(&mut self) {
        if let Some(writer) = &mut self.writer {
            writer.undo();
        }
    }
}

/// A read connection, given back to the pool when dropped.
pub(super) struct Reader {
    connection: Option<ReadConnection>,
    sqlite: Arc<Sqlite>,
    /// Statements may run for long, so other tasks must move away from this thread.
    pub(super) long: bool,
    _permit: OwnedSemaphorePermit,
}

impl Reader {
    pub(super) fn query<T: FromRow>(
        &mut self,
        sql: Sql<'_>,
        params: &[Param<'_>],
    ) -> Result<Vec<T>> {
        self.run(|session| session.query(sql, params))
    }

    pub(super) fn execute(&mut self, sql: Sql<'_>, params: &[Param<'_>]) -> Result<u64> {
        self.run(|session| session.execute(sql, params))
    }

    fn run<T>(&mut self, work: impl FnOnce(&mut Session) -> Result<T>) -> Result<T> {
        deadline::check()?;
        let connection = self
            .connection
            .as_mut()
            .expect("invariant: only `drop` takes the connection");
        connection.set_deadline();
        if self.long && Handle::current().runtime_flavor() == RuntimeFlavor::MultiThread {
            block_in_place(|| work(&mut connection.session))
        } else {
            work(&mut connection.session)
        }
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Some(connection) = self.connection.take() else {
            return;
        };
        let db = &connection.session.db;
        let sound = db.is_autocommit() || connection.session.run("ROLLBACK").is_ok();
        if sound && !self.sqlite.closed.load(SeqCst) {
            lock(&self.sqlite.idle).push(connection);
        }
    }
}

/// A read connection that stops by itself at a deadline.
struct ReadConnection {
    session: Session,
    opened: Instant,
    /// Nanoseconds after `opened`.
    deadline: Arc<AtomicU64>,
}

impl ReadConnection {
    fn open(path: &Path) -> Result<Self> {
        let mut db = connect(path, OpenFlags::empty())?;
        db.busy_timeout(OTHER_PROCESS)?;
        set_up(&db, 2048)?;
        db.pragma_update(None, "query_only", true)?;
        let opened = Instant::now();
        let deadline = Arc::new(AtomicU64::new(u64::MAX));
        let limit = deadline.clone();
        db.progress_handler(
            PROGRESS_STEPS,
            Some(move || opened.elapsed() > Duration::from_nanos(limit.load(Relaxed))),
        )?;
        Ok(Self {
            session: Session::new(db, 128),
            opened,
            deadline,
        })
    }

    fn set_deadline(&self) {
        let nanos = deadline::current().map_or(u64::MAX, |deadline| {
            let left = deadline.saturating_duration_since(self.opened);
            left.as_nanos().try_into().unwrap_or(u64::MAX)
        });
        self.deadline.store(nanos, Relaxed);
    }
}

/// A connection with its prepared statements and rewritten texts.
struct Session {
    db: Connection,
    texts: Rewritten,
}

impl Session {
    fn new(db: Connection, statements: usize) -> Self {
        db.set_prepared_statement_cache_capacity(statements);
        Self {
            db,
            texts: Rewritten::default(),
        }
    }

    /// Runs a statement that controls the transaction.
    fn run(&self, sql: &'static str) -> Result<()> {
        self.db
            .prepare_cached(sql)?
            .raw_execute()
            .map_err(unsynced)?;
        Ok(())
    }

    fn query<T: FromRow>(&mut self, sql: Sql<'_>, params: &[Param<'_>]) -> Result<Vec<T>> {
        let mut statement = self.prepare(sql, params)?;
        let mut rows = statement.raw_query();
        let mut out = Vec::new();
        while let Some(row) = rows.next().map_err(unsynced)? {
            out.push(T::from_row(&Row(row::Inner::Sqlite(row)))?);
        }
        Ok(out)
    }

    fn execute(&mut self, sql: Sql<'_>, params: &[Param<'_>]) -> Result<u64> {
        let changed = self.prepare(sql, params)?.raw_execute();
        Ok(changed.map_err(unsynced)? as u64)
    }

    fn prepare(
        &mut self,
        sql: Sql<'_>,
        params: &[Param<'_>],
    ) -> Result<rusqlite::CachedStatement<'_>> {
        let mut statement = match sql {
            Sql::Static(sql) => self.db.prepare_cached(self.texts.of(sql)),
            Sql::Built(sql) => self.db.prepare_cached(&rewrite(sql)),
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
}

/// Opens the write connection, and makes the file if there is none.
fn open_writer(path: &Path) -> Result<Connection> {
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

fn set_up(db: &Connection, cache_kib: u32) -> Result<()> {
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
fn end_process(why: &str) -> ! {
    tracing::error!("{why}; the server stops, and recovers from its log when started again");
    std::process::abort()
}

fn stopping() -> Error {
    Error::Unavailable("the server is stopping".into())
}

fn lock<T>(mutex: &StdMutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
