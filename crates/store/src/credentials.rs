//! Credentials: the keys of resources, found by the SHA-256 of their text.

use domain::{AppId, CredentialId, Page, PersonId, ResourceId, Role};
use jiff::Timestamp;

use super::members;
use crate::db::{Conn, Error, FromRow, List, Row};

type Result<T> = std::result::Result<T, Error>;

/// The two kinds of credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// All of the resource's rows.
    Server,
    /// What a browser may do.
    Client,
}

impl Kind {
    /// Its name on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Server => "server-token",
            Self::Client => "client-token",
        }
    }

    /// The kind of that name.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Server, Self::Client]
            .into_iter()
            .find(|kind| kind.as_str() == text)
    }
}

fn kind(text: &str) -> Result<Kind> {
    Kind::parse(text)
        .ok_or_else(|| Error::Corrupt(format!("a credential of the kind `{text}`").into()))
}

/// A credential as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Its id.
    pub id: CredentialId,
    /// Whose it is.
    pub resource_id: ResourceId,
    /// What it may do.
    pub kind: Kind,
    /// SHA-256 of the token.
    pub digest: [u8; 32],
    /// The token's last four characters.
    pub last4: String,
    /// The sealed token.
    pub sealed: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl FromRow for Credential {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            resource_id: row.get(1)?,
            kind: kind(row.get(2)?)?,
            digest: row.get(3)?,
            last4: row.get(4)?,
            sealed: row.get(5)?,
            created_at: row.get(6)?,
            updated_at: row.get(7)?,
        })
    }
}

/// All that authentication by a credential needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// SHA-256 of the token.
    pub digest: [u8; 32],
    /// What it may do.
    pub kind: Kind,
    /// The app that the credential was made in.
    pub home: AppId,
    /// The resource that it was made for.
    pub resource_id: ResourceId,
    /// The resource's e-mail, folded.
    pub email_fold: Option<String>,
    /// The person behind the resource.
    pub person_id: Option<PersonId>,
    /// Whether the resource is that of the home app's creator.
    pub is_creators: bool,
    /// The app that the request names, where there is one.
    pub app: Option<Named>,
}

/// The app that a request names, and what the person is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The app.
    pub app_id: AppId,
    /// Its slug.
    pub slug: String,
    /// Whether it is in test mode.
    pub test_mode: bool,
    /// The person's membership, where there is one.
    pub membership: Option<Membership>,
}

/// What a person is in an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership {
    /// The role.
    pub role: Role,
    /// The person's resource.
    pub resource_id: ResourceId,
    /// Whether they take part yet.
    pub active: bool,
}

impl FromRow for Access {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        let role: Option<&str> = row.get(10)?;
        let membership = match role {
            None => None,
            Some(role) => Some(Membership {
                role: members::role(role)?,
                resource_id: row.get(11)?,
                active: row.get::<&str>(12)? == "active",
            }),
        };
        let app_id: Option<AppId> = row.get(7)?;
        let app = match app_id {
            None => None,
            Some(app_id) => Some(Named {
                app_id,
                slug: row.get(8)?,
                test_mode: row.get(9)?,
                membership,
            }),
        };
        Ok(Self {
            digest: row.get(0)?,
            kind: kind(row.get(1)?)?,
            home: row.get(2)?,
            resource_id: row.get(3)?,
            email_fold: row.get(4)?,
            person_id: row.get(5)?,
            is_creators: row.get(6)?,
            app,
        })
    }
}

/// The credential of a digest, with the app named by a slug and what the person behind the resource is there.
pub async fn find(conn: &mut Conn, digest: &[u8; 32], slug: &str) -> Result<Option<Access>> {
    conn.one(
        "SELECT c.digest, c.kind, c.app_id, c.resource_id, r.email_fold, r.person_id,
            COALESCE(home.creator_resource_id = c.resource_id, FALSE), a.id, a.slug, a.test_mode, m.role, m.resource_id,
            m.state
         FROM credential c
         JOIN resource r ON r.app_id = c.app_id AND r.id = c.resource_id AND r.deleted_at IS NULL
         JOIN app home ON home.id = c.app_id AND home.deleted_at IS NULL
         LEFT JOIN app a ON a.slug = $2 AND a.deleted_at IS NULL
         LEFT JOIN member m ON m.app_id = a.id AND m.person_id = r.person_id
         WHERE c.digest = $1",
        &[digest.into(), slug.into()],
    )
    .await
}

/// Adds a credential.
pub async fn insert(conn: &mut Conn, app: AppId, credential: &Credential) -> Result<()> {
    conn.execute(
        "INSERT INTO credential (app_id, id, resource_id, kind, digest, last4, sealed, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        &[
            app.into(),
            credential.id.into(),
            credential.resource_id.into(),
            credential.kind.as_str().into(),
            (&credential.digest).into(),
            (&credential.last4).into(),
            (&credential.sealed).into(),
            credential.created_at.into(),
            credential.updated_at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// A page of credentials in order of creation, and how many there are: the app's, or those of some resources.
pub async fn list(
    conn: &mut Conn,
    app: AppId,
    resources: Option<&[ResourceId]>,
    page: Page,
) -> Result<(Vec<Credential>, u64)> {
    let columns = "id, resource_id, kind, digest, last4, sealed, created_at, updated_at";
    let mut list = List::new(columns, "credential", "id");
    list.filter("app_id = $?", [app.into()]);
    if let Some(resources) = resources {
        list.filter("resource_id = ANY($?)", [resources.into()]);
    }
    list.read(conn, page).await
}

/// The credentials of resources in order of creation.
pub async fn of_resources(
    conn: &mut Conn,
    app: AppId,
    resources: &[ResourceId],
) -> Result<Vec<Credential>> {
    conn.query(
        "SELECT id, resource_id, kind, digest, last4, sealed, created_at, updated_at
         FROM credential WHERE app_id = $1 AND resource_id = ANY($2) ORDER BY resource_id, id",
        &[app.into(), resources.into()],
    )
    .await
}

/// One credential.
pub async fn get(conn: &mut Conn, app: AppId, id: CredentialId) -> Result<Option<Credential>> {
    conn.one(
        "SELECT id, resource_id, kind, digest, last4, sealed, created_at, updated_at
         FROM credential WHERE app_id = $1 AND id = $2",
        &[app.into(), id.into()],
    )
    .await
}

/// Removes a credential.
pub async fn delete(conn: &mut Conn, app: AppId, id: CredentialId) -> Result<bool> {
    let deleted = conn
        .execute(
            "DELETE FROM credential WHERE app_id = $1 AND id = $2",
            &[app.into(), id.into()],
        )
        .await?;
    Ok(deleted > 0)
}

/// Removes the credentials of a resource.
pub async fn delete_of_resource(conn: &mut Conn, app: AppId, resource: ResourceId) -> Result<()> {
    conn.execute(
        "DELETE FROM credential WHERE app_id = $1 AND resource_id = $2",
        &[app.into(), resource.into()],
    )
    .await?;
    Ok(())
}
