//! The built web front as embedded bytes, and the routes that hand them out.
//!
//! Bytes only: this crate knows no domain, no store and no settings. Security headers are the server's layer.

use axum::{
    Router,
    body::{Body, Bytes},
    extract::Path,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{
            ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH,
            LOCATION, VARY,
        },
    },
    response::{IntoResponse, Response},
    routing::get,
};
use rust_embed::{Embed, EmbeddedFile};
use std::{borrow::Cow, fmt::Write};

#[derive(Embed)]
#[folder = "$OUT_DIR/web"]
struct Files;

/// What a build without a web front answers where a page should be.
const MISSING: &str = "This build has no web front. Install Node 20.19 or newer and build again, or use a release binary.";

/// A hashed name never changes its content.
const FOREVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const ASK_FIRST: HeaderValue = HeaderValue::from_static("no-cache");

/// The panel, its assets, the icon, and the way from `/` to the panel.
pub fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    Router::new()
        .route("/", get(home))
        .route("/admin", get(admin))
        .route("/admin/", get(admin))
        .route("/admin/{*path}", get(admin_page))
        .route("/assets/{*path}", get(asset))
        .route("/favicon.svg", get(icon))
        .route("/favicon.ico", get(icon))
}

/// Whether this build holds the pages; the server says so in its log when it does not.
pub fn is_built() -> bool {
    Files::get("admin.html").is_some()
}

/// The entry of the booking page with the server's own markup in it: `head` (title, meta tags, data block) and
/// `noscript`, what is shown without JavaScript. Both must be escaped already. A build without a front has none.
pub fn booking_page(head: &str, noscript: &str) -> Option<String> {
    let entry = Files::get("book.html")?;
    let entry = std::str::from_utf8(&entry.data).ok()?;
    let (before, rest) = entry.split_once("<!--head-->")?;
    let (between, after) = rest.split_once("<!--noscript-->")?;
    Some([before, head, between, noscript, after].concat())
}

/// What a build without a web front answers where a page should be.
pub fn no_front() -> Response {
    missing()
}

async fn home() -> Response {
    if is_built() {
        (StatusCode::FOUND, [(LOCATION, "/admin")]).into_response()
    } else {
        missing()
    }
}

async fn admin(headers: HeaderMap) -> Response {
    file("admin.html", &headers, ASK_FIRST).unwrap_or_else(missing)
}

async fn admin_page(Path(path): Path<String>, headers: HeaderMap) -> Response {
    // An unknown call is not a page.
    if path == "api" || path.starts_with("api/") {
        let json = [(CONTENT_TYPE, "application/json")];
        return (
            StatusCode::NOT_FOUND,
            json,
            r#"{"error":"There is nothing at this path"}"#,
        )
            .into_response();
    }
    admin(headers).await
}

async fn asset(Path(path): Path<String>, headers: HeaderMap) -> Response {
    // The compressed copies are answers to Accept-Encoding, not addresses.
    let copy = [".br", ".gz"].iter().any(|ending| path.ends_with(ending));
    let found = if copy {
        None
    } else {
        file(&format!("assets/{path}"), &headers, FOREVER)
    };
    found.unwrap_or_else(|| (StatusCode::NOT_FOUND, "Not found").into_response())
}

async fn icon(headers: HeaderMap) -> Response {
    file("favicon.svg", &headers, ASK_FIRST)
        .unwrap_or_else(|| StatusCode::NOT_FOUND.into_response())
}

fn missing() -> Response {
    let page = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>Daybook</title>\
         <main><h1>Daybook</h1><p>{MISSING}</p></main></html>\n"
    );
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
    ];
    (StatusCode::SERVICE_UNAVAILABLE, headers, page).into_response()
}

/// The file in the smallest form that the caller takes.
fn file(path: &str, headers: &HeaderMap, cache: HeaderValue) -> Option<Response> {
    let plain = Files::get(path)?;
    let accepted = headers
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok())
        .unwrap_or("");
    let (encoding, found) = [("br", "br"), ("gzip", "gz")]
        .into_iter()
        .filter(|(encoding, _)| accepts(accepted, encoding))
        .find_map(|(encoding, ending)| {
            Some((Some(encoding), Files::get(&format!("{path}.{ending}"))?))
        })
        .unwrap_or((None, plain));

    let tag = tag(&found);
    let mut response = if matches(headers, &tag) {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        Body::from(bytes(found.data)).into_response()
    };
    let out = response.headers_mut();
    out.insert(ETAG, tag);
    out.insert(CACHE_CONTROL, cache);
    out.insert(VARY, HeaderValue::from_static("accept-encoding"));
    out.insert(CONTENT_TYPE, HeaderValue::from_static(content_type(path)));
    if let Some(encoding) = encoding {
        out.insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
    }
    Some(response)
}

/// Whether `Accept-Encoding` names this encoding and does not refuse it by `q=0`.
fn accepts(header: &str, encoding: &str) -> bool {
    header.split(',').any(|part| {
        let (name, parameters) = part.split_once(';').unwrap_or((part, ""));
        let quality = parameters
            .trim()
            .strip_prefix("q=")
            .map_or(1.0, |q| q.trim().parse().unwrap_or(0.0));
        name.trim().eq_ignore_ascii_case(encoding) && quality > 0.0
    })
}

fn matches(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    let (Some(Ok(wanted)), Ok(tag)) = (
        headers.get(IF_NONE_MATCH).map(HeaderValue::to_str),
        tag.to_str(),
    ) else {
        return false;
    };
    wanted
        .split(',')
        .any(|one| one.trim().trim_start_matches("W/") == tag || one.trim() == "*")
}

/// Names the bytes sent, so that each encoding has a tag of its own.
fn tag(file: &EmbeddedFile) -> HeaderValue {
    let mut text = String::from("\"");
    for byte in &file.metadata.sha256_hash()[..12] {
        write!(text, "{byte:02x}").expect("invariant: a String takes every write");
    }
    text.push('"');
    HeaderValue::try_from(text).expect("invariant: hexadecimal digits are a valid header")
}

fn bytes(data: Cow<'static, [u8]>) -> Bytes {
    match data {
        Cow::Borrowed(data) => Bytes::from_static(data),
        Cow::Owned(data) => Bytes::from(data),
    }
}

fn content_type(path: &str) -> &'static str {
    match path.rsplit_once('.').map_or("", |(_, ending)| ending) {
        "css" => "text/css; charset=utf-8",
        "html" => "text/html; charset=utf-8",
        "js" => "text/javascript; charset=utf-8",
        "json" => "application/json",
        "svg" => "image/svg+xml",
        "woff2" => "font/woff2",
        _ => "application/octet-stream",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::to_bytes, http::Request};
    use tower::ServiceExt;

    async fn ask(path: &str, headers: &[(&str, &str)]) -> Response {
        let mut request = Request::get(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request
            .body(Body::empty())
            .expect("the request is well formed");
        router()
            .oneshot(request)
            .await
            .expect("a router never fails")
    }

    fn header<'a>(response: &'a Response, name: &str) -> &'a str {
        response
            .headers()
            .get(name)
            .map_or("", |value| value.to_str().expect("headers are text"))
    }

    fn some_script() -> Option<String> {
        Files::iter()
            .find(|path| path.starts_with("assets/admin") && path.ends_with(".js"))
            .map(Into::into)
    }

    #[test]
    fn an_encoding_is_accepted_unless_its_quality_is_zero() {
        assert!(accepts("gzip, deflate, br", "br"));
        assert!(accepts("gzip;q=0.5", "gzip"));
        assert!(!accepts("br;q=0, gzip", "br"));
        assert!(!accepts("", "gzip"));
    }

    #[test]
    fn the_booking_page_takes_what_the_server_puts_in() {
        let Some(page) = booking_page("<title>Eye <!--noscript--></title>", "<p>Call us</p>")
        else {
            assert!(!is_built());
            return;
        };

        assert!(page.contains("<title>Eye <!--noscript--></title>"));
        assert!(page.contains("<noscript><p>Call us</p></noscript>"));
        assert!(!page.contains("<!--head-->"));
    }

    #[tokio::test]
    async fn a_page_is_the_entry_or_says_that_there_is_no_front() {
        for path in ["/admin", "/admin/", "/admin/bookings/5"] {
            let response = ask(path, &[]).await;

            if is_built() {
                assert_eq!(response.status(), StatusCode::OK);
                assert_eq!(header(&response, "cache-control"), "no-cache");
            } else {
                assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
                let body = to_bytes(response.into_body(), 10_000)
                    .await
                    .expect("a short body");
                assert!(String::from_utf8_lossy(&body).contains(MISSING));
            }
        }
    }

    #[tokio::test]
    async fn an_unknown_asset_or_call_is_not_the_entry() {
        for path in [
            "/assets/none.js",
            "/assets/../admin.html",
            "/admin/api/none",
        ] {
            assert_eq!(
                ask(path, &[]).await.status(),
                StatusCode::NOT_FOUND,
                "{path}"
            );
        }
    }

    #[tokio::test]
    async fn an_asset_is_kept_forever_and_sent_in_the_best_encoding() {
        let Some(path) = some_script() else { return };

        for (accepted, encoding) in [("br, gzip", "br"), ("gzip", "gzip"), ("identity", "")] {
            let response = ask(&format!("/{path}"), &[("accept-encoding", accepted)]).await;

            assert_eq!(response.status(), StatusCode::OK);
            assert_eq!(header(&response, "content-encoding"), encoding);
            assert_eq!(header(&response, "vary"), "accept-encoding");
            assert!(header(&response, "cache-control").ends_with("immutable"));
            assert_eq!(
                header(&response, "content-type"),
                "text/javascript; charset=utf-8"
            );
        }
        let copy = ask(&format!("/{path}.br"), &[]).await;
        assert_eq!(copy.status(), StatusCode::NOT_FOUND);
    }

    #[tokio::test]
    async fn a_known_tag_saves_the_bytes() {
        let first = ask("/admin", &[]).await;
        if !is_built() {
            return;
        }

        let second = ask("/admin", &[("if-none-match", header(&first, "etag"))]).await;

        assert_eq!(second.status(), StatusCode::NOT_MODIFIED);
    }
}
