//! `POST /api/v1/inbox/{id}/read`

use axum::extract::State;
use axum::http::StatusCode;
use podlinnik_domain::id::InboxEntryId;

use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// Marks an entry as read by you. Repeating it changes nothing.
#[utoipa::path(post, path = "/api/v1/inbox/{id}/read", tag = "inbox",
    params(("id" = InboxEntryId, Path, description = "Identifier of the entry.")),
    responses((status = 204, description = "Marked."), Problems))]
pub(crate) async fn inbox_mark(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<InboxEntryId>,
) -> Result<StatusCode, Problem> {
    state.service.inbox_mark(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
