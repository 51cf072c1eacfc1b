//! SQLite: the queue of writers and a pool of readers.
//!
//! A reader cannot write, and stops by itself at its deadline.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use rusqlite::OpenFlags;
use tokio::{
    runtime::{Handle, RuntimeFlavor},
    sync::{OwnedSemaphorePermit, Semaphore},
    task::block_in_place,
};

use super::{
    FromRow, Param, Result, Sql,
    batch::Queue,
    deadline,
    session::{self, Damage, OTHER_PROCESS, Session, stopping},
};

/// Virtual machine steps between two looks at the clock, about 50 µs.
const PROGRESS_STEPS: i32 = 4000;

/// One database file and its connections.
pub(super) struct Sqlite {
    pub(super) path: PathBuf,
    pub(super) queue: Arc<Queue>,
    idle: Mutex<Vec<ReadConnection>>,
    readers: Arc<Semaphore>,
    damage: Damage,
}

impl Sqlite {
    pub(super) fn open(path: &Path, readers: usize) -> Result<Self> {
        let damage = Damage::default();
        let writer = Session::new(session::open_writer(path)?, 256, damage.clone());
        Ok(Self {
            path: path.into(),
            queue: Arc::new(Queue::new(writer)),
            idle: Mutex::default(),
            readers: Arc::new(Semaphore::new(readers.max(1))),
            damage,
        })
    }

    /// Takes a read connection, and fixes what it sees if `snapshot` is wanted.
    pub(super) async fn read(self: &Arc<Self>, snapshot: bool) -> Result<Reader> {
        let permit = deadline::bound(self.readers.clone().acquire_owned())
            .await?
            .map_err(|_| stopping())?;
        let idle = lock(&self.idle).pop();
        let connection = match idle {
            Some(connection) => connection,
            None => ReadConnection::open(&self.path, self.damage.clone())?,
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

    /// Ends the running batch and takes no more work.
    pub(super) async fn close(&self) -> Result<()> {
        self.readers.close();
        lock(&self.idle).clear();
        self.queue.close().await
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
        if sound && !self.sqlite.readers.is_closed() {
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
    fn open(path: &Path, damage: Damage) -> Result<Self> {
        let mut db = session::connect(path, OpenFlags::empty())?;
        db.busy_timeout(OTHER_PROCESS)?;
        session::set_up(&db, 4096)?;
        db.pragma_update(None, "query_only", true)?;
        let opened = Instant::now();
        let deadline = Arc::new(AtomicU64::new(u64::MAX));
        let limit = deadline.clone();
        db.progress_handler(
            PROGRESS_STEPS,
            Some(move || opened.elapsed() > Duration::from_nanos(limit.load(Relaxed))),
        )?;
        Ok(Self {
            session: Session::new(db, 128, damage),
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

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
