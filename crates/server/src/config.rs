//! Settings: one name each in the file, the environment and on the command line, read once into [`Config`].
//!
//! `config.default.toml` is the only list of settings: names, order, help texts and defaults come from it. Nothing
//! else in the server reads the environment.

use std::{
    collections::HashMap,
    fmt,
    net::{IpAddr, SocketAddr},
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

use secrecy::{ExposeSecret, SecretString};

use crate::serve::Network;

/// The documented defaults.
pub const DEFAULTS: &str = include_str!("config.default.toml");

/// The one setting that the command line does not take: other users of the machine could read it there.
const NOT_ON_THE_COMMAND_LINE: &str = "master-key";

/// Everything that an operator can set.
#[derive(Clone)]
pub struct Config {
    /// Address of the main listener; after binding, the real one.
    pub listen: SocketAddr,
    /// What `public-url` says, without a slash at its end; see [`Config::public_url`].
    pub public_url: Option<String>,
    /// Redirect plain http.
    pub force_https: bool,
    /// Proxies whose word on the client counts.
    pub trusted_proxies: Vec<Network>,
    /// Who may sign up.
    pub signup: Signup,
    /// Whether sealed copies of app keys are kept.
    pub keys_revealable: bool,
    /// The database's address; it may hold a password.
    pub database_url: SecretString,
    /// Connections; 0 = as the store thinks best.
    pub database_connections: usize,
    /// The master key's text.
    pub master_key: Option<SecretString>,
    /// The master key's file.
    pub master_key_file: Option<PathBuf>,
    /// The log filter.
    pub log: String,
    /// The form of log lines.
    pub log_format: LogFormat,
    /// One line for each request.
    pub access_log: bool,
    /// The listener of metrics.
    pub metrics_listen: Option<SocketAddr>,
    /// The token of metrics.
    pub metrics_token: Option<SecretString>,
    /// What one client, or all together, may use.
    pub limits: Limits,
    /// Readiness off before the listener closes.
    pub shutdown_grace: Duration,
    /// Time for requests in flight.
    pub shutdown_timeout: Duration,
}

/// Who may sign up in the panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signup {
    /// Everybody.
    Open,
    /// Only the first person of an installation.
    First,
    /// Nobody.
    Closed,
}

/// The form of log lines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// Text on a terminal, JSON in a pipe.
    Auto,
    /// For people.
    Text,
    /// For programs.
    Json,
}

/// Limits of requests and connections (0 = off only for the two that say so).
#[derive(Clone, Debug)]
pub struct Limits {
    /// Failed authentications of an address in a minute; 0 = off.
    pub auth_failures: u32,
    /// Public bookings of an address in five minutes; 0 = off.
    pub public_bookings: u32,
    /// Bytes of the request line.
    pub request_line: usize,
    /// Number of header fields.
    pub headers: usize,
    /// Bytes of header fields.
    pub header_bytes: usize,
    /// Bytes of a body.
    pub body: usize,
    /// Bytes of a bulk call's body.
    pub body_bulk: usize,
    /// Bytes of all bodies being received.
    pub body_memory: usize,
    /// Open connections.
    pub connections: usize,
    /// Open connections of one address.
    pub connections_per_address: usize,
    /// Streams of an HTTP/2 connection.
    pub http2_streams: u32,
    /// Requests being handled.
    pub in_flight: usize,
    /// Requests waiting.
    pub queue: usize,
    /// Time for a header.
    pub header_time: Duration,
    /// Time between two parts of a body.
    pub body_idle_time: Duration,
    /// Time for a body.
    pub body_time: Duration,
    /// Time that a connection may idle.
    pub keep_alive_time: Duration,
    /// Time in the queue.
    pub queue_time: Duration,
    /// Time of a handler.
    pub request_time: Duration,
}

/// A setting as its documentation tells it.
#[derive(Debug)]
pub struct Setting {
    /// Its name in the file and, after `--`, on the command line.
    pub name: &'static str,
    /// The part of the list that it belongs to.
    pub heading: &'static str,
    /// What it does.
    pub help: String,
    /// The default as text.
    pub default: String,
    /// What kind of value it takes.
    pub kind: Kind,
}

/// The kind of a setting's value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text, duration or size.
    Text,
    /// A whole number.
    Number,
    /// Yes or no.
    Flag,
    /// Several texts, separated by commas on the command line and in the environment.
    List,
}

impl Setting {
    /// The setting's name in the environment.
    pub fn env(&self) -> String {
        format!("DAYBOOK_{}", self.name.to_uppercase().replace('-', "_"))
    }

    /// Whether the command line takes it.
    pub fn on_command_line(&self) -> bool {
        self.name != NOT_ON_THE_COMMAND_LINE
    }

    /// Whether its value may hold a secret, which no help text may show.
    pub fn is_secret(&self) -> bool {
        matches!(self.name, "database-url" | "master-key" | "metrics-token")
    }
}

/// All settings in the order of the documentation.
pub fn settings() -> Vec<Setting> {
    let defaults: toml::Table = DEFAULTS
        .parse()
        .expect("invariant: a test reads the embedded file");
    let (mut settings, mut heading, mut help) = (Vec::new(), "", String::new());
    for line in DEFAULTS.lines() {
        if let Some(text) = line.strip_prefix("## ") {
            heading = text;
        } else if let Some(text) = line.strip_prefix('#') {
            help.push_str(text);
        } else if let Some((name, _)) = line.split_once(" = ") {
            let value = &defaults[name];
            settings.push(Setting {
                name,
                heading,
                help: std::mem::take(&mut help).trim().to_owned(),
                default: text(value).expect("invariant: a test reads the embedded file"),
                kind: match value {
                    toml::Value::Boolean(_) => Kind::Flag,
                    toml::Value::Integer(_) => Kind::Number,
                    toml::Value::Array(_) => Kind::List,
                    _ => Kind::Text,
                },
            });
        } else {
            help.clear();
        }
    }
    settings
}

/// A setting that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{origin}: {message}")]
pub struct ConfigError {
    origin: String,
    message: String,
}

/// Where values come from, beside the defaults.
pub struct Sources<'a> {
    /// Values of the command line, by the setting's name.
    pub args: HashMap<&'static str, String>,
    /// The environment.
    pub env: &'a dyn Fn(&str) -> Option<String>,
    /// The file.
    pub file: Option<PathBuf>,
}

impl Config {
    /// Reads all sources: command line over environment over file over defaults.
    pub fn load(sources: Sources<'_>) -> Result<Self, ConfigError> {
        let values = Values::collect(sources)?;
        let limits = Limits {
            auth_failures: values.number("limit-auth-failures")?,
            public_bookings: values.number("limit-public-bookings")?,
            request_line: values.size("limit-request-line")?,
            headers: values.at_least_one("limit-headers")?,
            header_bytes: values.size("limit-header-bytes")?,
            body: values.size("limit-body")?,
            body_bulk: values.size("limit-body-bulk")?,
            body_memory: values.size("limit-body-memory")?,
            connections: values.at_least_one("limit-connections")?,
            connections_per_address: values.at_least_one("limit-connections-per-address")?,
            http2_streams: values.at_least_one("limit-http2-streams")?,
            in_flight: values.at_least_one("limit-in-flight")?,
            queue: values.number("limit-queue")?,
            header_time: values.duration("timeout-header")?,
            body_idle_time: values.duration("timeout-body-idle")?,
            body_time: values.duration("timeout-body")?,
            keep_alive_time: values.duration("timeout-keep-alive")?,
            queue_time: values.duration("timeout-queue")?,
            request_time: values.duration("timeout-request")?,
        };
        Ok(Self {
            listen: values.get("listen", socket_address)?,
            public_url: values.optional("public-url", public_url)?,
            force_https: values.get("force-https", flag)?,
            trusted_proxies: values.list("trusted-proxies", |text| {
                text.parse().map_err(|()| {
                    format!("`{text}` is no address or network, use for example 10.0.0.0/8")
                })
            })?,
            signup: values.get("signup", |text| match text {
                "open" => Ok(Signup::Open),
                "first" => Ok(Signup::First),
                "closed" => Ok(Signup::Closed),
                _ => Err(format!("`{text}` is not one of open, first, closed")),
            })?,
            keys_revealable: values.get("keys-revealable", flag)?,
            database_url: values.get("database-url", database_url)?,
            database_connections: values.number("database-connections")?,
            master_key: values.optional("master-key", |text| Ok(text.into()))?,
            master_key_file: values.optional("master-key-file", |text| Ok(text.into()))?,
            log: values.get("log", |text| {
                match text.parse::<tracing_subscriber::filter::Targets>() {
                    Ok(_) => Ok(text.to_owned()),
                    Err(_) => Err(format!(
                        "`{text}` is no log filter, use for example `info` or `info,server::api=debug`"
                    )),
                }
            })?,
            log_format: values.get("log-format", |text| match text {
                "auto" => Ok(LogFormat::Auto),
                "text" => Ok(LogFormat::Text),
                "json" => Ok(LogFormat::Json),
                _ => Err(format!("`{text}` is not one of auto, text, json")),
            })?,
            access_log: values.get("access-log", flag)?,
            metrics_listen: values.optional("metrics-listen", socket_address)?,
            metrics_token: values.optional("metrics-token", |text| Ok(text.into()))?,
            limits,
            shutdown_grace: values.duration("shutdown-grace")?,
            shutdown_timeout: values.duration("shutdown-timeout")?,
        })
    }

    /// The address that links begin with; without a slash at its end.
    pub fn public_url(&self) -> String {
        self.public_url.clone().unwrap_or_else(|| {
            let mut address = self.listen;
            if address.ip().is_unspecified() {
                address.set_ip(match address.ip() {
                    IpAddr::V4(_) => [127, 0, 0, 1].into(),
                    IpAddr::V6(_) => [0, 0, 0, 0, 0, 0, 0, 1].into(),
                });
            }
            format!("http://{address}")
        })
    }

    /// The database's file, where it is one.
    pub fn sqlite_path(&self) -> Option<PathBuf> {
        let url = self.database_url.expose_secret();
        url.strip_prefix("sqlite://").map(PathBuf::from)
    }

    /// Whether clients reach this server by https.
    pub fn is_https(&self) -> bool {
        self.public_url
            .as_ref()
            .is_some_and(|url| url.starts_with("https://"))
    }
}

/// The winning text of each setting, and who said it.
struct Values(HashMap<&'static str, (String, String)>);

impl Values {
    fn collect(mut sources: Sources<'_>) -> Result<Self, ConfigError> {
        let mut file = sources
            .file
            .as_deref()
            .map_or_else(|| Ok(toml::Table::new()), read_file)?;
        let mut values = HashMap::new();
        for setting in settings() {
            let env = setting.env();
            let in_file = file.remove(setting.name);
            let value = if let Some(value) = sources.args.remove(setting.name) {
                (value, format!("--{}", setting.name))
            } else if let Some(value) = (sources.env)(&env).filter(|value| !value.is_empty()) {
                (value, env)
            } else if let (Some(value), Some(path)) = (in_file, &sources.file) {
                let origin = format!("{}: {}", path.display(), setting.name);
                match text(&value) {
                    Some(value) => (value, origin),
                    None => {
                        return Err(error(
                            origin,
                            "takes a text, a whole number, true or false, or a list of texts",
                        ));
                    }
                }
            } else {
                (setting.default, setting.name.to_owned())
            };
            values.insert(setting.name, value);
        }
        match (file.keys().next(), &sources.file) {
            (Some(unknown), Some(path)) => Err(error(
                path.display(),
                format!("unknown setting `{unknown}`"),
            )),
            _ => Ok(Self(values)),
        }
    }

    fn get<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, ConfigError> {
        let (value, origin) = &self.0[name];
        parse(value.trim()).map_err(|message| error(origin, message))
    }

    fn optional<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, ConfigError> {
        self.get(name, |text| {
            (!text.is_empty()).then(|| parse(text)).transpose()
        })
    }

    fn list<T>(
        &self,
        name: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Vec<T>, ConfigError> {
        self.get(name, |text| {
            text.split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(&parse)
                .collect()
        })
    }

    fn number<T: FromStr>(&self, name: &str) -> Result<T, ConfigError> {
        self.get(name, |text| {
            text.parse()
                .map_err(|_| format!("`{text}` is no whole number, or too large"))
        })
    }

    fn at_least_one<T: FromStr + PartialEq + Default>(&self, name: &str) -> Result<T, ConfigError> {
        let number = self.number(name)?;
        if number == T::default() {
            return self.get(name, |_| Err("must be at least 1".to_owned()));
        }
        Ok(number)
    }

    fn size(&self, name: &str) -> Result<usize, ConfigError> {
        self.get(name, |text| {
            let digits = text.trim_end_matches(|c: char| !c.is_ascii_digit());
            let unit: usize = match text[digits.len()..].trim() {
                "" | "B" => 1,
                "KiB" => 1 << 10,
                "MiB" => 1 << 20,
                "GiB" => 1 << 30,
                _ => 0,
            };
            digits
                .parse()
                .ok()
                .and_then(|number: usize| number.checked_mul(unit))
                .filter(|size| *size > 0)
                .ok_or_else(|| {
                    format!("`{text}` is no size, use for example `16 KiB` or a number of bytes")
                })
        })
    }

    fn duration(&self, name: &str) -> Result<Duration, ConfigError> {
        self.get(name, |text| {
            text.parse::<jiff::SignedDuration>()
                .ok()
                .and_then(|duration| Duration::try_from(duration).ok())
                .ok_or_else(|| {
                    format!("`{text}` is no duration, use for example `10 s` or `2 min`")
                })
        })
    }
}

fn error(origin: impl fmt::Display, message: impl Into<String>) -> ConfigError {
    ConfigError {
        origin: origin.to_string(),
        message: message.into(),
    }
}

fn read_file(path: &Path) -> Result<toml::Table, ConfigError> {
    let content = std::fs::read_to_string(path)
        .map_err(|cause| error(path.display(), format!("cannot be read: {cause}")))?;
    content
        .parse()
        .map_err(|cause: toml::de::Error| error(path.display(), cause.to_string()))
}

/// The text form in which every source speaks.
fn text(value: &toml::Value) -> Option<String> {
    match value {
        toml::Value::String(text) => Some(text.clone()),
        toml::Value::Array(values) => values
            .iter()
            .map(text)
            .collect::<Option<Vec<_>>>()
            .map(|texts| texts.join(",")),
        toml::Value::Integer(number) => Some(number.to_string()),
        toml::Value::Boolean(flag) => Some(flag.to_string()),
        toml::Value::Float(_) | toml::Value::Datetime(_) | toml::Value::Table(_) => None,
    }
}

fn flag(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Ok(true),
        "false" | "0" | "no" | "off" => Ok(false),
        _ => Err(format!("`{text}` is neither true nor false")),
    }
}

fn socket_address(text: &str) -> Result<SocketAddr, String> {
    text.replace("localhost:", "127.0.0.1:")
        .parse()
        .map_err(|_| format!("`{text}` is no address and port, use for example 127.0.0.1:8080"))
}

fn database_url(text: &str) -> Result<SecretString, String> {
    let known = ["sqlite://", "postgres://", "postgresql://"];
    if known.iter().any(|scheme| text.starts_with(scheme)) {
        Ok(text.into())
    } else {
        // The text is not repeated: it may hold a password.
        Err("must begin with sqlite:// or postgres://".to_owned())
    }
}

fn public_url(text: &str) -> Result<String, String> {
    let origin = text.trim_end_matches('/');
    let wrong = || {
        format!(
            "`{text}` is no address without a path, use for example https://booking.example.org"
        )
    };
    let uri: axum::http::Uri = origin.parse().map_err(|_| wrong())?;
    let plain = matches!(uri.scheme_str(), Some("http" | "https"))
        && uri.path() == "/"
        && uri.query().is_none()
        && uri
            .authority()
            .is_some_and(|host| !host.as_str().contains('@'));
    if plain {
        Ok(origin.to_owned())
    } else {
        Err(wrong())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(
        args: &[(&'static str, &str)],
        env: &[(&str, &str)],
        file: Option<&str>,
    ) -> Result<Config, String> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("daybook.toml");
        if let Some(file) = file {
            std::fs::write(&path, file).expect("a file");
        }
        Config::load(Sources {
            args: args
                .iter()
                .map(|(name, value)| (*name, (*value).to_owned()))
                .collect(),
            env: &|name| {
                env.iter()
                    .find(|(known, _)| *known == name)
                    .map(|(_, value)| (*value).to_owned())
            },
            file: file.map(|_| path.clone()),
        })
        .map_err(|error| {
            error
                .to_string()
                .replace(&path.display().to_string(), "FILE")
        })
    }

    #[test]
    fn the_defaults_are_complete_and_valid() {
        let config = load(&[], &[], None).unwrap_or_else(|error| panic!("{error}"));

        assert_eq!(config.public_url(), "http://127.0.0.1:8080");
        assert_eq!(config.limits.header_bytes, 16 * 1024);
        assert_eq!(config.shutdown_grace, Duration::from_secs(2));
        for setting in settings() {
            assert!(setting.help.len() > 10, "{} has no help", setting.name);
            assert!(
                !setting.heading.is_empty(),
                "{} has no heading",
                setting.name
            );
        }
    }

    #[test]
    fn the_command_line_wins_over_the_environment_and_that_over_the_file() {
        let args = [("limit-headers", "1")];
        let env = [("DAYBOOK_LIMIT_HEADERS", "2"), ("DAYBOOK_LIMIT_QUEUE", "2")];
        let file = "limit-headers = 3\nlimit-queue = 3\nlimit-in-flight = 3\n";

        let limits = load(&args, &env, Some(file))
            .unwrap_or_else(|error| panic!("{error}"))
            .limits;

        assert_eq!((limits.headers, limits.queue, limits.in_flight), (1, 2, 3));
        assert_eq!(limits.connections, 10_000);
    }

    #[test]
    fn an_empty_variable_counts_as_absent() {
        let config = load(&[], &[("DAYBOOK_LISTEN", "")], Some("listen = \"[::1]:9\""));

        assert_eq!(
            config.map(|config| config.public_url()),
            Ok("http://[::1]:9".to_owned())
        );
    }

    #[test]
    fn an_unknown_key_of_the_file_is_named() {
        let error = load(&[], &[], Some("lisen = \"127.0.0.1:1\"")).err();

        assert_eq!(error.as_deref(), Some("FILE: unknown setting `lisen`"));
    }

    #[test]
    fn values_keep_their_meaning_in_every_form() {
        let file = "trusted-proxies = [\"10.0.0.0/8\", \"::1\"]\nforce-https = true\ntimeout-header = \"500 ms\"\nlimit-body = 4096\n";

        let from_file = load(&[], &[], Some(file)).unwrap_or_else(|error| panic!("{error}"));
        let from_env = load(
            &[],
            &[
                ("DAYBOOK_TRUSTED_PROXIES", "10.0.0.0/8, ::1"),
                ("DAYBOOK_FORCE_HTTPS", "1"),
                ("DAYBOOK_TIMEOUT_HEADER", "500ms"),
                ("DAYBOOK_LIMIT_BODY", "4 KiB"),
            ],
            None,
        )
        .unwrap_or_else(|error| panic!("{error}"));

        for config in [from_file, from_env] {
            assert_eq!(config.trusted_proxies.len(), 2);
            assert!(config.force_https);
            assert_eq!(config.limits.header_time, Duration::from_millis(500));
            assert_eq!(config.limits.body, 4096);
        }
    }

    #[test]
    fn a_wrong_value_is_told_with_its_place() {
        let table = [
            ("listen", "8080", "--listen: `8080` is no address and port"),
            (
                "signup",
                "maybe",
                "--signup: `maybe` is not one of open, first, closed",
            ),
            (
                "force-https",
                "perhaps",
                "--force-https: `perhaps` is neither",
            ),
            ("limit-headers", "0", "--limit-headers: must be at least 1"),
            (
                "limit-queue",
                "-1",
                "--limit-queue: `-1` is no whole number",
            ),
            ("limit-body", "much", "--limit-body: `much` is no size"),
            (
                "timeout-header",
                "soon",
                "--timeout-header: `soon` is no duration",
            ),
            (
                "timeout-header",
                "-1 s",
                "--timeout-header: `-1 s` is no duration",
            ),
            (
                "trusted-proxies",
                "10.0.0.0/33",
                "--trusted-proxies: `10.0.0.0/33` is no address",
            ),
            (
                "public-url",
                "https://x.org/base",
                "--public-url: `https://x.org/base` is no address",
            ),
            ("public-url", "x.org", "--public-url: `x.org` is no address"),
            (
                "database-url",
                "mysql://root:pw@host",
                "--database-url: must begin with sqlite://",
            ),
            (
                "log",
                "server=loud",
                "--log: `server=loud` is no log filter",
            ),
        ];
        for (name, value, expected) in table {
            let error = load(&[(name, value)], &[], None).err().unwrap_or_default();

            assert!(error.starts_with(expected), "{name}={value}: {error}");
        }
    }
}
