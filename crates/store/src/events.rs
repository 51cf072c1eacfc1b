//! Entries of calendars.

use domain::{AppId, BookingId, CalendarId, EventId, Interval, ResourceId};
use jiff::Timestamp;

use crate::db::{Conn, FromRow, Result, Row};

/// An event as it is stored.
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
        })
    }
}

/// Writes a booking's event: text and time are the booking's own, so they are copied where they stand. Where the
/// calendar has been deleted meanwhile, it goes to the primary one.
pub async fn insert_for_booking(
    conn: &mut Conn,
    app: AppId,
    booking: BookingId,
    id: EventId,
    rsvp: &str,
    now: Timestamp,
) -> Result<()> {
    conn.execute(
        "INSERT INTO event (app_id, id, calendar_id, resource_id, booking_id, what, place, description, starts_at,
            ends_at, all_day, rsvp, participants, created_at, updated_at)
         SELECT app_id, $3,
            (SELECT c.id FROM calendar c WHERE c.app_id = b.app_id AND c.resource_id = b.resource_id
             ORDER BY c.id = b.calendar_id DESC, c.is_primary DESC, c.id LIMIT 1), resource_id, id, what, place, description, starts_at, ends_at, FALSE, $4,
            participants, $5, $5
         FROM booking b WHERE app_id = $1 AND id = $2",
        &[app.into(), booking.into(), id.into(), rsvp.into(), now.into()],
    )
    .await?;
    Ok(())
}

/// Removes an event.
pub async fn delete(conn: &mut Conn, app: AppId, id: EventId) -> Result<()> {
    conn.execute(
        "DELETE FROM event WHERE app_id = $1 AND id = $2",
        &[app.into(), id.into()],
    )
    .await?;
    Ok(())
}

/// Events by id.
pub async fn get_many(conn: &mut Conn, app: AppId, ids: &[EventId]) -> Result<Vec<Event>> {
    conn.query(
        "SELECT id, calendar_id, resource_id, booking_id, what, place, description, starts_at, ends_at, all_day, rsvp,
            participants, created_at, updated_at
         FROM event WHERE app_id = $1 AND id = ANY($2) ORDER BY id",
        &[app.into(), ids.into()],
    )
    .await
}

/// Events of calendars that overlap a window, by start, at most `limit` of them.
pub async fn of_calendars(
    conn: &mut Conn,
    app: AppId,
    calendars: &[CalendarId],
    window: Interval,
    limit: i64,
) -> Result<Vec<Event>> {
    conn.query(
        "SELECT id, calendar_id, resource_id, booking_id, what, place, description, starts_at, ends_at, all_day, rsvp,
            participants, created_at, updated_at
         FROM event WHERE app_id = $1 AND calendar_id = ANY($2) AND starts_at < $4 AND ends_at > $3
         ORDER BY starts_at, id LIMIT $5",
        &[app.into(), calendars.into(), window.start().into(), window.end().into(), limit.into()],
    )
    .await
}
