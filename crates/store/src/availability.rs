//! What availability is computed from: rules and busy times of many resources, each in one statement.
//!
//! A cache of the answers is right under a resource's `revision`: read the revision first and the times after it, and
//! what was read is at least as new as the revision says.

use domain::{AppId, CalendarId, EventId, Interval, ResourceId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::db::{Conn, Engine, FromRow, Result, Row};

/// The part of a resource that decides when it is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The resource.
    pub id: ResourceId,
    /// Display name.
    pub name: String,
    /// IANA time zone.
    pub timezone: String,
    /// When it is available, a JSON array as text.
    pub availability_constraints: String,
    /// Raised by every change of the resource's time or rules.
    pub revision: i64,
}

impl FromRow for Rules {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            timezone: row.get(2)?,
            availability_constraints: row.get(3)?,
            revision: row.get(4)?,
        })
    }
}

/// A span in which a resource is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Busy {
    /// Whose time it is.
    pub resource_id: ResourceId,
    /// The first instant.
    pub starts_at: Timestamp,
    /// The first instant after it.
    pub ends_at: Timestamp,
    /// Whether an all-day event took it.
    pub all_day: bool,
}

impl FromRow for Busy {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            resource_id: row.get(0)?,
            starts_at: row.get(1)?,
            ends_at: row.get(2)?,
            all_day: row.get(3)?,
        })
    }
}

/// What took a span, for an explanation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Taker {
    /// The id of the booking or event.
    pub id: Uuid,
    /// The event, where it was one of the calendar and no booking.
    pub event_id: Option<EventId>,
    /// The span.
    pub busy: Busy,
}

impl FromRow for Taker {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            busy: Busy::from_row(row)?,
            id: row.get(4)?,
            event_id: row.get(5)?,
        })
    }
}

/// The text of [`revisions`] for SQLite, which walks the list itself: with `IN` it would sort the list first, which
/// costs more than finding the rows.
pub const REVISIONS_SQLITE: &str = "SELECT r.revision
     FROM rarray($2) v
     LEFT JOIN resource r ON r.app_id = $1 AND r.id = v.value AND r.deleted_at IS NULL";

/// The same for PostgreSQL.
pub const REVISIONS_POSTGRES: &str = "SELECT r.revision
     FROM unnest($2::uuid[]) WITH ORDINALITY v (id, place)
     LEFT JOIN resource r ON r.app_id = $1 AND r.id = v.id AND r.deleted_at IS NULL
     ORDER BY v.place";

/// The revisions of resources, in the order of the list; `None` where there is no such resource, or it is deleted. What
/// a cache asks first.
pub async fn revisions(
    conn: &mut Conn,
    app: AppId,
    ids: &[ResourceId],
) -> Result<Vec<Option<i64>>> {
    let sql = match conn.engine() {
        Engine::Sqlite => REVISIONS_SQLITE,
        Engine::Postgres => REVISIONS_POSTGRES,
    };
    let rows: Vec<(Option<i64>,)> = conn.query(sql, &[app.into(), ids.into()]).await?;
    Ok(rows.into_iter().map(|(revision,)| revision).collect())
}

/// The app's settings as JSON, where they limit the bookings of its resources; most do not.
pub async fn limiting_settings(conn: &mut Conn, app: AppId) -> Result<Option<String>> {
    let row: Option<(String,)> = conn
        .one(
            "SELECT settings FROM app WHERE id = $1 AND settings::text LIKE '%resource_rate_limits%'",
            &[app.into()],
        )
        .await?;
    Ok(row.map(|(settings,)| settings))
}

/// The rules of resources that are not deleted, ordered by id.
pub async fn rules(conn: &mut Conn, app: AppId, ids: &[ResourceId]) -> Result<Vec<Rules>> {
    conn.query(
        "SELECT id, name, timezone, availability_constraints, revision
         FROM resource WHERE app_id = $1 AND id = ANY($2) AND deleted_at IS NULL ORDER BY id",
        &[app.into(), ids.into()],
    )
    .await
}

/// The text of [`busy`], for the test of its plan.
pub const BUSY: &str = "SELECT c.resource_id, c.starts_at, c.ends_at, c.all_day
     FROM resource r
     JOIN claim c ON c.app_id = $1 AND c.resource_id = r.id
        AND c.starts_at > $3 - r.longest_span AND c.starts_at < $4 AND c.ends_at > $3
     WHERE r.app_id = $1 AND r.id = ANY($2)
     ORDER BY c.resource_id, c.starts_at, c.id";

/// All that takes the time of resources within `span`, ordered by resource and start.
///
/// One range of the clustered key for each resource: a claim that starts `longest_span` or more before the span has
/// ended by then.
pub async fn busy(
    conn: &mut Conn,
    app: AppId,
    ids: &[ResourceId],
    span: Interval,
) -> Result<Vec<Busy>> {
    conn.query(
        BUSY,
        &[
            app.into(),
            ids.into(),
            span.start().into(),
            span.end().into(),
        ],
    )
    .await
}

/// The same for one resource, with what took the time.
pub async fn takers(
    conn: &mut Conn,
    app: AppId,
    id: ResourceId,
    span: Interval,
) -> Result<Vec<Taker>> {
    conn.query(
        "SELECT c.resource_id, c.starts_at, c.ends_at, c.all_day, c.id, e.id
         FROM resource r
         JOIN claim c ON c.app_id = $1 AND c.resource_id = r.id
            AND c.starts_at > $3 - r.longest_span AND c.starts_at < $4 AND c.ends_at > $3
         LEFT JOIN event e ON e.app_id = $1 AND e.id = c.id
         WHERE r.app_id = $1 AND r.id = $2
         ORDER BY c.resource_id, c.starts_at, c.id",
        &[
            app.into(),
            id.into(),
            span.start().into(),
            span.end().into(),
        ],
    )
    .await
}

/// The text of [`booked`], for the test of its plan.
pub const BOOKED: &str = "SELECT c.resource_id, c.starts_at
     FROM claim c
     JOIN booking b ON b.app_id = $1 AND b.id = c.id
     WHERE c.app_id = $1 AND c.resource_id = ANY($2) AND c.starts_at >= $3 AND c.starts_at < $4
        AND b.state IN ('confirmed', 'paid', 'completed') AND b.deleted_at IS NULL
     ORDER BY c.resource_id, c.starts_at, c.id";

/// The starts of bookings that take place within `span`, which is what `resource_rate_limits` counts (spec 20),
/// ordered by resource and start.
pub async fn booked(
    conn: &mut Conn,
    app: AppId,
    ids: &[ResourceId],
    span: Interval,
) -> Result<Vec<(ResourceId, Timestamp)>> {
    conn.query(
        BOOKED,
        &[
            app.into(),
            ids.into(),
            span.start().into(),
            span.end().into(),
        ],
    )
    .await
}

/// The resources of calendars, ordered by calendar.
pub async fn of_calendars(
    conn: &mut Conn,
    app: AppId,
    ids: &[CalendarId],
) -> Result<Vec<(CalendarId, ResourceId)>> {
    conn.query(
        "SELECT id, resource_id FROM calendar WHERE app_id = $1 AND id = ANY($2) ORDER BY id",
        &[app.into(), ids.into()],
    )
    .await
}

/// The resources with these e-mails, by the folded e-mail and in its order.
pub async fn of_emails(
    conn: &mut Conn,
    app: AppId,
    folded: &[&str],
) -> Result<Vec<(String, ResourceId)>> {
    conn.query(
        "SELECT email_fold, id FROM resource
         WHERE app_id = $1 AND email_fold = ANY($2) AND deleted_at IS NULL ORDER BY email_fold, id",
        &[app.into(), crate::Param::Texts(folded)],
    )
    .await
}
