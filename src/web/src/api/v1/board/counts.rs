//! `GET /api/v1/board/counts`

use axum::Json;
use axum::extract::State;
use podlinnik_pipeline::board::BoardCounts;
use serde::Serialize;

use crate::auth::Caller;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// How many of the cases that you may see wait for what.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct BoardCountsView {
    /// Neither approved nor parked.
    open: u64,
    /// Of these, nobody's.
    unclaimed: u64,
    /// Yours, parked ones included.
    mine: u64,
    /// Proposals that you could look at second.
    second_look_for_me: u64,
    /// Agreed verdicts that you could approve.
    approvals_for_me: u64,
    /// Open cases past the four-hour mark.
    overdue: u64,
    /// Put aside.
    parked: u64,
}

impl From<BoardCounts> for BoardCountsView {
    fn from(counts: BoardCounts) -> Self {
        let BoardCounts { open, unclaimed, mine, second_look_for_me, approvals_for_me, overdue, parked } =
            counts;
        Self { open, unclaimed, mine, second_look_for_me, approvals_for_me, overdue, parked }
    }
}

problems!(caller);

/// How much waits, and for whom.
#[utoipa::path(get, path = "/api/v1/board/counts", tag = "board",
    responses((status = 200, description = "The counts, taken now.", body = BoardCountsView), Problems))]
pub(crate) async fn board_counts(
    State(state): State<AppState>,
    Caller(actor): Caller,
) -> Result<Json<BoardCountsView>, Problem> {
    Ok(Json(state.service.board_counts(&actor).await?.into()))
}
