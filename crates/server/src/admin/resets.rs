//! A forgotten password: what to do about it, and the link that sets a new one.

use axum::{
    Router,
    extract::{Path, State as Extract},
    response::Response,
    routing::{get, post},
};
use serde::Serialize;
use store::{
    Conn, Scope, password_resets,
    persons::{self, Person},
    sessions as session_rows,
};

use super::{Access, From, Routes, describe, sessions, with_cookie};
use crate::{
    api::{
        body::{Body, Fields, Input, NAME},
        error::{Error, Result},
        reply::Reply,
        v2::required_email,
    },
    app::App,
    audit::{self, Actor},
    password, token,
};

pub(super) fn routes() -> Router<App> {
    Router::new().at("/forgot", Access::Open, post(forgot)).at(
        "/resets/{token}",
        Access::Open,
        get(read).post(reset),
    )
}

struct ForgotIn {
    email: String,
}

impl Input for ForgotIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            email: required_email(fields),
        }
    }
}

#[derive(Serialize)]
struct ForgotOut {
    mail: bool,
    command: String,
}

/// The same for known and unknown e-mails: nothing is looked up.
async fn forgot(Body(input): Body<ForgotIn>) -> Reply {
    let command = format!(
        "daybook user reset-password --email {}",
        quoted(&input.email)
    );
    Reply::one(ForgotOut {
        mail: false,
        command,
    })
}

/// A text as one word of a shell.
fn quoted(text: &str) -> String {
    let is_plain = text
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "@.+-_".contains(c));
    if is_plain {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[derive(Serialize)]
struct ResetOut {
    email: String,
}

async fn read(Extract(app): Extract<App>, Path(token): Path<String>) -> Result<Reply> {
    let mut conn = app.db.read(Scope::System("password reset")).await?;
    let person = find(&mut conn, &app, &token).await?;
    Ok(Reply::one(ResetOut {
        email: person.email,
    }))
}

struct PasswordIn {
    password: String,
}

impl Input for PasswordIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            password: fields.required_text("password", 8 * NAME),
        }
    }
}

/// Sets the new password, ends all sessions, and opens a new one.
async fn reset(
    Extract(app): Extract<App>,
    from: From,
    Path(token): Path<String>,
    Body(input): Body<PasswordIn>,
) -> Result<Response> {
    let mut conn = app.db.read(Scope::System("password reset")).await?;
    let person = find(&mut conn, &app, &token).await?;
    drop(conn);
    let hash = password::choose(&app, &input.password, &[&person.email, &person.name]).await?;

    let now = app.clock.now();
    let mut conn = app.db.write(Scope::System("password reset")).await?;
    if !password_resets::take(&mut conn, &token::digest(&token), now).await? {
        return Err(used());
    }
    persons::set_password(&mut conn, person.id, &hash, now).await?;
    session_rows::delete_others(&mut conn, person.id, None).await?;
    let (session, cookie) = sessions::add(&mut conn, &app, &person, &from, None).await?;
    if let Some(app_id) = session.app_id {
        let actor = Actor::person(person.id, from.address);
        let target = format!("person:{}", person.id);
        audit::push(
            &mut conn,
            &app.clock,
            app_id,
            actor,
            "person.password",
            target,
            now,
        )
        .await?;
    }
    conn.commit().await?;
    let out = describe(&app, &session).await?;
    Ok(with_cookie(&app, &cookie, Reply::one(out)))
}

async fn find(conn: &mut Conn, app: &App, token: &str) -> Result<Person> {
    let found = password_resets::find(conn, &token::digest(token), app.clock.now()).await?;
    let id = found.ok_or_else(used)?;
    persons::get(conn, id).await?.ok_or_else(used)
}

fn used() -> Error {
    Error::NoSuchPath("this link was used or has ended, ask for a new one".to_owned())
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn an_email_is_one_word_of_the_shell() {
        assert_eq!(quoted("ada+x@example.org"), "ada+x@example.org");
        assert_eq!(quoted("o'brien@example.org"), r"'o'\''brien@example.org'");
        assert_eq!(quoted("$(x)@example.org"), "'$(x)@example.org'");
    }
}
