//! `GET /feeds/notices.atom`: published notices, newest first.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_TYPE, VARY};
use axum::response::{IntoResponse as _, Response};
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::language::{Language, Text};
use podlinnik_report::{FeedEntry, FeedHead, feed};
use serde::Deserialize;

use crate::content::briefly_public;
use crate::etag::IfNoneMatch;
use crate::extract::{CallerLanguage, Parameters};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// Entries in the feed.
const ENTRIES: u32 = 50;

const TITLE: Text = Text { ru: "Подлинник: опровержения", en: "Podlinnik: refutations" };

#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FeedQuery {
    /// Only notices that concern this region, ISO 3166-2.
    #[param(example = "RU-TAM")]
    region: Option<String>,
    /// `ru` or `en`; else `Accept-Language` decides.
    #[serde(rename = "lang")]
    #[param(example = "ru")]
    _lang: Option<String>,
}

problems!(ValidationFailed);

/// Published notices as Atom (RFC 4287), newest first, at most 50.
#[utoipa::path(get, path = "/feeds/notices.atom", tag = "public", security(()), params(FeedQuery),
    responses((status = 200, description = "The feed.", body = String, content_type = "application/atom+xml"),
              (status = 304, description = "The feed has not changed."), Problems))]
pub(crate) async fn notices_feed(
    State(state): State<AppState>,
    Parameters(query): Parameters<FeedQuery>,
    CallerLanguage(language): CallerLanguage,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let region = query.region.as_deref();
    if region.is_some_and(|region| !is_region(region)) {
        return Err(Problem::field("region", "a code such as RU-TAM"));
    }
    let notices = state.service.published_notices(region, None, ENTRIES).await?.items;
    let public_url = &state.service.settings().public_url;
    let entries: Vec<_> = notices
        .iter()
        .map(|(notice, verdict)| FeedEntry::new(notice, verdict, public_url, language))
        .collect();
    let address = region.map_or_else(
        || format!("{public_url}/feeds/notices.atom?lang={language}"),
        |region| format!("{public_url}/feeds/notices.atom?region={region}&lang={language}"),
    );
    let head = FeedHead {
        id: address.clone(),
        title: title(region, language),
        self_link: address,
        page_link: Some(format!("{public_url}/")),
        author: "Podlinnik".to_owned(),
        // An empty feed must not change by itself, or every reader would load it again and again.
        updated: jiff::Timestamp::UNIX_EPOCH,
        language,
    };
    let xml = feed::atom(&head, &entries)?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/atom+xml; charset=utf-8")),
        (VARY, HeaderValue::from_static("accept-language")),
    ];
    let tag = Sha256::of(xml.as_bytes()).to_string();
    Ok((briefly_public(), known.answer(&tag, || (headers, xml))).into_response())
}

fn title(region: Option<&str>, language: Language) -> String {
    let title = TITLE.in_language(language);
    region.map_or_else(|| title.to_owned(), |region| format!("{title}, {region}"))
}

fn is_region(text: &str) -> bool {
    (2..=16).contains(&text.len())
        && text.bytes().all(|letter| letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == b'-')
}
