//! Refusals that wait for the truth of what they rest on.
//!
//! A unit of work sees what the units before it in its batch have written. If it commits, it shares their fate; if it
//! is dropped, because what they wrote speaks against it, its answer may be told only once their commit has returned.

use std::{cell::RefCell, future::Future};

use tokio::sync::oneshot::{self, Receiver, Sender};

use super::{Error, Result};

tokio::task_local! {
    static BATCHES: RefCell<Vec<Receiver<Result<()>>>>;
}

/// Runs `future`, and waits until what its dropped units have read is on the disk.
///
/// An error means that it was undone: then nothing that `future` says about the database is to be believed.
pub async fn settled<F: Future>(future: F) -> Result<F::Output> {
    let run = async {
        let output = future.await;
        for batch in BATCHES.with(RefCell::take) {
            batch.await.unwrap_or(Err(Error::OutcomeUnknown))?;
        }
        Ok(output)
    };
    BATCHES.scope(RefCell::default(), run).await
}

/// Where the end of a batch is to be told, if the running task waits for it.
pub(super) fn note() -> Option<Sender<Result<()>>> {
    BATCHES
        .try_with(|batches| {
            let (sender, receiver) = oneshot::channel();
            batches.borrow_mut().push(receiver);
            sender
        })
        .ok()
}
