//! `GET /api/v1/notices/{id}/difference`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::NoticeId;
use podlinnik_report::difference::{FieldDifference, difference};
use serde::Deserialize;

use crate::auth::Caller;
use crate::cursor::Listing;
use crate::extract::{Id, Parameters};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct DifferenceQuery {
    /// Number of the older version.
    #[param(example = 1)]
    from: u32,
    /// Number of the newer version.
    #[param(example = 2)]
    to: u32,
}

problems!(caller, NotFound, ValidationFailed);

/// What differs between two versions of a notice: field by field, word by word.
#[utoipa::path(get, path = "/api/v1/notices/{id}/difference", tag = "notices",
    params(("id" = NoticeId, Path, description = "Identifier of the notice."), DifferenceQuery),
    responses((status = 200, description = "The fields that differ.", body = Listing<FieldDifference>), Problems))]
pub(crate) async fn notice_difference(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<NoticeId>,
    Parameters(query): Parameters<DifferenceQuery>,
) -> Result<Json<Listing<FieldDifference>>, Problem> {
    let old = state.service.notice_version(&actor, id, query.from).await?;
    let new = state.service.notice_version(&actor, id, query.to).await?;
    Ok(Json(Listing::whole(difference(&old, &new))))
}
