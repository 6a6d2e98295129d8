//! What handlers take in; whatever does not parse becomes a problem.

use std::str::FromStr;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_TYPE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse as _;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::language::Language;
use serde::de::DeserializeOwned;

use crate::problem::Problem;
use crate::state::AppState;

/// The last part of the path as an identifier or digest. What does not parse is not found.
#[derive(Debug)]
pub(crate) struct Id<T>(pub(crate) T);

impl<T: FromStr + Send> FromRequestParts<AppState> for Id<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let Path(text) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| Problem::new(ErrorCode::NotFound))?;
        text.parse().map(Self).map_err(|_| ErrorCode::NotFound.into())
    }
}

/// Parameters after `?`.
#[derive(Debug)]
pub(crate) struct Parameters<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequestParts<AppState> for Parameters<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Query::<T>::from_request_parts(parts, state)
            .await
            .map(|Query(parameters)| Self(parameters))
            .map_err(|_| Problem::field("query", "parameters as in the API document, each at most once"))
    }
}

/// A JSON body within the size limit.
#[derive(Debug)]
pub(crate) struct JsonBody<T>(pub(crate) T);

impl<T: DeserializeOwned> FromRequest<AppState> for JsonBody<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        if !is_json(request.headers()) {
            return Err(ErrorCode::UnsupportedMediaType.into());
        }
        let bytes = Bytes::from_request(request, state).await.map_err(body_problem)?;
        let mut reader = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            if error.inner().is_data() {
                Problem::field(field_name(&error), "present and of the form in the API document")
            } else {
                ErrorCode::BadRequest.into()
            }
        })?;
        reader.end().map_err(|_| Problem::new(ErrorCode::BadRequest))?;
        Ok(Self(value))
    }
}

/// Where in the body the error is; for a missing or unknown field its own name, which serde's path leaves out.
fn field_name(error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let message = error.inner().to_string();
    let named = ["missing field `", "unknown field `"]
        .iter()
        .find_map(|start| message.strip_prefix(start)?.split_once('`'))
        .map(|(name, _)| name.chars().take(80).collect::<String>());
    let path: String = error.path().to_string().chars().take(160).collect();
    match (path.as_str(), named) {
        (".", Some(name)) => name,
        (".", None) => "body".to_owned(),
        (path, Some(name)) if !path.ends_with(name.as_str()) => format!("{path}.{name}"),
        (path, _) => path.to_owned(),
    }
}

pub(crate) fn body_problem(rejection: BytesRejection) -> Problem {
    let status = rejection.into_response().status();
    if status == StatusCode::PAYLOAD_TOO_LARGE { ErrorCode::BodyTooLarge } else { ErrorCode::BadRequest }
        .into()
}

fn is_json(headers: &HeaderMap) -> bool {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

/// `?lang=ru` or `?lang=en`, else what the browser was told on an earlier page, else `Accept-Language`, else Russian.
#[derive(Debug, Clone, Copy)]
pub(crate) struct CallerLanguage(pub(crate) Language);

impl FromRequestParts<AppState> for CallerLanguage {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Self::Rejection> {
        Ok(Self(caller_language(parts.uri.query(), &parts.headers)))
    }
}

/// See [`CallerLanguage`].
pub(crate) fn caller_language(query: Option<&str>, headers: &HeaderMap) -> Language {
    let asked = query.and_then(|query| {
        query.split('&').find_map(|pair| pair.strip_prefix("lang=")).and_then(|code| code.parse().ok())
    });
    asked.or_else(|| crate::ui::preferences::language(headers)).unwrap_or_else(|| {
        let header = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        Language::negotiate(header.unwrap_or_default())
    })
}
