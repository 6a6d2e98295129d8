//! `GET /hma/c/content_type`

use axum::Json;

use super::signal_type::TypeEntry;
use crate::auth::Caller;
use crate::openapi::problems;

problems!(caller);

/// The types of content that are hashed: `photo` and `video`.
#[utoipa::path(get, path = "/hma/c/content_type", tag = "hma",
    responses((status = 200, description = "The types.", body = Vec<TypeEntry>), Problems))]
pub(crate) async fn hma_content_types(Caller(_actor): Caller) -> Json<Vec<TypeEntry>> {
    let entry = |name: &str| TypeEntry { name: name.to_owned(), enabled_ratio: 1.0 };
    Json(["photo", "video"].into_iter().map(entry).collect())
}
