//! `GET /notices/{id}/bundle`: a published notice with its place in the transparency log, as a ZIP.

use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::NoticeId;
use podlinnik_domain::language::Language;
use podlinnik_pipeline::log::Bundle;
use podlinnik_report::notice;
use podlinnik_report::pdf::{Contents, document};
use serde::Deserialize;

use super::notice::public_context;
use crate::content::zip;
use crate::extract::{CallerLanguage, Id, Parameters};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// What a bundle shall hold beside the rest.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct BundleQuery {
    /// Size of an earlier checkpoint of the log; the bundle then proves that the log goes on from it.
    #[param(minimum = 1, example = 1)]
    pub(crate) since: Option<u64>,
    /// `ru` or `en`, for the pages; else `Accept-Language` decides.
    #[serde(rename = "lang")]
    #[param(example = "ru")]
    _lang: Option<String>,
}

problems!(NotFound, ValidationFailed, MediaTooLarge);

/// A published notice with the entries of the transparency log about it and their proofs, to be checked offline with `podlinnik verify`.
#[utoipa::path(get, path = "/notices/{id}/bundle", tag = "log", security(()),
    params(("id" = NoticeId, Path, description = "Identifier of the notice."), BundleQuery),
    responses((status = 200, description = "podlinnik-bundle/1.", body = Vec<u8>, content_type = "application/zip"), Problems))]
pub(crate) async fn notice_bundle(
    State(state): State<AppState>,
    Id(id): Id<NoticeId>,
    CallerLanguage(language): CallerLanguage,
    Parameters(query): Parameters<BundleQuery>,
) -> Result<Response, Problem> {
    let bundle = state.service.notice_bundle(id, query.since).await?.ok_or(ErrorCode::NotFound)?;
    let bundle = with_notice(&state, bundle, language).await?;
    Ok(zip(&format!("podlinnik-notice-{id}.zip"), bundle.finish()?))
}

/// The bundle with the page of its notice, if it has one.
pub(crate) async fn with_notice(
    state: &AppState,
    mut bundle: Bundle,
    language: Language,
) -> Result<Bundle, Problem> {
    let Some(shown) = bundle.notice.clone() else { return Ok(bundle) };
    let context = public_context(state, &shown, language).await?;
    bundle.add_page("notice.html", notice::page(&shown, &bundle.verdict, &context)?);
    let contents = Contents {
        verdict: &bundle.verdict,
        media: Some(bundle.media),
        notice: Some((&shown, &context)),
        desk: false,
        report: None,
        language,
    };
    let printed = document(&contents)?;
    bundle.add_page("notice.pdf", printed);
    Ok(bundle)
}
