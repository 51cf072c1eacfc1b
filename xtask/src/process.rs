//! Starting commands so that nothing we started outlives us.
//!
//! Every command runs under `guard.sh`: in a process group of its own that is stopped, by its id, when the pipe to
//! the guard closes. No signal handler is needed, so no crate is either.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};

const GUARD: &str = include_str!("guard.sh");

/// A command that runs beside us and is stopped when this is dropped.
pub struct Background {
    guard: Child,
    lifeline: Option<ChildStdin>,
}

/// How a finished command ended, and everything that it printed.
pub struct Finished {
    pub status: ExitStatus,
    pub text: String,
    pub timed_out: bool,
}

/// Which signal asks a command to stop.
#[derive(Clone, Copy)]
pub enum Stop {
    Terminate,
    /// PostgreSQL's fast shutdown.
    Interrupt,
}

impl Background {
    /// Starts `command` with its output in the file `log`; `folder` is removed when it has ended.
    pub fn start(command: &Command, stop: Stop, log: &Path, folder: Option<&Path>) -> Result<Self> {
        let log = File::create(log).with_context(|| format!("create {}", log.display()))?;
        let mut guard = guarded(command, stop, folder)
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .with_context(|| format!("start {}", shown(command)))?;
        let lifeline = guard.stdin.take();
        Ok(Self { guard, lifeline })
    }

    /// The process id of the command itself (not of its guard).
    pub fn pid(&self) -> Result<u32> {
        let guard = self.guard.id();
        // The guard's other child, the watching subshell, starts later and is not the first.
        for _ in 0..200 {
            if let Some(pid) = crate::proc_stat::children(guard)
                .into_iter()
                .find(|pid| crate::proc_stat::name(*pid).is_some_and(|name| name != "sh"))
            {
                return Ok(pid);
            }
            thread::sleep(Duration::from_millis(5));
        }
        anyhow::bail!("the command ended at once")
    }

    pub fn is_running(&mut self) -> bool {
        matches!(self.guard.try_wait(), Ok(None))
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        drop(self.lifeline.take());
        // The guard cannot be unwaitable here: we own it and wait nowhere else.
        let _ = self.guard.wait();
    }
}

/// Runs `command` to its end, showing its output as it comes; after `limit` it is stopped.
pub fn run(command: &Command, limit: Duration) -> Result<Finished> {
    follow(command, limit, |line| {
        let mut out = std::io::stdout().lock();
        // A closed standard output (`| head`) must not fail the step.
        let _ = out.write_all(line);
        let _ = out.flush();
    })
}

/// Runs `command` to its end and keeps its output to itself.
pub fn capture(command: &Command, limit: Duration) -> Result<Finished> {
    follow(command, limit, |_| ())
}

/// True if the program can be started and succeeds.
pub fn succeeds(program: &str, arguments: &[&str]) -> bool {
    Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

fn follow(command: &Command, limit: Duration, mut show: impl FnMut(&[u8])) -> Result<Finished> {
    let (reader, writer) = std::io::pipe().context("make a pipe")?;
    let mut guard = guarded(command, Stop::Terminate, None);
    guard.stdout(writer.try_clone()?).stderr(writer);
    let mut child = guard
        .spawn()
        .with_context(|| format!("start {}", shown(command)))?;
    drop(guard); // It holds the writing end of the pipe, whose closing ends the loop below.

    let lifeline = child.stdin.take();
    let (finished, waits) = mpsc::channel::<()>();
    let watch = thread::spawn(move || {
        let timed_out = waits.recv_timeout(limit) == Err(mpsc::RecvTimeoutError::Timeout);
        drop(lifeline);
        timed_out
    });

    let mut text = Vec::new();
    let mut lines = BufReader::new(reader);
    loop {
        let start = text.len();
        if lines
            .read_until(b'\n', &mut text)
            .context("read the command's output")?
            == 0
        {
            break;
        }
        show(&text[start..]);
    }
    let status = child.wait().context("wait for the command")?;
    drop(finished);
    let timed_out = watch.join().unwrap_or(false);
    Ok(Finished {
        status,
        text: String::from_utf8_lossy(&text).into_owned(),
        timed_out,
    })
}

fn guarded(command: &Command, stop: Stop, folder: Option<&Path>) -> Command {
    let mut guard = Command::new("sh");
    guard
        .args(["-c", GUARD, "guard"])
        .arg(match stop {
            Stop::Terminate => "TERM",
            Stop::Interrupt => "INT",
        })
        .arg(folder.unwrap_or(Path::new("")))
        .arg(command.get_program())
        .args(command.get_args())
        .stdin(Stdio::piped())
        .process_group(0);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => guard.env(name, value),
            None => guard.env_remove(name),
        };
    }
    if let Some(folder) = command.get_current_dir() {
        guard.current_dir(folder);
    }
    guard
}

/// The command as a person would type it.
pub fn shown(command: &Command) -> String {
    std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn output_and_status_of_a_command_are_kept() {
        let finished = capture(
            &shell("echo out; echo err >&2; exit 3"),
            Duration::from_secs(20),
        )
        .expect("runs");

        assert_eq!(finished.status.code(), Some(3));
        assert!(finished.text.contains("out") && finished.text.contains("err"));
        assert!(!finished.timed_out);
    }

    #[test]
    fn a_command_past_its_limit_is_stopped_with_its_children() {
        let finished = capture(
            &shell("sleep 60 & echo $!; wait"),
            Duration::from_millis(300),
        )
        .expect("runs");

        assert!(finished.timed_out && !finished.status.success());
        let grandchild = finished
            .text
            .lines()
            .next()
            .unwrap_or_default()
            .parse()
            .expect("a process id");
        // It has its signal; dying takes a moment of its own.
        let deadline = Instant::now() + Duration::from_secs(5);
        while crate::proc_stat::name(grandchild).is_some_and(|name| name == "sleep") {
            assert!(Instant::now() < deadline, "the grandchild lives on");
            thread::yield_now();
        }
    }

    #[test]
    fn a_dropped_background_command_is_gone_with_its_folder() {
        let folder = std::env::temp_dir().join(format!("guard-test-{}", std::process::id()));
        std::fs::create_dir(&folder).expect("a new folder");
        let mut background = Background::start(
            Command::new("sleep").arg("60"),
            Stop::Terminate,
            &folder.join("log"),
            Some(&folder),
        )
        .expect("starts");
        let pid = background.pid().expect("is running");
        assert!(background.is_running());

        drop(background);

        assert!(crate::proc_stat::name(pid).is_none());
        assert!(!folder.exists());
    }
}
