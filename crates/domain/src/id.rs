//! Identifiers: one newtype for each kind of row, so that ids cannot be mixed up.
//!
//! Every id is a UUID, written in lower case with hyphens (spec 00 §2).

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Declares one id type; a macro because many identical newtypes would otherwise repeat this text.
macro_rules! id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0.as_hyphenated(), f)
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self.0.as_hyphenated())
            }
        }
        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                parse(text).map(Self)
            }
        }
        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
        impl From<$name> for Uuid {
            fn from(id: $name) -> Self {
                id.0
            }
        }
    )+};
}

/// Takes the hyphenated form only; the braced, bare and URN forms that `uuid` also reads are not ids of the API.
fn parse(text: &str) -> Result<Uuid, uuid::Error> {
    if text.len() == 36 {
        Uuid::try_parse(text)
    } else {
        Uuid::try_parse("")
    }
}

id! {
    /// A tenant.
    AppId,
    /// A person, room or thing that can be booked.
    ResourceId,
    /// Somebody who can sign in; stands above apps.
    PersonId,
    /// An app or widget key.
    KeyId,
    /// A resource's own key.
    CredentialId,
    /// A resource's calendar.
    CalendarId,
    /// An entry of a calendar.
    EventId,
    /// A booking.
    BookingId,
    /// The customer of one booking.
    CustomerId,
    /// A booking experience.
    ProjectId,
    /// An office, a shop: what groups projects.
    LocationId,
    /// A kind of appointment.
    ServiceId,
    /// A panel session.
    SessionId,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_hyphenated_form_is_an_id() {
        let text = "78a4d873-2a68-41c6-bdd4-c0ca5b35efd3";

        assert_eq!(
            text.parse::<BookingId>()
                .map(|id| id.to_string())
                .ok()
                .as_deref(),
            Some(text)
        );
        for wrong in [
            "",
            "78a4d8732a6841c6bdd4c0ca5b35efd3",
            "{78a4d873-2a68-41c6-bdd4-c0ca5b35efd3}",
            "x",
        ] {
            assert!(wrong.parse::<BookingId>().is_err(), "{wrong}");
        }
    }
}
