//! The command line: one file for each command or group of commands.
//!
//! Results go to stdout and nothing else does; errors are one line on stderr. Exit codes: 0 done, 1 failed, 2 wrong
//! usage.

use std::{path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::config::{Config, ConfigError};

mod backup;
mod doctor;
mod open;
mod serve;
mod settings;

const EXAMPLES: &str = "\
Examples:
  daybook
  daybook serve --listen 0.0.0.0:80 --public-url https://booking.example.org
  daybook app create --name 'Ink & Paper' --email ann@example.org
  daybook backup /var/backups/daybook-monday

`daybook serve --help` lists all settings. Each can also stand in the environment (DAYBOOK_LISTEN)
or in a TOML file (listen = \"…\") that --config or DAYBOOK_CONFIG names.";

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
            eprintln!("daybook: {}", format!("{error:#}").replace('\n', " "));
            ExitCode::from(if error.is::<ConfigError>() { 2 } else { 1 })
        }
    }
}

fn run(cli: Cli, given: &settings::Given) -> anyhow::Result<()> {
    match cli.command {
        None | Some(Command::Serve) => {
            let config = given.config()?;
            runtime(None)?.block_on(serve::run(config))
        }
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
        Some(Command::Version) => {
            println!("daybook {}", env!("CARGO_PKG_VERSION"));
            Ok(())
        }
    }
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
