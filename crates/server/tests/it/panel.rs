//! `/admin/api`: sign-up, sessions, account, keys, members, invitations, resets.

use axum::http::header;
use domain::Mode;
use jiff::SignedDuration;
use serde_json::{Value, json};
use server::jobs::upkeep;
use store::Scope;
use tokio_util::sync::CancellationToken;

use crate::support::{As, Browser, PASSWORD, TestApp, each_engine, each_engine_with};

const NEW_PASSWORD: &str = "tulip engine harbor";

/// Every route with who may call it: N = nobody signed in, m, a, o = member, admin, owner of the shown app.
const TABLE: &[(&str, &str, &str)] = &[
    ("GET", "/server", "N"),
    ("POST", "/signup", "N"),
    ("POST", "/login", "N"),
    ("POST", "/logout", "N"),
    ("GET", "/session", "mao"),
    ("POST", "/session/confirm", "mao"),
    ("POST", "/session/app", "mao"),
    ("GET", "/sessions", "mao"),
    ("DELETE", "/sessions/{id}", "mao"),
    ("PUT", "/account", "mao"),
    ("PUT", "/account/password", "mao"),
    ("GET", "/account/personal-key", "mao"),
    ("POST", "/account/personal-key/reveal", "mao"),
    ("GET", "/keys", "o"),
    ("PUT", "/keys/{id}", "o"),
    ("DELETE", "/keys/{id}", "o"),
    ("POST", "/keys/{id}/reveal", "o"),
    ("POST", "/keys/{id}/rotate", "o"),
    ("GET", "/members", "ao"),
    ("POST", "/members", "o"),
    ("PUT", "/members/{id}", "o"),
    ("DELETE", "/members/{id}", "o"),
    ("POST", "/members/{id}/link", "o"),
    ("GET", "/invites/{id}", "N"),
    ("POST", "/invites/{id}", "N"),
    ("POST", "/forgot", "N"),
    ("GET", "/resets/{id}", "N"),
    ("POST", "/resets/{id}", "N"),
    ("GET", "/checklist", "mao"),
    ("POST", "/checklist/token-stored", "o"),
];

fn sign_up_body() -> Value {
    json!({
        "name": "Ada Byron", "email": "ada@example.org", "password": "correct horse battery",
        "app_name": "North Dental", "timezone": "europe/london"
    })
}

/// Adds a person with a role and the usual password.
async fn person(app: &TestApp, email: &str, role: &str) {
    let body = json!({ "name": email, "timezone": "UTC", "email": email, "password": PASSWORD });
    let id = app
        .post("/v2/resources", body)
        .await
        .expect(201)
        .text_at("/data/id");
    app.put(&format!("/v2/app/members/{id}"), json!({ "role": role }))
        .await
        .expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_up_leads_to_a_token_that_works_at_once() {
    each_engine(|app| async move {
        let mut browser = Browser::new();

        let answer = browser
            .post(&app, "/signup", sign_up_body())
            .await
            .expect(201);

        let data = answer.data();
        assert_eq!(data["person"]["email"], "ada@example.org");
        assert_eq!(data["person"]["timezone"], "Europe/London");
        assert_eq!(data["app"]["slug"], "north-dental");
        assert_eq!(data["app"]["role"], "owner");
        assert_eq!(data["app"]["timezone"], "Europe/London");
        assert_eq!(data["apps"].as_array().unwrap().len(), 1);
        let token = answer.text_at("/app_token");
        let seen = app
            .send(As::Basic("", &token), "GET", "/v2/app", Value::Null)
            .await
            .expect(200)
            .data();
        assert_eq!(seen["settings"]["contact_email"], "ada@example.org");
        assert_eq!(seen["creator_resource_id"], data["app"]["resource_id"]);
        let resources = app
            .send(As::Basic("", &token), "GET", "/v2/resources", Value::Null)
            .await
            .expect(200);
        assert_eq!(resources.text_at("/data/0/calendars/0/name"), "Bookings");
        browser
            .send(&app, "GET", "/v2/bookings", Value::Null)
            .await
            .expect(200);
        assert_eq!(browser.get(&app, "/session").await.expect(200).data(), data);
        assert_eq!(answer.headers[header::CACHE_CONTROL], "no-store");
        browser
            .post(&app, "/signup", sign_up_body())
            .await
            .expect(422);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_up_names_every_wrong_field() {
    each_engine(|app| async move {
        let mut browser = Browser::new();
        let body =
            json!({ "name": " ", "email": "x", "password": "short", "timezone": "Mars/Base" });

        let errors = browser.post(&app, "/signup", body).await.expect(422).json()["errors"].clone();

        let fields: Vec<_> = errors.as_object().unwrap().keys().cloned().collect();
        assert_eq!(
            fields,
            ["app_name", "email", "name", "password", "timezone"]
        );
        for password in [
            "password1234",
            "northdental2031",
            "ada@example.org",
            "AdaByron1815",
        ] {
            let mut body = sign_up_body();
            body["password"] = password.into();
            let errors = browser.post(&app, "/signup", body).await.expect(422).json();
            assert!(
                errors["errors"]["password"][0]
                    .as_str()
                    .unwrap()
                    .contains("easy to guess"),
                "{password}"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_up_may_be_closed() {
    for (setting, status) in [("open", 201), ("first", 403), ("closed", 403)] {
        each_engine_with(&[("signup", setting)], move |app| async move {
            let mut browser = Browser::new();
            let server = browser.get(&app, "/server").await.expect(200).data();
            assert_eq!(
                server["signup"],
                if status == 201 { "open" } else { "closed" }
            );
            assert_eq!(server["first_run"], false);
            assert_eq!(server["public_url"], "http://daybook.test");
            assert_eq!(
                (&server["mail"], &server["keys_revealable"]),
                (&json!(false), &json!(true))
            );

            browser
                .post(&app, "/signup", sign_up_body())
                .await
                .expect(status);
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_of_the_panel_admits_its_row_and_no_others() {
    each_engine(|app| async move {
        person(&app, "admin@example.org", "admin").await;
        person(&app, "member@example.org", "member").await;
        let browsers = [
            ('o', Browser::signed_in(&app, &app.owner.0).await),
            ('a', Browser::signed_in(&app, "admin@example.org").await),
            ('m', Browser::signed_in(&app, "member@example.org").await),
        ];
        for (method, template, admitted) in TABLE {
            let path = format!(
                "/admin/api{}",
                template.replace("{id}", "01900000-0000-7000-8000-000000000000")
            );
            let body = if *method == "GET" {
                Value::Null
            } else {
                json!({})
            };
            let is_open = admitted.contains('N');

            let nobody = Browser::new().send(&app, method, &path, body.clone()).await;
            assert_eq!(
                nobody.status == 401,
                !is_open,
                "{method} {path}: {}",
                nobody.text
            );
            assert!(
                !nobody.headers.contains_key(header::WWW_AUTHENTICATE),
                "{method} {path}"
            );
            for (letter, browser) in browsers.iter().filter(|_| *template != "/logout") {
                // A copy of the browser: what an answer changes in it does not reach the next request.
                let answer = browser
                    .clone()
                    .send(&app, method, &path, body.clone())
                    .await;
                let refused = matches!(answer.status.as_u16(), 401 | 403);
                let expected = !is_open && !admitted.contains(*letter);
                assert_eq!(
                    refused, expected,
                    "{letter} {method} {path}: {}",
                    answer.text
                );
                if *method != "GET" && !is_open {
                    let without = [("sec-fetch-site", "same-origin"), ("x-csrf-token", "wrong")];
                    let answer = browser
                        .clone()
                        .send_with(&app, method, &path, body.clone(), &without)
                        .await;
                    assert_eq!(
                        answer.expect(403).text_at("/code"),
                        "csrf",
                        "{method} {path}"
                    );
                }
            }
            if *method != "GET" {
                for foreign in [
                    ("sec-fetch-site", "cross-site"),
                    ("origin", "https://evil.example"),
                ] {
                    let browser = browsers[0].1.clone();
                    let headers = [foreign, ("x-csrf-token", &browser.csrf.clone())];
                    let answer = browser
                        .send_with(&app, method, &path, body.clone(), &headers)
                        .await;
                    assert_eq!(
                        answer.expect(403).text_at("/code"),
                        "origin",
                        "{method} {path}"
                    );
                }
            }
        }
        Browser::signed_in(&app, &app.owner.0)
            .await
            .get(&app, "/missing")
            .await
            .expect(404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_public_api_asks_the_panel_for_its_csrf_token_too() {
    each_engine(|app| async move {
        let mut browser = Browser::signed_in(&app, &app.owner.0).await;
        let body = json!({ "name": "Room", "timezone": "UTC" });

        for headers in [
            vec![],
            vec![("x-csrf-token", "wrong")],
            vec![
                ("x-csrf-token", browser.csrf.as_str()),
                ("origin", "https://evil.example"),
            ],
            vec![
                ("x-csrf-token", browser.csrf.as_str()),
                ("sec-fetch-site", "same-site"),
            ],
        ] {
            let answer = browser
                .clone()
                .send_with(&app, "POST", "/v2/resources", body.clone(), &headers)
                .await;
            answer.expect(403);
        }
        browser
            .send(&app, "POST", "/v2/resources", body)
            .await
            .expect(201);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_follows_the_public_address() {
    for (url, expected) in [
        (
            "https://daybook.example",
            "__Host-daybook=…; Path=/; HttpOnly; SameSite=Lax; Secure",
        ),
        (
            "http://127.0.0.1:8080",
            "__Host-daybook=…; Path=/; HttpOnly; SameSite=Lax; Secure",
        ),
        (
            "http://daybook.example",
            "daybook=…; Path=/; HttpOnly; SameSite=Lax",
        ),
    ] {
        each_engine_with(&[("public-url", url)], move |app| async move {
            let mut browser = Browser::new();

            let answer = browser
                .sign_in(&app, "doc@example.org", PASSWORD)
                .await
                .expect(200);

            let cookie = answer.headers[header::SET_COOKIE].to_str().unwrap();
            let value = cookie.split(['=', ';']).nth(1).unwrap();
            assert_eq!(value.len(), 43);
            assert_eq!(cookie.replace(value, "…"), expected);
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_end_by_idling_by_age_and_by_hand() {
    each_engine(|app| async move {
        let mut first = Browser::signed_in(&app, &app.owner.0).await;
        let mut second = Browser::signed_in(&app, &app.owner.0).await;
        let listed = first.get(&app, "/sessions").await.expect(200).data();
        let other = listed
            .as_array()
            .unwrap()
            .iter()
            .find(|session| session["current"] == false)
            .unwrap();
        assert_eq!(other["address"], "192.0.2.1");

        first
            .delete(
                &app,
                &format!("/sessions/{}", other["id"].as_str().unwrap()),
            )
            .await
            .expect(204);

        second.get(&app, "/session").await.expect(401);
        let mut third = Browser::signed_in(&app, &app.owner.0).await;
        let stale = third.clone();
        third.post(&app, "/logout", Value::Null).await.expect(204);
        assert_eq!(third.cookie, "daybook=");
        stale.clone().get(&app, "/session").await.expect(401);
        stale
            .clone()
            .post(&app, "/logout", Value::Null)
            .await
            .expect(204);

        // Seven days of use, and no longer; without use, eight hours.
        for _ in 0..23 {
            app.app.clock.advance(SignedDuration::from_hours(7));
            first.get(&app, "/session").await.expect(200);
            upkeep::flush(&app.app).await.unwrap();
        }
        app.app.clock.advance(SignedDuration::from_hours(7));
        first.get(&app, "/session").await.expect(401);
        let mut idle = Browser::signed_in(&app, &app.owner.0).await;
        app.app.clock.advance(SignedDuration::from_hours(8));
        idle.get(&app, "/session").await.expect(401);

        upkeep::clean_up(&app.app, &CancellationToken::new())
            .await
            .unwrap();
        let mut now = Browser::signed_in(&app, &app.owner.0).await;
        assert_eq!(
            now.get(&app, "/sessions")
                .await
                .expect(200)
                .data()
                .as_array()
                .unwrap()
                .len(),
            1
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_ends_the_other_sessions() {
    each_engine(|app| async move {
        let mut own = Browser::signed_in(&app, &app.owner.0).await;
        let mut other = Browser::signed_in(&app, &app.owner.0).await;
        let mut change = async |current: &str, new: &str| {
            let body = json!({ "current_password": current, "password": new });
            own.put(&app, "/account/password", body).await
        };

        let wrong = change("wrong horse battery", NEW_PASSWORD)
            .await
            .expect(422)
            .json();
        assert!(wrong["errors"]["current_password"].is_array());
        change(PASSWORD, "hillvalley2015").await.expect(422);
        change(PASSWORD, NEW_PASSWORD).await.expect(204);

        own.get(&app, "/session").await.expect(200);
        other.get(&app, "/session").await.expect(401);
        Browser::new()
            .sign_in(&app, "doc@example.org", PASSWORD)
            .await
            .expect(401);
        Browser::new()
            .sign_in(&app, "doc@example.org", NEW_PASSWORD)
            .await
            .expect(200);
        own.put(&app, "/account", json!({ "name": "Doc" }))
            .await
            .expect(204);
        assert_eq!(
            own.get(&app, "/session")
                .await
                .expect(200)
                .text_at("/data/person/name"),
            "Doc"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_are_shown_after_the_password_was_given() {
    each_engine(|app| async move {
        let mut browser = Browser::signed_in(&app, &app.owner.0).await;
        let keys = browser.get(&app, "/keys").await.expect(200).data();
        let id = keys[0]["id"].as_str().unwrap().to_owned();
        let path = format!("/keys/{id}/reveal");
        assert_eq!(keys[0].get("value"), None);
        assert_eq!(
            keys[0]["masked"],
            format!("live_api_key_••••{}", &app.key[app.key.len() - 4..])
        );
        assert_eq!(
            (&keys[0]["current"], &keys[0]["revealable"]),
            (&json!(true), &json!(true))
        );

        assert_eq!(
            browser
                .post(&app, &path, Value::Null)
                .await
                .expect(200)
                .text_at("/data/value"),
            app.key
        );

        app.app.clock.advance(SignedDuration::from_mins(10));
        let refused = browser.post(&app, &path, Value::Null).await.expect(403);
        assert_eq!(refused.text_at("/code"), "confirm_password");
        assert_eq!(
            browser.get(&app, "/session").await.expect(200).data()["confirmed_until"],
            Value::Null
        );
        let personal = "/account/personal-key/reveal";
        assert_eq!(
            browser
                .post(&app, personal, Value::Null)
                .await
                .expect(403)
                .text_at("/code"),
            "confirm_password"
        );
        let old = browser.clone();
        browser
            .post(
                &app,
                "/session/confirm",
                json!({ "password": "wrong horse battery" }),
            )
            .await
            .expect(422);
        let confirmed = browser
            .post(&app, "/session/confirm", json!({ "password": PASSWORD }))
            .await
            .expect(200);
        assert_eq!(
            confirmed.text_at("/data/confirmed_until"),
            "2026-11-24T08:20:00Z"
        );
        browser.post(&app, &path, Value::Null).await.expect(200);
        assert_eq!(
            browser
                .post(&app, personal, Value::Null)
                .await
                .expect(200)
                .text_at("/data/value"),
            app.owner.1
        );
        let key = browser
            .get(&app, "/account/personal-key")
            .await
            .expect(200)
            .data();
        assert_eq!(
            (&key["email"], &key["app_slug"]),
            (&json!("doc@example.org"), &json!("hill-valley"))
        );
        // The session has a new cookie since its rights grew.
        old.clone().get(&app, "/session").await.expect(401);
        assert_eq!(
            acts(&app).await,
            ["credential.reveal", "key.reveal", "key.reveal"]
        );
    })
    .await;
}

/// The acts in the app's audit log, the newest first.
async fn acts(app: &TestApp) -> Vec<String> {
    let id = app
        .get("/v2/app")
        .await
        .expect(200)
        .text_at("/data/id")
        .parse()
        .unwrap();
    let mut conn = app.app.db.read(Scope::System("test")).await.unwrap();
    let entries = store::audit::list(&mut conn, id, 100).await.unwrap();
    assert!(
        entries
            .iter()
            .all(|entry| entry.actor.starts_with("person:") || entry.actor.starts_with("key:"))
    );
    entries
        .into_iter()
        .map(|entry| entry.act)
        .filter(|act| !act.starts_with("member."))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_may_keep_digests_only() {
    each_engine_with(&[("keys-revealable", "false")], |app| async move {
        let mut browser = Browser::signed_in(&app, &app.owner.0).await;
        let keys = browser.get(&app, "/keys").await.expect(200).data();
        assert_eq!(keys[0]["revealable"], false);
        assert_eq!(keys[1]["value"], app.widget_key.as_str());

        let path = format!("/keys/{}/reveal", keys[0]["id"].as_str().unwrap());
        let refused = browser.post(&app, &path, Value::Null).await.expect(403);

        assert_eq!(refused.text_at("/code"), "not_revealable");
        let seen = app
            .get("/v2/app?include=app_token")
            .await
            .expect(200)
            .data();
        assert_eq!(seen.get("app_token"), Some(&Value::Null));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rotated_key_works_on_for_its_grace_and_ends_at_once_when_told() {
    each_engine(|app| async move {
        let mut browser = Browser::signed_in(&app, &app.owner.0).await;
        let works = async |key: &str| {
            app.send(As::Basic("", key), "GET", "/v2/app", Value::Null)
                .await
                .status
                == 200
        };
        let mut current = browser.get(&app, "/keys").await.expect(200).data()[0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        let mut values = vec![app.key.clone()];
        for grace in ["1h", "7d", "none"] {
            assert!(works(values.last().unwrap()).await);
            let path = format!("/keys/{current}/rotate");
            let rotated = browser
                .post(&app, &path, json!({ "grace": grace }))
                .await
                .expect(200)
                .data();
            browser
                .post(&app, &path, json!({ "grace": grace }))
                .await
                .expect(if grace == "none" { 404 } else { 422 });
            current = rotated["key"]["id"].as_str().unwrap().to_owned();
            values.push(rotated["value"].as_str().unwrap().to_owned());
            assert_eq!(rotated["key"]["current"], true);
        }

        assert!(works(&values[0]).await && works(&values[1]).await && works(&values[3]).await);
        assert!(!works(&values[2]).await, "no grace");
        assert_eq!(
            app.send(
                As::Basic("", &values[3]),
                "GET",
                "/v2/app?include=app_token",
                Value::Null
            )
            .await
            .text_at("/data/app_token"),
            values[3]
        );
        app.app.clock.advance(SignedDuration::from_hours(1));
        assert!(!works(&values[0]).await, "an hour is over");
        let keys = browser.get(&app, "/keys").await.expect(200).data();
        let old = keys
            .as_array()
            .unwrap()
            .iter()
            .find(|key| key["current"] == false)
            .unwrap();
        assert_eq!(old["expires_at"], "2026-12-01T08:00:00Z");
        browser
            .delete(&app, &format!("/keys/{current}"))
            .await
            .expect(422);
        browser
            .delete(&app, &format!("/keys/{}", old["id"].as_str().unwrap()))
            .await
            .expect(204);
        assert!(!works(&values[1]).await, "ended by hand");
        upkeep::clean_up(&app.app, &CancellationToken::new())
            .await
            .unwrap();
        assert_eq!(
            browser
                .get(&app, "/keys")
                .await
                .expect(200)
                .data()
                .as_array()
                .unwrap()
                .len(),
            2
        );
        browser
            .post(
                &app,
                &format!("/keys/{current}/rotate"),
                json!({ "grace": "1y" }),
            )
            .await
            .expect(403);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_app_has_at_most_ten_keys() {
    each_engine(|app| async move {
        let mut browser = Browser::signed_in(&app, &app.owner.0).await;
        let mut current = browser.get(&app, "/keys").await.expect(200).data()[0]["id"]
            .as_str()
            .unwrap()
            .to_owned();
        for _ in 0..8 {
            let path = format!("/keys/{current}/rotate");
            let rotated = browser
                .post(&app, &path, json!({ "grace": "7d" }))
                .await
                .expect(200);
            current = rotated.text_at("/data/key/id");
        }

        let path = format!("/keys/{current}/rotate");
        browser
            .post(&app, &path, json!({ "grace": "7d" }))
            .await
            .expect(422);

        assert_eq!(
            browser
                .get(&app, "/keys")
                .await
                .expect(200)
                .data()
                .as_array()
                .unwrap()
                .len(),
            10
        );
        browser
            .post(&app, &path, json!({ "grace": "none" }))
            .await
            .expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_person_joins_by_the_link_once() {
    each_engine(|app| async move {
        let mut owner = Browser::signed_in(&app, &app.owner.0).await;
        let body = json!({ "email": "ida@example.org", "role": "admin", "name": "Ida" });
        let added = owner.post(&app, "/members", body.clone()).await.expect(201);
        let link = added.text_at("/link");
        assert!(link.starts_with("http://daybook.test/admin/invite/"), "{link}");
        assert_eq!(added.text_at("/data/state"), "invited");
        let person = added.text_at("/data/person_id");
        let renewed = owner.post(&app, &format!("/members/{person}/link"), Value::Null).await.expect(200);
        let path_of = |link: &str| format!("/invites/{}", link.rsplit('/').next().unwrap());
        let (old, path) = (path_of(&link), path_of(&renewed.text_at("/data/link")));
        let mut guest = Browser::new();

        guest.get(&app, &old).await.expect(404);
        let invitation = guest.get(&app, &path).await.expect(200).data();
        assert_eq!(
            invitation,
            json!({ "app_name": "Hill Valley", "email": "ida@example.org", "name": "Ida", "has_account": false })
        );
        guest.post(&app, &path, json!({ "password": "hillvalley2015" })).await.expect(422);
        let joined = guest.post(&app, &path, json!({ "name": "Ida B", "password": NEW_PASSWORD })).await.expect(200);

        assert_eq!(joined.text_at("/data/app/role"), "admin");
        assert_eq!(joined.text_at("/data/person/name"), "Ida B");
        guest.get(&app, &path).await.expect(404);
        guest.clone().post(&app, &path, json!({ "password": NEW_PASSWORD })).await.expect(404);
        owner.post(&app, "/members", body).await.expect(422);
        owner.post(&app, &format!("/members/{person}/link"), Value::Null).await.expect(422);
        let members = owner.get(&app, "/members").await.expect(200).data();
        assert_eq!((&members[0]["is_you"], &members[1]["state"]), (&json!(true), &json!("active")));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_person_joins_with_the_password_they_have() {
    each_engine(|mut app| async move {
        let known = app.owner.0.clone();
        app.add_app("Other", "other@example.org", Mode::Live).await;
        let mut owner = Browser::signed_in(&app, "other@example.org").await;
        let link = owner
            .post(&app, "/members", json!({ "email": known }))
            .await
            .expect(201)
            .text_at("/link");
        let path = format!("/invites/{}", link.rsplit('/').next().unwrap());
        let mut guest = Browser::new();
        assert_eq!(
            guest.get(&app, &path).await.expect(200).data()["has_account"],
            true
        );

        guest
            .post(&app, &path, json!({ "password": NEW_PASSWORD }))
            .await
            .expect(401);
        let joined = guest
            .post(&app, &path, json!({ "password": PASSWORD }))
            .await
            .expect(200)
            .data();

        assert_eq!(joined["app"]["slug"], "other");
        assert_eq!(joined["apps"].as_array().unwrap().len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_gives_no_password_to_a_person_of_another_app() {
    each_engine(|mut app| async move {
        let body = json!({ "name": "Ida", "timezone": "UTC", "email": "ida@example.org" });
        app.post("/v2/resources", body).await.expect(201);
        app.add_app("Other", "other@example.org", Mode::Live).await;
        let mut owner = Browser::signed_in(&app, "other@example.org").await;
        let link = owner
            .post(&app, "/members", json!({ "email": "ida@example.org" }))
            .await
            .expect(201);
        let path = format!(
            "/invites/{}",
            link.text_at("/link").rsplit('/').next().unwrap()
        );
        let mut thief = Browser::new();

        assert_eq!(
            thief.get(&app, &path).await.expect(200).data()["has_account"],
            true
        );
        thief
            .post(&app, &path, json!({ "password": NEW_PASSWORD }))
            .await
            .expect(401);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_without_a_password_gets_a_link_to_choose_one() {
    each_engine(|app| async move {
        let body = json!({ "name": "Ida", "timezone": "UTC", "email": "ida@example.org" });
        app.post("/v2/resources", body).await.expect(201);
        let mut owner = Browser::signed_in(&app, &app.owner.0).await;
        let members = owner.get(&app, "/members").await.expect(200).data();
        let person = members[1]["person_id"].as_str().unwrap();

        let link = owner
            .post(&app, &format!("/members/{person}/link"), Value::Null)
            .await
            .expect(200);

        let path = format!(
            "/resets/{}",
            link.text_at("/data/link").rsplit('/').next().unwrap()
        );
        let mut guest = Browser::new();
        assert_eq!(
            guest
                .get(&app, &path)
                .await
                .expect(200)
                .text_at("/data/email"),
            "ida@example.org"
        );
        guest
            .post(&app, &path, json!({ "password": "short" }))
            .await
            .expect(422);
        let joined = guest
            .post(&app, &path, json!({ "password": NEW_PASSWORD }))
            .await
            .expect(200);
        assert_eq!(joined.text_at("/data/app/role"), "member");
        guest
            .clone()
            .post(&app, &path, json!({ "password": NEW_PASSWORD }))
            .await
            .expect(404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reset_link_works_once_within_half_an_hour_and_ends_all_sessions() {
    each_engine(|app| async move {
        let mut owner = Browser::signed_in(&app, &app.owner.0).await;
        let make = async || {
            let (token, digest) = server::token::link(&app.app.clock);
            let mut conn = app.app.db.write(Scope::System("test")).await.unwrap();
            let person = store::persons::find(&mut conn, "doc@example.org").await.unwrap().unwrap();
            let end = app.app.clock.now() + SignedDuration::from_mins(30);
            store::password_resets::insert(&mut conn, &digest, person.id, end).await.unwrap();
            conn.commit().await.unwrap();
            format!("/resets/{token}")
        };
        let forgot = async |email: &str| {
            let body = json!({ "email": email });
            Browser::new().post(&app, "/forgot", body).await.expect(200).data()
        };
        let mut guest = Browser::new();

        let (older, newer) = (make().await, make().await);
        guest.get(&app, &older).await.expect(404);
        guest.post(&app, &newer, json!({ "password": NEW_PASSWORD })).await.expect(200);

        guest.get(&app, "/session").await.expect(200);
        owner.get(&app, "/session").await.expect(401);
        let late = make().await;
        app.app.clock.advance(SignedDuration::from_mins(30));
        guest.get(&app, &late).await.expect(404);
        let known = forgot("doc@example.org").await;
        assert_eq!(
            known,
            json!({ "mail": false, "command": "daybook user reset-password --email doc@example.org" })
        );
        assert_eq!(forgot("missing@example.org").await["mail"], false);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_member_is_out_at_once_and_the_last_owner_stays() {
    each_engine(|app| async move {
        person(&app, "ida@example.org", "member").await;
        let mut owner = Browser::signed_in(&app, &app.owner.0).await;
        let mut member = Browser::signed_in(&app, "ida@example.org").await;
        let members = owner.get(&app, "/members").await.expect(200).data();
        let path =
            |index: usize| format!("/members/{}", members[index]["person_id"].as_str().unwrap());
        owner
            .put(&app, &path(0), json!({ "role": "admin" }))
            .await
            .expect(422);
        owner.delete(&app, &path(0)).await.expect(422);
        assert_eq!(
            owner
                .put(&app, &path(1), json!({ "role": "admin" }))
                .await
                .expect(200)
                .text_at("/data/role"),
            "admin"
        );

        owner.delete(&app, &path(1)).await.expect(204);

        member
            .send(&app, "GET", "/v2/app", Value::Null)
            .await
            .expect(403);
        member.get(&app, "/session").await.expect(401);
        Browser::new()
            .sign_in(&app, "ida@example.org", PASSWORD)
            .await
            .expect(403);
        let headers = [("Timekit-App", app.slug.as_str())];
        let body = json!({ "email": "ida@example.org", "password": PASSWORD });
        app.send_with(As::Nobody, "POST", "/v2/auth", body, &headers)
            .await
            .expect(401);
        owner.delete(&app, &path(1)).await.expect(404);
        let again = owner
            .post(&app, "/members", json!({ "email": "ida@example.org" }))
            .await
            .expect(201);
        assert_eq!(again.text_at("/data/state"), "invited");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_checklist_ticks_itself() {
    each_engine(|app| async move {
        let mut browser = Browser::signed_in(&app, &app.owner.0).await;
        let mut list = async || browser.get(&app, "/checklist").await.expect(200).data();
        assert_eq!(
            list().await,
            json!({ "token_stored": false, "first_resource": false, "first_booking": false })
        );

        let room = app.resource("Room").await;
        assert_eq!(list().await["first_resource"], true);
        app.book(&room, "instant", "10:00", "11:00").await;
        assert_eq!(list().await["first_booking"], true);
        browser
            .post(&app, "/checklist/token-stored", Value::Null)
            .await
            .expect(204);

        let done = json!({ "token_stored": true, "first_resource": true, "first_booking": true });
        assert_eq!(
            browser.get(&app, "/checklist").await.expect(200).data(),
            done
        );
    })
    .await;
}
