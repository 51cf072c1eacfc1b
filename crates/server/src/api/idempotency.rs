//! `Idempotency-Key` (`design/reliability.md` §3): a layer around the handlers, which know nothing of keys.
//!
//! The key's row is written in the transaction of the effect: [`App::write`](crate::app::App::write) claims it and
//! [`App::finish`](crate::app::App::finish) keeps the answer under it. A refusal has no effect, so the layer stores it
//! in a transaction of its own and answers with what a faster copy has stored meanwhile.

use std::sync::{
    Arc,
    atomic::{AtomicU8, Ordering},
};

use axum::{
    body::{Body, Bytes},
    extract::{FromRequest, Request},
    http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::AppId;
use http_body_util::BodyExt;
use serde_json::Value;
use sha2::{Digest, Sha256};
use store::{Conn, Scope, db::settled, idempotency_keys};

use super::error::{Error, Result};
use crate::app::App;

const KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// An answer that was given before.
#[derive(Clone, Debug)]
pub struct Stored {
    status: StatusCode,
    body: String,
}

impl From<idempotency_keys::Answer> for Stored {
    fn from(answer: idempotency_keys::Answer) -> Self {
        let status = u16::try_from(answer.status)
            .ok()
            .and_then(|status| StatusCode::from_u16(status).ok());
        Self {
            status: status.unwrap_or(StatusCode::OK),
            body: answer.body,
        }
    }
}

impl IntoResponse for Stored {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.body.clone()));
        *response.status_mut() = self.status;
        if !self.body.is_empty() {
            response.headers_mut().insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            );
        }
        response
            .headers_mut()
            .insert(REPLAYED, HeaderValue::from_static("true"));
        response
    }
}

/// How far the work under a key has come.
const FRESH: u8 = 0;
const STARTED: u8 = 1;
const KEPT: u8 = 2;

/// The key of the running request.
#[derive(Debug)]
pub struct Ticket {
    key: String,
    fingerprint: [u8; 32],
    progress: AtomicU8,
}

impl Ticket {
    /// Takes the key within the unit of work that will have the effect.
    pub async fn claim(
        &self,
        conn: &mut Conn,
        app_id: AppId,
        now: jiff::Timestamp,
    ) -> Result<Option<Stored>> {
        self.progress.store(STARTED, Ordering::Relaxed);
        let taken = idempotency_keys::claim(conn, app_id, &self.key, &self.fingerprint, now).await;
        match taken {
            Ok(true) => Ok(None),
            Ok(false) => {
                self.progress.store(KEPT, Ordering::Relaxed);
                self.stored(conn, app_id)
                    .await?
                    .map(Some)
                    .ok_or(Error::InProgress)
            }
            Err(store::Error::Busy) => Err(Error::InProgress),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps the answer within the same unit of work.
    pub async fn keep(
        &self,
        conn: &mut Conn,
        app_id: AppId,
        status: StatusCode,
        body: &str,
    ) -> Result<()> {
        idempotency_keys::keep(conn, app_id, &self.key, i64::from(status.as_u16()), body).await?;
        self.progress.store(KEPT, Ordering::Relaxed);
        Ok(())
    }

    /// What was answered under the key; another request under the same key is refused.
    async fn stored(&self, conn: &mut Conn, app_id: AppId) -> Result<Option<Stored>> {
        let Some(entry) = idempotency_keys::get(conn, app_id, &self.key).await? else {
            return Ok(None);
        };
        if entry.fingerprint != self.fingerprint {
            return Err(Error::RefusedBecause {
                message: "this Idempotency-Key was used for another request, use a new one"
                    .to_owned(),
                code: "idempotency_key_reused",
            });
        }
        Ok(entry.answer.map(Stored::from))
    }
}

/// Runs a request under its key, where it has one.
pub async fn around(
    app: &App,
    app_id: AppId,
    mut request: Request,
    next: Next,
) -> Result<Response> {
    if !matches!(*request.method(), Method::POST | Method::PUT) {
        return Ok(next.run(request).await);
    }
    let Some(key) = key(request.headers())? else {
        return Ok(next.run(request).await);
    };

    let (parts, body) = request.into_parts();
    let limited = Request::from_parts(parts.clone(), body);
    let bytes = Bytes::from_request(limited, &())
        .await
        .map_err(|_| Error::TooLarge)?;
    let ticket = Arc::new(Ticket {
        key,
        fingerprint: fingerprint(&parts.method, parts.uri.path(), parts.uri.query(), &bytes),
        progress: AtomicU8::new(FRESH),
    });
    let mut conn = app.db.read(Scope::App(app_id)).await?;
    if let Some(stored) = ticket.stored(&mut conn, app_id).await? {
        return Ok(stored.into_response());
    }
    drop(conn);

    request = Request::from_parts(parts, Body::from(bytes));
    if let Some(caller) = request.extensions_mut().get_mut::<super::caller::Caller>() {
        caller.ticket = Some(ticket.clone());
    }
    // A refusal is kept only once it rests on nothing that may yet be undone.
    let response = settled(next.run(request)).await?;
    if ticket.progress.load(Ordering::Relaxed) != STARTED || !is_refusal(response.status()) {
        return Ok(response);
    }
    keep_refusal(app, app_id, &ticket, response).await
}

/// Stores a refusal that was decided while the effect's transaction was open.
async fn keep_refusal(
    app: &App,
    app_id: AppId,
    ticket: &Ticket,
    response: Response,
) -> Result<Response> {
    let (parts, body) = response.into_parts();
    let bytes = body
        .collect()
        .await
        .map_err(|error| Error::Internal(anyhow::Error::new(error)))?
        .to_bytes();
    let text = String::from_utf8_lossy(&bytes);
    let mut conn = app.db.write(Scope::App(app_id)).await?;
    if let Some(stored) = ticket.claim(&mut conn, app_id, app.clock.now()).await? {
        conn.commit().await?;
        return Ok(stored.into_response());
    }
    ticket.keep(&mut conn, app_id, parts.status, &text).await?;
    conn.commit().await?;
    Ok(Response::from_parts(parts, Body::from(bytes)))
}

fn is_refusal(status: StatusCode) -> bool {
    status.is_client_error()
        && !matches!(
            status,
            StatusCode::UNAUTHORIZED
                | StatusCode::FORBIDDEN
                | StatusCode::REQUEST_TIMEOUT
                | StatusCode::CONFLICT
                | StatusCode::PAYLOAD_TOO_LARGE
                | StatusCode::TOO_MANY_REQUESTS
        )
}

/// The key of a request: 1–255 printable ASCII characters, bare or as a quoted string.
fn key(headers: &HeaderMap) -> Result<Option<String>> {
    let Some(value) = headers.get(KEY) else {
        return Ok(None);
    };
    let text = value.to_str().unwrap_or_default().trim();
    let text = text
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
        .unwrap_or(text);
    if (1..=255).contains(&text.len()) && text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
        return Ok(Some(text.to_owned()));
    }
    Err(Error::BadHeader {
        message: "Idempotency-Key must be 1 to 255 printable ASCII characters".to_owned(),
        code: "idempotency_key_invalid",
    })
}

/// SHA-256 of method, path, sorted query and canonical body: two spellings of one request are one request.
fn fingerprint(method: &Method, path: &str, query: Option<&str>, body: &[u8]) -> [u8; 32] {
    let mut query: Vec<&str> = query.unwrap_or_default().split('&').collect();
    query.sort_unstable();
    let mut hash = Sha256::new();
    hash.update(method.as_str());
    hash.update([0]);
    hash.update(path.trim_end_matches('/'));
    hash.update([0]);
    hash.update(query.join("&"));
    hash.update([0]);
    match serde_json::from_slice::<Value>(body) {
        // serde_json keeps an object's keys sorted, hence its text is canonical.
        Ok(value) => hash.update(value.to_string()),
        Err(_) => hash.update(body),
    }
    hash.finalize().into()
}
