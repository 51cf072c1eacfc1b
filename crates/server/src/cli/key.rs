//! `daybook key`: lists, replaces and ends the keys of an app.

use anyhow::{anyhow, bail};
use clap::{Subcommand, ValueEnum};
use domain::{KeyId, KeyKind, Mode, key};
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use store::{
    Conn, Scope,
    api_keys::{self, Key},
    apps,
};

use crate::{
    app::App,
    audit::{self, Actor},
    token,
};

pub(super) const EXAMPLES: &str = "\
Examples:
  daybook key list --app ink-paper
  daybook key rotate --app ink-paper --grace 24h
  daybook key revoke --app ink-paper --key 0195b3f0-2c5e-7d10-8f6e-0b6f1f2f3a4b";

#[derive(Subcommand)]
pub(super) enum Command {
    /// List the keys of an app that work
    #[command(after_help = EXAMPLES)]
    List {
        /// Slug of the app
        #[arg(long, value_name = "SLUG")]
        app: String,
    },
    /// Make a new key in place of the current one, and print it
    #[command(after_help = EXAMPLES)]
    Rotate {
        /// Slug of the app
        #[arg(long, value_name = "SLUG")]
        app: String,
        /// Which key
        #[arg(long, value_enum, default_value_t = Kind::App)]
        kind: Kind,
        /// How long the old key works on
        #[arg(long, value_enum, default_value_t = Grace::Day)]
        grace: Grace,
    },
    /// End a key that was rotated out before its grace is over
    #[command(after_help = EXAMPLES)]
    Revoke {
        /// Slug of the app
        #[arg(long, value_name = "SLUG")]
        app: String,
        /// Id of the key, as `key list` shows it
        #[arg(long, value_name = "ID")]
        key: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Kind {
    App,
    Widget,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Grace {
    None,
    #[value(name = "1h")]
    Hour,
    #[value(name = "24h")]
    Day,
    #[value(name = "7d")]
    Week,
}

impl Grace {
    fn duration(self) -> SignedDuration {
        SignedDuration::from_hours(match self {
            Self::None => 0,
            Self::Hour => 1,
            Self::Day => 24,
            Self::Week => 7 * 24,
        })
    }
}

/// Runs a command of the group.
pub(super) async fn run(app: &App, command: Command) -> anyhow::Result<Value> {
    match command {
        Command::List { app: slug } => list(app, &slug).await,
        Command::Rotate {
            app: slug,
            kind,
            grace,
        } => {
            let kind = match kind {
                Kind::App => KeyKind::App,
                Kind::Widget => KeyKind::Widget,
            };
            rotate(app, &slug, kind, grace.duration()).await
        }
        Command::Revoke { app: slug, key } => revoke(app, &slug, &key).await,
    }
}

async fn list(app: &App, slug: &str) -> anyhow::Result<Value> {
    let mut conn = app.db.read(Scope::System("key list")).await?;
    let row = find(&mut conn, slug).await?;
    let keys = api_keys::list(&mut conn, row.id, app.clock.now()).await?;
    let mode = Mode::of(row.test_mode);
    let keys: Vec<Value> = keys.iter().map(|key| describe(key, mode)).collect();
    Ok(json!({"keys": keys}))
}

async fn rotate(
    app: &App,
    slug: &str,
    kind: KeyKind,
    grace: SignedDuration,
) -> anyhow::Result<Value> {
    let now = app.clock.now();
    let mut conn = app.db.read(Scope::System("key rotate")).await?;
    let row = find(&mut conn, slug).await?;
    drop(conn);
    let mode = Mode::of(row.test_mode);
    let (secret, fresh) = token::api_key(app, row.id, kind, mode);

    let mut conn = app.db.write(Scope::App(row.id)).await?;
    let old = api_keys::current(&mut conn, row.id, kind).await?;
    let new = match old {
        Some(old) => {
            if !api_keys::replace(&mut conn, row.id, old.id, now, now + grace).await? {
                bail!(
                    "the key was rotated by somebody else at this moment, look at `daybook key list`"
                );
            }
            Key {
                name: old.name,
                allowed_origins: old.allowed_origins,
                ..fresh
            }
        }
        None => fresh,
    };
    api_keys::insert(&mut conn, row.id, &new).await?;
    record(&mut conn, app, &row, "key.rotate", new.id).await?;
    conn.commit().await?;
    Ok(json!({"key": describe(&new, mode), "value": secret.expose_secret()}))
}

async fn revoke(app: &App, slug: &str, id: &str) -> anyhow::Result<Value> {
    let missing = || anyhow!("--key: app `{slug}` has no key `{id}`, look at `daybook key list`");
    let id: KeyId = id.to_ascii_lowercase().parse().map_err(|_| missing())?;
    let mut conn = app.db.write(Scope::System("key revoke")).await?;
    let row = find(&mut conn, slug).await?;
    let key = api_keys::get(&mut conn, row.id, id, app.clock.now())
        .await?
        .ok_or_else(missing)?;
    if key.replaced_at.is_none() {
        bail!("--key: this is the current key; end it by `daybook key rotate --grace none`");
    }
    api_keys::delete(&mut conn, row.id, id).await?;
    record(&mut conn, app, &row, "key.end", id).await?;
    conn.commit().await?;
    Ok(json!({"revoked": {"id": id}}))
}

async fn record(
    conn: &mut Conn,
    app: &App,
    row: &apps::App,
    act: &str,
    key: KeyId,
) -> anyhow::Result<()> {
    let (actor, target) = (Actor::command_line(), format!("key:{key}"));
    audit::push(
        conn,
        &app.clock,
        row.id,
        actor,
        act,
        target,
        app.clock.now(),
    )
    .await?;
    Ok(())
}

async fn find(conn: &mut Conn, slug: &str) -> anyhow::Result<apps::App> {
    apps::find(conn, slug)
        .await?
        .ok_or_else(|| anyhow!("--app: there is no app `{slug}`, look at `daybook app list`"))
}

fn describe(row: &Key, mode: Mode) -> Value {
    json!({
        "id": row.id,
        "kind": row.kind.as_str(),
        "name": row.name,
        "masked": format!("{}…{}", key::key_prefix(row.kind, mode), row.last4),
        "current": row.replaced_at.is_none(),
        "created_at": row.created_at.to_string(),
        "last_used_at": row.last_used_at.map(|at| at.to_string()),
        "expires_at": row.expires_at.map(|at| at.to_string()),
    })
}
