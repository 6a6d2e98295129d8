//! What is particular to a file: settings, a second process, a sudden end, files that are no store.

use std::sync::Arc;

use podlinnik_domain::id::IdSource as _;
use podlinnik_domain::verdict::VerdictKind;
use podlinnik_storage::conformance::board::question;
use podlinnik_storage::conformance::history::verified_chain;
use podlinnik_storage::conformance::log::whole_log;
use podlinnik_storage::conformance::world::World;
use podlinnik_storage::record::{BoardQuestion, NewNote};
use podlinnik_storage::{BoardStore as _, Store as _, StoreError};
use sqlx::Row as _;

use crate::SqliteStore;

#[tokio::test]
async fn settings_are_the_safe_ones() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = SqliteStore::open(&folder.path().join("a.sqlite")).await.expect("an open store");
    let mut transaction = store.begin_record().await.expect("a transaction");
    for (pragma, expected) in
        [("journal_mode", "wal"), ("synchronous", "2"), ("foreign_keys", "1"), ("busy_timeout", "15000")]
    {
        let statement = sqlx::AssertSqlSafe(format!("pragma {pragma}"));
        let row = sqlx::query(statement).fetch_one(&mut *transaction).await.expect("a setting");
        let found = row
            .try_get::<String, _>(0)
            .or_else(|_| row.try_get::<i64, _>(0).map(|number| number.to_string()));
        assert_eq!(found.expect("a value"), expected, "{pragma}");
    }
    drop(transaction);
    let mut reader = store.reader().await.expect("a reader");
    let refused = sqlx::raw_sql("update users set login = 'x'").execute(&mut *reader).await;
    assert!(refused.is_err(), "readers do not write");
}

#[tokio::test]
async fn every_table_is_strict() {
    let store = SqliteStore::in_memory().await.expect("an open store");
    let mut reader = store.reader().await.expect("a reader");
    let loose: Vec<String> = sqlx::query_scalar(
        "select name from pragma_table_list where type = 'table' and strict = 0 and name not like 'sqlite_%' and name not like '_sqlx_%'",
    )
    .fetch_all(&mut *reader)
    .await
    .expect("a list");
    assert!(loose.is_empty(), "{loose:?}");
}

#[tokio::test]
async fn two_processes_share_a_file() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.sqlite");
    let service = SqliteStore::open(&path).await.expect("the service's store");
    let operator = SqliteStore::open(&path).await.expect("the operator's store");
    let world = Arc::new(World::new(Arc::new(service)).await.moved_to(Arc::new(operator)));
    let other = Arc::new(SqliteStore::open(&path).await.expect("another process's store"));
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..16 {
        let (world, other) = (Arc::clone(&world), Arc::clone(&other));
        tasks.spawn(async move {
            let new = world.submission(&format!("clip {number}"));
            let store = if number % 2 == 0 { world.store.as_ref() } else { other.as_ref() };
            store.submission_create(&new).await.expect("a submission")
        });
    }
    assert_eq!(tasks.join_all().await.len(), 16);
    let again = SqliteStore::open(&path).await.expect("a third store");
    verified_chain(&again).await;
    assert_eq!(again.submission_list(None, None, 100).await.expect("a page").items.len(), 16);
}

/// After an upgrade a service and its workers start at the same moment.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn processes_that_start_at_once_make_the_schema_together() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("a.sqlite");
        let mut tasks = tokio::task::JoinSet::new();
        for _ in 0..4 {
            let path = path.clone();
            tasks.spawn(async move { SqliteStore::open(&path).await });
        }
        for opened in tasks.join_all().await {
            opened.expect("an open store").ping().await.expect("the schema of this version");
        }
    }
}

#[tokio::test]
async fn a_copy_taken_in_mid_flight_opens_with_all_that_was_committed() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.sqlite");
    let store = SqliteStore::open(&path).await.expect("an open store");
    let world = World::new(Arc::new(store.clone())).await;
    let submission = world.submit("clip").await.submission;
    let half_done = store.begin_record().await.expect("a transaction under way");
    // What a process killed now would leave behind: the file and its log, nothing flushed or closed.
    let copy = folder.path().join("copy.sqlite");
    for suffix in ["", "-wal"] {
        let from = folder.path().join(format!("a.sqlite{suffix}"));
        std::fs::copy(&from, folder.path().join(format!("copy.sqlite{suffix}"))).expect("a copy");
    }
    drop(half_done);
    let survivor = SqliteStore::open(&copy).await.expect("the copy opens");
    assert_eq!(survivor.submission_get(submission.id).await.expect("an answer"), Some(submission));
    verified_chain(&survivor).await;
}

#[tokio::test]
async fn a_file_that_is_no_store_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.sqlite");
    std::fs::write(&path, "this is a text, and a long one, so that it is longer than a header of SQLite's, which has 100 bytes in all")
        .expect("a file");
    let refused = SqliteStore::open(&path).await;
    assert!(matches!(refused, Err(StoreError::Engine(_))), "{refused:?}");
    let refused = SqliteStore::open(&folder.path().join("no such folder/a.sqlite")).await;
    assert!(matches!(refused, Err(StoreError::Engine(_))), "{refused:?}");
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.sqlite");
    let store = SqliteStore::open(&path).await.expect("an open store");
    let mut transaction = store.begin_record().await.expect("a transaction");
    let newer = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
        values (9999, 'newer', true, x'', 0)";
    sqlx::raw_sql(newer).execute(&mut *transaction).await.expect("a newer schema");
    transaction.commit().await.expect("a commit");
    let answer = store.ping().await;
    assert!(matches!(answer, Err(StoreError::Corrupt { what: "schema", .. })), "{answer:?}");
    store.close().await;
    assert!(store.ping().await.is_err(), "closed");
    assert!(SqliteStore::open(&path).await.is_err());
}

#[tokio::test]
async fn words_of_cases_are_written_when_the_store_is_opened() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.sqlite");
    let store = SqliteStore::open(&path).await.expect("an open store");
    let world = World::new(Arc::new(store.clone())).await;
    let case = world.analysed("clip").await;
    let note = NewNote {
        id: world.ids.next().into(),
        case: case.id,
        author: world.author,
        text: "Звонила в пресс-службу".to_owned(),
        at: world.now(),
    };
    world.store.note_create(&note).await.expect("a note");
    let everything = question(world.author);
    let before = store.board_page(&everything).await.expect("a page").items;
    // The file as a migration leaves it that has them written anew.
    let mut transaction = store.begin_record().await.expect("a transaction");
    sqlx::raw_sql("delete from case_texts").execute(&mut *transaction).await.expect("no words");
    transaction.commit().await.expect("kept");
    store.close().await;
    let again = SqliteStore::open(&path).await.expect("an open store");
    assert_eq!(
        again.board_page(&everything).await.expect("a page").items,
        before,
        "the rest stays as it was"
    );
    for (search, notes, found) in [("пресс", true, 1), ("пресс", false, 0), ("ru tam", false, 1)] {
        let asked = BoardQuestion { search: Some(search.to_owned()), notes, ..everything.clone() };
        let page = again.board_page(&asked).await.expect("a page");
        assert_eq!(page.items.len(), found, "{search}, {notes}");
    }
}

#[tokio::test]
async fn what_was_decided_before_the_log_is_taken_in_when_the_store_is_opened() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("a.sqlite");
    let store = SqliteStore::open(&path).await.expect("an open store");
    let world = World::new(Arc::new(store.clone())).await;
    for content in ["one", "two", "three"] {
        let case = world.analysed(content).await;
        let verdict = world.approved(case.id, VerdictKind::ManipulatedFace).await;
        world.published(&world.notice_approved(&verdict).await).await;
    }
    let written = whole_log(&store).await;
    assert_eq!(written.len(), 6);
    // The file as it was before the migration.
    let mut transaction = store.begin_record().await.expect("a transaction");
    let older = "drop trigger log_entries_no_delete; drop trigger log_nodes_no_delete; delete from log_nodes; delete from log_entries;";
    sqlx::raw_sql(older).execute(&mut *transaction).await.expect("an empty log");
    transaction.commit().await.expect("kept");
    store.close().await;
    let again = SqliteStore::open(&path).await.expect("an open store");
    assert_eq!(whole_log(&again).await, written, "the same entries, byte for byte");
}
