//! Passwords: which ones are good enough, and their hashes (`design/reliability.md` §7).
//!
//! Hashing takes 19 MiB and some 20 ms of a core: it runs on blocking threads, few at once, behind a short queue.

mod rules;

use std::sync::Arc;

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher, PasswordVerifier, phc::PasswordHash},
};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::Semaphore;

use crate::{
    api::error::{Error, Result, invalid},
    app::App,
    clock::Clock,
};

pub use rules::check;

/// Requests that may wait for a hash.
const QUEUE: usize = 32;
/// The longest password, in characters; a longer one is wrong without a look.
pub const LONGEST: usize = 256;

/// Hashes passwords, a few at once.
pub struct Passwords {
    admitted: Semaphore,
    running: Arc<Semaphore>,
}

/// What comparing a password found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Not this one.
    Wrong,
    /// This one.
    Right,
    /// This one, but hashed with weaker parameters than today's.
    RightButOld,
}

impl Verdict {
    /// Whether it was the password.
    pub fn is_right(self) -> bool {
        self != Self::Wrong
    }
}

impl Default for Passwords {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let at_once = (cores / 2).clamp(1, 4);
        Self {
            admitted: Semaphore::new(at_once + QUEUE),
            running: Arc::new(Semaphore::new(at_once)),
        }
    }
}

impl Passwords {
    /// The PHC string to store for a password.
    pub async fn hash(&self, clock: &Clock, password: SecretString) -> Result<String> {
        let salt = clock.random();
        self.run(move || phc(&password, &salt)).await
    }

    /// Compares a password with the stored string. Without one the same work is done, so that an unknown person
    /// cannot be told from a wrong password by the time it takes.
    pub async fn verify(&self, password: SecretString, stored: Option<String>) -> Result<Verdict> {
        self.run(move || verify(&password, stored.as_deref())).await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _admitted = self
            .admitted
            .try_acquire()
            .map_err(|_| Error::Busy("busy"))?;
        let running = Arc::clone(&self.running);
        let turn = running
            .acquire_owned()
            .await
            .expect("invariant: the semaphore is never closed");
        let done = tokio::task::spawn_blocking(move || {
            // The turn ends with the work, also where nobody waits for its outcome any more.
            let _turn = turn;
            work()
        });
        done.await.map_err(|error| {
            Error::Internal(anyhow::Error::new(error).context("hashing a password"))
        })
    }
}

/// The PHC string of a new password, or what is wrong with it as the error of the field `password`.
pub async fn hash(app: &App, password: &str) -> Result<String> {
    choose(app, password, &[]).await
}

/// The same, where texts that belong to the account (e-mail, name, name of the app) are no passwords either.
pub async fn choose(app: &App, password: &str, own: &[&str]) -> Result<String> {
    check(password, own).map_err(|message| invalid("password", message))?;
    app.auth.passwords.hash(&app.clock, password.into()).await
}

/// The PHC string of a password; takes some 20 ms.
fn phc(password: &SecretString, salt: &[u8; 16]) -> String {
    let hash: PasswordHash = hasher()
        .hash_password_with_salt(password.expose_secret().as_bytes(), salt)
        .expect("invariant: the salt's length is legal and the parameters are constants");
    hash.to_string()
}

fn verify(password: &SecretString, stored: Option<&str>) -> Verdict {
    let Some(stored) = stored.and_then(|text| PasswordHash::new(text).ok()) else {
        phc(password, &[0; 16]);
        return Verdict::Wrong;
    };
    if hasher()
        .verify_password(password.expose_secret().as_bytes(), &stored)
        .is_err()
    {
        return Verdict::Wrong;
    }
    let today = params();
    let is_current = Params::try_from(&stored).is_ok_and(|params| {
        params.m_cost() >= today.m_cost()
            && params.t_cost() >= today.t_cost()
            && params.p_cost() >= today.p_cost()
    });
    if is_current && stored.algorithm.as_str() == "argon2id" {
        Verdict::Right
    } else {
        Verdict::RightButOld
    }
}

fn params() -> Params {
    Params::new(19_456, 2, 1, None).expect("invariant: constants within the limits")
}

fn hasher() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_verifies_its_password_only() {
        let right = SecretString::from("correct horse battery");
        let stored = phc(&right, &[7; 16]);

        assert!(
            stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{stored}"
        );
        assert_eq!(verify(&right, Some(&stored)), Verdict::Right);
        assert_eq!(
            verify(&"correct horse batter".into(), Some(&stored)),
            Verdict::Wrong
        );
        assert_eq!(verify(&right, None), Verdict::Wrong);
        assert_eq!(verify(&right, Some("rubbish")), Verdict::Wrong);
    }

    #[test]
    fn a_weaker_hash_is_right_but_old() {
        let password = SecretString::from("correct horse battery");
        let weak = Argon2::new(
            Algorithm::Argon2id,
            Version::V0x13,
            Params::new(8, 1, 1, None).expect("legal"),
        );
        let stored: PasswordHash = weak
            .hash_password_with_salt(password.expose_secret().as_bytes(), &[7; 16])
            .expect("legal");

        assert_eq!(
            verify(&password, Some(&stored.to_string())),
            Verdict::RightButOld
        );
    }

    #[tokio::test]
    async fn a_full_queue_is_answered_busy() {
        let passwords = Passwords {
            admitted: Semaphore::new(0),
            running: Arc::new(Semaphore::new(1)),
        };

        let answer = passwords.verify("x".into(), None).await;

        assert!(matches!(answer, Err(Error::Busy(_))));
    }
}
