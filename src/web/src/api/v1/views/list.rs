//! `GET /api/v1/views`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::note::SavedView;

use crate::auth::Caller;
use crate::cursor::Listing;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller);

/// Your views, by name.
#[utoipa::path(get, path = "/api/v1/views", tag = "board",
    responses((status = 200, description = "All of them.", body = Listing<SavedView>), Problems))]
pub(crate) async fn view_list(
    State(state): State<AppState>,
    Caller(actor): Caller,
) -> Result<Json<Listing<SavedView>>, Problem> {
    Ok(Json(Listing::whole(state.service.views(&actor).await?)))
}
