//! `POST /api/v1/notes/{id}/withdrawal`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::NoteId;
use podlinnik_domain::note::CaseNote;
use serde::Deserialize;

use crate::auth::Caller;
use crate::extract::{Id, JsonBody};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// Taking a note back.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoteWithdrawalRequest {
    /// Why.
    #[schema(min_length = 1, max_length = 2000, example = "Не тот ролик.")]
    reason: String,
}

problems!(
    caller,
    NotFound,
    WrongState,
    ReasonRequired,
    BadRequest,
    BodyTooLarge,
    UnsupportedMediaType,
    ValidationFailed
);

/// Takes your own note back. Its words are shown to nobody any more; that there was a note, and why it was taken back, stays.
#[utoipa::path(post, path = "/api/v1/notes/{id}/withdrawal", tag = "notes",
    params(("id" = NoteId, Path, description = "Identifier of the note.")),
    request_body = NoteWithdrawalRequest,
    responses((status = 200, description = "Taken back.", body = CaseNote), Problems))]
pub(crate) async fn note_withdraw(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<NoteId>,
    JsonBody(request): JsonBody<NoteWithdrawalRequest>,
) -> Result<Json<CaseNote>, Problem> {
    Ok(Json(state.service.note_withdraw(&actor, id, &request.reason).await?))
}
