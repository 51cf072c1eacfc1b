//! Projects: stored booking experiences, with the resources that they book in the order of their priority.

use domain::{AppId, LocationId, Page, ProjectId, ResourceId, ServiceId, meta::Field};
use jiff::Timestamp;

use crate::{
    db::{Conn, Direction, FromRow, List, Result, Row, like},
    links::{self, FieldTable},
};

const FIELDS: FieldTable = FieldTable {
    delete: "DELETE FROM project_field WHERE app_id = $1 AND project_id = $2",
    insert: "INSERT INTO project_field (app_id, project_id, name, value) VALUES ($1, $2, $3, $4)",
};

/// A project as it is stored.
#[expect(clippy::struct_excessive_bools, reason = "each is a column of its own")]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Project {
    /// Its id.
    pub id: ProjectId,
    /// Display name.
    pub name: String,
    /// The address of its booking page; unique over the installation.
    pub slug: String,
    /// Parameters of a search for free time, a JSON object as text.
    pub availability: String,
    /// When it can be booked, a JSON array as text.
    pub availability_constraints: String,
    /// Parameters of a booking, a JSON object as text.
    pub booking: String,
    /// Reminders, a JSON array as text.
    pub reminders: String,
    /// The fields of the form in their order, a JSON object as text.
    pub customer_fields: String,
    /// How pages look, a JSON object as text.
    pub ui: String,
    /// Free values, a JSON object as text.
    pub meta: String,
    /// Whether bookings get a conference link.
    pub allow_conference: bool,
    /// Whether bookings may overlap others.
    pub allow_double_bookings: bool,
    /// Whether mails are sent.
    pub enabled_email_notification: bool,
    /// Whether its booking page takes bookings.
    pub enabled: bool,
    /// How long a hold lasts, a duration.
    pub reservation_time: Option<String>,
    /// Whose opening hours count: `resource`, `project` or `location`; all of them where absent.
    pub use_hours_from: Option<String>,
    /// Degrees north, in decimal digits.
    pub latitude: Option<String>,
    /// Degrees east, in decimal digits.
    pub longitude: Option<String>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// Declares the columns of [`Project`], in the order in which [`FromRow`] reads them; a macro because `concat!`, which
/// puts them into each statement, takes literals only.
macro_rules! columns {
    () => {
        "p.id, p.name, p.slug, p.availability, p.availability_constraints, p.booking, p.reminders, p.customer_fields,
         p.ui, p.meta, p.allow_conference, p.allow_double_bookings, p.enabled_email_notification, p.enabled,
         p.reservation_time, p.use_hours_from, p.latitude, p.longitude, p.created_at, p.updated_at"
    };
}

impl FromRow for Project {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            slug: row.get(2)?,
            availability: row.get(3)?,
            availability_constraints: row.get(4)?,
            booking: row.get(5)?,
            reminders: row.get(6)?,
            customer_fields: row.get(7)?,
            ui: row.get(8)?,
            meta: row.get(9)?,
            allow_conference: row.get(10)?,
            allow_double_bookings: row.get(11)?,
            enabled_email_notification: row.get(12)?,
            enabled: row.get(13)?,
            reservation_time: row.get(14)?,
            use_hours_from: row.get(15)?,
            latitude: row.get(16)?,
            longitude: row.get(17)?,
            created_at: row.get(18)?,
            updated_at: row.get(19)?,
        })
    }
}

/// Adds a project with its searchable fields; false where the slug is taken.
pub async fn insert(
    conn: &mut Conn,
    app: AppId,
    project: &Project,
    fields: &[Field],
) -> Result<bool> {
    let name_fold = project.name.to_lowercase();
    let inserted = conn
        .execute(
            "INSERT INTO project (app_id, id, name, name_fold, slug, availability, availability_constraints, booking,
                reminders, customer_fields, ui, meta, allow_conference, allow_double_bookings,
                enabled_email_notification, enabled, reservation_time, use_hours_from, latitude, longitude, created_at,
                updated_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
             ON CONFLICT (slug) DO NOTHING",
            &[
                app.into(),
                project.id.into(),
                (&project.name).into(),
                (&name_fold).into(),
                (&project.slug).into(),
                (&project.availability).into(),
                (&project.availability_constraints).into(),
                (&project.booking).into(),
                (&project.reminders).into(),
                (&project.customer_fields).into(),
                (&project.ui).into(),
                (&project.meta).into(),
                project.allow_conference.into(),
                project.allow_double_bookings.into(),
                project.enabled_email_notification.into(),
                project.enabled.into(),
                (&project.reservation_time).into(),
                (&project.use_hours_from).into(),
                (&project.latitude).into(),
                (&project.longitude).into(),
                project.created_at.into(),
                project.updated_at.into(),
            ],
        )
        .await?;
    if inserted == 0 {
        return Ok(false);
    }
    FIELDS.insert(conn, app, project.id.0, fields).await?;
    Ok(true)
}

/// Writes every column but the id and `created_at`, and the searchable fields anew. Lock the project first. The slug must
/// be free: see [`slug_is_taken`]; who loses a race for it gets a conflict on `project.slug`.
pub async fn save(conn: &mut Conn, app: AppId, project: &Project, fields: &[Field]) -> Result<()> {
    let name_fold = project.name.to_lowercase();
    conn.execute(
        "UPDATE project SET name = $3, name_fold = $4, slug = $5, availability = $6, availability_constraints = $7,
            booking = $8, reminders = $9, customer_fields = $10, ui = $11, meta = $12, allow_conference = $13,
            allow_double_bookings = $14, enabled_email_notification = $15, enabled = $16, reservation_time = $17,
            use_hours_from = $18, latitude = $19, longitude = $20, updated_at = $21
         WHERE app_id = $1 AND id = $2",
        &[
            app.into(),
            project.id.into(),
            (&project.name).into(),
            (&name_fold).into(),
            (&project.slug).into(),
            (&project.availability).into(),
            (&project.availability_constraints).into(),
            (&project.booking).into(),
            (&project.reminders).into(),
            (&project.customer_fields).into(),
            (&project.ui).into(),
            (&project.meta).into(),
            project.allow_conference.into(),
            project.allow_double_bookings.into(),
            project.enabled_email_notification.into(),
            project.enabled.into(),
            (&project.reservation_time).into(),
            (&project.use_hours_from).into(),
            (&project.latitude).into(),
            (&project.longitude).into(),
            project.updated_at.into(),
        ],
    )
    .await?;
    FIELDS.replace(conn, app, project.id.0, fields).await
}

/// Locks a project against other writers until the end of the unit of work, and marks it as changed; whether it exists.
pub async fn lock(conn: &mut Conn, app: AppId, id: ProjectId, now: Timestamp) -> Result<bool> {
    let locked = conn
        .execute(
            "UPDATE project SET updated_at = $3 WHERE app_id = $1 AND id = $2",
            &[app.into(), id.into(), now.into()],
        )
        .await?;
    Ok(locked > 0)
}

/// One project.
pub async fn get(conn: &mut Conn, app: AppId, id: ProjectId) -> Result<Option<Project>> {
    conn.one(
        concat!(
            "SELECT ",
            columns!(),
            " FROM project p WHERE p.app_id = $1 AND p.id = $2"
        ),
        &[app.into(), id.into()],
    )
    .await
}

/// Several projects, in order of creation.
pub async fn get_many(conn: &mut Conn, app: AppId, ids: &[ProjectId]) -> Result<Vec<Project>> {
    conn.query(
        concat!(
            "SELECT ",
            columns!(),
            " FROM project p WHERE p.app_id = $1 AND p.id = ANY($2) ORDER BY p.id"
        ),
        &[app.into(), ids.into()],
    )
    .await
}

/// A project of any app, with what its booking page needs of the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hosted {
    /// The project.
    pub project: Project,
    /// Its app.
    pub app_id: AppId,
    /// Whether that is a test-mode app.
    pub test_mode: bool,
    /// The app's settings, a JSON object as text.
    pub settings: String,
}

impl FromRow for Hosted {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            project: Project::from_row(row)?,
            app_id: row.get(20)?,
            test_mode: row.get(21)?,
            settings: row.get(22)?,
        })
    }
}

/// The project of a slug, in whatever app; none of a deleted app.
pub async fn find_by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Hosted>> {
    conn.one(
        concat!(
            "SELECT ",
            columns!(),
            ", a.id, a.test_mode, a.settings FROM project p JOIN app a ON a.id = p.app_id
             WHERE p.slug = $1 AND a.deleted_at IS NULL"
        ),
        &[slug.into()],
    )
    .await
}

/// Whether a slug belongs to another project of the installation.
pub async fn slug_is_taken(conn: &mut Conn, slug: &str, by_other_than: ProjectId) -> Result<bool> {
    let row: Option<(ProjectId,)> = conn
        .one(
            "SELECT id FROM project WHERE slug = $1 AND id <> $2",
            &[slug.into(), by_other_than.into()],
        )
        .await?;
    Ok(row.is_some())
}

/// Gives the slugs of a deleted app back.
pub async fn free_slugs(conn: &mut Conn, app: AppId) -> Result<()> {
    let ids: Vec<(ProjectId,)> = conn
        .query(
            "SELECT id FROM project WHERE app_id = $1 ORDER BY id",
            &[app.into()],
        )
        .await?;
    let rows: Vec<_> = ids
        .iter()
        .map(|(id,)| vec![app.into(), (*id).into(), format!("deleted-{id}").into()])
        .collect();
    conn.execute_many(
        "UPDATE project SET slug = $3 WHERE app_id = $1 AND id = $2",
        &rows,
    )
    .await
}

/// Removes a project with its links; its bookings stay, without a project. Whether there was one.
pub async fn delete(conn: &mut Conn, app: AppId, id: ProjectId) -> Result<bool> {
    for sql in [
        "DELETE FROM project_field WHERE app_id = $1 AND project_id = $2",
        "DELETE FROM project_resource WHERE app_id = $1 AND project_id = $2",
        "DELETE FROM location_project WHERE app_id = $1 AND project_id = $2",
        "DELETE FROM service_project WHERE app_id = $1 AND project_id = $2",
        "UPDATE booking SET project_id = NULL WHERE app_id = $1 AND project_id = $2 AND deleted_at IS NULL",
    ] {
        conn.execute(sql, &[app.into(), id.into()]).await?;
    }
    let deleted = conn
        .execute(
            "DELETE FROM project WHERE app_id = $1 AND id = $2",
            &[app.into(), id.into()],
        )
        .await?;
    Ok(deleted > 0)
}

/// The resources of a project, in the order of their priority.
pub async fn resources(conn: &mut Conn, app: AppId, id: ProjectId) -> Result<Vec<ResourceId>> {
    let rows: Vec<(ResourceId,)> = conn
        .query(
            "SELECT resource_id FROM project_resource WHERE app_id = $1 AND project_id = $2 ORDER BY place",
            &[app.into(), id.into()],
        )
        .await?;
    Ok(rows.into_iter().map(|(id,)| id).collect())
}

/// The resources of several projects: pairs in the order of the resources' priority.
pub async fn resources_of(
    conn: &mut Conn,
    app: AppId,
    ids: &[ProjectId],
) -> Result<Vec<(ProjectId, ResourceId)>> {
    conn.query(
        "SELECT project_id, resource_id FROM project_resource
         WHERE app_id = $1 AND project_id = ANY($2) ORDER BY project_id, place",
        &[app.into(), ids.into()],
    )
    .await
}

/// Gives a project exactly these resources, each once, in this order. Lock the project first.
pub async fn set_resources(
    conn: &mut Conn,
    app: AppId,
    id: ProjectId,
    resources: &[ResourceId],
) -> Result<()> {
    conn.execute(
        "DELETE FROM project_resource WHERE app_id = $1 AND project_id = $2",
        &[app.into(), id.into()],
    )
    .await?;
    let rows: Vec<_> = (1_i64..)
        .zip(resources)
        .map(|(place, resource)| vec![app.into(), id.into(), place.into(), (*resource).into()])
        .collect();
    conn.execute_many(
        "INSERT INTO project_resource (app_id, project_id, place, resource_id) VALUES ($1, $2, $3, $4)",
        &rows,
    )
    .await
}

/// Takes a resource out of a project; whether it was in it.
pub async fn remove_resource(
    conn: &mut Conn,
    app: AppId,
    id: ProjectId,
    resource: ResourceId,
) -> Result<bool> {
    let removed = conn
        .execute(
            "DELETE FROM project_resource WHERE app_id = $1 AND project_id = $2 AND resource_id = $3",
            &[app.into(), id.into(), resource.into()],
        )
        .await?;
    Ok(removed > 0)
}

/// What a list of projects is narrowed by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Exactly this one.
    Id(ProjectId),
    /// The name, without case.
    Name(String),
    /// The slug.
    Slug(String),
    /// Projects with this resource.
    Resource(ResourceId),
    /// Projects linked to this location.
    Location(LocationId),
    /// Projects linked to this service.
    Service(ServiceId),
    /// A searchable field and its text.
    Field(String, String),
    /// The name holds this text, without case.
    Contains(String),
    /// Projects with a position.
    Placed,
    /// Projects whose booking page takes bookings.
    Enabled,
}

impl Filter {
    fn apply(&self, app: AppId, list: &mut List<'_>) {
        match self {
            Self::Id(id) => list.filter("p.id = $?", [(*id).into()]),
            Self::Name(name) => list.filter("p.name_fold = $?", [name.to_lowercase().into()]),
            Self::Slug(slug) => list.filter("p.slug = $?", [slug.clone().into()]),
            Self::Resource(id) => list.filter(
                "p.id IN (SELECT project_id FROM project_resource WHERE app_id = $? AND resource_id = $?)",
                [app.into(), (*id).into()],
            ),
            Self::Location(id) => list.filter(
                "p.id IN (SELECT project_id FROM location_project WHERE app_id = $? AND location_id = $?)",
                [app.into(), (*id).into()],
            ),
            Self::Service(id) => list.filter(
                "p.id IN (SELECT project_id FROM service_project WHERE app_id = $? AND service_id = $?)",
                [app.into(), (*id).into()],
            ),
            Self::Field(name, value) => list.filter(
                "p.id IN (SELECT project_id FROM project_field WHERE app_id = $? AND name = $? AND value = $?)",
                [app.into(), name.clone().into(), value.clone().into()],
            ),
            Self::Contains(text) => list.filter(
                "p.name_fold LIKE $? ESCAPE '\\'",
                [like(&text.to_lowercase(), true, true).into()],
            ),
            Self::Enabled => list.filter("p.enabled", []),
            Self::Placed => list.filter("p.latitude IS NOT NULL AND p.longitude IS NOT NULL", []),
        };
    }
}

/// What a list of projects is ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The time of creation.
    CreatedAt,
    /// The time of the last change.
    UpdatedAt,
    /// The name, without case.
    Name,
}

/// A page of the app's projects, and how many there are on all pages.
pub async fn list(
    conn: &mut Conn,
    app: AppId,
    filters: &[Filter],
    order: (Order, Direction),
    page: Page,
) -> Result<(Vec<Project>, u64)> {
    let mut list = narrowed(columns!(), app, filters);
    match order.0 {
        // Ids are in the order of creation.
        Order::CreatedAt => list.key_direction(order.1),
        Order::UpdatedAt => list.order("p.updated_at", order.1),
        Order::Name => list.order("p.name_fold", order.1),
    };
    list.read(conn, page).await
}

/// The positions of the app's projects, at most `limit`; those without one are left out.
pub async fn places(
    conn: &mut Conn,
    app: AppId,
    filters: &[Filter],
    limit: i64,
) -> Result<Vec<links::Place<ProjectId>>> {
    let mut list = narrowed("p.id, p.latitude, p.longitude", app, filters);
    Filter::Placed.apply(app, &mut list);
    list.page(conn, limit, 0).await
}

fn narrowed(columns: &'static str, app: AppId, filters: &[Filter]) -> List<'static> {
    let mut list = List::new(columns, "project p", "p.id");
    list.filter("p.app_id = $?", [app.into()]);
    for filter in filters {
        filter.apply(app, &mut list);
    }
    list
}
