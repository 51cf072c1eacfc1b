//! The hosted booking page `/book/{slug}`: what it holds, and what it keeps to itself.

use serde_json::{Value, json};

use crate::support::{Answer, As, TestApp, each_engine};

async fn page(app: &TestApp, path: &str) -> Answer {
    app.send(As::Nobody, "GET", path, Value::Null).await
}

/// The data block of a page.
fn block(answer: &Answer) -> Value {
    let (_, rest) = answer
        .text
        .split_once("<script type=\"application/json\" id=\"page\">")
        .unwrap();
    serde_json::from_str(rest.split_once("</script>").unwrap().0).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_page_holds_the_project_and_no_secret() {
    each_engine(|app| async move {
        if !front::is_built() {
            return;
        }
        let one = app
            .post(
                "/v2/resources",
                json!({ "name": "Dr. Chen", "timezone": "UTC", "email": "chen@example.org" }),
            )
            .await
            .expect(201)
            .text_at("/data/id");
        let other = app.resource("Dr. Okafor").await;
        let typed = "</script><img src=x>";
        let project = app
            .post(
                "/v2/projects",
                json!({
                    "name": "Eye test", "resources": [one], "meta": { "secret": "kept" },
                    "booking": { "graph": "instant", "description": typed },
                    "ui": { "localization": { "submit_button": "Go" } },
                }),
            )
            .await
            .expect(201)
            .text_at("/data/id");

        let open = page(&app, "/book/eye-test").await.expect(200);

        assert_eq!(open.headers["content-type"], "text/html; charset=utf-8");
        assert!(open.text.contains("<title>Eye test · "));
        assert!(!open.text.contains("<img") && !open.text.contains("chen@example.org"));
        assert!(!open.text.contains(&app.key) && !open.text.contains("kept"));
        let data = block(&open);
        assert_eq!(data["state"], "open");
        assert_eq!(data["project"]["id"], project.as_str());
        assert_eq!(data["project"]["app_key"], app.widget_key.as_str());
        assert_eq!(data["project"]["booking"]["description"], typed);
        assert_eq!(
            data["project"]["ui"]["localization"],
            json!({ "submit_button": "Go" })
        );
        assert_eq!(data["who"], json!({ "count": 1, "name": "Dr. Chen" }));
        page(&app, "/book/EYE-TEST/done").await.expect(200);

        // Among several, no name is told before booking.
        app.put(
            &format!("/v2/projects/{project}"),
            json!({ "resources": [one, other] }),
        )
        .await
        .expect(200);
        let several = page(&app, "/book/eye-test").await.expect(200);
        assert_eq!(block(&several)["who"], json!({ "count": 2, "name": null }));

        app.put(
            &format!("/v2/projects/{project}"),
            json!({ "enabled": false }),
        )
        .await
        .expect(200);
        let off = page(&app, "/book/eye-test").await.expect(404);
        assert_eq!(block(&off)["state"], "off");
        assert_eq!(block(&off)["project"], Value::Null);
        assert!(off.text.contains("noindex"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slug_that_cannot_be_is_not_found() {
    each_engine(|app| async move {
        if !front::is_built() {
            return;
        }
        let long = format!("/book/{}", "a".repeat(4_000));
        for path in [
            "/book/none",
            "/book/%00",
            "/book/a%00b",
            "/book/%27",
            "/book/..%2f",
            "/book/%F0%9F%98%80",
            &long,
        ] {
            let answer = page(&app, path).await.expect(404);
            assert_eq!(block(&answer)["state"], "unknown", "{path}");
        }
        assert!(page(&app, "/book/%ff").await.status.is_client_error());
    })
    .await;
}
