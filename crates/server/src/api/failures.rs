//! The failures that any call of the API may answer with, for the OpenAPI document.

use std::collections::BTreeMap;

use utoipa::{
    IntoResponses, ToSchema,
    openapi::{ContentBuilder, Ref, RefOr, ResponseBuilder, ResponsesBuilder, response::Response},
};

use super::reply::errors::{PlainError, ValidationError};

/// Every status above 399 with its body.
pub struct Failures;

impl IntoResponses for Failures {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let plain = PlainError::name();
        let of = |description: &str, schema: &str| {
            ResponseBuilder::new()
                .description(description)
                .content(
                    "application/json",
                    ContentBuilder::new()
                        .schema(Some(Ref::from_schema_name(schema)))
                        .build(),
                )
                .build()
        };
        ResponsesBuilder::new()
            .response("400", of("The request cannot be read", &plain))
            .response("401", of("No or wrong credentials", &plain))
            .response("403", of("The key may not do this", &plain))
            .response("404", of("There is no such thing in this app", &plain))
            .response("405", of("The path does not know the method", &plain))
            .response(
                "409",
                of("A request with this Idempotency-Key is in progress", &plain),
            )
            .response("413", of("The body is too large", &plain))
            .response("415", of("The body is not JSON", &plain))
            .response(
                "422",
                of(
                    "Fields are wrong, or the state of things forbids it",
                    &ValidationError::name(),
                ),
            )
            .response("429", of("Too many attempts", &plain))
            .response("503", of("The server is busy, repeat the request", &plain))
            .build()
            .into()
    }
}
