//! The programs that the tests need beside Rust: finding them, installing what is missing.

use std::fs;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};

use crate::process;

/// A program, or a set of them, that some step cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    Chromium,
    Curl,
    Node,
    Postgres,
    Python,
    Wrk,
}

impl Tool {
    pub fn label(self) -> &'static str {
        match self {
            Self::Chromium => "Chromium",
            Self::Curl => "curl",
            Self::Node => "Node and npm",
            Self::Postgres => "PostgreSQL",
            Self::Python => "Python 3 with venv",
            Self::Wrk => "wrk",
        }
    }

    pub fn is_there(self) -> bool {
        match self {
            Self::Chromium => chromium().is_some(),
            Self::Curl => program("curl").is_some(),
            Self::Node => program("node").is_some() && program("npm").is_some(),
            Self::Postgres => postgres("initdb").is_some() && postgres("postgres").is_some(),
            Self::Python => process::succeeds("python3", &["-c", "import ensurepip, venv"]),
            Self::Wrk => program("wrk").is_some(),
        }
    }

    /// The packages that bring it on Debian and its relatives.
    fn packages(self) -> &'static [&'static str] {
        match self {
            Self::Chromium => &["chromium"],
            Self::Curl => &["curl"],
            Self::Node => &["nodejs", "npm"],
            Self::Postgres => &["postgresql"],
            Self::Python => &["python3", "python3-venv"],
            Self::Wrk => &["wrk"],
        }
    }
}

/// The browser of the browser tests: `CHROMIUM`, else the system's.
pub fn chromium() -> Option<PathBuf> {
    match std::env::var_os("CHROMIUM") {
        Some(path) => Some(PathBuf::from(path)).filter(|path| path.is_file()),
        None => program("chromium").or_else(|| program("chromium-browser")),
    }
}

/// A program of PostgreSQL, which Debian keeps out of `PATH`: the newest version wins.
pub fn postgres(name: &str) -> Option<PathBuf> {
    let mut versions: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let folder = entry.ok()?;
            let version = folder.file_name().to_str()?.parse().ok()?;
            Some((version, folder.path().join("bin").join(name)))
        })
        .filter(|(_, path)| path.is_file())
        .collect();
    versions.sort();
    versions
        .pop()
        .map(|(_, path)| path)
        .or_else(|| program(name))
}

/// Where `PATH` has the program.
pub fn program(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|file| file.is_file())
}

/// Installs what is missing, as root or by a `sudo` that asks nothing, and tells about what it could not.
pub fn install(wanted: &[Tool]) -> Result<()> {
    let missing: Vec<Tool> = wanted
        .iter()
        .copied()
        .filter(|tool| !tool.is_there())
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing
        .iter()
        .map(|tool| tool.label())
        .collect::<Vec<_>>()
        .join(", ");
    let Some(root) = root_prefix() else {
        println!("missing: {names}; neither root nor a passwordless sudo is here to install them");
        return Ok(());
    };
    if program("apt-get").is_none() {
        println!("missing: {names}; install them by this system's package manager");
        return Ok(());
    }

    println!("installing {names}");
    apt(&root, &["update", "-qq"])?;
    for tool in &missing {
        // One at a time: a package that this system lacks must not keep the others away.
        let arguments = [
            &["install", "-y", "-qq", "--no-install-recommends"],
            tool.packages(),
        ]
        .concat();
        if !apt(&root, &arguments)? || !tool.is_there() {
            println!("could not install {}", tool.label());
        }
    }
    Ok(())
}

fn apt(root: &[&str], arguments: &[&str]) -> Result<bool> {
    // `RUNLEVEL=1` keeps packages from starting their services: the tests start their own.
    let words = [
        root,
        &[
            "env",
            "DEBIAN_FRONTEND=noninteractive",
            "RUNLEVEL=1",
            "apt-get",
        ],
        arguments,
    ]
    .concat();
    let (program, rest) = words.split_first().context("a command has a first word")?;
    let finished = process::capture(Command::new(program).args(rest), Duration::from_mins(10))?;
    if !finished.status.success() {
        println!("{}", finished.text.trim_end());
    }
    Ok(finished.status.success())
}

/// The words that make a command run as root, if we may.
fn root_prefix() -> Option<Vec<&'static str>> {
    if is_root() {
        return Some(Vec::new());
    }
    process::succeeds("sudo", &["-n", "true"]).then(|| vec!["sudo", "-n"])
}

pub fn is_root() -> bool {
    fs::read_to_string("/proc/self/status")
        .is_ok_and(|status| status.lines().any(|line| line.starts_with("Uid:\t0\t")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_is_found_by_path_and_an_absent_one_is_not() {
        assert!(program("sh").is_some_and(|path| path.ends_with("sh")));
        assert_eq!(program("no-such-program-here"), None);
        assert_eq!(postgres("no-such-program-here"), None);
    }
}
