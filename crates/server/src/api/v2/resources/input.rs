//! What requests about resources hold (spec 30).

use serde_json::{Map, Value};
use store::resources::{Filter, Order, Resource};
use utoipa::ToSchema;

use crate::api::{
    body::{Fields, Input, NAME},
    caller::Caller,
    error::{Error, Result, invalid},
    query::{Query, unknown_criterion},
};

/// The names of `orderBy`.
pub const ORDERS: [(&str, Order); 3] = [
    ("created_at", Order::CreatedAt),
    ("updated_at", Order::UpdatedAt),
    ("name", Order::Name),
];

/// A new resource.
#[derive(Debug, ToSchema)]
pub struct ResourceIn {
    /// Display name.
    pub name: String,
    /// IANA time zone; the header `Timekit-Timezone` may stand in.
    #[schema(example = "Europe/Copenhagen")]
    pub timezone: Option<String>,
    /// E-mail, needed only if the resource is to log in.
    #[schema(format = "email")]
    pub email: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// Password, at least 12 characters.
    pub password: Option<String>,
    /// Address of a picture.
    #[schema(format = "uri")]
    pub image: Option<String>,
    /// Free values, searchable as `meta.KEY`.
    #[schema(value_type = Object, required = false)]
    pub meta: Map<String, Value>,
    /// When it is available, a list of constraint objects.
    #[schema(value_type = Option<Vec<Object>>)]
    pub availability_constraints: Option<String>,
}

impl Input for ResourceIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        let email = fields.email("email");
        let password = fields.text("password", 256);
        if password.is_some() && email.is_none() {
            fields.error("password", "a resource without an email has no password");
        }
        Self {
            name: fields.required_text("name", NAME),
            timezone: fields.zone("timezone"),
            email,
            first_name: fields.text("first_name", NAME),
            last_name: fields.text("last_name", NAME),
            password,
            image: fields.url("image"),
            meta: fields.meta("meta").unwrap_or_default(),
            availability_constraints: constraints(fields),
        }
    }
}

/// Changes of a resource; absent keys stay.
#[expect(
    clippy::option_option,
    reason = "absent, null and a value are three wishes"
)]
#[derive(Debug, ToSchema)]
pub struct ResourceChange {
    /// Display name.
    pub name: Option<String>,
    /// First name.
    pub first_name: Option<String>,
    /// Last name.
    pub last_name: Option<String>,
    /// IANA time zone.
    pub timezone: Option<String>,
    /// Ignored where it is the same, refused otherwise.
    pub email: Option<String>,
    /// A new password.
    pub password: Option<String>,
    /// Address of a picture, null for none.
    #[schema(value_type = Option<String>, format = "uri")]
    pub image: Option<Option<String>>,
    /// Replaces the free values.
    #[schema(value_type = Option<Object>)]
    pub meta: Option<Map<String, Value>>,
    /// Replaces the list of constraints.
    #[schema(value_type = Option<Vec<Object>>)]
    pub availability_constraints: Option<String>,
    /// Whether it gets mails as the owner of bookings.
    pub enabled_email_notification: Option<bool>,
    /// Whether bookings get a conference link.
    pub conference_enabled: Option<bool>,
    /// The kind of that link, null for none.
    #[schema(value_type = Option<String>)]
    pub conference_type: Option<Option<String>>,
}

impl Input for ResourceChange {
    fn read(fields: &mut Fields<'_>) -> Self {
        let name = fields
            .has("name")
            .then(|| fields.required_text("name", NAME));
        Self {
            name,
            first_name: fields.text("first_name", NAME),
            last_name: fields.text("last_name", NAME),
            timezone: fields.zone("timezone"),
            email: fields.email("email"),
            password: fields.text("password", 256),
            image: fields.has("image").then(|| fields.url("image")),
            meta: fields.meta("meta"),
            availability_constraints: constraints(fields),
            enabled_email_notification: fields.boolean("enabled_email_notification"),
            conference_enabled: fields.boolean("conference_enabled"),
            conference_type: fields
                .has("conference_type")
                .then(|| fields.text("conference_type", NAME)),
        }
    }
}

impl ResourceChange {
    /// The resource with the changes in it. The display name follows the others where it is not given itself.
    pub fn applied_to(&self, mut resource: Resource) -> Resource {
        if self.first_name.is_some() || self.last_name.is_some() {
            resource.first_name = self.first_name.clone().unwrap_or(resource.first_name);
            resource.last_name = self.last_name.clone().unwrap_or(resource.last_name);
            if self.name.is_none() {
                let name = format!("{} {}", resource.first_name, resource.last_name);
                name.trim().clone_into(&mut resource.name);
            }
        } else if let Some(name) = &self.name
            && resource.last_name.is_empty()
        {
            resource.first_name.clone_from(name);
        }
        set(&mut resource.name, self.name.as_ref());
        set(&mut resource.timezone, self.timezone.as_ref());
        set(&mut resource.image, self.image.as_ref());
        set(
            &mut resource.availability_constraints,
            self.availability_constraints.as_ref(),
        );
        set(
            &mut resource.enabled_email_notification,
            self.enabled_email_notification.as_ref(),
        );
        set(
            &mut resource.conference_enabled,
            self.conference_enabled.as_ref(),
        );
        set(&mut resource.conference_type, self.conference_type.as_ref());
        if let Some(meta) = &self.meta {
            resource.meta = Value::Object(meta.clone()).to_string();
        }
        resource
    }
}

fn set<T: Clone>(field: &mut T, value: Option<&T>) {
    if let Some(value) = value {
        field.clone_from(value);
    }
}

/// Reads a list of constraint objects as text.
fn constraints(fields: &mut Fields<'_>) -> Option<String> {
    const FIELD: &str = "availability_constraints";
    let value = fields.value(FIELD)?;
    fields.constraints(FIELD);
    // What was sent is kept; an empty object stands for an empty list.
    Some(
        value
            .as_array()
            .map_or_else(|| "[]".to_owned(), |_| value.to_string()),
    )
}

/// Reads `search`.
pub fn filters(query: &Query, caller: &Caller) -> Result<Vec<Filter>> {
    let mut filters: Vec<Filter> = caller.own().map(Filter::Id).into_iter().collect();
    for criterion in query.search() {
        let value = criterion.value;
        filters.push(match criterion.key.as_deref() {
            None => Filter::Contains(value),
            Some("id" | "resource.id" | "resource_id") => {
                let id = value.to_ascii_lowercase().parse();
                Filter::Id(id.map_err(|_| invalid("search", "id must be a valid UUID"))?)
            }
            Some("name") => Filter::Name(value),
            Some("email") => Filter::Email(value),
            Some("timezone") => Filter::Timezone(value),
            Some(key) if key.len() > 5 && key.starts_with("meta.") => {
                Filter::Field(key.to_owned(), domain::text::cap(&value).to_owned())
            }
            Some(key) => {
                return Err(Error::Invalid(unknown_criterion(
                    key,
                    "id, name, email, timezone or meta.KEY",
                )));
            }
        });
    }
    Ok(filters)
}
