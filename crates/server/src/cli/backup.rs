//! `daybook backup`, `restore` and `verify`: a SQLite database as a folder with a copy and its manifest.
//!
//! The manifest is written last: a folder without one is no backup. The master key is never in a backup.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs::{self, File},
    io::{ErrorKind, Read, Write as _},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail, ensure};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{Db, db::Copy};

use super::{open, say};
use crate::{clock::Clock, config::Config};

pub(super) const BACKUP_EXAMPLES: &str = "\
Examples:
  daybook backup backups/monday
  daybook backup --database-url sqlite:///srv/daybook/daybook.db /var/backups/daybook-2031-04-02

The master key is not part of a backup: keep a copy of its file in another place.
A PostgreSQL database is backed up by `pg_dump`.";
pub(super) const RESTORE_EXAMPLES: &str = "\
Examples:
  daybook restore backups/monday
  daybook restore --database-url sqlite://data/restored.db backups/monday";
pub(super) const VERIFY_EXAMPLES: &str = "\
Examples:
  daybook verify backups/monday";

const COPY: &str = "daybook.db";
const MANIFEST: &str = "manifest.json";

/// What a backup holds, as its manifest says.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
struct Manifest {
    /// The manifest's own form.
    format: u32,
    made_at: String,
    daybook_version: String,
    schema_version: i32,
    /// Rows by table.
    rows: BTreeMap<String, u64>,
    bytes: u64,
    sha256: String,
    tz_data: String,
    /// The key that opens the sealed secrets; never the key.
    master_key_id: Option<String>,
}

impl Manifest {
    fn summary(&self) -> String {
        let rows: u64 = self.rows.values().sum();
        let mut text = format!(
            "{} bytes, schema {}, {rows} rows in {} tables, made {} by Daybook {}",
            self.bytes,
            self.schema_version,
            self.rows.len(),
            self.made_at,
            self.daybook_version
        );
        for (table, rows) in self.rows.iter().filter(|(_, rows)| **rows > 0) {
            let _ = write!(text, "\n  {table}: {rows}");
        }
        text
    }
}

/// Makes a backup.
pub(super) async fn backup(config: &Config, folder: &Path) -> anyhow::Result<()> {
    let Some(path) = config.sqlite_path() else {
        bail!("only SQLite is backed up by this command, use `pg_dump` for PostgreSQL");
    };
    ensure!(
        path.exists(),
        "there is no database at `{}`",
        path.display()
    );
    let db = Db::open(&open::options(config)).await?;
    prepare(folder)?;
    let copy = folder.join(COPY);
    let bar = bar();
    let shown = bar.clone();
    db.backup_to(&copy, move |progress| {
        shown.set_length(progress.total);
        shown.set_position(progress.done);
    })
    .await?;
    bar.finish_and_clear();
    db.close().await?;

    let found = Copy::inspect(&copy)?;
    let (bytes, sha256) = digest(&copy)?;
    let manifest = Manifest {
        format: 1,
        made_at: Clock::system().now().to_string(),
        daybook_version: env!("CARGO_PKG_VERSION").to_owned(),
        schema_version: found.schema_version,
        rows: found.rows,
        bytes,
        sha256,
        tz_data: super::doctor::tz_version(),
        master_key_id: found.settings.get(open::KEY_ID).cloned(),
    };
    write(
        &folder.join(MANIFEST),
        &serde_json::to_vec_pretty(&manifest)?,
    )?;
    say(format!(
        "Backup written to {}: {}",
        folder.display(),
        manifest.summary()
    ))
}

/// Puts a backup in place of a database that does not exist.
pub(super) fn restore(config: &Config, folder: &Path) -> anyhow::Result<()> {
    let Some(target) = config.sqlite_path() else {
        bail!("only SQLite is restored by this command, use `pg_restore` for PostgreSQL");
    };
    let manifest = check(folder)?;
    refuse_occupied(&target)?;
    let lock = store::db::lock_server(&open::options(config))?;
    refuse_occupied(&target)?;

    let partial = beside(&target, ".restoring");
    let place = || {
        fs::copy(folder.join(COPY), &partial)?;
        File::open(&partial)?.sync_all()?;
        fs::rename(&partial, &target)?;
        sync_folder(&target)
    };
    let placed = place();
    if placed.is_err() {
        let _ = fs::remove_file(&partial);
    }
    placed.with_context(|| format!("cannot write `{}`", target.display()))?;
    lock.release()?;
    say(format!(
        "Restored {}: {}",
        target.display(),
        manifest.summary()
    ))?;
    if let (Some(id), Some(path)) = (&manifest.master_key_id, open::key_path(config))
        && !path.exists()
        && config.master_key.is_none()
    {
        say(format!(
            "Put master key {id} at {} before you start the server.",
            path.display()
        ))?;
    }
    Ok(())
}

/// Checks a backup.
pub(super) fn verify(folder: &Path) -> anyhow::Result<()> {
    let manifest = check(folder)?;
    say(format!(
        "{} is sound: {}",
        folder.display(),
        manifest.summary()
    ))
}

/// Reads a backup whole, and compares it with its manifest.
fn check(folder: &Path) -> anyhow::Result<Manifest> {
    let path = folder.join(MANIFEST);
    let text = fs::read(&path)
        .with_context(|| format!("`{}` is no finished backup: {MANIFEST}", folder.display()))?;
    let manifest: Manifest = serde_json::from_slice(&text)
        .with_context(|| format!("`{}` is damaged", path.display()))?;
    ensure!(
        manifest.format == 1,
        "the backup was made by a newer release, use that"
    );
    let known = store::db::known_schema_version();
    ensure!(
        manifest.schema_version <= known,
        "the backup has schema {}, but this release knows only {known}: use the newer release",
        manifest.schema_version
    );
    let copy = folder.join(COPY);
    let (bytes, sha256) = digest(&copy)?;
    ensure!(
        (bytes, &sha256) == (manifest.bytes, &manifest.sha256),
        "`{}` is not what the manifest says (SHA-256 {sha256})",
        copy.display()
    );
    let found = Copy::inspect(&copy)?;
    ensure!(
        found.rows == manifest.rows && found.schema_version == manifest.schema_version,
        "the rows of `{}` are not those of the manifest",
        copy.display()
    );
    Ok(manifest)
}

fn prepare(folder: &Path) -> anyhow::Result<()> {
    fs::create_dir_all(folder)
        .and_then(|()| fs::read_dir(folder))
        .with_context(|| format!("cannot use `{}`", folder.display()))?
        .next()
        .map_or(Ok(()), |_| {
            bail!("`{}` is not empty, name a new folder", folder.display())
        })
}

fn refuse_occupied(target: &Path) -> anyhow::Result<()> {
    let is_empty = match fs::metadata(target) {
        Ok(file) => file.len() == 0,
        Err(error) => error.kind() == ErrorKind::NotFound,
    };
    ensure!(
        is_empty,
        "`{}` exists: move it away or name another --database-url",
        target.display()
    );
    for suffix in ["-wal", "-shm", "-journal"] {
        let side = beside(target, suffix);
        ensure!(
            !side.exists(),
            "`{}` is left of another database and would damage the restored one: move it away",
            side.display()
        );
    }
    Ok(())
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// Writes a file that is there whole or not at all.
fn write(path: &Path, content: &[u8]) -> anyhow::Result<()> {
    let partial = beside(path, ".partial");
    let write = || {
        let mut file = File::create(&partial)?;
        file.write_all(content)?;
        file.sync_all()?;
        fs::rename(&partial, path)?;
        sync_folder(path)
    };
    write().with_context(|| format!("cannot write `{}`", path.display()))
}

/// Brings a new name in a folder to the disk.
fn sync_folder(path: &Path) -> std::io::Result<()> {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => File::open(folder)?.sync_all(),
        _ => File::open(".")?.sync_all(),
    }
}

/// Length and SHA-256 of a file.
fn digest(path: &Path) -> anyhow::Result<(u64, String)> {
    let context = || format!("cannot read `{}`", path.display());
    let mut file = File::open(path).with_context(context)?;
    let (mut hash, mut bytes, mut part) = (Sha256::new(), 0, vec![0; 1 << 20]);
    loop {
        let length = file.read(&mut part).with_context(context)?;
        if length == 0 {
            break;
        }
        hash.update(&part[..length]);
        bytes += length as u64;
    }
    let digest = hash.finalize();
    let hex = digest
        .iter()
        .fold(String::new(), |hex, byte| format!("{hex}{byte:02x}"));
    Ok((bytes, hex))
}

/// A bar on a terminal, nothing in a pipe.
pub(super) fn bar() -> ProgressBar {
    let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
    let style = ProgressStyle::with_template("{bar:40} {percent}%, {eta} left");
    bar.with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
