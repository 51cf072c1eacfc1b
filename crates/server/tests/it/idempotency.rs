//! `Idempotency-Key`: one effect and one answer for each key.

use serde_json::{Value, json};

use crate::support::{Answer, As, TestApp, each_engine};

async fn book(app: &TestApp, key: &str, body: &Value) -> Answer {
    app.send_with(
        As::App,
        "POST",
        "/v2/bookings",
        body.clone(),
        &[("Idempotency-Key", key)],
    )
    .await
}

fn replayed(answer: &Answer) -> bool {
    answer.headers.contains_key("idempotency-replayed")
}

async fn count(app: &TestApp) -> Value {
    app.get("/v2/bookings").await.expect(200).json()["total"].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_request_is_answered_again_and_done_once() {
    each_engine(|app| async move {
        let resource = app.resource("Doc").await;
        let body = app.booking(&resource, "instant", "10:00", "11:00");

        let first = book(&app, "k1", &body).await.expect(201);
        let second = book(&app, "\"k1\"", &body).await.expect(201);

        assert_eq!(first.text, second.text);
        assert!(!replayed(&first) && replayed(&second));
        assert_eq!(count(&app).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn five_copies_at_once_make_one_booking_and_five_equal_answers() {
    each_engine(|app| async move {
        let resource = app.resource("Doc").await;
        let body = app.booking(&resource, "instant", "10:00", "11:00");
        let app = std::sync::Arc::new(app);

        let copies: Vec<_> = (0..5)
            .map(|_| {
                let (app, body) = (app.clone(), body.clone());
                tokio::spawn(async move { book(&app, "k1", &body).await.expect(201).text })
            })
            .collect();
        let mut texts = Vec::new();
        for copy in copies {
            texts.push(copy.await.unwrap());
        }

        texts.dedup();
        assert_eq!(texts.len(), 1);
        assert_eq!(count(&app).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_kept_too() {
    each_engine(|app| async move {
        let resource = app.resource("Doc").await;
        let body = app.booking(&resource, "instant", "10:00", "11:00");
        let holder = book(&app, "k1", &body)
            .await
            .expect(201)
            .text_at("/data/id");

        let refused = book(&app, "k2", &body).await.expect(422);
        app.put(&format!("/v2/bookings/{holder}/cancel"), json!({}))
            .await
            .expect(200);
        let again = book(&app, "k2", &body).await.expect(422);

        assert_eq!(refused.text, again.text);
        assert!(!replayed(&refused) && replayed(&again));
        book(&app, "k3", &body).await.expect(201);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_request_under_the_same_key_is_refused() {
    each_engine(|app| async move {
        let resource = app.resource("Doc").await;
        book(
            &app,
            "k1",
            &app.booking(&resource, "instant", "10:00", "11:00"),
        )
        .await
        .expect(201);

        let refused = book(
            &app,
            "k1",
            &app.booking(&resource, "instant", "12:00", "13:00"),
        )
        .await
        .expect(422);

        assert_eq!(refused.json()["code"], "idempotency_key_reused");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_wrong_from_the_start_is_not_kept() {
    each_engine(|app| async move {
        let resource = app.resource("Doc").await;
        let mut wrong = app.booking(&resource, "instant", "10:00", "11:00");
        wrong["what"] = json!("");

        book(&app, "k1", &wrong).await.expect(422);

        book(
            &app,
            "k1",
            &app.booking(&resource, "instant", "10:00", "11:00"),
        )
        .await
        .expect(201);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn actions_take_keys_and_odd_keys_are_refused() {
    each_engine(|app| async move {
        let resource = app.resource("Doc").await;
        let id = app.book(&resource, "instant", "10:00", "11:00").await;
        let cancel = async |key: &str| {
            let path = format!("/v2/bookings/{id}/cancel");
            app.send_with(
                As::App,
                "PUT",
                &path,
                json!({}),
                &[("Idempotency-Key", key)],
            )
            .await
        };

        let first = cancel("k1").await.expect(200);
        assert_eq!(cancel("k1").await.expect(200).text, first.text);
        cancel("k2").await.expect(422);
        let long = "x".repeat(256);
        for odd in ["", "\"\"", long.as_str()] {
            assert_eq!(
                cancel(odd).await.expect(400).json()["code"],
                "idempotency_key_invalid",
                "{odd}"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_apps_may_use_the_same_key() {
    each_engine(|mut app| async move {
        let resource = app.resource("Doc").await;
        book(
            &app,
            "k1",
            &app.booking(&resource, "instant", "10:00", "11:00"),
        )
        .await
        .expect(201);
        app.add_app("Other", "other@example.org", domain::Mode::Live)
            .await;
        let resource = app.resource("Own").await;

        let answer = book(
            &app,
            "k1",
            &app.booking(&resource, "instant", "10:00", "11:00"),
        )
        .await
        .expect(201);

        assert!(!replayed(&answer));
    })
    .await;
}
