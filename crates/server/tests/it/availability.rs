//! `/v2/availability` and its companions. The clock stands at 2026-11-24 08:00 UTC, a Tuesday.

use serde_json::{Value, json};

use crate::support::{As, TestApp, each_engine};

/// A resource in Copenhagen with these rules.
async fn room(app: &TestApp, name: &str, constraints: Value) -> String {
    let body = json!({
        "name": name, "timezone": "Europe/Copenhagen", "availability_constraints": constraints,
    });
    app.post("/v2/resources", body)
        .await
        .expect(201)
        .text_at("/data/id")
}

/// The starts of slots, in Copenhagen, as `HH:MM`.
fn starts(data: &Value) -> Vec<String> {
    let slots = data.as_array().unwrap();
    slots
        .iter()
        .map(|slot| slot["start"].as_str().unwrap()[11..16].to_owned())
        .collect()
}

/// A search for hours on Monday, 30 November.
fn monday(resources: &[&String]) -> Value {
    json!({
        "resources": resources, "from": "2026-11-30", "to": "2026-12-01", "mode": "roundrobin_prioritized",
        "output_timezone": "Europe/Copenhagen",
    })
}

async fn search(app: &TestApp, body: Value) -> Value {
    app.post("/v2/availability", body).await.expect(200).data()
}

async fn book(app: &TestApp, resource: &str, start: &str, end: &str) -> String {
    let mut body = app.booking(resource, "instant", "10:00", "11:00");
    body["start"] = json!(start);
    body["end"] = json!(end);
    app.post("/v2/bookings", body)
        .await
        .expect(201)
        .text_at("/data/id")
}

#[tokio::test(flavor = "multi_thread")]
async fn slots_show_what_the_widget_reads() {
    each_engine(|app| async move {
        let room = room(&app, "Room \"1\"", json!([{"allow_hours": {"start": 9, "end": 11}}])).await;

        let slots = app.post("/v2/availability", monday(&[&room])).await.expect(200);

        let shown = json!([{ "id": room, "name": "Room \"1\"", "timezone": "Europe/Copenhagen" }]);
        assert_eq!(
            slots.json(),
            json!({"data": [
                {"start": "2026-11-30T09:00:00+01:00", "end": "2026-11-30T10:00:00+01:00", "resources": shown},
                {"start": "2026-11-30T10:00:00+01:00", "end": "2026-11-30T11:00:00+01:00", "resources": shown},
            ]})
        );
        let none = json!({"resources": [room], "constraints": [{"block_hours": {"start": 0, "end": 24}}]});
        assert_eq!(search(&app, none).await, json!([]));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_offered_can_be_booked_and_is_gone_at_once() {
    each_engine(|app| async move {
        let rules = json!([{"allow_weekdays": {}}, {"allow_hours": {"start": 9, "end": 12}}]);
        let room = room(&app, "Room", rules).await;
        let before = search(&app, monday(&[&room])).await;
        assert_eq!(starts(&before), ["09:00", "10:00", "11:00"]);

        let slot = &before[1];
        let (start, end) = (
            slot["start"].as_str().unwrap(),
            slot["end"].as_str().unwrap(),
        );
        let booking = book(&app, &room, start, end).await;

        assert_eq!(
            starts(&search(&app, monday(&[&room])).await),
            ["09:00", "11:00"]
        );
        app.put(&format!("/v2/bookings/{booking}/cancel"), json!({}))
            .await
            .expect(200);
        assert_eq!(search(&app, monday(&[&room])).await, before);
        let mut waiting = app.booking(&room, "confirm_decline", "10:00", "11:00");
        (waiting["start"], waiting["end"]) = (json!(start), json!(end));
        app.post("/v2/bookings", waiting).await.expect(201);
        assert_eq!(
            search(&app, monday(&[&room])).await,
            before,
            "a request takes no time"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_of_rules_shows_at_once() {
    each_engine(|app| async move {
        let room = room(&app, "Room", json!([{"allow_hours": {"start": 9, "end": 12}}])).await;
        search(&app, monday(&[&room])).await;

        let path = format!("/v2/resources/{room}");
        let change = json!({"name": "Hall", "availability_constraints": [{"allow_hours": {"start": 15, "end": 16}}]});
        app.put(&path, change).await.expect(200);

        let after = search(&app, monday(&[&room])).await;
        assert_eq!(starts(&after), ["15:00"]);
        assert_eq!(after[0]["resources"][0]["name"], "Hall");
        app.delete(&path).await.expect(204);
        app.post("/v2/availability", monday(&[&room])).await.expect(422);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_can_be_tried_in_the_place_of_the_saved_one_but_not_by_public_pages() {
    each_engine(|app| async move {
        let room = room(
            &app,
            "Room",
            json!([{"allow_hours": {"start": 9, "end": 10}}]),
        )
        .await;
        let mut body = monday(&[&room]);
        body["constraints"] = json!([{"allow_hours": {"start": 15, "end": 16}}]);
        assert!(starts(&search(&app, body.clone()).await).is_empty());

        body["use_hours_from"] = json!("project");
        assert_eq!(starts(&search(&app, body.clone()).await), ["15:00"]);
        let public = app
            .send(As::Widget, "POST", "/v2/availability", body.clone())
            .await;
        assert!(starts(&public.expect(200).data()).is_empty());

        body["use_hours_from"] = json!("hearsay");
        let refused = app.post("/v2/availability", body).await.expect(422);
        assert!(refused.json()["errors"]["use_hours_from"].is_array());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_buffer_keeps_its_distance_and_increments_overlap() {
    each_engine(|app| async move {
        let room = room(&app, "Room", json!([{"allow_hours": {"start": 9, "end": 13}}])).await;
        book(&app, &room, "2026-11-30T10:00:00+01:00", "2026-11-30T10:30:00+01:00").await;
        let with = |more: Value| {
            let mut body = monday(&[&room]);
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        for (more, expected) in [
            (json!({}), vec!["09:00", "11:00", "12:00"]),
            (json!({"round_to_nearest_hour": false}), vec!["09:00", "10:30", "11:30"]),
            (json!({"closest_time_interval": "15 minutes", "buffer": "10 minutes", "length": "30 minutes"}),
             vec!["09:00", "10:45", "11:15", "11:45", "12:15"]),
            (json!({"buffer": "31 minutes"}), vec!["12:00"]),
            (json!({"timeslot_increments": "30 minutes", "buffer": "0 minutes"}), vec!["09:00", "11:00", "11:30", "12:00"]),
            (json!({"length": null}), vec!["09:00", "10:30"]),
            (json!({"length": "Null", "constraints": [{"block_hours": {"start": "12:15", "end": 24}}]}), vec!["09:00", "10:30"]),
        ] {
            assert_eq!(starts(&search(&app, with(more.clone())).await), expected, "{more}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn modes_put_resources_together() {
    each_engine(|app| async move {
        let one = room(
            &app,
            "One",
            json!([{"allow_hours": {"start": 9, "end": 11}}]),
        )
        .await;
        let two = room(
            &app,
            "Two",
            json!([{"allow_hours": {"start": 10, "end": 12}}]),
        )
        .await;
        for (mode, expected) in [
            ("mutual", vec![("10:00", vec![&one, &two])]),
            (
                "exclusive",
                vec![
                    ("09:00", vec![&one]),
                    ("10:00", vec![&one, &two]),
                    ("11:00", vec![&two]),
                ],
            ),
            (
                "roundrobin_prioritized",
                vec![
                    ("09:00", vec![&one]),
                    ("10:00", vec![&one]),
                    ("11:00", vec![&two]),
                ],
            ),
        ] {
            let mut body = monday(&[&one, &two]);
            body["mode"] = json!(mode);
            let slots = search(&app, body).await;
            let ids = |slot: &Value| -> Vec<String> {
                let list = slot["resources"].as_array().unwrap();
                list.iter()
                    .map(|it| it["id"].as_str().unwrap().to_owned())
                    .collect()
            };
            let found: Vec<_> = starts(&slots)
                .into_iter()
                .zip(slots.as_array().unwrap().iter().map(ids))
                .collect();
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(start, ids)| {
                    (
                        start.to_owned(),
                        ids.into_iter().cloned().collect::<Vec<_>>(),
                    )
                })
                .collect();
            assert_eq!(found, expected, "{mode}");
        }
        // Both are free at ten; who is given is drawn, and one resource is given.
        let mut drawn = std::collections::HashSet::new();
        for _ in 0..64 {
            let mut body = monday(&[&one, &two]);
            body["mode"] = Value::Null;
            let slots = search(&app, body).await;
            assert_eq!(slots[1]["resources"].as_array().unwrap().len(), 1);
            drawn.insert(slots[1]["resources"][0]["id"].to_string());
        }
        assert_eq!(drawn.len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn companions_count_name_days_and_show_closed_times() {
    each_engine(|app| async move {
        let rules = json!([{"allow_day": {"day": "monday"}}, {"allow_hours": {"start": 9, "end": 11}}]);
        let room = room(&app, "Room", rules).await;
        let two_weeks = json!({"resources": [room], "from": "2026-11-30", "to": "2026-12-14", "output_timezone": "Europe/Copenhagen"});

        let count = app.post("/v2/availability/count", two_weeks.clone()).await.expect(200);
        let dates = app.post("/v2/availability/dates", two_weeks).await.expect(200);
        let closed = app.post("/v2/unavailable/slots", monday(&[&room])).await.expect(200).data();
        let mut sliced = monday(&[&room]);
        sliced["length"] = json!("6 hours");
        let sliced = app.post("/v2/unavailable/slots", sliced).await.expect(200).data();

        assert_eq!(count.json(), json!({"data": {"total": 4}}));
        let expected = json!([
            {"date": "2026-11-30", "resources": [room]},
            {"date": "2026-12-07", "resources": [room]},
        ]);
        assert_eq!(dates.data(), expected);
        assert_eq!(starts(&closed), ["00:00", "11:00"]);
        assert_eq!(closed[1]["end"], "2026-12-01T00:00:00+01:00");
        assert_eq!(closed[0]["resources"][0]["id"], json!(room));
        assert_eq!(starts(&sliced), ["00:00", "06:00", "12:00", "18:00"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_wrong_is_named_at_once() {
    each_engine(|app| async move {
        let room = room(&app, "Room", json!([])).await;
        let wrong = json!({
            "resources": ["x"], "project_id": 7, "mode": "all", "length": "0 minutes", "buffer": "-1 hour",
            "timeslot_increments": "soon", "closest_time_interval": [], "from": "2 fortnights",
            "round_to_nearest_hour": "maybe", "ignore_all_day_events": 2, "output_timezone": "Mars/Base",
            "constraints": [{"allow_hours": {"start": 25, "end": 9}}, {"open": {}}, 7],
        });

        let errors = app.post("/v2/availability", wrong).await.expect(422).json();

        let fields: Vec<_> = errors["errors"].as_object().unwrap().keys().cloned().collect();
        let expected = [
            "buffer", "closest_time_interval", "constraints.0.allow_hours.start", "constraints.1.open", "constraints.2",
            "from", "ignore_all_day_events", "length", "mode", "output_timezone", "project_id", "resources.0",
            "round_to_nearest_hour", "timeslot_increments",
        ];
        assert_eq!(fields, expected);

        let many: Vec<String> = (0..1_001).map(|number| format!("01a20dc6-a247-7000-9c0e-{number:012}")).collect();
        let rules = vec![json!({"block_weekends": []}); 1_001];
        for (body, field) in [
            (json!({}), "resources"),
            (json!({"resources": []}), "resources"),
            (json!({"resources": ["01a20dc6-a247-7000-9c0e-7c3ce7f4255f"]}), "resources.0"),
            (json!({"resources": many}), "resources"),
            (json!({"project_id": room}), "project_id"),
            (json!({"resources": [room], "from": "2 days", "to": "1 day"}), "to"),
            (json!({"resources": [room], "from": "now", "to": "now"}), "to"),
            (json!({"resources": [room], "to": "7 months"}), "to"),
            (json!({"resources": [room], "to": "9999-12-31"}), "to"),
            (json!({"resources": [room], "future": "later"}), "future"),
            (json!({"resources": [room], "from": "-7 months"}), "from"),
            (json!({"resources": [room], "length": "1 month"}), "length"),
            (json!({"resources": [room], "length": "10 years"}), "length"),
            (json!({"resources": [room], "length": ""}), "length"),
            (json!({"resources": [room], "constraints": rules}), "constraints"),
            (json!({"resources": [room], "constraints": {"a": 1}}), "constraints"),
            (json!({"resources": [room], "length": "1 second", "to": "1 week"}), "to"),
            (json!({"resources": room}), "resources"),
        ] {
            for path in ["/v2/availability", "/v2/availability/dates", "/v2/availability/count", "/v2/unavailable/slots"] {
                let endless = path == "/v2/availability/dates" || body["length"].is_string();
                let answer = app.post(path, body.clone()).await;
                if endless && answer.status == 200 {
                    continue;
                }
                let errors = answer.expect(422).json();
                assert!(errors["errors"][field].is_array(), "{path} {body}: {errors}");
            }
        }
        app.post("/v2/availability", json!([1])).await.expect(400);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn resources_of_another_app_are_unknown() {
    each_engine(|mut app| async move {
        let foreign = room(&app, "Room", json!([])).await;
        search(&app, monday(&[&foreign])).await;
        app.add_app("Other", "other@example.org", domain::Mode::Test)
            .await;

        let answer = app
            .post("/v2/availability", monday(&[&foreign]))
            .await
            .expect(422);

        assert_eq!(
            answer.json()["errors"]["resources.0"],
            json!(["the resource does not exist"])
        );
        assert_eq!(answer.headers["Timekit-TestMode"], "true");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn zones_and_formats_are_as_the_caller_wants() {
    each_engine(|app| async move {
        let room = room(
            &app,
            "Room",
            json!([{"allow_hours": {"start": 9, "end": 10}}]),
        )
        .await;
        let mut body = monday(&[&room]);
        let first = async |body: &Value, headers: &[(&str, &str)]| {
            let answer = app
                .send_with(
                    As::Widget,
                    "POST",
                    "/v2/availability",
                    body.clone(),
                    headers,
                )
                .await;
            answer.expect(200).text_at("/data/0/start")
        };
        let new_york = [("Timekit-Timezone", "America/New_York")];

        assert_eq!(first(&body, &new_york).await, "2026-11-30T09:00:00+01:00");
        body["output_timezone"] = Value::Null;
        assert_eq!(first(&body, &new_york).await, "2026-11-30T03:00:00-05:00");
        assert_eq!(first(&body, &[]).await, "2026-11-30T08:00:00+00:00");
        body["output_timezone"] = json!("asia/KOLKATA");
        assert_eq!(first(&body, &[]).await, "2026-11-30T13:30:00+05:30");
        let format = [("Timekit-OutputTimestampFormat", "Y-m-d h:ia")];
        assert_eq!(first(&body, &format).await, "2026-11-30 01:30pm");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_get_form_asks_the_same() {
    each_engine(|app| async move {
        let (one, two) = (room(&app, "One", json!([])).await, room(&app, "Two", json!([])).await);
        let mut body = monday(&[&one, &two]);
        body["constraints"] = json!([{"allow_hours": {"start": 9, "end": 12}}]);
        let rules = "%5B%7B%22allow_hours%22%3A%7B%22start%22%3A9%2C%22end%22%3A12%7D%7D%5D";
        let common = format!(
            "from=2026-11-30&to=2026-12-01&mode=roundrobin_prioritized&output_timezone=Europe/Copenhagen&constraints={rules}"
        );

        let posted = app.post("/v2/availability", body).await.expect(200).text;

        for list in [
            format!("resources[]={one}&resources[]={two}"),
            format!("resources%5B0%5D={one}&resources%5B1%5D={two}"),
            format!("resources={one},{two}"),
            format!("resource_ids[]={one}&resource_ids[]={two}"),
        ] {
            let got = app.get(&format!("/v2/availability?{list}&{common}")).await.expect(200);
            assert_eq!(got.text, posted, "{list}");
        }
        let free = app.get(&format!("/v2/availability?resources={one}&length=Null&to=2%20days")).await.expect(200);
        assert_eq!(free.data().as_array().unwrap().len(), 1);
        app.get("/v2/availability?resources=x&constraints=nothing").await.expect(422);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_past_is_not_offered() {
    each_engine(|app| async move {
        let room = room(&app, "Room", json!([{"allow_hours": {"start": 8, "end": 12}}])).await;
        // It is nine in Copenhagen.
        for from in [Value::Null, json!("now"), json!("2026-11-01"), json!("-1 hour"), json!("2026-11-24T06:00:00Z")] {
            let body = json!({"resources": [room], "from": from, "to": "2026-11-25", "output_timezone": "Europe/Copenhagen"});
            assert_eq!(starts(&search(&app, body).await), ["09:00", "10:00", "11:00"], "{from}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reached_limit_hides_its_period() {
    each_engine(|app| async move {
        let room = room(
            &app,
            "Room",
            json!([{"allow_hours": {"start": 9, "end": 10}}]),
        )
        .await;
        let path = format!("/v2/apps/{}", app.slug);
        app.put(&path, json!({"resource_rate_limits": {"weekly": 2}}))
            .await
            .expect(204);
        let week = json!({"resources": [room], "from": "2026-11-29", "to": "2026-12-08"});
        let days = async || {
            let dates = app
                .post("/v2/availability/dates", week.clone())
                .await
                .expect(200)
                .data();
            dates.as_array().unwrap().len()
        };
        assert_eq!(days().await, 9);

        book(&app, &room, "2026-12-01T10:00:00Z", "2026-12-01T11:00:00Z").await;
        assert_eq!(days().await, 9);
        book(&app, &room, "2026-12-02T10:00:00Z", "2026-12-02T11:00:00Z").await;

        assert_eq!(days().await, 2, "Sunday before and Monday after");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_resources_for_half_a_year_are_answered() {
    each_engine(|app| async move {
        let mut rooms = Vec::new();
        for number in 0..1_000 {
            let day = if number % 2 == 0 { "monday" } else { "friday" };
            let rules =
                json!([{"allow_day": {"day": day}}, {"allow_hours": {"start": 9, "end": 10}}]);
            rooms.push(room(&app, "Room", rules).await);
        }
        let mut body = json!({"resources": rooms, "to": "6 months", "mode": "exclusive"});

        // Half a year of Mondays and Fridays.
        assert_eq!(
            search(&app, body.clone()).await.as_array().unwrap().len(),
            52
        );
        body["constraints"] = json!(vec![json!({"allow_hours": {"start": 9, "end": 10}}); 1_000]);
        assert_eq!(
            search(&app, body.clone()).await.as_array().unwrap().len(),
            52
        );
        body["length"] = json!("1 second");
        body["to"] = json!("1 month");
        app.post("/v2/availability", body).await.expect(422);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn findtime_asks_in_the_old_way() {
    each_engine(|app| async move {
        let one = room(&app, "One", json!([{"allow_hours": {"start": 9, "end": 12}}])).await;
        let two = room(&app, "Two", json!([{"allow_hours": {"start": 10, "end": 24}}])).await;
        let calendars = app.get("/v2/calendars").await.expect(200).data();
        let calendar = |resource: &str| {
            let all = calendars.as_array().unwrap();
            all.iter().find(|it| it["resource_id"] == resource).unwrap()["id"].clone()
        };
        let zone = [("Timekit-Timezone", "Europe/Copenhagen")];
        let find = async |path: &str, body: Value| {
            app.send_with(As::Widget, "POST", path, body, &zone).await
        };
        let day = json!({"resource_ids": [one], "start": "2026-11-30", "future": "2026-12-01"});
        let with = |more: Value| {
            let mut body = day.clone();
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            body
        };
        let whole = json!({"start": "2026-11-30T09:00:00+01:00", "end": "2026-11-30T10:00:00+01:00"});
        assert_eq!(find("/v2/findtime", day.clone()).await.expect(200).data()[0], whole);
        for (more, expected) in [
            (json!({}), vec!["09:00", "10:00", "11:00"]),
            (json!({"sort": "desc"}), vec!["11:00", "10:00", "09:00"]),
            (json!({"calendar_ids": [calendar(&two)]}), vec!["10:00", "11:00"]),
            (json!({"all_solutions": true, "length": "2 hours"}), vec!["09:00", "09:15", "09:30", "09:45", "10:00"]),
            (json!({"filters": {"and": [{"business_hours": {}}, {"specific_day": {"day": "Monday"}}]}}), vec!["09:00", "10:00", "11:00"]),
            (json!({"filters": {"and": [{"specific_day": {"day": "Tuesday"}}]}}), vec![]),
            (json!({"filters": {"or": [{"specific_day_and_time": {"day": "Monday", "start": 11, "end": 20}}, {"between_timestamps": {"start": "2026-11-30T08:00:00Z", "end": "2026-11-30T09:00:00Z"}}]}}), vec!["09:00", "11:00"]),
            (json!({"filters": {"after": [{"take_last": {"number": 2}}, {"take_first": {"number": 1}}]}}), vec!["10:00"]),
            (json!({"filters": []}), vec!["09:00", "10:00", "11:00"]),
            (json!({"resource_ids": [two], "length": "4 hours", "no_day_span": true, "future": "2026-12-02"}), vec!["10:00", "14:00", "18:00", "10:00", "14:00", "18:00"]),
        ] {
            let found = find("/v2/findtime", with(more.clone())).await.expect(200).data();
            assert_eq!(starts(&found), expected, "{more}");
        }
        let random = with(json!({"filters": {"after": [{"take_random": {"number": 2}}]}, "format": "H:i"}));
        let drawn = find("/v2/findtime", random).await.expect(200).data();
        assert_eq!(drawn.as_array().unwrap().len(), 2);
        assert_eq!(drawn[0]["start"].as_str().unwrap().len(), 5);

        let mail = json!({"emails": [app.owner.0.to_uppercase()], "future": "1 day"});
        assert!(!find("/v2/findtime", mail).await.expect(200).data().as_array().unwrap().is_empty());
        let wrong = json!({
            "emails": ["nobody@example.org"], "calendar_ids": [one],
        });
        let errors = find("/v2/findtime", wrong).await.expect(422).json();
        assert!(errors["errors"]["emails.0"].is_array() && errors["errors"]["calendar_ids.0"].is_array());
        let wrong = json!({
            "sort": "up", "length": "never", "filters": {"or": [{"open": {}}], "and": 3, "after": [{"take_none": {}}]},
        });
        let errors = find("/v2/findtime", wrong).await.expect(422).json();
        let fields: Vec<_> = errors["errors"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(fields, ["filters.after.0", "filters.and", "filters.or.0.open", "length", "sort"]);
        find("/v2/findtime", json!({})).await.expect(422);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn findtime_answers_in_bulk_and_for_teams() {
    each_engine(|app| async move {
        let one = room(&app, "One", json!([{"allow_hours": {"start": 9, "end": 11}}])).await;
        let two = room(&app, "Two", json!([{"allow_hours": {"start": 10, "end": 12}}])).await;
        let calendars = app.get("/v2/calendars").await.expect(200).data();
        let calendar = |resource: &str| {
            let all = calendars.as_array().unwrap();
            all.iter().find(|it| it["resource_id"] == resource).unwrap()["id"].clone()
        };
        let day = |resource: &str| json!({"resource_ids": [resource], "start": "2026-11-30", "future": "2026-12-01"});

        let list = app.post("/v2/findtime/bulk", json!([day(&one), day(&two)])).await.expect(200);
        let named = app.post("/v2/findtime/bulk", json!({"queries": [day(&one), day(&two)]})).await.expect(200);
        let wrong = app.post("/v2/findtime/bulk", json!([day(&one), {"length": "x"}, 7])).await.expect(422).json();
        let unknown = app.post("/v2/findtime/bulk", json!([{"emails": ["nobody@example.org"]}])).await.expect(422).json();
        let team = json!({
            "users": [
                {"calendar_ids": [calendar(&one)], "_email": "one@example.org"},
                {"calendar_ids": [calendar(&two)], "_calendar": {"a": 1}, "secret": 1},
            ],
            "start": "2026-11-30", "future": "2026-12-01",
        });
        let team = app.send(As::Widget, "POST", "/v2/findtime/team", team, ).await.expect(200).data();
        let stray = json!({"users": [{"calendar_ids": [calendar(&one), calendar(&two)]}, {"calendar_ids": []}]});
        let stray = app.post("/v2/findtime/team", stray).await.expect(422).json();

        assert_eq!(starts(&list.data()[0]), ["08:00", "09:00"]);
        assert_eq!(starts(&list.data()[1]), ["09:00", "10:00"]);
        assert_eq!(named.text, list.text);
        assert!(wrong["errors"]["queries.1.length"].is_array() && wrong["errors"]["queries.2"].is_array());
        assert!(unknown["errors"]["queries.0.emails.0"].is_array());
        assert_eq!(starts(&team), ["08:00", "09:00", "10:00"]);
        assert_eq!(team[0]["users"], json!([{
            "_email": "one@example.org", "calendar_ids": [calendar(&one)], "email": null, "name": "One", "token": null,
            "user_id": one,
        }]));
        assert_eq!(team[1]["users"].as_array().unwrap().len(), 2);
        assert_eq!(team[2]["users"][0]["_calendar"], json!({"a": 1}));
        assert_eq!(team[2]["users"][0]["secret"], Value::Null);
        assert_eq!(stray["errors"].as_object().unwrap().len(), 2);
        app.post("/v2/findtime/team", json!({})).await.expect(422);
        app.post("/v2/findtime/bulk", json!({})).await.expect(422);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_explanation_names_what_stands_in_the_way() {
    each_engine(|app| async move {
        let rules = json!([{"allow_weekdays": {}}, {"allow_hours": {"start": 9, "end": 17}}, {"block_hours": {"start": 12, "end": 13}}]);
        let room = room(&app, "Room", rules).await;
        let booking = book(&app, &room, "2026-11-30T10:00:00+01:00", "2026-11-30T11:00:00+01:00").await;
        let calendars = app.get("/v2/calendars").await.expect(200).data();
        let all = calendars.as_array().unwrap();
        let calendar = all.iter().find(|it| it["resource_id"] == json!(room)).unwrap()["id"].clone();
        let event = json!({"calendar_id": calendar, "what": "Away", "start": "2026-11-30T15:00:00+01:00", "end": "2026-11-30T15:30:00+01:00"});
        let event = app.post("/v2/events", event).await.expect(201).text_at("/data/id");
        let explain = async |start: &str, more: Value| {
            let mut body = monday(&[&room]);
            body["start"] = json!(start);
            body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            app.post("/v2/availability/explain", body).await.expect(200).data()
        };
        let kinds = |data: &Value| -> Vec<String> {
            let reasons = data["resources"][0]["reasons"].as_array().unwrap();
            reasons.iter().map(|reason| reason["kind"].as_str().unwrap().to_owned()).collect()
        };

        let offered = explain("2026-11-30T09:00:00+01:00", json!({})).await;
        assert_eq!(offered["offered"], true);
        assert_eq!((&offered["before"], &offered["after"]), (&Value::Null, &json!("2026-11-30T11:00:00+01:00")));
        assert!(kinds(&offered).is_empty());

        let busy = explain("2026-11-30T10:00:00+01:00", json!({})).await;
        assert_eq!(busy["resources"][0]["id"], json!(room));
        let expected = json!([{
            "kind": "busy", "message": "the time is taken", "booking_id": booking,
            "start": "2026-11-30T10:00:00+01:00", "end": "2026-11-30T11:00:00+01:00",
        }]);
        assert_eq!((&busy["offered"], &busy["resources"][0]["reasons"]), (&json!(false), &expected));
        assert_eq!(busy["before"], "2026-11-30T09:00:00+01:00");

        let away = explain("2026-11-30T15:00:00+01:00", json!({})).await;
        assert_eq!(away["resources"][0]["reasons"][0]["event_id"], json!(event));
        let lunch = explain("2026-11-30T12:00:00+01:00", json!({})).await;
        let rule = json!([{"level": "resource", "index": 2, "name": "block_hours"}]);
        assert_eq!(lunch["resources"][0]["reasons"][0]["constraints"], rule);
        for (start, more, expected) in [
            ("2026-11-30T18:00:00+01:00", json!({}), vec!["closed"]),
            ("2026-11-30T14:10:00+01:00", json!({"length": "30 minutes"}), vec!["grid"]),
            ("2026-11-30T09:00:00+01:00", json!({"buffer": "15 minutes"}), vec!["buffer"]),
            ("2026-12-07T09:00:00+01:00", json!({}), vec!["horizon"]),
            ("2026-11-27T09:00:00+01:00", json!({}), vec!["notice"]),
        ] {
            assert_eq!(kinds(&explain(start, more).await), expected, "{start}");
        }
        let wrong = app.post("/v2/availability/explain", json!({"mode": "x"})).await.expect(422).json();
        let fields: Vec<_> = wrong["errors"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(fields, ["mode", "start"]);
    })
    .await;
}
