//! The conformance suite, the guards that only raw statements meet, and what is particular to a file.

mod files;
mod guards;

use std::sync::Arc;

use podlinnik_storage::conformance::Harness;
use podlinnik_storage::store_conformance_suite;

use crate::SqliteStore;

async fn make(_case: &'static str) -> Option<Harness> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let store = SqliteStore::open(&folder.path().join("podlinnik.sqlite")).await.expect("an open store");
    Some(Harness { store: Arc::new(store), keep: Box::new(folder) })
}

store_conformance_suite!(make);
