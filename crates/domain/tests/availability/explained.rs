//! Reasons are a smallest set: with all of them gone the slot is offered, with any one left it is not.

use domain::availability::{
    Budget, BusyTimes, Explanation, FullPeriods, Level, Mode, Query, Reason, Resource, Rules,
    Window, bookable, explain,
};
use proptest::prelude::*;

use crate::{
    asked::{Held, ask, at, query, rules},
    naive::{Naive, Person, Question},
    random::a_case,
};

/// The person and the question without the reasons; the grid goes by asking whether the time can be had at all.
fn is_offered_without(
    reasons: &[Reason],
    person: &Person,
    question: &Question,
    start: i64,
) -> bool {
    let mut held = Held::new(person);
    let mut gone: Vec<(Level, usize)> = Vec::new();
    let mut busy = held.busy.list().to_vec();
    let mut question = question.clone();
    let (mut is_gridless, mut has_limit) = (false, true);
    let mut places: Vec<usize> = Vec::new();
    for reason in reasons {
        match reason {
            Reason::Past => {
                // A window that begins now moves along with it.
                if question.from <= question.now {
                    question.from = question.from.min(start);
                }
                question.now = question.now.min(start);
            }
            Reason::TooSoon => question.from = question.from.min(start),
            Reason::TooFar => question.to = question.to.max(start + question.length),
            Reason::Closed(names) => gone.extend(names.iter().map(|name| (name.level, name.index))),
            Reason::Blocked(name) => gone.push((name.level, name.index)),
            Reason::Busy(place) | Reason::Buffer(place) => places.push(*place),
            Reason::Limit => has_limit = false,
            Reason::Grid => is_gridless = true,
        }
    }
    places.sort_unstable();
    for place in places.into_iter().rev() {
        busy.remove(place);
    }
    held.busy = BusyTimes::new(busy);
    if !has_limit {
        held.full = FullPeriods::default();
    }
    for (list, level) in [Level::Resource, Level::Project, Level::Request]
        .into_iter()
        .enumerate()
    {
        let kept = person.lists[list].iter().enumerate();
        let kept = kept.filter(|(index, _)| !gone.contains(&(level, *index)));
        held.lists[list] = rules(&kept.map(|(_, rule)| rule.clone()).collect::<Vec<_>>());
    }
    let query = query(&question, Mode::Exclusive);
    if is_gridless {
        bookable(&query, &held.resource(), at(start))
    } else {
        ask(&query, &[held.resource()])
            .iter()
            .any(|slot| slot.0 == start)
    }
}

fn explained(query: &Query, resources: &[Resource<'_>], start: i64) -> Explanation {
    explain(query, resources, at(start), &Budget::DEFAULT).expect("within the budget")
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn reasons_are_enough_and_none_is_too_many((people, question) in a_case(), probes in prop::collection::vec(-20..400_i64, 8)) {
        let person = &people[0];
        let held = Held::new(person);
        let query = query(&question, Mode::Exclusive);
        let offered = ask(&query, &[held.resource()]);
        for probe in probes {
            let start = (question.from + probe * 900) / 900 * 900;
            let found = explained(&query, &[held.resource()], start);

            let reasons = &found.resources[0];
            prop_assert_eq!(found.offered, offered.iter().any(|slot| slot.0 == start));
            prop_assert_eq!(found.offered, reasons.is_empty());
            prop_assert!(is_offered_without(reasons, person, &question, start), "{:?}", reasons);
            for left in 0..reasons.len() {
                let mut others = reasons.clone();
                others.remove(left);
                prop_assert!(!is_offered_without(&others, person, &question, start), "{:?} of {:?}", reasons[left], reasons);
            }
            let before = offered.iter().rev().map(|slot| slot.0).find(|other| *other < start);
            let after = offered.iter().map(|slot| slot.0).find(|other| *other > start);
            prop_assert_eq!((found.before, found.after), (before.map(at), after.map(at)));
        }
    }

    #[test]
    fn an_answer_for_many_is_explained_by_the_same_engine((people, question) in a_case(), probe in 0..300_i64) {
        let held: Vec<Held> = people.iter().map(Held::new).collect();
        let resources: Vec<Resource<'_>> = held.iter().map(Held::resource).collect();
        let start = (question.from + probe * 900) / 900 * 900;
        for mode in [Mode::Mutual, Mode::Exclusive, Mode::RoundRobinRandom] {
            let query = query(&question, mode);
            let offered = ask(&query, &resources).into_iter().find(|slot| slot.0 == start);

            let found = explained(&query, &resources, start);

            prop_assert_eq!(found.offered, offered.is_some());
            let free = found.resources.iter().filter(|reasons| reasons.is_empty()).count();
            match mode {
                Mode::Mutual => prop_assert_eq!(found.offered, free == people.len()),
                Mode::Exclusive => prop_assert_eq!(free, offered.map_or(0, |slot| slot.2.len())),
                _ => prop_assert_eq!(found.offered, free > 0),
            }
        }
        // Without a length the moment itself is explained.
        let intervals = Query { length: None, step: None, ..query(&question, Mode::Exclusive) };
        let found = explained(&intervals, &resources[..1], start);
        let naive = Naive::new(&people[0], &question);
        prop_assert_eq!(found.offered, naive.may_start(start) && naive.is_free(start, start + 1));
    }
}

#[test]
fn each_reason_names_what_it_is_about() {
    use domain::{
        Interval,
        availability::{AllDay, Busy, Levels, Rounding, RuleName},
    };
    use jiff::tz::TimeZone;
    use serde_json::json;

    let at = |text: &str| -> jiff::Timestamp { text.parse().expect("an instant") };
    let read = |sent: &serde_json::Value| Rules::read("constraints", sent).expect("all is well");
    let own = read(
        &json!([{"block_hours": {"start": 12, "end": 13}}, {"allow_hours": {"start": 8, "end": 18}}]),
    );
    let project = read(&json!([{"business_hours": {}}]));
    let timed = |start, end| Busy::timed(Interval::new(at(start), at(end)).expect("not empty"));
    let busy = BusyTimes::new(vec![
        timed("2031-05-01T14:00:00Z", "2031-05-01T15:00:00Z"),
        timed("2031-05-01T07:00:00Z", "2031-05-01T08:00:00Z"),
    ]);
    let resource = Resource {
        zone: &TimeZone::UTC,
        levels: Levels {
            resource: Some(&own),
            project: Some(&project),
            ..Levels::default()
        },
        busy: &busy,
        full: FullPeriods::NONE,
    };
    let hour = std::num::NonZeroU32::new(3600);
    let query = Query {
        window: Window::of(at("2031-05-01T06:00:00Z"), at("2031-05-02T00:00:00Z")),
        length: hour,
        step: None,
        buffer: 1800,
        rounding: Rounding::HOUR,
        mode: Mode::Exclusive,
        all_day: AllDay::Blocks,
        now: at("2031-05-01T05:00:00Z"),
        seed: 0,
    };
    let business = Reason::Closed(vec![RuleName {
        level: Level::Project,
        index: 0,
        name: "business_hours",
    }]);
    let own_hours = Reason::Closed(vec![RuleName {
        level: Level::Resource,
        index: 1,
        name: "allow_hours",
    }]);
    let lunch = Reason::Blocked(RuleName {
        level: Level::Resource,
        index: 0,
        name: "block_hours",
    });
    for (start, expected) in [
        ("2031-05-01T10:00:00Z", vec![]),
        ("2031-05-01T10:15:00Z", vec![Reason::Grid]),
        ("2031-05-01T12:00:00Z", vec![lunch]),
        ("2031-05-01T13:00:00Z", vec![Reason::Buffer(1)]),
        ("2031-05-01T14:00:00Z", vec![Reason::Busy(1)]),
        ("2031-05-01T17:00:00Z", vec![business.clone()]),
        (
            "2031-05-01T07:30:00Z",
            vec![own_hours.clone(), business.clone(), Reason::Busy(0)],
        ),
        (
            "2031-05-01T05:00:00Z",
            vec![Reason::TooSoon, own_hours.clone(), business.clone()],
        ),
        (
            "2031-05-01T04:00:00Z",
            vec![
                Reason::Past,
                Reason::TooSoon,
                own_hours.clone(),
                business.clone(),
            ],
        ),
        ("2031-05-02T09:00:00Z", vec![Reason::TooFar]),
    ] {
        let found =
            explain(&query, &[resource], at(start), &Budget::DEFAULT).expect("within the budget");
        let mut reasons = found.resources[0].clone();
        // A half hour is on the grid of no free interval either.
        if start.ends_with("07:30:00Z") {
            assert_eq!(reasons.pop(), Some(Reason::Grid));
        }
        assert_eq!(reasons, expected, "{start}");
        assert_eq!(found.offered, expected.is_empty(), "{start}");
    }
    let found = explain(
        &query,
        &[resource],
        at("2031-05-01T12:00:00Z"),
        &Budget::DEFAULT,
    );
    let found = found.expect("within the budget");
    assert_eq!(found.before, Some(at("2031-05-01T11:00:00Z")));
    assert_eq!(found.after, Some(at("2031-05-01T16:00:00Z")));
}
