//! The one error of the store, and how each driver's errors become it.
//!
//! A caller tells what happened by the variant alone; driver errors are kept as sources for the log.

use std::{fmt, sync::Arc};

use rusqlite::{ErrorCode, ffi};
use tokio_postgres::error::{DbError, SqlState};

/// What went wrong in the database.
///
/// It can be cloned, since one failed commit is the answer to every unit of its batch.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// A constraint or trigger refused the change.
    #[error("{0}")]
    Conflict(Constraint),
    /// Too many writers are waiting, or a lock was not to be had in time.
    #[error("the database is busy, try again")]
    Busy,
    /// The statement did not end before its deadline.
    #[error("the database took too long")]
    Timeout,
    /// The disk is full; reads go on.
    #[error("the disk of the database is full, free some space")]
    Full,
    /// The database cannot be reached or does not take writes.
    #[error("the database is not available: {0}")]
    Unavailable(Arc<str>),
    /// The connection broke during the commit, which may have happened or not.
    #[error("the outcome of the commit is not known")]
    OutcomeUnknown,
    /// The database file is damaged.
    #[error("the database is damaged, restore a backup: {0}")]
    Corrupt(Arc<str>),
    /// A newer release has changed the schema.
    #[error(
        "the database has schema {found}, but this release knows only {known}: run the newer release"
    )]
    NewerSchema {
        /// The version in the database.
        found: i32,
        /// The newest version of this binary.
        known: i32,
    },
    /// A setting or file cannot be used; the text says what to do.
    #[error("{0}")]
    Refused(Arc<str>),
    /// Anything else, which is a mistake of ours.
    #[error("the database refused a statement")]
    Db(#[source] Arc<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// A mistake of ours that no driver reported.
    pub(crate) fn mistake(text: impl Into<String>) -> Self {
        Self::Db(Box::<dyn std::error::Error + Send + Sync>::from(text.into()).into())
    }

    /// A stored value that no release of ours writes.
    pub(crate) fn corrupt(text: impl Into<String>) -> Self {
        Self::Corrupt(text.into().into())
    }

    /// Something the operator has to change.
    pub(crate) fn refused(text: impl Into<String>) -> Self {
        Self::Refused(text.into().into())
    }

    /// Whether a constraint or trigger of this name refused the change.
    pub fn is_conflict(&self, name: &str) -> bool {
        matches!(self, Self::Conflict(constraint) if constraint.name == name)
    }
}

/// The rule of the schema that refused a change, named alike on both engines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Constraint {
    /// The kind of rule.
    pub kind: ConstraintKind,
    /// Unique and not null: the columns, as `person.email` or `app.id, app.slug`.
    /// Check and exclusion: the constraint's name. Trigger: the text it raised.
    /// Foreign key: the constraint's name on PostgreSQL, nothing on SQLite, which does not tell.
    pub name: String,
}

/// Kinds of [`Constraint`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConstraintKind {
    /// A primary key or unique index.
    Unique,
    /// A row refers to one that does not exist, or is referred to.
    ForeignKey,
    /// A `CHECK`.
    Check,
    /// A column that takes no `NULL`.
    NotNull,
    /// An `EXCLUDE` of PostgreSQL.
    Exclusion,
    /// A trigger that raised an error.
    Trigger,
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} rule `{}` refused the change", self.kind, self.name)
    }
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        let Some(code) = error.sqlite_error() else {
            return Self::Db(Arc::new(error));
        };
        match code.code {
            ErrorCode::ConstraintViolation => {
                Self::Conflict(sqlite_constraint(code.extended_code, &error))
            }
            ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked => Self::Busy,
            ErrorCode::OperationInterrupted => Self::Timeout,
            ErrorCode::DiskFull => Self::Full,
            ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase => {
                Self::Corrupt(error.to_string().into())
            }
            ErrorCode::SystemIoFailure
            | ErrorCode::CannotOpen
            | ErrorCode::PermissionDenied
            | ErrorCode::FileLockingProtocolFailed => Self::Unavailable(error.to_string().into()),
            _ => Self::Db(Arc::new(error)),
        }
    }
}

fn sqlite_constraint(code: i32, error: &rusqlite::Error) -> Constraint {
    let kind = match code {
        ffi::SQLITE_CONSTRAINT_UNIQUE
        | ffi::SQLITE_CONSTRAINT_PRIMARYKEY
        | ffi::SQLITE_CONSTRAINT_ROWID => ConstraintKind::Unique,
        ffi::SQLITE_CONSTRAINT_FOREIGNKEY => ConstraintKind::ForeignKey,
        ffi::SQLITE_CONSTRAINT_NOTNULL => ConstraintKind::NotNull,
        ffi::SQLITE_CONSTRAINT_TRIGGER => ConstraintKind::Trigger,
        _ => ConstraintKind::Check,
    };
    let text = match error {
        rusqlite::Error::SqliteFailure(_, Some(text)) => text.as_str(),
        rusqlite::Error::SqlInputError { msg, .. } => msg.as_str(),
        _ => "",
    };
    let name = match kind {
        ConstraintKind::Trigger => text,
        _ => text.split_once("constraint failed: ").map_or("", |it| it.1),
    };
    Constraint {
        kind,
        name: name.into(),
    }
}

impl From<tokio_postgres::Error> for Error {
    fn from(error: tokio_postgres::Error) -> Self {
        if let Some(db) = error.as_db_error() {
            return postgres(db).unwrap_or_else(|| Self::Db(Arc::new(error)));
        }
        let source = std::error::Error::source(&error);
        if error.is_closed() || source.is_some_and(<dyn std::error::Error>::is::<std::io::Error>) {
            Self::Unavailable(chain(&error).into())
        } else {
            Self::Db(Arc::new(error))
        }
    }
}

impl From<deadpool_postgres::PoolError> for Error {
    fn from(error: deadpool_postgres::PoolError) -> Self {
        use deadpool_postgres::{HookError, PoolError};
        match error {
            PoolError::Timeout(deadpool_postgres::TimeoutType::Wait) => Self::Busy,
            PoolError::Backend(error) | PoolError::PostCreateHook(HookError::Backend(error)) => {
                match Self::from(error) {
                    Self::Db(error) => Self::Unavailable(chain(&*error).into()),
                    known => known,
                }
            }
            other => Self::Unavailable(other.to_string().into()),
        }
    }
}

fn postgres(error: &DbError) -> Option<Error> {
    let code = error.code();
    if let Some(kind) = postgres_kind(code) {
        return Some(Error::Conflict(postgres_constraint(kind, error)));
    }
    let text = || Arc::from(error.message());
    match code.code() {
        // Lock not available, deadlock, serialization failure.
        "55P03" => Some(Error::Busy),
        "40P01" | "40001" => {
            metrics::counter!("db_serialization_failures_total").increment(1);
            Some(Error::Busy)
        }
        // Statement timeout or cancelled; idle in transaction for too long.
        "57014" | "25P03" => Some(Error::Timeout),
        "53100" => Some(Error::Full),
        "XX001" | "XX002" => Some(Error::Corrupt(text())),
        // A standby after a switch of roles; out of memory or connections.
        "25006" | "53000" | "53200" | "53300" => Some(Error::Unavailable(text())),
        // Shut down, crashed, starting; connection trouble; wrong password or database.
        code if ["57P", "08", "28", "3D"]
            .iter()
            .any(|it| code.starts_with(it)) =>
        {
            Some(Error::Unavailable(text()))
        }
        _ => None,
    }
}

fn postgres_kind(code: &SqlState) -> Option<ConstraintKind> {
    Some(match code.code() {
        "23505" => ConstraintKind::Unique,
        "23503" | "23001" => ConstraintKind::ForeignKey,
        "23514" => ConstraintKind::Check,
        "23502" => ConstraintKind::NotNull,
        "23P01" => ConstraintKind::Exclusion,
        "P0001" => ConstraintKind::Trigger,
        _ => return None,
    })
}

fn postgres_constraint(kind: ConstraintKind, error: &DbError) -> Constraint {
    let table = error.table().unwrap_or_default();
    let columns = match kind {
        ConstraintKind::NotNull => error.column().map(|column| format!("{table}.{column}")),
        // `Key (app_id, slug)=(…) already exists.`, brought to SQLite's spelling.
        ConstraintKind::Unique => error
            .detail()
            .and_then(|text| text.split_once('(')?.1.split_once(")=("))
            .map(|(columns, _)| {
                let columns = columns.split(", ").map(|it| format!("{table}.{it}"));
                columns.collect::<Vec<_>>().join(", ")
            }),
        ConstraintKind::Trigger => Some(error.message().into()),
        _ => None,
    };
    Constraint {
        kind,
        name: columns.unwrap_or_else(|| error.constraint().unwrap_or_default().into()),
    }
}

/// The error with all its sources: drivers keep the reason in the last of them.
pub(super) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text.push_str(": ");
        text.push_str(&source.to_string());
        next = source.source();
    }
    text
}
