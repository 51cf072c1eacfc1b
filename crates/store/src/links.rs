//! What resources, projects, locations and services have in common: searchable fields, links among them, positions.

use domain::{AppId, meta::Field};
use uuid::Uuid;

use crate::db::{Column, Conn, FromRow, Param, Result, Row};

/// The statements of a table of searchable fields.
pub(crate) struct FieldTable {
    /// Removes those of `$1` app, `$2` row.
    pub delete: &'static str,
    /// Adds `$1` app, `$2` row, `$3` name, `$4` value.
    pub insert: &'static str,
}

impl FieldTable {
    /// Adds fields to a row that has none.
    pub async fn insert(
        &self,
        conn: &mut Conn,
        app: AppId,
        id: Uuid,
        fields: &[Field],
    ) -> Result<()> {
        let rows: Vec<_> = fields
            .iter()
            .map(|field| {
                vec![
                    app.into(),
                    id.into(),
                    (&field.name).into(),
                    (&field.value).into(),
                ]
            })
            .collect();
        conn.execute_many(self.insert, &rows).await
    }

    /// Gives a row exactly these fields.
    pub async fn replace(
        &self,
        conn: &mut Conn,
        app: AppId,
        id: Uuid,
        fields: &[Field],
    ) -> Result<()> {
        conn.execute(self.delete, &[app.into(), id.into()]).await?;
        self.insert(conn, app, id, fields).await
    }
}

/// A kind of link between two kinds of rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// From a location to its projects.
    LocationProjects,
    /// From a location to its services.
    LocationServices,
    /// From a project to its locations.
    ProjectLocations,
    /// From a project to its services.
    ProjectServices,
    /// From a service to its locations.
    ServiceLocations,
    /// From a service to its projects.
    ServiceProjects,
}

impl Link {
    fn delete(self) -> &'static str {
        match self {
            Self::LocationProjects => {
                "DELETE FROM location_project WHERE app_id = $1 AND location_id = $2"
            }
            Self::LocationServices => {
                "DELETE FROM location_service WHERE app_id = $1 AND location_id = $2"
            }
            Self::ProjectLocations => {
                "DELETE FROM location_project WHERE app_id = $1 AND project_id = $2"
            }
            Self::ProjectServices => {
                "DELETE FROM service_project WHERE app_id = $1 AND project_id = $2"
            }
            Self::ServiceLocations => {
                "DELETE FROM location_service WHERE app_id = $1 AND service_id = $2"
            }
            Self::ServiceProjects => {
                "DELETE FROM service_project WHERE app_id = $1 AND service_id = $2"
            }
        }
    }

    fn insert(self) -> &'static str {
        match self {
            Self::LocationProjects => {
                "INSERT INTO location_project (app_id, location_id, project_id) VALUES ($1, $2, $3)"
            }
            Self::LocationServices => {
                "INSERT INTO location_service (app_id, location_id, service_id) VALUES ($1, $2, $3)"
            }
            Self::ProjectLocations => {
                "INSERT INTO location_project (app_id, project_id, location_id) VALUES ($1, $2, $3)"
            }
            Self::ProjectServices => {
                "INSERT INTO service_project (app_id, project_id, service_id) VALUES ($1, $2, $3)"
            }
            Self::ServiceLocations => {
                "INSERT INTO location_service (app_id, service_id, location_id) VALUES ($1, $2, $3)"
            }
            Self::ServiceProjects => {
                "INSERT INTO service_project (app_id, service_id, project_id) VALUES ($1, $2, $3)"
            }
        }
    }

    fn select(self) -> &'static str {
        match self {
            Self::LocationProjects => {
                "SELECT location_id, project_id FROM location_project
                 WHERE app_id = $1 AND location_id = ANY($2) ORDER BY location_id, project_id"
            }
            Self::LocationServices => {
                "SELECT location_id, service_id FROM location_service
                 WHERE app_id = $1 AND location_id = ANY($2) ORDER BY location_id, service_id"
            }
            Self::ProjectLocations => {
                "SELECT project_id, location_id FROM location_project
                 WHERE app_id = $1 AND project_id = ANY($2) ORDER BY project_id, location_id"
            }
            Self::ProjectServices => {
                "SELECT project_id, service_id FROM service_project
                 WHERE app_id = $1 AND project_id = ANY($2) ORDER BY project_id, service_id"
            }
            Self::ServiceLocations => {
                "SELECT service_id, location_id FROM location_service
                 WHERE app_id = $1 AND service_id = ANY($2) ORDER BY service_id, location_id"
            }
            Self::ServiceProjects => {
                "SELECT service_id, project_id FROM service_project
                 WHERE app_id = $1 AND service_id = ANY($2) ORDER BY service_id, project_id"
            }
        }
    }
}

/// Links a row to exactly these others, each named once.
pub async fn set<T: Copy + Into<Uuid>>(
    conn: &mut Conn,
    app: AppId,
    link: Link,
    from: Uuid,
    to: &[T],
) -> Result<()> {
    conn.execute(link.delete(), &[app.into(), from.into()])
        .await?;
    let rows: Vec<_> = to
        .iter()
        .map(|to| vec![app.into(), from.into(), Param::Uuid((*to).into())])
        .collect();
    conn.execute_many(link.insert(), &rows).await
}

/// The links of several rows: pairs of a row and what it is linked to, in order of creation.
pub async fn of(
    conn: &mut Conn,
    app: AppId,
    link: Link,
    from: &[Uuid],
) -> Result<Vec<(Uuid, Uuid)>> {
    conn.query(link.select(), &[app.into(), from.into()]).await
}

/// Where something is, in decimal degrees as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place<T> {
    /// What.
    pub id: T,
    /// Degrees north.
    pub latitude: String,
    /// Degrees east.
    pub longitude: String,
}

impl<T: for<'r> Column<'r>> FromRow for Place<T> {
    fn from_row(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: row.get(0)?,
            latitude: row.get(1)?,
            longitude: row.get(2)?,
        })
    }
}
