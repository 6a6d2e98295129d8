use async_trait::async_trait;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{FetchId, UserId};

use crate::error::StoreError;
use crate::record::{FetchEnd, FetchOutcome, FetchRecord, FetchResume, Lease, NewFetch, Page, Position};

/// Bytes that the service fetches from an address itself; a part of [`Store`](crate::Store).
#[async_trait]
pub trait FetchStore: std::fmt::Debug + Send + Sync {
    /// Queues a fetch and its job. `WrongState` if the person has `most` that have not ended. A replayed idempotency key with the same request answers
    /// the first with `created: false`.
    async fn fetch_create(&self, fetch: &NewFetch, most: u32) -> Result<FetchOutcome, StoreError>;
    /// The fetch with this identifier.
    async fn fetch_get(&self, id: FetchId) -> Result<Option<FetchRecord>, StoreError>;
    /// Fetches that a person asked for, newest first.
    async fn fetch_list(
        &self,
        user: UserId,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Page<FetchRecord>, StoreError>;
    /// Fetches that brought these bytes, newest first.
    async fn fetch_list_by_media(&self, sha256: Sha256, limit: u32) -> Result<Vec<FetchRecord>, StoreError>;
    /// Notes how far the attempt has come: what is durable, of how many, and how to go on. `LeaseLost` for whoever does not hold the job any more.
    async fn fetch_progress(
        &self,
        lease: &Lease,
        id: FetchId,
        received: u64,
        expected: Option<u64>,
        resume: Option<&FetchResume>,
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Puts a fetch and its job back for another attempt, not before `run_at`, and tells why.
    async fn fetch_put_back(
        &self,
        lease: &Lease,
        id: FetchId,
        code: ErrorCode,
        detail: &str,
        run_at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Ends a fetch and its job.
    async fn fetch_end(
        &self,
        lease: &Lease,
        id: FetchId,
        end: &FetchEnd,
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Takes a fetch back; its job goes, also from under a worker. `WrongState` if it has ended.
    async fn fetch_cancel(
        &self,
        id: FetchId,
        actor: UserId,
        at: Timestamp,
    ) -> Result<FetchRecord, StoreError>;
}
