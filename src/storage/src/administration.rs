use async_trait::async_trait;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::Event;
use podlinnik_domain::id::{OrganisationId, UserId};
use podlinnik_domain::original::ArchiveItem;

use crate::error::StoreError;
use crate::record::{EventFilter, OldestJob, ReceiverStanding, Volumes};

/// What those who run the service look at; a part of [`Store`](crate::Store). Reads only.
#[async_trait]
pub trait AdministrationStore: std::fmt::Debug + Send + Sync {
    /// Events that the filter lets through, with a number smaller than `before` (the last ones if none), newest first.
    async fn event_page(
        &self,
        filter: &EventFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError>;
    /// Number of the last event; 0 before the first.
    async fn event_last(&self) -> Result<u64, StoreError>;
    /// For each kind of job with due work that nobody has claimed: since when the oldest of it is due.
    async fn job_oldest(&self, now: Timestamp) -> Result<Vec<OldestJob>, StoreError>;
    /// How much there is of what is kept.
    async fn volumes(&self) -> Result<Volumes, StoreError>;
    /// Originals with a number smaller than `before` (the last ones if none), newest first.
    async fn archive_latest(
        &self,
        withdrawn_too: bool,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<ArchiveItem>, StoreError>;
    /// How the messages to each receiver of an organisation stand, by receiver; one without any is left out.
    async fn receiver_standings(
        &self,
        organisation: OrganisationId,
    ) -> Result<Vec<ReceiverStanding>, StoreError>;
    /// Everybody who has a second factor in force.
    async fn second_factor_holders(&self) -> Result<Vec<UserId>, StoreError>;
}
