//! `/v2/locations`, `/v2/location/services` and `/v2/accounts`.

use domain::Mode;
use serde_json::{Value, json};

use crate::support::{Answer, As, TestApp, each_engine};

const MISSING: &str = "01900000-0000-7000-8000-000000000000";

async fn make(app: &TestApp, path: &str, body: Value) -> String {
    app.post(path, body).await.expect(201).text_at("/data/id")
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
async fn a_widget_finds_its_project_by_location_and_service() {
    each_engine(|app| async move {
        let project = make(&app, "/v2/projects", json!({ "name": "Eye test" })).await;
        make(&app, "/v2/projects", json!({ "name": "Other" })).await;
        let service = make(&app, "/v2/location/services", json!({ "name": "Fitting", "availability": { "length": "30 minutes" }, "projects": [project] })).await;
        let location = json!({
            "name": "Aarhus", "projects": [project, project], "services": [service], "latitude": 56.1629, "longitude": 10.2039,
            "meta": { "t_store_city": "Aarhus" }, "use_custom_hours": true, "availability_constraints": [{ "allow_weekends": {} }],
        });
        let location = make(&app, "/v2/locations", location).await;
        let public = async |path: String| app.send(As::Widget, "GET", &path, Value::Null).await.expect(200).data();

        let locations = public("/v2/locations?include=services,projects".to_owned()).await;
        assert_eq!((&locations[0]["id"], &locations[0]["latitude"]), (&json!(location), &json!(56.1629)));
        assert_eq!(locations[0]["services"][0]["availability"], json!({ "length": "30 minutes" }));
        assert_eq!((&locations[0]["projects"][0]["id"], locations[0]["projects"][0].get("meta")), (&json!(project), None));
        let services = public("/v2/location/services?include=locations,projects".to_owned()).await;
        assert_eq!((&services[0]["id"], &services[0]["locations"][0]["meta"]["t_store_city"]), (&json!(service), &json!("Aarhus")));
        let found = public(format!("/v2/projects?search=locations.uuid:{location};services.uuid:{service}&include=locations,services")).await;
        assert_eq!((found.as_array().unwrap().len(), &found[0]["id"]), (1, &json!(project)));
        assert_eq!((&found[0]["locations"][0]["id"], &found[0]["services"][0]["id"]), (&json!(location), &json!(service)));
        assert_eq!(public(format!("/v2/projects?search=locations.uuid:{MISSING}")).await, json!([]));
        for search in ["name:aarhus".to_owned(), "AARH".to_owned(), "meta.t_store_city:Aarhus".to_owned(), format!("services.uuid:{service}"), format!("project.id:{project}"), format!("id:{location}")] {
            let list = app.get(&format!("/v2/locations?search={search}")).await.expect(200).json();
            assert_eq!(list["total"], 1, "{search}");
        }
        for search in ["name:fitting".to_owned(), "FIT".to_owned(), format!("locations.uuid:{location}"), format!("project.id:{project}"), format!("id:{service}")] {
            let list = app.get(&format!("/v2/location/services?search={search}")).await.expect(200).json();
            assert_eq!(list["total"], 1, "{search}");
        }

        app.delete(&format!("/v2/location/services/{service}")).await.expect(204);
        let read = app.get(&format!("/v2/locations/{location}?include=services,projects")).await.expect(200).data();
        assert_eq!((&read["services"], &read["projects"][0]["id"]), (&json!([]), &json!(project)));
        app.delete(&format!("/v2/locations/{location}")).await.expect(204);
        app.get(&format!("/v2/locations/{location}")).await.expect(404);
        app.get(&format!("/v2/projects/{project}")).await.expect(200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn given_keys_change_and_wrong_ones_are_named() {
    each_engine(|mut app| async move {
        let location = make(&app, "/v2/locations", json!({ "name": "Aarhus", "latitude": "56.1", "longitude": 10, "description": "Old" })).await;
        let service = make(&app, "/v2/location/services", json!({ "name": "Fitting", "image_url": "https://example.org/a.png" })).await;

        let changed = app.put(&format!("/v2/locations/{location}"), json!({ "latitude": null, "longitude": "", "services": [service], "meta": { "a": 1 } })).await;
        let changed = changed.expect(200).data();
        assert_eq!((&changed["name"], &changed["description"]), (&json!("Aarhus"), &json!("Old")));
        assert_eq!((&changed["latitude"], &changed["longitude"], &changed["meta"]), (&Value::Null, &Value::Null, &json!({ "a": 1 })));
        let changed = app.put(&format!("/v2/location/services/{service}?include=locations"), json!({ "image_url": null, "name": "Fit" })).await;
        let changed = changed.expect(200).data();
        assert_eq!((&changed["image_url"], &changed["name"], &changed["locations"][0]["id"]), (&Value::Null, &json!("Fit"), &json!(location)));
        let refused = app.post("/v2/locations", json!({
            "latitude": 91, "longitude": [], "use_custom_hours": "x", "availability_constraints": [{ "allow_moon": {} }],
            "projects": [MISSING], "services": ["x"], "meta": 1,
        })).await.expect(422);
        assert_eq!(fields(&refused), ["availability_constraints.0.allow_moon", "latitude", "longitude", "meta", "name", "projects.0", "services.0", "use_custom_hours"]);
        let refused = app.post("/v2/location/services", json!({ "name": " ", "availability": { "length": "0 hours" }, "image_url": "x", "locations": [MISSING] })).await.expect(422);
        assert_eq!(fields(&refused), ["availability.length", "image_url", "locations.0", "name"]);

        app.add_app("Other", "other@example.org", Mode::Live).await;
        for path in [format!("/v2/locations/{location}"), format!("/v2/location/services/{service}"), "/v2/locations/x".to_owned(), "/v2/location/services/x".to_owned()] {
            app.get(&path).await.expect(404);
            app.put(&path, json!({ "name": "Mine" })).await.expect(404);
            app.delete(&path).await.expect(404);
        }
        assert_eq!(fields(&app.post("/v2/locations", json!({ "name": "x", "services": [service] })).await.expect(422)), ["services.0"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_nearest_comes_first() {
    each_engine(|app| async move {
        for (name, latitude, longitude) in [
            ("Aarhus", 56.1629, 10.2039),
            ("Roskilde", 55.6415, 12.0803),
            ("Copenhagen", 55.6761, 12.5683),
        ] {
            for path in ["/v2/locations", "/v2/projects"] {
                make(
                    &app,
                    path,
                    json!({ "name": name, "latitude": latitude, "longitude": longitude }),
                )
                .await;
            }
        }
        make(&app, "/v2/locations", json!({ "name": "Nowhere" })).await;

        for path in ["/v2/locations", "/v2/projects"] {
            for query in [
                "search=latitude:55.6761;longitude:12.5683;distance:100",
                "latitude=55.6761&longitude=12.5683&distance=100",
            ] {
                let list = app.get(&format!("{path}?{query}")).await.expect(200).json();
                let names: Vec<&Value> = list["data"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|it| &it["name"])
                    .collect();
                assert_eq!(
                    (names, &list["total"]),
                    (vec![&json!("Copenhagen"), &json!("Roskilde")], &json!(2)),
                    "{path}?{query}"
                );
                assert_eq!(
                    (
                        &list["data"][0]["distance"],
                        list["data"][1]["distance"].as_f64().unwrap().round()
                    ),
                    (&json!(0.0), 31.0)
                );
            }
            let second = app
                .get(&format!(
                    "{path}?latitude=55.6761&longitude=12.5683&limit=1&page=3"
                ))
                .await
                .expect(200)
                .json();
            assert_eq!(
                (&second["data"][0]["name"], &second["total"]),
                (&json!("Aarhus"), &json!(3))
            );
            assert_eq!(
                app.get(&format!("{path}?latitude=0&longitude=0&page=999999999"))
                    .await
                    .expect(200)
                    .json()["data"],
                json!([])
            );
            app.get(&format!("{path}?latitude=1e400&longitude=0"))
                .await
                .expect(422);
            app.get(&format!("{path}?latitude=NaN&longitude=0"))
                .await
                .expect(422);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_say_that_no_provider_is_configured() {
    each_engine(|app| async move {
        let list = app.get("/v2/accounts").await.expect(200).json();
        assert_eq!((&list["total"], &list["data"]), (&json!(0), &json!([])));
        app.get(&format!("/v2/accounts?search=resource.id:{MISSING}"))
            .await
            .expect(200);
        app.get("/v2/accounts?search=resource.id:x")
            .await
            .expect(422);
        app.get("/v2/accounts?search=color:red").await.expect(422);

        for path in [
            "/v2/accounts/google/signup",
            "/v2/accounts/microsoft/signup?callback=https://example.org",
        ] {
            app.send(As::Nobody, "GET", path, Value::Null)
                .await
                .expect(501);
        }
        for (method, path) in [
            ("POST", "/v2/accounts/sync"),
            ("GET", "/v2/accounts/sync"),
            ("POST", "/v2/accounts/microsoft/sync"),
        ] {
            let refused = app
                .send(As::App, method, path, Value::Null)
                .await
                .expect(501);
            assert!(refused.text_at("/error").contains("not configured"));
            app.send(As::Nobody, method, path, Value::Null)
                .await
                .expect(401);
        }
    })
    .await;
}
