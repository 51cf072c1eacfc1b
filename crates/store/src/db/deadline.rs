//! The time by which a request must have its answer, known to every statement made for it.
//!
//! Dropping a future cannot end a statement that runs inline, so the statement itself has to know when to stop.

use std::{future::Future, time::Instant};

use super::Error;

tokio::task_local! {
    static DEADLINE: Instant;
}

/// Runs `future` so that its database work ends with [`Error::Timeout`] after `deadline`.
///
/// A task spawned inside does not inherit the deadline.
pub async fn with_deadline<F: Future>(deadline: Instant, future: F) -> F::Output {
    DEADLINE.scope(deadline, future).await
}

/// The deadline of the running task.
pub(super) fn current() -> Option<Instant> {
    DEADLINE.try_with(|deadline| *deadline).ok()
}

/// Refuses to begin anything after the deadline.
pub(super) fn check() -> Result<(), Error> {
    match current() {
        Some(deadline) if Instant::now() >= deadline => Err(Error::Timeout),
        _ => Ok(()),
    }
}

/// Waits for `future`, at most until the deadline.
pub(super) async fn bound<F: Future>(future: F) -> Result<F::Output, Error> {
    match current() {
        None => Ok(future.await),
        Some(deadline) => tokio::time::timeout_at(deadline.into(), future)
            .await
            .map_err(|_| Error::Timeout),
    }
}
