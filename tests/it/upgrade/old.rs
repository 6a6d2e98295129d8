//! A database as an older version left it.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

use podlinnik_storage::Store;
use podlinnik_storage::transfer::Cell;
use podlinnik_storage_postgres::PostgresStore;
use podlinnik_storage_sqlite::SqliteStore;
use sqlx::migrate::Migrator;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use tempfile::TempDir;

use super::rows::Rows;
use crate::check_program::root;
use crate::support::app::{Engine, fresh_database};

/// Tables and columns that were renamed since: number of the first schema with the new name, old table, new table, old column, new column.
const RENAMED: &[(i64, &str, &str, &str, &str)] = &[
    (10, "webhooks", "receivers", "url", "address"),
    (10, "deliveries", "deliveries", "webhook_id", "receiver_id"),
];

/// Rows in one statement.
const AT_ONCE: usize = 100;

/// A table with its columns and their types.
type Shapes = BTreeMap<String, Vec<(String, String)>>;

/// A database that was migrated up to one schema.
#[derive(Debug)]
pub(super) struct Old {
    number: i64,
    folder: TempDir,
    address: String,
    engine: Engine,
}

impl Old {
    pub(super) async fn migrated_to(engine: Engine, number: i64) -> Self {
        let folder = TempDir::new().expect("a folder");
        let (name, address) = match engine {
            Engine::Sqlite => ("sqlite", String::new()),
            Engine::Postgres => ("postgres", fresh_database().await),
        };
        let some = folder.path().join("migrations");
        fs::create_dir(&some).expect("a folder");
        for entry in fs::read_dir(root().join("migrations").join(name)).expect("the migrations") {
            let path = entry.expect("an entry").path();
            let file = path.file_name().and_then(|name| name.to_str()).expect("a name");
            if file.get(..4).and_then(|digits| digits.parse::<i64>().ok()).is_some_and(|of| of <= number) {
                fs::copy(&path, some.join(file)).expect("a copy");
            }
        }
        let migrator = Migrator::new(some).await.expect("the migrations are read");
        let old = Self { number, folder, address, engine };
        match engine {
            Engine::Sqlite => migrator.run(&mut old.file(true).await).await,
            Engine::Postgres => migrator.run(&mut old.server().await).await,
        }
        .expect("an empty database is migrated");
        old
    }

    async fn file(&self, checks: bool) -> SqliteConnection {
        let path = self.folder.path().join("podlinnik.db");
        let options = SqliteConnectOptions::new().filename(path).create_if_missing(true).foreign_keys(checks);
        SqliteConnection::connect_with(&options).await.expect("the file opens")
    }

    async fn server(&self) -> PgConnection {
        PgConnection::connect(&self.address).await.expect("the server answers")
    }

    /// Puts in what the schema has a place for; answers tables and columns that it had, under the names of today.
    pub(super) async fn take(&self, world: &Rows) -> BTreeMap<String, Vec<String>> {
        let mut kept = BTreeMap::new();
        let mut statements = Vec::new();
        for (table, columns) in self.shapes().await {
            let today = self.today(&table, None);
            let names: Vec<String> = columns.iter().map(|(name, _)| self.today(&table, Some(name))).collect();
            let rows = world.cells(&today, &names);
            for some in rows.chunks(AT_ONCE) {
                let write = |row: &Vec<Cell>| {
                    let cells: Vec<_> =
                        row.iter().zip(&columns).map(|(cell, (_, kind))| self.literal(cell, kind)).collect();
                    format!("({})", cells.join(", "))
                };
                let values: Vec<_> = some.iter().map(write).collect();
                let listed: Vec<_> = columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
                statements.push(format!(
                    "insert into \"{table}\" ({}) values {}",
                    listed.join(", "),
                    values.join(", ")
                ));
            }
            kept.insert(today, names);
        }
        self.run(statements).await;
        kept
    }

    /// The name that a table, or a column of it, has today.
    fn today(&self, table: &str, column: Option<&str>) -> String {
        let renamed = RENAMED.iter().filter(|(since, old, ..)| self.number < *since && *old == table);
        match column {
            None => renamed.map(|(_, _, new, ..)| *new).next().unwrap_or(table).to_owned(),
            Some(column) => renamed
                .filter(|(_, _, _, old, _)| *old == column)
                .map(|(.., new)| *new)
                .next()
                .unwrap_or(column)
                .to_owned(),
        }
    }

    async fn shapes(&self) -> Shapes {
        let columns: Vec<(String, String, String)> = match self.engine {
            Engine::Sqlite => {
                let asked = "select tables.name, columns.name, columns.type
                    from sqlite_master tables, pragma_table_info(tables.name) columns
                    where tables.type = 'table' and tables.name not like 'sqlite\\_%' escape '\\' and tables.name <> '_sqlx_migrations'";
                sqlx::query_as(asked).fetch_all(&mut self.file(true).await).await
            }
            Engine::Postgres => {
                let asked = "select table_name::text, column_name::text, data_type::text
                    from information_schema.columns
                    where table_schema = current_schema() and table_name <> '_sqlx_migrations'";
                sqlx::query_as(asked).fetch_all(&mut self.server().await).await
            }
        }
        .expect("the schema is read");
        let mut shapes = Shapes::new();
        for (table, column, kind) in columns {
            shapes.entry(table).or_default().push((column, kind));
        }
        shapes
    }

    fn literal(&self, cell: &Cell, kind: &str) -> String {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        match cell {
            Cell::Null => "null".to_owned(),
            Cell::Integer(number) if kind == "boolean" => (*number != 0).to_string(),
            Cell::Integer(number) => number.to_string(),
            Cell::Real(number) => format!("{number:?}"),
            Cell::Text(text) => format!("'{}'", text.replace('\'', "''")),
            Cell::Bytes(bytes) if self.engine == Engine::Sqlite => format!("x'{}'", hex(bytes)),
            Cell::Bytes(bytes) if kind == "uuid" => format!("'{}'::uuid", hex(bytes)),
            Cell::Bytes(bytes) => format!("'\\x{}'::bytea", hex(bytes)),
        }
    }

    /// Runs the statements without the guards, which are about steps: these were taken elsewhere.
    async fn run(&self, statements: Vec<String>) {
        match self.engine {
            Engine::Sqlite => {
                let mut file = self.file(false).await;
                let guards: Vec<(String, String)> =
                    sqlx::query_as("select name, sql from sqlite_master where type = 'trigger'")
                        .fetch_all(&mut file)
                        .await
                        .expect("the guards are read");
                let away =
                    guards.iter().map(|(name, _)| format!("drop trigger \"{name}\"")).collect::<Vec<_>>();
                let back = guards.iter().map(|(_, sql)| sql.clone()).collect::<Vec<_>>();
                for statement in [away, statements, back].concat() {
                    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut file).await.expect("the rows fit");
                }
                let broken: Vec<(String,)> = sqlx::query_as("select \"table\" from pragma_foreign_key_check")
                    .fetch_all(&mut file)
                    .await
                    .expect("references are checked");
                assert!(broken.is_empty(), "schema {}: {broken:?}", self.number);
                file.close().await.expect("the file closes");
            }
            Engine::Postgres => {
                let mut server = self.server().await;
                let statements =
                    [vec!["set session_replication_role = replica".to_owned()], statements].concat();
                for statement in statements {
                    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut server).await.expect("the rows fit");
                }
                server.close().await.expect("the connection closes");
            }
        }
    }

    /// Opens it as the service does.
    pub(super) async fn open(&self) -> Arc<dyn Store> {
        match self.engine {
            Engine::Sqlite => Arc::new(
                SqliteStore::open(&self.folder.path().join("podlinnik.db")).await.expect("it is migrated"),
            ),
            Engine::Postgres => {
                Arc::new(PostgresStore::connect(&self.address).await.expect("it is migrated"))
            }
        }
    }
}
