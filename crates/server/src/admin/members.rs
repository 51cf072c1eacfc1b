//! The people of an app, as the page "Team" shows them.

use axum::{
    Router,
    extract::{Path, State as Extract},
    http::StatusCode,
    routing::{get, post, put},
};
use domain::{AppId, PersonId, ResourceId, Role};
use jiff::SignedDuration;
use serde::Serialize;
use store::{
    Conn, Scope, credentials,
    members::{self as rows, Member, State},
    password_resets, persons,
};

use super::{Access, At, Routes, Visitor, record};
use crate::{
    api::{
        body::{Body, Fields, Input, NAME},
        error::{Error, Result, invalid},
        reply::Reply,
        v2::{change_role, required_email, role},
    },
    app::App,
    invite::{self, Wanted},
    token,
};

/// How long the link works that lets a member without a password choose one.
const RESET: SignedDuration = SignedDuration::from_mins(30);

pub(super) fn routes() -> Router<App> {
    Router::new()
        .at("/members", Access::Manager, get(list))
        .at("/members", Access::Owner, post(add))
        .at("/members/{id}", Access::Owner, put(save).delete(remove))
        .at("/members/{id}/link", Access::Owner, post(link))
}

#[derive(Serialize)]
struct MemberOut {
    person_id: PersonId,
    name: String,
    email: String,
    role: &'static str,
    state: &'static str,
    resource_id: ResourceId,
    invited_at: Option<At>,
    is_you: bool,
}

impl MemberOut {
    fn new(member: Member, visitor: &Visitor) -> Self {
        Self {
            is_you: member.person_id == visitor.session.person_id,
            person_id: member.person_id,
            name: member.name,
            email: member.email,
            role: member.role.as_str(),
            state: member.state.as_str(),
            resource_id: member.resource_id,
            invited_at: member.invited_at.map(At),
        }
    }
}

async fn list(Extract(app): Extract<App>, visitor: Visitor) -> Result<Reply> {
    let app_id = visitor.app_id()?;
    let mut conn = app.db.read(Scope::App(app_id)).await?;
    let members = rows::list(&mut conn, app_id).await?;
    let members: Vec<MemberOut> = members
        .into_iter()
        .map(|member| MemberOut::new(member, &visitor))
        .collect();
    Ok(Reply::one(members))
}

struct MemberIn {
    email: String,
    role: Option<Role>,
    name: Option<String>,
}

impl Input for MemberIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        let name = fields
            .text("name", NAME)
            .filter(|name| !name.trim().is_empty());
        Self {
            email: required_email(fields),
            role: role(fields),
            name,
        }
    }
}

#[derive(Serialize)]
struct Added {
    data: MemberOut,
    link: String,
}

async fn add(
    Extract(app): Extract<App>,
    visitor: Visitor,
    Body(input): Body<MemberIn>,
) -> Result<Reply> {
    let app_id = visitor.app_id()?;
    let wanted = Wanted {
        email: &input.email,
        name: input.name.as_deref(),
        role: input.role,
    };

    let mut conn = app.db.write(Scope::App(app_id)).await?;
    let invited = invite::invite(&mut conn, &app, app_id, wanted).await?;
    let Some(token) = invited.token else {
        return Err(invalid("email", "this person is a member already"));
    };
    record(
        &mut conn,
        &app,
        &visitor,
        "member.invite",
        format!("person:{}", invited.person),
    )
    .await?;
    let member = find(&mut conn, app_id, invited.person).await?;
    conn.commit().await?;
    let added = Added {
        data: MemberOut::new(member, &visitor),
        link: invite::link(&app, &token),
    };
    Ok(Reply::json(StatusCode::CREATED, &added))
}

#[derive(Serialize)]
struct LinkOut {
    link: String,
}

/// A new link for a pending member. A member who takes part but has no password (a resource that was made by the API)
/// gets one that sets it, unless that would open other apps too.
async fn link(
    Extract(app): Extract<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Reply> {
    let app_id = visitor.app_id()?;
    let id = parse(&id)?;
    let mut conn = app.db.write(Scope::App(app_id)).await?;
    let member = find(&mut conn, app_id, id).await?;
    let link = match member.state {
        State::Invited => invite::link(&app, &invite::renew(&mut conn, &app, app_id, id).await?),
        State::Active => {
            let has_password = persons::get(&mut conn, id)
                .await?
                .is_some_and(|person| person.password_hash.is_some());
            if has_password || rows::count_elsewhere(&mut conn, app_id, id).await? > 0 {
                return Err(Error::Refused(
                    "this person takes part already and needs no link".to_owned(),
                ));
            }
            let (token, digest) = token::link(&app.clock);
            password_resets::insert(&mut conn, &digest, id, app.clock.now() + RESET).await?;
            format!("{}/admin/reset/{token}", app.config.public_url())
        }
    };
    record(
        &mut conn,
        &app,
        &visitor,
        "member.link",
        format!("person:{id}"),
    )
    .await?;
    conn.commit().await?;
    Ok(Reply::one(LinkOut { link }))
}

struct RoleIn {
    role: Option<Role>,
}

impl Input for RoleIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        if fields.value("role").is_none() {
            fields.required("role");
        }
        Self { role: role(fields) }
    }
}

async fn save(
    Extract(app): Extract<App>,
    visitor: Visitor,
    Path(id): Path<String>,
    Body(input): Body<RoleIn>,
) -> Result<Reply> {
    let app_id = visitor.app_id()?;
    let id = parse(&id)?;
    let mut conn = app.db.write(Scope::App(app_id)).await?;
    let member = find(&mut conn, app_id, id).await?;
    let role = input.role.unwrap_or(member.role);
    let member = change_role(&mut conn, &app, app_id, visitor.actor(), id, role).await?;
    conn.commit().await?;
    Ok(Reply::one(MemberOut::new(member, &visitor)))
}

/// Ends a membership with the person's keys. Their resource stays, as it may have bookings.
async fn remove(
    Extract(app): Extract<App>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Reply> {
    let app_id = visitor.app_id()?;
    let id = parse(&id)?;
    let mut conn = app.db.write(Scope::App(app_id)).await?;
    let member = find(&mut conn, app_id, id).await?;
    if !rows::delete(&mut conn, app_id, id).await? {
        return Err(Error::Refused(
            "the app needs an owner, make somebody else one first".to_owned(),
        ));
    }
    credentials::delete_of_resource(&mut conn, app_id, member.resource_id).await?;
    record(
        &mut conn,
        &app,
        &visitor,
        "member.remove",
        format!("person:{id}"),
    )
    .await?;
    conn.commit().await?;
    Ok(Reply::no_content())
}

fn parse(id: &str) -> Result<PersonId> {
    id.to_ascii_lowercase().parse().map_err(|_| missing())
}

async fn find(conn: &mut Conn, app_id: AppId, id: PersonId) -> Result<Member> {
    rows::get(conn, app_id, id).await?.ok_or_else(missing)
}

fn missing() -> Error {
    Error::NoSuchPath("there is no such member in this app".to_owned())
}
