//! Request bodies: JSON read leniently at the edge, every wrong field reported at once (spec 00 §1, §2, §6).

use axum::{
    body::Bytes,
    extract::{FromRequest, Request},
    http::header,
};
use domain::{
    availability::{Moment, Rules},
    email,
};
use jiff::{Timestamp, tz::TimeZone};
use serde_json::{Map, Value};

use super::{
    caller::Caller,
    error::{Error, FieldErrors, Result},
    rendering::{Rendering, unknown_zone},
};

/// Deepest nesting of a body.
const MAX_DEPTH: usize = 32;
/// Most keys of one object.
const MAX_KEYS: usize = 1_000;
/// Longest name, in characters.
pub const NAME: usize = 255;
/// Longest text, in characters.
pub const TEXT: usize = 8 * 1024;
/// Longest `meta`, in bytes of JSON.
pub const META: usize = 16 * 1024;

/// What a request body turns into.
pub trait Input: Sized {
    /// The field that a bare list in place of an object stands for.
    const BARE_LIST: Option<&'static str> = None;

    /// Takes the fields; what is wrong goes to `fields`, and the value is used only where nothing was.
    fn read(fields: &mut Fields<'_>) -> Self;
}

/// A parsed and checked body.
#[derive(Debug)]
pub struct Body<T>(pub T);

impl<S, T> FromRequest<S> for Body<T>
where
    S: Send + Sync,
    T: Input,
{
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let rendering = rendering(&request);
        let object = object(request, state, T::BARE_LIST).await?;
        let mut errors = FieldErrors::default();
        let value = T::read(&mut Fields {
            object: &object,
            prefix: String::new(),
            errors: &mut errors,
            rendering: &rendering,
        });
        errors.into_result()?;
        Ok(Self(value))
    }
}

/// A body as it came, for a handler whose fields mean something only together with what it looks up.
#[derive(Debug)]
pub struct Object {
    object: Map<String, Value>,
    rendering: Rendering,
}

impl Object {
    /// Fields that came in another way than a body.
    pub fn new(object: Map<String, Value>, caller: &Caller) -> Self {
        Self {
            object,
            rendering: caller.rendering.clone(),
        }
    }

    /// All keys and values.
    pub fn map(&self) -> &Map<String, Value> {
        &self.object
    }

    /// Reads the fields; what is wrong goes to `errors`.
    pub fn read<T>(&self, errors: &mut FieldErrors, read: impl FnOnce(&mut Fields<'_>) -> T) -> T {
        read(&mut Fields {
            object: &self.object,
            prefix: String::new(),
            errors,
            rendering: &self.rendering,
        })
    }
}

impl<S: Send + Sync> FromRequest<S> for Object {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let rendering = rendering(&request);
        Ok(Self {
            object: object(request, state, None).await?,
            rendering,
        })
    }
}

/// A body that is a list, or an object with that list as `queries`.
#[derive(Debug)]
pub struct Queries(pub Object);

impl<S: Send + Sync> FromRequest<S> for Queries {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let rendering = rendering(&request);
        let object = match json(request, state).await? {
            Value::Array(list) => Map::from_iter([("queries".to_owned(), Value::Array(list))]),
            other => only_object(other)?,
        };
        Ok(Self(Object {
            object: checked(object)?,
            rendering,
        }))
    }
}

fn rendering(request: &Request) -> Rendering {
    request
        .extensions()
        .get::<Caller>()
        .map(|caller| caller.rendering.clone())
        .unwrap_or_default()
}

/// Reads a body as an object. Nothing at all, `null` and `[]` mean `{}`: clients send each of them.
///
/// Where a bare list stands for a field, it becomes an object with that field.
async fn object<S: Send + Sync>(
    request: Request,
    state: &S,
    bare_list: Option<&str>,
) -> Result<Map<String, Value>> {
    let body = match (json(request, state).await?, bare_list) {
        (Value::Array(list), Some(field)) => {
            Value::Object(Map::from_iter([(field.to_owned(), Value::Array(list))]))
        }
        (body, _) => body,
    };
    checked(only_object(body)?)
}

fn only_object(value: Value) -> Result<Map<String, Value>> {
    match value {
        Value::Object(object) => Ok(object),
        Value::Null => Ok(Map::new()),
        Value::Array(list) if list.is_empty() => Ok(Map::new()),
        _ => Err(Error::Malformed(
            "the body must be a JSON object".to_owned(),
        )),
    }
}

fn checked(object: Map<String, Value>) -> Result<Map<String, Value>> {
    let mut errors = FieldErrors::default();
    check(&mut String::new(), &object, 1, &mut errors);
    errors.into_result()?;
    Ok(object)
}

/// Reads a body as JSON; nothing at all is null.
async fn json<S: Send + Sync>(request: Request, state: &S) -> Result<Value> {
    if request
        .headers()
        .get(header::CONTENT_ENCODING)
        .is_some_and(|encoding| encoding != "identity")
    {
        return Err(Error::NotJson);
    }
    let json_claimed = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_none_or(|media| media.to_ascii_lowercase().contains("json"));
    let bytes = Bytes::from_request(request, state)
        .await
        .map_err(|rejection| {
            if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
                Error::TooLarge
            } else {
                Error::Malformed("the body could not be read".to_owned())
            }
        })?;
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Ok(Value::Null);
    }
    serde_json::from_slice(&bytes).map_err(|error| {
        if json_claimed {
            Error::Malformed(format!("the body is not JSON: {error}"))
        } else {
            Error::NotJson
        }
    })
}

/// Refuses what no field may hold: NUL (PostgreSQL has no text with it), too deep, too many keys.
fn check(path: &mut String, object: &Map<String, Value>, depth: usize, errors: &mut FieldErrors) {
    if object.len() > MAX_KEYS {
        errors.push(
            if path.is_empty() { "body" } else { path },
            format!("may not have more than {MAX_KEYS} keys"),
        );
        return;
    }
    for (key, value) in object {
        let length = path.len();
        if !path.is_empty() {
            path.push('.');
        }
        path.extend(key.chars().filter(|c| *c != '\0').take(64));
        if key.contains('\0') {
            errors.push(path, "a key may not contain NUL");
        }
        check_value(path, value, depth, errors);
        path.truncate(length);
    }
}

fn check_value(path: &mut String, value: &Value, depth: usize, errors: &mut FieldErrors) {
    if depth > MAX_DEPTH {
        errors.push(path, format!("is nested deeper than {MAX_DEPTH} levels"));
        return;
    }
    match value {
        Value::String(text) if text.contains('\0') => errors.push(path, "may not contain NUL"),
        Value::Array(items) => {
            for item in items {
                check_value(path, item, depth + 1, errors);
            }
        }
        Value::Object(object) => check(path, object, depth + 1, errors),
        _ => {}
    }
}

/// The fields of one object while they are read.
pub struct Fields<'a> {
    object: &'a Map<String, Value>,
    prefix: String,
    errors: &'a mut FieldErrors,
    rendering: &'a Rendering,
}

/// `resource_id` → `resource id`, as the messages of the original say it.
pub fn spoken(field: &str) -> String {
    field.replace('_', " ")
}

impl<'a> Fields<'a> {
    /// Reports a wrong field.
    pub fn error(&mut self, field: &str, message: impl Into<String>) {
        let path = self.path(field);
        self.errors.push(&path, message);
    }

    /// The name of a field in messages, with the names of the objects around it.
    fn path(&self, field: &str) -> String {
        if self.prefix.is_empty() {
            field.to_owned()
        } else {
            format!("{}.{field}", self.prefix)
        }
    }

    /// The value under a name; null is the same as absent.
    pub fn value(&self, field: &str) -> Option<&'a Value> {
        self.object.get(field).filter(|value| !value.is_null())
    }

    /// Whether a name is present, null included.
    pub fn has(&self, field: &str) -> bool {
        self.object.contains_key(field)
    }

    /// All keys and values.
    pub fn object(&self) -> &'a Map<String, Value> {
        self.object
    }

    /// The fields of a nested object; `[]` means `{}`.
    pub fn nested(&mut self, field: &str) -> Option<Fields<'_>> {
        let object = self.map(field)?;
        let prefix = self.path(field);
        Some(self.of(&prefix, object))
    }

    /// The fields of an object that stands elsewhere.
    pub fn of<'b>(&'b mut self, path: &str, object: &'b Map<String, Value>) -> Fields<'b> {
        Fields {
            object,
            prefix: path.to_owned(),
            errors: self.errors,
            rendering: self.rendering,
        }
    }

    /// A nested object as it is; `[]` means `{}`.
    pub fn map(&mut self, field: &str) -> Option<&'a Map<String, Value>> {
        static EMPTY: std::sync::LazyLock<Map<String, Value>> = std::sync::LazyLock::new(Map::new);
        match self.value(field)? {
            Value::Object(object) => Some(object),
            Value::Array(list) if list.is_empty() => Some(&EMPTY),
            _ => {
                self.error(field, format!("{} must be an object", spoken(field)));
                None
            }
        }
    }

    /// A text of at most `longest` characters. Numbers are taken as their text.
    pub fn text(&mut self, field: &str, longest: usize) -> Option<String> {
        let text = match self.value(field)? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => {
                self.error(field, format!("{} must be a string", spoken(field)));
                return None;
            }
        };
        if text.len() > longest && text.chars().count() > longest {
            self.error(
                field,
                format!(
                    "{} may not be longer than {longest} characters",
                    spoken(field)
                ),
            );
            return None;
        }
        Some(text)
    }

    /// A text that must be there and not blank.
    pub fn required_text(&mut self, field: &str, longest: usize) -> String {
        if self
            .value(field)
            .is_none_or(|value| value.as_str().is_some_and(|text| text.trim().is_empty()))
        {
            self.required(field);
            return String::new();
        }
        self.text(field, longest).unwrap_or_default()
    }

    /// Reports a field as missing.
    pub fn required(&mut self, field: &str) {
        self.error(field, format!("{} is required", spoken(field)));
    }

    /// A flag, with the lenient spellings of spec 00 §2.
    pub fn boolean(&mut self, field: &str) -> Option<bool> {
        let value = self.value(field)?;
        let flag = domain::boolean::read(value);
        if flag.is_none() {
            self.error(field, format!("{} must be true or false", spoken(field)));
        }
        flag
    }

    /// An id; one of the wrong form is a field error in a body.
    pub fn id<T: std::str::FromStr>(&mut self, field: &str) -> Option<T> {
        let id = self
            .value(field)?
            .as_str()
            .and_then(|text| text.to_ascii_lowercase().parse().ok());
        if id.is_none() {
            self.error(field, format!("{} must be a valid UUID", spoken(field)));
        }
        id
    }

    /// An e-mail address.
    pub fn email(&mut self, field: &str) -> Option<String> {
        let text = self.text(field, 8 * 254)?;
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        match email::check(text) {
            Ok(()) => Some(text.to_owned()),
            Err(error) => {
                self.error(field, error.to_string());
                None
            }
        }
    }

    /// An IANA time zone in its canonical spelling.
    pub fn zone(&mut self, field: &str) -> Option<String> {
        let text = self.text(field, NAME)?;
        let name = domain::time::zone(&text).and_then(|zone| zone.iana_name().map(str::to_owned));
        if name.is_none() {
            self.error(field, unknown_zone(&text));
        }
        name
    }

    /// A link with http or https.
    pub fn url(&mut self, field: &str) -> Option<String> {
        let text = self.text(field, 2_048)?;
        let valid = text.split_once("://").is_some_and(|(scheme, rest)| {
            (scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http"))
                && !rest.is_empty()
                && !text.chars().any(|c| c.is_whitespace() || c.is_control())
        });
        if !valid {
            self.error(
                field,
                format!("{} must be an http or https URL", spoken(field)),
            );
        }
        valid.then_some(text)
    }

    /// An instant within the bounds of `design/reliability.md` §9; without an offset it is read in the caller's zone,
    /// else in `fallback`, else refused.
    pub fn instant(&mut self, field: &str, fallback: Option<&TimeZone>) -> Option<Timestamp> {
        let Some(text) = self.value(field)?.as_str() else {
            self.error(
                field,
                format!(
                    "{} must be a timestamp such as 2031-04-02T09:30:00+02:00",
                    spoken(field)
                ),
            );
            return None;
        };
        match self.rendering.instant(text, fallback) {
            Ok(at) => Some(at),
            Err(message) => {
                self.error(field, format!("{} {message}", spoken(field)));
                None
            }
        }
    }

    /// A moment: `now`, `3 days`, `tomorrow`, a date, a timestamp (spec 50 §2).
    pub fn moment(&mut self, field: &str) -> Option<Moment> {
        let text = self.text(field, NAME)?;
        let read = match self.rendering.formatted(&text) {
            Some(at) => Moment::parse(&at.to_string()),
            None => Moment::parse(&text),
        };
        match read {
            Ok(moment) => Some(moment),
            Err(error) => {
                self.error(field, format!("{} {error}", spoken(field)));
                None
            }
        }
    }

    /// A length of time in whole seconds, such as `30 minutes`: at least `least`, at most `most` of them.
    pub fn duration(&mut self, field: &str, least: u32, most: u32) -> Option<u32> {
        let text = self.text(field, NAME)?;
        let seconds = match domain::time::parse_duration(&text) {
            Ok(duration) => duration.as_secs(),
            Err(error) => {
                self.error(field, format!("{} {error}", spoken(field)));
                return None;
            }
        };
        let problem = match u32::try_from(seconds) {
            Ok(seconds) if (least..=most).contains(&seconds) => return Some(seconds),
            Err(_) if seconds < 0 => "may not be negative",
            Ok(seconds) if seconds < least => "must be longer than nothing",
            _ => "is too long a duration",
        };
        self.error(field, format!("{} {problem}", spoken(field)));
        None
    }

    /// A list of ids; `[]`, `{}` and absence are the same.
    pub fn ids<T: std::str::FromStr>(&mut self, field: &str) -> Vec<T> {
        let list = match self.value(field) {
            None => return Vec::new(),
            Some(Value::Array(list)) => list.as_slice(),
            Some(Value::Object(object)) if object.is_empty() => return Vec::new(),
            Some(_) => {
                self.error(field, format!("{} must be a list of ids", spoken(field)));
                return Vec::new();
            }
        };
        let mut ids = Vec::with_capacity(list.len());
        for (index, item) in list.iter().enumerate() {
            let id = item.as_str().and_then(|text| {
                // Ids are read in either case; most come in lower case, which needs no copy.
                text.parse()
                    .ok()
                    .or_else(|| text.to_ascii_lowercase().parse().ok())
            });
            match id {
                Some(id) => ids.push(id),
                None => self.error(&format!("{field}.{index}"), "must be a valid UUID"),
            }
        }
        ids
    }

    /// A list of constraints; each that is wrong is named by its path.
    pub fn constraints(&mut self, field: &str) -> Rules {
        let Some(value) = self.value(field) else {
            return Rules::default();
        };
        let path = self.path(field);
        match Rules::read(&path, value) {
            Ok(rules) => rules,
            Err(errors) => {
                for error in errors {
                    self.errors.push(&error.field, error.message);
                }
                Rules::default()
            }
        }
    }

    /// A free `meta` object within its size.
    pub fn meta(&mut self, field: &str) -> Option<Map<String, Value>> {
        let object = self.map(field)?;
        let size = serde_json::to_string(object).map_or(usize::MAX, |text| text.len());
        if size > META {
            self.error(
                field,
                format!("{} may not be larger than {META} bytes", spoken(field)),
            );
            return None;
        }
        Some(object.clone())
    }

    /// A list of e-mail addresses.
    pub fn emails(&mut self, field: &str) -> Option<Vec<String>> {
        let Some(list) = self.value(field)?.as_array() else {
            if !self.map(field)?.is_empty() {
                self.error(
                    field,
                    format!("{} must be a list of e-mail addresses", spoken(field)),
                );
            }
            return Some(Vec::new());
        };
        if list.len() > 250 {
            self.error(
                field,
                format!("{} may not have more than 250 entries", spoken(field)),
            );
            return None;
        }
        let mut emails = Vec::with_capacity(list.len());
        for (index, item) in list.iter().enumerate() {
            match item
                .as_str()
                .map(str::trim)
                .filter(|text| email::check(text).is_ok())
            {
                Some(text) => emails.push(text.to_owned()),
                None => self.error(
                    &format!("{field}.{index}"),
                    "must be a valid e-mail address",
                ),
            }
        }
        Some(emails)
    }
}
