//! What a write costs: one insert, and the six statements of a booking, by 1, 16 and 64 tasks at once.
//!
//! `DAYBOOK_TEST_POSTGRES` is not looked at: this is about the group commit of SQLite.

#![expect(
    clippy::disallowed_methods,
    reason = "ids of rows that nobody looks at"
)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use criterion::{Criterion, criterion_group, criterion_main};
use store::{Conn, Db, Error, Options, Scope};
use uuid::Uuid;

const BENCH: Scope = Scope::System("bench");
const RESOURCES: usize = 100;

const SCHEMA: [&str; 6] = [
    "CREATE TABLE one (id BLOB NOT NULL PRIMARY KEY, n INTEGER NOT NULL, body TEXT NOT NULL) STRICT",
    "CREATE TABLE resource (app_id BLOB NOT NULL, id BLOB NOT NULL, revision INTEGER NOT NULL,
        PRIMARY KEY (app_id, id)) STRICT, WITHOUT ROWID",
    "CREATE TABLE claim (app_id BLOB NOT NULL, resource_id BLOB NOT NULL, starts_at INTEGER NOT NULL,
        ends_at INTEGER NOT NULL, id BLOB NOT NULL,
        PRIMARY KEY (app_id, resource_id, starts_at, id)) STRICT, WITHOUT ROWID",
    "CREATE TABLE booking (app_id BLOB NOT NULL, id BLOB NOT NULL, resource_id BLOB NOT NULL,
        state TEXT NOT NULL, data TEXT NOT NULL, PRIMARY KEY (app_id, id)) STRICT",
    "CREATE TABLE transition (app_id BLOB NOT NULL, booking_id BLOB NOT NULL, seq INTEGER NOT NULL,
        at INTEGER NOT NULL, PRIMARY KEY (app_id, booking_id, seq)) STRICT, WITHOUT ROWID",
    "CREATE TABLE job (id BLOB NOT NULL PRIMARY KEY, app_id BLOB NOT NULL, next_at INTEGER NOT NULL,
        body TEXT NOT NULL) STRICT",
];

#[derive(Clone, Copy)]
enum Work {
    Insert,
    Booking,
}

struct Bench {
    db: Db,
    app: Uuid,
    resources: Vec<Uuid>,
    next: AtomicI64,
    body: String,
}

impl Bench {
    async fn new(folder: &tempfile::TempDir) -> Result<Self, Error> {
        let db = Db::open(&Options::new(format!(
            "sqlite://{}/bench.db",
            folder.path().display()
        )))
        .await?;
        let app = Uuid::now_v7();
        let resources: Vec<_> = (0..RESOURCES).map(|_| Uuid::now_v7()).collect();
        let mut conn = db.write(BENCH).await?;
        for sql in SCHEMA {
            conn.execute(sql, &[]).await?;
        }
        let insert = "INSERT INTO resource (app_id, id, revision) VALUES ($1, $2, 0)";
        for id in &resources {
            conn.execute(insert, &[app.into(), (*id).into()]).await?;
        }
        conn.commit().await?;
        Ok(Self {
            db,
            app,
            resources,
            next: AtomicI64::new(0),
            body: format!("{{\"what\":\"{}\"}}", "x".repeat(300)),
        })
    }

    async fn unit(&self, work: Work) -> Result<(), Error> {
        let mut conn = self.db.write(BENCH).await?;
        match work {
            Work::Insert => {
                let sql = "INSERT INTO one (id, n, body) VALUES ($1, $2, $3)";
                let params = [Uuid::now_v7().into(), 1.into(), (&self.body).into()];
                conn.execute(sql, &params).await?;
            }
            Work::Booking => self.book(&mut conn).await?,
        }
        conn.commit().await
    }

    async fn book(&self, conn: &mut Conn) -> Result<(), Error> {
        let turn = self.next.fetch_add(1, Relaxed);
        let resource = self.resources[usize::try_from(turn).unwrap_or(0) % RESOURCES].into();
        let start = turn / 100 * 30;
        let (app, id) = (self.app.into(), Uuid::now_v7());
        let [app, resource]: [store::Param<'_>; 2] = [app, resource];
        let lock = "UPDATE resource SET revision = revision + 1
                    WHERE app_id = $1 AND id = $2 RETURNING revision";
        conn.one::<(i64,)>(lock, &[app.clone(), resource.clone()])
            .await?;
        let check = "SELECT id FROM claim WHERE app_id = $1 AND resource_id = $2
                     AND starts_at < $3 AND starts_at > $4 - 60 AND ends_at > $4 LIMIT 1";
        let span = [
            app.clone(),
            resource.clone(),
            (start + 30).into(),
            start.into(),
        ];
        conn.one::<(Uuid,)>(check, &span).await?;
        let claim = "INSERT INTO claim (app_id, resource_id, ends_at, starts_at, id)
                     VALUES ($1, $2, $3, $4, $5)";
        let [a, r, end, begin] = span;
        conn.execute(claim, &[a, r, end, begin, id.into()]).await?;
        let booking = "INSERT INTO booking (app_id, id, resource_id, state, data)
                       VALUES ($1, $2, $3, 'confirmed', $4)";
        let body = || (&self.body).into();
        conn.execute(booking, &[app.clone(), id.into(), resource, body()])
            .await?;
        let transition =
            "INSERT INTO transition (app_id, booking_id, seq, at) VALUES ($1, $2, 1, $3)";
        conn.execute(transition, &[app.clone(), id.into(), start.into()])
            .await?;
        let job = "INSERT INTO job (id, app_id, next_at, body) VALUES ($1, $2, $3, $4)";
        conn.execute(job, &[Uuid::now_v7().into(), app, start.into(), body()])
            .await?;
        Ok(())
    }

    /// Does `count` units by `tasks` tasks; gives the time they took.
    async fn run(self: Arc<Self>, work: Work, tasks: usize, count: u64) -> Duration {
        let left = Arc::new(AtomicI64::new(i64::try_from(count).unwrap_or(i64::MAX)));
        let begun = Instant::now();
        let tasks: Vec<_> = (0..tasks)
            .map(|_| {
                let (bench, left) = (self.clone(), left.clone());
                tokio::spawn(async move {
                    while left.fetch_sub(1, Relaxed) > 0 {
                        bench.unit(work).await.expect("a unit is kept");
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.expect("no panic");
        }
        begun.elapsed()
    }
}

fn writes(criterion: &mut Criterion) {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    for (name, work) in [("insert", Work::Insert), ("booking", Work::Booking)] {
        let mut group = criterion.benchmark_group(name);
        group.sample_size(10);
        for tasks in [1, 16, 64] {
            let folder = tempfile::tempdir().expect("a folder");
            let bench = runtime.block_on(Bench::new(&folder)).expect("a database");
            let bench = Arc::new(bench);
            group.bench_function(format!("{tasks} tasks"), |it| {
                it.iter_custom(|count| runtime.block_on(bench.clone().run(work, tasks, count)));
            });
        }
        group.finish();
    }
}

criterion_group!(benches, writes);
criterion_main!(benches);
