use async_trait::async_trait;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::id::{
    DeliveryId, IdSource, InboxEntryId, OrganisationId, ReceiverId, UserId, VerdictId,
};

use crate::error::StoreError;
use crate::record::{Delivery, DeliveryState, InboxEntry, Lease, Page, Position, Receiver, Replay};

/// Ways out of the service: receivers, deliveries, the inbox, and who has read what; a part of [`Store`](crate::Store). Messages come into being
/// with the transitions that they tell of, in the same transaction.
#[async_trait]
pub trait DeliveryStore: std::fmt::Debug + Send + Sync {
    // --- receivers ----------------------------------------------------------------------------------------------------------------

    /// Registers a receiver.
    async fn receiver_create(&self, receiver: &Receiver, actor: UserId) -> Result<(), StoreError>;
    /// Receivers of one organisation (all if none), by time of registration.
    async fn receiver_list(&self, organisation: Option<OrganisationId>) -> Result<Vec<Receiver>, StoreError>;
    /// Switches a receiver off; its waiting deliveries are given up. Repeating it changes nothing.
    async fn receiver_disable(
        &self,
        id: ReceiverId,
        actor: Option<UserId>,
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Switches a receiver on again. What it missed is sent when asked for. Repeating it changes nothing.
    async fn receiver_enable(&self, id: ReceiverId, actor: UserId, at: Timestamp) -> Result<(), StoreError>;

    // --- deliveries ---------------------------------------------------------------------------------------------------------------

    /// The delivery with this identifier.
    async fn delivery_get(&self, id: DeliveryId) -> Result<Option<Delivery>, StoreError>;
    /// Deliveries to a receiver, newest first.
    async fn delivery_list(&self, receiver: ReceiverId, limit: u32) -> Result<Vec<Delivery>, StoreError>;
    /// Whether an earlier message about the same thing still waits for the same receiver.
    async fn delivery_has_to_wait(&self, id: DeliveryId) -> Result<bool, StoreError>;
    /// Puts the job of a delivery back without counting the attempt, if `lease` still holds. The end of the message before it makes it due.
    async fn delivery_put_back(&self, lease: &Lease, run_at: Timestamp) -> Result<(), StoreError>;
    /// Ends a delivery and its job (`Delivered` or `GivenUp`), if `lease` still holds; the next about the same thing is due at once.
    async fn delivery_finish(
        &self,
        lease: &Lease,
        delivery: DeliveryId,
        state: DeliveryState,
        result: &str,
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Queues ended deliveries once more, with the same identifiers; answers how many. `WrongState` for a receiver that is switched off or a
    /// delivery that waits.
    async fn delivery_replay(
        &self,
        receiver: ReceiverId,
        which: Replay,
        actor: UserId,
        max_attempts: u32,
        at: Timestamp,
        ids: &dyn IdSource,
    ) -> Result<u32, StoreError>;

    // --- inbox --------------------------------------------------------------------------------------------------------------------

    /// The inbox of an organisation, newest first, with the marks of one person; only what that person has not read if `unread`.
    async fn inbox_list(
        &self,
        organisation: OrganisationId,
        user: UserId,
        unread: bool,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Page<InboxEntry>, StoreError>;
    /// Marks an entry of the organisation's inbox as read by a person. Repeating it changes nothing.
    async fn inbox_mark(
        &self,
        organisation: OrganisationId,
        user: UserId,
        entry: InboxEntryId,
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// How many entries a person has not read.
    async fn inbox_unread(&self, organisation: OrganisationId, user: UserId) -> Result<u64, StoreError>;

    // --- readers ------------------------------------------------------------------------------------------------------------------

    /// Remembers that an organisation has read a verdict. Repeating it changes nothing.
    async fn verdict_read(
        &self,
        verdict: VerdictId,
        organisation: OrganisationId,
        at: Timestamp,
    ) -> Result<(), StoreError>;
    /// Which of these verdicts an organisation has read.
    async fn verdict_readers(&self, verdict: VerdictId) -> Result<Vec<OrganisationId>, StoreError>;
}
