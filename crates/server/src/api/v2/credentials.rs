//! `/v2/credentials` (spec 10): the keys of resources.

use axum::extract::{Path, State as Extract};
use domain::{AppId, CredentialId, ResourceId};
use secrecy::ExposeSecret;
use serde::Serialize;
use store::{
    Conn, apps,
    credentials::{self as rows, Credential, Kind},
    resources,
};
use utoipa::ToSchema;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    api::{
        body::{Body, Fields, Input, NAME},
        caller::{Caller, Policy, Routes},
        error::{Error, Model, Result, invalid},
        failures::Failures,
        query::{Query, unknown_criterion},
        rendering::Stamp,
        reply::{One, Paged, Reply},
    },
    app::App,
    audit, provision, token,
};

/// Rows a page.
const PAGE: u32 = 50;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .at(Policy::APP_OR_OWN, routes!(list))
        .at(Policy::APP_OR_OWN, routes!(create))
        .at(Policy::APP_OR_OWN, routes!(delete))
}

/// A resource's own key.
#[derive(Debug, Serialize, ToSchema)]
pub struct CredentialOut {
    /// Its id.
    #[schema(value_type = uuid::Uuid)]
    id: CredentialId,
    /// `server-token` (all of the resource's rows) or `client-token` (what a browser may do).
    #[serde(rename = "type")]
    kind: &'static str,
    /// The same, under its other name.
    scope: &'static str,
    /// The key itself. The server token of the person who made the app is shown to that person alone.
    #[schema(required)]
    token: Option<String>,
    /// Whose it is.
    #[schema(value_type = uuid::Uuid)]
    resource_id: ResourceId,
    /// When it was made.
    created_at: Stamp,
    /// When it was last changed.
    updated_at: Stamp,
}

/// Renders a credential; `creator` is the resource of the person who made the app.
pub fn out(
    app: &App,
    caller: &Caller,
    credential: &Credential,
    creator: Option<ResourceId>,
) -> Result<CredentialOut> {
    let token = if caller.sees_token(credential.resource_id, credential.kind, creator) {
        token::open_credential(app, caller.app_id(), credential).map_err(anyhow::Error::new)?
    } else {
        None
    };
    Ok(CredentialOut {
        id: credential.id,
        kind: credential.kind.as_str(),
        scope: credential.kind.as_str(),
        token: token.map(|token| token.expose_secret().to_owned()),
        resource_id: credential.resource_id,
        created_at: caller.rendering.record(credential.created_at),
        updated_at: caller.rendering.record(credential.updated_at),
    })
}

/// A new key for a resource.
#[derive(Debug, ToSchema)]
pub struct CredentialIn {
    /// Whose it is; needed with an app key.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub resource_id: Option<ResourceId>,
    /// `client-token` (default) or `server-token`.
    #[schema(rename = "type", value_type = Option<String>)]
    pub kind: Kind,
}

impl Input for CredentialIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        let field = if fields.value("type").is_some() {
            "type"
        } else {
            "scope"
        };
        let text = fields.text(field, NAME);
        let kind = text.as_deref().map_or(Some(Kind::Client), Kind::parse);
        if kind.is_none() {
            fields.error(
                field,
                format!("{field} must be client-token or server-token"),
            );
        }
        Self {
            resource_id: fields.id("resource_id"),
            kind: kind.unwrap_or(Kind::Client),
        }
    }
}

/// List keys of resources.
#[utoipa::path(get, path = "/v2/credentials", tag = "credentials",
    params(("search" = Option<String>, Query, description = "`resource.id:UUID`"),
        ("limit" = Option<String>, Query, description = "Rows a page, 50 by default and 1,000 at most"),
        ("page" = Option<String>, Query, description = "From 1")),
    responses((status = 200, description = "A page of keys", body = Paged<CredentialOut>), Failures))]
pub async fn list(Extract(app): Extract<App>, caller: Caller, query: Query) -> Result<Reply> {
    let wanted = wanted(&caller, &query)?;
    let page = query.page(PAGE);

    let mut conn = app.read(&caller).await?;
    let (credentials, total) =
        rows::list(&mut conn, caller.app_id(), wanted.as_deref(), page).await?;
    let creator = apps::creator(&mut conn, caller.app_id()).await?;
    let credentials: Vec<CredentialOut> = credentials
        .iter()
        .map(|credential| out(&app, &caller, credential, creator))
        .collect::<Result<_>>()?;

    Ok(query.paged(&app, page, total, credentials))
}

/// The resources whose keys are asked for and may be seen; `None` = of all.
fn wanted(caller: &Caller, query: &Query) -> Result<Option<Vec<ResourceId>>> {
    let mut wanted: Option<Vec<ResourceId>> = caller.own().map(|own| vec![own]);
    for criterion in query.search() {
        match criterion.key.as_deref() {
            Some("resource.id" | "resource_id") => {
                let id: ResourceId = criterion
                    .value
                    .to_ascii_lowercase()
                    .parse()
                    .map_err(|_| invalid("search", "resource id must be a valid UUID"))?;
                let mut allowed = wanted.unwrap_or_else(|| vec![id]);
                allowed.retain(|other| *other == id);
                wanted = Some(allowed);
            }
            key => {
                return Err(Error::Invalid(unknown_criterion(
                    key.unwrap_or_default(),
                    "resource.id",
                )));
            }
        }
    }
    Ok(wanted)
}

/// Make a key for a resource.
#[utoipa::path(post, path = "/v2/credentials", tag = "credentials", request_body = CredentialIn,
    params(("Idempotency-Key" = Option<String>, Header, description = "Repeat a request under the same key and it has one effect")),
    responses((status = 201, description = "The new key", body = One<CredentialOut>), Failures))]
pub async fn create(
    Extract(app): Extract<App>,
    caller: Caller,
    Body(input): Body<CredentialIn>,
) -> Result<Reply> {
    let resource = match (input.resource_id, caller.own()) {
        (Some(named), Some(own)) if named != own => return Err(Error::NotFound(Model::Resource)),
        (Some(named), _) => named,
        (None, Some(own)) => own,
        (None, None) => return Err(invalid("resource_id", "resource id is required")),
    };
    let id = caller.app_id();

    let mut conn = app.write(&caller).await?;
    if resources::get(&mut conn, id, resource).await?.is_none() {
        return Err(Error::NotFound(Model::Resource));
    }
    let creator = apps::creator(&mut conn, id).await?;
    if !caller.sees_token(resource, input.kind, creator) {
        return Err(Error::Forbidden(
            "only the person who made the app can make this key".to_owned(),
        ));
    }
    let (credential, _) = provision::credential(&mut conn, &app, id, resource, input.kind).await?;
    push(
        &mut conn,
        &app,
        &caller,
        id,
        "credential.create",
        credential.id,
    )
    .await?;
    let out = out(&app, &caller, &credential, creator)?;

    app.finish(conn, &caller, Reply::created(out)).await
}

/// Revoke a key of a resource.
#[utoipa::path(delete, path = "/v2/credentials/{id}", tag = "credentials",
    params(("id" = String, Path, description = "The key")),
    responses((status = 204, description = "It works no longer"), Failures))]
pub async fn delete(
    Extract(app): Extract<App>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Reply> {
    let missing = || Error::NotFound(Model::Credential);
    let id: CredentialId = id.to_ascii_lowercase().parse().map_err(|_| missing())?;
    let app_id = caller.app_id();

    let mut conn = app.write(&caller).await?;
    let credential = rows::get(&mut conn, app_id, id).await?;
    let credential = credential
        .filter(|credential| caller.own().is_none_or(|own| own == credential.resource_id))
        .ok_or_else(missing)?;
    rows::delete(&mut conn, app_id, credential.id).await?;
    push(
        &mut conn,
        &app,
        &caller,
        app_id,
        "credential.delete",
        credential.id,
    )
    .await?;

    app.finish(conn, &caller, Reply::no_content()).await
}

async fn push(
    conn: &mut Conn,
    app: &App,
    caller: &Caller,
    app_id: AppId,
    act: &str,
    id: CredentialId,
) -> Result<()> {
    let now = app.clock.now();
    audit::push(
        conn,
        &app.clock,
        app_id,
        caller.into(),
        act,
        format!("credential:{id}"),
        now,
    )
    .await?;
    Ok(())
}
