//! What is asked of availability: parameters of the request over those of its project (spec 50 §1, 2).

use std::num::NonZeroU32;

use domain::{
    ProjectId, ResourceId,
    availability::{AllDay, HoursFrom, Mode, Moment, Rounding, Rules},
    time,
};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};
use utoipa::ToSchema;

use crate::api::{
    body::{Fields, NAME, spoken},
    query::Query,
};

/// The longest slot, step or grid, in seconds: a search is no longer either.
const LONGEST: u32 = 190 * DAY;
/// The longest buffer, in seconds.
const WIDEST: u32 = 31 * DAY;
const DAY: u32 = 24 * 3600;

/// The parameters that a project may set, under these names in its `availability` (spec 60).
const SETTINGS: [&str; 10] = [
    "mode",
    "length",
    "from",
    "to",
    "buffer",
    "timeslot_increments",
    "round_to_nearest_hour",
    "closest_time_interval",
    "ignore_all_day_events",
    "output_timezone",
];

/// A question about free time. Each parameter overrides the project's; null stands for the default.
#[derive(Debug, ToSchema)]
#[expect(
    dead_code,
    reason = "documents the body, which is read over the project's settings"
)]
pub struct SearchIn {
    /// Takes every parameter from this project.
    #[schema(value_type = Option<String>, format = Uuid)]
    project_id: Option<ProjectId>,
    /// The resources, in the order of their priority; `resource_ids` is the same.
    #[schema(value_type = Option<Vec<String>>)]
    resources: Option<Vec<ResourceId>>,
    /// How resources are put together: mutual, roundrobin_random, roundrobin_prioritized or exclusive.
    mode: Option<String>,
    /// How long a slot is; null asks for the free times themselves, of any length.
    #[schema(example = "30 minutes")]
    length: Option<String>,
    /// Where the search starts: now (the default), a distance from now, a date or a timestamp.
    #[schema(example = "1 day")]
    from: Option<String>,
    /// Where the search ends, counted from now: `4 weeks` by default, 6 months at most.
    #[schema(example = "2 weeks")]
    to: Option<String>,
    /// What is kept free on both sides of events.
    #[schema(example = "15 minutes")]
    buffer: Option<String>,
    /// From one start to the next; the length by default.
    #[schema(example = "15 minutes")]
    timeslot_increments: Option<String>,
    /// Whether the first slot of a free time starts at a full hour; true by default.
    round_to_nearest_hour: Option<bool>,
    /// The first slot of a free time starts on this grid instead.
    #[schema(example = "15 minutes")]
    closest_time_interval: Option<String>,
    /// Whether all-day events block no time; false by default.
    ignore_all_day_events: Option<bool>,
    /// The zone in which times are written; UTC by default.
    #[schema(example = "Europe/Copenhagen")]
    output_timezone: Option<String>,
    /// Rules beside those of the resources and the project; `availability_constraints` is the same.
    #[schema(value_type = Option<Vec<Object>>)]
    constraints: Option<Vec<Value>>,
    /// Whose opening hours count beside `constraints`: `project` leaves the resources' own lists out, `resource` the
    /// project's. So an editor can try a list before it is saved. Not heeded from public pages.
    #[schema(example = "project")]
    use_hours_from: Option<String>,
}

/// The request's own part of a question.
#[derive(Debug)]
pub struct Search {
    /// The project, by its id.
    pub project_id: Option<ProjectId>,
    /// The resources that are named; none where the project's count.
    pub resources: Vec<ResourceId>,
    /// The request's rules.
    pub constraints: Rules,
    /// Which levels count, where the request says so.
    pub hours_from: Option<HoursFrom>,
    /// The parameters, as if there were no project.
    pub settings: Settings,
}

/// The parameters of a search with their defaults.
#[derive(Clone, Debug)]
pub struct Settings {
    /// How resources are put together.
    pub mode: Mode,
    /// The length of a slot in seconds; `None` asks for the free times.
    pub length: Option<NonZeroU32>,
    /// From one start to the next, in seconds.
    pub step: Option<NonZeroU32>,
    /// Kept free around events, in seconds.
    pub buffer: u32,
    /// Where slots start.
    pub rounding: Rounding,
    /// Whether all-day events block.
    pub all_day: AllDay,
    /// The zone of the answer.
    pub output: Option<TimeZone>,
    /// Where the search starts.
    pub from: Moment,
    /// Where it ends.
    pub to: Moment,
}

impl Search {
    /// Reads the request; what is wrong goes to `fields`.
    pub fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            project_id: fields.id("project_id"),
            resources: resources(fields),
            constraints: if fields.has("constraints") {
                fields.constraints("constraints")
            } else {
                fields.constraints("availability_constraints")
            },
            hours_from: hours_from(fields),
            settings: Settings::read(fields),
        }
    }
}

impl Settings {
    /// Reads the parameters that a project may set as well.
    pub fn read(fields: &mut Fields<'_>) -> Self {
        let mode = fields.text("mode", NAME).map(|name| {
            let mode = Mode::parse(&name);
            if mode.is_none() {
                fields.error(
                    "mode",
                    "mode must be mutual, roundrobin_random, roundrobin_prioritized or exclusive",
                );
            }
            mode
        });
        // The old name of `to` (spec 50 §1).
        let to = if fields.value("to").is_some() {
            "to"
        } else {
            "future"
        };
        let grid = duration(fields, "closest_time_interval");
        let round = fields.boolean("round_to_nearest_hour").unwrap_or(true);
        Self {
            mode: mode.flatten().unwrap_or(Mode::RoundRobinRandom),
            length: length(fields),
            step: duration(fields, "timeslot_increments"),
            buffer: fields.duration("buffer", 0, WIDEST).unwrap_or(0),
            rounding: Rounding::of(grid, round),
            all_day: if fields.boolean("ignore_all_day_events").unwrap_or(false) {
                AllDay::Ignored
            } else {
                AllDay::Blocks
            },
            output: fields
                .zone("output_timezone")
                .and_then(|name| time::zone(&name)),
            from: fields.moment("from").unwrap_or(Moment::NOW),
            to: fields.moment(to).unwrap_or_else(four_weeks),
        }
    }
}

/// The default end of a search.
pub fn four_weeks() -> Moment {
    Moment::parse("4 weeks").expect("invariant: a moment by its grammar")
}

/// The parameters of a request over those of its project, as one object.
pub fn over(project: &Map<String, Value>, request: &Map<String, Value>) -> Map<String, Value> {
    let mut merged = Map::new();
    for name in SETTINGS {
        if let Some(value) = request.get(name).or_else(|| project.get(name)) {
            merged.insert(name.to_owned(), value.clone());
        }
    }
    if request.get("to").is_none_or(Value::is_null)
        && let Some(future) = request.get("future")
    {
        merged.insert("to".to_owned(), future.clone());
    }
    merged
}

/// The resources, under either name and each once.
fn resources(fields: &mut Fields<'_>) -> Vec<ResourceId> {
    let field = if fields.value("resources").is_some() {
        "resources"
    } else {
        "resource_ids"
    };
    once(fields.ids(field))
}

/// Each id once, where it stands first.
pub fn once(mut ids: Vec<ResourceId>) -> Vec<ResourceId> {
    let mut sorted = ids.clone();
    sorted.sort_unstable();
    if sorted.windows(2).any(|pair| pair[0] == pair[1]) {
        let mut seen = std::collections::HashSet::with_capacity(ids.len());
        ids.retain(|id| seen.insert(*id));
    }
    ids
}

/// An hour by default; null, or the word, asks for free times (spec 50 §1).
pub fn length(fields: &mut Fields<'_>) -> Option<NonZeroU32> {
    let is_null = fields.has("length")
        && fields.value("length").is_none_or(|value| {
            value
                .as_str()
                .is_some_and(|text| text.eq_ignore_ascii_case("null"))
        });
    if is_null {
        return None;
    }
    duration(fields, "length").or(NonZeroU32::new(3600))
}

pub fn duration(fields: &mut Fields<'_>, field: &str) -> Option<NonZeroU32> {
    fields.duration(field, 1, LONGEST).and_then(NonZeroU32::new)
}

/// The query parameters of `GET /availability` as the object of a POST: `resources[]=…` is a list, and constraints come
/// as JSON.
pub fn from_query(query: &Query) -> Map<String, Value> {
    let mut object = Map::new();
    for (key, value) in query.pairs() {
        let name = key.split('[').next().unwrap_or(key);
        match name {
            "resources" | "resource_ids" => {
                let list = object
                    .entry(name)
                    .or_insert_with(|| Value::Array(Vec::new()));
                if let Value::Array(list) = list {
                    list.extend(
                        value
                            .split(',')
                            .map(str::trim)
                            .filter(|id| !id.is_empty())
                            .map(Value::from),
                    );
                }
            }
            "constraints" | "availability_constraints" => {
                let list = serde_json::from_str(value).unwrap_or_else(|_| value.into());
                object.insert(name.to_owned(), list);
            }
            _ if value.is_empty() => {}
            _ => {
                object.entry(name).or_insert_with(|| value.into());
            }
        }
    }
    object
}

/// The message for a missing or unknown thing.
pub fn unknown(field: &str) -> String {
    format!("{} does not exist", spoken(field))
}

/// Whose opening hours count.
fn hours_from(fields: &mut Fields<'_>) -> Option<HoursFrom> {
    let name = fields.text("use_hours_from", NAME)?;
    let from = HoursFrom::parse(&name);
    if from.is_none() {
        fields.error(
            "use_hours_from",
            "use hours from must be resource, project or location",
        );
    }
    from
}
