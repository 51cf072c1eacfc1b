//! `daybook app`: makes and lists apps.

use std::io::Read;

use anyhow::{Context, anyhow, bail};
use clap::Subcommand;
use domain::{Mode, PersonId, email, time::zone};
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value, json};
use store::{
    Scope, apps,
    persons::{self, Person},
};

use super::Usage;
use crate::{
    app::App,
    audit::{self, Actor},
    password,
    signup::{Created, Draft, with_contact},
};

pub(super) const EXAMPLES: &str = "\
Examples:
  daybook app create --name 'Ink & Paper' --email ann@example.org
  daybook app list";

pub(super) const CREATE_EXAMPLES: &str = "\
Examples:
  daybook app create --name 'Ink & Paper' --email ann@example.org
  echo 'a long password' | daybook app create --name Try --email ann@example.org --password-stdin --test

Prints one JSON object: app, app_key, widget_key, and the owner's personal key. The keys stand nowhere else in
clear. Without a password the owner gets one by `daybook user reset-password`.";

pub(super) const LIST_EXAMPLES: &str = "\
Examples:
  daybook app list
  daybook app list --database-url postgres://daybook@db.example.org/daybook";

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make an app with its keys and owner
    #[command(after_help = CREATE_EXAMPLES)]
    Create {
        /// Name of the app
        #[arg(long)]
        name: String,
        /// E-mail of the owner; whoever has an account keeps their password
        #[arg(long)]
        email: String,
        /// Read the owner's password from stdin
        #[arg(long)]
        password_stdin: bool,
        /// Make an app in test mode
        #[arg(long)]
        test: bool,
        /// Name of a new owner; the part of the e-mail before @ where absent
        #[arg(long, value_name = "NAME")]
        owner: Option<String>,
        /// Time zone of a new owner
        #[arg(long, value_name = "ZONE", default_value = "UTC")]
        timezone: String,
    },
    /// List all apps
    #[command(after_help = LIST_EXAMPLES)]
    List,
}

/// Runs a command of the group.
pub(super) async fn run(app: &App, command: Command) -> anyhow::Result<Value> {
    match command {
        Command::Create {
            name,
            email,
            password_stdin,
            test,
            owner,
            timezone,
        } => {
            let wanted = NewApp {
                name,
                email,
                password: if password_stdin {
                    Some(password_from_stdin()?)
                } else {
                    None
                },
                mode: Mode::of(test),
                owner,
                timezone,
            };
            let created = create(app, wanted).await?;
            Ok(describe(&created))
        }
        Command::List => list(app).await,
    }
}

/// Whether nobody has an account with this e-mail yet.
pub(super) async fn is_new(app: &App, email: &str) -> anyhow::Result<bool> {
    let mut conn = app.db.read(Scope::System("app create")).await?;
    Ok(persons::find(&mut conn, email).await?.is_none())
}

/// An app to be made.
pub(super) struct NewApp {
    pub name: String,
    pub email: String,
    pub password: Option<SecretString>,
    pub mode: Mode,
    pub owner: Option<String>,
    pub timezone: String,
}

/// Makes an app; the owner's account too, where there is none.
pub(super) async fn create(app: &App, wanted: NewApp) -> anyhow::Result<Created> {
    let name = wanted.name.trim();
    if name.is_empty() || name.chars().count() > 255 {
        return Err(
            Usage("--name: give the app a name of at most 255 characters".to_owned()).into(),
        );
    }
    email::check(&wanted.email).map_err(|error| Usage(format!("--email: {error}")))?;
    let timezone = zone(&wanted.timezone)
        .and_then(|zone| zone.iana_name().map(str::to_owned))
        .ok_or_else(|| {
            Usage(format!(
                "--timezone: unknown timezone `{}`, use an IANA name",
                wanted.timezone
            ))
        })?;

    let mut conn = app.db.read(Scope::System("app create")).await?;
    let known = persons::find(&mut conn, &wanted.email).await?;
    drop(conn);
    let hash = match (&known, &wanted.password) {
        (None, Some(password)) => Some(hash(app, password, &[&wanted.email, name]).await?),
        _ => None,
    };
    let now = app.clock.now();
    let local = wanted.email.split('@').next().unwrap_or_default();
    let new = Person {
        id: PersonId(app.clock.id()),
        name: wanted.owner.unwrap_or_else(|| local.to_owned()),
        email: wanted.email,
        timezone,
        password_hash: hash,
        created_at: now,
        updated_at: now,
    };
    let owner = known.as_ref().unwrap_or(&new);
    let settings = with_contact(Map::new(), &owner.name, &owner.email);
    let draft = Draft::new(app, name, settings, wanted.mode);

    let mut conn = app.db.write(Scope::System("app create")).await?;
    if known.is_none() && !persons::insert(&mut conn, &new).await? {
        bail!("somebody signed up with this e-mail at this moment, try again");
    }
    let created = draft.save(&mut conn, app, owner).await?;
    let (id, actor) = (created.app.id, Actor::command_line());
    audit::push(
        &mut conn,
        &app.clock,
        id,
        actor,
        "app.create",
        format!("app:{id}"),
        now,
    )
    .await?;
    conn.commit().await?;
    Ok(created)
}

/// The contract's answer to `app create`.
pub(super) fn describe(created: &Created) -> Value {
    json!({
        "app": {"id": created.app.id, "slug": created.app.slug},
        "app_key": created.app_key.expose_secret(),
        "widget_key": created.widget_key.expose_secret(),
        "personal": {
            "email": created.resource.email,
            "token": created.token.expose_secret(),
        },
    })
}

async fn list(app: &App) -> anyhow::Result<Value> {
    let mut conn = app.db.read(Scope::System("app list")).await?;
    let apps = apps::list(&mut conn).await?;
    let apps: Vec<Value> = apps
        .iter()
        .map(|app| {
            let settings: Value = serde_json::from_str(&app.settings).unwrap_or_default();
            json!({
                "id": app.id,
                "slug": app.slug,
                "name": settings["name"],
                "test_mode": app.test_mode,
                "created_at": app.created_at.to_string(),
            })
        })
        .collect();
    Ok(json!({"apps": apps}))
}

/// The first line of stdin.
pub(super) fn password_from_stdin() -> anyhow::Result<SecretString> {
    let mut text = String::new();
    // Longer than any password: a wrong file must not be read for ever.
    std::io::stdin()
        .take(64 * 1024)
        .read_to_string(&mut text)
        .context("reading the password from stdin")?;
    let line = text.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(Usage("--password-stdin: no password on stdin".to_owned()).into());
    }
    Ok(line.into())
}

/// The hash of a password that is good enough.
pub(super) async fn hash(app: &App, secret: &SecretString, own: &[&str]) -> anyhow::Result<String> {
    password::check(secret.expose_secret(), own)
        .map_err(|message| Usage(format!("--password-stdin: {message}")))?;
    let hash = app.auth.passwords.hash(&app.clock, secret.clone()).await;
    hash.map_err(|error| anyhow!("hashing the password: {error:?}"))
}
