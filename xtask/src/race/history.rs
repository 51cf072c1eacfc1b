//! Judges what clients were told against what the server holds in the end.
//!
//! A call whose answer was lost may have had its effect or not: it accuses nobody, and it excuses a refusal only if its
//! booking is there. Times are microseconds on one clock; a booking's time begins at the earliest when the call that
//! took it was sent, and surely when it was answered.

use std::collections::HashMap;
use std::fmt;

/// A resource's time, in minutes of the day that the run books.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span {
    pub resource: usize,
    pub start: u32,
    pub end: u32,
}

impl Span {
    /// Half-open: touching spans do not overlap.
    pub fn overlaps(self, other: Self) -> bool {
        self.resource == other.resource && self.start < other.end && other.start < self.end
    }
}

impl fmt::Display for Span {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (start, end) = (self.start, self.end);
        write!(
            out,
            "resource {} {:02}:{:02}–{:02}:{:02}",
            self.resource,
            start / 60,
            start % 60,
            end / 60,
            end % 60
        )
    }
}

/// How a booking is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Graph {
    /// Takes its time at once.
    Instant,
    /// Takes its time when it is confirmed.
    ConfirmDecline,
}

/// What a client learned about a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Done, and acknowledged.
    Done,
    /// Refused, because the time is taken.
    Taken,
    /// The connection was lost, or the server could not tell.
    Unknown,
    /// Anything else: no call of a run deserves it.
    Other(String),
}

#[derive(Clone, Debug)]
pub struct Call {
    pub sent: u64,
    pub answered: u64,
    pub answer: Answer,
}

/// One booking's life as its client saw it.
#[derive(Clone, Debug)]
pub struct Story {
    /// Its number, by which the booking is found again.
    pub operation: usize,
    pub span: Span,
    pub graph: Graph,
    /// As the acknowledgement told it.
    pub id: Option<String>,
    pub create: Call,
    pub confirm: Option<Call>,
    pub cancel: Option<Call>,
}

/// A booking that the server shows in the end.
#[derive(Clone, Debug)]
pub struct Found {
    pub id: String,
    pub operation: Option<usize>,
    pub span: Span,
    pub state: String,
}

/// The answers to all copies of a request under one key, bodies included.
#[derive(Clone, Debug)]
pub struct Copies {
    pub operation: usize,
    pub answers: Vec<(u16, String)>,
}

/// Everything that one run brought to light.
#[derive(Default)]
pub struct History {
    pub stories: Vec<Story>,
    pub copies: Vec<Copies>,
    pub found: Vec<Found>,
    /// From here on nothing of the calls with unknown outcome was under way any more.
    pub settled: u64,
}

/// A broken guarantee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Guarantee {
    NoOverlap,
    NothingLost,
    NoFalseRefusal,
    OneEffectPerKey,
    ExpectedAnswers,
}

impl Guarantee {
    pub const ALL: [Self; 5] = [
        Self::NoOverlap,
        Self::NothingLost,
        Self::NoFalseRefusal,
        Self::OneEffectPerKey,
        Self::ExpectedAnswers,
    ];

    pub fn words(self) -> &'static str {
        match self {
            Self::NoOverlap => "no two confirmed bookings overlap",
            Self::NothingLost => "what was acknowledged is there, what was refused is not",
            Self::NoFalseRefusal => "each refusal had a booking in its way",
            Self::OneEffectPerKey => "one effect and one answer per key",
            Self::ExpectedAnswers => "no unexpected answer",
        }
    }
}

#[derive(Clone, Debug)]
pub struct Fault {
    pub guarantee: Guarantee,
    pub text: String,
}

/// When a booking held its time: maybe from the first to the second, surely from the third to the fourth.
#[derive(Clone, Copy)]
struct Hold<'a> {
    story: &'a Story,
    maybe: (u64, u64),
    surely: Option<(u64, u64)>,
}

const FOREVER: u64 = u64::MAX;

impl History {
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut found: HashMap<usize, Vec<&Found>> = HashMap::new();
        for booking in &self.found {
            if let Some(operation) = booking.operation {
                found.entry(operation).or_default().push(booking);
            }
        }
        let of = |operation| found.get(&operation).map_or(&[][..], Vec::as_slice);
        self.check_stories(&of, &mut faults);
        self.check_copies(&of, &mut faults);

        let mut holds: HashMap<usize, Vec<Hold<'_>>> = HashMap::new();
        for story in &self.stories {
            if let Some(hold) = self.hold(story, of(story.operation).first().copied()) {
                holds.entry(story.span.resource).or_default().push(hold);
            }
        }
        self.check_overlaps(&holds, &mut faults);
        self.check_refusals(&holds, &mut faults);
        faults
    }

    /// Each booking is where its client was told, in one of the states that the client's calls allow.
    fn check_stories<'a>(
        &'a self,
        of: &impl Fn(usize) -> &'a [&'a Found],
        faults: &mut Vec<Fault>,
    ) {
        let mut known: HashMap<usize, &Story> = HashMap::new();
        for story in &self.stories {
            known.insert(story.operation, story);
            for call in story.calls() {
                if let Answer::Other(text) = &call.answer {
                    faults.push(fault(
                        Guarantee::ExpectedAnswers,
                        format!("{}: {text}", story.name()),
                    ));
                }
            }
            let states = story.possible_states();
            match of(story.operation) {
                [] if states.contains(&"absent") => {}
                [] => faults.push(fault(
                    Guarantee::NothingLost,
                    format!("{} was acknowledged and is gone", story.name()),
                )),
                [booking, rest @ ..] => {
                    let state = booking.state.as_str();
                    if !states.contains(&state) {
                        faults.push(fault(
                            Guarantee::NothingLost,
                            format!(
                                "{} is {state}, but its client's calls leave only {}",
                                story.name(),
                                states.join(" or ")
                            ),
                        ));
                    }
                    if booking.span != story.span
                        || story.id.as_ref().is_some_and(|id| *id != booking.id)
                    {
                        faults.push(fault(
                            Guarantee::NothingLost,
                            format!(
                                "{} was acknowledged as {:?} and is booking {} of {}",
                                story.name(),
                                story.id,
                                booking.id,
                                booking.span
                            ),
                        ));
                    }
                    if !rest.is_empty() {
                        faults.push(fault(
                            Guarantee::OneEffectPerKey,
                            format!("{} has {} bookings", story.name(), rest.len() + 1),
                        ));
                    }
                }
            }
        }
        for booking in &self.found {
            if booking
                .operation
                .is_none_or(|operation| !known.contains_key(&operation))
            {
                faults.push(fault(
                    Guarantee::NothingLost,
                    format!(
                        "booking {} of {} was asked for by nobody",
                        booking.id, booking.span
                    ),
                ));
            }
        }
    }

    fn check_copies<'a>(&'a self, of: &impl Fn(usize) -> &'a [&'a Found], faults: &mut Vec<Fault>) {
        for copies in &self.copies {
            let Some((first, rest)) = copies.answers.split_first() else {
                continue;
            };
            if let Some(other) = rest.iter().find(|other| *other != first) {
                faults.push(fault(
                    Guarantee::OneEffectPerKey,
                    format!(
                        "operation {}: its key was answered by {first:?} and by {other:?}",
                        copies.operation
                    ),
                ));
            }
            let made = of(copies.operation).len();
            if made != usize::from(first.0 < 300) {
                faults.push(fault(
                    Guarantee::OneEffectPerKey,
                    format!(
                        "operation {}: its key was answered by {}, and {made} bookings are there",
                        copies.operation, first.0
                    ),
                ));
            }
        }
    }

    /// When a story's booking held its time, as far as the calls and the end tell.
    fn hold<'a>(&self, story: &'a Story, found: Option<&Found>) -> Option<Hold<'a>> {
        let taking = match story.graph {
            Graph::Instant => &story.create,
            Graph::ConfirmDecline => story.confirm.as_ref()?,
        };
        let state = found.map(|booking| booking.state.as_str());
        let surely_from = match taking.answer {
            Answer::Done => taking.answered,
            Answer::Unknown if matches!(state, Some("confirmed" | "cancelled")) => self.settled,
            _ => return None,
        };
        let (maybe_until, surely_until) = match &story.cancel {
            None => (FOREVER, FOREVER),
            Some(cancel) => match cancel.answer {
                Answer::Done => (cancel.answered, cancel.sent),
                Answer::Unknown if state == Some("cancelled") => {
                    (self.settled.max(cancel.answered), cancel.sent)
                }
                _ => (FOREVER, FOREVER),
            },
        };
        Some(Hold {
            story,
            maybe: (taking.sent, maybe_until),
            surely: (surely_from < surely_until).then_some((surely_from, surely_until)),
        })
    }

    /// No two bookings that surely held their times at one moment overlap, nor do any two that stand in the end.
    fn check_overlaps(&self, holds: &HashMap<usize, Vec<Hold<'_>>>, faults: &mut Vec<Fault>) {
        for holds in holds.values() {
            let sure: Vec<_> = holds
                .iter()
                .filter_map(|hold| Some((hold.story, hold.surely?)))
                .collect();
            for (place, (one, held)) in sure.iter().enumerate() {
                for (other, other_held) in &sure[place + 1..] {
                    if one.span.overlaps(other.span) && meet(*held, *other_held) {
                        faults.push(fault(
                            Guarantee::NoOverlap,
                            format!("{} and {} held it at once", one.name(), other.name()),
                        ));
                    }
                }
            }
        }
        let mut standing: Vec<&Found> = self
            .found
            .iter()
            .filter(|it| it.state == "confirmed")
            .collect();
        standing.sort_by_key(|booking| booking.span);
        // In the order of starts, an overlap of any two is one of the latest end so far and the next start.
        let mut last: Option<&Found> = None;
        for booking in standing {
            if let Some(before) = last.filter(|before| before.span.overlaps(booking.span)) {
                faults.push(fault(
                    Guarantee::NoOverlap,
                    format!(
                        "bookings {} ({}) and {} ({}) stand in the end",
                        before.id, before.span, booking.id, booking.span
                    ),
                ));
            }
            if last.is_none_or(|before| {
                before.span.resource != booking.span.resource || before.span.end < booking.span.end
            }) {
                last = Some(booking);
            }
        }
    }

    /// Each refusal overlapped a booking that may have held its time while the refused call was handled.
    fn check_refusals(&self, holds: &HashMap<usize, Vec<Hold<'_>>>, faults: &mut Vec<Fault>) {
        for story in &self.stories {
            let holds = holds
                .get(&story.span.resource)
                .map_or(&[][..], Vec::as_slice);
            for call in story.calls().filter(|call| call.answer == Answer::Taken) {
                let excused = holds.iter().any(|hold| {
                    hold.story.operation != story.operation
                        && hold.story.span.overlaps(story.span)
                        && meet(hold.maybe, (call.sent, call.answered))
                });
                if !excused {
                    faults.push(fault(
                        Guarantee::NoFalseRefusal,
                        format!(
                            "{} was refused between {} and {} µs, and nothing was in its way",
                            story.name(),
                            call.sent,
                            call.answered
                        ),
                    ));
                }
            }
        }
    }
}

impl Story {
    pub fn calls(&self) -> impl Iterator<Item = &Call> {
        [
            Some(&self.create),
            self.confirm.as_ref(),
            self.cancel.as_ref(),
        ]
        .into_iter()
        .flatten()
    }

    fn name(&self) -> String {
        format!("operation {} ({})", self.operation, self.span)
    }

    /// The states that the answers leave open.
    fn possible_states(&self) -> Vec<&'static str> {
        let entry = match self.graph {
            Graph::Instant => "confirmed",
            Graph::ConfirmDecline => "tentative",
        };
        let mut states = after(&["absent"], &self.create, entry);
        if let Some(confirm) = &self.confirm {
            states = after(&states, confirm, "confirmed");
        }
        if let Some(cancel) = &self.cancel {
            states = after(&states, cancel, "cancelled");
        }
        states
    }
}

/// Where a call leads from these states.
fn after(states: &[&'static str], call: &Call, target: &'static str) -> Vec<&'static str> {
    match call.answer {
        Answer::Done => vec![target],
        Answer::Unknown => [states, &[target]].concat(),
        Answer::Taken | Answer::Other(_) => states.to_vec(),
    }
}

fn meet(one: (u64, u64), other: (u64, u64)) -> bool {
    one.0 <= other.1 && other.0 <= one.1
}

fn fault(guarantee: Guarantee, text: String) -> Fault {
    Fault { guarantee, text }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MORNING: Span = span(540, 600);
    const CROSSING: Span = span(570, 630);

    const fn span(start: u32, end: u32) -> Span {
        Span {
            resource: 0,
            start,
            end,
        }
    }

    fn call(sent: u64, answered: u64, answer: Answer) -> Call {
        Call {
            sent,
            answered,
            answer,
        }
    }

    fn story(operation: usize, span: Span, create: Call) -> Story {
        let id = (create.answer == Answer::Done).then(|| operation.to_string());
        Story {
            operation,
            span,
            graph: Graph::Instant,
            id,
            create,
            confirm: None,
            cancel: None,
        }
    }

    fn found(operation: usize, span: Span, state: &str) -> Found {
        Found {
            id: operation.to_string(),
            operation: Some(operation),
            span,
            state: state.to_owned(),
        }
    }

    fn guarantees(stories: Vec<Story>, found: Vec<Found>) -> Vec<Guarantee> {
        let history = History {
            stories,
            found,
            settled: 1_000,
            ..History::default()
        };
        history
            .faults()
            .into_iter()
            .map(|fault| fault.guarantee)
            .collect()
    }

    #[test]
    fn a_sound_history_has_no_fault() {
        let mut requested = story(3, MORNING, call(30, 40, Answer::Done));
        requested.graph = Graph::ConfirmDecline;
        requested.confirm = Some(call(50, 60, Answer::Taken));

        let faults = guarantees(
            vec![
                story(1, MORNING, call(0, 10, Answer::Done)),
                story(2, CROSSING, call(5, 9, Answer::Taken)),
                requested,
                story(4, span(600, 660), call(0, 10, Answer::Done)),
            ],
            vec![
                found(1, MORNING, "confirmed"),
                found(3, MORNING, "tentative"),
                found(4, span(600, 660), "confirmed"),
            ],
        );

        assert_eq!(faults, []);
    }

    #[test]
    fn an_overlap_is_found_even_if_one_of_the_two_was_canceled_later() {
        let first = story(1, MORNING, call(0, 10, Answer::Done));
        let mut second = story(2, CROSSING, call(20, 30, Answer::Done));

        let standing = guarantees(
            vec![first.clone(), second.clone()],
            vec![
                found(1, MORNING, "confirmed"),
                found(2, CROSSING, "confirmed"),
            ],
        );
        second.cancel = Some(call(40, 50, Answer::Done));
        let passing = guarantees(
            vec![first, second],
            vec![
                found(1, MORNING, "confirmed"),
                found(2, CROSSING, "cancelled"),
            ],
        );

        assert_eq!(standing, [Guarantee::NoOverlap; 2]);
        assert_eq!(passing, [Guarantee::NoOverlap]);
    }

    #[test]
    fn an_overlap_behind_a_shorter_booking_is_found() {
        let long = span(540, 700);

        let faults = guarantees(
            vec![
                story(1, long, call(0, 10, Answer::Unknown)),
                story(2, span(550, 560), call(0, 10, Answer::Unknown)),
                story(3, span(600, 630), call(0, 10, Answer::Unknown)),
            ],
            vec![
                found(1, long, "confirmed"),
                found(2, span(550, 560), "confirmed"),
                found(3, span(600, 630), "confirmed"),
            ],
        );

        // Two in the end, and the same two while they surely held their times.
        assert_eq!(faults, [Guarantee::NoOverlap; 4]);
    }

    #[test]
    fn an_acknowledged_booking_that_is_gone_or_in_another_state_is_lost() {
        let mut canceled = story(2, MORNING, call(20, 30, Answer::Done));
        canceled.cancel = Some(call(40, 50, Answer::Done));

        assert_eq!(
            guarantees(
                vec![story(1, MORNING, call(0, 10, Answer::Done))],
                Vec::new()
            ),
            [Guarantee::NothingLost]
        );
        assert_eq!(
            guarantees(vec![canceled], vec![found(2, MORNING, "confirmed")]),
            [Guarantee::NothingLost]
        );
    }

    #[test]
    fn a_booking_that_was_refused_or_never_asked_for_is_a_fault() {
        let refused = story(2, MORNING, call(20, 30, Answer::Taken));
        let holder = story(1, CROSSING, call(0, 10, Answer::Done));

        let faults = guarantees(
            vec![holder, refused],
            vec![
                found(1, CROSSING, "confirmed"),
                found(2, MORNING, "tentative"),
                found(7, span(0, 1), "tentative"),
            ],
        );

        assert_eq!(faults, [Guarantee::NothingLost; 2]);
    }

    #[test]
    fn a_lost_answer_accuses_nobody() {
        let lost = story(1, MORNING, call(0, 10, Answer::Unknown));

        assert_eq!(guarantees(vec![lost.clone()], Vec::new()), []);
        assert_eq!(
            guarantees(vec![lost], vec![found(1, MORNING, "confirmed")]),
            []
        );
    }

    #[test]
    fn a_refusal_needs_a_booking_that_held_the_time_meanwhile() {
        let refused = story(2, CROSSING, call(20, 30, Answer::Taken));
        let none = [
            // It came to nothing.
            (story(1, MORNING, call(15, 25, Answer::Unknown)), Vec::new()),
            // It came later.
            (
                story(1, MORNING, call(40, 50, Answer::Done)),
                vec![found(1, MORNING, "confirmed")],
            ),
            // It only touches.
            (
                story(1, span(540, 570), call(0, 10, Answer::Done)),
                vec![found(1, span(540, 570), "confirmed")],
            ),
        ];

        for (other, found) in none {
            assert_eq!(
                guarantees(vec![other, refused.clone()], found),
                [Guarantee::NoFalseRefusal]
            );
        }
        assert_eq!(
            guarantees(
                vec![
                    story(1, MORNING, call(15, 25, Answer::Unknown)),
                    refused.clone()
                ],
                vec![found(1, MORNING, "confirmed")]
            ),
            []
        );
    }

    #[test]
    fn a_canceled_booking_excuses_no_later_refusal() {
        let mut canceled = story(1, MORNING, call(0, 10, Answer::Done));
        canceled.cancel = Some(call(12, 15, Answer::Done));
        let refused = |sent, answered| story(2, CROSSING, call(sent, answered, Answer::Taken));
        let end = || vec![found(1, MORNING, "cancelled")];

        assert_eq!(
            guarantees(vec![canceled.clone(), refused(14, 30)], end()),
            []
        );
        assert_eq!(
            guarantees(vec![canceled.clone(), refused(20, 30)], end()),
            [Guarantee::NoFalseRefusal]
        );
        // A leaked claim: the cancel's answer was lost, but it has happened, and the time is still refused in the end.
        canceled.cancel = Some(call(12, 15, Answer::Unknown));
        assert_eq!(
            guarantees(vec![canceled.clone(), refused(20, 30)], end()),
            []
        );
        assert_eq!(
            guarantees(vec![canceled, refused(2_000, 2_010)], end()),
            [Guarantee::NoFalseRefusal]
        );
    }

    #[test]
    fn copies_under_one_key_have_one_booking_and_one_answer() {
        let answers = |bodies: &[&str]| {
            bodies
                .iter()
                .map(|body| (201, (*body).to_owned()))
                .collect()
        };
        let history = |bodies: &[&str], found| History {
            stories: vec![story(1, MORNING, call(0, 10, Answer::Done))],
            copies: vec![Copies {
                operation: 1,
                answers: answers(bodies),
            }],
            found,
            settled: 1_000,
        };
        let count = |history: History| {
            let faults = history.faults();
            let of_keys = faults
                .iter()
                .filter(|fault| fault.guarantee == Guarantee::OneEffectPerKey);
            of_keys.count()
        };
        let one = || found(1, MORNING, "confirmed");

        assert_eq!(count(history(&["a", "a"], vec![one()])), 0);
        assert_eq!(count(history(&["a", "b"], vec![one()])), 1);
        assert_eq!(count(history(&["a", "a"], Vec::new())), 1);
        assert_eq!(count(history(&["a", "a"], vec![one(), one()])), 2);
    }

    #[test]
    fn an_unexpected_answer_is_a_fault() {
        let odd = story(
            1,
            MORNING,
            call(0, 10, Answer::Other("500 internal error".to_owned())),
        );

        assert_eq!(
            guarantees(vec![odd], Vec::new()),
            [Guarantee::ExpectedAnswers]
        );
    }
}
