//! The state that every handler gets: one value, cheap to clone, built in one place.

use std::{ops::Deref, sync::Arc};

use store::{Conn, Db, Scope};

use crate::{
    api::{
        caller::Caller,
        error::{Error, Result},
        reply::Reply,
    },
    auth::Auth,
    availability::BusyIndex,
    clock::Clock,
    config::Config,
    seal::Seal,
};

/// What the busy times in memory may take, in bytes: a million bookings at 24 each, and their resources.
const BUSY_BYTES: u64 = 48 * 1024 * 1024;

/// The running server's parts.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What [`App`] points to.
pub struct Parts {
    /// The database.
    pub db: Db,
    /// The settings.
    pub config: Config,
    /// The time, ids and random bytes.
    pub clock: Clock,
    /// Encryption of secrets at rest.
    pub seal: Seal,
    /// What authentication remembers between requests.
    pub auth: Auth,
    /// Rules and busy times of resources, under their revisions.
    pub busy: BusyIndex,
}

impl Deref for App {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl App {
    /// Puts the parts together.
    pub fn new(db: Db, config: Config, clock: Clock, seal: Seal) -> Self {
        let auth = Auth::new(&config);
        let busy = BusyIndex::new(BUSY_BYTES);
        Self(Arc::new(Parts {
            db,
            config,
            clock,
            seal,
            auth,
            busy,
        }))
    }

    /// Opens the request's unit of work in the caller's tenant, and takes its `Idempotency-Key`.
    pub async fn write(&self, caller: &Caller) -> Result<Conn> {
        let mut conn = self.db.write(Scope::App(caller.app_id())).await?;
        if let Some(ticket) = &caller.ticket
            && let Some(stored) = ticket
                .claim(&mut conn, caller.app_id(), self.clock.now())
                .await?
        {
            // The first copy may stand in the same group commit: its answer is true once that has returned.
            conn.commit().await?;
            return Err(Error::Replay(stored));
        }
        Ok(conn)
    }

    /// A connection for reading the caller's tenant.
    pub async fn read(&self, caller: &Caller) -> Result<Conn> {
        Ok(self.db.read(Scope::App(caller.app_id())).await?)
    }

    /// Keeps the answer under the request's `Idempotency-Key`, commits, and answers.
    pub async fn finish(&self, mut conn: Conn, caller: &Caller, reply: Reply) -> Result<Reply> {
        if let Some(ticket) = &caller.ticket {
            ticket
                .keep(&mut conn, caller.app_id(), reply.status, reply.text())
                .await?;
        }
        conn.commit().await?;
        Ok(reply)
    }
}
