//! The one error of the HTTP layer: the only place that knows status codes and error bodies (spec 00 §6).
//!
//! A 5xx is logged once, here, with its source chain; its body never shows it.

use std::collections::BTreeMap;

use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;

use super::{idempotency::Stored, reply::json};

/// What a handler answers with.
pub type Result<T> = std::result::Result<T, Error>;

/// The text of a 404 for an entity, as clients know it.
const MISSING: &str = "Resource does not exist";

/// The text of a 401 for a missing or wrong key, as clients know it.
const WRONG_CREDENTIALS: &str = "Invalid credentials supplied";

/// Messages by field; nested fields are dotted (`customer.email`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct FieldErrors(BTreeMap<String, Vec<String>>);

impl FieldErrors {
    /// One message of one field.
    pub fn one(field: &str, message: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.push(field, message);
        errors
    }

    /// Adds a message to a field.
    pub fn push(&mut self, field: &str, message: impl Into<String>) {
        self.0
            .entry(field.to_owned())
            .or_default()
            .push(message.into());
    }

    /// Takes the messages of others.
    pub fn extend(&mut self, others: Self) {
        for (field, messages) in others.0 {
            self.0.entry(field).or_default().extend(messages);
        }
    }

    /// Whether nothing is wrong.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// `Ok` where nothing is wrong.
    pub fn into_result(self) -> Result<()> {
        if self.is_empty() {
            Ok(())
        } else {
            Err(Error::Invalid(self))
        }
    }
}

/// The entity named by a 404.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// An app.
    App,
    /// A booking.
    Booking,
    /// A calendar.
    Calendar,
    /// A credential.
    Credential,
    /// An event.
    Event,
    /// A location.
    Location,
    /// A project.
    Project,
    /// A resource.
    Resource,
    /// A service.
    Service,
    /// A project under its old name.
    Widget,
}

impl Model {
    fn name(self) -> &'static str {
        match self {
            Self::App => "App",
            Self::Booking => "Booking",
            Self::Calendar => "Calendar",
            Self::Credential => "Credential",
            Self::Event => "Event",
            Self::Location => "Location",
            Self::Project => "Project",
            Self::Resource => "Resource",
            Self::Service => "Service",
            Self::Widget => "Widget",
        }
    }
}

/// Everything that can go wrong between a request and its answer.
#[derive(Debug)]
pub enum Error {
    /// 400: the request cannot be read.
    Malformed(String),
    /// 400 with a code of the reliability page.
    BadHeader {
        /// What to do.
        message: String,
        /// The code.
        code: &'static str,
    },
    /// 401: no or wrong credentials.
    Unauthorized,
    /// 401 that tells why (the `Timekit-App` header is missing or unknown).
    UnauthorizedBecause(String),
    /// 401 of `POST /auth`, in its own shape.
    LoginFailed,
    /// 403: a valid caller who may not do this.
    Forbidden(String),
    /// 403 with a code that the panel acts on.
    ForbiddenBecause {
        /// What to do.
        message: String,
        /// The code.
        code: &'static str,
    },
    /// 404 for an entity.
    NotFound(Model),
    /// 404 for a path or a link.
    NoSuchPath(String),
    /// 405.
    MethodNotAllowed,
    /// 409: the first copy of the request is still at work.
    InProgress,
    /// 410: the path is known and has nothing any more; the text says where to go.
    Gone(String),
    /// 413.
    TooLarge,
    /// 415: a body that is not JSON and does not claim to be.
    NotJson,
    /// 422: fields are wrong.
    Invalid(FieldErrors),
    /// 422: a step of the booking graph failed.
    StepFailed {
        /// What is wrong.
        errors: FieldErrors,
        /// The step.
        step: &'static str,
    },
    /// 422: the state of things forbids it.
    Refused(String),
    /// 422 with a code of the reliability page.
    RefusedBecause {
        /// What to do.
        message: String,
        /// The code.
        code: &'static str,
    },
    /// 429.
    TooManyRequests {
        /// Whole seconds to wait.
        retry_after: u64,
    },
    /// 501: what the call needs of this provider is not configured.
    NotConfigured(&'static str),
    /// 503: try again in a second.
    Busy(&'static str),
    /// Another copy of this request was answered before: its answer again.
    Replay(Stored),
    /// 500.
    Internal(anyhow::Error),
}

/// The slot is taken: the answer of create, confirm and all that takes time (80 §4.5).
pub fn slot_unavailable() -> Error {
    Error::StepFailed {
        errors: FieldErrors::one("event", "The requested time slot is not available"),
        step: "check_availability",
    }
}

/// One wrong field.
pub fn invalid(field: &str, message: impl Into<String>) -> Error {
    Error::Invalid(FieldErrors::one(field, message))
}

impl From<anyhow::Error> for Error {
    fn from(error: anyhow::Error) -> Self {
        Self::Internal(error)
    }
}

impl From<store::Error> for Error {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::Busy => Self::Busy("busy"),
            store::Error::Timeout => Self::Busy("timeout"),
            store::Error::Full => Self::Busy("storage_full"),
            store::Error::Unavailable(_) => Self::Busy("database_unavailable"),
            store::Error::OutcomeUnknown => Self::Busy("outcome_unknown"),
            other => Self::Internal(anyhow::Error::new(other)),
        }
    }
}

/// `{"error": …}` with an optional code or model beside it.
#[derive(Serialize)]
struct Plain<'a> {
    error: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    model: Option<&'a str>,
}

#[derive(Serialize)]
struct Fields<'a> {
    errors: &'a FieldErrors,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<&'a str>,
}

#[derive(Serialize)]
struct Message<'a> {
    message: &'a str,
}

#[derive(Serialize)]
struct Login<'a> {
    error: Message<'a>,
}

fn plain(status: StatusCode, error: &str, code: Option<&str>) -> Response {
    json(
        status,
        &Plain {
            error,
            code,
            model: None,
        },
    )
}

fn retry_after(mut response: Response, seconds: u64) -> Response {
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    response
}

fn challenge(text: &str) -> Response {
    let mut response = plain(StatusCode::UNAUTHORIZED, text, None);
    response.headers_mut().insert(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static("Basic realm=\"timekit\""),
    );
    response
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        match self {
            Self::Malformed(text) => plain(StatusCode::BAD_REQUEST, &text, None),
            Self::BadHeader { message, code } => {
                plain(StatusCode::BAD_REQUEST, &message, Some(code))
            }
            Self::Unauthorized => challenge(WRONG_CREDENTIALS),
            Self::UnauthorizedBecause(text) => challenge(&text),
            Self::LoginFailed => json(
                StatusCode::UNAUTHORIZED,
                &Login {
                    error: Message {
                        message: "e-mail or password does not match",
                    },
                },
            ),
            Self::Forbidden(text) => plain(StatusCode::FORBIDDEN, &text, None),
            Self::ForbiddenBecause { message, code } => {
                plain(StatusCode::FORBIDDEN, &message, Some(code))
            }
            Self::NotFound(model) => json(
                StatusCode::NOT_FOUND,
                &Plain {
                    error: MISSING,
                    code: None,
                    model: Some(model.name()),
                },
            ),
            Self::NoSuchPath(text) => plain(StatusCode::NOT_FOUND, &text, None),
            Self::MethodNotAllowed => plain(
                StatusCode::METHOD_NOT_ALLOWED,
                "this path does not know the method, see /docs",
                None,
            ),
            Self::InProgress => retry_after(
                plain(
                    StatusCode::CONFLICT,
                    "a request with this Idempotency-Key is still in progress, repeat it in a second",
                    Some("idempotency_in_progress"),
                ),
                1,
            ),
            Self::Gone(text) => plain(StatusCode::GONE, &text, None),
            Self::NotConfigured(provider) => plain(
                StatusCode::NOT_IMPLEMENTED,
                &format!("{provider} is not configured on this server"),
                Some("not_configured"),
            ),
            Self::TooLarge => plain(StatusCode::PAYLOAD_TOO_LARGE, "the body is too large", None),
            Self::NotJson => plain(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "the body is not JSON, send it as application/json",
                None,
            ),
            Self::Invalid(errors) => json(
                StatusCode::UNPROCESSABLE_ENTITY,
                &Fields {
                    errors: &errors,
                    action: None,
                },
            ),
            Self::StepFailed { errors, step } => json(
                StatusCode::UNPROCESSABLE_ENTITY,
                &Fields {
                    errors: &errors,
                    action: Some(step),
                },
            ),
            Self::Refused(text) => plain(StatusCode::UNPROCESSABLE_ENTITY, &text, None),
            Self::RefusedBecause { message, code } => {
                plain(StatusCode::UNPROCESSABLE_ENTITY, &message, Some(code))
            }
            Self::TooManyRequests {
                retry_after: seconds,
            } => retry_after(
                plain(
                    StatusCode::TOO_MANY_REQUESTS,
                    "too many attempts, try again later",
                    Some("throttled"),
                ),
                seconds,
            ),
            Self::Busy(code) => retry_after(
                plain(
                    StatusCode::SERVICE_UNAVAILABLE,
                    "the server is busy, repeat the request in a moment",
                    Some(code),
                ),
                1,
            ),
            Self::Replay(stored) => stored.into_response(),
            Self::Internal(error) => {
                tracing::error!(error = format!("{error:#}"), "request failed");
                plain(StatusCode::INTERNAL_SERVER_ERROR, "internal error", None)
            }
        }
    }
}
