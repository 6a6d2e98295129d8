//! The file on one media item.

use podlinnik_domain::case::Case;
use podlinnik_domain::id::VerdictId;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::v1::known_copies::RecognitionView;
use crate::state::AppState;

mod get;
mod history;
mod list;
mod notices;
mod propose;
mod verdicts;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list::case_list))
        .routes(routes!(get::case_get))
        .routes(routes!(history::case_history))
        .routes(routes!(verdicts::case_verdicts, propose::verdict_propose))
        .routes(routes!(notices::case_notices))
}

/// A case and whether it waits for a second look.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct CaseView {
    #[serde(flatten)]
    case: Case,
    /// The revision that waits for a second look; what it says stays hidden until then.
    second_look_wanted: Option<VerdictId>,
    /// Of what its item is a copy, and what people decided about that.
    recognition: RecognitionView,
}
