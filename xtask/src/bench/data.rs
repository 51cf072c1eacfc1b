//! The bookings of a bench and the few encodings that they need.

use std::{
    sync::OnceLock,
    time::{SystemTime, UNIX_EPOCH},
};

/// Numbers from here on are bookings ten years before the others.
pub const PAST: u64 = 1 << 40;

/// The first bookings: the Monday after today, 09:00 UTC, so that a search reaches them.
pub fn base() -> u64 {
    static BASE: OnceLock<u64> = OnceLock::new();
    *BASE.get_or_init(|| {
        #[expect(
            clippy::disallowed_methods,
            reason = "the server under test has no other clock either"
        )]
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let days = now.unwrap_or_default().as_secs() / DAY;
        // Day 4 of 1970 was a Monday.
        (days + 7 - (days + 3) % 7) * DAY + 9 * HOUR
    })
}

const HOUR: u64 = 3_600;
const DAY: u64 = 24 * HOUR;

/// The body of one booking: twenty half hours a week for each resource in turn, as in `bench/load.lua`.
pub fn booking(ids: &[String], number: u64) -> String {
    let (number, base) = if number < PAST {
        (number, base())
    } else {
        (number - PAST, base() - 520 * 7 * DAY)
    };
    let resources = ids.len() as u64;
    let resource = ids
        .get(usize::try_from(number % resources).unwrap_or_default())
        .map_or("", String::as_str);
    let turn = number / resources;
    let (week, slot) = (turn / 20, turn % 20);
    let start = base + week * 7 * DAY + slot % 5 * DAY + slot / 5 * HOUR;
    format!(
        r#"{{"graph":"instant","resource_id":"{resource}","start":"{}","end":"{}","what":"Wheel truing","where":"Kanalgade 4, Aarhus","description":"Rear wheel, 32 spokes","customer":{{"name":"Ida Holm","email":"ida@example.org","timezone":"Europe/Copenhagen"}}}}"#,
        instant(start),
        instant(start + HOUR / 2),
    )
}

/// RFC 3339 of seconds since 1970, by counting days in eras of 400 years.
fn instant(seconds: u64) -> String {
    let (days, rest) = (seconds / DAY, seconds % DAY);
    let shifted = days + 719_468; // since 1 March 0000
    let (era, day_of_era) = (shifted / 146_097, shifted % 146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 {
        month_from_march + 3
    } else {
        month_from_march - 9
    };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        rest / HOUR,
        rest % HOUR / 60,
        rest % 60
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_are_written_as_dates() {
        for (seconds, written) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_399, "2000-02-28T23:59:59Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_925_456_400, "2031-01-06T09:00:00Z"),
        ] {
            assert_eq!(instant(seconds), written);
        }
    }

    #[test]
    fn no_two_bookings_of_a_resource_share_a_time() {
        let ids = ["a".to_owned(), "b".to_owned()];

        let mut bodies: Vec<String> = (0..200)
            .chain(PAST..PAST + 200)
            .map(|number| booking(&ids, number))
            .collect();
        let made = bodies.len();
        bodies.sort();
        bodies.dedup();

        assert_eq!(bodies.len(), made);
        assert!(booking(&ids, PAST).contains(&instant(base() - 520 * 7 * DAY)));
    }
}
