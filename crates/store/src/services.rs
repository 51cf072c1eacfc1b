//! Services: kinds of appointments, which projects and locations are linked to.

use domain::{AppId, LocationId, Page, ProjectId, ServiceId, meta::Field};
use jiff::Timestamp;

use crate::{
    db::{Conn, Direction, FromRow, List, Result, Row, like},
    links::FieldTable,
};

const FIELDS: FieldTable = FieldTable {
    delete: "DELETE FROM service_field WHERE app_id = $1 AND service_id = $2",
    insert: "INSERT INTO service_field (app_id, service_id, name, value) VALUES ($1, $2, $3, $4)",
};

/// A service as it is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// Its id.
    pub id: ServiceId,
    /// Display name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Address of a picture.
    pub image_url: Option<String>,
    /// Its `length`, a JSON object as text.
    pub availability: String,
    /// Free values, a JSON object as text.
    pub meta: String,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last changed.
    pub updated_at: Timestamp,
}

/// The columns of [`Service`]; a macro because `concat!` takes literals only.
macro_rules! columns {
    () => {
        "s.id, s.name, s.description, s.image_url, s.availability, s.meta, s.created_at, s.updated_at"
    };
}

impl FromRow for Service {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            name: row.get(1)?,
            description: row.get(2)?,
            image_url: row.get(3)?,
            availability: row.get(4)?,
            meta: row.get(5)?,
            created_at: row.get(6)?,
            updated_at: row.get(7)?,
        })
    }
}

/// Adds a service with its searchable fields.
pub async fn insert(
    conn: &mut Conn,
    app: AppId,
    service: &Service,
    fields: &[Field],
) -> Result<()> {
    let name_fold = service.name.to_lowercase();
    conn.execute(
        "INSERT INTO service (app_id, id, name, name_fold, description, image_url, availability, meta, created_at,
            updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        &[
            app.into(),
            service.id.into(),
            (&service.name).into(),
            (&name_fold).into(),
            (&service.description).into(),
            (&service.image_url).into(),
            (&service.availability).into(),
            (&service.meta).into(),
            service.created_at.into(),
            service.updated_at.into(),
        ],
    )
    .await?;
    FIELDS.insert(conn, app, service.id.0, fields).await
}

/// Writes every column but the id and `created_at`, and the searchable fields anew. Lock the service first.
pub async fn save(conn: &mut Conn, app: AppId, service: &Service, fields: &[Field]) -> Result<()> {
    let name_fold = service.name.to_lowercase();
    conn.execute(
        "UPDATE service SET name = $3, name_fold = $4, description = $5, image_url = $6, availability = $7, meta = $8,
            updated_at = $9
         WHERE app_id = $1 AND id = $2",
        &[
            app.into(),
            service.id.into(),
            (&service.name).into(),
            (&name_fold).into(),
            (&service.description).into(),
            (&service.image_url).into(),
            (&service.availability).into(),
            (&service.meta).into(),
            service.updated_at.into(),
        ],
    )
    .await?;
    FIELDS.replace(conn, app, service.id.0, fields).await
}

/// Locks a service against other writers until the end of the unit of work; whether it exists.
pub async fn lock(conn: &mut Conn, app: AppId, id: ServiceId, now: Timestamp) -> Result<bool> {
    let locked = conn
        .execute(
            "UPDATE service SET updated_at = $3 WHERE app_id = $1 AND id = $2",
            &[app.into(), id.into(), now.into()],
        )
        .await?;
    Ok(locked > 0)
}

/// One service.
pub async fn get(conn: &mut Conn, app: AppId, id: ServiceId) -> Result<Option<Service>> {
    conn.one(
        concat!(
            "SELECT ",
            columns!(),
            " FROM service s WHERE s.app_id = $1 AND s.id = $2"
        ),
        &[app.into(), id.into()],
    )
    .await
}

/// Several services, in order of creation.
pub async fn get_many(conn: &mut Conn, app: AppId, ids: &[ServiceId]) -> Result<Vec<Service>> {
    conn.query(
        concat!(
            "SELECT ",
            columns!(),
            " FROM service s WHERE s.app_id = $1 AND s.id = ANY($2) ORDER BY s.id"
        ),
        &[app.into(), ids.into()],
    )
    .await
}

/// Removes a service with its links; whether there was one.
pub async fn delete(conn: &mut Conn, app: AppId, id: ServiceId) -> Result<bool> {
    for sql in [
        "DELETE FROM service_field WHERE app_id = $1 AND service_id = $2",
        "DELETE FROM service_project WHERE app_id = $1 AND service_id = $2",
        "DELETE FROM location_service WHERE app_id = $1 AND service_id = $2",
    ] {
        conn.execute(sql, &[app.into(), id.into()]).await?;
    }
    let deleted = conn
        .execute(
            "DELETE FROM service WHERE app_id = $1 AND id = $2",
            &[app.into(), id.into()],
        )
        .await?;
    Ok(deleted > 0)
}

/// What a list of services is narrowed by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Filter {
    /// Exactly this one.
    Id(ServiceId),
    /// The name, without case.
    Name(String),
    /// Services linked to this project.
    Project(ProjectId),
    /// Services linked to this location.
    Location(LocationId),
    /// A searchable field and its text.
    Field(String, String),
    /// The name holds this text, without case.
    Contains(String),
}

impl Filter {
    fn apply(&self, app: AppId, list: &mut List<'_>) {
        match self {
            Self::Id(id) => list.filter("s.id = $?", [(*id).into()]),
            Self::Name(name) => list.filter("s.name_fold = $?", [name.to_lowercase().into()]),
            Self::Project(id) => list.filter(
                "s.id IN (SELECT service_id FROM service_project WHERE app_id = $? AND project_id = $?)",
                [app.into(), (*id).into()],
            ),
            Self::Location(id) => list.filter(
                "s.id IN (SELECT service_id FROM location_service WHERE app_id = $? AND location_id = $?)",
                [app.into(), (*id).into()],
            ),
            Self::Field(name, value) => list.filter(
                "s.id IN (SELECT service_id FROM service_field WHERE app_id = $? AND name = $? AND value = $?)",
                [app.into(), name.clone().into(), value.clone().into()],
            ),
            Self::Contains(text) => list.filter(
                "s.name_fold LIKE $? ESCAPE '\\'",
                [like(&text.to_lowercase(), true, true).into()],
            ),
        };
    }
}

/// What a list of services is ordered by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The time of creation.
    CreatedAt,
    /// The time of the last change.
    UpdatedAt,
    /// The name, without case.
    Name,
}

/// A page of the app's services, and how many there are on all pages.
pub async fn list(
    conn: &mut Conn,
    app: AppId,
    filters: &[Filter],
    order: (Order, Direction),
    page: Page,
) -> Result<(Vec<Service>, u64)> {
    let mut list = List::new(columns!(), "service s", "s.id");
    list.filter("s.app_id = $?", [app.into()]);
    for filter in filters {
        filter.apply(app, &mut list);
    }
    match order.0 {
        // Ids are in the order of creation.
        Order::CreatedAt => list.key_direction(order.1),
        Order::UpdatedAt => list.order("s.updated_at", order.1),
        Order::Name => list.order("s.name_fold", order.1),
    };
    list.read(conn, page).await
}
