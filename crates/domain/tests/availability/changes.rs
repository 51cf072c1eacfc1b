//! Every clock change of every zone, 2000–2050: the days around it have the slots that the rules give.

use domain::{
    availability::{Mode, Query},
    time::zone,
};
use jiff::{
    Timestamp,
    tz::{TimeZone, db},
};

use crate::{
    asked::{Held, ask, query},
    naive::{Kind, Naive, Person, Question, Rule, exclusive},
};

const DAY: i64 = 86_400;

/// Every zone by a name that lives as long as the test, each clock once.
fn zones() -> Vec<(&'static str, TimeZone)> {
    let mut zones: Vec<(&'static str, TimeZone)> = Vec::new();
    let mut seen: Vec<Vec<(Timestamp, i32)>> = Vec::new();
    let start: Timestamp = "2000-01-01T00:00:00Z".parse().expect("an instant");
    for name in db().available() {
        let Some(zone) = zone(name.as_str()) else {
            continue;
        };
        let changes = zone.following(start).take(120);
        let clock = changes
            .map(|change| (change.timestamp(), change.offset().seconds()))
            .collect();
        // Aliases say nothing new.
        if !seen.contains(&clock) {
            seen.push(clock);
            zones.push((Box::leak(name.as_str().to_owned().into_boxed_str()), zone));
        }
    }
    zones
}

#[test]
fn every_clock_change_until_2050_follows_the_rules() {
    let hour = |from: i64, to: i64| Rule {
        allow: true,
        kind: Kind::Hours(from * 1800, to * 1800),
        zone: None,
    };
    let closed = |from: i64, to: i64| Rule {
        allow: false,
        ..hour(from, to)
    };
    // Opening and closing times lie in every half hour in which clocks change somewhere.
    let lists = [
        vec![hour(46, 3), hour(5, 9), closed(7, 8)],
        vec![hour(4, 47), closed(44, 45), closed(6, 7)],
    ];
    let end: Timestamp = "2051-01-01T00:00:00Z".parse().expect("an instant");
    let start: Timestamp = "2000-01-01T00:00:00Z".parse().expect("an instant");
    let mut changes = 0;
    for (name, zone) in zones() {
        let people = lists.each_ref().map(|list| Person {
            zone: name,
            lists: [list.clone(), Vec::new(), Vec::new()],
            busy: Vec::new(),
            full: None,
        });
        let held = people.each_ref().map(Held::new);
        let resources = held.each_ref().map(Held::resource);
        for change in zone
            .following(start)
            .take_while(|change| change.timestamp() < end)
        {
            // Zone files also tell a moment of 2038 at which nothing changes, in the middle of a minute.
            let around = change.timestamp().as_second() / 60 * 60;
            for (length, grid) in [(1800, Some(3600)), (3600, None)] {
                let question = Question {
                    from: around - DAY / 2,
                    to: around + DAY,
                    length,
                    step: None,
                    buffer: 0,
                    grid,
                    ignore_all_day: false,
                    now: around - DAY,
                    unit: 60,
                };
                let naive = people
                    .each_ref()
                    .map(|person| Naive::new(person, &question));
                let query: Query = query(&question, Mode::Exclusive);
                assert_eq!(
                    ask(&query, &resources),
                    exclusive(&naive),
                    "{name} at {}",
                    change.timestamp()
                );
            }
            changes += 1;
        }
    }
    assert!(changes > 5_000, "only {changes} changes: no zone data?");
}
