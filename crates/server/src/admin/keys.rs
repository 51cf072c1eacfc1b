//! The app's keys, as the page "API settings" shows them.
//!
//! Each reveal, rotation and end is written to the audit log.

use axum::{
    Router,
    extract::{Path, State as Extract},
    routing::{get, post, put},
};
use domain::{AppId, KeyId, KeyKind, Mode, key};
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::Value;
use store::{
    Conn, Scope,
    api_keys::{self as rows, Key},
};

use super::{Access, At, Routes, Visitor, record};
use crate::{
    api::{
        body::{Body, Fields, Input, NAME},
        error::{Error, Result},
        reply::Reply,
    },
    app::App,
    token,
};

/// Most keys of an app that work at one time.
const MOST: usize = 10;
/// Most origins of a widget key.
const MOST_ORIGINS: usize = 100;

pub(super) fn routes() -> Router<App> {
    Router::new()
        .at("/keys", Access::Owner, get(list))
        .at("/keys/{id}", Access::Owner, put(save).delete(end))
        .at("/keys/{id}/reveal", Access::ConfirmedOwner, post(reveal))
        .at("/keys/{id}/rotate", Access::ConfirmedOwner, post(rotate))
}

#[derive(Serialize)]
struct KeyOut {
    id: KeyId,
    kind: &'static str,
    name: String,
    masked: String,
    last4: String,
    created_at: At,
    last_used_at: Option<At>,
    expires_at: Option<At>,
    /// Whether no newer key has replaced it.
    current: bool,
    revealable: bool,
    /// The key itself; widget keys only, which are public.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_origins: Option<Vec<String>>,
}

fn out(app: &App, app_id: AppId, mode: Mode, row: Key) -> Result<KeyOut> {
    let is_widget = row.kind == KeyKind::Widget;
    let value = if is_widget {
        token::open_key(app, app_id, &row).map_err(anyhow::Error::new)?
    } else {
        None
    };
    Ok(KeyOut {
        id: row.id,
        kind: row.kind.as_str(),
        masked: format!("{}••••{}", key::key_prefix(row.kind, mode), row.last4),
        created_at: At(row.created_at),
        last_used_at: row.last_used_at.map(At),
        expires_at: row.expires_at.map(At),
        current: row.replaced_at.is_none(),
        revealable: row.sealed.is_some(),
        value: value.map(|value| value.expose_secret().to_owned()),
        allowed_origins: is_widget
            .then(|| serde_json::from_str(&row.allowed_origins).unwrap_or_default()),
        name: row.name,
        last4: row.last4,
    })
}

async fn list(Extract(app): Extract<App>, visitor: Visitor) -> Result<Reply> {
    let (app_id, mode) = place(&visitor)?;
    let mut conn = app.db.read(Scope::App(app_id)).await?;
    let keys = rows::list(&mut conn, app_id, app.clock.now()).await?;
    let keys: Vec<KeyOut> = keys
        .into_iter()
        .map(|key| out(&app, app_id, mode, key))
        .collect::<Result<_>>()?;
    Ok(Reply::one(keys))
}

#[derive(Serialize)]
struct Revealed {
    value: String,
}

async fn reveal(
    Extract(app): Extract<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Reply> {
    let (app_id, _) = place(&visitor)?;
    let mut conn = app.db.write(Scope::App(app_id)).await?;
    let key = find(&mut conn, &app, app_id, &id).await?;
    let value = token::open_key(&app, app_id, &key).map_err(anyhow::Error::new)?;
    let value = value.ok_or_else(|| Error::ForbiddenBecause {
        message: "this key was shown when it was made and cannot be shown again, rotate it"
            .to_owned(),
        code: "not_revealable",
    })?;
    record(
        &mut conn,
        &app,
        &visitor,
        "key.reveal",
        format!("key:{}", key.id),
    )
    .await?;
    conn.commit().await?;
    Ok(Reply::one(Revealed {
        value: value.expose_secret().to_owned(),
    }))
}

struct RotateIn {
    grace: SignedDuration,
}

impl Input for RotateIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        let grace = match fields.text("grace", NAME).as_deref() {
            Some("none") => SignedDuration::ZERO,
            Some("1h") => SignedDuration::from_hours(1),
            None | Some("24h") => SignedDuration::from_hours(24),
            Some("7d") => SignedDuration::from_hours(7 * 24),
            Some(_) => {
                fields.error("grace", "grace must be none, 1h, 24h or 7d");
                SignedDuration::ZERO
            }
        };
        Self { grace }
    }
}

#[derive(Serialize)]
struct Rotated {
    key: KeyOut,
    value: String,
}

/// Makes a new key; the old one works on for the grace.
async fn rotate(
    Extract(app): Extract<App>,
    visitor: Visitor,
    Path(id): Path<String>,
    Body(input): Body<RotateIn>,
) -> Result<Reply> {
    let (app_id, mode) = place(&visitor)?;
    let now = app.clock.now();
    let mut conn = app.db.write(Scope::App(app_id)).await?;
    let old = find(&mut conn, &app, app_id, &id).await?;
    let (value, new) = replacement(&app, app_id, mode, &old);
    let replaced = rows::replace(&mut conn, app_id, old.id, now, now + input.grace).await?;
    if !replaced {
        return Err(Error::Refused(
            "this key was rotated already, rotate the current one".to_owned(),
        ));
    }
    if rows::list(&mut conn, app_id, now).await?.len() >= MOST {
        return Err(Error::Refused(format!(
            "an app has at most {MOST} keys, end one that was rotated out first"
        )));
    }
    rows::insert(&mut conn, app_id, &new).await?;
    record(
        &mut conn,
        &app,
        &visitor,
        "key.rotate",
        format!("key:{}", old.id),
    )
    .await?;
    conn.commit().await?;
    app.auth.forget_all();
    let key = out(&app, app_id, mode, new)?;
    Ok(Reply::one(Rotated {
        key,
        value: value.expose_secret().to_owned(),
    }))
}

/// A new key in place of an old one: of the same kind, with its name and origins.
pub(crate) fn replacement(
    app: &App,
    app_id: AppId,
    mode: Mode,
    old: &Key,
) -> (secrecy::SecretString, Key) {
    let (value, row) = token::api_key(app, app_id, old.kind, mode);
    let new = Key {
        name: old.name.clone(),
        allowed_origins: old.allowed_origins.clone(),
        ..row
    };
    (value, new)
}

struct OriginsIn {
    allowed_origins: Vec<String>,
}

impl Input for OriginsIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        let items = match fields.value("allowed_origins") {
            Some(Value::Array(items)) if items.len() <= MOST_ORIGINS => items.as_slice(),
            Some(Value::Array(_)) => {
                fields.error(
                    "allowed_origins",
                    format!("at most {MOST_ORIGINS} origins are allowed"),
                );
                &[]
            }
            _ => {
                fields.error("allowed_origins", "allowed origins must be a list");
                &[]
            }
        };
        let mut allowed_origins = Vec::with_capacity(items.len());
        for (index, item) in items.iter().enumerate() {
            match item.as_str().and_then(origin) {
                Some(origin) if allowed_origins.contains(&origin) => {}
                Some(origin) => allowed_origins.push(origin),
                None => fields.error(
                    &format!("allowed_origins.{index}"),
                    "must be an origin without a path, such as https://www.example.org",
                ),
            }
        }
        Self { allowed_origins }
    }
}

/// An origin as browsers send it: scheme, host and port, in lower case, without the scheme's own port.
fn origin(text: &str) -> Option<String> {
    let lower = text.trim().trim_end_matches('/').to_ascii_lowercase();
    let uri: axum::http::Uri = lower.parse().ok()?;
    let scheme = uri
        .scheme_str()
        .filter(|scheme| matches!(*scheme, "http" | "https"))?;
    let authority = uri.authority()?;
    let is_plain = uri.path() == "/" && uri.query().is_none() && !authority.as_str().contains('@');
    if !is_plain || authority.host().is_empty() {
        return None;
    }
    let own_port = if scheme == "https" { 443 } else { 80 };
    match authority.port_u16() {
        Some(port) if port != own_port => Some(format!("{scheme}://{}:{port}", authority.host())),
        Some(_) => Some(format!("{scheme}://{}", authority.host())),
        None if authority.as_str() == authority.host() => {
            Some(format!("{scheme}://{}", authority.host()))
        }
        None => None,
    }
}

async fn save(
    Extract(app): Extract<App>,
    visitor: Visitor,
    Path(id): Path<String>,
    Body(input): Body<OriginsIn>,
) -> Result<Reply> {
    let (app_id, mode) = place(&visitor)?;
    let mut conn = app.db.write(Scope::App(app_id)).await?;
    let mut key = find(&mut conn, &app, app_id, &id).await?;
    if key.kind != KeyKind::Widget {
        return Err(Error::Refused(
            "only widget keys have allowed origins".to_owned(),
        ));
    }
    key.allowed_origins = Value::from(input.allowed_origins).to_string();
    rows::set_origins(&mut conn, app_id, key.id, &key.allowed_origins).await?;
    record(
        &mut conn,
        &app,
        &visitor,
        "key.origins",
        format!("key:{}", key.id),
    )
    .await?;
    conn.commit().await?;
    app.auth.forget_all();
    Ok(Reply::one(out(&app, app_id, mode, key)?))
}

/// Ends a key that was rotated out before its grace is over.
async fn end(
    Extract(app): Extract<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Reply> {
    let (app_id, _) = place(&visitor)?;
    let mut conn = app.db.write(Scope::App(app_id)).await?;
    let key = find(&mut conn, &app, app_id, &id).await?;
    if key.replaced_at.is_none() {
        return Err(Error::Refused(
            "this key is in use, rotate it instead".to_owned(),
        ));
    }
    rows::delete(&mut conn, app_id, key.id).await?;
    record(
        &mut conn,
        &app,
        &visitor,
        "key.end",
        format!("key:{}", key.id),
    )
    .await?;
    conn.commit().await?;
    app.auth.forget_all();
    Ok(Reply::no_content())
}

fn place(visitor: &Visitor) -> Result<(AppId, Mode)> {
    let seat = visitor.seat()?;
    Ok((seat.app_id, Mode::of(seat.test_mode)))
}

async fn find(conn: &mut Conn, app: &App, app_id: AppId, id: &str) -> Result<Key> {
    let missing = || Error::NoSuchPath("there is no such key in this app".to_owned());
    let id: KeyId = id.to_ascii_lowercase().parse().map_err(|_| missing())?;
    rows::get(conn, app_id, id, app.clock.now())
        .await?
        .ok_or_else(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn origins_are_brought_to_the_form_that_browsers_send() {
        for (text, expected) in [
            ("https://www.example.org", Some("https://www.example.org")),
            (
                " HTTPS://WWW.Example.org/ ",
                Some("https://www.example.org"),
            ),
            ("https://example.org:443", Some("https://example.org")),
            ("http://localhost:3000", Some("http://localhost:3000")),
            ("http://[::1]:3000", Some("http://[::1]:3000")),
            ("https://example.org/path", None),
            ("https://user@example.org", None),
            ("https://example.org?x", None),
            ("ftp://example.org", None),
            ("example.org", None),
            ("*", None),
            ("", None),
        ] {
            assert_eq!(origin(text).as_deref(), expected, "{text}");
        }
    }
}
