//! Calendars and events.

use domain::{
    CalendarId, EventId, Page,
    booking::{Graph, State},
};
use store::{
    calendars::{self, Calendar, Order},
    claims,
    db::Direction,
    events,
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
        events::insert_for_booking(&mut conn, shop.app, booking.id, event, "accepted", at(0))
            .await
            .expect("an event");
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
