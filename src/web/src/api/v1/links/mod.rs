//! Links: the service fetches what they lead to and hands it in.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::fetch::{FetchEvidence, FetchState};
use podlinnik_domain::id::{FetchId, SubmissionId};
use podlinnik_domain::submission::Circumstances;
use podlinnik_pipeline::record::FetchRecord;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::v1::media::{KnownMediaView, Words};
use crate::state::AppState;

mod cancel;
mod create;
mod get;
mod list;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(create::link_create, list::link_list))
        .routes(routes!(get::link_get, cancel::link_cancel))
}

/// A link that is fetched, and what came of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct LinkView {
    /// Identifier.
    id: FetchId,
    /// The address.
    url: String,
    /// What was said about the item.
    circumstances: Circumstances,
    /// Where it stands.
    state: FetchState,
    /// Whether nothing more will happen by itself.
    is_final: bool,
    /// Bytes that have come.
    received: u64,
    /// Bytes in all, where the server said so.
    expected: Option<u64>,
    /// Attempts so far.
    attempts: u32,
    /// Why it failed, or, while it is queued, why the last attempt did.
    error: Option<ErrorCode>,
    /// The same in words, with what would help.
    words: Option<Words>,
    /// What exactly: a status, a size, a content type. Technical, in English.
    detail: Option<String>,
    /// What was seen while it was fetched: addresses, what the server said, digest.
    evidence: Option<FetchEvidence>,
    /// What it became.
    submission: Option<SubmissionId>,
    /// When it was asked for.
    #[schema(value_type = String, format = DateTime)]
    requested_at: Timestamp,
    /// When the first attempt began.
    #[schema(value_type = Option<String>, format = DateTime)]
    started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    finished_at: Option<Timestamp>,
    links: LinkLinks,
}

/// Addresses relative to the service.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct LinkLinks {
    /// This link.
    #[serde(rename = "self")]
    this: String,
    /// The submission that it became.
    submission: Option<String>,
}

/// What became of a link at once.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct LinkReceipt {
    /// The link that is fetched; none if it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    link: Option<LinkView>,
    /// Items that were seen at this address, with approved verdicts and published notices.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    known: Vec<KnownMediaView>,
}

impl From<FetchRecord> for LinkView {
    fn from(record: FetchRecord) -> Self {
        Self {
            links: LinkLinks {
                this: address(record.id),
                submission: record.submission.map(|id| format!("/api/v1/submissions/{id}")),
            },
            id: record.id,
            url: record.url,
            circumstances: record.circumstances,
            state: record.state,
            is_final: record.state.is_final(),
            received: record.received,
            expected: record.expected,
            attempts: record.attempts,
            error: record.error,
            words: record.error.map(|code| code.text().into()),
            detail: record.detail,
            evidence: record.evidence,
            submission: record.submission,
            requested_at: record.requested_at,
            started_at: record.started_at,
            finished_at: record.finished_at,
        }
    }
}

fn address(id: FetchId) -> String {
    format!("/api/v1/links/{id}")
}
