//! `POST /api/v1/links`

use axum::Json;
use axum::extract::State;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use podlinnik_domain::submission::Circumstances;
use podlinnik_pipeline::LinkWish;
use podlinnik_pipeline::fetch::LinkAnswer;
use serde::Deserialize;

use super::{LinkReceipt, address};
use crate::api::v1::media::KnownMediaView;
use crate::api::v1::submissions::{IDEMPOTENCY_REPLAYED, idempotency_key};
use crate::auth::Caller;
use crate::extract::JsonBody;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// A link.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct LinkRequest {
    /// The address of a video, picture or sound, or of a post with a clip.
    #[schema(min_length = 1, max_length = 2048, example = "https://t.me/kanal/4711")]
    url: String,
    /// Fetch it although items that were seen at this address are known.
    #[serde(default)]
    refresh: bool,
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

problems!(
    caller,
    BadRequest,
    BodyTooLarge,
    UnsupportedMediaType,
    ValidationFailed,
    LinkForbidden,
    TooManyLinks,
    IdempotencyKeyInvalid,
    IdempotencyKeyReused
);

/// Has a link fetched and handed in. It counts as a submission of yours once its bytes have come.
///
/// Media at the address itself are fetched directly; clips out of posts of Telegram, VK, OK and RuTube where the installation has a program for that. A link at
/// which known items were seen is answered at once (`200`) with what is known of them, unless `refresh` is true. A request that is repeated with the same
/// `Idempotency-Key` is answered with the first link. You can have 20 links under way.
#[utoipa::path(post, path = "/api/v1/links", tag = "links",
    params(("Idempotency-Key" = Option<String>, Header, description = "1 to 255 printable ASCII characters, unique to this link among yours.",
            example = "6f1f7b1e-8a2e-4b7a-9d52-0f6c1de0a002")),
    request_body = LinkRequest,
    responses(
        (status = 202, description = "Queued; `Location` leads to the link.", body = LinkReceipt,
         headers(("Location" = String, description = "The link."),
                 ("Idempotency-Replayed" = Option<String>, description = "`true` if the request was seen before."))),
        (status = 200, description = "Known already.", body = LinkReceipt),
        Problems))]
pub(crate) async fn link_create(
    State(state): State<AppState>,
    Caller(actor): Caller,
    headers: HeaderMap,
    JsonBody(request): JsonBody<LinkRequest>,
) -> Result<Response, Problem> {
    let key = idempotency_key(&headers)?;
    let LinkRequest { url, refresh, network, region, note } = request;
    let circumstances = Circumstances { network, region, note, ..Circumstances::default() };
    match state.service.link_create(&actor, LinkWish { url, circumstances, refresh }, key).await? {
        LinkAnswer::Known(known) => {
            let known = known.into_iter().map(KnownMediaView::from).collect();
            Ok(Json(LinkReceipt { link: None, known }).into_response())
        }
        LinkAnswer::Fetch(outcome) => {
            let location = address(outcome.fetch.id);
            let body = Json(LinkReceipt { link: Some(outcome.fetch.into()), known: Vec::new() });
            let mut response = (StatusCode::ACCEPTED, [(LOCATION, location)], body).into_response();
            if !outcome.created {
                response.headers_mut().insert(IDEMPOTENCY_REPLAYED, HeaderValue::from_static("true"));
            }
            Ok(response)
        }
    }
}
