//! Answers: `{"data": …}`, lists with their paging fields beside `data`, and 204 (spec 00 §3, §4).

use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

/// A finished answer: status and JSON text, or no body at all.
#[derive(Debug)]
pub struct Reply {
    pub(crate) status: StatusCode,
    body: Vec<u8>,
}

/// A single entity.
#[derive(Debug, Serialize, ToSchema)]
pub struct One<T> {
    /// The entity.
    pub data: T,
}

/// Rows of an answer that is not paged.
#[derive(Debug, Serialize, ToSchema)]
pub struct Many<T> {
    /// The rows.
    pub data: Vec<T>,
}

/// One page of rows; the paging fields are siblings of `data`.
#[derive(Debug, Serialize, ToSchema)]
pub struct Paged<T> {
    /// Rows over all pages.
    pub total: u64,
    /// Rows a page, as asked for and at most 1,000.
    pub per_page: u32,
    /// This page's number, from 1.
    pub current_page: u32,
    /// The last page's number, at least 1.
    pub last_page: u64,
    /// Address of the next page; null on the last one.
    #[schema(required)]
    pub next_page_url: Option<String>,
    /// Address of the page before; null on the first one.
    #[schema(required)]
    pub prev_page_url: Option<String>,
    /// Number of the first row on this page, from 1; null where there is none.
    #[schema(required)]
    pub from: Option<u64>,
    /// Number of the last row on this page; null where there is none.
    #[schema(required)]
    pub to: Option<u64>,
    /// The rows.
    pub data: Vec<T>,
}

/// Any JSON answer.
pub fn json(status: StatusCode, body: &impl Serialize) -> Response {
    Reply::json(status, body).into_response()
}

impl Reply {
    /// Any JSON body.
    pub fn json(status: StatusCode, body: &impl Serialize) -> Self {
        let mut text = Vec::with_capacity(512);
        serde_json::to_writer(&mut text, body)
            .expect("answer types have text keys and write to memory");
        Self { status, body: text }
    }

    /// 200 with one entity.
    pub fn one(data: impl Serialize) -> Self {
        Self::json(StatusCode::OK, &One { data })
    }

    /// 200 with a body that is JSON already.
    pub(crate) fn written(body: String) -> Self {
        Self {
            status: StatusCode::OK,
            body: body.into_bytes(),
        }
    }

    /// 201 with the entity that was made.
    pub fn created(data: impl Serialize) -> Self {
        Self::json(StatusCode::CREATED, &One { data })
    }

    /// The body's text, empty for 204.
    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).expect("the body was written as JSON text")
    }

    /// 204.
    pub fn no_content() -> Self {
        Self {
            status: StatusCode::NO_CONTENT,
            body: Vec::new(),
        }
    }
}

impl IntoResponse for Reply {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = self.status;
        if self.status != StatusCode::NO_CONTENT {
            response.headers_mut().insert(
                header::CONTENT_TYPE,
                HeaderValue::from_static("application/json"),
            );
            *response.body_mut() = Body::from(self.body);
        }
        response
    }
}

/// Documentation of the error bodies, for OpenAPI.
pub mod errors {
    use std::collections::HashMap;

    use serde::Serialize;
    use utoipa::ToSchema;

    /// A failure in words.
    #[derive(Serialize, ToSchema)]
    pub struct PlainError {
        /// What went wrong and what to do.
        pub error: String,
        /// A stable word for programs, where there is one.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub code: Option<String>,
        /// The entity that is missing (404).
        #[serde(skip_serializing_if = "Option::is_none")]
        pub model: Option<String>,
    }

    /// Wrong fields, or a state that forbids the call: `errors` or `error` is present.
    #[derive(Serialize, ToSchema)]
    pub struct ValidationError {
        /// Messages by field, nested fields dotted.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub errors: Option<HashMap<String, Vec<String>>>,
        /// The step of the booking graph that failed.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub action: Option<String>,
        /// Why the call is not possible now.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub error: Option<String>,
        /// A stable word for programs, where there is one.
        #[serde(skip_serializing_if = "Option::is_none")]
        pub code: Option<String>,
    }

    /// A failed exchange of a password for a token.
    #[derive(Serialize, ToSchema)]
    pub struct LoginError {
        /// Holds the text.
        pub error: LoginMessage,
    }

    /// The text of a failed login.
    #[derive(Serialize, ToSchema)]
    pub struct LoginMessage {
        /// What went wrong.
        pub message: String,
    }
}
