//! From a request to a question that the engine answers: everything looked up, everything wrong reported at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use domain::{
    AppId, Interval, ProjectId, ResourceId,
    availability::{
        Budget, FullPeriods, HoursFrom, Levels, Query, RateLimits, Refusal, Resource, Rules, Window,
    },
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value};
use store::{Conn, availability as rows, locations, projects};

use super::{
    super::bookings::parsed,
    input::{Search, Settings, once, over, unknown},
};
use crate::{
    api::{
        body::Object,
        caller::Caller,
        error::{Error, FieldErrors, Result, invalid},
    },
    app::App,
    availability::Known,
};

/// How long one answer may take (reliability §6).
const PATIENCE: Duration = Duration::from_secs(10);
/// The most resources of a question (spec 50 §8.21).
const MOST_RESOURCES: usize = 1_000;
/// The most slots of an answer.
const MOST_SLOTS: usize = 100_000;
/// The most resources named in an answer, all slots together: some 30 MB of text.
const MOST_MENTIONS: usize = 300_000;
/// Rules times days up to which an answer is a matter of a millisecond or two.
const SHORT_WORK: i64 = 100_000;

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::TooManyResources(_) => invalid("resources", format!("resources {refusal}")),
            Refusal::TooManySlots(_) => invalid("to", format!("to {refusal}")),
            Refusal::Stopped => Self::Busy("timeout"),
        }
    }
}

/// Everything that an answer depends on.
pub struct Question {
    /// The parameters.
    pub query: Query,
    /// The resources, in the order of the list.
    pub known: Vec<Arc<Known>>,
    /// The zone of the answer, where one is asked for.
    pub zone: Option<TimeZone>,
    /// The rules that all resources share.
    shared: Shared,
    /// Where each resource has no bookings left; empty where nothing is limited.
    full: Vec<FullPeriods>,
}

/// Rules beside the resources' own.
#[derive(Default)]
pub struct Shared {
    /// The project's.
    pub project: Rules,
    /// The location's, where the project takes its hours from there.
    pub location: Option<Rules>,
    /// The request's; one list for all, or one for each resource.
    pub request: Vec<Rules>,
    /// Which of the levels count.
    pub hours_from: HoursFrom,
}

/// What a project says about availability.
pub struct Project {
    /// Its parameters.
    pub availability: Map<String, Value>,
    /// Its rules.
    pub rules: Rules,
    /// The rules of its location, where those count.
    pub location: Option<Rules>,
    /// Which levels count.
    pub hours_from: HoursFrom,
    /// Its resources, in the order of their priority.
    pub resources: Vec<ResourceId>,
}

/// Reads a request and looks up what it names.
pub async fn ask(app: &App, caller: &Caller, object: &Object) -> Result<Question> {
    let mut errors = FieldErrors::default();
    let search = object.read(&mut errors, Search::read);
    let mut conn = app.read(caller).await?;
    let project = match search.project_id {
        None => None,
        Some(id) => {
            let project = project(&mut conn, caller, id).await?;
            if project.is_none() {
                errors.push("project_id", unknown("project_id"));
            }
            project
        }
    };
    let (ids, field) = match &project {
        Some(project) if search.resources.is_empty() => {
            (once(project.resources.clone()), "project_id")
        }
        _ => (search.resources, "resources"),
    };
    if ids.is_empty() && errors.is_empty() {
        let problem = if project.is_some() {
            "the project has no resources"
        } else {
            "resources or project id is required"
        };
        errors.push("resources", problem);
    }
    let settings = match &project {
        Some(project) if errors.is_empty() => {
            let merged = Object::new(over(&project.availability, object.map()), caller);
            merged.read(&mut errors, Settings::read)
        }
        _ => search.settings,
    };
    // A public page shows the hours that hold, whatever it asks for.
    let wanted = search.hours_from.filter(|_| !caller.is_public());
    let shared = match project {
        None => Shared {
            request: vec![search.constraints],
            hours_from: wanted.unwrap_or_default(),
            ..Shared::default()
        },
        Some(project) => Shared {
            project: project.rules,
            location: project.location,
            request: vec![search.constraints],
            hours_from: wanted.unwrap_or(project.hours_from),
        },
    };
    question(app, caller, conn, &ids, field, &settings, shared, errors).await
}

/// Looks up the resources of a question; `errors` are those found so far, `field` is where the resources were named.
#[expect(
    clippy::too_many_arguments,
    reason = "the parts of a question, each of another kind"
)]
pub async fn question(
    app: &App,
    caller: &Caller,
    mut conn: Conn,
    ids: &[ResourceId],
    field: &str,
    settings: &Settings,
    shared: Shared,
    mut errors: FieldErrors,
) -> Result<Question> {
    let now = full_second(app.clock.now());
    let wish = caller.rendering.zone.as_ref();
    let zone = settings.output.as_ref().or(wish).cloned();
    let reading = wish.or(settings.output.as_ref());
    let window = Window::resolve(
        settings.from,
        settings.to,
        now,
        reading.unwrap_or(&TimeZone::UTC),
    );
    if let Err(error) = window {
        errors.push(error.field(), format!("{} {error}", error.field()));
    }
    if ids.len() > MOST_RESOURCES {
        errors.push(
            field,
            format!("{field} may not have more than {MOST_RESOURCES} entries"),
        );
    }
    let Some(window) = window.ok().filter(|_| ids.len() <= MOST_RESOURCES) else {
        errors.into_result()?;
        return Err(invalid(field, unknown(field)));
    };

    let (from, to) = window.widened(settings.buffer);
    let span = Interval::new(from, to.max(from + jiff::SignedDuration::from_secs(1)));
    let span = span.expect("invariant: the end was made later than the start");
    let app_id = caller.app_id();
    let found = app.busy.get(&mut conn, app_id, ids, span, now).await?;
    let mut known = Vec::with_capacity(found.len());
    for (index, resource) in found.into_iter().enumerate() {
        match resource {
            Some(resource) => known.push(resource),
            None => errors.push(&format!("{field}.{index}"), "the resource does not exist"),
        }
    }
    errors.into_result()?;
    let full = full_periods(&mut conn, app_id, &known, window).await?;
    Ok(Question {
        query: Query {
            window,
            length: settings.length,
            step: settings.step,
            buffer: settings.buffer,
            rounding: settings.rounding,
            mode: settings.mode,
            all_day: settings.all_day,
            now,
            seed: u64::from_be_bytes(app.clock.random()),
        },
        known,
        zone,
        shared,
        full,
    })
}

/// The next full second, so that all that is counted from now lies on full seconds (spec 50 §8.20).
fn full_second(now: Timestamp) -> Timestamp {
    let up = i64::from(now.subsec_nanosecond() > 0);
    Timestamp::from_second(now.as_second() + up).unwrap_or(now)
}

/// The project with this id. One that is switched off is not there for the public.
async fn project(conn: &mut Conn, caller: &Caller, id: ProjectId) -> Result<Option<Project>> {
    let app = caller.app_id();
    let found = projects::get(conn, app, id).await?;
    let Some(row) = found.filter(|row| row.enabled || !caller.is_public()) else {
        return Ok(None);
    };
    let hours_from = row.use_hours_from.as_deref().and_then(HoursFrom::parse);
    let location = match hours_from {
        Some(HoursFrom::Location) => locations::hours_of_project(conn, app, id).await?,
        _ => None,
    };
    Ok(Some(Project {
        availability: parsed(&row.availability)?,
        rules: rules(&row.availability_constraints)?,
        location: location.as_deref().map(rules).transpose()?,
        hours_from: hours_from.unwrap_or_default(),
        resources: projects::resources(conn, app, id).await?,
    }))
}

/// Rules as they are stored.
fn rules(text: &str) -> Result<Rules> {
    let list: Value = parsed(text)?;
    Rules::read("availability_constraints", &list)
        .map_err(|_| anyhow::anyhow!("stored constraints are broken").into())
}

/// Where the app's limits leave no more bookings, for each resource; empty where it has none (spec 20).
async fn full_periods(
    conn: &mut Conn,
    app: AppId,
    known: &[Arc<Known>],
    window: Window,
) -> Result<Vec<FullPeriods>> {
    let Some(settings) = rows::limiting_settings(conn, app).await? else {
        return Ok(Vec::new());
    };
    let settings: Map<String, Value> =
        serde_json::from_str(&settings).map_err(anyhow::Error::new)?;
    let limits = RateLimits::read(&settings);
    let reach = known
        .iter()
        .filter_map(|resource| limits.counted(window, &resource.zone))
        .reduce(|one, other| (one.0.min(other.0), one.1.max(other.1)));
    let Some(span) = reach.and_then(|(from, to)| Interval::new(from, to).ok()) else {
        return Ok(Vec::new());
    };
    let mut ids: Vec<ResourceId> = known.iter().map(|resource| resource.id).collect();
    ids.sort_unstable();
    let booked = rows::booked(conn, app, &ids, span).await?;
    Ok(known
        .iter()
        .map(|resource| {
            let first = booked.partition_point(|(id, _)| *id < resource.id);
            let starts: Vec<Timestamp> = booked[first..]
                .iter()
                .take_while(|(id, _)| *id == resource.id)
                .map(|(_, start)| *start)
                .collect();
            limits.full(&starts, &resource.zone)
        })
        .collect())
}

impl Question {
    /// Gives each resource rules beside its own, by its zone.
    pub fn narrow(&mut self, rules: impl Fn(&TimeZone) -> Rules) {
        self.shared.request = self.known.iter().map(|known| rules(&known.zone)).collect();
    }

    /// The zone in which times are written.
    pub fn output(&self) -> TimeZone {
        self.zone.clone().unwrap_or(TimeZone::UTC)
    }

    /// The resources' objects, for answers.
    pub fn shown(&self) -> Vec<&str> {
        self.known
            .iter()
            .map(|resource| resource.shown.as_str())
            .collect()
    }

    /// The resources as the engine takes them.
    fn resources(&self) -> Vec<Resource<'_>> {
        self.known
            .iter()
            .enumerate()
            .map(|(place, known)| {
                let request = &self.shared.request;
                let levels = Levels {
                    resource: Some(&known.rules),
                    project: Some(&self.shared.project),
                    location: self.shared.location.as_ref(),
                    request: request.get(place).or(request.first()),
                };
                Resource {
                    zone: &known.zone,
                    levels: levels.from_hours(self.shared.hours_from),
                    busy: &known.busy,
                    full: self.full.get(place).unwrap_or(FullPeriods::NONE),
                }
            })
            .collect()
    }

    /// Lets the engine answer: at once where that is short work, else on a thread of its own, which gives up when the
    /// time is over or the client has gone.
    pub async fn answer<T: Send + 'static>(
        self,
        work: impl FnOnce(&Self, &[Resource<'_>], &Budget<'_>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        if self.is_short() {
            self.work(work, &|| false)
        } else {
            let deadline = Instant::now() + PATIENCE;
            let gone = Gone::default();
            let watched = Arc::clone(&gone.0);
            let stop = move || watched.load(Ordering::Relaxed) || Instant::now() > deadline;
            // Dropped with this future, when the client hangs up.
            let answer = tokio::task::spawn_blocking(move || self.work(work, &stop)).await;
            drop(gone);
            answer.map_err(anyhow::Error::new)?
        }
    }

    fn work<T>(
        &self,
        work: impl FnOnce(&Self, &[Resource<'_>], &Budget<'_>) -> Result<T>,
        stop: &dyn Fn() -> bool,
    ) -> Result<T> {
        let budget = Budget {
            resources: MOST_RESOURCES,
            slots: MOST_SLOTS,
            mentions: MOST_MENTIONS,
            stop,
        };
        work(self, &self.resources(), &budget)
    }

    fn is_short(&self) -> bool {
        let seconds = self.query.window.end().as_second() - self.query.window.start().as_second();
        let location = self.shared.location.as_ref().map_or(0, Rules::len);
        let shared = self.shared.project.len()
            + location
            + self
                .shared
                .request
                .iter()
                .map(Rules::len)
                .max()
                .unwrap_or(0);
        let rules = self
            .known
            .iter()
            .map(|known| known.rules.len())
            .sum::<usize>()
            + self.known.len() * (1 + shared);
        (seconds / 86_400 + 1).saturating_mul(i64::try_from(rules).unwrap_or(i64::MAX))
            <= SHORT_WORK
    }
}

/// Tells the work on another thread that nobody waits for it any more.
#[derive(Default)]
struct Gone(Arc<AtomicBool>);

impl Drop for Gone {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}
