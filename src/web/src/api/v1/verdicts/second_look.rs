//! `POST /api/v1/verdicts/{id}/second-look`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::VerdictId;
use podlinnik_domain::verdict::{Verdict, VerdictKind};
use serde::Deserialize;

use crate::auth::Caller;
use crate::extract::{Id, JsonBody};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// The second analyst's own verdict.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SecondLookRequest {
    /// The verdict.
    kind: VerdictKind,
    /// The reasoning in words.
    #[schema(min_length = 1, max_length = 10_000)]
    rationale: String,
}

problems!(
    caller,
    BadRequest,
    NotFound,
    SamePerson,
    WrongState,
    BodyTooLarge,
    UnsupportedMediaType,
    ValidationFailed,
    ReasonRequired
);

/// Gives a verdict of your own on a case that waits for a second look. If it is the same as the hidden proposal the revision is `agreed`, else
/// `disputed`; the answer shows both.
#[utoipa::path(post, path = "/api/v1/verdicts/{id}/second-look", tag = "verdicts",
    params(("id" = VerdictId, Path, description = "The revision that the case names in `second_look_wanted`.")),
    request_body = SecondLookRequest,
    responses((status = 200, description = "The revision, no longer hidden.", body = Verdict), Problems))]
pub(crate) async fn verdict_second_look(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<VerdictId>,
    JsonBody(request): JsonBody<SecondLookRequest>,
) -> Result<Json<Verdict>, Problem> {
    Ok(Json(state.service.verdict_second_look(&actor, id, request.kind, &request.rationale).await?))
}
