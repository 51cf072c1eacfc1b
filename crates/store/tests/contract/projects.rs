//! Projects, locations and services, and their links.

use domain::{
    LocationId, Page, ProjectId, ResourceId, ServiceId,
    booking::{Graph, State},
    meta::Field,
};
use store::{
    apps, bookings,
    db::{ConstraintKind, Direction, Error},
    links::{self, Link},
    locations::{self, Location},
    projects::{self, Filter, Order, Project},
    resources,
    services::{self, Service},
};
use uuid::Uuid;

use crate::{
    bookings::{Shop, at},
    harness::each_schema,
};

const OLDEST: (Order, Direction) = (Order::CreatedAt, Direction::Ascending);

fn project(name: &str, slug: &str) -> Project {
    Project {
        id: ProjectId(Uuid::now_v7()),
        name: name.to_owned(),
        slug: slug.to_owned(),
        availability: r#"{"mode":"mutual"}"#.to_owned(),
        availability_constraints: r#"[{"allow_weekdays":{}}]"#.to_owned(),
        booking: r#"{"graph":"instant"}"#.to_owned(),
        reminders: "[]".to_owned(),
        customer_fields: r#"{"z":{"title":"Last first"},"a":{}}"#.to_owned(),
        ui: "{}".to_owned(),
        meta: r#"{"floor":2}"#.to_owned(),
        allow_conference: true,
        allow_double_bookings: false,
        enabled_email_notification: true,
        enabled: true,
        reservation_time: Some("5 minutes".to_owned()),
        use_hours_from: None,
        latitude: Some("55.6".to_owned()),
        longitude: Some("12.5".to_owned()),
        created_at: at(0),
        updated_at: at(0),
    }
}

fn location(name: &str, hours: &str) -> Location {
    Location {
        id: LocationId(Uuid::now_v7()),
        name: name.to_owned(),
        description: "An office".to_owned(),
        latitude: None,
        longitude: None,
        use_custom_hours: !hours.is_empty(),
        availability_constraints: if hours.is_empty() { "[]" } else { hours }.to_owned(),
        meta: "{}".to_owned(),
        created_at: at(0),
        updated_at: at(0),
    }
}

fn service(name: &str) -> Service {
    Service {
        id: ServiceId(Uuid::now_v7()),
        name: name.to_owned(),
        description: String::new(),
        image_url: Some("https://example.org/a.png".to_owned()),
        availability: r#"{"length":"30 minutes"}"#.to_owned(),
        meta: "{}".to_owned(),
        created_at: at(0),
        updated_at: at(0),
    }
}

fn field(name: &str, value: &str) -> Field {
    Field {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

fn first_page() -> Page {
    Page::read(None, None, 50)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_is_read_as_it_was_written() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        let mut eye = project("Eye test", "eye-test");
        let mut conn = shop.db.write(shop.app).await.expect("a unit");

        let fields = [field("meta.floor", "2")];
        assert!(
            projects::insert(&mut conn, shop.app, &eye, &fields)
                .await
                .expect("asked")
        );
        let read = projects::get(&mut conn, shop.app, eye.id)
            .await
            .expect("read");
        assert_eq!(read.as_ref(), Some(&eye));
        assert!(
            projects::lock(&mut conn, shop.app, eye.id, at(5))
                .await
                .expect("asked")
        );
        eye.name = "Ear test".to_owned();
        eye.slug = "ear-test".to_owned();
        eye.use_hours_from = Some("project".to_owned());
        eye.reservation_time = None;
        eye.enabled = false;
        eye.updated_at = at(5);
        projects::save(&mut conn, shop.app, &eye, &[field("meta.floor", "3")])
            .await
            .expect("saved");
        conn.commit().await.expect("committed");

        let mut conn = shop.db.read(shop.app).await.expect("a reader");
        let many = projects::get_many(&mut conn, shop.app, &[eye.id])
            .await
            .expect("read");
        assert_eq!(many, [eye.clone()]);
        let hosted = projects::find_by_slug(&mut conn, "ear-test")
            .await
            .expect("read")
            .expect("found");
        assert_eq!((&hosted.project, hosted.app_id), (&eye, shop.app));
        assert!(!hosted.test_mode);
        assert!(hosted.settings.contains("Shop"));
        assert_eq!(
            projects::find_by_slug(&mut conn, "eye-test")
                .await
                .expect("read"),
            None
        );
        let by_field = async |conn: &mut store::Conn, value: &str| {
            let filters = [Filter::Field("meta.floor".to_owned(), value.to_owned())];
            let list = projects::list(conn, shop.app, &filters, OLDEST, first_page()).await;
            list.expect("a list").1
        };
        assert_eq!(by_field(&mut conn, "3").await, 1);
        assert_eq!(by_field(&mut conn, "2").await, 0);
        let nobody = ProjectId(Uuid::now_v7());
        assert_eq!(
            projects::get(&mut conn, shop.app, nobody)
                .await
                .expect("read"),
            None
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slug_belongs_to_one_project_of_the_installation() {
    each_schema(|db| async move {
        let shop = Shop::open(db.clone()).await;
        let other = Shop::open(db).await;
        let first = project("One", "one");
        let mut conn = shop.db.write(shop.app).await.expect("a unit");
        projects::insert(&mut conn, shop.app, &first, &[])
            .await
            .expect("added");
        conn.commit().await.expect("committed");

        let mut conn = other.db.write(other.app).await.expect("a unit");
        let mut second = project("Two", "one");
        assert!(
            !projects::insert(&mut conn, other.app, &second, &[])
                .await
                .expect("asked")
        );
        second.slug = "two".to_owned();
        assert!(
            projects::insert(&mut conn, other.app, &second, &[])
                .await
                .expect("asked")
        );
        assert!(
            projects::slug_is_taken(&mut conn, "one", second.id)
                .await
                .expect("asked")
        );
        assert!(
            !projects::slug_is_taken(&mut conn, "two", second.id)
                .await
                .expect("asked")
        );
        second.slug = "one".to_owned();
        let refused = projects::save(&mut conn, other.app, &second, &[]).await;
        let Err(Error::Conflict(constraint)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(
            (constraint.kind, constraint.name.as_str()),
            (ConstraintKind::Unique, "project.slug")
        );
        drop(conn);

        let mut conn = shop.db.write(shop.app).await.expect("a unit");
        assert!(
            apps::delete(&mut conn, shop.app, &format!("deleted-{}", shop.app), at(1))
                .await
                .expect("deleted")
        );
        assert!(
            !projects::slug_is_taken(&mut conn, "one", second.id)
                .await
                .expect("asked")
        );
        let gone = projects::find_by_slug(&mut conn, &format!("deleted-{}", first.id)).await;
        assert_eq!(gone.expect("asked"), None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_resources_of_a_project_keep_their_order() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        let eye = project("Eye test", "eye-test");
        let mut conn = shop.db.write(shop.app).await.expect("a unit");
        let mut ids = vec![shop.resource];
        let first = resources::get(&mut conn, shop.app, shop.resource)
            .await
            .expect("read")
            .expect("there");
        for name in ["B", "C"] {
            let id = ResourceId(Uuid::now_v7());
            let more = resources::Resource {
                id,
                name: name.to_owned(),
                ..first.clone()
            };
            resources::insert(&mut conn, shop.app, &more, &[])
                .await
                .expect("added");
            ids.push(id);
        }
        projects::insert(&mut conn, shop.app, &eye, &[])
            .await
            .expect("added");

        let order = [ids[2], ids[0], ids[1]];
        projects::set_resources(&mut conn, shop.app, eye.id, &ids)
            .await
            .expect("set");
        projects::set_resources(&mut conn, shop.app, eye.id, &order)
            .await
            .expect("set again");
        let read = projects::resources(&mut conn, shop.app, eye.id)
            .await
            .expect("read");
        assert_eq!(read, order);
        let pairs = projects::resources_of(&mut conn, shop.app, &[eye.id])
            .await
            .expect("read");
        assert_eq!(pairs, order.map(|id| (eye.id, id)));
        let filters = [Filter::Resource(ids[1])];
        let list = projects::list(&mut conn, shop.app, &filters, OLDEST, first_page()).await;
        assert_eq!(list.expect("a list").1, 1);

        assert!(
            projects::remove_resource(&mut conn, shop.app, eye.id, ids[0])
                .await
                .expect("asked")
        );
        assert!(
            !projects::remove_resource(&mut conn, shop.app, eye.id, ids[0])
                .await
                .expect("asked")
        );
        resources::delete(&mut conn, shop.app, ids[2], at(1))
            .await
            .expect("deleted");
        let read = projects::resources(&mut conn, shop.app, eye.id)
            .await
            .expect("read");
        assert_eq!(read, [ids[1]]);
        let mut left = resources::existing(&mut conn, shop.app, &ids)
            .await
            .expect("read");
        left.sort_unstable();
        assert_eq!(left, [ids[0], ids[1]]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_projects_are_narrowed_and_ordered() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        let mut eye = project("Ærlig test", "aerlig");
        eye.updated_at = at(9);
        let mut ear = project("Zebra", "zebra");
        ear.latitude = None;
        ear.enabled = false;
        let mut conn = shop.db.write(shop.app).await.expect("a unit");
        for it in [&eye, &ear] {
            projects::insert(&mut conn, shop.app, it, &[])
                .await
                .expect("added");
        }

        for (filter, expected) in [
            (Filter::Id(ear.id), ear.id),
            (Filter::Name("zEBRA".to_owned()), ear.id),
            (Filter::Slug("aerlig".to_owned()), eye.id),
            (Filter::Contains("ÆRLIG".to_owned()), eye.id),
            (Filter::Placed, eye.id),
            (Filter::Enabled, eye.id),
        ] {
            let list = projects::list(
                &mut conn,
                shop.app,
                std::slice::from_ref(&filter),
                OLDEST,
                first_page(),
            )
            .await;
            let (rows, total) = list.expect("a list");
            assert_eq!((rows[0].id, total), (expected, 1), "{filter:?}");
        }
        for (order, first) in [
            ((Order::CreatedAt, Direction::Descending), ear.id),
            ((Order::UpdatedAt, Direction::Descending), eye.id),
            ((Order::Name, Direction::Ascending), ear.id),
        ] {
            let list = projects::list(&mut conn, shop.app, &[], order, first_page()).await;
            assert_eq!(list.expect("a list").0[0].id, first, "{order:?}");
        }
        let places = projects::places(&mut conn, shop.app, &[], 10)
            .await
            .expect("read");
        assert_eq!(places.len(), 1);
        assert_eq!(
            (
                places[0].id,
                places[0].latitude.as_str(),
                places[0].longitude.as_str()
            ),
            (eye.id, "55.6", "12.5")
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn bookings_outlive_their_project() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        let eye = project("Eye test", "eye-test");
        let mut booking = shop.booking(
            Graph::Instant,
            State::Confirmed,
            crate::bookings::span(0, 30),
        );
        booking.project_id = Some(eye.id);
        let mut conn = shop.db.write(shop.app).await.expect("a unit");
        projects::insert(&mut conn, shop.app, &eye, &[field("meta.a", "1")])
            .await
            .expect("added");
        projects::set_resources(&mut conn, shop.app, eye.id, &[shop.resource])
            .await
            .expect("set");
        conn.commit().await.expect("committed");
        shop.book(&booking, "Ida", "ida@example.org", &[]).await;
        let mut conn = shop.db.write(shop.app).await.expect("a unit");

        assert!(
            projects::delete(&mut conn, shop.app, eye.id)
                .await
                .expect("asked")
        );

        assert!(
            !projects::delete(&mut conn, shop.app, eye.id)
                .await
                .expect("asked")
        );
        let kept = bookings::get(&mut conn, shop.app, booking.id)
            .await
            .expect("read")
            .expect("there");
        assert_eq!(kept.project_id, None);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn locations_and_services_are_linked_to_projects() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        let app = shop.app;
        let (eye, ear) = (project("Eye", "eye"), project("Ear", "ear"));
        let plain = location("Plain", "");
        let mut open = location("Open", r#"[{"allow_weekends":{}}]"#);
        let mut fitting = service("Fitting");
        let mut conn = shop.db.write(app).await.expect("a unit");
        for it in [&eye, &ear] {
            projects::insert(&mut conn, app, it, &[])
                .await
                .expect("added");
        }
        for it in [&plain, &open] {
            locations::insert(&mut conn, app, it, &[])
                .await
                .expect("added");
        }
        services::insert(&mut conn, app, &fitting, &[])
            .await
            .expect("added");

        links::set(
            &mut conn,
            app,
            Link::LocationProjects,
            plain.id.0,
            &[eye.id.0],
        )
        .await
        .expect("set");
        links::set(
            &mut conn,
            app,
            Link::LocationProjects,
            open.id.0,
            &[eye.id.0, ear.id.0],
        )
        .await
        .expect("set");
        links::set(
            &mut conn,
            app,
            Link::LocationServices,
            open.id.0,
            &[fitting.id.0],
        )
        .await
        .expect("set");
        links::set(
            &mut conn,
            app,
            Link::ServiceProjects,
            fitting.id.0,
            &[ear.id.0],
        )
        .await
        .expect("set");

        for (link, from, to) in [
            (Link::LocationProjects, open.id.0, vec![eye.id.0, ear.id.0]),
            (
                Link::ProjectLocations,
                eye.id.0,
                vec![plain.id.0, open.id.0],
            ),
            (Link::LocationServices, open.id.0, vec![fitting.id.0]),
            (Link::ServiceLocations, fitting.id.0, vec![open.id.0]),
            (Link::ServiceProjects, fitting.id.0, vec![ear.id.0]),
            (Link::ProjectServices, ear.id.0, vec![fitting.id.0]),
            (Link::ProjectServices, eye.id.0, vec![]),
        ] {
            let pairs = links::of(&mut conn, app, link, &[from])
                .await
                .expect("read");
            assert_eq!(
                pairs,
                to.into_iter().map(|to| (from, to)).collect::<Vec<_>>(),
                "{link:?}"
            );
        }
        let filters = [Filter::Location(open.id), Filter::Service(fitting.id)];
        let (found, _) = projects::list(&mut conn, app, &filters, OLDEST, first_page())
            .await
            .expect("a list");
        assert_eq!(found.iter().map(|it| it.id).collect::<Vec<_>>(), [ear.id]);
        let hours = locations::hours_of_project(&mut conn, app, eye.id)
            .await
            .expect("read");
        assert_eq!(hours.as_ref(), Some(&open.availability_constraints));

        assert!(
            locations::lock(&mut conn, app, open.id, at(3))
                .await
                .expect("asked")
        );
        open.latitude = Some("-1.5".to_owned());
        open.longitude = Some("3".to_owned());
        open.name = "Åben".to_owned();
        open.updated_at = at(3);
        locations::save(
            &mut conn,
            app,
            &open,
            &[field("meta.t_store_city", "Aarhus")],
        )
        .await
        .expect("saved");
        assert_eq!(
            locations::get(&mut conn, app, open.id)
                .await
                .expect("read")
                .as_ref(),
            Some(&open)
        );
        assert_eq!(
            locations::get_many(&mut conn, app, &[open.id])
                .await
                .expect("read"),
            [open.clone()]
        );
        for filter in [
            locations::Filter::Id(open.id),
            locations::Filter::Name("åben".to_owned()),
            locations::Filter::Contains("ÅB".to_owned()),
            locations::Filter::Project(ear.id),
            locations::Filter::Service(fitting.id),
            locations::Filter::Field("meta.t_store_city".to_owned(), "Aarhus".to_owned()),
            locations::Filter::Placed,
        ] {
            for order in [
                locations::Order::CreatedAt,
                locations::Order::UpdatedAt,
                locations::Order::Name,
            ] {
                let filters = std::slice::from_ref(&filter);
                let list = locations::list(
                    &mut conn,
                    app,
                    filters,
                    (order, Direction::Descending),
                    first_page(),
                )
                .await;
                let (rows, total) = list.expect("a list");
                assert_eq!((rows[0].id, total), (open.id, 1), "{filter:?}");
            }
        }
        let places = locations::places(&mut conn, app, &[], 10)
            .await
            .expect("read");
        assert_eq!((places.len(), places[0].id), (1, open.id));

        assert!(
            services::lock(&mut conn, app, fitting.id, at(4))
                .await
                .expect("asked")
        );
        fitting.image_url = None;
        fitting.updated_at = at(4);
        services::save(&mut conn, app, &fitting, &[field("meta.a", "b")])
            .await
            .expect("saved");
        assert_eq!(
            services::get(&mut conn, app, fitting.id)
                .await
                .expect("read")
                .as_ref(),
            Some(&fitting)
        );
        assert_eq!(
            services::get_many(&mut conn, app, &[fitting.id])
                .await
                .expect("read"),
            [fitting.clone()]
        );
        for filter in [
            services::Filter::Id(fitting.id),
            services::Filter::Name("fitting".to_owned()),
            services::Filter::Contains("FIT".to_owned()),
            services::Filter::Project(ear.id),
            services::Filter::Location(open.id),
            services::Filter::Field("meta.a".to_owned(), "b".to_owned()),
        ] {
            for order in [
                services::Order::CreatedAt,
                services::Order::UpdatedAt,
                services::Order::Name,
            ] {
                let filters = std::slice::from_ref(&filter);
                let list = services::list(
                    &mut conn,
                    app,
                    filters,
                    (order, Direction::Ascending),
                    first_page(),
                )
                .await;
                let (rows, total) = list.expect("a list");
                assert_eq!((rows[0].id, total), (fitting.id, 1), "{filter:?}");
            }
        }

        assert!(
            services::delete(&mut conn, app, fitting.id)
                .await
                .expect("asked")
        );
        assert!(
            !services::delete(&mut conn, app, fitting.id)
                .await
                .expect("asked")
        );
        assert!(
            locations::delete(&mut conn, app, open.id)
                .await
                .expect("asked")
        );
        assert!(
            !locations::delete(&mut conn, app, open.id)
                .await
                .expect("asked")
        );
        let left = links::of(
            &mut conn,
            app,
            Link::ProjectLocations,
            &[eye.id.0, ear.id.0],
        )
        .await
        .expect("read");
        assert_eq!(left, [(eye.id.0, plain.id.0)]);
    })
    .await;
}
