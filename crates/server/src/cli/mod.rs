//! The command line: one file for each command or group of commands.
//!
//! Results go to stdout and nothing else does; errors are one line on stderr. Exit codes: 0 done, 1 failed, 2 wrong
//! usage.

use std::{
    fmt::Display,
    io::{self, Write},
    path::PathBuf,
    process::ExitCode,
    time::Duration,
};

use anyhow::Context;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::{
    app::App,
    config::{Config, ConfigError},
};

mod app;
mod backup;
mod doctor;
mod key;
mod open;
mod seed_demo;
mod serve;
mod settings;
mod user;

const EXAMPLES: &str = "\
Examples:
  daybook
  daybook serve --listen 0.0.0.0:80 --public-url https://booking.example.org
  daybook app create --name 'Ink & Paper' --email ann@example.org
  daybook backup /var/backups/daybook-monday

`daybook serve --help` lists all settings. Each can also stand in the environment (DAYBOOK_LISTEN)
or in a TOML file (listen = \"…\") that --config or DAYBOOK_CONFIG names.";

const OPENAPI_EXAMPLES: &str = "\
Examples:
  daybook openapi > openapi.json";

/// Self-hosted scheduling and booking server
#[derive(Parser)]
#[command(name = "daybook", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Start the server (also without any command)
    #[command(after_help = serve::EXAMPLES)]
    Serve,
    /// Make and list apps
    #[command(subcommand, after_help = app::EXAMPLES)]
    App(app::Command),
    /// List, rotate and revoke keys
    #[command(subcommand, after_help = key::EXAMPLES)]
    Key(key::Command),
    /// Help people who cannot sign in
    #[command(subcommand, after_help = user::EXAMPLES)]
    User(user::Command),
    /// Copy a SQLite database while it is in use
    #[command(after_help = backup::BACKUP_EXAMPLES)]
    Backup {
        /// New or empty folder for the copy and its manifest
        folder: PathBuf,
    },
    /// Put a backup in place of a database that does not exist yet
    #[command(after_help = backup::RESTORE_EXAMPLES)]
    Restore {
        /// Folder that `daybook backup` has filled
        folder: PathBuf,
    },
    /// Check a backup without restoring it
    #[command(after_help = backup::VERIFY_EXAMPLES)]
    Verify {
        /// Folder that `daybook backup` has filled
        folder: PathBuf,
    },
    /// Check database, keys, clock and time zones, and give advice
    #[command(after_help = doctor::EXAMPLES)]
    Doctor,
    /// Print the OpenAPI document
    #[command(after_help = OPENAPI_EXAMPLES)]
    Openapi,
    /// Make an app full of resources and bookings, to look around in
    #[command(after_help = seed_demo::EXAMPLES)]
    SeedDemo(seed_demo::Options),
    /// Print the version
    Version,
}

/// Runs the command that the process was started with.
pub fn main() -> ExitCode {
    let matches = settings::add_to(Cli::command()).get_matches();
    let result = Cli::from_arg_matches(&matches)
        .context("reading the command line")
        .and_then(|cli| run(cli, &settings::given(&matches)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let is_usage = error.is::<ConfigError>() || error.is::<Usage>();
            // A reader that has gone away wants no message either.
            let _ = writeln!(
                io::stderr(),
                "daybook: {}",
                format!("{error:#}").replace('\n', " ")
            );
            ExitCode::from(if is_usage { 2 } else { 1 })
        }
    }
}

fn run(cli: Cli, given: &settings::Given) -> anyhow::Result<()> {
    match cli.command {
        None | Some(Command::Serve) => {
            let config = given.config()?;
            let runtime = runtime(None)?;
            let served = runtime.block_on(serve::run(config));
            // Work on blocking threads cannot be cancelled, only left behind.
            runtime.shutdown_timeout(Duration::from_millis(100));
            served
        }
        Some(Command::App(command)) => print(given, async |app| app::run(&app, command).await),
        Some(Command::Key(command)) => print(given, async |app| key::run(&app, command).await),
        Some(Command::User(command)) => print(given, async |app| user::run(&app, command).await),
        Some(Command::SeedDemo(options)) => {
            print(given, async |app| seed_demo::run(&app, options).await)
        }
        Some(Command::Openapi) => say(crate::api::openapi().to_pretty_json()?),
        Some(Command::Backup { folder }) => {
            let config = quiet(given)?;
            runtime(Some(1))?.block_on(backup::backup(&config, &folder))
        }
        Some(Command::Restore { folder }) => backup::restore(&quiet(given)?, &folder),
        Some(Command::Verify { folder }) => backup::verify(&folder),
        Some(Command::Doctor) => {
            let config = quiet(given)?;
            runtime(Some(1))?.block_on(doctor::run(&config))
        }
        Some(Command::Version) => say(concat!("daybook ", env!("CARGO_PKG_VERSION"))),
    }
}

/// A value on the command line that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

/// Prints a result. A pipe that was closed is a failure, not a panic.
fn say(text: impl Display) -> anyhow::Result<()> {
    writeln!(io::stdout(), "{text}").context("writing to stdout")
}

/// Runs a command on the opened database, and prints the one JSON object that it makes.
fn print<F>(given: &settings::Given, command: F) -> anyhow::Result<()>
where
    F: AsyncFnOnce(App) -> anyhow::Result<serde_json::Value>,
{
    let config = quiet(given)?;
    runtime(Some(2))?.block_on(async {
        let app = open::open(config).await?;
        let db = app.db.clone();
        let made = command(app).await;
        db.close().await?;
        say(made?)
    })
}

/// The settings for a short command, whose log is warnings unless `--log` says otherwise.
fn quiet(given: &settings::Given) -> anyhow::Result<Config> {
    let config = given.config()?;
    let filter = if config.log == "info" {
        "warn"
    } else {
        &config.log
    };
    crate::observe::start_logging(filter, config.log_format);
    Ok(config)
}

/// Database reads block their thread, which only a runtime of several threads allows.
fn runtime(workers: Option<usize>) -> anyhow::Result<tokio::runtime::Runtime> {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    if let Some(workers) = workers {
        builder.worker_threads(workers);
    }
    builder.enable_all().build().context("starting threads")
}
