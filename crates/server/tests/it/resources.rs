//! `/v2/resources`.

use domain::Mode;
use serde_json::{Value, json};

use crate::support::{As, PASSWORD, each_engine};

#[tokio::test(flavor = "multi_thread")]
async fn a_new_resource_has_a_calendar_and_a_token_at_once() {
    each_engine(|app| async move {
        let body = json!({ "name": "Room 4", "timezone": "europe/copenhagen", "meta": { "t_floor": 2 } });

        let made = app.post("/v2/resources", body).await.expect(201);

        insta::assert_json_snapshot!("a_new_resource", made.json(), {
            ".data.id" => "[id]", ".data.calendars[].id" => "[id]", ".data.calendars[].resource_id" => "[id]",
            ".data.api_token" => "[token]",
        });
        let id = made.text_at("/data/id");
        let read = app.get(&format!("/v2/resources/{id}")).await.expect(200).data();
        assert_eq!(read.get("api_token"), None);
        assert_eq!(read["calendars"], made.data()["calendars"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_field_is_named_at_once() {
    each_engine(|app| async move {
        let body = json!({
            "name": " ", "timezone": "Mars/Base", "email": "nobody", "image": "javascript:alert(1)", "meta": [1],
            "availability_constraints": [1, {}], "first_name": "x".repeat(256)
        });

        let errors = app.post("/v2/resources", body).await.expect(422).json()["errors"].clone();

        let fields: Vec<&str> = errors.as_object().unwrap().keys().map(String::as_str).collect();
        let expected = ["availability_constraints.0", "availability_constraints.1", "email", "first_name", "image", "meta", "name", "timezone"];
        assert_eq!(fields, expected);
        let errors = app.post("/v2/resources", json!({ "name": "Room" })).await.expect(422).json();
        assert_eq!(errors, json!({ "errors": { "timezone": ["timezone is required"] } }));
        let zone = [("Timekit-Timezone", "Asia/Kathmandu")];
        let made = app.send_with(As::App, "POST", "/v2/resources", json!({ "name": "Room" }), &zone).await.expect(201);
        assert_eq!(made.text_at("/data/timezone"), "Asia/Kathmandu");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_is_taken_in_the_whole_installation() {
    each_engine(|mut app| async move {
        let body = json!({ "name": "Ida", "timezone": "UTC", "email": "Ida@example.org", "password": PASSWORD });
        app.post("/v2/resources", body.clone()).await.expect(201);
        app.post("/v2/resources", body.clone()).await.expect(422);
        app.add_app("Other", "other@example.org", Mode::Live).await;

        let refused = app.post("/v2/resources", body).await.expect(422).json();

        assert!(refused["errors"]["email"][0].as_str().unwrap().starts_with("The email has already been taken."));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_given_keys_change() {
    each_engine(|app| async move {
        let body = json!({ "name": "Ida Holm", "timezone": "UTC", "email": "ida@example.org", "meta": { "a": 1 } });
        let id = app.post("/v2/resources", body).await.expect(201).text_at("/data/id");
        let path = format!("/v2/resources/{id}?include=availability_constraints");
        let constraint = json!([{ "allow_hours": { "start": 9, "end": 17 } }]);

        let changed = app.put(&path, json!({ "id": id, "availability_constraints": constraint, "email": "IDA@example.org" })).await;
        let changed = changed.expect(200).data();
        assert_eq!((&changed["availability_constraints"], &changed["name"]), (&constraint, &json!("Ida Holm")));
        let renamed = app.put(&path, json!({ "first_name": "Ida", "last_name": "Bo" })).await.expect(200).data();
        assert_eq!(renamed["name"], "Ida Bo");
        let replaced = app.put(&path, json!({ "meta": { "b": 2 }, "image": null, "availability_constraints": [] })).await;
        let replaced = replaced.expect(200).data();
        assert_eq!((&replaced["meta"], &replaced["availability_constraints"]), (&json!({ "b": 2 }), &json!([])));
        let refused = app.put(&path, json!({ "email": "else@example.org" })).await.expect(422).json();
        assert_eq!(refused, json!({ "errors": { "email": ["email cannot be changed"] } }));
        app.put(&path, json!({ "name": "" })).await.expect(422);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_searched_and_ordered() {
    each_engine(|app| async move {
        let body = json!({ "name": "Åse", "timezone": "Asia/Kathmandu", "email": "aase@example.org", "meta": { "floor": 2 } });
        let id = app.post("/v2/resources", body).await.expect(201).text_at("/data/id");
        let room = app.resource("Room").await;

        for search in ["name:%C3%A5se", "email:AASE@example.org", "timezone:Asia/Kathmandu", "meta.floor:2", "%C3%A5s"] {
            let list = app.get(&format!("/v2/resources?search={search}")).await.expect(200).json();
            assert_eq!((&list["total"], &list["data"][0]["id"]), (&json!(1), &json!(id)), "{search}");
        }
        let list = app.get("/v2/resources?orderBy=name&sortedBy=desc&limit=2").await.expect(200).json();
        assert_eq!((&list["data"][0]["id"], &list["data"][1]["id"]), (&json!(id), &json!(room)));
        assert_eq!(list["total"], 3, "the owner is a resource too");
        app.get("/v2/resources?search=color:red").await.expect(422);
        app.get("/v2/resources?orderBy=color").await.expect(422);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn includes_bring_events_and_keys() {
    each_engine(|app| async move {
        let resource = app.resource("Doc").await;
        app.book(&resource, "instant", "10:00", "11:00").await;

        let read = app
            .get(&format!(
                "/v2/resources/{resource}?include=calendars.events,credentials"
            ))
            .await
            .expect(200);

        assert_eq!(
            read.text_at("/data/calendars/0/events/0/start"),
            "2026-11-24T11:00:00+01:00"
        );
        let kinds: Vec<Value> = read.data()["credentials"]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["type"].clone())
            .collect();
        assert_eq!(kinds, ["server-token", "client-token"]);
        assert_eq!(read.text_at("/data/credentials/0/token").len(), 32);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_resource_takes_no_bookings_and_keeps_its_history() {
    each_engine(|app| async move {
        let body = json!({ "name": "Ida", "timezone": "UTC", "email": "ida@example.org" });
        let made = app.post("/v2/resources", body.clone()).await.expect(201);
        let (id, token) = (made.text_at("/data/id"), made.text_at("/data/api_token"));
        let booking = app.book(&id, "instant", "10:00", "11:00").await;
        let request = app.book(&id, "confirm_decline", "12:00", "13:00").await;

        app.delete(&format!("/v2/resources/{id}")).await.expect(204);

        app.get(&format!("/v2/resources/{id}")).await.expect(404);
        app.post(
            "/v2/bookings",
            app.booking(&id, "instant", "14:00", "15:00"),
        )
        .await
        .expect(404);
        app.put(&format!("/v2/bookings/{request}/confirm"), json!({}))
            .await
            .expect(404);
        let kept = app
            .get(&format!("/v2/bookings/{booking}?include=resource"))
            .await
            .expect(200);
        assert_eq!(kept.text_at("/data/resource/name"), "Ida");
        app.send(
            As::Resource("ida@example.org", &token),
            "GET",
            "/v2/bookings",
            Value::Null,
        )
        .await
        .expect(401);
        app.put(&format!("/v2/bookings/{booking}/cancel"), json!({}))
            .await
            .expect(200);
        app.post("/v2/resources", body).await.expect(201);
        app.delete(&format!("/v2/resources/{id}")).await.expect(404);
        app.delete(&format!("/v2/resources/{}", app.owner_resource))
            .await
            .expect(422);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_zone_of_an_email_is_told_by_every_path() {
    each_engine(|app| async move {
        let body =
            json!({ "name": "M", "timezone": "Asia/Kathmandu", "email": "marty+1@example.com" });
        app.post("/v2/resources", body).await.expect(201);

        for path in [
            "resources/timezone",
            "resources/timezones",
            "users/timezone",
        ] {
            let zone = app
                .get(&format!("/v2/{path}/marty+1@example.com"))
                .await
                .expect(200)
                .data();
            assert_eq!(
                zone,
                json!({ "timezone": "Asia/Kathmandu", "utc_offset": 5.75 }),
                "{path}"
            );
        }
        app.get("/v2/resources/timezone/nobody@example.com")
            .await
            .expect(404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_reads_and_changes_itself_only() {
    each_engine(|app| async move {
        let other = app.resource("Other").await;
        let me = || As::Resource(&app.owner.0, &app.owner.1);

        for path in ["/v2/resources/me", "/v2/users/me", "/v2/me"] {
            let read = app.send(me(), "GET", path, Value::Null).await.expect(200);
            assert_eq!(read.text_at("/data/id"), app.owner_resource, "{path}");
            app.get(path).await.expect(403);
        }
        app.send(me(), "PUT", "/v2/users/me", json!({ "name": "Doc" }))
            .await
            .expect(204);
        let list = app
            .send(me(), "GET", "/v2/resources", Value::Null)
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&list["total"], &list["data"][0]["name"]),
            (&json!(1), &json!("Doc"))
        );
        app.send(me(), "GET", &format!("/v2/resources/{other}"), Value::Null)
            .await
            .expect(404);
        app.send(
            me(),
            "PUT",
            &format!("/v2/resources/{other}"),
            json!({ "name": "x" }),
        )
        .await
        .expect(404);
        app.send(
            me(),
            "POST",
            "/v2/resources",
            json!({ "name": "x", "timezone": "UTC" }),
        )
        .await
        .expect(403);
        app.send(
            me(),
            "DELETE",
            &format!("/v2/resources/{other}"),
            Value::Null,
        )
        .await
        .expect(403);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_token_reads_its_resource_and_changes_nothing() {
    each_engine(|app| async move {
        let body = json!({ "name": "Ida", "timezone": "UTC", "email": "ida@example.org", "password": PASSWORD });
        let id = app.post("/v2/resources", body).await.expect(201).text_at("/data/id");
        let keys = app.get(&format!("/v2/credentials?search=resource.id:{id}")).await.expect(200).data();
        let key = keys.as_array().unwrap().iter().find(|key| key["type"] == "client-token").unwrap();
        let ida = || As::Resource("ida@example.org", key["token"].as_str().unwrap());
        let password = json!({ "password": "seven purple elephants dance" });

        app.send(ida(), "GET", "/v2/users/me", Value::Null).await.expect(200);
        app.send(ida(), "PUT", "/v2/users/me", password).await.expect(403);
    })
    .await;
}
