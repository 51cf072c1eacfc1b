//! What only PostgreSQL does: connections break, locks are waited for.

use std::time::Duration;

use store::{Db, Error, Options};

use crate::harness::{TEST, add, count, make_items, postgres};

async fn pid(conn: &mut store::Conn) -> i64 {
    let row = conn.one::<(i64,)>("SELECT CAST(pg_backend_pid() AS bigint)", &[]);
    row.await.expect("told").expect("a row").0
}

async fn terminate(db: &Db, pid: i64) {
    let mut conn = db.read(TEST).await.expect("a reader");
    let sql = "SELECT pg_terminate_backend(CAST($1 AS integer))";
    conn.one::<(bool,)>(sql, &[pid.into()])
        .await
        .expect("ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_connection_is_not_used_again() {
    postgres(|db| async move {
        make_items(&db).await;
        let mut unit = db.write(TEST).await.expect("a unit");
        add(&mut unit, 1).await.expect("added");
        let pid = pid(&mut unit).await;
        terminate(&db, pid).await;

        let answer = add(&mut unit, 2).await;

        assert!(matches!(answer, Err(Error::Unavailable(_))), "{answer:?}");
        drop(unit);
        for _ in 0..10 {
            assert_eq!(count(&db, 1).await, 0);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_commit_without_an_answer_is_unknown() {
    postgres(|db| async move {
        make_items(&db).await;
        // A deferred trigger makes the commit itself last.
        for sql in [
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $f$
             BEGIN PERFORM pg_sleep(4); RETURN NULL; END $f$",
            "CREATE CONSTRAINT TRIGGER slow AFTER INSERT ON item DEFERRABLE INITIALLY DEFERRED
             FOR EACH ROW EXECUTE FUNCTION slow()",
        ] {
            let mut unit = db.write(TEST).await.expect("a unit");
            unit.execute(sql, &[]).await.expect("made");
            unit.commit().await.expect("committed");
        }
        let mut unit = db.write(TEST).await.expect("a unit");
        add(&mut unit, 1).await.expect("added");
        let pid = pid(&mut unit).await;
        let commit = tokio::spawn(unit.commit());
        let mut conn = db.read(TEST).await.expect("a reader");
        let sql = "SELECT query FROM pg_stat_activity WHERE pid = CAST($1 AS integer)";
        let running = ("COMMIT".to_owned(),);
        while conn
            .one::<(String,)>(sql, &[pid.into()])
            .await
            .expect("told")
            != Some(running.clone())
        {
            tokio::task::yield_now().await;
        }
        terminate(&db, pid).await;

        let answer = commit.await.expect("no panic");

        assert!(matches!(answer, Err(Error::OutcomeUnknown)), "{answer:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lock_is_not_waited_for_without_end() {
    postgres(|db| async move {
        make_items(&db).await;
        let mut unit = db.write(TEST).await.expect("a unit");
        let id = add(&mut unit, 1).await.expect("added");
        unit.commit().await.expect("committed");
        let sql = "UPDATE item SET n = n + 1 WHERE id = $1";
        let mut first = db.write(TEST).await.expect("a unit");
        first.execute(sql, &[id.into()]).await.expect("locked");
        let mut second = db.write(TEST).await.expect("a unit");

        let answer = second.execute(sql, &[id.into()]).await;

        assert!(matches!(answer, Err(Error::Busy)), "{answer:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_statement_that_nobody_waits_for_is_cancelled() {
    postgres(|db| async move {
        make_items(&db).await;
        let mut unit = db.write(TEST).await.expect("a unit");
        let id = add(&mut unit, 1).await.expect("added");
        unit.commit().await.expect("committed");
        let mut unit = db.write(TEST).await.expect("a unit");
        let sql = "UPDATE item SET n = n + 1 WHERE id = $1";
        unit.execute(sql, &[id.into()]).await.expect("locked");

        let sleep = unit.one::<(i64,)>("SELECT count(*) FROM pg_sleep(4)", &[]);
        let gone = tokio::time::timeout(Duration::from_millis(100), sleep).await;
        assert!(gone.is_err());
        drop(unit);

        // Its lock is free long before the statement would have ended.
        let mut next = db.write(TEST).await.expect("a unit");
        next.execute(sql, &[id.into()]).await.expect("locked");
        next.commit().await.expect("committed");
        assert_eq!(count(&db, 2).await, 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sessions_have_limits_of_time() {
    postgres(|db| async move {
        let mut conn = db.read(TEST).await.expect("a reader");
        for (name, expected) in [
            ("lock_timeout", "2s"),
            ("statement_timeout", "5s"),
            ("idle_in_transaction_session_timeout", "10s"),
            ("synchronous_commit", "on"),
            ("TimeZone", "UTC"),
        ] {
            let row = conn
                .one::<(String,)>("SELECT current_setting($1)", &[name.into()])
                .await;

            assert_eq!(row.expect("told"), Some((expected.into(),)), "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_server_that_is_not_there_is_not_available() {
    let options = Options::new("postgres://u@127.0.0.1:1/d?connect_timeout=1");

    let opened = Db::open(&options).await.map(drop);

    assert!(matches!(opened, Err(Error::Unavailable(_))), "{opened:?}");
}
