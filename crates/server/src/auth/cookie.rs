//! The panel's session cookie, and the checks that a change made with it must pass (`design/reliability.md` §7).

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use subtle::ConstantTimeEq;

use crate::{
    api::error::{Error, Result},
    config::Config,
};

/// The header with the session's CSRF token.
pub const CSRF: HeaderName = HeaderName::from_static("x-csrf-token");
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// How the cookie is set, which follows from the public address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// `__Host-` and `Secure`: https, and loopback, where browsers take that too.
    Secure,
    /// Neither, since browsers would not keep it: plain http elsewhere.
    Plain,
}

impl Style {
    /// The style for an installation.
    pub fn of(config: &Config) -> Self {
        let url = config.public_url();
        if url.starts_with("https://") || is_loopback(&url) {
            Self::Secure
        } else {
            Self::Plain
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Secure => "__Host-daybook",
            Self::Plain => "daybook",
        }
    }

    fn attributes(self) -> &'static str {
        match self {
            Self::Secure => "; Path=/; HttpOnly; SameSite=Lax; Secure",
            Self::Plain => "; Path=/; HttpOnly; SameSite=Lax",
        }
    }

    /// The header that sets the cookie.
    pub fn set(self, value: &str) -> HeaderValue {
        let text = format!("{}={value}{}", self.name(), self.attributes());
        HeaderValue::try_from(text).expect("invariant: the value is base64")
    }

    /// The header that removes the cookie.
    pub fn remove(self) -> HeaderValue {
        let text = format!("{}={}; Max-Age=0", self.name(), self.attributes());
        HeaderValue::try_from(text).expect("invariant: constants")
    }

    /// The cookie's value.
    pub fn read(self, headers: &HeaderMap) -> Option<&str> {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|value| value.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(name, _)| *name == self.name())
            .map(|(_, value)| value)
    }
}

/// The host of a URL without its port.
fn is_loopback(url: &str) -> bool {
    let authority = url.split_once("://").map_or(url, |(_, rest)| rest);
    let host = match authority.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => authority.split([':', '/']).next().unwrap_or_default(),
    };
    host.eq_ignore_ascii_case("localhost")
        || host.to_ascii_lowercase().ends_with(".localhost")
        || host
            .parse::<std::net::IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

/// Whether a method only reads.
pub fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// Refuses a change that another site's page makes. Browsers say where a request comes from; a request that says
/// nothing comes from no page, and then the CSRF token alone decides.
pub fn check_origin(headers: &HeaderMap, public_url: &str) -> Result<()> {
    let text = |name: &HeaderName| {
        headers
            .get(name)
            .map(|value| value.to_str().unwrap_or("unreadable"))
    };
    if let Some(site) = text(&FETCH_SITE) {
        return if site == "same-origin" || site == "none" {
            Ok(())
        } else {
            Err(foreign())
        };
    }
    let Some(origin) = text(&header::ORIGIN) else {
        return Ok(());
    };
    let host = text(&header::HOST).unwrap_or_default();
    let is_host = origin
        .split_once("://")
        .is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host));
    if origin.eq_ignore_ascii_case(public_url) || is_host {
        Ok(())
    } else {
        Err(foreign())
    }
}

/// Refuses a change without the session's own token.
pub fn check_token(headers: &HeaderMap, token: &str) -> Result<()> {
    let sent = headers
        .get(&CSRF)
        .map(HeaderValue::as_bytes)
        .unwrap_or_default();
    if bool::from(sent.ct_eq(token.as_bytes())) {
        return Ok(());
    }
    Err(Error::ForbiddenBecause {
        message: "the X-CSRF-Token is missing or old, read the session again".to_owned(),
        code: "csrf",
    })
}

fn foreign() -> Error {
    Error::ForbiddenBecause {
        message: "this change comes from another site, open the panel by its own address"
            .to_owned(),
        code: "origin",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(*name, HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn changes_from_other_sites_are_refused() {
        let cases: [(&[(&str, &str)], bool); 9] = [
            (&[], true),
            (
                &[
                    ("sec-fetch-site", "same-origin"),
                    ("origin", "https://other.example"),
                ],
                true,
            ),
            (&[("sec-fetch-site", "none")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (
                &[
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "https://daybook.example"),
                ],
                false,
            ),
            (&[("origin", "https://daybook.example")], true),
            (
                &[
                    ("origin", "http://127.0.0.1:8080"),
                    ("host", "127.0.0.1:8080"),
                ],
                true,
            ),
            (
                &[
                    ("origin", "https://other.example"),
                    ("host", "daybook.example"),
                ],
                false,
            ),
            (&[("origin", "null")], false),
        ];
        for (pairs, passes) in cases {
            let mut map = HeaderMap::new();
            for (name, value) in pairs {
                map.append(
                    HeaderName::try_from(*name).expect("a name"),
                    HeaderValue::try_from(*value).expect("a value"),
                );
            }

            assert_eq!(
                check_origin(&map, "https://daybook.example").is_ok(),
                passes,
                "{pairs:?}"
            );
        }
    }

    #[test]
    fn the_cookie_is_found_among_others() {
        let map = headers(&[
            ("cookie", "a=b; daybook=plain"),
            ("cookie", "__Host-daybook=secure"),
        ]);

        assert_eq!(Style::Secure.read(&map), Some("secure"));
        assert_eq!(Style::Plain.read(&map), Some("plain"));
        assert_eq!(
            Style::Plain.read(&headers(&[("cookie", "daybooks=x; y")])),
            None
        );
    }

    #[test]
    fn loopback_is_told_by_the_host() {
        for url in [
            "http://localhost:8080",
            "http://127.0.0.1",
            "http://[::1]:8080",
            "http://127.9.9.9:1",
            "http://a.localhost",
        ] {
            assert!(is_loopback(url), "{url}");
        }
        for url in [
            "http://localhost.example",
            "http://10.0.0.1:8080",
            "http://127.0.0.1.example",
            "http://[2001:db8::1]",
        ] {
            assert!(!is_loopback(url), "{url}");
        }
    }

    #[test]
    fn the_token_must_be_the_sessions_own() {
        assert!(check_token(&headers(&[("x-csrf-token", "abc")]), "abc").is_ok());
        assert!(check_token(&headers(&[("x-csrf-token", "abd")]), "abc").is_err());
        assert!(check_token(&headers(&[]), "abc").is_err());
    }
}
