//! Secrets at rest: sealed with the master key, bound to the cell that holds them.
//!
//! A sealed text is `s1.KEYID.BASE64(nonce, ciphertext)`, XChaCha20-Poly1305, with table, column, row and app as
//! associated data: copied to another cell it does not open. Without a master key (PostgreSQL only) a secret is stored
//! as `unsealed:` and its text.

use std::{fmt, sync::Arc};

use base64::{Engine, engine::general_purpose::STANDARD};
use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{Aead, Payload},
};
use secrecy::{ExposeSecret, SecretBox, SecretString};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::clock::Clock;

const UNSEALED: &str = "unsealed:";
const NONCE_BYTES: usize = 24;

/// The cell that a secret lives in.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// The table's name.
    pub table: &'static str,
    /// The column's name.
    pub column: &'static str,
    /// The row's id.
    pub row: Uuid,
    /// The tenant.
    pub app: Uuid,
}

impl Place {
    /// Names and ids in one unambiguous text: names hold no NUL, ids have one length.
    fn associated_data(&self) -> Vec<u8> {
        let mut data = Vec::with_capacity(self.table.len() + self.column.len() + 34);
        data.extend_from_slice(self.table.as_bytes());
        data.push(0);
        data.extend_from_slice(self.column.as_bytes());
        data.push(0);
        data.extend_from_slice(self.row.as_bytes());
        data.extend_from_slice(self.app.as_bytes());
        data
    }
}

/// The key that seals; 32 bytes, written as 64 hex digits or as base64.
pub struct MasterKey(SecretBox<[u8; 32]>);

impl MasterKey {
    /// Reads a key from the text of the setting or the file.
    pub fn parse(text: &str) -> Result<Self, SealError> {
        let text = text.trim();
        let bytes = if text.len() == 64 {
            hex(text)
        } else {
            STANDARD
                .decode(text)
                .ok()
                .and_then(|bytes| bytes.try_into().ok())
        };
        bytes
            .map(|bytes| Self(SecretBox::new(Box::new(bytes))))
            .ok_or(SealError::BadKey)
    }

    /// A new key.
    pub fn generate(clock: &Clock) -> Self {
        Self(SecretBox::new(Box::new(clock.random())))
    }

    /// The key as it stands in a key file.
    pub fn to_text(&self) -> SecretString {
        STANDARD.encode(self.0.expose_secret()).into()
    }

    /// Names the key without telling anything of it.
    pub fn id(&self) -> String {
        let mut hash = Sha256::new();
        hash.update(b"daybook master key id\0");
        hash.update(self.0.expose_secret());
        hash.finalize()[..8]
            .iter()
            .fold(String::new(), |mut id, byte| {
                use fmt::Write;
                let _ = write!(id, "{byte:02x}");
                id
            })
    }
}

/// Seals and opens secrets. Cheap to clone.
#[derive(Clone)]
pub struct Seal(Option<Arc<Key>>);

struct Key {
    id: String,
    cipher: XChaCha20Poly1305,
}

/// Why a stored secret cannot be had.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SealError {
    /// The text of a master key is none.
    #[error("a master key is 32 bytes, written as 64 hex digits or as base64")]
    BadKey,
    /// Sealed, and this process has no master key.
    #[error(
        "the secret is sealed with master key {0}, and this server has none: set DAYBOOK_MASTER_KEY_FILE"
    )]
    NoKey(String),
    /// Sealed with another master key.
    #[error("the secret is sealed with master key {0}, not with this server's")]
    OtherKey(String),
    /// Not a sealed text, damaged, or moved from another cell.
    #[error("the sealed secret is damaged")]
    Damaged,
}

impl Seal {
    /// Seals with this key.
    pub fn new(key: &MasterKey) -> Self {
        let bytes = key.0.expose_secret();
        Self(Some(Arc::new(Key {
            id: key.id(),
            cipher: XChaCha20Poly1305::new(bytes.into()),
        })))
    }

    /// Keeps secrets as they are, for PostgreSQL without a master key.
    pub fn without_key() -> Self {
        Self(None)
    }

    /// The id of the key, if there is one.
    pub fn key_id(&self) -> Option<&str> {
        self.0.as_ref().map(|key| key.id.as_str())
    }

    /// The text to store for a secret in that place.
    pub fn seal(&self, clock: &Clock, place: Place, secret: &str) -> String {
        let Some(key) = &self.0 else {
            return format!("{UNSEALED}{secret}");
        };
        let nonce: [u8; NONCE_BYTES] = clock.random();
        let aad = place.associated_data();
        let payload = Payload {
            msg: secret.as_bytes(),
            aad: &aad,
        };
        let sealed = key
            .cipher
            .encrypt((&nonce).into(), payload)
            .expect("invariant: a short secret is within the cipher's limits");
        let mut bytes = nonce.to_vec();
        bytes.extend_from_slice(&sealed);
        format!("s1.{}.{}", key.id, STANDARD.encode(bytes))
    }

    /// The secret that [`seal`](Self::seal) stored in that place.
    pub fn open(&self, place: Place, stored: &str) -> Result<SecretString, SealError> {
        if let Some(secret) = stored.strip_prefix(UNSEALED) {
            return Ok(secret.into());
        }
        let (id, data) = stored
            .strip_prefix("s1.")
            .and_then(|rest| rest.split_once('.'))
            .ok_or(SealError::Damaged)?;
        let key = self
            .0
            .as_ref()
            .ok_or_else(|| SealError::NoKey(id.to_owned()))?;
        if key.id != id {
            return Err(SealError::OtherKey(id.to_owned()));
        }
        let bytes = STANDARD.decode(data).map_err(|_| SealError::Damaged)?;
        let (nonce, sealed) = bytes
            .split_first_chunk::<NONCE_BYTES>()
            .ok_or(SealError::Damaged)?;
        let aad = place.associated_data();
        let payload = Payload {
            msg: sealed,
            aad: &aad,
        };
        let plain = key
            .cipher
            .decrypt(nonce.into(), payload)
            .map_err(|_| SealError::Damaged)?;
        String::from_utf8(plain)
            .map(Into::into)
            .map_err(|_| SealError::Damaged)
    }
}

fn hex(text: &str) -> Option<[u8; 32]> {
    let mut bytes = [0; 32];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(digits).ok()?;
        *byte = u8::from_str_radix(digits, 16).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place() -> Place {
        Place {
            table: "api_key",
            column: "sealed",
            row: Uuid::from_u128(1),
            app: Uuid::from_u128(2),
        }
    }

    #[test]
    fn a_sealed_secret_opens_in_its_own_place_only() {
        let clock = Clock::system();
        let seal = Seal::new(&MasterKey::generate(&clock));

        let stored = seal.seal(&clock, place(), "whsec_x");

        assert!(!stored.contains("whsec"));
        let opened = seal.open(place(), &stored).expect("its own place");
        assert_eq!(opened.expose_secret(), "whsec_x");
        for other in [
            Place {
                table: "app",
                ..place()
            },
            Place {
                column: "value",
                ..place()
            },
            Place {
                row: Uuid::from_u128(3),
                ..place()
            },
            Place {
                app: Uuid::from_u128(3),
                ..place()
            },
        ] {
            assert_eq!(seal.open(other, &stored).err(), Some(SealError::Damaged));
        }
    }

    #[test]
    fn the_same_secret_is_sealed_differently_each_time() {
        let clock = Clock::system();
        let seal = Seal::new(&MasterKey::generate(&clock));

        assert_ne!(
            seal.seal(&clock, place(), "x"),
            seal.seal(&clock, place(), "x")
        );
    }

    #[test]
    fn another_key_or_none_is_told_apart_from_damage() {
        let clock = Clock::system();
        let (first, second) = (MasterKey::generate(&clock), MasterKey::generate(&clock));
        let stored = Seal::new(&first).seal(&clock, place(), "x");

        let other = Seal::new(&second).open(place(), &stored);
        let none = Seal::without_key().open(place(), &stored);

        assert_eq!(other.err(), Some(SealError::OtherKey(first.id())));
        assert_eq!(none.err(), Some(SealError::NoKey(first.id())));
    }

    #[test]
    fn without_a_key_the_text_says_that_it_is_not_sealed() {
        let seal = Seal::without_key();

        let stored = seal.seal(&Clock::system(), place(), "x");

        assert_eq!(stored, "unsealed:x");
        let opened = seal.open(place(), &stored).expect("plain text");
        assert_eq!(opened.expose_secret(), "x");
    }

    #[test]
    fn damaged_texts_are_refused() {
        let seal = Seal::new(&MasterKey::generate(&Clock::system()));
        let id = seal.key_id().expect("a key").to_owned();

        for text in [
            "",
            "x",
            "s1.",
            "s1.a",
            &format!("s1.{id}."),
            &format!("s1.{id}.!!"),
            &format!("s1.{id}.AAAA"),
        ] {
            assert!(seal.open(place(), text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_key_is_read_as_hex_or_base64() {
        let key = MasterKey::generate(&Clock::system());
        let base64 = key.to_text().expose_secret().to_owned();
        let hex = STANDARD
            .decode(&base64)
            .expect("base64")
            .iter()
            .fold(String::new(), |hex, byte| format!("{hex}{byte:02X}"));

        for text in [base64.clone(), format!(" {base64}\n"), hex] {
            assert_eq!(
                MasterKey::parse(&text).ok().map(|key| key.id()),
                Some(key.id())
            );
        }
        for wrong in ["", "short", &"é".repeat(32), &"g".repeat(64)] {
            assert!(MasterKey::parse(wrong).is_err(), "{wrong}");
        }
    }
}
