//! `GET /api/v1/notices/{id}/corrections`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::NoticeId;
use podlinnik_domain::notice::Correction;

use crate::auth::Caller;
use crate::cursor::Listing;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound);

/// Corrections of a notice, oldest first, open ones included.
#[utoipa::path(get, path = "/api/v1/notices/{id}/corrections", tag = "corrections",
    params(("id" = NoticeId, Path, description = "Identifier of the notice.")),
    responses((status = 200, description = "The corrections.", body = Listing<Correction>), Problems))]
pub(crate) async fn notice_corrections(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<NoticeId>,
) -> Result<Json<Listing<Correction>>, Problem> {
    Ok(Json(Listing::whole(state.service.corrections(&actor, id).await?)))
}
