//! Values come back as they went in, on both engines.

use domain::{BookingId, ResourceId};
use jiff::Timestamp;
use store::{Error, FromRow, Param, Row, db::Engine};
use uuid::Uuid;

use crate::harness::{TEST, add, each_with_items};

#[derive(Debug, PartialEq)]
struct Item {
    id: BookingId,
    n: i64,
    flag: Option<bool>,
    body: Option<String>,
    data: Option<String>,
    digest: Option<Vec<u8>>,
    at: Option<Timestamp>,
    parent: Option<Uuid>,
}

impl FromRow for Item {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        Ok(Self {
            id: row.get(0)?,
            n: row.get(1)?,
            flag: row.get(2)?,
            body: row.get(3)?,
            data: row.get(4)?,
            digest: row.get(5)?,
            at: row.get(6)?,
            parent: row.get(7)?,
        })
    }
}

const INSERT: &str = "INSERT INTO item (id, n, flag, body, data, digest, at, parent)
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const SELECT: &str = "SELECT id, n, flag, body, data, digest, at, parent FROM item ORDER BY n";

#[tokio::test(flavor = "multi_thread")]
async fn every_type_comes_back() {
    each_with_items(|db| async move {
        let id = BookingId(Uuid::now_v7());
        let full = Item {
            id,
            n: i64::MAX,
            flag: Some(true),
            body: Some("ä 🕐 '".into()),
            // Spaces, order and doubles stay: JSON is passed through, not parsed.
            data: Some(r#"{"b": 1,  "a":[1.50, 1e3], "b":2}"#.into()),
            digest: Some(vec![0, 255, 1]),
            at: Timestamp::from_millisecond(-1).ok(),
            parent: Some(id.0),
        };
        let empty = Item {
            id: BookingId(Uuid::now_v7()),
            n: i64::MIN,
            flag: None,
            body: None,
            data: None,
            digest: None,
            at: None,
            parent: None,
        };
        let mut unit = db.write(TEST).await.expect("a unit");
        for item in [&full, &empty] {
            let params = [
                item.id.into(),
                item.n.into(),
                item.flag.into(),
                (&item.body).into(),
                (&item.data).into(),
                item.digest.as_deref().into(),
                item.at.into(),
                item.parent.into(),
            ];
            assert_eq!(unit.execute(INSERT, &params).await.expect("inserted"), 1);
        }

        let items = unit.query::<Item>(SELECT, &[]).await.expect("read");

        assert_eq!(items, [empty, full]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_of_values_are_looked_up() {
    each_with_items(|db| async move {
        let mut unit = db.write(TEST).await.expect("a unit");
        let mut ids = Vec::new();
        for n in 0..5 {
            ids.push(add(&mut unit, n).await.expect("added"));
        }
        let uuids = [ids[4].0, ids[1].0, ids[3].0, Uuid::now_v7()];
        let resources = [ResourceId(ids[1].0), ResourceId(ids[2].0)];
        let by_id = "SELECT n FROM item WHERE n < $2 AND id = ANY($1) ORDER BY n";
        let by_n = "SELECT n FROM item WHERE n = ANY($1) AND n < $2 ORDER BY n";
        let by_body = "SELECT n FROM item WHERE coalesce(body, 'none') = ANY($1) AND n < $2";

        for (sql, list, expected) in [
            (by_id, uuids.as_slice().into(), vec![1, 3]),
            (by_id, resources.as_slice().into(), vec![1, 2]),
            (by_id, Param::Uuids(&[]), vec![]),
            (by_n, Param::Ints(&[2, 9, 0]), vec![0, 2]),
            (by_body, Param::Texts(&["x", "y"]), vec![]),
            (by_body, Param::Texts(&["x", "none"]), vec![0, 1, 2, 3]),
        ] {
            let mut rows = unit
                .query::<(i64,)>(sql, &[list, 4.into()])
                .await
                .expect("read");
            rows.sort_unstable();

            let numbers: Vec<_> = rows.into_iter().map(|row| row.0).collect();
            assert_eq!(numbers, expected, "{sql}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn numbers_take_the_type_of_their_column() {
    each_with_items(|db| async move {
        let mut conn = db.read(TEST).await.expect("a reader");

        let row = conn
            .one::<(i64, i32, bool, bool)>(
                "SELECT CAST($1 AS bigint), CAST($2 AS integer), CAST($3 AS boolean), TRUE",
                &[1.into(), 2.into(), 1.into()],
            )
            .await;

        assert_eq!(row.expect("read"), Some((1, 2, true, true)));
        if db.engine() == Engine::Postgres {
            let sql = "SELECT CAST($1 AS integer)";
            let large = conn.one::<(i64,)>(sql, &[i64::MAX.into()]).await;
            assert!(matches!(large, Err(Error::Db(_))), "{large:?}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_may_answer_with_what_it_changed() {
    each_with_items(|db| async move {
        let mut unit = db.write(TEST).await.expect("a unit");
        let id = add(&mut unit, 1).await.expect("added");

        let sql = "UPDATE item SET n = n + 1 WHERE id = $1 RETURNING n";
        let row = unit.one::<(i64,)>(sql, &[id.into()]).await;

        assert_eq!(row.expect("updated"), Some((2,)));
        let sql = "DELETE FROM item WHERE n = $1";
        assert_eq!(unit.execute(sql, &[1.into()]).await.expect("deleted"), 0);
        assert_eq!(unit.execute(sql, &[2.into()]).await.expect("deleted"), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_tells_the_time() {
    each_with_items(|db| async move {
        let here = || {
            let now = std::time::SystemTime::UNIX_EPOCH.elapsed();
            i64::try_from(now.expect("after 1970").as_millis()).expect("small")
        };
        let before = here();

        let there = db.ping_clock().await.expect("a time");

        assert!((before - 1..=here() + 1).contains(&there));
    })
    .await;
}
