//! Calendars of resources; every resource has one from its first moment.

use domain::{AppId, CalendarId, Page, ResourceId};
use jiff::Timestamp;

use crate::db::{Conn, Direction, FromRow, List, Result, Row};

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

/// One calendar of a resource that is not deleted.
pub async fn get(conn: &mut Conn, app: AppId, id: CalendarId) -> Result<Option<Calendar>> {
    conn.one(
        "SELECT c.id, c.resource_id, c.name, c.description, c.foregroundcolor, c.backgroundcolor, c.provider,
            c.is_primary, c.created_at, c.updated_at
         FROM calendar c JOIN resource r ON r.app_id = c.app_id AND r.id = c.resource_id
         WHERE c.app_id = $1 AND c.id = $2 AND r.deleted_at IS NULL",
        &[app.into(), id.into()],
    )
    .await
}

/// What a list of calendars is ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The time of creation.
    CreatedAt,
    /// The time of the last change.
    UpdatedAt,
    /// The name.
    Name,
}

/// A page of calendars, of all resources or of those named (all of which must match), and how many there are.
pub async fn list(
    conn: &mut Conn,
    app: AppId,
    resources: &[ResourceId],
    order: (Order, Direction),
    page: Page,
) -> Result<(Vec<Calendar>, u64)> {
    let mut list = List::new(
        "c.id, c.resource_id, c.name, c.description, c.foregroundcolor, c.backgroundcolor, c.provider, c.is_primary,
         c.created_at, c.updated_at",
        "calendar c JOIN resource r ON r.app_id = c.app_id AND r.id = c.resource_id",
        "c.id",
    );
    list.filter("c.app_id = $?", [app.into()]);
    list.filter("r.deleted_at IS NULL", []);
    for resource in resources {
        list.filter("c.resource_id = $?", [(*resource).into()]);
    }
    match order.0 {
        Order::CreatedAt => list.order("c.created_at", order.1),
        Order::UpdatedAt => list.order("c.updated_at", order.1),
        Order::Name => list.order("c.name", order.1),
    };
    list.read(conn, page).await
}

/// Writes the texts and colors of a calendar.
pub async fn save(conn: &mut Conn, app: AppId, calendar: &Calendar) -> Result<()> {
    conn.execute(
        "UPDATE calendar SET name = $3, description = $4, foregroundcolor = $5, backgroundcolor = $6, updated_at = $7
         WHERE app_id = $1 AND id = $2",
        &[
            app.into(),
            calendar.id.into(),
            (&calendar.name).into(),
            (&calendar.description).into(),
            (&calendar.foregroundcolor).into(),
            (&calendar.backgroundcolor).into(),
            calendar.updated_at.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Makes one calendar of a resource its primary one, and no other. The caller has locked the resource.
pub async fn make_primary(
    conn: &mut Conn,
    app: AppId,
    resource: ResourceId,
    id: CalendarId,
) -> Result<()> {
    conn.execute(
        "UPDATE calendar SET is_primary = (id = $3) WHERE app_id = $1 AND resource_id = $2",
        &[app.into(), resource.into(), id.into()],
    )
    .await?;
    Ok(())
}

/// How many bookings of a calendar are still to take place.
pub async fn coming_bookings(
    conn: &mut Conn,
    app: AppId,
    calendar: &Calendar,
    now: Timestamp,
) -> Result<i64> {
    let count: Option<(i64,)> = conn
        .one(
            "SELECT count(*) FROM booking
             WHERE app_id = $1 AND resource_id = $2 AND calendar_id = $3 AND ends_at > $4 AND deleted_at IS NULL
                AND NOT completed",
            &[app.into(), calendar.resource_id.into(), calendar.id.into(), now.into()],
        )
        .await?;
    Ok(count.map_or(0, |(count,)| count))
}

/// Removes a calendar with its events, whose claims the caller has freed. What bookings wrote moves to the resource's
/// primary calendar, so that their history stays whole.
pub async fn delete(conn: &mut Conn, app: AppId, calendar: &Calendar) -> Result<()> {
    let (resource, id) = (calendar.resource_id, calendar.id);
    for sql in [
        "UPDATE event SET calendar_id =
            (SELECT id FROM calendar WHERE app_id = $1 AND resource_id = $2 ORDER BY is_primary DESC, id LIMIT 1)
         WHERE app_id = $1 AND resource_id = $2 AND calendar_id = $3 AND booking_id IS NOT NULL",
        "UPDATE booking SET calendar_id =
            (SELECT id FROM calendar WHERE app_id = $1 AND resource_id = $2 ORDER BY is_primary DESC, id LIMIT 1)
         WHERE app_id = $1 AND resource_id = $2 AND calendar_id = $3",
        "DELETE FROM event WHERE app_id = $1 AND resource_id = $2 AND calendar_id = $3",
        "DELETE FROM calendar WHERE app_id = $1 AND resource_id = $2 AND id = $3",
    ] {
        conn.execute(sql, &[app.into(), resource.into(), id.into()])
            .await?;
    }
    Ok(())
}
