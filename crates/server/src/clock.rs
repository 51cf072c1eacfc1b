//! The one place that reads the time, makes ids and draws random bytes.
//!
//! Whoever needs one of them is handed a [`Clock`]; nothing else in the workspace may ask (`clippy.toml`).

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// Time, ids and randomness. Cheap to clone; clones share their state.
#[derive(Clone, Debug)]
pub struct Clock {
    source: Source,
    /// Milliseconds and 12 bits of sequence of the newest id.
    last_id: Arc<AtomicU64>,
}

#[derive(Clone, Debug)]
enum Source {
    System,
    /// Milliseconds since 1970, moved by hand.
    Fixed(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's own clock.
    pub fn system() -> Self {
        Self {
            source: Source::System,
            last_id: Arc::default(),
        }
    }

    /// For tests: a clock that stands still at `now` until it is moved.
    pub fn fixed(now: Timestamp) -> Self {
        Self {
            source: Source::Fixed(Arc::new(AtomicI64::new(now.as_millisecond()))),
            last_id: Arc::default(),
        }
    }

    /// The present instant in whole milliseconds, as the database keeps instants: what is stored equals what is held.
    pub fn now(&self) -> Timestamp {
        let millis = match &self.source {
            Source::System => wall().as_millisecond(),
            Source::Fixed(millis) => millis.load(Ordering::Relaxed),
        };
        Timestamp::from_millisecond(millis).expect("invariant: it was an instant before")
    }

    /// For tests: moves a fixed clock, on all its clones. The system's clock stays as it is.
    pub fn advance(&self, by: SignedDuration) {
        if let Source::Fixed(millis) = &self.source {
            let now = self.now() + by;
            millis.store(now.as_millisecond(), Ordering::Relaxed);
        }
    }

    /// A new UUIDv7. Ids of one process rise strictly, so that rows keep the order in which they were made.
    pub fn id(&self) -> Uuid {
        let millis = u64::try_from(self.now().as_millisecond()).unwrap_or(0);
        let (mut last, mut next) = (self.last_id.load(Ordering::Relaxed), 0);
        loop {
            next = (millis << 12).max(last + 1).max(next);
            match self.last_id.compare_exchange_weak(
                last,
                next,
                Ordering::Relaxed,
                Ordering::Relaxed,
            ) {
                Ok(_) => break,
                Err(newer) => last = newer,
            }
        }
        // A generator seeded by the operating system: five ids a booking would be five system calls.
        let random = u128::from(rand::random::<u64>() >> 2);
        let (millis, sequence) = (u128::from(next >> 12), u128::from(next & 0xfff));
        Uuid::from_u128(millis << 80 | 7 << 76 | sequence << 64 | 0b10 << 62 | random)
    }

    /// Bytes that nobody can guess.
    pub fn random<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        #[expect(clippy::disallowed_methods, reason = "this is the place")]
        getrandom::fill(&mut bytes).expect("invariant: the operating system gives random bytes");
        bytes
    }
}

/// The machine's wall clock, for log lines; everything else holds a [`Clock`].
#[expect(clippy::disallowed_methods, reason = "this is the place")]
pub(crate) fn wall() -> Timestamp {
    Timestamp::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_rise_and_carry_the_time() {
        let clock = Clock::fixed("2031-04-02T09:30:00Z".parse().expect("an instant"));

        let ids: Vec<Uuid> = (0..5000).map(|_| clock.id()).collect();

        assert!(ids.is_sorted_by(|a, b| a < b));
        assert!(ids.iter().all(|id| id.get_version_num() == 7));
        assert_eq!(ids[0].get_variant(), uuid::Variant::RFC4122);
        let made = ids[0].get_timestamp().expect("a v7 carries its time");
        assert_eq!(
            made.to_unix().0,
            u64::try_from(clock.now().as_second()).expect("after 1970")
        );
    }

    #[test]
    fn clones_of_a_fixed_clock_move_together() {
        let clock = Clock::fixed(Timestamp::UNIX_EPOCH);
        let other = clock.clone();

        clock.advance(SignedDuration::from_mins(5));

        assert_eq!(other.now().as_second(), 300);
    }
}
