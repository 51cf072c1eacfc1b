//! The settled points of spec 50 §8, one test a row.

use std::num::NonZeroU32;

use domain::{
    Interval,
    availability::{
        AllDay, Budget, Busy, BusyTimes, FullPeriods, HoursFrom, Levels, Mode, Moment, Query,
        Refusal, Resource, Rounding, Rules, Window, blocked, count, dates, is_whole_days, slots,
        whole_days,
    },
    time::{parse_duration, write_event_time, zone},
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Value, json};

fn at(text: &str) -> Timestamp {
    text.parse().expect("an instant")
}

fn tz(name: &str) -> TimeZone {
    zone(name).expect("in the list")
}

fn rules(sent: &Value) -> Rules {
    Rules::read("constraints", sent).expect("all is well")
}

fn minutes(minutes: u32) -> Option<NonZeroU32> {
    NonZeroU32::new(minutes * 60)
}

/// Whole days of UTC from a date, slots of an hour.
fn days(first: &str, last: &str) -> Query {
    let start = at(&format!("{first}T00:00:00Z"));
    Query {
        window: Window::of(start, at(&format!("{last}T00:00:00Z"))),
        length: minutes(60),
        step: None,
        buffer: 0,
        rounding: Rounding::HOUR,
        mode: Mode::Exclusive,
        all_day: AllDay::Blocks,
        now: start,
        seed: 1,
    }
}

struct Room {
    zone: TimeZone,
    rules: Rules,
    busy: BusyTimes,
}

impl Room {
    fn new(zone: &str, sent: &Value) -> Self {
        Self {
            zone: tz(zone),
            rules: rules(sent),
            busy: BusyTimes::default(),
        }
    }

    fn busy(mut self, times: &[(&str, &str)]) -> Self {
        let list = times
            .iter()
            .map(|(start, end)| Busy::timed(Interval::new(at(start), at(end)).expect("not empty")));
        self.busy = BusyTimes::new(list.collect());
        self
    }

    fn resource(&self) -> Resource<'_> {
        Resource {
            zone: &self.zone,
            levels: Levels {
                resource: Some(&self.rules),
                ..Levels::default()
            },
            busy: &self.busy,
            full: FullPeriods::NONE,
        }
    }
}

/// `start/resources` of each slot, the start in `zone`, without its date.
fn times(query: &Query, rooms: &[Room], zone: &str) -> Vec<String> {
    let resources: Vec<Resource<'_>> = rooms.iter().map(Room::resource).collect();
    let found = slots(query, &resources, &Budget::DEFAULT).expect("within the budget");
    let zone = tz(zone);
    found
        .iter()
        .map(|(start, _, resources)| {
            let mut out = String::new();
            write_event_time(&mut out, start, &zone);
            let names: Vec<String> = resources.iter().map(u32::to_string).collect();
            format!("{} {}", &out[8..16], names.join(","))
        })
        .collect()
}

#[test]
fn row_1_a_time_in_a_gap_moves_forward_and_an_empty_window_has_no_slot() {
    let query = Query {
        rounding: Rounding::None,
        length: minutes(30),
        ..days("2031-03-30", "2031-03-31")
    };
    let of = |start: &str, end: &str| {
        let room = Room::new(
            "Europe/Berlin",
            &json!([{"allow_hours": {"start": start, "end": end}}]),
        );
        times(&query, &[room], "Europe/Berlin")
    };
    assert_eq!(
        of("02:30", "05:00"),
        ["30T03:30 0", "30T04:00 0", "30T04:30 0"]
    );
    assert!(of("02:30", "03:30").is_empty());
}

#[test]
fn row_2_in_a_fold_a_window_has_both_hours() {
    let room = Room::new(
        "Europe/Berlin",
        &json!([{"allow_hours": {"start": 2, "end": "02:30"}}]),
    );
    let query = Query {
        length: minutes(30),
        ..days("2031-10-26", "2031-10-27")
    };

    assert_eq!(
        times(&query, &[room], "Europe/Berlin"),
        ["26T02:00 0", "26T02:30 0", "26T02:00 0"]
    );
}

#[test]
fn row_3_a_resource_is_free_on_the_grid_of_another() {
    let hours = json!([{"allow_hours": {"start": 9, "end": 11}}]);
    let rooms = [
        Room::new("UTC", &hours),
        Room::new(
            "Asia/Kathmandu",
            &json!([{"allow_hours": {"start": "14:00", "end": "17:00"}}]),
        ),
    ];
    let all = [
        // Kathmandu is 5:45 ahead: its full hours are quarters past here, and it opens from 8:15 to 11:15.
        "01T08:15 1",
        "01T09:00 0,1",
        "01T09:15 0,1",
        "01T10:00 0,1",
        "01T10:15 1",
    ];
    assert_eq!(times(&days("2031-05-01", "2031-05-02"), &rooms, "UTC"), all);

    let one = Query {
        mode: Mode::RoundRobinPrioritized,
        ..days("2031-05-01", "2031-05-02")
    };
    let first = [
        "01T08:15 1",
        "01T09:00 0",
        "01T09:15 0",
        "01T10:00 0",
        "01T10:15 1",
    ];
    assert_eq!(times(&one, &rooms, "UTC"), first);
}

#[test]
fn row_4_rounding_goes_by_the_wall_clock() {
    let room = Room::new(
        "Australia/Lord_Howe",
        &json!([{"allow_hours": {"start": "01:10", "end": 5}}]),
    );
    let query = Query {
        now: at("2025-10-04T13:30:00Z"),
        ..days("2025-10-04", "2025-10-05")
    };

    // From 02:00 on the clock shows 02:30: the next full hour is 03:00.
    assert_eq!(
        times(&query, &[room], "Australia/Lord_Howe"),
        ["05T03:00 0", "05T04:00 0"]
    );
}

#[test]
fn row_5_mutual_is_sliced_on_the_grid_of_the_first() {
    let rooms = || {
        [
            Room::new("Asia/Kathmandu", &json!([])),
            Room::new("UTC", &json!([{"allow_hours": {"start": 9, "end": 12}}])),
        ]
    };
    let query = Query {
        mode: Mode::Mutual,
        ..days("2031-05-01", "2031-05-02")
    };
    let [one, other] = rooms();

    assert_eq!(
        times(&query, &[one, other], "UTC"),
        ["01T09:15 0,1", "01T10:15 0,1"]
    );
    let [one, other] = rooms();
    assert_eq!(
        times(&query, &[other, one], "UTC"),
        ["01T09:00 0,1", "01T10:00 0,1", "01T11:00 0,1"]
    );
}

#[test]
fn row_6_overnight_hours_of_a_day_are_cut_at_its_midnight() {
    // 2031-05-01 is a Thursday.
    let room = Room::new(
        "UTC",
        &json!([{"allow_hours": {"start": 22, "end": 2}}, {"allow_day": {"day": "Friday"}}]),
    );

    assert_eq!(
        times(&days("2031-05-01", "2031-05-05"), &[room], "UTC"),
        ["02T00:00 0", "02T01:00 0", "02T22:00 0", "02T23:00 0"]
    );
}

#[test]
fn row_7_a_day_with_two_midnights_begins_at_the_first() {
    // 2024-11-03 is a Sunday; at 01:00 it is midnight once more.
    let room = Room::new("America/Havana", &json!([{"allow_day": {"day": "sunday"}}]));
    let found = times(&days("2024-11-02", "2024-11-06"), &[room], "America/Havana");

    assert_eq!(found.len(), 25);
    assert_eq!(found[..3], ["03T00:00 0", "03T00:00 0", "03T01:00 0"]);
    assert_eq!(found[24], "03T23:00 0");
}

#[test]
fn row_8_without_length_each_resource_has_its_intervals() {
    let rooms = || {
        [
            Room::new("UTC", &json!([{"allow_hours": {"start": 9, "end": 12}}])),
            Room::new("UTC", &json!([{"allow_hours": {"start": 9, "end": 11}}])),
            Room::new(
                "UTC",
                &json!([{"allow_hours": {"start": 9, "end": 12}}, {"block_hours": {"start": 10, "end": 11}}]),
            ),
        ]
    };
    let query = Query {
        length: None,
        ..days("2031-05-01", "2031-05-02")
    };

    // By start, then end, then the order of the list.
    assert_eq!(
        times(&query, &rooms(), "UTC"),
        ["01T09:00 2", "01T09:00 1", "01T09:00 0", "01T11:00 2"]
    );
    let together = Query {
        mode: Mode::Mutual,
        ..query
    };
    assert_eq!(times(&together, &rooms(), "UTC"), ["01T09:00 0,1,2"]);
}

#[test]
fn row_9_days_of_a_length_have_24_hours_and_months_are_clamped() {
    assert_eq!(
        parse_duration("1 day").map(|length| length.as_secs()),
        Ok(86_400)
    );
    assert_eq!(
        parse_duration("1 week").map(|length| length.as_secs()),
        Ok(604_800)
    );
    assert!(parse_duration("1 month").is_err());

    let month = Moment::parse("1 month").expect("a moment");
    let later = month.resolve(at("2031-01-31T12:00:00Z"), &TimeZone::UTC);
    assert_eq!(later, Ok(at("2031-02-28T12:00:00Z")));
}

#[test]
fn row_10_a_grid_restarts_at_each_midnight() {
    let room = Room::new(
        "UTC",
        &json!([{"block_hours": {"start": 21, "end": "21:01"}}]),
    );
    let grid = Rounding::of(minutes(5 * 60), true);
    let query = Query {
        rounding: grid,
        length: minutes(120),
        step: minutes(24 * 60),
        ..days("2031-05-01", "2031-05-03")
    };

    // 20:00 is followed by 00:00.
    assert_eq!(times(&query, &[room], "UTC"), ["01T00:00 0", "02T00:00 0"]);
}

#[test]
fn row_11_an_absolute_from_of_the_past_begins_now() {
    let now = at("2031-05-01T09:20:00Z");
    let moment = |text| Moment::parse(text).expect("a moment");
    let window = Window::resolve(
        moment("2031-05-01T08:00:00Z"),
        moment("3 hours"),
        now,
        &TimeZone::UTC,
    );
    let query = Query {
        window: window.expect("within reach"),
        now,
        rounding: Rounding::None,
        ..days("2031-05-01", "2031-05-02")
    };

    let room = Room::new("UTC", &json!([]));
    assert_eq!(
        times(&query, &[room], "UTC"),
        ["01T09:20 0", "01T10:20 0", "01T11:20 0"]
    );
}

#[test]
fn row_12_no_rounding_parameter_is_the_full_hour() {
    assert_eq!(Rounding::of(None, true), Rounding::HOUR);
    assert_eq!(Rounding::of(None, false), Rounding::None);
    assert_eq!(
        Rounding::of(minutes(15), false),
        Rounding::of(minutes(15), true)
    );
}

#[test]
fn row_13_times_are_counted_once() {
    let rooms = [Room::new("UTC", &json!([])), Room::new("UTC", &json!([]))];
    let resources = rooms.each_ref().map(Room::resource);
    for (mode, length, expected) in [
        (Mode::Exclusive, minutes(60), 24),
        (Mode::RoundRobinRandom, minutes(60), 24),
        (Mode::Mutual, minutes(60), 24),
        (Mode::Exclusive, None, 1),
    ] {
        let query = Query {
            mode,
            length,
            ..days("2031-05-01", "2031-05-02")
        };
        assert_eq!(
            count(&query, &resources, &Budget::DEFAULT),
            Ok(expected),
            "{mode:?}"
        );
    }
}

#[test]
fn row_14_dates_are_those_of_the_output_zone() {
    let rooms = [
        Room::new("UTC", &json!([{"allow_hours": {"start": 23, "end": 24}}])),
        Room::new("UTC", &json!([{"allow_hours": {"start": 20, "end": 21}}])),
    ];
    let resources = rooms.each_ref().map(Room::resource);
    let found = |mode, zone: Option<&TimeZone>| {
        let query = Query {
            mode,
            ..days("2031-05-01", "2031-05-02")
        };
        let days = dates(&query, &resources, zone, &Budget::DEFAULT).expect("within the budget");
        days.into_iter()
            .map(|day| format!("{} {:?}", day.date, day.resources))
            .collect::<Vec<_>>()
    };
    let berlin = tz("Europe/Berlin");

    assert_eq!(
        found(Mode::Exclusive, Some(&berlin)),
        ["2031-05-01 [1]", "2031-05-02 [0]"]
    );
    assert_eq!(found(Mode::RoundRobinRandom, None), ["2031-05-01 [0, 1]"]);
    assert!(found(Mode::Mutual, None).is_empty());
}

#[test]
fn row_15_blocked_slots_touch_a_moment_that_is_not_free() {
    let rooms = [
        Room::new("UTC", &json!([{"allow_hours": {"start": 0, "end": 3}}])),
        Room::new("UTC", &json!([])).busy(&[
            ("2031-05-01T01:30:00Z", "2031-05-01T01:31:00Z"),
            ("2031-05-01T04:00:00Z", "2031-05-01T05:00:00Z"),
        ]),
    ];
    let resources = rooms.each_ref().map(Room::resource);
    let mut query = days("2031-05-01", "2031-05-02");
    query.window = Window::of(query.now, at("2031-05-01T05:00:00Z"));
    let found = |query: &Query| {
        let slots = blocked(query, &resources, &Budget::DEFAULT).expect("within the budget");
        let slots = slots.iter().map(|(start, end, resources)| {
            format!(
                "{}–{} {resources:?}",
                &start.to_string()[11..16],
                &end.to_string()[11..16]
            )
        });
        slots.collect::<Vec<_>>()
    };

    assert_eq!(
        found(&query),
        ["01:00–02:00 [1]", "03:00–04:00 [0]", "04:00–05:00 [0, 1]"]
    );
    query.length = None;
    assert_eq!(
        found(&query),
        ["01:30–01:31 [1]", "03:00–05:00 [0]", "04:00–05:00 [1]"]
    );
}

#[test]
fn row_16_all_day_events_are_whole_local_days_and_may_be_ignored() {
    let berlin = tz("Europe/Berlin");
    let date = jiff::civil::date(2031, 3, 30);
    let day = whole_days(date, date, &berlin).expect("a day");
    assert_eq!(
        (day.start(), day.end()),
        (at("2031-03-29T23:00:00Z"), at("2031-03-30T22:00:00Z"))
    );
    assert!(is_whole_days(day, &berlin));

    let mut room = Room::new(
        "Europe/Berlin",
        &json!([{"allow_hours": {"start": 9, "end": 10}}]),
    );
    room.busy = BusyTimes::new(vec![Busy::all_day(day)]);
    let query = days("2031-03-30", "2031-04-01");
    assert_eq!(
        times(&query, std::slice::from_ref(&room), "Europe/Berlin"),
        ["31T09:00 0"]
    );
    let query = Query {
        all_day: AllDay::Ignored,
        ..query
    };
    assert_eq!(
        times(&query, &[room], "Europe/Berlin"),
        ["30T09:00 0", "31T09:00 0"]
    );
}

#[test]
fn row_17_use_hours_from_switches_levels_off() {
    let lists = [(8, 18), (9, 17), (10, 16), (11, 15)]
        .map(|(start, end)| rules(&json!([{"allow_hours": {"start": start, "end": end}}])));
    let [request, resource, project, location] = &lists;
    let levels = Levels {
        resource: Some(resource),
        project: Some(project),
        location: Some(location),
        request: Some(request),
    };
    for (from, expected) in [
        (HoursFrom::All, 6),
        (HoursFrom::Resource, 8),
        (HoursFrom::Project, 6),
        (HoursFrom::Location, 4),
    ] {
        let resource = Resource {
            zone: &TimeZone::UTC,
            levels: levels.from_hours(from),
            busy: &BusyTimes::default(),
            full: FullPeriods::NONE,
        };
        let found = count(
            &days("2031-05-01", "2031-05-02"),
            &[resource],
            &Budget::DEFAULT,
        );
        assert_eq!(found, Ok(expected), "{from:?}");
    }
    // The request's list counts in any case.
    let narrow = rules(&json!([{"allow_hours": {"start": 12, "end": 13}}]));
    for from in [
        HoursFrom::All,
        HoursFrom::Resource,
        HoursFrom::Project,
        HoursFrom::Location,
    ] {
        let resource = Resource {
            zone: &TimeZone::UTC,
            levels: Levels {
                request: Some(&narrow),
                ..levels
            }
            .from_hours(from),
            busy: &BusyTimes::default(),
            full: FullPeriods::NONE,
        };
        assert_eq!(
            count(
                &days("2031-05-01", "2031-05-02"),
                &[resource],
                &Budget::DEFAULT
            ),
            Ok(1)
        );
    }
}

#[test]
fn row_18_the_zone_of_the_answer_changes_no_rule() {
    let room = || {
        Room::new(
            "America/Los_Angeles",
            &json!([{"allow_hours": {"start": 9, "end": 17}}]),
        )
    };
    let query = days("2031-05-01", "2031-05-02");

    assert_eq!(
        times(&query, &[room()], "America/Los_Angeles")
            .first()
            .map(String::as_str),
        Some("01T09:00 0")
    );
    // The example of spec 50 §4.3: in New York the last hour ends at 20:00.
    assert_eq!(
        times(&query, &[room()], "America/New_York")
            .last()
            .map(String::as_str),
        Some("01T19:00 0")
    );
}

#[test]
fn row_19_decimal_hours_are_exact_and_business_hours_are_weekdays() {
    let query = Query {
        rounding: Rounding::None,
        ..days("2031-05-01", "2031-05-02")
    };
    let room = Room::new(
        "UTC",
        &json!([{"allow_hours": {"start": 9.25, "end": 10.25}}]),
    );
    assert_eq!(times(&query, &[room], "UTC"), ["01T09:15 0"]);

    // Friday to Monday.
    let room = Room::new("UTC", &json!([{"business_hours": {}}]));
    let found = times(&days("2031-05-02", "2031-05-06"), &[room], "UTC");
    assert_eq!((found.len(), found[8].as_str()), (16, "05T09:00 0"));

    let empty = json!([{"block_period": {"start": "2031-05-02", "end": "2031-05-02"}}]);
    assert!(Rules::read("constraints", &empty).is_err());
}

#[test]
fn row_20_fractions_of_now_are_rounded_up() {
    let query = Query {
        now: at("2031-05-01T22:00:00.001Z"),
        length: minutes(30),
        step: minutes(60),
        ..days("2031-05-01", "2031-05-02")
    };

    assert_eq!(
        times(&query, &[Room::new("UTC", &json!([]))], "UTC"),
        ["01T23:00 0"]
    );
}

#[test]
fn row_21_too_much_is_refused() {
    let room = Room::new("UTC", &json!([]));
    let many = vec![room.resource(); 1001];
    let query = days("2031-05-01", "2031-05-02");
    assert_eq!(
        slots(&query, &many, &Budget::DEFAULT),
        Err(Refusal::TooManyResources(1000))
    );
    assert!(slots(&query, &many[..1000], &Budget::DEFAULT).is_ok());

    for mode in [Mode::Exclusive, Mode::Mutual, Mode::RoundRobinRandom] {
        let query = |days: &str| Query {
            mode,
            step: NonZeroU32::new(1),
            ..self::days("2031-05-01", days)
        };
        assert!(slots(&query("2031-05-02"), &many[..2], &Budget::DEFAULT).is_ok());
        let refused = slots(&query("2031-05-03"), &many[..2], &Budget::DEFAULT);
        assert_eq!(refused, Err(Refusal::TooManySlots(100_000)), "{mode:?}");
    }

    let stopped = Budget {
        stop: &|| true,
        ..Budget::DEFAULT
    };
    assert_eq!(slots(&query, &many[..2], &stopped), Err(Refusal::Stopped));
}
