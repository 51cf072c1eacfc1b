//! Which events take place in a window: those of calendars, and the instances of repeated ones.

use std::collections::{HashMap, HashSet};

use domain::{
    AppId, CalendarId, EventId, Interval, event::LONGEST, recurrence::MOST_INSTANCES, time,
};
use jiff::{Timestamp, tz::TimeZone};
use store::{
    Conn,
    events::{self, Event, Place},
};

use super::output::Occurrence;
use crate::{api::error::Result, repeated::series};

/// What takes place in a window.
#[derive(Debug)]
pub struct Found {
    /// By start.
    pub occurrences: Vec<Occurrence>,
    /// Whether there is more than was asked for.
    pub is_cut: bool,
}

/// The first `limit` events that overlap a window, in the calendars of `places`.
pub async fn within(
    conn: &mut Conn,
    app: AppId,
    places: &[Place],
    window: Interval,
    limit: usize,
) -> Result<Found> {
    let calendars: Vec<CalendarId> = places.iter().map(|place| place.calendar_id).collect();
    let longest = places.iter().map(|place| place.longest_span).max();
    let longest = i64::try_from(LONGEST.as_millis())
        .unwrap_or(i64::MAX)
        .max(longest.unwrap_or_default());
    let most = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    let single = events::of_calendars(conn, app, &calendars, window, longest, most).await?;
    let repeating = events::series(conn, app, &calendars, window).await?;
    let changed = changed_starts(conn, app, &repeating).await?;

    let mut is_cut = false;
    let mut occurrences: Vec<Occurrence> = single
        .into_iter()
        .map(|event| {
            let instance_of = event.series_id.zip(event.original_start);
            Occurrence { event, instance_of }
        })
        .collect();
    for event in repeating {
        let found = series(&event)?.instances(window, limit);
        is_cut |= found.is_cut;
        for span in found.spans {
            if !changed.contains(&(event.id, span.start())) {
                occurrences.push(instance(&event, span));
            }
        }
        if occurrences.len() > 4 * MOST_INSTANCES {
            is_cut = true;
            break;
        }
    }
    occurrences.sort_by_key(|one| (one.event.starts_at, one.event.id));
    is_cut |= occurrences.len() > limit;
    occurrences.truncate(limit);
    Ok(Found {
        occurrences,
        is_cut,
    })
}

/// An unchanged instance of a repeated event.
pub fn instance(event: &Event, span: Interval) -> Occurrence {
    let mut event = event.clone();
    let instance_of = Some((event.id, span.start()));
    (event.starts_at, event.ends_at) = (span.start(), span.end());
    Occurrence { event, instance_of }
}

/// Where the changed instances of repeated events would start.
async fn changed_starts(
    conn: &mut Conn,
    app: AppId,
    repeating: &[Event],
) -> Result<HashSet<(EventId, Timestamp)>> {
    if repeating.is_empty() {
        return Ok(HashSet::new());
    }
    let ids: Vec<EventId> = repeating.iter().map(|event| event.id).collect();
    let changed = events::changed_instances(conn, app, &ids).await?;
    Ok(changed
        .iter()
        .filter_map(|event| event.series_id.zip(event.original_start))
        .collect())
}

/// The zones of resources, by calendar.
pub fn zones(places: &[Place]) -> HashMap<CalendarId, TimeZone> {
    places
        .iter()
        .map(|place| {
            let zone = time::zone(&place.timezone).unwrap_or(TimeZone::UTC);
            (place.calendar_id, zone)
        })
        .collect()
}
