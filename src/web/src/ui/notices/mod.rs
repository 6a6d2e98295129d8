//! Pages around notices, from draft to what follows publication.
//!
//! - `list`: notices by state; `page`: one notice, its checklist and the next step
//! - `draft`: a new one from a case, with what is known filled in; `edit`: the words of a draft are changed
//! - `words`: the form of a notice's words; `preview`: what becomes of them at each outlet, saved or not
//! - `steps`: review, approval, publication, doubt; `audience`: who is told; `history`: versions and what differs between them
//! - `correction`: a doubt, how it shall be settled, its settlement

use axum::Router;
use axum::routing::{get, post};
use podlinnik_domain::error_code::ErrorCode;

use crate::problem::Problem;
use crate::state::AppState;

mod audience;
mod correction;
mod correction_page;
mod draft;
mod edit;
pub(super) mod history;
mod list;
mod page;
mod preview;
mod steps;
mod suggestion;
mod words;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/desk/notices", get(list::list))
        .route("/desk/cases/{case}/notice", get(draft::new_page).post(draft::draft))
        .route("/desk/cases/{case}/notice/preview", post(draft::preview))
        .route("/desk/cases/{case}/notice/card", post(draft::card))
        .route("/desk/notices/{id}", get(page::show_notice).post(edit::save))
        .route("/desk/notices/{id}/preview", post(edit::preview))
        .route("/desk/notices/{id}/card", post(edit::card))
        .route("/desk/notices/{id}/page", get(preview::public_page))
        .route("/desk/notices/{id}/history", get(history::history))
        .route("/desk/notices/{id}/review", post(steps::submit))
        .route("/desk/notices/{id}/approval", post(steps::approve))
        .route("/desk/notices/{id}/publication", post(steps::publish))
        .route("/desk/notices/{id}/doubt", post(steps::doubt))
        .route("/desk/corrections/{id}", get(correction::show_correction).post(correction::save))
        .route("/desk/corrections/{id}/difference", post(correction::difference))
        .route("/desk/corrections/{id}/settlement", post(correction::settle))
}

/// Whether a refusal is one that whoever filled in the form can mend; anything else stays a problem.
fn can_be_mended(problem: &Problem) -> bool {
    matches!(
        problem.code(),
        ErrorCode::ValidationFailed
            | ErrorCode::ReasonRequired
            | ErrorCode::ChecklistIncomplete
            | ErrorCode::StaleRevision
            | ErrorCode::Conflict
            | ErrorCode::WrongState
            | ErrorCode::VerdictOutdated
            | ErrorCode::SamePerson
    )
}
