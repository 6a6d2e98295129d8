//! `POST /api/v1/organisations`

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use podlinnik_domain::id::OrganisationId;
use podlinnik_domain::people::{Organisation, OrganisationLevel};
use serde::Deserialize;

use crate::auth::Caller;
use crate::extract::JsonBody;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// An organisation to add.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct OrganisationRequest {
    /// Short code, unique, for example `RU-TAM`.
    code: String,
    /// Level in the tree.
    level: OrganisationLevel,
    /// Russian name.
    name_ru: String,
    /// English name.
    name_en: String,
    /// The organisation above.
    parent: Option<OrganisationId>,
}

problems!(caller, BadRequest, NotFound, Conflict, BodyTooLarge, UnsupportedMediaType, ValidationFailed);

/// Adds an organisation.
#[utoipa::path(post, path = "/api/v1/organisations", tag = "people", request_body = OrganisationRequest,
    responses((status = 201, description = "Added.", body = Organisation), Problems))]
pub(crate) async fn organisation_create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    JsonBody(request): JsonBody<OrganisationRequest>,
) -> Result<Response, Problem> {
    let organisation = state
        .service
        .organisation_add(
            Some(&actor),
            &request.code,
            request.level,
            &request.name_ru,
            &request.name_en,
            request.parent,
        )
        .await?;
    Ok((StatusCode::CREATED, Json(organisation)).into_response())
}
