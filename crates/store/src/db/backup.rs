//! A copy of a SQLite database while it is in use.
//!
//! The copy appears under its name only when it is whole, checked and on the disk.

use std::{fs, path::Path};

use rusqlite::{Connection, OpenFlags, backup::Backup, backup::StepResult};

use super::{Error, Result, session};

/// Pages copied between two reports.
const STEP: i32 = 1000;

/// How far a copy is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Pages copied.
    pub done: u64,
    /// Pages in all.
    pub total: u64,
}

/// Copies the database at `from` to `to`, which is replaced.
pub(super) fn run(from: &Path, to: &Path, progress: &mut dyn FnMut(Progress)) -> Result<()> {
    let partial = super::side_file(to, ".partial");
    let copied = copy(from, &partial, progress).and_then(|()| {
        let moved = fs::rename(&partial, to);
        moved.map_err(|error| Error::refused(format!("cannot write `{}`: {error}", to.display())))
    });
    if copied.is_err() {
        let _ = fs::remove_file(&partial);
    }
    copied?;
    sync(to.parent().unwrap_or(Path::new(".")))
}

fn copy(from: &Path, to: &Path, progress: &mut dyn FnMut(Progress)) -> Result<()> {
    let _ = fs::remove_file(to);
    session::create_private(to)?;
    let source = session::connect(from, OpenFlags::empty())?;
    // What is written meanwhile would make the copy begin again; a snapshot sees none of it.
    source.execute_batch("PRAGMA query_only = ON; BEGIN; SELECT count(*) FROM sqlite_schema;")?;
    let mut target = session::connect(to, OpenFlags::empty())?;
    copy_pages(&source, &mut target, progress)?;
    drop(source);
    // The copy is one file: it takes the mode of the source along, which would keep a log beside it.
    target.execute_batch("PRAGMA journal_mode = DELETE")?;
    check(&target, "PRAGMA integrity_check")?;
    target.close().map_err(|(_, error)| error)?;
    sync(to)
}

fn copy_pages(
    source: &Connection,
    target: &mut Connection,
    progress: &mut dyn FnMut(Progress),
) -> Result<()> {
    let backup = Backup::new(source, target)?;
    loop {
        let step = backup.step(STEP)?;
        let now = backup.progress();
        let total = u64::try_from(now.pagecount).unwrap_or(0);
        let left = u64::try_from(now.remaining).unwrap_or(0);
        progress(Progress {
            done: total.saturating_sub(left),
            total,
        });
        match step {
            StepResult::Done => return Ok(()),
            StepResult::More => (),
            _ => return Err(Error::Busy),
        }
    }
}

/// Runs a pragma that finds damage.
pub(super) fn check(db: &Connection, pragma: &str) -> Result<()> {
    let found: String = db.query_row(pragma, [], |row| row.get(0))?;
    if found == "ok" {
        return Ok(());
    }
    Err(Error::Corrupt(found.into()))
}

fn sync(path: &Path) -> Result<()> {
    let path = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    fs::File::open(path)
        .and_then(|file| file.sync_all())
        .map_err(|error| Error::refused(format!("cannot keep `{}`: {error}", path.display())))
}
