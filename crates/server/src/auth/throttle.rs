//! Slows guessing: failed authentications by address, passwords by account and network (`design/reliability.md` §7).
//!
//! Nobody is locked out: a valid key passes at any time, and the cap on an account's failures spares the networks in
//! which its owner is signed in. Counts are kept in this process.

use std::{
    collections::HashMap,
    hash::Hash,
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use governor::{
    DefaultKeyedRateLimiter, Quota, RateLimiter,
    clock::{Clock as _, DefaultClock},
};
use jiff::{SignedDuration, Timestamp};

use crate::api::error::{Error, Result};

/// Failures of an account from one network that cost no wait.
const FREE: u32 = 5;
/// The longest wait between two attempts.
const LONGEST_WAIT: SignedDuration = SignedDuration::from_mins(15);
/// Failures of an account in [`WINDOW`], from everywhere.
const MOST: u32 = 100;
const WINDOW: SignedDuration = SignedDuration::from_hours(1);
/// Entries at which those whose time is over are dropped.
const MANY: usize = 10_000;

/// An address as limits count it: a client with IPv6 owns at least a /64.
pub fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into(),
    }
}

/// Counts events of one kind by what they are limited by.
pub(super) struct By<K: Clone + Eq + Hash>(Option<DefaultKeyedRateLimiter<K>>);

/// Counts events by the address that they come from.
pub(super) type ByAddress = By<IpAddr>;

impl<K: Clone + Eq + Hash> By<K> {
    /// At most so many in a span of time; 0 = off.
    pub fn new(most: u32, span: Duration) -> Self {
        let quota = NonZeroU32::new(most)
            .and_then(|most| Some(Quota::with_period(span / most.get())?.allow_burst(most)));
        Self(quota.map(RateLimiter::keyed))
    }

    /// Counts an event; beyond the limit it is answered with the time to wait.
    pub fn count(&self, key: &K) -> Result<()> {
        let Some(limiter) = &self.0 else {
            return Ok(());
        };
        limiter
            .check_key(key)
            .map_err(|early| Error::TooManyRequests {
                retry_after: early
                    .wait_time_from(DefaultClock::default().now())
                    .as_secs()
                    + 1,
            })
    }

    /// Drops what no longer matters.
    pub fn tidy(&self) {
        if let Some(limiter) = &self.0 {
            limiter.retain_recent();
        }
    }
}

/// Password attempts that failed.
#[derive(Default)]
pub struct Logins {
    by_network: Mutex<HashMap<(u64, IpAddr), Tally>>,
    by_account: Mutex<HashMap<u64, Tally>>,
    keys: std::hash::RandomState,
}

#[derive(Clone, Copy)]
struct Tally {
    failures: u32,
    since: Timestamp,
    last: Timestamp,
}

impl Tally {
    fn is_over(&self, now: Timestamp) -> bool {
        now.duration_since(self.last) >= WINDOW
    }

    /// Exponential from the free ones on.
    fn wait(&self) -> SignedDuration {
        match self.failures.checked_sub(FREE) {
            None => SignedDuration::ZERO,
            Some(beyond) => SignedDuration::from_secs(1 << beyond.min(12)).min(LONGEST_WAIT),
        }
    }
}

/// Whether the cap on an account's failures holds back this attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Admission {
    /// Go on.
    Free,
    /// Only from a network in which the account's owner is signed in.
    KnownNetworksOnly {
        /// Whole seconds until the cap is over.
        retry_after: u64,
    },
}

impl Logins {
    /// Admits an attempt and counts it as failed until [`succeeded`](Self::succeeded) says otherwise, so that many at
    /// once cannot slip through together.
    pub fn admit(&self, account: &str, address: IpAddr, now: Timestamp) -> Result<Admission> {
        let account = self.key(account);
        let mut by_network = lock(&self.by_network);
        tidy(&mut by_network, now);
        let tally = by_network
            .entry((account, network(address)))
            .or_insert_with(|| Tally::new(now));
        if tally.is_over(now) {
            *tally = Tally::new(now);
        }
        let ready = tally.last + tally.wait();
        if ready > now {
            return Err(Error::TooManyRequests {
                retry_after: whole_seconds(ready.duration_since(now)),
            });
        }
        tally.failures += 1;
        tally.last = now;
        drop(by_network);

        let mut by_account = lock(&self.by_account);
        tidy(&mut by_account, now);
        let tally = by_account.entry(account).or_insert_with(|| Tally::new(now));
        if now.duration_since(tally.since) >= WINDOW {
            *tally = Tally::new(now);
        }
        if tally.failures >= MOST {
            let end = tally.since + WINDOW;
            return Ok(Admission::KnownNetworksOnly {
                retry_after: whole_seconds(end.duration_since(now)),
            });
        }
        tally.failures += 1;
        tally.last = now;
        Ok(Admission::Free)
    }

    /// Takes an attempt back, since it was the right password.
    pub fn succeeded(&self, account: &str, address: IpAddr) {
        let account = self.key(account);
        lock(&self.by_network).remove(&(account, network(address)));
        if let Some(tally) = lock(&self.by_account).get_mut(&account) {
            tally.failures = tally.failures.saturating_sub(1);
        }
    }

    /// Accounts are kept as a number: texts that strangers type are not held.
    fn key(&self, account: &str) -> u64 {
        use std::hash::BuildHasher;
        self.keys.hash_one(domain::email::fold(account))
    }
}

impl Tally {
    fn new(now: Timestamp) -> Self {
        Self {
            failures: 0,
            since: now,
            last: now,
        }
    }
}

fn tidy<K: Eq + Hash>(tallies: &mut HashMap<K, Tally>, now: Timestamp) {
    if tallies.len() >= MANY {
        tallies.retain(|_, tally| !tally.is_over(now));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn whole_seconds(duration: SignedDuration) -> u64 {
    u64::try_from(duration.as_secs()).unwrap_or(0) + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    #[test]
    fn the_wait_doubles_from_the_fifth_failure_on() {
        let logins = Logins::default();
        let mut now = Timestamp::UNIX_EPOCH;
        let admit = |now| logins.admit("ada@example.org", ip("192.0.2.1"), now);
        for _ in 0..5 {
            assert!(admit(now).is_ok());
        }

        for wait in [1, 2, 4, 8, 16] {
            let early = now + SignedDuration::from_millis(wait * 1_000 - 1);
            assert!(
                matches!(admit(early), Err(Error::TooManyRequests { .. })),
                "{wait}"
            );
            now += SignedDuration::from_secs(wait);
            assert!(admit(now).is_ok(), "{wait}");
        }
    }

    #[test]
    fn other_networks_and_accounts_do_not_wait() {
        let logins = Logins::default();
        let now = Timestamp::UNIX_EPOCH;
        for _ in 0..5 {
            assert!(
                logins
                    .admit("ada@example.org", ip("2001:db8::1"), now)
                    .is_ok()
            );
        }

        assert!(
            logins
                .admit("ada@example.org", ip("2001:db8::2"), now)
                .is_err()
        );
        assert!(
            logins
                .admit("ADA@example.org ", ip("2001:db8::1"), now)
                .is_err()
        );
        assert!(
            logins
                .admit("ada@example.org", ip("2001:db8:0:1::1"), now)
                .is_ok()
        );
        assert!(
            logins
                .admit("bob@example.org", ip("2001:db8::1"), now)
                .is_ok()
        );
    }

    #[test]
    fn a_right_password_ends_the_wait() {
        let logins = Logins::default();
        let now = Timestamp::UNIX_EPOCH;
        for _ in 0..5 {
            assert!(
                logins
                    .admit("ada@example.org", ip("192.0.2.1"), now)
                    .is_ok()
            );
        }

        logins.succeeded("ada@example.org", ip("192.0.2.1"));

        assert!(
            logins
                .admit("ada@example.org", ip("192.0.2.1"), now)
                .is_ok()
        );
    }

    #[test]
    fn an_account_takes_a_hundred_failures_an_hour_from_everywhere() {
        let logins = Logins::default();
        let now = Timestamp::UNIX_EPOCH;
        for n in 0..100_u8 {
            let admitted = logins.admit("ada@example.org", IpAddr::from([192, 0, 2, n]), now);
            assert!(matches!(admitted, Ok(Admission::Free)), "{n}");
        }

        let next = logins.admit("ada@example.org", ip("198.51.100.1"), now);
        let later = logins.admit("ada@example.org", ip("198.51.100.2"), now + WINDOW);

        assert!(matches!(next, Ok(Admission::KnownNetworksOnly { .. })));
        assert!(matches!(later, Ok(Admission::Free)));
    }

    #[test]
    fn failures_are_limited_by_address_and_can_be_off() {
        let minute = Duration::from_mins(1);
        let (some, off) = (ByAddress::new(3, minute), ByAddress::new(0, minute));
        for _ in 0..3 {
            assert!(some.count(&ip("192.0.2.1")).is_ok());
        }

        assert!(matches!(
            some.count(&ip("192.0.2.1")),
            Err(Error::TooManyRequests {
                retry_after: 1..=21
            })
        ));
        assert!(some.count(&ip("192.0.2.2")).is_ok());
        assert!((0..100).all(|_| off.count(&ip("192.0.2.1")).is_ok()));
    }
}
