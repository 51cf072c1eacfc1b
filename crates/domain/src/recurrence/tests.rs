//! The examples of RFC 5545, clock changes, and what is refused.

use jiff::{
    SignedDuration, Timestamp,
    civil::{DateTime, date},
};

use super::*;
use crate::time::zone as find_zone;

fn zone(name: &str) -> TimeZone {
    find_zone(name).expect("in the list")
}

/// A series of hours from a wall time.
fn series(lines: &[&str], first: DateTime, zone_name: &str) -> Result<Series, LineError> {
    let zone = zone(zone_name);
    let start = resolve(first, &zone).expect("an instant");
    let span = Interval::new(start, start + SignedDuration::from_hours(1)).expect("an hour");
    let series = Series::parse(lines, span, zone, false)?;
    series.check()?;
    Ok(series)
}

fn window(from: DateTime, to: DateTime) -> Interval {
    let [from, to] = [from, to].map(|at| resolve(at, &TimeZone::UTC).expect("an instant"));
    Interval::new(from, to).expect("not empty")
}

/// The first `limit` instances as wall times.
fn walls(series: &Series, limit: usize) -> Vec<DateTime> {
    let window = window(
        date(1990, 1, 1).at(0, 0, 0, 0),
        date(2190, 1, 1).at(0, 0, 0, 0),
    );
    let found = series.instances(window, limit);
    found
        .spans
        .iter()
        .map(|span| series.wall(span.start()))
        .collect()
}

/// `1997-09: 2 3 4; 1997-10: 1` as days at nine; a day may have a time of its own, `2@10:30`.
fn listed(text: &str) -> Vec<DateTime> {
    let mut list = Vec::new();
    for month in text.split(';') {
        let (month, days) = month.split_once(':').expect("a month");
        let (year, month) = month.trim().split_once('-').expect("a year");
        for day in days.split_whitespace() {
            let (day, time) = day.split_once('@').unwrap_or((day, "9:00"));
            let days = match day.split_once('-') {
                None => vec![day.parse::<i8>().expect("a day")],
                Some((from, to)) => {
                    (from.parse().expect("a day")..=to.parse().expect("a day")).collect()
                }
            };
            let (hour, minute) = time.split_once(':').expect("a time");
            for day in days {
                let date = date(
                    year.parse().expect("a year"),
                    month.parse().expect("a month"),
                    day,
                );
                list.push(date.at(
                    hour.parse().expect("an hour"),
                    minute.parse().expect("a minute"),
                    0,
                    0,
                ));
            }
        }
    }
    list
}

/// RFC 5545 §3.8.5.3: the rule, the start where it is not 2 September 1997, 9:00 in New York, and the instances; where a
/// list ends in `…`, the series goes on.
const EXAMPLES: &[(&str, &str, &str)] = &[
    ("FREQ=DAILY;COUNT=10", "", "1997-09: 2-11"),
    (
        "FREQ=DAILY;UNTIL=19971224T000000Z",
        "",
        "1997-09: 2-30; 1997-10: 1-31; 1997-11: 1-30; 1997-12: 1-23",
    ),
    (
        "FREQ=DAILY;INTERVAL=2",
        "",
        "1997-09: 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30; 1997-10: 2 4 6 8 10 12 14 16 18 20 22 24 26 28 30; 1997-11: 1 3…",
    ),
    (
        "FREQ=DAILY;INTERVAL=10;COUNT=5",
        "",
        "1997-09: 2 12 22; 1997-10: 2 12",
    ),
    (
        "FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA",
        "19980101T090000",
        "1998-1: 1-31; 1999-1: 1-31; 2000-1: 1-31",
    ),
    (
        "FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1",
        "19980101T090000",
        "1998-1: 1-31; 1999-1: 1-31; 2000-1: 1-31",
    ),
    (
        "FREQ=WEEKLY;COUNT=10",
        "",
        "1997-9: 2 9 16 23 30; 1997-10: 7 14 21 28; 1997-11: 4",
    ),
    (
        "FREQ=WEEKLY;UNTIL=19971224T000000Z",
        "",
        "1997-9: 2 9 16 23 30; 1997-10: 7 14 21 28; 1997-11: 4 11 18 25; 1997-12: 2 9 16 23",
    ),
    (
        "FREQ=WEEKLY;INTERVAL=2;WKST=SU",
        "",
        "1997-9: 2 16 30; 1997-10: 14 28; 1997-11: 11 25; 1997-12: 9 23; 1998-1: 6 20; 1998-2: 3…",
    ),
    (
        "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
        "",
        "1997-9: 2 4 9 11 16 18 23 25 30; 1997-10: 2",
    ),
    (
        "FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH",
        "",
        "1997-9: 2 4 9 11 16 18 23 25 30; 1997-10: 2",
    ),
    (
        "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR",
        "19970901T090000",
        "1997-9: 1 3 5 15 17 19 29; 1997-10: 1 3 13 15 17 27 29 31; 1997-11: 10 12 14 24 26 28; 1997-12: 8 10 12 22",
    ),
    (
        "FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH",
        "",
        "1997-9: 2 4 16 18 30; 1997-10: 2 14 16",
    ),
    (
        "FREQ=MONTHLY;COUNT=10;BYDAY=1FR",
        "19970905T090000",
        "1997-9: 5; 1997-10: 3; 1997-11: 7; 1997-12: 5; 1998-1: 2; 1998-2: 6; 1998-3: 6; 1998-4: 3; 1998-5: 1; 1998-6: 5",
    ),
    (
        "FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR",
        "19970905T090000",
        "1997-9: 5; 1997-10: 3; 1997-11: 7; 1997-12: 5",
    ),
    (
        "FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU",
        "19970907T090000",
        "1997-9: 7 28; 1997-11: 2 30; 1998-1: 4 25; 1998-3: 1 29; 1998-5: 3 31",
    ),
    (
        "FREQ=MONTHLY;COUNT=6;BYDAY=-2MO",
        "19970922T090000",
        "1997-9: 22; 1997-10: 20; 1997-11: 17; 1997-12: 22; 1998-1: 19; 1998-2: 16",
    ),
    (
        "FREQ=MONTHLY;BYMONTHDAY=-3",
        "19970928T090000",
        "1997-9: 28; 1997-10: 29; 1997-11: 28; 1997-12: 29; 1998-1: 29; 1998-2: 26…",
    ),
    (
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15",
        "",
        "1997-9: 2 15; 1997-10: 2 15; 1997-11: 2 15; 1997-12: 2 15; 1998-1: 2 15",
    ),
    (
        "FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1",
        "19970930T090000",
        "1997-9: 30; 1997-10: 1 31; 1997-11: 1 30; 1997-12: 1 31; 1998-1: 1 31; 1998-2: 1",
    ),
    (
        "FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15",
        "19970910T090000",
        "1997-9: 10-15; 1999-3: 10-13",
    ),
    (
        "FREQ=MONTHLY;INTERVAL=2;BYDAY=TU",
        "",
        "1997-9: 2 9 16 23 30; 1997-11: 4 11 18 25; 1998-1: 6 13 20 27; 1998-3: 3 10 17 24 31…",
    ),
    (
        "FREQ=YEARLY;COUNT=10;BYMONTH=6,7",
        "19970610T090000",
        "1997-6: 10; 1997-7: 10; 1998-6: 10; 1998-7: 10; 1999-6: 10; 1999-7: 10; 2000-6: 10; 2000-7: 10; 2001-6: 10; 2001-7: 10",
    ),
    (
        "FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3",
        "19970310T090000",
        "1997-3: 10; 1999-1: 10; 1999-2: 10; 1999-3: 10; 2001-1: 10; 2001-2: 10; 2001-3: 10; 2003-1: 10; 2003-2: 10; 2003-3: 10",
    ),
    (
        "FREQ=YEARLY;INTERVAL=3;COUNT=10;BYYEARDAY=1,100,200",
        "19970101T090000",
        "1997-1: 1; 1997-4: 10; 1997-7: 19; 2000-1: 1; 2000-4: 9; 2000-7: 18; 2003-1: 1; 2003-4: 10; 2003-7: 19; 2006-1: 1",
    ),
    (
        "FREQ=YEARLY;BYDAY=20MO",
        "19970519T090000",
        "1997-5: 19; 1998-5: 18; 1999-5: 17…",
    ),
    (
        "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO",
        "19970512T090000",
        "1997-5: 12; 1998-5: 11; 1999-5: 17…",
    ),
    (
        "FREQ=YEARLY;BYMONTH=3;BYDAY=TH",
        "19970313T090000",
        "1997-3: 13 20 27; 1998-3: 5 12 19 26; 1999-3: 4 11 18 25…",
    ),
    (
        "FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8",
        "19970605T090000",
        "1997-6: 5 12 19 26; 1997-7: 3 10 17 24 31; 1997-8: 7 14 21 28; 1998-6: 4 11 18 25; 1998-7: 2 9 16 23 30; 1998-8: 6 13 20 27…",
    ),
    (
        "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13",
        "19970913T090000",
        "1997-9: 13; 1997-10: 11; 1997-11: 8; 1997-12: 13; 1998-1: 10; 1998-2: 7; 1998-3: 7; 1998-4: 11; 1998-5: 9; 1998-6: 13…",
    ),
    (
        "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
        "19961105T090000",
        "1996-11: 5; 2000-11: 7; 2004-11: 2…",
    ),
    (
        "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
        "19970904T090000",
        "1997-9: 4; 1997-10: 7; 1997-11: 6",
    ),
    (
        "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2",
        "19970929T090000",
        "1997-9: 29; 1997-10: 30; 1997-11: 27; 1997-12: 30; 1998-1: 29; 1998-2: 26; 1998-3: 30…",
    ),
    (
        "FREQ=HOURLY;INTERVAL=3;UNTIL=19970902T210000Z",
        "",
        "1997-9: 2@9:00 2@12:00 2@15:00",
    ),
    (
        "FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40",
        "",
        "1997-9: 2@9:00 2@9:20 2@9:40 2@10:00 2@10:20 2@10:40 2@11:00 2@11:20 2@11:40 2@12:00 2@12:20 2@12:40 2@13:00 2@13:20 2@13:40 \
         2@14:00 2@14:20 2@14:40 2@15:00 2@15:20 2@15:40 2@16:00 2@16:20 2@16:40 3@9:00 3@9:20…",
    ),
    (
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
        "19970805T090000",
        "1997-8: 5 10 19 24",
    ),
    (
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
        "19970805T090000",
        "1997-8: 5 17 19 31",
    ),
    (
        "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
        "20070115T090000",
        "2007-1: 15 30; 2007-2: 15; 2007-3: 15 30",
    ),
];

#[test]
fn the_examples_of_the_standard_hold() {
    for (rule, start, expected) in EXAMPLES {
        if rule.contains("BYMINUTE=0,20,40") {
            // More than 10,000 in 400 days would be 25 a day: these are 24.
            assert!(
                series(
                    &[&format!("RRULE:{rule}")],
                    listed("1997-9: 2")[0],
                    "America/New_York"
                )
                .is_ok()
            );
        }
        let start = if start.is_empty() {
            "19970902T090000"
        } else {
            start
        };
        let first = crate::event::basic(start).expect("a wall time");
        let (expected, goes_on) = match expected.strip_suffix('…') {
            Some(expected) => (listed(expected), true),
            None => (listed(expected), false),
        };

        let series = series(&[&format!("RRULE:{rule}")], first, "America/New_York")
            .unwrap_or_else(|error| panic!("{rule}: {error}"));

        let limit = if goes_on { expected.len() } else { 2_000 };
        assert_eq!(walls(&series, limit), expected, "{rule}");
        assert_eq!(series.end().is_none(), goes_on, "{rule}");
    }
}

#[test]
fn the_standards_friday_the_13th_leaves_its_start_out() {
    let lines = [
        "EXDATE;TZID=America/New_York:19970902T090000",
        "RRULE:FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13",
    ];

    let series = series(&lines, listed("1997-9: 2")[0], "America/New_York").expect("read");

    assert_eq!(
        walls(&series, 5),
        listed("1998-2: 13; 1998-3: 13; 1998-11: 13; 1999-8: 13; 2000-10: 13")
    );
}

#[test]
fn the_start_is_an_instance_whatever_the_rule_says() {
    let series = series(
        &["RRULE:FREQ=WEEKLY;BYDAY=MO;COUNT=3"],
        listed("1997-9: 2")[0],
        "Europe/Copenhagen",
    );

    assert_eq!(walls(&series.expect("read"), 9), listed("1997-9: 2 8 15"));
}

#[test]
fn dates_join_and_leave_the_rule() {
    let lines = [
        "RRULE:FREQ=DAILY;COUNT=3",
        "RDATE:19970910T090000,19970903T090000",
        "RDATE;VALUE=DATE-TIME;TZID=Europe/Copenhagen:19970912T150000",
        "EXDATE:19970904T130000Z",
    ];

    let series = series(&lines, listed("1997-9: 2")[0], "America/New_York").expect("read");

    assert_eq!(walls(&series, 9), listed("1997-9: 2 3 10 12"));
    assert_eq!(series.end(), "1997-09-12T14:00:00Z".parse().ok());
}

#[test]
fn clock_changes_move_no_wall_time_but_those_that_are_not() {
    // Copenhagen: 2:30 is skipped on 29 March 2026 and comes twice on 25 October; Lord Howe moves by half an hour, at
    // 2:00, on 4 October 2026 and 5 April 2026.
    for (zone_name, first, rule, expected) in [
        (
            "Europe/Copenhagen",
            "20260328T023000",
            "FREQ=DAILY;COUNT=3",
            [
                "2026-03-28T01:30:00Z",
                "2026-03-29T01:30:00Z",
                "2026-03-30T00:30:00Z",
            ],
        ),
        (
            "Europe/Copenhagen",
            "20261024T023000",
            "FREQ=DAILY;COUNT=3",
            [
                "2026-10-24T00:30:00Z",
                "2026-10-25T00:30:00Z",
                "2026-10-26T01:30:00Z",
            ],
        ),
        (
            "Australia/Lord_Howe",
            "20261003T021500",
            "FREQ=DAILY;COUNT=3",
            [
                "2026-10-02T15:45:00Z",
                "2026-10-03T15:45:00Z",
                "2026-10-04T15:15:00Z",
            ],
        ),
        (
            "Australia/Lord_Howe",
            "20260404T014500",
            "FREQ=DAILY;COUNT=3",
            [
                "2026-04-03T14:45:00Z",
                "2026-04-04T14:45:00Z",
                "2026-04-05T15:15:00Z",
            ],
        ),
    ] {
        let first = crate::event::basic(first).expect("a wall time");
        let series = series(&[&format!("RRULE:{rule}")], first, zone_name).expect("read");

        let found = series.instances(
            window(
                date(2026, 1, 1).at(0, 0, 0, 0),
                date(2027, 1, 1).at(0, 0, 0, 0),
            ),
            9,
        );

        let starts: Vec<String> = found
            .spans
            .iter()
            .map(|span| span.start().to_string())
            .collect();
        assert_eq!(starts, expected, "{zone_name} {rule}");
        assert!(
            found.spans.iter().all(|span| span.millis() == 3_600_000),
            "{zone_name} {rule}"
        );
    }
}

#[test]
fn hours_that_fall_together_at_a_clock_change_are_one_instance() {
    let first = crate::event::basic("20260329T003000").expect("a wall time");

    let series = series(&["RRULE:FREQ=HOURLY;COUNT=5"], first, "Europe/Copenhagen").expect("read");

    // 2:30 does not exist and is 3:30.
    let all = series.instances(
        window(
            date(2026, 1, 1).at(0, 0, 0, 0),
            date(2027, 1, 1).at(0, 0, 0, 0),
        ),
        9,
    );
    let starts: Vec<String> = all
        .spans
        .iter()
        .map(|span| span.start().to_string())
        .collect();
    assert_eq!(
        starts,
        [
            "2026-03-28T23:30:00Z",
            "2026-03-29T00:30:00Z",
            "2026-03-29T01:30:00Z",
            "2026-03-29T02:30:00Z"
        ]
    );
}

#[test]
fn whole_days_stay_whole_on_days_of_23_and_25_hours() {
    let zone = zone("Europe/Copenhagen");
    let [start, end] =
        [date(2026, 10, 24), date(2026, 10, 26)].map(|day| midnight(day, &zone).expect("a day"));
    let lines = [
        "RRULE:FREQ=DAILY;COUNT=3;UNTIL=20261026",
        "EXDATE;VALUE=DATE:20261025",
    ];
    let span = Interval::new(start, end).expect("two days");
    assert_eq!(
        Series::parse(&lines, span, zone.clone(), true).err(),
        Some(LineError::TwoEnds)
    );
    let lines = [
        "RRULE:FREQ=DAILY;UNTIL=20261026",
        "EXDATE;VALUE=DATE:20261025",
    ];

    let series = Series::parse(&lines, span, zone.clone(), true).expect("read");

    let all = series.instances(
        window(
            date(2026, 1, 1).at(0, 0, 0, 0),
            date(2027, 1, 1).at(0, 0, 0, 0),
        ),
        9,
    );
    let days: Vec<_> = all
        .spans
        .iter()
        .map(|it| (zone.to_datetime(it.start()), zone.to_datetime(it.end())))
        .collect();
    let midnights = |from: i8, to: i8| {
        (
            date(2026, 10, from).at(0, 0, 0, 0),
            date(2026, 10, to).at(0, 0, 0, 0),
        )
    };
    assert_eq!(days, [midnights(24, 26), midnights(26, 28)]);
    assert_eq!(all.spans[0].millis(), 49 * 3_600_000);
}

#[test]
fn a_window_far_from_the_start_finds_what_a_walk_from_the_start_finds() {
    for rule in [
        "FREQ=HOURLY;INTERVAL=7",
        "FREQ=HOURLY;INTERVAL=5;BYDAY=MO,WE;BYHOUR=3,8,11",
        "FREQ=DAILY;INTERVAL=3;BYMONTH=1,4,10",
        "FREQ=WEEKLY;INTERVAL=5;BYDAY=SU,TU;WKST=SU",
        "FREQ=MONTHLY;INTERVAL=7;BYMONTHDAY=31,-2",
        "FREQ=YEARLY;INTERVAL=3;BYWEEKNO=1,53,-2;BYDAY=MO,SU",
        "FREQ=MONTHLY;BYDAY=1MO,-1FR,5SU",
    ] {
        let first = crate::event::basic("19510228T010000").expect("a wall time");
        let series = series(&[&format!("RRULE:{rule}")], first, "Europe/Copenhagen").expect("read");
        let all = series.instances(
            window(
                date(1950, 1, 1).at(0, 0, 0, 0),
                date(2000, 1, 1).at(0, 0, 0, 0),
            ),
            100_000,
        );
        assert!(!all.is_cut);
        for year in [1952, 1967, 1980, 1999] {
            let window = window(
                date(year, 3, 5).at(7, 0, 0, 0),
                date(year, 11, 6).at(4, 0, 0, 0),
            );
            let expected: Vec<_> = all
                .spans
                .iter()
                .copied()
                .filter(|span| span.overlaps(&window))
                .collect();

            let found = series.instances(window, 10_000);

            assert_eq!(found.spans, expected, "{rule} {year}");
        }
    }
}

#[test]
fn instances_are_found_by_their_start_alone() {
    let series = series(
        &["RRULE:FREQ=WEEKLY;COUNT=500", "EXDATE:19970909T130000Z"],
        listed("1997-9: 2")[0],
        "America/New_York",
    )
    .expect("read");
    let at = |text: &str| text.parse::<Timestamp>().expect("an instant");

    assert!(series.instance(at("1997-09-16T13:00:00Z")).is_some());
    assert_eq!(series.instance(at("1997-09-16T13:00:01Z")), None);
    assert_eq!(series.instance(at("1997-09-09T13:00:00Z")), None);
    assert_eq!(series.instance(at("1997-08-26T13:00:00Z")), None);
    let end = series.end();
    let bounded = series.clone().ending(end);
    assert_eq!(walls(&bounded, 1_000), walls(&series, 1_000));
    assert_eq!(walls(&bounded, 1_000).len(), 499);
}

#[test]
fn a_counted_series_ends_with_its_last_instance_though_they_overlap() {
    let zone = zone("America/New_York");
    let start = resolve(listed("1997-9: 2")[0], &zone).expect("an instant");
    let span = Interval::new(start, start + SignedDuration::from_hours(3)).expect("not empty");
    let series = Series::parse(&["RRULE:FREQ=HOURLY;COUNT=4"], span, zone.clone(), false);
    let series = series.expect("read");
    let day = midnight(zone.to_datetime(start).date(), &zone).expect("an instant");
    let days = Interval::new(day, day + SignedDuration::from_hours(72)).expect("not empty");
    let lines = ["RRULE:FREQ=DAILY;COUNT=2"];
    let long = Series::parse(&lines, days, zone, true).expect("read");

    for (series, count) in [(series, 4), (long, 2)] {
        let end = series.end();
        let bounded = series.ending(end);

        assert_eq!(walls(&bounded, 100).len(), count);
    }
}

#[test]
fn wrong_lines_are_refused() {
    let first = listed("1997-9: 2")[0];
    for (line, expected) in [
        ("", LineError::Unknown),
        ("RRULE", LineError::Unknown),
        ("RRULE:", LineError::Unknown),
        ("RRULE:FREQ=DAILY;X", LineError::Unknown),
        ("DTSTART:19970902T090000", LineError::Unknown),
        ("EXRULE:FREQ=DAILY", LineError::Exrule),
        ("RRULE:INTERVAL=2", LineError::NoFrequency),
        ("RRULE:FREQ=FORTNIGHTLY", LineError::NoFrequency),
        ("RRULE:FREQ=SECONDLY", LineError::TooFine),
        ("RRULE:FREQ=MINUTELY;INTERVAL=90", LineError::TooFine),
        (
            "RRULE:FREQ=DAILY;FREQ=DAILY",
            LineError::Part("FREQ".into()),
        ),
        (
            "RRULE:FREQ=DAILY;RSCALE=GREGORIAN",
            LineError::Part("RSCALE".into()),
        ),
        ("RRULE:FREQ=DAILY;INTERVAL=0", LineError::Value("INTERVAL")),
        ("RRULE:FREQ=DAILY;INTERVAL=-1", LineError::Value("INTERVAL")),
        (
            "RRULE:FREQ=DAILY;INTERVAL=99999999999",
            LineError::Value("INTERVAL"),
        ),
        ("RRULE:FREQ=DAILY;COUNT=0", LineError::Value("COUNT")),
        ("RRULE:FREQ=DAILY;COUNT=10001", LineError::Value("COUNT")),
        (
            "RRULE:FREQ=DAILY;COUNT=2;UNTIL=19990101",
            LineError::TwoEnds,
        ),
        ("RRULE:FREQ=DAILY;UNTIL=1999", LineError::Date),
        ("RRULE:FREQ=DAILY;UNTIL=19990230T000000Z", LineError::Date),
        ("RRULE:FREQ=YEARLY;BYMONTH=13", LineError::Value("BYMONTH")),
        ("RRULE:FREQ=YEARLY;BYMONTH=-1", LineError::Value("BYMONTH")),
        (
            "RRULE:FREQ=MONTHLY;BYMONTHDAY=0",
            LineError::Value("BYMONTHDAY"),
        ),
        (
            "RRULE:FREQ=MONTHLY;BYMONTHDAY=32",
            LineError::Value("BYMONTHDAY"),
        ),
        ("RRULE:FREQ=MONTHLY;BYDAY=XX", LineError::Value("BYDAY")),
        ("RRULE:FREQ=MONTHLY;BYDAY=é", LineError::Value("BYDAY")),
        ("RRULE:FREQ=MONTHLY;BYDAY=54MO", LineError::Value("BYDAY")),
        ("RRULE:FREQ=MONTHLY;BYDAY=", LineError::Value("BYDAY")),
        ("RRULE:FREQ=DAILY;BYHOUR=24", LineError::Value("BYHOUR")),
        ("RRULE:FREQ=DAILY;BYSECOND=60", LineError::Value("BYSECOND")),
        ("RRULE:FREQ=DAILY;WKST=1MO", LineError::Value("WKST")),
        (
            "RRULE:FREQ=WEEKLY;BYDAY=1MO",
            LineError::Misplaced("BYDAY with a number"),
        ),
        (
            "RRULE:FREQ=YEARLY;BYWEEKNO=2;BYDAY=1MO",
            LineError::Misplaced("BYDAY with a number"),
        ),
        (
            "RRULE:FREQ=MONTHLY;BYWEEKNO=2",
            LineError::Misplaced("BYWEEKNO"),
        ),
        (
            "RRULE:FREQ=DAILY;BYYEARDAY=2",
            LineError::Misplaced("BYYEARDAY"),
        ),
        (
            "RRULE:FREQ=WEEKLY;BYMONTHDAY=2",
            LineError::Misplaced("BYMONTHDAY"),
        ),
        (
            "RRULE:FREQ=DAILY;BYSETPOS=2",
            LineError::Misplaced("BYSETPOS alone"),
        ),
        ("RRULE:FREQ=HOURLY;BYMINUTE=0,10,20,30", LineError::TooOften),
        (
            "RRULE:FREQ=HOURLY;BYMINUTE=0,10,20,30,40",
            LineError::TooOften,
        ),
        (
            "RRULE:FREQ=HOURLY;COUNT=5;BYHOUR=3;BYSETPOS=2",
            LineError::TooSparse,
        ),
        ("RDATE:19970901T090000", LineError::DateBeforeStart),
        ("RDATE;VALUE=PERIOD:19970902T090000/PT1H", LineError::Date),
        ("RDATE;TZID=Mars/Base:19970902T090000", LineError::Zone),
        ("EXDATE;VALUE=DATE:19970902", LineError::Date),
        ("EXDATE:", LineError::Date),
    ] {
        let read = series(&[line], first, "America/New_York");

        assert_eq!(read.err(), Some(expected), "{line}");
    }
    let two = ["RRULE:FREQ=DAILY", "RRULE:FREQ=WEEKLY"];
    assert_eq!(
        series(&two, first, "UTC").err(),
        Some(LineError::SecondRule)
    );
    let many = vec!["EXDATE:19970902T090000"; 201];
    assert_eq!(series(&many, first, "UTC").err(), Some(LineError::TooMany));
}

#[test]
fn rules_without_end_or_hope_come_to_an_end() {
    let first = listed("1997-9: 2")[0];
    for rule in [
        "FREQ=YEARLY;UNTIL=99991231T235959Z",
        "FREQ=DAILY;UNTIL=99991231",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=YEARLY;INTERVAL=100000",
        "FREQ=HOURLY;INTERVAL=100000",
        "FREQ=YEARLY;BYYEARDAY=366;BYMONTH=1",
    ] {
        let series = series(&[&format!("RRULE:{rule}")], first, "America/New_York").expect("read");
        let window = window(
            date(2199, 1, 1).at(0, 0, 0, 0),
            date(2200, 1, 1).at(0, 0, 0, 0),
        );

        let found = series.instances(window, 400);

        assert!(!found.is_cut, "{rule}");
        assert_eq!(series.end(), None, "{rule}");
    }
}
