//! `cargo xtask`: what developers and continuous integration run.
//!
//! It is built first, so it depends on almost nothing.

mod bench;
mod counts;
mod http;
mod postgres;
mod proc_stat;
mod process;
mod race;
mod test;
mod tools;
mod workspace;

use std::fs;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};

use crate::counts::Counts;
use crate::workspace::Workspace;

const HELP: &str = "\
cargo xtask COMMAND

  test [--only STEP[,STEP]] [--list]   run every check, or the named ones; the last line counts them
  bench [--quick]                      the release build beside the bare server in floor/, as a Markdown table of ratios
  race [--seed N] [--engine sqlite|postgres] [--ops N] [--binary PATH]
                                       clients fight for the same times while servers are killed: no overlap, no loss
  openapi                              write docs/openapi.json from the server
  help                                 this text

`test` installs what it needs (as root or by sudo), starts its own PostgreSQL and stops what it started.
It goes on after a failed step and exits with 1 at the end.";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match command(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("xtask: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn command(arguments: &[String]) -> Result<bool> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["test", options @ ..] => run_tests(options),
        ["bench"] => bench::run(&bench::Size::FULL).map(|()| true),
        ["bench", "--quick"] => bench::run(&bench::Size::QUICK).map(|()| true),
        ["race", options @ ..] => run_race(options),
        ["openapi"] => Workspace::find()?.write_openapi().map(|()| true),
        ["help" | "--help" | "-h"] | [] => {
            println!("{HELP}");
            Ok(true)
        }
        _ => bail!(
            "unknown command `{}`; see `cargo xtask help`",
            words.join(" ")
        ),
    }
}

fn run_race(options: &[&str]) -> Result<bool> {
    let options = race::Options::read(options)?;
    let daybook = match &options.binary {
        Some(path) => fs::canonicalize(path).with_context(|| format!("{}", path.display()))?,
        None => Workspace::find()?.daybook()?,
    };
    let counts = race::run(&daybook, &options, Counts::SKIPPED)?;
    Ok(counts.failed == 0)
}

fn run_tests(options: &[&str]) -> Result<bool> {
    let mut only = Vec::new();
    let mut rest = options.iter();
    while let Some(option) = rest.next() {
        let list = match (*option, option.strip_prefix("--only=")) {
            ("--list", _) => {
                test::list();
                return Ok(true);
            }
            ("--only", _) => match rest.next() {
                Some(list) => list,
                None => bail!("--only needs the names of steps"),
            },
            (_, Some(list)) => list,
            _ => bail!("unknown option `{option}`; see `cargo xtask help`"),
        };
        only.extend(list.split(',').map(str::to_owned));
    }
    test::run(&only)
}
