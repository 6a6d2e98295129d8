//! What is particular to PostgreSQL: connecting, transactions, claiming.

use std::fmt;
use std::str::FromStr as _;
use std::time::Duration;

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::id::UserId;
use podlinnik_storage::record::{ClaimedJob, JobKind};
use podlinnik_storage::row::ClaimRow;
use podlinnik_storage::{Recorded, StoreError};
use sqlx::migrate::Migrator;
use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection as _, PgPool, Postgres, Transaction};

use crate::statements::{Failure, bury_exhausted, count_attempt, fill_board, fill_log, fill_public_notices};

pub(crate) use sqlx::postgres::PgConnection as Connection;

pub(crate) use PostgresStore as Handle;

/// `serialization_failure`, `deadlock_detected`.
pub(crate) const TRANSIENT: &[&str] = &["40001", "40P01"];

/// No transaction waits for anything but the database: one that pauses for so long belongs to a process that is stopped or gone.
const IDLE_IN_TRANSACTION: &str = "15s";

/// Connections of one process.
const CONNECTIONS: u32 = 10;

/// The advisory lock that whoever appends to the history holds: "podlinnk" in ASCII.
const HISTORY: i64 = 0x706f_646c_696e_6e6b;

/// A connection that was used so lately is taken without asking whether it still stands: that would cost as much as the question itself.
const UNSEEN: Duration = Duration::from_secs(1);

pub(crate) static MIGRATOR: Migrator = sqlx::migrate!();

/// A store in one PostgreSQL database, shared by any number of processes.
#[derive(Clone)]
pub struct PostgresStore {
    pool: PgPool,
    /// Who waits for new events in this process.
    pub(crate) recorded: Recorded,
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let options = self.pool.connect_options();
        formatter
            .debug_struct("PostgresStore")
            .field("host", &options.get_host())
            .field("port", &options.get_port())
            .field("database", &options.get_database())
            .finish_non_exhaustive()
    }
}

impl PostgresStore {
    /// Connects to `postgres://user:password@host:port/database` and brings the schema up to date.
    ///
    /// # Errors
    /// `Engine` if the address is malformed (it is not repeated, it may hold a password), the server does not answer, or the schema is newer than
    /// this version.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        Self::connected(url, true).await
    }

    /// Connects and leaves the schema as it is.
    ///
    /// # Errors
    /// As [`PostgresStore::connect`], and `Corrupt` if the schema is not the one of this version.
    pub async fn connect_as_it_is(url: &str) -> Result<Self, StoreError> {
        Self::connected(url, false).await
    }

    async fn connected(url: &str, migrating: bool) -> Result<Self, StoreError> {
        // A process that stands still in the middle of a transaction would hold its locks, the history's among them, against everybody.
        let options = PgConnectOptions::from_str(url)
            .map_err(Failure::from)?
            .application_name("podlinnik")
            .options([("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION)]);
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .test_before_acquire(false)
            .before_acquire(|connection, known| {
                Box::pin(async move {
                    if known.idle_for >= UNSEEN {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .acquire_timeout(Duration::from_secs(60))
            .connect_with(options)
            .await
            .map_err(Failure::from)?;
        if migrating {
            MIGRATOR.run(&pool).await.map_err(|error| StoreError::Engine(Box::new(error)))?;
        }
        let store = Self { pool, recorded: Recorded::default() };
        if !migrating {
            ping(&store).await?;
        }
        fill_log(&store).await?;
        fill_public_notices(&store).await?;
        fill_board(&store).await?;
        Ok(store)
    }

    /// Waits for running statements and closes the connections.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    pub(crate) async fn reader(&self) -> Result<PoolConnection<Postgres>, Failure> {
        Ok(self.pool.acquire().await?)
    }

    pub(crate) async fn begin_update(&self) -> Result<Transaction<'static, Postgres>, Failure> {
        Ok(self.pool.begin().await?)
    }

    /// The history's lock comes before every other lock of the transaction: no two can wait for each other.
    pub(crate) async fn begin_record(&self) -> Result<Transaction<'static, Postgres>, Failure> {
        let mut transaction = self.pool.begin().await?;
        lock_history(&mut transaction).await?;
        Ok(transaction)
    }
}

async fn lock_history(connection: &mut Connection) -> Result<(), Failure> {
    sqlx::query!("select pg_advisory_xact_lock($1)", HISTORY).execute(connection).await?;
    Ok(())
}

/// Keeps others who count what a person has waiting until the transaction ends. Whoever only refers to the person goes on.
pub(crate) async fn lock_user(connection: &mut Connection, user: UserId) -> Result<(), Failure> {
    sqlx::query!("select id from users where id = $1 for no key update", user.as_uuid())
        .fetch_optional(connection)
        .await?;
    Ok(())
}

/// What the server's clock shows.
pub(crate) async fn time(store: &PostgresStore) -> Result<Option<Timestamp>, Failure> {
    let micros =
        sqlx::query_scalar!(r#"select (extract(epoch from clock_timestamp()) * 1000000)::bigint as "now!""#)
            .fetch_one(&store.pool)
            .await?;
    let time = Timestamp::from_microsecond(micros);
    Ok(Some(time.map_err(|error| StoreError::Corrupt { what: "clock", detail: error.to_string() })?))
}

/// Whether the server answers with the schema that this version knows.
pub(crate) async fn ping(store: &PostgresStore) -> Result<(), Failure> {
    // Not checked at compile time: the table belongs to sqlx, not to a migration.
    let stored: Option<i64> = sqlx::query_scalar("select max(version) from _sqlx_migrations where success")
        .fetch_one(&store.pool)
        .await?;
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
        sqlx::query_scalar("select pg_database_size(current_database())").fetch_one(connection).await?;
    Ok(podlinnik_storage::row::number("database size", bytes)?)
}

/// Claims the most urgent job that is due.
pub(crate) async fn job_claim(
    store: &PostgresStore,
    kinds: &[JobKind],
    worker: &str,
    now: Timestamp,
    until: Timestamp,
) -> Result<Option<ClaimedJob>, Failure> {
    let kinds: Vec<String> = kinds.iter().map(|kind| kind.code().to_owned()).collect();
    let worker = worker.replace('\0', "\u{fffd}");
    let now_us = now.as_microsecond();
    let until = until.as_microsecond();
    let mut transaction = store.pool.begin().await?;
    // Rare: somebody has to be buried, which is an event and needs the history's lock before any job's.
    let exhausted = sqlx::query_scalar!(
        r#"select exists (
            select 1
            from jobs
            where kind = any($1)
                and state = 'leased'
                and leased_until <= $2
                and attempts >= max_attempts
        ) as "exhausted!""#,
        &kinds,
        now_us,
    )
    .fetch_one(&mut *transaction)
    .await?;
    if exhausted {
        lock_history(&mut transaction).await?;
        bury_all(&mut transaction, &kinds, now).await?;
    }
    let claimed = sqlx::query_as!(
        ClaimRow,
        r#"update jobs
        set state = 'leased', leased_until = $3, worker = $4, attempts = attempts + 1, fencing = fencing + 1
        where id = (
            select id
            from jobs
            where kind = any($1)
                and attempts < max_attempts
                and ((state = 'queued' and run_at <= $2) or (state = 'leased' and leased_until <= $2))
            order by priority desc, turn, run_at, id
            for update skip locked
            limit 1
        )
        returning id, kind, payload, attempts, max_attempts, fencing, leased_until as "leased_until!""#,
        &kinds,
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
    if exhausted {
        store.recorded.tell();
    }
    Ok(claimed.map(TryInto::try_into).transpose()?)
}

async fn bury_all(connection: &mut Connection, kinds: &[String], now: Timestamp) -> Result<(), Failure> {
    let now_us = now.as_microsecond();
    let exhausted = sqlx::query!(
        "select id, analysis_id, delivery_id, fetch_id
        from jobs
        where kind = any($1)
            and state = 'leased'
            and leased_until <= $2
            and attempts >= max_attempts
        order by id
        for update skip locked",
        kinds,
        now_us,
    )
    .fetch_all(&mut *connection)
    .await?;
    for job in exhausted {
        bury_exhausted(connection, job.id, job.analysis_id, job.delivery_id, job.fetch_id, now).await?;
    }
    Ok(())
}
