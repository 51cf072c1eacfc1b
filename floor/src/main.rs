//! The floor: a bare server over SQLite that does only what physics asks for, so that benches have a machine-independent
//! measure to compare with.
//!
//! `GET /list?N` answers 50 stored rows of resource N by an index; `POST /create?N` stores its body durably, many in one
//! commit; `POST /availability` finds the half hours of four weeks in bitmaps of five minutes. No check, no key, no
//! parsing.

mod availability;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::{process, thread};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{RawQuery, State};
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::routing::{get, post};
use rusqlite::Connection;
use tokio::sync::oneshot;

use availability::Weeks;

const USAGE: &str =
    "floor DATABASE BOOKINGS RESOURCES MONDAY: makes a new database, prints the address when ready";

/// As many writes share a commit as in the server that is compared.
const BATCH: usize = 64;

struct Write {
    resource: i64,
    body: Bytes,
    stored: oneshot::Sender<()>,
}

#[derive(Clone)]
struct Floor {
    database: PathBuf,
    writes: mpsc::Sender<Write>,
    weeks: Arc<Weeks>,
}

type Reply = (StatusCode, [(HeaderName, HeaderValue); 1], String);
type AnyError = Box<dyn std::error::Error>;

fn main() {
    if let Err(error) = run() {
        eprintln!("floor: {error}");
        process::exit(1);
    }
}

fn run() -> Result<(), AnyError> {
    let mut arguments = std::env::args().skip(1);
    let mut next = || arguments.next().ok_or(USAGE);
    let database = PathBuf::from(next()?);
    let bookings: i64 = next()?.parse()?;
    let resources: i64 = next()?.parse()?;
    let monday: i64 = next()?.parse()?;
    let weeks = Arc::new(Weeks::new(bookings, resources, monday));

    let mut conn = open(&database)?;
    seed(&mut conn, bookings, resources)?;
    let (writes, queue) = mpsc::channel();
    thread::spawn(move || {
        if let Err(error) = write_all(&mut conn, &queue) {
            eprintln!("floor: {error}");
            process::exit(1);
        }
    });

    let router = Router::new()
        .route("/list", get(list))
        .route("/create", post(create))
        .route("/availability", post(slots))
        .with_state(Floor {
            database,
            writes,
            weeks,
        });
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?
        .block_on(async {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
            println!("http://{}", listener.local_addr()?);
            axum::serve(listener, router).await?;
            Ok(())
        })
}

fn open(database: &Path) -> rusqlite::Result<Connection> {
    let conn = Connection::open(database)?;
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;",
    )?;
    Ok(conn)
}

/// The same rows each time: booking n of resource n mod `resources`, of the size that an answer with includes has.
fn seed(conn: &mut Connection, bookings: i64, resources: i64) -> rusqlite::Result<()> {
    conn.execute_batch(
        "CREATE TABLE booking (id INTEGER PRIMARY KEY, resource INTEGER NOT NULL, data TEXT NOT NULL) STRICT;
         CREATE INDEX booking_resource ON booking (resource, id);",
    )?;
    let transaction = conn.transaction()?;
    {
        let mut insert =
            transaction.prepare("INSERT INTO booking (resource, data) VALUES (?1, ?2)")?;
        for number in 0..bookings {
            insert.execute((number % resources, row(number)))?;
        }
    }
    transaction.commit()
}

fn row(number: i64) -> String {
    let id = format!("01900000-0000-7000-8000-{number:012x}");
    let event = r#"{"start":"2031-05-06T09:00:00+02:00","end":"2031-05-06T09:30:00+02:00","what":"Wheel truing","where":"Kanalgade 4, Aarhus","description":"Rear wheel, 32 spokes","calendar_id":"0c2a6f4e-9d38-4f57-8a55-b5f5ad0e4a77","participants":[]}"#;
    let customer = r#""name":"Ida Holm","email":"ida@example.org","phone":"","voip":"","timezone":"Europe/Copenhagen""#;
    format!(
        r#"{{"id":"{id}","state":"confirmed","graph":"instant","completed":false,"created_at":"2031-04-02T08:15:30+0000","updated_at":"2031-04-02T08:15:31+0000","attributes":{{"event_info":{event},"event":{event},"customer":{{{customer}}}}},"customers":[{{"id":"{id}",{customer},"meta":"{{}}"}}]}}"#
    )
}

/// One insert a request, up to [`BATCH`] requests a commit.
fn write_all(conn: &mut Connection, queue: &mpsc::Receiver<Write>) -> rusqlite::Result<()> {
    let mut batch = Vec::with_capacity(BATCH);
    while let Ok(first) = queue.recv() {
        batch.push(first);
        batch.extend(queue.try_iter().take(BATCH - 1));
        let transaction =
            conn.transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)?;
        {
            let mut insert = transaction
                .prepare_cached("INSERT INTO booking (resource, data) VALUES (?1, ?2)")?;
            for write in &batch {
                insert.execute((write.resource, String::from_utf8_lossy(&write.body)))?;
            }
        }
        transaction.commit()?;
        for write in batch.drain(..) {
            // Whoever asked may have gone.
            let _ = write.stored.send(());
        }
    }
    Ok(())
}

async fn create(
    State(floor): State<Floor>,
    RawQuery(query): RawQuery,
    body: Bytes,
) -> Result<Reply, StatusCode> {
    let (stored, answer) = oneshot::channel();
    let write = Write {
        resource: resource(query)?,
        body: body.clone(),
        stored,
    };
    floor
        .writes
        .send(write)
        .map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    answer.await.map_err(|_| StatusCode::SERVICE_UNAVAILABLE)?;
    Ok(json(
        StatusCode::CREATED,
        format!("{{\"data\":{}}}", String::from_utf8_lossy(&body)),
    ))
}

async fn list(State(floor): State<Floor>, RawQuery(query): RawQuery) -> Result<Reply, StatusCode> {
    thread_local! {
        static READER: RefCell<Option<Connection>> = const { RefCell::new(None) };
    }
    let resource = resource(query)?;
    let rows = READER.with_borrow_mut(|reader| {
        let conn = match reader {
            Some(conn) => conn,
            None => reader.insert(open(&floor.database)?),
        };
        let mut select = conn
            .prepare_cached("SELECT data FROM booking WHERE resource = ?1 ORDER BY id LIMIT 50")?;
        let mut rows = select.query([resource])?;
        let mut out = String::with_capacity(48 * 1024);
        out.push_str("{\"data\":[");
        while let Some(row) = rows.next()? {
            if !out.ends_with('[') {
                out.push(',');
            }
            out.push_str(row.get_ref(0)?.as_str()?);
        }
        out.push_str("]}");
        Ok::<_, rusqlite::Error>(out)
    });
    rows.map(|rows| json(StatusCode::OK, rows))
        .map_err(|_| StatusCode::INTERNAL_SERVER_ERROR)
}

async fn slots(State(floor): State<Floor>, body: Bytes) -> Result<Reply, StatusCode> {
    let answer = floor.weeks.answer(&body).ok_or(StatusCode::BAD_REQUEST)?;
    Ok(json(StatusCode::OK, answer))
}

fn resource(query: Option<String>) -> Result<i64, StatusCode> {
    query
        .and_then(|query| query.parse().ok())
        .ok_or(StatusCode::BAD_REQUEST)
}

fn json(status: StatusCode, body: String) -> Reply {
    (
        status,
        [(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        )],
        body,
    )
}
