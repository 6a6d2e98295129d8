//! The rows of a store, to be put into another and to be compared.

use std::collections::BTreeMap;
use std::io;

use podlinnik_storage::Store;
use podlinnik_storage::transfer::{Cell, TableShape, TableSink, row_text};

use crate::access::State;
use crate::support::app::TestApp;

/// Links came with this schema, and with them jobs of a third kind.
const LINKS: i64 = 19;

#[derive(Debug, Clone, Default)]
struct Table {
    columns: Vec<String>,
    rows: Vec<Vec<Cell>>,
}

/// Every row of every table.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows {
    tables: BTreeMap<String, Table>,
    table: String,
}

impl TableSink for Rows {
    fn begin(&mut self, table: &TableShape) -> io::Result<()> {
        self.table.clone_from(&table.name);
        let empty = Table { columns: table.columns.clone(), rows: Vec::new() };
        self.tables.insert(table.name.clone(), empty);
        Ok(())
    }

    fn row(&mut self, cells: Vec<Cell>) -> io::Result<()> {
        self.tables.entry(self.table.clone()).or_default().rows.push(cells);
        Ok(())
    }
}

impl Rows {
    pub(super) async fn of(store: &dyn Store) -> Self {
        let mut rows = Self::default();
        store.transfer_out(&mut rows).await.expect("the store is read");
        rows
    }

    /// What an application holds once its workers have come to rest.
    pub(super) async fn at_rest(app: &TestApp) -> Self {
        State::at_rest(app, false).await;
        Self::of(app.store.as_ref()).await
    }

    /// What there could have been under schema `number`.
    pub(super) fn as_of(&self, number: i64) -> Self {
        let mut rows = self.clone();
        if number < LINKS
            && let Some(jobs) = rows.tables.get_mut("jobs")
        {
            jobs.rows.retain(|row| !row.contains(&Cell::Text("fetch".to_owned())));
        }
        rows
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.tables.keys().map(String::as_str)
    }

    pub(super) fn columns(&self, table: &str) -> Vec<String> {
        self.tables.get(table).map(|table| table.columns.clone()).unwrap_or_default()
    }

    /// The rows of a table with these columns alone.
    pub(super) fn cells(&self, table: &str, columns: &[String]) -> Vec<Vec<Cell>> {
        let Some(table) = self.tables.get(table) else { return Vec::new() };
        let place = |column: &String| {
            table
                .columns
                .iter()
                .position(|one| one == column)
                .unwrap_or_else(|| panic!("no column `{column}`"))
        };
        let places: Vec<_> = columns.iter().map(place).collect();
        table.rows.iter().map(|row| places.iter().map(|place| row[*place].clone()).collect()).collect()
    }

    /// The same as texts, in an order of their own.
    pub(super) fn texts(&self, table: &str, columns: &[String]) -> Vec<String> {
        let rows = self.cells(table, columns);
        let mut texts: Vec<_> = rows.iter().map(|row| row_text(row).expect("cells are written")).collect();
        texts.sort_unstable();
        texts
    }
}
