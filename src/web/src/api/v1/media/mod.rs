//! Known media.

use jiff::Timestamp;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{NoticeId, VerdictId};
use podlinnik_domain::language::Text;
use podlinnik_domain::notice::Notice;
use podlinnik_domain::verdict::{EvidenceKind, Verdict, VerdictKind, VerdictState};
use podlinnik_pipeline::service::KnownMedia;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

mod get;
mod verdicts;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(get::media_get)).routes(routes!(verdicts::media_verdicts))
}

/// What partners see of a media item: approved verdict and published notices, nothing of the work in between and of the people who did it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct KnownMediaView {
    /// The bytes.
    sha256: Sha256,
    /// When the item was first seen here.
    #[schema(value_type = String, format = DateTime)]
    first_seen_at: Timestamp,
    /// The current approved verdict; none while people are still at it.
    verdict: Option<KnownVerdict>,
    /// Published notices about it.
    notices: Vec<KnownNotice>,
}

/// An approved verdict as partners see it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct KnownVerdict {
    /// Identifier of this revision.
    id: VerdictId,
    /// 1, 2, … within the case.
    revision: u32,
    /// The verdict.
    kind: VerdictKind,
    /// The verdict in words.
    words: Words,
    /// Where the revision stands.
    state: VerdictState,
    /// The kinds of evidence that it rests on, sorted.
    basis: Vec<EvidenceKind>,
    /// When it was approved.
    #[schema(value_type = Option<String>, format = DateTime)]
    approved_at: Option<Timestamp>,
    /// Break-glass: since when it counts although the second look was still wanted.
    #[schema(value_type = Option<String>, format = DateTime)]
    released_at: Option<Timestamp>,
}

/// A text in both languages.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Words {
    /// Russian.
    ru: &'static str,
    /// English.
    en: &'static str,
}

/// A published notice as partners see it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct KnownNotice {
    /// Identifier.
    id: NoticeId,
    /// Headline.
    title: String,
    /// The page, relative to the service.
    page: String,
    /// When it was published.
    #[schema(value_type = Option<String>, format = DateTime)]
    published_at: Option<Timestamp>,
}

impl From<Text> for Words {
    fn from(text: Text) -> Self {
        Self { ru: text.ru, en: text.en }
    }
}

impl From<KnownMedia> for KnownMediaView {
    fn from(known: KnownMedia) -> Self {
        Self {
            sha256: known.case.media_sha256,
            first_seen_at: known.case.first_seen_at,
            verdict: known.verdict.map(KnownVerdict::from),
            notices: known.notices.into_iter().map(KnownNotice::from).collect(),
        }
    }
}

impl From<Verdict> for KnownVerdict {
    fn from(verdict: Verdict) -> Self {
        let kind = verdict.proposal.kind;
        let mut basis: Vec<_> = verdict.proposal.basis.iter().map(|piece| piece.kind).collect();
        basis.sort_unstable();
        basis.dedup();
        Self {
            id: verdict.id,
            revision: verdict.revision,
            kind,
            words: kind.text().into(),
            state: verdict.state,
            basis,
            approved_at: verdict.approved_at,
            released_at: verdict.release.map(|release| release.released_at),
        }
    }
}

impl From<Notice> for KnownNotice {
    fn from(notice: Notice) -> Self {
        Self {
            page: format!("/notices/{}", notice.id),
            id: notice.id,
            title: notice.text.title,
            published_at: notice.published_at,
        }
    }
}
