//! What operators see: log lines and metrics.
//!
//! Log lines carry ids and causes, never bodies, names, mails or keys; a key that got into a text all the same is
//! masked before it is written. Logs go to stderr, so that stdout holds results alone.

use std::{
    fmt::{self, Write as _},
    io::{IsTerminal, Write as _},
    sync::OnceLock,
};

use metrics::{Counter, Gauge, Histogram};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
};
use tracing_subscriber::{
    Layer,
    filter::Targets,
    layer::{Context, SubscriberExt},
};
use uuid::Uuid;

use crate::{clock, config::LogFormat};

tokio::task_local! {
    /// The id of the request that this task handles.
    static REQUEST: Uuid;
}

/// Runs a request's work under its id.
pub async fn in_request<F: Future>(id: Uuid, work: F) -> F::Output {
    REQUEST.scope(id, work).await
}

/// The id of the request being handled, for error bodies; none outside of requests.
pub fn request_id() -> Option<Uuid> {
    REQUEST.try_with(|id| *id).ok()
}

/// Starts logging for the whole process; panics are logged as errors. Has no effect the second time.
pub fn start_logging(filter: &str, format: LogFormat) {
    let terminal = std::io::stderr().is_terminal();
    let lines = Lines {
        json: match format {
            LogFormat::Auto => !terminal,
            LogFormat::Text => false,
            LogFormat::Json => true,
        },
        color: terminal,
    };
    let filter: Targets = filter
        .parse()
        .unwrap_or_else(|_| Targets::new().with_default(Level::INFO));
    let subscriber = tracing_subscriber::registry().with(lines.with_filter(filter));
    if tracing::subscriber::set_global_default(subscriber).is_ok() {
        std::panic::set_hook(Box::new(|panic| {
            let place = panic
                .location()
                .map(ToString::to_string)
                .unwrap_or_default();
            tracing::error!(place, "panic: {}", panic_text(panic.payload()));
        }));
    }
}

/// The message of a panic, where it has one.
fn panic_text(payload: &(dyn std::any::Any + Send)) -> &str {
    payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message")
}

/// Writes each event as one line, with the id of the request it belongs to.
struct Lines {
    json: bool,
    color: bool,
}

impl<S: Subscriber> Layer<S> for Lines {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut line = if self.json {
            json_line(event)
        } else {
            text_line(event, self.color)
        };
        mask_keys(&mut line);
        line.push('\n');
        // A log that cannot be written has nowhere to be reported.
        let _ = std::io::stderr().lock().write_all(line.as_bytes());
    }
}

fn json_line(event: &Event<'_>) -> String {
    struct Json<'a>(&'a mut serde_json::Map<String, serde_json::Value>);
    impl Visit for Json<'_> {
        fn record_i64(&mut self, field: &Field, value: i64) {
            self.0.insert(field.name().to_owned(), value.into());
        }
        fn record_u64(&mut self, field: &Field, value: u64) {
            self.0.insert(field.name().to_owned(), value.into());
        }
        fn record_f64(&mut self, field: &Field, value: f64) {
            self.0.insert(field.name().to_owned(), value.into());
        }
        fn record_bool(&mut self, field: &Field, value: bool) {
            self.0.insert(field.name().to_owned(), value.into());
        }
        fn record_str(&mut self, field: &Field, value: &str) {
            self.0.insert(field.name().to_owned(), value.into());
        }
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            self.0
                .insert(field.name().to_owned(), format!("{value:?}").into());
        }
    }
    let mut fields = serde_json::Map::new();
    fields.insert("time".to_owned(), format!("{:.3}", clock::wall()).into());
    fields.insert("level".to_owned(), event.metadata().level().as_str().into());
    fields.insert("target".to_owned(), event.metadata().target().into());
    if let Some(id) = request_id() {
        fields.insert("request_id".to_owned(), id.to_string().into());
    }
    event.record(&mut Json(&mut fields));
    serde_json::Value::Object(fields).to_string()
}

fn text_line(event: &Event<'_>, color: bool) -> String {
    struct Text {
        message: String,
        fields: String,
    }
    impl Visit for Text {
        fn record_str(&mut self, field: &Field, value: &str) {
            self.record_debug(field, &format_args!("{value}"));
        }
        fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
            let _ = if field.name() == "message" {
                write!(self.message, "{value:?}")
            } else {
                write!(self.fields, " {}={value:?}", field.name())
            };
        }
    }
    let mut text = Text {
        message: String::new(),
        fields: String::new(),
    };
    event.record(&mut text);
    let level = *event.metadata().level();
    let (on, off) = match (color, level) {
        (false, _) => ("", ""),
        (true, Level::ERROR) => ("\x1b[31m", "\x1b[0m"),
        (true, Level::WARN) => ("\x1b[33m", "\x1b[0m"),
        (true, Level::INFO) => ("\x1b[32m", "\x1b[0m"),
        (true, _) => ("\x1b[2m", "\x1b[0m"),
    };
    let mut line = format!(
        "{:.3} {on}{level:5}{off} {}{}",
        clock::wall(),
        text.message,
        text.fields
    );
    if let Some(id) = request_id() {
        let _ = write!(line, " request_id={id}");
    }
    // One event is one line, whatever its texts hold.
    line.replace(['\n', '\r'], " ")
}

/// Masks whatever looks like a key of ours, in place and without changing the length.
fn mask_keys(line: &mut String) {
    const MARKS: [&str; 2] = ["_api_key_", "_widget_key_"];
    if !line.contains("_key_") {
        return;
    }
    for mark in MARKS {
        let mut from = 0;
        while let Some(found) = line[from..].find(mark) {
            let start = from + found + mark.len();
            let end = line[start..]
                .find(|c: char| !c.is_ascii_alphanumeric())
                .map_or(line.len(), |length| start + length);
            line.replace_range(start..end, &"*".repeat(end - start));
            from = end;
        }
    }
}

/// Starts collecting metrics for the whole process, and gives the handle that renders them.
pub fn start_metrics() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    let start = || {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Suffix("_seconds".to_owned()), &BUCKETS)
            .expect("invariant: there are buckets")
            .build_recorder();
        let handle = recorder.handle();
        // Fails only where a recorder is set already, and this is the one place that sets one.
        let _ = metrics::set_global_recorder(recorder);
        handle
    };
    HANDLE.get_or_init(start).clone()
}

/// Bounds of time histograms, in seconds: from an indexed read to the longest that a handler may take.
const BUCKETS: [f64; 17] = [
    0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5,
    5.0, 10.0, 30.0,
];

/// The metrics of the HTTP side, looked up once: a look-up by name costs more than a count.
#[derive(Clone)]
pub(crate) struct HttpMetrics {
    by_class: [Counter; 6],
    pub seconds: Histogram,
    pub in_flight: Gauge,
    pub connections: Gauge,
    pub refused_connections: Counter,
    pub overloaded: Counter,
    pub timeouts: Counter,
    pub panics: Counter,
}

impl HttpMetrics {
    pub(crate) fn new() -> Self {
        metrics::describe_counter!(
            "http_requests_total",
            "Answered requests by class of status"
        );
        metrics::describe_histogram!(
            "http_request_seconds",
            "Time from a complete request to its answer"
        );
        metrics::describe_gauge!("http_in_flight", "Requests being handled");
        metrics::describe_gauge!("http_connections", "Open connections");
        metrics::describe_counter!(
            "http_connections_refused_total",
            "Connections refused by the limit per address"
        );
        metrics::describe_counter!(
            "http_overloaded_total",
            "Requests answered 503 because too many waited"
        );
        metrics::describe_counter!(
            "http_timeouts_total",
            "Requests cancelled because they took too long"
        );
        metrics::describe_counter!("http_panics_total", "Requests that ended in a panic");
        Self {
            by_class: ["other", "1xx", "2xx", "3xx", "4xx", "5xx"]
                .map(|class| metrics::counter!("http_requests_total", "status" => class)),
            seconds: metrics::histogram!("http_request_seconds"),
            in_flight: metrics::gauge!("http_in_flight"),
            connections: metrics::gauge!("http_connections"),
            refused_connections: metrics::counter!("http_connections_refused_total"),
            overloaded: metrics::counter!("http_overloaded_total"),
            timeouts: metrics::counter!("http_timeouts_total"),
            panics: metrics::counter!("http_panics_total"),
        }
    }

    /// Counts an answer.
    pub(crate) fn answered(&self, status: u16) {
        let class = usize::from(status / 100);
        self.by_class[if class < 6 { class } else { 0 }].increment(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_masked_wherever_they_stand() {
        let mut line = "a live_api_key_abcXYZ012, test_widget_key_9 api_key".to_owned();

        mask_keys(&mut line);

        assert_eq!(line, "a live_api_key_*********, test_widget_key_* api_key");
    }
}
