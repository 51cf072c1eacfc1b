//! What availability reads.

use domain::{
    CalendarId, ResourceId,
    booking::{Graph, State},
};
use store::{
    availability::{self, Busy},
    claims::{self, Answer, Grant},
    resources,
};
use uuid::Uuid;

use crate::{
    bookings::{Shop, at, named, span},
    harness::each_schema,
};

#[tokio::test(flavor = "multi_thread")]
async fn busy_times_are_those_that_touch_the_span() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        let other = named("Room 2", None);
        let mut conn = shop.write().await;
        resources::insert(&mut conn, shop.app, &other, &[])
            .await
            .expect("a resource");
        for (resource, from, to) in [
            (shop.resource, 0, 10),
            (shop.resource, 50, 100),
            (shop.resource, 100, 110),
            (shop.resource, 190, 260),
            (shop.resource, 260, 270),
            (other.id, 0, 1_000),
        ] {
            let locked = claims::lock(&mut conn, shop.app, resource, span(from, to)).await;
            let locked = locked.expect("asked").expect("there");
            let taken = claims::take(&mut conn, &locked, Uuid::now_v7(), Grant::Exclusive).await;
            assert_eq!(taken.expect("asked"), Answer::Taken);
        }
        conn.commit().await.expect("committed");

        let mut conn = shop.read().await;
        let both = [other.id, shop.resource];
        let busy = availability::busy(&mut conn, shop.app, &both, span(100, 260)).await;
        let busy = busy.expect("read");
        let takers = availability::takers(&mut conn, shop.app, shop.resource, span(100, 260)).await;
        let takers = takers.expect("read");

        let row = |resource_id, from, to| Busy {
            resource_id,
            starts_at: at(from),
            ends_at: at(to),
            all_day: false,
        };
        let mut expected = vec![
            row(shop.resource, 100, 110),
            row(shop.resource, 190, 260),
            row(other.id, 0, 1_000),
        ];
        expected.sort_by_key(|busy| (busy.resource_id, busy.starts_at));
        assert_eq!(busy, expected);
        assert_eq!(takers.len(), 2);
        assert!(takers.iter().all(|taker| taker.event_id.is_none()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rules_carry_the_revision_that_every_change_raises() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        let ids = [shop.resource, ResourceId(Uuid::now_v7())];
        let mut conn = shop.read().await;
        let before = availability::rules(&mut conn, shop.app, &ids).await;
        let before = before.expect("read");
        drop(conn);
        let mut conn = shop.write().await;
        resources::touch(&mut conn, shop.app, shop.resource)
            .await
            .expect("touched");
        conn.commit().await.expect("committed");

        let mut conn = shop.read().await;
        let revisions = availability::revisions(&mut conn, shop.app, &ids).await;

        assert_eq!(before.len(), 1);
        assert_eq!(before[0].timezone, "Europe/Copenhagen");
        assert_eq!(
            revisions.expect("read"),
            [Some(before[0].revision + 1), None]
        );
        let limiting = availability::limiting_settings(&mut conn, shop.app).await;
        assert_eq!(limiting.expect("read"), None);
        drop(conn);
        let mut conn = shop.write().await;
        let settings = r#"{"name":"Shop","resource_rate_limits":{"daily":1}}"#;
        store::apps::save_settings(&mut conn, shop.app, settings)
            .await
            .expect("saved");
        let limiting = availability::limiting_settings(&mut conn, shop.app).await;
        assert_eq!(limiting.expect("read").as_deref(), Some(settings));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_count_bookings_that_take_place() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        for from in [0, 60, 120] {
            let booking = shop.booking(Graph::Instant, State::Confirmed, span(from, from + 30));
            shop.book(&booking, "Ida", "ida@example.org", &[]).await;
            let mut conn = shop.write().await;
            let locked = claims::lock(&mut conn, shop.app, shop.resource, booking.span).await;
            let locked = locked.expect("asked").expect("there");
            let taken = claims::take(&mut conn, &locked, booking.id.0, Grant::Exclusive).await;
            assert_eq!(taken.expect("asked"), Answer::Taken);
            conn.commit().await.expect("committed");
        }
        let mut conn = shop.write().await;
        // Time that no booking took counts for nothing.
        let locked = claims::lock(&mut conn, shop.app, shop.resource, span(180, 190)).await;
        let locked = locked.expect("asked").expect("there");
        claims::take(&mut conn, &locked, Uuid::now_v7(), Grant::Overlapping)
            .await
            .expect("taken");
        conn.commit().await.expect("committed");

        let mut conn = shop.read().await;
        let booked =
            availability::booked(&mut conn, shop.app, &[shop.resource], span(60, 200)).await;

        let expected = vec![(shop.resource, at(60)), (shop.resource, at(120))];
        assert_eq!(booked.expect("read"), expected);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn resources_are_found_by_calendar_and_email() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        let ada = named("Ada", Some("Ada@Example.org"));
        let mut conn = shop.write().await;
        resources::insert(&mut conn, shop.app, &ada, &[])
            .await
            .expect("a resource");
        conn.commit().await.expect("committed");

        let mut conn = shop.read().await;
        let unknown = CalendarId(Uuid::now_v7());
        let calendars =
            availability::of_calendars(&mut conn, shop.app, &[shop.calendar, unknown]).await;
        let emails =
            availability::of_emails(&mut conn, shop.app, &["ada@example.org", "x@y.org"]).await;

        assert_eq!(
            calendars.expect("read"),
            vec![(shop.calendar, shop.resource)]
        );
        assert_eq!(
            emails.expect("read"),
            vec![("ada@example.org".to_owned(), ada.id)]
        );
    })
    .await;
}
