//! What Daybook knows about booking: types, rules and text formats.
//!
//! Pure: no I/O, no clock, no randomness, no SQL, no HTTP. Whatever changes is an argument.

pub mod id;

pub use id::{
    AppId, BookingId, CalendarId, CredentialId, CustomerId, EventId, KeyId, PersonId, ProjectId,
    ResourceId, SessionId,
};
