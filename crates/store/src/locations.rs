//! Locations: offices and shops that group projects.

use domain::{AppId, LocationId, Page, ProjectId, ServiceId, meta::Field};
use jiff::Timestamp;

use crate::{
    db::{Conn, Direction, FromRow, List, Result, Row, like},
    links::{self, FieldTable},
};

const FIELDS: FieldTable = FieldTable {
    delete: "DELETE FROM location_field WHERE app_id = $1 AND location_id = $2",
    insert: "INSERT INTO location_field (app_id, location_id, name, value) VALUES ($1, $2, $3, $4)",
};

/// A location as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Location {
    /// Its id.
    pub id: LocationId,
    /// Display name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Degrees north, in decimal digits.
    pub latitude: Option<String>,
    /// Degrees east, in decimal digits.
    pub longitude: Option<String>,
    /// Whether its own constraints count for projects that take their hours from it.
    pub use_custom_hours: bool,
    /// When it is open, a JSON array as text.
    pub availability_constraints: String,
    /// Free values, a JSON object as text.
    pub meta: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The columns of [`Location`]; a macro because `concat!` takes literals only.
macro_rules! columns {
    () => {
        "l.id, l.name, l.description, l.latitude, l.longitude, l.use_custom_hours, l.availability_constraints, l.meta,
         l.created_at, l.updated_at"
    };
}

impl FromRow for Location {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            description: row.get(2)?,
            latitude: row.get(3)?,
            longitude: row.get(4)?,
            use_custom_hours: row.get(5)?,
            availability_constraints: row.get(6)?,
            meta: row.get(7)?,
            created_at: row.get(8)?,
            updated_at: row.get(9)?,
        })
    }
}

/// Adds a location with its searchable fields.
pub async fn insert(
    conn: &mut Conn,
    app: AppId,
    location: &Location,
    fields: &[Field],
) -> Result<()> {
    let name_fold = location.name.to_lowercase();
    conn.execute(
        "INSERT INTO location (app_id, id, name, name_fold, description, latitude, longitude, use_custom_hours,
            availability_constraints, meta, created_at, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)",
        &[
            app.into(),
            location.id.into(),
            (&location.name).into(),
            (&name_fold).into(),
            (&location.description).into(),
            (&location.latitude).into(),
            (&location.longitude).into(),
            location.use_custom_hours.into(),
            (&location.availability_constraints).into(),
            (&location.meta).into(),
            location.created_at.into(),
            location.updated_at.into(),
        ],
    )
    .await?;
    FIELDS.insert(conn, app, location.id.0, fields).await
}

/// Writes every column but the id and `created_at`, and the searchable fields anew. Lock the location first.
pub async fn save(
    conn: &mut Conn,
    app: AppId,
    location: &Location,
    fields: &[Field],
) -> Result<()> {
    let name_fold = location.name.to_lowercase();
    conn.execute(
        "UPDATE location SET name = $3, name_fold = $4, description = $5, latitude = $6, longitude = $7,
            use_custom_hours = $8, availability_constraints = $9, meta = $10, updated_at = $11
         WHERE app_id = $1 AND id = $2",
        &[
            app.into(),
            location.id.into(),
            (&location.name).into(),
            (&name_fold).into(),
            (&location.description).into(),
            (&location.latitude).into(),
            (&location.longitude).into(),
            location.use_custom_hours.into(),
            (&location.availability_constraints).into(),
            (&location.meta).into(),
            location.updated_at.into(),
        ],
    )
    .await?;
    FIELDS.replace(conn, app, location.id.0, fields).await
}

/// Locks a location against other writers until the end of the unit of work; whether it exists.
pub async fn lock(conn: &mut Conn, app: AppId, id: LocationId, now: Timestamp) -> Result<bool> {
    let locked = conn
        .execute(
            "UPDATE location SET updated_at = $3 WHERE app_id = $1 AND id = $2",
            &[app.into(), id.into(), now.into()],
        )
        .await?;
    Ok(locked > 0)
}

/// One location.
pub async fn get(conn: &mut Conn, app: AppId, id: LocationId) -> Result<Option<Location>> {
    conn.one(
        concat!(
            "SELECT ",
            columns!(),
            " FROM location l WHERE l.app_id = $1 AND l.id = $2"
        ),
        &[app.into(), id.into()],
    )
    .await
}

/// Several locations, in order of creation.
pub async fn get_many(conn: &mut Conn, app: AppId, ids: &[LocationId]) -> Result<Vec<Location>> {
    conn.query(
        concat!(
            "SELECT ",
            columns!(),
            " FROM location l WHERE l.app_id = $1 AND l.id = ANY($2) ORDER BY l.id"
        ),
        &[app.into(), ids.into()],
    )
    .await
}

/// The constraints of a project's first location that has custom hours, a JSON array as text.
pub async fn hours_of_project(
    conn: &mut Conn,
    app: AppId,
    project: ProjectId,
) -> Result<Option<String>> {
    let row: Option<(String,)> = conn
        .one(
            "SELECT l.availability_constraints
             FROM location_project k JOIN location l ON l.app_id = k.app_id AND l.id = k.location_id
             WHERE k.app_id = $1 AND k.project_id = $2 AND l.use_custom_hours ORDER BY l.id LIMIT 1",
            &[app.into(), project.into()],
        )
        .await?;
    Ok(row.map(|(constraints,)| constraints))
}

/// Removes a location with its links; whether there was one.
pub async fn delete(conn: &mut Conn, app: AppId, id: LocationId) -> Result<bool> {
    for sql in [
        "DELETE FROM location_field WHERE app_id = $1 AND location_id = $2",
        "DELETE FROM location_project WHERE app_id = $1 AND location_id = $2",
        "DELETE FROM location_service WHERE app_id = $1 AND location_id = $2",
    ] {
        conn.execute(sql, &[app.into(), id.into()]).await?;
    }
    let deleted = conn
        .execute(
            "DELETE FROM location WHERE app_id = $1 AND id = $2",
            &[app.into(), id.into()],
        )
        .await?;
    Ok(deleted > 0)
}

/// What a list of locations is narrowed by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Exactly this one.
    Id(LocationId),
    /// The name, without case.
    Name(String),
    /// Locations linked to this project.
    Project(ProjectId),
    /// Locations linked to this service.
    Service(ServiceId),
    /// A searchable field and its text.
    Field(String, String),
    /// The name holds this text, without case.
    Contains(String),
    /// Locations with a position.
    Placed,
}

impl Filter {
    fn apply(&self, app: AppId, list: &mut List<'_>) {
        match self {
            Self::Id(id) => list.filter("l.id = $?", [(*id).into()]),
            Self::Name(name) => list.filter("l.name_fold = $?", [name.to_lowercase().into()]),
            Self::Project(id) => list.filter(
                "l.id IN (SELECT location_id FROM location_project WHERE app_id = $? AND project_id = $?)",
                [app.into(), (*id).into()],
            ),
            Self::Service(id) => list.filter(
                "l.id IN (SELECT location_id FROM location_service WHERE app_id = $? AND service_id = $?)",
                [app.into(), (*id).into()],
            ),
            Self::Field(name, value) => list.filter(
                "l.id IN (SELECT location_id FROM location_field WHERE app_id = $? AND name = $? AND value = $?)",
                [app.into(), name.clone().into(), value.clone().into()],
            ),
            Self::Contains(text) => list.filter(
                "l.name_fold LIKE $? ESCAPE '\\'",
                [like(&text.to_lowercase(), true, true).into()],
            ),
            Self::Placed => list.filter("l.latitude IS NOT NULL AND l.longitude IS NOT NULL", []),
        };
    }
}

/// What a list of locations is ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The time of creation.
    CreatedAt,
    /// The time of the last change.
    UpdatedAt,
    /// The name, without case.
    Name,
}

/// A page of the app's locations, and how many there are on all pages.
pub async fn list(
    conn: &mut Conn,
    app: AppId,
    filters: &[Filter],
    order: (Order, Direction),
    page: Page,
) -> Result<(Vec<Location>, u64)> {
    let mut list = narrowed(columns!(), app, filters);
    match order.0 {
        // Ids are in the order of creation.
        Order::CreatedAt => list.key_direction(order.1),
        Order::UpdatedAt => list.order("l.updated_at", order.1),
        Order::Name => list.order("l.name_fold", order.1),
    };
    list.read(conn, page).await
}

/// The positions of the app's locations, at most `limit`; those without one are left out.
pub async fn places(
    conn: &mut Conn,
    app: AppId,
    filters: &[Filter],
    limit: i64,
) -> Result<Vec<links::Place<LocationId>>> {
    let mut list = narrowed("l.id, l.latitude, l.longitude", app, filters);
    Filter::Placed.apply(app, &mut list);
    list.page(conn, limit, 0).await
}

fn narrowed(columns: &'static str, app: AppId, filters: &[Filter]) -> List<'static> {
    let mut list = List::new(columns, "location l", "l.id");
    list.filter("l.app_id = $?", [app.into()]);
    for filter in filters {
        filter.apply(app, &mut list);
    }
    list
}
