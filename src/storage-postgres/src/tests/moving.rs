//! A whole installation from SQLite to PostgreSQL and back: nothing is lost, and it goes on.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use podlinnik_domain::verdict::VerdictKind;
use podlinnik_storage::conformance::log::whole_log;
use podlinnik_storage::conformance::world::{World, report};
use podlinnik_storage::transfer::{Cell, TableShape, TableSink, TableSource};
use podlinnik_storage::{Store, StoreError, TransferStore as _};
use podlinnik_storage_sqlite::SqliteStore;

use super::server::database;
use crate::PostgresStore;

/// Tables in memory.
#[derive(Debug, Default, Clone, PartialEq)]
struct Tables {
    tables: BTreeMap<String, (Vec<String>, Vec<Vec<Cell>>)>,
    current: String,
}

impl TableSink for Tables {
    fn begin(&mut self, table: &TableShape) -> io::Result<()> {
        self.current.clone_from(&table.name);
        self.tables.insert(table.name.clone(), (table.columns.clone(), Vec::new()));
        Ok(())
    }

    fn row(&mut self, cells: Vec<Cell>) -> io::Result<()> {
        self.tables.get_mut(&self.current).expect("a table").1.push(cells);
        Ok(())
    }
}

impl TableSource for Tables {
    fn begin(&mut self, table: &TableShape) -> io::Result<()> {
        self.current.clone_from(&table.name);
        let there = self.tables.get(&table.name).map(|(columns, _)| columns);
        if there == Some(&table.columns) { Ok(()) } else { Err(io::Error::other(table.name.clone())) }
    }

    fn row(&mut self) -> io::Result<Option<Vec<Cell>>> {
        Ok(self.tables.get_mut(&self.current).expect("a table").1.pop())
    }
}

/// All that a store holds, rows in an order of their own.
async fn all(store: &dyn Store) -> Tables {
    let mut tables = Tables::default();
    store.transfer_out(&mut tables).await.expect("an export");
    for (_, rows) in tables.tables.values_mut() {
        rows.sort_by_key(|row| format!("{row:?}"));
    }
    tables.current = String::new();
    tables
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_installation_moves_to_the_other_engine_and_back() {
    let Some(url) = database("an_installation_moves").await else { return };
    let sqlite = Arc::new(SqliteStore::in_memory().await.expect("a store"));
    let world = World::new(sqlite.clone()).await;
    world.receiver().await;
    let case = world.analysed("clip").await;
    let verdict = world.approved(case.id, VerdictKind::ManipulatedFace).await;
    let notice = world.published(&world.notice_approved(&verdict).await).await;
    let delivery = world.claim().await.expect("the delivery");
    world.store.job_release(&delivery.lease, world.now()).await.expect("a release");
    let other = world.submit("later").await.submission.analysis;
    let before = all(sqlite.as_ref()).await;
    assert!(before.tables.values().filter(|(_, rows)| !rows.is_empty()).count() > 15, "a whole story");

    let postgres = Arc::new(PostgresStore::connect(&url).await.expect("a store"));
    let (version, shape) = sqlite.transfer_shape().await.expect("a shape");
    assert_eq!(postgres.transfer_shape().await.expect("a shape"), (version, shape), "the schemas are twins");
    postgres.transfer_in(&mut before.clone()).await.expect("an import");
    assert_eq!(all(postgres.as_ref()).await, before);
    let again = postgres.transfer_in(&mut before.clone()).await;
    assert!(matches!(again, Err(StoreError::WrongState { .. })), "{again:?}");

    // It goes on where it was: the log holds, the chain goes on, a waiting job is picked up, guards are in force.
    let world = world.moved_to(postgres.clone());
    let log = whole_log(world.store.as_ref()).await;
    assert_eq!(log, whole_log(sqlite.as_ref()).await);
    assert_eq!(world.store.notice_get(notice.id).await.expect("an answer"), Some(notice));
    let own = world.store.verdict_approve(verdict.id, world.author, world.now()).await;
    assert!(own.is_err(), "guards are in force again");
    let mut kinds = Vec::new();
    while let Some(job) = world.claim().await {
        kinds.push(job.kind);
        if job.payload.get("analysis").is_some() {
            world
                .store
                .analysis_finish(&job.lease, other, &report("later", false), world.now())
                .await
                .expect("the end of the analysis that waited");
        }
    }
    assert_eq!(kinds.len(), 2, "{kinds:?}");
    let events = world.store.event_since(0, 1000).await.expect("events");
    assert!(events.windows(2).all(|pair| pair[1].previous_hash == pair[0].hash));
    assert!(events.iter().all(|event| event.hash == event.expected_hash()));
    let third = world.analysed("third").await;
    world.approved(third.id, VerdictKind::ManipulatedFace).await;
    assert_eq!(whole_log(world.store.as_ref()).await.len(), log.len() + 1);

    // And back.
    let there = all(postgres.as_ref()).await;
    let back = SqliteStore::in_memory().await.expect("a store");
    back.transfer_in(&mut there.clone()).await.expect("an import");
    assert_eq!(all(&back).await, there);
    let events = back.event_since(0, 1000).await.expect("events");
    assert!(events.iter().all(|event| event.hash == event.expected_hash()));
    assert_eq!(whole_log(&back).await.len(), log.len() + 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_import_that_fails_leaves_nothing() {
    let Some(url) = database("an_import_that_fails").await else { return };
    let sqlite = Arc::new(SqliteStore::in_memory().await.expect("a store"));
    let world = World::new(sqlite.clone()).await;
    let case = world.analysed("clip").await;
    world.approved(case.id, VerdictKind::ManipulatedFace).await;
    // A row that others refer to is not there.
    let mut broken = all(sqlite.as_ref()).await;
    assert_eq!(broken.tables.get_mut("media").expect("media").1.drain(..).count(), 1);
    let postgres = PostgresStore::connect(&url).await.expect("a store");
    assert!(postgres.transfer_in(&mut broken.clone()).await.is_err());
    let other = SqliteStore::in_memory().await.expect("a store");
    assert!(other.transfer_in(&mut broken).await.is_err());
    for store in [&postgres as &dyn Store, &other] {
        assert!(all(store).await.tables.values().all(|(_, rows)| rows.is_empty()));
        // The store is as good as new.
        store.transfer_in(&mut all(sqlite.as_ref()).await).await.expect("an import");
        assert_eq!(all(store).await, all(sqlite.as_ref()).await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pending_migrations_are_told_and_an_old_schema_is_not_served_as_it_is() {
    let Some(url) = database("pending_migrations").await else { return };
    let all = PostgresStore::pending(&url).await.expect("an answer");
    assert!(all.len() >= 18 && all[0].starts_with("0001 "), "{all:?}");
    assert!(PostgresStore::connect_as_it_is(&url).await.is_err());
    drop(PostgresStore::connect(&url).await.expect("a store"));
    assert!(PostgresStore::pending(&url).await.expect("an answer").is_empty());
    PostgresStore::connect_as_it_is(&url).await.expect("a store");
}
