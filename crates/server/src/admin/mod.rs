//! `/admin/api`: what the panel needs and the public API lacks (sessions, account, keys, members, invitations).
//!
//! No route is without an `Access`. Answers are never cached. A 401 carries no challenge here, since a browser would
//! put its own dialog before the panel's.

mod account;
mod checklist;
mod invites;
mod keys;
mod members;
mod resets;
mod server;
mod sessions;
mod signup;

use std::net::IpAddr;

use axum::{
    Router,
    extract::{DefaultBodyLimit, FromRequestParts, Request},
    http::{Extensions, HeaderValue, header, request::Parts},
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use domain::{AppId, Role};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use store::{
    Scope, apps,
    persons::{self, Person},
    resources,
    sessions::{self as rows, Seat, Session},
};

use crate::{
    api::error::{Error, Result},
    app::App,
    audit::Actor,
    auth::{self, cookie},
    token,
};

/// How long a given password counts for sensitive acts.
const CONFIRMED: SignedDuration = SignedDuration::from_mins(10);
/// A page shows as many apps to switch to.
const MOST_APPS: i64 = 1_000;
/// Largest body of these calls.
const LARGEST_BODY: usize = 64 * 1024;

/// Who may call a route of the panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Access {
    /// Everybody; a change must still come from the panel's own pages.
    Open,
    /// Whoever is signed in.
    SignedIn,
    /// An active member of the app that the session shows.
    Member,
    /// An owner or admin of it.
    Manager,
    /// An owner of it.
    Owner,
    /// An owner of it who gave the password within the last ten minutes.
    ConfirmedOwner,
    /// A member of it who gave the password within the last ten minutes.
    ConfirmedMember,
}

/// The routes, to be merged into the server's router.
pub fn router(app: &App) -> Router<App> {
    Router::new()
        .merge(server::routes())
        .merge(signup::routes())
        .merge(sessions::routes())
        .merge(account::routes())
        .merge(keys::routes())
        .merge(members::routes())
        .merge(invites::routes())
        .merge(resets::routes())
        .merge(checklist::routes())
        .layer(middleware::from_fn(finish))
        .layer(DefaultBodyLimit::max(
            app.config.limits.body.min(LARGEST_BODY),
        ))
}

/// Registration of routes with their access.
trait Routes {
    /// Adds handlers that callers with the access may reach.
    fn at(self, path: &str, access: Access, handlers: MethodRouter<App>) -> Self;
}

impl Routes for Router<App> {
    fn at(self, path: &str, access: Access, handlers: MethodRouter<App>) -> Self {
        let guard = move |request: Request, next: Next| async move {
            guard(access, request, next)
                .await
                .unwrap_or_else(IntoResponse::into_response)
        };
        self.route(
            &format!("/admin/api{path}"),
            handlers.route_layer(middleware::from_fn(guard)),
        )
    }
}

/// Checks origin, session, CSRF token and access before the body is read.
async fn guard(access: Access, mut request: Request, next: Next) -> Result<Response> {
    let app = app_of(request.extensions());
    if access == Access::Open {
        if !cookie::is_safe(request.method()) {
            cookie::check_origin(request.headers(), &app.config.public_url())?;
        }
        return Ok(next.run(request).await);
    }
    let address = auth::address(&request);
    let found = auth::session(&app, request.method(), request.headers()).await?;
    let visitor = Visitor {
        session: found.session,
        seat: found.seat,
        address,
    };
    visitor.check(access, app.clock.now())?;
    request.extensions_mut().insert(visitor);
    Ok(next.run(request).await)
}

/// What all answers have in common.
async fn finish(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    headers.remove(header::WWW_AUTHENTICATE);
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn app_of(extensions: &Extensions) -> App {
    extensions
        .get::<App>()
        .cloned()
        .expect("invariant: the edge layer puts the app into each request")
}

/// The person behind a request of the panel.
#[derive(Clone, Debug)]
struct Visitor {
    /// Their session.
    session: Session,
    /// What they are in the app that it shows.
    seat: Option<Seat>,
    /// Their address.
    address: IpAddr,
}

impl Visitor {
    fn check(&self, access: Access, now: Timestamp) -> Result<()> {
        let roles: &[Role] = match access {
            Access::Open | Access::SignedIn => return Ok(()),
            Access::Member | Access::ConfirmedMember => &Role::ALL,
            Access::Manager => &[Role::Owner, Role::Admin],
            Access::Owner | Access::ConfirmedOwner => &[Role::Owner],
        };
        let seat = self.seat()?;
        if !roles.contains(&seat.role) {
            return Err(Error::Forbidden(
                "your role in this app does not allow this, ask an owner".to_owned(),
            ));
        }
        let needs_password = matches!(access, Access::ConfirmedOwner | Access::ConfirmedMember);
        if needs_password && self.confirmed_until() <= now {
            return Err(Error::ForbiddenBecause {
                message: "give your password again first".to_owned(),
                code: "confirm_password",
            });
        }
        Ok(())
    }

    /// The app that the session shows.
    fn seat(&self) -> Result<&Seat> {
        self.seat.as_ref().ok_or_else(no_app)
    }

    fn app_id(&self) -> Result<AppId> {
        Ok(self.seat()?.app_id)
    }

    fn confirmed_until(&self) -> Timestamp {
        self.session.confirmed_at + CONFIRMED
    }

    fn actor(&self) -> Actor {
        Actor::person(self.session.person_id, self.address)
    }
}

impl<S: Sync> FromRequestParts<S> for Visitor {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self> {
        parts
            .extensions
            .get::<Self>()
            .cloned()
            .ok_or(Error::Unauthorized)
    }
}

fn no_app() -> Error {
    Error::ForbiddenBecause {
        message: "you belong to no app, ask an owner for an invitation".to_owned(),
        code: "no_app",
    }
}

/// An instant as the panel reads it: RFC 3339 in UTC.
#[derive(Clone, Copy, Debug)]
struct At(Timestamp);

impl Serialize for At {
    fn serialize<S: serde::Serializer>(
        &self,
        serializer: S,
    ) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// The session as the panel sees it.
#[derive(Serialize)]
struct SessionOut {
    person: PersonOut,
    csrf: String,
    /// Until when sensitive acts need no password; null once that is over.
    confirmed_until: Option<At>,
    app: CurrentApp,
    apps: Vec<AppRef>,
}

#[derive(Serialize)]
struct PersonOut {
    id: domain::PersonId,
    name: String,
    email: String,
    timezone: String,
}

#[derive(Serialize)]
struct AppRef {
    id: AppId,
    slug: String,
    name: String,
    test_mode: bool,
    role: &'static str,
}

#[derive(Serialize)]
struct CurrentApp {
    #[serde(flatten)]
    app: AppRef,
    resource_id: domain::ResourceId,
    timezone: String,
}

impl AppRef {
    fn new(joined: apps::Joined) -> Self {
        Self {
            name: name_of(&joined.app.settings),
            id: joined.app.id,
            slug: joined.app.slug,
            test_mode: joined.app.test_mode,
            role: joined.role.as_str(),
        }
    }
}

/// The name in an app's settings.
fn name_of(settings: &str) -> String {
    #[derive(serde::Deserialize)]
    struct Named {
        #[serde(default)]
        name: String,
    }
    serde_json::from_str::<Named>(settings)
        .map(|settings| settings.name)
        .unwrap_or_default()
}

/// Reads what the panel shows of a session. A session whose app is gone turns to another app of the person.
async fn describe(app: &App, session: &Session) -> Result<SessionOut> {
    let mut conn = app.db.read(Scope::System("session")).await?;
    let person = persons::get(&mut conn, session.person_id)
        .await?
        .ok_or(Error::Unauthorized)?;
    let joined = apps::of_person(&mut conn, person.id, MOST_APPS, 0).await?;
    let shown = joined
        .iter()
        .find(|joined| Some(joined.app.id) == session.app_id)
        .or(joined.first());
    let shown = shown.cloned().ok_or_else(no_app)?;
    let member = store::members::get(&mut conn, shown.app.id, person.id)
        .await?
        .ok_or_else(no_app)?;
    let resource = resources::get(&mut conn, shown.app.id, member.resource_id).await?;
    drop(conn);
    if session.app_id != Some(shown.app.id) {
        let turned = Session {
            app_id: Some(shown.app.id),
            ..session.clone()
        };
        let mut conn = app.db.write(Scope::System("session")).await?;
        rows::renew(&mut conn, &turned).await?;
        conn.commit().await?;
    }
    let confirmed_until = session.confirmed_at + CONFIRMED;
    Ok(SessionOut {
        csrf: session.csrf.clone(),
        confirmed_until: (confirmed_until > app.clock.now()).then_some(At(confirmed_until)),
        app: CurrentApp {
            resource_id: member.resource_id,
            timezone: resource
                .map_or_else(|| person.timezone.clone(), |resource| resource.timezone),
            app: AppRef::new(shown),
        },
        apps: joined.into_iter().map(AppRef::new).collect(),
        person: PersonOut {
            id: person.id,
            name: person.name,
            email: person.email,
            timezone: person.timezone,
        },
    })
}

/// A new session of a person, with the value of its cookie. It is stored by the caller, who has a unit of work.
fn new_session(
    app: &App,
    person: &Person,
    app_id: Option<AppId>,
    from: &From,
) -> (Session, String) {
    let (value, digest) = token::link(&app.clock);
    let now = app.clock.now();
    let session = Session {
        id: domain::SessionId(app.clock.id()),
        digest,
        person_id: person.id,
        app_id,
        csrf: token::link(&app.clock).0,
        address: from.address.to_string(),
        user_agent: from.user_agent.clone(),
        created_at: now,
        seen_at: now,
        confirmed_at: now,
    };
    (session, value)
}

/// Where a session is opened.
struct From {
    address: IpAddr,
    user_agent: String,
}

impl<S: Sync> FromRequestParts<S> for From {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self> {
        let auth::Address(address) = auth::Address::from_request_parts(parts, state)
            .await
            .unwrap_or_else(|never| match never {});
        let user_agent = parts
            .headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok());
        Ok(Self {
            address,
            user_agent: user_agent.unwrap_or_default().chars().take(255).collect(),
        })
    }
}

/// An answer that sets the session's cookie.
fn with_cookie(app: &App, value: &str, answer: impl IntoResponse) -> Response {
    let mut response = answer.into_response();
    response
        .headers_mut()
        .insert(header::SET_COOKIE, app.auth.cookie.set(value));
    response
}

/// Writes an act of the visitor into the log of the app that the session shows.
async fn record(
    conn: &mut store::Conn,
    app: &App,
    visitor: &Visitor,
    act: &str,
    target: String,
) -> Result<()> {
    // An act outside of any app (a password, where the last app is gone) is kept under no app.
    let id = visitor.session.app_id.unwrap_or(AppId(uuid::Uuid::nil()));
    crate::audit::push(
        conn,
        &app.clock,
        id,
        visitor.actor(),
        act,
        target,
        app.clock.now(),
    )
    .await?;
    Ok(())
}
