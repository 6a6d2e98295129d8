//! `GET /api/v1/jobs/dead`

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use podlinnik_domain::id::JobId;
use podlinnik_pipeline::record::JobRecord;
use serde::Serialize;

use crate::auth::Caller;
use crate::cursor::Listing;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// A job that was tried too often. What failed in detail stands in the service's log under the job's identifier.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct JobView {
    /// Identifier.
    id: JobId,
    /// `analyse` or `deliver`.
    kind: &'static str,
    /// Where it stands.
    state: &'static str,
    /// What it works on, for example `{"analysis": "…"}`.
    #[schema(value_type = Object)]
    payload: serde_json::Value,
    /// Attempts so far.
    attempts: u32,
    /// When it was last due.
    #[schema(value_type = String, format = DateTime)]
    run_at: Timestamp,
}

impl From<JobRecord> for JobView {
    fn from(job: JobRecord) -> Self {
        Self {
            id: job.id,
            kind: job.kind.code(),
            state: job.state.code(),
            payload: job.payload,
            attempts: job.attempts,
            run_at: job.run_at,
        }
    }
}

problems!(caller);

/// Jobs that were given up, newest first. Needs `org_admin` or `auditor`.
#[utoipa::path(get, path = "/api/v1/jobs/dead", tag = "operations",
    responses((status = 200, description = "The jobs.", body = Listing<JobView>), Problems))]
pub(crate) async fn job_dead(
    State(state): State<AppState>,
    Caller(actor): Caller,
) -> Result<Json<Listing<JobView>>, Problem> {
    let jobs = state.service.dead_jobs(Some(&actor)).await?;
    Ok(Json(Listing::whole(jobs.into_iter().map(JobView::from).collect())))
}
