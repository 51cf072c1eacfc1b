//! Answers about free time, written as text: thousands of slots share a few zones and resources.

use std::fmt::Write;

use domain::{
    availability::Slots,
    time::{self, PhpFormat},
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::api::rendering::Rendering;

/// A time in which resources are free, or are not.
#[derive(Serialize, ToSchema)]
pub struct SlotOut {
    /// Its first moment.
    #[schema(example = "2031-04-02T09:00:00+02:00")]
    start: String,
    /// The first moment after it.
    #[schema(example = "2031-04-02T10:00:00+02:00")]
    end: String,
    /// Whose time it is; the first one is to be booked.
    resources: Vec<ShownResource>,
}

/// A resource as slots name it.
#[derive(Deserialize, Serialize, ToSchema)]
pub struct ShownResource {
    /// Its id.
    #[schema(format = Uuid)]
    id: String,
    /// Its name.
    name: String,
    /// Its time zone.
    #[schema(example = "Europe/Copenhagen")]
    timezone: String,
}

/// A day with at least one slot.
#[derive(Serialize, ToSchema)]
pub struct DateOut {
    /// The date, in the output zone.
    #[schema(example = "2031-06-10")]
    pub date: String,
    /// The resources with a slot on it.
    pub resources: Vec<String>,
}

/// How many slots there are.
#[derive(Serialize, ToSchema)]
pub struct CountOut {
    /// The number of distinct slot times.
    pub total: usize,
}

/// `{"data": […]}` of slots; `shown` are the objects of the resources, in the order of the question.
pub fn slots(slots: &Slots, shown: &[&str], zone: &TimeZone, rendering: &Rendering) -> String {
    let objects: usize = slots
        .iter()
        .flat_map(|(_, _, resources)| resources)
        .map(|place| shown[*place as usize].len() + 1)
        .sum();
    let mut out = String::with_capacity(slots.len() * 96 + objects + 16);
    let mut clock = Clock::new(zone);
    out.push_str("{\"data\":[");
    for (start, end, resources) in slots.iter() {
        if !out.ends_with('[') {
            out.push(',');
        }
        out.push_str("{\"start\":");
        clock.push(&mut out, start, rendering.output());
        out.push_str(",\"end\":");
        clock.push(&mut out, end, rendering.output());
        out.push_str(",\"resources\":[");
        for (number, place) in resources.iter().enumerate() {
            if number > 0 {
                out.push(',');
            }
            out.push_str(shown[*place as usize]);
        }
        out.push_str("]}");
    }
    out.push_str("]}");
    out
}

/// Writes instants of one zone, which is at an offset of whole minutes then. Those of one stretch of a local day share the date and the offset, which are kept.
pub struct Clock<'a> {
    zone: &'a TimeZone,
    /// The stretch, in seconds since 1970, where offset and date hold.
    from: i64,
    until: i64,
    midnight: i64,
    date: String,
    offset: String,
}

impl<'a> Clock<'a> {
    /// A clock of a zone.
    pub fn new(zone: &'a TimeZone) -> Self {
        Self {
            zone,
            from: 0,
            until: 0,
            midnight: 0,
            date: String::with_capacity(12),
            offset: String::with_capacity(8),
        }
    }

    /// Appends an instant as a JSON string in a format, else in the usual one.
    pub fn push(&mut self, out: &mut String, at: Timestamp, format: Option<&PhpFormat>) {
        if let Some(format) = format {
            let mut text = String::new();
            format.write(&mut text, at, self.zone);
            let quoted = serde_json::to_string(&text);
            out.push_str(&quoted.expect("invariant: any text is JSON"));
            return;
        }
        let second = at.as_second();
        if second < self.from || second >= self.until {
            self.look_up(at);
        }
        let since = second - self.midnight;
        out.push_str(&self.date);
        for (unit, mark) in [
            (since / 3600, ":"),
            (since / 60 % 60, ":"),
            (since % 60, ""),
        ] {
            let digits = [unit / 10, unit % 10].map(|digit| b'0' + small(digit));
            out.push_str(str::from_utf8(&digits).expect("invariant: two digits"));
            out.push_str(mark);
        }
        out.push_str(&self.offset);
    }

    /// Finds the date and offset of an instant, and how long both hold.
    fn look_up(&mut self, at: Timestamp) {
        let offset = self.zone.to_offset(at);
        let wall = offset.to_datetime(at);
        let second = at.as_second();
        let since = i64::from(wall.hour()) * 3600
            + i64::from(wall.minute()) * 60
            + i64::from(wall.second());
        self.midnight = second - since;
        self.from = second;
        let next = self.zone.following(at).next();
        let tomorrow = self.midnight + 86_400;
        self.until = next.map_or(tomorrow, |next| tomorrow.min(next.timestamp().as_second()));

        self.date.clear();
        self.offset.clear();
        let mut text = String::with_capacity(25);
        time::write_event_time(&mut text, at, self.zone);
        let (date, rest) = text.split_at(text.find('T').map_or(0, |place| place + 1));
        self.date.push('"');
        self.date.push_str(date);
        self.offset.push_str(rest.get(8..).unwrap_or_default());
        self.offset.push('"');
    }
}

fn small(digit: i64) -> u8 {
    u8::try_from(digit.rem_euclid(10)).expect("invariant: one digit")
}

/// `YYYY-MM-DD`.
pub fn date(date: Date) -> String {
    let mut text = String::with_capacity(10);
    let _ = write!(text, "{date}");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_writes_what_the_slow_rule_writes() {
        for name in [
            "UTC",
            "Europe/Copenhagen",
            "Australia/Lord_Howe",
            "Africa/Cairo",
            "America/St_Johns",
            "Asia/Kathmandu",
            "Pacific/Kiritimati",
        ] {
            let zone = time::zone(name).expect("in the list");
            let mut clock = Clock::new(&zone);
            // A year and a half in steps that meet every time of day, and back again.
            let steps = (0..40_000).map(|step| 1_900_000_000 + step * 1_237);
            for second in steps.clone().chain(steps.rev()) {
                let at = Timestamp::from_second(second).expect("in range");
                let (mut fast, mut slow) = (String::new(), String::new());
                clock.push(&mut fast, at, None);
                time::write_event_time(&mut slow, at, &zone);
                assert_eq!(fast, format!("\"{slow}\""), "{name}");
            }
        }
    }
}
