//! Request bodies: received whole before a handler starts.
//!
//! A slow sender so holds a connection and a few bytes, never a place among the requests in flight. All bodies
//! together stay within `limit-body-memory`.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::body::Body;
use bytes::{Bytes, BytesMut};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body as HttpBody, Incoming};
use tokio::time::{Instant, timeout_at};

/// The times and sizes that a body must keep.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bounds {
    pub bytes: usize,
    pub idle: Duration,
    pub total: Duration,
}

/// A body as the router gets it.
pub(crate) enum Received {
    /// The whole body.
    Whole(Body, Held),
    /// More than it may be: whoever reads it learns so, and answers 413 in its own form.
    TooLarge(Body),
}

/// Why no handler gets the body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Failure {
    /// Too slow.
    Timeout,
    /// All bodies together take too much memory.
    Memory,
    /// The client went away or broke the framing.
    Broken,
}

/// The memory of all bodies being received or handled.
#[derive(Debug)]
pub(crate) struct Memory {
    used: AtomicUsize,
    limit: usize,
}

/// A body's share of the memory.
pub(crate) struct Held {
    bytes: usize,
    memory: Arc<Memory>,
}

impl Memory {
    pub(crate) fn new(limit: usize) -> Arc<Self> {
        Arc::new(Self {
            used: AtomicUsize::new(0),
            limit,
        })
    }
}

impl Held {
    fn grow(&mut self, bytes: usize) -> Result<(), Failure> {
        let before = self.memory.used.fetch_add(bytes, Ordering::Relaxed);
        self.bytes += bytes;
        if before + bytes > self.memory.limit {
            Err(Failure::Memory)
        } else {
            Ok(())
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if self.bytes > 0 {
            self.memory.used.fetch_sub(self.bytes, Ordering::Relaxed);
        }
    }
}

/// Receives a body.
pub(crate) async fn receive(
    mut body: Incoming,
    bounds: Bounds,
    memory: &Arc<Memory>,
) -> Result<Received, Failure> {
    let mut held = Held {
        bytes: 0,
        memory: Arc::clone(memory),
    };
    if body.is_end_stream() {
        return Ok(Received::Whole(Body::empty(), held));
    }
    if body.size_hint().lower() > bounds.bytes as u64 {
        return Ok(Received::TooLarge(too_large()));
    }
    let start = Instant::now();
    let (mut first, mut all) = (Bytes::new(), BytesMut::new());
    let mut deadline = (start + bounds.idle).min(start + bounds.total);
    while let Some(frame) = timeout_at(deadline, body.frame())
        .await
        .map_err(|_| Failure::Timeout)?
    {
        // Trailers mean nothing here.
        let Ok(data) = frame.map_err(|_| Failure::Broken)?.into_data() else {
            continue;
        };
        held.grow(data.len())?;
        if held.bytes > bounds.bytes {
            return Ok(Received::TooLarge(too_large()));
        }
        if first.is_empty() && all.is_empty() {
            first = data;
        } else {
            all.extend_from_slice(&std::mem::take(&mut first));
            all.extend_from_slice(&data);
        }
        if body.is_end_stream() {
            break;
        }
        deadline = (Instant::now() + bounds.idle).min(start + bounds.total);
    }
    let whole = if all.is_empty() { first } else { all.freeze() };
    Ok(Received::Whole(Body::from(whole), held))
}

/// A body that fails with the error of a length limit when it is read.
fn too_large() -> Body {
    Body::new(Limited::new(Full::new(Bytes::from_static(b" ")), 0))
}
