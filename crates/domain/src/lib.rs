//! What Daybook knows about booking: types, rules and text formats.
//!
//! Pure: no I/O, no clock, no randomness, no SQL, no HTTP. Whatever changes is an argument.

pub mod availability;
pub mod booking;
pub mod boolean;
pub mod email;
pub mod event;
pub mod geo;
pub mod id;
pub mod interval;
pub mod key;
pub mod meta;
pub mod page;
pub mod project;
pub mod recurrence;
pub mod role;
pub mod search;
pub mod settings;
pub mod slug;
pub mod text;
pub mod time;

pub use id::{
    AppId, BookingId, CalendarId, CredentialId, CustomerId, EventId, KeyId, LocationId, PersonId,
    ProjectId, ResourceId, ServiceId, SessionId,
};
pub use interval::{EmptyInterval, Interval};
pub use key::{KeyKind, Mode};
pub use page::{Page, PageInfo};
pub use role::Role;
pub use text::FieldError;
