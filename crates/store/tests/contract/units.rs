//! Units of work: kept whole, or not at all.

use std::{future::pending, time::Duration};

use store::{Db, Error};
use tokio::time::timeout;

use crate::harness::{TEST, add, count, each_with_items, make_items, sqlite};

const SOON: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn readers_see_what_is_committed_and_nothing_else() {
    each_with_items(|db| async move {
        let mut unit = db.write(TEST).await.expect("a unit");
        add(&mut unit, 1).await.expect("added");
        assert_eq!(count(&db, 1).await, 0);

        unit.commit().await.expect("committed");

        assert_eq!(count(&db, 1).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_stays_as_it_was() {
    each_with_items(|db| async move {
        let sql = "SELECT count(*) FROM item";
        let mut snapshot = db.read_snapshot(TEST).await.expect("a snapshot");
        let before = snapshot.one::<(i64,)>(sql, &[]).await.expect("counted");
        let mut unit = db.write(TEST).await.expect("a unit");
        add(&mut unit, 1).await.expect("added");
        unit.commit().await.expect("committed");

        let after = snapshot.one::<(i64,)>(sql, &[]).await.expect("counted");

        assert_eq!((before, after), (Some((0,)), Some((0,))));
        drop(snapshot);
        assert_eq!(count(&db, 1).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_unit_leaves_nothing() {
    each_with_items(|db| async move {
        let mut unit = db.write(TEST).await.expect("a unit");
        add(&mut unit, 1).await.expect("added");

        drop(unit);

        let mut next = db.write(TEST).await.expect("a unit");
        add(&mut next, 2).await.expect("added");
        next.commit().await.expect("committed");
        assert_eq!((count(&db, 1).await, count(&db, 2).await), (0, 1));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_error_a_unit_is_spent() {
    each_with_items(|db| async move {
        let mut unit = db.write(TEST).await.expect("a unit");
        add(&mut unit, 1).await.expect("added");
        let refused = add(&mut unit, 13).await.expect_err("13 is refused");
        assert!(refused.is_conflict("lucky"), "{refused:?}");

        let later = add(&mut unit, 2).await.expect_err("the unit is spent");
        let commit = unit.commit().await.expect_err("the unit is spent");

        assert!(later.is_conflict("lucky"), "{later:?}");
        assert!(commit.is_conflict("lucky"), "{commit:?}");
        assert_eq!((count(&db, 1).await, count(&db, 2).await), (0, 0));
    })
    .await;
}

/// One unit that commits, one that is dropped, one that fails, one that is aborted while it waits.
async fn round(db: &Db, number: u32) {
    let kept = || {
        let db = db.clone();
        tokio::spawn(async move {
            let mut unit = db.write(TEST).await?;
            add(&mut unit, 1).await?;
            unit.commit().await
        })
    };
    let first = kept();
    let dropped = tokio::spawn({
        let db = db.clone();
        async move {
            let mut unit = db.write(TEST).await?;
            add(&mut unit, 2).await?;
            if number.is_multiple_of(2) {
                tokio::task::yield_now().await;
            }
            Ok::<_, Error>(())
        }
    });
    let failed = tokio::spawn({
        let db = db.clone();
        async move {
            let mut unit = db.write(TEST).await?;
            add(&mut unit, 3).await?;
            add(&mut unit, 13).await?;
            unit.commit().await
        }
    });
    let aborted = tokio::spawn({
        let db = db.clone();
        async move {
            let _unit = db.write(TEST).await;
            pending::<()>().await;
        }
    });
    if !number.is_multiple_of(3) {
        tokio::task::yield_now().await;
    }
    let second = kept();
    aborted.abort();
    for (task, kept) in [
        (first, true),
        (second, true),
        (dropped, true),
        (failed, false),
    ] {
        let result = timeout(SOON, task)
            .await
            .expect("no hang")
            .expect("no panic");
        assert_eq!(result.is_ok(), kept, "round {number}: {result:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn units_do_not_harm_each_other() {
    sqlite(|db| async move {
        make_items(&db).await;

        for number in 0..2000 {
            round(&db, number).await;
        }

        assert_eq!(count(&db, 1).await, 4000);
        assert_eq!((count(&db, 2).await, count(&db, 3).await), (0, 0));
    })
    .await;
    crate::harness::postgres(|db| async move {
        make_items(&db).await;

        for number in 0..50 {
            round(&db, number).await;
        }

        assert_eq!(count(&db, 1).await, 100);
        assert_eq!((count(&db, 2).await, count(&db, 3).await), (0, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_writers_all_get_their_answer() {
    each_with_items(|db| async move {
        let tasks: Vec<_> = (0..300)
            .map(|n| {
                let db = db.clone();
                tokio::spawn(async move {
                    let mut unit = db.write(TEST).await?;
                    add(&mut unit, 1000 + n).await?;
                    unit.commit().await
                })
            })
            .collect();
        let mut kept = 0;
        for task in tasks {
            let done = timeout(SOON, task)
                .await
                .expect("no hang")
                .expect("no panic");
            kept += i64::from(done.is_ok());
        }

        let mut conn = db.read(TEST).await.expect("a reader");
        let rows = conn.one::<(i64,)>("SELECT count(*) FROM item", &[]).await;
        assert_eq!(rows.expect("counted"), Some((kept,)));
        assert_eq!(kept, 300);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_queue_of_writers_is_bounded() {
    sqlite(|db| async move {
        make_items(&db).await;
        let unit = db.write(TEST).await.expect("a unit");
        let writers: Vec<_> = (0..4100)
            .map(|_| {
                let db = db.clone();
                tokio::spawn(async move { db.write(TEST).await.map(drop) })
            })
            .collect();
        let refused = || writers.iter().filter(|it| it.is_finished()).count();
        while refused() < 4 {
            tokio::task::yield_now().await;
        }

        drop(unit);

        let mut busy = 0;
        for writer in writers {
            let answer = timeout(SOON, writer).await.expect("no hang");
            match answer.expect("no panic") {
                Ok(()) => (),
                Err(Error::Busy) => busy += 1,
                Err(error) => panic!("{error:?}"),
            }
        }
        assert_eq!(busy, 4);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_rows_go_in_at_once() {
    each_with_items(|db| async move {
        let mut unit = db.write(TEST).await.expect("a unit");
        let rows: Vec<_> = (0..100)
            .map(|_| vec![uuid::Uuid::now_v7().into(), 5.into()])
            .collect();
        unit.execute_many("INSERT INTO item (id, n) VALUES ($1, $2)", &rows)
            .await
            .expect("inserted");
        unit.commit().await.expect("committed");

        assert_eq!(count(&db, 5).await, 100);
    })
    .await;
}
