//! The archive of originals: genuine official footage.

use jiff::Timestamp;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{ArchiveItemId, UserId};
use podlinnik_domain::media::MediaKind;
use podlinnik_domain::original::{ArchiveItem, Withdrawal};
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

mod add;
mod get;
mod list;
mod withdraw;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list::archive_list, add::archive_add))
        .routes(routes!(get::archive_get))
        .routes(routes!(withdraw::archive_withdraw))
}

/// An original as people at a desk see it: not where its file lies.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct OriginalView {
    /// Identifier.
    id: ArchiveItemId,
    /// Number of its entry in the signed register.
    register: u64,
    /// The bytes.
    sha256: Sha256,
    /// Length in bytes.
    size_bytes: u64,
    /// What kind of media it is.
    kind: MediaKind,
    /// Length in seconds.
    duration_s: Option<f64>,
    /// Width in pixels, upright.
    width: Option<u32>,
    /// Height in pixels, upright.
    height: Option<u32>,
    /// Frames per second.
    fps: Option<f64>,
    /// What it shows.
    title: Option<String>,
    /// Who published it.
    source: Option<String>,
    /// When it was recorded or published, as exactly as is known.
    #[schema(example = "2024-05-03T14:02+03:00")]
    recorded: Option<String>,
    /// Where it was published.
    link: Option<String>,
    /// The person or organisation that vouches for it.
    vouched_by: String,
    /// Who added it; none for an operator at the machine.
    added_by: Option<UserId>,
    /// When it was added.
    #[schema(value_type = String, format = DateTime)]
    added_at: Timestamp,
    /// Set once it does not count any more.
    withdrawal: Option<Withdrawal>,
}

impl From<ArchiveItem> for OriginalView {
    fn from(item: ArchiveItem) -> Self {
        let said = item.attribution;
        Self {
            id: item.id,
            register: item.sequence,
            sha256: item.sha256,
            size_bytes: item.size_bytes,
            kind: item.kind,
            duration_s: item.duration_s,
            width: item.width,
            height: item.height,
            fps: item.fps,
            title: said.title,
            source: said.source,
            recorded: said.recorded.map(|date| date.to_string()),
            link: said.link,
            vouched_by: said.vouched_by,
            added_by: item.added_by,
            added_at: item.added_at,
            withdrawal: item.withdrawal,
        }
    }
}

/// Where an original is found.
fn address(id: ArchiveItemId) -> String {
    format!("/api/v1/archive/{id}")
}
