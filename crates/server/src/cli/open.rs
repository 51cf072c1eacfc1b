//! Opens the database and finds the key that seals its secrets, for the server and the command line alike.

use std::{
    fs,
    io::{ErrorKind, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, bail};
use secrecy::{ExposeSecret, SecretString};
use store::{Db, Options, Scope, server_settings};

use crate::{
    app::App,
    clock::Clock,
    config::Config,
    seal::{MasterKey, Seal},
};

/// The name under which the database keeps the id of the key that fits it.
pub(super) const KEY_ID: &str = "master_key_id";

/// How the database is opened.
pub(super) fn options(config: &Config) -> Options {
    let mut options = Options::new(config.database_url.expose_secret());
    if config.database_connections > 0 {
        options.read_connections = config.database_connections;
        options.connections = config.database_connections;
    }
    options
}

/// Opens the database for a command; a new one is made where there is none.
pub(super) async fn open(config: Config) -> anyhow::Result<App> {
    let db = Db::open(&options(&config)).await?;
    db.migrate().await?;
    let clock = Clock::system();
    let seal = seal(&config, &db, &clock).await?;
    Ok(App::new(db, config, clock, seal))
}

/// The seal of a database; it refuses a key that does not fit.
pub(super) async fn seal(config: &Config, db: &Db, clock: &Clock) -> anyhow::Result<Seal> {
    let known = known_id(db).await?;
    let key = match (configured_key(config)?, key_path(config)) {
        (None, Some(path)) if known.is_none() => {
            create_key(&path, &MasterKey::generate(clock))?;
            Some(read_key(&path)?)
        }
        (key, _) => key,
    };
    check_key(config, key.as_ref(), known.as_deref())?;
    let Some(key) = key else {
        tracing::warn!("secrets are stored unsealed: set DAYBOOK_MASTER_KEY_FILE");
        return Ok(Seal::without_key());
    };
    if known.is_none() {
        let id = key.id();
        let mut conn = db.write(Scope::System("master key")).await?;
        let kept = server_settings::set_once(&mut conn, KEY_ID, &id).await?;
        conn.commit().await?;
        // Another process may have been faster.
        check_key(config, Some(&key), Some(&kept))?;
    }
    Ok(Seal::new(&key))
}

/// The id of the key that the settings name, if it fits the database; makes nothing.
pub(super) async fn key_id(config: &Config, db: &Db) -> anyhow::Result<Option<String>> {
    let known = known_id(db).await?;
    let key = configured_key(config)?;
    check_key(config, key.as_ref(), known.as_deref())?;
    Ok(key.map(|key| key.id()))
}

async fn known_id(db: &Db) -> anyhow::Result<Option<String>> {
    let mut conn = db.read(Scope::System("master key")).await?;
    Ok(server_settings::get(&mut conn, KEY_ID).await?)
}

/// The key of the settings, or of the file beside a SQLite database.
fn configured_key(config: &Config) -> anyhow::Result<Option<MasterKey>> {
    if let Some(text) = &config.master_key {
        let key = MasterKey::parse(text.expose_secret()).context("DAYBOOK_MASTER_KEY")?;
        return Ok(Some(key));
    }
    match key_path(config) {
        Some(path) if config.master_key_file.is_some() || path.exists() => {
            read_key(&path).map(Some)
        }
        _ => Ok(None),
    }
}

/// Refuses a key that is not the one by which the database's secrets were sealed.
fn check_key(config: &Config, key: Option<&MasterKey>, known: Option<&str>) -> anyhow::Result<()> {
    let Some(known) = known else {
        return Ok(());
    };
    match (key.map(MasterKey::id), key_path(config)) {
        (Some(id), _) if id == known => Ok(()),
        (Some(id), _) => bail!(
            "master key {id} does not fit this database, whose secrets are sealed with master key {known}"
        ),
        (None, Some(path)) => bail!(
            "this database needs master key {known}, whose file `{}` is missing: put it back or set DAYBOOK_MASTER_KEY_FILE",
            path.display()
        ),
        (None, None) => {
            bail!("this database needs master key {known}: set DAYBOOK_MASTER_KEY_FILE")
        }
    }
}

/// The key's file where the settings name none: beside a SQLite database.
pub(super) fn key_path(config: &Config) -> Option<PathBuf> {
    config
        .master_key_file
        .clone()
        .or_else(|| Some(config.sqlite_path()?.with_extension("key")))
}

fn read_key(path: &Path) -> anyhow::Result<MasterKey> {
    let text = fs::read_to_string(path)
        .with_context(|| format!("cannot read the master key `{}`", path.display()))?;
    if is_readable_by_others(path) {
        tracing::warn!(path = %path.display(), "the master key can be read by others: chmod 600");
    }
    MasterKey::parse(SecretString::from(text).expose_secret())
        .with_context(|| format!("`{}`", path.display()))
}

/// Whether more than the owner can read a file.
pub(super) fn is_readable_by_others(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::metadata(path).is_ok_and(|file| file.permissions().mode() & 0o077 != 0)
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// Writes a key under its name at once and whole; where another process was faster, its key stays.
fn create_key(path: &Path, key: &MasterKey) -> anyhow::Result<()> {
    let partial = path.with_extension(format!("key.{}", std::process::id()));
    let write = || {
        let mut options = fs::OpenOptions::new();
        options.write(true).create(true).truncate(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&partial)?;
        file.write_all(key.to_text().expose_secret().as_bytes())?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        match fs::hard_link(&partial, path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
            done => done,
        }
    };
    let written = write();
    let _ = fs::remove_file(&partial);
    written.with_context(|| format!("cannot write the master key `{}`", path.display()))
}
