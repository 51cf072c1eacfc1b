//! Runs a test on each engine, on a database of its own.
//!
//! PostgreSQL takes part where `DAYBOOK_TEST_POSTGRES` names a server on which databases may be made.

use std::{
    future::{Future, poll_fn},
    pin::Pin,
    sync::Once,
    task::Poll,
};

use domain::BookingId;
use store::{Conn, Db, Error, Options, Scope, db::Engine};
use uuid::Uuid;

/// The scope of all test statements.
pub const TEST: Scope = Scope::System("test");

/// Runs `test` on each engine, with an empty database.
pub async fn each_engine<F: Future<Output = ()> + Send + 'static>(test: impl Fn(Db) -> F) {
    sqlite(&test).await;
    postgres(&test).await;
}

/// Runs `test` on each engine, with the schema of this release.
pub async fn each_schema<F: Future<Output = ()> + Send + 'static>(test: impl Fn(Db) -> F) {
    each_engine(|db| {
        let migrate = db.clone();
        let test = test(db);
        async move {
            migrate.migrate().await.expect("the schema is made");
            test.await;
        }
    })
    .await;
}

/// Runs `test` on each engine, with a table `item` that has a column of each type.
pub async fn each_with_items<F: Future<Output = ()> + Send + 'static>(test: impl Fn(Db) -> F) {
    each_engine(|db| {
        let make = db.clone();
        let test = test(db);
        async move {
            make_items(&make).await;
            test.await;
        }
    })
    .await;
}

/// Makes the table `item`.
pub async fn make_items(db: &Db) {
    let sql = match db.engine() {
        Engine::Sqlite => {
            "CREATE TABLE item (
                id BLOB NOT NULL PRIMARY KEY, n INTEGER NOT NULL CONSTRAINT lucky CHECK (n <> 13),
                flag INTEGER, body TEXT, data TEXT, digest BLOB, at INTEGER,
                parent BLOB REFERENCES item (id), UNIQUE (n, body)) STRICT"
        }
        Engine::Postgres => {
            "CREATE TABLE item (
                id uuid NOT NULL PRIMARY KEY, n bigint NOT NULL CONSTRAINT lucky CHECK (n <> 13),
                flag boolean, body text COLLATE \"C\", data json, digest bytea, at bigint,
                parent uuid REFERENCES item (id), UNIQUE (n, body))"
        }
    };
    let mut conn = db.write(TEST).await.expect("a unit");
    conn.execute(sql, &[]).await.expect("the table is made");
    conn.commit().await.expect("committed");
}

/// Adds an item with the number `n`.
pub async fn add(conn: &mut Conn, n: i64) -> Result<BookingId, Error> {
    let id = BookingId(Uuid::now_v7());
    conn.execute(
        "INSERT INTO item (id, n) VALUES ($1, $2)",
        &[id.into(), n.into()],
    )
    .await?;
    Ok(id)
}

/// Lets `future` come as far as it gets without waiting.
pub async fn is_pending<F: Future + Unpin>(future: &mut F) -> bool {
    poll_fn(|cx| Poll::Ready(Pin::new(&mut *future).poll(cx).is_pending())).await
}

/// How many items with the number `n` there are.
pub async fn count(db: &Db, n: i64) -> i64 {
    let mut conn = db.read(TEST).await.expect("a reader");
    let sql = "SELECT count(*) FROM item WHERE n = $1";
    let row = conn.one::<(i64,)>(sql, &[n.into()]).await;
    row.expect("counted").expect("a row").0
}

/// Runs `test` on an empty SQLite file.
pub async fn sqlite<F: Future<Output = ()> + Send + 'static>(test: impl Fn(Db) -> F) {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let db = Db::open(&sqlite_options(&folder))
        .await
        .expect("SQLite opens");

    tokio::spawn(test(db)).await.expect("passes on SQLite");
}

/// The options for a file in `folder`.
pub fn sqlite_options(folder: &tempfile::TempDir) -> Options {
    Options::new(format!("sqlite://{}/test.db", folder.path().display()))
}

/// Runs `test` on an empty database of the PostgreSQL server, if there is one.
pub async fn postgres<F: Future<Output = ()> + Send + 'static>(test: impl Fn(Db) -> F) {
    static LEFT_OUT: Once = Once::new();
    let Ok(server) = std::env::var("DAYBOOK_TEST_POSTGRES") else {
        LEFT_OUT.call_once(|| {
            eprintln!("PostgreSQL is left out: DAYBOOK_TEST_POSTGRES names no server");
        });
        return;
    };
    let name = format!("daybook_test_{}", uuid::Uuid::now_v7().simple());
    admin(&server, &format!("CREATE DATABASE {name}")).await;
    let mut options = Options::new(on_database(&server, &name));
    options.connections = 8;
    let db = Db::open(&options).await.expect("PostgreSQL opens");

    let passed = tokio::spawn(test(db.clone())).await;

    db.close().await.expect("PostgreSQL closes");
    admin(&server, &format!("DROP DATABASE {name} WITH (FORCE)")).await;
    passed.expect("passes on PostgreSQL");
}

/// The server's address with another database in it.
fn on_database(server: &str, name: &str) -> String {
    let (base, query) = server.split_once('?').unwrap_or((server, ""));
    let host = base.find("://").map_or(0, |it| it + 3);
    let base = base[host..].find('/').map_or(base, |it| &base[..host + it]);
    format!("{base}/{name}?{query}")
}

async fn admin(server: &str, sql: &str) {
    let (client, connection) = tokio_postgres::connect(server, tokio_postgres::NoTls)
        .await
        .expect("the server of DAYBOOK_TEST_POSTGRES answers");
    let connection = tokio::spawn(connection);
    client
        .batch_execute(sql)
        .await
        .expect("the database is made or dropped");
    drop(client);
    connection.await.expect("no panic").expect("ends cleanly");
}
