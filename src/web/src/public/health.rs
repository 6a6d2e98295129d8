//! `GET /healthz` (the process answers) and `GET /readyz` (so do store and blobs).

use axum::Json;
use axum::extract::State;
use podlinnik_domain::error_code::ErrorCode;
use serde::Serialize;

use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// How the service is.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Health {
    /// `ok`.
    status: &'static str,
    /// Version of the program.
    version: &'static str,
}

const OK: Health = Health { status: "ok", version: env!("CARGO_PKG_VERSION") };

problems!();

/// The process answers.
#[utoipa::path(get, path = "/healthz", operation_id = "healthz", tag = "operations", security(()),
    responses((status = 200, description = "The process answers.", body = Health), Problems))]
pub(crate) async fn alive() -> Json<Health> {
    Json(OK)
}

/// Store and blobs answer.
#[utoipa::path(get, path = "/readyz", operation_id = "readyz", tag = "operations", security(()),
    responses((status = 200, description = "Store and blobs answer.", body = Health), Problems))]
pub(crate) async fn ready(State(state): State<AppState>) -> Result<Json<Health>, Problem> {
    match state.service.ready().await {
        Ok(()) => Ok(Json(OK)),
        Err(error) => {
            tracing::warn!(%error, "not ready: {error}");
            Err(Problem::new(ErrorCode::NotReady).retry_after(5))
        }
    }
}
