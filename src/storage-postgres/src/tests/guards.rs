//! Whoever writes past the store meets the guards all the same; and what the store shows of itself.

use std::sync::Arc;

use podlinnik_storage::StoreError;
use podlinnik_storage::conformance::guards::{FORBIDDEN, stage};
use podlinnik_storage::conformance::history::verified_chain;

use super::server::database;
use crate::PostgresStore;
use crate::statements::Failure;

#[tokio::test]
async fn raw_statements_meet_the_guards() {
    let Some(url) = database("raw_statements_meet_the_guards").await else { return };
    let store = PostgresStore::connect(&url).await.expect("an open store");
    let pool = sqlx::PgPool::connect(&url).await.expect("a connection of our own");
    stage(Arc::new(store.clone())).await;
    let before = verified_chain(&store).await;
    for (statement, expected) in FORBIDDEN {
        let refused = sqlx::raw_sql(*statement).execute(&pool).await.map_err(Failure::from);
        let error = StoreError::from(refused.expect_err(statement));
        assert!(expected(&error), "{statement}: {error:?}");
    }
    for table in [
        "events",
        "evidence",
        "submissions",
        "verdicts",
        "notices",
        "cases",
        "archive_items",
        "archive_register",
        "signatures",
        "copy_matches",
        "series",
        "series_members",
    ] {
        let statement = sqlx::AssertSqlSafe(format!("truncate {table} cascade"));
        let refused = sqlx::raw_sql(statement).execute(&pool).await.expect_err(table);
        assert!(refused.to_string().contains("guard:"), "{table}: {refused}");
    }
    assert_eq!(verified_chain(&store).await, before);
}

#[tokio::test]
async fn an_older_version_of_the_schema_is_not_ready() {
    let Some(url) = database("an_older_version_of_the_schema_is_not_ready").await else { return };
    let store = PostgresStore::connect(&url).await.expect("an open store");
    let newer = "insert into _sqlx_migrations (version, description, success, checksum, execution_time)
        values (9999, 'newer', true, '', 0)";
    sqlx::raw_sql(newer)
        .execute(&mut *store.reader().await.expect("a connection"))
        .await
        .expect("a newer schema");
    let answer = podlinnik_storage::Store::ping(&store).await;
    assert!(matches!(answer, Err(StoreError::Corrupt { what: "schema", .. })), "{answer:?}");
    assert!(PostgresStore::connect(&url).await.is_err(), "nor is it opened again");
}

#[tokio::test]
async fn the_password_is_never_shown() {
    let Some(url) = database("the_password_is_never_shown").await else { return };
    let url = url.replacen("postgres@", "postgres:hunter2@", 1);
    let store = PostgresStore::connect(&url).await.expect("an open store");
    let shown = format!("{store:?}");
    assert!(shown.contains("127.0.0.1") && !shown.contains("hunter2"), "{shown}");
    let wrong = url.replace("postgres://", "postgres://x:y:z@@");
    let error = PostgresStore::connect(&wrong).await.expect_err("a malformed address");
    assert!(!format!("{error:?} {error}").contains("hunter2"), "{error:?}");
    store.close().await;
    assert!(podlinnik_storage::Store::ping(&store).await.is_err());
}

#[tokio::test]
async fn only_passing_failures_are_tried_again() {
    let Some(url) = database("only_passing_failures_are_tried_again").await else { return };
    let store = PostgresStore::connect(&url).await.expect("an open store");
    for (code, passing) in [("40001", true), ("40P01", true), ("23505", false), ("P0001", false)] {
        let statement = sqlx::AssertSqlSafe(format!("do $$ begin raise sqlstate '{code}'; end $$"));
        let mut connection = store.reader().await.expect("a connection");
        let error = sqlx::raw_sql(statement).execute(&mut *connection).await.expect_err(code);
        assert_eq!(Failure::from(error).is_transient(), passing, "{code}");
    }
}
