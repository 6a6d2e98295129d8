//! What a store holds, to show that nothing has changed.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use podlinnik_domain::hash::Sha256;
use podlinnik_storage::record::{JobCount, JobKind, JobState};
use podlinnik_storage::transfer::{Cell, TableShape, TableSink, row_text};

use crate::support::app::TestApp;

/// Columns that tell of looking, not of what was done.
const OF_LOOKING: &[(&str, &str)] = &[("tokens", "used_at"), ("sessions", "seen_at")];

/// Every row of every table, as a hash.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct State {
    tables: BTreeMap<String, Vec<Sha256>>,
    table: String,
    left_out: Vec<bool>,
}

impl TableSink for State {
    fn begin(&mut self, table: &TableShape) -> io::Result<()> {
        self.table.clone_from(&table.name);
        let looking = |column: &String| OF_LOOKING.contains(&(table.name.as_str(), column.as_str()));
        self.left_out = table.columns.iter().map(looking).collect();
        self.tables.insert(table.name.clone(), Vec::new());
        Ok(())
    }

    fn row(&mut self, cells: Vec<Cell>) -> io::Result<()> {
        let kept = cells.into_iter().zip(&self.left_out).filter(|(_, left_out)| !**left_out);
        let cells: Vec<Cell> = kept.map(|(cell, _)| cell).collect();
        let hash = Sha256::of(row_text(&cells)?.as_bytes());
        self.tables.entry(self.table.clone()).or_default().push(hash);
        Ok(())
    }
}

impl State {
    pub(crate) async fn read(app: &TestApp) -> Self {
        let mut state = Self::default();
        app.store.transfer_out(&mut state).await.expect("the store is read");
        state.tables.values_mut().for_each(|rows| rows.sort_unstable());
        state
    }

    /// What it holds once the workers have come to rest. `waiting`: but for a link that leads nowhere and is tried again later.
    pub(crate) async fn at_rest(app: &TestApp, waiting: bool) -> Self {
        let mut counts = Vec::new();
        for _ in 0..400 {
            counts = app.service.job_counts().await.expect("numbers of jobs");
            let waits = |one: &JobCount| {
                let patient = waiting && one.kind == JobKind::Fetch && one.state == JobState::Queued;
                one.count > 0 && !patient && matches!(one.state, JobState::Queued | JobState::Leased)
            };
            if !counts.iter().any(waits) {
                return Self::read(app).await;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the workers do not come to rest: {counts:?}");
    }

    /// Tables that differ.
    pub(crate) fn differences(&self, later: &Self) -> Vec<String> {
        let changed = self.tables.iter().filter(|(name, rows)| later.tables.get(*name) != Some(*rows));
        changed.map(|(name, _)| name.clone()).collect()
    }
}
