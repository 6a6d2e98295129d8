use async_trait::async_trait;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::id::{CaseId, NoteId, OrganisationId, UserId, ViewId};
use podlinnik_domain::note::{CaseNote, SavedView};

use crate::error::StoreError;
use crate::record::{BoardCounts, BoardQuestion, BoardRecord, NewNote, Page, Steps};

/// What the page needs; a part of [`Store`](crate::Store).
#[async_trait]
pub trait BoardStore: std::fmt::Debug + Send + Sync {
    /// Tells when an event was appended through this store. A hint: other processes have stores of their own.
    fn recorded(&self) -> tokio::sync::watch::Receiver<u64>;

    // --- the board --------------------------------------------------------------------------------------------------------------

    /// A page of the board.
    async fn board_page(&self, question: &BoardQuestion) -> Result<Page<BoardRecord>, StoreError>;
    /// How many cases of `root` and below (all if none) wait for what; what waits for `person` is counted by the steps that they could take within
    /// `acts_within` (everywhere if none). `late_before`: an open case first seen before then is overdue.
    async fn board_counts(
        &self,
        root: Option<OrganisationId>,
        acts_within: Option<OrganisationId>,
        person: UserId,
        steps: Steps,
        late_before: Timestamp,
    ) -> Result<BoardCounts, StoreError>;
    /// Number of the last event that was about a case; 0 if there is none.
    async fn board_sequence(&self) -> Result<u64, StoreError>;

    // --- notes ------------------------------------------------------------------------------------------------------------------

    /// Adds a note. `Missing` if there is no such case.
    async fn note_create(&self, note: &NewNote) -> Result<CaseNote, StoreError>;
    /// The note with this identifier.
    async fn note_get(&self, id: NoteId) -> Result<Option<CaseNote>, StoreError>;
    /// Notes on a case, oldest first.
    async fn note_list(&self, case: CaseId) -> Result<Vec<CaseNote>, StoreError>;
    /// Takes a note back. `Missing` if it is not `author`'s, `WrongState` if it was taken back before.
    async fn note_withdraw(
        &self,
        id: NoteId,
        author: UserId,
        reason: &str,
        at: Timestamp,
    ) -> Result<CaseNote, StoreError>;

    // --- saved views ------------------------------------------------------------------------------------------------------------

    /// Keeps a view; one of the same name is replaced and keeps its identifier. `WrongState` if the person has `most` others.
    async fn view_save(&self, user: UserId, view: &SavedView, most: u32) -> Result<SavedView, StoreError>;
    /// Views of a person, by name.
    async fn view_list(&self, user: UserId) -> Result<Vec<SavedView>, StoreError>;
    /// Removes a view; answers whether the person had it.
    async fn view_remove(&self, user: UserId, id: ViewId) -> Result<bool, StoreError>;
}
