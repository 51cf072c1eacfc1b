//! What holds for the whole API: bodies, errors, CORS, trailing slashes, unknown paths.

use axum::{
    body::Body,
    http::{Request, header},
};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use domain::Mode;
use serde_json::{Value, json};

use crate::support::{Answer, As, TestApp, each_engine};

async fn raw(
    app: &TestApp,
    path: &str,
    content_type: Option<&str>,
    body: impl Into<Body>,
) -> Answer {
    let basic = BASE64_STANDARD.encode(format!(":{}", app.key));
    let mut request = Request::builder()
        .method("POST")
        .uri(path)
        .header(header::AUTHORIZATION, format!("Basic {basic}"));
    if let Some(content_type) = content_type {
        request = request.header(header::CONTENT_TYPE, content_type);
    }
    app.raw(request.body(body.into()).unwrap()).await
}

#[tokio::test(flavor = "multi_thread")]
async fn broken_bodies_are_refused_by_what_is_wrong_with_them() {
    each_engine(|app| async move {
        let path = "/v2/resources";
        for broken in [
            "{",
            "\"text\"",
            "7",
            "[1]",
            "{\"a\":\"\\ud800\"}",
            "{\"a\":1e999999}",
            "nul",
        ] {
            raw(&app, path, Some("application/json"), broken)
                .await
                .expect(400);
        }
        raw(&app, path, None, "{").await.expect(400);
        raw(&app, path, Some("text/xml"), "<a/>").await.expect(415);
        raw(&app, path, Some("application/json"), vec![0xff, 0xfe])
            .await
            .expect(400);
        let good = json!({ "name": "Room", "timezone": "UTC" }).to_string();
        for media in [
            None,
            Some("text/plain"),
            Some("application/x-www-form-urlencoded"),
        ] {
            raw(&app, path, media, good.clone()).await.expect(201);
        }
        for empty in ["", "{}", "[]", "null", " \n"] {
            raw(&app, path, Some("application/json"), empty)
                .await
                .expect(422);
        }
        raw(
            &app,
            path,
            Some("application/json"),
            "x".repeat(1024 * 1024 + 1),
        )
        .await
        .expect(413);
        let deep = format!("{{\"name\":{}1{}}}", "[".repeat(40), "]".repeat(40));
        raw(&app, path, Some("application/json"), deep)
            .await
            .expect(422);
        let deepest = format!("{{\"name\":{}1{}}}", "[".repeat(400), "]".repeat(400));
        raw(&app, path, Some("application/json"), deepest)
            .await
            .expect(400);
        let nul = raw(
            &app,
            path,
            Some("application/json"),
            "{\"name\":\"a\\u0000b\",\"timezone\":\"UTC\"}",
        )
        .await;
        assert_eq!(
            nul.expect(422).json(),
            json!({ "errors": { "name": ["may not contain NUL"] } })
        );
        let many: serde_json::Map<String, Value> = (0..1_001)
            .map(|index| (index.to_string(), json!(1)))
            .collect();
        raw(
            &app,
            path,
            Some("application/json"),
            Value::Object(many).to_string(),
        )
        .await
        .expect(422);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn credentials_are_looked_at_before_anything_else() {
    each_engine(|app| async move {
        for (method, path) in [
            ("POST", "/v2/bookings"),
            ("GET", "/v2/bookings/x"),
            ("PUT", "/v2/resources/x"),
        ] {
            let answer = app
                .send(As::Nobody, method, path, json!({ "nonsense": 1 }))
                .await
                .expect(401);
            assert_eq!(
                answer.json(),
                json!({ "error": "Invalid credentials supplied" })
            );
            assert_eq!(
                answer.headers[header::WWW_AUTHENTICATE],
                "Basic realm=\"timekit\""
            );
        }
        let key = app.key.clone();
        let last = if key.ends_with('x') { 'y' } else { 'x' };
        let typo = format!("{}{last}", &key[..key.len() - 1]);
        for (user, password) in [
            ("", "nonsense"),
            ("", typo.as_str()),
            (&key, ""),
            ("x", &key),
            ("", ""),
        ] {
            app.send(
                As::Basic(user, password),
                "GET",
                "/v2/bookings",
                Value::Null,
            )
            .await
            .expect(401);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn unknown_paths_and_methods_answer_in_json() {
    each_engine(|app| async move {
        for path in ["/v2/nonsense", "/v2", "/v1/bookings", "/v1", "/nonsense"] {
            let answer = app.get(path).await.expect(404);
            assert!(answer.json()["error"].is_string(), "{path}");
        }
        app.send(As::App, "PATCH", "/v2/bookings", json!({}))
            .await
            .expect(405);
        app.send(As::App, "PUT", "/v2/bookings", json!({ "bookings": [] }))
            .await
            .expect(405);
        app.send(As::App, "DELETE", "/v2/resources", Value::Null)
            .await
            .expect(405);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trailing_slash_changes_nothing() {
    each_engine(|app| async move {
        let body = json!({ "name": "Room", "timezone": "UTC" });
        let id = app
            .post("/v2/resources/", body)
            .await
            .expect(201)
            .text_at("/data/id");

        app.get(&format!("/v2/resources/{id}/?include="))
            .await
            .expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_other_origins_may_read_every_answer() {
    each_engine(|app| async move {
        let origin = [("Origin", "https://shop.example")];
        for path in ["/v2/bookings", "/v2/nonsense"] {
            let preflight = app
                .send_with(As::Nobody, "OPTIONS", path, Value::Null, &origin)
                .await
                .expect(204);
            assert_eq!(
                preflight.headers["access-control-allow-origin"],
                "https://shop.example"
            );
            let allowed = preflight.headers["access-control-allow-headers"]
                .to_str()
                .unwrap();
            for name in [
                "Authorization",
                "Content-Type",
                "Timekit-App",
                "Timekit-Context",
                "Timekit-Timezone",
            ] {
                assert!(allowed.split(", ").any(|it| it == name), "{name}");
            }
            assert_eq!(
                preflight.headers["access-control-allow-methods"],
                "GET, POST, PUT, DELETE, OPTIONS"
            );
        }
        for (who, path) in [
            (As::Nobody, "/v2/bookings"),
            (As::App, "/v2/nonsense"),
            (As::App, "/v2/bookings"),
        ] {
            let answer = app.send_with(who, "GET", path, Value::Null, &origin).await;
            assert_eq!(
                answer.headers["access-control-allow-origin"],
                "https://shop.example"
            );
            assert!(
                answer.headers["access-control-expose-headers"]
                    .to_str()
                    .unwrap()
                    .contains("Timekit-TestMode")
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn test_mode_is_told_in_a_header_and_live_mode_is_not() {
    each_engine(|mut app| async move {
        let live = app.get("/v2/bookings").await.expect(200);
        assert!(!live.headers.contains_key("timekit-testmode"));
        app.add_app("Trial", "trial@example.org", Mode::Test).await;

        assert!(app.key.starts_with("test_api_key_"));
        for (method, path, status) in [
            ("GET", "/v2/bookings", 200),
            ("POST", "/v2/bookings", 422),
            ("GET", "/v2/bookings/x", 404),
        ] {
            let answer = app
                .send(As::App, method, path, Value::Null)
                .await
                .expect(status);
            assert_eq!(answer.headers["timekit-testmode"], "true", "{path}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_and_the_reference_are_served() {
    each_engine(|app| async move {
        let document = app
            .send(As::Nobody, "GET", "/openapi.json", Value::Null)
            .await
            .expect(200)
            .json();
        assert_eq!(document["openapi"].as_str().unwrap()[..3], *"3.1");
        let paths = document["paths"].as_object().unwrap();
        assert!(
            paths.keys().all(|path| path.starts_with("/v2/")),
            "{:?}",
            paths.keys()
        );
        app.send(As::Nobody, "GET", "/docs/", Value::Null)
            .await
            .expect(200);
    })
    .await;
}
