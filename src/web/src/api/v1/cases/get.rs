//! `GET /api/v1/cases/{id}`

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use podlinnik_domain::id::CaseId;

use super::CaseView;
use crate::auth::Caller;
use crate::etag::etag;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// One case. Its `ETag` is what proposing a verdict has to carry in `If-Match`.
#[utoipa::path(get, path = "/api/v1/cases/{id}", tag = "cases",
    params(("id" = CaseId, Path, description = "Identifier of the case.")),
    responses((status = 200, description = "The case.", body = CaseView,
               headers(("ETag" = String, description = "The case's version."))), Problems))]
pub(crate) async fn case_get(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<CaseId>,
) -> Result<Response, Problem> {
    let case = state.service.case(&actor, id).await?;
    let second_look_wanted = state.service.second_look_wanted(&actor, id).await?;
    let recognition = state.service.recognition(&actor, case.media_sha256).await?.into();
    Ok((
        etag(case.version),
        Json(CaseView { clocks: state.service.clocks(&case), case, second_look_wanted, recognition }),
    )
        .into_response())
}
