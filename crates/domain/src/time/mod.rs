//! Reading and writing time: zones, instants, PHP formats and durations.
//!
//! An instant is a [`jiff::Timestamp`]; a wall time always comes with its zone. No input may panic.

mod cursor;
pub mod duration;
pub mod instant;
pub mod php;
mod php_read;
pub mod zone;

pub use duration::{DurationError, Period, parse_duration};
pub use instant::{
    FIRST, InstantError, LAST, in_bounds, parse_instant, resolve, write_event_time,
    write_record_time,
};
pub use php::{FormatTooLong, PhpFormat};
pub use zone::zone;
