//! `/v2/projects`, their public answers, and bookings made through them.

use domain::Mode;
use serde_json::{Value, json};

use crate::support::{Answer, As, TestApp, each_engine, each_engine_with};

const MISSING: &str = "01900000-0000-7000-8000-000000000000";

/// A project with one resource: their ids.
async fn project(app: &TestApp, mut body: Value) -> (String, String) {
    let resource = app.resource("Doc").await;
    body["name"] = body.get("name").cloned().unwrap_or("Eye test".into());
    body["resources"] = json!([resource]);
    let id = app
        .post("/v2/projects", body)
        .await
        .expect(201)
        .text_at("/data/id");
    (id, resource)
}

/// What a widget sends to book.
fn booking(project: &str, resource: &str, from: &str, to: &str) -> Value {
    json!({
        "project_id": project, "resource_id": resource,
        "start": format!("2026-11-24T{from}:00Z"), "end": format!("2026-11-24T{to}:00Z"),
        "customer": { "name": "Marty McFly", "email": "marty@example.org", "timezone": "America/Los_Angeles" },
    })
}

async fn widget(app: &TestApp, method: &str, path: &str, body: Value) -> Answer {
    app.send(As::Widget, method, path, body).await
}

fn fields(answer: &Answer) -> Vec<String> {
    answer.json()["errors"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_needs_a_name_and_nothing_else() {
    each_engine(|app| async move {
        let made = app
            .post("/v2/projects", json!({ "name": "Eye test" }))
            .await
            .expect(201);

        insta::assert_json_snapshot!("a_new_project", made.json(), { ".data.id" => "[id]" });
        let path = format!("/v2/projects/{}", made.text_at("/data/id"));
        assert_eq!(app.get(&path).await.expect(200).data(), made.data());
        let second = app
            .post("/v2/projects", json!({ "name": "Eye test", "slug": "" }))
            .await
            .expect(201);
        assert_eq!(second.text_at("/data/slug"), "eye-test-2");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_is_kept_in_its_order() {
    each_engine(|app| async move {
        let resources = [app.resource("B").await, app.resource("A").await];
        let body = json!({
            "name": "Eye test", "slug": "Eyes", "resources": resources,
            "availability": { "mode": "roundrobin_prioritized", "length": "30 minutes", "from": "1 hour", "to": "1 week", "buffer": "15 minutes", "own": 1 },
            "availability_constraints": [{ "allow_weekdays": {} }, { "allow_hours": { "start": 9, "end": 17 } }],
            "booking": { "graph": "confirm_decline", "what": "Eye test", "where": "Main St 1", "description": "" },
            "reminders": [{ "type": "email", "when": { "type": "before", "unit": "mins", "time": 15 } }],
            "customer_fields": { "zip": { "title": "Zip" }, "name": { "title": "Who?" }, "color": { "format": "select", "enum": ["red", "blue"] } },
            "ui": { "availability_view": "listing", "time_date_format": "24h-dmy-mon", "timezone": "europe/copenhagen", "own": [1] },
            "meta": { "z": 1, "a": 2 }, "allow_conference": "1", "allow_double_bookings": true, "enabled_email_notification": false,
            "enabled": false, "reservation_time": "5 minutes", "use_hours_from": "project", "latitude": 55.6, "longitude": "12.50",
            "unknown": true,
        });

        let made = app.post("/v2/projects?include=resources", body.clone()).await.expect(201)
            .json_in_order()["data"]
            .clone();

        for key in ["availability", "availability_constraints", "booking", "reminders", "customer_fields", "meta", "reservation_time", "use_hours_from"] {
            assert_eq!(made[key].to_string(), body[key].to_string(), "{key}");
        }
        assert_eq!((&made["slug"], &made["allow_conference"], &made["enabled"]), (&json!("eyes"), &json!(1), &json!(false)));
        assert_eq!(made["ui"]["timezone"], "Europe/Copenhagen");
        assert_eq!((&made["latitude"], &made["longitude"], &made["distance"]), (&json!("55.6"), &json!("12.5"), &Value::Null));
        let names: Vec<&Value> = made["resources"].as_array().unwrap().iter().map(|it| &it["name"]).collect();
        assert_eq!(names, ["B", "A"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_field_is_named_at_once() {
    each_engine(|app| async move {
        app.post("/v2/projects", json!({ "name": "One", "slug": "taken" })).await.expect(201);
        let resource = app.resource("Doc").await;
        let refused = app
            .post("/v2/projects", json!({
                "name": "", "slug": "taken", "resources": [resource, MISSING, "x"],
                "availability": { "mode": "roundrobin", "length": "0 minutes", "from": "soon", "buffer": "-1 hour", "output_timezone": "Mars/Base" },
                "availability_constraints": [{ "allow_hours": { "start": 25, "end": 26 } }, { "allow_moon": {} }],
                "booking": { "graph": "sideways", "what": [], "settings": { "allow_double_bookings": "maybe" } },
                "reminders": [1], "customer_fields": { "a": { "format": "select" }, "b": 3 },
                "ui": { "availability_view": "year", "timezone": "Mars/Base", "show_credits": 7, "avatar": "javascript:alert(1)", "localization": { "submit_button": {} } },
                "meta": [1], "allow_conference": "x", "enabled": 3, "reservation_time": "-5 minutes", "use_hours_from": "moon",
                "latitude": 91, "longitude": "east",
            }))
            .await
            .expect(422);

        let expected = [
            "allow_conference", "availability.buffer", "availability.from", "availability.length", "availability.mode",
            "availability.output_timezone", "availability_constraints.0.allow_hours.end", "availability_constraints.0.allow_hours.start",
            "availability_constraints.1.allow_moon", "booking.graph", "booking.settings.allow_double_bookings", "booking.what",
            "customer_fields.a.enum", "customer_fields.b", "enabled", "latitude", "longitude", "meta", "name", "reminders.0",
            "reservation_time", "resources.1", "resources.2", "slug", "ui.availability_view", "ui.avatar",
            "ui.localization.submit_button", "ui.show_credits", "ui.timezone", "use_hours_from",
        ];
        assert_eq!(fields(&refused), expected, "{}", refused.text);
        for (window, field) in [
            (json!({ "from": "2 weeks", "to": "1 week" }), "availability.to"),
            (json!({ "to": "1 year" }), "availability.to"),
            (json!({ "from": "-1 year" }), "availability.from"),
        ] {
            let refused = app.post("/v2/projects", json!({ "name": "x", "availability": window })).await.expect(422);
            assert_eq!(fields(&refused), [field], "{}", refused.text);
        }
        for broken in [
            json!({ "name": "x", "availability": 3 }), json!({ "name": "x", "resources": "x" }), json!({ "name": "x", "customer_fields": [1] }),
            json!({ "name": "x", "ui": "x" }), json!({ "name": "x", "slug": "ö!" }), json!({ "name": "x", "slug": "a".repeat(61) }),
            json!({ "name": "x", "latitude": 1e308 }), json!({ "name": "x", "reservation_time": 1e99 }),
            json!({ "name": "x", "availability_constraints": vec![json!({ "block_weekends": [] }); 5_000] }),
            json!({ "name": "x", "resources": vec![MISSING; 2] }), json!({ "name": 7e307, "booking": 1 }),
        ] {
            app.post("/v2/projects", broken).await.expect(422);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_objects_replace_and_absent_keys_stay() {
    each_engine(|app| async move {
        let (id, resource) = project(&app, json!({ "ui": { "avatar": "", "own": 1 }, "booking": { "graph": "instant", "where": "Here" }, "use_hours_from": "resource" })).await;
        let path = format!("/v2/projects/{id}");

        let changed = app.put(&path, json!({ "id": id, "ui": { "own": 2 }, "booking": { "what": "New" }, "use_hours_from": null })).await;

        let changed = changed.expect(200).data();
        assert_eq!((&changed["ui"], &changed["booking"]), (&json!({ "own": 2 }), &json!({ "what": "New" })));
        assert_eq!((&changed["name"], &changed["use_hours_from"]), (&json!("Eye test"), &Value::Null));
        let kept = app.get(&format!("{path}/resources")).await.expect(200).data();
        assert_eq!(kept[0]["id"], json!(resource));
        app.put(&path, json!({ "slug": "eye-test", "resources": [] })).await.expect(200);
        assert_eq!(app.get(&format!("{path}/resources")).await.expect(200).data(), json!([]));
        app.post("/v2/projects", json!({ "name": "Other", "slug": "other" })).await.expect(201);
        let taken = app.put(&path, json!({ "slug": "other" })).await.expect(422);
        assert_eq!(taken.json(), json!({ "errors": { "slug": ["the slug has already been taken"] } }));
        app.put(&path, json!({ "name": "" })).await.expect(422);
        app.put(&format!("/v2/projects/{MISSING}"), json!({})).await.expect(404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn resources_are_added_ordered_and_taken_out() {
    each_engine(|app| async move {
        let (id, first) = project(&app, json!({})).await;
        let second = app.resource("Second").await;
        let path = format!("/v2/projects/{id}/resources");
        let ids = async || -> Vec<String> {
            let list = app.get(&path).await.expect(200).data();
            list.as_array()
                .unwrap()
                .iter()
                .map(|it| it["id"].as_str().unwrap().to_owned())
                .collect()
        };

        for _ in 0..2 {
            let added = app
                .post(&path, json!({ "resource_id": second }))
                .await
                .expect(201);
            assert_eq!(added.text_at("/data/id"), id);
        }
        assert_eq!(ids().await, [first.clone(), second.clone()]);
        app.put(&path, json!({ "resources": [second, first, second] }))
            .await
            .expect(200);
        assert_eq!(ids().await, [second.clone(), first.clone()]);
        app.put(&path, json!([first, second])).await.expect(200);
        assert_eq!(ids().await, [first.clone(), second.clone()]);
        let found = app
            .get(&format!("/v2/projects?search=resources.id:{second}"))
            .await
            .expect(200)
            .json();
        assert_eq!(found["total"], 1);
        app.delete(&format!("{path}/{first}")).await.expect(204);
        app.delete(&format!("{path}/{first}")).await.expect(404);
        assert_eq!(ids().await, std::slice::from_ref(&second));
        app.put(&path, json!([])).await.expect(200);
        assert!(ids().await.is_empty());

        for (body, field) in [
            (json!({}), "resource_id"),
            (json!({ "resource_id": "x" }), "resource_id"),
            (json!({ "resource_id": MISSING }), "resource_id"),
        ] {
            assert_eq!(fields(&app.post(&path, body).await.expect(422)), [field]);
        }
        assert_eq!(
            fields(&app.put(&path, json!([MISSING, 7])).await.expect(422)),
            ["resources.1"]
        );
        assert_eq!(
            fields(&app.put(&path, json!([MISSING])).await.expect(422)),
            ["resources.0"]
        );
        app.put(&path, json!({})).await.expect(422);
        app.put(&format!("{path}/{second}"), json!({}))
            .await
            .expect(405);
        app.get("/v2/projects/x/resources").await.expect(404);
        app.delete(&format!("{path}/x")).await.expect(404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_paged_searched_and_ordered() {
    each_engine(|app| async move {
        let (eye, resource) =
            project(&app, json!({ "name": "Ærlig", "meta": { "floor": 2 } })).await;
        app.post(
            "/v2/projects",
            json!({ "name": "Zebra", "enabled": false, "meta": { "secret": 1 } }),
        )
        .await
        .expect(201);

        for search in ["name:%C3%A6rlig", "slug:aerlig", "meta.floor:2", "%C3%86RL"]
            .map(str::to_owned)
            .into_iter()
            .chain([format!("id:{eye}"), format!("resource.id:{resource}")])
        {
            let list = app
                .get(&format!("/v2/projects?search={search}"))
                .await
                .expect(200)
                .json();
            assert_eq!(
                (&list["total"], &list["data"][0]["id"]),
                (&json!(1), &json!(eye)),
                "{search}"
            );
        }
        let list = app
            .get("/v2/projects?orderBy=name&limit=1&page=2")
            .await
            .expect(200)
            .json();
        assert_eq!(
            (
                &list["total"],
                &list["data"][0]["id"],
                &list["next_page_url"]
            ),
            (&json!(2), &json!(eye), &Value::Null)
        );
        for wrong in [
            "search=color:red",
            "search=id:x",
            "search=locations.uuid:x",
            "orderBy=color",
            "latitude=1",
            "latitude=x&longitude=1",
            "latitude=91&longitude=0",
            "latitude=1&longitude=1&distance=-1",
            "search=distance:5",
        ] {
            app.get(&format!("/v2/projects?{wrong}")).await.expect(422);
        }

        let public = widget(&app, "GET", "/v2/projects?include=resources", Value::Null)
            .await
            .expect(200)
            .json();
        assert_eq!(public["total"], 1, "those that are off are not shown");
        for hidden in ["meta", "reminders", "resources"] {
            assert_eq!(public["data"][0].get(hidden), None, "{hidden}");
        }
        widget(
            &app,
            "GET",
            "/v2/projects?search=meta.secret:1",
            Value::Null,
        )
        .await
        .expect(422);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_app_sees_nothing() {
    each_engine(|mut app| async move {
        let (id, resource) = project(&app, json!({})).await;
        app.add_app("Other", "other@example.org", Mode::Live).await;

        for path in [
            format!("/v2/projects/{id}"),
            format!("/v2/projects/{id}/resources"),
            format!("/v2/projects/embed/{id}"),
            format!("/v2/widgets/{id}"),
        ] {
            app.get(&path).await.expect(404);
        }
        assert_eq!(app.get("/v2/projects").await.expect(200).json()["total"], 0);
        app.put(&format!("/v2/projects/{id}"), json!({ "name": "Mine" }))
            .await
            .expect(404);
        app.delete(&format!("/v2/projects/{id}")).await.expect(404);
        let own = app.resource("Own").await;
        let refused = app
            .post("/v2/bookings", booking(&id, &own, "10:00", "11:00"))
            .await
            .expect(404);
        assert_eq!(
            refused.json(),
            json!({ "error": "Resource does not exist", "model": "Project" })
        );
        let foreign = app
            .post(
                "/v2/projects",
                json!({ "name": "x", "resources": [resource] }),
            )
            .await
            .expect(422);
        assert_eq!(fields(&foreign), ["resources.0"]);
        let taken = app
            .post("/v2/projects", json!({ "name": "x", "slug": "eye-test" }))
            .await
            .expect(422);
        assert_eq!(fields(&taken), ["slug"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_get_all_that_they_read() {
    each_engine(|app| async move {
        let (id, _) = project(&app, json!({
            "availability": { "length": null }, "booking": { "what": "Eye test" }, "meta": { "secret": 1 },
            "customer_fields": { "shoe_size": { "title": "Shoe size" } }, "ui": { "show_timezone_helper": false, "localization": { "submit_button": "Go" } },
        })).await;

        let hosted = app.send(As::Nobody, "GET", "/v2/projects/hosted/eye-test", Value::Null).await.expect(200);

        insta::assert_json_snapshot!("a_hosted_project", hosted.json(), { ".data.id" => "[id]", ".data.app_key" => "[key]" });
        assert_eq!(hosted.text_at("/data/app_key"), app.widget_key);
        let order: Vec<String> = hosted.json_in_order()["data"]["customer_fields"].as_object().unwrap().keys().cloned().collect();
        assert_eq!(order, ["name", "email", "shoe_size"]);
        let embed = widget(&app, "GET", &format!("/v2/projects/embed/{id}"), Value::Null).await.expect(200);
        assert_eq!(embed.data(), hosted.data());
        app.send(As::Nobody, "GET", &format!("/v2/projects/embed/{id}"), Value::Null).await.expect(401);

        app.put(&format!("/v2/projects/{id}"), json!({ "enabled": false })).await.expect(200);
        for path in ["hosted/eye-test".to_owned(), format!("embed/{id}"), "hosted/missing".to_owned(), "embed/x".to_owned()] {
            let gone = widget(&app, "GET", &format!("/v2/projects/{path}"), Value::Null).await.expect(404);
            assert_eq!(gone.json(), json!({ "error": "Resource does not exist", "model": "Project" }), "{path}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn widgets_are_projects_to_be_read() {
    each_engine(|app| async move {
        let (id, _) = project(&app, json!({})).await;
        app.post("/v2/projects", json!({ "name": "Off", "enabled": false }))
            .await
            .expect(201);

        let read = app
            .get(&format!("/v2/widgets/{id}"))
            .await
            .expect(200)
            .data();

        assert_eq!(
            (&read["id"], &read["slug"], &read["name"]),
            (&json!(id), &json!("eye-test"), &json!("Eye test"))
        );
        assert_eq!(read["config"]["app_key"], app.widget_key);
        let list = app.get("/v2/widgets?limit=1000").await.expect(200).json();
        assert_eq!(
            (&list["total"], &list["per_page"], &list["data"][0]),
            (&json!(1), &json!(100), &read)
        );
        let hosted = app
            .send(
                As::Nobody,
                "GET",
                "/v2/widgets/hosted/eye-test",
                Value::Null,
            )
            .await
            .expect(200);
        assert_eq!(hosted.data(), read);
        assert_eq!(
            widget(&app, "GET", &format!("/v2/widgets/embed/{id}"), Value::Null)
                .await
                .expect(200)
                .data(),
            read
        );
        let missing = app.get(&format!("/v2/widgets/{MISSING}")).await.expect(404);
        assert_eq!(missing.text_at("/model"), "Widget");
        app.post("/v2/widgets", json!({ "name": "x" }))
            .await
            .expect(410);
        app.put(&format!("/v2/widgets/{id}"), json!({}))
            .await
            .expect(410);
        app.delete(&format!("/v2/widgets/{id}")).await.expect(410);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_takes_over_what_its_project_says() {
    each_engine(|app| async move {
        let (id, resource) = project(&app, json!({ "booking": { "graph": "confirm_decline", "where": "Main St 1", "description": "Bring your glasses", "settings": { "own": 1 } } })).await;

        let made = widget(&app, "POST", "/v2/bookings?include=attributes,event,user,project", booking(&id, &resource, "10:00", "11:00")).await.expect(201).data();

        let info = &made["attributes"]["event_info"];
        assert_eq!((&made["graph"], &made["state"]), (&json!("confirm_decline"), &json!("tentative")));
        assert_eq!((&info["what"], &info["where"], &info["description"]), (&json!("Eye test"), &json!("Main St 1"), &json!("Bring your glasses")));
        assert_eq!(made["attributes"]["settings"], json!({ "own": 1 }));
        assert_eq!((&made["project"]["id"], made["project"].get("meta")), (&json!(id), None));
        let mut own = booking(&id, &resource, "12:00", "13:00");
        for (key, value) in [("graph", "instant"), ("what", "Mine"), ("where", "Home"), ("description", "")] {
            own[key] = value.into();
        }
        let own = app.post("/v2/bookings", own).await.expect(201).data();
        assert_eq!((&own["state"], &own["attributes"]["event_info"]["what"]), (&json!("confirmed"), &json!("Mine")));
        let list = app.get(&format!("/v2/bookings?search=project.id:{id}&include=project")).await.expect(200).json();
        assert_eq!((&list["total"], &list["data"][0]["project"]["name"]), (&json!(2), &json!("Eye test")));

        app.delete(&format!("/v2/projects/{id}")).await.expect(204);
        app.get(&format!("/v2/projects/{id}")).await.expect(404);
        let kept = app.get(&format!("/v2/bookings/{}?include=project", made["id"].as_str().unwrap())).await.expect(200).data();
        assert_eq!(kept["project"], Value::Null);
        app.post("/v2/bookings", booking(&id, &resource, "15:00", "16:00")).await.expect(404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_may_allow_double_bookings() {
    each_engine(|app| async move {
        let (id, resource) = project(&app, json!({})).await;
        let twice = async |expected: u16| {
            app.post("/v2/bookings", booking(&id, &resource, "10:00", "11:00"))
                .await
                .expect(expected);
        };
        twice(201).await;
        twice(422).await;

        app.put(
            &format!("/v2/projects/{id}"),
            json!({ "allow_double_bookings": true }),
        )
        .await
        .expect(200);

        twice(201).await;
        let mut strict = booking(&id, &resource, "10:00", "11:00");
        strict["settings"] = json!({ "allow_double_bookings": false });
        app.post("/v2/bookings", strict).await.expect(422);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_answers_the_form_of_its_project() {
    each_engine(|app| async move {
        let (id, resource) = project(&app, json!({ "customer_fields": {
            "shoe_size": { "required": true }, "color": { "format": "select", "enum": ["red", "blue"] }, "terms": { "format": "checkbox", "required": true },
            "note": { "format": "label", "required": true }, "location": { "required": true },
        } })).await;
        let with = |customer: Value| {
            let mut body = booking(&id, &resource, "10:00", "11:00");
            body["customer"].as_object_mut().unwrap().extend(customer.as_object().unwrap().clone());
            body
        };

        let refused = widget(&app, "POST", "/v2/bookings", with(json!({ "color": "green", "terms": false, "email": "nobody" }))).await.expect(422);

        assert_eq!(fields(&refused), ["customer.color", "customer.email", "customer.location", "customer.shoe_size", "customer.terms"]);
        let good = json!({ "shoe_size": 42, "color": "red", "terms": true, "where": "At home" });
        let mut body = with(good);
        body["where"] = "At home".into();
        let made = widget(&app, "POST", "/v2/bookings", body).await.expect(201).data();
        assert_eq!(made["attributes"]["event_info"]["where"], "At home");
        assert_eq!(made["attributes"]["customer"]["shoe_size"], 42);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_that_is_off_takes_no_public_bookings() {
    each_engine(|app| async move {
        let (id, resource) = project(&app, json!({ "enabled": false })).await;
        let search = json!({ "project_id": id });

        widget(
            &app,
            "POST",
            "/v2/bookings",
            booking(&id, &resource, "10:00", "11:00"),
        )
        .await
        .expect(404);
        widget(&app, "POST", "/v2/availability", search.clone())
            .await
            .expect(422);

        app.post("/v2/bookings", booking(&id, &resource, "10:00", "11:00"))
            .await
            .expect(201);
        app.post("/v2/availability", search).await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_project_offers_can_be_booked_once() {
    each_engine(|app| async move {
        let (id, resource) = project(&app, json!({
            "availability": { "length": "30 minutes", "from": "now", "to": "2 days", "mode": "roundrobin_prioritized" },
            "availability_constraints": [{ "allow_hours": { "start": 9, "end": 12 } }],
        })).await;
        let search = json!({ "project_id": id, "output_timezone": "Europe/Copenhagen" });
        let offered = async || widget(&app, "POST", "/v2/availability", search.clone()).await.expect(200).data();
        let before = offered().await;
        let first = before[0].clone();
        assert_eq!((&first["start"], &first["resources"][0]["id"]), (&json!("2026-11-24T09:00:00+01:00"), &json!(resource)));

        let mut body = booking(&id, &resource, "00:00", "01:00");
        body["start"] = first["start"].clone();
        body["end"] = first["end"].clone();
        widget(&app, "POST", "/v2/bookings", body.clone()).await.expect(201);

        let after = offered().await;
        assert_ne!(after[0]["start"], first["start"]);
        assert!(after.as_array().unwrap().len() < before.as_array().unwrap().len());
        widget(&app, "POST", "/v2/bookings", body).await.expect(422);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_takes_sixty_public_bookings_a_minute() {
    each_engine_with(&[("limit-public-bookings", "1000")], |app| async move {
        let (id, resource) = project(&app, json!({})).await;
        let body = booking(&id, &resource, "10:00", "11:00");
        // A second gives one of them back, and the test may take some.
        let mut taken = 0;
        let refused = loop {
            let answer = widget(&app, "POST", "/v2/bookings", body.clone()).await;
            if answer.status == 429 {
                break answer;
            }
            taken += 1;
            assert!(taken < 400, "no limit");
        };

        assert!(taken >= 60, "{taken}");
        assert!(refused.headers.contains_key("retry-after"));
        app.post("/v2/bookings", body).await.expect(422);
    })
    .await;
}
