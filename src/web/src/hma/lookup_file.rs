//! `POST /hma/m/lookup`

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::{Request, State};

use super::form::{ContentForm, TypesQuery, signals};
use super::{ByBank, ContentMatch, by_bank, signal_named};
use crate::auth::Caller;
use crate::extract::Parameters;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(
    caller,
    BadRequest,
    ValidationFailed,
    MissingFile,
    MediaEmpty,
    MediaTooLarge,
    MediaUnsupported,
    MediaDamaged,
    MediaNoFrames,
    MediaTooManyPixels,
    MediaTooLong,
    MediaTooManyStreams,
    MediaTimeLimit,
    MediaMemoryLimit,
    MediaReaderDied,
    UnsupportedMediaType,
    AnalysisFailed
);

/// Hashes what is handed in and looks it up: judged items by signal type and bank. Needs a role that may hand in media.
#[utoipa::path(post, path = "/hma/m/lookup", tag = "hma", params(TypesQuery),
    request_body(content = ContentForm, content_type = "multipart/form-data"),
    responses((status = 200, description = "Matches by signal type and bank.", body = BTreeMap<String, BTreeMap<String, Vec<ContentMatch>>>), Problems))]
pub(crate) async fn hma_lookup_file(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(query): Parameters<TypesQuery>,
    request: Request,
) -> Result<Json<BTreeMap<String, ByBank>>, Problem> {
    let mut answer = BTreeMap::new();
    for (name, value) in signals(&state, &actor, &query, request).await? {
        let found = state.service.bank_matches(&actor, signal_named(&name)?, &value).await?;
        answer.insert(name, by_bank(&found));
    }
    Ok(Json(answer))
}
