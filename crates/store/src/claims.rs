//! Claims: the one door through which a resource's time is taken and given back (`design/reliability.md` §2).
//!
//! A claim says "resource R is taken during [start, end)". No other module writes the table. The protocol is lock,
//! check, insert: [`lock`] takes the resource's row, so that the check reads what the winner before us has written. The
//! trigger (SQLite) or exclusion constraint (PostgreSQL) behind it must never fire; where it does, it is counted.

use domain::{AppId, CalendarId, EventId, Interval, ResourceId};
use jiff::Timestamp;
use uuid::Uuid;

use crate::db::{Conn, Error, Result};

/// Whether a claim may stand beside others.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// Only where no claim overlaps.
    Exclusive,
    /// Always: calendar events and `allow_double_bookings`. It blocks later exclusive claims all the same.
    Overlapping,
}

/// The answer to a request for time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// The time is taken by us now.
    Taken,
    /// Another claim overlaps.
    Unavailable,
}

/// A resource whose row this unit of work has locked.
#[derive(Debug)]
pub struct Locked {
    app: AppId,
    resource: ResourceId,
    longest_span: i64,
    span: Interval,
}

/// Locks a resource in order to take `span`, raises its revision, and remembers its longest span.
///
/// `None` where the app has no such resource, or it was deleted. Several resources are locked in the order of their ids.
pub async fn lock(
    conn: &mut Conn,
    app: AppId,
    resource: ResourceId,
    span: Interval,
) -> Result<Option<Locked>> {
    let row: Option<(i64,)> = conn
        .one(
            "UPDATE resource SET revision = revision + 1,
                longest_span = CASE WHEN longest_span < $3 THEN $3 ELSE longest_span END
             WHERE app_id = $1 AND id = $2 AND deleted_at IS NULL
             RETURNING longest_span",
            &[app.into(), resource.into(), span.millis().into()],
        )
        .await?;
    Ok(row.map(|(longest_span,)| Locked {
        app,
        resource,
        longest_span,
        span,
    }))
}

/// Inserts a claim where none is in its way: app, resource, start, id, end, whether it is exclusive, and the start up to
/// which no claim can reach into it.
pub const TAKE: &str = "
    INSERT INTO claim (app_id, resource_id, starts_at, id, ends_at, exclusive)
    SELECT $1::uuid, $2::uuid, $3::bigint, $4::uuid, $5::bigint, $6::boolean
    WHERE NOT ($6 AND EXISTS (
        SELECT 1 FROM claim
        WHERE app_id = $1 AND resource_id = $2 AND starts_at > $7 AND starts_at < $5 AND ends_at > $3))";

/// Takes the locked span under the id of a booking or event.
///
/// A claim that starts `longest_span` or more before ours has ended by then, so that the check reads one range of the
/// clustered key and nothing of the past. Check and insert are one statement, which the lock before it makes safe.
pub async fn take(conn: &mut Conn, locked: &Locked, id: Uuid, grant: Grant) -> Result<Answer> {
    let (start, end) = (locked.span.start(), locked.span.end());
    let earliest = start.as_millisecond().saturating_sub(locked.longest_span);
    let inserted = conn
        .execute(
            TAKE,
            &[
                locked.app.into(),
                locked.resource.into(),
                start.into(),
                id.into(),
                end.into(),
                (grant == Grant::Exclusive).into(),
                earliest.into(),
            ],
        )
        .await;
    match inserted {
        Ok(0) => Ok(Answer::Unavailable),
        Ok(_) => Ok(Answer::Taken),
        Err(Error::Conflict(constraint)) if is_backstop(&constraint) => {
            metrics::counter!("claims_backstop_total").increment(1);
            tracing::error!(resource = %locked.resource, "a claim was stopped by the backstop, not by the check");
            Ok(Answer::Unavailable)
        }
        Err(error) => Err(error),
    }
}

/// Whether a constraint is the backstop: SQLite tells the trigger's words, PostgreSQL the constraint's name.
fn is_backstop(constraint: &crate::db::Constraint) -> bool {
    let name = constraint.to_string();
    name.contains("slot_unavailable") || name.contains("claim_no_overlap")
}

/// Gives time back, and raises the resource's revision. Works for deleted resources too.
pub async fn free(
    conn: &mut Conn,
    app: AppId,
    resource: ResourceId,
    starts_at: Timestamp,
    id: Uuid,
) -> Result<()> {
    raise(conn, app, resource).await?;
    conn.execute(
        "DELETE FROM claim WHERE app_id = $1 AND resource_id = $2 AND starts_at = $3 AND id = $4",
        &[app.into(), resource.into(), starts_at.into(), id.into()],
    )
    .await?;
    Ok(())
}

/// Tells every cache of the resource's time that it has changed.
async fn raise(conn: &mut Conn, app: AppId, resource: ResourceId) -> Result<()> {
    conn.execute(
        "UPDATE resource SET revision = revision + 1 WHERE app_id = $1 AND id = $2",
        &[app.into(), resource.into()],
    )
    .await?;
    Ok(())
}

/// Whether a claim is that of an all-day event, which a project may leave out of its availability.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It counts always.
    None,
    /// It is left out where `ignore_all_day_events` says so.
    AllDay,
}

/// Takes the spans of an event beside whatever else there is: one for an event, one for each instance of a repeated one.
/// The caller has locked the resource, and no two spans start at once.
pub async fn take_event(
    conn: &mut Conn,
    app: AppId,
    resource: ResourceId,
    id: EventId,
    spans: &[Interval],
    mark: Mark,
) -> Result<()> {
    let Some(longest) = spans.iter().map(Interval::millis).max() else {
        return Ok(());
    };
    conn.execute(
        "UPDATE resource SET revision = revision + 1,
            longest_span = CASE WHEN longest_span < $3 THEN $3 ELSE longest_span END
         WHERE app_id = $1 AND id = $2",
        &[app.into(), resource.into(), longest.into()],
    )
    .await?;
    let rows: Vec<_> = spans
        .iter()
        .map(|span| {
            vec![
                app.into(),
                resource.into(),
                span.start().into(),
                id.into(),
                span.end().into(),
                (mark == Mark::AllDay).into(),
            ]
        })
        .collect();
    conn.execute_many(
        "INSERT INTO claim (app_id, resource_id, starts_at, id, ends_at, exclusive, all_day)
         VALUES ($1, $2, $3, $4, $5, FALSE, $6)",
        &rows,
    )
    .await
}

/// Gives back all time of an event, none of whose claims starts before `earliest`, and raises the resource's revision.
pub async fn free_event(
    conn: &mut Conn,
    app: AppId,
    resource: ResourceId,
    id: EventId,
    earliest: Timestamp,
) -> Result<()> {
    raise(conn, app, resource).await?;
    conn.execute(
        "DELETE FROM claim WHERE app_id = $1 AND resource_id = $2 AND starts_at >= $3 AND id = $4",
        &[app.into(), resource.into(), earliest.into(), id.into()],
    )
    .await?;
    Ok(())
}

/// Gives back the time of all events of a calendar; the caller has locked the resource. What bookings of the calendar
/// took is theirs, and stays.
pub async fn free_calendar(
    conn: &mut Conn,
    app: AppId,
    resource: ResourceId,
    calendar: CalendarId,
) -> Result<()> {
    conn.execute(
        "DELETE FROM claim WHERE app_id = $1 AND resource_id = $2
            AND id IN (SELECT id FROM event WHERE app_id = $1 AND calendar_id = $3)",
        &[app.into(), resource.into(), calendar.into()],
    )
    .await?;
    Ok(())
}
