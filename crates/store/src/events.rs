//! Entries of calendars.

use domain::{AppId, BookingId, CalendarId, EventId, Interval, ResourceId};
use jiff::Timestamp;

use crate::db::{Conn, Engine, FromRow, Param, Result, Row};

/// An event as it is stored.
#[expect(clippy::struct_excessive_bools, reason = "they are columns")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its id.
    pub id: EventId,
    /// The calendar it stands in.
    pub calendar_id: CalendarId,
    /// The calendar's resource.
    pub resource_id: ResourceId,
    /// The booking that wrote it.
    pub booking_id: Option<BookingId>,
    /// Title.
    pub what: String,
    /// Place.
    pub place: String,
    /// Details.
    pub description: String,
    /// First instant.
    pub starts_at: Timestamp,
    /// The instant after the last.
    pub ends_at: Timestamp,
    /// Whether it is a day and no time.
    pub all_day: bool,
    /// The owner's answer.
    pub rsvp: String,
    /// E-mails, a JSON array as text.
    pub participants: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
    /// Whether it is shown but takes no time.
    pub free: bool,
    /// Whether only its owner and app keys may read what it is about.
    pub private: bool,
    /// Whether it is to be copied to a connected calendar.
    pub sync_provider: bool,
    /// The zone of its wall times, where it repeats.
    pub timezone: Option<String>,
    /// How it repeats: a JSON array of RFC 5545 lines as text; then the times are those of the first instance.
    pub recurrence: Option<String>,
    /// When the last instance has ended; `None` where it goes on.
    pub recurs_until: Option<Timestamp>,
    /// Instances that start at this time or later have no claims yet; `None` where nothing is left to claim.
    pub claimed_until: Option<Timestamp>,
    /// The repeated event of which this is one changed instance.
    pub series_id: Option<EventId>,
    /// Where that instance would start.
    pub original_start: Option<Timestamp>,
}

/// Declares the columns of [`Event`], in the order in which [`FromRow`] reads them; a macro because `concat!`, which
/// puts them into each statement, takes literals only.
macro_rules! columns {
    () => {
        "e.id, e.calendar_id, e.resource_id, e.booking_id, e.what, e.place, e.description, e.starts_at, e.ends_at,
         e.all_day, e.rsvp, e.participants, e.created_at, e.updated_at, e.free, e.private, e.sync_provider, e.timezone,
         e.recurrence, e.recurs_until, e.claimed_until, e.series_id, e.original_start"
    };
}

impl FromRow for Event {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            calendar_id: row.get(1)?,
            resource_id: row.get(2)?,
            booking_id: row.get(3)?,
            what: row.get(4)?,
            place: row.get(5)?,
            description: row.get(6)?,
            starts_at: row.get(7)?,
            ends_at: row.get(8)?,
            all_day: row.get(9)?,
            rsvp: row.get(10)?,
            participants: row.get(11)?,
            created_at: row.get(12)?,
            updated_at: row.get(13)?,
            free: row.get(14)?,
            private: row.get(15)?,
            sync_provider: row.get(16)?,
            timezone: row.get(17)?,
            recurrence: row.get(18)?,
            recurs_until: row.get(19)?,
            claimed_until: row.get(20)?,
            series_id: row.get(21)?,
            original_start: row.get(22)?,
        })
    }
}

/// Writes a booking's event.
pub async fn insert_for_booking(
    conn: &mut Conn,
    app: AppId,
    booking: BookingId,
    id: EventId,
    rsvp: &str,
    now: Timestamp,
) -> Result<()> {
    let row = booking_row(app, booking, id, rsvp, now);
    conn.execute(INSERT_FOR_BOOKING, &row).await?;
    Ok(())
}

/// Text and time are the booking's own, so they are copied where they stand. Where the calendar has been deleted
/// meanwhile, the event goes to the primary one.
pub(crate) const INSERT_FOR_BOOKING: &str = "
    INSERT INTO event (app_id, id, calendar_id, resource_id, booking_id, what, place, description, starts_at, ends_at,
        all_day, rsvp, participants, created_at, updated_at)
    SELECT app_id, $3,
        (SELECT c.id FROM calendar c WHERE c.app_id = b.app_id AND c.resource_id = b.resource_id
         ORDER BY c.id = b.calendar_id DESC, c.is_primary DESC, c.id LIMIT 1),
        resource_id, id, what, place, description, starts_at, ends_at, FALSE, $4, participants, $5, $5
    FROM booking b WHERE app_id = $1 AND id = $2";

/// The values of a booking's event.
pub(crate) fn booking_row(
    app: AppId,
    booking: BookingId,
    id: EventId,
    rsvp: &str,
    now: Timestamp,
) -> [Param<'_>; 5] {
    [
        app.into(),
        booking.into(),
        id.into(),
        rsvp.into(),
        now.into(),
    ]
}

/// Adds an event.
pub async fn insert(conn: &mut Conn, app: AppId, event: &Event) -> Result<()> {
    conn.execute(
        "INSERT INTO event (app_id, id, calendar_id, resource_id, what, place, description, starts_at, ends_at, all_day,
            rsvp, participants, created_at, updated_at, free, private, sync_provider, timezone, recurrence,
            recurs_until, claimed_until, series_id, original_start)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
            $23)",
        &[
            app.into(),
            event.id.into(),
            event.calendar_id.into(),
            event.resource_id.into(),
            (&event.what).into(),
            (&event.place).into(),
            (&event.description).into(),
            event.starts_at.into(),
            event.ends_at.into(),
            event.all_day.into(),
            (&event.rsvp).into(),
            (&event.participants).into(),
            event.created_at.into(),
            event.updated_at.into(),
            event.free.into(),
            event.private.into(),
            event.sync_provider.into(),
            (&event.timezone).into(),
            (&event.recurrence).into(),
            event.recurs_until.into(),
            event.claimed_until.into(),
            event.series_id.into(),
            event.original_start.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Writes every changeable column.
pub async fn save(conn: &mut Conn, app: AppId, event: &Event) -> Result<()> {
    conn.execute(
        "UPDATE event SET what = $3, place = $4, description = $5, starts_at = $6, ends_at = $7, all_day = $8, rsvp = $9,
            participants = $10, updated_at = $11, free = $12, private = $13, sync_provider = $14, timezone = $15,
            recurrence = $16, recurs_until = $17, claimed_until = $18
         WHERE app_id = $1 AND id = $2",
        &[
            app.into(),
            event.id.into(),
            (&event.what).into(),
            (&event.place).into(),
            (&event.description).into(),
            event.starts_at.into(),
            event.ends_at.into(),
            event.all_day.into(),
            (&event.rsvp).into(),
            (&event.participants).into(),
            event.updated_at.into(),
            event.free.into(),
            event.private.into(),
            event.sync_provider.into(),
            (&event.timezone).into(),
            (&event.recurrence).into(),
            event.recurs_until.into(),
            event.claimed_until.into(),
        ],
    )
    .await?;
    Ok(())
}

/// Removes an event, and the changed instances of a repeated one. Their claims are the caller's business.
pub async fn delete(conn: &mut Conn, app: AppId, id: EventId) -> Result<()> {
    for sql in [
        "DELETE FROM event WHERE app_id = $1 AND series_id = $2",
        "DELETE FROM event WHERE app_id = $1 AND id = $2",
    ] {
        conn.execute(sql, &[app.into(), id.into()]).await?;
    }
    Ok(())
}

/// One event of a resource that is not deleted.
pub async fn get(conn: &mut Conn, app: AppId, id: EventId) -> Result<Option<Event>> {
    conn.one(
        concat!(
            "SELECT ",
            columns!(),
            " FROM event e JOIN resource r ON r.app_id = e.app_id AND r.id = e.resource_id
             WHERE e.app_id = $1 AND e.id = $2 AND r.deleted_at IS NULL"
        ),
        &[app.into(), id.into()],
    )
    .await
}

/// Events by id.
pub async fn get_many(conn: &mut Conn, app: AppId, ids: &[EventId]) -> Result<Vec<Event>> {
    conn.query(
        concat!(
            "SELECT ",
            columns!(),
            " FROM event e WHERE e.app_id = $1 AND e.id = ANY($2) ORDER BY e.id"
        ),
        &[app.into(), ids.into()],
    )
    .await
}

/// Events of calendars that overlap a window, by start, at most `limit` of them; repeated ones are left to [`series`].
///
/// None of them is longer than `longest` milliseconds, so that what has ended long before the window is not read.
pub async fn of_calendars(
    conn: &mut Conn,
    app: AppId,
    calendars: &[CalendarId],
    window: Interval,
    longest: i64,
    limit: i64,
) -> Result<Vec<Event>> {
    let earliest = window.start().as_millisecond().saturating_sub(longest);
    conn.query(
        concat!(
            "SELECT ",
            columns!(),
            " FROM event e WHERE e.app_id = $1 AND e.calendar_id = ANY($2) AND e.starts_at > $3 AND e.starts_at < $4
                AND e.ends_at > $5 AND e.recurrence IS NULL
             ORDER BY e.starts_at, e.id LIMIT $6"
        ),
        &[
            app.into(),
            calendars.into(),
            earliest.into(),
            window.end().into(),
            window.start().into(),
            limit.into(),
        ],
    )
    .await
}

/// SQLite must be told the index: it would rather read every event of the app, since the key's own rows need no look-up.
#[doc(hidden)]
pub const SERIES_SQLITE: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM event e INDEXED BY event_series WHERE e.app_id = $1 AND e.calendar_id = ANY($2)
        AND e.recurrence IS NOT NULL AND e.starts_at < $3 AND (e.recurs_until > $4 OR e.recurs_until IS NULL)
     ORDER BY e.id"
);
/// The same for PostgreSQL, which chooses by itself.
#[doc(hidden)]
pub const SERIES_POSTGRES: &str = concat!(
    "SELECT ",
    columns!(),
    " FROM event e WHERE e.app_id = $1 AND e.calendar_id = ANY($2)
        AND e.recurrence IS NOT NULL AND e.starts_at < $3 AND (e.recurs_until > $4 OR e.recurs_until IS NULL)
     ORDER BY e.id"
);

/// The repeated events of calendars that may have an instance in a window.
pub async fn series(
    conn: &mut Conn,
    app: AppId,
    calendars: &[CalendarId],
    window: Interval,
) -> Result<Vec<Event>> {
    let sql = match conn.engine() {
        Engine::Sqlite => SERIES_SQLITE,
        Engine::Postgres => SERIES_POSTGRES,
    };
    let (start, end) = (window.start(), window.end());
    conn.query(
        sql,
        &[app.into(), calendars.into(), end.into(), start.into()],
    )
    .await
}

/// The changed instances of repeated events.
pub async fn changed_instances(
    conn: &mut Conn,
    app: AppId,
    series: &[EventId],
) -> Result<Vec<Event>> {
    conn.query(
        concat!(
            "SELECT ",
            columns!(),
            " FROM event e WHERE e.app_id = $1 AND e.series_id = ANY($2) ORDER BY e.id"
        ),
        &[app.into(), series.into()],
    )
    .await
}

/// The repeated events of all apps whose claims end before `until`, those that end first.
pub async fn to_claim(
    conn: &mut Conn,
    until: Timestamp,
    limit: i64,
) -> Result<Vec<(AppId, EventId)>> {
    conn.query(
        "SELECT app_id, id FROM event WHERE claimed_until IS NOT NULL AND claimed_until < $1
         ORDER BY claimed_until, id LIMIT $2",
        &[until.into(), limit.into()],
    )
    .await
}

/// Notes how far the claims of a repeated event go.
pub async fn set_claimed_until(
    conn: &mut Conn,
    app: AppId,
    id: EventId,
    claimed_until: Option<Timestamp>,
) -> Result<()> {
    conn.execute(
        "UPDATE event SET claimed_until = $3 WHERE app_id = $1 AND id = $2",
        &[app.into(), id.into(), claimed_until.into()],
    )
    .await?;
    Ok(())
}

/// A calendar as a list of events needs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The calendar.
    pub calendar_id: CalendarId,
    /// Its resource.
    pub resource_id: ResourceId,
    /// The resource's zone.
    pub timezone: String,
    /// The longest span of the resource's claims, in milliseconds.
    pub longest_span: i64,
}

impl FromRow for Place {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            calendar_id: row.get(0)?,
            resource_id: row.get(1)?,
            timezone: row.get(2)?,
            longest_span: row.get(3)?,
        })
    }
}

/// All calendars of resources that are not deleted.
pub async fn places(conn: &mut Conn, app: AppId) -> Result<Vec<Place>> {
    conn.query(
        "SELECT c.id, c.resource_id, r.timezone, r.longest_span
         FROM calendar c JOIN resource r ON r.app_id = c.app_id AND r.id = c.resource_id
         WHERE c.app_id = $1 AND r.deleted_at IS NULL ORDER BY c.id",
        &[app.into()],
    )
    .await
}

/// The calendars of one resource.
pub async fn places_of(conn: &mut Conn, app: AppId, resource: ResourceId) -> Result<Vec<Place>> {
    conn.query(
        "SELECT c.id, c.resource_id, r.timezone, r.longest_span
         FROM calendar c JOIN resource r ON r.app_id = c.app_id AND r.id = c.resource_id
         WHERE c.app_id = $1 AND c.resource_id = $2 AND r.deleted_at IS NULL ORDER BY c.id",
        &[app.into(), resource.into()],
    )
    .await
}

/// Calendars by id, of resources that are not deleted.
pub async fn places_by_id(conn: &mut Conn, app: AppId, ids: &[CalendarId]) -> Result<Vec<Place>> {
    conn.query(
        "SELECT c.id, c.resource_id, r.timezone, r.longest_span
         FROM calendar c JOIN resource r ON r.app_id = c.app_id AND r.id = c.resource_id
         WHERE c.app_id = $1 AND c.id = ANY($2) AND r.deleted_at IS NULL ORDER BY c.id",
        &[app.into(), ids.into()],
    )
    .await
}
