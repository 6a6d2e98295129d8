//! What was noticed between two items, and what people think of it.

use axum::Json;
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{CopyMatchId, UserId};
use podlinnik_domain::original::{CopyMatch, CopyMatchKind, CopyMatchState};
use podlinnik_domain::recognition::Closeness;
use podlinnik_domain::trace::{CopyComparison, KnownCopy};
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::known_copies::{Distance, SpanPair, match_address};
use crate::etag::etag;
use crate::state::AppState;

mod confirm;
mod get;
mod list;
mod reject;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list::copy_match_list))
        .routes(routes!(get::copy_match_get))
        .routes(routes!(confirm::copy_match_confirm))
        .routes(routes!(reject::copy_match_reject))
}

/// What was noticed between a suspect item and a known one.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct CopyMatchView {
    /// Identifier.
    id: CopyMatchId,
    /// What the suspect seems to be: a copy of an item that came before, or made from an original of the archive.
    kind: CopyMatchKind,
    /// The suspect's bytes.
    suspect: MatchedItem,
    /// The bytes that it matches.
    matched: MatchedItem,
    /// Which stretches correspond; `here` is the suspect.
    spans: Vec<SpanPair>,
    /// How near they are; none for a match with an original.
    distance: Option<Distance>,
    /// Whether the machine held it for sure by itself.
    sure: bool,
    /// What holding the two against each other gave; none for a match with an original.
    compared: Option<CopyComparison>,
    /// Left and right are exchanged.
    mirror: bool,
    /// What people think of it.
    state: CopyMatchState,
    /// Grows with every decision; what `If-Match` has to carry.
    version: u32,
    /// When it was noticed.
    #[schema(value_type = String, format = DateTime)]
    found_at: Timestamp,
    /// Who decided; none while nobody did.
    decided_by: Option<UserId>,
    /// When.
    #[schema(value_type = Option<String>, format = DateTime)]
    decided_at: Option<Timestamp>,
    /// Why.
    reason: Option<String>,
    /// Where it is found.
    link: String,
}

/// One of the two items.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct MatchedItem {
    /// The bytes.
    sha256: Sha256,
    /// What is known of them.
    media: String,
}

/// A decision on a match.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct CopyDecisionRequest {
    /// The reason; it stands in the history.
    #[schema(min_length = 1, max_length = 500)]
    reason: String,
}

impl From<Sha256> for MatchedItem {
    fn from(sha256: Sha256) -> Self {
        Self { sha256, media: format!("/api/v1/media/{sha256}") }
    }
}

/// A pair of stretches as it is stored.
#[derive(Debug, Deserialize)]
struct StoredSpans {
    suspect_s: [f64; 2],
    matched_s: [f64; 2],
}

impl From<CopyMatch> for CopyMatchView {
    fn from(found: CopyMatch) -> Self {
        let spans: Vec<StoredSpans> = serde_json::from_value(found.spans).unwrap_or_default();
        let copy: Option<KnownCopy> =
            found.evidence.get("copy").and_then(|copy| serde_json::from_value(copy.clone()).ok());
        Self {
            id: found.id,
            kind: found.kind,
            suspect: found.suspect.into(),
            matched: found.matched.into(),
            spans: spans.iter().map(|pair| SpanPair::new(pair.suspect_s, pair.matched_s)).collect(),
            distance: copy
                .as_ref()
                .map(|copy| Distance::new(Closeness::of(copy), copy.distance_bits, copy.sound_error)),
            sure: copy.as_ref().is_some_and(KnownCopy::is_copy),
            compared: copy.as_ref().map(|copy| copy.compared),
            mirror: copy.as_ref().is_some_and(|copy| copy.mirror),
            state: found.state,
            version: found.version,
            found_at: found.found_at,
            decided_by: found.decided_by,
            decided_at: found.decided_at,
            reason: found.reason,
            link: match_address(found.id),
        }
    }
}

/// A match with the tag that a decision on it has to carry.
fn with_etag(found: CopyMatch) -> Response {
    (etag(found.version), Json(CopyMatchView::from(found))).into_response()
}
