//! From each schema that was ever released to the newest one. A world is made through the interfaces; its rows, as far as schema N has their tables and
//! columns, are put into a database that was migrated up to N. The service then opens it, as it does after an update: nothing is lost, what is derived
//! is there again, the chain of events and the log are whole, and people read what they read before.

mod old;
mod rows;

use std::collections::BTreeMap;
use std::fs;

use old::Old;
use rows::Rows;
use serde_json::Value;

use crate::access::{By, Crowd, Things};
use crate::check_program::root;
use crate::support::app::{TestApp, on_each_engine};

/// Tables that an older schema does not have and that are filled again from what it has, by the migration or when the store is opened.
const DERIVED: &[&str] = &["case_board", "findings", "log_entries", "log_nodes", "public_notices"];

/// Columns of these that are not made again as they were: when a case last changed is told by its own events alone, and copies that an old schema had no
/// place for are not noticed again.
const NOT_AGAIN: &[&str] = &["changed_at", "copy_of"];

/// Numbers of all migrations.
fn released() -> Vec<i64> {
    let folder = fs::read_dir(root().join("migrations/sqlite")).expect("the folder of migrations");
    let mut numbers: Vec<i64> = folder
        .map(|entry| entry.expect("an entry").file_name().into_string().expect("a name"))
        .filter_map(|name| name.get(..4)?.parse().ok())
        .collect();
    numbers.sort_unstable();
    numbers
}

/// What people are told that an old schema knew as well.
async fn told(app: &TestApp, paths: &[String]) -> BTreeMap<String, String> {
    let mut told = BTreeMap::new();
    for path in paths {
        let reply = app.get(path).by(&app.people.auditor).expect(200).await;
        let mut json: Value = serde_json::from_str(&reply.text().replace(app.base(), "")).expect("JSON");
        // Clocks go on; whether an item was looked up is only known since there are signatures.
        for moving in ["clocks", "recognition"] {
            json.as_object_mut().expect("an object").remove(moving);
        }
        let lines: Vec<String> = format!("{json:#}")
            .lines()
            .filter(|line| !line.contains("as_of\":"))
            .map(str::to_owned)
            .collect();
        told.insert(path.clone(), lines.join("\n"));
    }
    told
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_released_schema_is_brought_up_whole() {
    on_each_engine(async |app| {
        let crowd = Crowd::settle(app, By::Key).await;
        let mut things = Things::new(app, &crowd).await;
        let paths = things.one_of_each().await;
        let before = told(app, &paths).await;
        let world = Rows::at_rest(app).await;
        for number in released() {
            let world = world.as_of(number);
            let old = Old::migrated_to(app.engine(), number).await;
            let kept = old.take(&world).await;
            let store = old.open().await;
            let after = Rows::of(store.as_ref()).await;
            for table in world.names() {
                let columns = match kept.get(table) {
                    Some(columns) => columns.clone(),
                    None if DERIVED.contains(&table) => {
                        let all = world.columns(table).into_iter();
                        all.filter(|column| !NOT_AGAIN.contains(&column.as_str())).collect()
                    }
                    None => continue,
                };
                let (was, is) = (world.texts(table, &columns), after.texts(table, &columns));
                let differs = was.iter().zip(&is).find(|(was, is)| was != is);
                assert!(
                    differs.is_none() && was.len() == is.len(),
                    "schema {number}: `{table}` {columns:?}: {differs:#?}"
                );
            }
            let later = app.resume(store).await;
            let auditor = later.service.authenticate(&app.people.auditor.token).await.expect("the key works");
            let chain = later.service.chain_check(&auditor, true).await.expect("the chain is read");
            assert!(chain.is_whole() && chain.checked > 100, "schema {number}: {chain:?}");
            later.get("/readyz").expect(200).await;
            for (path, now) in told(&later, &paths).await {
                let then = &before[&path];
                let differs = then.lines().zip(now.lines()).find(|(then, now)| then != now);
                assert!(*then == now, "schema {number}: {path}: {differs:?}");
            }
            later.finish().await;
        }
    })
    .await;
}
