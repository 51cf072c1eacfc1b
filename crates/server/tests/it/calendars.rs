//! `/v2/calendars`.

use domain::Mode;
use serde_json::{Value, json};

use crate::support::{As, each_engine};

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_is_made_read_and_listed() {
    each_engine(|app| async move {
        let room = app.resource("Room 4").await;
        app.resource("Room 5").await;
        let body = json!({ "resource_id": room, "name": "Private", "backgroundcolor": "#2B6cb0" });

        let made = app
            .post("/v2/calendars/?include=resource", body)
            .await
            .expect(201);

        insta::assert_json_snapshot!("a_calendar", made.json(), {
            ".data.id" => "[id]", ".data.resource_id" => "[id]", ".data.resource.id" => "[id]"
        });
        let id = made.text_at("/data/id");
        let read = app
            .get(&format!("/v2/calendars/{id}?include=resource"))
            .await
            .expect(200);
        assert_eq!(read.data(), made.data());
        let list = app
            .get(&format!("/v2/calendars?search=resource.id:{room}"))
            .await
            .expect(200);
        let names: Vec<_> = list
            .data()
            .as_array()
            .unwrap()
            .iter()
            .map(|one| one["name"].clone())
            .collect();
        assert_eq!(names, ["Bookings", "Private"]);
        assert_eq!(list.json()["data"][0]["primary"], true);
        let all = app
            .get("/v2/calendars?orderBy=name&sortedBy=desc&limit=2")
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&all["total"], &all["data"][0]["name"]),
            (&json!(4), &json!("Private"))
        );
        let events = app
            .get(&format!("/v2/calendars/{id}?include=events"))
            .await
            .expect(200);
        assert_eq!(events.json()["data"]["events"], json!([]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_fields_of_calendars_are_named_at_once() {
    each_engine(|app| async move {
        let room = app.resource("Room 4").await;
        let calendar = json!({ "resource_id": room, "name": "Private" });
        let id = app.post("/v2/calendars", calendar).await.expect(201).text_at("/data/id");
        let fields = |answer: Value| -> Vec<String> { answer["errors"].as_object().unwrap().keys().cloned().collect() };

        let body = json!({ "resource_id": "x", "name": " ", "description": [], "foregroundcolor": "red",
            "backgroundcolor": "#12345é" });
        let made = app.post("/v2/calendars", body).await.expect(422).json();
        assert_eq!(fields(made), ["backgroundcolor", "description", "foregroundcolor", "name", "resource_id"]);
        let body = json!({ "name": "", "primary": "perhaps", "provider_sync": true, "foregroundcolor": "#1234567" });
        let changed = app.put(&format!("/v2/calendars/{id}"), body).await.expect(422).json();
        assert_eq!(fields(changed), ["foregroundcolor", "name", "primary", "provider_sync"]);
        let nobody = app.post("/v2/calendars", json!({ "name": "x" })).await.expect(422).json();
        assert_eq!(nobody, json!({ "errors": { "resource_id": ["resource id is required"] } }));
        for query in ["search=name:x", "search=room", "search=resource.id:x", "orderBy=color"] {
            app.get(&format!("/v2/calendars?{query}")).await.expect(422);
        }
        for path in ["x", "00000000-0000-7000-8000-000000000000", room.as_str()] {
            let missing = app.get(&format!("/v2/calendars/{path}")).await.expect(404);
            assert_eq!(missing.text_at("/model"), "Calendar", "{path}");
        }
        app.post("/v2/calendars", json!({ "resource_id": id, "name": "x" })).await.expect(404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_given_keys_of_a_calendar_change() {
    each_engine(|app| async move {
        let room = app.resource("Room 4").await;
        let body = json!({ "resource_id": room, "name": "Private", "description": "Own", "foregroundcolor": "#000000" });
        let made = app.post("/v2/calendars", body).await.expect(201);
        let path = format!("/v2/calendars/{}", made.text_at("/data/id"));

        // What a client has read it may send back.
        let same = app.put(&path, made.data()).await.expect(200).data();
        let changed = app.put(&path, json!({ "name": "Mine", "foregroundcolor": null })).await.expect(200).data();

        assert_eq!(same, made.data());
        assert_eq!(
            (&changed["name"], &changed["description"], &changed["foregroundcolor"]),
            (&json!("Mine"), &json!("Own"), &Value::Null)
        );
        assert_eq!(app.get(&path).await.data(), changed);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_primary_calendar_takes_the_bookings_and_stays() {
    each_engine(|app| async move {
        let room = app.resource("Room 4").await;
        let first = app
            .get(&format!("/v2/calendars?search=resource_id:{room}"))
            .await
            .text_at("/data/0/id");
        let made = app
            .post(
                "/v2/calendars",
                json!({ "resource_id": room, "name": "New" }),
            )
            .await
            .expect(201);
        let second = made.text_at("/data/id");
        let path = |id: &str| format!("/v2/calendars/{id}");
        let past = app.book(&room, "instant", "06:00", "07:00").await;
        assert_eq!(made.json()["data"]["primary"], false);
        app.delete(&path(&first)).await.expect(422);
        app.put(&path(&first), json!({ "primary": false }))
            .await
            .expect(422);
        app.put(&path(&second), json!({ "primary": false }))
            .await
            .expect(200);

        let moved = app
            .put(&path(&second), json!({ "primary": true }))
            .await
            .expect(200)
            .json();

        assert_eq!(moved["data"]["primary"], true);
        assert_eq!(
            app.get(&path(&first)).await.json()["data"]["primary"],
            false
        );
        let coming = app
            .post(
                "/v2/bookings",
                app.booking(&room, "instant", "10:00", "11:00"),
            )
            .await
            .expect(201);
        assert_eq!(coming.text_at("/data/calendar/id"), second);
        app.delete(&path(&second)).await.expect(422);
        app.delete(&path(&first)).await.expect(204);
        app.get(&path(&first)).await.expect(404);
        let kept = app
            .get(&format!("/v2/bookings/{past}?include=event,calendar"))
            .await
            .expect(200);
        assert_eq!(kept.text_at("/data/calendar/id"), second);
        assert_eq!(kept.text_at("/data/event/what"), "Catch the lightning");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_with_coming_bookings_stays() {
    each_engine(|app| async move {
        let room = app.resource("Room 4").await;
        let made = app
            .post(
                "/v2/calendars",
                json!({ "resource_id": room, "name": "New" }),
            )
            .await
            .expect(201);
        let id = made.text_at("/data/id");
        let mut body = app.booking(&room, "confirm_decline", "10:00", "11:00");
        body["calendar_id"] = json!(id);
        let booking = app
            .post("/v2/bookings", body)
            .await
            .expect(201)
            .text_at("/data/id");

        app.delete(&format!("/v2/calendars/{id}")).await.expect(422);
        app.put(&format!("/v2/bookings/{booking}/decline"), json!({}))
            .await
            .expect(200);

        app.delete(&format!("/v2/calendars/{id}")).await.expect(204);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calendars_are_seen_by_their_own_only() {
    each_engine(|mut app| async move {
        let room = app.resource("Room 4").await;
        let first = app
            .get(&format!("/v2/calendars?search=resource.id:{room}"))
            .await
            .text_at("/data/0/id");
        let me = || As::Resource(&app.owner.0, &app.owner.1);

        let list = app
            .send(me(), "GET", "/v2/calendars", Value::Null)
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&list["total"], &list["data"][0]["resource_id"]),
            (&json!(1), &json!(app.owner_resource))
        );
        for (method, body) in [
            ("GET", Value::Null),
            ("PUT", json!({ "name": "x" })),
            ("DELETE", Value::Null),
        ] {
            app.send(me(), method, &format!("/v2/calendars/{first}"), body)
                .await
                .expect(404);
        }
        let made = app
            .send(me(), "POST", "/v2/calendars", json!({ "name": "Mine" }))
            .await
            .expect(201);
        assert_eq!(made.text_at("/data/resource_id"), app.owner_resource);
        app.send(
            me(),
            "POST",
            "/v2/calendars",
            json!({ "name": "x", "resource_id": room }),
        )
        .await
        .expect(404);

        app.add_app("Other", "other@example.org", Mode::Live).await;
        app.get(&format!("/v2/calendars/{first}")).await.expect(404);
        app.delete(&format!("/v2/calendars/{first}"))
            .await
            .expect(404);
        let list = app
            .get(&format!("/v2/calendars?search=resource.id:{room}"))
            .await
            .expect(200)
            .json();
        assert_eq!(list["total"], 0);
    })
    .await;
}
