//! Events of calendars (spec 40).

pub(super) mod output;
