//! Calendars of resources; every resource has one from its first moment.

use domain::{AppId, CalendarId, ResourceId};
use jiff::Timestamp;

use crate::db::{Conn, FromRow, Result, Row};

/// A calendar as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Its id.
    pub id: CalendarId,
    /// The resource it belongs to.
    pub resource_id: ResourceId,
    /// Its name.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// `#RRGGBB` of its texts.
    pub foregroundcolor: Option<String>,
    /// `#RRGGBB` of its entries.
    pub backgroundcolor: Option<String>,
    /// Where it lives: `timekit` for our own.
    pub provider: String,
    /// Whether it takes the bookings that name no calendar.
    pub is_primary: bool,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

impl FromRow for Calendar {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            resource_id: row.get(1)?,
            name: row.get(2)?,
            description: row.get(3)?,
            foregroundcolor: row.get(4)?,
            backgroundcolor: row.get(5)?,
            provider: row.get(6)?,
            is_primary: row.get(7)?,
            created_at: row.get(8)?,
            updated_at: row.get(9)?,
        })
    }
}

/// Adds a calendar.
pub async fn insert(conn: &mut Conn, app: AppId, calendar: &Calendar) -> Result<()> {
    conn.execute(
        "INSERT INTO calendar (app_id, id, resource_id, name, description, foregroundcolor, backgroundcolor, provider,
            is_primary, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        &[
            app.into(),
            calendar.id.into(),
            calendar.resource_id.into(),
            (&calendar.name).into(),
            (&calendar.description).into(),
            (&calendar.foregroundcolor).into(),
            (&calendar.backgroundcolor).into(),
            (&calendar.provider).into(),
            calendar.is_primary.into(),
            calendar.created_at.into(),
            calendar.updated_at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// The calendar that a booking of a resource is written to: the named one, which must be the resource's, else the primary.
pub async fn for_booking(
    conn: &mut Conn,
    app: AppId,
    resource: ResourceId,
    named: Option<CalendarId>,
) -> Result<Option<Calendar>> {
    match named {
        Some(id) => {
            conn.one(
                "SELECT id, resource_id, name, description, foregroundcolor, backgroundcolor, provider, is_primary,
                    created_at, updated_at
                 FROM calendar WHERE app_id = $1 AND resource_id = $2 AND id = $3",
                &[app.into(), resource.into(), id.into()],
            )
            .await
        }
        None => {
            conn.one(
                "SELECT id, resource_id, name, description, foregroundcolor, backgroundcolor, provider, is_primary,
                    created_at, updated_at
                 FROM calendar WHERE app_id = $1 AND resource_id = $2 ORDER BY is_primary DESC, id LIMIT 1",
                &[app.into(), resource.into()],
            )
            .await
        }
    }
}

/// Calendars by id.
pub async fn get_many(conn: &mut Conn, app: AppId, ids: &[CalendarId]) -> Result<Vec<Calendar>> {
    conn.query(
        "SELECT id, resource_id, name, description, foregroundcolor, backgroundcolor, provider, is_primary,
            created_at, updated_at
         FROM calendar WHERE app_id = $1 AND id = ANY($2) ORDER BY id",
        &[app.into(), ids.into()],
    )
    .await
}

/// The calendars of several resources, in order of creation.
pub async fn of_resources(
    conn: &mut Conn,
    app: AppId,
    resources: &[ResourceId],
) -> Result<Vec<Calendar>> {
    conn.query(
        "SELECT id, resource_id, name, description, foregroundcolor, backgroundcolor, provider, is_primary,
            created_at, updated_at
         FROM calendar WHERE app_id = $1 AND resource_id = ANY($2) ORDER BY resource_id, id",
        &[app.into(), resources.into()],
    )
    .await
}
