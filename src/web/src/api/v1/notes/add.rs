//! `POST /api/v1/cases/{id}/notes`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use podlinnik_domain::id::CaseId;
use podlinnik_domain::note::CaseNote;
use serde::Deserialize;

use crate::auth::Caller;
use crate::extract::{Id, JsonBody};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// A note.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoteRequest {
    /// The words.
    #[schema(min_length = 1, max_length = 4000, example = "Звонила в пресс-службу: такой записи не было.")]
    text: String,
}

problems!(caller, NotFound, BadRequest, BodyTooLarge, UnsupportedMediaType, ValidationFailed);

/// Adds a note to a case. It is no part of the evidence and is never changed. Needs `analyst`, `editor`, `approver` or `corrections_officer`.
#[utoipa::path(post, path = "/api/v1/cases/{id}/notes", tag = "notes",
    params(("id" = CaseId, Path, description = "Identifier of the case.")),
    request_body = NoteRequest,
    responses((status = 201, description = "Noted.", body = CaseNote), Problems))]
pub(crate) async fn note_add(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<CaseId>,
    JsonBody(request): JsonBody<NoteRequest>,
) -> Result<(StatusCode, Json<CaseNote>), Problem> {
    let note = state.service.note_add(&actor, id, &request.text).await?;
    Ok((StatusCode::CREATED, Json(note)))
}
