//! The hot statements use their index on both engines.

use domain::booking::State;
use store::{
    Conn, Scope, availability,
    bookings::{self, Filter, Order},
    claims,
    db::{Direction, Engine, FromRow, Row},
    events,
};
use uuid::Uuid;

use crate::{bookings::Shop, harness::each_schema};

/// One line of a plan.
struct Line(String);

impl FromRow for Line {
    fn from_row(row: &Row<'_>) -> Result<Self, store::Error> {
        // SQLite tells in the fourth column, PostgreSQL in its only one.
        Ok(Self(
            row.get::<String>(3).or_else(|_| row.get::<String>(0))?,
        ))
    }
}

/// The plan of a statement, with its values written into it.
async fn plan(conn: &mut Conn, sql: &str, values: &[&str]) -> String {
    let mut sql = sql.to_owned();
    for (index, value) in values.iter().enumerate().rev() {
        sql = sql.replace(&format!("${}", index + 1), value);
    }
    let explain = match conn.engine() {
        Engine::Sqlite => format!("EXPLAIN QUERY PLAN {sql}"),
        Engine::Postgres => format!("EXPLAIN {sql}"),
    };
    // The plan of a small table is a scan on PostgreSQL, unless scans are out of the question.
    if conn.engine() == Engine::Postgres {
        conn.execute("SET LOCAL enable_seqscan = off", &[])
            .await
            .expect("set");
    }
    let lines: Vec<Line> = conn
        .query(Box::leak(explain.into_boxed_str()), &[])
        .await
        .expect("explained");
    lines
        .into_iter()
        .map(|line| line.0)
        .collect::<Vec<_>>()
        .join("\n")
}

fn id(engine: Engine, id: Uuid) -> String {
    match engine {
        Engine::Sqlite => format!("x'{}'", id.simple()),
        Engine::Postgres => format!("'{id}'"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_bookings_use_an_index() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        let engine = shop.db.engine();
        let app = id(engine, shop.app.0);
        let resource = id(engine, shop.resource.0);
        let project = domain::ProjectId(Uuid::now_v7());
        let project_id = id(engine, project.0);
        let newest = (Order::CreatedAt, Direction::Descending);
        let by_start = (Order::Start, Direction::Ascending);
        let within = [
            Filter::Resource(shop.resource),
            Filter::StartsFrom(crate::bookings::at(0)),
        ];
        let weeks = [
            Filter::Resource(shop.resource),
            Filter::StartsFrom(crate::bookings::at(0)),
            Filter::EndsBefore(crate::bookings::at(60)),
        ];
        let cases: [(&[Filter], _, &[&str], &str); 8] = [
            (
                &weeks,
                by_start,
                &[&app, &resource, "1", "2", "2", "10", "0"],
                "booking_by_resource_start",
            ),
            (
                &within,
                newest,
                &[&app, &resource, "1", "10", "0"],
                "booking_by_resource",
            ),
            (&[], by_start, &[&app, "10", "0"], "booking_by_start"),
            (
                &[Filter::Resource(shop.resource)],
                newest,
                &[&app, &resource, "10", "0"],
                "booking_by_resource",
            ),
            (
                &[Filter::State(State::Tentative)],
                newest,
                &[&app, "'tentative'", "10", "0"],
                "booking_by_state",
            ),
            (
                &[Filter::Project(project)],
                newest,
                &[&app, &project_id, "10", "0"],
                "booking_by_project",
            ),
            (
                &[Filter::CustomerEmail("a".into())],
                newest,
                &[&app, &app, "'a'", "10", "0"],
                "customer_by_email",
            ),
            (
                &[Filter::Field("meta.a".into(), "1".into())],
                newest,
                &[&app, &app, "'meta.a'", "'1'", "10", "0"],
                "booking_field",
            ),
        ];
        for (filters, order, values, index) in cases {
            let sql = bookings::listing(shop.app, filters, order).page_sql();
            let mut conn = shop.db.write(Scope::System("plan")).await.expect("a unit");

            let plan = plan(&mut conn, &sql, values).await;

            let used = plan.contains(index)
                || index == "booking_field" && plan.contains("SEARCH booking_field");
            assert!(used, "{sql}\n{plan}");
            let sorts = plan.contains("TEMP B-TREE FOR ORDER BY");
            assert!(
                !sorts || index.starts_with("customer") || index == "booking_field",
                "{sql}\n{plan}"
            );
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_overlap_check_reads_one_range_of_the_claims() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        let engine = shop.db.engine();
        let mut conn = shop.db.write(Scope::System("plan")).await.expect("a unit");

        let plan = plan(
            &mut conn,
            claims::TAKE,
            &[
                &id(engine, shop.app.0),
                &id(engine, shop.resource.0),
                "1",
                &id(engine, shop.resource.0),
                "2",
                "TRUE",
                "1",
            ],
        )
        .await;

        let by_key = match engine {
            Engine::Sqlite => "SEARCH claim USING PRIMARY KEY (app_id=? AND resource_id=? AND starts_at>? AND starts_at<?)",
            Engine::Postgres => "claim_pkey",
        };
        assert!(plan.contains(by_key), "{plan}");
        assert!(!plan.contains("TEMP B-TREE") && !plan.contains("Sort"), "{plan}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn availability_reads_ranges_of_keys() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        let engine = shop.db.engine();
        let (app, resource) = (id(engine, shop.app.0), id(engine, shop.resource.0));
        let list = match engine {
            Engine::Sqlite => format!("IN ({resource}, {app})"),
            Engine::Postgres => format!("= ANY(ARRAY[{resource}, {app}]::uuid[])"),
        };
        // Within a span, a claim is found by resource and start; the booking behind it by its id.
        let claims = match engine {
            Engine::Sqlite => {
                "USING PRIMARY KEY (app_id=? AND resource_id=? AND starts_at>? AND starts_at<?)"
            }
            Engine::Postgres => "claim_pkey",
        };
        let booking = match engine {
            Engine::Sqlite => "AND id=?)",
            Engine::Postgres => "booking_",
        };
        let resources = match engine {
            Engine::Sqlite => "USING PRIMARY KEY (app_id=? AND id=?)",
            Engine::Postgres => "resource_pkey",
        };
        let revisions = match engine {
            Engine::Sqlite => availability::REVISIONS_SQLITE,
            Engine::Postgres => availability::REVISIONS_POSTGRES,
        };
        for (sql, used) in [
            (revisions, vec![resources]),
            (availability::BUSY, vec![resources, claims]),
            (availability::BOOKED, vec![claims, booking]),
        ] {
            let sql = sql
                .replace("= ANY($2)", &list)
                .replace("rarray($2)", "(SELECT x'00' AS value)")
                .replace("$2::uuid[]", "ARRAY[]::uuid[]");
            let mut conn = shop.db.write(Scope::System("plan")).await.expect("a unit");

            let plan = plan(&mut conn, &sql, &[&app, "", "1", "2"]).await;

            for part in used {
                assert!(plan.contains(part), "{sql}\n{plan}");
            }
            // The list itself is walked, no table is.
            for table in ["r", "c", "b", "resource"] {
                let scans = [format!("SCAN {table}"), format!("Seq Scan on {table}")];
                assert!(
                    !plan.lines().any(|line| scans.iter().any(|it| line == it)),
                    "{sql}\n{plan}"
                );
            }
            assert!(!plan.contains("Seq Scan"), "{sql}\n{plan}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_events_of_a_window_are_read_without_the_past() {
    each_schema(|db| async move {
        let shop = Shop::open(db).await;
        let engine = shop.db.engine();
        let (app, calendar) = (id(engine, shop.app.0), id(engine, shop.calendar.0));
        let mut conn = shop.db.write(Scope::System("plan")).await.expect("a unit");
        for (sql, index) in [
            (
                "SELECT what FROM event e WHERE e.app_id = $1 AND e.calendar_id IN ($2) AND e.starts_at > 1
                    AND e.starts_at < 3 AND e.ends_at > 2 AND e.recurrence IS NULL ORDER BY e.starts_at, e.id LIMIT 9",
                "event_by_calendar",
            ),
            (
                match engine {
                    Engine::Sqlite => events::SERIES_SQLITE,
                    Engine::Postgres => events::SERIES_POSTGRES,
                },
                "event_series",
            ),
            (
                "SELECT app_id, id FROM event WHERE claimed_until IS NOT NULL AND claimed_until < 1
                 ORDER BY claimed_until, id LIMIT 9",
                "event_by_horizon",
            ),
        ] {
            let sql = sql.replace("= ANY($2)", "IN ($2)");

            let plan = plan(&mut conn, &sql, &[&app, &calendar, "3", "1"]).await;

            assert!(plan.contains(index), "{sql}\n{plan}");
        }
    })
    .await;
}
