//! A database per test on the server that `PODLINNIK_TEST_POSTGRES` names.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::PostgresStore;
use podlinnik_storage::conformance::Harness;
use sqlx::{AssertSqlSafe, Connection as _, Executor as _, PgConnection};

const VARIABLE: &str = "PODLINNIK_TEST_POSTGRES";

static COUNT: AtomicU32 = AtomicU32::new(0);

/// The address of a new, empty database, or none (said aloud) without a server.
#[expect(clippy::print_stderr, reason = "a skipped test says so")]
pub(crate) async fn database(case: &str) -> Option<String> {
    let Ok(server) = std::env::var(VARIABLE) else {
        eprintln!("skipped: {case} needs a PostgreSQL server in {VARIABLE} (`cargo xtask test` starts one)");
        return None;
    };
    let number = COUNT.fetch_add(1, Ordering::SeqCst);
    let name = format!("podlinnik_{}_{number}", std::process::id());
    let mut connection = PgConnection::connect(&server).await.expect("the test server");
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(format!("drop database if exists {name} with (force)"))))
        .await
        .expect("no such database");
    connection
        .execute(sqlx::raw_sql(AssertSqlSafe(format!("create database {name}"))))
        .await
        .expect("a database");
    let (base, _) = server.rsplit_once('/').expect("an address with a database");
    Some(format!("{base}/{name}"))
}

/// An empty store for one case of the conformance suite.
pub(crate) async fn harness(case: &'static str) -> Option<Harness> {
    let url = database(case).await?;
    let store = PostgresStore::connect(&url).await.expect("an open store");
    Some(Harness { store: Arc::new(store), keep: Box::new(()) })
}
