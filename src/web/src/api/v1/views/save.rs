//! `PUT /api/v1/views`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::note::SavedView;
use serde::Deserialize;

use crate::auth::Caller;
use crate::extract::JsonBody;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// A view to keep.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct ViewRequest {
    /// Name, once per person.
    #[schema(min_length = 1, max_length = 100, example = "Срочное по здоровью")]
    name: String,
    /// What stands behind `?` in the address of the board.
    #[schema(max_length = 2000, example = "open=true&topic=health&order=deadline")]
    query: String,
}

problems!(caller, WrongState, BadRequest, BodyTooLarge, UnsupportedMediaType, ValidationFailed);

/// Keeps a view under its name; an earlier one of this name is replaced. You can keep 50 (`wrong_state` beyond that).
#[utoipa::path(put, path = "/api/v1/views", tag = "board",
    request_body = ViewRequest,
    responses((status = 200, description = "Kept.", body = SavedView), Problems))]
pub(crate) async fn view_save(
    State(state): State<AppState>,
    Caller(actor): Caller,
    JsonBody(request): JsonBody<ViewRequest>,
) -> Result<Json<SavedView>, Problem> {
    Ok(Json(state.service.view_save(&actor, &request.name, &request.query).await?))
}
