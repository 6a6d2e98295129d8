//! `GET /feeds/…`: published notices and their corrections, newest first, as Atom and as JSON Feed.

use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_TYPE, VARY};
use axum::response::{IntoResponse as _, Response};
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::language::{Language, Text};
use podlinnik_domain::region::{Regions, is_code};
use podlinnik_report::{FeedEntry, FeedHead, feed};
use serde::Deserialize;

use crate::content::briefly_public;
use crate::etag::IfNoneMatch;
use crate::extract::{CallerLanguage, Parameters};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// Entries in a feed.
const ENTRIES: u32 = 50;

const ATOM: &str = "application/atom+xml; charset=utf-8";
const JSON_FEED: &str = "application/feed+json; charset=utf-8";

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
    let entries = notices(&state, &query, language).await?;
    let head = head(&state, &query, "notices.atom", language);
    Ok(answer(&known, ATOM, feed::atom(&head, &entries)?))
}

/// Published notices as JSON Feed 1.1, newest first, at most 50.
#[utoipa::path(get, path = "/feeds/notices.json", tag = "public", security(()), params(FeedQuery),
    responses((status = 200, description = "The feed.", body = serde_json::Value, content_type = "application/feed+json"),
              (status = 304, description = "The feed has not changed."), Problems))]
pub(crate) async fn notices_json_feed(
    State(state): State<AppState>,
    Parameters(query): Parameters<FeedQuery>,
    CallerLanguage(language): CallerLanguage,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let entries = notices(&state, &query, language).await?;
    let head = head(&state, &query, "notices.json", language);
    Ok(answer(&known, JSON_FEED, feed::json(&head, &entries).to_string()))
}

/// Corrections, clarifications and retractions of notices as Atom (RFC 4287), newest first, at most 50.
#[utoipa::path(get, path = "/feeds/corrections.atom", tag = "public", security(()), params(FeedQuery),
    responses((status = 200, description = "The feed.", body = String, content_type = "application/atom+xml"),
              (status = 304, description = "The feed has not changed."), Problems))]
pub(crate) async fn corrections_feed(
    State(state): State<AppState>,
    Parameters(query): Parameters<FeedQuery>,
    CallerLanguage(language): CallerLanguage,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let entries = corrections(&state, &query, language).await?;
    let head = head(&state, &query, "corrections.atom", language);
    Ok(answer(&known, ATOM, feed::atom(&head, &entries)?))
}

/// Corrections, clarifications and retractions of notices as JSON Feed 1.1, newest first, at most 50.
#[utoipa::path(get, path = "/feeds/corrections.json", tag = "public", security(()), params(FeedQuery),
    responses((status = 200, description = "The feed.", body = serde_json::Value, content_type = "application/feed+json"),
              (status = 304, description = "The feed has not changed."), Problems))]
pub(crate) async fn corrections_json_feed(
    State(state): State<AppState>,
    Parameters(query): Parameters<FeedQuery>,
    CallerLanguage(language): CallerLanguage,
    known: IfNoneMatch,
) -> Result<Response, Problem> {
    let entries = corrections(&state, &query, language).await?;
    let head = head(&state, &query, "corrections.json", language);
    Ok(answer(&known, JSON_FEED, feed::json(&head, &entries).to_string()))
}

async fn notices(state: &AppState, query: &FeedQuery, language: Language) -> Result<Vec<FeedEntry>, Problem> {
    let found = state.service.published_notices(region(query)?, None, ENTRIES).await?.items;
    let public_url = &state.service.settings().public_url;
    let entry = |(notice, verdict): &(_, _)| FeedEntry::new(notice, verdict, public_url, language);
    Ok(found.iter().map(entry).collect())
}

async fn corrections(
    state: &AppState,
    query: &FeedQuery,
    language: Language,
) -> Result<Vec<FeedEntry>, Problem> {
    let found = state.service.published_corrections(region(query)?, None, ENTRIES).await?.items;
    let public_url = &state.service.settings().public_url;
    let mut entries = Vec::with_capacity(found.len());
    for correction in &found {
        if let Some((notice, _)) = state.service.published_notice(correction.notice).await? {
            entries.extend(FeedEntry::of_correction(correction, &notice, public_url, language));
        }
    }
    Ok(entries)
}

fn region(query: &FeedQuery) -> Result<Option<&str>, Problem> {
    let region = query.region.as_deref();
    match region.is_none_or(is_code) {
        true => Ok(region),
        false => Err(Problem::field("region", "a code such as RU-TAM")),
    }
}

fn head(state: &AppState, query: &FeedQuery, name: &str, language: Language) -> FeedHead {
    let public_url = &state.service.settings().public_url;
    let region = query.region.as_deref();
    let address = region.map_or_else(
        || format!("{public_url}/feeds/{name}?lang={language}"),
        |region| format!("{public_url}/feeds/{name}?region={region}&lang={language}"),
    );
    let title = if name.starts_with("notices") {
        Text { ru: "Подлинник: опровержения", en: "Podlinnik: refutations" }
    } else {
        Text { ru: "Подлинник: исправления", en: "Podlinnik: corrections" }
    };
    let title = title.in_language(language);
    let place =
        region.map(|code| Regions::current().get(code).map_or_else(|| code, |region| region.name(language)));
    FeedHead {
        id: address.clone(),
        title: place.map_or_else(|| title.to_owned(), |place| format!("{title}, {place}")),
        self_link: address,
        page_link: Some(format!("{public_url}/")),
        author: "Podlinnik".to_owned(),
        // An empty feed must not change by itself, or every reader would load it again and again.
        updated: jiff::Timestamp::UNIX_EPOCH,
        language,
    }
}

fn answer(known: &IfNoneMatch, kind: &'static str, text: String) -> Response {
    let kind = [(CONTENT_TYPE, HeaderValue::from_static(kind))];
    let vary = [(VARY, HeaderValue::from_static("accept-language, cookie"))];
    let tag = Sha256::of(text.as_bytes()).to_string();
    (briefly_public(), vary, known.answer(&tag, || (kind, text))).into_response()
}
