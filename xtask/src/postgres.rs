//! A PostgreSQL server of our own: a temporary folder, a free loopback port, stopped and removed when dropped.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::process::{self, Background, Stop};
use crate::tools;

/// A running server; it takes its folder with it.
pub struct Postgres {
    server: Background,
    port: u16,
}

impl Postgres {
    /// Makes a cluster with the defaults of durability (`fsync` and `synchronous_commit` on) and starts it.
    pub fn start() -> Result<Self> {
        let initdb = tools::postgres("initdb").context("initdb is missing")?;
        let postgres = tools::postgres("postgres").context("postgres is missing")?;
        let owner = owner()?;
        let folder = std::env::temp_dir().join(format!("daybook-postgres-{}", std::process::id()));
        fs::create_dir(&folder).with_context(|| format!("create {}", folder.display()))?;
        if let Some((user, group)) = owner {
            std::os::unix::fs::chown(&folder, Some(user), Some(group))
                .context("give the folder to its user")?;
        }

        let data = folder.join("data");
        let mut init = as_owner(&initdb, owner, &folder);
        init.arg("-D").arg(&data).args([
            "-U",
            "postgres",
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]);
        let made = process::capture(&init, Duration::from_mins(2))?;
        if !made.status.success() {
            let _ = fs::remove_dir_all(&folder);
            bail!("initdb failed: {}", made.text.trim_end());
        }

        let port = free_port()?;
        let mut serve = as_owner(&postgres, owner, &folder);
        serve.arg("-D").arg(&data).arg("-k").arg(&folder).args([
            "-h",
            "127.0.0.1",
            "-p",
            &port.to_string(),
        ]);
        // Many tests at once, each with a pool of its own.
        serve.args(["-c", "max_connections=300", "-c", "max_wal_size=2GB"]);
        let log = folder.join("log");
        let mut server = Background::start(&serve, Stop::Interrupt, &log, Some(&folder))?;
        wait_until_ready(&mut server, &folder, port).with_context(|| {
            format!(
                "PostgreSQL did not start: {}",
                fs::read_to_string(&log).unwrap_or_default()
            )
        })?;
        Ok(Self { server, port })
    }

    pub fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    /// The process that all others of the server descend from.
    pub fn pid(&self) -> Result<u32> {
        self.server.pid()
    }
}

fn wait_until_ready(server: &mut Background, folder: &Path, port: u16) -> Result<()> {
    let pg_isready = tools::postgres("pg_isready").context("pg_isready is missing")?;
    let started = Instant::now();
    while started.elapsed() < Duration::from_secs(30) && server.is_running() {
        let mut ask = Command::new(&pg_isready);
        ask.arg("-h")
            .arg(folder)
            .args(["-q", "-p", &port.to_string()]);
        if ask.status().is_ok_and(|status| status.success()) {
            return Ok(());
        }
        thread::sleep(Duration::from_millis(50));
    }
    bail!("no answer on port {port}")
}

/// A command of PostgreSQL, which refuses to run as root.
fn as_owner(program: &Path, owner: Option<(u32, u32)>, folder: &Path) -> Command {
    let mut command = match owner {
        Some((user, group)) => {
            let mut command = Command::new("setpriv");
            command
                .arg(format!("--reuid={user}"))
                .arg(format!("--regid={group}"))
                .arg("--clear-groups")
                .arg(program);
            command
        }
        None => Command::new(program),
    };
    command.current_dir(folder);
    command
}

/// Whom the server runs as when we are root: PostgreSQL's own user, else nobody.
fn owner() -> Result<Option<(u32, u32)>> {
    if !tools::is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd").context("read /etc/passwd")?;
    let find = |name: &str| {
        users.lines().find_map(|line| {
            let mut fields = line.split(':');
            let found = fields.next()? == name;
            let user = fields.nth(1)?.parse().ok()?;
            let group = fields.next()?.parse().ok()?;
            found.then_some((user, group))
        })
    };
    find("postgres")
        .or_else(|| find("nobody"))
        .map(Some)
        .context("no user `postgres` or `nobody` to run PostgreSQL as")
}

/// A loopback port that nobody listens on right now.
pub fn free_port() -> Result<u16> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").context("find a free port")?;
    Ok(listener.local_addr()?.port())
}
