//! `daybook user`: what an operator does for somebody who cannot sign in.

use anyhow::anyhow;
use clap::Subcommand;
use jiff::SignedDuration;
use serde_json::{Value, json};
use store::{Scope, password_resets, persons, sessions};

use super::app::{hash, password_from_stdin};
use crate::{app::App, token};

pub(super) const EXAMPLES: &str = "\
Examples:
  daybook user reset-password --email ann@example.org
  echo 'a long password' | daybook user reset-password --email ann@example.org --password-stdin

Prints one JSON object with a link that sets a new password once, within 30 minutes.";

/// How long a link works.
const LINK_TIME: SignedDuration = SignedDuration::from_mins(30);

#[derive(Subcommand)]
pub(super) enum Command {
    /// Make a link that sets a new password
    #[command(after_help = EXAMPLES)]
    ResetPassword {
        /// E-mail of the account
        #[arg(long)]
        email: String,
        /// Set the password from stdin instead, and end all sessions
        #[arg(long)]
        password_stdin: bool,
    },
}

/// Runs a command of the group.
pub(super) async fn run(app: &App, command: Command) -> anyhow::Result<Value> {
    let Command::ResetPassword {
        email,
        password_stdin,
    } = command;
    let mut conn = app.db.read(Scope::System("reset password")).await?;
    let person = persons::find(&mut conn, &email)
        .await?
        .ok_or_else(|| anyhow!("--email: nobody has an account with this e-mail"))?;
    drop(conn);

    if password_stdin {
        let secret = password_from_stdin()?;
        let hash = hash(app, &secret, &[&person.email, &person.name]).await?;
        let mut conn = app.db.write(Scope::System("reset password")).await?;
        persons::set_password(&mut conn, person.id, &hash, app.clock.now()).await?;
        password_resets::delete_of_person(&mut conn, person.id).await?;
        let ended = sessions::delete_others(&mut conn, person.id, None).await?;
        conn.commit().await?;
        return Ok(json!({"email": person.email, "sessions_ended": ended}));
    }
    let (secret, digest) = token::link(&app.clock);
    let expires_at = app.clock.now() + LINK_TIME;
    let mut conn = app.db.write(Scope::System("reset password")).await?;
    password_resets::insert(&mut conn, &digest, person.id, expires_at).await?;
    conn.commit().await?;
    let link = format!("{}/admin/reset/{secret}", app.config.public_url());
    Ok(json!({"email": person.email, "link": link, "expires_at": expires_at.to_string()}))
}
