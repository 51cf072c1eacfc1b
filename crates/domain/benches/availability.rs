//! Four weeks of half-hour slots for 1, 100 and 1,000 resources with 20 bookings a week each, and what rules cost.

use std::{hint::black_box, num::NonZeroU32};

use criterion::{Criterion, criterion_group, criterion_main};
use domain::{
    Interval,
    availability::{
        AllDay, Budget, Busy, BusyTimes, FullPeriods, Levels, Mode, Query, Resource, Rounding,
        Rules, Window, slots,
    },
    time::zone,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use serde_json::json;

const START: Timestamp = Timestamp::constant(1_932_768_000, 0);

fn query(mode: Mode) -> Query {
    let end = START + SignedDuration::from_hours(28 * 24);
    Query {
        window: Window::of(START, end),
        length: NonZeroU32::new(1800),
        step: None,
        buffer: 0,
        rounding: Rounding::HOUR,
        mode,
        all_day: AllDay::Blocks,
        now: START,
        seed: 1,
    }
}

/// Half an hour each, at places that differ from resource to resource; 40 weeks of it, most outside of the window.
fn busy(resource: i64) -> BusyTimes {
    let times = (0..800_i64).map(|number| {
        let slot = (number * 7919 + resource * 104_729) % (40 * 7 * 16);
        let start = (slot / 16 - 18 * 7) * 24 * 60 + 9 * 60 + slot % 16 * 30;
        let start = START + SignedDuration::from_mins(start);
        let half = SignedDuration::from_mins(30);
        Busy::timed(Interval::new(start, start + half).expect("not empty"))
    });
    BusyTimes::new(times.collect())
}

fn rules() -> Rules {
    let sent = json!([{"allow_weekdays": {}}, {"allow_hours": {"start": 9, "end": 17}}]);
    Rules::read("constraints", &sent).expect("all is well")
}

fn resources<'a>(zone: &'a TimeZone, rules: &'a Rules, busy: &'a [BusyTimes]) -> Vec<Resource<'a>> {
    let each = busy.iter().map(|busy| Resource {
        zone,
        levels: Levels {
            resource: Some(rules),
            ..Levels::default()
        },
        busy,
        full: FullPeriods::NONE,
    });
    each.collect()
}

fn answers(criterion: &mut Criterion) {
    let berlin = zone("Europe/Berlin").expect("in the list");
    let rules = rules();
    let busy: Vec<BusyTimes> = (0..1000).map(busy).collect();
    let all = resources(&berlin, &rules, &busy);
    for count in [1, 10, 100, 1000] {
        for (name, mode) in [
            ("round_robin", Mode::RoundRobinRandom),
            ("mutual", Mode::Mutual),
            ("exclusive", Mode::Exclusive),
        ] {
            let query = query(mode);
            criterion.bench_function(&format!("slots/{name}/{count}"), |bencher| {
                bencher.iter(|| slots(black_box(&query), &all[..count], &Budget::DEFAULT));
            });
        }
    }
    // No tick fits starts that are not rounded: the walk.
    let walk = Query {
        rounding: Rounding::None,
        ..query(Mode::RoundRobinRandom)
    };
    for count in [1, 100] {
        criterion.bench_function(&format!("slots/walk/{count}"), |bencher| {
            bencher.iter(|| slots(black_box(&walk), &all[..count], &Budget::DEFAULT));
        });
    }
}

fn preparation(criterion: &mut Criterion) {
    let berlin = zone("Europe/Berlin").expect("in the list");
    let sent = json!([{"allow_weekdays": {}}, {"allow_hours": {"start": 9, "end": 17}}]);
    criterion.bench_function("rules/read", |bencher| {
        bencher.iter(|| Rules::read("constraints", black_box(&sent)));
    });
    // A resource without busy times costs its rules and its answer; a hundred different lists cost a hundred.
    let none = BusyTimes::default();
    let lists: Vec<Rules> = (0..100)
        .map(|minute| {
            let start = format!("09:{:02}", minute % 60);
            let sent = json!([{"allow_weekdays": {}}, {"allow_hours": {"start": start, "end": 16 + minute / 60}}]);
            Rules::read("constraints", &sent).expect("all is well")
        })
        .collect();
    let each = lists
        .iter()
        .map(|rules| resources(&berlin, rules, std::slice::from_ref(&none)));
    let each: Vec<Resource<'_>> = each.flatten().collect();
    let query = query(Mode::RoundRobinRandom);
    criterion.bench_function("rules/100_lists", |bencher| {
        bencher.iter(|| slots(black_box(&query), &each, &Budget::DEFAULT));
    });
}

criterion_group!(benches, answers, preparation);
criterion_main!(benches);
