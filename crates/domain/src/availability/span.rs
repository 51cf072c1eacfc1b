//! Sets of time as sorted lists of spans, and their algebra.
//!
//! A set is sorted, its spans are not empty and do not touch: two equal sets are equal lists.

/// Whole seconds since 1970 UTC from `start` up to, but without, `end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The first second within.
    pub start: i64,
    /// The first second after.
    pub end: i64,
}

impl Span {
    /// Whether no second is within.
    pub fn is_empty(&self) -> bool {
        self.start >= self.end
    }

    /// Whether all of `other` is within.
    pub fn contains(&self, other: &Self) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Whether the two share a second; touching is not overlapping.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.start < other.end && other.start < self.end
    }

    /// What the two share; empty if nothing.
    #[must_use]
    pub fn clip(&self, to: &Self) -> Self {
        Self {
            start: self.start.max(to.start),
            end: self.end.min(to.end),
        }
    }
}

/// Makes a set of any spans: sorts them, drops the empty ones, joins what overlaps or touches.
pub(super) fn normalize(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|span| !span.is_empty());
    spans.sort_unstable();
    spans.dedup_by(|next, last| {
        let joins = next.start <= last.end;
        if joins {
            last.end = last.end.max(next.end);
        }
        joins
    });
    spans
}

/// What is in either set.
pub(super) fn union(mut one: Vec<Span>, other: &[Span]) -> Vec<Span> {
    one.extend_from_slice(other);
    normalize(one)
}

/// What is in both sets.
pub(super) fn intersect(one: &[Span], other: &[Span]) -> Vec<Span> {
    let mut shared = Vec::with_capacity(one.len().max(other.len()));
    let (mut left, mut right) = (one.iter().peekable(), other.iter().peekable());
    while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
        let both = a.clip(b);
        if !both.is_empty() {
            shared.push(both);
        }
        if a.end < b.end {
            left.next();
        } else {
            right.next();
        }
    }
    shared
}

/// Appends to `rest` what is in `set` but in no span of `taken`, which is sorted by start and may overlap itself.
pub(super) fn subtract(set: &[Span], taken: impl Iterator<Item = Span>, rest: &mut Vec<Span>) {
    let mut taken = taken.peekable();
    // The end of all that was taken so far: everything before it has been dealt with.
    let mut covered = i64::MIN;
    for span in set {
        let mut start = span.start.max(covered);
        while let Some(cut) = taken.next_if(|cut| cut.start < span.end) {
            if start < cut.start {
                rest.push(Span {
                    start,
                    end: cut.start,
                });
            }
            covered = covered.max(cut.end);
            start = start.max(covered);
        }
        if start < span.end {
            rest.push(Span {
                start,
                end: span.end,
            });
        }
    }
}

/// Whether one span of the set holds all of `span`.
pub(super) fn covers(set: &[Span], span: &Span) -> bool {
    let at = set.partition_point(|candidate| candidate.end <= span.start);
    set.get(at)
        .is_some_and(|candidate| candidate.contains(span))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spans(list: &[(i64, i64)]) -> Vec<Span> {
        list.iter()
            .map(|&(start, end)| Span { start, end })
            .collect()
    }

    #[test]
    fn touching_spans_are_joined_and_empty_ones_dropped() {
        let set = normalize(spans(&[(5, 7), (1, 3), (3, 4), (6, 9), (10, 10), (2, 2)]));

        assert_eq!(set, spans(&[(1, 4), (5, 9)]));
    }

    #[test]
    fn the_algebra_is_that_of_sets_of_seconds() {
        // Every pair of sets over eight seconds, one bit a second.
        let set = |bits: u32| {
            let seconds = (0..8).filter(|second| bits >> second & 1 == 1);
            normalize(
                seconds
                    .map(|start| Span {
                        start,
                        end: start + 1,
                    })
                    .collect(),
            )
        };
        for one in 0..256_u32 {
            for other in 0..256_u32 {
                let (a, b) = (set(one), set(other));
                assert_eq!(intersect(&a, &b), set(one & other));
                assert_eq!(union(a.clone(), &b), set(one | other));
                let mut rest = Vec::new();
                subtract(&a, b.iter().copied(), &mut rest);
                assert_eq!(rest, set(one & !other));
            }
        }
    }

    #[test]
    fn what_is_taken_may_overlap_itself() {
        let mut rest = Vec::new();
        let taken = spans(&[(0, 6), (1, 2), (8, 9), (8, 20), (11, 12)]);

        subtract(
            &spans(&[(1, 3), (5, 10), (15, 25)]),
            taken.into_iter(),
            &mut rest,
        );

        assert_eq!(rest, spans(&[(6, 8), (20, 25)]));
    }

    #[test]
    fn a_span_is_covered_by_one_span_alone() {
        let set = spans(&[(0, 10), (20, 30)]);

        assert!(covers(&set, &Span { start: 0, end: 10 }));
        assert!(covers(&set, &Span { start: 25, end: 30 }));
        assert!(!covers(&set, &Span { start: 9, end: 11 }));
        assert!(!covers(&set, &Span { start: 30, end: 31 }));
        assert!(!covers(&[], &Span { start: 0, end: 1 }));
    }
}
