//! Who sends a request: keys, resources' own keys, and sessions of the panel.
//!
//! Credentials are looked up by their SHA-256, in one query, and compared in constant time. A credential of one app
//! never reaches another app, but for the server token of the person who made the app: it is shown to nobody else,
//! hence it may stand for that person wherever they are a member.

mod basic;
pub mod cookie;
mod keys;
mod throttle;
mod uses;

use std::{convert::Infallible, net::IpAddr, sync::Arc, time::Duration};

use axum::{
    extract::{FromRequestParts, Request},
    http::{Extensions, HeaderMap, HeaderValue, Method, header, request::Parts},
};
use domain::{PersonId, ProjectId, Role, email};
use jiff::{SignedDuration, Timestamp};
use secrecy::SecretString;
use store::{
    Conn, Scope, api_keys, credentials, members, password_resets,
    persons::{self, Person},
    sessions,
};
use subtle::ConstantTimeEq;

use self::{
    basic::Credentials,
    keys::Keys,
    throttle::{Admission, By, ByAddress, Logins},
};
use crate::{
    api::{
        caller::{Caller, Identity, Principal, Reach, TokenKind},
        error::{Error, Result, invalid},
        query::Query,
    },
    app::App,
    config::Config,
    password::{Passwords, Verdict},
    serve::Client,
    token,
};

pub use self::{throttle::network, uses::Uses};

/// A session that is not used for so long has ended.
pub const IDLE: SignedDuration = SignedDuration::from_hours(8);
/// A session that was opened so long ago has ended.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The most bookings by public keys through one project in a minute (`design/reliability.md` §6).
const PROJECT_BOOKINGS: u32 = 60;

/// What authentication remembers between requests.
pub struct Auth {
    keys: Keys,
    failures: ByAddress,
    public_bookings: ByAddress,
    project_bookings: By<ProjectId>,
    logins: Logins,
    /// Hashes passwords.
    pub passwords: Passwords,
    /// When keys and sessions were last used.
    pub uses: Uses,
    /// How the panel's cookie is set.
    pub cookie: cookie::Style,
}

impl Auth {
    /// Remembers nothing yet.
    pub fn new(config: &Config) -> Self {
        Self {
            keys: Keys::default(),
            failures: ByAddress::new(config.limits.auth_failures, Duration::from_mins(1)),
            public_bookings: ByAddress::new(config.limits.public_bookings, Duration::from_mins(5)),
            project_bookings: By::new(
                if config.limits.public_bookings == 0 {
                    0
                } else {
                    PROJECT_BOOKINGS
                },
                Duration::from_mins(1),
            ),
            logins: Logins::default(),
            passwords: Passwords::default(),
            uses: Uses::default(),
            cookie: cookie::Style::of(config),
        }
    }

    /// Forgets the keys that were looked up: one was changed or revoked. To be called once that is committed.
    pub fn forget_all(&self) {
        self.keys.forget_all();
    }

    /// Counts a booking by a public key; beyond the limit it is answered with the time to wait.
    pub fn check_public_booking(&self, address: IpAddr) -> Result<()> {
        self.public_bookings.count(&network(address))
    }

    /// Counts a booking by a public key through a project, in the same way.
    pub fn check_project_booking(&self, project: ProjectId) -> Result<()> {
        self.project_bookings.count(&project)
    }

    /// Drops what no longer matters.
    pub fn tidy(&self) {
        self.failures.tidy();
        self.public_bookings.tidy();
        self.project_bookings.tidy();
    }
}

/// The client's address, as the accept loop found it.
pub fn address(request: &Request) -> IpAddr {
    of_client(request.extensions())
}

/// The client's address, for handlers.
#[derive(Clone, Copy, Debug)]
pub struct Address(pub IpAddr);

impl<S: Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> std::result::Result<Self, Infallible> {
        Ok(Self(of_client(&parts.extensions)))
    }
}

/// A request that came through no accept loop, as in tests, has no address.
fn of_client(extensions: &Extensions) -> IpAddr {
    extensions
        .get::<Client>()
        .map_or(IpAddr::from([0, 0, 0, 0]), |client| client.address)
}

/// Finds out who sends a request. The `Authorization` header comes before the cookie.
pub async fn identify(
    app: &App,
    method: &Method,
    headers: &HeaderMap,
    query: &Query,
    address: IpAddr,
) -> Result<Arc<Identity>> {
    let Some(value) = headers.get(header::AUTHORIZATION) else {
        let access = session(app, method, headers).await?;
        return of_session(access).map(Arc::new);
    };
    match by_header(app, value, headers, query).await {
        Ok(identity) => Ok(identity),
        Err(error @ (Error::Unauthorized | Error::UnauthorizedBecause(_))) => {
            app.auth.failures.count(&network(address))?;
            Err(error)
        }
        Err(error) => Err(error),
    }
}

async fn by_header(
    app: &App,
    value: &HeaderValue,
    headers: &HeaderMap,
    query: &Query,
) -> Result<Arc<Identity>> {
    enum Wanted {
        Key([u8; 32]),
        Token { email: String, digest: [u8; 32] },
    }
    let wanted = basic::read(value, |credentials| {
        credentials.map(|credentials| match credentials {
            Credentials::Key(key) => Wanted::Key(token::digest(key)),
            Credentials::Token { email, token } => Wanted::Token {
                email: email::fold(email),
                digest: token::digest(token),
            },
        })
    });
    match wanted {
        None => Err(Error::Unauthorized),
        Some(Wanted::Key(digest)) => by_key(app, &digest).await,
        Some(Wanted::Token { email, digest }) => {
            let slug = named_app(headers, query).ok_or_else(|| unnamed("is missing"))?;
            by_token(app, &email, &digest, slug).await.map(Arc::new)
        }
    }
}

async fn by_key(app: &App, digest: &[u8; 32]) -> Result<Arc<Identity>> {
    let now = app.clock.now();
    let auth = &app.auth;
    if let Some(identity) = auth.keys.get(digest, now, &auth.uses) {
        return Ok(identity);
    }
    let generation = auth.keys.generation();
    let mut conn = app.db.read(Scope::System("authentication")).await?;
    let access = api_keys::find(&mut conn, digest)
        .await?
        .ok_or(Error::Unauthorized)?;
    if !bool::from(access.digest.ct_eq(digest)) || keys::has_ended(&access, now) {
        return Err(Error::Unauthorized);
    }
    let identity = Arc::new(Identity {
        app_id: access.app_id,
        slug: access.slug.clone(),
        test_mode: access.test_mode,
        principal: match access.kind {
            domain::KeyKind::App => Principal::AppKey(access.id),
            domain::KeyKind::Widget => Principal::WidgetKey(access.id),
        },
        allowed_origins: serde_json::from_str(&access.allowed_origins).unwrap_or_default(),
    });
    auth.keys
        .put(access, &identity, generation, now, &auth.uses);
    Ok(identity)
}

async fn by_token(app: &App, email: &str, digest: &[u8; 32], slug: &str) -> Result<Identity> {
    let mut conn = app.db.read(Scope::System("authentication")).await?;
    let access = credentials::find(&mut conn, digest, slug)
        .await?
        .ok_or(Error::Unauthorized)?;
    drop(conn);
    if !bool::from(access.digest.ct_eq(digest)) || access.email_fold.as_deref() != Some(email) {
        return Err(Error::Unauthorized);
    }
    let named = access.app.ok_or_else(|| unnamed("names no app of yours"))?;
    let kind = match access.kind {
        credentials::Kind::Server => TokenKind::Server,
        credentials::Kind::Client => TokenKind::Client,
    };
    let reach = if access.is_creators && kind == TokenKind::Server {
        Reach::AllApps
    } else {
        Reach::OneApp
    };
    let (resource, role) = match named.membership {
        Some(membership) if !membership.active => {
            return Err(unnamed("names an app whose invitation is still open"));
        }
        Some(membership) if named.app_id == access.home => (access.resource_id, membership.role),
        Some(membership) if reach == Reach::AllApps => (membership.resource_id, membership.role),
        _ => return Err(unnamed("names no app of yours")),
    };
    Ok(Identity {
        app_id: named.app_id,
        slug: named.slug,
        test_mode: named.test_mode,
        principal: Principal::Resource {
            id: resource,
            person: access.person_id,
            kind,
            role,
            reach,
        },
        allowed_origins: Vec::new(),
    })
}

/// The slug in `Timekit-App`, as a header or a query parameter.
pub fn named_app<'a>(headers: &'a HeaderMap, query: &'a Query) -> Option<&'a str> {
    headers
        .get("timekit-app")
        .and_then(|value| value.to_str().ok())
        .or_else(|| query.get("Timekit-App"))
        .map(str::trim)
        .filter(|slug| !slug.is_empty())
}

/// The answer to a missing or unknown slug (spec 10).
pub fn unnamed(what: &str) -> Error {
    Error::UnauthorizedBecause(format!(
        "the Timekit-App header {what}, set it to the slug of your app"
    ))
}

/// The session of a request of the panel; a change must come from the panel's own pages and carry its CSRF token.
pub async fn session(app: &App, method: &Method, headers: &HeaderMap) -> Result<sessions::Access> {
    let cookie = app.auth.cookie.read(headers).ok_or(Error::Unauthorized)?;
    let digest = token::digest(cookie);
    let mut conn = app.db.read(Scope::System("authentication")).await?;
    let access = sessions::find(&mut conn, &digest)
        .await?
        .ok_or(Error::Unauthorized)?;
    drop(conn);
    let session = &access.session;
    let now = app.clock.now();
    if !is_open(session, now) || !bool::from(session.digest.ct_eq(&digest)) {
        return Err(Error::Unauthorized);
    }
    if !cookie::is_safe(method) {
        cookie::check_origin(headers, &app.config.public_url())?;
        cookie::check_token(headers, &session.csrf)?;
    }
    if uses::minute(session.seen_at) < uses::minute(now) {
        app.auth.uses.session(session.id, now);
    }
    Ok(access)
}

/// Whether a session has neither idled nor lived too long.
pub fn is_open(session: &sessions::Session, now: Timestamp) -> bool {
    now.duration_since(session.seen_at) < IDLE && now.duration_since(session.created_at) < LIFETIME
}

fn of_session(access: sessions::Access) -> Result<Identity> {
    let seat = access.seat.ok_or_else(|| Error::ForbiddenBecause {
        message: "choose an app in the panel first".to_owned(),
        code: "no_app",
    })?;
    Ok(Identity {
        app_id: seat.app_id,
        slug: seat.slug,
        test_mode: seat.test_mode,
        principal: Principal::Session {
            person: access.session.person_id,
            resource: seat.resource_id,
            role: seat.role,
        },
        allowed_origins: Vec::new(),
    })
}

/// The person with that e-mail and password, where the attempt is admitted; `None` for wrong ones.
///
/// Unknown persons take the same steps as known ones.
pub async fn sign_in(
    app: &App,
    email: &str,
    password: SecretString,
    address: IpAddr,
) -> Result<Option<Person>> {
    let mut conn = app.db.read(Scope::System("authentication")).await?;
    let person = persons::find(&mut conn, email).await?;
    drop(conn);
    let is_right = attempt(app, email, person.as_ref(), password, address).await?;
    Ok(person.filter(|_| is_right))
}

/// Whether it is the person's password, where the attempt is admitted.
pub async fn is_password(
    app: &App,
    person: &Person,
    password: SecretString,
    address: IpAddr,
) -> Result<bool> {
    attempt(app, &person.email, Some(person), password, address).await
}

async fn attempt(
    app: &App,
    email: &str,
    person: Option<&Person>,
    password: SecretString,
    address: IpAddr,
) -> Result<bool> {
    let now = app.clock.now();
    if let Admission::KnownNetworksOnly { retry_after } =
        app.auth.logins.admit(email, address, now)?
        && !is_known_network(app, person, address, now).await?
    {
        return Err(Error::TooManyRequests { retry_after });
    }
    let stored = person.and_then(|person| person.password_hash.clone());
    let verdict = app
        .auth
        .passwords
        .verify(password.clone(), stored.clone())
        .await?;
    if !verdict.is_right() {
        return Ok(false);
    }
    app.auth.logins.succeeded(email, address);
    if let (Verdict::RightButOld, Some(person), Some(old)) = (verdict, person, stored) {
        let new = app.auth.passwords.hash(&app.clock, password).await?;
        let mut conn = app
            .db
            .write(Scope::System("a password's hash is renewed"))
            .await?;
        persons::rehash(&mut conn, person.id, &old, &new).await?;
        conn.commit().await?;
    }
    Ok(true)
}

/// Whether a session of the person was opened in the network: then it is not a stranger's.
async fn is_known_network(
    app: &App,
    person: Option<&Person>,
    address: IpAddr,
    now: Timestamp,
) -> Result<bool> {
    let Some(person) = person else {
        return Ok(false);
    };
    let mut conn = app.db.read(Scope::System("authentication")).await?;
    let sessions = sessions::list(&mut conn, person.id).await?;
    Ok(sessions.iter().any(|session| {
        now.duration_since(session.created_at) < LIFETIME
            && session
                .address
                .parse()
                .is_ok_and(|opened: IpAddr| network(opened) == network(address))
    }))
}

/// Sets a person's password by the API, in the caller's unit of work, and ends their sessions.
///
/// A password opens every app of its person. So whoever holds an app's key may do this for people of that app alone, an
/// admin only for members, and the panel has its own way, which asks for the old one.
pub async fn set_password(
    conn: &mut Conn,
    app: &App,
    caller: &Caller,
    person: PersonId,
    hash: &str,
) -> Result<()> {
    let is_own = caller.person() == Some(person);
    if matches!(caller.identity.principal, Principal::Session { .. }) && is_own {
        return Err(invalid(
            "password",
            "change your own password on the page Account, which asks for the old one",
        ));
    }
    if !(is_own && caller.reaches_all_apps()) {
        if members::count_elsewhere(conn, caller.app_id(), person).await? > 0 {
            return Err(invalid(
                "password",
                "this person belongs to other apps too, only they can change the password",
            ));
        }
        let member = members::get(conn, caller.app_id(), person).await?;
        let is_manager = member.is_some_and(|member| member.role != Role::Member);
        if is_manager && !is_own && caller.role() != Role::Owner {
            return Err(Error::Forbidden(
                "only owners may set the password of an owner or admin".to_owned(),
            ));
        }
    }
    persons::set_password(conn, person, hash, app.clock.now()).await?;
    sessions::delete_others(conn, person, None).await?;
    password_resets::delete_of_person(conn, person).await?;
    Ok(())
}
