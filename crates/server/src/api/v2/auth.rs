//! `POST /v2/auth` (spec 10), which trades a password for a resource's key, and `resetpassword` (spec 30).

use std::sync::Arc;

use axum::{
    extract::State as Extract,
    http::{HeaderMap, Method, header},
};
use secrecy::ExposeSecret;
use serde::Serialize;
use store::{
    Conn, Scope, apps,
    credentials::{self, Kind},
    members::{self, State},
    persons,
    resources::{self, Resource},
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use super::{
    apps::required_email,
    resources::output::{self, ResourceOut},
};
use crate::{
    api::{
        body::{Body, Fields, Input},
        caller::{Caller, Identity, Principal, Reach, Routes, TokenKind},
        error::{Error, Result},
        failures::Failures,
        query::Query,
        rendering::Rendering,
        reply::{
            One, Reply,
            errors::{LoginError, PlainError},
        },
    },
    app::App,
    auth::{self, Address},
    provision, token,
};

/// The routes of this file.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .open(routes!(log_in))
        .open(routes!(log_in_by_resources))
        .open(routes!(reset_password))
        .open(routes!(reset_password_by_users))
}

/// E-mail and password.
#[derive(ToSchema)]
pub struct LoginIn {
    /// The resource's e-mail.
    #[schema(format = "email")]
    pub email: String,
    /// The person's password.
    pub password: String,
}

impl Input for LoginIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            email: fields.required_text("email", 254),
            password: fields.required_text("password", 8 * 1024),
        }
    }
}

/// A failed login, or a missing `Timekit-App`.
#[derive(Serialize, ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "describes the two bodies of `Error` for OpenAPI")]
pub enum LoginFailure {
    /// E-mail or password do not match.
    Login(LoginError),
    /// The header `Timekit-App` is missing or names no app.
    Plain(PlainError),
}

/// Trade a password for a resource's own key.
///
/// Needs the header `Timekit-App`. The answer's `api_token` is the password of later requests, with the e-mail as the
/// user name.
#[utoipa::path(post, path = "/v2/auth", tag = "credentials", request_body = LoginIn, security(()),
    params(("Timekit-App" = String, Header, description = "The slug of the app")),
    responses(Failures, (status = 200, description = "The resource with its `api_token`", body = One<ResourceOut>),
        (status = 401, description = "Wrong e-mail or password, or no such app", body = LoginFailure)))]
pub async fn log_in(
    Extract(app): Extract<App>,
    headers: HeaderMap,
    query: Query,
    Address(address): Address,
    Body(input): Body<LoginIn>,
) -> Result<Reply> {
    let rendering = Rendering::read(&headers, &query)?;
    let slug = auth::named_app(&headers, &query).ok_or_else(|| auth::unnamed("is missing"))?;
    let mut conn = app.db.read(Scope::System("sign in")).await?;
    let row = apps::find(&mut conn, slug)
        .await?
        .ok_or_else(|| auth::unnamed("names no app"))?;
    drop(conn);
    let person = auth::sign_in(&app, &input.email, input.password.into(), address)
        .await?
        .ok_or(Error::LoginFailed)?;

    let mut conn = app.db.write(Scope::App(row.id)).await?;
    let resource = resources::find_by_email(&mut conn, row.id, &person.email)
        .await?
        .ok_or(Error::LoginFailed)?;
    let member = members::get(&mut conn, row.id, person.id)
        .await?
        .ok_or(Error::LoginFailed)?;
    if member.state == State::Invited {
        return Err(auth::unnamed("names an app whose invitation is still open"));
    }
    let token = server_token(&mut conn, &app, &row, &resource).await?;
    let caller = Caller {
        identity: Arc::new(Identity {
            app_id: row.id,
            slug: row.slug,
            test_mode: row.test_mode,
            principal: Principal::Resource {
                id: resource.id,
                person: Some(person.id),
                kind: TokenKind::Server,
                role: member.role,
                reach: Reach::OneApp,
            },
            allowed_origins: Vec::new(),
        }),
        rendering,
        address,
        ticket: None,
    };
    let mut out = output::one(&mut conn, &app, &caller, &query, resource).await?;
    out.api_token = Some(token);
    conn.commit().await?;

    Ok(Reply::one(out))
}

/// The resource's newest server token that can be shown, else a new one.
async fn server_token(
    conn: &mut Conn,
    app: &App,
    row: &apps::App,
    resource: &Resource,
) -> Result<String> {
    let known = credentials::of_resources(conn, row.id, &[resource.id]).await?;
    let newest = known
        .iter()
        .rev()
        .find(|credential| credential.kind == Kind::Server);
    if let Some(credential) = newest
        && let Some(token) =
            token::open_credential(app, row.id, credential).map_err(anyhow::Error::new)?
    {
        return Ok(token.expose_secret().to_owned());
    }
    Ok(
        provision::credential(conn, app, row.id, resource.id, Kind::Server)
            .await?
            .1,
    )
}

/// Trade a password for a resource's own key, by another path.
#[utoipa::path(post, path = "/v2/resources/auth", tag = "legacy", request_body = LoginIn, security(()),
    params(("Timekit-App" = String, Header, description = "The slug of the app")),
    responses(Failures, (status = 200, description = "The resource with its `api_token`", body = One<ResourceOut>),
        (status = 401, description = "Wrong e-mail or password, or no such app", body = LoginFailure)))]
pub async fn log_in_by_resources(
    app: Extract<App>,
    headers: HeaderMap,
    query: Query,
    address: Address,
    input: Body<LoginIn>,
) -> Result<Reply> {
    log_in(app, headers, query, address, input).await
}

/// Whose password to reset.
#[derive(Debug, ToSchema)]
pub struct ResetIn {
    /// The e-mail.
    #[schema(format = "email")]
    pub email: String,
}

impl Input for ResetIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            email: required_email(fields),
        }
    }
}

/// Ask for a new password.
///
/// Answers the same for an unknown e-mail. Needs an app key or the header `Timekit-App`.
#[utoipa::path(post, path = "/v2/resources/resetpassword", tag = "credentials", request_body = ResetIn,
    security((), ("basic" = [])),
    params(("Timekit-App" = Option<String>, Header, description = "The slug of the app, where no app key is sent")),
    responses((status = 204, description = "Taken note of"), Failures))]
pub async fn reset_password(
    Extract(app): Extract<App>,
    headers: HeaderMap,
    query: Query,
    Address(address): Address,
    Body(input): Body<ResetIn>,
) -> Result<Reply> {
    if headers.contains_key(header::AUTHORIZATION) {
        auth::identify(&app, &Method::POST, &headers, &query, address).await?;
    } else if auth::named_app(&headers, &query).is_none() {
        return Err(auth::unnamed("is missing"));
    }
    let mut conn = app.db.read(Scope::System("password reset")).await?;
    if let Some(person) = persons::find(&mut conn, &input.email).await? {
        tracing::info!(person = %person.id, "a new password was asked for, make a link by `daybook user reset-password`");
    }

    Ok(Reply::no_content())
}

/// Ask for a new password, by its oldest path.
#[utoipa::path(post, path = "/v2/users/resetpassword", tag = "legacy", request_body = ResetIn,
    security((), ("basic" = [])),
    params(("Timekit-App" = Option<String>, Header, description = "The slug of the app, where no app key is sent")),
    responses((status = 204, description = "Taken note of"), Failures))]
pub async fn reset_password_by_users(
    app: Extract<App>,
    headers: HeaderMap,
    query: Query,
    address: Address,
    input: Body<ResetIn>,
) -> Result<Reply> {
    reset_password(app, headers, query, address, input).await
}
