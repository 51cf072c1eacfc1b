//! Search by distance: `search=latitude:55.6;longitude:12.5;distance:25`, or the same as parameters (spec 65).

use std::cmp::Ordering;

use domain::{Page, geo::Position};
use store::links::Place;

use crate::api::{
    error::{Result, invalid},
    query::Query,
};

/// The most positions that a search looks at.
pub const MOST_PLACES: i64 = 10_000;

/// A search by distance: `search=latitude:55.6;longitude:12.5;distance:25`, or the same as parameters.
#[derive(Clone, Copy, Debug)]
pub struct Near {
    /// From here.
    pub position: Position,
    /// At most so many kilometers away.
    pub within: Option<f64>,
}

/// The keys of a search by distance.
pub const KEYS: [&str; 3] = ["latitude", "longitude", "distance"];

impl Near {
    /// Reads the wish; `None` where there is none.
    pub fn read(query: &Query) -> Result<Option<Self>> {
        let search = query.search();
        let wish = |name: &str| {
            let criterion = search
                .iter()
                .find(|criterion| criterion.key.as_deref() == Some(name));
            let text = criterion
                .map(|criterion| criterion.value.as_str())
                .or_else(|| query.get(name))?;
            Some(text.trim().parse::<f64>().ok())
        };
        let within = match wish("distance") {
            None => None,
            Some(Some(within)) if within >= 0.0 => Some(within),
            Some(_) => {
                return Err(invalid(
                    "distance",
                    "distance must be a number of kilometers",
                ));
            }
        };
        match (wish("latitude"), wish("longitude")) {
            (None, None) if within.is_none() => Ok(None),
            (Some(Some(latitude)), Some(Some(longitude))) => {
                let position = Position::new(latitude, longitude).ok_or_else(|| {
                    invalid(
                        "latitude",
                        "latitude must be a number from -90 to 90, longitude from -180 to 180",
                    )
                })?;
                Ok(Some(Self { position, within }))
            }
            _ => Err(invalid(
                "latitude",
                "latitude and longitude must be given as numbers",
            )),
        }
    }

    /// The places within reach with their distances in kilometers, the nearest first.
    pub fn nearest<T: Copy + Ord>(&self, places: Vec<Place<T>>) -> Vec<(T, f64)> {
        let mut found: Vec<(T, f64)> = places
            .into_iter()
            .filter_map(|place| {
                let there =
                    Position::new(place.latitude.parse().ok()?, place.longitude.parse().ok()?)?;
                let distance = (self.position.kilometers_to(there) * 1_000.0).round() / 1_000.0;
                let is_near = self.within.is_none_or(|within| distance <= within);
                is_near.then_some((place.id, distance))
            })
            .collect();
        found.sort_by(|a, b| by_distance(&(a.0, Some(a.1)), &(b.0, Some(b.1))));
        found
    }
}

/// The nearer first; of equals the older.
pub fn by_distance<T: Ord>(a: &(T, Option<f64>), b: &(T, Option<f64>)) -> Ordering {
    let kilometers = |distance: Option<f64>| distance.unwrap_or(f64::INFINITY);
    kilometers(a.1)
        .total_cmp(&kilometers(b.1))
        .then_with(|| a.0.cmp(&b.0))
}

/// The rows of one page.
pub fn page<T>(found: &[T], page: Page) -> &[T] {
    let start = usize::try_from(page.offset())
        .unwrap_or(usize::MAX)
        .min(found.len());
    let end = start.saturating_add(page.limit() as usize).min(found.len());
    &found[start..end]
}
