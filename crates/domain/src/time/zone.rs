//! Time zones by their IANA name.
//!
//! Names are found in any case and carry their canonical spelling; nothing but names of places is a zone.

use jiff::tz::{TimeZone, TimeZoneDatabase, db};

/// Longer than any name of the IANA list.
const LONGEST: usize = 64;

/// Finds a zone by its IANA name, aliases included, in any case (spec 00 §2).
///
/// The spelling to store and to show is the zone's `iana_name()`. The system's data comes first; the bundled
/// data knows the old aliases that some systems leave out.
///
/// ```
/// use domain::time::zone;
///
/// assert_eq!(zone("america/Los_angeles").and_then(|zone| zone.iana_name().map(String::from)).as_deref(), Some("America/Los_Angeles"));
/// assert!(zone("US/Eastern").is_some());
/// assert!(zone("+02:00").is_none());
/// assert!(zone("Mars/Base").is_none());
/// ```
pub fn zone(name: &str) -> Option<TimeZone> {
    if name.len() > LONGEST || !is_name(name) {
        return None;
    }
    db().get(name)
        .or_else(|_| TimeZoneDatabase::bundled().get(name))
        .ok()
}

/// Refuses what a database folder holds beside the list: copies with leap seconds, the machine's own zone, placeholders.
fn is_name(name: &str) -> bool {
    let starts = |folder: &str| {
        name.get(..folder.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(folder))
    };
    let refused = ["localtime", "posixrules", "Factory", "Etc/Unknown"];

    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && !starts("posix/")
        && !starts("right/")
        && !refused.iter().any(|other| other.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_any_case_and_spelled_canonically() {
        for (name, canonical) in [
            ("Europe/Copenhagen", "Europe/Copenhagen"),
            ("America/toronto", "America/Toronto"),
            ("america/los_ANGELES", "America/Los_Angeles"),
            ("utc", "UTC"),
            ("etc/gmt+5", "Etc/GMT+5"),
            ("US/Eastern", "US/Eastern"),
            ("europe/kiev", "Europe/Kiev"),
            ("Asia/Calcutta", "Asia/Calcutta"),
        ] {
            let found = zone(name);
            assert_eq!(
                found.as_ref().and_then(TimeZone::iana_name),
                Some(canonical),
                "{name}"
            );
        }
    }

    #[test]
    fn what_is_no_name_of_a_place_is_refused() {
        for name in [
            "",
            "+02:00",
            "-03",
            "UTC+2",
            "Mars/Base",
            "Etc/Unknown",
            "localtime",
            "Posix/Europe/Berlin",
            "right/UTC",
            "../../etc/passwd",
            "/etc/localtime",
            "Europe/Berlin\0",
            " Europe/Berlin",
            "Európe/Berlin",
            "Europe",
            "zone.tab",
            &"A".repeat(10_000_000),
        ] {
            assert!(zone(name).is_none(), "{name:.20}");
        }
    }
}
