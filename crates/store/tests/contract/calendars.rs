//! Calendars and events.

use domain::{
    CalendarId, EventId, Page,
    booking::{Graph, State},
};
use store::{
    calendars::{self, Calendar, Order},
    claims::{self, Answer, Grant, Mark},
    db::Direction,
    events::{self, Event},
};
use uuid::Uuid;

use crate::{
    bookings::{Shop, at, span},
    harness::each_schema,
};

impl Shop {
    /// Adds a calendar to the shop's resource.
    async fn calendar(&self, name: &str) -> Calendar {
        let calendar = Calendar {
            id: CalendarId(Uuid::now_v7()),
            resource_id: self.resource,
            name: name.to_owned(),
            description: String::new(),
            foregroundcolor: None,
            backgroundcolor: None,
            provider: "timekit".to_owned(),
            is_primary: false,
            created_at: at(1),
            updated_at: at(1),
        };
        let mut conn = self.write().await;
        calendars::insert(&mut conn, self.app, &calendar)
            .await
            .expect("a calendar");
        conn.commit().await.expect("committed");
        calendar
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn calendars_are_listed_by_resource_in_each_order() {
    each_schema(|db| async move {
        let shop = Shop::open(db.clone()).await;
        let other = Shop::open(db).await;
        let zebra = shop.calendar("Zebra").await;
        let ant = shop.calendar("Ant").await;
        let first = shop.calendar;
        let page = Page::read(None, None, 50);
        let mut conn = shop.read().await;

        for (order, expected) in [
            (
                (Order::CreatedAt, Direction::Ascending),
                [first, zebra.id, ant.id],
            ),
            (
                (Order::UpdatedAt, Direction::Descending),
                [zebra.id, ant.id, first],
            ),
            (
                (Order::Name, Direction::Ascending),
                [ant.id, first, zebra.id],
            ),
        ] {
            let (found, total) =
                calendars::list(&mut conn, shop.app, &[shop.resource], order, page)
                    .await
                    .expect("listed");

            let ids: Vec<_> = found.iter().map(|calendar| calendar.id).collect();
            assert_eq!((ids.as_slice(), total), (expected.as_slice(), 3));
        }
        let order = (Order::CreatedAt, Direction::Ascending);
        let (all, _) = calendars::list(&mut conn, shop.app, &[], order, page)
            .await
            .expect("listed");
        assert_eq!(all.len(), 3);
        let (none, total) = calendars::list(
            &mut conn,
            shop.app,
            &[shop.resource, other.resource],
            order,
            page,
        )
        .await
        .expect("listed");
        assert_eq!((none.len(), total), (0, 0));
        let foreign = calendars::get(&mut conn, shop.app, other.calendar).await;
        assert_eq!(foreign.expect("asked"), None);
        let own = calendars::get(&mut conn, shop.app, ant.id).await;
        assert_eq!(own.expect("asked"), Some(ant));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_primary_flag_moves_and_texts_are_saved() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        let mut other = shop.calendar("Other").await;
        let mut conn = shop.write().await;

        calendars::make_primary(&mut conn, shop.app, shop.resource, other.id)
            .await
            .expect("moved");
        other.is_primary = true;
        other.name = "Mine".to_owned();
        other.description = "Own things".to_owned();
        other.foregroundcolor = Some("#000000".to_owned());
        other.backgroundcolor = Some("#ffffff".to_owned());
        other.updated_at = at(9);
        calendars::save(&mut conn, shop.app, &other)
            .await
            .expect("saved");
        conn.commit().await.expect("committed");

        let mut conn = shop.read().await;
        let found = calendars::for_booking(&mut conn, shop.app, shop.resource, None).await;
        assert_eq!(found.expect("asked"), Some(other));
        let all = calendars::of_resources(&mut conn, shop.app, &[shop.resource]).await;
        let primary = all.expect("asked").into_iter().filter(|one| one.is_primary);
        assert_eq!(primary.count(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_calendar_leaves_its_bookings_to_the_primary_one() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        let calendar = shop.calendar("Old").await;
        let mut booking = shop.booking(Graph::Instant, State::Confirmed, span(0, 60));
        booking.calendar_id = calendar.id;
        booking.event_id = Some(EventId(Uuid::now_v7()));
        shop.book(&booking, "Ida", "ida@example.org", &[]).await;
        let mut conn = shop.write().await;
        let event = booking.event_id.expect("set above");
        let before = calendars::coming_bookings(&mut conn, shop.app, &calendar, at(59)).await;
        let after = calendars::coming_bookings(&mut conn, shop.app, &calendar, at(60)).await;
        assert_eq!((before.expect("counted"), after.expect("counted")), (1, 0));

        claims::free_calendar(&mut conn, shop.app, shop.resource, calendar.id)
            .await
            .expect("freed");
        calendars::delete(&mut conn, shop.app, &calendar)
            .await
            .expect("deleted");
        conn.commit().await.expect("committed");

        let mut conn = shop.read().await;
        let kept = events::get_many(&mut conn, shop.app, &[event])
            .await
            .expect("read");
        assert_eq!(kept[0].calendar_id, shop.calendar);
        let kept = store::bookings::get(&mut conn, shop.app, booking.id).await;
        assert_eq!(
            kept.expect("read").expect("kept").calendar_id,
            shop.calendar
        );
        let gone = calendars::get(&mut conn, shop.app, calendar.id).await;
        assert_eq!(gone.expect("read"), None);
        drop(conn);

        // A booking that chose the calendar before it was deleted is written to the primary one.
        let mut late = shop.booking(Graph::Instant, State::Confirmed, span(90, 120));
        late.calendar_id = calendar.id;
        shop.book(&late, "Ida", "ida@example.org", &[]).await;
        let mut conn = shop.write().await;
        let event = EventId(Uuid::now_v7());
        events::insert_for_booking(&mut conn, shop.app, late.id, event, "accepted", at(0))
            .await
            .expect("an event");
        let written = events::get_many(&mut conn, shop.app, &[event]).await;
        assert_eq!(written.expect("read")[0].calendar_id, shop.calendar);
    })
    .await;
}

impl Shop {
    /// An event of the shop's calendar.
    fn event(&self, from: i64, to: i64) -> Event {
        Event {
            id: EventId(Uuid::now_v7()),
            calendar_id: self.calendar,
            resource_id: self.resource,
            booking_id: None,
            what: "Inventory".to_owned(),
            place: "Storage".to_owned(),
            description: String::new(),
            starts_at: at(from),
            ends_at: at(to),
            all_day: false,
            rsvp: "accepted".to_owned(),
            participants: "[\"a@example.org\"]".to_owned(),
            created_at: at(0),
            updated_at: at(0),
            free: false,
            private: true,
            sync_provider: true,
            timezone: None,
            recurrence: None,
            recurs_until: None,
            claimed_until: None,
            series_id: None,
            original_start: None,
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn events_are_written_read_and_found_by_their_window() {
    each_schema(|db| async move {
        let shop = Shop::open(db.clone()).await;
        let other = Shop::open(db).await;
        let (mut first, later) = (shop.event(0, 60), shop.event(60, 120));
        let mut series = shop.event(0, 30);
        series.recurrence = Some("[\"RRULE:FREQ=DAILY\"]".to_owned());
        series.timezone = Some("Europe/Copenhagen".to_owned());
        let mut instance = shop.event(90, 95);
        instance.series_id = Some(series.id);
        instance.original_start = Some(at(1_440));
        let mut ended = series.clone();
        ended.id = EventId(Uuid::now_v7());
        ended.recurs_until = Some(at(30));
        let mut conn = shop.write().await;
        for event in [&first, &later, &series, &instance, &ended] {
            events::insert(&mut conn, shop.app, event)
                .await
                .expect("added");
        }
        first.what = "Counting".to_owned();
        first.free = true;
        first.private = false;
        first.sync_provider = false;
        first.all_day = true;
        first.rsvp = "declined".to_owned();
        first.ends_at = at(50);
        events::save(&mut conn, shop.app, &first)
            .await
            .expect("saved");
        conn.commit().await.expect("committed");

        let mut conn = shop.read().await;
        let read = events::get(&mut conn, shop.app, first.id)
            .await
            .expect("read");
        assert_eq!(read.as_ref(), Some(&first));
        let foreign = events::get(&mut conn, other.app, first.id)
            .await
            .expect("read");
        assert_eq!(foreign, None);
        let mut within = async |from, to, longest, limit| {
            events::of_calendars(
                &mut conn,
                shop.app,
                &[shop.calendar],
                span(from, to),
                longest,
                limit,
            )
            .await
            .expect("found")
        };
        let hour = 3_600_000;
        assert_eq!(within(0, 60, hour, 9).await, [first.clone()]);
        assert_eq!(within(50, 60, hour, 9).await, []);
        assert_eq!(
            within(0, 200, hour, 9).await,
            [first.clone(), later.clone(), instance.clone()]
        );
        assert_eq!(within(0, 200, hour, 2).await.len(), 2);
        // Whoever says that nothing is longer than a minute finds nothing that began earlier.
        assert_eq!(within(30, 40, 60_000, 9).await, []);
        let mut repeated = async |from, to| {
            events::series(
                &mut conn,
                shop.app,
                &[shop.calendar, other.calendar],
                span(from, to),
            )
            .await
            .expect("found")
        };
        assert_eq!(repeated(-90, 0).await, []);
        assert_eq!(repeated(0, 10).await, [series.clone(), ended.clone()]);
        assert_eq!(repeated(30, 40).await, [series.clone()]);
        let changed = events::changed_instances(&mut conn, shop.app, &[series.id]).await;
        assert_eq!(changed.expect("found"), [instance.clone()]);

        let of_app = events::places(&mut conn, shop.app).await.expect("found");
        let of_resource = events::places_of(&mut conn, shop.app, shop.resource).await;
        let by_id =
            events::places_by_id(&mut conn, shop.app, &[shop.calendar, other.calendar]).await;
        assert_eq!(of_app.len(), 1);
        assert_eq!(
            (of_app[0].calendar_id, of_app[0].longest_span),
            (shop.calendar, 0)
        );
        assert_eq!(of_resource.expect("found"), of_app);
        assert_eq!(by_id.expect("found"), of_app);
        drop(conn);

        let mut conn = shop.write().await;
        events::delete(&mut conn, shop.app, series.id)
            .await
            .expect("deleted");
        let gone = events::get(&mut conn, shop.app, instance.id)
            .await
            .expect("read");
        assert_eq!(gone, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_claims_of_an_event_stand_beside_others_and_block() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        shop.take(span(0, 60), Grant::Exclusive).await.expect("taken");
        let event = shop.event(30, 90);
        let (app, resource) = (shop.app, shop.resource);
        let spans = [span(30, 90), span(1_470, 1_530)];
        let mut conn = shop.write().await;
        for mark in [Mark::None, Mark::AllDay] {
            claims::take_event(&mut conn, app, resource, event.id, &spans, mark).await.expect("taken");
            let marked: Option<(i64,)> = conn
                .one(
                    "SELECT count(*) FROM claim WHERE app_id = $1 AND id = $2 AND all_day AND NOT exclusive",
                    &[app.into(), event.id.into()],
                )
                .await
                .expect("counted");
            assert_eq!(marked, Some((if mark == Mark::AllDay { 2 } else { 0 },)));
            if mark == Mark::None {
                claims::free_event(&mut conn, app, resource, event.id, at(30)).await.expect("freed");
            }
        }
        conn.commit().await.expect("committed");
        let taken = shop.take(span(1_500, 1_501), Grant::Exclusive).await;
        assert_eq!(taken.expect("asked"), Answer::Unavailable);

        let mut conn = shop.write().await;
        claims::free_event(&mut conn, app, resource, event.id, at(31)).await.expect("freed");
        conn.commit().await.expect("committed");

        let later = shop.take(span(1_500, 1_501), Grant::Exclusive).await;
        assert_eq!(later.expect("asked"), Answer::Taken);
        let first = shop.take(span(80, 81), Grant::Exclusive).await;
        assert_eq!(first.expect("asked"), Answer::Unavailable);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn events_with_a_near_horizon_are_found_and_moved() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        let mut conn = shop.write().await;
        let mut ids = Vec::new();
        for until in [Some(at(20)), Some(at(10)), Some(at(90)), None] {
            let mut event = shop.event(0, 5);
            event.claimed_until = until;
            events::insert(&mut conn, shop.app, &event)
                .await
                .expect("added");
            ids.push((shop.app, event.id));
        }

        let due = events::to_claim(&mut conn, at(90), 9).await.expect("found");
        assert_eq!(due, [ids[1], ids[0]]);
        assert_eq!(
            events::to_claim(&mut conn, at(90), 1).await.expect("found"),
            [ids[1]]
        );
        events::set_claimed_until(&mut conn, shop.app, ids[1].1, Some(at(95)))
            .await
            .expect("set");
        events::set_claimed_until(&mut conn, shop.app, ids[0].1, None)
            .await
            .expect("set");
        assert_eq!(
            events::to_claim(&mut conn, at(90), 9).await.expect("found"),
            []
        );
    })
    .await;
}
