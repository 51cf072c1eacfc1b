//! Values that go into a statement, one enum for both engines.
//!
//! On PostgreSQL a value is encoded by the type that the server inferred, so that one SQL text serves both.

use std::rc::Rc;

use bytes::{BufMut, BytesMut};
use domain::{
    AppId, BookingId, CalendarId, CredentialId, CustomerId, EventId, KeyId, LocationId, PersonId,
    ProjectId, ResourceId, ServiceId, SessionId,
};
use jiff::Timestamp;
use rusqlite::types::Value;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use uuid::Uuid;

use super::Error;

/// One value for a `$n` of a statement; made by `into()` from what it holds.
#[derive(Clone, Debug)]
pub enum Param<'a> {
    /// `NULL`.
    Null,
    /// A flag: `INTEGER` 0 or 1 / `boolean`.
    Bool(bool),
    /// A number, or an instant in milliseconds.
    Int(i64),
    /// A text, or JSON as text.
    Text(&'a str),
    /// The same, made for this statement.
    Owned(String),
    /// Bytes, such as a digest.
    Bytes(&'a [u8]),
    /// An id.
    Uuid(Uuid),
    /// Ids, for `= ANY($n)`.
    Uuids(&'a [Uuid]),
    /// Ids, for `= ANY($n)`, collected from newtypes.
    Ids(Vec<Uuid>),
    /// Numbers, for `= ANY($n)`.
    Ints(&'a [i64]),
    /// Texts, for `= ANY($n)`.
    Texts(&'a [&'a str]),
}

impl Param<'_> {
    /// Binds this value as number `index` (from 1) of a prepared statement.
    pub(super) fn bind(
        &self,
        statement: &mut rusqlite::Statement<'_>,
        index: usize,
    ) -> Result<(), Error> {
        match self {
            Self::Null => statement.raw_bind_parameter(index, rusqlite::types::Null),
            Self::Bool(it) => statement.raw_bind_parameter(index, it),
            Self::Int(it) => statement.raw_bind_parameter(index, it),
            Self::Text(it) => statement.raw_bind_parameter(index, it),
            Self::Owned(it) => statement.raw_bind_parameter(index, it),
            Self::Bytes(it) => statement.raw_bind_parameter(index, it),
            Self::Uuid(it) => statement.raw_bind_parameter(index, it.as_bytes().as_slice()),
            Self::Uuids(list) => statement.raw_bind_parameter(index, uuids(list)),
            Self::Ids(list) => statement.raw_bind_parameter(index, uuids(list)),
            Self::Ints(list) => {
                statement.raw_bind_parameter(index, array(list.iter().map(|it| (*it).into())))
            }
            Self::Texts(list) => statement.raw_bind_parameter(
                index,
                array(list.iter().map(|it| Value::Text((*it).into()))),
            ),
        }?;
        Ok(())
    }
}

fn uuids(list: &[Uuid]) -> Rc<Vec<Value>> {
    array(list.iter().map(|it| Value::Blob(it.as_bytes().to_vec())))
}

fn array(values: impl Iterator<Item = Value>) -> Rc<Vec<Value>> {
    Rc::new(values.collect())
}

impl ToSql for Param<'_> {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut BytesMut,
    ) -> Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Bool(it) if *ty == Type::BOOL => it.to_sql(ty, out),
            Self::Bool(it) => Param::Int((*it).into()).to_sql(ty, out),
            Self::Int(it) => match *ty {
                Type::INT8 => it.to_sql(ty, out),
                Type::INT4 => i32::try_from(*it)?.to_sql(ty, out),
                Type::INT2 => i16::try_from(*it)?.to_sql(ty, out),
                Type::BOOL => (*it != 0).to_sql(ty, out),
                _ => Err(mismatch("a number", ty)),
            },
            Self::Owned(it) => Param::Text(it).to_sql(ty, out),
            Self::Text(it) => match *ty {
                Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => {
                    it.to_sql(ty, out)
                }
                // As it is: the server checks it, we do not parse it.
                Type::JSON => {
                    out.put_slice(it.as_bytes());
                    Ok(IsNull::No)
                }
                _ => Err(mismatch("a text", ty)),
            },
            Self::Bytes(it) if *ty == Type::BYTEA => it.to_sql(ty, out),
            Self::Uuid(it) if *ty == Type::UUID => it.to_sql(ty, out),
            Self::Uuids(it) if *ty == Type::UUID_ARRAY => it.to_sql(ty, out),
            Self::Ids(it) if *ty == Type::UUID_ARRAY => it.to_sql(ty, out),
            Self::Ints(it) => match *ty {
                Type::INT8_ARRAY => it.to_sql(ty, out),
                Type::INT4_ARRAY => it
                    .iter()
                    .map(|it| i32::try_from(*it))
                    .collect::<Result<Vec<_>, _>>()?
                    .to_sql(ty, out),
                _ => Err(mismatch("a list of numbers", ty)),
            },
            Self::Texts(it) if matches!(*ty, Type::TEXT_ARRAY | Type::VARCHAR_ARRAY) => {
                it.to_sql(ty, out)
            }
            Self::Bytes(_) => Err(mismatch("bytes", ty)),
            Self::Uuid(_) => Err(mismatch("an id", ty)),
            Self::Uuids(_) | Self::Ids(_) | Self::Texts(_) => Err(mismatch("a list", ty)),
        }
    }

    fn accepts(_: &Type) -> bool {
        true // `to_sql` decides, since it depends on the value.
    }

    to_sql_checked!();
}

fn mismatch(what: &str, ty: &Type) -> Box<dyn std::error::Error + Sync + Send> {
    format!("{what} was given for a column of type {ty}").into()
}

impl From<bool> for Param<'_> {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}
impl From<i64> for Param<'_> {
    fn from(value: i64) -> Self {
        Self::Int(value)
    }
}
impl From<i32> for Param<'_> {
    fn from(value: i32) -> Self {
        Self::Int(value.into())
    }
}
impl From<u32> for Param<'_> {
    fn from(value: u32) -> Self {
        Self::Int(value.into())
    }
}
impl From<Timestamp> for Param<'_> {
    fn from(value: Timestamp) -> Self {
        Self::Int(value.as_millisecond())
    }
}
impl<'a> From<&'a str> for Param<'a> {
    fn from(value: &'a str) -> Self {
        Self::Text(value)
    }
}
impl From<String> for Param<'_> {
    fn from(value: String) -> Self {
        Self::Owned(value)
    }
}
impl<'a> From<&'a String> for Param<'a> {
    fn from(value: &'a String) -> Self {
        Self::Text(value)
    }
}
impl<'a> From<&'a Option<String>> for Param<'a> {
    fn from(value: &'a Option<String>) -> Self {
        value.as_deref().map_or(Self::Null, Self::Text)
    }
}
impl<'a> From<&'a [u8]> for Param<'a> {
    fn from(value: &'a [u8]) -> Self {
        Self::Bytes(value)
    }
}
impl<'a, const N: usize> From<&'a [u8; N]> for Param<'a> {
    fn from(value: &'a [u8; N]) -> Self {
        Self::Bytes(value)
    }
}
impl<'a> From<&'a Vec<u8>> for Param<'a> {
    fn from(value: &'a Vec<u8>) -> Self {
        Self::Bytes(value)
    }
}
impl From<Uuid> for Param<'_> {
    fn from(value: Uuid) -> Self {
        Self::Uuid(value)
    }
}
impl<'a> From<&'a [Uuid]> for Param<'a> {
    fn from(value: &'a [Uuid]) -> Self {
        Self::Uuids(value)
    }
}
impl<'a, T: Into<Param<'a>>> From<Option<T>> for Param<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// The same for each kind of id; a macro because there are many of them.
macro_rules! ids {
    ($($id:ty),+) => {$(
        impl From<$id> for Param<'_> {
            fn from(id: $id) -> Self {
                Self::Uuid(id.0)
            }
        }
        impl From<&[$id]> for Param<'_> {
            fn from(ids: &[$id]) -> Self {
                Self::Ids(ids.iter().map(|id| id.0).collect())
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
