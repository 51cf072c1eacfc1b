//! Which time an event takes: its span, or the instances of a repeated one up to a horizon that moves on.
//!
//! Used by the API, which makes and changes events, and by the upkeep, which moves the horizon.

use std::collections::BTreeSet;

use anyhow::Context;
use domain::{
    AppId, EventId, Interval,
    event::{HORIZON, ShownAs, blocks},
    recurrence::{MOST_INSTANCES, Series},
    time,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use store::{
    Conn, Scope, claims,
    events::{self, Event},
    resources,
};

use crate::app::App;

/// Instances that began longer ago take no time: nobody books the past of a repeated event.
const PAST: SignedDuration = SignedDuration::from_hours(31 * 24);
/// The horizon is moved on when it has come so much nearer.
const STEP: SignedDuration = SignedDuration::from_hours(30 * 24);

/// Works out which spans an event takes, and notes on it how far they go. `changed` are the original starts of changed
/// instances, which take time of their own.
pub fn spans(
    event: &mut Event,
    series: Option<&Series>,
    changed: &BTreeSet<Timestamp>,
    now: Timestamp,
) -> anyhow::Result<Vec<Interval>> {
    event.claimed_until = None;
    if !takes_time(event) {
        return Ok(Vec::new());
    }
    let Some(series) = series else {
        return Ok(vec![Interval::new(event.starts_at, event.ends_at)?]);
    };
    let (spans, until) = due(series, now - PAST, now + HORIZON);
    event.claimed_until =
        Some(until).filter(|until| event.recurs_until.is_none_or(|end| end > *until));
    Ok(spans
        .into_iter()
        .filter(|span| !changed.contains(&span.start()))
        .collect())
}

/// The instances between two instants, and how far they go: all of the time, or as many as one event may have at once.
fn due(series: &Series, from: Timestamp, until: Timestamp) -> (Vec<Interval>, Timestamp) {
    let Ok(window) = Interval::new(from, until) else {
        return (Vec::new(), from);
    };
    let found = series.instances(window, MOST_INSTANCES);
    match found.spans.last() {
        Some(last) if found.is_cut => (
            found.spans.clone(),
            (last.start() + SignedDuration::from_millis(1))
                .max(from + SignedDuration::from_millis(1)),
        ),
        _ => (found.spans, until),
    }
}

/// Whether an event takes time of its own; what a booking wrote does not beside the booking's.
fn takes_time(event: &Event) -> bool {
    let shown_as = if event.free {
        ShownAs::Free
    } else {
        ShownAs::Busy
    };
    event.booking_id.is_none() && event.rsvp.parse().is_ok_and(|rsvp| blocks(rsvp, shown_as))
}

/// Takes the spans of an event. The caller has locked the resource, and freed what the event took before.
pub async fn take(
    conn: &mut Conn,
    app: AppId,
    event: &Event,
    spans: &[Interval],
) -> Result<(), store::Error> {
    let mark = if event.all_day {
        claims::Mark::AllDay
    } else {
        claims::Mark::None
    };
    claims::take_event(conn, app, event.resource_id, event.id, spans, mark).await
}

/// Gives back the time of an event.
pub async fn free(conn: &mut Conn, app: AppId, event: &Event) -> Result<(), store::Error> {
    claims::free_event(conn, app, event.resource_id, event.id, event.starts_at).await
}

/// A repeated event as the domain knows it.
pub fn series(event: &Event) -> anyhow::Result<Series> {
    let lines = lines(event)?;
    let span = Interval::new(event.starts_at, event.ends_at)?;
    let zone = event.timezone.as_deref().and_then(time::zone);
    let series = Series::parse(&lines, span, zone.unwrap_or(TimeZone::UTC), event.all_day)
        .context("a stored recurrence is broken")?;
    Ok(series.ending(event.recurs_until))
}

/// The lines of a repeated event.
pub fn lines(event: &Event) -> anyhow::Result<Vec<String>> {
    let text = event.recurrence.as_deref().unwrap_or("[]");
    serde_json::from_str(text).context("a stored recurrence is broken")
}

/// Moves the horizon of repeated events on where it has come near. Safe beside other nodes and itself: each event is a
/// unit of work that looks again once it holds the resource. Tells how many events were moved.
pub async fn move_horizon(app: &App, batch: i64) -> anyhow::Result<u64> {
    let now = app.clock.now();
    let mut conn = app.db.read(Scope::System("repeated events")).await?;
    let due = events::to_claim(&mut conn, now + HORIZON - STEP, batch).await?;
    drop(conn);
    for (app_id, id) in &due {
        extend(app, *app_id, *id, now).await?;
    }
    Ok(due.len() as u64)
}

/// Takes the time of one repeated event from where its claims end.
async fn extend(app: &App, app_id: AppId, id: EventId, now: Timestamp) -> anyhow::Result<()> {
    let mut conn = app.db.write(app_id).await?;
    let Some(event) = events::get(&mut conn, app_id, id).await? else {
        // Its resource is gone, or the event is.
        events::set_claimed_until(&mut conn, app_id, id, None).await?;
        conn.commit().await?;
        return Ok(());
    };
    resources::touch(&mut conn, app_id, event.resource_id).await?;
    // Only now nobody else changes it.
    let event = events::get(&mut conn, app_id, id).await?;
    let Some((event, from)) = event.and_then(|event| {
        let from = event.claimed_until?;
        (from < now + HORIZON - STEP).then_some((event, from))
    }) else {
        return Ok(());
    };
    let changed: BTreeSet<Timestamp> = events::changed_instances(&mut conn, app_id, &[id])
        .await?
        .into_iter()
        .filter_map(|instance| instance.original_start)
        .collect();
    let series = series(&event)?;
    let (mut spans, until) = due(&series, from, now + HORIZON);
    // What began before is claimed already, though it may reach into this window.
    spans.retain(|span| span.start() >= from && !changed.contains(&span.start()));
    take(&mut conn, app_id, &event, &spans).await?;
    let until = Some(until).filter(|until| event.recurs_until.is_none_or(|end| end > *until));
    events::set_claimed_until(&mut conn, app_id, id, until).await?;
    conn.commit().await?;
    Ok(())
}
