//! `GET /api/v1/inquiries`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::inquiry::Inquiry;

use crate::auth::Caller;
use crate::cursor::Listing;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller);

/// Questions to your own organisation, newest first.
#[utoipa::path(get, path = "/api/v1/inquiries", tag = "inquiries",
    responses((status = 200, description = "The questions.", body = Listing<Inquiry>), Problems))]
pub(crate) async fn inquiry_list(
    State(state): State<AppState>,
    Caller(actor): Caller,
) -> Result<Json<Listing<Inquiry>>, Problem> {
    Ok(Json(Listing::whole(state.service.inquiries_to_me(&actor).await?)))
}
