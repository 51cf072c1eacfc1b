//! The builder of lists.

use store::db::{Direction, List};
use uuid::Uuid;

use crate::harness::{TEST, add, each_with_items};

#[tokio::test(flavor = "multi_thread")]
async fn pages_follow_each_other_and_leave_nothing_out() {
    each_with_items(|db| async move {
        let mut unit = db.write(TEST).await.expect("a unit");
        for n in 0..10 {
            add(&mut unit, n % 5).await.expect("added");
        }
        unit.commit().await.expect("committed");
        let mut list = List::new("n, id", "item", "id");
        list.filter("n > $?", [0.into()])
            .filter("(n = $? OR n < $?)", [3.into(), 3.into()])
            .order("n", Direction::Descending);
        let mut conn = db.read_snapshot(TEST).await.expect("a snapshot");

        let mut rows = Vec::new();
        for page in 0..4 {
            let page = list.page::<(i64, Uuid)>(&mut conn, 2, page * 2).await;
            rows.extend(page.expect("a page"));
        }

        let numbers: Vec<_> = rows.iter().map(|row| row.0).collect();
        assert_eq!(numbers, [3, 3, 2, 2, 1, 1]);
        assert!(rows[0].1 < rows[1].1, "equals are ordered by their key");
        assert_eq!(list.count(&mut conn).await.expect("counted"), 6);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_without_a_value_come_last() {
    each_with_items(|db| async move {
        let mut unit = db.write(TEST).await.expect("a unit");
        for (n, body) in [(1, Some("b")), (2, None), (3, Some("a"))] {
            let sql = "INSERT INTO item (id, n, body) VALUES ($1, $2, $3)";
            let params = [Uuid::now_v7().into(), n.into(), body.into()];
            unit.execute(sql, &params).await.expect("added");
        }
        for (direction, expected) in [
            (Direction::Ascending, [3, 1, 2]),
            (Direction::Descending, [1, 3, 2]),
        ] {
            let mut list = List::new("n", "item", "id");
            list.order_nulls_last("body", direction);

            let rows = list.page::<(i64,)>(&mut unit, 9, 0).await.expect("a page");

            assert_eq!(rows, expected.map(|n| (n,)));
        }
    })
    .await;
}
