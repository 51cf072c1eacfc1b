//! `cargo xtask bench`: the server beside the floor on the same machine, in one run, as ratios.
//!
//! What counts is CPU time per request, divided by the floor's: an absolute time means little on a noisy machine.
//! The load (`bench/load.lua`) comes from wrk over loopback; CPU time and memory are read from `/proc`.

use std::cell::Cell;
use std::fmt::Write;
use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::http::{Client, basic, text_after};
use crate::postgres::{Postgres, free_port};
use crate::proc_stat;
use crate::process::{self, Background, Stop};
use crate::tools::{self, Tool};
use crate::workspace::Workspace;

mod data;
mod table;

use self::data::{PAST, booking};
use self::table::Table;

/// How much is measured.
pub struct Size {
    bookings: u64,
    resources: u64,
    rounds: usize,
    seconds: u64,
}

impl Size {
    pub const FULL: Self = Self {
        bookings: 100_000,
        resources: 1_000,
        rounds: 3,
        seconds: 5,
    };
    pub const QUICK: Self = Self {
        bookings: 10_000,
        resources: 100,
        rounds: 1,
        seconds: 2,
    };
}

/// A peer (Rust, PostgreSQL) that only stores an event took this many times the floor's CPU for a create, at 64
/// connections and at 1, measured side by side once.
const PEER_64: f64 = 354.0 / 29.0;
const PEER_1: f64 = 397.0 / 86.0;

/// Linux counts CPU time in hundredths of a second for user space.
const MICROS_PER_TICK: f64 = 10_000.0;

pub fn run(size: &Size) -> Result<()> {
    tools::install(&[Tool::Wrk, Tool::Postgres])?;
    let workspace = Workspace::find()?;
    let built = Command::new("cargo")
        .args([
            "build",
            "--release",
            "--package",
            "server",
            "--package",
            "floor",
        ])
        .current_dir(&workspace.root)
        .status()
        .context("run cargo build")?;
    if !built.success() {
        bail!("the release build failed");
    }
    let bench = Bench::new(
        workspace.target.join("release"),
        workspace.root.join("xtask/bench/load.lua"),
        size,
    )?;
    let result = bench.run();
    let _ = fs::remove_dir_all(&bench.folder);
    println!("\n{}", result?);
    Ok(())
}

struct Bench<'a> {
    binaries: PathBuf,
    script: PathBuf,
    folder: PathBuf,
    size: &'a Size,
    /// Requests to the server under test, and errors among them.
    asked: Cell<(f64, f64)>,
}

/// A server under load.
struct Server {
    process: Background,
    address: String,
    pid: u32,
    /// A database server whose CPU time counts as well.
    database: Option<u32>,
    kind: &'static str,
    authorization: String,
    ids: PathBuf,
    /// The number of the next booking.
    next: AtomicU64,
}

/// What a run of wrk brought, or the medians of several.
#[derive(Clone, Copy, Debug, Default)]
struct Load {
    requests: f64,
    errors: f64,
    per_second: f64,
    median_micros: f64,
    cpu_micros: f64,
}

impl Bench<'_> {
    fn new(binaries: PathBuf, script: PathBuf, size: &Size) -> Result<Bench<'_>> {
        let folder = std::env::temp_dir().join(format!("daybook-bench-{}", std::process::id()));
        fs::create_dir(&folder).with_context(|| format!("create {}", folder.display()))?;
        Ok(Bench {
            binaries,
            script,
            folder,
            size,
            asked: Cell::default(),
        })
    }

    fn run(&self) -> Result<Table> {
        let mut table = Table::default();
        let floor = self.floor()?;
        let sqlite = format!("sqlite://{}", self.folder.join("daybook.db").display());
        let daybook = self.daybook(&sqlite, None)?;
        seed(&daybook, 0..self.size.bookings)?;

        let mut creates = Vec::new();
        for connections in [1, 16, 64] {
            let (bare, ours) = self.pair("create", &floor, &daybook, connections)?;
            table.ratio(
                "1",
                &format!("create, {connections} connections: CPU"),
                bare.cpu_micros,
                ours.cpu_micros,
                3.0,
                2.0,
            );
            creates.push((connections, bare, ours));
        }
        let (_, bare, ours) = *creates.last().context("three sizes were measured")?;
        table.at_least(
            "2",
            "create, 64 connections: requests/s",
            bare.per_second,
            ours.per_second,
            0.35,
            0.6,
        );
        let (bare_list, our_list) = self.pair("list", &floor, &daybook, 16)?;
        table.ratio(
            "3",
            "list 50 with attributes, customers: CPU",
            bare_list.cpu_micros,
            our_list.cpu_micros,
            3.0,
            1.7,
        );
        self.availability(&mut table, &floor, &daybook)?;
        let resident = proc_stat::resident(daybook.pid).context("the server's memory")?;
        table.limit(
            "9",
            "resident memory after that load",
            megabytes(resident),
            "MB",
            200.0,
            100.0,
        );

        table.ratio(
            "14",
            "create, 64 connections: median latency",
            bare.median_micros,
            ours.median_micros,
            3.0,
            2.5,
        );
        table.ratio(
            "14",
            "list 50: median latency",
            bare_list.median_micros,
            our_list.median_micros,
            3.0,
            2.5,
        );
        let (_, bare, ours) = creates[0];
        table.ratio(
            "14",
            "create, 1 connection: median latency",
            bare.median_micros,
            ours.median_micros,
            2.5,
            2.5,
        );

        self.tenfold(&mut table, &floor, &daybook)?;
        let daybook = self.restart(&mut table, daybook, &sqlite)?;
        drop(daybook);
        self.on_postgres(&mut table, &floor)?;
        let (requests, errors) = self.asked.get();
        table.limit(
            "12",
            "errors in these runs",
            100.0 * errors / requests,
            "%",
            0.1,
            0.0,
        );
        Ok(table)
    }

    /// Rows 4, 5, 6, 8 and the availability of row 14.
    fn availability(&self, table: &mut Table, floor: &Server, daybook: &Server) -> Result<()> {
        let mut costs = Vec::new();
        for (count, mode) in [
            (1, "roundrobin_prioritized"),
            (10, "roundrobin_prioritized"),
            (100, "roundrobin_prioritized"),
            (1, "mutual"),
            (10, "mutual"),
            (1_000, "roundrobin_prioritized"),
        ] {
            let work = format!("availability {count} {mode}");
            let (bare, ours) = self.pair(&work, floor, daybook, 16)?;
            let (row, must, aim) = if count == 1_000 {
                ("5", 2.5, 1.5)
            } else {
                ("4", 2.0, 1.4)
            };
            let name = format!("availability, 4 weeks, {count} {mode}: CPU");
            table.ratio(row, &name, bare.cpu_micros, ours.cpu_micros, must, aim);
            costs.push(ours.cpu_micros);
        }
        table.limit(
            "6",
            "each further resource of an availability",
            (costs[5] - costs[1]) / 990.0,
            "µs",
            1.0,
            0.5,
        );
        let (bare, ours) = self.pair("mixed 100", floor, daybook, 16)?;
        table.ratio(
            "8",
            "availability of 100, one request of ten books: CPU",
            bare.cpu_micros,
            ours.cpu_micros,
            3.0,
            2.0,
        );
        table.ratio(
            "14",
            "the same: median latency",
            bare.median_micros,
            ours.median_micros,
            3.0,
            2.5,
        );
        Ok(())
    }

    /// Row 7: the same work with ten times as many bookings, all of them outside its window.
    fn tenfold(&self, table: &mut Table, floor: &Server, daybook: &Server) -> Result<()> {
        let (_, before_create) = self.pair("create", floor, daybook, 64)?;
        let (_, before_list) = self.pair("window", floor, daybook, 16)?;
        let (_, before_slots) = self.pair("availability 100", floor, daybook, 16)?;
        let bookings = self.size.bookings;
        seed(daybook, PAST..PAST + bookings * 9)?;
        let (_, after_create) = self.pair("create", floor, daybook, 64)?;
        let (_, after_list) = self.pair("window", floor, daybook, 16)?;
        let (_, after_slots) = self.pair("availability 100", floor, daybook, 16)?;
        let (was, is) = (before_create.cpu_micros, after_create.cpu_micros);
        table.ratio(
            "7",
            "create with 10 × more bookings in the past: CPU, against itself",
            was,
            is,
            1.1,
            1.03,
        );
        let (was, is) = (before_list.cpu_micros, after_list.cpu_micros);
        table.ratio("7", "list of three weeks, likewise", was, is, 1.1, 1.03);
        let (was, is) = (before_slots.cpu_micros, after_slots.cpu_micros);
        table.ratio("7", "availability of 100, likewise", was, is, 1.1, 1.03);
        Ok(())
    }

    /// Row 13: how soon the server is ready on an existing database, and what it weighs idle.
    fn restart(&self, table: &mut Table, daybook: Server, url: &str) -> Result<Server> {
        let Server {
            process,
            address,
            authorization,
            ids,
            kind,
            ..
        } = daybook;
        drop(process);
        let started = Instant::now();
        let process = self.serve(&address, url)?;
        table.limit(
            "13",
            "start on an existing database",
            started.elapsed().as_secs_f64() * 1000.0,
            "ms",
            200.0,
            200.0,
        );
        thread::sleep(Duration::from_secs(3));
        let pid = process.pid()?;
        let resident = proc_stat::resident(pid).context("the server's memory")?;
        table.limit("13", "idle memory", megabytes(resident), "MB", 40.0, 40.0);
        let binary = fs::metadata(self.binaries.join("daybook"))
            .context("the server's binary")?
            .len();
        table.limit("13", "binary", megabytes(binary), "MB", 30.0, 30.0);
        Ok(Server {
            process,
            address,
            pid,
            database: None,
            kind,
            authorization,
            ids,
            next: AtomicU64::new(0),
        })
    }

    /// Row 11: the CPU time of the server and of the database.
    fn on_postgres(&self, table: &mut Table, floor: &Server) -> Result<()> {
        if !Tool::Postgres.is_there() {
            println!("!! PostgreSQL is missing: row 11 is not measured");
            return Ok(());
        }
        let postgres = Postgres::start()?;
        let daybook = self.daybook(&postgres.url("postgres"), Some(postgres.pid()?))?;
        seed(&daybook, 0..self.size.bookings)?;
        for (connections, peer) in [(1, PEER_1), (64, PEER_64)] {
            let (bare, ours) = self.pair("create", floor, &daybook, connections)?;
            let work =
                format!("create on PostgreSQL, {connections} connections: CPU with database");
            table.ratio(
                "11",
                &work,
                bare.cpu_micros,
                ours.cpu_micros,
                0.6 * peer,
                0.35 * peer,
            );
        }
        Ok(())
    }

    fn floor(&self) -> Result<Server> {
        let log = self.folder.join("floor.log");
        let mut command = Command::new(self.binaries.join("floor"));
        command.arg(self.folder.join("floor.db"));
        command.args([
            self.size.bookings.to_string(),
            self.size.resources.to_string(),
            data::base().to_string(),
        ]);
        let process = Background::start(&command, Stop::Terminate, &log, None)?;
        let deadline = Instant::now() + Duration::from_mins(1);
        let address = loop {
            let told = fs::read_to_string(&log).unwrap_or_default();
            if let Some(address) = told.trim_end().strip_prefix("http://") {
                break address.to_owned();
            }
            if Instant::now() > deadline {
                bail!("the floor did not start: {told}");
            }
            thread::sleep(Duration::from_millis(20));
        };
        let ids = self.folder.join("floor.ids");
        let mut lines = String::new();
        for number in 0..self.size.resources {
            let _ = writeln!(lines, "01900000-0000-7000-8000-{number:012}");
        }
        fs::write(&ids, lines)?;
        let pid = process.pid()?;
        let next = AtomicU64::new(self.size.bookings);
        Ok(Server {
            process,
            address,
            pid,
            database: None,
            kind: "floor",
            authorization: "-".to_owned(),
            ids,
            next,
        })
    }

    /// A server on an empty database, with the resources in it.
    fn daybook(&self, url: &str, database: Option<u32>) -> Result<Server> {
        let mut create = Command::new(self.binaries.join("daybook"));
        create.args([
            "app",
            "create",
            "--name",
            "Bench",
            "--email",
            "bench@example.org",
            "--database-url",
            url,
        ]);
        let output = create.output().context("run daybook app create")?;
        let printed = String::from_utf8_lossy(&output.stdout);
        let key =
            text_after(&printed, "\"app_key\":").context("daybook app create printed no key")?;
        let authorization = basic(key);

        let address = format!("127.0.0.1:{}", free_port()?);
        let process = self.serve(&address, url)?;
        let pid = process.pid()?;
        let mut client = Client::connect(&address, &authorization)?;
        let mut ids = String::new();
        for number in 0..self.size.resources {
            let body = format!(r#"{{"name":"Room {number}","timezone":"Europe/Copenhagen"}}"#);
            let (status, answer) = client.post("/v2/resources", &body)?;
            let id = text_after(&answer, "\"id\":").filter(|_| status == 201);
            ids.push_str(id.with_context(|| format!("no resource was made: {status} {answer}"))?);
            ids.push('\n');
        }
        let file = self.folder.join(format!("{pid}.ids"));
        fs::write(&file, ids)?;
        let next = AtomicU64::new(self.size.bookings);
        Ok(Server {
            process,
            address,
            pid,
            database,
            kind: "daybook",
            authorization,
            ids: file,
            next,
        })
    }

    /// Starts the server and waits until it is ready.
    fn serve(&self, address: &str, url: &str) -> Result<Background> {
        let mut command = Command::new(self.binaries.join("daybook"));
        command
            .args(["serve", "--listen", address, "--database-url", url])
            .current_dir(&self.folder);
        let log = self.folder.join("daybook.log");
        let process = Background::start(&command, Stop::Terminate, &log, None)?;
        let deadline = Instant::now() + Duration::from_secs(30);
        while Instant::now() < deadline {
            let ready = Client::connect(address, "-").and_then(|mut client| client.get("/readyz"));
            if ready.is_ok_and(|(status, _)| status == 200) {
                return Ok(process);
            }
            thread::sleep(Duration::from_millis(2));
        }
        bail!(
            "the server did not get ready: {}",
            fs::read_to_string(&log).unwrap_or_default()
        )
    }

    /// Medians of several runs of each, in turns.
    fn pair(
        &self,
        work: &str,
        floor: &Server,
        daybook: &Server,
        connections: u64,
    ) -> Result<(Load, Load)> {
        let mut loads = (Vec::new(), Vec::new());
        for _ in 0..self.size.rounds {
            loads.0.push(self.load(work, floor, connections)?);
            let load = self.load(work, daybook, connections)?;
            let (requests, errors) = self.asked.get();
            self.asked
                .set((requests + load.requests, errors + load.errors));
            loads.1.push(load);
        }
        let (bare, ours) = (median(&loads.0), median(&loads.1));
        println!(
            "{work}, {connections} connections: floor {:.0} µs CPU, {:.0}/s; daybook {:.0} µs CPU, {:.0}/s, {} errors",
            bare.cpu_micros, bare.per_second, ours.cpu_micros, ours.per_second, ours.errors,
        );
        Ok((bare, ours))
    }

    fn load(&self, work: &str, server: &Server, connections: u64) -> Result<Load> {
        let first = server.next.load(Ordering::Relaxed);
        let mut command = Command::new("wrk");
        command.args([
            "-t1",
            &format!("-c{connections}"),
            &format!("-d{}s", self.size.seconds),
            "-s",
        ]);
        command
            .arg(&self.script)
            .arg(format!("http://{}", server.address));
        command
            .args([
                "--",
                work,
                server.kind,
                &first.to_string(),
                &server.authorization,
            ])
            .arg(&server.ids)
            .arg(data::base().to_string());
        let ticks =
            || proc_stat::cpu_ticks(server.pid) + server.database.map_or(0, proc_stat::cpu_ticks);

        let before = ticks();
        let finished = process::capture(&command, Duration::from_secs(self.size.seconds + 60))?;
        let used = ticks() - before;

        let line = finished
            .text
            .lines()
            .find_map(|line| line.strip_prefix("RESULT "));
        let numbers: Vec<f64> = line
            .unwrap_or_default()
            .split(' ')
            .filter_map(|number| number.parse().ok())
            .collect();
        let [requests, micros, median_micros, errors] = numbers[..] else {
            bail!("wrk told no result: {}", finished.text);
        };
        // What was asked for and not answered any more has taken numbers as well.
        server.next.store(
            first + rounded(requests) + connections + 1_000,
            Ordering::Relaxed,
        );
        Ok(Load {
            requests,
            errors,
            per_second: requests / micros * 1e6,
            median_micros,
            cpu_micros: precise(used) * MICROS_PER_TICK / requests.max(1.0),
        })
    }
}

/// Creates the bookings of these numbers at 64 connections.
fn seed(server: &Server, numbers: std::ops::Range<u64>) -> Result<()> {
    println!("creating {} bookings", numbers.end - numbers.start);
    let ids: Arc<Vec<String>> = Arc::new(
        fs::read_to_string(&server.ids)?
            .lines()
            .map(str::to_owned)
            .collect(),
    );
    let next = Arc::new(AtomicU64::new(numbers.start));
    let workers: Vec<_> = (0..64)
        .map(|_| {
            let (ids, next, end) = (Arc::clone(&ids), Arc::clone(&next), numbers.end);
            let mut client = Client::connect(&server.address, &server.authorization)?;
            Ok(thread::spawn(move || -> Result<()> {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= end {
                        return Ok(());
                    }
                    let (status, answer) = client.post("/v2/bookings", &booking(&ids, number))?;
                    if status != 201 {
                        bail!("booking {number} was not made: {status} {answer}");
                    }
                }
            }))
        })
        .collect::<Result<_>>()?;
    for worker in workers {
        worker
            .join()
            .map_err(|_| anyhow::anyhow!("a worker panicked"))??;
    }
    Ok(())
}

/// The loads' medians, value by value; errors and requests are added up.
fn median(loads: &[Load]) -> Load {
    let of = |value: fn(&Load) -> f64| {
        let mut values: Vec<f64> = loads.iter().map(value).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or_default()
    };
    Load {
        requests: loads.iter().map(|load| load.requests).sum(),
        errors: loads.iter().map(|load| load.errors).sum(),
        per_second: of(|load| load.per_second),
        median_micros: of(|load| load.median_micros),
        cpu_micros: of(|load| load.cpu_micros),
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "bytes of a process fit a float by far"
)]
fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / (1024.0 * 1024.0)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "ticks of a short run fit a float by far"
)]
fn precise(ticks: u64) -> f64 {
    ticks as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "counts of requests are small and not negative"
)]
fn rounded(count: f64) -> u64 {
    count as u64
}
