//! Handing in media.

use podlinnik_domain::id::SubmissionId;
use podlinnik_domain::media::Warning;
use podlinnik_domain::submission::Submission;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::v1::known_copies::RecognitionView;
use crate::state::AppState;

mod create;
mod form;
mod get;
mod list;
mod original;

pub(crate) use create::{HandedIn, IDEMPOTENCY_REPLAYED, idempotency_key, receive_either};
pub(crate) use form::{Taken, bounded};

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list::submission_list))
        .routes(routes!(get::submission_get))
        .routes(routes!(original::submission_original))
}

pub(super) fn upload_routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(create::submission_create))
}

/// A submission and where to go on from it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SubmissionView {
    #[serde(flatten)]
    submission: Submission,
    /// What is odd about the hand-in itself, known once the bytes have been read; only where one submission is asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<Warning>,
    /// Of what it is a copy, and what people decided about that; only where one submission is asked for, and for bytes that came before.
    #[serde(skip_serializing_if = "Option::is_none")]
    recognition: Option<RecognitionView>,
    links: SubmissionLinks,
}

/// Addresses relative to the service.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SubmissionLinks {
    /// This submission.
    #[serde(rename = "self")]
    this: String,
    /// The bytes as they came.
    original: String,
    /// The latest analysis of these bytes.
    analysis: String,
    /// Its progress.
    events: String,
    /// Its findings.
    findings: String,
    /// The same as a page.
    report: String,
    /// The case on these bytes.
    case: String,
    /// Approved verdict and published notices on these bytes.
    media: String,
}

impl From<Submission> for SubmissionView {
    fn from(submission: Submission) -> Self {
        let analysis = format!("/api/v1/analyses/{}", submission.analysis);
        let this = address(submission.id);
        let links = SubmissionLinks {
            original: format!("{this}/original"),
            this,
            events: format!("{analysis}/events"),
            findings: format!("{analysis}/findings"),
            report: format!("{analysis}/report.html"),
            analysis,
            case: format!("/api/v1/cases/{}", submission.case),
            media: format!("/api/v1/media/{}", submission.media_sha256),
        };
        Self { submission, warnings: Vec::new(), recognition: None, links }
    }
}

fn address(id: SubmissionId) -> String {
    format!("/api/v1/submissions/{id}")
}
