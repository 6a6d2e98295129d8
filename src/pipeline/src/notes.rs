//! Notes of the desk on cases, and views that a person keeps. Notes are for those who work on cases: writing one needs `analyst`, `editor`, `approver` or
//! `corrections_officer`, reading one of these or `auditor`. Views are everybody's own.

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{CaseId, NoteId, ViewId};
use podlinnik_domain::note::{
    CaseNote, MOST_VIEWS, NOTE_CHARS, SavedView, VIEW_NAME_CHARS, VIEW_QUERY_CHARS,
};
use podlinnik_domain::people::{Actor, Role};
use podlinnik_domain::submission::FieldError;
use podlinnik_storage::record::NewNote;

use crate::access::{not_found, require};
use crate::desk::reason;
use crate::error::ServiceError;
use crate::service::{Answer, Service};

const MAY_WRITE: &[Role] = &[Role::Analyst, Role::Editor, Role::Approver, Role::CorrectionsOfficer];
/// Who may read the desk's notes, and find cases by them.
pub(crate) const MAY_READ_NOTES: &[Role] =
    &[Role::Analyst, Role::Editor, Role::Approver, Role::CorrectionsOfficer, Role::Auditor];

impl Service {
    /// Adds a note to a case. It is no part of the evidence.
    ///
    /// # Errors
    /// `validation_failed` unless the text has 1 to 4000 characters, line breaks and tabs apart none of them control characters.
    pub async fn note_add(&self, actor: &Actor, case: CaseId, text: &str) -> Answer<CaseNote> {
        require(actor, MAY_WRITE)?;
        let case = self.case_to_decide(actor, case).await?;
        let text = text.trim();
        let plain = |letter: char| !letter.is_control() || matches!(letter, '\n' | '\r' | '\t');
        if !within(text, NOTE_CHARS) || !text.chars().all(plain) {
            return Err(invalid("text", "1 to 4000 characters without control characters"));
        }
        let note = NewNote {
            id: NoteId::generate(self.ids.as_ref()),
            case: case.id,
            author: actor.user.id,
            text: text.to_owned(),
            at: self.clock.now(),
        };
        Ok(self.store.note_create(&note).await?)
    }

    /// Notes on a case, oldest first; those taken back stand there without their words.
    pub async fn notes(&self, actor: &Actor, case: CaseId) -> Answer<Vec<CaseNote>> {
        require(actor, MAY_READ_NOTES)?;
        let case = self.case(actor, case).await?;
        Ok(self.store.note_list(case.id).await?)
    }

    /// Takes one's own note back, with a reason.
    ///
    /// # Errors
    /// `not_found` where there is no such note of the actor's, `wrong_state` if it was taken back before, `reason_required`.
    pub async fn note_withdraw(&self, actor: &Actor, note: NoteId, why: &str) -> Answer<CaseNote> {
        let note = self.store.note_get(note).await?.ok_or_else(not_found)?;
        self.case_to_decide(actor, note.case).await?;
        if note.author != actor.user.id {
            return Err(ServiceError::Refused(ErrorCode::Forbidden));
        }
        Ok(self.store.note_withdraw(note.id, actor.user.id, &reason(why)?, self.clock.now()).await?)
    }

    /// Keeps a view of the board; one of the same name is replaced.
    ///
    /// # Errors
    /// `validation_failed`; `wrong_state` if the actor keeps 50 others.
    pub async fn view_save(&self, actor: &Actor, name: &str, query: &str) -> Answer<SavedView> {
        let name = name.trim();
        if !within(name, VIEW_NAME_CHARS) || name.chars().any(char::is_control) {
            return Err(invalid("name", "1 to 100 printable characters"));
        }
        if query.chars().count() > VIEW_QUERY_CHARS || query.chars().any(char::is_control) {
            return Err(invalid("query", "at most 2000 printable characters"));
        }
        let view = SavedView {
            id: ViewId::generate(self.ids.as_ref()),
            name: name.to_owned(),
            query: query.to_owned(),
            saved_at: self.clock.now(),
        };
        let most = u32::try_from(MOST_VIEWS).unwrap_or(u32::MAX);
        Ok(self.store.view_save(actor.user.id, &view, most).await?)
    }

    /// The actor's views, by name.
    pub async fn views(&self, actor: &Actor) -> Answer<Vec<SavedView>> {
        Ok(self.store.view_list(actor.user.id).await?)
    }

    /// Forgets a view.
    ///
    /// # Errors
    /// `not_found` where the actor has no such view.
    pub async fn view_remove(&self, actor: &Actor, view: ViewId) -> Answer<()> {
        if self.store.view_remove(actor.user.id, view).await? { Ok(()) } else { Err(not_found()) }
    }
}

fn within(text: &str, most: usize) -> bool {
    !text.is_empty() && text.chars().count() <= most
}

fn invalid(field: &'static str, rule: &'static str) -> ServiceError {
    ServiceError::Invalid(vec![FieldError { field, rule }])
}
