//! Keys that were looked up within the last second, so that a busy key costs no database read a request.
//!
//! A revoked key stops at once on the node that revoked it, and within the second on the others.

use std::{
    collections::HashMap,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicI64, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use jiff::Timestamp;
use store::api_keys::Access;
use subtle::ConstantTimeEq;

use super::uses::{Uses, minute};
use crate::api::caller::Identity;

/// How long an answer of the database counts.
const FRESH: Duration = Duration::from_secs(1);
/// Entries at which the stale ones are dropped.
const MANY: usize = 4_096;

/// The cache.
#[derive(Default)]
pub(super) struct Keys {
    entries: RwLock<HashMap<[u8; 32], Entry>>,
    /// Raised by each revocation: a look-up that began before it is not kept.
    generation: AtomicU64,
}

struct Entry {
    identity: Arc<Identity>,
    access: Access,
    read_at: Instant,
    /// The minute of the last use that is known to be noted.
    noted: AtomicI64,
}

impl Keys {
    /// The identity behind a digest, where it is fresh; notes the use.
    pub fn get(&self, digest: &[u8; 32], now: Timestamp, uses: &Uses) -> Option<Arc<Identity>> {
        let entries = self.entries.read().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(digest)?;
        let matches = bool::from(entry.access.digest.ct_eq(digest));
        if !matches || entry.read_at.elapsed() >= FRESH || has_ended(&entry.access, now) {
            return None;
        }
        entry.note(now, uses);
        Some(Arc::clone(&entry.identity))
    }

    /// To be taken before the look-up whose outcome [`put`](Self::put) keeps.
    pub fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Keeps what a look-up found, and notes the use.
    pub fn put(
        &self,
        access: Access,
        identity: &Arc<Identity>,
        generation: u64,
        now: Timestamp,
        uses: &Uses,
    ) {
        let entry = Entry {
            identity: Arc::clone(identity),
            noted: AtomicI64::new(access.last_used_at.map_or(i64::MIN, minute)),
            read_at: Instant::now(),
            access,
        };
        entry.note(now, uses);
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        if self.generation() != generation {
            return;
        }
        if entries.len() >= MANY {
            entries.retain(|_, entry| entry.read_at.elapsed() < FRESH);
        }
        entries.insert(entry.access.digest, entry);
    }

    /// Forgets all keys, since one of them was changed or revoked.
    pub fn forget_all(&self) {
        let mut entries = self.entries.write().unwrap_or_else(PoisonError::into_inner);
        self.generation.fetch_add(1, Ordering::Release);
        entries.clear();
    }
}

impl Entry {
    fn note(&self, now: Timestamp, uses: &Uses) {
        let this_minute = minute(now);
        if self.noted.load(Ordering::Relaxed) < this_minute {
            self.noted.store(this_minute, Ordering::Relaxed);
            uses.key(self.access.app_id, self.access.id, now);
        }
    }
}

/// Whether a key's grace is over.
pub(super) fn has_ended(access: &Access, now: Timestamp) -> bool {
    access.expires_at.is_some_and(|end| end <= now)
}
