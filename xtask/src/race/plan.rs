//! What the clients ask for, derived from the seed alone: the same seed asks for the same times in the same order.

use super::history::{Graph, Span};

/// Requests for one contested time.
const PER_TIME: usize = 40;
/// Times of one group of resources, all on one day.
const PER_GROUP: usize = 50;
/// Resources of a group: few, so that the spans of its times overlap.
const RESOURCES: usize = 4;
/// Minutes between the starts of a resource's times, and the lengths that make neighbors overlap or touch.
const STEP: u32 = 30;
const LENGTHS: [u32; 4] = [30, 30, 45, 75];

/// Everything that one run asks for.
#[derive(Clone, Copy)]
pub struct Plan {
    pub seed: u64,
    pub operations: usize,
}

/// One booking to make, and what to do with it afterwards.
#[derive(Clone, Copy, Debug)]
pub struct Wish {
    pub span: Span,
    pub graph: Graph,
    /// Sent under an `Idempotency-Key`, and repeated until the truth is known.
    pub keyed: bool,
    /// Canceled once it is confirmed, so that its time is free again.
    pub cancel: bool,
}

impl Plan {
    /// Contested times of the run.
    pub fn times(self) -> usize {
        self.operations.div_ceil(PER_TIME).max(1)
    }

    pub fn resources(self) -> usize {
        self.times().div_ceil(PER_GROUP) * RESOURCES
    }

    /// The span of a contested time.
    pub fn span(self, time: usize) -> Span {
        let mut random = Random::new(self.seed, time, 1);
        let (group, place) = (time / PER_GROUP, time % PER_GROUP);
        let turn = u32::try_from(place / RESOURCES).unwrap_or_default();
        let start = 8 * 60 + turn * STEP;
        Span {
            resource: group * RESOURCES + place % RESOURCES,
            start,
            end: start + *random.one_of(&LENGTHS),
        }
    }

    /// What the operation of this number asks for. Neighbors in time race for the same span or for one that overlaps it.
    pub fn wish(self, operation: usize) -> Wish {
        let mut random = Random::new(self.seed, operation, 2);
        let due = operation / PER_TIME;
        // A few look at the time before or after on the same resource.
        let time = match random.below(5) {
            0 => due + RESOURCES,
            1 => due.saturating_sub(RESOURCES),
            _ => due,
        };
        Wish {
            span: self.span(time.min(self.times() - 1)),
            graph: if random.below(10) < 3 {
                Graph::ConfirmDecline
            } else {
                Graph::Instant
            },
            keyed: random.below(4) == 0,
            cancel: random.below(3) == 0,
        }
    }

    /// What the copies under one key ask for: now a time that nobody else wants, now a contested one.
    pub fn burst(self, number: usize) -> Wish {
        let mut random = Random::new(self.seed, number, 3);
        let span = if number.is_multiple_of(2) {
            let minute = u32::try_from(number / 2 % 400).unwrap_or_default();
            let resource = number / 2 / 400 % self.resources();
            Span {
                resource,
                start: minute,
                end: minute + 1,
            }
        } else {
            self.span(random.below(self.times()))
        };
        Wish {
            span,
            graph: Graph::Instant,
            keyed: true,
            cancel: false,
        }
    }
}

/// A stream of numbers (splitmix64) that depends on the seed, a number and a purpose.
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64, number: usize, purpose: u64) -> Self {
        let mut random = Self(seed ^ purpose.rotate_right(8));
        random.0 = random.next() ^ number as u64;
        random
    }

    pub fn below(&mut self, bound: usize) -> usize {
        let next = self.next() >> 16;
        usize::try_from(next).unwrap_or_default() % bound.max(1)
    }

    fn one_of<'a, T>(&mut self, choices: &'a [T]) -> &'a T {
        &choices[self.below(choices.len())]
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_asks_for_the_same_and_another_seed_for_other_things() {
        let wishes = |seed| -> Vec<String> {
            let plan = Plan {
                seed,
                operations: 2_000,
            };
            (0..2_000)
                .map(|number| format!("{:?}", plan.wish(number)))
                .collect()
        };

        assert_eq!(wishes(7), wishes(7));
        assert_ne!(wishes(7), wishes(8));
    }

    #[test]
    fn times_stay_within_their_day_and_some_of_them_overlap() {
        let plan = Plan {
            seed: 3,
            operations: 2_000,
        };
        let spans: Vec<Span> = (0..plan.times()).map(|time| plan.span(time)).collect();

        assert_eq!((spans.len(), plan.resources()), (50, 4));
        assert!(
            spans
                .iter()
                .all(|span| span.start < span.end && span.end < 24 * 60)
        );
        let crossing = spans.iter().enumerate().filter(|(place, span)| {
            spans[place + 1..]
                .iter()
                .any(|other| span.overlaps(*other) && *other != **span)
        });
        assert!(crossing.count() > 5);
    }
}
