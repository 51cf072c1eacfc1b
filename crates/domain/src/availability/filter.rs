//! The filters of the old `findtime`: some must hold all, of others one (spec 50 §7).

use jiff::tz::TimeZone;

use super::{
    constraint::{Constraint, Edge, Effect, Rules, When},
    local::timestamp,
    moment::Window,
    open::{Clocks, open_by},
    span::{Span, intersect, normalize, union},
};

/// Each filter is a list of rules of its own.
#[derive(Clone, Debug, Default)]
pub struct Filters {
    /// All of them must hold.
    pub all: Vec<Rules>,
    /// At least one of them must hold, if there is any.
    pub any: Vec<Rules>,
}

impl Filters {
    /// What passes in a window, as rules for a resource of this zone.
    ///
    /// ```
    /// use domain::{availability::{Filters, Rules, Window}, time::zone};
    /// use serde_json::json;
    ///
    /// let rules = |value| Rules::read("filters", &value).expect("all is well");
    /// let filters = Filters {
    ///     all: vec![rules(json!([{"business_hours": {}}])), rules(json!([{"specific_day": {"day": "Monday"}}]))],
    ///     any: vec![],
    /// };
    /// let at = |text: &str| text.parse().expect("an instant");
    /// let window = Window::of(at("2031-04-01T00:00:00Z"), at("2031-04-15T00:00:00Z"));
    /// let utc = zone("UTC").expect("in the list");
    /// assert_eq!(filters.rules(window, &utc).len(), 2, "two Mondays from nine to five");
    /// ```
    pub fn rules(&self, window: Window, zone: &TimeZone) -> Rules {
        if self.all.is_empty() && self.any.is_empty() {
            return Rules::default();
        }
        let whole = normalize(vec![window.span()]);
        let mut clocks = Clocks::new(window.span());
        let mut open = whole.clone();
        for rules in &self.all {
            open = intersect(&open, &open_by(rules, zone, &mut clocks));
        }
        if !self.any.is_empty() {
            let mut any = Vec::new();
            for rules in &self.any {
                any = union(any, &open_by(rules, zone, &mut clocks));
            }
            open = intersect(&open, &any);
        }
        if open.is_empty() {
            return Rules::of(
                whole
                    .iter()
                    .map(|span| period(Effect::Block, span))
                    .collect(),
            );
        }
        Rules::of(
            open.iter()
                .map(|span| period(Effect::Allow, span))
                .collect(),
        )
    }
}

fn period(effect: Effect, span: &Span) -> Constraint {
    Constraint {
        index: 0,
        name: match effect {
            Effect::Allow => "allow_period",
            Effect::Block => "block_period",
        },
        effect,
        zone: None,
        when: When::Period(
            Edge::At(timestamp(span.start)),
            Edge::At(timestamp(span.end)),
        ),
    }
}
