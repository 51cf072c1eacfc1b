//! `/healthz`, `/readyz` and `/metrics`: answered ahead of every queue, so that an overloaded server still tells so.
//!
//! `/healthz` touches nothing. `/readyz` proves that the database takes writes. `/metrics` is served on its own
//! listener, or on the main one to whoever knows the token.

use std::{
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    Json,
    body::Body,
    http::{HeaderMap, Response, StatusCode, header},
    response::IntoResponse,
};
use metrics_exporter_prometheus::PrometheusHandle;
use secrecy::{ExposeSecret, SecretString};
use serde_json::json;
use subtle::ConstantTimeEq;

/// What a look at the database found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Readiness {
    /// All is well.
    Ready,
    /// Works, with a flaw that an operator should look at.
    Degraded(String),
    /// Cannot take requests.
    Down(String),
}

/// Looks at the database.
pub type Probe =
    Arc<dyn Fn() -> Pin<Box<dyn Future<Output = Readiness> + Send>> + Send + Sync + 'static>;

/// Answers the paths of operators.
#[derive(Clone)]
pub struct Health {
    draining: Arc<AtomicBool>,
    probe: Probe,
    metrics: PrometheusHandle,
    metrics_token: Option<SecretString>,
}

/// Who may read the metrics on a listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Audience {
    /// The main listener: whoever knows the token.
    Token,
    /// The listener for metrics: everybody who can reach it.
    Everybody,
}

impl Health {
    /// Answers by that probe.
    pub fn new(
        probe: Probe,
        metrics: PrometheusHandle,
        metrics_token: Option<SecretString>,
    ) -> Self {
        Self {
            draining: Arc::default(),
            probe,
            metrics,
            metrics_token,
        }
    }

    /// From now on this server is not ready: it is about to stop.
    pub fn drain(&self) {
        self.draining.store(true, Ordering::Relaxed);
    }

    /// The answer, if the path is one of ours.
    pub(crate) async fn answer(
        &self,
        path: &str,
        headers: &HeaderMap,
        audience: Audience,
    ) -> Option<Response<Body>> {
        match path {
            "/healthz" => Some(Json(json!({"status": "ok"})).into_response()),
            "/readyz" => Some(self.readiness().await),
            "/metrics" if audience == Audience::Everybody || self.metrics_token.is_some() => {
                Some(self.metrics(headers, audience))
            }
            _ => None,
        }
    }

    async fn readiness(&self) -> Response<Body> {
        if self.draining.load(Ordering::Relaxed) {
            let body = Json(json!({"status": "stopping"}));
            return (StatusCode::SERVICE_UNAVAILABLE, body).into_response();
        }
        match (self.probe)().await {
            Readiness::Ready => Json(json!({"status": "ready"})).into_response(),
            Readiness::Degraded(reason) => {
                Json(json!({"status": "degraded", "reason": reason})).into_response()
            }
            Readiness::Down(reason) => (
                StatusCode::SERVICE_UNAVAILABLE,
                Json(json!({"status": "down", "reason": reason})),
            )
                .into_response(),
        }
    }

    fn metrics(&self, headers: &HeaderMap, audience: Audience) -> Response<Body> {
        let known = || {
            let token = self.metrics_token.as_ref()?.expose_secret().as_bytes();
            let sent = headers.get(header::AUTHORIZATION)?.as_bytes();
            let sent = sent.strip_prefix(b"Bearer ")?;
            bool::from(sent.ct_eq(token)).then_some(())
        };
        if audience == Audience::Token && known().is_none() {
            let challenge = [(header::WWW_AUTHENTICATE, "Bearer")];
            let body = Json(json!({"error": "send the metrics token as a bearer token"}));
            return (StatusCode::UNAUTHORIZED, challenge, body).into_response();
        }
        let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4")];
        (kind, self.metrics.render()).into_response()
    }
}
