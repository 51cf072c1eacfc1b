//! What requests about projects hold (spec 60).

use domain::{
    ResourceId,
    availability::{HoursFrom, Window, WindowError},
    booking::Graph,
    project, slug,
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value};
use store::projects::{Filter, Order, Project};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{AllOfBuilder, ObjectBuilder, Ref, RefOr, Schema, schema::Type},
};

use super::super::{
    availability::{Settings, once},
    near,
};
use crate::api::{
    body::{Fields, Input, META, NAME, TEXT, spoken},
    caller::Caller,
    error::{Error, Result, invalid},
    query::{Query, unknown_criterion},
};

/// The most resources of a project: a search takes no more (spec 50 §8.21).
pub const MOST_RESOURCES: usize = 1_000;
/// The most reminders of a project.
const MOST_REMINDERS: usize = 50;
/// The largest form, in bytes of JSON.
const FORM: usize = 64 * 1024;
/// The longest hold, in seconds.
const LONGEST_HOLD: u32 = 24 * 3_600;

/// The names of `orderBy`.
pub const ORDERS: [(&str, Order); 3] = [
    ("created_at", Order::CreatedAt),
    ("updated_at", Order::UpdatedAt),
    ("name", Order::Name),
];

/// A new project: the fields of a change, with the name.
pub struct ProjectIn;

impl PartialSchema for ProjectIn {
    fn schema() -> RefOr<Schema> {
        let named = ObjectBuilder::new()
            .property("name", ObjectBuilder::new().schema_type(Type::String))
            .required("name");
        AllOfBuilder::new()
            .description(Some(
                "A new project: the fields of a change, with the name.",
            ))
            .item(Ref::from_schema_name("ProjectChange"))
            .item(named)
            .into()
    }
}

impl ToSchema for ProjectIn {
    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((ProjectChange::name().into_owned(), ProjectChange::schema()));
    }
}

/// Changes of a project; absent keys stay, and a given object replaces the whole one.
#[expect(
    clippy::option_option,
    reason = "absent, null and a value are three wishes"
)]
#[derive(Debug, Default, ToSchema)]
pub struct ProjectChange {
    /// Display name.
    pub name: Option<String>,
    /// The address of the booking page, unique over the installation; made of the name where it is absent.
    #[schema(pattern = "^([a-z0-9]+(-[a-z0-9]+)*)?$", example = "eye-test")]
    pub slug: Option<String>,
    /// What is booked, in the order of priority.
    #[schema(value_type = Option<Vec<uuid::Uuid>>)]
    pub resources: Option<Vec<ResourceId>>,
    /// Parameters of `POST /availability`: mode, length, from, to, buffer, timeslot_increments …
    #[schema(value_type = Option<Object>)]
    pub availability: Option<Map<String, Value>>,
    /// When it can be booked, in addition to each resource's own rules.
    #[schema(value_type = Option<Vec<Object>>)]
    pub availability_constraints: Option<String>,
    /// Parameters of `POST /bookings`: graph, what, where, description, settings …
    #[schema(value_type = Option<Object>)]
    pub booking: Option<Map<String, Value>>,
    /// Reminders.
    #[schema(value_type = Option<Vec<Object>>)]
    pub reminders: Option<String>,
    /// The form: fields by name, in the order in which they are asked.
    #[schema(value_type = Option<Object>)]
    pub customer_fields: Option<Map<String, Value>>,
    /// How its pages look.
    #[schema(value_type = Option<Object>)]
    pub ui: Option<Map<String, Value>>,
    /// Free values, searchable as `meta.KEY`.
    #[schema(value_type = Option<Object>)]
    pub meta: Option<Map<String, Value>>,
    /// Whether bookings get a conference link.
    pub allow_conference: Option<bool>,
    /// Whether bookings may overlap others.
    pub allow_double_bookings: Option<bool>,
    /// Whether mails are sent.
    pub enabled_email_notification: Option<bool>,
    /// Whether its booking page takes bookings.
    pub enabled: Option<bool>,
    /// How long a hold lasts; null for the usual time.
    #[schema(value_type = Option<String>, example = "5 minutes")]
    pub reservation_time: Option<Option<String>>,
    /// Whose opening hours count: `resource`, `project` or `location`; null combines all.
    #[schema(value_type = Option<String>)]
    pub use_hours_from: Option<Option<String>>,
    /// Degrees north, −90 to 90; null for none.
    #[schema(value_type = Option<f64>)]
    pub latitude: Option<Option<String>>,
    /// Degrees east, −180 to 180; null for none.
    #[schema(value_type = Option<f64>)]
    pub longitude: Option<Option<String>>,
    #[schema(ignore)]
    search: Option<Settings>,
}

/// Whether the fields are those of a new project.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// With a name.
    New,
    /// Whatever changes.
    Change,
}

impl ProjectChange {
    /// Reads the fields; what is wrong goes to `fields`.
    pub fn read(fields: &mut Fields<'_>, wanted: Wanted) -> Self {
        let name = (wanted == Wanted::New || fields.has("name"))
            .then(|| fields.required_text("name", NAME));
        let search = fields
            .nested("availability")
            .map(|mut availability| Settings::read(&mut availability));
        Self {
            name,
            slug: slug_of(fields),
            resources: resources(fields),
            availability: fields.meta("availability"),
            availability_constraints: constraints(fields),
            booking: booking(fields),
            reminders: reminders(fields),
            customer_fields: form(fields),
            ui: ui(fields),
            meta: fields.meta("meta"),
            allow_conference: fields.boolean("allow_conference"),
            allow_double_bookings: fields.boolean("allow_double_bookings"),
            enabled_email_notification: fields.boolean("enabled_email_notification"),
            enabled: fields.boolean("enabled"),
            reservation_time: fields.has("reservation_time").then(|| {
                fields.duration("reservation_time", 1, LONGEST_HOLD);
                fields.text("reservation_time", NAME)
            }),
            use_hours_from: fields.has("use_hours_from").then(|| hours_from(fields)),
            latitude: fields
                .has("latitude")
                .then(|| degrees(fields, "latitude", 90.0)),
            longitude: fields
                .has("longitude")
                .then(|| degrees(fields, "longitude", 180.0)),
            search,
        }
    }

    /// Why the search that the project names could not be made now.
    pub fn window_error(&self, now: Timestamp) -> Option<WindowError> {
        let search = self.search.as_ref()?;
        let zone = search.output.clone().unwrap_or(TimeZone::UTC);
        Window::resolve(search.from, search.to, now, &zone).err()
    }

    /// The project with the changes in it.
    pub fn applied_to(&self, mut project: Project) -> Project {
        fn set<T: Clone>(field: &mut T, value: Option<&T>) {
            if let Some(value) = value {
                field.clone_from(value);
            }
        }
        set(&mut project.name, self.name.as_ref());
        set(&mut project.slug, self.slug.as_ref());
        for (field, object) in [
            (&mut project.availability, &self.availability),
            (&mut project.booking, &self.booking),
            (&mut project.customer_fields, &self.customer_fields),
            (&mut project.ui, &self.ui),
            (&mut project.meta, &self.meta),
        ] {
            if let Some(object) = object {
                *field = Value::Object(object.clone()).to_string();
            }
        }
        set(
            &mut project.availability_constraints,
            self.availability_constraints.as_ref(),
        );
        set(&mut project.reminders, self.reminders.as_ref());
        set(
            &mut project.allow_conference,
            self.allow_conference.as_ref(),
        );
        set(
            &mut project.allow_double_bookings,
            self.allow_double_bookings.as_ref(),
        );
        set(
            &mut project.enabled_email_notification,
            self.enabled_email_notification.as_ref(),
        );
        set(&mut project.enabled, self.enabled.as_ref());
        set(
            &mut project.reservation_time,
            self.reservation_time.as_ref(),
        );
        set(&mut project.use_hours_from, self.use_hours_from.as_ref());
        set(&mut project.latitude, self.latitude.as_ref());
        set(&mut project.longitude, self.longitude.as_ref());
        project
    }
}

fn slug_of(fields: &mut Fields<'_>) -> Option<String> {
    let text = fields.text("slug", NAME)?.trim().to_lowercase();
    if text.is_empty() {
        return None;
    }
    if !slug::is_slug(&text) {
        fields.error(
            "slug",
            "slug must have 1 to 60 letters, digits and single hyphens between them",
        );
    }
    Some(text)
}

/// Reads `resources`, each once, where it stands first.
fn resources(fields: &mut Fields<'_>) -> Option<Vec<ResourceId>> {
    const FIELD: &str = "resources";
    fields.value(FIELD)?;
    let ids: Vec<ResourceId> = once(fields.ids(FIELD));
    if ids.len() > MOST_RESOURCES {
        fields.error(
            FIELD,
            format!("a project may not have more than {MOST_RESOURCES} resources"),
        );
    }
    Some(ids)
}

/// Reads a list of constraints as text; what was sent is kept, and an empty object stands for an empty list.
pub fn constraints(fields: &mut Fields<'_>) -> Option<String> {
    const FIELD: &str = "availability_constraints";
    let value = fields.value(FIELD)?;
    fields.constraints(FIELD);
    Some(
        value
            .as_array()
            .map_or_else(|| "[]".to_owned(), |_| value.to_string()),
    )
}

fn booking(fields: &mut Fields<'_>) -> Option<Map<String, Value>> {
    let object = fields.meta("booking")?;
    if let Some(mut booking) = fields.nested("booking") {
        let graph = booking.text("graph", NAME);
        if graph.is_some_and(|word| word.parse::<Graph>().is_err()) {
            booking.error(
                "graph",
                "graph must be one of instant, confirm_decline, instant_payment, group_customer, group_customer_payment, group_owner",
            );
        }
        booking.text("action", NAME);
        booking.text("what", NAME);
        booking.text("where", TEXT);
        booking.text("description", TEXT);
        booking.emails("participants");
        booking.map("event");
        if let Some(mut settings) = booking.nested("settings") {
            settings.boolean("allow_double_bookings");
        }
    }
    Some(object)
}

fn reminders(fields: &mut Fields<'_>) -> Option<String> {
    const FIELD: &str = "reminders";
    let value = fields.value(FIELD)?;
    let list = match value {
        Value::Array(list) => list.as_slice(),
        Value::Object(object) if object.is_empty() => &[],
        _ => {
            fields.error(FIELD, "reminders must be a list of objects");
            return None;
        }
    };
    if list.len() > MOST_REMINDERS {
        fields.error(
            FIELD,
            format!("reminders may not have more than {MOST_REMINDERS} entries"),
        );
    }
    for (index, _) in list.iter().enumerate().filter(|(_, it)| !it.is_object()) {
        fields.error(&format!("{FIELD}.{index}"), "must be an object");
    }
    let text = Value::Array(list.to_vec()).to_string();
    if text.len() > META {
        fields.error(
            FIELD,
            format!("reminders may not be larger than {META} bytes"),
        );
    }
    Some(text)
}

fn form(fields: &mut Fields<'_>) -> Option<Map<String, Value>> {
    const FIELD: &str = "customer_fields";
    let value = fields.value(FIELD)?;
    if value.to_string().len() > FORM {
        fields.error(
            FIELD,
            format!("customer fields may not be larger than {FORM} bytes"),
        );
        return None;
    }
    match project::read_form(FIELD, value) {
        Ok(form) => Some(form),
        Err(errors) => {
            for error in errors {
                fields.error(&error.field, error.message);
            }
            None
        }
    }
}

fn ui(fields: &mut Fields<'_>) -> Option<Map<String, Value>> {
    let mut object = fields.meta("ui")?;
    let mut ui = fields.nested("ui")?;
    for name in [
        "display_name",
        "time_date_format",
        "booking_date_format",
        "booking_time_format",
    ] {
        ui.text(name, NAME);
    }
    for name in ["show_credits", "show_timezone_helper"] {
        ui.boolean(name);
    }
    if ui.value("avatar").is_some_and(|value| value != "") {
        ui.url("avatar");
    }
    let view = ui.text("availability_view", NAME);
    if view.is_some_and(|view| view != "agendaWeek" && view != "listing") {
        ui.error(
            "availability_view",
            "availability view must be agendaWeek or listing",
        );
    }
    if let Some(zone) = ui.zone("timezone") {
        object.insert("timezone".to_owned(), Value::from(zone));
    }
    if let Some(mut texts) = ui.nested("localization") {
        let names: Vec<String> = texts.object().keys().cloned().collect();
        for name in names {
            texts.text(&name, TEXT);
        }
    }
    Some(object)
}

fn hours_from(fields: &mut Fields<'_>) -> Option<String> {
    let word = fields.text("use_hours_from", NAME)?;
    if HoursFrom::parse(&word).is_none() {
        fields.error(
            "use_hours_from",
            "use hours from must be resource, project or location",
        );
    }
    Some(word)
}

/// Reads a number of degrees, also as a text; kept as a decimal text.
pub fn degrees(fields: &mut Fields<'_>, field: &str, most: f64) -> Option<String> {
    let value = fields.value(field)?;
    let number = match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) if text.trim().is_empty() => return None,
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    let degrees = number.filter(|number: &f64| number.abs() <= most);
    if degrees.is_none() {
        fields.error(
            field,
            format!("{} must be a number from -{most} to {most}", spoken(field)),
        );
    }
    degrees.map(|degrees| degrees.to_string())
}

/// The resources of a project, as `{"resources": […]}` or as a bare list.
#[derive(Debug, ToSchema)]
pub struct ResourcesIn {
    /// What is booked, in the order of priority.
    #[schema(value_type = Vec<uuid::Uuid>)]
    pub resources: Vec<ResourceId>,
}

impl Input for ResourcesIn {
    const BARE_LIST: Option<&'static str> = Some("resources");

    fn read(fields: &mut Fields<'_>) -> Self {
        if !fields.has("resources") {
            fields.required("resources");
        }
        Self {
            resources: resources(fields).unwrap_or_default(),
        }
    }
}

/// One more resource of a project.
#[derive(Debug, ToSchema)]
pub struct ResourceRefIn {
    /// The resource.
    #[schema(value_type = uuid::Uuid)]
    pub resource_id: Option<ResourceId>,
}

impl Input for ResourceRefIn {
    fn read(fields: &mut Fields<'_>) -> Self {
        if fields.value("resource_id").is_none() {
            fields.required("resource_id");
        }
        Self {
            resource_id: fields.id("resource_id"),
        }
    }
}

/// Reads `search`. A public key finds what its page needs, and cannot probe for more.
pub fn filters(query: &Query, caller: &Caller) -> Result<Vec<Filter>> {
    let mut filters = Vec::new();
    for criterion in query.search() {
        let value = criterion.value;
        filters.push(match criterion.key.as_deref() {
            Some(key) if near::KEYS.contains(&key) => continue,
            None => Filter::Contains(value),
            Some("id" | "project.id") => Filter::Id(search_id("id", &value)?),
            Some("slug") => Filter::Slug(value.to_lowercase()),
            Some("name") => Filter::Name(value),
            Some(key @ ("locations.uuid" | "locations.id" | "location.id")) => {
                Filter::Location(search_id(key, &value)?)
            }
            Some(key @ ("services.uuid" | "services.id" | "service.id")) => {
                Filter::Service(search_id(key, &value)?)
            }
            Some(key @ ("resource.id" | "resources.id" | "resource_id")) if !caller.is_public() => {
                Filter::Resource(search_id(key, &value)?)
            }
            Some(key) if key.len() > 5 && key.starts_with("meta.") && !caller.is_public() => {
                Filter::Field(key.to_owned(), domain::text::cap(&value).to_owned())
            }
            Some(key) => {
                return Err(Error::Invalid(unknown_criterion(
                    key,
                    "id, name, slug, resource.id, locations.uuid, services.uuid, latitude, longitude, distance or meta.KEY",
                )));
            }
        });
    }
    if caller.is_public() {
        filters.push(Filter::Enabled);
    }
    Ok(filters)
}

/// Reads the id of a search.
pub fn search_id<T: std::str::FromStr>(key: &str, value: &str) -> Result<T> {
    value
        .to_ascii_lowercase()
        .parse()
        .map_err(|_| invalid("search", format!("{key} must be a valid UUID")))
}
