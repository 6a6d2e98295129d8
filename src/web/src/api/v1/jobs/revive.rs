//! `POST /api/v1/jobs/{id}/revival`

use axum::extract::State;
use axum::http::StatusCode;
use podlinnik_domain::id::JobId;

use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(caller, NotFound, WrongState);

/// Puts a job that was given up back into the queue, with fresh attempts. Needs `org_admin`.
#[utoipa::path(post, path = "/api/v1/jobs/{id}/revival", tag = "operations",
    params(("id" = JobId, Path, description = "Identifier of the job.")),
    responses((status = 204, description = "Queued again."), Problems))]
pub(crate) async fn job_revive(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<JobId>,
) -> Result<StatusCode, Problem> {
    state.service.job_revive(Some(&actor), id).await?;
    Ok(StatusCode::NO_CONTENT)
}
