//! `GET /notices/{id}`: a published notice as a page, or in the words of other systems.

use std::str::FromStr;

use axum::extract::State;
use axum::http::header::{ACCEPT, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{NoticeId, OrganisationId};
use podlinnik_domain::language::Language;
use podlinnik_domain::notice::{Correction, Notice};
use podlinnik_domain::region::Regions;
use podlinnik_report::exchange::{claim_review, misp, stix};
use podlinnik_report::{MediaFacts, NoticeContext, notice};

use crate::content::{asked_anew, page};
use crate::etag::IfNoneMatch;
use crate::extract::{CallerLanguage, Id};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// In which form a notice is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    Page,
    JsonLd,
    Misp,
    Stix,
}

impl Form {
    const SUFFIXES: [(&'static str, Self); 3] =
        [(".jsonld", Self::JsonLd), (".misp.json", Self::Misp), (".stix.json", Self::Stix)];

    fn media_type(self) -> &'static str {
        match self {
            Self::Page => "text/html; charset=utf-8",
            Self::JsonLd => "application/ld+json",
            Self::Misp => "application/json",
            Self::Stix => "application/stix+json;version=2.1",
        }
    }

    /// What the caller prefers, where the address does not say it.
    fn accepted(headers: &HeaderMap) -> Self {
        let accept = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let forms = [
            ("text/html", Self::Page),
            ("application/ld+json", Self::JsonLd),
            ("application/stix+json", Self::Stix),
        ];
        let asked = accept.split(',').filter_map(|one| one.split(';').next());
        asked
            .into_iter()
            .find_map(|one| forms.iter().find(|(name, _)| one.trim().eq_ignore_ascii_case(name)))
            .map_or(Self::Page, |(_, form)| *form)
    }
}

/// An identifier, with or without the ending of a form.
#[derive(Debug)]
pub(crate) struct Asked {
    id: NoticeId,
    form: Option<Form>,
}

impl FromStr for Asked {
    type Err = ErrorCode;

    fn from_str(text: &str) -> Result<Self, ErrorCode> {
        let ending =
            Form::SUFFIXES.iter().find_map(|(suffix, form)| Some((text.strip_suffix(suffix)?, *form)));
        let (id, form) = ending.map_or((text, None), |(id, form)| (id, Some(form)));
        Ok(Self { id: id.parse().map_err(|_| ErrorCode::NotFound)?, form })
    }
}

problems!(NotFound);

/// A published notice: the page in Russian or English, or (by the address's ending, or by `Accept`) schema.org's ClaimReview and MediaReview
/// (`.jsonld`), a MISP event (`.misp.json`), a STIX 2.1 bundle (`.stix.json`).
#[utoipa::path(get, path = "/notices/{id}", tag = "public", security(()),
    params(("id" = String, Path, description = "Identifier of the notice, with `.jsonld`, `.misp.json`, `.stix.json` or nothing behind it."),
           ("lang" = Option<String>, Query, description = "`ru` or `en`; else `Accept-Language` decides.")),
    responses((status = 200, description = "A self-contained page, or a document.",
               content((String = "text/html"), (serde_json::Value = "application/ld+json"), (serde_json::Value = "application/stix+json"),
                       (serde_json::Value = "application/json"))),
              (status = 304, description = "The notice has not changed."), Problems))]
pub(crate) async fn public_notice(
    State(state): State<AppState>,
    Id(asked): Id<Asked>,
    CallerLanguage(language): CallerLanguage,
    headers: HeaderMap,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let (found, verdict) = state.service.published_notice(asked.id).await?.ok_or(ErrorCode::NotFound)?;
    let context = public_context(&state, &found, language).await?;
    let form = asked.form.unwrap_or_else(|| Form::accepted(&headers));
    let document = match form {
        Form::Page => {
            let html = notice::page(&found, &verdict, &context)?;
            let tag = Sha256::of(html.as_bytes()).to_string();
            let mut response = (asked_anew(), known.answer(&tag, || page(html, language))).into_response();
            response.headers_mut().insert(VARY, HeaderValue::from_static("accept, accept-language, cookie"));
            return Ok(response);
        }
        Form::JsonLd => claim_review::document(&found, &verdict, &context),
        Form::Misp => misp::event(&found, &verdict, &context),
        Form::Stix => stix::bundle(&found, &verdict, &context),
    };
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static(form.media_type())),
        (VARY, HeaderValue::from_static("accept, accept-language, cookie")),
    ];
    let document = document.to_string();
    let tag = Sha256::of(document.as_bytes()).to_string();
    Ok((asked_anew(), known.answer(&tag, || (headers, document))).into_response())
}

/// What the public sees beside a public notice.
pub(crate) async fn public_context(
    state: &AppState,
    notice: &Notice,
    language: Language,
) -> Result<NoticeContext, Problem> {
    let corrections = state.service.settled_corrections(notice.id).await?;
    context(state, notice, corrections, language).await
}

/// What pages and texts need beside a notice.
pub(crate) async fn context(
    state: &AppState,
    notice: &Notice,
    corrections: Vec<Correction>,
    language: Language,
) -> Result<NoticeContext, Problem> {
    let public_url = state.service.settings().public_url.clone();
    let successor = state.service.successor(notice).await?;
    let media = state.service.published_media(notice).await?;
    let in_log = notice.published_at.is_some() && state.service.log().is_ok();
    let bundle = in_log.then_some(notice.id);
    Ok(NoticeContext {
        organisation: organisation_name(state, notice.organisation, language).await?,
        feed_link: Some(format!("{public_url}/feeds/notices.atom")),
        corrections,
        region: notice.region.as_deref().and_then(|code| Regions::current().get(code)).cloned(),
        successor_link: successor.map(|id| format!("{public_url}/notices/{id}")),
        bundle_link: bundle.map(|id| format!("{public_url}/notices/{id}/bundle")),
        media: media.map(|sha256| MediaFacts { sha256, kind: None }),
        public_url,
        language,
    })
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
