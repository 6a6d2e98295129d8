//! `POST /hma/h/hash`

use axum::Json;
use axum::extract::{Request, State};

use super::form::{ContentForm, Signals, TypesQuery, signals};
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

/// The signals of a picture or a clip that is handed in, at most 32 MiB; it is read in the sandbox and not kept. Needs a role that may hand in media.
#[utoipa::path(post, path = "/hma/h/hash", tag = "hma", params(TypesQuery),
    request_body(content = ContentForm, content_type = "multipart/form-data"),
    responses((status = 200, description = "Signals by type.", body = std::collections::BTreeMap<String, String>), Problems))]
pub(crate) async fn hma_hash(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(query): Parameters<TypesQuery>,
    request: Request,
) -> Result<Json<Signals>, Problem> {
    Ok(Json(signals(&state, &actor, &query, request).await?))
}
