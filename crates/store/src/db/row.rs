//! Rows that come out of a statement, one type for both engines.

use domain::{
    AppId, BookingId, CalendarId, CredentialId, CustomerId, EventId, KeyId, LocationId, PersonId,
    ProjectId, ResourceId, ServiceId, SessionId,
};
use jiff::Timestamp;
use rusqlite::types::ValueRef;
use tokio_postgres::types::{FromSql, Type};
use uuid::Uuid;

use super::Error;

/// One row of an answer; columns are taken by their place, from 0.
pub struct Row<'r>(pub(super) Inner<'r>);

pub(super) enum Inner<'r> {
    Sqlite(&'r rusqlite::Row<'r>),
    Postgres(&'r tokio_postgres::Row),
}

impl<'r> Row<'r> {
    /// The value in column `index`.
    pub fn get<T: Column<'r>>(&self, index: usize) -> Result<T, Error> {
        let value = match self.0 {
            Inner::Sqlite(row) => row.get_ref(index)?.into(),
            Inner::Postgres(row) => row.try_get(index)?,
        };
        T::column(value)
            .ok_or_else(|| Error::mistake(format!("column {index} has another type: {value:?}")))
    }
}

/// A type that a whole row is read into.
pub trait FromRow: Sized {
    /// Reads the columns in the order of the statement.
    fn from_row(row: &Row<'_>) -> Result<Self, Error>;
}

/// A type that one column is read into.
pub trait Column<'r>: Sized {
    /// The value as this type, or `None` where it is of another type.
    fn column(value: Value<'r>) -> Option<Self>;
}

/// What a column holds, before it becomes a type of ours.
#[derive(Clone, Copy)]
pub enum Value<'r> {
    /// `NULL`.
    Null,
    /// A flag of PostgreSQL.
    Bool(bool),
    /// A number, an instant, or a flag of SQLite.
    Int(i64),
    /// A fraction, which only expressions give.
    Real(f64),
    /// A text, or JSON as it was written.
    Text(&'r str),
    /// Bytes, or an id of SQLite.
    Bytes(&'r [u8]),
    /// An id of PostgreSQL.
    Uuid(Uuid),
    /// A type that has no use in our schema.
    Other,
}

/// Names the type only: values are personal data, and this text goes to the log.
impl std::fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Null => "NULL",
            Self::Bool(_) => "a flag",
            Self::Int(_) => "a number",
            Self::Real(_) => "a fraction",
            Self::Text(_) => "a text",
            Self::Bytes(_) => "bytes",
            Self::Uuid(_) => "an id",
            Self::Other => "a type without a use here",
        })
    }
}

impl<'r> From<ValueRef<'r>> for Value<'r> {
    fn from(value: ValueRef<'r>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Integer(it) => Self::Int(it),
            ValueRef::Real(it) => Self::Real(it),
            ValueRef::Text(it) => std::str::from_utf8(it).map_or(Self::Other, Self::Text),
            ValueRef::Blob(it) => Self::Bytes(it),
        }
    }
}

impl<'r> FromSql<'r> for Value<'r> {
    fn from_sql(
        ty: &Type,
        raw: &'r [u8],
    ) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(match *ty {
            Type::BOOL => Self::Bool(bool::from_sql(ty, raw)?),
            Type::INT8 => Self::Int(i64::from_sql(ty, raw)?),
            Type::INT4 => Self::Int(i32::from_sql(ty, raw)?.into()),
            Type::INT2 => Self::Int(i16::from_sql(ty, raw)?.into()),
            Type::FLOAT8 => Self::Real(f64::from_sql(ty, raw)?),
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::JSON | Type::UNKNOWN => {
                Self::Text(std::str::from_utf8(raw)?)
            }
            Type::BYTEA => Self::Bytes(raw),
            Type::UUID => Self::Uuid(Uuid::from_sql(ty, raw)?),
            _ => Self::Other,
        })
    }

    fn from_sql_null(_: &Type) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self::Null)
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

impl Column<'_> for i64 {
    fn column(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Int(it) => Some(it),
            _ => None,
        }
    }
}

impl Column<'_> for i32 {
    fn column(value: Value<'_>) -> Option<Self> {
        i64::column(value)?.try_into().ok()
    }
}

impl Column<'_> for u32 {
    fn column(value: Value<'_>) -> Option<Self> {
        i64::column(value)?.try_into().ok()
    }
}

impl Column<'_> for f64 {
    fn column(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Real(it) => Some(it),
            _ => None,
        }
    }
}

impl Column<'_> for bool {
    fn column(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Bool(it) => Some(it),
            Value::Int(it) => Some(it != 0),
            _ => None,
        }
    }
}

impl Column<'_> for String {
    fn column(value: Value<'_>) -> Option<Self> {
        <&str>::column(value).map(Into::into)
    }
}

impl<'r> Column<'r> for &'r str {
    fn column(value: Value<'r>) -> Option<Self> {
        match value {
            Value::Text(it) => Some(it),
            _ => None,
        }
    }
}

impl Column<'_> for Vec<u8> {
    fn column(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Bytes(it) => Some(it.into()),
            _ => None,
        }
    }
}

impl<const N: usize> Column<'_> for [u8; N] {
    fn column(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Bytes(it) => it.try_into().ok(),
            _ => None,
        }
    }
}

impl Column<'_> for Uuid {
    fn column(value: Value<'_>) -> Option<Self> {
        match value {
            Value::Uuid(it) => Some(it),
            Value::Bytes(it) => Self::from_slice(it).ok(),
            _ => None,
        }
    }
}

impl Column<'_> for Timestamp {
    fn column(value: Value<'_>) -> Option<Self> {
        Self::from_millisecond(i64::column(value)?).ok()
    }
}

impl<'r, T: Column<'r>> Column<'r> for Option<T> {
    fn column(value: Value<'r>) -> Option<Self> {
        match value {
            Value::Null => Some(None),
            value => T::column(value).map(Some),
        }
    }
}

/// The same for each kind of id; a macro because there are many of them.
macro_rules! ids {
    ($($id:ty),+) => {$(
        impl Column<'_> for $id {
            fn column(value: Value<'_>) -> Option<Self> {
                Uuid::column(value).map(Self)
            }
        }
    )+};
}

ids!(
    AppId,
    ResourceId,
    PersonId,
    KeyId,
    CredentialId,
    CalendarId,
    EventId,
    BookingId,
    CustomerId,
    ProjectId,
    LocationId,
    ServiceId,
    SessionId
);

/// Rows of a few columns as tuples; a macro because Rust cannot be generic over their length.
macro_rules! tuples {
    ($(($($t:ident $n:tt),+))+) => {$(
        impl<$($t: for<'r> Column<'r>),+> FromRow for ($($t,)+) {
            fn from_row(row: &Row<'_>) -> Result<Self, Error> {
                Ok(($(row.get::<$t>($n)?,)+))
            }
        }
    )+};
}

tuples! {
    (A 0)
    (A 0, B 1)
    (A 0, B 1, C 2)
    (A 0, B 1, C 2, D 3)
    (A 0, B 1, C 2, D 3, E 4)
    (A 0, B 1, C 2, D 3, E 4, F 5)
}
