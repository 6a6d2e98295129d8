//! `GET /api/v1/corrections/{id}`

use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::id::CorrectionId;
use podlinnik_domain::notice::Correction;

use super::with_etag;
use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// One correction. Its `ETag` is what drafting and settling have to carry in `If-Match`.
#[utoipa::path(get, path = "/api/v1/corrections/{id}", tag = "corrections",
    params(("id" = CorrectionId, Path, description = "Identifier of the correction.")),
    responses((status = 200, description = "The correction.", body = Correction,
               headers(("ETag" = String, description = "What `If-Match` has to carry."))), Problems))]
pub(crate) async fn correction_get(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<CorrectionId>,
) -> Result<Response, Problem> {
    Ok(with_etag(state.service.correction(&actor, id).await?))
}
