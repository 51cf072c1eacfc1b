//! Who calls, and what each kind of caller may call (spec 10, "Which key may call what").
//!
//! A route cannot be registered without a [`Policy`]: [`Routes::at`] takes one. Credentials are checked before the body
//! and the path's id are looked at.

use std::{net::IpAddr, sync::Arc};

use axum::{
    extract::{FromRequestParts, OptionalFromRequestParts, Request},
    http::{HeaderName, HeaderValue, Method, header, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse, Response},
};
use domain::{AppId, KeyId, PersonId, ResourceId, Role};
use store::credentials::Kind;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter, UtoipaMethodRouterExt};

use super::{
    error::{Error, Result},
    idempotency::{self, Ticket},
    query::Query,
    rendering::Rendering,
};
use crate::{app::App, auth};

/// Sent on every answer to a test-mode app's key.
const TEST_MODE: HeaderName = HeaderName::from_static("timekit-testmode");

/// How a caller proved who it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// An app key: the whole app.
    AppKey(KeyId),
    /// A widget key: public.
    WidgetKey(KeyId),
    /// A resource's own key.
    Resource {
        /// The resource.
        id: ResourceId,
        /// The person behind it, where it has an e-mail.
        person: Option<PersonId>,
        /// Safe in a browser, or full access to the resource's rows.
        kind: TokenKind,
        /// The person's role in the app.
        role: Role,
        /// How far the key reaches.
        reach: Reach,
    },
    /// A person signed in to the panel.
    Session {
        /// The person.
        person: PersonId,
        /// The person's resource in the app.
        resource: ResourceId,
        /// The person's role in the app.
        role: Role,
    },
}

/// How far a resource's own key reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// Its own app: whoever holds the app's key can see it.
    OneApp,
    /// Every app that the person is a member of: the key is shown to that person alone.
    AllApps,
}

/// The two kinds of resource keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenKind {
    /// `server-token`
    Server,
    /// `client-token`
    Client,
}

/// What authentication found out.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The app.
    pub app_id: AppId,
    /// Its slug.
    pub slug: String,
    /// Whether it is a test-mode app.
    pub test_mode: bool,
    /// Who.
    pub principal: Principal,
    /// Origins that a widget key may be used from; empty = any.
    pub allowed_origins: Vec<String>,
}

/// The authenticated caller of a request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// Who.
    pub identity: Arc<Identity>,
    /// How timestamps are read and written.
    pub rendering: Rendering,
    /// The client's address.
    pub address: IpAddr,
    /// The `Idempotency-Key`, used by [`App::write`] and [`App::finish`].
    pub(crate) ticket: Option<Arc<Ticket>>,
}

impl Caller {
    /// The app.
    pub fn app_id(&self) -> AppId {
        self.identity.app_id
    }

    /// The resource that the caller is confined to; `None` sees the whole app.
    pub fn own(&self) -> Option<ResourceId> {
        match self.identity.principal {
            Principal::AppKey(_) | Principal::WidgetKey(_) => None,
            Principal::Resource { id, .. } => Some(id),
            Principal::Session { resource, role, .. } => (role == Role::Member).then_some(resource),
        }
    }

    /// The caller's role in the app; an app key is as good as the owner.
    pub fn role(&self) -> Role {
        match self.identity.principal {
            Principal::AppKey(_) => Role::Owner,
            Principal::WidgetKey(_) => Role::Member,
            Principal::Resource { role, .. } | Principal::Session { role, .. } => role,
        }
    }

    /// The person, where there is one.
    pub fn person(&self) -> Option<PersonId> {
        match self.identity.principal {
            Principal::AppKey(_) | Principal::WidgetKey(_) => None,
            Principal::Resource { person, .. } => person,
            Principal::Session { person, .. } => Some(person),
        }
    }

    /// The resource behind a resource key or a session.
    pub fn resource(&self) -> Option<ResourceId> {
        match self.identity.principal {
            Principal::AppKey(_) | Principal::WidgetKey(_) => None,
            Principal::Resource { id, .. } => Some(id),
            Principal::Session { resource, .. } => Some(resource),
        }
    }

    /// Whether the caller stands in a public page.
    pub fn is_public(&self) -> bool {
        matches!(
            self.identity.principal,
            Principal::WidgetKey(_)
                | Principal::Resource {
                    kind: TokenKind::Client,
                    ..
                }
        )
    }

    /// Whether the tokens of the resources that the caller sees may be shown.
    pub fn sees_tokens(&self) -> bool {
        match self.identity.principal {
            Principal::WidgetKey(_) => false,
            Principal::Resource { kind, .. } => kind == TokenKind::Server,
            Principal::AppKey(_) | Principal::Session { .. } => true,
        }
    }

    /// Whether a resource's key may be shown. The server token of the app's creator reaches the creator's other apps,
    /// hence nobody but the creator sees it.
    pub fn sees_token(
        &self,
        resource: ResourceId,
        kind: Kind,
        creator: Option<ResourceId>,
    ) -> bool {
        let reaches_far = kind == Kind::Server && Some(resource) == creator;
        self.sees_tokens() && (!reaches_far || self.resource() == Some(resource))
    }

    /// Whether the caller stands for the person in all apps.
    pub fn reaches_all_apps(&self) -> bool {
        match self.identity.principal {
            Principal::AppKey(_) | Principal::WidgetKey(_) => false,
            Principal::Resource { reach, .. } => reach == Reach::AllApps,
            Principal::Session { .. } => true,
        }
    }

    /// Whether secrets of the app may be shown: an app key, or a full-access key or session of an owner (20).
    pub fn sees_app_secrets(&self) -> bool {
        match self.identity.principal {
            Principal::AppKey(_) => true,
            Principal::WidgetKey(_) => false,
            Principal::Resource { kind, role, .. } => {
                kind == TokenKind::Server && role == Role::Owner
            }
            Principal::Session { role, .. } => role == Role::Owner,
        }
    }
}

/// Which resource keys may call a route.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Resources {
    None,
    Owner,
    Any,
}

/// Whose session in the panel is as good as the app key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LikeKey {
    OwnersAndAdmins,
    Owners,
}

/// Who may call a route: a row of the table in spec 10.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    app_key: bool,
    server_token: Resources,
    client_token: bool,
    widget_key: bool,
    in_panel: LikeKey,
}

impl Policy {
    /// App keys, and in the panel owners and admins.
    pub const APP: Self = Self {
        app_key: true,
        server_token: Resources::None,
        client_token: false,
        widget_key: false,
        in_panel: LikeKey::OwnersAndAdmins,
    };
    /// App keys; resource keys for their own rows.
    pub const APP_OR_OWN: Self = Self {
        server_token: Resources::Any,
        ..Self::APP
    };
    /// App keys and owners.
    pub const APP_OR_OWNER: Self = Self {
        server_token: Resources::Owner,
        ..Self::APP
    };
    /// App keys, owners, and widget keys for reading.
    pub const APP_OR_OWNER_OR_WIDGET: Self = Self {
        widget_key: true,
        ..Self::APP_OR_OWNER
    };
    /// App and widget keys.
    pub const APP_OR_WIDGET: Self = Self {
        widget_key: true,
        ..Self::APP
    };
    /// App keys and owners, not admins: members and keys are theirs alone.
    pub const APP_OR_OWNER_ALONE: Self = Self {
        in_panel: LikeKey::Owners,
        ..Self::APP_OR_OWNER
    };
    /// Owners by their personal key.
    pub const OWNER: Self = Self {
        app_key: false,
        ..Self::APP_OR_OWNER_ALONE
    };
    /// Full-access resource keys, for their own rows.
    pub const OWN: Self = Self {
        app_key: false,
        ..Self::APP_OR_OWN
    };
    /// Resource keys of both kinds.
    pub const RESOURCE: Self = Self {
        app_key: false,
        server_token: Resources::Any,
        client_token: true,
        widget_key: false,
        in_panel: LikeKey::OwnersAndAdmins,
    };
    /// Any credential, widget keys included.
    pub const ANY: Self = Self {
        app_key: true,
        server_token: Resources::Any,
        client_token: true,
        widget_key: true,
        in_panel: LikeKey::OwnersAndAdmins,
    };

    fn admits(self, principal: &Principal) -> bool {
        let role_fits = |role: Role| match self.server_token {
            Resources::None => false,
            Resources::Owner => role == Role::Owner,
            Resources::Any => true,
        };
        match principal {
            Principal::AppKey(_) => self.app_key,
            Principal::WidgetKey(_) => self.widget_key,
            Principal::Resource {
                kind: TokenKind::Client,
                ..
            } => self.client_token,
            Principal::Resource { role, .. } => role_fits(*role),
            Principal::Session { role, .. } => {
                let is_like_key = match role {
                    Role::Owner => true,
                    Role::Admin => self.in_panel == LikeKey::OwnersAndAdmins,
                    Role::Member => false,
                };
                role_fits(*role) || (self.app_key && is_like_key)
            }
        }
    }
}

/// Registration of routes with their policies.
pub trait Routes {
    /// Adds handlers that callers of the policy may reach.
    #[must_use]
    fn at(self, policy: Policy, routes: UtoipaMethodRouter<App>) -> Self;
    /// Adds handlers that need no credentials.
    #[must_use]
    fn open(self, routes: UtoipaMethodRouter<App>) -> Self;
}

impl Routes for OpenApiRouter<App> {
    fn at(self, policy: Policy, routes: UtoipaMethodRouter<App>) -> Self {
        let guard = move |request: Request, next: Next| async move {
            let is_own_page = is_own_page(&request);
            let mut response = guard(policy, request, next)
                .await
                .unwrap_or_else(IntoResponse::into_response);
            if is_own_page {
                response.headers_mut().remove(header::WWW_AUTHENTICATE);
            }
            response
        };
        self.routes(routes.map(|handlers| handlers.route_layer(middleware::from_fn(guard))))
    }

    fn open(self, routes: UtoipaMethodRouter<App>) -> Self {
        self.routes(routes)
    }
}

/// Whether a page of ours asks: to a challenge the browser would put its own dialog before the panel's.
fn is_own_page(request: &Request) -> bool {
    request
        .headers()
        .get("sec-fetch-site")
        .is_some_and(|site| site == "same-origin")
}

/// Authenticates, checks the policy, and runs the handler under the request's `Idempotency-Key`.
async fn guard(policy: Policy, mut request: Request, next: Next) -> Result<Response> {
    let app = request
        .extensions()
        .get::<App>()
        .cloned()
        .expect("invariant: the edge layer puts the app into each request");
    let query = Query::from_uri(request.uri());
    let address = auth::address(&request);
    let identity =
        auth::identify(&app, request.method(), request.headers(), &query, address).await?;
    let test_mode = identity.test_mode;
    let response = async {
        if !policy.admits(&identity.principal) {
            return Err(Error::Forbidden(
                "this key may not call this path, see the table in /docs".to_owned(),
            ));
        }
        check_origin(&identity, &request, &app.config.public_url())?;
        let rendering = Rendering::read(request.headers(), &query)?;
        let app_id = identity.app_id;
        request.extensions_mut().insert(Caller {
            identity,
            rendering,
            address,
            ticket: None,
        });
        idempotency::around(&app, app_id, request, next).await
    }
    .await;
    let mut response = response.unwrap_or_else(IntoResponse::into_response);
    if test_mode {
        response
            .headers_mut()
            .insert(TEST_MODE, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// A widget key with allowed origins works in pages of those origins only, and in this server's own booking pages. A
/// request without `Origin` comes from no page, and no header proves anything about it.
fn check_origin(identity: &Identity, request: &Request, own: &str) -> Result<()> {
    if identity.allowed_origins.is_empty() || request.method() == Method::OPTIONS {
        return Ok(());
    }
    let Some(origin) = request.headers().get(header::ORIGIN) else {
        return Ok(());
    };
    if identity
        .allowed_origins
        .iter()
        .map(String::as_str)
        .chain([own])
        .any(|allowed| origin.as_bytes().eq_ignore_ascii_case(allowed.as_bytes()))
    {
        return Ok(());
    }
    Err(Error::Forbidden(
        "this widget key may not be used from this origin, add it on the API settings page"
            .to_owned(),
    ))
}

impl<S: Sync> FromRequestParts<S> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or(Error::Unauthorized)
    }
}

impl<S: Sync> OptionalFromRequestParts<S> for Caller {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>> {
        Ok(parts.extensions.get::<Self>().cloned())
    }
}
