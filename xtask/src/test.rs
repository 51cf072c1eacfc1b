//! `cargo xtask test`: every check of the project, one step after the other, each with its own counts.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::counts::{self, Counts, Runner};
use crate::postgres::Postgres;
use crate::process;
use crate::race;
use crate::tools::{self, Tool};
use crate::workspace::Workspace;

/// One named check.
struct Step {
    name: &'static str,
    about: &'static str,
    /// Without these the step cannot run at all.
    needs: &'static [Tool],
    run: fn(&Session) -> Result<Counts>,
}

const STEPS: &[Step] = &[
    Step {
        name: "fmt",
        about: "formatting of the Rust code",
        needs: &[],
        run: fmt,
    },
    Step {
        name: "clippy",
        about: "lints of the Rust code",
        needs: &[],
        run: clippy,
    },
    Step {
        name: "doc",
        about: "the Rust documentation builds without a warning",
        needs: &[],
        run: doc,
    },
    Step {
        name: "deny",
        about: "bans, licenses and sources of the dependencies, where cargo-deny is installed",
        needs: &[],
        run: deny,
    },
    Step {
        name: "rust",
        about: "unit, property, store, HTTP and command line tests, on SQLite and PostgreSQL",
        needs: &[],
        run: rust,
    },
    Step {
        name: "race",
        about: "contested bookings on servers that are killed, on SQLite and PostgreSQL",
        needs: &[],
        run: race,
    },
    Step {
        name: "doctest",
        about: "examples in the Rust documentation",
        needs: &[],
        run: doctest,
    },
    Step {
        name: "openapi",
        about: "docs/openapi.json is what the server serves",
        needs: &[],
        run: openapi,
    },
    Step {
        name: "web",
        about: "types, unit tests and sizes of the web front",
        needs: &[Tool::Node],
        run: web,
    },
    Step {
        name: "browser",
        about: "browser tests of the web front",
        needs: &[Tool::Node, Tool::Chromium],
        run: browser,
    },
    Step {
        name: "sdk",
        about: "the published JavaScript SDK, unchanged",
        needs: &[Tool::Node],
        run: sdk,
    },
    Step {
        name: "python",
        about: "the published Python client, unchanged",
        needs: &[Tool::Python],
        run: python,
    },
    Step {
        name: "availability",
        about: "answers about free time against a model in Python, on SQLite and PostgreSQL",
        needs: &[Tool::Python],
        run: availability,
    },
    Step {
        name: "recurrence",
        about: "random repeated events against python-dateutil",
        needs: &[Tool::Python],
        run: recurrence,
    },
    Step {
        name: "article",
        about: "the requests of the article on App tokens, by curl",
        needs: &[Tool::Node, Tool::Curl],
        run: article,
    },
    Step {
        name: "docs",
        about: "the commands in README.md and docs/",
        needs: &[Tool::Node, Tool::Curl],
        run: docs,
    },
    Step {
        name: "schemathesis",
        about: "random requests to every operation of the OpenAPI document",
        needs: &[Tool::Python],
        run: schemathesis,
    },
];

/// What the steps share.
struct Session {
    workspace: Workspace,
    ci: bool,
}

pub fn list() {
    for step in STEPS {
        println!("{:<13} {}", step.name, step.about);
    }
}

/// Runs the named steps, or all; true if nothing failed.
pub fn run(only: &[String]) -> Result<bool> {
    let steps = chosen(only)?;
    let session = Session {
        workspace: Workspace::find()?,
        ci: is_ci(std::env::var("CI").ok().as_deref()),
    };

    let mut wanted: Vec<Tool> = Vec::new();
    for step in &steps {
        // These run on SQLite without PostgreSQL.
        let better_with: &[Tool] = if matches!(step.name, "rust" | "race" | "availability") {
            &[Tool::Postgres]
        } else {
            &[]
        };
        for tool in step.needs.iter().chain(better_with) {
            if !wanted.contains(tool) {
                wanted.push(*tool);
            }
        }
    }
    tools::install(&wanted)?;

    let mut results = Vec::new();
    for step in steps {
        println!("\n── {} · {}", step.name, step.about);
        let started = Instant::now();
        let missing: Vec<&str> = step
            .needs
            .iter()
            .filter(|tool| !tool.is_there())
            .map(|tool| tool.label())
            .collect();
        let counts = if missing.is_empty() {
            (step.run)(&session).unwrap_or_else(|error| {
                println!("{}: {error:#}", step.name);
                Counts::FAILED
            })
        } else {
            println!(
                "!! {} NOT RUN: {} missing",
                step.name,
                missing.join(" and ")
            );
            if session.ci {
                Counts::FAILED
            } else {
                Counts::SKIPPED
            }
        };
        results.push((step.name, counts, started.elapsed()));
    }

    println!(
        "\n{:<13} {:>7} {:>7} {:>8} {:>8}",
        "step", "passed", "failed", "skipped", "seconds"
    );
    let mut sum = Counts::default();
    for (name, counts, took) in results {
        let Counts {
            passed,
            failed,
            skipped,
        } = counts;
        println!(
            "{name:<13} {passed:>7} {failed:>7} {skipped:>8} {:>8.1}",
            took.as_secs_f64()
        );
        sum += counts;
    }
    println!(
        "{} passed, {} failed, {} skipped",
        sum.passed, sum.failed, sum.skipped
    );
    Ok(sum.failed == 0)
}

fn chosen(only: &[String]) -> Result<Vec<&'static Step>> {
    if let Some(unknown) = only
        .iter()
        .find(|name| !STEPS.iter().any(|step| step.name == name.as_str()))
    {
        bail!("unknown step `{unknown}`; `cargo xtask test --list` names them");
    }
    Ok(STEPS
        .iter()
        .filter(|step| only.is_empty() || only.iter().any(|name| name == step.name))
        .collect())
}

/// `CI` is set to anything but nothing, 0 or false.
fn is_ci(value: Option<&str>) -> bool {
    !matches!(value, None | Some("" | "0" | "false"))
}

impl Session {
    /// What a missing program counts as.
    fn missing(&self) -> Counts {
        if self.ci {
            Counts::FAILED
        } else {
            Counts::SKIPPED
        }
    }

    fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("cargo");
        command.args(arguments).current_dir(&self.workspace.root);
        if self.ci {
            // A front that cannot be built must not go unseen.
            command.env("WEB_REQUIRED", "1");
        }
        command
    }

    /// The development binary, built if it is not.
    fn daybook(&self) -> Result<PathBuf> {
        succeed(&self.cargo(&[
            "build",
            "--quiet",
            "--package",
            "server",
            "--bin",
            "daybook",
        ]))?;
        Ok(self.workspace.target.join("debug").join("daybook"))
    }

    /// The folder of the client tests with the published JavaScript SDK in it.
    fn clients(&self) -> Result<PathBuf> {
        let folder = self.workspace.root.join("clients");
        npm_install(&folder)?;
        Ok(folder)
    }

    /// A Python with the packages of `clients/requirements.txt`, under the target folder.
    fn python(&self) -> Result<PathBuf> {
        let wanted = self.workspace.root.join("clients").join("requirements.txt");
        let list = fs::read(&wanted).context("read clients/requirements.txt")?;
        let folder = self.workspace.target.join("clients-python");
        let done = folder.join("installed.txt");
        let python = folder.join("bin").join("python");
        if !fs::read(&done).is_ok_and(|installed| installed == list) {
            succeed(
                Command::new("python3")
                    .args(["-m", "venv", "--clear"])
                    .arg(&folder),
            )?;
            let mut install = Command::new(&python);
            install
                .args([
                    "-m",
                    "pip",
                    "install",
                    "--quiet",
                    "--disable-pip-version-check",
                    "-r",
                ])
                .arg(&wanted);
            succeed(&install)?;
            fs::write(&done, list).context("note what was installed")?;
        }
        Ok(python)
    }

    /// Runs a module of `clients/` by Python's runner.
    fn unittest(&self, module: &str) -> Result<Counts> {
        let daybook = self.daybook()?;
        let mut command = Command::new(self.python()?);
        command
            .args(["-m", "unittest", "-v", module])
            .current_dir(self.workspace.root.join("clients"))
            .env("DAYBOOK_BIN", daybook);
        counted(Runner::Unittest, &command)
    }

    /// Runs test files of `clients/` by Node's runner.
    fn node_tests(&self, files: &[&str]) -> Result<Counts> {
        let daybook = self.daybook()?;
        let folder = self.clients()?;
        let mut command = Command::new("node");
        command
            .args(["--test", "--test-concurrency=1"])
            .args(files)
            .current_dir(folder)
            .env("DAYBOOK_BIN", daybook);
        counted(Runner::Node, &command)
    }
}

fn npm(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("npm");
    command.args(arguments).current_dir(folder);
    command
}

/// Installs by the lock file, unless that is done.
fn npm_install(folder: &Path) -> Result<()> {
    let lock = fs::read(folder.join("package-lock.json"))
        .with_context(|| format!("no npm lock in {}", folder.display()))?;
    let done = folder.join("node_modules").join(".installed-lock");
    if fs::read(&done).is_ok_and(|installed| installed == lock) {
        return Ok(());
    }
    succeed(&npm(
        folder,
        &["ci", "--ignore-scripts", "--no-audit", "--no-fund"],
    ))?;
    fs::write(&done, lock).context("note what was installed")
}

/// No step takes longer unless it hangs.
const LIMIT: Duration = Duration::from_mins(20);

/// Runs a command that must succeed before a step can begin.
fn succeed(command: &Command) -> Result<()> {
    let finished = process::run(command, LIMIT)?;
    if !finished.status.success() {
        bail!("`{}` failed ({})", process::shown(command), finished.status);
    }
    Ok(())
}

/// Runs a command that is one check.
fn single(command: &Command) -> Result<Counts> {
    Ok(if process::run(command, LIMIT)?.status.success() {
        Counts::PASSED
    } else {
        Counts::FAILED
    })
}

/// Runs a test runner and reads its summary.
fn counted(runner: Runner, command: &Command) -> Result<Counts> {
    let finished = process::run(command, LIMIT)?;
    if finished.timed_out {
        println!("stopped after {} minutes", LIMIT.as_secs() / 60);
    }
    judged(
        counts::read(runner, &finished.text),
        finished.status.success(),
    )
}

/// A runner that failed without a failed test, or told of no test at all, has failed itself.
fn judged(mut counts: Counts, success: bool) -> Result<Counts> {
    if !success && counts.failed == 0 {
        counts.failed = 1;
    }
    if counts.is_empty() {
        bail!("no summary of a test run was found");
    }
    Ok(counts)
}

fn fmt(session: &Session) -> Result<Counts> {
    single(&session.cargo(&["fmt", "--all", "--check"]))
}

fn clippy(session: &Session) -> Result<Counts> {
    single(&session.cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--",
        "-D",
        "warnings",
    ]))
}

fn doc(session: &Session) -> Result<Counts> {
    single(
        session
            .cargo(&["doc", "--workspace", "--no-deps"])
            .env("RUSTDOCFLAGS", "-D warnings"),
    )
}

fn deny(session: &Session) -> Result<Counts> {
    if !process::succeeds("cargo", &["deny", "--version"]) {
        println!("cargo-deny is not installed: not part of this run");
        return Ok(Counts::default());
    }
    single(&session.cargo(&["deny", "check", "bans", "licenses", "sources"]))
}

fn rust(session: &Session) -> Result<Counts> {
    let nextest = process::succeeds("cargo", &["nextest", "--version"]);
    let (runner, arguments): (_, &[&str]) = if nextest {
        (
            Runner::Nextest,
            &[
                "nextest",
                "run",
                "--workspace",
                "--no-fail-fast",
                "--status-level",
                "slow",
            ],
        )
    } else {
        (
            Runner::CargoTest,
            &[
                "test",
                "--workspace",
                "--lib",
                "--bins",
                "--tests",
                "--no-fail-fast",
            ],
        )
    };
    let mut command = session.cargo(arguments);
    if Tool::Postgres.is_there() {
        let postgres = Postgres::start()?;
        return counted(
            runner,
            command.env("DAYBOOK_TEST_POSTGRES", postgres.url("postgres")),
        );
    }
    println!(
        "!! NOT RUN ON POSTGRESQL: {} missing",
        Tool::Postgres.label()
    );
    let mut counts = counted(runner, &command)?;
    counts += session.missing();
    Ok(counts)
}

fn race(session: &Session) -> Result<Counts> {
    let daybook = session.daybook()?;
    race::run(&daybook, &race::Options::default(), session.missing())
}

/// Random worlds and questions; by hand with other numbers: `clients/availability_oracle.py --cases N --seed S`.
fn availability(session: &Session) -> Result<Counts> {
    let daybook = session.daybook()?;
    let oracle = |arguments: &[&str]| {
        let mut command = Command::new("python3");
        command
            .arg("availability_oracle.py")
            .args(arguments)
            .current_dir(session.workspace.root.join("clients"))
            .env("DAYBOOK_BIN", &daybook);
        single(&command)
    };
    let mut counts = oracle(&["--cases", "5000", "--book", "1000"])?;
    if Tool::Postgres.is_there() {
        let postgres = Postgres::start()?;
        let url = postgres.url("postgres");
        counts += oracle(&["--cases", "500", "--book", "200", "--database-url", &url])?;
    } else {
        println!(
            "!! NOT RUN ON POSTGRESQL: {} missing",
            Tool::Postgres.label()
        );
        counts += session.missing();
    }
    Ok(counts)
}

fn doctest(session: &Session) -> Result<Counts> {
    counted(
        Runner::CargoTest,
        &session.cargo(&["test", "--workspace", "--doc", "--no-fail-fast"]),
    )
}

fn openapi(session: &Session) -> Result<Counts> {
    let fresh = session.workspace.openapi(&session.daybook()?)?;
    let kept = fs::read_to_string(session.workspace.openapi_snapshot()).unwrap_or_default();
    if fresh == kept {
        return Ok(Counts::PASSED);
    }
    println!(
        "docs/openapi.json is not what the server serves: run `cargo xtask openapi` and read the difference"
    );
    Ok(Counts::FAILED)
}

fn web(session: &Session) -> Result<Counts> {
    let folder = session.workspace.root.join("web");
    npm_install(&folder)?;
    counted(Runner::Node, &npm(&folder, &["run", "check"]))
}

fn browser(session: &Session) -> Result<Counts> {
    let daybook = session.daybook()?;
    let folder = session.workspace.root.join("web");
    npm_install(&folder)?;
    let mut command = npm(&folder, &["run", "e2e"]);
    command.env("DAYBOOK_BIN", daybook);
    if let Some(chromium) = tools::chromium() {
        command.env("CHROMIUM", chromium);
    }
    counted(Runner::Node, &command)
}

fn sdk(session: &Session) -> Result<Counts> {
    session.node_tests(&["sdk.test.mjs"])
}

fn article(session: &Session) -> Result<Counts> {
    session.node_tests(&["article.test.mjs"])
}

fn docs(session: &Session) -> Result<Counts> {
    session.node_tests(&["docs.test.mjs"])
}

fn python(session: &Session) -> Result<Counts> {
    session.unittest("test_python_timekit")
}

fn recurrence(session: &Session) -> Result<Counts> {
    session.unittest("test_recurrence")
}

fn schemathesis(session: &Session) -> Result<Counts> {
    let daybook = session.daybook()?;
    let report = session.workspace.target.join("schemathesis.xml");
    let mut command = Command::new(session.python()?);
    command.arg("schemathesis_run.py").arg(&report);
    command
        .current_dir(session.workspace.root.join("clients"))
        .env("DAYBOOK_BIN", daybook);
    let finished = process::run(&command, LIMIT)?;
    let written = fs::read_to_string(&report).context("schemathesis wrote no report")?;
    judged(
        counts::read(Runner::Junit, &written),
        finished.status.success(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_are_chosen_by_name_in_their_own_order() {
        let names = |only: &[&str]| {
            let only: Vec<String> = only.iter().map(|&name| name.to_owned()).collect();
            chosen(&only).map(|steps| steps.iter().map(|step| step.name).collect::<Vec<_>>())
        };

        assert_eq!(
            names(&["clippy", "fmt"]).expect("both exist"),
            ["fmt", "clippy"]
        );
        assert_eq!(names(&[]).expect("all").len(), STEPS.len());
        assert!(names(&["clipy"]).is_err());
    }

    #[test]
    fn a_runner_that_fails_without_a_failed_test_counts_as_one() {
        assert_eq!(
            judged(
                Counts {
                    passed: 3,
                    failed: 0,
                    skipped: 0
                },
                false
            )
            .expect("counted")
            .failed,
            1
        );
        assert_eq!(
            judged(
                Counts {
                    passed: 3,
                    failed: 2,
                    skipped: 0
                },
                false
            )
            .expect("counted")
            .failed,
            2
        );
        assert_eq!(
            judged(Counts::PASSED, true).expect("counted"),
            Counts::PASSED
        );
        assert!(judged(Counts::default(), true).is_err());
    }

    #[test]
    fn continuous_integration_is_told_by_its_variable() {
        assert!(is_ci(Some("true")) && is_ci(Some("1")));
        assert!(!is_ci(None) && !is_ci(Some("")) && !is_ci(Some("false")));
    }
}
