//! Units of work: committed whole, or not at all.

use store::{Db, Param};
use uuid::Uuid;

use crate::harness::{TEST, each_schema};

const INSERT: &str = "INSERT INTO server_setting (name, value) VALUES ($1, $2)";

async fn count(db: &Db) -> i64 {
    let mut conn = db.read(TEST).await.expect("a reader");
    let rows = conn
        .query::<(i64,)>("SELECT count(*) FROM server_setting", &[])
        .await
        .expect("a count");
    rows[0].0
}

fn row() -> [String; 2] {
    [Uuid::now_v7().to_string(), "x".into()]
}

#[tokio::test(flavor = "multi_thread")]
async fn readers_see_what_is_committed_and_nothing_else() {
    each_schema(|db| async move {
        let row = row();
        let params: [Param<'_>; 2] = [(&row[0]).into(), (&row[1]).into()];
        let mut unit = db.write(TEST).await.expect("a unit");
        unit.execute(INSERT, &params).await.expect("inserted");
        assert_eq!(count(&db).await, 0);

        unit.commit().await.expect("committed");

        assert_eq!(count(&db).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_unit_leaves_nothing() {
    each_schema(|db| async move {
        let row = row();
        let params: [Param<'_>; 2] = [(&row[0]).into(), (&row[1]).into()];
        let mut unit = db.write(TEST).await.expect("a unit");
        unit.execute(INSERT, &params).await.expect("inserted");

        drop(unit);

        let mut again = db.write(TEST).await.expect("a unit");
        again.execute(INSERT, &params).await.expect("inserted");
        again.commit().await.expect("committed");
        assert_eq!(count(&db).await, 1);
    })
    .await;
}
