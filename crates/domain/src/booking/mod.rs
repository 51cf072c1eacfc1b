//! Bookings as state machines.
//!
//! A booking walks through the states of a graph that is chosen at its creation. Everything about graphs is one table
//! ([`graph`]); no other code names a graph to decide what happens.

pub mod graph;

pub use graph::{Action, Effect, Graph, IllegalAction, State, Step};

/// Who makes a booking move.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Actor {
    /// An app key, or an owner or admin in the panel.
    App,
    /// The booked resource.
    Resource,
    /// The customer, by a signed link.
    Customer,
    /// A timer.
    System,
}

impl Actor {
    /// The word in a booking's log.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Resource => "resource",
            Self::Customer => "customer",
            Self::System => "system",
        }
    }

    /// Whether this actor may trigger an action (spec 81 §2, "Who may trigger").
    pub fn may(self, action: Action) -> bool {
        match self {
            Self::App => true,
            Self::Resource => matches!(
                action,
                Action::Confirm
                    | Action::Decline
                    | Action::Cancel
                    | Action::CancelByOwner
                    | Action::Complete
            ),
            Self::Customer => matches!(
                action,
                Action::CancelByCustomer | Action::RescheduleByCustomer
            ),
            Self::System => matches!(action, Action::Timeout | Action::Complete | Action::Expire),
        }
    }
}
