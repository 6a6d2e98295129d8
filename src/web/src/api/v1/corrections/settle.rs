//! `POST /api/v1/corrections/{id}/settlement`

use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::id::CorrectionId;
use podlinnik_domain::notice::Correction;

use super::with_etag;
use crate::auth::Caller;
use crate::etag::IfMatch;
use crate::extract::Id;
use crate::openapi::{Conditional, problems};
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound, SamePerson, VerdictOutdated, WrongState);

/// Settles a doubt as drafted: the notice changes, the public and every receiver are told. Needs `approver` or `corrections_officer`, other than who
/// drafted and, where the words change, than whoever wrote them before. `verdict_outdated` unless the notice is retracted or a verdict holds that says the same.
#[utoipa::path(post, path = "/api/v1/corrections/{id}/settlement", tag = "corrections",
    params(("id" = CorrectionId, Path, description = "Identifier of the correction."),
           ("If-Match" = String, Header, description = "`ETag` of the correction as you saw it.", example = "\"1\"")),
    responses((status = 200, description = "Settled.", body = Correction,
               headers(("ETag" = String, description = "What `If-Match` has to carry."))), Conditional, Problems))]
pub(crate) async fn correction_settle(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<CorrectionId>,
    version: IfMatch,
) -> Result<Response, Problem> {
    Ok(with_etag(state.service.correction_settle(&actor, id, version.version()?).await?))
}
