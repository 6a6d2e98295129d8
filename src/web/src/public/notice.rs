//! `GET /notices/{id}`: the page of a published notice.

use axum::extract::State;
use axum::response::{IntoResponse as _, Response};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{NoticeId, OrganisationId};
use podlinnik_domain::language::Language;
use podlinnik_report::{NoticeContext, notice};

use crate::content::{briefly_public, page};
use crate::extract::{CallerLanguage, Id};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

problems!(NotFound);

/// The page of a published notice, in Russian or English.
#[utoipa::path(get, path = "/notices/{id}", tag = "public", security(()),
    params(("id" = NoticeId, Path, description = "Identifier of the notice."),
           ("lang" = Option<String>, Query, description = "`ru` or `en`; else `Accept-Language` decides.")),
    responses((status = 200, description = "A self-contained page.", body = String, content_type = "text/html"), Problems))]
pub(crate) async fn public_notice(
    State(state): State<AppState>,
    Id(id): Id<NoticeId>,
    CallerLanguage(language): CallerLanguage,
) -> Result<Response, Problem> {
    let (found, verdict) = state.service.published_notice(id).await?.ok_or(ErrorCode::NotFound)?;
    let public_url = state.service.settings().public_url.clone();
    let context = NoticeContext {
        organisation: organisation_name(&state, found.organisation, language).await?,
        feed_link: Some(format!("{public_url}/feeds/notices.atom")),
        public_url,
        language,
    };
    Ok((briefly_public(), page(notice::page(&found, &verdict, &context)?, language)).into_response())
}

async fn organisation_name(
    state: &AppState,
    id: OrganisationId,
    language: Language,
) -> Result<String, Problem> {
    let organisations = state.service.organisations().await?;
    let found = organisations.into_iter().find(|organisation| organisation.id == id);
    Ok(found.map_or_else(String::new, |organisation| match language {
        Language::Russian => organisation.name_ru,
        Language::English => organisation.name_en,
    }))
}
