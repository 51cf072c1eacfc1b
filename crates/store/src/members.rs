//! Members: which person is what in which app, by which resource.
//!
//! An invited member becomes active by the link of the invitation.

use domain::{AppId, PersonId, ResourceId, Role};
use jiff::Timestamp;

use crate::db::{Conn, Error, FromRow, Row};

type Result<T> = std::result::Result<T, Error>;

/// How far a membership has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Takes part.
    Active,
    /// Has not accepted yet.
    Invited,
}

impl State {
    /// Its name on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Invited => "invited",
        }
    }
}

/// Reads a role's name.
pub(crate) fn role(text: &str) -> Result<Role> {
    Role::parse(text)
        .ok_or_else(|| Error::Corrupt(format!("a member with the role `{text}`").into()))
}

fn state(text: &str) -> Result<State> {
    match text {
        "active" => Ok(State::Active),
        "invited" => Ok(State::Invited),
        _ => Err(Error::Corrupt(
            format!("a member in the state `{text}`").into(),
        )),
    }
}

/// A new membership.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMember {
    /// The person.
    pub person_id: PersonId,
    /// Their resource in the app.
    pub resource_id: ResourceId,
    /// What they may do.
    pub role: Role,
    /// The open invitation; `None` for those who take part at once.
    pub invite: Option<Invite>,
}

/// An open invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invite {
    /// SHA-256 of the token in the link.
    pub digest: [u8; 32],
    /// When the link ends.
    pub expires_at: Timestamp,
}

/// A member with the person's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The person.
    pub person_id: PersonId,
    /// Their name.
    pub name: String,
    /// Their e-mail.
    pub email: String,
    /// Their resource in the app.
    pub resource_id: ResourceId,
    /// What they may do.
    pub role: Role,
    /// Whether they take part yet.
    pub state: State,
    /// When the newest invitation was made.
    pub invited_at: Option<Timestamp>,
}

impl FromRow for Member {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            person_id: row.get(0)?,
            name: row.get(1)?,
            email: row.get(2)?,
            resource_id: row.get(3)?,
            role: role(row.get(4)?)?,
            state: state(row.get(5)?)?,
            invited_at: row.get(6)?,
        })
    }
}

/// Adds a member; false where the person is one already.
pub async fn insert(
    conn: &mut Conn,
    app: AppId,
    member: &NewMember,
    now: Timestamp,
) -> Result<bool> {
    let invite = member.invite.as_ref();
    let state = if invite.is_some() {
        State::Invited
    } else {
        State::Active
    };
    let inserted = conn
        .execute(
            "INSERT INTO member (app_id, person_id, resource_id, role, state, invite_digest, invite_expires_at, invited_at,
                created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) ON CONFLICT (app_id, person_id) DO NOTHING",
            &[
                app.into(),
                member.person_id.into(),
                member.resource_id.into(),
                member.role.as_str().into(),
                state.as_str().into(),
                invite.map(|invite| &invite.digest).into(),
                invite.map(|invite| invite.expires_at).into(),
                invite.map(|_| now).into(),
                now.into(),
            ],
        )
        .await?;
    Ok(inserted > 0)
}

/// The members of an app, owners first, each group by name.
pub async fn list(conn: &mut Conn, app: AppId) -> Result<Vec<Member>> {
    conn.query(
        "SELECT m.person_id, p.name, p.email, m.resource_id, m.role, m.state, m.invited_at
         FROM member m JOIN person p ON p.id = m.person_id
         WHERE m.app_id = $1
         ORDER BY CASE m.role WHEN 'owner' THEN 0 WHEN 'admin' THEN 1 ELSE 2 END, p.email_fold",
        &[app.into()],
    )
    .await
}

/// One member.
pub async fn get(conn: &mut Conn, app: AppId, person: PersonId) -> Result<Option<Member>> {
    conn.one(
        "SELECT m.person_id, p.name, p.email, m.resource_id, m.role, m.state, m.invited_at
         FROM member m JOIN person p ON p.id = m.person_id
         WHERE m.app_id = $1 AND m.person_id = $2",
        &[app.into(), person.into()],
    )
    .await
}

/// The member behind a resource.
pub async fn of_resource(
    conn: &mut Conn,
    app: AppId,
    resource: ResourceId,
) -> Result<Option<Member>> {
    conn.one(
        "SELECT m.person_id, p.name, p.email, m.resource_id, m.role, m.state, m.invited_at
         FROM member m JOIN person p ON p.id = m.person_id
         WHERE m.app_id = $1 AND m.resource_id = $2",
        &[app.into(), resource.into()],
    )
    .await
}

/// How many apps beside this one a person belongs to, pending invitations not counted.
pub async fn count_elsewhere(conn: &mut Conn, app: AppId, person: PersonId) -> Result<i64> {
    let count: Option<(i64,)> = conn
        .one(
            "SELECT count(*) FROM member WHERE person_id = $2 AND app_id <> $1 AND state = 'active'",
            &[app.into(), person.into()],
        )
        .await?;
    Ok(count.map_or(0, |(count,)| count))
}

/// Sets a member's role, but leaves the app at least one active owner; false where it would not.
///
/// The app's row is locked, so that two owners cannot step down at once.
pub async fn set_role(
    conn: &mut Conn,
    app: AppId,
    person: PersonId,
    role: Role,
    now: Timestamp,
) -> Result<bool> {
    lock(conn, app).await?;
    if role != Role::Owner && is_last_owner(conn, app, person).await? {
        return Ok(false);
    }
    conn.execute(
        "UPDATE member SET role = $3, updated_at = $4 WHERE app_id = $1 AND person_id = $2",
        &[app.into(), person.into(), role.as_str().into(), now.into()],
    )
    .await?;
    Ok(true)
}

/// Ends a membership, but leaves the app at least one active owner; false where it would not.
pub async fn delete(conn: &mut Conn, app: AppId, person: PersonId) -> Result<bool> {
    lock(conn, app).await?;
    if is_last_owner(conn, app, person).await? {
        return Ok(false);
    }
    conn.execute(
        "DELETE FROM member WHERE app_id = $1 AND person_id = $2",
        &[app.into(), person.into()],
    )
    .await?;
    conn.execute(
        "UPDATE session SET app_id = NULL WHERE person_id = $2 AND app_id = $1",
        &[app.into(), person.into()],
    )
    .await?;
    Ok(true)
}

async fn lock(conn: &mut Conn, app: AppId) -> Result<()> {
    conn.execute(
        "UPDATE app SET updated_at = updated_at WHERE id = $1",
        &[app.into()],
    )
    .await?;
    Ok(())
}

async fn is_last_owner(conn: &mut Conn, app: AppId, person: PersonId) -> Result<bool> {
    let owners: Vec<(PersonId,)> = conn
        .query(
            "SELECT person_id FROM member WHERE app_id = $1 AND role = 'owner' AND state = 'active'
             ORDER BY person_id LIMIT 2",
            &[app.into()],
        )
        .await?;
    Ok(owners == [(person,)])
}

/// Makes a new invitation for a member who has not accepted yet; the old link ends. False where they take part.
pub async fn invite_again(
    conn: &mut Conn,
    app: AppId,
    person: PersonId,
    invite: &Invite,
    now: Timestamp,
) -> Result<bool> {
    let updated = conn
        .execute(
            "UPDATE member SET invite_digest = $3, invite_expires_at = $4, invited_at = $5, updated_at = $5
             WHERE app_id = $1 AND person_id = $2 AND state = 'invited'",
            &[app.into(), person.into(), (&invite.digest).into(), invite.expires_at.into(), now.into()],
        )
        .await?;
    Ok(updated > 0)
}

/// What an invitation's link leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invitation {
    /// The app.
    pub app_id: AppId,
    /// The app's settings, a JSON object as text.
    pub settings: String,
    /// Who is invited.
    pub person_id: PersonId,
    /// Their name.
    pub name: String,
    /// Their e-mail.
    pub email: String,
    /// Their password, where they have one.
    pub password_hash: Option<String>,
}

impl FromRow for Invitation {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            app_id: row.get(0)?,
            settings: row.get(1)?,
            person_id: row.get(2)?,
            name: row.get(3)?,
            email: row.get(4)?,
            password_hash: row.get(5)?,
        })
    }
}

/// The open invitation of a link's token.
pub async fn find_invitation(
    conn: &mut Conn,
    digest: &[u8; 32],
    now: Timestamp,
) -> Result<Option<Invitation>> {
    conn.one(
        "SELECT m.app_id, a.settings, m.person_id, p.name, p.email, p.password_hash
         FROM member m JOIN app a ON a.id = m.app_id JOIN person p ON p.id = m.person_id
         WHERE m.invite_digest = $1 AND m.invite_expires_at > $2 AND m.state = 'invited' AND a.deleted_at IS NULL",
        &[digest.into(), now.into()],
    )
    .await
}

/// Accepts the invitation of a token; false where somebody did before.
pub async fn accept(conn: &mut Conn, digest: &[u8; 32], now: Timestamp) -> Result<bool> {
    let accepted = conn
        .execute(
            "UPDATE member SET state = 'active', invite_digest = NULL, invite_expires_at = NULL, updated_at = $2
             WHERE invite_digest = $1 AND invite_expires_at > $2 AND state = 'invited'",
            &[digest.into(), now.into()],
        )
        .await?;
    Ok(accepted > 0)
}
