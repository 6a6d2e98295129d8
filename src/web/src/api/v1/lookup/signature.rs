//! `POST /api/v1/lookup/signature`

use axum::Json;
use axum::body::Bytes;
use axum::extract::{FromRequest as _, Request, State};
use axum::http::header::CONTENT_TYPE;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::recognition::CopyStanding;
use podlinnik_pipeline::recognition::lookup::{OriginalMatch, SignatureMatches};
use serde::{Deserialize, Serialize};

use crate::api::v1::archive::OriginalView;
use crate::api::v1::known_copies::{Distance, KnownCopyView, SpanPair};
use crate::auth::Caller;
use crate::extract::{JsonBody, body_problem};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// What `podlinnik signature FILE --base64` writes.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignatureRequest {
    /// The signature in base64 (RFC 4648 §4), at most 16 MiB once decoded.
    signature: String,
}

/// What is known of it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SignatureMatchesView {
    /// Nothing in the signature could ever be found: no frame with structure, no audible sound.
    blank: bool,
    /// Length of the media that it stands for, in seconds.
    duration_s: f64,
    /// Judged items that it is a copy of, or resembles.
    known_copies: Vec<KnownCopyView>,
    /// Originals of the archive that it may come from, for those who see the archive; not held against it frame by frame, for which the media are needed.
    #[serde(skip_serializing_if = "Option::is_none")]
    originals: Option<Vec<OriginalMatchView>>,
    /// When this was so.
    #[schema(value_type = String, format = DateTime)]
    as_of: Timestamp,
}

/// An original that resembles a signature.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct OriginalMatchView {
    /// The original.
    original: OriginalView,
    /// How far one may rely on it.
    standing: CopyStanding,
    /// Which stretches correspond; `there` is the original.
    spans: Vec<SpanPair>,
    /// How near the two are.
    distance: Distance,
    /// Seconds of the original per second of what is asked about.
    speed: f64,
    /// Left and right are exchanged.
    mirror: bool,
}

impl From<OriginalMatch> for OriginalMatchView {
    fn from(found: OriginalMatch) -> Self {
        let OriginalMatch { item, standing, asked_span_s, original_span_s, speed, mirror, closeness, bits } =
            found;
        Self {
            original: item.into(),
            standing,
            spans: vec![SpanPair::new(asked_span_s, original_span_s)],
            distance: Distance::new(closeness, bits, None),
            speed,
            mirror,
        }
    }
}

problems!(caller, BadRequest, BodyTooLarge, UnsupportedMediaType, ValidationFailed);

/// "Has this been verified?" by a signature, without sending the media: `podlinnik signature FILE` makes it where the media are, out of hashes of frames with
/// their times and a fingerprint of the sound. Nothing of it is kept. Originals are told to those who see the archive. Open to every role, `partner` too.
#[utoipa::path(post, path = "/api/v1/lookup/signature", tag = "media",
    request_body(content((SignatureRequest = "application/json"), (Vec<u8> = "application/octet-stream"))),
    responses((status = 200, description = "What is known.", body = SignatureMatchesView), Problems))]
pub(crate) async fn lookup_signature(
    State(state): State<AppState>,
    Caller(actor): Caller,
    request: Request,
) -> Result<Json<SignatureMatchesView>, Problem> {
    let Ok(_permit) = state.lookups.try_acquire() else {
        return Err(Problem::new(ErrorCode::RateLimited).retry_after(2));
    };
    let plain = request.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == "application/octet-stream");
    let bytes = if plain {
        Bytes::from_request(request, &state).await.map_err(body_problem)?
    } else {
        let JsonBody(SignatureRequest { signature }) = JsonBody::from_request(request, &state).await?;
        STANDARD.decode(signature.trim()).map_err(|_| Problem::field("signature", "base64"))?.into()
    };
    let SignatureMatches { blank, duration_s, copies, originals } =
        state.service.judged_by_signature(&actor, &bytes).await?;
    let as_of = state.service.clock().now();
    Ok(Json(SignatureMatchesView {
        blank,
        duration_s,
        known_copies: copies.into_iter().map(|copy| KnownCopyView::new(copy, as_of)).collect(),
        originals: originals.map(|found| found.into_iter().map(OriginalMatchView::from).collect()),
        as_of,
    }))
}
