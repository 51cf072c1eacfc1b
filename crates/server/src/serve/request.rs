//! One request: its id, its client, its body, its place in the queue, its time; then the router; then its headers.
//!
//! Everything here holds for every path. What answers here, the router never saw.

use std::{
    convert::Infallible,
    future::poll_fn,
    net::IpAddr,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::pin,
    sync::{Arc, atomic::Ordering},
    task::Poll,
};

use axum::{
    Json,
    body::Body,
    http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri, Version, header},
    response::IntoResponse,
};
use hyper::body::Incoming;
use serde_json::json;
use store::db::{settled, with_deadline};
use tokio::{
    sync::SemaphorePermit,
    time::{Instant, timeout},
};
use tower::Service;

use super::{
    Shared,
    address::Client,
    body::{self, Bounds, Failure, Received},
    connection::{Answer, Pulse},
    html,
};
use crate::observe;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Handles a request of any path.
pub(crate) async fn handle(
    shared: Arc<Shared>,
    pulse: Arc<Pulse>,
    peer: IpAddr,
    mut request: Request<Incoming>,
) -> Result<Response<Answer>, Infallible> {
    let active = pulse.begin();
    let start = Instant::now();
    let id = shared.clock.id();
    let client = Client::of(peer, request.headers(), &shared.trusted_proxies);
    request.extensions_mut().insert(client);
    let line = Line {
        method: request.method().clone(),
        uri: request.uri().clone(),
        version: request.version(),
        content_lengths: pulse.content_lengths(),
    };

    let work = answer(&shared, &line, client, request);
    let Outcome {
        mut response,
        is_last,
    } = observe::in_request(id, work).await;

    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(id.as_hyphenated().encode_lower(&mut [0; 36])) {
        headers.insert(REQUEST_ID, value);
    }
    if is_last && line.is_http1() {
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    html::secure(headers, shared.is_https || client.https);
    let status = response.status();
    let elapsed = start.elapsed();
    shared.metrics.answered(status.as_u16());
    shared.metrics.seconds.record(elapsed);
    if shared.access_log {
        // The query is left out: it may hold a customer's address or a signature.
        tracing::info!(
            target: "daybook::access",
            request_id = %id,
            method = %line.method,
            path = line.uri.path(),
            status = status.as_u16(),
            micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX),
            address = %client.address,
            "request"
        );
    }
    Ok(response.map(|body| Answer::new(body, active)))
}

/// What is known of a request once its head and body went their ways.
struct Line {
    method: Method,
    uri: Uri,
    version: Version,
    /// `Content-Length` lines in the head.
    content_lengths: u8,
}

impl Line {
    fn is_http1(&self) -> bool {
        self.version <= Version::HTTP_11
    }

    /// An error in the API's general shape, readable by scripts of other origins where the API is.
    fn refusal(&self, status: StatusCode, text: &str, code: Option<&str>) -> Response<Body> {
        let mut body = json!({"error": text});
        if let Some(code) = code {
            body["code"] = code.into();
        }
        let mut response = (status, Json(body)).into_response();
        if self.uri.path().starts_with("/v2") {
            let any = HeaderValue::from_static("*");
            response
                .headers_mut()
                .insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, any);
        }
        response
    }

    /// 503 with the time after which another try makes sense.
    fn busy(&self, text: &str, code: &str) -> Response<Body> {
        let mut response = self.refusal(StatusCode::SERVICE_UNAVAILABLE, text, Some(code));
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from_static("1"));
        response
    }
}

/// An answer, and whether it must be the connection's last.
struct Outcome {
    response: Response<Body>,
    is_last: bool,
}

impl Outcome {
    fn last(response: Response<Body>) -> Self {
        Self {
            response,
            is_last: true,
        }
    }
}

async fn answer(
    shared: &Shared,
    line: &Line,
    client: Client,
    request: Request<Incoming>,
) -> Outcome {
    let path = line.uri.path();
    if let Some(response) = shared
        .health
        .answer(path, request.headers(), shared.audience)
        .await
    {
        return Outcome {
            response,
            is_last: false,
        };
    }
    if let Err((status, text)) = check(shared, line, &request) {
        return Outcome::last(line.refusal(status, text, None));
    }
    if shared.force_https && !client.https {
        return Outcome::last(redirect(shared, line, &request));
    }

    let (head, incoming) = request.into_parts();
    let bounds = Bounds {
        bytes: if path.trim_end_matches('/').ends_with("/bulk") {
            shared.limits.body_bulk
        } else {
            shared.limits.body
        },
        idle: shared.limits.body_idle_time,
        total: shared.limits.body_time,
    };
    let (body, _memory, is_last) = match body::receive(incoming, bounds, &shared.body_memory).await
    {
        Ok(Received::Whole(body, memory)) => (body, Some(memory), false),
        Ok(Received::TooLarge(body)) => (body, None, true),
        Err(failure) => {
            return Outcome::last(match failure {
                Failure::Timeout => line.refusal(
                    StatusCode::REQUEST_TIMEOUT,
                    "the request's body took too long",
                    None,
                ),
                Failure::Broken => line.refusal(
                    StatusCode::BAD_REQUEST,
                    "the request's body is broken off or wrongly framed",
                    None,
                ),
                Failure::Memory => overloaded(shared, line),
            });
        }
    };

    let Some(_place) = Place::take(shared).await else {
        return Outcome {
            response: overloaded(shared, line),
            is_last,
        };
    };
    let response = run(shared, line, Request::from_parts(head, body)).await;
    Outcome { response, is_last }
}

/// The rules of HTTP and the limits of the head, as far as the parser left them to us.
fn check(
    shared: &Shared,
    line: &Line,
    request: &Request<Incoming>,
) -> Result<(), (StatusCode, &'static str)> {
    let limits = &shared.limits;
    let target = line
        .uri
        .path_and_query()
        .map_or(0, |target| target.as_str().len());
    if line.method.as_str().len() + target + " HTTP/1.1 ".len() > limits.request_line {
        return Err((StatusCode::URI_TOO_LONG, "the request line is too long"));
    }
    let (mut bytes, mut hosts, mut codings) = (0, 0, 0);
    for (name, value) in request.headers() {
        bytes += name.as_str().len() + value.len() + ": \r\n".len();
        if *name == header::HOST {
            hosts += 1;
        } else if *name == header::TRANSFER_ENCODING {
            codings += if value.as_bytes().eq_ignore_ascii_case(b"chunked") {
                1
            } else {
                2
            };
        }
    }
    if bytes > limits.header_bytes || request.headers().len() > limits.headers {
        return Err((
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            "the request has too many header fields, or too large ones",
        ));
    }
    if !line.is_http1() {
        return Ok(());
    }
    let lengths = usize::from(line.content_lengths);
    if codings > 1 || lengths > 1 || (codings > 0 && lengths > 0) {
        return Err((
            StatusCode::BAD_REQUEST,
            "the length of the request's body is ambiguous",
        ));
    }
    if hosts > 1 || (hosts == 0 && line.version == Version::HTTP_11) {
        return Err((
            StatusCode::BAD_REQUEST,
            "the request needs exactly one Host",
        ));
    }
    Ok(())
}

/// The same address by https.
fn redirect(shared: &Shared, line: &Line, request: &Request<Incoming>) -> Response<Body> {
    let host = request
        .headers()
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let origin = match (host, line.uri.authority()) {
        _ if shared.is_https => shared.public_url.clone(),
        (_, Some(authority)) => format!("https://{authority}"),
        (Some(host), None) => format!("https://{host}"),
        (None, None) => return line.refusal(StatusCode::BAD_REQUEST, "use https", None),
    };
    let target = line
        .uri
        .path_and_query()
        .map_or("/", |target| target.as_str());
    match HeaderValue::try_from(format!("{origin}{target}")) {
        Ok(location) => (
            StatusCode::MOVED_PERMANENTLY,
            [(header::LOCATION, location)],
        )
            .into_response(),
        Err(_) => line.refusal(StatusCode::BAD_REQUEST, "use https", None),
    }
}

fn overloaded(shared: &Shared, line: &Line) -> Response<Body> {
    shared.metrics.overloaded.increment(1);
    line.busy("too many requests at once, try again", "busy")
}

/// A place among the requests in flight; leaving scope frees it.
struct Place<'a> {
    shared: &'a Shared,
    _permit: SemaphorePermit<'a>,
}

impl<'a> Place<'a> {
    /// Waits for a place, in a queue that is bounded in length and time; none if either is exceeded.
    async fn take(shared: &'a Shared) -> Option<Self> {
        let permit = if let Ok(permit) = shared.in_flight.try_acquire() {
            permit
        } else {
            let waiting = shared.waiting.fetch_add(1, Ordering::Relaxed);
            let _waits = Waits(shared);
            if waiting >= shared.limits.queue {
                return None;
            }
            let turn = timeout(shared.limits.queue_time, shared.in_flight.acquire());
            turn.await.ok()?.ok()?
        };
        shared.metrics.in_flight.increment(1);
        Some(Self {
            shared,
            _permit: permit,
        })
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.shared.metrics.in_flight.decrement(1);
    }
}

/// A request in the queue; a client that leaves gives its place up.
struct Waits<'a>(&'a Shared);

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.waiting.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Runs the router: a panic is an answer, and time is limited.
async fn run(shared: &Shared, line: &Line, request: Request<Body>) -> Response<Body> {
    let mut router = shared.router.clone();
    // Reads of an embedded database run inline, where dropping this future could not end them.
    let deadline = std::time::Instant::now() + shared.limits.request_time;
    let mut work = pin!(with_deadline(deadline, async move {
        settled(router.call(request)).await
    }));
    let caught =
        poll_fn(
            |context| match catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context))) {
                Ok(polled) => polled.map(Ok),
                Err(_) => Poll::Ready(Err(())),
            },
        );
    match timeout(shared.limits.request_time, caught).await {
        Ok(Ok(Ok(Ok(response)))) => response,
        // It was refused on account of a write that has come to nothing since.
        Ok(Ok(Err(_))) => line.busy("the server is busy, repeat the request in a moment", "busy"),
        Ok(Err(())) => {
            // The panic hook has written the message.
            shared.metrics.panics.increment(1);
            let mut body = json!({"error": "internal error"});
            if let Some(id) = observe::request_id() {
                body["request_id"] = id.to_string().into();
            }
            (StatusCode::INTERNAL_SERVER_ERROR, Json(body)).into_response()
        }
        Err(_) => {
            shared.metrics.timeouts.increment(1);
            tracing::error!(
                path = line.uri.path(),
                "a request took too long and was cancelled"
            );
            line.busy("the request took too long and was cancelled", "timeout")
        }
    }
}
