//! What is particular to SQLite: opening, transactions, claiming.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr as _;
use std::time::Duration;

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::id::UserId;
use podlinnik_storage::record::{ClaimedJob, JobKind};
use podlinnik_storage::row::ClaimRow;
use podlinnik_storage::{Recorded, StoreError};
use sqlx::migrate::Migrator;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqlitePool, Transaction};
use uuid::Uuid;

use crate::statements::{Failure, bury_exhausted, count_attempt, fill_board, fill_log, fill_public_notices};

pub(crate) use sqlx::sqlite::SqliteConnection as Connection;

pub(crate) use SqliteStore as Handle;

/// `SQLITE_BUSY` and its extended codes, `SQLITE_LOCKED`.
pub(crate) const TRANSIENT: &[&str] = &["5", "261", "517", "6"];

/// How long a writer waits for another process (an operator's command beside the service).
const BUSY: Duration = Duration::from_secs(15);
const READERS: u32 = 4;

pub(crate) static MIGRATOR: Migrator = sqlx::migrate!();

/// A store in one SQLite file (or in memory, for tests).
#[derive(Clone)]
pub struct SqliteStore {
    path: Option<PathBuf>,
    writer: SqlitePool,
    readers: SqlitePool,
    /// Who waits for new events in this process.
    pub(crate) recorded: Recorded,
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("SqliteStore").field("path", &self.path).finish_non_exhaustive()
    }
}

impl SqliteStore {
    /// Opens the file, creates it if need be and brings its schema up to date.
    ///
    /// # Errors
    /// `Engine` if the file cannot be opened, is no database, or is newer than this version.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        Self::opened(path, true).await
    }

    /// Opens the file and leaves its schema as it is.
    ///
    /// # Errors
    /// As [`SqliteStore::open`], and `Corrupt` if the schema is not the one of this version.
    pub async fn open_as_it_is(path: &Path) -> Result<Self, StoreError> {
        Self::opened(path, false).await
    }

    async fn opened(path: &Path, migrating: bool) -> Result<Self, StoreError> {
        let options = options(SqliteConnectOptions::new().filename(path).create_if_missing(true));
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .test_before_acquire(false)
            .acquire_timeout(Duration::from_secs(60))
            .connect_with(options.clone())
            .await
            .map_err(Failure::from)?;
        if migrating {
            migrate(&writer).await?;
        }
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            // A file does not go away; asking whether it is there costs as much as asking something.
            .test_before_acquire(false)
            .connect_with(options.pragma("query_only", "on"))
            .await
            .map_err(Failure::from)?;
        let store = Self { path: Some(path.to_owned()), writer, readers, recorded: Recorded::default() };
        if !migrating {
            ping(&store).await?;
        }
        fill_log(&store).await?;
        fill_public_notices(&store).await?;
        fill_board(&store).await?;
        Ok(store)
    }

    /// A store that ends with the process.
    ///
    /// # Errors
    /// `Engine` if SQLite fails.
    pub async fn in_memory() -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::from_str("sqlite::memory:").map_err(Failure::from)?;
        let writer = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .connect_with(options.foreign_keys(true))
            .await
            .map_err(Failure::from)?;
        migrate(&writer).await?;
        Ok(Self { path: None, readers: writer.clone(), writer, recorded: Recorded::default() })
    }

    /// Waits for running statements and closes the file.
    pub async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }

    pub(crate) async fn reader(&self) -> Result<PoolConnection<Sqlite>, Failure> {
        Ok(self.readers.acquire().await?)
    }

    /// There is one writer at a time anyhow: both kinds of transaction are the same here.
    pub(crate) async fn begin_update(&self) -> Result<Transaction<'static, Sqlite>, Failure> {
        Ok(self.writer.begin_with("begin immediate").await?)
    }

    pub(crate) async fn begin_record(&self) -> Result<Transaction<'static, Sqlite>, Failure> {
        self.begin_update().await
    }
}

fn options(options: SqliteConnectOptions) -> SqliteConnectOptions {
    options
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(BUSY)
}

/// Brings the schema up to date. Of two processes that do so at once one makes each step: the other sees it as a failure and goes on from there.
async fn migrate(writer: &SqlitePool) -> Result<(), StoreError> {
    let mut made = version(writer).await.unwrap_or_default();
    loop {
        let Err(error) = MIGRATOR.run(writer).await else { return Ok(()) };
        let now = version(writer).await.unwrap_or_default();
        if now <= made {
            return Err(StoreError::Engine(Box::new(error)));
        }
        made = now;
    }
}

/// The last step of the schema that was made; none in an empty file.
async fn version(pool: &SqlitePool) -> Result<Option<i64>, Failure> {
    // Not checked at compile time: the table belongs to sqlx, not to a migration.
    Ok(sqlx::query_scalar("select max(version) from _sqlx_migrations where success").fetch_one(pool).await?)
}

/// There is one writer at a time anyhow: nobody else counts meanwhile.
pub(crate) async fn lock_user(_connection: &mut Connection, _user: UserId) -> Result<(), Failure> {
    Ok(())
}

/// None: the database runs on this machine's clock.
#[expect(clippy::unused_async, reason = "the other engine asks its server")]
pub(crate) async fn time(_: &SqliteStore) -> Result<Option<Timestamp>, Failure> {
    Ok(None)
}

/// Whether the file answers with the schema that this version knows.
pub(crate) async fn ping(store: &SqliteStore) -> Result<(), Failure> {
    let stored = version(&store.readers).await?;
    let expected = MIGRATOR.iter().map(|migration| migration.version).max();
    if stored == expected {
        return Ok(());
    }
    let detail = format!("version {stored:?}, expected {expected:?}");
    Err(StoreError::Corrupt { what: "schema", detail }.into())
}

/// Bytes that the database takes.
pub(crate) async fn database_bytes(connection: &mut Connection) -> Result<u64, Failure> {
    // Not checked at compile time: no table of ours is asked.
    let bytes: i64 =
        sqlx::query_scalar("select page_count * page_size from pragma_page_count(), pragma_page_size()")
            .fetch_one(connection)
            .await?;
    Ok(podlinnik_storage::row::number("database size", bytes)?)
}

/// Claims the most urgent job that is due.
pub(crate) async fn job_claim(
    store: &SqliteStore,
    kinds: &[JobKind],
    worker: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<ClaimedJob>, Failure> {
    let kinds = serde_json::json!(kinds).to_string();
    let worker = worker.replace('\0', "\u{fffd}");
    let now_us = now.as_microsecond();
    let until = until.as_microsecond();
    // Most polls find nothing: they cost a read, not a write.
    let waiting = sqlx::query_scalar!(
        r#"select exists (
            select 1
            from jobs
            where kind in (select value from json_each($1))
                and ((state = 'queued' and run_at <= $2) or (state = 'leased' and leased_until <= $2))
        ) as "waiting!: bool""#,
        kinds,
        now_us,
    )
    .fetch_one(&store.readers)
    .await?;
    if !waiting {
        return Ok(None);
    }
    let mut transaction = store.begin_record().await?;
    let exhausted = sqlx::query!(
        r#"select id as "id: Uuid", analysis_id as "analysis_id: Uuid", delivery_id as "delivery_id: Uuid", fetch_id as "fetch_id: Uuid"
        from jobs
        where kind in (select value from json_each($1))
            and state = 'leased'
            and leased_until <= $2
            and attempts >= max_attempts
        order by id"#,
        kinds,
        now_us,
    )
    .fetch_all(&mut *transaction)
    .await?;
    let buried = !exhausted.is_empty();
    for job in exhausted {
        bury_exhausted(&mut transaction, job.id, job.analysis_id, job.delivery_id, job.fetch_id, now).await?;
    }
    let claimed = sqlx::query_as!(
        ClaimRow,
        r#"update jobs
        set state = 'leased', leased_until = $3, worker = $4, attempts = attempts + 1, fencing = fencing + 1
        where id = (
            select id
            from jobs
            where kind in (select value from json_each($1))
                and ((state = 'queued' and run_at <= $2) or (state = 'leased' and leased_until <= $2))
            order by priority desc, turn, run_at, id
            limit 1
        )
        returning id as "id: Uuid", kind, payload, attempts, max_attempts, fencing, leased_until as "leased_until!""#,
        kinds,
        now_us,
        until,
        worker,
    )
    .fetch_optional(&mut *transaction)
    .await?;
    if let Some(claimed) = &claimed {
        count_attempt(&mut transaction, claimed.id).await?;
    }
    transaction.commit().await?;
    if buried {
        store.recorded.tell();
    }
    Ok(claimed.map(TryInto::try_into).transpose()?)
}
