//! Query parameters, read the way real clients write them (spec 00 §4, §7, §8; clients.md §1.4).

use std::convert::Infallible;

use axum::{
    extract::FromRequestParts,
    http::{StatusCode, Uri, request::Parts},
};
use domain::{
    Page, PageInfo,
    search::{self, Criterion},
};
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde::Serialize;
pub use store::db::Direction;

use super::{
    error::{FieldErrors, Result, invalid},
    reply::{Paged, Reply},
};
use crate::app::App;

/// The parameters in the order they came; never fails, since a list is rather answered than refused for a stray parameter.
#[derive(Clone, Debug, Default)]
pub struct Query {
    path: String,
    pairs: Vec<(String, String)>,
}

impl Query {
    /// Reads the query of a request.
    pub fn from_uri(uri: &Uri) -> Self {
        let pairs = uri.query().unwrap_or_default();
        Self {
            path: uri.path().to_owned(),
            pairs: pairs.split('&').filter_map(pair).collect(),
        }
    }

    /// The first value under a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.pairs
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// All names and values, in the order they came.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
    }

    /// Whether a relation is asked for, by `include` or its other spelling.
    pub fn includes(&self, name: &str) -> bool {
        ["include", "includes"]
            .iter()
            .filter_map(|key| self.get(key))
            .flat_map(|list| list.split(','))
            .any(|item| {
                let item = item.trim();
                item == name
                    || item
                        .strip_prefix(name)
                        .is_some_and(|rest| rest.starts_with('.'))
            })
    }

    /// The criteria of `search`, all of which must match.
    pub fn search(&self) -> Vec<Criterion> {
        self.get("search").map(search::parse).unwrap_or_default()
    }

    /// The page asked for; out of range is clamped.
    pub fn page(&self, default_limit: u32) -> Page {
        Page::read(self.get("page"), self.get("limit"), default_limit)
    }

    /// The column to order by and whether it ascends; a field that is not in `allowed` is refused.
    pub fn order<T: Copy>(&self, allowed: &[(&str, T)]) -> Result<Option<(T, Direction)>> {
        let Some(field) = self
            .get("orderBy")
            .map(str::trim)
            .filter(|field| !field.is_empty())
        else {
            return Ok(None);
        };
        let Some((_, column)) = allowed.iter().find(|(name, _)| *name == field) else {
            let names: Vec<&str> = allowed.iter().map(|(name, _)| *name).collect();
            return Err(invalid(
                "orderBy",
                format!("orderBy must be one of {}", names.join(", ")),
            ));
        };
        let direction = match self.get("sortedBy").map(str::trim) {
            None | Some("") => Direction::Ascending,
            Some(text) if text.eq_ignore_ascii_case("asc") => Direction::Ascending,
            Some(text) if text.eq_ignore_ascii_case("desc") => Direction::Descending,
            Some(_) => return Err(invalid("sortedBy", "sortedBy must be asc or desc")),
        };
        Ok(Some((*column, direction)))
    }

    /// The answer for one page of rows.
    pub fn paged<T: Serialize>(&self, app: &App, page: Page, total: u64, data: Vec<T>) -> Reply {
        let info = PageInfo::new(page, total);
        Reply::json(
            StatusCode::OK,
            &Paged {
                total: info.total,
                per_page: info.per_page,
                current_page: info.current_page,
                last_page: info.last_page,
                next_page_url: info.next_page().map(|page| self.url(app, page)),
                prev_page_url: info.previous_page().map(|page| self.url(app, page)),
                from: info.from,
                to: info.to,
                data,
            },
        )
    }

    fn url(&self, app: &App, page: u32) -> String {
        let mut url = format!("{}{}?", app.config.public_url(), self.path);
        for (key, value) in self.pairs.iter().filter(|(key, _)| key != "page") {
            url.extend(utf8_percent_encode(key, NON_ALPHANUMERIC));
            url.push('=');
            url.extend(utf8_percent_encode(value, NON_ALPHANUMERIC));
            url.push('&');
        }
        url.push_str("page=");
        url.push_str(&page.to_string());
        url
    }
}

/// The refusal of a search by a field that the endpoint does not know: ignoring it would show other people's rows.
pub fn unknown_criterion(key: &str, known: &str) -> FieldErrors {
    let shown: String = key.chars().take(64).collect();
    FieldErrors::one("search", format!("cannot search by `{shown}`, use {known}"))
}

/// Reads `key=value`; a parameter with a NUL in it is dropped, since no text of ours can equal it.
fn pair(text: &str) -> Option<(String, String)> {
    let (key, value) = text.split_once('=').unwrap_or((text, ""));
    let (key, value) = (decode(key), decode(value));
    (!key.is_empty() && !key.contains('\0') && !value.contains('\0')).then_some((key, value))
}

fn decode(text: &str) -> String {
    percent_decode_str(&text.replace('+', " "))
        .decode_utf8_lossy()
        .into_owned()
}

impl<S: Sync> FromRequestParts<S> for Query {
    type Rejection = Infallible;

    async fn from_request_parts(
        parts: &mut Parts,
        _state: &S,
    ) -> std::result::Result<Self, Infallible> {
        Ok(Self::from_uri(&parts.uri))
    }
}
