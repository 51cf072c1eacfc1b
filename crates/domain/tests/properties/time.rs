//! What is written reads back, in every zone; wall times follow the rules of gaps and folds.

use domain::{
    Interval,
    time::{
        FIRST, LAST, Period, PhpFormat, in_bounds, parse_duration, parse_instant, resolve,
        write_event_time, write_record_time, zone,
    },
};
use jiff::{
    SignedDuration, Timestamp,
    civil::DateTime,
    tz::{AmbiguousOffset, TimeZone, db},
};
use proptest::prelude::*;

/// Every zone that can be named.
fn zones() -> Vec<TimeZone> {
    db().available()
        .filter_map(|name| zone(name.as_str()))
        .collect()
}

fn a_zone() -> impl Strategy<Value = TimeZone> {
    let fixed = (-1439..=1439_i32).prop_map(|minutes| {
        let offset = jiff::tz::Offset::from_seconds(minutes * 60).expect("within a day");
        TimeZone::fixed(offset)
    });
    prop_oneof![9 => prop::sample::select(zones()), 1 => fixed]
}

fn a_second() -> impl Strategy<Value = Timestamp> {
    (FIRST.as_second()..=LAST.as_second())
        .prop_map(|second| Timestamp::from_second(second).expect("in bounds"))
}

fn a_wall_time() -> impl Strategy<Value = DateTime> {
    a_second().prop_map(|instant| TimeZone::UTC.to_datetime(instant))
}

fn event(instant: Timestamp, zone: &TimeZone) -> String {
    let mut out = String::new();
    write_event_time(&mut out, instant, zone);
    out
}

fn record(instant: Timestamp, zone: &TimeZone) -> String {
    let mut out = String::new();
    write_record_time(&mut out, instant, zone);
    out
}

/// Formats that say all about an instant, to the second.
const WHOLE: [&str; 9] = [
    "c",
    "r",
    "U",
    "Y-m-d H:i:s O",
    "Y-m-d h:i:s A P",
    "l jS F Y, g:i:sa p",
    "D d M Y G:i:s Z",
    "z Y H:i:s.u e O",
    "N w W o t L I B \\Y n/j/Y H:i:s.v P",
];

/// The rules of reliability §9: forward by the gap, the first of two.
fn check_wall_time(wall: DateTime, zone: &TimeZone) {
    let instant = resolve(wall, zone).expect("in range");
    let seen = zone.to_datetime(instant);
    match zone.to_ambiguous_timestamp(wall).offset() {
        AmbiguousOffset::Unambiguous { .. } => assert_eq!(seen, wall),
        AmbiguousOffset::Fold { before, after } => {
            assert_eq!(seen, wall);
            assert_eq!(zone.to_offset(instant), before.max(after));
        }
        AmbiguousOffset::Gap { before, after } => {
            assert_eq!(wall.duration_until(seen), before.duration_until(after));
        }
    }
}

#[test]
fn every_change_of_every_zone_reads_back() {
    let formats = WHOLE.map(|format| PhpFormat::parse(format).expect("short enough"));
    let year = SignedDuration::from_hours(24 * 366);
    let mut probes = 0;
    for zone in zones() {
        // The rules that hold for ever repeat every year: it is enough to see the first of them.
        let until = Timestamp::constant(2_240_611_200, 0) + year;
        let changes = zone.following(FIRST).map(|change| change.timestamp());
        for change in changes.take_while(|change| *change < until) {
            for shift in [-3600, -1, 0, 1, 1800, 3600] {
                let instant = change + SignedDuration::from_secs(shift);
                let text = event(instant, &zone);
                assert_eq!(parse_instant(&text, None), Ok(instant), "{text}");
                for format in &formats {
                    let text = format.format(&instant.to_zoned_datetime(zone.clone()));
                    assert_eq!(format.read(&text, &zone), Ok(instant), "{text}");
                }
                check_wall_time(zone.to_datetime(instant), &zone);
                check_wall_time(
                    zone.to_datetime(change) - SignedDuration::from_secs(900),
                    &zone,
                );
                probes += 1;
            }
        }
    }
    assert!(probes > 100_000, "only {probes} probes: no zone data?");
}

proptest! {
    #[test]
    fn both_shapes_read_back(instant in a_second(), tz in a_zone()) {
        prop_assert_eq!(parse_instant(&event(instant, &tz), None), Ok(instant));
        prop_assert_eq!(parse_instant(&record(instant, &tz), None), Ok(instant));
        prop_assert!(in_bounds(instant));
    }

    #[test]
    fn the_event_shape_is_that_of_the_calendar_library(instant in a_second(), tz in a_zone()) {
        prop_assume!(tz.to_offset(instant).seconds() % 60 == 0);
        let zoned = instant.to_zoned_datetime(tz.clone());

        prop_assert_eq!(event(instant, &tz), zoned.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string());
        prop_assert_eq!(record(instant, &tz), zoned.strftime("%Y-%m-%dT%H:%M:%S%z").to_string());
    }

    #[test]
    fn fractions_are_cut_and_never_rounded_up(second in a_second(), nanos in 0..1_000_000_000_i64, tz in a_zone()) {
        let instant = second + SignedDuration::from_nanos(nanos);

        prop_assert_eq!(event(instant, &tz), event(second, &tz));
    }

    #[test]
    fn whole_formats_read_back(instant in a_second(), tz in a_zone(), format in prop::sample::select(&WHOLE)) {
        let format = PhpFormat::parse(format).expect("short enough");

        let text = format.format(&instant.to_zoned_datetime(tz.clone()));

        prop_assert_eq!(format.read(&text, &tz), Ok(instant), "{}", text);
    }

    #[test]
    fn wall_formats_read_back_outside_of_folds(
        instant in a_second(),
        tz in a_zone(),
        format in prop::sample::select(vec!["d.m.Y, H:i:s", "Y-m-d\\TH:i:s T"]),
    ) {
        let wall = tz.to_datetime(instant);
        prop_assume!(!tz.to_ambiguous_timestamp(wall).is_ambiguous());
        let format = PhpFormat::parse(format).expect("short enough");

        let text = format.format(&instant.to_zoned_datetime(tz.clone()));

        prop_assert_eq!(format.read(&text, &tz), Ok(instant), "{}", text);
    }

    #[test]
    fn wall_times_follow_the_rules(wall in a_wall_time(), tz in a_zone()) {
        check_wall_time(wall, &tz);
    }

    #[test]
    fn no_text_panics(text in ".{0,80}", format in ".{0,40}") {
        let _ = parse_instant(&text, Some(&TimeZone::UTC));
        let _ = parse_duration(&text);
        let _ = zone(&text);
        if let Ok(format) = PhpFormat::parse(&format) {
            let _ = format.read(&text, &TimeZone::UTC);
            let _ = format.format(&Timestamp::MIN.to_zoned_datetime(TimeZone::UTC));
        }
    }

    #[test]
    fn no_text_that_looks_like_a_time_panics(
        text in "[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]{0,12}[-+Z ]?[0-9:]{0,6}",
        letters in "[dDjlNSwzWFmMntLoYyaABgGhHisuveITPpOZUcr -]{0,20}",
    ) {
        let kiritimati = zone("Pacific/Kiritimati").expect("in the list");
        let _ = parse_instant(&text, Some(&kiritimati));
        let format = PhpFormat::parse(&letters).expect("short enough");
        let _ = format.read(&text, &kiritimati);
        for extreme in [Timestamp::MIN, Timestamp::MAX] {
            let _ = format.format(&extreme.to_zoned_datetime(kiritimati.clone()));
        }
    }

    #[test]
    fn an_accepted_instant_reads_back_from_what_is_written(
        text in "(0[0-9]{3}|[0-9]{4})-(0[1-9]|1[0-2])-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9][-+][0-2][0-9]:?[0-5][0-9]",
    ) {
        if let Ok(instant) = parse_instant(&text, None) && in_bounds(instant) {
            prop_assert_eq!(parse_instant(&event(instant, &TimeZone::UTC), None), Ok(instant));
        }
    }

    #[test]
    fn durations_add_their_terms(terms in prop::collection::vec((-999..=999_i64, 0..5_usize), 1..8)) {
        let units = [("second", 1), ("mins", 60), ("hr", 3600), ("days", 86_400), ("week", 604_800)];
        let text: Vec<String> = terms.iter().map(|(number, unit)| format!("{number} {}", units[*unit].0)).collect();
        let seconds = terms.iter().map(|(number, unit)| number * units[*unit].1).sum();

        prop_assert_eq!(parse_duration(&text.join(" ")), Ok(SignedDuration::from_secs(seconds)));
    }

    #[test]
    fn exact_durations_are_the_same_in_every_zone(instant in a_second(), tz in a_zone(), hours in -99_999..=99_999_i64) {
        let text = format!("{hours} hours");

        let moment = Period::parse(&text).and_then(|period| period.after(instant, &tz));

        prop_assert_eq!(moment, Ok(instant + SignedDuration::from_hours(hours)));
    }

    #[test]
    fn overlapping_is_symmetric_and_means_a_shared_second(starts in (0..40_i64, 0..40_i64), lengths in (1..40_i64, 1..40_i64)) {
        let interval = |start: i64, length: i64| {
            let at = |second| Timestamp::from_second(second).expect("in range");
            Interval::new(at(start), at(start + length)).expect("not empty")
        };
        let (one, other) = (interval(starts.0, lengths.0), interval(starts.1, lengths.1));

        let shared = (starts.0..starts.0 + lengths.0).any(|second| (starts.1..starts.1 + lengths.1).contains(&second));
        prop_assert_eq!(one.overlaps(&other), shared);
        prop_assert_eq!(other.overlaps(&one), shared);
        prop_assert!(one.overlaps(&one));
        prop_assert_eq!(one.millis(), lengths.0 * 1000);
    }
}
