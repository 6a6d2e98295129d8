//! The file on one media item.

use axum::Json;
use axum::response::{IntoResponse, Response};
use podlinnik_domain::case::{Case, Clocks};
use podlinnik_domain::id::VerdictId;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::v1::known_copies::RecognitionView;
use crate::etag::etag;
use crate::state::AppState;

mod ask;
mod claim;
mod get;
mod history;
mod inquiries;
mod list;
mod notices;
mod park;
mod preview;
mod propose;
mod triage;
mod unclaim;
mod verdicts;
mod wake;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list::case_list))
        .routes(routes!(get::case_get))
        .routes(routes!(history::case_history))
        .routes(routes!(preview::case_preview))
        .routes(routes!(verdicts::case_verdicts, propose::verdict_propose))
        .routes(routes!(notices::case_notices))
        .routes(routes!(triage::case_triage))
        .routes(routes!(claim::case_claim))
        .routes(routes!(unclaim::case_unclaim))
        .routes(routes!(park::case_park))
        .routes(routes!(wake::case_wake))
        .routes(routes!(inquiries::case_inquiries, ask::inquiry_ask))
}

/// A case with its entity tag.
fn with_etag(case: Case) -> Response {
    (etag(case.version), Json(case)).into_response()
}

/// A case and whether it waits for a second look.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct CaseView {
    #[serde(flatten)]
    case: Case,
    /// The two clocks, read now.
    clocks: Clocks,
    /// The revision that waits for a second look; what it says stays hidden until then.
    second_look_wanted: Option<VerdictId>,
    /// Of what its item is a copy, and what people decided about that.
    recognition: RecognitionView,
}
