//! How a caller wants timestamps written and read: the `Timekit-*` headers of spec 00 §5.

use std::fmt;

use axum::http::HeaderMap;
use domain::time::{self, PhpFormat};
use jiff::{Timestamp, tz::TimeZone};
use serde::{Serialize, Serializer};

use super::{
    error::{Result, invalid},
    query::Query,
};

/// The caller's wishes; each may also come un-prefixed or as a query parameter.
#[derive(Clone, Debug, Default)]
pub struct Rendering {
    /// `Timekit-Timezone`.
    pub zone: Option<TimeZone>,
    input: Option<PhpFormat>,
    output: Option<PhpFormat>,
}

/// The two default shapes of a timestamp.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// `2031-04-02T09:30:00+02:00`
    Event,
    /// `2031-04-02T09:30:00+0200`
    Record,
}

impl Rendering {
    /// Reads the wishes; an unknown zone is a field error.
    pub fn read(headers: &HeaderMap, query: &Query) -> Result<Self> {
        let wish = |name: &str| -> Option<&str> {
            let plain = &name["Timekit-".len()..];
            let header = |name| headers.get(name).and_then(|value| value.to_str().ok());
            header(name)
                .or_else(|| header(plain))
                .or_else(|| query.get(name))
                .or_else(|| query.get(plain))
                .filter(|text| !text.is_empty())
        };
        let zone = match wish("Timekit-Timezone") {
            None => None,
            Some(name) => Some(
                time::zone(name).ok_or_else(|| invalid("Timekit-Timezone", unknown_zone(name)))?,
            ),
        };
        Ok(Self {
            zone,
            input: format(&wish, "Timekit-InputTimestampFormat")?,
            output: format(&wish, "Timekit-OutputTimestampFormat")?,
        })
    }

    /// Start or end of a booking or event, in the caller's zone or `own`.
    pub fn event(&self, at: Timestamp, own: &TimeZone) -> Stamp {
        self.stamp(at, self.zone.as_ref().unwrap_or(own), Shape::Event)
    }

    /// A bookkeeping field, in the caller's zone or UTC.
    pub fn record(&self, at: Timestamp) -> Stamp {
        self.stamp(
            at,
            self.zone.as_ref().unwrap_or(&TimeZone::UTC),
            Shape::Record,
        )
    }

    /// A field of an `event` include: always UTC unless a format is asked for (80 §2.4).
    pub fn event_record(&self, at: Timestamp) -> Stamp {
        self.stamp(at, &TimeZone::UTC, Shape::Record)
    }

    /// A timestamp of the format that the caller said it sends; `None` where it said none or the text is of another.
    pub fn formatted(&self, text: &str) -> Option<Timestamp> {
        let input = self.input.as_ref()?;
        input
            .read(text, self.zone.as_ref().unwrap_or(&TimeZone::UTC))
            .ok()
    }

    /// The format that the caller wants timestamps in, where it is not the usual one.
    pub fn output(&self) -> Option<&PhpFormat> {
        self.output.as_ref()
    }

    fn stamp(&self, at: Timestamp, zone: &TimeZone, shape: Shape) -> Stamp {
        let mut text = String::with_capacity(25);
        match (&self.output, shape) {
            (Some(format), _) => format.write(&mut text, at, zone),
            (None, Shape::Event) => time::write_event_time(&mut text, at, zone),
            (None, Shape::Record) => time::write_record_time(&mut text, at, zone),
        }
        Stamp(text)
    }

    /// Reads a timestamp that the caller sent. Without an offset it is read in the caller's zone, else in `fallback`,
    /// else refused.
    pub fn instant(
        &self,
        text: &str,
        fallback: Option<&TimeZone>,
    ) -> std::result::Result<Timestamp, String> {
        let zone = self.zone.as_ref().or(fallback);
        if let Some(format) = &self.input {
            let at = format.read(text, zone.unwrap_or(&TimeZone::UTC));
            return bounded(
                at.map_err(|_| "does not match the Timekit-InputTimestampFormat".to_owned())?,
            );
        }
        bounded(time::parse_instant(text, zone).map_err(|error| error.to_string())?)
    }
}

fn format<'a>(wish: &impl Fn(&str) -> Option<&'a str>, name: &str) -> Result<Option<PhpFormat>> {
    match wish(name).map(PhpFormat::parse) {
        None => Ok(None),
        Some(Ok(format)) => Ok(Some(format)),
        Some(Err(error)) => Err(invalid(name, format!("{name} {error}"))),
    }
}

/// Keeps to the years that are accepted, and to whole milliseconds, which is what is stored.
fn bounded(at: Timestamp) -> std::result::Result<Timestamp, String> {
    match Timestamp::from_millisecond(at.as_millisecond()) {
        Ok(at) if time::in_bounds(at) => Ok(at),
        _ => Err("must lie between 1900-01-01 and 2200-01-01".to_owned()),
    }
}

/// The message for a zone that the tz database does not know.
pub fn unknown_zone(name: &str) -> String {
    let shown: String = name.chars().take(64).collect();
    format!("unknown timezone `{shown}`, use an IANA name such as Europe/Copenhagen")
}

/// A timestamp as the caller wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp(String);

impl Serialize for Stamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl utoipa::PartialSchema for Stamp {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        <String as utoipa::PartialSchema>::schema()
    }
}

impl utoipa::ToSchema for Stamp {
    fn name() -> std::borrow::Cow<'static, str> {
        std::borrow::Cow::Borrowed("Stamp")
    }
}
