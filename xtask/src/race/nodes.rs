//! The servers under test: real processes over one database, killed without warning and started again.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::http::Client;
use crate::postgres::Postgres;
use crate::process::{self, Background, Stop};
use crate::tools;

/// Opens `/metrics`.
const METRICS_TOKEN: &str = "race";
/// Counters that no run may raise.
const COUNTERS: [&str; 3] = [
    "claims_backstop_total",
    "db_serialization_failures_total",
    "http_panics_total",
];

/// A database of one run, removed when dropped.
pub enum Database {
    Sqlite(PathBuf),
    Postgres {
        /// Of the server, by which databases are made and dropped.
        server_url: String,
        name: String,
        /// Where the server is ours.
        _server: Option<Postgres>,
    },
}

impl Database {
    pub fn sqlite(folder: &Path) -> Self {
        Self::Sqlite(folder.join("daybook.db"))
    }

    /// On the server that `DAYBOOK_TEST_POSTGRES` names, else on one of our own.
    pub fn postgres() -> Result<Self> {
        let (server_url, server) = if let Ok(url) = std::env::var("DAYBOOK_TEST_POSTGRES") {
            (url, None)
        } else {
            let server = Postgres::start()?;
            (server.url("postgres"), Some(server))
        };
        let name = format!("daybook_race_{}", std::process::id());
        psql(&server_url, &format!("CREATE DATABASE {name}"))?;
        Ok(Self::Postgres {
            server_url,
            name,
            _server: server,
        })
    }

    fn url(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite://{}", path.display()),
            Self::Postgres {
                server_url, name, ..
            } => with_database(server_url, name),
        }
    }

    /// SQLite has exactly one server.
    pub fn nodes(&self) -> usize {
        match self {
            Self::Sqlite(_) => 1,
            Self::Postgres { .. } => 2,
        }
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if let Self::Postgres {
            server_url, name, ..
        } = self
        {
            // A database that stays behind harms nobody, and there is nobody left to tell.
            let _ = psql(server_url, &format!("DROP DATABASE {name} WITH (FORCE)"));
        }
    }
}

fn psql(url: &str, statement: &str) -> Result<()> {
    let psql = tools::postgres("psql").context("psql is missing")?;
    let mut command = Command::new(psql);
    command.args([url, "-q", "-v", "ON_ERROR_STOP=1", "-c", statement]);
    let finished = process::capture(&command, Duration::from_secs(30))?;
    if !finished.status.success() {
        bail!("`{statement}` failed: {}", finished.text.trim_end());
    }
    Ok(())
}

/// The same server's address with another database in its path.
fn with_database(url: &str, name: &str) -> String {
    let (base, query) = match url.split_once('?') {
        Some((base, query)) => (base, format!("?{query}")),
        None => (url, String::new()),
    };
    let host = base.find("://").map_or(0, |place| place + 3);
    let end = base[host..]
        .find('/')
        .map_or(base.len(), |place| host + place);
    format!("{}/{name}{query}", &base[..end])
}

/// Where the servers listen now; none while one is down.
pub struct Board(Vec<Mutex<Option<String>>>);

impl Board {
    pub fn new(nodes: usize) -> Self {
        Self((0..nodes).map(|_| Mutex::default()).collect())
    }

    pub fn nodes(&self) -> usize {
        self.0.len()
    }

    pub fn address(&self, node: usize) -> Option<String> {
        self.entry(node).clone()
    }

    fn entry(&self, node: usize) -> std::sync::MutexGuard<'_, Option<String>> {
        self.0[node].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The processes of one run.
pub struct Nodes<'a> {
    daybook: &'a Path,
    folder: &'a Path,
    url: String,
    board: &'a Board,
    running: Vec<Option<Running>>,
    logs: Vec<PathBuf>,
}

struct Running {
    process: Background,
    pid: u32,
}

impl<'a> Nodes<'a> {
    /// Starts all servers of a new database; gives the app's key as well.
    pub fn start(
        daybook: &'a Path,
        folder: &'a Path,
        database: &Database,
        board: &'a Board,
    ) -> Result<(Self, String)> {
        let mut nodes = Self {
            daybook,
            folder,
            url: database.url(),
            board,
            running: (0..board.nodes()).map(|_| None).collect(),
            logs: Vec::new(),
        };
        let mut create = nodes.command(&["app", "create", "--name", "Race"]);
        create.args(["--email", "race@example.org"]);
        let created = process::capture(&create, Duration::from_mins(1))?;
        let key = crate::http::text_after(&created.text, "\"app_key\":")
            .with_context(|| format!("daybook app create printed no key: {}", created.text))?
            .to_owned();
        for node in 0..board.nodes() {
            nodes.start_node(node)?;
        }
        Ok((nodes, key))
    }

    /// Kills a server as a power cut would.
    pub fn kill(&mut self, node: usize) -> Result<()> {
        let Some(running) = self.running[node].take() else {
            return Ok(());
        };
        *self.board.entry(node) = None;
        let pid = running.pid.to_string();
        if !process::succeeds("sh", &["-c", "kill -KILL \"$1\"", "kill", &pid]) {
            bail!(
                "server {node} ended before it was killed: {}",
                self.logged()
            );
        }
        drop(running.process); // Waits until it is gone.
        Ok(())
    }

    /// Starts a server and waits until it is ready.
    pub fn start_node(&mut self, node: usize) -> Result<()> {
        let log = self.folder.join(format!("{node}-{}.log", self.logs.len()));
        self.logs.push(log.clone());
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        command
            .args(["--limit-auth-failures", "0"])
            .env("DAYBOOK_METRICS_TOKEN", METRICS_TOKEN);
        let mut process = Background::start(&command, Stop::Terminate, &log, None)?;
        let deadline = Instant::now() + Duration::from_secs(30);
        let address = loop {
            let told = fs::read_to_string(&log).unwrap_or_default();
            if let Some(address) = ready_address(&told) {
                break address.to_owned();
            }
            if Instant::now() > deadline || !process.is_running() {
                bail!("server {node} did not get ready: {told}");
            }
            thread::sleep(Duration::from_millis(5));
        };
        let pid = process.pid()?;
        self.running[node] = Some(Running { process, pid });
        *self.board.entry(node) = Some(address);
        Ok(())
    }

    /// What the servers counted and logged though it must not happen. Counters end with a killed process, logs do not.
    pub fn complaints(&self) -> Result<Vec<String>> {
        let mut complaints = Vec::new();
        for node in 0..self.board.nodes() {
            let address = self.board.address(node).context("all servers are up")?;
            let mut client = Client::connect(&address, &format!("Bearer {METRICS_TOKEN}"))?;
            let (status, metrics) = client.get("/metrics")?;
            if status != 200 {
                bail!("/metrics answered {status}");
            }
            let raised = metrics
                .lines()
                .filter(|line| COUNTERS.iter().any(|name| line.starts_with(name)))
                .filter(|line| !line.ends_with(" 0"));
            complaints.extend(raised.map(str::to_owned));
        }
        for log in &self.logs {
            let text = fs::read_to_string(log).unwrap_or_default();
            let errors = text.lines().filter(|line| is_error(line));
            complaints.extend(errors.map(str::to_owned));
        }
        Ok(complaints)
    }

    fn logged(&self) -> String {
        let newest = self.logs.last().map(fs::read_to_string);
        newest.and_then(Result::ok).unwrap_or_default()
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(self.daybook);
        command
            .args(words)
            .args(["--database-url", &self.url])
            .current_dir(self.folder);
        command
    }
}

/// The host and port of the line that a server prints when it is ready.
fn ready_address(log: &str) -> Option<&str> {
    let (_, rest) = log.split_once("Daybook is ready: http://")?;
    rest.split_once('/').map(|(address, _)| address)
}

fn is_error(line: &str) -> bool {
    line.contains("\"level\":\"ERROR\"") || line.contains("panicked at")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_database_is_named_in_an_address() {
        for (url, expected) in [
            ("postgres://u@h:1/postgres", "postgres://u@h:1/race"),
            ("postgres://u@h:1", "postgres://u@h:1/race"),
            (
                "postgres://u@h/old?sslmode=disable",
                "postgres://u@h/race?sslmode=disable",
            ),
        ] {
            assert_eq!(with_database(url, "race"), expected);
        }
    }

    #[test]
    fn the_address_of_a_ready_server_is_read() {
        let log = "{\"level\":\"INFO\"}\nDaybook is ready: http://127.0.0.1:4711/admin\n";

        assert_eq!(ready_address(log), Some("127.0.0.1:4711"));
        assert_eq!(ready_address("Daybook is rea"), None);
    }
}
