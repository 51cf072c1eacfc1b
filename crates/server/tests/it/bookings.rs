//! `/v2/bookings`: create, read, list, search, actions, meta, deletion.

use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::support::{As, TestApp, each_engine};

fn taken() -> Value {
    json!({ "errors": { "event": ["The requested time slot is not available"] }, "action": "check_availability" })
}

/// Ids of a list, in its order.
async fn ids(app: &TestApp, query: &str) -> Vec<String> {
    let list = app
        .get(&format!("/v2/bookings?{query}"))
        .await
        .expect(200)
        .data();
    list.as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].as_str().unwrap().to_owned())
        .collect()
}

async fn state(app: &TestApp, id: &str) -> String {
    app.get(&format!("/v2/bookings/{id}"))
        .await
        .expect(200)
        .text_at("/data/state")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_waits_and_shows_what_the_tutorial_shows() {
    each_engine(|app| async move {
        let resource = app.resource("Doc").await;
        let mut body = app.booking(&resource, "confirm_decline", "21:30", "22:15");
        body["customer"]["bike"] = json!("Gravel");

        let answer = app.post("/v2/bookings", body).await.expect(201);

        insta::assert_json_snapshot!("a_new_request", answer.json(), {
            ".data.id" => "[id]",
            ".data.calendar.id" => "[id]",
            ".data.customers[].id" => "[id]",
            ".data.attributes.*.calendar_id" => "[id]",
        });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_past_can_be_booked() {
    each_engine(|app| async move {
        let resource = app.resource("Doc").await;
        let mut body = app.booking(&resource, "instant", "00:00", "00:01");
        body["start"] = json!("1955-11-12T21:30:00-07:00");
        body["end"] = json!("1955-11-12T22:15:00-07:00");

        let made = app.post("/v2/bookings", body).await.expect(201);

        assert_eq!(made.text_at("/data/state"), "confirmed");
        // Copenhagen kept UTC+1 in that November.
        assert_eq!(
            made.text_at("/data/attributes/event_info/start"),
            "1955-11-13T05:30:00+01:00"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_confirmed_booking_takes_its_time_and_cancelling_gives_it_back() {
    each_engine(|app| async move {
        let resource = app.resource("Doc").await;
        let first = app.book(&resource, "instant", "10:00", "11:00").await;

        let refused = app
            .post(
                "/v2/bookings",
                app.booking(&resource, "instant", "10:30", "10:45"),
            )
            .await
            .expect(422);
        assert_eq!(refused.json(), taken());
        app.book(&resource, "instant", "11:00", "12:00").await;
        let mut twice = app.booking(&resource, "instant", "10:30", "10:45");
        twice["settings"] = json!({ "allow_double_bookings": "1" });
        app.post("/v2/bookings", twice).await.expect(201);

        let cancelled = app
            .put(
                &format!("/v2/bookings/{first}/cancel?include=event"),
                Value::Null,
            )
            .await
            .expect(200);
        assert_eq!(cancelled.text_at("/data/state"), "cancelled");
        assert_eq!(cancelled.data()["completed"], true);
        assert_eq!(cancelled.data()["event"], Value::Null, "the event is gone");
        app.post(
            "/v2/bookings",
            app.booking(&resource, "instant", "10:00", "10:30"),
        )
        .await
        .expect(201);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_requests_for_one_time_the_first_confirmed_wins() {
    each_engine(|app| async move {
        let resource = app.resource("Doc").await;
        let first = app
            .book(&resource, "confirm_decline", "10:00", "11:00")
            .await;
        let second = app
            .book(&resource, "confirm_decline", "10:30", "11:30")
            .await;

        let confirmed = app
            .put(
                &format!("/v2/bookings/{first}/confirm?include=event,available_actions"),
                json!({}),
            )
            .await;
        let refused = app
            .put(&format!("/v2/bookings/{second}/confirm"), json!([]))
            .await
            .expect(422);

        let confirmed = confirmed.expect(200);
        assert_eq!(confirmed.text_at("/data/state"), "confirmed");
        assert_eq!(
            confirmed.text_at("/data/event/start"),
            "2026-11-24T10:00:00+0000"
        );
        assert_eq!(confirmed.text_at("/data/event/rsvp"), "accepted");
        let actions = json!([
            "cancel",
            "cancel_by_customer",
            "reschedule_by_customer",
            "complete"
        ]);
        assert_eq!(confirmed.data()["available_actions"], actions);
        assert_eq!(refused.json(), taken());
        assert_eq!(state(&app, &second).await, "tentative");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn illegal_and_repeated_actions_are_refused_in_the_known_words() {
    each_engine(|app| async move {
        let resource = app.resource("Doc").await;
        let id = app
            .book(&resource, "confirm_decline", "10:00", "11:00")
            .await;
        let path = |action: &str| format!("/v2/bookings/{id}/{action}");

        let declined = app
            .post(
                &path("decline"),
                json!({ "decline": { "message": "Not today" } }),
            )
            .await
            .expect(200);
        assert_eq!(declined.text_at("/data/state"), "declined");
        for action in ["decline", "confirm", "complete", "no_show", "reschedule"] {
            let refused = app.put(&path(action), json!({})).await.expect(422);
            let text = format!("Cannot apply action '{action}' to current state 'declined'");
            assert_eq!(refused.json(), json!({ "error": text }));
        }
        let read = app
            .get(&format!("/v2/bookings/{id}?include=attributes,logs"))
            .await
            .expect(200);
        assert_eq!(
            read.text_at("/data/attributes/decline/message"),
            "Not today"
        );
        assert_eq!(read.text_at("/data/logs/1/message"), "Not today");
        assert_eq!(read.text_at("/data/logs/1/to_state"), "declined");
        assert_eq!(read.text_at("/data/logs/0/from_state"), "initialized");

        let mut body = app.booking(&resource, "confirm_decline", "12:00", "13:00");
        body["action"] = json!("confirm");
        let refused = app.post("/v2/bookings", body).await.expect(422);
        assert_eq!(
            refused.json(),
            json!({ "error": "Cannot apply action 'confirm' to current state 'initialized'" })
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_field_is_named_at_once() {
    each_engine(|app| async move {
        let body = json!({
            "graph": "instant_payment", "resource_id": "x", "start": "2026-11-24T10:00:00", "end": "2300-01-01T00:00:00Z",
            "customer": { "email": "nobody", "timezone": "Mars/Base" }, "settings": { "allow_double_bookings": "maybe" },
            "participants": ["a@example.org", 7], "meta": "x"
        });

        let errors = app.post("/v2/bookings", body).await.expect(422).json()["errors"].clone();

        let fields: Vec<&str> = errors.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(
            fields,
            [
                "customer.email", "customer.name", "customer.timezone", "description", "end", "graph", "meta",
                "participants.1", "resource_id", "settings.allow_double_bookings", "start", "what", "where",
            ]
        );
        assert_eq!(errors["resource_id"], json!(["resource id must be a valid UUID"]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn older_requests_nest_the_event() {
    each_engine(|app| async move {
        let resource = app.resource("Doc").await;
        let body = json!({
            "resource_id": resource, "graph": "instant", "what": "On top", "widget_id": 7,
            "event": { "start": "2026-11-24T10:00:00Z", "end": "2026-11-24T11:00:00Z", "what": "Below", "where": "Here",
                "description": "", "participants": ["a@example.org"], "invite": false, "my_rsvp": "needsAction" },
            "customers": [{ "name": "Marty", "email": "marty@example.org" }]
        });

        let made = app.post("/v2/bookings?include=event,attributes", body).await.expect(201);

        let info = made.data()["attributes"]["event_info"].clone();
        assert_eq!((&info["what"], &info["where"], &info["invite"]), (&json!("On top"), &json!("Here"), &json!(false)));
        assert_eq!(made.data()["attributes"]["event"], info);
        assert_eq!(made.text_at("/data/event/rsvp"), "needsAction");
        assert_eq!(made.data()["event"]["participants"], json!(["a@example.org"]));
        // The customer's zone is the resource's where none was sent.
        assert_eq!(made.text_at("/data/customers/0/timezone"), "Europe/Copenhagen");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_in_this_app_is_not_found() {
    each_engine(|mut app| async move {
        let foreign = app.resource("Doc").await;
        let foreign_booking = app.book(&foreign, "instant", "10:00", "11:00").await;
        app.add_app("Other", "other@example.org", domain::Mode::Live)
            .await;
        let own = app.resource("Own").await;

        for resource in [foreign.as_str(), "00000000-0000-4000-8000-000000000000"] {
            let answer = app
                .post(
                    "/v2/bookings",
                    app.booking(resource, "instant", "10:00", "11:00"),
                )
                .await
                .expect(404);
            assert_eq!(
                answer.json(),
                json!({ "error": "Resource does not exist", "model": "Resource" })
            );
        }
        for path in [
            &foreign_booking,
            "not-an-id",
            "00000000-0000-4000-8000-000000000000",
        ] {
            for (method, tail) in [
                ("GET", ""),
                ("PUT", ""),
                ("DELETE", ""),
                ("PUT", "/cancel"),
                ("POST", "/cancel"),
            ] {
                let path = format!("/v2/bookings/{path}{tail}");
                let answer = app
                    .send(As::App, method, &path, json!({}))
                    .await
                    .expect(404);
                assert_eq!(
                    answer.json(),
                    json!({ "error": "Resource does not exist", "model": "Booking" }),
                    "{path}"
                );
            }
        }
        let mut body = app.booking(&own, "instant", "10:00", "11:00");
        body["project_id"] = json!("00000000-0000-4000-8000-000000000000");
        assert_eq!(
            app.post("/v2/bookings", body)
                .await
                .expect(404)
                .text_at("/model"),
            "Project"
        );
        let mut body = app.booking(&own, "instant", "10:00", "11:00");
        body["calendar_id"] = json!("00000000-0000-4000-8000-000000000000");
        let answer = app.post("/v2/bookings", body).await.expect(422).json();
        assert_eq!(answer["action"], "save_booking_data");
        assert!(
            answer["errors"]["event"][0]
                .as_str()
                .unwrap()
                .starts_with("calendar id must be a valid UUID")
        );
        let mut body = app.booking(&own, "instant", "10:00", "11:00");
        body["resource_id"] = Value::Null;
        let answer = app.post("/v2/bookings", body).await.expect(422).json();
        assert_eq!(
            answer,
            json!({ "errors": { "resource_id": ["resource id is required"] } })
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_searched_by_every_documented_key() {
    each_engine(|app| async move {
        let doc = app.resource("Doc").await;
        let room = app.resource("Room").await;
        let mut body = app.booking(&doc, "instant", "10:00", "11:00");
        body["meta"] = json!({ "vip": true, "room": 145, "note": "16:00" });
        body["customer"] = json!({ "name": "Ida Hølm", "email": "Ida@Example.org", "bike": "Gravel", "phone": "916" });
        let made = app.post("/v2/bookings", body).await.expect(201);
        let wanted = made.text_at("/data/id");
        let calendar = made.text_at("/data/calendar/id");
        let other = app.book(&room, "confirm_decline", "12:00", "13:00").await;

        for search in [
            format!("search=resource.id:{doc}"),
            format!("search=resource_id:{doc}"),
            format!("search=?resource.id:{doc};"),
            format!("search=calendar.id:{calendar}"),
            format!("search=id:{wanted}"),
            "search=graph:instant;state:confirmed".to_owned(),
            "search=graph:instant%3Bstate:confirmed".to_owned(),
            "search=graph:instant,state:confirmed".to_owned(),
            "search=customer.email:ida@example.org".to_owned(),
            "search=email:IDA@example.org".to_owned(),
            "search=customer.name:ida%20h%C3%B8lm".to_owned(),
            "search=customer.name:*H%C3%98LM".to_owned(),
            "search=customer.bike:Gravel".to_owned(),
            "search=customer.phone:916".to_owned(),
            "search=meta.vip:true;meta.room:145;meta.note:16:00".to_owned(),
            "search=event.start:2026-11-24T10:00:00Z".to_owned(),
            "search=event.start:2026-11-24T11:00:00+01:00".to_owned(),
            "search=event.end:2026-11-24T11:00:00%2B00:00".to_owned(),
            "search=h%C3%B8l".to_owned(),
            "search=completed:false&start=2026-11-24T09:00:00Z&end=2026-11-24T11:00:00Z".to_owned(),
        ] {
            assert_eq!(ids(&app, &search).await, [wanted.as_str()], "{search}");
        }
        for search in ["search=event.start:2026-11-24", "search=", "search=completed:0", "page=1include=attributes"] {
            assert_eq!(ids(&app, search).await, [wanted.as_str(), &other], "{search}");
        }
        assert!(ids(&app, "search=completed:true").await.is_empty());
        assert!(ids(&app, "search=customer.bike:gravel").await.is_empty());
        for (order, first) in [
            ("orderBy=event.start&sortedBy=desc", &other),
            ("orderBy=graph", &other),
            ("orderBy=created_at&sortedBy=DESC", &other),
            ("orderBy=state", &wanted),
        ] {
            assert_eq!(&ids(&app, order).await[0], first, "{order}");
        }
        for wrong in [
            "search=owner:x", "search=resource.id:x", "search=state:happy", "search=meta.:x", "orderBy=color",
            "orderBy=state&sortedBy=up", "start=yesterday", "search=completed:maybe", "search=event.start:soon",
        ] {
            app.get(&format!("/v2/bookings?{wrong}")).await.expect(422);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_has_six_keys_and_a_page_its_neighbors() {
    each_engine(|app| async move {
        let resource = app.resource("Doc").await;
        for hour in 10..15 {
            app.book(
                &resource,
                "instant",
                &format!("{hour}:00"),
                &format!("{hour}:30"),
            )
            .await;
        }

        let page = app
            .get("/v2/bookings?limit=2&page=2&search=state:confirmed&include=")
            .await
            .expect(200)
            .json();

        let keys: Vec<&String> = page["data"][0].as_object().unwrap().keys().collect();
        assert_eq!(
            keys,
            [
                "completed",
                "created_at",
                "graph",
                "id",
                "state",
                "updated_at"
            ]
        );
        assert_eq!(page["data"][0]["created_at"], "2026-11-24T08:00:00+0000");
        assert_eq!(
            (
                &page["total"],
                &page["per_page"],
                &page["current_page"],
                &page["last_page"],
                &page["from"],
                &page["to"]
            ),
            (
                &json!(5),
                &json!(2),
                &json!(2),
                &json!(3),
                &json!(3),
                &json!(4)
            )
        );
        let next = page["next_page_url"].as_str().unwrap();
        assert!(
            next.starts_with("http://daybook.test/v2/bookings?limit=2&search=state%3Aconfirmed"),
            "{next}"
        );
        let next = app
            .get(next.strip_prefix("http://daybook.test").unwrap())
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&next["current_page"], &next["to"], &next["next_page_url"]),
            (&json!(3), &json!(5), &Value::Null)
        );
        let past = app
            .get("/v2/bookings?limit=2&page=9")
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&past["from"], &past["data"], &past["total"]),
            (&Value::Null, &json!([]), &json!(5))
        );
        assert_eq!(app.get("/v2/bookings").await.json()["per_page"], 1000);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn includes_bring_relations_and_unknown_ones_are_ignored() {
    each_engine(|app| async move {
        let resource = app.resource("Doc").await;
        let id = app.book(&resource, "instant", "10:00", "11:00").await;
        let include = "attributes,event , customers,calendar,user,resource,meta,available_actions,logs,owner_booking,nonsense,calendar.events";

        let listed = app.get(&format!("/v2/bookings?includes={}", include.replace(' ', "%20"))).await.expect(200);
        let read = app.get(&format!("/v2/bookings/{id}?include={}", include.replace(' ', "+"))).await.expect(200);

        assert_eq!(listed.data()[0], read.data());
        let keys: Vec<String> = read.data().as_object().unwrap().keys().cloned().collect();
        assert_eq!(
            keys,
            [
                "attributes", "available_actions", "calendar", "completed", "created_at", "customers", "event", "graph",
                "id", "logs", "meta", "possible_actions", "resource", "state", "updated_at", "user",
            ]
        );
        assert_eq!(read.data()["user"], read.data()["resource"]);
        assert_eq!(read.text_at("/data/customers/0/meta"), "{}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn times_are_shown_as_the_caller_wants() {
    each_engine(|app| async move {
        let resource = app.resource("Doc").await;
        let id = app.book(&resource, "instant", "10:00", "11:00").await;
        let path = format!("/v2/bookings/{id}?include=attributes,event");
        let read = async |headers: &[(&str, &str)], path: &str| {
            let answer = app
                .send_with(As::App, "GET", path, Value::Null, headers)
                .await
                .expect(200);
            let texts = [
                "/data/attributes/event_info/start",
                "/data/created_at",
                "/data/event/start",
            ];
            texts.map(|pointer| answer.text_at(pointer))
        };

        let kathmandu = ("Timekit-Timezone", "asia/kathmandu");
        assert_eq!(
            read(&[], &path).await,
            [
                "2026-11-24T11:00:00+01:00",
                "2026-11-24T08:00:00+0000",
                "2026-11-24T10:00:00+0000"
            ]
        );
        assert_eq!(
            read(&[kathmandu], &path).await,
            [
                "2026-11-24T15:45:00+05:45",
                "2026-11-24T13:45:00+0545",
                "2026-11-24T10:00:00+0000"
            ]
        );
        assert_eq!(
            read(&[("Timekit-OutputTimestampFormat", "Y-m-d h:ia")], &path).await,
            [
                "2026-11-24 11:00am",
                "2026-11-24 08:00am",
                "2026-11-24 10:00am"
            ]
        );
        let by_query = format!("{path}&OutputTimestampFormat=D%20H:i%20P&Timezone=US/Eastern");
        assert_eq!(read(&[], &by_query).await[0], "Tue 05:00 -05:00");
        let wrong = [("Timekit-Timezone", "Mars/Base")];
        app.send_with(As::App, "GET", &path, Value::Null, &wrong)
            .await
            .expect(422);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn times_without_an_offset_need_a_zone_and_clock_changes_are_right() {
    each_engine(|app| async move {
        let resource = app.resource("Doc").await;
        let zone = [("Timekit-Timezone", "Europe/Copenhagen")];
        let book = async |start: &str, end: &str, headers: &[(&str, &str)]| {
            let mut body = app.booking(&resource, "confirm_decline", "00:00", "00:01");
            body["start"] = json!(start);
            body["end"] = json!(end);
            app.send_with(As::App, "POST", "/v2/bookings", body, headers)
                .await
        };
        let start = "/data/attributes/event_info/start";

        book("2026-03-29T01:30:00", "2026-03-29T03:30:00", &[])
            .await
            .expect(422);
        // The night of 29 March has no 02:30: it moves forward by the gap.
        let gap = book("2026-03-29T02:30:00", "2026-03-29T04:00:00", &zone)
            .await
            .expect(201);
        assert_eq!(gap.text_at(start), "2026-03-29T03:30:00+02:00");
        // On 25 October 02:30 comes twice: the first is meant, and an offset tells them apart.
        let fold = book("2026-10-25T02:30:00", "2026-10-25T04:00:00", &zone)
            .await
            .expect(201);
        assert_eq!(fold.text_at(start), "2026-10-25T02:30:00+02:00");
        let second = book("2026-10-25T02:30:00+01:00", "2026-10-25T04:00:00", &zone)
            .await
            .expect(201);
        assert_eq!(second.text_at(start), "2026-10-25T02:30:00+01:00");
        let spaced = book("2026-10-25T02:30:00 01:00", "2026-10-25T04:00:00Z", &[]).await;
        assert!([201, 422].contains(&spaced.status.as_u16()));
        for wrong in [
            "2026-10-25T24:00:00Z",
            "2026-10-25T10:00:60Z",
            "2026-10-25T10:00:00+24:00",
            "0000-01-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "1e9",
            "",
        ] {
            book(wrong, "2026-10-26T04:00:00Z", &[]).await.expect(422);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn meta_is_merged_and_stays_searchable() {
    each_engine(|app| async move {
        let resource = app.resource("Doc").await;
        let id = app.book(&resource, "instant", "10:00", "11:00").await;
        let path = format!("/v2/bookings/{id}");

        let first = app
            .put(&path, json!({ "meta": { "a": 1, "b": "x" } }))
            .await
            .expect(200);
        assert_eq!(first.data()["meta"], json!({ "a": 1, "b": "x" }));
        let second = app
            .put(&format!("{path}/meta"), json!({ "a": null, "c": [1] }))
            .await
            .expect(200);
        assert_eq!(second.data()["meta"], json!({ "b": "x", "c": [1] }));
        assert!(ids(&app, "search=meta.a:1").await.is_empty());
        assert_eq!(ids(&app, "search=meta.b:x;meta.c:[1]").await, [id.as_str()]);
        let acted = app
            .put(
                &format!("{path}/complete?include=meta"),
                json!({ "meta": { "d": true } }),
            )
            .await
            .expect(200);
        assert_eq!(
            acted.data()["meta"],
            json!({ "b": "x", "c": [1], "d": true })
        );
        let after = app
            .put(&path, json!({ "meta": { "e": 1 } }))
            .await
            .expect(200);
        assert_eq!(after.data()["meta"]["e"], 1, "possible in a final state");
        let large = json!({ "meta": { "x": "y".repeat(17_000) } });
        app.put(&path, large).await.expect(422);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_finished_bookings_can_be_deleted() {
    each_engine(|app| async move {
        let resource = app.resource("Doc").await;
        let id = app.book(&resource, "instant", "10:00", "11:00").await;
        let path = format!("/v2/bookings/{id}");

        let refused = app.delete(&path).await.expect(422);
        assert_eq!(
            refused.json(),
            json!({ "error": "Booking must be in a final state to be deleted" })
        );
        app.put(
            &format!("{path}/cancel_by_customer"),
            json!({ "cancel_by_customer": { "message": "Ill" } }),
        )
        .await
        .expect(200);
        app.delete(&path).await.expect(204);
        app.get(&path).await.expect(404);
        assert!(ids(&app, "").await.is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_resource_sees_and_books_its_own() {
    each_engine(|app| async move {
        let other = app.resource("Other").await;
        let foreign = app.book(&other, "instant", "10:00", "11:00").await;
        let me = As::Resource(&app.owner.0, &app.owner.1);
        let mut body = app.booking(&other, "confirm_decline", "10:00", "11:00");

        app.send(
            As::Resource(&app.owner.0, &app.owner.1),
            "POST",
            "/v2/bookings",
            body.clone(),
        )
        .await
        .expect(404);
        body.as_object_mut().unwrap().remove("resource_id");
        let own = app
            .send(me, "POST", "/v2/bookings", body)
            .await
            .expect(201)
            .text_at("/data/id");

        let me = || As::Resource(&app.owner.0, &app.owner.1);
        let listed = app
            .send(me(), "GET", "/v2/bookings", Value::Null)
            .await
            .expect(200)
            .json();
        assert_eq!(
            (&listed["total"], &listed["data"][0]["id"]),
            (&json!(1), &json!(own))
        );
        app.send(me(), "GET", &format!("/v2/bookings/{foreign}"), Value::Null)
            .await
            .expect(404);
        app.send(
            me(),
            "PUT",
            &format!("/v2/bookings/{foreign}/cancel"),
            json!({}),
        )
        .await
        .expect(404);
        app.send(
            me(),
            "PUT",
            &format!("/v2/bookings/{own}/cancel_by_customer"),
            json!({}),
        )
        .await
        .expect(403);
        let confirmed = app
            .send(
                me(),
                "PUT",
                &format!("/v2/bookings/{own}/confirm?include=logs"),
                json!({}),
            )
            .await
            .expect(200);
        assert_eq!(confirmed.text_at("/data/logs/1/actor"), "resource");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_widget_key_books_and_sees_nothing() {
    each_engine(|app| async move {
        let resource = app.resource("Doc").await;
        let body = app.booking(&resource, "instant", "10:00", "11:00");

        let made = app
            .send(
                As::Widget,
                "POST",
                "/v2/bookings?include=attributes,event,user",
                body.clone(),
            )
            .await
            .expect(201);
        let id = made.text_at("/data/id");

        app.send(As::Widget, "POST", "/v2/bookings", body)
            .await
            .expect(422);
        for (method, path) in [
            ("GET", "/v2/bookings".to_owned()),
            ("GET", format!("/v2/bookings/{id}")),
            ("PUT", format!("/v2/bookings/{id}/cancel")),
            ("DELETE", format!("/v2/bookings/{id}")),
        ] {
            app.send(As::Widget, method, &path, json!({}))
                .await
                .expect(403);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn graphs_are_told_as_data() {
    each_engine(|app| async move {
        let all = app.get("/v2/bookings/graphs").await.expect(200).data();
        let one = app.get("/v2/bookings/graphs/confirm_decline").await.expect(200).data();

        assert_eq!(all.as_array().unwrap().len(), 7);
        assert_eq!(one["states"][0], "initialized");
        let complete = one["actions"].as_array().unwrap().iter().find(|action| action["name"] == "complete").unwrap();
        let expected = json!({ "name": "complete", "from": ["confirmed"], "to": "completed", "automatic": true, "after": "1 hour" });
        assert_eq!(complete, &expected);
        app.get("/v2/bookings/graphs/confirm_decline_payment").await.expect(404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn times_of_change_follow_the_clock() {
    each_engine(|app| async move {
        let resource = app.resource("Doc").await;
        let id = app
            .book(&resource, "confirm_decline", "10:00", "11:00")
            .await;

        app.app.clock.advance(SignedDuration::from_mins(5));
        let confirmed = app
            .put(&format!("/v2/bookings/{id}/confirm"), json!({}))
            .await
            .expect(200);

        assert_eq!(
            confirmed.text_at("/data/created_at"),
            "2026-11-24T08:00:00+0000"
        );
        assert_eq!(
            confirmed.text_at("/data/updated_at"),
            "2026-11-24T08:05:00+0000"
        );
    })
    .await;
}
