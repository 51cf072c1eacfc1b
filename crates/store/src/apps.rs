//! Apps: the tenants.
//!
//! A deleted app keeps its rows, and is found by no function of this file.

use domain::{AppId, PersonId, ResourceId, Role};
use jiff::Timestamp;

use crate::db::{Conn, Error, FromRow, Row};

type Result<T> = std::result::Result<T, Error>;

/// An app as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Its id.
    pub id: AppId,
    /// Its unique name in addresses and headers.
    pub slug: String,
    /// JSON object as text, `name` always present.
    pub settings: String,
    /// Whether it is a test-mode app.
    pub test_mode: bool,
    /// The resource of the person who made it.
    pub creator_resource_id: Option<ResourceId>,
    /// The sealed secret that signs webhooks.
    pub webhook_secret: String,
    /// When the owner said that the App token is stored.
    pub token_stored_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl FromRow for App {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            slug: row.get(1)?,
            settings: row.get(2)?,
            test_mode: row.get(3)?,
            creator_resource_id: row.get(4)?,
            webhook_secret: row.get(5)?,
            token_stored_at: row.get(6)?,
            created_at: row.get(7)?,
            updated_at: row.get(8)?,
        })
    }
}

/// An app and what a person is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The app.
    pub app: App,
    /// The person's role.
    pub role: Role,
}

impl FromRow for Joined {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            app: App::from_row(row)?,
            role: super::members::role(row.get(9)?)?,
        })
    }
}

/// Adds an app; false where the slug is taken.
pub async fn insert(conn: &mut Conn, app: &App) -> Result<bool> {
    let inserted = conn
        .execute(
            "INSERT INTO app (id, slug, settings, test_mode, creator_resource_id, webhook_secret, created_at, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (slug) DO NOTHING",
            &[
                app.id.into(),
                (&app.slug).into(),
                (&app.settings).into(),
                app.test_mode.into(),
                app.creator_resource_id.into(),
                (&app.webhook_secret).into(),
                app.created_at.into(),
                app.updated_at.into(),
            ],
        )
        .await?;
    Ok(inserted > 0)
}

/// One app.
pub async fn get(conn: &mut Conn, id: AppId) -> Result<Option<App>> {
    conn.one(
        "SELECT id, slug, settings, test_mode, creator_resource_id, webhook_secret, token_stored_at, created_at, updated_at
         FROM app WHERE id = $1 AND deleted_at IS NULL",
        &[id.into()],
    )
    .await
}

/// The app of a slug.
pub async fn find(conn: &mut Conn, slug: &str) -> Result<Option<App>> {
    conn.one(
        "SELECT id, slug, settings, test_mode, creator_resource_id, webhook_secret, token_stored_at, created_at, updated_at
         FROM app WHERE slug = $1 AND deleted_at IS NULL",
        &[slug.into()],
    )
    .await
}

/// All apps, for the command line.
pub async fn list(conn: &mut Conn) -> Result<Vec<App>> {
    conn.query(
        "SELECT id, slug, settings, test_mode, creator_resource_id, webhook_secret, token_stored_at, created_at, updated_at
         FROM app WHERE deleted_at IS NULL ORDER BY created_at, id",
        &[],
    )
    .await
}

/// The apps that a person is an active member of, in order of creation.
pub async fn of_person(
    conn: &mut Conn,
    person: PersonId,
    limit: i64,
    offset: i64,
) -> Result<Vec<Joined>> {
    conn.query(
        "SELECT a.id, a.slug, a.settings, a.test_mode, a.creator_resource_id, a.webhook_secret, a.token_stored_at,
            a.created_at, a.updated_at, m.role
         FROM member m JOIN app a ON a.id = m.app_id
         WHERE m.person_id = $1 AND m.state = 'active' AND a.deleted_at IS NULL
         ORDER BY a.created_at, a.id LIMIT $2 OFFSET $3",
        &[person.into(), limit.into(), offset.into()],
    )
    .await
}

/// How many apps a person is an active member of.
pub async fn count_of_person(conn: &mut Conn, person: PersonId) -> Result<i64> {
    let count: Option<(i64,)> = conn
        .one(
            "SELECT count(*) FROM member m JOIN app a ON a.id = m.app_id
             WHERE m.person_id = $1 AND m.state = 'active' AND a.deleted_at IS NULL",
            &[person.into()],
        )
        .await?;
    Ok(count.map_or(0, |(count,)| count))
}

/// Names the resource of the person who made an app.
pub async fn set_creator(conn: &mut Conn, id: AppId, resource: ResourceId) -> Result<()> {
    conn.execute(
        "UPDATE app SET creator_resource_id = $2 WHERE id = $1",
        &[id.into(), resource.into()],
    )
    .await?;
    Ok(())
}

/// The resource of the person who made an app.
pub async fn creator(conn: &mut Conn, id: AppId) -> Result<Option<ResourceId>> {
    let row: Option<(Option<ResourceId>,)> = conn
        .one(
            "SELECT creator_resource_id FROM app WHERE id = $1",
            &[id.into()],
        )
        .await?;
    Ok(row.and_then(|(creator,)| creator))
}

/// An app's settings, locked against other writers until the end of the unit of work.
pub async fn lock_settings(conn: &mut Conn, id: AppId, now: Timestamp) -> Result<Option<String>> {
    let locked = conn
        .execute(
            "UPDATE app SET updated_at = $2 WHERE id = $1 AND deleted_at IS NULL",
            &[id.into(), now.into()],
        )
        .await?;
    if locked == 0 {
        return Ok(None);
    }
    let row: Option<(String,)> = conn
        .one("SELECT settings FROM app WHERE id = $1", &[id.into()])
        .await?;
    Ok(row.map(|(settings,)| settings))
}

/// Writes an app's settings.
pub async fn save_settings(conn: &mut Conn, id: AppId, settings: &str) -> Result<()> {
    conn.execute(
        "UPDATE app SET settings = $2 WHERE id = $1",
        &[id.into(), settings.into()],
    )
    .await?;
    Ok(())
}

/// Keeps that the owner has stored the App token.
pub async fn mark_token_stored(conn: &mut Conn, id: AppId, now: Timestamp) -> Result<()> {
    conn.execute(
        "UPDATE app SET token_stored_at = $2 WHERE id = $1 AND token_stored_at IS NULL",
        &[id.into(), now.into()],
    )
    .await?;
    Ok(())
}

/// Takes an app out of use with all below it; its slug and those of its projects become free. False where there is none.
pub async fn delete(conn: &mut Conn, id: AppId, free_slug: &str, now: Timestamp) -> Result<bool> {
    let deleted = conn
        .execute(
            "UPDATE app SET deleted_at = $3, updated_at = $3, slug = $2 WHERE id = $1 AND deleted_at IS NULL",
            &[id.into(), free_slug.into(), now.into()],
        )
        .await?;
    conn.execute(
        "UPDATE session SET app_id = NULL WHERE app_id = $1",
        &[id.into()],
    )
    .await?;
    crate::projects::free_slugs(conn, id).await?;
    Ok(deleted > 0)
}

/// What an app has of the first steps: a resource beside its creator, and a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// A resource beside the creator's own.
    pub first_resource: bool,
    /// A booking.
    pub first_booking: bool,
}

/// How far an app has come with its first steps.
pub async fn progress(conn: &mut Conn, app: &App) -> Result<Progress> {
    let resource: Option<(i64,)> = conn
        .one(
            "SELECT 1 FROM resource WHERE app_id = $1 AND deleted_at IS NULL AND id <> $2 LIMIT 1",
            &[
                app.id.into(),
                app.creator_resource_id
                    .unwrap_or(ResourceId(uuid::Uuid::nil()))
                    .into(),
            ],
        )
        .await?;
    let booking: Option<(i64,)> = conn
        .one(
            "SELECT 1 FROM booking WHERE app_id = $1 LIMIT 1",
            &[app.id.into()],
        )
        .await?;
    Ok(Progress {
        first_resource: resource.is_some(),
        first_booking: booking.is_some(),
    })
}
