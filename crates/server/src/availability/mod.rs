//! What availability is computed from, kept in memory under each resource's revision.
//!
//! Right on every node: a question first reads the revisions of its resources, in one statement, and reads anew what
//! has another one. Every change of a resource's time or rules raises its revision in the same transaction
//! (`store::claims`, `store::resources`), so nothing here is ever stale; whether a slot is booked is decided by the
//! claims alone.

use std::{
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use domain::{
    AppId, Interval, ResourceId,
    availability::{Busy, BusyTimes, Rules},
    time,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use store::{Conn, availability as rows};

/// Nothing older is kept: questions about the past are rare.
const PAST: SignedDuration = SignedDuration::from_hours(24);
/// A search reaches six months, and what is kept shall serve for a while.
const FUTURE: SignedDuration = SignedDuration::from_hours(200 * 24);

/// What is known of a resource under one revision.
#[derive(Debug)]
pub struct Known {
    /// The resource.
    pub id: ResourceId,
    /// Its object in answers: id, name and time zone as JSON.
    pub shown: String,
    /// Where its rules are read.
    pub zone: TimeZone,
    /// Its opening hours.
    pub rules: Rules,
    /// Its busy times within what was read.
    pub busy: BusyTimes,
    revision: i64,
    read: Interval,
    bytes: u64,
    used: AtomicU64,
}

/// The resources that were asked about, up to a number of bytes; the ones not asked about for longest go first.
///
/// Metrics: `busy_index_bytes`, `busy_index_read_total` (resources that had to be read).
#[derive(Debug)]
pub struct BusyIndex {
    known: RwLock<Entries>,
    /// The number of the newest question.
    question: AtomicU64,
    most: u64,
}

#[derive(Debug, Default)]
struct Entries {
    by_app: HashMap<AppId, HashMap<ResourceId, Arc<Known>, BuildHasherDefault<IdHasher>>>,
    bytes: u64,
}

/// The random end of an id is its hash: ids are made here, not by clients.
#[derive(Default)]
struct IdHasher(u64);

impl Hasher for IdHasher {
    fn write(&mut self, bytes: &[u8]) {
        self.0 = bytes
            .last_chunk()
            .map_or(0, |random| u64::from_ne_bytes(*random));
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

impl BusyIndex {
    /// An empty index of `most` bytes.
    pub fn new(most: u64) -> Self {
        Self {
            known: RwLock::default(),
            question: AtomicU64::new(0),
            most,
        }
    }

    /// What is known of these resources, in their order; `None` where the app has no such resource.
    ///
    /// The busy times hold all that overlaps `span`.
    pub async fn get(
        &self,
        conn: &mut Conn,
        app: AppId,
        ids: &[ResourceId],
        span: Interval,
        now: Timestamp,
    ) -> store::db::Result<Vec<Option<Arc<Known>>>> {
        let revisions = rows::revisions(conn, app, ids).await?;
        let question = self.question.fetch_add(1, Ordering::Relaxed);
        let mut stale = Vec::new();
        let mut found: Vec<Option<Arc<Known>>> = {
            let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
            let by_id = known.by_app.get(&app);
            let held = |id: &ResourceId, revision: i64| {
                let held = by_id?.get(id)?;
                let serves = held.revision == revision
                    && held.read.start() <= span.start()
                    && span.end() <= held.read.end();
                serves.then_some(held)
            };
            ids.iter()
                .zip(revisions)
                .map(|(id, revision)| {
                    let Some(held) = held(id, revision?) else {
                        stale.push(*id);
                        return None;
                    };
                    held.used.store(question, Ordering::Relaxed);
                    Some(Arc::clone(held))
                })
                .collect()
        };
        if !stale.is_empty() {
            let fresh = self.read(conn, app, &stale, span, now, question).await?;
            for (place, id) in found.iter_mut().zip(ids) {
                if place.is_none() {
                    *place = fresh.get(id).cloned();
                }
            }
        }
        Ok(found)
    }

    /// Reads resources anew and keeps them.
    async fn read(
        &self,
        conn: &mut Conn,
        app: AppId,
        ids: &[ResourceId],
        span: Interval,
        now: Timestamp,
        question: u64,
    ) -> store::db::Result<HashMap<ResourceId, Arc<Known>>> {
        let start = now.checked_sub(PAST).unwrap_or(Timestamp::MIN);
        let end = now.checked_add(FUTURE).unwrap_or(Timestamp::MAX);
        let read = Interval::new(start.min(span.start()), end.max(span.end()))
            .expect("invariant: a span is not empty, and this one holds it");
        // First the revision, then the times: they are as new as it says, or newer.
        let rules = rows::rules(conn, app, ids).await?;
        let busy = rows::busy(conn, app, ids, read).await?;
        metrics::counter!("busy_index_read_total").increment(rules.len() as u64);

        let mut rest = busy.as_slice();
        let fresh: HashMap<ResourceId, Arc<Known>> = rules
            .into_iter()
            .map(|rules| {
                let skip = rest.partition_point(|busy| busy.resource_id < rules.id);
                let (own, after) = rest[skip..]
                    .split_at(rest[skip..].partition_point(|busy| busy.resource_id == rules.id));
                rest = after;
                let known = known(&rules, own, read, question);
                (rules.id, Arc::new(known))
            })
            .collect();
        self.keep(app, &fresh);
        Ok(fresh)
    }

    fn keep(&self, app: AppId, fresh: &HashMap<ResourceId, Arc<Known>>) {
        let mut entries = self.known.write().unwrap_or_else(PoisonError::into_inner);
        for (id, known) in fresh {
            entries.bytes += known.bytes;
            let old = entries
                .by_app
                .entry(app)
                .or_default()
                .insert(*id, Arc::clone(known));
            if let Some(old) = old {
                entries.bytes -= old.bytes;
            }
        }
        if entries.bytes > self.most {
            entries.evict(self.most / 4 * 3);
        }
        #[expect(
            clippy::cast_precision_loss,
            reason = "the bytes of a cache fit a float by far"
        )]
        metrics::gauge!("busy_index_bytes").set(entries.bytes as f64);
    }
}

impl Entries {
    /// Drops what was not asked for longest, until `most` bytes are left.
    fn evict(&mut self, most: u64) {
        let mut by_use: Vec<(u64, AppId, ResourceId)> = self
            .by_app
            .iter()
            .flat_map(|(app, by_id)| {
                by_id
                    .values()
                    .map(|known| (known.used.load(Ordering::Relaxed), *app, known.id))
            })
            .collect();
        by_use.sort_unstable();
        for (_, app, id) in by_use {
            if self.bytes <= most {
                break;
            }
            let by_id = self.by_app.get_mut(&app);
            if let Some(known) = by_id.and_then(|by_id| by_id.remove(&id)) {
                self.bytes -= known.bytes;
            }
        }
        self.by_app.retain(|_, by_id| !by_id.is_empty());
    }
}

/// Brings what was read into the form that the engine takes.
fn known(rules: &rows::Rules, busy: &[rows::Busy], read: Interval, question: u64) -> Known {
    let zone = time::zone(&rules.timezone).unwrap_or(TimeZone::UTC);
    let mut list: Vec<Busy> = busy
        .iter()
        .filter_map(|busy| {
            let span = Interval::new(busy.starts_at, busy.ends_at).ok()?;
            Some(if busy.all_day {
                Busy::all_day(span)
            } else {
                Busy::timed(span)
            })
        })
        .collect();
    let own = serde_json::from_str(&rules.availability_constraints)
        .ok()
        .and_then(|list| Rules::read("availability_constraints", &list).ok())
        .unwrap_or_else(|| {
            // They were checked when they were set. Rules that cannot be read shall not open what they may close.
            tracing::error!(resource = %rules.id, "the constraints of a resource cannot be read");
            list.push(Busy::timed(read));
            Rules::default()
        });
    let shown = serde_json::json!({
        "id": rules.id,
        "name": rules.name,
        "timezone": rules.timezone,
    })
    .to_string();
    let busy = BusyTimes::new(list);
    let bytes = size_of::<Known>() + shown.len() + busy.bytes() + own.len() * 64 + 64;
    Known {
        id: rules.id,
        shown,
        zone,
        rules: own,
        busy,
        revision: rules.revision,
        read,
        bytes: bytes as u64,
        used: AtomicU64::new(question),
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn resource(used: u64) -> Known {
        let rules = rows::Rules {
            id: ResourceId(Uuid::from_u128(used.into())),
            name: "Room".to_owned(),
            timezone: "Europe/Copenhagen".to_owned(),
            availability_constraints: "[]".to_owned(),
            revision: 1,
        };
        let read = Interval::new(Timestamp::UNIX_EPOCH, Timestamp::MAX).expect("not empty");
        known(&rules, &[], read, used)
    }

    #[test]
    fn what_was_not_asked_for_longest_goes_first() {
        let app = AppId(Uuid::nil());
        let size = resource(0).bytes;
        let index = BusyIndex::new(size * 8);
        for used in 0..9 {
            let known = resource(used);
            index.keep(app, &HashMap::from([(known.id, Arc::new(known))]));
        }

        let entries = index.known.read().expect("not poisoned");

        let mut left: Vec<u64> = entries.by_app[&app]
            .values()
            .map(|known| known.used.load(Ordering::Relaxed))
            .collect();
        left.sort_unstable();
        assert_eq!(left, [3, 4, 5, 6, 7, 8]);
        assert_eq!(entries.bytes, size * 6);
    }
}
