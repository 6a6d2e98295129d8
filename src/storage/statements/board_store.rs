//! The board's part of the trait.

use async_trait::async_trait;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::id::{CaseId, NoteId, OrganisationId, UserId, ViewId};
use podlinnik_domain::note::{CaseNote, SavedView};
use podlinnik_storage::record::{BoardCounts, BoardQuestion, BoardRecord, NewNote, Page, Steps};
use podlinnik_storage::{BoardStore, StoreError};
use tokio::sync::watch;

use super::store::{read, record, repeat, update};
use super::{board, notes, saved_views};
use crate::engine::Handle;

#[async_trait]
impl BoardStore for Handle {
    fn recorded(&self) -> watch::Receiver<u64> {
        self.recorded.subscribe()
    }

    async fn board_page(&self, question: &BoardQuestion) -> Result<Page<BoardRecord>, StoreError> {
        read!(self, connection => board::board_page(connection, question))
    }

    async fn board_counts(
        &self,
        root: Option<OrganisationId>,
        acts_within: Option<OrganisationId>,
        person: UserId,
        steps: Steps,
        late_before: Timestamp,
    ) -> Result<BoardCounts, StoreError> {
        read!(self, connection => board::board_counts(connection, root, acts_within, person, steps, late_before))
    }

    async fn board_sequence(&self) -> Result<u64, StoreError> {
        read!(self, connection => board::board_sequence(connection))
    }

    async fn note_create(&self, note: &NewNote) -> Result<CaseNote, StoreError> {
        record!(self, connection => notes::note_create(connection, note))
    }

    async fn note_get(&self, id: NoteId) -> Result<Option<CaseNote>, StoreError> {
        read!(self, connection => notes::note_get(connection, id))
    }

    async fn note_list(&self, case: CaseId) -> Result<Vec<CaseNote>, StoreError> {
        read!(self, connection => notes::note_list(connection, case))
    }

    async fn note_withdraw(
        &self,
        id: NoteId,
        author: UserId,
        reason: &str,
        at: Timestamp,
    ) -> Result<CaseNote, StoreError> {
        record!(self, connection => notes::note_withdraw(connection, id, author, reason, at))
    }

    async fn view_save(&self, user: UserId, view: &SavedView, most: u32) -> Result<SavedView, StoreError> {
        update!(self, connection => saved_views::view_save(connection, user, view, most))
    }

    async fn view_list(&self, user: UserId) -> Result<Vec<SavedView>, StoreError> {
        read!(self, connection => saved_views::view_list(connection, user))
    }

    async fn view_remove(&self, user: UserId, id: ViewId) -> Result<bool, StoreError> {
        update!(self, connection => saved_views::view_remove(connection, user, id))
    }
}
