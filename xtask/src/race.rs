//! `cargo xtask race`: clients fight for the same times while servers are killed, and the history is judged.
//!
//! Every run has a seed from which its requests and kills follow; how the threads interleave does not, so that a
//! failure may need a few replays. Only processes that the run has started are killed, by their ids.

use std::fmt::Write as _;
use std::fs;
use std::hash::{BuildHasher, Hasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::counts::Counts;
use crate::http::{Client, basic, text_after};
use crate::tools::Tool;

mod clients;
mod history;
mod nodes;
mod plan;

use self::clients::{COPIES, Course, Teller};
use self::history::{Answer, Fault, Guarantee, History};
use self::nodes::{Board, Database, Nodes};
use self::plan::{Plan, Random, Wish};

/// Clients that work through the operations; those that send copies come on top.
const CLIENTS: usize = 32;
/// Operations for each kill, and for each request that is sent in copies.
const PER_KILL: usize = 400;
const PER_BURST: usize = 50;
/// How many faults of one kind are told.
const SHOWN: usize = 5;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
        }
    }
}

/// What is to be run.
#[derive(Clone, Debug)]
pub struct Options {
    seed: Option<u64>,
    engine: Option<Engine>,
    operations: usize,
    /// The server's binary, where it is not the development build.
    pub binary: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            seed: None,
            engine: None,
            operations: 2_000,
            binary: None,
        }
    }
}

impl Options {
    pub fn read(words: &[&str]) -> Result<Self> {
        let mut options = Self::default();
        for pair in words.chunks(2) {
            match pair {
                ["--seed", seed] => options.seed = Some(seed.parse().context("--seed")?),
                ["--ops", operations] => {
                    options.operations = operations.parse().context("--ops")?;
                }
                ["--binary", path] => options.binary = Some(path.into()),
                ["--engine", "sqlite"] => options.engine = Some(Engine::Sqlite),
                ["--engine", "postgres"] => options.engine = Some(Engine::Postgres),
                _ => bail!(
                    "unknown option `{}`; see `cargo xtask help`",
                    pair.join(" ")
                ),
            }
        }
        Ok(options)
    }

    fn engines(&self) -> Vec<Engine> {
        match self.engine {
            Some(engine) => vec![engine],
            None => vec![Engine::Sqlite, Engine::Postgres],
        }
    }
}

/// Runs the race; each guarantee on each engine is one check. `missing` is what an engine that is not there counts as.
pub fn run(daybook: &Path, options: &Options, missing: Counts) -> Result<Counts> {
    let seed = options
        .seed
        .unwrap_or_else(|| RandomState::new().build_hasher().finish() >> 16);
    let plan = Plan {
        seed,
        operations: options.operations,
    };
    let mut counts = Counts::default();
    for engine in options.engines() {
        let elsewhere = std::env::var_os("DAYBOOK_TEST_POSTGRES").is_some();
        if engine == Engine::Postgres && !elsewhere && !Tool::Postgres.is_there() {
            println!(
                "!! NOT RUN ON POSTGRESQL: {} missing",
                Tool::Postgres.label()
            );
            counts += missing;
            continue;
        }
        counts += on_engine(daybook, engine, plan).with_context(|| {
            format!("on {}, replay by `{}`", engine.name(), replay(engine, plan))
        })?;
    }
    Ok(counts)
}

fn replay(engine: Engine, plan: Plan) -> String {
    format!(
        "cargo xtask race --seed {} --engine {} --ops {}",
        plan.seed,
        engine.name(),
        plan.operations
    )
}

fn on_engine(daybook: &Path, engine: Engine, plan: Plan) -> Result<Counts> {
    println!(
        "{}: seed {}, {} operations for {} times",
        engine.name(),
        plan.seed,
        plan.operations,
        plan.times()
    );
    let folder = Folder::create(engine)?;
    let outcome = race(daybook, &folder.0, engine, plan)?;
    println!("{}", outcome.summary);
    let mut counts = Counts::default();
    for guarantee in Guarantee::ALL {
        let faults: Vec<&Fault> = outcome
            .faults
            .iter()
            .filter(|fault| fault.guarantee == guarantee)
            .collect();
        if faults.is_empty() {
            println!("  ok      {}", guarantee.words());
            counts += Counts::PASSED;
            continue;
        }
        println!("  BROKEN  {}: {} times", guarantee.words(), faults.len());
        for fault in faults.iter().take(SHOWN) {
            println!("          {}", fault.text);
        }
        counts += Counts::FAILED;
    }
    if counts.failed > 0 {
        println!("replay: {}", replay(engine, plan));
    }
    Ok(counts)
}

/// A folder of the run, removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn create(engine: Engine) -> Result<Self> {
        let name = format!("daybook-race-{}-{}", engine.name(), std::process::id());
        let folder = std::env::temp_dir().join(name);
        fs::create_dir(&folder).with_context(|| format!("create {}", folder.display()))?;
        Ok(Self(folder))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

struct Outcome {
    faults: Vec<Fault>,
    summary: String,
}

fn race(daybook: &Path, folder: &Path, engine: Engine, plan: Plan) -> Result<Outcome> {
    let database = match engine {
        Engine::Sqlite => Database::sqlite(folder),
        Engine::Postgres => Database::postgres()?,
    };
    let board = Board::new(database.nodes());
    let (mut nodes, key) = Nodes::start(daybook, folder, &database, &board)?;
    let authorization = basic(&key);
    let resources = create_resources(&board, &authorization, plan.resources())?;
    let limit =
        Duration::from_mins(1) + Duration::from_millis(20) * u32::try_from(plan.operations)?;
    let bursts = (plan.operations / PER_BURST).max(1);
    let course = Course {
        plan,
        board: &board,
        authorization,
        resources,
        started: Instant::now(),
        deadline: Instant::now() + limit,
        next: AtomicUsize::new(0),
        active: AtomicUsize::new(CLIENTS + COPIES),
    };

    let (mut history, mut told, mut kills) = compete(&course, &mut nodes, bursts)?;
    for node in 0..board.nodes() {
        nodes.kill(node)?;
        nodes.start_node(node)?;
        kills += 1;
    }
    history.settled = course.now();
    let took = course.started.elapsed();

    // The truth under each key survives a kill.
    let mut teller = Teller::new(&course, CLIENTS + COPIES);
    for (burst, copies) in told.iter_mut().enumerate() {
        copies.push(teller.copy(burst));
    }
    for (story, copies) in told.into_iter().filter_map(clients::merge) {
        history.stories.push(story);
        history.copies.push(copies);
    }
    // A time that nobody holds can be booked: a claim that leaked away would refuse this.
    for time in 0..plan.times() {
        let wish = Wish {
            span: plan.span(time),
            graph: history::Graph::Instant,
            keyed: true,
            cancel: false,
        };
        let operation = plan.operations + bursts + time;
        history.stories.push(teller.live(operation, wish));
    }
    for resource in 0..plan.resources() {
        history.found.extend(teller.list(resource)?);
    }

    let mut faults = history.faults();
    let complaints = nodes.complaints()?;
    faults.extend(complaints.into_iter().map(|text| Fault {
        guarantee: Guarantee::ExpectedAnswers,
        text,
    }));
    if course.is_late() {
        bail!("not done after {} s", limit.as_secs());
    }
    Ok(Outcome {
        summary: summary(&history, database.nodes(), kills, took),
        faults,
    })
}

/// Lets the clients loose and kills servers meanwhile; gives what was told, and the number of kills.
fn compete(
    course: &Course<'_>,
    nodes: &mut Nodes<'_>,
    bursts: usize,
) -> Result<(History, Vec<Burst>, usize)> {
    let barrier = Barrier::new(COPIES);
    let mut random = Random::new(course.plan.seed, 0, 5);
    let operations = course.plan.operations;
    let mut moments: Vec<usize> = (0..(operations / PER_KILL).max(3))
        .map(|_| operations / 20 + random.below(operations * 9 / 10))
        .collect();
    moments.sort_unstable();

    thread::scope(|scope| {
        let clients: Vec<_> = (0..CLIENTS)
            .map(|number| scope.spawn(move || course.work(number)))
            .collect();
        let copiers: Vec<_> = (0..COPIES)
            .map(|number| {
                let barrier = &barrier;
                scope.spawn(move || course.repeat(CLIENTS + number, bursts, barrier))
            })
            .collect();

        let mut kills = 0;
        let mut killed = Ok(());
        for moment in moments {
            let waits = || course.active.load(Ordering::Relaxed) > 0 && !course.is_late();
            while waits() && course.next.load(Ordering::Relaxed) < moment {
                thread::sleep(Duration::from_millis(1));
            }
            thread::sleep(Duration::from_millis(random.below(20) as u64));
            if !waits() {
                break;
            }
            let node = random.below(course.board.nodes());
            killed = nodes.kill(node).and_then(|()| nodes.start_node(node));
            if killed.is_err() {
                break;
            }
            kills += 1;
        }

        let mut history = History::default();
        for client in clients {
            history.stories.extend(joined(client)?);
        }
        let mut told: Vec<Burst> = (0..bursts).map(|_| Vec::new()).collect();
        for copier in copiers {
            for (burst, copy) in told.iter_mut().zip(joined(copier)?) {
                burst.push(copy);
            }
        }
        killed?;
        Ok((history, told, kills))
    })
}

/// What the copies of one request were told.
type Burst = Vec<(history::Story, (u16, String))>;

fn joined<T>(thread: thread::ScopedJoinHandle<'_, T>) -> Result<T> {
    thread
        .join()
        .map_err(|_| anyhow::anyhow!("a client panicked"))
}

fn create_resources(board: &Board, authorization: &str, count: usize) -> Result<Vec<String>> {
    let address = board.address(0).context("the first server is up")?;
    let mut client = Client::connect(&address, authorization)?;
    (0..count)
        .map(|number| {
            let body = format!(r#"{{"name":"Lane {number}","timezone":"UTC"}}"#);
            let (status, answer) = client.post("/v2/resources", &body)?;
            let id = text_after(&answer, "\"id\":").filter(|_| status == 201);
            Ok(id
                .with_context(|| format!("no resource was made: {status} {answer}"))?
                .to_owned())
        })
        .collect()
}

fn summary(history: &History, nodes: usize, kills: usize, took: Duration) -> String {
    let mut answers = [0_usize; 4];
    for call in history.stories.iter().flat_map(history::Story::calls) {
        answers[match call.answer {
            Answer::Done => 0,
            Answer::Taken => 1,
            Answer::Unknown => 2,
            Answer::Other(_) => 3,
        }] += 1;
    }
    let [done, taken, unknown, other] = answers;
    let confirmed = history
        .found
        .iter()
        .filter(|booking| booking.state == "confirmed");
    let mut text = String::new();
    let _ = write!(
        text,
        "  {nodes} server{}, {kills} kills, {:.1} s: {done} calls done, {taken} refused as taken, {unknown} unknown, {other} other; {} keys × {} copies; {} bookings found, {} of them confirmed",
        if nodes == 1 { "" } else { "s" },
        took.as_secs_f64(),
        history.copies.len(),
        COPIES + 1,
        history.found.len(),
        confirmed.count(),
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_are_read_in_any_order_and_unknown_ones_refused() {
        let options =
            Options::read(&["--ops", "50", "--engine", "postgres", "--seed", "7"]).expect("good");

        assert_eq!(
            (options.seed, options.engine, options.operations),
            (Some(7), Some(Engine::Postgres), 50)
        );
        for words in [&["--seed"][..], &["--engine", "oracle"], &["--ops", "many"]] {
            assert!(Options::read(words).is_err());
        }
    }
}
