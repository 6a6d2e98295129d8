//! `GET /api/v1/cases/{id}/preview`

use axum::Json;
use axum::extract::State;
use axum::http::header::{CACHE_CONTROL, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::CaseId;
use podlinnik_pipeline::PreviewState;
use serde::Serialize;

use crate::auth::Caller;
use crate::etag::IfNoneMatch;
use crate::extract::Id;
use crate::openapi::{Ranged, problems};
use crate::problem::Problem;
use crate::range::{WantedRange, kept, played};
use crate::state::AppState;

/// Seconds after which it makes sense to ask again.
const ASK_AGAIN_S: u32 = 2;

problems!(
    caller,
    NotFound,
    MediaEmpty,
    MediaUnsupported,
    MediaDamaged,
    MediaNoFrames,
    MediaTooLarge,
    MediaTooManyPixels,
    MediaTooLong,
    MediaTooManyStreams,
    MediaTimeLimit,
    MediaMemoryLimit,
    MediaUnreadable
);

/// A preview that is being made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct PreviewProgress {
    /// Always `making`.
    #[schema(example = "making")]
    state: &'static str,
    /// How far it is, in thousandths; 0 while it waits for its turn.
    #[schema(maximum = 1000)]
    permille: u16,
}

/// The item made ready for a browser, out of its decoded pictures and samples: nothing of the original's bytes is in it. A clip or an animation is H.264 and AAC in MP4 with a
/// longest side of at most 1280 pixels, sound is AAC in MP4, a still is PNG or JPEG. Made on the first request: `202` while it is being made. `503` (`not_ready`) where this process
/// makes none and none is there yet.
#[utoipa::path(get, path = "/api/v1/cases/{id}/preview", tag = "cases",
    params(("id" = CaseId, Path, description = "Identifier of the case."),
           ("Range" = Option<String>, Header, description = "One range of bytes; several are answered with the whole.")),
    responses((status = 200, description = "The whole.", content((Vec<u8> = "video/mp4"), (Vec<u8> = "audio/mp4"), (Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg")),
               headers(("ETag" = String, description = "SHA-256 of the bytes."), ("Accept-Ranges" = String, description = "`bytes`."))),
              (status = 202, description = "It is being made.", body = PreviewProgress,
               headers(("Retry-After" = u32, description = "Seconds after which to ask again."))),
              (status = 206, description = "The range.", content((Vec<u8> = "video/mp4"), (Vec<u8> = "audio/mp4"), (Vec<u8> = "image/png"), (Vec<u8> = "image/jpeg")),
               headers(("ETag" = String, description = "SHA-256 of all bytes."), ("Content-Range" = String, description = "First and last byte, and the number of all."))),
              (status = 304, description = "You have it already."),
              Ranged, Problems))]
pub(crate) async fn case_preview(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<CaseId>,
    known: IfNoneMatch,
    range: WantedRange,
) -> Result<Response, Problem> {
    match state.service.preview_state(&actor, id).await? {
        PreviewState::Impossible(ErrorCode::NotReady) => {
            return Err(Problem::new(ErrorCode::NotReady).retry_after(ASK_AGAIN_S * 5));
        }
        PreviewState::Impossible(code) => return Err(code.into()),
        PreviewState::Making(permille) => {
            let again = [(RETRY_AFTER, HeaderValue::from(ASK_AGAIN_S))];
            let body = Json(PreviewProgress { state: "making", permille });
            return Ok((StatusCode::ACCEPTED, again, body).into_response());
        }
        PreviewState::Ready => {}
    }
    let preview = state.service.preview(&actor, id).await?;
    let derivative = preview.derivative;
    let media_type = played(&derivative.media_type).ok_or_else(|| {
        tracing::error!("the preview of case {id} is {}", derivative.media_type);
        Problem::new(ErrorCode::Internal)
    })?;
    let tag = derivative.sha256.to_string();
    // a later analysis has a preview of its own
    let cache = [(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"))];
    let response = known.answer(&tag, || range.answer(preview.file, &tag, media_type, &derivative.name));
    Ok(kept(cache, response))
}
