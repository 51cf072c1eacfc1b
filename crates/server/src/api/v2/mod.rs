//! Version 2 of the API: one file or folder for each noun.

mod accounts;
mod apps;
mod auth;
mod availability;
mod bookings;
mod calendars;
mod credentials;
mod events;
mod locations;
mod near;
mod projects;
mod resources;
mod services;

pub(crate) use apps::{change_role, required_email, role};
pub(crate) use projects::hosted_project;
use utoipa::openapi::{
    ContactBuilder, InfoBuilder, LicenseBuilder, OpenApi,
    security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme},
};
use utoipa_axum::router::OpenApiRouter;

use super::reply::errors::{PlainError, ValidationError};
use crate::app::App;

/// Schemas that answers name without a handler naming them.
#[derive(utoipa::OpenApi)]
#[openapi(components(schemas(PlainError, ValidationError)))]
struct Shared;

/// The routes of all nouns.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(<Shared as utoipa::OpenApi>::openapi())
        .merge(auth::routes())
        .merge(apps::routes())
        .merge(credentials::routes())
        .merge(resources::routes())
        .merge(calendars::routes())
        .merge(events::routes())
        .merge(availability::routes())
        .merge(bookings::routes())
        .merge(projects::routes())
        .merge(locations::routes())
        .merge(services::routes())
        .merge(accounts::routes())
}

/// Adds to the document what concerns all of it.
pub fn described(mut document: OpenApi) -> OpenApi {
    document.info = InfoBuilder::new()
        .title("Daybook")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(
            "Scheduling and booking, compatible with the Timekit v2 API. Authenticate by HTTP Basic: an app key as the \
             password with an empty user name, or a resource's e-mail and token with the header `Timekit-App`.",
        ))
        .license(Some(LicenseBuilder::new().name("MIT OR Apache-2.0").build()))
        .contact(Some(ContactBuilder::new().name(Some("Daybook")).build()))
        .build();
    document
        .components
        .get_or_insert_default()
        .add_security_scheme(
            "basic",
            SecurityScheme::Http(Http::new(HttpAuthScheme::Basic)),
        );
    document.security = Some(vec![SecurityRequirement::new(
        "basic",
        Vec::<String>::new(),
    )]);
    document
}
