//! `GET /api/v1/submissions/{id}`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::SubmissionId;

use super::SubmissionView;
use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// One submission, with known copies: they are looked up before the methods begin, and the verdicts on them are read anew for every answer.
#[utoipa::path(get, path = "/api/v1/submissions/{id}", tag = "submissions",
    params(("id" = SubmissionId, Path, description = "Identifier of the submission.")),
    responses((status = 200, description = "The submission.", body = SubmissionView), Problems))]
pub(crate) async fn submission_get(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<SubmissionId>,
) -> Result<Json<SubmissionView>, Problem> {
    let submission = state.service.submission(&actor, id).await?;
    let warnings = state.service.submission_warnings(&submission).await?;
    let recognition = Some(state.service.submission_recognition(&actor, &submission).await?.into());
    Ok(Json(SubmissionView { warnings, recognition, ..submission.into() }))
}
