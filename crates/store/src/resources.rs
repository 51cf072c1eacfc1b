//! Resources: people, rooms and things that can be booked.

use domain::{AppId, Page, PersonId, ResourceId, meta::Field};
use jiff::Timestamp;

use crate::{
    db::{Conn, Direction, FromRow, List, Result, Row, like},
    links::FieldTable,
};

const FIELDS: FieldTable = FieldTable {
    delete: "DELETE FROM resource_field WHERE app_id = $1 AND resource_id = $2",
    insert: "INSERT INTO resource_field (app_id, resource_id, name, value) VALUES ($1, $2, $3, $4)",
};

/// A resource as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resource {
    /// Its id.
    pub id: ResourceId,
    /// The person behind it: every resource with an e-mail has one.
    pub person_id: Option<PersonId>,
    /// Display name.
    pub name: String,
    /// First name; the whole name where only `name` was given.
    pub first_name: String,
    /// Last name, possibly empty.
    pub last_name: String,
    /// E-mail; never changes.
    pub email: Option<String>,
    /// IANA time zone.
    pub timezone: String,
    /// Address of a picture.
    pub image: Option<String>,
    /// Free values, a JSON object as text.
    pub meta: String,
    /// When it is available, a JSON array as text.
    pub availability_constraints: String,
    /// Whether it gets mails as the owner of bookings.
    pub enabled_email_notification: bool,
    /// Whether bookings get a conference link.
    pub conference_enabled: bool,
    /// The kind of that link.
    pub conference_type: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Declares the columns of [`Resource`], in the order in which [`FromRow`] reads them; a macro because `concat!`, which
/// puts them into each statement, takes literals only.
macro_rules! columns {
    () => {
        "r.id, r.person_id, r.name, r.first_name, r.last_name, r.email, r.timezone, r.image, r.meta,
         r.availability_constraints, r.enabled_email_notification, r.conference_enabled, r.conference_type,
         r.created_at, r.updated_at"
    };
}

impl FromRow for Resource {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            person_id: row.get(1)?,
            name: row.get(2)?,
            first_name: row.get(3)?,
            last_name: row.get(4)?,
            email: row.get(5)?,
            timezone: row.get(6)?,
            image: row.get(7)?,
            meta: row.get(8)?,
            availability_constraints: row.get(9)?,
            enabled_email_notification: row.get(10)?,
            conference_enabled: row.get(11)?,
            conference_type: row.get(12)?,
            created_at: row.get(13)?,
            updated_at: row.get(14)?,
        })
    }
}

/// Adds a resource with its searchable fields.
pub async fn insert(
    conn: &mut Conn,
    app: AppId,
    resource: &Resource,
    fields: &[Field],
) -> Result<()> {
    let name_fold = resource.name.to_lowercase();
    let email_fold = resource.email.as_deref().map(domain::email::fold);
    conn.execute(
        "INSERT INTO resource (app_id, id, person_id, name, name_fold, first_name, last_name, email, email_fold,
            timezone, image, meta, availability_constraints, enabled_email_notification, conference_enabled,
            conference_type, revision, longest_span, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, 0, 0, $17, $18)",
        &[
            app.into(),
            resource.id.into(),
            resource.person_id.into(),
            (&resource.name).into(),
            (&name_fold).into(),
            (&resource.first_name).into(),
            (&resource.last_name).into(),
            (&resource.email).into(),
            (&email_fold).into(),
            (&resource.timezone).into(),
            (&resource.image).into(),
            (&resource.meta).into(),
            (&resource.availability_constraints).into(),
            resource.enabled_email_notification.into(),
            resource.conference_enabled.into(),
            (&resource.conference_type).into(),
            resource.created_at.into(),
            resource.updated_at.into(),
        ],
    )
    .await?;
    FIELDS.insert(conn, app, resource.id.0, fields).await
}

/// Writes every changeable column, and the searchable fields anew. The e-mail stays as it is.
pub async fn save(
    conn: &mut Conn,
    app: AppId,
    resource: &Resource,
    fields: &[Field],
) -> Result<()> {
    let name_fold = resource.name.to_lowercase();
    conn.execute(
        "UPDATE resource SET name = $3, name_fold = $4, first_name = $5, last_name = $6, timezone = $7, image = $8,
            meta = $9, availability_constraints = $10, enabled_email_notification = $11, conference_enabled = $12,
            conference_type = $13, updated_at = $14, revision = revision + 1
         WHERE app_id = $1 AND id = $2",
        &[
            app.into(),
            resource.id.into(),
            (&resource.name).into(),
            (&name_fold).into(),
            (&resource.first_name).into(),
            (&resource.last_name).into(),
            (&resource.timezone).into(),
            (&resource.image).into(),
            (&resource.meta).into(),
            (&resource.availability_constraints).into(),
            resource.enabled_email_notification.into(),
            resource.conference_enabled.into(),
            (&resource.conference_type).into(),
            resource.updated_at.into(),
        ],
    )
    .await?;
    FIELDS.replace(conn, app, resource.id.0, fields).await
}

/// One resource that is not deleted.
pub async fn get(conn: &mut Conn, app: AppId, id: ResourceId) -> Result<Option<Resource>> {
    conn.one(
        concat!(
            "SELECT ",
            columns!(),
            " FROM resource r WHERE r.app_id = $1 AND r.id = $2 AND r.deleted_at IS NULL"
        ),
        &[app.into(), id.into()],
    )
    .await
}

/// Several resources, deleted ones included: bookings keep their history.
pub async fn get_many(conn: &mut Conn, app: AppId, ids: &[ResourceId]) -> Result<Vec<Resource>> {
    conn.query(
        concat!(
            "SELECT ",
            columns!(),
            " FROM resource r WHERE r.app_id = $1 AND r.id = ANY($2) ORDER BY r.id"
        ),
        &[app.into(), ids.into()],
    )
    .await
}

/// Which of these resources there are, deleted ones left out.
pub async fn existing(conn: &mut Conn, app: AppId, ids: &[ResourceId]) -> Result<Vec<ResourceId>> {
    let rows: Vec<(ResourceId,)> = conn
        .query(
            "SELECT id FROM resource WHERE app_id = $1 AND id = ANY($2) AND deleted_at IS NULL ORDER BY id",
            &[app.into(), ids.into()],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The time zones of resources, deleted ones included.
pub async fn timezones(
    conn: &mut Conn,
    app: AppId,
    ids: &[ResourceId],
) -> Result<Vec<(ResourceId, String)>> {
    conn.query(
        "SELECT id, timezone FROM resource WHERE app_id = $1 AND id = ANY($2) ORDER BY id",
        &[app.into(), ids.into()],
    )
    .await
}

/// The resource with an e-mail in this app.
pub async fn find_by_email(conn: &mut Conn, app: AppId, email: &str) -> Result<Option<Resource>> {
    let folded = domain::email::fold(email);
    conn.one(
        concat!(
            "SELECT ",
            columns!(),
            " FROM resource r WHERE r.app_id = $1 AND r.email_fold = $2 AND r.deleted_at IS NULL"
        ),
        &[app.into(), (&folded).into()],
    )
    .await
}

/// Locks a resource and raises its revision, since its time or rules change; whether it exists.
pub async fn touch(conn: &mut Conn, app: AppId, id: ResourceId) -> Result<bool> {
    let touched = conn
        .execute(
            "UPDATE resource SET revision = revision + 1 WHERE app_id = $1 AND id = $2 AND deleted_at IS NULL",
            &[app.into(), id.into()],
        )
        .await?;
    Ok(touched > 0)
}

/// Takes a resource out of use. Its row stays for the history of its bookings, without e-mail and person; its own keys,
/// searchable fields, membership and places in projects go.
pub async fn delete(conn: &mut Conn, app: AppId, id: ResourceId, now: Timestamp) -> Result<bool> {
    let deleted = conn
        .execute(
            "UPDATE resource SET deleted_at = $3, email = NULL, email_fold = NULL, person_id = NULL, meta = '{}',
                revision = revision + 1
             WHERE app_id = $1 AND id = $2 AND deleted_at IS NULL",
            &[app.into(), id.into(), now.into()],
        )
        .await?;
    for sql in [
        "DELETE FROM resource_field WHERE app_id = $1 AND resource_id = $2",
        "DELETE FROM credential WHERE app_id = $1 AND resource_id = $2",
        "DELETE FROM member WHERE app_id = $1 AND resource_id = $2",
        "DELETE FROM project_resource WHERE app_id = $1 AND resource_id = $2",
    ] {
        conn.execute(sql, &[app.into(), id.into()]).await?;
    }
    Ok(deleted > 0)
}

/// How many bookings of a resource are still to take place.
pub async fn coming_bookings(
    conn: &mut Conn,
    app: AppId,
    id: ResourceId,
    now: Timestamp,
) -> Result<i64> {
    let count: Option<(i64,)> = conn
        .one(
            "SELECT count(*) FROM booking
             WHERE app_id = $1 AND resource_id = $2 AND ends_at > $3 AND deleted_at IS NULL AND NOT completed",
            &[app.into(), id.into(), now.into()],
        )
        .await?;
    Ok(count.map_or(0, |(count,)| count))
}

/// What a list of resources is narrowed by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Exactly this one.
    Id(ResourceId),
    /// The name, without case.
    Name(String),
    /// The e-mail, without case.
    Email(String),
    /// The time zone.
    Timezone(String),
    /// A searchable field and its text.
    Field(String, String),
    /// Name or e-mail holds this text, without case.
    Contains(String),
}

impl Filter {
    fn apply(&self, app: AppId, list: &mut List<'_>) {
        match self {
            Self::Id(id) => list.filter("r.id = $?", [(*id).into()]),
            Self::Name(name) => list.filter("r.name_fold = $?", [name.to_lowercase().into()]),
            Self::Email(email) => list.filter("r.email_fold = $?", [domain::email::fold(email).into()]),
            Self::Timezone(zone) => list.filter("r.timezone = $?", [zone.clone().into()]),
            Self::Field(name, value) => list.filter(
                "r.id IN (SELECT resource_id FROM resource_field WHERE app_id = $? AND name = $? AND value = $?)",
                [app.into(), name.clone().into(), value.clone().into()],
            ),
            Self::Contains(text) => {
                let pattern = like(&text.to_lowercase(), true, true);
                list.filter(
                    "(r.name_fold LIKE $? ESCAPE '\\' OR r.email_fold LIKE $? ESCAPE '\\')",
                    [pattern.clone().into(), pattern.into()],
                )
            }
        };
    }
}

/// What a list of resources is ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The time of creation.
    CreatedAt,
    /// The time of the last change.
    UpdatedAt,
    /// The name, without case.
    Name,
}

/// A page of the app's resources, and how many there are on all pages.
pub async fn list(
    conn: &mut Conn,
    app: AppId,
    filters: &[Filter],
    order: (Order, Direction),
    page: Page,
) -> Result<(Vec<Resource>, u64)> {
    let mut list = List::new(columns!(), "resource r", "r.id");
    list.filter("r.app_id = $?", [app.into()]);
    list.filter("r.deleted_at IS NULL", []);
    for filter in filters {
        filter.apply(app, &mut list);
    }
    match order.0 {
        Order::CreatedAt => list.order("r.created_at", order.1),
        Order::UpdatedAt => list.order("r.updated_at", order.1),
        Order::Name => list.order("r.name_fold", order.1),
    };
    list.read(conn, page).await
}
