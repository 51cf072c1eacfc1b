//! The public HTTP API, and what every part of the server shares for speaking JSON over HTTP.

pub mod body;
pub mod caller;
pub mod error;
pub mod failures;
pub mod idempotency;
pub mod query;
pub mod rendering;
pub mod reply;
pub mod v2;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::get,
};
use utoipa::openapi::OpenApi;
use utoipa_swagger_ui::SwaggerUi;

use self::error::Error;
use crate::app::App;

/// What a browser page may send along.
const ALLOWED_HEADERS: HeaderValue = HeaderValue::from_static(
    "Authorization, Content-Type, Accept, Timekit-App, Timekit-Context, Timekit-Timezone, \
     Timekit-InputTimestampFormat, Timekit-OutputTimestampFormat, InputTimestampFormat, OutputTimestampFormat, \
     Timezone, Idempotency-Key",
);

/// Everything under `/v2`, its document at `/openapi.json`, and the rendered reference at `/docs`.
pub fn router(app: &App) -> Router<App> {
    let (routes, document) = v2::routes().split_for_parts();
    let document = v2::described(document);
    routes
        .merge(SwaggerUi::new("/docs").url("/openapi.json", document))
        .route("/v1", get(gone))
        .route("/v1/{*path}", get(gone).fallback(gone))
        .layer(DefaultBodyLimit::max(app.config.limits.body))
}

/// The OpenAPI document.
pub fn openapi() -> OpenApi {
    v2::described(v2::routes().into_openapi())
}

async fn gone() -> Error {
    Error::NoSuchPath("version 1 of the API is gone, use /v2".to_owned())
}

/// An unknown path.
pub async fn not_found() -> Error {
    Error::NoSuchPath("there is no such path, see /docs".to_owned())
}

/// A known path with an unknown method.
pub async fn method_not_allowed() -> Error {
    Error::MethodNotAllowed
}

/// What happens before a path is looked up: the app goes into the request, a trailing slash goes (a redirect would lose
/// the body of a POST), preflights are answered, and answers of the API may be read by any page (spec 00 §1).
pub async fn edge(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let is_api = request.uri().path().starts_with("/v2/");
    request.extensions_mut().insert(app);
    if !is_api {
        return next.run(request).await;
    }
    let origin = request.headers().get(header::ORIGIN).cloned();
    let mut response = if request.method() == Method::OPTIONS {
        preflight()
    } else if request.uri().path().contains("%00") {
        // PostgreSQL has no text with a NUL, so nothing is found under one; asking it would be an error.
        not_found().await.into_response()
    } else {
        if let Some(uri) = without_trailing_slash(request.uri()) {
            *request.uri_mut() = uri;
        }
        next.run(request).await
    };
    allow(response.headers_mut(), origin);
    response
}

fn preflight() -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_METHODS,
        HeaderValue::from_static("GET, POST, PUT, DELETE, OPTIONS"),
    );
    headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, ALLOWED_HEADERS);
    headers.insert(
        header::ACCESS_CONTROL_MAX_AGE,
        HeaderValue::from_static("86400"),
    );
    response
}

fn allow(headers: &mut HeaderMap, origin: Option<HeaderValue>) {
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        origin.unwrap_or(HeaderValue::from_static("*")),
    );
    headers.append(header::VARY, HeaderValue::from_static("Origin"));
    headers.insert(
        header::ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static(
            "Timekit-TestMode, Idempotency-Replayed, Retry-After, X-Request-Id",
        ),
    );
}

/// The address without the slash at the end of its path, where there is one.
fn without_trailing_slash(uri: &Uri) -> Option<Uri> {
    let path = uri.path().strip_suffix('/')?;
    let text = match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    };
    text.parse().ok()
}

/// All of it as one router: `pages` is what the other parts of the server answer. The edge wraps the look-up of paths,
/// hence the router within a router.
pub fn assembled(app: &App, pages: Router<App>) -> Router {
    let inner = router(app)
        .merge(pages)
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .with_state(app.clone());
    Router::new()
        .fallback_service(inner)
        .layer(middleware::from_fn_with_state(app.clone(), edge))
}
