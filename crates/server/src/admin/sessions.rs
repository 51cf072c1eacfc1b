//! Signing in and out, the session itself, and the list of a person's sessions.

use axum::{
    Router,
    extract::{Path, State as Extract},
    http::{HeaderMap, Method, header},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use domain::{AppId, SessionId};
use serde::Serialize;
use store::{
    Conn, Scope, apps, members,
    persons::{self, Person},
    sessions::{self as rows, Session},
};

use super::{
    Access, At, CONFIRMED, From, Routes, Visitor, describe, new_session, no_app, record,
    with_cookie,
};
use crate::{
    api::{
        body::{Body, Fields, Input, NAME},
        error::{Error, Result, invalid},
        reply::Reply,
    },
    app::App,
    auth, token,
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .at("/login", Access::Open, post(log_in))
        .at("/logout", Access::Open, post(log_out))
        .at("/session", Access::SignedIn, get(read))
        .at("/session/confirm", Access::SignedIn, post(confirm))
        .at("/session/app", Access::SignedIn, post(switch))
        .at("/sessions", Access::SignedIn, get(list))
        .at("/sessions/{id}", Access::SignedIn, delete(end))
}

struct LoginIn {
    email: String,
    password: String,
}

impl Input for LoginIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            email: fields.required_text("email", NAME),
            password: fields.required_text("password", 8 * NAME),
        }
    }
}

async fn log_in(
    Extract(app): Extract<App>,
    from: From,
    Body(input): Body<LoginIn>,
) -> Result<Response> {
    let person = auth::sign_in(&app, &input.email, input.password.into(), from.address).await?;
    let person = person.ok_or_else(wrong_password)?;
    open(&app, &person, &from, None).await
}

/// The refusal that does not tell whether the e-mail is known.
pub(super) fn wrong_password() -> Error {
    Error::UnauthorizedBecause("e-mail or password does not match".to_owned())
}

/// Opens a session of a person, and answers with it. It shows `wanted`, else the app that the person joined first.
pub(super) async fn open(
    app: &App,
    person: &Person,
    from: &From,
    wanted: Option<AppId>,
) -> Result<Response> {
    let mut conn = app.db.write(Scope::System("sign in")).await?;
    let answer = add(&mut conn, app, person, from, wanted).await?;
    conn.commit().await?;
    let (session, cookie) = answer;
    let out = describe(app, &session).await?;
    Ok(with_cookie(app, &cookie, Reply::one(out)))
}

/// Adds a session in a unit of work; also answers with the cookie's value.
pub(super) async fn add(
    conn: &mut Conn,
    app: &App,
    person: &Person,
    from: &From,
    wanted: Option<AppId>,
) -> Result<(Session, String)> {
    let shown = match wanted {
        Some(app_id) => app_id,
        None => {
            apps::of_person(conn, person.id, 1, 0)
                .await?
                .first()
                .ok_or_else(no_app)?
                .app
                .id
        }
    };
    let (session, cookie) = new_session(app, person, Some(shown), from);
    rows::insert(conn, &session).await?;
    Ok((session, cookie))
}

/// Ends the session where there is one. Without one there is nothing to protect, hence no token is asked for.
async fn log_out(Extract(app): Extract<App>, headers: HeaderMap) -> Result<Response> {
    match auth::session(&app, &Method::POST, &headers).await {
        Ok(found) => {
            let mut conn = app.db.write(Scope::System("sign out")).await?;
            rows::delete(&mut conn, found.session.person_id, found.session.id).await?;
            conn.commit().await?;
        }
        Err(Error::Unauthorized) => {}
        Err(error) => return Err(error),
    }
    let mut response = Reply::no_content().into_response();
    response
        .headers_mut()
        .insert(header::SET_COOKIE, app.auth.cookie.remove());
    Ok(response)
}

async fn read(Extract(app): Extract<App>, visitor: Visitor) -> Result<Reply> {
    // A person without any app is as good as signed out: no page could show anything.
    match describe(&app, &visitor.session).await {
        Err(Error::ForbiddenBecause { code: "no_app", .. }) => Err(Error::Unauthorized),
        described => Ok(Reply::one(described?)),
    }
}

struct ConfirmIn {
    password: String,
}

impl Input for ConfirmIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            password: fields.required_text("password", 8 * NAME),
        }
    }
}

#[derive(Serialize)]
struct ConfirmOut {
    confirmed_until: At,
}

async fn confirm(
    Extract(app): Extract<App>,
    visitor: Visitor,
    Body(input): Body<ConfirmIn>,
) -> Result<Response> {
    check_password(&app, &visitor, input.password, "password").await?;
    let session = Session {
        confirmed_at: app.clock.now(),
        ..visitor.session
    };
    let confirmed_until = At(session.confirmed_at + CONFIRMED);
    renew(&app, session, Reply::one(ConfirmOut { confirmed_until })).await
}

/// The visitor, where it is their password; else an error of the field.
pub(super) async fn check_password(
    app: &App,
    visitor: &Visitor,
    password: String,
    field: &str,
) -> Result<Person> {
    let mut conn = app.db.read(Scope::System("password")).await?;
    let person = persons::get(&mut conn, visitor.session.person_id)
        .await?
        .ok_or(Error::Unauthorized)?;
    drop(conn);
    if auth::is_password(app, &person, password.into(), visitor.address).await? {
        Ok(person)
    } else {
        Err(invalid(field, "this is not your password"))
    }
}

/// Stores a changed session under a new cookie, since its rights have changed, and sets that cookie.
async fn renew(app: &App, mut session: Session, reply: Reply) -> Result<Response> {
    let (cookie, digest) = token::link(&app.clock);
    session.digest = digest;
    session.seen_at = app.clock.now();
    let mut conn = app.db.write(Scope::System("session")).await?;
    if !rows::renew(&mut conn, &session).await? {
        return Err(Error::Unauthorized);
    }
    conn.commit().await?;
    Ok(with_cookie(app, &cookie, reply))
}

struct SwitchIn {
    app_id: Option<AppId>,
}

impl Input for SwitchIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        if fields.value("app_id").is_none() {
            fields.required("app_id");
        }
        Self {
            app_id: fields.id("app_id"),
        }
    }
}

async fn switch(
    Extract(app): Extract<App>,
    visitor: Visitor,
    Body(input): Body<SwitchIn>,
) -> Result<Response> {
    let missing = || invalid("app_id", "you are no member of this app");
    let app_id = input.app_id.ok_or_else(missing)?;
    let mut conn = app.db.read(Scope::System("session")).await?;
    let member = members::get(&mut conn, app_id, visitor.session.person_id).await?;
    let is_member = member.is_some_and(|member| member.state == members::State::Active);
    if !is_member || apps::get(&mut conn, app_id).await?.is_none() {
        return Err(missing());
    }
    drop(conn);
    let session = Session {
        app_id: Some(app_id),
        csrf: token::link(&app.clock).0,
        ..visitor.session
    };
    let out = describe(&app, &session).await?;
    renew(&app, session, Reply::one(out)).await
}

#[derive(Serialize)]
struct ListedSession {
    id: SessionId,
    current: bool,
    created_at: At,
    seen_at: At,
    address: String,
    user_agent: String,
}

async fn list(Extract(app): Extract<App>, visitor: Visitor) -> Result<Reply> {
    let now = app.clock.now();
    let mut conn = app.db.read(Scope::System("sessions")).await?;
    let sessions = rows::list(&mut conn, visitor.session.person_id).await?;
    let listed: Vec<ListedSession> = sessions
        .into_iter()
        .filter(|session| auth::is_open(session, now))
        .map(|session| ListedSession {
            current: session.id == visitor.session.id,
            id: session.id,
            created_at: At(session.created_at),
            seen_at: At(session.seen_at),
            address: session.address,
            user_agent: session.user_agent,
        })
        .collect();
    Ok(Reply::one(listed))
}

async fn end(
    Extract(app): Extract<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Reply> {
    let missing = || Error::NoSuchPath("this session has ended already".to_owned());
    let id: SessionId = id.to_ascii_lowercase().parse().map_err(|_| missing())?;
    let mut conn = app.db.write(Scope::System("sessions")).await?;
    if !rows::delete(&mut conn, visitor.session.person_id, id).await? {
        return Err(missing());
    }
    record(
        &mut conn,
        &app,
        &visitor,
        "session.end",
        format!("session:{id}"),
    )
    .await?;
    conn.commit().await?;
    Ok(Reply::no_content())
}
