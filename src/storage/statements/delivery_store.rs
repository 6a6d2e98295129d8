//! The delivery part of the trait.

use async_trait::async_trait;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::id::{
    DeliveryId, IdSource, InboxEntryId, OrganisationId, ReceiverId, UserId, VerdictId,
};
use podlinnik_storage::record::{
    Delivery, DeliveryState, InboxEntry, Lease, Page, Position, Receiver, Replay,
};
use podlinnik_storage::{DeliveryStore, StoreError};

use super::store::{read, record, repeat, update};
use super::{deliveries, inbox, receivers};
use crate::engine::Handle;

#[async_trait]
impl DeliveryStore for Handle {
    async fn receiver_create(&self, receiver: &Receiver, actor: UserId) -> Result<(), StoreError> {
        record!(self, connection => receivers::receiver_create(connection, receiver, actor))
    }

    async fn receiver_list(&self, organisation: Option<OrganisationId>) -> Result<Vec<Receiver>, StoreError> {
        read!(self, connection => receivers::receiver_list(connection, organisation))
    }

    async fn receiver_disable(
        &self,
        id: ReceiverId,
        actor: Option<UserId>,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        record!(self, connection => receivers::receiver_disable(connection, id, actor, at))
    }

    async fn receiver_enable(&self, id: ReceiverId, actor: UserId, at: Timestamp) -> Result<(), StoreError> {
        record!(self, connection => receivers::receiver_enable(connection, id, actor, at))
    }

    async fn delivery_get(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
        read!(self, connection => deliveries::delivery_get(connection, id))
    }

    async fn delivery_list(&self, receiver: ReceiverId, limit: u32) -> Result<Vec<Delivery>, StoreError> {
        read!(self, connection => deliveries::delivery_list(connection, receiver, limit))
    }

    async fn delivery_has_to_wait(&self, id: DeliveryId) -> Result<bool, StoreError> {
        read!(self, connection => deliveries::delivery_has_to_wait(connection, id))
    }

    async fn delivery_put_back(&self, lease: &Lease, run_at: Timestamp) -> Result<(), StoreError> {
        update!(self, connection => deliveries::delivery_put_back(connection, lease, run_at))
    }

    async fn delivery_finish(
        &self,
        lease: &Lease,
        delivery: DeliveryId,
        state: DeliveryState,
        result: &str,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        record!(self, connection => deliveries::delivery_finish(connection, lease, delivery, state, result, at))
    }

    async fn delivery_replay(
        &self,
        receiver: ReceiverId,
        which: Replay,
        actor: UserId,
        max_attempts: u32,
        at: Timestamp,
        ids: &dyn IdSource,
    ) -> Result<u32, StoreError> {
        record!(self, connection => deliveries::delivery_replay(connection, receiver, which, actor, max_attempts, at, ids))
    }

    async fn inbox_list(
        &self,
        organisation: OrganisationId,
        user: UserId,
        unread: bool,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Page<InboxEntry>, StoreError> {
        read!(self, connection => inbox::inbox_list(connection, organisation, user, unread, after, limit))
    }

    async fn inbox_mark(
        &self,
        organisation: OrganisationId,
        user: UserId,
        entry: InboxEntryId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        update!(self, connection => inbox::inbox_mark(connection, organisation, user, entry, at))
    }

    async fn inbox_unread(&self, organisation: OrganisationId, user: UserId) -> Result<u64, StoreError> {
        read!(self, connection => inbox::inbox_unread(connection, organisation, user))
    }

    async fn verdict_read(
        &self,
        verdict: VerdictId,
        organisation: OrganisationId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        update!(self, connection => inbox::verdict_read(connection, verdict, organisation, at))
    }

    async fn verdict_readers(&self, verdict: VerdictId) -> Result<Vec<OrganisationId>, StoreError> {
        read!(self, connection => inbox::verdict_readers(connection, verdict))
    }
}
