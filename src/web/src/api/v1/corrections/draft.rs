//! `PUT /api/v1/corrections/{id}/draft`

use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::id::CorrectionId;
use podlinnik_domain::notice::{Correction, CorrectionDraft};

use super::with_etag;
use crate::auth::Caller;
use crate::etag::IfMatch;
use crate::extract::{Id, JsonBody};
use crate::openapi::{Conditional, problems};
use crate::problem::Problem;
use crate::state::AppState;

problems!(
    caller,
    NotFound,
    WrongState,
    ReasonRequired,
    ChecklistIncomplete,
    BadRequest,
    BodyTooLarge,
    UnsupportedMediaType,
    ValidationFailed
);

/// Drafts how a doubt shall be settled: corrected or clarified (with the new words), upheld or retracted. Needs `editor` or `corrections_officer`.
#[utoipa::path(put, path = "/api/v1/corrections/{id}/draft", tag = "corrections",
    params(("id" = CorrectionId, Path, description = "Identifier of the correction."),
           ("If-Match" = String, Header, description = "`ETag` of the correction as you saw it.", example = "\"0\"")),
    request_body = CorrectionDraft,
    responses((status = 200, description = "Drafted.", body = Correction,
               headers(("ETag" = String, description = "What `If-Match` has to carry."))), Conditional, Problems))]
pub(crate) async fn correction_draft(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<CorrectionId>,
    version: IfMatch,
    JsonBody(draft): JsonBody<CorrectionDraft>,
) -> Result<Response, Problem> {
    Ok(with_etag(state.service.correction_draft(&actor, id, version.version()?, draft).await?))
}
