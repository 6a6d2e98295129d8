//! `/desk/cases/{id}`: everything about one item. Findings, verdicts and notices stand apart; what a proposal says stays hidden from the second
//! analyst, also in the page's source.
//!
//! - `page`: gathers and shows; `evidence`: what the machine says; `player`: what the player is told; `guide`: what can be done next, and by whom
//! - `steps`: claim, triage, parking, notes; `attempt`: a form that was refused; `copy`: known copies in words; `fetched`: how a file came from a link; `ask`: questions to agencies

use axum::Router;
use axum::routing::{get, post};

use crate::state::AppState;

mod ask;
mod attempt;
mod copy;
mod evidence;
mod fetched;
mod guide;
mod page;
mod player;
mod steps;

pub(super) use page::{report, title};

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/desk/cases/{id}", get(page::case_page))
        .route("/desk/cases/{id}/progress", get(page::progress))
        .route("/desk/cases/{id}/claim", post(steps::claim))
        .route("/desk/cases/{id}/unclaim", get(steps::form_address).post(steps::unclaim))
        .route("/desk/cases/{id}/triage", get(steps::form_address).post(steps::triage))
        .route("/desk/cases/{id}/park", get(steps::form_address).post(steps::park))
        .route("/desk/cases/{id}/wake", post(steps::wake))
        .route("/desk/cases/{id}/notes", get(steps::form_address).post(steps::note))
        .route("/desk/cases/{id}/ask", get(ask::ask_page).post(ask::ask))
}
