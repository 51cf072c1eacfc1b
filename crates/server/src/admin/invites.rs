//! The link of an invitation: who is invited to what, and accepting it.

use axum::{
    Router,
    extract::{Path, State as Extract},
    response::Response,
    routing::get,
};
use serde::Serialize;
use store::{
    Conn, Scope,
    members::{self, Invitation},
    persons,
};

use super::{
    Access, From, Routes, describe, name_of,
    sessions::{self, wrong_password},
    with_cookie,
};
use crate::{
    api::{
        body::{Body, Fields, Input, NAME},
        error::{Error, Result},
        reply::Reply,
    },
    app::App,
    audit::{self, Actor},
    auth, password, token,
};

pub(super) fn routes() -> Router<App> {
    Router::new().at("/invites/{token}", Access::Open, get(read).post(accept))
}

#[derive(Serialize)]
struct InviteOut {
    app_name: String,
    email: String,
    name: String,
    /// Whether the person signs in with the password they have, rather than choosing one.
    has_account: bool,
}

async fn read(Extract(app): Extract<App>, Path(token): Path<String>) -> Result<Reply> {
    let mut conn = app.db.read(Scope::System("invitation")).await?;
    let invitation = find(&mut conn, &app, &token).await?;
    let has_account = has_account(&mut conn, &invitation).await?;
    Ok(Reply::one(InviteOut {
        app_name: name_of(&invitation.settings),
        email: invitation.email,
        name: invitation.name,
        has_account,
    }))
}

/// Whoever made the invitation knows its link. So the link alone must not give a person of other apps a new password.
async fn has_account(conn: &mut Conn, invitation: &Invitation) -> Result<bool> {
    let elsewhere = members::count_elsewhere(conn, invitation.app_id, invitation.person_id).await?;
    Ok(invitation.password_hash.is_some() || elsewhere > 0)
}

struct AcceptIn {
    name: Option<String>,
    password: String,
}

impl Input for AcceptIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        let name = fields
            .text("name", NAME)
            .filter(|name| !name.trim().is_empty());
        Self {
            name,
            password: fields.required_text("password", 8 * NAME),
        }
    }
}

async fn accept(
    Extract(app): Extract<App>,
    from: From,
    Path(token): Path<String>,
    Body(input): Body<AcceptIn>,
) -> Result<Response> {
    let mut conn = app.db.read(Scope::System("invitation")).await?;
    let invitation = find(&mut conn, &app, &token).await?;
    let has_account = has_account(&mut conn, &invitation).await?;
    drop(conn);
    let hash = if has_account {
        let person =
            auth::sign_in(&app, &invitation.email, input.password.into(), from.address).await?;
        person.ok_or_else(wrong_password)?;
        None
    } else {
        let app_name = name_of(&invitation.settings);
        let own = [
            invitation.email.as_str(),
            invitation.name.as_str(),
            app_name.as_str(),
        ];
        Some(password::choose(&app, &input.password, &own).await?)
    };

    let now = app.clock.now();
    let id = invitation.person_id;
    let mut conn = app.db.write(Scope::System("invitation")).await?;
    if !members::accept(&mut conn, &token::digest(&token), now).await? {
        return Err(used());
    }
    if let Some(hash) = hash {
        persons::set_password(&mut conn, id, &hash, now).await?;
        if let Some(name) = &input.name {
            persons::set_name(&mut conn, id, name, now).await?;
        }
    }
    let person = persons::get(&mut conn, id).await?.ok_or_else(used)?;
    let actor = Actor::person(id, from.address);
    let target = format!("person:{id}");
    audit::push(
        &mut conn,
        &app.clock,
        invitation.app_id,
        actor,
        "member.accept",
        target,
        now,
    )
    .await?;
    let (session, cookie) =
        sessions::add(&mut conn, &app, &person, &from, Some(invitation.app_id)).await?;
    conn.commit().await?;
    let out = describe(&app, &session).await?;
    Ok(with_cookie(&app, &cookie, Reply::one(out)))
}

async fn find(conn: &mut Conn, app: &App, token: &str) -> Result<Invitation> {
    members::find_invitation(conn, &token::digest(token), app.clock.now())
        .await?
        .ok_or_else(used)
}

fn used() -> Error {
    Error::NoSuchPath("this invitation was used or has ended, ask for a new one".to_owned())
}
