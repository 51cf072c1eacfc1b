//! The signed-in person: name, password, personal key.

use axum::{
    Router,
    extract::State as Extract,
    routing::{get, post, put},
};
use secrecy::ExposeSecret;
use serde::Serialize;
use store::{
    Conn, Scope,
    credentials::{self, Credential, Kind},
    password_resets, persons, sessions,
};

use super::{Access, Routes, Visitor, name_of, record, sessions::check_password};
use crate::{
    api::{
        body::{Body, Fields, Input, NAME},
        error::{Error, Result},
        reply::Reply,
    },
    app::App,
    password, token,
};

pub(super) fn routes() -> Router<App> {
    Router::new()
        .at("/account", Access::SignedIn, put(save))
        .at("/account/password", Access::SignedIn, put(save_password))
        .at("/account/personal-key", Access::Member, get(personal_key))
        .at(
            "/account/personal-key/reveal",
            Access::ConfirmedMember,
            post(reveal),
        )
}

struct AccountIn {
    name: String,
}

impl Input for AccountIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            name: fields.required_text("name", NAME),
        }
    }
}

async fn save(
    Extract(app): Extract<App>,
    visitor: Visitor,
    Body(input): Body<AccountIn>,
) -> Result<Reply> {
    let person = visitor.session.person_id;
    let mut conn = app.db.write(Scope::System("account")).await?;
    persons::set_name(&mut conn, person, &input.name, app.clock.now()).await?;
    record(
        &mut conn,
        &app,
        &visitor,
        "person.name",
        format!("person:{person}"),
    )
    .await?;
    conn.commit().await?;
    Ok(Reply::no_content())
}

struct PasswordIn {
    current_password: String,
    password: String,
}

impl Input for PasswordIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            current_password: fields.required_text("current_password", 8 * NAME),
            password: fields.required_text("password", 8 * NAME),
        }
    }
}

/// Changes the password and ends the person's other sessions.
async fn save_password(
    Extract(app): Extract<App>,
    visitor: Visitor,
    Body(input): Body<PasswordIn>,
) -> Result<Reply> {
    let person = check_password(&app, &visitor, input.current_password, "current_password").await?;
    let app_name = app_name(&app, &visitor).await?;
    let hash = password::choose(
        &app,
        &input.password,
        &[&person.email, &person.name, &app_name],
    )
    .await?;

    let mut conn = app.db.write(Scope::System("account")).await?;
    persons::set_password(&mut conn, person.id, &hash, app.clock.now()).await?;
    password_resets::delete_of_person(&mut conn, person.id).await?;
    sessions::delete_others(&mut conn, person.id, Some(visitor.session.id)).await?;
    record(
        &mut conn,
        &app,
        &visitor,
        "person.password",
        format!("person:{}", person.id),
    )
    .await?;
    conn.commit().await?;
    Ok(Reply::no_content())
}

async fn app_name(app: &App, visitor: &Visitor) -> Result<String> {
    let Some(seat) = &visitor.seat else {
        return Ok(String::new());
    };
    let mut conn = app.db.read(Scope::App(seat.app_id)).await?;
    let row = store::apps::get(&mut conn, seat.app_id).await?;
    Ok(row.map(|row| name_of(&row.settings)).unwrap_or_default())
}

#[derive(Serialize)]
struct PersonalKeyOut {
    email: String,
    last4: String,
    app_slug: String,
}

async fn personal_key(Extract(app): Extract<App>, visitor: Visitor) -> Result<Reply> {
    let seat = visitor.seat()?;
    let mut conn = app.db.read(Scope::System("personal key")).await?;
    let person = persons::get(&mut conn, visitor.session.person_id)
        .await?
        .ok_or(Error::Unauthorized)?;
    let credential = newest(&mut conn, &visitor).await?;
    Ok(Reply::one(PersonalKeyOut {
        email: person.email,
        last4: credential.last4,
        app_slug: seat.slug.clone(),
    }))
}

#[derive(Serialize)]
struct Revealed {
    value: String,
}

async fn reveal(Extract(app): Extract<App>, visitor: Visitor) -> Result<Reply> {
    let app_id = visitor.app_id()?;
    let mut conn = app.db.write(Scope::App(app_id)).await?;
    let credential = newest(&mut conn, &visitor).await?;
    let value = token::open_credential(&app, app_id, &credential).map_err(anyhow::Error::new)?;
    let value = value.ok_or_else(missing)?;
    record(
        &mut conn,
        &app,
        &visitor,
        "credential.reveal",
        format!("credential:{}", credential.id),
    )
    .await?;
    conn.commit().await?;
    Ok(Reply::one(Revealed {
        value: value.expose_secret().to_owned(),
    }))
}

/// The newest server token of the visitor's resource.
async fn newest(conn: &mut Conn, visitor: &Visitor) -> Result<Credential> {
    let seat = visitor.seat()?;
    let credentials = credentials::of_resources(conn, seat.app_id, &[seat.resource_id]).await?;
    credentials
        .into_iter()
        .rev()
        .find(|credential| credential.kind == Kind::Server)
        .ok_or_else(missing)
}

fn missing() -> Error {
    Error::NoSuchPath(
        "you have no personal key in this app, make one by POST /v2/credentials".to_owned(),
    )
}
