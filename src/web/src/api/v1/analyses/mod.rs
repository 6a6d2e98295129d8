//! Runs of the methods and what came of them.

use jiff::Timestamp;
use podlinnik_domain::analysis::AnalysisState;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::AnalysisId;
use podlinnik_pipeline::record::AnalysisRecord;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::Problem;
use crate::state::AppState;

mod derivative;
mod derivatives;
mod events;
mod findings;
mod get;
mod report;
mod waiting;

pub(crate) use report::{report_of, report_page};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(get::analysis_get))
        .routes(routes!(events::analysis_events))
        .routes(routes!(findings::analysis_findings))
        .routes(routes!(report::analysis_report))
        .routes(routes!(derivatives::analysis_derivatives))
        .routes(routes!(derivative::analysis_derivative))
}

/// An analysis run.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub(crate) struct AnalysisView {
    /// Identifier.
    id: AnalysisId,
    /// The bytes examined.
    media_sha256: Sha256,
    /// Where it stands.
    state: AnalysisState,
    /// Whether nothing more will happen by itself.
    is_final: bool,
    /// Progress of the running attempt in thousandths.
    progress_permille: u16,
    /// Why it was refused or died.
    error: Option<ErrorCode>,
    /// SHA-256 of the report's canonical JSON, once there is one.
    report_sha256: Option<Sha256>,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    requested_at: Timestamp,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Timestamp>,
}

impl From<&AnalysisRecord> for AnalysisView {
    fn from(record: &AnalysisRecord) -> Self {
        Self {
            id: record.id,
            media_sha256: record.media_sha256,
            state: record.state,
            is_final: record.state.is_final(),
            progress_permille: record.progress_permille,
            error: record.error,
            report_sha256: record.report_sha256,
            requested_at: record.requested_at,
            finished_at: record.finished_at,
        }
    }
}

/// Why an analysis has no report: it is still under way (409, to be tried again), it was refused (the code of the refusal) or it died.
fn without_report(record: &AnalysisRecord) -> Problem {
    if record.state.is_final() {
        record.error.unwrap_or(ErrorCode::AnalysisFailed).into()
    } else {
        Problem::new(ErrorCode::WrongState).retry_after(2)
    }
}
