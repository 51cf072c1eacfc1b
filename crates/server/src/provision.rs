//! What comes into being together with a resource: its default calendar and its two keys.
//!
//! Used by every path that makes resources: the API, invitations, sign-up and the command line.

use domain::{
    AppId, CalendarId, CredentialId, PersonId, ResourceId, key,
    meta::{self, Field},
};
use sha2::{Digest, Sha256};
use store::{
    Conn,
    calendars::{self, Calendar},
    credentials::{self, Credential, Kind},
    resources::{self, Resource},
};

use crate::{app::App, seal::Place};

/// The description that the original gives a resource's first calendar.
const CALENDAR_DESCRIPTION: &str =
    "This calendar was created together with the resource and holds its bookings.";

/// A resource to be made.
#[derive(Clone, Debug)]
pub struct NewResource {
    /// Display name.
    pub name: String,
    /// First name; the whole name where absent.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// E-mail; then `person` is set.
    pub email: Option<String>,
    /// IANA time zone.
    pub timezone: String,
    /// Address of a picture.
    pub image: Option<String>,
    /// Free values.
    pub meta: serde_json::Map<String, serde_json::Value>,
    /// When it is available, a JSON array as text.
    pub availability_constraints: String,
    /// The person behind it.
    pub person: Option<PersonId>,
}

impl NewResource {
    /// A resource with nothing but a name and a zone.
    pub fn named(name: &str, timezone: &str) -> Self {
        Self {
            name: name.to_owned(),
            first_name: None,
            last_name: None,
            email: None,
            timezone: timezone.to_owned(),
            image: None,
            meta: serde_json::Map::new(),
            availability_constraints: "[]".to_owned(),
            person: None,
        }
    }
}

/// A resource that was made.
#[derive(Debug)]
pub struct Provisioned {
    /// The resource.
    pub resource: Resource,
    /// Its calendar.
    pub calendar: Calendar,
    /// Its `server-token`, to be shown now.
    pub server_token: String,
}

/// Makes a resource with its calendar and keys.
pub async fn resource(
    conn: &mut Conn,
    app: &App,
    app_id: AppId,
    new: NewResource,
) -> Result<Provisioned, store::Error> {
    let now = app.clock.now();
    let fields: Vec<Field> = meta::fields("meta", &new.meta);
    let resource = Resource {
        id: ResourceId(app.clock.id()),
        person_id: new.person,
        first_name: new.first_name.unwrap_or_else(|| new.name.clone()),
        last_name: new.last_name.unwrap_or_default(),
        name: new.name,
        email: new.email,
        timezone: new.timezone,
        image: new.image,
        meta: serde_json::Value::Object(new.meta).to_string(),
        availability_constraints: new.availability_constraints,
        enabled_email_notification: true,
        conference_enabled: false,
        conference_type: None,
        created_at: now,
        updated_at: now,
    };
    resources::insert(conn, app_id, &resource, &fields).await?;
    let calendar = Calendar {
        id: CalendarId(app.clock.id()),
        resource_id: resource.id,
        name: "Bookings".to_owned(),
        description: CALENDAR_DESCRIPTION.to_owned(),
        foregroundcolor: None,
        backgroundcolor: None,
        provider: "timekit".to_owned(),
        is_primary: true,
        created_at: now,
        updated_at: now,
    };
    calendars::insert(conn, app_id, &calendar).await?;
    let server_token = credential(conn, app, app_id, resource.id, Kind::Server)
        .await?
        .1;
    credential(conn, app, app_id, resource.id, Kind::Client).await?;
    Ok(Provisioned {
        resource,
        calendar,
        server_token,
    })
}

/// Makes a key for a resource; the token is in the answer and, sealed, in the row.
pub async fn credential(
    conn: &mut Conn,
    app: &App,
    app_id: AppId,
    resource_id: ResourceId,
    kind: Kind,
) -> Result<(Credential, String), store::Error> {
    let now = app.clock.now();
    let token = key::format_token(app.clock.random());
    let id = CredentialId(app.clock.id());
    let place = Place {
        table: "credential",
        column: "sealed",
        row: id.0,
        app: app_id.0,
    };
    let credential = Credential {
        id,
        resource_id,
        kind,
        digest: Sha256::digest(&token).into(),
        last4: token[token.len() - 4..].to_owned(),
        sealed: Some(app.seal.seal(&app.clock, place, &token)),
        created_at: now,
        updated_at: now,
    };
    credentials::insert(conn, app_id, &credential).await?;
    Ok((credential, token))
}
