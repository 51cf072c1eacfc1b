//! Invites people to an app: by the public API, and on the panel's page "Team".
//!
//! An invited member is pending until the link is opened. The link is shown to the one who invites; the mail with it
//! comes with mail itself.

use domain::{AppId, PersonId, ResourceId, Role};
use jiff::SignedDuration;
use store::{
    Conn,
    members::{self, Invite, NewMember, State},
    persons::{self, Person},
    resources,
};

use crate::{
    api::error::{Error, Model, Result},
    app::App,
    provision::{self, NewResource},
    token,
};

/// How long a link works.
const LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Whom to invite.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The e-mail.
    pub email: &'a str,
    /// The name of a person who is new.
    pub name: Option<&'a str>,
    /// What they may do; where absent, a new member is a plain one and a pending one stays as they are.
    pub role: Option<Role>,
}

/// What became of an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A new pending member.
    New,
    /// A pending member with a new link.
    Again,
    /// A member already; nothing changed.
    Member,
}

/// An invitation that was made.
#[derive(Clone, Debug)]
pub struct Invited {
    /// What became of it.
    pub outcome: Outcome,
    /// Who.
    pub person: PersonId,
    /// Their resource in the app.
    pub resource: ResourceId,
    /// The link's token, where there is a new one.
    pub token: Option<String>,
}

/// The address of an invitation's page.
pub fn link(app: &App, token: &str) -> String {
    format!("{}/admin/invite/{token}", app.config.public_url())
}

/// Invites a person, in the caller's unit of work. An unknown e-mail becomes a person without a password.
pub async fn invite(
    conn: &mut Conn,
    app: &App,
    app_id: AppId,
    wanted: Wanted<'_>,
) -> Result<Invited> {
    let now = app.clock.now();
    let (token, invite) = make(app);
    let person = find_or_add(conn, app, wanted).await?;
    if let Some(member) = members::get(conn, app_id, person.id).await? {
        let (outcome, token) = match member.state {
            State::Active => (Outcome::Member, None),
            State::Invited => {
                members::invite_again(conn, app_id, person.id, &invite, now).await?;
                if let Some(role) = wanted.role {
                    members::set_role(conn, app_id, person.id, role, now).await?;
                }
                (Outcome::Again, Some(token))
            }
        };
        return Ok(Invited {
            outcome,
            person: person.id,
            resource: member.resource_id,
            token,
        });
    }
    let known = resources::find_by_email(conn, app_id, wanted.email).await?;
    let resource = if let Some(resource) = known {
        resource.id
    } else {
        let new = NewResource {
            email: Some(person.email.clone()),
            person: Some(person.id),
            ..NewResource::named(&person.name, &person.timezone)
        };
        let made = provision::resource(conn, app, app_id, new).await?;
        made.resource.id
    };
    let member = NewMember {
        person_id: person.id,
        resource_id: resource,
        role: wanted.role.unwrap_or(Role::Member),
        invite: Some(invite),
    };
    members::insert(conn, app_id, &member, now).await?;
    Ok(Invited {
        outcome: Outcome::New,
        person: person.id,
        resource,
        token: Some(token),
    })
}

/// A new link for a pending member; the old one ends.
pub async fn renew(conn: &mut Conn, app: &App, app_id: AppId, person: PersonId) -> Result<String> {
    let (token, invite) = make(app);
    if members::invite_again(conn, app_id, person, &invite, app.clock.now()).await? {
        Ok(token)
    } else {
        Err(Error::NotFound(Model::Resource))
    }
}

fn make(app: &App) -> (String, Invite) {
    let (token, digest) = token::link(&app.clock);
    (
        token,
        Invite {
            digest,
            expires_at: app.clock.now() + LIFETIME,
        },
    )
}

async fn find_or_add(conn: &mut Conn, app: &App, wanted: Wanted<'_>) -> Result<Person> {
    if let Some(person) = persons::find(conn, wanted.email).await? {
        return Ok(person);
    }
    let now = app.clock.now();
    let local = wanted.email.split('@').next().unwrap_or(wanted.email);
    let person = Person {
        id: PersonId(app.clock.id()),
        email: wanted.email.to_owned(),
        name: wanted.name.unwrap_or(local).to_owned(),
        timezone: "UTC".to_owned(),
        password_hash: None,
        created_at: now,
        updated_at: now,
    };
    if persons::insert(conn, &person).await? {
        return Ok(person);
    }
    // Somebody added the e-mail between the two statements.
    persons::find(conn, wanted.email)
        .await?
        .ok_or(Error::Busy("busy"))
}
