//! `POST /api/v1/submissions`

use axum::Json;
use axum::extract::{FromRequest as _, Multipart, Request, State};
use axum::http::header::{CONTENT_LENGTH, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::people::Actor;
use podlinnik_domain::submission::{Circumstances, SubmissionState};
use podlinnik_pipeline::record::SubmissionOutcome;
use serde::Serialize;

use super::form::{FormReader, bounded};
use super::{SubmissionView, address};
use crate::api::v1::media::KnownMediaView;
use crate::auth::Caller;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub(crate) const IDEMPOTENCY_REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");

/// What is handed in. Parts may come in any order; each at most once.
#[derive(utoipa::ToSchema)]
#[expect(dead_code, reason = "describes the form for the API document; the form is read as a stream")]
pub(crate) struct SubmissionForm {
    /// The image, clip or sound.
    #[schema(value_type = String, format = Binary)]
    file: Vec<u8>,
    /// Where it was seen, `http` or `https`.
    #[schema(max_length = 2048, example = "https://t.me/example/1")]
    source_url: Option<String>,
    /// In which network it circulates.
    #[schema(max_length = 64, example = "telegram")]
    network: Option<String>,
    /// Region, ISO 3166-2.
    #[schema(max_length = 16, example = "RU-TAM")]
    region: Option<String>,
    /// Remarks.
    #[schema(max_length = 4000, example = "Прислали в чат микрорайона")]
    note: Option<String>,
}

/// The submission and, for bytes that came before, what is known of them.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SubmissionReceipt {
    #[serde(flatten)]
    view: SubmissionView,
    /// Approved verdict and published notices on the same bytes; only for duplicates.
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<KnownMediaView>,
}

problems!(
    caller,
    BadRequest,
    RequestTimeout,
    ValidationFailed,
    MissingFile,
    MediaEmpty,
    MediaTooLarge,
    UnsupportedMediaType,
    IdempotencyKeyInvalid,
    IdempotencyKeyReused
);

/// Hands in an image, clip or sound. The original is kept bit for bit and examined in the background.
///
/// Bytes that came before are answered at once (`200`, state `duplicate`) with what is known of them. A request that is repeated with the same
/// `Idempotency-Key` is stored once and answered with the first submission; the same key with another content is refused.
#[utoipa::path(post, path = "/api/v1/submissions", tag = "submissions",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable ASCII characters, unique to this submission among yours.",
            example = "6f1f7b1e-8a2e-4b7a-9d52-0f6c1de0a001")),
    request_body(content = SubmissionForm, content_type = "multipart/form-data"),
    responses(
        (status = 202, description = "Stored and queued; `Location` leads to the submission.", body = SubmissionReceipt,
         headers(("Location" = String, description = "The submission."),
                 ("Idempotency-Replayed" = Option<String>, description = "`true` if the request was seen before."))),
        (status = 200, description = "The same bytes came before.", body = SubmissionReceipt,
         headers(("Location" = String, description = "The submission."))),
        Problems))]
pub(crate) async fn submission_create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    headers: HeaderMap,
    request: Request,
) -> Result<Response, Problem> {
    let outcome = receive(&state, &actor, &headers, request).await?;
    let submission = outcome.submission;
    let duplicate = submission.state == SubmissionState::Duplicate;
    let (known, recognition) = if duplicate {
        let known = state.service.known_media(&actor, submission.media_sha256).await?;
        let recognition = state.service.submission_recognition(&actor, &submission).await?;
        (known.map(KnownMediaView::from), Some(recognition.into()))
    } else {
        (None, None)
    };
    let status = if duplicate { StatusCode::OK } else { StatusCode::ACCEPTED };
    let location = address(submission.id);
    let view = SubmissionView { recognition, ..submission.into() };
    let body = Json(SubmissionReceipt { view, known });
    let mut response = (status, [(LOCATION, location)], body).into_response();
    if !outcome.created {
        response.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// Reads the form of `request` and stores what is handed in.
pub(crate) async fn receive(
    state: &AppState,
    actor: &Actor,
    headers: &HeaderMap,
    request: Request,
) -> Result<SubmissionOutcome, Problem> {
    match receive_either(state, actor, headers, request, false).await? {
        HandedIn::Media(outcome) => Ok(outcome),
        HandedIn::Link(_) => Err(ErrorCode::MissingFile.into()),
    }
}

/// What came with a form.
#[derive(Debug)]
pub(crate) enum HandedIn {
    /// A file, which is stored.
    Media(SubmissionOutcome),
    /// No file, but a link where the item was seen.
    Link(Circumstances),
}

/// Reads the form of `request` and stores what is handed in. With `links`, a form without a file (a page sends an empty one then) is taken for its link.
pub(crate) async fn receive_either(
    state: &AppState,
    actor: &Actor,
    headers: &HeaderMap,
    request: Request,
    links: bool,
) -> Result<HandedIn, Problem> {
    let key = idempotency_key(headers)?;
    let (request, taken) = bounded(request);
    let multipart =
        Multipart::from_request(request, state).await.map_err(|_| ErrorCode::UnsupportedMediaType)?;
    let room = state.settings.body_bytes as u64;
    if announced(headers)
        .is_some_and(|length| length > state.service.settings().upload_bytes.saturating_add(room))
    {
        return Err(ErrorCode::MediaTooLarge.into());
    }
    let Ok(_permit) = state.uploads.try_acquire() else {
        return Err(Problem::new(ErrorCode::RateLimited).retry_after(5));
    };
    let _in_progress = InProgress::start(state);
    let reader = FormReader {
        service: &state.service,
        metrics: &state.metrics,
        actor,
        idle_time: state.settings.upload_idle_time,
        taken,
    };
    let result = async {
        let form = reader.read(multipart).await?;
        let upload = form.upload.filter(|upload| !links || upload.size_bytes() > 0);
        let Some(upload) = upload else {
            let is_link =
                links && form.circumstances.source_url.as_deref().is_some_and(|url| !url.trim().is_empty());
            return if is_link {
                Ok(HandedIn::Link(form.circumstances))
            } else {
                Err(ErrorCode::MissingFile.into())
            };
        };
        let outcome = state.service.submit(actor, upload, form.circumstances, key).await?;
        Ok::<_, Problem>(HandedIn::Media(outcome))
    }
    .await;
    let handed_in = match result {
        Ok(handed_in) => handed_in,
        Err(problem) => {
            state.metrics.uploads_refused.inc();
            return Err(problem);
        }
    };
    if matches!(handed_in, HandedIn::Media(_)) {
        state.metrics.uploads.inc();
    }
    Ok(handed_in)
}

/// The key that the caller gave to the request, if it did.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, Problem> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    let Some(value) = values.next() else { return Ok(None) };
    let printable = |key: &&str| {
        (1..=255).contains(&key.len()) && key.bytes().all(|letter| (0x20..0x7f).contains(&letter))
    };
    match (value.to_str().ok().filter(printable), values.next()) {
        (Some(key), None) => Ok(Some(key)),
        _ => Err(ErrorCode::IdempotencyKeyInvalid.into()),
    }
}

fn announced(headers: &HeaderMap) -> Option<u64> {
    headers.get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

/// Counts an upload for as long as it lasts, also when the caller goes away in between.
struct InProgress<'a>(&'a AppState);

impl<'a> InProgress<'a> {
    fn start(state: &'a AppState) -> Self {
        state.metrics.uploads_in_progress.inc();
        Self(state)
    }
}

impl Drop for InProgress<'_> {
    fn drop(&mut self) {
        self.0.metrics.uploads_in_progress.dec();
    }
}
