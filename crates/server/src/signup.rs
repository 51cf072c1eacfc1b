//! Makes an app with all that belongs to it: keys, webhook secret, and the owner's resource with calendar and keys.
//!
//! Sign-up, `POST /v2/apps` and `daybook app create` all come here.

use domain::{AppId, KeyKind, Mode, Role, slug};
use secrecy::SecretString;
use serde_json::{Map, Value};
use store::{
    Conn, api_keys, apps,
    members::{self, NewMember},
    persons::Person,
};

use crate::{
    app::App,
    provision::{self, NewResource},
    token,
};

/// Suffixes of a slug that are tried in order before random ones.
const TRIES: u32 = 50;

/// An app that is not stored yet, with its secrets: they are made before the unit of work opens.
pub struct Draft {
    row: apps::App,
    app_key: (SecretString, api_keys::Key),
    widget_key: (SecretString, api_keys::Key),
    random: u32,
}

/// An app that was made.
pub struct Created {
    /// The app.
    pub app: apps::App,
    /// Its app key.
    pub app_key: SecretString,
    /// Its widget key.
    pub widget_key: SecretString,
    /// The owner's resource.
    pub resource: store::resources::Resource,
    /// The owner's personal key.
    pub token: SecretString,
}

impl Draft {
    /// Prepares an app; `name` goes into the settings.
    pub fn new(app: &App, name: &str, mut settings: Map<String, Value>, mode: Mode) -> Self {
        let now = app.clock.now();
        let id = AppId(app.clock.id());
        settings.insert("name".to_owned(), name.into());
        let row = apps::App {
            id,
            slug: slug::slugify(name),
            settings: Value::Object(settings).to_string(),
            test_mode: mode.is_test(),
            creator_resource_id: None,
            webhook_secret: token::webhook_secret(app, id),
            token_stored_at: None,
            created_at: now,
            updated_at: now,
        };
        Self {
            row,
            app_key: token::api_key(app, id, KeyKind::App, mode),
            widget_key: token::api_key(app, id, KeyKind::Widget, mode),
            random: u32::from_be_bytes(app.clock.random()),
        }
    }

    /// Stores the app, owned by a person who is stored already.
    pub async fn save(
        mut self,
        conn: &mut Conn,
        app: &App,
        owner: &Person,
    ) -> Result<Created, store::Error> {
        let id = self.row.id;
        insert(conn, &mut self.row, self.random).await?;
        api_keys::insert(conn, id, &self.app_key.1).await?;
        api_keys::insert(conn, id, &self.widget_key.1).await?;
        let new = NewResource {
            email: Some(owner.email.clone()),
            person: Some(owner.id),
            ..NewResource::named(&owner.name, &owner.timezone)
        };
        let made = provision::resource(conn, app, id, new).await?;
        apps::set_creator(conn, id, made.resource.id).await?;
        self.row.creator_resource_id = Some(made.resource.id);
        let member = NewMember {
            person_id: owner.id,
            resource_id: made.resource.id,
            role: Role::Owner,
            invite: None,
        };
        members::insert(conn, id, &member, app.clock.now()).await?;
        Ok(Created {
            app: self.row,
            app_key: self.app_key.0,
            widget_key: self.widget_key.0,
            resource: made.resource,
            token: made.server_token.into(),
        })
    }
}

/// The contact of a new app, where the settings name none.
pub fn with_contact(
    mut settings: Map<String, Value>,
    name: &str,
    email: &str,
) -> Map<String, Value> {
    settings
        .entry("contact_name")
        .or_insert_with(|| name.into());
    settings
        .entry("contact_email")
        .or_insert_with(|| email.into());
    settings
}

/// Stores the app's row under the first free slug: `name`, `name-2`, `name-3` …
async fn insert(conn: &mut Conn, row: &mut apps::App, random: u32) -> Result<(), store::Error> {
    let wanted = row.slug.clone();
    let mut suffix = 1;
    while !apps::insert(conn, row).await? {
        suffix += 1;
        let number = if suffix <= TRIES {
            suffix
        } else {
            random.wrapping_add(suffix)
        };
        row.slug = slug::with_suffix(&wanted, number);
    }
    Ok(())
}
