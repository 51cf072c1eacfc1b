//! What happens when the engine refuses: nobody is told of a success that did not happen.

use std::time::{Duration, Instant};

use store::{
    Conn, Db, Error,
    db::{Constraint, ConstraintKind, Engine, settled, with_deadline},
};
use tokio::time::timeout;

use crate::harness::{
    TEST, add, count, each_with_items, is_pending, make_items, sqlite, sqlite_options,
};

const SOON: Duration = Duration::from_secs(10);

type Task = tokio::task::JoinHandle<Result<(), Error>>;

/// Commits `unit` into a batch that another one, which gets its turn only now, still has to join.
async fn share_a_batch(db: &Db, unit: Conn) -> (Task, Conn) {
    let mut next = Box::pin(db.write(TEST));
    // In the queue from here on, else the first would commit alone.
    assert!(is_pending(&mut next).await);
    let first = tokio::spawn(unit.commit());
    let next = timeout(SOON, next).await.expect("no hang");
    (first, next.expect("a unit"))
}

async fn ended(task: Task) -> Result<(), Error> {
    timeout(SOON, task)
        .await
        .expect("no hang")
        .expect("no panic")
}

/// Lets the database grow by `pages` more, which is what a full disk looks like.
async fn limit(db: &Db, pages: Option<i64>) {
    let mut conn = db.write(TEST).await.expect("a unit");
    let now = conn.one::<(i64,)>("PRAGMA page_count", &[]).await;
    let now = now.expect("counted").expect("a row").0;
    let sql = match pages {
        Some(more) => format!("PRAGMA max_page_count = {}", now + more),
        None => "PRAGMA max_page_count = 1000000".into(),
    };
    let set = conn.one::<(i64,)>(sql.leak(), &[]).await;
    set.expect("limited");
    conn.commit().await.expect("committed");
}

async fn add_large(conn: &mut Conn, n: i64) -> Result<u64, Error> {
    let body = "y".repeat(9000);
    conn.execute(
        "INSERT INTO item (id, n, body) VALUES ($1, $2, $3)",
        &[uuid::Uuid::now_v7().into(), n.into(), (&body).into()],
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_fails_whoever_is_not_on_it() {
    sqlite(|db| async move {
        make_items(&db).await;
        limit(&db, Some(20)).await;

        let tasks: Vec<_> = (0..16)
            .map(|task| {
                let db = db.clone();
                tokio::spawn(async move {
                    let mut unit = db.write(TEST).await?;
                    for row in 0..4 {
                        add_large(&mut unit, 100 + task * 4 + row).await?;
                    }
                    unit.commit().await
                })
            })
            .collect();
        let mut kept = 0;
        for task in tasks {
            match ended(task).await {
                Ok(()) => kept += 1,
                Err(error) => assert!(matches!(error, Error::Full), "{error:?}"),
            }
        }

        assert!(kept < 16);
        let mut conn = db.read(TEST).await.expect("reads go on");
        let rows = conn.one::<(i64,)>("SELECT count(*) FROM item", &[]).await;
        assert_eq!(rows.expect("counted"), Some((kept * 4,)));
        limit(&db, None).await;
        let mut unit = db.write(TEST).await.expect("a unit");
        add_large(&mut unit, 9)
            .await
            .expect("writes go on once there is room");
        unit.commit().await.expect("committed");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_is_gone_takes_no_more_statements() {
    sqlite(|db| async move {
        make_items(&db).await;
        limit(&db, Some(20)).await;
        let mut first = db.write(TEST).await.expect("a unit");
        add(&mut first, 1).await.expect("added");
        let (first, mut second) = share_a_batch(&db, first).await;
        let mut n = 100;
        let full = loop {
            n += 1;
            if let Err(error) = add_large(&mut second, n).await {
                break error;
            }
        };
        assert!(matches!(full, Error::Full), "{full:?}");

        let later = add(&mut second, 2).await;
        let commit = second.commit().await;

        // The first one has done no wrong, but was in the transaction that the engine undid.
        let first = ended(first).await;
        for answer in [first, later.map(drop), commit] {
            assert!(matches!(answer, Err(Error::Full)), "{answer:?}");
        }
        assert_eq!((count(&db, 1).await, count(&db, 2).await), (0, 0));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_commit_fails_the_whole_batch() {
    sqlite(|db| async move {
        make_items(&db).await;
        let mut first = db.write(TEST).await.expect("a unit");
        add(&mut first, 1).await.expect("added");
        let (first, mut second) = share_a_batch(&db, first).await;
        // Our schema defers nothing; here it is the way to make a commit fail.
        let defer = second.execute("PRAGMA defer_foreign_keys = ON", &[]).await;
        defer.expect("deferred");
        let id = uuid::Uuid::now_v7().into();
        let sql = "INSERT INTO item (id, n, parent) VALUES ($1, 2, $1), ($2, 2, $3)";
        let other = uuid::Uuid::now_v7().into();
        let params = [id, other, uuid::Uuid::now_v7().into()];
        second.execute(sql, &params).await.expect("added");

        let second = timeout(SOON, second.commit()).await.expect("no hang");

        for answer in [ended(first).await, second] {
            assert!(matches!(answer, Err(Error::Conflict(_))), "{answer:?}");
        }
        assert_eq!((count(&db, 1).await, count(&db, 2).await), (0, 0));
        let mut unit = db.write(TEST).await.expect("a unit");
        add(&mut unit, 3).await.expect("added");
        unit.commit().await.expect("committed");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_unit_leaves_the_others_of_its_batch_alone() {
    sqlite(|db| async move {
        make_items(&db).await;
        let mut first = db.write(TEST).await.expect("a unit");
        add(&mut first, 1).await.expect("added");
        let (first, mut second) = share_a_batch(&db, first).await;
        add(&mut second, 2).await.expect("added");

        drop(second);

        ended(first).await.expect("committed");
        assert_eq!((count(&db, 1).await, count(&db, 2).await), (1, 0));
    })
    .await;
}

/// Looks at the items with the number `n` and writes nothing: what a refused request does.
async fn look(mut unit: Conn, n: i64) -> Option<(i64,)> {
    let sql = "SELECT count(*) FROM item WHERE n = $1";
    let row = unit.one(sql, &[n.into()]).await;
    row.expect("counted")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_waits_until_its_reason_is_on_the_disk() {
    sqlite(|db| async move {
        make_items(&db).await;
        let mut first = db.write(TEST).await.expect("a unit");
        add(&mut first, 1).await.expect("added");
        let (first, second) = share_a_batch(&db, first).await;

        let seen = timeout(SOON, settled(look(second, 1)))
            .await
            .expect("no hang");

        assert_eq!(seen.expect("committed"), Some((1,)));
        assert_eq!(count(&db, 1).await, 1);
        ended(first).await.expect("committed");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_whose_reason_was_undone_is_not_to_be_believed() {
    sqlite(|db| async move {
        make_items(&db).await;
        let mut first = db.write(TEST).await.expect("a unit");
        let defer = first.execute("PRAGMA defer_foreign_keys = ON", &[]).await;
        defer.expect("deferred");
        let sql = "INSERT INTO item (id, n, parent) VALUES ($1, 1, $2)";
        let ids = [uuid::Uuid::now_v7().into(), uuid::Uuid::now_v7().into()];
        first.execute(sql, &ids).await.expect("added");
        let (first, second) = share_a_batch(&db, first).await;

        let seen = timeout(SOON, settled(look(second, 1)))
            .await
            .expect("no hang");

        for answer in [ended(first).await, seen.map(drop)] {
            assert!(matches!(answer, Err(Error::Conflict(_))), "{answer:?}");
        }
        assert_eq!(count(&db, 1).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_ends_even_if_all_leave_the_queue() {
    sqlite(|db| async move {
        make_items(&db).await;
        let mut unit = db.write(TEST).await.expect("a unit");
        add(&mut unit, 1).await.expect("added");
        let mut next = Box::pin(db.write(TEST));
        assert!(is_pending(&mut next).await);
        let mut commit = Box::pin(unit.commit());
        assert!(is_pending(&mut commit).await);

        drop(next);

        let commit = timeout(SOON, commit).await.expect("no hang");
        commit.expect("committed");
        assert_eq!(count(&db, 1).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn constraints_have_the_same_names_on_both_engines() {
    each_with_items(|db| async move {
        let id = uuid::Uuid::now_v7();
        let insert = "INSERT INTO item (id, n, body, parent) VALUES ($1, $2, $3, $4)";
        let mut unit = db.write(TEST).await.expect("a unit");
        let row = [id.into(), 1.into(), "a".into(), id.into()];
        unit.execute(insert, &row).await.expect("inserted");
        unit.commit().await.expect("committed");

        let other = uuid::Uuid::now_v7();
        let null = || None::<i64>.into();
        for (row, kind, name) in [
            (
                [id.into(), 2.into(), "b".into(), id.into()],
                ConstraintKind::Unique,
                "item.id",
            ),
            (
                [other.into(), 1.into(), "a".into(), id.into()],
                ConstraintKind::Unique,
                "item.n, item.body",
            ),
            (
                [other.into(), 13.into(), "a".into(), id.into()],
                ConstraintKind::Check,
                "lucky",
            ),
            (
                [other.into(), null(), "a".into(), id.into()],
                ConstraintKind::NotNull,
                "item.n",
            ),
        ] {
            let mut unit = db.write(TEST).await.expect("a unit");
            match unit.execute(insert, &row).await {
                Err(Error::Conflict(found)) => {
                    assert_eq!(
                        found,
                        Constraint {
                            kind,
                            name: name.into()
                        }
                    );
                }
                answer => panic!("{name}: {answer:?}"),
            }
        }
        let mut unit = db.write(TEST).await.expect("a unit");
        let row = [other.into(), 1.into(), "c".into(), other.into()];
        unit.execute(insert, &row)
            .await
            .expect("a row may refer to itself");
        let row = [
            uuid::Uuid::now_v7().into(),
            1.into(),
            "d".into(),
            uuid::Uuid::now_v7().into(),
        ];
        match unit.execute(insert, &row).await {
            Err(Error::Conflict(found)) => assert_eq!(found.kind, ConstraintKind::ForeignKey),
            answer => panic!("{answer:?}"),
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trigger_is_known_by_its_text() {
    each_with_items(|db| async move {
        let mut unit = db.write(TEST).await.expect("a unit");
        if db.engine() == Engine::Sqlite {
            let sql = "CREATE TRIGGER no_sevens BEFORE INSERT ON item WHEN NEW.n = 7
                       BEGIN SELECT RAISE(ABORT, 'slot_unavailable'); END";
            unit.execute(sql, &[]).await.expect("made");
        } else {
            let function = "CREATE FUNCTION no_sevens() RETURNS trigger LANGUAGE plpgsql AS $f$
                            BEGIN RAISE EXCEPTION 'slot_unavailable'; END $f$";
            unit.execute(function, &[]).await.expect("made");
            let sql = "CREATE TRIGGER no_sevens BEFORE INSERT ON item FOR EACH ROW
                       WHEN (NEW.n = 7) EXECUTE FUNCTION no_sevens()";
            unit.execute(sql, &[]).await.expect("made");
        }

        let refused = add(&mut unit, 7).await.expect_err("refused");

        assert!(refused.is_conflict("slot_unavailable"), "{refused:?}");
        assert!(!refused.is_conflict("lucky"));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deadline_ends_a_long_read() {
    each_with_items(|db| async move {
        let sql = match db.engine() {
            Engine::Sqlite => {
                "WITH RECURSIVE t (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t)
                 SELECT count(*) FROM t"
            }
            Engine::Postgres => "SELECT count(*) FROM pg_sleep(30)",
        };
        for long in [false, true] {
            let begun = Instant::now();
            let mut conn = db.read(TEST).await.expect("a reader");
            if long {
                conn = conn.long();
            }

            let deadline = begun + Duration::from_millis(100);
            let answer = with_deadline(deadline, conn.one::<(i64,)>(sql, &[])).await;

            assert!(matches!(answer, Err(Error::Timeout)), "{answer:?}");
            assert!(begun.elapsed() < Duration::from_secs(4));
        }
        assert_eq!(count(&db, 1).await, 0, "the next reader has no deadline");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_written_after_the_deadline() {
    each_with_items(|db| async move {
        let mut unit = db.write(TEST).await.expect("a unit");
        add(&mut unit, 1).await.expect("added");

        let commit = with_deadline(Instant::now(), unit.commit()).await;

        assert!(matches!(commit, Err(Error::Timeout)), "{commit:?}");
        assert_eq!(count(&db, 1).await, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_process_is_waited_for() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = sqlite_options(&folder);
    let server = Db::open(&options).await.expect("opens");
    make_items(&server).await;
    let command_line = Db::open(&options).await.expect("opens");
    let mut held = command_line.write(TEST).await.expect("a unit");
    add(&mut held, 1).await.expect("added");

    let mut waiting = Box::pin(server.write(TEST));
    assert!(is_pending(&mut waiting).await);
    held.commit().await.expect("committed");

    let unit = timeout(SOON, waiting).await.expect("no hang");
    let mut unit = unit.expect("a unit");
    add(&mut unit, 2).await.expect("added");
    unit.commit().await.expect("committed");
    assert_eq!((count(&server, 1).await, count(&server, 2).await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_mistake_in_a_statement_is_an_error() {
    each_with_items(|db| async move {
        for (sql, params) in [
            ("SELECT nonsense FROM item", vec![]),
            ("SELECT n FROM item WHERE n = $1", vec![]),
            ("SELECT n FROM item WHERE n = $1", vec![1.into(), 2.into()]),
        ] {
            let mut conn = db.read(TEST).await.expect("a reader");

            let answer = conn.query::<(i64,)>(sql, &params).await;

            assert!(matches!(answer, Err(Error::Db(_))), "{sql}: {answer:?}");
        }
        let mut conn = db.read(TEST).await.expect("a reader");
        let text = conn.one::<(i64,)>("SELECT CAST('a' AS text)", &[]).await;
        assert!(matches!(text, Err(Error::Db(_))), "{text:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_of_sqlite_cannot_write() {
    sqlite(|db| async move {
        make_items(&db).await;
        let mut conn = db.read(TEST).await.expect("a reader");

        assert!(add(&mut conn, 1).await.is_err());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_takes_no_more_writes() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = sqlite_options(&folder);
    let db = Db::open(&options).await.expect("opens");
    make_items(&db).await;
    let mut unit = db.write(TEST).await.expect("a unit");
    for n in 100..200 {
        add_large(&mut unit, n).await.expect("added");
    }
    unit.commit().await.expect("committed");
    db.close().await.expect("closed");
    drop(db);
    let file = folder.path().join("test.db");
    let mut bytes = std::fs::read(&file).expect("read");
    bytes[3 * 4096..].fill(0xAA);
    std::fs::write(&file, bytes).expect("written");
    let db = Db::open(&options).await.expect("the first page is sound");

    let mut conn = db.read(TEST).await.expect("a reader");
    let sql = "SELECT count(*), max(length(body)) FROM item";
    let read = conn.query::<(i64, i64)>(sql, &[]).await;
    let write = db.write(TEST).await.map(drop);

    assert!(matches!(read, Err(Error::Corrupt(_))), "{read:?}");
    assert!(matches!(write, Err(Error::Corrupt(_))), "{write:?}");
    assert!(matches!(db.quick_check().await, Err(Error::Corrupt(_))));
}
