//! `/admin/api/signup`: a person, an app, and a session in one step.

use axum::{
    Router, extract::State as Extract, http::StatusCode, response::Response, routing::post,
};
use domain::{Mode, PersonId};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::Map;
use store::{
    Scope,
    persons::{self, Person},
    sessions,
};

use super::{
    Access, From, Routes, SessionOut, describe, new_session, server::may_sign_up, with_cookie,
};
use crate::{
    api::{
        body::{Body, Fields, Input, NAME},
        error::{Error, Result, invalid},
        reply::Reply,
        v2::required_email,
    },
    app::App,
    audit::{self, Actor},
    password,
    signup::{Draft, with_contact},
};

pub(super) fn routes() -> Router<App> {
    Router::new().at("/signup", Access::Open, post(sign_up))
}

struct SignUpIn {
    name: String,
    email: String,
    password: String,
    app_name: String,
    timezone: String,
}

impl Input for SignUpIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        let timezone = fields.zone("timezone");
        if fields.value("timezone").is_none() {
            fields.required("timezone");
        }
        let read = Self {
            name: fields.required_text("name", NAME),
            email: required_email(fields),
            password: fields.required_text("password", 8 * NAME),
            app_name: fields.required_text("app_name", NAME),
            timezone: timezone.unwrap_or_default(),
        };
        if !read.password.is_empty()
            && let Err(message) =
                password::check(&read.password, &[&read.email, &read.name, &read.app_name])
        {
            fields.error("password", message);
        }
        read
    }
}

#[derive(Serialize)]
struct SignedUp {
    data: SessionOut,
    /// The App token, shown once here and later on the page "API settings".
    app_token: String,
}

async fn sign_up(
    Extract(app): Extract<App>,
    from: From,
    Body(input): Body<SignUpIn>,
) -> Result<Response> {
    let closed = || Error::ForbiddenBecause {
        message: "sign-up is closed on this server, ask its operator".to_owned(),
        code: "signup_closed",
    };
    let mut conn = app.db.read(Scope::System("sign-up")).await?;
    if !may_sign_up(app.config.signup, !persons::any(&mut conn).await?) {
        return Err(closed());
    }
    if persons::find(&mut conn, &input.email).await?.is_some() {
        return Err(taken());
    }
    drop(conn);
    let hash = app
        .auth
        .passwords
        .hash(&app.clock, input.password.into())
        .await?;
    let now = app.clock.now();
    let owner = Person {
        id: PersonId(app.clock.id()),
        email: input.email,
        name: input.name,
        timezone: input.timezone,
        password_hash: Some(hash),
        created_at: now,
        updated_at: now,
    };
    let settings = with_contact(Map::new(), &owner.name, &owner.email);
    let draft = Draft::new(&app, &input.app_name, settings, Mode::Live);

    let mut conn = app.db.write(Scope::System("sign-up")).await?;
    if !may_sign_up(app.config.signup, !persons::any(&mut conn).await?) {
        return Err(closed());
    }
    if !persons::insert(&mut conn, &owner).await? {
        return Err(taken());
    }
    let created = draft.save(&mut conn, &app, &owner).await?;
    let (session, cookie) = new_session(&app, &owner, Some(created.app.id), &from);
    sessions::insert(&mut conn, &session).await?;
    let actor = Actor::person(owner.id, from.address);
    let target = format!("app:{}", created.app.id);
    audit::push(
        &mut conn,
        &app.clock,
        created.app.id,
        actor,
        "app.create",
        target,
        now,
    )
    .await?;
    conn.commit().await?;

    let data = describe(&app, &session).await?;
    let answer = SignedUp {
        data,
        app_token: created.app_key.expose_secret().to_owned(),
    };
    Ok(with_cookie(
        &app,
        &cookie,
        Reply::json(StatusCode::CREATED, &answer),
    ))
}

fn taken() -> Error {
    invalid(
        "email",
        "this e-mail has an account already, sign in instead",
    )
}
