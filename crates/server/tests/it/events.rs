//! `/v2/events`: single events, what they block, and repeated ones.

use domain::Mode;
use jiff::SignedDuration;
use serde_json::{Value, json};
use server::{jobs::upkeep, repeated};
use store::Scope;
use tokio_util::sync::CancellationToken;

use crate::support::{Answer, As, Browser, TestApp, each_engine};

/// A room in Copenhagen with its calendar.
struct Room {
    id: String,
    calendar: String,
}

impl Room {
    async fn new(app: &TestApp, name: &str) -> Self {
        let id = app.resource(name).await;
        let calendars = app
            .get(&format!("/v2/calendars?search=resource.id:{id}"))
            .await;
        let calendar = calendars.text_at("/data/0/id");
        Self { id, calendar }
    }

    /// The body of an event between wall times of Copenhagen.
    fn event(&self, start: &str, end: &str) -> Value {
        json!({ "calendar_id": self.calendar, "start": start, "end": end, "what": "Cleaning" })
    }

    /// Makes an event; its id.
    async fn add(&self, app: &TestApp, body: Value) -> String {
        app.post("/v2/events", body)
            .await
            .expect(201)
            .text_at("/data/id")
    }

    /// The events between two days of 2026 and later, as `start what`.
    async fn shown(&self, app: &TestApp, from: &str, to: &str) -> Vec<String> {
        let list = listed(app, &self.id, from, to).await.expect(200).data();
        let list = list.as_array().unwrap().iter();
        list.map(|it| {
            format!(
                "{} {}",
                it["start"].as_str().unwrap(),
                it["what"].as_str().unwrap()
            )
        })
        .collect()
    }

    /// Whether an instant booking from `start`, for an hour, is granted; it is cancelled again.
    async fn is_free(&self, app: &TestApp, start: &str) -> bool {
        let start: jiff::Timestamp = start.parse().unwrap();
        let mut body = app.booking(&self.id, "instant", "00:00", "01:00");
        body["start"] = json!(start.to_string());
        body["end"] = json!((start + SignedDuration::from_hours(1)).to_string());
        let answer = app.post("/v2/bookings", body).await;
        if answer.status == 201 {
            let id = answer.text_at("/data/id");
            app.put(&format!("/v2/bookings/{id}/cancel"), json!({}))
                .await
                .expect(200);
            return true;
        }
        answer.expect(422);
        false
    }
}

async fn listed(app: &TestApp, room: &str, from: &str, to: &str) -> Answer {
    app.get(&format!(
        "/v2/events?start={from}T00:00:00Z&end={to}T00:00:00Z&search=resource.id:{room}"
    ))
    .await
}

fn fields(answer: &Answer) -> Vec<String> {
    answer.json()["errors"]
        .as_object()
        .unwrap()
        .keys()
        .cloned()
        .collect()
}

/// The claims of a resource as `start all_day`.
async fn claims(app: &TestApp, room: &str) -> Vec<(String, bool)> {
    let mut conn = app.app.db.read(Scope::System("test")).await.unwrap();
    let room: domain::ResourceId = room.parse().unwrap();
    let rows: Vec<(i64, bool)> = conn
        .query(
            "SELECT starts_at, all_day FROM claim WHERE resource_id = $1 ORDER BY starts_at, id",
            &[room.into()],
        )
        .await
        .unwrap();
    rows.into_iter()
        .map(|(at, all_day)| {
            (
                jiff::Timestamp::from_millisecond(at).unwrap().to_string(),
                all_day,
            )
        })
        .collect()
}

async fn revision(app: &TestApp, room: &str) -> i64 {
    let mut conn = app.app.db.read(Scope::System("test")).await.unwrap();
    let room: domain::ResourceId = room.parse().unwrap();
    let row: Option<(i64,)> = conn
        .one(
            "SELECT revision FROM resource WHERE id = $1",
            &[room.into()],
        )
        .await
        .unwrap();
    row.unwrap().0
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_is_made_read_listed_and_deleted() {
    each_engine(|app| async move {
        let room = Room::new(&app, "Room 4").await;
        let body = json!({
            "calendar_id": room.calendar, "resource_id": room.id, "start": "2026-11-25T09:00:00+01:00",
            "end": "2026-11-25T10:00:00+01:00", "what": "Inventory", "where": "Storage", "description": "Count all",
            "participants": ["ada@example.org"], "invite": true, "my_rsvp": "tentative", "sync_provider": false
        });

        let made = app.post("/v2/events", body).await.expect(201);

        insta::assert_json_snapshot!("an_event", made.json(), {
            ".data.id" => "[id]", ".data.calendar_id" => "[id]", ".data.resource_id" => "[id]"
        });
        let path = format!("/v2/events/{}", made.text_at("/data/id"));
        assert_eq!(app.get(&path).await.expect(200).data(), made.data());
        let list = listed(&app, &room.id, "2026-11-25", "2026-11-26").await.expect(200);
        assert_eq!(list.json(), json!({ "data": [made.data()] }));
        let tokyo = [("Timekit-Timezone", "Asia/Tokyo")];
        let far = app.send_with(As::App, "GET", &path, Value::Null, &tokyo).await.expect(200);
        assert_eq!(far.text_at("/data/start"), "2026-11-25T17:00:00+09:00");
        let included = app.get(&format!("/v2/calendars/{}?include=events", room.calendar)).await;
        assert_eq!(included.json()["data"]["events"], json!([made.data()]));
        app.delete(&path).await.expect(204);
        app.get(&path).await.expect(404);
        app.delete(&path).await.expect(404);
        assert_eq!(claims(&app, &room.id).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_window_of_a_list_is_half_open_and_bounded() {
    each_engine(|app| async move {
        let room = Room::new(&app, "Room 4").await;
        let other = Room::new(&app, "Room 5").await;
        for (hour, what) in [(10, "B"), (9, "A"), (11, "C")] {
            let mut body = room.event(
                &format!("2026-11-25T{hour:02}:00:00Z"),
                &format!("2026-11-25T{:02}:00:00Z", hour + 1),
            );
            body["what"] = json!(what);
            room.add(&app, body).await;
        }
        let mut long = room.event("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        long["what"] = json!("Long");
        room.add(&app, long).await;
        other
            .add(
                &app,
                other.event("2026-11-25T10:00:00Z", "2026-11-25T11:00:00Z"),
            )
            .await;
        let window = "start=2026-11-25T10:00:00%2B00:00&end=2026-11-25T11:00:00Z";
        let count = async |query: String| {
            app.get(&format!("/v2/events?{query}"))
                .await
                .expect(200)
                .data()
                .as_array()
                .unwrap()
                .len()
        };

        let list = app
            .get(&format!(
                "/v2/events?{window}&search=resource.id:{}",
                room.id
            ))
            .await
            .expect(200)
            .data();

        let titles: Vec<_> = list
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["what"].clone())
            .collect();
        assert_eq!(titles, ["Long", "B"]);
        assert_eq!(count(window.to_owned()).await, 3);
        assert_eq!(count(format!("{window}&resource_id={}", other.id)).await, 1);
        assert_eq!(
            count(format!("{window}&calendar_id={}", other.calendar)).await,
            1
        );
        assert_eq!(
            count(format!(
                "{window}&search=calendar.id:{};resource.id:{}",
                other.calendar, room.id
            ))
            .await,
            0
        );
        // Without an offset: the resource's own zone, an hour ahead of UTC.
        let wall = format!(
            "start=2026-11-25T11:00:00&end=2026-11-25T12:00:00&resource_id={}",
            other.id
        );
        assert_eq!(count(wall).await, 1);
        for (query, wrong) in [
            ("", vec!["end", "start"]),
            ("start=2026-11-25T10:00:00Z", vec!["end"]),
            ("start=x&end=y", vec!["end", "start"]),
            (
                "start=2026-11-25T10:00:00Z&end=2026-11-25T10:00:00Z",
                vec!["end"],
            ),
            (
                "start=2026-11-25T10:00:00Z&end=2027-11-27T10:00:00Z",
                vec!["end"],
            ),
            (
                "start=2026-11-25T10:00:00Z&end=2026-11-26T10:00:00Z&resource_id=x",
                vec!["resource_id"],
            ),
            (
                "start=2026-11-25T10:00:00Z&end=2026-11-26T10:00:00Z&search=what:x",
                vec!["search"],
            ),
        ] {
            assert_eq!(
                fields(&app.get(&format!("/v2/events?{query}")).await.expect(422)),
                wrong,
                "{query}"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_fields_of_events_are_named_at_once() {
    each_engine(|app| async move {
        let room = Room::new(&app, "Room 4").await;
        let other = Room::new(&app, "Room 5").await;

        let body = json!({
            "calendar_id": "x", "start": "soon", "end": [1], "what": " ", "where": {}, "participants": ["nobody"],
            "my_rsvp": "maybe", "all_day": "perhaps", "free": 7, "recurrence": [1], "timezone": "Mars/Base"
        });
        let answer = app.post("/v2/events", body).await.expect(422);
        let expected = [
            "all_day", "calendar_id", "end", "free", "my_rsvp", "participants.0", "recurrence", "start", "timezone", "what",
            "where",
        ];
        assert_eq!(fields(&answer), expected);
        let none = app.post("/v2/events", json!({})).await.expect(422);
        assert_eq!(fields(&none), ["end", "start", "what"]);
        let nowhere = json!({ "start": "2026-11-25T09:00:00Z", "end": "2026-11-25T10:00:00Z", "what": "x" });
        assert_eq!(fields(&app.post("/v2/events", nowhere).await.expect(422)), ["calendar_id"]);
        for (start, end, wrong) in [
            ("2026-11-25T09:00:00Z", "2026-11-25T09:00:00Z", "end"),
            ("2026-11-25T09:00:00Z", "2026-11-25T08:00:00Z", "end"),
            ("2026-11-25T09:00:00Z", "2066-11-25T09:00:00Z", "end"),
            ("2026-11-25", "2026-11-26", "start"),
            ("1899-11-25T09:00:00Z", "2026-11-25T08:00:00Z", "start"),
            ("2026-02-30T09:00:00Z", "2026-11-25T08:00:00Z", "start"),
        ] {
            let answer = app.post("/v2/events", room.event(start, end)).await.expect(422);
            assert_eq!(fields(&answer), [wrong], "{start} {end}");
        }
        let day = |start: &str, end: &str| {
            let mut body = room.event(start, end);
            body["all_day"] = json!(true);
            body
        };
        for (start, end) in [("2026-11-25", "2026-11-25"), ("0001-01-01", "0001-01-02"), ("9999-12-31", "9999-12-31")] {
            app.post("/v2/events", day(start, end)).await.expect(422);
        }
        let mut foreign = room.event("2026-11-25T09:00:00Z", "2026-11-25T10:00:00Z");
        foreign["resource_id"] = json!(other.id);
        assert_eq!(fields(&app.post("/v2/events", foreign.clone()).await.expect(422)), ["calendar_id"]);
        foreign["calendar_id"] = json!(room.id);
        assert_eq!(app.post("/v2/events", foreign).await.expect(404).text_at("/model"), "Calendar");
        for id in ["x", room.id.as_str(), &format!("{}_20261125T090000Z", room.id), "_"] {
            assert_eq!(app.get(&format!("/v2/events/{id}")).await.expect(404).text_at("/model"), "Event", "{id}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_blocks_until_it_moves_or_is_declined_or_free() {
    each_engine(|app| async move {
        let room = Room::new(&app, "Room 4").await;
        let id = room
            .add(
                &app,
                room.event("2026-11-25T09:00:00Z", "2026-11-25T10:00:00Z"),
            )
            .await;
        let path = format!("/v2/events/{id}");
        let (nine, noon) = ("2026-11-25T09:30:00Z", "2026-11-25T12:30:00Z");
        let put = async |body: Value| {
            let before = revision(&app, &room.id).await;
            app.put(&path, body).await.expect(200);
            assert!(revision(&app, &room.id).await > before);
            (
                room.is_free(&app, nine).await,
                room.is_free(&app, noon).await,
            )
        };
        assert!(!room.is_free(&app, nine).await);
        // Touching is not overlapping.
        assert!(room.is_free(&app, "2026-11-25T10:00:00Z").await);
        // It is never refused itself.
        room.add(
            &app,
            room.event("2026-11-25T09:00:00Z", "2026-11-25T09:15:00Z"),
        )
        .await;
        app.book(&room.id, "instant", "15:00", "16:00").await;
        room.add(
            &app,
            room.event("2026-11-24T15:00:00Z", "2026-11-24T16:00:00Z"),
        )
        .await;

        let moved = json!({ "start": "2026-11-25T12:00:00Z", "end": "2026-11-25T13:00:00Z" });
        assert_eq!(put(moved).await, (true, false));
        assert_eq!(put(json!({ "my_rsvp": "declined" })).await, (true, true));
        assert_eq!(
            put(json!({ "my_rsvp": "needsAction" })).await,
            (true, false)
        );
        assert_eq!(put(json!({ "free": true })).await, (true, true));
        assert_eq!(
            put(json!({ "free": false, "my_rsvp": "tentative" })).await,
            (true, false)
        );
        app.delete(&path).await.expect(204);
        assert!(room.is_free(&app, noon).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn only_given_keys_of_an_event_change() {
    each_engine(|app| async move {
        let room = Room::new(&app, "Room 4").await;
        let mut body = room.event("2026-11-25T09:00:00Z", "2026-11-25T10:00:00Z");
        body["where"] = json!("Storage");
        body["participants"] = json!(["ada@example.org"]);
        let made = app.post("/v2/events", body).await.expect(201);
        let path = format!("/v2/events/{}", made.text_at("/data/id"));

        // What a client has read it may send back.
        let same = app.put(&path, made.data()).await.expect(200).data();
        let changed = app
            .put(
                &path,
                json!({ "what": "Tidying", "where": null, "end": "2026-11-25T12:00:00" }),
            )
            .await;

        assert_eq!(same, made.data());
        let changed = changed.expect(200).data();
        assert_eq!(
            [
                &changed["what"],
                &changed["where"],
                &changed["start"],
                &changed["end"],
                &changed["participants"]
            ],
            [
                &json!("Tidying"),
                &json!(""),
                &json!("2026-11-25T10:00:00+01:00"),
                &json!("2026-11-25T12:00:00+01:00"),
                &json!(["ada@example.org"])
            ]
        );
        assert_eq!(
            fields(
                &app.put(&path, json!({ "end": "2026-11-25T08:00:00Z" }))
                    .await
                    .expect(422)
            ),
            ["end"]
        );
        assert_eq!(app.get(&path).await.data(), changed);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_days_are_those_of_the_resource_and_their_claims_are_marked() {
    each_engine(|app| async move {
        let room = Room::new(&app, "Room 4").await;
        let mut body = room.event("2026-03-28", "2026-03-30");
        body["all_day"] = json!(true);

        let made = app.post("/v2/events", body.clone()).await.expect(201);

        // The second day has 23 hours.
        assert_eq!(made.text_at("/data/start"), "2026-03-28T00:00:00+01:00");
        assert_eq!(made.text_at("/data/end"), "2026-03-30T00:00:00+02:00");
        assert_eq!((&made.json()["data"]["all_day"], &made.json()["data"]["allDay"]), (&json!(true), &json!(true)));
        assert_eq!(claims(&app, &room.id).await, [("2026-03-27T23:00:00Z".to_owned(), true)]);
        // Times of day are rounded to their days.
        body["start"] = json!("2026-11-25T23:30:00Z");
        body["end"] = json!("2026-11-26T09:00:00+01:00");
        let day = app.post("/v2/events", body).await.expect(201);
        assert_eq!(day.text_at("/data/start"), "2026-11-26T00:00:00+01:00");
        assert_eq!(day.text_at("/data/end"), "2026-11-27T00:00:00+01:00");
        let path = format!("/v2/events/{}", day.text_at("/data/id"));
        let times = json!({ "all_day": false, "start": "2026-11-26T09:00:00", "end": "2026-11-26T10:00:00" });
        let hour = app.put(&path, times).await.expect(200);
        assert_eq!(hour.text_at("/data/start"), "2026-11-26T09:00:00+01:00");
        assert_eq!(claims(&app, &room.id).await[1], ("2026-11-26T08:00:00Z".to_owned(), false));
        // In Santiago a day of September begins at one o'clock; as an instant it is the start of a day all the same.
        let santiago = json!({ "name": "S", "timezone": "America/Santiago" });
        let id = app.post("/v2/resources", santiago).await.expect(201).text_at("/data/id");
        for end in ["2026-09-06T01:00:00-03:00", "2026-09-06T04:00:00Z", "2026-09-06"] {
            let body = json!({ "resource_id": id, "start": "2026-09-05", "end": end, "what": "x", "all_day": true });
            let made = app.post("/v2/events", body).await.expect(201);
            assert_eq!(made.text_at("/data/end"), "2026-09-06T01:00:00-03:00", "{end}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_event_of_a_booking_changes_with_the_booking_only() {
    each_engine(|app| async move {
        let room = Room::new(&app, "Room 4").await;
        let booking = app.book(&room.id, "instant", "10:00", "11:00").await;
        let list = listed(&app, &room.id, "2026-11-24", "2026-11-25")
            .await
            .expect(200);
        let path = format!("/v2/events/{}", list.text_at("/data/0/id"));
        assert_eq!(list.text_at("/data/0/booking_id"), booking);
        let before = claims(&app, &room.id).await;

        let changed = app.put(&path, json!({ "what": "x" })).await.expect(422);
        let deleted = app.delete(&path).await.expect(422);

        assert!(
            changed.text_at("/error").contains("reschedule"),
            "{}",
            changed.text
        );
        assert!(
            deleted.text_at("/error").contains("cancel"),
            "{}",
            deleted.text
        );
        assert_eq!(claims(&app, &room.id).await, before);
        assert_eq!(
            app.get(&path).await.expect(200).text_at("/data/what"),
            "Catch the lightning"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn private_events_are_read_by_app_keys_and_their_own_alone() {
    each_engine(|app| async move {
        let body = json!({ "name": "Ida", "timezone": "UTC", "email": "ida@example.org" });
        let ida = app.post("/v2/resources", body).await.expect(201);
        let token = ida.text_at("/data/api_token");
        let body = json!({
            "resource_id": ida.text_at("/data/id"), "start": "2026-11-25T09:00:00Z", "end": "2026-11-25T10:00:00Z",
            "what": "Dentist", "where": "Main Street", "description": "Ouch", "participants": ["a@example.org"], "private": true
        });
        let path = format!("/v2/events/{}", app.post("/v2/events", body).await.expect(201).text_at("/data/id"));
        let mut owner = Browser::signed_in(&app, &app.owner.0).await;

        let seen = owner.send(&app, "GET", &path, Value::Null).await.expect(200).data();

        assert_eq!(
            [&seen["what"], &seen["where"], &seen["description"], &seen["participants"], &seen["private"]],
            [&json!("Busy"), &json!(""), &json!(""), &json!([]), &json!(true)]
        );
        let own = app.send(As::Resource("ida@example.org", &token), "GET", &path, Value::Null).await.expect(200);
        assert_eq!(own.text_at("/data/what"), "Dentist");
        assert_eq!(app.get(&path).await.text_at("/data/what"), "Dentist");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_seen_by_their_own_only() {
    each_engine(|mut app| async move {
        let room = Room::new(&app, "Room 4").await;
        let id = room
            .add(
                &app,
                room.event("2026-11-25T09:00:00Z", "2026-11-25T10:00:00Z"),
            )
            .await;
        let path = format!("/v2/events/{id}");
        let me = || As::Resource(&app.owner.0, &app.owner.1);
        let window = "/v2/events?start=2026-11-25T00:00:00Z&end=2026-11-26T00:00:00Z";

        for (method, body) in [
            ("GET", Value::Null),
            ("PUT", json!({ "what": "x" })),
            ("DELETE", Value::Null),
        ] {
            app.send(me(), method, &path, body).await.expect(404);
        }
        let own =
            json!({ "start": "2026-11-25T11:00:00", "end": "2026-11-25T12:00:00", "what": "Mine" });
        let made = app.send(me(), "POST", "/v2/events", own).await.expect(201);
        // The owner lives in Los Angeles.
        assert_eq!(made.text_at("/data/start"), "2026-11-25T11:00:00-08:00");
        app.send(
            me(),
            "POST",
            "/v2/events",
            room.event("2026-11-25T09:00:00Z", "2026-11-25T10:00:00Z"),
        )
        .await
        .expect(404);
        let list = app.send(me(), "GET", window, Value::Null).await.expect(200);
        assert_eq!(list.json(), json!({ "data": [made.data()] }));

        app.add_app("Other", "other@example.org", Mode::Live).await;
        app.get(&path).await.expect(404);
        app.put(&path, json!({ "what": "x" })).await.expect(404);
        assert_eq!(
            app.get(window).await.expect(200).json(),
            json!({ "data": [] })
        );
        let foreign = app
            .post(
                "/v2/events",
                room.event("2026-11-25T09:00:00Z", "2026-11-25T10:00:00Z"),
            )
            .await;
        assert_eq!(foreign.expect(404).text_at("/model"), "Calendar");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_calendar_gives_its_time_back() {
    each_engine(|app| async move {
        let room = Room::new(&app, "Room 4").await;
        let made = app
            .post(
                "/v2/calendars",
                json!({ "resource_id": room.id, "name": "New" }),
            )
            .await
            .expect(201);
        let second = made.text_at("/data/id");
        let mut body = room.event("2026-11-25T09:00:00Z", "2026-11-25T10:00:00Z");
        body["calendar_id"] = json!(second);
        body["recurrence"] = json!(["RRULE:FREQ=DAILY;COUNT=3"]);
        room.add(&app, body).await;
        assert!(!room.is_free(&app, "2026-11-26T09:00:00Z").await);

        app.delete(&format!("/v2/calendars/{second}"))
            .await
            .expect(204);

        assert!(room.is_free(&app, "2026-11-26T09:00:00Z").await);
        assert_eq!(claims(&app, &room.id).await, []);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_event_keeps_its_time_of_day_across_a_clock_change() {
    each_engine(|app| async move {
        let room = Room::new(&app, "Room 4").await;
        let mut body = room.event("2027-03-22T09:00:00", "2027-03-22T10:00:00");
        body["recurrence"] = json!(["RRULE:FREQ=WEEKLY;UNTIL=20270412"]);

        let made = app.post("/v2/events", body).await.expect(201);

        assert_eq!(
            made.json()["data"]["recurrence"],
            json!(["RRULE:FREQ=WEEKLY;UNTIL=20270412"])
        );
        assert_eq!(made.text_at("/data/timezone"), "Europe/Copenhagen");
        let shown = room.shown(&app, "2027-03-01", "2027-05-01").await;
        let starts = [
            "2027-03-22T09:00:00+01:00",
            "2027-03-29T09:00:00+02:00",
            "2027-04-05T09:00:00+02:00",
            "2027-04-12T09:00:00+02:00",
        ];
        assert_eq!(shown, starts.map(|start| format!("{start} Cleaning")));
        assert!(!room.is_free(&app, "2027-03-29T07:00:00Z").await);
        assert!(room.is_free(&app, "2027-03-29T08:00:00Z").await);
        let list = listed(&app, &room.id, "2027-03-29", "2027-03-30")
            .await
            .expect(200);
        let id = made.text_at("/data/id");
        assert_eq!(list.text_at("/data/0/id"), format!("{id}_20270329T070000Z"));
        assert_eq!(list.text_at("/data/0/recurring_event_id"), id);
        assert_eq!(
            list.text_at("/data/0/original_start"),
            "2027-03-29T09:00:00+02:00"
        );
        let one = app
            .get(&format!("/v2/events/{id}_20270329T070000Z"))
            .await
            .expect(200);
        assert_eq!(one.data(), list.json()["data"][0]);
        app.get(&format!("/v2/events/{id}_20270329T080000Z"))
            .await
            .expect(404);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_instance_is_changed_moved_and_taken_out() {
    each_engine(|app| async move {
        let room = Room::new(&app, "Room 4").await;
        let mut body = room.event("2026-12-01T08:00:00Z", "2026-12-01T09:00:00Z");
        body["recurrence"] = json!(["RRULE:FREQ=DAILY;COUNT=5"]);
        let id = room.add(&app, body).await;
        let instance = |day: u8| format!("/v2/events/{id}_202612{day:02}T080000Z");
        let count = async || claims(&app, &room.id).await.len();
        assert_eq!(count().await, 5);

        let moved = json!({ "what": "Late", "start": "2026-12-02T14:00:00Z", "end": "2026-12-02T15:00:00Z" });
        let moved = app.put(&instance(2), moved).await.expect(200);
        let again = app.put(&instance(2), json!({ "where": "Hall" })).await.expect(200);
        app.put(&instance(3), json!({ "free": true })).await.expect(200);
        app.delete(&instance(4)).await.expect(204);
        app.delete(&instance(5)).await.expect(204);

        assert_eq!(moved.text_at("/data/id"), format!("{id}_20261202T080000Z"));
        assert_eq!((again.text_at("/data/what"), again.text_at("/data/where")), ("Late".to_owned(), "Hall".to_owned()));
        assert_eq!(app.get(&instance(2)).await.expect(200).data(), again.data());
        let shown = room.shown(&app, "2026-12-01", "2026-12-10").await;
        assert_eq!(
            shown,
            ["2026-12-01T09:00:00+01:00 Cleaning", "2026-12-02T15:00:00+01:00 Late", "2026-12-03T09:00:00+01:00 Cleaning"]
        );
        assert!(room.is_free(&app, "2026-12-02T08:00:00Z").await);
        assert!(!room.is_free(&app, "2026-12-02T14:00:00Z").await);
        assert!(room.is_free(&app, "2026-12-03T08:00:00Z").await);
        assert!(room.is_free(&app, "2026-12-04T08:00:00Z").await);
        assert_eq!(count().await, 2);
        let whole = app.get(&format!("/v2/events/{id}")).await.expect(200);
        assert_eq!(
            whole.json()["data"]["recurrence"],
            json!(["RRULE:FREQ=DAILY;COUNT=5", "EXDATE:20261204T080000Z,20261205T080000Z"])
        );
        app.get(&instance(4)).await.expect(404);
        app.delete(&instance(4)).await.expect(404);
        assert_eq!(fields(&app.put(&instance(1), json!({ "recurrence": [] })).await.expect(422)), ["recurrence"]);
        // A changed instance can be taken out as well.
        app.delete(&instance(2)).await.expect(204);
        assert_eq!(count().await, 1);
        assert!(room.is_free(&app, "2026-12-02T14:00:00Z").await);

        app.delete(&format!("/v2/events/{id}")).await.expect(204);

        assert_eq!(room.shown(&app, "2026-12-01", "2026-12-10").await, Vec::<String>::new());
        assert_eq!(count().await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_instances_stay_as_long_as_the_event_has_them() {
    each_engine(|app| async move {
        let room = Room::new(&app, "Room 4").await;
        let mut body = room.event("2026-12-01T08:00:00Z", "2026-12-01T09:00:00Z");
        body["recurrence"] = json!(["RRULE:FREQ=DAILY;COUNT=5"]);
        let id = room.add(&app, body).await;
        let path = format!("/v2/events/{id}");
        for day in [2, 4] {
            app.put(
                &format!("{path}_2026120{day}T080000Z"),
                json!({ "what": "Own" }),
            )
            .await
            .expect(200);
        }

        app.put(
            &path,
            json!({ "what": "All", "recurrence": ["RRULE:FREQ=DAILY;COUNT=3"] }),
        )
        .await
        .expect(200);

        let shown = room.shown(&app, "2026-12-01", "2026-12-10").await;
        assert_eq!(
            shown,
            [
                "2026-12-01T09:00:00+01:00 All",
                "2026-12-02T09:00:00+01:00 Own",
                "2026-12-03T09:00:00+01:00 All"
            ]
        );
        assert_eq!(claims(&app, &room.id).await.len(), 3);

        let single = app
            .put(&path, json!({ "recurrence": [] }))
            .await
            .expect(200);

        assert_eq!(single.json()["data"].get("recurrence"), None);
        assert_eq!(
            room.shown(&app, "2026-12-01", "2026-12-10").await,
            ["2026-12-01T09:00:00+01:00 All"]
        );
        assert_eq!(claims(&app, &room.id).await.len(), 1);
        // And a single event may begin to repeat, in a zone of its own.
        let zoned = json!({ "recurrence": ["RRULE:FREQ=YEARLY"], "timezone": "america/new_york" });
        let zoned = app.put(&path, zoned).await.expect(200);
        assert_eq!(zoned.text_at("/data/timezone"), "America/New_York");
        assert_eq!(claims(&app, &room.id).await.len(), 2);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_horizon_of_an_endless_event_moves_with_the_clock() {
    each_engine(|app| async move {
        let room = Room::new(&app, "Room 4").await;
        let mut body = room.event("2020-11-24T08:00:00Z", "2020-11-24T09:00:00Z");
        body["recurrence"] = json!(["RRULE:FREQ=WEEKLY;UNTIL=99991231T000000Z"]);
        let id = room.add(&app, body).await;
        app.put(
            &format!("/v2/events/{id}_20280104T080000Z"),
            json!({ "free": true }),
        )
        .await
        .expect(200);
        let first = claims(&app, &room.id).await;
        assert_eq!(first.first().unwrap().0, "2026-10-27T08:00:00Z");
        assert_eq!(first.last().unwrap().0, "2027-12-28T08:00:00Z");
        assert_eq!(repeated::move_horizon(&app.app, 10).await.unwrap(), 0);
        let before = revision(&app, &room.id).await;

        app.app.clock.advance(SignedDuration::from_hours(60 * 24));
        upkeep::clean_up(&app.app, &CancellationToken::new())
            .await
            .unwrap();

        let moved = claims(&app, &room.id).await;
        assert_eq!(moved[..first.len()], first[..]);
        let added: Vec<_> = moved[first.len()..]
            .iter()
            .map(|it| it.0.as_str())
            .collect();
        // The changed instance of 4 January takes no time.
        assert_eq!(added.first(), Some(&"2028-01-11T08:00:00Z"));
        assert_eq!(added.last(), Some(&"2028-02-22T08:00:00Z"));
        assert_eq!(added.len(), 7);
        assert!(revision(&app, &room.id).await > before);
        assert_eq!(repeated::move_horizon(&app.app, 10).await.unwrap(), 0);
        assert_eq!(claims(&app, &room.id).await, moved);

        // Of a deleted resource nothing moves, and the upkeep goes on.
        app.delete(&format!("/v2/resources/{}", room.id))
            .await
            .expect(204);
        app.app.clock.advance(SignedDuration::from_hours(60 * 24));
        assert_eq!(repeated::move_horizon(&app.app, 10).await.unwrap(), 1);
        assert_eq!(repeated::move_horizon(&app.app, 10).await.unwrap(), 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nodes_that_move_a_horizon_at_once_move_it_once() {
    each_engine(|app| async move {
        let room = Room::new(&app, "Room 4").await;
        for hour in 10..18 {
            let mut body = room.event(
                &format!("2026-11-24T{hour}:00:00Z"),
                &format!("2026-11-24T{hour}:30:00Z"),
            );
            body["recurrence"] = json!(["RRULE:FREQ=DAILY"]);
            room.add(&app, body).await;
        }
        app.app.clock.advance(SignedDuration::from_hours(40 * 24));

        let nodes: Vec<_> = (0..4)
            .map(|_| {
                let app = app.app.clone();
                tokio::spawn(async move { repeated::move_horizon(&app, 10).await })
            })
            .collect();
        for node in nodes {
            node.await.unwrap().unwrap();
        }

        // Each of the eight: 400 days and the 40 that have passed, and no claim twice.
        let claims = claims(&app, &room.id).await;
        assert_eq!(claims.len(), 8 * 440);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hostile_recurrences_are_refused_at_once() {
    each_engine(|app| async move {
        let room = Room::new(&app, "Room 4").await;
        let body = |lines: Value| {
            let mut body = room.event("2026-11-25T09:00:00Z", "2026-11-25T10:00:00Z");
            body["recurrence"] = lines;
            body
        };
        let many: Vec<String> = (0..300).map(|_| "EXDATE:20261125T090000Z".to_owned()).collect();
        for lines in [
            json!(["RRULE:FREQ=SECONDLY"]),
            json!(["RRULE:FREQ=MINUTELY;COUNT=2"]),
            json!(["RRULE:FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9;BYMINUTE=0,1,2,3,4,5,6,7,8,9;BYSECOND=0,1"]),
            json!(["RRULE:FREQ=HOURLY;BYMINUTE=0,15,30,45"]),
            json!(["RRULE:FREQ=HOURLY;COUNT=9999;BYHOUR=3;BYSETPOS=2"]),
            json!(["EXRULE:FREQ=DAILY"]),
            json!("nonsense"),
            json!(["RRULE:FREQ=DAILY", 1]),
            json!(7),
            json!(many),
            json!(["X".repeat(40_000)]),
        ] {
            let answer = app.post("/v2/events", body(lines.clone())).await.expect(422);
            assert_eq!(fields(&answer), ["recurrence"], "{}", lines.to_string().chars().take(80).collect::<String>());
        }
        for line in ["RRULE:FREQ=YEARLY;UNTIL=99991231T235959Z", "RRULE:FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30"] {
            app.post("/v2/events", body(json!([line]))).await.expect(201);
        }
        // An hour of each hour of a year is more than a list holds when two rooms do it.
        app.post("/v2/events", body(json!(["RRULE:FREQ=HOURLY"]))).await.expect(201);
        app.post("/v2/events", body(json!("RRULE:FREQ=HOURLY"))).await.expect(201);
        let full = listed(&app, &room.id, "2026-12-01", "2027-11-30").await.expect(422);
        assert_eq!(fields(&full), ["end"]);
        listed(&app, &room.id, "2026-12-01", "2026-12-30").await.expect(200);
    })
    .await;
}
