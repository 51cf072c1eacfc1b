//! Resources, bookings and what hangs on them.

use domain::{
    AppId, BookingId, CalendarId, CustomerId, EventId, Interval, Page, ResourceId,
    booking::{Action, Actor, Graph, State},
    meta::Field,
};
use jiff::{SignedDuration, Timestamp};
use store::{
    Conn, Db, Error, Scope,
    bookings::{
        self, Booking, Changed, CustomerColumn, Filter, New, NewTransition, Order, Pattern,
    },
    calendars::{self, Calendar},
    claims::{self, Answer, Grant},
    customers::{self, Customer},
    db::Direction,
    events, idempotency_keys,
    resources::{self, Resource},
};
use uuid::Uuid;

use crate::harness::each_schema;

/// An app with one resource.
#[derive(Clone)]
pub struct Shop {
    pub db: Db,
    pub app: AppId,
    pub resource: ResourceId,
    pub calendar: CalendarId,
}

pub fn at(minutes: i64) -> Timestamp {
    Timestamp::from_second(1_900_000_000 + minutes * 60).expect("within range")
}

pub fn span(from: i64, to: i64) -> Interval {
    Interval::new(at(from), at(to)).expect("not empty")
}

fn field(name: &str, value: &str) -> Field {
    Field {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

pub fn named(name: &str, email: Option<&str>) -> Resource {
    Resource {
        id: ResourceId(Uuid::now_v7()),
        person_id: None,
        name: name.to_owned(),
        first_name: name.to_owned(),
        last_name: String::new(),
        email: email.map(str::to_owned),
        timezone: "Europe/Copenhagen".to_owned(),
        image: None,
        meta: "{}".to_owned(),
        availability_constraints: "[]".to_owned(),
        enabled_email_notification: true,
        conference_enabled: false,
        conference_type: None,
        created_at: at(0),
        updated_at: at(0),
    }
}

impl Shop {
    pub async fn open(db: Db) -> Self {
        let app = AppId(Uuid::now_v7());
        let slug = app.to_string();
        let mut conn = db.write(app).await.expect("a unit");
        conn.execute(
            "INSERT INTO app (id, slug, settings, test_mode, webhook_secret, created_at, updated_at)
             VALUES ($1, $2, '{\"name\":\"Shop\"}', FALSE, 'x', 1, 1)",
            &[app.into(), (&slug).into()],
        )
        .await
        .expect("an app");
        let resource = named("Room 1", None);
        resources::insert(&mut conn, app, &resource, &[])
            .await
            .expect("a resource");
        let calendar = Calendar {
            id: CalendarId(Uuid::now_v7()),
            resource_id: resource.id,
            name: "Bookings".to_owned(),
            description: String::new(),
            foregroundcolor: None,
            backgroundcolor: Some("#2b6cb0".to_owned()),
            provider: "timekit".to_owned(),
            is_primary: true,
            created_at: at(0),
            updated_at: at(0),
        };
        calendars::insert(&mut conn, app, &calendar)
            .await
            .expect("a calendar");
        conn.commit().await.expect("committed");
        Self {
            db,
            app,
            resource: resource.id,
            calendar: calendar.id,
        }
    }

    pub async fn read(&self) -> Conn {
        self.db.read(self.app).await.expect("a reader")
    }

    pub async fn write(&self) -> Conn {
        self.db.write(self.app).await.expect("a unit")
    }

    pub fn booking(&self, graph: Graph, state: State, span: Interval) -> Booking {
        Booking {
            id: BookingId(Uuid::now_v7()),
            resource_id: self.resource,
            project_id: None,
            calendar_id: self.calendar,
            event_id: None,
            graph,
            state,
            span,
            what: "Haircut".to_owned(),
            place: "Main street".to_owned(),
            description: String::new(),
            participants: "[\"a@example.org\"]".to_owned(),
            event_options: "{}".to_owned(),
            attributes: "{\"customer\":{\"name\":\"Ida\"}}".to_owned(),
            meta: "{\"a\":1}".to_owned(),
            exclusive: true,
            seq: 1,
            created_at: at(0),
            updated_at: at(0),
        }
    }

    pub async fn book(&self, booking: &Booking, name: &str, email: &str, fields: &[Field]) {
        let mut conn = self.write().await;
        let customer = Customer {
            id: CustomerId(Uuid::now_v7()),
            booking_id: booking.id,
            name: name.to_owned(),
            email: email.to_owned(),
            phone: "123".to_owned(),
            voip: "ida".to_owned(),
            timezone: "Europe/Paris".to_owned(),
            extra: "{}".to_owned(),
        };
        let new = New {
            booking,
            fields,
            customer: &customer,
            rsvp: "accepted",
            entry: &NewTransition {
                id: Uuid::now_v7(),
                booking_id: booking.id,
                seq: booking.seq,
                action: Action::Create,
                from: State::Initialized,
                to: booking.state,
                actor: Actor::App,
                message: None,
                at: booking.created_at,
            },
        };
        bookings::insert(&mut conn, self.app, &new)
            .await
            .expect("a booking");
        conn.commit().await.expect("committed");
    }

    pub async fn take(&self, span: Interval, grant: Grant) -> Result<Answer, Error> {
        let mut conn = self.db.write(self.app).await?;
        let locked = claims::lock(&mut conn, self.app, self.resource, span)
            .await?
            .expect("the resource");
        let answer = claims::take(&mut conn, &locked, Uuid::now_v7(), grant).await?;
        if answer == Answer::Taken {
            conn.commit().await?;
        }
        Ok(answer)
    }

    async fn ids(&self, filters: &[Filter], order: (Order, Direction)) -> Vec<BookingId> {
        let page = Page::read(None, None, 50);
        let (rows, total) = bookings::list(&mut self.read().await, self.app, filters, order, page)
            .await
            .expect("a list");
        assert_eq!(total, rows.len() as u64);
        rows.into_iter().map(|row| row.id).collect()
    }
}

const NEWEST_LAST: (Order, Direction) = (Order::CreatedAt, Direction::Ascending);

#[tokio::test(flavor = "multi_thread")]
async fn overlapping_time_is_refused_and_touching_time_is_not() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;

        assert_eq!(
            shop.take(span(0, 60), Grant::Exclusive)
                .await
                .expect("asked"),
            Answer::Taken
        );
        for (from, to) in [(0, 60), (59, 61), (-1, 1), (10, 20), (-10, 70)] {
            let answer = shop
                .take(span(from, to), Grant::Exclusive)
                .await
                .expect("asked");
            assert_eq!(answer, Answer::Unavailable, "{from}–{to}");
        }
        for (from, to) in [(60, 90), (-30, 0)] {
            let answer = shop
                .take(span(from, to), Grant::Exclusive)
                .await
                .expect("asked");
            assert_eq!(answer, Answer::Taken, "{from}–{to}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_claim_is_seen_from_its_far_end() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        let long = span(0, 400 * 24 * 60);

        assert_eq!(
            shop.take(long, Grant::Exclusive).await.expect("asked"),
            Answer::Taken
        );

        let end = 400 * 24 * 60;
        assert_eq!(
            shop.take(span(end - 5, end), Grant::Exclusive)
                .await
                .expect("asked"),
            Answer::Unavailable
        );
        assert_eq!(
            shop.take(span(end, end + 5), Grant::Exclusive)
                .await
                .expect("asked"),
            Answer::Taken
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn overlapping_claims_are_always_granted_and_block_all_the_same() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;

        for _ in 0..2 {
            assert_eq!(
                shop.take(span(0, 60), Grant::Overlapping)
                    .await
                    .expect("asked"),
                Answer::Taken
            );
        }
        assert_eq!(
            shop.take(span(30, 40), Grant::Exclusive)
                .await
                .expect("asked"),
            Answer::Unavailable
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn freed_time_can_be_taken_again() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        let id = Uuid::now_v7();
        let mut conn = shop.write().await;
        let locked = claims::lock(&mut conn, shop.app, shop.resource, span(0, 60))
            .await
            .expect("asked")
            .expect("there");
        claims::take(&mut conn, &locked, id, Grant::Exclusive)
            .await
            .expect("taken");
        conn.commit().await.expect("committed");

        let mut conn = shop.write().await;
        claims::free(&mut conn, shop.app, shop.resource, at(0), id)
            .await
            .expect("freed");
        conn.commit().await.expect("committed");

        assert_eq!(
            shop.take(span(0, 60), Grant::Exclusive)
                .await
                .expect("asked"),
            Answer::Taken
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_at_once_exactly_one_gets_the_time() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        for round in 0..20 {
            let attempts: Vec<_> = (0..16)
                .map(|index| {
                    let shop = shop.clone();
                    // All of them overlap in the minute from 15 to 16.
                    let wanted = span(round * 100 + index, round * 100 + 16 + index);
                    tokio::spawn(async move {
                        shop.take(wanted, Grant::Exclusive).await.expect("asked")
                    })
                })
                .collect();
            let mut taken = 0;
            for attempt in attempts {
                if attempt.await.expect("no panic") == Answer::Taken {
                    taken += 1;
                }
            }
            assert_eq!(taken, 1, "round {round}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_backstop_refuses_what_went_around_the_check() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        shop.take(span(0, 60), Grant::Exclusive)
            .await
            .expect("taken");

        let mut conn = shop.write().await;
        let refused = conn
            .execute(
                "INSERT INTO claim (app_id, resource_id, starts_at, id, ends_at, exclusive)
                 VALUES ($1, $2, $3, $4, $5, TRUE)",
                &[
                    shop.app.into(),
                    shop.resource.into(),
                    at(30).into(),
                    Uuid::now_v7().into(),
                    at(40).into(),
                ],
            )
            .await;

        assert!(matches!(refused, Err(Error::Conflict(_))), "{refused:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn foreign_and_deleted_resources_cannot_be_locked() {
    each_schema(|db| async move {
        let shop = Shop::open(db.clone()).await;
        let other = Shop::open(db).await;
        let mut conn = shop.write().await;

        let foreign = claims::lock(&mut conn, shop.app, other.resource, span(0, 1))
            .await
            .expect("asked");
        assert!(foreign.is_none());
        assert!(
            resources::touch(&mut conn, shop.app, shop.resource)
                .await
                .expect("asked")
        );
        assert!(
            resources::delete(&mut conn, shop.app, shop.resource, at(1))
                .await
                .expect("deleted")
        );
        assert!(
            !resources::delete(&mut conn, shop.app, shop.resource, at(1))
                .await
                .expect("asked again")
        );
        let deleted = claims::lock(&mut conn, shop.app, shop.resource, span(0, 1))
            .await
            .expect("asked");
        assert!(deleted.is_none());
        assert!(
            !resources::touch(&mut conn, shop.app, shop.resource)
                .await
                .expect("asked")
        );
        assert!(
            resources::get(&mut conn, shop.app, shop.resource)
                .await
                .expect("asked")
                .is_none()
        );
        let kept = resources::get_many(&mut conn, shop.app, &[shop.resource])
            .await
            .expect("asked");
        assert_eq!(kept.len(), 1, "history keeps the name");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn resources_are_found_by_each_filter() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        let mut conn = shop.write().await;
        let mut anna = named("Ånna Bjørn", Some("Anna@Example.org"));
        anna.timezone = "Asia/Kathmandu".to_owned();
        let fields = [field("meta.floor", "2")];
        resources::insert(&mut conn, shop.app, &anna, &fields)
            .await
            .expect("added");
        let page = Page::read(None, None, 50);

        for filter in [
            resources::Filter::Id(anna.id),
            resources::Filter::Name("ånna bjørn".to_owned()),
            resources::Filter::Email("anna@example.ORG".to_owned()),
            resources::Filter::Timezone("Asia/Kathmandu".to_owned()),
            resources::Filter::Field("meta.floor".to_owned(), "2".to_owned()),
            resources::Filter::Contains("NNA BJ".to_owned()),
            resources::Filter::Contains("@example".to_owned()),
        ] {
            for order in [
                resources::Order::CreatedAt,
                resources::Order::UpdatedAt,
                resources::Order::Name,
            ] {
                let (rows, total) = resources::list(
                    &mut conn,
                    shop.app,
                    std::slice::from_ref(&filter),
                    (order, Direction::Descending),
                    page,
                )
                .await
                .expect("listed");
                assert_eq!((rows.len(), total), (1, 1), "{filter:?}");
                assert_eq!(rows[0], anna, "{filter:?}");
            }
        }
        let wild = [resources::Filter::Contains("%".to_owned())];
        let order = (resources::Order::Name, Direction::Ascending);
        let (rows, _) = resources::list(&mut conn, shop.app, &wild, order, page)
            .await
            .expect("listed");
        assert!(rows.is_empty(), "a percent sign is a percent sign");

        let found = resources::find_by_email(&mut conn, shop.app, "ANNA@example.org")
            .await
            .expect("asked");
        assert_eq!(found, Some(anna.clone()));
        anna.name = "Anna".to_owned();
        anna.meta = "{\"floor\":3}".to_owned();
        resources::save(&mut conn, shop.app, &anna, &[field("meta.floor", "3")])
            .await
            .expect("saved");
        assert_eq!(
            resources::get(&mut conn, shop.app, anna.id)
                .await
                .expect("asked"),
            Some(anna)
        );
        let old = [resources::Filter::Field(
            "meta.floor".to_owned(),
            "2".to_owned(),
        )];
        let (rows, _) = resources::list(&mut conn, shop.app, &old, order, page)
            .await
            .expect("listed");
        assert!(rows.is_empty());
    })
    .await;
}
#[tokio::test(flavor = "multi_thread")]
async fn bookings_are_found_by_each_filter() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        let wanted = shop.booking(Graph::Instant, State::Confirmed, span(100, 160));
        let other = shop.booking(Graph::ConfirmDecline, State::Declined, span(0, 30));
        let fields = [field("meta.a", "1"), field("customer.bike", "Gravel")];
        shop.book(&wanted, "Ida Hølm", "Ida@Example.org", &fields)
            .await;
        shop.book(&other, "Bo", "bo@example.org", &[]).await;
        let pattern = |text: &str, open_start, open_end| Pattern {
            text: text.to_owned(),
            open_start,
            open_end,
        };
        let text = |text: &str| text.to_owned();

        for filter in [
            Filter::Id(wanted.id),
            Filter::Graph(Graph::Instant),
            Filter::State(State::Confirmed),
            Filter::Completed(false),
            Filter::CustomerEmail(text("ida@example.org")),
            Filter::CustomerName(pattern("ida hølm", false, false)),
            Filter::CustomerName(pattern("hølm", true, false)),
            Filter::CustomerName(pattern("ida", false, true)),
            Filter::CustomerName(pattern("a hø", true, true)),
            Filter::Field(text("meta.a"), text("1")),
            Filter::Field(text("customer.bike"), text("Gravel")),
            Filter::Contains(text("hølm")),
            Filter::StartsFrom(at(31)),
            Filter::EndsFrom(at(31)),
        ] {
            assert_eq!(
                shop.ids(std::slice::from_ref(&filter), NEWEST_LAST).await,
                [wanted.id],
                "{filter:?}"
            );
        }
        for filter in [
            Filter::StartsBefore(at(100)),
            Filter::EndsBefore(at(160)),
            Filter::Completed(true),
        ] {
            assert_eq!(
                shop.ids(std::slice::from_ref(&filter), NEWEST_LAST).await,
                [other.id],
                "{filter:?}"
            );
        }
        for filter in [
            Filter::Resource(shop.resource),
            Filter::Calendar(shop.calendar),
            Filter::CustomerText(CustomerColumn::Phone, text("123")),
            Filter::CustomerText(CustomerColumn::Voip, text("ida")),
            Filter::CustomerText(CustomerColumn::Timezone, text("Europe/Paris")),
        ] {
            let both = shop.ids(std::slice::from_ref(&filter), NEWEST_LAST).await;
            assert_eq!(both, [wanted.id, other.id], "{filter:?}");
        }
        assert!(
            shop.ids(&[Filter::Project(Uuid::now_v7().into())], NEWEST_LAST)
                .await
                .is_empty()
        );
        for (order, first) in [
            (Order::Start, other.id),
            (Order::End, other.id),
            (Order::Graph, other.id),
            (Order::State, wanted.id),
            (Order::Completed, wanted.id),
            (Order::UpdatedAt, wanted.id),
            (Order::CreatedAt, wanted.id),
        ] {
            assert_eq!(
                shop.ids(&[], (order, Direction::Ascending)).await.first(),
                Some(&first),
                "{order:?}"
            );
        }
        assert_eq!(
            shop.ids(&[], (Order::CreatedAt, Direction::Descending))
                .await,
            [other.id, wanted.id]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_hold_each_booking_once_and_count_all() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        for index in 0..7 {
            let booking = shop.booking(Graph::Instant, State::Confirmed, span(index, index + 1));
            shop.book(&booking, "Ida", "ida@example.org", &[]).await;
        }

        let mut seen = Vec::new();
        for number in 1..=4 {
            let page = Page::read(Some(&number.to_string()), Some("3"), 50);
            let (rows, total) =
                bookings::list(&mut shop.read().await, shop.app, &[], NEWEST_LAST, page)
                    .await
                    .expect("listed");
            assert_eq!(total, 7, "page {number}");
            seen.extend(rows.into_iter().map(|row| row.id));
        }

        let mut sorted = seen.clone();
        sorted.sort();
        sorted.dedup();
        assert_eq!((seen.len(), sorted), (7, seen));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_advances_once_from_where_it_was_read() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        let booking = shop.booking(Graph::ConfirmDecline, State::Tentative, span(0, 30));
        shop.book(&booking, "Ida", "ida@example.org", &[]).await;
        let event_id = EventId(Uuid::now_v7());
        let changed = Changed {
            event_id: Some(event_id),
            attributes: booking.attributes.clone(),
            meta: "{\"a\":2}".to_owned(),
        };
        let mut conn = shop.write().await;

        let read = bookings::get(&mut conn, shop.app, booking.id)
            .await
            .expect("asked");
        assert_eq!(read, Some(booking.clone()));
        events::insert_for_booking(&mut conn, shop.app, booking.id, event_id, "accepted", at(5))
            .await
            .expect("event");
        let advance = async |conn: &mut Conn| {
            bookings::advance(conn, shop.app, &booking, State::Confirmed, &changed, at(5))
                .await
                .expect("asked")
        };
        assert!(advance(&mut conn).await);
        assert!(!advance(&mut conn).await, "the booking has moved");
        let transition = NewTransition {
            id: Uuid::now_v7(),
            booking_id: booking.id,
            seq: 2,
            action: Action::Confirm,
            from: State::Tentative,
            to: State::Confirmed,
            actor: Actor::App,
            message: Some("welcome"),
            at: at(5),
        };
        bookings::push_transition(&mut conn, shop.app, &transition)
            .await
            .expect("logged");

        let log = bookings::transitions(&mut conn, shop.app, &[booking.id])
            .await
            .expect("asked");
        assert_eq!(
            (log.len(), log[1].seq, log[1].actor.as_str()),
            (2, 2, "app")
        );
        let moved = bookings::get(&mut conn, shop.app, booking.id)
            .await
            .expect("asked")
            .expect("there");
        assert_eq!(
            (moved.state, moved.seq, moved.event_id),
            (State::Confirmed, 2, Some(event_id))
        );
        let found = events::get_many(&mut conn, shop.app, &[event_id])
            .await
            .expect("asked");
        assert_eq!(
            (
                found.len(),
                found[0].starts_at,
                found[0].participants.as_str()
            ),
            (1, at(0), "[\"a@example.org\"]")
        );
        let year = Interval::new(at(-1), at(10_000)).expect("not empty");
        let of_calendar =
            events::of_calendars(&mut conn, shop.app, &[shop.calendar], year, i64::MAX, 10)
                .await
                .expect("asked");
        assert_eq!(of_calendar, found);
        assert!(
            bookings::save_meta(&mut conn, shop.app, &moved, "{}", at(6))
                .await
                .expect("asked")
        );
        assert!(
            !bookings::save_meta(&mut conn, shop.app, &moved, "{\"b\":1}", at(6))
                .await
                .expect("asked")
        );
        assert_eq!(
            resources::coming_bookings(&mut conn, shop.app, shop.resource, at(0))
                .await
                .expect("asked"),
            1
        );
        assert!(
            !bookings::delete(&mut conn, shop.app, booking.id, at(7))
                .await
                .expect("asked"),
            "not finished"
        );
        events::delete(&mut conn, shop.app, event_id)
            .await
            .expect("removed");
        let gone = events::get_many(&mut conn, shop.app, &[event_id])
            .await
            .expect("asked");
        assert!(gone.is_empty());
        let customers = customers::of_bookings(&mut conn, shop.app, &[booking.id])
            .await
            .expect("asked");
        assert_eq!(customers.len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn finished_bookings_can_be_hidden() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        let booking = shop.booking(Graph::Instant, State::Cancelled, span(0, 30));
        shop.book(&booking, "Ida", "ida@example.org", &[]).await;
        let mut conn = shop.write().await;

        assert!(
            bookings::delete(&mut conn, shop.app, booking.id, at(7))
                .await
                .expect("asked")
        );

        assert!(
            bookings::get(&mut conn, shop.app, booking.id)
                .await
                .expect("asked")
                .is_none()
        );
        assert!(
            !bookings::delete(&mut conn, shop.app, booking.id, at(7))
                .await
                .expect("asked")
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn fields_are_added_once_and_removed() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        let booking = shop.booking(Graph::Instant, State::Confirmed, span(0, 30));
        shop.book(&booking, "Ida", "ida@example.org", &[field("meta.a", "1")])
            .await;
        let mut conn = shop.write().await;
        let fields = [field("meta.a", "1"), field("meta.b", "2")];

        bookings::insert_fields(&mut conn, shop.app, booking.id, &fields)
            .await
            .expect("added");
        bookings::delete_fields(&mut conn, shop.app, booking.id, &fields[..1])
            .await
            .expect("removed");
        conn.commit().await.expect("committed");

        let by = |name: &str, value: &str| [Filter::Field(name.to_owned(), value.to_owned())];
        assert!(shop.ids(&by("meta.a", "1"), NEWEST_LAST).await.is_empty());
        assert_eq!(
            shop.ids(&by("meta.b", "2"), NEWEST_LAST).await,
            [booking.id]
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_calendar_of_a_booking_is_the_named_or_the_primary_one() {
    each_schema(|db| async move {
        let shop = Shop::open(db.clone()).await;
        let other = Shop::open(db).await;
        let mut conn = shop.read().await;

        let primary = calendars::for_booking(&mut conn, shop.app, shop.resource, None)
            .await
            .expect("asked");
        let named = calendars::for_booking(&mut conn, shop.app, shop.resource, Some(shop.calendar))
            .await
            .expect("asked");
        let foreign =
            calendars::for_booking(&mut conn, shop.app, shop.resource, Some(other.calendar))
                .await
                .expect("asked");
        let all = calendars::of_resources(&mut conn, shop.app, &[shop.resource])
            .await
            .expect("asked");
        let by_id = calendars::get_many(&mut conn, shop.app, &[shop.calendar])
            .await
            .expect("asked");

        assert_eq!(primary, named);
        assert_eq!(primary.into_iter().collect::<Vec<_>>(), all);
        assert_eq!(all, by_id);
        assert_eq!(foreign, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_idempotency_key_is_taken_once_and_keeps_its_answer() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        let print = [7; 32];
        let mut conn = shop.write().await;

        assert!(
            idempotency_keys::claim(&mut conn, shop.app, "k", &print, at(0))
                .await
                .expect("asked")
        );
        assert!(
            !idempotency_keys::claim(&mut conn, shop.app, "k", &print, at(0))
                .await
                .expect("asked")
        );
        let open = idempotency_keys::get(&mut conn, shop.app, "k")
            .await
            .expect("asked")
            .expect("there");
        idempotency_keys::keep(&mut conn, shop.app, "k", 201, "{}")
            .await
            .expect("kept");
        let kept = idempotency_keys::get(&mut conn, shop.app, "k")
            .await
            .expect("asked")
            .expect("there");
        conn.commit().await.expect("committed");
        let mut conn = shop.db.write(Scope::System("test")).await.expect("a unit");
        let gone =
            idempotency_keys::delete_older(&mut conn, at(0) + SignedDuration::from_secs(1), 10)
                .await;

        assert_eq!((open.fingerprint, open.answer), (print, None));
        let answer = idempotency_keys::Answer {
            status: 201,
            body: "{}".to_owned(),
        };
        assert_eq!(kept.answer, Some(answer));
        assert_eq!(gone.expect("deleted"), 1);
    })
    .await;
}
