//! When keys and sessions were last used: collected here, written by a background loop, to the minute.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use domain::{AppId, KeyId, SessionId};
use jiff::Timestamp;

/// The minute that an instant lies in, since 1970.
pub(super) fn minute(at: Timestamp) -> i64 {
    at.as_second().div_euclid(60)
}

fn start_of_minute(at: Timestamp) -> Timestamp {
    Timestamp::from_second(minute(at) * 60).unwrap_or(at)
}

/// What is not written yet.
#[derive(Default)]
pub struct Uses {
    keys: Mutex<HashMap<(AppId, KeyId), Timestamp>>,
    sessions: Mutex<HashMap<SessionId, Timestamp>>,
}

impl Uses {
    pub(super) fn key(&self, app: AppId, key: KeyId, at: Timestamp) {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        keys.insert((app, key), start_of_minute(at));
    }

    pub(super) fn session(&self, session: SessionId, at: Timestamp) {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.insert(session, start_of_minute(at));
    }

    /// Takes the uses of keys, to write them.
    pub fn take_keys(&self) -> Vec<(AppId, KeyId, Timestamp)> {
        let mut keys = self.keys.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken: Vec<_> = keys
            .drain()
            .map(|((app, key), at)| (app, key, at))
            .collect();
        // In one order everywhere, so that two nodes cannot wait for each other's rows.
        taken.sort_unstable();
        taken
    }

    /// Takes the uses of sessions, to write them.
    pub fn take_sessions(&self) -> Vec<(SessionId, Timestamp)> {
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        let mut taken: Vec<_> = sessions.drain().collect();
        taken.sort_unstable();
        taken
    }
}
