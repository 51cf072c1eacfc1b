//! Who may call what: every route of the document with every kind of caller, and how callers prove who they are.

use std::collections::BTreeMap;

use axum::http::header;
use domain::Mode;
use jiff::SignedDuration;
use serde_json::{Value, json};
use server::api;

use crate::support::{Answer, As, Browser, PASSWORD, TestApp, each_engine, each_engine_with};

/// The table of spec 10. A = app key, O and M = server token of an owner and of a member, C = client token,
/// W = widget key, N = nobody; o, a, m = owner, admin and member in the panel.
const TABLE: &[(&str, &str, &str)] = &[
    ("get", "/v2/app", "AOMoam"),
    ("get", "/v2/apps", "AOMoam"),
    ("post", "/v2/apps", "Oo"),
    ("get", "/v2/apps/{slug}", "AOMoam"),
    ("put", "/v2/apps/{slug}", "AOoa"),
    ("delete", "/v2/apps/{slug}", "Oo"),
    ("post", "/v2/app/invite", "AOoa"),
    ("post", "/v2/apps/invite", "AOoa"),
    ("get", "/v2/app/members", "AOoa"),
    ("put", "/v2/app/members/{resource_id}", "AOo"),
    ("post", "/v2/auth", "N"),
    ("post", "/v2/resources/auth", "N"),
    ("post", "/v2/resources/resetpassword", "N"),
    ("post", "/v2/users/resetpassword", "N"),
    ("get", "/v2/credentials", "AOMoam"),
    ("post", "/v2/credentials", "AOMoam"),
    ("delete", "/v2/credentials/{id}", "AOMoam"),
    ("get", "/v2/resources", "AOMoam"),
    ("post", "/v2/resources", "Aoa"),
    ("get", "/v2/resources/me", "OMCoam"),
    ("get", "/v2/users/me", "OMCoam"),
    ("get", "/v2/me", "OMCoam"),
    ("put", "/v2/users/me", "OMoam"),
    ("get", "/v2/resources/timezone/{email}", "AOMCWoam"),
    ("get", "/v2/resources/timezones/{email}", "AOMCWoam"),
    ("get", "/v2/users/timezone/{email}", "AOMCWoam"),
    ("get", "/v2/resources/{id}", "AOMoam"),
    ("put", "/v2/resources/{id}", "AOMoam"),
    ("delete", "/v2/resources/{id}", "Aoa"),
    ("get", "/v2/calendars", "AOMoam"),
    ("post", "/v2/calendars", "AOMoam"),
    ("get", "/v2/calendars/{id}", "AOMoam"),
    ("put", "/v2/calendars/{id}", "AOMoam"),
    ("delete", "/v2/calendars/{id}", "AOMoam"),
    ("get", "/v2/events", "AOMoam"),
    ("post", "/v2/events", "AOMoam"),
    ("get", "/v2/events/{id}", "AOMoam"),
    ("put", "/v2/events/{id}", "AOMoam"),
    ("delete", "/v2/events/{id}", "AOMoam"),
    ("get", "/v2/availability", "AOMCWoam"),
    ("post", "/v2/availability", "AOMCWoam"),
    ("post", "/v2/availability/dates", "AOMCWoam"),
    ("post", "/v2/availability/count", "AOMCWoam"),
    ("post", "/v2/availability/explain", "Aoa"),
    ("post", "/v2/unavailable/slots", "AOMCWoam"),
    ("post", "/v2/findtime", "AOMCWoam"),
    ("post", "/v2/findtime/bulk", "AOMCWoam"),
    ("post", "/v2/findtime/team", "AOMCWoam"),
    ("get", "/v2/bookings", "AOMoam"),
    ("post", "/v2/bookings", "AOMCWoam"),
    ("get", "/v2/bookings/graphs", "AOMCWoam"),
    ("get", "/v2/bookings/graphs/{graph}", "AOMCWoam"),
    ("get", "/v2/bookings/{id}", "AOMoam"),
    ("put", "/v2/bookings/{id}", "AOMoam"),
    ("delete", "/v2/bookings/{id}", "AOMoam"),
    ("put", "/v2/bookings/{id}/meta", "AOMoam"),
    ("put", "/v2/bookings/{id}/{action}", "AOMoam"),
    ("post", "/v2/bookings/{id}/{action}", "AOMoam"),
    ("get", "/v2/projects", "AOWoa"),
    ("post", "/v2/projects", "AOoa"),
    ("get", "/v2/projects/{id}", "AOoa"),
    ("put", "/v2/projects/{id}", "AOoa"),
    ("delete", "/v2/projects/{id}", "AOo"),
    ("get", "/v2/projects/{id}/resources", "AOoa"),
    ("post", "/v2/projects/{id}/resources", "AOoa"),
    ("put", "/v2/projects/{id}/resources", "AOoa"),
    (
        "delete",
        "/v2/projects/{id}/resources/{resource_id}",
        "AOoa",
    ),
    ("get", "/v2/projects/hosted/{slug}", "N"),
    ("get", "/v2/projects/embed/{id}", "AWoa"),
    ("get", "/v2/widgets", "AOoa"),
    ("post", "/v2/widgets", "AOoa"),
    ("get", "/v2/widgets/{id}", "AOoa"),
    ("put", "/v2/widgets/{id}", "AOoa"),
    ("delete", "/v2/widgets/{id}", "AOo"),
    ("get", "/v2/widgets/hosted/{slug}", "N"),
    ("get", "/v2/widgets/embed/{id}", "AWoa"),
    ("get", "/v2/locations", "AWoa"),
    ("post", "/v2/locations", "Aoa"),
    ("get", "/v2/locations/{id}", "Aoa"),
    ("put", "/v2/locations/{id}", "Aoa"),
    ("delete", "/v2/locations/{id}", "Aoa"),
    ("get", "/v2/location/services", "AWoa"),
    ("post", "/v2/location/services", "Aoa"),
    ("get", "/v2/location/services/{id}", "Aoa"),
    ("put", "/v2/location/services/{id}", "Aoa"),
    ("delete", "/v2/location/services/{id}", "Aoa"),
    ("get", "/v2/accounts", "AOMoam"),
    ("get", "/v2/accounts/google/signup", "N"),
    ("get", "/v2/accounts/microsoft/signup", "N"),
    ("get", "/v2/accounts/sync", "AOMoam"),
    ("post", "/v2/accounts/sync", "AOMoam"),
    ("post", "/v2/accounts/microsoft/sync", "AOMoam"),
];

/// The callers of the table.
struct Callers {
    member: (String, String),
    client: (String, String),
    panel: BTreeMap<char, Browser>,
}

impl Callers {
    async fn new(app: &TestApp) -> Self {
        let (email, server, client) = person(app, "member@example.org", "member").await;
        person(app, "admin@example.org", "admin").await;
        let panel = BTreeMap::from([
            ('o', Browser::signed_in(app, &app.owner.0).await),
            ('a', Browser::signed_in(app, "admin@example.org").await),
            ('m', Browser::signed_in(app, "member@example.org").await),
        ]);
        Self {
            member: (email.clone(), server),
            client: (email, client),
            panel,
        }
    }

    async fn ask(&mut self, app: &TestApp, letter: char, method: &str, path: &str) -> Answer {
        let body = if method == "GET" {
            Value::Null
        } else {
            json!({})
        };
        let (owner, member, client) = (&app.owner, &self.member, &self.client);
        let who = match letter {
            'A' => As::App,
            'W' => As::Widget,
            'O' => As::Resource(&owner.0, &owner.1),
            'M' => As::Resource(&member.0, &member.1),
            'C' => As::Resource(&client.0, &client.1),
            'N' => As::Nobody,
            letter => {
                let browser = self.panel.get_mut(&letter).unwrap();
                return browser.send(app, method, path, body).await;
            }
        };
        app.send(who, method, path, body).await
    }
}

/// Adds a resource with the usual password and a role: its e-mail, server token and client token.
async fn person(app: &TestApp, email: &str, role: &str) -> (String, String, String) {
    let body = json!({ "name": email, "timezone": "UTC", "email": email, "password": PASSWORD });
    let made = app.post("/v2/resources", body).await.expect(201);
    let id = made.text_at("/data/id");
    let path = format!("/v2/app/members/{id}");
    app.put(&path, json!({ "role": role })).await.expect(200);
    let keys = app
        .get(&format!("/v2/credentials?search=resource.id:{id}"))
        .await
        .expect(200)
        .data();
    let client = keys
        .as_array()
        .unwrap()
        .iter()
        .find(|key| key["type"] == "client-token")
        .unwrap();
    (
        email.to_owned(),
        made.text_at("/data/api_token"),
        client["token"].as_str().unwrap().to_owned(),
    )
}

#[test]
fn the_table_names_every_route_of_the_document() {
    let document = serde_json::to_value(api::openapi()).unwrap();

    let mut routes = Vec::new();
    for (path, operations) in document["paths"].as_object().unwrap() {
        for method in operations.as_object().unwrap().keys() {
            routes.push((method.clone(), path.clone()));
        }
    }
    routes.sort();

    let mut table: Vec<_> = TABLE
        .iter()
        .map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned()))
        .collect();
    table.sort();
    assert_eq!(routes, table);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_admits_the_callers_of_its_row_and_no_others() {
    each_engine(|app| async move {
        let mut callers = Callers::new(&app).await;
        let missing = "01900000-0000-7000-8000-000000000000";
        for (method, template, admitted) in TABLE {
            let path = template
                .replace("{slug}", "missing")
                .replace("{email}", "missing@example.org")
                .replace("{graph}", "missing")
                .replace("{action}", "confirm")
                .replace("{resource_id}", missing)
                .replace("{id}", missing);
            let method = method.to_uppercase();
            let is_open = admitted.contains('N');
            for letter in "AOMCWNoam".chars() {
                let status = callers
                    .ask(&app, letter, &method, &path)
                    .await
                    .status
                    .as_u16();
                if is_open {
                    assert_ne!(status, 403, "{letter} {method} {path}");
                } else if letter == 'N' {
                    assert_eq!(status, 401, "{letter} {method} {path}");
                } else if admitted.contains(letter) {
                    assert!(
                        !matches!(status, 401 | 403),
                        "{letter} {method} {path}: {status}"
                    );
                } else {
                    assert_eq!(status, 403, "{letter} {method} {path}");
                }
            }
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_credentials_get_the_known_answer_before_anything_else() {
    each_engine_with(&[("limit-auth-failures", "0")], |app| async move {
        let (email, token) = app.owner.clone();
        let key = app.key.clone();
        let mut typo = key.clone();
        typo.replace_range(20..21, if &key[20..21] == "x" { "y" } else { "x" });
        let unknown = domain::key::format_key(domain::KeyKind::App, Mode::Live, [9; 32]);
        for (user, password) in [
            (key.as_str(), ""),
            (email.as_str(), key.as_str()),
            ("anything", key.as_str()),
            ("", typo.as_str()),
            ("", unknown.as_str()),
            ("", token.as_str()),
            ("", ""),
            ("other@example.org", token.as_str()),
        ] {
            let headers = [("Timekit-App", app.slug.as_str())];
            let who = As::Basic(user, password);
            // Neither the broken id nor the broken body is looked at.
            let answer = app
                .send_with(who, "PUT", "/v2/resources/x", json!([1]), &headers)
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
        let bearer = [("Authorization", "Bearer abc")];
        app.send_with(As::Nobody, "GET", "/v2/app", Value::Null, &bearer)
            .await
            .expect(401);
        let in_page = [("sec-fetch-site", "same-origin")];
        let answer = app
            .send_with(As::Nobody, "GET", "/v2/app", Value::Null, &in_page)
            .await
            .expect(401);
        assert!(!answer.headers.contains_key(header::WWW_AUTHENTICATE));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_needs_the_slug_of_an_app_as_header_or_parameter() {
    each_engine(|app| async move {
        let (email, token) = app.owner.clone();
        let ask = async |path: &str, slug: Option<&str>| {
            let headers: Vec<_> = slug.iter().map(|slug| ("Timekit-App", *slug)).collect();
            app.send_with(
                As::Basic(&email, &token),
                "GET",
                path,
                Value::Null,
                &headers,
            )
            .await
        };

        for (path, slug) in [("/v2/app", None), ("/v2/app", Some("missing"))] {
            let answer = ask(path, slug).await.expect(401);
            assert!(
                answer.text_at("/error").contains("Timekit-App"),
                "{}",
                answer.text
            );
        }
        ask("/v2/app", Some(&app.slug)).await.expect(200);
        ask(&format!("/v2/app?Timekit-App={}", app.slug), None)
            .await
            .expect(200);
        let upper = As::Resource(&email.to_uppercase(), &token);
        app.send(upper, "GET", "/v2/app", Value::Null)
            .await
            .expect(200);
        let ignored = [("Timekit-App", "missing")];
        app.send_with(As::App, "GET", "/v2/app", Value::Null, &ignored)
            .await
            .expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn test_apps_say_so_on_every_answer() {
    each_engine(|mut app| async move {
        let live = app.get("/v2/app").await.expect(200);
        assert!(!live.headers.contains_key("timekit-testmode"));

        app.add_app("Trial", "trial@example.org", Mode::Test).await;

        assert!(app.key.starts_with("test_api_key_"));
        assert!(app.widget_key.starts_with("test_widget_key_"));
        for (who, status) in [(As::App, 200), (As::Widget, 403)] {
            let answer = app
                .send(who, "GET", "/v2/app", Value::Null)
                .await
                .expect(status);
            assert_eq!(answer.headers["timekit-testmode"], "true");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_from_one_address_are_slowed_and_valid_keys_pass() {
    each_engine_with(&[("limit-auth-failures", "3")], |app| async move {
        let wrong = || app.send(As::Basic("", "wrong"), "GET", "/v2/app", Value::Null);
        for _ in 0..3 {
            wrong().await.expect(401);
        }

        let slowed = wrong().await.expect(429);

        let seconds: u64 = slowed.headers[header::RETRY_AFTER]
            .to_str()
            .unwrap()
            .parse()
            .unwrap();
        assert!((1..=60).contains(&seconds));
        app.get("/v2/app").await.expect(200);
        for _ in 0..5 {
            app.send(As::Nobody, "GET", "/v2/app", Value::Null)
                .await
                .expect(401);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_widget_key_works_in_pages_of_its_origins_only() {
    each_engine(|app| async move {
        let mut browser = Browser::signed_in(&app, &app.owner.0).await;
        let keys = browser.get(&app, "/keys").await.expect(200).data();
        let widget = keys
            .as_array()
            .unwrap()
            .iter()
            .find(|key| key["kind"] == "widget")
            .unwrap();
        let path = format!("/keys/{}", widget["id"].as_str().unwrap());
        assert_eq!(widget["value"], app.widget_key.as_str());
        let origins =
            json!({ "allowed_origins": ["https://WWW.example.org/", "https://www.example.org"] });

        let saved = browser.put(&app, &path, origins).await.expect(200).data();

        assert_eq!(saved["allowed_origins"], json!(["https://www.example.org"]));
        let graphs = async |origin: &str| {
            let headers = [("Origin", origin)];
            app.send_with(
                As::Widget,
                "GET",
                "/v2/bookings/graphs",
                Value::Null,
                &headers,
            )
            .await
        };
        graphs("https://www.example.org").await.expect(200);
        // The booking pages of this server.
        graphs(&app.app.config.public_url()).await.expect(200);
        graphs("https://other.example").await.expect(403);
        app.send(As::Widget, "GET", "/v2/bookings/graphs", Value::Null)
            .await
            .expect(200);
        let wrong = json!({ "allowed_origins": ["https://www.example.org/page", "*"] });
        let errors = browser.put(&app, &path, wrong).await.expect(422).json();
        assert_eq!(errors["errors"].as_object().unwrap().len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_traded_for_a_token_that_works() {
    each_engine(|app| async move {
        let log_in = async |password: &str, slug: Option<&str>| {
            let headers: Vec<_> = slug.iter().map(|slug| ("Timekit-App", *slug)).collect();
            let body = json!({ "email": "DOC@example.org", "password": password });
            app.send_with(As::Nobody, "POST", "/v2/auth", body, &headers)
                .await
        };

        let answer = log_in(PASSWORD, Some(&app.slug)).await.expect(200);

        assert_eq!(answer.text_at("/data/api_token"), app.owner.1);
        assert_eq!(answer.text_at("/data/email"), "doc@example.org");
        assert_eq!(answer.data()["activated"], true);
        assert_eq!(answer.data()["last_sync"], Value::Null);
        let wrong = log_in("wrong horse battery", Some(&app.slug))
            .await
            .expect(401)
            .json();
        assert!(
            wrong["error"]["message"]
                .as_str()
                .unwrap()
                .contains("does not match")
        );
        for slug in [None, Some("missing")] {
            let answer = log_in(PASSWORD, slug).await.expect(401);
            assert!(
                answer.text_at("/error").contains("Timekit-App"),
                "{}",
                answer.text
            );
        }
        let body = json!({ "email": "missing@example.org", "password": PASSWORD });
        let headers = [("Timekit-App", app.slug.as_str())];
        app.send_with(As::Nobody, "POST", "/v2/resources/auth", body, &headers)
            .await
            .expect(401);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_a_password_is_slowed_and_the_owner_gets_in() {
    each_engine(|app| async move {
        let mut guest = Browser::at("198.51.100.7");
        for _ in 0..5 {
            guest
                .sign_in(&app, "doc@example.org", "wrong horse battery")
                .await
                .expect(401);
        }

        let slowed = guest
            .sign_in(&app, "doc@example.org", PASSWORD)
            .await
            .expect(429);

        assert_eq!(slowed.headers[header::RETRY_AFTER], "2");
        let mut unknown = Browser::at("198.51.100.7");
        for _ in 0..5 {
            unknown
                .sign_in(&app, "nobody@example.org", PASSWORD)
                .await
                .expect(401);
        }
        unknown
            .sign_in(&app, "nobody@example.org", PASSWORD)
            .await
            .expect(429);
        Browser::at("203.0.113.9")
            .sign_in(&app, "doc@example.org", PASSWORD)
            .await
            .expect(200);
        app.app.clock.advance(SignedDuration::from_secs(2));
        guest
            .sign_in(&app, "doc@example.org", PASSWORD)
            .await
            .expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_resources_are_made_listed_and_revoked() {
    each_engine(|app| async move {
        let id = app.resource("Room").await;
        let body = json!({ "resource_id": id, "type": "server-token" });

        let made = app.post("/v2/credentials", body).await.expect(201).data();

        let listed = app
            .get(&format!("/v2/credentials?search=resource_id:{id}"))
            .await
            .expect(200);
        assert_eq!(listed.json()["total"], 3);
        assert_eq!(listed.data()[2], made);
        assert_eq!(
            app.get("/v2/credentials?limit=2").await.expect(200).json()["total"],
            5
        );
        app.get("/v2/credentials?search=type:x").await.expect(422);
        app.post("/v2/credentials", json!({ "type": "x" }))
            .await
            .expect(422);
        app.post("/v2/credentials", json!({})).await.expect(422);
        let foreign = json!({ "resource_id": "01900000-0000-7000-8000-000000000000" });
        app.post("/v2/credentials", foreign).await.expect(404);
        let path = format!("/v2/credentials/{}", made["id"].as_str().unwrap());
        app.delete(&path).await.expect(204);
        app.delete(&path).await.expect(404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_revoked_token_stops_at_once() {
    each_engine(|app| async move {
        let (email, token, _) = person(&app, "ida@example.org", "member").await;
        let own = As::Resource(&email, &token);
        let keys = app
            .send(own, "GET", "/v2/credentials", Value::Null)
            .await
            .expect(200)
            .json();
        assert_eq!(keys["total"], 2);
        let server = keys["data"]
            .as_array()
            .unwrap()
            .iter()
            .find(|key| key["token"] == token.as_str())
            .unwrap();

        app.delete(&format!(
            "/v2/credentials/{}",
            server["id"].as_str().unwrap()
        ))
        .await
        .expect(204);

        app.send(As::Resource(&email, &token), "GET", "/v2/app", Value::Null)
            .await
            .expect(401);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_of_one_app_does_not_open_the_persons_other_apps() {
    each_engine(|mut app| async move {
        let (slug, owner, key) = (app.slug.clone(), app.owner.clone(), app.key.clone());
        app.add_app("Other", "other@example.org", Mode::Live).await;
        // The other app's key holder invites the first app's owner, and can read the keys of the new resource.
        let invited = app
            .post("/v2/app/invite", json!({ "email": owner.0 }))
            .await
            .expect(201);
        let id = invited.text_at("/data/id");
        let keys = app
            .get(&format!("/v2/credentials?search=resource.id:{id}"))
            .await
            .expect(200)
            .data();
        let seen = keys
            .as_array()
            .unwrap()
            .iter()
            .find(|key| key["type"] == "server-token")
            .unwrap();
        let token = seen["token"].as_str().unwrap();

        let foreign = [("Timekit-App", slug.as_str())];
        let ask = |token: String, headers: [(&'static str, String); 1]| {
            let (app, email) = (&app, owner.0.clone());
            async move {
                let headers = headers
                    .each_ref()
                    .map(|(name, value)| (*name, value.as_str()));
                app.send_with(
                    As::Basic(&email, &token),
                    "GET",
                    "/v2/app",
                    Value::Null,
                    &headers,
                )
                .await
            }
        };

        ask(token.to_owned(), [("Timekit-App", slug.clone())])
            .await
            .expect(401);
        // Pending members have no access in the inviting app either.
        ask(token.to_owned(), [("Timekit-App", app.slug.clone())])
            .await
            .expect(401);
        // The first app's own key does not show its creator's server token, and cannot make another one.
        let basic = As::Basic("", &key);
        let keys = app
            .send_with(basic, "GET", "/v2/credentials", Value::Null, &foreign)
            .await
            .expect(200)
            .data();
        let hidden = keys
            .as_array()
            .unwrap()
            .iter()
            .find(|key| key["type"] == "server-token")
            .unwrap();
        assert_eq!(hidden["token"], Value::Null);
        let body = json!({ "resource_id": hidden["resource_id"], "type": "server-token" });
        app.send(As::Basic("", &key), "POST", "/v2/credentials", body)
            .await
            .expect(403);
        // A password would open both apps.
        let path = format!("/v2/resources/{}", hidden["resource_id"].as_str().unwrap());
        let body = json!({ "password": "tulip engine harbor" });
        app.send(As::Basic("", &key), "PUT", &path, body.clone())
            .await
            .expect(200);
        app.put(&format!("/v2/resources/{id}"), body)
            .await
            .expect(422);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_creators_key_opens_every_app_that_the_person_belongs_to() {
    each_engine(|app| async move {
        let (email, token) = app.owner.clone();
        let own = || As::Resource(&email, &token);

        let made = app
            .send(
                own(),
                "POST",
                "/v2/apps?include=app_token",
                json!({ "name": "Hill Valley" }),
            )
            .await
            .expect(201);

        assert_eq!(made.text_at("/data/slug"), "hill-valley-2");
        let key = made.text_at("/data/app_token");
        app.send(As::Basic("", &key), "GET", "/v2/app", Value::Null)
            .await
            .expect(200);
        let listed = app
            .send(own(), "GET", "/v2/apps", Value::Null)
            .await
            .expect(200);
        assert_eq!(listed.json()["total"], 2);
        let headers = [("Timekit-App", "hill-valley-2")];
        let who = As::Basic(&email, &token);
        let other = app
            .send_with(who, "GET", "/v2/app", Value::Null, &headers)
            .await
            .expect(200);
        assert_eq!(other.text_at("/data/role"), "owner");
        assert_eq!(
            other.data()["creator_resource_id"],
            made.data()["creator_resource_id"]
        );
        app.send(own(), "GET", "/v2/apps/hill-valley-2", Value::Null)
            .await
            .expect(200);
        assert_eq!(app.get("/v2/apps").await.expect(200).json()["total"], 1);
        app.get("/v2/apps/hill-valley-2").await.expect(404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn last_uses_are_written_to_the_minute() {
    each_engine(|app| async move {
        let mut browser = Browser::signed_in(&app, &app.owner.0).await;
        app.app.clock.advance(SignedDuration::from_secs(90));
        app.get("/v2/app").await.expect(200);
        browser.get(&app, "/session").await.expect(200);

        server::jobs::upkeep::flush(&app.app).await.unwrap();

        let keys = browser.get(&app, "/keys").await.expect(200).data();
        assert_eq!(keys[0]["kind"], "app");
        assert_eq!(keys[0]["last_used_at"], "2026-11-24T08:01:00Z");
        assert_eq!(keys[1]["last_used_at"], Value::Null);
        let sessions = browser.get(&app, "/sessions").await.expect(200).data();
        assert_eq!(sessions[0]["seen_at"], "2026-11-24T08:01:00Z");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nul_in_a_path_or_parameter_finds_nothing() {
    each_engine(|app| async move {
        let (email, token) = app.owner.clone();
        for (method, template, admitted) in TABLE.iter().filter(|row| row.1.contains('{')) {
            let mut path = String::new();
            for part in template.split('/').skip(1) {
                path.push('/');
                path.push_str(if part.starts_with('{') { "a%00b" } else { part });
            }
            let method = method.to_uppercase();
            let body = if method == "GET" {
                Value::Null
            } else {
                json!({})
            };
            let who = if admitted.contains('A') {
                As::App
            } else {
                As::Resource(&email, &token)
            };

            let answer = app.send(who, &method, &path, body).await;

            assert!(
                matches!(answer.status.as_u16(), 404 | 422),
                "{method} {path}: {}",
                answer.text
            );
        }
        app.send(
            As::Basic(&email, &token),
            "GET",
            "/v2/app?Timekit-App=a%00b",
            Value::Null,
        )
        .await
        .expect(401);
        Browser::new().get(&app, "/invites/a%00b").await.expect(404);
    })
    .await;
}
