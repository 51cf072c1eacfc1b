//! `/v2/accounts` (spec 70): connections to calendars elsewhere.
//!
//! No provider is configured, so there are no accounts, and what would need one says so.

use axum::extract::State as Extract;
use domain::ResourceId;
use serde::Serialize;
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    api::{
        caller::{Caller, Policy, Routes},
        error::{Error, Result},
        failures::Failures,
        query::Query,
        rendering::Stamp,
        reply::{Paged, Reply, errors::PlainError},
    },
    app::App,
};

use super::projects::search_id;

/// Rows a page.
const PAGE: u32 = 50;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .at(Policy::APP_OR_OWN, routes!(list))
        .open(routes!(google_signup))
        .open(routes!(microsoft_signup))
        .at(Policy::APP_OR_OWN, routes!(sync, sync_by_get))
        .at(Policy::APP_OR_OWN, routes!(microsoft_sync))
}

/// A resource's connection to a calendar elsewhere.
#[derive(Debug, Serialize, ToSchema)]
pub struct AccountOut {
    /// `google` or `microsoft`.
    provider: &'static str,
    /// The e-mail of the account there.
    provider_id: String,
    /// When it was last read.
    #[schema(required)]
    last_sync: Option<Stamp>,
    /// The resource.
    #[schema(value_type = uuid::Uuid)]
    resource_id: ResourceId,
}

/// List accounts.
///
/// This server has no provider configured, so there are none.
#[utoipa::path(get, path = "/v2/accounts", tag = "accounts",
    params(("search" = Option<String>, Query, description = "`resource.id:UUID`"),
        ("limit" = Option<String>, Query, description = "Rows a page, 50 by default and 1,000 at most"),
        ("page" = Option<String>, Query, description = "From 1")),
    responses((status = 200, description = "A page of accounts", body = Paged<AccountOut>), Failures))]
pub async fn list(Extract(app): Extract<App>, query: Query) -> Result<Reply> {
    for criterion in query.search() {
        match criterion.key.as_deref() {
            Some("resource.id" | "resource_id") => {
                search_id::<ResourceId>("resource.id", &criterion.value)?;
            }
            key => {
                let key = key.unwrap_or(&criterion.value);
                return Err(Error::Invalid(crate::api::query::unknown_criterion(
                    key,
                    "resource.id",
                )));
            }
        }
    }
    Ok(query.paged(&app, query.page(PAGE), 0, Vec::<AccountOut>::new()))
}

/// Connect a Google account: not configured on this server.
#[utoipa::path(get, path = "/v2/accounts/google/signup", tag = "accounts", security(()),
    responses((status = 501, description = "No provider is configured", body = PlainError), Failures))]
pub async fn google_signup() -> Result<Reply> {
    Err(Error::NotConfigured("Google"))
}

/// Connect a Microsoft account: not configured on this server.
#[utoipa::path(get, path = "/v2/accounts/microsoft/signup", tag = "accounts", security(()),
    responses((status = 501, description = "No provider is configured", body = PlainError), Failures))]
pub async fn microsoft_signup() -> Result<Reply> {
    Err(Error::NotConfigured("Microsoft"))
}

/// Read Google calendars now: not configured on this server.
#[utoipa::path(post, path = "/v2/accounts/sync", tag = "accounts",
    responses((status = 501, description = "No provider is configured", body = PlainError), Failures))]
pub async fn sync(_caller: Caller) -> Result<Reply> {
    Err(Error::NotConfigured("Google"))
}

/// Read Google calendars now, in a deprecated spelling: not configured on this server.
#[utoipa::path(get, path = "/v2/accounts/sync", tag = "legacy",
    responses((status = 501, description = "No provider is configured", body = PlainError), Failures))]
pub async fn sync_by_get(_caller: Caller) -> Result<Reply> {
    Err(Error::NotConfigured("Google"))
}

/// Read Microsoft calendars now: not configured on this server.
#[utoipa::path(post, path = "/v2/accounts/microsoft/sync", tag = "accounts",
    responses((status = 501, description = "No provider is configured", body = PlainError), Failures))]
pub async fn microsoft_sync(_caller: Caller) -> Result<Reply> {
    Err(Error::NotConfigured("Microsoft"))
}
