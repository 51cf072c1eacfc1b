//! The engine and the naive reading of the spec agree on random projects.

use domain::availability::{Budget, Mode, blocked, bookable, count, dates};
use jiff::{civil::Date, tz::TimeZone};
use proptest::prelude::*;

use crate::{
    asked::{Held, ask, at, list, query},
    naive::{Kind, Naive, Person, Question, Rule, exclusive, first_of, mutual},
};

/// Zones with odd offsets, odd changes and skipped days, each with a moment at which something happens there.
const SCENES: [(&str, &str); 14] = [
    ("Europe/Berlin", "2031-03-30T00:00:00Z"),
    ("Europe/Berlin", "2031-10-26T00:00:00Z"),
    ("Australia/Lord_Howe", "2025-10-04T15:30:00Z"),
    ("Australia/Lord_Howe", "2025-04-05T15:00:00Z"),
    ("Asia/Kathmandu", "2031-05-05T00:00:00Z"),
    ("America/Santiago", "2031-09-07T04:00:00Z"),
    ("Pacific/Apia", "2011-12-30T10:00:00Z"),
    ("Pacific/Kwajalein", "1993-08-21T12:00:00Z"),
    ("Africa/Cairo", "2024-04-25T22:00:00Z"),
    ("Africa/Cairo", "2024-10-31T21:00:00Z"),
    ("America/Sao_Paulo", "2018-11-04T03:00:00Z"),
    ("Asia/Beirut", "2024-03-30T22:00:00Z"),
    ("America/St_Johns", "2010-11-07T02:31:00Z"),
    ("America/Havana", "2024-11-03T05:00:00Z"),
];

fn a_time() -> impl Strategy<Value = i64> {
    prop_oneof![
        6 => (0..24_i64).prop_map(|hour| hour * 3600),
        3 => (0..96_i64).prop_map(|quarter| quarter * 900),
        1 => 0..86_400_i64,
    ]
}

fn a_window() -> impl Strategy<Value = (i64, i64)> {
    let end = prop_oneof![9 => a_time(), 1 => Just(86_400)];
    // Hours that are equal are refused, and 0–0 as well.
    (a_time(), end).prop_filter("not empty", |(start, end)| {
        start % 86_400 != end % 86_400 || *end == 86_400 && *start > 0
    })
}

fn a_rule(around: i64) -> impl Strategy<Value = Rule> {
    let date = move |days: i64| TimeZone::UTC.to_datetime(at(around + days * 86_400)).date();
    let kind = prop_oneof![
        2 => (0..7_usize).prop_map(Kind::Day),
        1 => Just(Kind::Weekdays),
        1 => Just(Kind::Weekends),
        4 => a_window().prop_map(|(start, end)| Kind::Hours(start, end)),
        4 => (0..7_usize, a_window()).prop_map(|(day, (start, end))| Kind::DayHours(day, start, end)),
        1 => (-2..2_i64, 1..3_i64).prop_map(move |(from, days)| Kind::Dates(date(from), date(from + days))),
        1 => (-90_000..90_000_i64, 1..90_000_i64)
            .prop_map(move |(from, length)| Kind::Instants(around + from, around + from + length)),
        1 => (-90..90_i64, 1..90_i64).prop_map(move |(from, length)| {
            let wall = |quarters: i64| TimeZone::UTC.to_datetime(at((around / 900 + quarters) * 900));
            Kind::Walls(wall(from), wall(from + length))
        }),
    ];
    let zone = prop_oneof![9 => Just(None), 1 => prop::sample::select(&SCENES).prop_map(|scene| Some(scene.0))];
    (any::<bool>(), kind, zone).prop_map(|(allow, kind, zone)| Rule { allow, kind, zone })
}

fn a_list(around: i64) -> impl Strategy<Value = Vec<Rule>> {
    prop_oneof![1 => Just(Vec::new()), 2 => prop::collection::vec(a_rule(around), 1..4)]
}

fn a_person(around: i64) -> impl Strategy<Value = Person> {
    let busy = prop_oneof![
        3 => (-300..300_i64, 1..12_i64).prop_map(|(start, length)| (start * 900, length * 900)),
        1 => (-200_000..200_000_i64, 1..20_000_i64),
    ];
    let busy = (busy, prop::bool::weighted(0.2)).prop_map(move |((start, length), all_day)| {
        (around + start, around + start + length, all_day)
    });
    let full = prop::option::weighted(0.2, -1..2_i64);
    (
        prop::sample::select(&SCENES),
        [a_list(around), a_list(around), a_list(around)],
        prop::collection::vec(busy, 0..8),
        full,
    )
        .prop_map(move |(scene, lists, busy, full)| Person {
            zone: scene.0,
            lists,
            busy,
            full: full.map(|days| -> Date {
                TimeZone::UTC.to_datetime(at(around + days * 86_400)).date()
            }),
        })
}

fn a_question(around: i64) -> impl Strategy<Value = Question> {
    let length = prop_oneof![
        6 => prop::sample::select(vec![900, 1800, 2700, 3600, 5400, 7200]),
        2 => prop::sample::select(vec![61, 420, 601, 86_400]),
        1 => 60..20_000_i64,
    ];
    let step = prop_oneof![
        3 => Just(None),
        4 => prop::sample::select(vec![300, 900, 1800, 3600, 7200]).prop_map(Some),
        1 => (60..9000_i64).prop_map(Some),
    ];
    let buffer = prop::sample::select(vec![0, 0, 0, 300, 900, 1800, 3600, 17]);
    let grid = prop_oneof![
        4 => Just(Some(3600)),
        3 => Just(None),
        3 => prop::sample::select(vec![1, 300, 900, 1800, 420, 18_000, 86_400]).prop_map(Some),
    ];
    let from = prop_oneof![
        2 => (-48..0_i64).prop_map(|hours| hours * 3600),
        1 => -172_800..0_i64,
    ];
    let now = prop_oneof![3 => Just(0), 1 => -9000..9000_i64, 1 => Just(-900_000)];
    (
        length,
        step,
        buffer,
        grid,
        from,
        1..300_000_i64,
        any::<bool>(),
        now,
    )
        .prop_map(
            move |(length, step, buffer, grid, from, days, ignore_all_day, now)| Question {
                from: around + from,
                to: around + from + days,
                length,
                step,
                buffer,
                grid,
                ignore_all_day,
                now: around + from + now,
                unit: 1,
            },
        )
}

pub fn a_case() -> impl Strategy<Value = (Vec<Person>, Question)> {
    prop::sample::select(&SCENES).prop_flat_map(|(_, around)| {
        let around = around
            .parse::<jiff::Timestamp>()
            .expect("an instant")
            .as_second();
        (
            prop::collection::vec(a_person(around), 1..4),
            a_question(around),
        )
    })
}

/// All orders of so many resources.
fn orders(count: u32) -> Vec<Vec<u32>> {
    let Some(last) = count.checked_sub(1) else {
        return vec![Vec::new()];
    };
    let mut all = Vec::new();
    for shorter in orders(last) {
        for place in 0..=shorter.len() {
            let mut order = shorter.clone();
            order.insert(place, last);
            all.push(order);
        }
    }
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_engine_agrees_with_the_naive_reading((people, question) in a_case()) {
        let naive: Vec<Naive> = people.iter().map(|person| Naive::new(person, &question)).collect();
        let held: Vec<Held> = people.iter().map(Held::new).collect();
        let resources: Vec<_> = held.iter().map(Held::resource).collect();
        let straight: Vec<u32> = (0..u32::try_from(people.len()).expect("small")).collect();
        let asked = |mode| ask(&query(&question, mode), &resources);

        prop_assert_eq!(asked(Mode::Mutual), mutual(&naive));
        prop_assert_eq!(asked(Mode::Exclusive), exclusive(&naive));
        prop_assert_eq!(asked(Mode::RoundRobinPrioritized), first_of(&naive, &straight));
        let random = asked(Mode::RoundRobinRandom);
        prop_assert!(orders(u32::try_from(people.len()).expect("small")).iter().any(|order| random == first_of(&naive, order)));

        for mode in [Mode::Mutual, Mode::Exclusive] {
            let query = query(&question, mode);
            let slots = asked(mode);
            prop_assert_eq!(count(&query, &resources, &Budget::DEFAULT), Ok(slots.len()));

            // What is offered can be had, by everybody who is named.
            for (start, _, named) in &slots {
                for place in named {
                    prop_assert!(bookable(&query, &resources[*place as usize], at(*start)));
                }
            }
        }
    }

    #[test]
    fn dates_are_those_of_the_slots((people, question) in a_case()) {
        let naive: Vec<Naive> = people.iter().map(|person| Naive::new(person, &question)).collect();
        let held: Vec<Held> = people.iter().map(Held::new).collect();
        let resources: Vec<_> = held.iter().map(Held::resource).collect();

        let found = dates(&query(&question, Mode::Exclusive), &resources, None, &Budget::DEFAULT);

        let mut expected: Vec<(Date, u32)> = Vec::new();
        for (place, one) in naive.iter().enumerate() {
            let starts = one.starts(&one.intervals());
            expected.extend(starts.into_iter().map(|start| (one.date(start), u32::try_from(place).expect("small"))));
        }
        expected.sort_unstable();
        expected.dedup();
        let found = found.expect("within the budget");
        let found: Vec<(Date, u32)> =
            found.iter().flat_map(|day| day.resources.iter().map(|place| (day.date, *place))).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn intervals_and_blocked_times_make_up_the_window((people, question) in a_case()) {
        let question = Question { now: question.from, ..question };
        let person = Person { full: None, ..people[0].clone() };
        let naive = Naive::new(&person, &question);
        let held = Held::new(&person);
        let resource = held.resource();
        let query = domain::availability::Query { length: None, step: None, ..query(&question, Mode::Exclusive) };

        let free = ask(&query, &[resource]);
        let taken = blocked(&query, &[resource], &Budget::DEFAULT).expect("within the budget");

        let intervals: Vec<(i64, i64)> = free.iter().map(|(start, end, _)| (*start, *end)).collect();
        prop_assert_eq!(&intervals, &naive.intervals());
        let mut all: Vec<_> = free.into_iter().chain(list(&taken)).collect();
        all.sort_unstable();
        let mut next = question.from;
        for (start, end, _) in all {
            prop_assert_eq!(start, next);
            next = end;
        }
        prop_assert_eq!(next, question.to);
    }

    #[test]
    fn bookable_is_free_for_the_whole_slot((people, question) in a_case(), probes in prop::collection::vec(0..300_000_i64, 20)) {
        let naive = Naive::new(&people[0], &question);
        let held = Held::new(&people[0]);
        let query = query(&question, Mode::Exclusive);
        for probe in probes {
            let start = question.from + probe;
            let expected = naive.may_start(start) && naive.is_free(start, start + question.length);
            prop_assert_eq!(bookable(&query, &held.resource(), at(start)), expected);
        }
    }
}
