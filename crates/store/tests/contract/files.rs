//! The file of SQLite, its copies and locks; the schema and its versions on both engines.

use std::sync::{Arc, Mutex};

use store::{
    Db, Error, Options,
    db::{known_schema_version, lock_server},
};

use crate::harness::{TEST, add, count, each_engine, each_schema, make_items, sqlite_options};

#[tokio::test(flavor = "multi_thread")]
async fn migrating_twice_is_migrating_once() {
    each_engine(|db| async move {
        assert_eq!(db.schema_version().await.expect("a version"), 0);

        let (first, second) = tokio::join!(db.migrate(), db.migrate());

        first.expect("migrated");
        second.expect("migrated");
        db.migrate().await.expect("nothing to do");
        assert_eq!(
            db.schema_version().await.expect("a version"),
            known_schema_version()
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_of_the_future_is_refused() {
    each_schema(|db| async move {
        let known = known_schema_version();
        let mut unit = db.write(TEST).await.expect("a unit");
        let sql = "UPDATE refinery_schema_history SET version = 99 WHERE version = $1";
        unit.execute(sql, &[known.into()]).await.expect("updated");
        unit.commit().await.expect("committed");

        let refused = db.migrate().await;

        let expected = |found, of| found == 99 && of == known;
        assert!(
            matches!(refused, Err(Error::NewerSchema { found, known: of }) if expected(found, of)),
            "{refused:?}"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_database_that_takes_writes_says_so() {
    each_engine(|db| async move {
        db.check_writable().await.expect("writable");
        db.quick_check().await.expect("sound");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_is_whole_while_others_write() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = Db::open(&sqlite_options(&folder)).await.expect("opens");
    make_items(&db).await;
    let mut unit = db.write(TEST).await.expect("a unit");
    for _ in 0..5000 {
        add(&mut unit, 1).await.expect("added");
    }
    unit.commit().await.expect("committed");
    let writer = tokio::spawn({
        let db = db.clone();
        async move {
            for _ in 0..200 {
                let mut unit = db.write(TEST).await.expect("a unit");
                add(&mut unit, 2).await.expect("added");
                unit.commit().await.expect("committed");
            }
        }
    });

    let copy = folder.path().join("copy.db");
    let seen = Arc::new(Mutex::new(Vec::new()));
    let progress = seen.clone();
    db.backup_to(&copy, move |it| progress.lock().expect("sound").push(it))
        .await
        .expect("copied");

    writer.await.expect("writers go on");
    let last = *seen.lock().expect("sound").last().expect("told of");
    assert_eq!(last.done, last.total);
    let files = std::fs::read_dir(folder.path()).expect("listed");
    let names: Vec<_> = files
        .map(|it| it.expect("read").file_name().into_string().expect("text"))
        .filter(|it| it.starts_with("copy"))
        .collect();
    assert_eq!(names, ["copy.db"], "one file, nothing beside it");
    let copy = Options::new(format!("sqlite://{}", copy.display()));
    let copy = Db::open(&copy).await.expect("the copy opens");
    assert_eq!(count(&copy, 1).await, 5000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_copy_that_fails_leaves_no_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = Db::open(&sqlite_options(&folder)).await.expect("opens");
    make_items(&db).await;
    let target = folder.path().join("taken");
    std::fs::create_dir_all(target.join("inside")).expect("made");

    let copied = db.backup_to(&target, |_| ()).await;

    assert!(matches!(copied, Err(Error::Refused(_))), "{copied:?}");
    assert!(!folder.path().join("taken.partial").exists());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_database_takes_no_more_work() {
    let folder = tempfile::tempdir().expect("a folder");
    let db = Db::open(&sqlite_options(&folder)).await.expect("opens");
    make_items(&db).await;
    let mut unit = db.write(TEST).await.expect("a unit");
    add(&mut unit, 1).await.expect("added");
    let commit = tokio::spawn(unit.commit());

    db.close().await.expect("closed");

    let commit = commit.await.expect("no panic");
    let write = db.write(TEST).await.map(drop);
    let read = db.read(TEST).await.map(drop);
    for answer in [write, read] {
        assert!(matches!(answer, Err(Error::Unavailable(_))), "{answer:?}");
    }
    drop(db);
    let again = Db::open(&sqlite_options(&folder)).await.expect("opens");
    assert_eq!(count(&again, 1).await, i64::from(commit.is_ok()));
}

#[test]
fn one_server_holds_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let options = sqlite_options(&folder);
    let first = lock_server(&options).expect("locked");
    assert!(!first.after_unclean_stop());

    let second = lock_server(&options).map(drop);
    assert!(matches!(second, Err(Error::Refused(_))), "{second:?}");

    drop(first);
    let after = lock_server(&options).expect("locked");
    assert!(
        after.after_unclean_stop(),
        "the first never said that it ended"
    );
    after.release().expect("released");
    assert!(!lock_server(&options).expect("locked").after_unclean_stop());
}

#[tokio::test]
async fn an_address_that_makes_no_sense_is_refused() {
    for url in [
        "",
        "mysql://x",
        "sqlite://",
        "daybook.db",
        "postgres://h:x/d",
    ] {
        let opened = Db::open(&Options::new(url)).await.map(drop);

        assert!(
            matches!(opened, Err(Error::Refused(_))),
            "{url}: {opened:?}"
        );
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("test.db"), "x".repeat(5000)).expect("written");

    let opened = Db::open(&sqlite_options(&folder)).await.map(drop);

    assert!(matches!(opened, Err(Error::Corrupt(_))), "{opened:?}");
}

#[cfg(unix)]
#[tokio::test]
async fn the_file_is_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let db = Db::open(&sqlite_options(&folder)).await.expect("opens");
    make_items(&db).await;

    for name in ["test.db", "test.db-wal"] {
        let file = std::fs::metadata(folder.path().join(name)).expect("there");

        assert_eq!(file.permissions().mode() & 0o777, 0o600, "{name}");
    }
}
