//! Who may do what: every endpoint, page and form × every role × the own region, another region and the federal centre above; nobody, and keys that are
//! limited to one role. The tables (`access/interfaces.rs`, `access/desk.rs`) say what the documents promise (DESIGN §2, the duties of
//! `podlinnik_domain::people::Role`, the heads of the modules of `src/pipeline`); what there is to ask comes from the API document and the router's source, so
//! that something new without a row fails here. Requests are real ones about things that exist, and what is refused is shown to have changed nothing.

mod ask;
mod bodies;
mod crowd;
mod desk;
mod forms;
mod interfaces;
mod row;
mod sources;
mod state;
mod things;

use std::collections::BTreeSet;

use ask::Ask;
use row::Row;

pub(crate) use ask::By;
pub(crate) use crowd::Crowd;
pub(crate) use state::State;
pub(crate) use things::Things;

use crate::support::app::{TestApp, on_each_engine};
use crate::support::contract::operations;

/// Every operation, as rows name them.
fn announced() -> BTreeSet<String> {
    operations().map(|(path, verb, _)| format!("{} {path}", verb.to_uppercase())).collect()
}

#[test]
fn everything_that_can_be_asked_has_a_row() {
    let named = |rows: &[Row]| rows.iter().map(Row::name).collect::<BTreeSet<_>>();
    let interfaces = named(&Row::all(interfaces::ROWS));
    assert_eq!(interfaces, announced(), "the table of interfaces and the API document differ");
    let desk = named(&Row::all(desk::ROWS));
    assert_eq!(
        desk,
        sources::routes(),
        "the table of pages and forms and the routes of `src/web/src/ui` differ"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interfaces_show_what_they_should() {
    on_each_engine(async |app| hold(app, By::Key, interfaces::ROWS, Row::reads).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn interfaces_obey_whom_they_should() {
    on_each_engine(async |app| hold(app, By::Key, interfaces::ROWS, |row| !row.reads()).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_show_what_they_should() {
    on_each_engine(async |app| hold(app, By::Session, desk::ROWS, Row::reads).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn forms_obey_whom_they_should() {
    on_each_engine(async |app| hold(app, By::Session, desk::ROWS, |row| !row.reads()).await).await;
}

/// Asks everything by everybody. Tells all surprises at once.
async fn hold(app: &TestApp, by: By, table: &str, wanted: impl Fn(&Row) -> bool) {
    let crowd = Crowd::settle(app, by).await;
    let mut things = Things::new(app, &crowd).await;
    let mut surprises = Vec::new();
    for row in Row::all(table).into_iter().filter(|row| wanted(row)) {
        let thing = things.of(&row).await;
        let ask = Ask { app, crowd: &crowd, by, row: &row, thing: &thing };
        surprises.extend(ask.everybody().await);
        things.calm(&row).await;
    }
    assert!(surprises.is_empty(), "{} surprises:\n{}", surprises.len(), surprises.join("\n"));
}
