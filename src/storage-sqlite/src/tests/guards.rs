//! Whoever writes past the store meets the guards all the same.

use std::sync::Arc;

use podlinnik_storage::StoreError;
use podlinnik_storage::conformance::guards::{FORBIDDEN, stage};
use podlinnik_storage::conformance::history::verified_chain;

use crate::SqliteStore;
use crate::statements::Failure;

#[tokio::test]
async fn raw_statements_meet_the_guards() {
    let store = SqliteStore::in_memory().await.expect("an open store");
    stage(Arc::new(store.clone())).await;
    let before = verified_chain(&store).await;
    for (statement, expected) in FORBIDDEN {
        let mut connection = store.reader().await.expect("a connection");
        let refused = sqlx::raw_sql(*statement).execute(&mut *connection).await.map_err(Failure::from);
        let error = StoreError::from(refused.expect_err(statement));
        assert!(expected(&error), "{statement}: {error:?}");
    }
    assert_eq!(verified_chain(&store).await, before);
}
