//! Everything out of a file, and everything into an empty one. Not checked at compile time: the tables are those that the file has.

use std::path::Path;

use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use podlinnik_domain::hash::Sha256;
use podlinnik_storage::transfer::{Cell, KnownBlob, TableShape, TableSink, TableSource};
use podlinnik_storage::{StoreError, TransferStore};
use sqlx::sqlite::{SqliteArguments, SqliteConnectOptions, SqliteRow};
use sqlx::{AssertSqlSafe, Connection as _, Row as _, Sqlite, TypeInfo as _, ValueRef as _};

use crate::engine::{Connection, MIGRATOR, SqliteStore};
use crate::statements::Failure;

/// Blobs that any table names; the same text for both engines.
const BLOB_NAMES: &str = "select sha256, max(size_bytes), max(original)
    from (
        select sha256, size_bytes, 1 as original from media
        union all
        select sha256, size_bytes, 1 from archive_items where keeping = 'copied'
        union all
        select sha256, size_bytes, 0 from derivatives
    ) as named
    where sha256 > $1
    group by sha256
    order by sha256
    limit $2";

impl SqliteStore {
    /// Migrations that the file still waits for, by name; all of them where there is no file.
    ///
    /// # Errors
    /// `Engine` if the file cannot be opened or is no database.
    pub async fn pending(path: &Path) -> Result<Vec<String>, StoreError> {
        let mut applied = Vec::new();
        if path.exists() {
            let options = SqliteConnectOptions::new().filename(path).read_only(true);
            let mut connection = Connection::connect_with(&options).await.map_err(Failure::from)?;
            let there: i64 =
                sqlx::query_scalar("select count(*) from sqlite_master where name = '_sqlx_migrations'")
                    .fetch_one(&mut connection)
                    .await
                    .map_err(Failure::from)?;
            if there > 0 {
                applied = sqlx::query_scalar("select version from _sqlx_migrations where success")
                    .fetch_all(&mut connection)
                    .await
                    .map_err(Failure::from)?;
            }
        }
        let waiting = MIGRATOR.iter().filter(|migration| !applied.contains(&migration.version));
        Ok(waiting.map(|migration| format!("{:04} {}", migration.version, migration.description)).collect())
    }
}

#[async_trait]
impl TransferStore for SqliteStore {
    async fn transfer_shape(&self) -> Result<(i64, Vec<TableShape>), StoreError> {
        let mut held = self.reader().await?;
        let version = version(&mut held).await?;
        Ok((version, shapes(&mut held).await?))
    }

    async fn transfer_out(&self, sink: &mut dyn TableSink) -> Result<(), StoreError> {
        let mut held = self.reader().await?;
        // A transaction that reads sees one moment, whatever the writer does meanwhile.
        let mut snapshot = held.begin().await.map_err(Failure::from)?;
        for table in shapes(&mut snapshot).await? {
            sink.begin(&table).map_err(outside)?;
            let columns: Vec<_> = table.columns.iter().map(|column| quoted(column)).collect();
            let select = format!("select {} from {}", columns.join(", "), quoted(&table.name));
            let mut rows = sqlx::query(AssertSqlSafe(select)).fetch(&mut *snapshot);
            while let Some(row) = rows.try_next().await.map_err(Failure::from)? {
                let cells = (0..columns.len()).map(|index| cell(&row, index)).collect::<Result<_, _>>();
                sink.row(cells.map_err(Failure::from)?).map_err(outside)?;
            }
        }
        snapshot.rollback().await.map_err(Failure::from)?;
        Ok(())
    }

    async fn transfer_in(&self, source: &mut dyn TableSource) -> Result<(), StoreError> {
        let mut transaction = self.begin_update().await?;
        let tables = shapes(&mut transaction).await?;
        for table in &tables {
            let any = format!("select exists (select 1 from {})", quoted(&table.name));
            let any: bool = sqlx::query_scalar(AssertSqlSafe(any))
                .fetch_one(&mut *transaction)
                .await
                .map_err(Failure::from)?;
            if any {
                return Err(StoreError::WrongState { action: "import", state: "not_empty".to_owned() });
            }
        }
        // Both last until the end of this transaction.
        run(&mut transaction, "pragma defer_foreign_keys = on").await?;
        let triggers: Vec<(String, String)> =
            sqlx::query_as("select name, sql from sqlite_master where type = 'trigger' order by name")
                .fetch_all(&mut *transaction)
                .await
                .map_err(Failure::from)?;
        for (name, _) in &triggers {
            run(&mut transaction, &format!("drop trigger {}", quoted(name))).await?;
        }
        for table in &tables {
            source.begin(table).map_err(outside)?;
            let columns: Vec<_> = table.columns.iter().map(|column| quoted(column)).collect();
            let places: Vec<_> = (1..=columns.len()).map(|number| format!("${number}")).collect();
            let insert = format!(
                "insert into {} ({}) values ({})",
                quoted(&table.name),
                columns.join(", "),
                places.join(", ")
            );
            while let Some(cells) = source.row().map_err(outside)? {
                let query = cells.into_iter().fold(sqlx::query(AssertSqlSafe(insert.clone())), bind);
                query.execute(&mut *transaction).await.map_err(Failure::from)?;
            }
        }
        for (_, text) in &triggers {
            run(&mut transaction, text).await?;
        }
        let broken = sqlx::query("select 1 from pragma_foreign_key_check")
            .fetch_optional(&mut *transaction)
            .await
            .map_err(Failure::from)?;
        if broken.is_some() {
            let detail = "a row refers to one that is not there".to_owned();
            return Err(StoreError::Corrupt { what: "import", detail });
        }
        transaction.commit().await.map_err(Failure::from)?;
        Ok(())
    }

    async fn blob_names(&self, after: Option<Sha256>, limit: u32) -> Result<Vec<KnownBlob>, StoreError> {
        let mut held = self.reader().await?;
        let after = after.map(|sha256| sha256.as_bytes().to_vec()).unwrap_or_default();
        let rows: Vec<(Vec<u8>, i64, i64)> = sqlx::query_as(BLOB_NAMES)
            .bind(after)
            .bind(i64::from(limit))
            .fetch_all(&mut *held)
            .await
            .map_err(Failure::from)?;
        rows.into_iter().map(|(sha256, size, original)| known(&sha256, size, original)).collect()
    }
}

async fn version(connection: &mut Connection) -> Result<i64, Failure> {
    Ok(sqlx::query_scalar("select max(version) from _sqlx_migrations where success")
        .fetch_one(connection)
        .await?)
}

async fn shapes(connection: &mut Connection) -> Result<Vec<TableShape>, Failure> {
    let names: Vec<String> = sqlx::query_scalar(
        "select name
        from sqlite_master
        where type = 'table' and name not like 'sqlite\\_%' escape '\\' and name <> '_sqlx_migrations'
        order by name",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut tables = Vec::new();
    for name in names {
        let columns = sqlx::query_scalar("select name from pragma_table_info($1) order by name")
            .bind(&name)
            .fetch_all(&mut *connection)
            .await?;
        tables.push(TableShape { name, columns });
    }
    Ok(tables)
}

fn cell(row: &SqliteRow, index: usize) -> Result<Cell, sqlx::Error> {
    let value = row.try_get_raw(index)?;
    if value.is_null() {
        return Ok(Cell::Null);
    }
    let kind = value.type_info().name().to_owned();
    Ok(match kind.as_str() {
        "INTEGER" => Cell::Integer(row.try_get_unchecked(index)?),
        "REAL" => Cell::Real(row.try_get_unchecked(index)?),
        "TEXT" => Cell::Text(row.try_get_unchecked(index)?),
        "BLOB" => Cell::Bytes(row.try_get_unchecked(index)?),
        other => return Err(sqlx::Error::Protocol(format!("a column of type {other}"))),
    })
}

type Query<'q> = sqlx::query::Query<'q, Sqlite, SqliteArguments>;

fn bind(query: Query<'_>, cell: Cell) -> Query<'_> {
    match cell {
        Cell::Null => query.bind(None::<i64>),
        Cell::Integer(number) => query.bind(number),
        Cell::Real(number) => query.bind(number),
        Cell::Text(text) => query.bind(text),
        Cell::Bytes(bytes) => query.bind(bytes),
    }
}

fn known(sha256: &[u8], size: i64, original: i64) -> Result<KnownBlob, StoreError> {
    let corrupt = || StoreError::Corrupt { what: "blob", detail: "its digest or its length".to_owned() };
    let digest: [u8; 32] = sha256.try_into().map_err(|_| corrupt())?;
    Ok(KnownBlob {
        sha256: Sha256::from_bytes(digest),
        size_bytes: u64::try_from(size).map_err(|_| corrupt())?,
        is_original: original == 1,
    })
}

async fn run(connection: &mut Connection, statement: &str) -> Result<(), Failure> {
    sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(connection).await?;
    Ok(())
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn outside(error: std::io::Error) -> StoreError {
    StoreError::Engine(Box::new(error))
}
