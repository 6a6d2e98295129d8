//! `GET /api/v1/notices/{id}/card.png`

use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::NoticeId;
use podlinnik_report::{CardSize, Frame, card};
use serde::Deserialize;

use super::outlets::with_context;
use crate::auth::Caller;
use crate::content::made_by_us;
use crate::extract::{CallerLanguage, Id, Parameters};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct CardQuery {
    /// `wide` (1200 × 630, for link previews) or `square` (1080 × 1080, for posts); `wide` if left out.
    #[param(example = "wide")]
    size: Option<String>,
    /// `ru` or `en`; else `Accept-Language` decides.
    #[serde(rename = "lang")]
    #[param(example = "ru")]
    _lang: Option<String>,
}

problems!(caller, NotFound, ValidationFailed);

/// The card picture of a notice, whatever its state. A frame of the media stands in it blurred, lettered all over and stamped across.
#[utoipa::path(get, path = "/api/v1/notices/{id}/card.png", tag = "notices",
    params(("id" = NoticeId, Path, description = "Identifier of the notice."), CardQuery),
    responses((status = 200, description = "The picture.", body = String, content_type = "image/png"), Problems))]
pub(crate) async fn notice_card(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<NoticeId>,
    Parameters(query): Parameters<CardQuery>,
    CallerLanguage(language): CallerLanguage,
) -> Result<Response, Problem> {
    let size: CardSize = match query.size.as_deref() {
        None => CardSize::Wide,
        Some(text) => text.parse().map_err(|_| Problem::field("size", "wide or square"))?,
    };
    let (notice, verdict, context) = with_context(&state, &actor, id, language).await?;
    let frame = state.service.middle_frame(&actor, &verdict).await?;
    let draw = move || {
        let frame = frame.as_ref().map(|(rgb, width, height)| Frame { width: *width, height: *height, rgb });
        card::png(&notice, &verdict, &context, size, frame)
    };
    let drawn = tokio::task::spawn_blocking(draw).await;
    let picture = drawn.map_err(|_| Problem::new(ErrorCode::Internal))??;
    Ok(made_by_us("image/png", "card.png", picture))
}
