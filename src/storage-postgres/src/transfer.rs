//! Everything out of a database, and everything into an empty one. Not checked at compile time: the tables are those that the database has.

use std::str::FromStr as _;

use async_trait::async_trait;
use futures_util::TryStreamExt as _;
use podlinnik_domain::hash::Sha256;
use podlinnik_storage::transfer::{Cell, KnownBlob, TableShape, TableSink, TableSource};
use podlinnik_storage::{StoreError, TransferStore};
use sqlx::postgres::{PgArguments, PgConnectOptions, PgRow};
use sqlx::{AssertSqlSafe, Connection as _, Postgres, Row as _};

use crate::engine::{Connection, MIGRATOR, PostgresStore};
use crate::statements::Failure;

/// Between two tables a disk is waited for, which may take longer than a transaction may stand still otherwise.
const AT_LEISURE: &str = "set local idle_in_transaction_session_timeout = 0";

/// Blobs that any table names; the same text for both engines.
const BLOB_NAMES: &str = "select sha256, max(size_bytes), max(original)::bigint
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

impl PostgresStore {
    /// Migrations that the database still waits for, by name.
    ///
    /// # Errors
    /// `Engine` if the server does not answer.
    pub async fn pending(url: &str) -> Result<Vec<String>, StoreError> {
        let options = PgConnectOptions::from_str(url).map_err(Failure::from)?;
        let mut connection = Connection::connect_with(&options).await.map_err(Failure::from)?;
        let there: bool = sqlx::query_scalar("select to_regclass('_sqlx_migrations') is not null")
            .fetch_one(&mut connection)
            .await
            .map_err(Failure::from)?;
        let applied: Vec<i64> = if there {
            sqlx::query_scalar("select version from _sqlx_migrations where success")
                .fetch_all(&mut connection)
                .await
                .map_err(Failure::from)?
        } else {
            Vec::new()
        };
        let waiting = MIGRATOR.iter().filter(|migration| !applied.contains(&migration.version));
        Ok(waiting.map(|migration| format!("{:04} {}", migration.version, migration.description)).collect())
    }
}

/// How a column is stored here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Integer(&'static str),
    Truth,
    Real,
    Text,
    Bytes,
    Uuid,
}

impl Kind {
    fn of(column: &str, named: &str) -> Result<Self, Failure> {
        Ok(match named {
            "bigint" => Self::Integer("bigint"),
            "integer" => Self::Integer("integer"),
            "smallint" => Self::Integer("smallint"),
            "boolean" => Self::Truth,
            "double precision" => Self::Real,
            "text" => Self::Text,
            "bytea" => Self::Bytes,
            "uuid" => Self::Uuid,
            other => {
                let detail = format!("column {column} is of type {other}");
                return Err(StoreError::Corrupt { what: "schema", detail }.into());
            }
        })
    }

    /// The column as one of the types of [`Cell`].
    fn read(self, column: &str) -> String {
        match self {
            Self::Integer(_) => format!("{column}::bigint"),
            Self::Truth => format!("{column}::integer::bigint"),
            Self::Real | Self::Text | Self::Bytes => column.to_owned(),
            Self::Uuid => format!("uuid_send({column})"),
        }
    }

    /// The parameter as the type of the column.
    fn write(self, number: usize) -> String {
        match self {
            Self::Integer(name) => format!("${number}::bigint::{name}"),
            Self::Truth => format!("(${number}::bigint <> 0)"),
            Self::Real => format!("${number}::double precision"),
            Self::Text => format!("${number}::text"),
            Self::Bytes => format!("${number}::bytea"),
            Self::Uuid => format!("encode(${number}::bytea, 'hex')::uuid"),
        }
    }
}

#[async_trait]
impl TransferStore for PostgresStore {
    async fn transfer_shape(&self) -> Result<(i64, Vec<TableShape>), StoreError> {
        let mut held = self.reader().await?;
        let version = sqlx::query_scalar("select max(version) from _sqlx_migrations where success")
            .fetch_one(&mut *held)
            .await
            .map_err(Failure::from)?;
        let tables = shapes(&mut held).await?;
        Ok((version, tables.into_iter().map(|(table, _)| table).collect()))
    }

    async fn transfer_out(&self, sink: &mut dyn TableSink) -> Result<(), StoreError> {
        let mut snapshot = self.begin_update().await?;
        run(&mut snapshot, "set transaction isolation level repeatable read read only").await?;
        run(&mut snapshot, AT_LEISURE).await?;
        for (table, kinds) in shapes(&mut snapshot).await? {
            sink.begin(&table).map_err(outside)?;
            let columns: Vec<_> =
                table.columns.iter().zip(&kinds).map(|(column, kind)| kind.read(&quoted(column))).collect();
            let select = format!("select {} from {}", columns.join(", "), quoted(&table.name));
            let mut rows = sqlx::query(AssertSqlSafe(select)).fetch(&mut *snapshot);
            while let Some(row) = rows.try_next().await.map_err(Failure::from)? {
                let cells = kinds
                    .iter()
                    .enumerate()
                    .map(|(index, kind)| cell(&row, index, *kind))
                    .collect::<Result<_, _>>();
                sink.row(cells.map_err(Failure::from)?).map_err(outside)?;
            }
        }
        snapshot.rollback().await.map_err(Failure::from)?;
        Ok(())
    }

    async fn transfer_in(&self, source: &mut dyn TableSource) -> Result<(), StoreError> {
        let mut transaction = self.begin_record().await?;
        run(&mut transaction, AT_LEISURE).await?;
        let tables = shapes(&mut transaction).await?;
        for (table, _) in &tables {
            let any = format!("select exists (select 1 from {})", quoted(&table.name));
            let any: bool = sqlx::query_scalar(AssertSqlSafe(any))
                .fetch_one(&mut *transaction)
                .await
                .map_err(Failure::from)?;
            if any {
                return Err(StoreError::WrongState { action: "import", state: "not_empty".to_owned() });
            }
        }
        // What refers to what is checked at the end, when the constraints are made again; all in one transaction.
        let references: Vec<(String, String, String)> = sqlx::query_as(
            "select conrelid::regclass::text, conname::text, pg_get_constraintdef(oid)
            from pg_constraint
            where contype = 'f' and connamespace = current_schema()::regnamespace
            order by 1, 2",
        )
        .fetch_all(&mut *transaction)
        .await
        .map_err(Failure::from)?;
        for (table, name, _) in &references {
            run(&mut transaction, &format!("alter table {table} drop constraint {}", quoted(name))).await?;
        }
        for (table, kinds) in &tables {
            let name = quoted(&table.name);
            run(&mut transaction, &format!("alter table {name} disable trigger user")).await?;
            source.begin(table).map_err(outside)?;
            let columns: Vec<_> = table.columns.iter().map(|column| quoted(column)).collect();
            let places: Vec<_> = (1..).zip(kinds).map(|(number, kind)| kind.write(number)).collect();
            let insert =
                format!("insert into {name} ({}) values ({})", columns.join(", "), places.join(", "));
            while let Some(cells) = source.row().map_err(outside)? {
                let mut query = sqlx::query(AssertSqlSafe(insert.clone()));
                for (cell, kind) in cells.into_iter().zip(kinds) {
                    query = bind(query, cell, *kind)?;
                }
                query.execute(&mut *transaction).await.map_err(Failure::from)?;
            }
            run(&mut transaction, &format!("alter table {name} enable trigger user")).await?;
        }
        for (table, name, definition) in &references {
            let add = format!("alter table {table} add constraint {} {definition}", quoted(name));
            run(&mut transaction, &add).await?;
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

async fn shapes(connection: &mut Connection) -> Result<Vec<(TableShape, Vec<Kind>)>, Failure> {
    let names: Vec<String> = sqlx::query_scalar(
        r#"select table_name::text collate "C" as name
        from information_schema.tables
        where table_schema = current_schema() and table_type = 'BASE TABLE' and table_name <> '_sqlx_migrations'
        order by name"#,
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut tables = Vec::new();
    for name in names {
        let columns: Vec<(String, String)> = sqlx::query_as(
            r#"select column_name::text collate "C" as name, data_type::text
            from information_schema.columns
            where table_schema = current_schema() and table_name = $1
            order by name"#,
        )
        .bind(&name)
        .fetch_all(&mut *connection)
        .await?;
        let kinds =
            columns.iter().map(|(column, named)| Kind::of(column, named)).collect::<Result<Vec<_>, _>>()?;
        let columns = columns.into_iter().map(|(column, _)| column).collect();
        tables.push((TableShape { name, columns }, kinds));
    }
    Ok(tables)
}

fn cell(row: &PgRow, index: usize, kind: Kind) -> Result<Cell, sqlx::Error> {
    let found = match kind {
        Kind::Integer(_) | Kind::Truth => row.try_get::<Option<i64>, _>(index)?.map(Cell::Integer),
        Kind::Real => row.try_get::<Option<f64>, _>(index)?.map(Cell::Real),
        Kind::Text => row.try_get::<Option<String>, _>(index)?.map(Cell::Text),
        Kind::Bytes | Kind::Uuid => row.try_get::<Option<Vec<u8>>, _>(index)?.map(Cell::Bytes),
    };
    Ok(found.unwrap_or(Cell::Null))
}

type Query<'q> = sqlx::query::Query<'q, Postgres, PgArguments>;

fn bind(query: Query<'_>, cell: Cell, kind: Kind) -> Result<Query<'_>, StoreError> {
    Ok(match (kind, cell) {
        (Kind::Integer(_) | Kind::Truth, Cell::Null) => query.bind(None::<i64>),
        (Kind::Integer(_) | Kind::Truth, Cell::Integer(number)) => query.bind(number),
        (Kind::Real, Cell::Null) => query.bind(None::<f64>),
        (Kind::Real, Cell::Real(number)) => query.bind(number),
        (Kind::Text, Cell::Null) => query.bind(None::<String>),
        (Kind::Text, Cell::Text(text)) => query.bind(text),
        (Kind::Bytes | Kind::Uuid, Cell::Null) => query.bind(None::<Vec<u8>>),
        (Kind::Bytes | Kind::Uuid, Cell::Bytes(bytes)) => query.bind(bytes),
        (kind, cell) => {
            let detail = format!("{cell:?} for a column of kind {kind:?}").chars().take(200).collect();
            return Err(StoreError::Corrupt { what: "import", detail });
        }
    })
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
