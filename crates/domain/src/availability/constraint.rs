//! Constraints: rules that open or close time, as they are sent and stored (spec 50 §4).
//!
//! Only the meaning is kept here; what is stored and shown again is the JSON as it was sent.

use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::{
    Timestamp,
    civil::{Date, DateTime},
    tz::TimeZone,
};
use serde_json::{Map, Value};

use super::local::DAY;
use crate::{
    FieldError, text,
    time::{parse_instant, zone},
};

/// The most constraints of one list.
pub const MOST_CONSTRAINTS: usize = 1000;

const HOUR: f64 = 3600.0;
const WEEKDAYS: u8 = 0b001_1111;
const WEEKENDS: u8 = 0b110_0000;
const DAYS: [&str; 7] = [
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
];

/// One list of constraints: of a resource, a project, a location or a request.
///
/// ```
/// use domain::availability::Rules;
/// use serde_json::json;
///
/// let sent = json!([{"allow_weekdays": {}}, {"allow_hours": {"start": 9, "end": "17:30"}}]);
/// assert_eq!(Rules::read("constraints", &sent).map(|rules| rules.len()), Ok(2));
///
/// let sent = json!([{"allow_hours": {"start": 25, "end": "noon"}}]);
/// let errors = Rules::read("constraints", &sent).expect_err("two are wrong");
/// assert_eq!(errors[0].field, "constraints.0.allow_hours.start");
/// assert_eq!(errors[1].field, "constraints.0.allow_hours.end");
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rules {
    pub(super) list: Vec<Constraint>,
    /// Equal lists have equal prints, so that most unequal ones are told apart at once.
    pub(super) print: u64,
}

/// One rule. An object with two keys makes two of them.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(super) struct Constraint {
    /// The place in the list that was sent, from 0.
    pub index: usize,
    /// The key of the object that was sent.
    pub name: &'static str,
    pub effect: Effect,
    /// Overrides the resource's zone.
    pub zone: Option<Zone>,
    pub when: When,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Effect {
    Allow,
    Block,
}

/// The time that a rule speaks of, on the wall clock of its zone.
#[derive(Clone, Copy, Debug, PartialEq, Hash)]
pub(super) enum When {
    /// Whole days, a bit a weekday; the lowest is Monday.
    Days(u8),
    /// On every day.
    Hours(Hours),
    /// On some weekdays.
    DayHours(u8, Hours),
    /// Once.
    Period(Edge, Edge),
}

/// Seconds since midnight; an end that is not after the start is on the next day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct Hours {
    /// Below 24:00.
    pub start: i64,
    /// Above 0:00, up to 24:00.
    pub end: i64,
}

/// An end of a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Edge {
    /// The first midnight of a day.
    Date(Date),
    /// A wall time without offset.
    Wall(DateTime),
    At(Timestamp),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Zone(pub TimeZone);

impl Hash for Zone {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.iana_name().hash(state);
    }
}

impl Rules {
    /// Reads a list; all errors are reported, each by its path under `field` (spec 50 §4.1, 4.2).
    ///
    /// `null` and `{}` are empty lists. Unknown parameters are ignored; unknown names are errors.
    pub fn read(field: &str, value: &Value) -> Result<Self, Vec<FieldError>> {
        let list = match value {
            Value::Null => return Ok(Self::default()),
            Value::Object(map) if map.is_empty() => return Ok(Self::default()),
            Value::Array(list) => list,
            _ => {
                return Err(vec![FieldError::new(
                    field,
                    "must be a list of constraints",
                )]);
            }
        };
        if list.len() > MOST_CONSTRAINTS {
            let problem = format!("may not have more than {MOST_CONSTRAINTS} entries");
            return Err(vec![FieldError::new(field, problem)]);
        }
        let mut reader = Reader::default();
        for (index, entry) in list.iter().enumerate() {
            reader.entry(&format!("{field}.{index}"), index, entry);
        }
        // One object may hold every name: the rules are counted, not the objects.
        if reader.list.len() > MOST_CONSTRAINTS {
            let problem = format!("may not have more than {MOST_CONSTRAINTS} entries");
            return Err(vec![FieldError::new(field, problem)]);
        }
        if !reader.errors.is_empty() {
            return Err(reader.errors);
        }
        Ok(Self::of(reader.list))
    }

    pub(super) fn of(list: Vec<Constraint>) -> Self {
        let mut hasher = DefaultHasher::new();
        list.hash(&mut hasher);
        let print = hasher.finish();
        Self { list, print }
    }

    /// The number of rules.
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether there is no rule: all time is open then.
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
}

/// The parameters that a name asks for.
#[derive(Clone, Copy)]
enum Shape {
    DayHours,
    Hours,
    Day,
    Period,
    Days(u8),
    Business,
}

/// A name, what it does and what it asks for.
type Known = (&'static str, Effect, Shape);

/// The documented names, then the legacy ones (spec 50 §4.2).
const NAMES: [Known; 18] = [
    ("allow_day_and_time", Effect::Allow, Shape::DayHours),
    ("block_day_and_time", Effect::Block, Shape::DayHours),
    ("allow_hours", Effect::Allow, Shape::Hours),
    ("block_hours", Effect::Block, Shape::Hours),
    ("allow_day", Effect::Allow, Shape::Day),
    ("block_day", Effect::Block, Shape::Day),
    ("allow_period", Effect::Allow, Shape::Period),
    ("block_period", Effect::Block, Shape::Period),
    ("allow_weekdays", Effect::Allow, Shape::Days(WEEKDAYS)),
    ("block_weekdays", Effect::Block, Shape::Days(WEEKDAYS)),
    ("allow_weekends", Effect::Allow, Shape::Days(WEEKENDS)),
    ("block_weekends", Effect::Block, Shape::Days(WEEKENDS)),
    ("specific_day_and_time", Effect::Allow, Shape::DayHours),
    ("specific_day", Effect::Allow, Shape::Day),
    ("business_hours", Effect::Allow, Shape::Business),
    ("exclude_weekend", Effect::Block, Shape::Days(WEEKENDS)),
    ("exclude_weekends", Effect::Block, Shape::Days(WEEKENDS)),
    ("between_timestamps", Effect::Allow, Shape::Period),
];

#[derive(Default)]
struct Reader {
    list: Vec<Constraint>,
    errors: Vec<FieldError>,
}

impl Reader {
    fn entry(&mut self, path: &str, index: usize, entry: &Value) {
        let Value::Object(map) = entry else {
            return self.report(path, "must be an object like {\"allow_day\":{…}}");
        };
        if map.is_empty() {
            return self.report(path, "must name a constraint like allow_hours");
        }
        for (name, parameters) in map {
            let path = format!("{path}.{}", text::cap(name));
            match NAMES.iter().find(|known| known.0 == name) {
                Some(known) => self.rule(&path, index, *known, parameters),
                None => self.report(&path, "is not a known constraint"),
            }
        }
    }

    fn rule(&mut self, path: &str, index: usize, (name, effect, shape): Known, parameters: &Value) {
        let none = Map::new();
        let parameters = match parameters {
            Value::Object(map) => map,
            // Clients in the field send `[]` for `{}`.
            Value::Array(list) if list.is_empty() => &none,
            Value::Null => &none,
            _ => return self.report(path, "must be an object"),
        };
        let before = self.errors.len();
        let zone = self.zone(path, parameters);
        let when = match shape {
            Shape::Days(days) => vec![When::Days(days)],
            // Weekdays from 9 to 17 (spec 50 §8.19).
            Shape::Business => vec![
                When::Days(WEEKDAYS),
                When::Hours(Hours {
                    start: 9 * 3600,
                    end: 17 * 3600,
                }),
            ],
            Shape::Day => self
                .day(path, parameters)
                .into_iter()
                .map(When::Days)
                .collect(),
            Shape::Hours => self
                .hours(path, parameters)
                .into_iter()
                .map(When::Hours)
                .collect(),
            Shape::DayHours => {
                let day = self.day(path, parameters);
                let hours = self.hours(path, parameters);
                day.zip(hours)
                    .map(|(day, hours)| When::DayHours(day, hours))
                    .into_iter()
                    .collect()
            }
            Shape::Period => self.period(path, parameters).into_iter().collect(),
        };
        if self.errors.len() == before {
            self.list.extend(when.into_iter().map(|when| Constraint {
                index,
                name,
                effect,
                zone: zone.clone(),
                when,
            }));
        }
    }

    fn zone(&mut self, path: &str, parameters: &Map<String, Value>) -> Option<Zone> {
        let found = match parameters.get("timezone")? {
            Value::Null => return None,
            Value::String(name) => zone(name),
            _ => None,
        };
        if found.is_none() {
            self.report(
                &format!("{path}.timezone"),
                "must be an IANA time zone like Europe/Berlin",
            );
        }
        found.map(Zone)
    }

    fn day(&mut self, path: &str, parameters: &Map<String, Value>) -> Option<u8> {
        let name = parameters.get("day").and_then(Value::as_str);
        let number = name.and_then(|name| {
            DAYS.iter()
                .position(|day| day.eq_ignore_ascii_case(name.trim()))
        });
        if number.is_none() {
            self.report(&format!("{path}.day"), "must be a weekday like Monday");
        }
        number.map(|number| 1 << number)
    }

    fn hours(&mut self, path: &str, parameters: &Map<String, Value>) -> Option<Hours> {
        let start = self.time(&format!("{path}.start"), parameters.get("start"));
        let end = self.time(&format!("{path}.end"), parameters.get("end"));
        let (start, end) = start.zip(end)?;
        if start == end {
            self.report(&format!("{path}.end"), "must differ from the start");
            return None;
        }
        if start == DAY {
            self.report(&format!("{path}.start"), "must be before 24:00");
            return None;
        }
        // Midnight as an end is the end of the day.
        let end = if end == 0 { DAY } else { end };
        Some(Hours { start, end })
    }

    fn time(&mut self, path: &str, value: Option<&Value>) -> Option<i64> {
        let time = match value {
            Some(Value::Number(number)) => number.as_f64().and_then(decimal_hours),
            Some(Value::String(text)) => read_time(text.trim()),
            _ => None,
        };
        if time.is_none() {
            self.report(path, "must be a time of day like 9, 17.5 or 09:30");
        }
        time
    }

    fn period(&mut self, path: &str, parameters: &Map<String, Value>) -> Option<When> {
        let start = self.edge(&format!("{path}.start"), parameters.get("start"));
        let end = self.edge(&format!("{path}.end"), parameters.get("end"));
        let (start, end) = start.zip(end)?;
        // An instant and a wall time compare in the zone of each resource only; there the period may be empty.
        let is_empty = match (start.wall(), end.wall()) {
            (Some(start), Some(end)) => end <= start,
            (None, None) => {
                matches!((start, end), (Edge::At(start), Edge::At(end)) if end <= start)
            }
            _ => false,
        };
        if is_empty {
            self.report(&format!("{path}.end"), "must be after the start");
            return None;
        }
        Some(When::Period(start, end))
    }

    fn edge(&mut self, path: &str, value: Option<&Value>) -> Option<Edge> {
        let edge = value.and_then(Value::as_str).and_then(read_edge);
        if edge.is_none() {
            self.report(
                path,
                "must be a date like 2031-05-01 or a timestamp like 2031-05-01T09:00:00+02:00",
            );
        }
        edge
    }

    fn report(&mut self, path: &str, problem: &str) {
        self.errors.push(FieldError::new(path, problem));
    }
}

impl Edge {
    fn wall(self) -> Option<DateTime> {
        match self {
            Self::Date(date) => Some(date.at(0, 0, 0, 0)),
            Self::Wall(wall) => Some(wall),
            Self::At(_) => None,
        }
    }
}

/// A date, a wall time or an instant.
fn read_edge(text: &str) -> Option<Edge> {
    let text = text.trim();
    if let Some(date) = read_date(text) {
        return Some(Edge::Date(date));
    }
    if let Ok(instant) = parse_instant(text, None) {
        return Some(Edge::At(instant));
    }
    let utc = parse_instant(text, Some(&TimeZone::UTC)).ok()?;
    Some(Edge::Wall(TimeZone::UTC.to_datetime(utc)))
}

/// Reads `YYYY-MM-DD` alone.
pub(super) fn read_date(text: &str) -> Option<Date> {
    let has_shape = text.len() == 10
        && text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    has_shape.then(|| text.parse().ok()).flatten()
}

/// `9`, `9.5` or `09:30`, to the second, as seconds since midnight.
fn read_time(text: &str) -> Option<i64> {
    if text.len() > 16 || !text.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    if !text.contains(':') {
        let is_plain = text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte == b'.');
        return is_plain
            .then(|| text.parse().ok())
            .flatten()
            .and_then(decimal_hours);
    }
    let mut parts = text.split(':').map(|part| {
        let is_plain =
            matches!(part.len(), 1 | 2) && part.bytes().all(|byte| byte.is_ascii_digit());
        is_plain.then(|| part.parse::<i64>().ok()).flatten()
    });
    let (hour, minute) = (parts.next()??, parts.next()??);
    let second = match parts.next() {
        Some(second) => second?,
        None => 0,
    };
    if parts.next().is_some() || minute > 59 || second > 59 {
        return None;
    }
    let time = hour * 3600 + minute * 60 + second;
    (time <= DAY).then_some(time)
}

/// Decimal hours are exact to the second (spec 50 §8.19).
#[expect(clippy::cast_possible_truncation, reason = "at most 86,400")]
fn decimal_hours(hours: f64) -> Option<i64> {
    (0.0..=24.0)
        .contains(&hours)
        .then(|| (hours * HOUR).round() as i64)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(sent: &Value) -> Vec<String> {
        match Rules::read("constraints", sent) {
            Ok(_) => Vec::new(),
            Err(errors) => errors.into_iter().map(|error| error.field).collect(),
        }
    }

    fn rules(sent: &Value) -> Vec<(Effect, When)> {
        let rules = Rules::read("constraints", sent).expect("all is well");
        rules
            .list
            .iter()
            .map(|rule| (rule.effect, rule.when))
            .collect()
    }

    #[test]
    fn all_names_are_known() {
        let hours = json!({"start": 9, "end": 17});
        let day_hours = json!({"day": "Monday", "start": 9, "end": 17});
        let day = json!({"day": "Monday"});
        let period = json!({"start": "2031-05-01", "end": "2031-05-02"});
        let documented = [
            ("day_and_time", day_hours.clone()),
            ("hours", hours),
            ("day", day.clone()),
            ("period", period.clone()),
            ("weekdays", json!({})),
            ("weekends", json!([])),
        ];
        for (name, parameters) in documented {
            let shapes = ["allow", "block"].map(|verb| {
                let sent = json!([{ (format!("{verb}_{name}")): parameters.clone() }]);
                rules(&sent)
            });
            assert_eq!(shapes[0].len(), 1, "{name}");
            assert_eq!(shapes[0][0].0, Effect::Allow, "{name}");
            assert_eq!(shapes[1][0].0, Effect::Block, "{name}");
            assert_eq!(shapes[0][0].1, shapes[1][0].1, "{name}");
        }

        let same = |legacy: Value, today: Value| assert_eq!(rules(&legacy), rules(&today));
        same(
            json!([{"specific_day_and_time": day_hours}]),
            json!([{"allow_day_and_time": day_hours}]),
        );
        same(json!([{"specific_day": day}]), json!([{"allow_day": day}]));
        same(
            json!([{"business_hours": {"timezone": "UTC"}}]),
            json!([{"allow_weekdays": {}}, {"allow_hours": {"start": 9, "end": 17}}]),
        );
        for name in ["exclude_weekend", "exclude_weekends"] {
            same(json!([{ (name): {} }]), json!([{"block_weekends": {}}]));
        }
        same(
            json!([{"between_timestamps": period}]),
            json!([{"allow_period": period}]),
        );
    }

    #[test]
    fn times_of_day_are_read_in_every_spelling() {
        for (value, seconds) in [
            (json!(9), Some(32_400)),
            (json!(9.5), Some(34_200)),
            (json!(9.333_333), Some(33_600)),
            (json!(24), Some(DAY)),
            (json!("09:48"), Some(35_280)),
            (json!("9:48"), Some(35_280)),
            (json!("09:48:30"), Some(35_310)),
            (json!("17"), Some(61_200)),
            (json!("17.5"), Some(63_000)),
            (json!("24:00"), Some(DAY)),
            (json!("24:01"), None),
            (json!(24.1), None),
            (json!(-1), None),
            (json!(1e300), None),
            (json!("12:60"), None),
            (json!("12:"), None),
            (json!(":30"), None),
            (json!("1:2:3:4"), None),
            (json!("+9"), None),
            (json!("9e0"), None),
            (json!("nan"), None),
            (json!("inf"), None),
            (json!("9am"), None),
            (json!("٩"), None),
            (json!(""), None),
            (json!(null), None),
            (json!([9]), None),
            (json!("9".repeat(10_000_000)), None),
        ] {
            let end = if seconds == Some(DAY) {
                json!(12)
            } else {
                json!(24)
            };
            let sent = json!([{"block_hours": {"start": end, "end": value}}]);
            let found = Rules::read(
                "constraints",
                &json!([{"block_hours": {"start": 0.5, "end": value}}]),
            );
            let end = found.ok().map(|rules| match rules.list[0].when {
                When::Hours(hours) => hours.end,
                _ => unreachable!("hours were sent"),
            });
            assert_eq!(end, seconds, "{sent}");
        }
    }

    #[test]
    fn windows_may_pass_midnight_but_not_be_empty() {
        let hours = |start: Value, end: Value| {
            fields(&json!([{"allow_hours": {"start": start, "end": end}}]))
        };
        assert!(hours(json!(22), json!(6)).is_empty());
        assert!(hours(json!(9), json!(0)).is_empty());
        assert!(hours(json!(0), json!(24)).is_empty());
        assert_eq!(
            hours(json!(9), json!("09:00")),
            ["constraints.0.allow_hours.end"]
        );
        assert_eq!(
            hours(json!(24), json!(8)),
            ["constraints.0.allow_hours.start"]
        );
    }

    #[test]
    fn all_errors_are_reported_by_their_path() {
        let sent = json!([
            {"allow_hours": {"start": "noon", "end": 25}},
            "monday",
            {},
            {"allow_hours": {"start": "noon", "end": 17}, "allow_day": {"day": "Caturday"}},
            {"allow_event": {"what": "x"}},
            {"allow_day_and_time": {}},
            {"allow_day": "Monday"},
            {"allow_period": {"start": "2031-02-30", "end": 7}},
            {"block_period": {"start": "2031-05-02", "end": "2031-05-02"}},
            {"block_period": {"start": "2031-05-02T10:00:00Z", "end": "2031-05-02T12:00:00+02:00"}},
            {"block_weekends": {"timezone": "Mars/Base"}},
            {"block_weekends": {"timezone": 7}},
        ]);

        let mut found = fields(&sent);
        found.sort();

        assert_eq!(
            found,
            [
                "constraints.0.allow_hours.end",
                "constraints.0.allow_hours.start",
                "constraints.1",
                "constraints.10.block_weekends.timezone",
                "constraints.11.block_weekends.timezone",
                "constraints.2",
                "constraints.3.allow_day.day",
                "constraints.3.allow_hours.start",
                "constraints.4.allow_event",
                "constraints.5.allow_day_and_time.day",
                "constraints.5.allow_day_and_time.end",
                "constraints.5.allow_day_and_time.start",
                "constraints.6.allow_day",
                "constraints.7.allow_period.end",
                "constraints.7.allow_period.start",
                "constraints.8.block_period.end",
                "constraints.9.block_period.end",
            ]
        );
    }

    #[test]
    fn what_is_no_list_is_refused_and_lists_are_bounded() {
        assert!(fields(&json!(null)).is_empty());
        assert!(fields(&json!({})).is_empty());
        assert!(fields(&json!([])).is_empty());
        for wrong in [json!({"allow_day": {}}), json!("x"), json!(7), json!(true)] {
            assert_eq!(fields(&wrong), ["constraints"], "{wrong}");
        }
        let many = |count| json!(vec![json!({"block_weekends": {}}); count]);
        assert!(fields(&many(MOST_CONSTRAINTS)).is_empty());
        assert_eq!(fields(&many(MOST_CONSTRAINTS + 1)), ["constraints"]);
        let twice = json!({"block_weekends": {}, "block_weekdays": {}});
        assert_eq!(fields(&json!(vec![twice; 501])), ["constraints"]);
    }

    #[test]
    fn extra_parameters_and_odd_cases_are_accepted() {
        let sent = json!([
            {"allow_day": {"day": "mOnDaY", "note": {"deep": [1]}, "timezone": null}},
            {"allow_weekends": null},
        ]);

        assert_eq!(
            rules(&sent),
            [
                (Effect::Allow, When::Days(1)),
                (Effect::Allow, When::Days(WEEKENDS))
            ]
        );
    }

    #[test]
    fn equal_lists_have_equal_prints() {
        let read = |sent: Value| Rules::read("constraints", &sent).expect("all is well");
        let one =
            read(json!([{"allow_hours": {"start": 9, "end": 17, "timezone": "europe/berlin"}}]));
        let same = read(
            json!([{"allow_hours": {"start": "9:00", "end": "17", "timezone": "Europe/Berlin"}}]),
        );
        let other =
            read(json!([{"allow_hours": {"start": 9, "end": 18, "timezone": "Europe/Berlin"}}]));

        assert_eq!((&one, one.print), (&same, same.print));
        assert!(one != other && one.print != other.print);
    }
}
