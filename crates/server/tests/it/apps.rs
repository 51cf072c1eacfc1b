//! `/v2/app` and `/v2/apps`.

use domain::Mode;
use serde_json::{Value, json};

use crate::support::{As, Browser, PASSWORD, each_engine};

#[tokio::test(flavor = "multi_thread")]
async fn the_app_shows_its_secrets_to_its_key_and_to_owners() {
    each_engine(|app| async move {
        let (email, token) = app.owner.clone();

        let plain = app.get("/v2/app").await.expect(200).data();
        let full = app.get("/v2/app?include=app_token,members").await.expect(200).data();

        assert_eq!(plain["slug"], "hill-valley");
        assert_eq!(plain["settings"]["name"], "Hill Valley");
        assert_eq!(plain["role"], "owner");
        assert_eq!(plain["creator_resource_id"], app.owner_resource.as_str());
        assert_eq!(plain["webhook_secret"].as_str().unwrap().len(), 64);
        assert_eq!(plain.get("app_token"), None);
        assert_eq!(full["app_token"], app.key.as_str());
        assert_eq!(full["members"][0]["email"], "doc@example.org");
        let owner = app.send(As::Resource(&email, &token), "GET", "/v2/app?include=app_token", Value::Null).await;
        assert_eq!(owner.expect(200).text_at("/data/app_token"), app.key);
        let body = json!({ "name": "Ida", "timezone": "UTC", "email": "ida@example.org", "password": PASSWORD });
        let member = app.post("/v2/resources", body).await.expect(201).text_at("/data/api_token");
        let who = As::Resource("ida@example.org", &member);
        let seen = app.send(who, "GET", "/v2/app?include=app_token", Value::Null).await.expect(200).data();
        assert_eq!((&seen["role"], &seen["webhook_secret"]), (&json!("member"), &Value::Null));
        assert_eq!(seen.get("app_token"), None);
        assert_eq!(app.get("/v2/apps/hill-valley").await.expect(200).data(), plain);
        app.get("/v2/apps/missing").await.expect(404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn settings_are_merged_flat_or_nested_and_null_removes() {
    each_engine(|app| async move {
        let path = "/v2/apps/hill-valley";
        let settings = async || app.get("/v2/app").await.expect(200).data()["settings"].clone();

        app.put(
            path,
            json!({ "slug": "other", "color": "blue", "disableEmail": "1" }),
        )
        .await
        .expect(204);
        app.put(
            path,
            json!({ "settings": { "from_name": "Desk", "color": null } }),
        )
        .await
        .expect(204);

        let expected = json!({ "name": "Hill Valley", "disableEmail": true, "from_name": "Desk" });
        assert_eq!(settings().await, expected);
        let wrong =
            json!({ "name": null, "callback": "x", "resource_rate_limits": { "daily": 0 } });
        let errors = app.put(path, wrong).await.expect(422).json()["errors"].clone();
        assert_eq!(errors.as_object().unwrap().len(), 3);
        assert_eq!(settings().await, expected);
        app.put("/v2/apps/missing", json!({})).await.expect(404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_app_is_gone_with_its_keys_and_frees_its_slug() {
    each_engine(|mut app| async move {
        let (email, token) = app.owner.clone();
        let mut browser = Browser::signed_in(&app, &email).await;
        app.get("/v2/app").await.expect(200);

        app.send(
            As::Resource(&email, &token),
            "DELETE",
            "/v2/apps/hill-valley",
            Value::Null,
        )
        .await
        .expect(204);

        app.get("/v2/app").await.expect(401);
        app.send(As::Resource(&email, &token), "GET", "/v2/app", Value::Null)
            .await
            .expect(401);
        browser
            .send(&app, "GET", "/v2/app", Value::Null)
            .await
            .expect(403);
        browser.get(&app, "/session").await.expect(401);
        app.add_app("Hill Valley", "marty@example.org", Mode::Live)
            .await;
        assert_eq!(app.slug, "hill-valley");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_app_needs_a_name_and_good_settings() {
    each_engine(|app| async move {
        let mut browser = Browser::signed_in(&app, &app.owner.0).await;
        let mut create = async |body| browser.send(&app, "POST", "/v2/apps", body).await;

        create(json!({})).await.expect(422);
        create(json!({ "name": "x", "settings": { "from_email": "nobody" } }))
            .await
            .expect(422);
        let made =
            create(json!({ "name": "Trial", "test_mode": true, "settings": { "color": "red" } }))
                .await;

        let made = made.expect(201).data();
        assert_eq!(
            (&made["test_mode"], &made["role"]),
            (&json!(true), &json!("owner"))
        );
        assert_eq!(made["settings"], json!({ "name": "Trial", "color": "red" }));
        let session = browser.get(&app, "/session").await.expect(200).data();
        assert_eq!(session["apps"].as_array().unwrap().len(), 2);
        assert_eq!(session["app"]["slug"], "hill-valley");
        let body = json!({ "app_id": made["id"] });
        let switched = browser
            .post(&app, "/session/app", body)
            .await
            .expect(200)
            .data();
        assert_eq!(switched["app"]["slug"], "trial");
        let seen = browser
            .send(&app, "GET", "/v2/app", Value::Null)
            .await
            .expect(200);
        assert_eq!(seen.text_at("/data/slug"), "trial");
        let foreign = json!({ "app_id": "01900000-0000-7000-8000-000000000000" });
        browser
            .post(&app, "/session/app", foreign)
            .await
            .expect(422);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_makes_a_pending_resource_and_is_sent_again() {
    each_engine(|app| async move {
        let invite = async |body: Value| app.post("/v2/app/invite", body).await;

        let first = invite(json!({ "email": "Ida@example.org" }))
            .await
            .expect(201);
        let again = invite(json!({ "email": "ida@example.org" }))
            .await
            .expect(200);

        assert_eq!(first.text_at("/data/email"), "Ida@example.org");
        assert_eq!(first.text_at("/data/id"), again.text_at("/data/id"));
        assert_eq!(again.data()["calendars"].as_array().unwrap().len(), 1);
        invite(json!({ "email": "nobody" })).await.expect(422);
        invite(json!({})).await.expect(422);
        invite(json!({ "email": "x@example.org", "role": "king" }))
            .await
            .expect(422);
        let same = invite(json!({ "email": "doc@example.org" }))
            .await
            .expect(200);
        assert_eq!(same.text_at("/data/id"), app.owner_resource);
        let plural = app
            .post("/v2/apps/invite", json!({ "email": "jo@example.org" }))
            .await;
        plural.expect(201);
        let members = app.get("/v2/app/members").await.expect(200).data();
        let states: Vec<_> = members
            .as_array()
            .unwrap()
            .iter()
            .map(|member| &member["state"])
            .collect();
        assert_eq!(states, ["active", "invited", "invited"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_last_owner_stays_one_and_admins_make_no_owners() {
    each_engine(|app| async move {
        let own = format!("/v2/app/members/{}", app.owner_resource);
        app.put(&own, json!({ "role": "member" })).await.expect(422);
        app.put(&own, json!({})).await.expect(422);
        let body = json!({ "name": "Ida", "timezone": "UTC", "email": "ida@example.org", "password": PASSWORD });
        let id = app.post("/v2/resources", body).await.expect(201).text_at("/data/id");
        let path = format!("/v2/app/members/{id}");
        app.put(&path, json!({ "role": "admin" })).await.expect(200);
        let mut admin = Browser::signed_in(&app, "ida@example.org").await;

        let body = json!({ "email": "x@example.org", "role": "admin" });
        admin.send(&app, "POST", "/v2/app/invite", body).await.expect(403);
        admin.send(&app, "PUT", &path, json!({ "role": "owner" })).await.expect(403);
        let path_of_owner = format!("/v2/resources/{}", app.owner_resource);
        let body = json!({ "password": "tulip engine harbor" });
        admin.send(&app, "PUT", &path_of_owner, body).await.expect(403);

        app.put(&path, json!({ "role": "owner" })).await.expect(200);
        assert_eq!(app.put(&own, json!({ "role": "member" })).await.expect(200).text_at("/data/role"), "member");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn asking_for_a_new_password_tells_nothing() {
    each_engine(|app| async move {
        let ask = async |body: Value, headers: &[(&str, &str)]| {
            app.send_with(
                As::Nobody,
                "POST",
                "/v2/resources/resetpassword",
                body,
                headers,
            )
            .await
        };
        let slug = [("Timekit-App", app.slug.as_str())];

        ask(json!({ "email": "doc@example.org" }), &slug)
            .await
            .expect(204);
        ask(json!({ "email": "missing@example.org" }), &slug)
            .await
            .expect(204);

        ask(json!({}), &slug).await.expect(422);
        ask(json!({ "email": "doc@example.org" }), &[])
            .await
            .expect(401);
        app.post(
            "/v2/users/resetpassword",
            json!({ "email": "doc@example.org" }),
        )
        .await
        .expect(204);
        let wrong = As::Basic("", "wrong");
        let body = json!({ "email": "doc@example.org" });
        app.send(wrong, "POST", "/v2/users/resetpassword", body)
            .await
            .expect(401);
    })
    .await;
}
