//! What requests about calendars hold (spec 40).

use domain::ResourceId;
use store::calendars::{Calendar, Order};
use utoipa::ToSchema;

use crate::api::{
    body::{Fields, Input, NAME, TEXT, spoken},
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

/// A new calendar.
#[derive(Debug, ToSchema)]
pub struct CalendarIn {
    /// The resource it is for. Required with an app key; a resource's own key means that resource.
    #[schema(value_type = Option<uuid::Uuid>)]
    pub resource_id: Option<ResourceId>,
    /// Its name.
    pub name: String,
    /// What it is for.
    #[schema(required = false)]
    pub description: String,
    /// The color of its texts, `#RRGGBB`.
    #[schema(pattern = "^#[0-9a-fA-F]{6}$")]
    pub foregroundcolor: Option<String>,
    /// The color of its entries, `#RRGGBB`.
    #[schema(pattern = "^#[0-9a-fA-F]{6}$")]
    pub backgroundcolor: Option<String>,
}

impl Input for CalendarIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            resource_id: fields.id("resource_id"),
            name: fields.required_text("name", NAME),
            description: fields.text("description", TEXT).unwrap_or_default(),
            foregroundcolor: color(fields, "foregroundcolor"),
            backgroundcolor: color(fields, "backgroundcolor"),
        }
    }
}

/// Changes of a calendar; absent keys stay. `provider_sync: true` is for connected calendars, and refused for others.
#[expect(
    clippy::option_option,
    reason = "absent, null and a value are three wishes"
)]
#[derive(Debug, ToSchema)]
pub struct CalendarChange {
    /// Its name.
    pub name: Option<String>,
    /// What it is for.
    pub description: Option<String>,
    /// The color of its texts, null for none.
    #[schema(value_type = Option<String>, pattern = "^#[0-9a-fA-F]{6}$")]
    pub foregroundcolor: Option<Option<String>>,
    /// The color of its entries, null for none.
    #[schema(value_type = Option<String>, pattern = "^#[0-9a-fA-F]{6}$")]
    pub backgroundcolor: Option<Option<String>>,
    /// True makes it the resource's primary calendar.
    pub primary: Option<bool>,
}

impl Input for CalendarChange {
    fn read(fields: &mut Fields<'_>) -> Self {
        if fields.boolean("provider_sync") == Some(true) {
            fields.error(
                "provider_sync",
                "provider sync is for connected calendars, and this one is not connected",
            );
        }
        Self {
            name: fields
                .has("name")
                .then(|| fields.required_text("name", NAME)),
            description: fields
                .has("description")
                .then(|| fields.text("description", TEXT).unwrap_or_default()),
            foregroundcolor: fields
                .has("foregroundcolor")
                .then(|| color(fields, "foregroundcolor")),
            backgroundcolor: fields
                .has("backgroundcolor")
                .then(|| color(fields, "backgroundcolor")),
            primary: fields.boolean("primary"),
        }
    }
}

impl CalendarChange {
    /// Puts the changed texts and colors into a calendar.
    pub fn apply_to(self, calendar: &mut Calendar) {
        if let Some(name) = self.name {
            calendar.name = name;
        }
        if let Some(description) = self.description {
            calendar.description = description;
        }
        if let Some(color) = self.foregroundcolor {
            calendar.foregroundcolor = color;
        }
        if let Some(color) = self.backgroundcolor {
            calendar.backgroundcolor = color;
        }
    }
}

/// Reads `#RRGGBB`; an empty text is none.
fn color(fields: &mut Fields<'_>, field: &str) -> Option<String> {
    let text = fields.text(field, NAME)?;
    if text.is_empty() {
        return None;
    }
    let is_color = text.strip_prefix('#').is_some_and(|digits| {
        digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
    });
    if !is_color {
        fields.error(
            field,
            format!("{} must be a color such as #2b6cb0", spoken(field)),
        );
    }
    is_color.then_some(text)
}

/// Reads `search`: the resources that must match.
pub fn resources(query: &Query, caller: &Caller) -> Result<Vec<ResourceId>> {
    let mut resources: Vec<ResourceId> = caller.own().into_iter().collect();
    for criterion in query.search() {
        match criterion.key.as_deref() {
            Some("resource.id" | "resource_id") => {
                let id = criterion.value.to_ascii_lowercase().parse();
                resources
                    .push(id.map_err(|_| invalid("search", "resource id must be a valid UUID"))?);
            }
            other => {
                let key = other.unwrap_or(&criterion.value);
                return Err(Error::Invalid(unknown_criterion(key, "resource.id")));
            }
        }
    }
    Ok(resources)
}
