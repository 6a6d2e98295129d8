//! The part of the trait for those who run the service.

use async_trait::async_trait;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::Event;
use podlinnik_domain::id::{OrganisationId, UserId};
use podlinnik_domain::original::ArchiveItem;
use podlinnik_storage::record::{EventFilter, OldestJob, ReceiverStanding, Volumes};
use podlinnik_storage::{AdministrationStore, StoreError};

use super::store::{read, repeat};
use super::{administration, archive};
use crate::engine::{self, Handle};

#[async_trait]
impl AdministrationStore for Handle {
    async fn event_page(
        &self,
        filter: &EventFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        read!(self, connection => administration::event_page(connection, filter, before, limit))
    }

    async fn event_last(&self) -> Result<u64, StoreError> {
        read!(self, connection => administration::event_last(connection))
    }

    async fn job_oldest(&self, now: Timestamp) -> Result<Vec<OldestJob>, StoreError> {
        read!(self, connection => administration::job_oldest(connection, now))
    }

    async fn volumes(&self) -> Result<Volumes, StoreError> {
        let volumes = read!(self, connection => administration::volumes(connection))?;
        let database_bytes = read!(self, connection => engine::database_bytes(connection))?;
        Ok(Volumes { database_bytes, ..volumes })
    }

    async fn archive_latest(
        &self,
        withdrawn_too: bool,
        before: Option<u64>,
        limit: u32,
    ) -> Result<Vec<ArchiveItem>, StoreError> {
        read!(self, connection => archive::archive_latest(connection, withdrawn_too, before, limit))
    }

    async fn receiver_standings(
        &self,
        organisation: OrganisationId,
    ) -> Result<Vec<ReceiverStanding>, StoreError> {
        read!(self, connection => administration::receiver_standings(connection, organisation))
    }

    async fn second_factor_holders(&self) -> Result<Vec<UserId>, StoreError> {
        read!(self, connection => administration::second_factor_holders(connection))
    }
}
