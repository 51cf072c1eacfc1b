//! Projects: stored booking experiences, what their public pages show of them, and what they give to a booking (spec 60).

mod booking;
mod form;
mod page;

pub use booking::{Defaults, booking_body};
pub use form::{MOST_FIELDS, check_answers, complete_form, default_form, read_form};
pub use page::{public_availability, public_booking, public_ui};
