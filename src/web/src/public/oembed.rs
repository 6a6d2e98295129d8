//! `GET /oembed`: how another site shows a notice in its page.

use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_report::exchange::oembed;
use serde::Deserialize;

use super::notice::public_context;
use crate::content::briefly_public;
use crate::extract::{CallerLanguage, Parameters};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct OembedQuery {
    /// Address of a notice's page on this service.
    #[param(example = "https://podlinnik.example/notices/01890a5d-ac96-774b-bcce-b302099a8057")]
    url: String,
    /// Widest that the other site shows, in CSS pixels.
    maxwidth: Option<u32>,
    /// Highest that the other site shows, in CSS pixels.
    maxheight: Option<u32>,
    /// Only `json`.
    #[param(example = "json")]
    format: Option<String>,
    /// `ru` or `en`; else `Accept-Language` decides.
    #[serde(rename = "lang")]
    #[param(example = "ru")]
    _lang: Option<String>,
}

problems!(NotFound, ValidationFailed);

/// A notice as a card of text for another site (oEmbed 1.0, type `rich`): no script, no frame.
#[utoipa::path(get, path = "/oembed", tag = "public", security(()), params(OembedQuery),
    responses((status = 200, description = "The card.", body = serde_json::Value), Problems))]
pub(crate) async fn oembed_card(
    State(state): State<AppState>,
    Parameters(query): Parameters<OembedQuery>,
    CallerLanguage(language): CallerLanguage,
) -> Result<Response, Problem> {
    if query.format.as_deref().is_some_and(|format| format != "json") {
        return Err(Problem::field("format", "json"));
    }
    let public_url = &state.service.settings().public_url;
    let id = oembed::notice_of(&query.url, public_url).ok_or(ErrorCode::NotFound)?;
    let (notice, verdict) = state.service.published_notice(id).await?.ok_or(ErrorCode::NotFound)?;
    let context = public_context(&state, &notice, language).await?;
    let card = oembed::answer(&notice, &verdict, &context, query.maxwidth, query.maxheight);
    Ok((briefly_public(), Json(card)).into_response())
}
