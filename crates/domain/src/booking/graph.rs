//! The graph table: every graph, action and state of spec 81 as data.
//!
//! It drives validation, `available_actions`, `completed`, and the diagrams. A rule about a graph is a row here.

use std::{fmt, str::FromStr};

use serde::{Serialize, Serializer};

/// Declares an enum of words as the API spells them; a macro because the three lists share all of this text.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $word:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name { $($(#[$variant_doc])* $variant,)+ }

        impl $name {
            /// All of them, in the order of the specification.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The word in requests and answers.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word,)+ }
            }
        }

        impl FromStr for $name {
            type Err = Unknown;
            fn from_str(text: &str) -> Result<Self, Unknown> {
                match text { $($word => Ok(Self::$variant),)+ _ => Err(Unknown) }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

/// A word that is no graph, state or action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown word")]
pub struct Unknown;

words! {
    /// A way to book (spec 81 §1).
    Graph {
        /// Confirmed at once.
        Instant = "instant",
        /// Confirmed when paid.
        InstantPayment = "instant_payment",
        /// Asked for, then confirmed or declined.
        ConfirmDecline = "confirm_decline",
        /// A class with seats.
        GroupOwner = "group_owner",
        /// A seat of a class.
        GroupCustomer = "group_customer",
        /// A seat of a class, confirmed when paid.
        GroupCustomerPayment = "group_customer_payment",
        /// A hold.
        Reservation = "reservation",
    }
}

words! {
    /// Where a booking stands.
    State {
        /// Before the entry action.
        Initialized = "initialized",
        /// Waits for an answer or a payment.
        Tentative = "tentative",
        /// Held.
        Reserved = "reserved",
        /// Takes place.
        Confirmed = "confirmed",
        /// Takes place, and is paid for.
        Paid = "paid",
        /// Took place.
        Completed = "completed",
        /// Refused by the owner.
        Declined = "declined",
        /// Cancelled by the owner's side.
        Cancelled = "cancelled",
        /// Cancelled by the customer.
        CancelledByCustomer = "cancelled_by_customer",
        /// A seat cancelled by the owner.
        CancelledByOwner = "cancelled_by_owner",
        /// Replaced by another booking.
        RescheduledByCustomer = "rescheduled_by_customer",
        /// Not paid for in time.
        Unpaid = "unpaid",
        /// A hold that ended.
        Expired = "expired",
        /// An internal step failed.
        Error = "error",
    }
}

words! {
    /// A command that moves a booking along its graph.
    Action {
        /// Enters most graphs.
        Create = "create",
        /// Enters `reservation`.
        Reserve = "reserve",
        /// Makes it take place.
        Confirm = "confirm",
        /// Refuses a request.
        Decline = "decline",
        /// Records a payment.
        Pay = "pay",
        /// The payment did not come.
        Timeout = "timeout",
        /// Ends it from the owner's side.
        Cancel = "cancel",
        /// Ends it from the customer's side.
        CancelByCustomer = "cancel_by_customer",
        /// Ends a seat from the owner's side.
        CancelByOwner = "cancel_by_owner",
        /// Ends it because another booking replaces it.
        RescheduleByCustomer = "reschedule_by_customer",
        /// It took place.
        Complete = "complete",
        /// A hold ended.
        Expire = "expire",
    }
}

/// What a step does beside changing the state, in the same transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Takes the resource's time, and writes the event into its calendar.
    TakeTime,
    /// Gives the time back, and removes the event.
    FreeTime,
    /// Takes a seat of the class.
    TakeSeat,
    /// Gives the seat back.
    FreeSeat,
    /// Ends every live seat of the class in the same way.
    EndSeats,
}

/// Who takes a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Trigger {
    /// A caller; listed in `available_actions`.
    Call,
    /// A caller, though `available_actions` keeps quiet about it.
    Quiet,
    /// A caller, or a timer after the given words.
    CallOr(&'static str),
    /// A timer after the given words; a caller may too, and it is not listed.
    Timer(&'static str),
}

/// One row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The graph.
    pub graph: Graph,
    /// The state that the booking must be in.
    pub from: State,
    /// The action.
    pub action: Action,
    /// The state that it comes to.
    pub to: State,
    /// What else happens.
    pub effects: &'static [Effect],
    trigger: Trigger,
}

impl Step {
    /// When a timer takes this step, in words: `1 hour` after the end.
    pub const fn automatic(&self) -> Option<&'static str> {
        match self.trigger {
            Trigger::CallOr(after) | Trigger::Timer(after) => Some(after),
            Trigger::Call | Trigger::Quiet => None,
        }
    }

    const fn listed(&self) -> bool {
        matches!(self.trigger, Trigger::Call | Trigger::CallOr(_))
    }
}

const fn row(
    graph: Graph,
    from: State,
    action: Action,
    to: State,
    trigger: Trigger,
    effects: &'static [Effect],
) -> Step {
    Step {
        graph,
        from,
        action,
        to,
        effects,
        trigger,
    }
}

use self::{
    Action::{
        Cancel, CancelByCustomer, CancelByOwner, Complete, Confirm, Create, Decline, Expire, Pay,
        RescheduleByCustomer, Reserve, Timeout,
    },
    Effect::{EndSeats, FreeSeat, FreeTime, TakeSeat, TakeTime},
    Graph::{
        ConfirmDecline, GroupCustomer, GroupCustomerPayment, GroupOwner, Instant, InstantPayment,
        Reservation,
    },
    State::{
        Cancelled, CancelledByCustomer, CancelledByOwner, Completed, Confirmed, Declined, Expired,
        Initialized, Paid, RescheduledByCustomer, Reserved, Tentative, Unpaid,
    },
    Trigger::{Call, CallOr, Quiet, Timer},
};

/// When a booking completes by itself (spec 81 §4).
const AFTER_END: &str = "1 hour";
/// When an unpaid booking ends (spec 85).
const UNPAID: &str = "5 minutes";

/// The table. Rows of one graph stand together, entry first; the order of a state's rows is that of `available_actions`.
#[rustfmt::skip]
pub const TABLE: &[Step] = &[
    row(Instant, Initialized, Confirm, Confirmed, Call, &[TakeTime]),
    row(Instant, Initialized, Create, Confirmed, Quiet, &[TakeTime]),
    row(Instant, Confirmed, Cancel, Cancelled, Call, &[FreeTime]),
    row(Instant, Confirmed, CancelByCustomer, CancelledByCustomer, Call, &[FreeTime]),
    row(Instant, Confirmed, RescheduleByCustomer, RescheduledByCustomer, Call, &[FreeTime]),
    row(Instant, Confirmed, Complete, Completed, CallOr(AFTER_END), &[]),
    row(Instant, State::Error, Cancel, Cancelled, Call, &[FreeTime]),

    row(ConfirmDecline, Initialized, Create, Tentative, Call, &[]),
    row(ConfirmDecline, Tentative, Confirm, Confirmed, Call, &[TakeTime]),
    row(ConfirmDecline, Tentative, Decline, Declined, Call, &[]),
    row(ConfirmDecline, Tentative, CancelByCustomer, CancelledByCustomer, Quiet, &[]),
    row(ConfirmDecline, Confirmed, Cancel, Cancelled, Call, &[FreeTime]),
    row(ConfirmDecline, Confirmed, CancelByCustomer, CancelledByCustomer, Call, &[FreeTime]),
    row(ConfirmDecline, Confirmed, RescheduleByCustomer, RescheduledByCustomer, Call, &[FreeTime]),
    row(ConfirmDecline, Confirmed, Complete, Completed, CallOr(AFTER_END), &[]),
    row(ConfirmDecline, State::Error, Cancel, Cancelled, Call, &[FreeTime]),

    row(InstantPayment, Initialized, Create, Tentative, Call, &[TakeTime]),
    row(InstantPayment, Tentative, Pay, Paid, Call, &[]),
    row(InstantPayment, Tentative, Timeout, Unpaid, Timer(UNPAID), &[FreeTime]),
    row(InstantPayment, Tentative, Cancel, Cancelled, Call, &[FreeTime]),
    row(InstantPayment, Tentative, CancelByCustomer, CancelledByCustomer, Call, &[FreeTime]),
    row(InstantPayment, Paid, Cancel, Cancelled, Call, &[FreeTime]),
    row(InstantPayment, Paid, CancelByCustomer, CancelledByCustomer, Call, &[FreeTime]),
    row(InstantPayment, Paid, RescheduleByCustomer, RescheduledByCustomer, Call, &[FreeTime]),
    row(InstantPayment, Paid, Complete, Completed, CallOr(AFTER_END), &[]),
    row(InstantPayment, State::Error, Cancel, Cancelled, Call, &[FreeTime]),

    row(GroupOwner, Initialized, Create, Tentative, Call, &[TakeTime]),
    row(GroupOwner, Tentative, Complete, Completed, CallOr(AFTER_END), &[EndSeats]),
    row(GroupOwner, Tentative, Cancel, Cancelled, Call, &[FreeTime, EndSeats]),
    row(GroupOwner, State::Error, Cancel, Cancelled, Call, &[FreeTime, EndSeats]),

    row(GroupCustomer, Initialized, Create, Confirmed, Call, &[TakeSeat]),
    row(GroupCustomer, Confirmed, CancelByCustomer, CancelledByCustomer, Call, &[FreeSeat]),
    row(GroupCustomer, Confirmed, CancelByOwner, CancelledByOwner, Call, &[FreeSeat]),
    row(GroupCustomer, Confirmed, Complete, Completed, CallOr(AFTER_END), &[]),
    row(GroupCustomer, State::Error, Cancel, Cancelled, Call, &[FreeSeat]),

    row(GroupCustomerPayment, Initialized, Create, Tentative, Call, &[TakeSeat]),
    row(GroupCustomerPayment, Tentative, Pay, Paid, Call, &[]),
    row(GroupCustomerPayment, Tentative, Timeout, Unpaid, Timer(UNPAID), &[FreeSeat]),
    row(GroupCustomerPayment, Tentative, CancelByOwner, CancelledByOwner, Call, &[FreeSeat]),
    row(GroupCustomerPayment, Tentative, CancelByCustomer, CancelledByCustomer, Call, &[FreeSeat]),
    row(GroupCustomerPayment, Paid, CancelByOwner, CancelledByOwner, Call, &[FreeSeat]),
    row(GroupCustomerPayment, Paid, CancelByCustomer, CancelledByCustomer, Call, &[FreeSeat]),
    row(GroupCustomerPayment, Paid, Complete, Completed, CallOr(AFTER_END), &[]),
    row(GroupCustomerPayment, State::Error, Cancel, Cancelled, Call, &[FreeSeat]),

    row(Reservation, Initialized, Reserve, Reserved, Call, &[TakeTime]),
    row(Reservation, Reserved, Expire, Expired, Timer("the hold's time"), &[FreeTime]),
];

/// An action that the table does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Cannot apply action '{action}' to current state '{state}'")]
pub struct IllegalAction {
    /// The action as it was sent.
    pub action: String,
    /// The state that the booking is in.
    pub state: State,
}

impl Graph {
    /// The rows of this graph.
    pub fn steps(self) -> impl Iterator<Item = &'static Step> {
        TABLE.iter().filter(move |step| step.graph == self)
    }

    /// The action that enters the graph.
    pub fn entry(self) -> Action {
        self.steps()
            .find(|step| step.from == Initialized)
            .map_or(Create, |step| step.action)
    }

    /// The step that an action takes from a state.
    ///
    /// ```
    /// use domain::booking::{Graph, State};
    ///
    /// let step = Graph::ConfirmDecline.step(State::Tentative, "confirm")?;
    /// assert_eq!(step.to, State::Confirmed);
    ///
    /// let refused = Graph::ConfirmDecline.step(State::Initialized, "confirm").unwrap_err();
    /// assert_eq!(refused.to_string(), "Cannot apply action 'confirm' to current state 'initialized'");
    /// # Ok::<(), domain::booking::IllegalAction>(())
    /// ```
    pub fn step(self, from: State, action: &str) -> Result<&'static Step, IllegalAction> {
        let known = action.parse::<Action>().ok();
        self.steps()
            .find(|step| step.from == from && Some(step.action) == known)
            .ok_or_else(|| IllegalAction {
                action: action.chars().take(64).collect(),
                state: from,
            })
    }

    /// The actions that a caller may take from a state, as `available_actions` lists them.
    pub fn available_actions(self, from: State) -> impl Iterator<Item = Action> {
        self.steps()
            .filter(move |step| step.from == from && step.listed())
            .map(|step| step.action)
    }

    /// Whether a booking in this state is over: no action, by call or by timer, leaves it (80 §2.1).
    pub fn is_final(self, state: State) -> bool {
        !self.steps().any(|step| step.from == state)
    }

    /// The states that the graph knows, in the order of [`State::ALL`].
    pub fn states(self) -> impl Iterator<Item = State> {
        State::ALL.iter().copied().filter(move |state| {
            self.steps()
                .any(|step| step.from == *state || step.to == *state)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn actions(graph: Graph, state: State) -> Vec<&'static str> {
        graph.available_actions(state).map(Action::as_str).collect()
    }

    #[test]
    fn a_fresh_request_can_be_confirmed_or_declined() {
        assert_eq!(actions(ConfirmDecline, Tentative), ["confirm", "decline"]);
    }

    #[test]
    fn a_class_can_be_completed_or_cancelled() {
        assert_eq!(actions(GroupOwner, Tentative), ["complete", "cancel"]);
    }

    #[test]
    fn a_request_may_be_withdrawn_although_it_is_not_listed() {
        assert!(ConfirmDecline.step(Tentative, "cancel_by_customer").is_ok());
    }

    #[test]
    fn only_instant_is_entered_by_confirm() {
        for graph in Graph::ALL {
            let expected = match graph {
                Instant => Confirm,
                Reservation => Reserve,
                _ => Create,
            };
            assert_eq!(graph.entry(), expected, "{graph}");
        }
    }

    #[test]
    fn paid_is_not_final_while_actions_leave_it() {
        assert!(!InstantPayment.is_final(Paid));
        assert!(InstantPayment.is_final(Completed));
        assert!(InstantPayment.is_final(Unpaid));
    }

    #[test]
    fn a_step_is_found_once() {
        for step in TABLE {
            let same = TABLE.iter().filter(|other| {
                (other.graph, other.from, other.action) == (step.graph, step.from, step.action)
            });
            assert_eq!(same.count(), 1, "{step:?}");
        }
    }

    #[test]
    fn every_state_that_can_be_reached_is_final_or_left() {
        for graph in Graph::ALL {
            for step in graph.steps().filter(|step| step.to != State::Error) {
                assert!(
                    graph.is_final(step.to)
                        || graph.available_actions(step.to).next().is_some()
                        || graph
                            .steps()
                            .any(|next| next.from == step.to && next.automatic().is_some()),
                    "{graph} {}",
                    step.to
                );
            }
        }
    }

    #[test]
    fn a_final_state_accepts_no_action() {
        for graph in Graph::ALL {
            for state in State::ALL.iter().filter(|state| graph.is_final(**state)) {
                for action in Action::ALL {
                    assert!(
                        graph.step(*state, action.as_str()).is_err(),
                        "{graph} {state} {action}"
                    );
                }
            }
        }
    }

    #[test]
    fn time_and_seats_that_were_taken_are_given_back_by_every_end_but_completion() {
        for step in TABLE.iter().filter(|step| step.from != State::Error) {
            let ends = step.graph.is_final(step.to) && step.to != Completed;
            let took = step
                .graph
                .steps()
                .any(|entry| entry.to == step.from && entry.effects.contains(&TakeTime))
                || step.from == Paid && step.graph == InstantPayment;
            if ends && took {
                assert!(step.effects.contains(&FreeTime), "{step:?}");
            }
        }
    }

    #[test]
    fn unknown_actions_read_like_illegal_ones() {
        let refused = Instant.step(Confirmed, "no_show");

        assert_eq!(
            refused.map_err(|error| error.to_string()),
            Err("Cannot apply action 'no_show' to current state 'confirmed'".to_owned())
        );
    }
}
