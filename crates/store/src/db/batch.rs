//! Group commit: units of work, a savepoint each, that share one transaction and its `COMMIT`.
//!
//! Success is told only after the `COMMIT` of the whole batch returned; whatever undoes the batch fails every unit in it.
//! The same holds for a refusal that rests on another unit of the batch ([`settled`]).

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::{Duration, Instant},
};

use rusqlite::Connection;
use tokio::{
    sync::{Mutex, OwnedMutexGuard, oneshot},
    task::spawn_blocking,
};

use super::{
    Error, FromRow, Param, Result, Sql, deadline,
    session::{OTHER_PROCESS, Session, end_process, stopping},
    settled,
};

/// Writers that may wait for their turn; the next one is told to come back.
const LENGTH: usize = 4096;
/// Units that share one commit; more gain nothing and let the first of them wait.
const BATCH: usize = 64;

/// The queue for the one write connection.
pub(super) struct Queue {
    writer: Arc<Mutex<Writer>>,
    queued: AtomicUsize,
}

impl Queue {
    pub(super) fn new(session: Session) -> Self {
        let writer = Writer {
            session,
            waiting: Vec::new(),
            closed: false,
        };
        Self {
            writer: Arc::new(Mutex::new(writer)),
            queued: AtomicUsize::new(0),
        }
    }

    /// Waits for the write connection, in the order of asking, and begins a unit of work.
    pub(super) async fn write(self: &Arc<Self>) -> Result<Unit> {
        let queued = Queued::enter(&self.queued)?;
        let writer = deadline::bound(self.writer.clone().lock_owned()).await?;
        drop(queued);
        if writer.closed {
            return Err(stopping());
        }
        writer.session.check_sound()?;
        let mut unit = Unit {
            writer: Some(writer),
            queue: self.clone(),
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

    /// Runs `work` on the write connection, outside of any transaction.
    pub(super) async fn alone<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let mut writer = self.writer.clone().lock_owned().await;
        spawn_blocking(move || {
            writer.flush();
            if writer.closed {
                return Err(stopping());
            }
            let db = &mut writer.session.db;
            db.busy_timeout(OTHER_PROCESS)?;
            let done = work(db);
            db.busy_timeout(Duration::ZERO)?;
            done
        })
        .await
        .map_err(|_| stopping())?
    }

    /// Ends the running batch, brings the log into the file and takes no more work.
    pub(super) async fn close(&self) -> Result<()> {
        let mut writer = self.writer.clone().lock_owned().await;
        spawn_blocking(move || {
            writer.flush();
            writer.closed = true;
            // A reader that is still busy keeps a part of the log, which the next start takes in.
            let db = &writer.session.db;
            Ok(db.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))?)
        })
        .await
        .map_err(|_| stopping())?
    }
}

/// A place in the queue of writers, given back even if the waiting task is dropped.
struct Queued<'a>(&'a AtomicUsize);

impl<'a> Queued<'a> {
    fn enter(queued: &'a AtomicUsize) -> Result<Self> {
        let place = Self(queued);
        if queued.fetch_add(1, SeqCst) >= LENGTH {
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
    closed: bool,
}

impl Writer {
    /// Commits the batch and tells every unit in it, and those that were refused on its account.
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
        #[expect(clippy::cast_precision_loss, reason = "as many as can queue, at most")]
        metrics::histogram!("db_batch_units").record(self.waiting.len() as f64);
        for unit in self.waiting.drain(..) {
            // Whoever stopped waiting has no need of the answer.
            let _ = unit.send(Ok(()));
        }
    }

    /// Undoes what is left of the batch and fails every unit in it.
    fn fail(&mut self, error: &Error) {
        let open = |session: &Session| !session.db.is_autocommit();
        if open(&self.session) && self.session.run("ROLLBACK").is_err() && open(&self.session) {
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
    queue: Arc<Queue>,
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
        let queued = self.queue.queued.load(SeqCst);
        if queued == 0 || writer.waiting.len() >= BATCH {
            spawn_blocking(move || writer.flush());
        } else if writer.waiting.len() == 1 {
            // Those in the queue may leave it. A task of its own takes a turn after them,
            // so that the batch ends even if all of them do.
            drop(writer);
            #[expect(clippy::cast_precision_loss, reason = "at most 4,096")]
            metrics::gauge!("db_write_queue").set(queued as f64);
            let writer = self.queue.writer.clone();
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
            // What it has read of the others is true once they are on the disk.
            if !writer.waiting.is_empty()
                && let Some(sender) = settled::note()
            {
                writer.waiting.push(sender);
            }
        }
    }
}
