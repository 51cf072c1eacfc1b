//! Makes and opens the secrets that Daybook hands out: keys, tokens and links.
//!
//! What is stored of each is its SHA-256, and a sealed copy where it may be shown again. A fast hash is right: every
//! one of them has more than 128 random bits.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::{AppId, CredentialId, KeyId, KeyKind, Mode, key};
use secrecy::SecretString;
use sha2::{Digest, Sha256};
use store::{api_keys::Key, credentials::Credential};

use crate::{
    app::App,
    clock::Clock,
    seal::{Place, SealError},
};

/// What is stored of a secret.
pub fn digest(secret: &str) -> [u8; 32] {
    Sha256::digest(secret).into()
}

/// The token of a link or cookie: 256 bits, with what is stored of it.
pub fn link(clock: &Clock) -> (String, [u8; 32]) {
    let text = URL_SAFE_NO_PAD.encode(clock.random::<32>());
    let digest = digest(&text);
    (text, digest)
}

/// An app or widget key, and its row. A widget key is public, hence its copy is always kept.
pub fn api_key(app: &App, app_id: AppId, kind: KeyKind, mode: Mode) -> (SecretString, Key) {
    let id = KeyId(app.clock.id());
    let text = key::format_key(kind, mode, app.clock.random());
    let is_kept = app.config.keys_revealable || kind == KeyKind::Widget;
    let row = Key {
        id,
        kind,
        name: match kind {
            KeyKind::App => "App token".to_owned(),
            KeyKind::Widget => "Widget key".to_owned(),
        },
        digest: digest(&text),
        last4: text[text.len() - 4..].to_owned(),
        sealed: is_kept.then(|| app.seal.seal(&app.clock, key_place(app_id, id), &text)),
        allowed_origins: "[]".to_owned(),
        replaced_at: None,
        expires_at: None,
        last_used_at: None,
        created_at: app.clock.now(),
    };
    (text.into(), row)
}

/// The sealed secret that signs an app's webhooks.
pub fn webhook_secret(app: &App, app_id: AppId) -> String {
    let mut secret = String::with_capacity(64);
    for byte in app.clock.random::<32>() {
        use std::fmt::Write;
        let _ = write!(secret, "{byte:02x}");
    }
    app.seal.seal(&app.clock, webhook_place(app_id), &secret)
}

/// A key's text, where a copy is kept.
pub fn open_key(app: &App, app_id: AppId, key: &Key) -> Result<Option<SecretString>, SealError> {
    key.sealed
        .as_deref()
        .map(|sealed| app.seal.open(key_place(app_id, key.id), sealed))
        .transpose()
}

/// A credential's token, where a copy is kept.
pub fn open_credential(
    app: &App,
    app_id: AppId,
    credential: &Credential,
) -> Result<Option<SecretString>, SealError> {
    let place = credential_place(app_id, credential.id);
    credential
        .sealed
        .as_deref()
        .map(|sealed| app.seal.open(place, sealed))
        .transpose()
}

/// The secret that signs an app's webhooks.
pub fn open_webhook_secret(app: &App, row: &store::apps::App) -> Result<SecretString, SealError> {
    app.seal.open(webhook_place(row.id), &row.webhook_secret)
}

fn key_place(app: AppId, key: KeyId) -> Place {
    Place {
        table: "api_key",
        column: "sealed",
        row: key.0,
        app: app.0,
    }
}

fn credential_place(app: AppId, credential: CredentialId) -> Place {
    Place {
        table: "credential",
        column: "sealed",
        row: credential.0,
        app: app.0,
    }
}

fn webhook_place(app: AppId) -> Place {
    Place {
        table: "app",
        column: "webhook_secret",
        row: app.0,
        app: app.0,
    }
}
