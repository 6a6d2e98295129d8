//! Entity tags: versions of records in `ETag`, `If-Match` and `If-None-Match` (RFC 9110 §8.8.3, §13).

use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::header::{ETAG, IF_MATCH, IF_NONE_MATCH};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use podlinnik_domain::error_code::ErrorCode;

use crate::problem::Problem;
use crate::state::AppState;

/// An entity tag for a header. `tag` holds letters, digits, `.` and `-` only.
pub(crate) fn etag(tag: impl std::fmt::Display) -> [(HeaderName, HeaderValue); 1] {
    let value = HeaderValue::try_from(format!("\"{tag}\""));
    [(ETAG, value.unwrap_or_else(|_| HeaderValue::from_static("\"-\"")))]
}

/// The version that `If-Match` names: the number before the first dot of an entity tag that the service gave out.
/// 428 without the header or with `*`, 412 for a tag that cannot be ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct IfMatch(pub(crate) u64);

impl IfMatch {
    pub(crate) fn parse(headers: &HeaderMap) -> Result<Self, Problem> {
        let text = headers.get(IF_MATCH).ok_or_else(Problem::precondition_required)?;
        let text = text.to_str().map_err(|_| Problem::new(ErrorCode::StaleRevision))?.trim();
        if text == "*" {
            return Err(Problem::precondition_required());
        }
        text.strip_prefix('"')
            .and_then(|text| text.strip_suffix('"'))
            .and_then(|tag| tag.split('.').next())
            .and_then(|text| text.parse().ok().filter(|version: &u64| version.to_string() == text))
            .map(Self)
            .ok_or(Problem::new(ErrorCode::StaleRevision))
    }

    /// The version of records that count in 32 bits.
    pub(crate) fn version(self) -> Result<u32, Problem> {
        u32::try_from(self.0).map_err(|_| Problem::new(ErrorCode::StaleRevision))
    }
}

impl FromRequestParts<AppState> for IfMatch {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Problem> {
        Self::parse(&parts.headers)
    }
}

/// Whether `If-None-Match` names a tag.
pub(crate) fn names(header: &str, tag: &str) -> bool {
    let quoted = format!("\"{tag}\"");
    header.trim() == "*"
        || header.split(',').any(|one| one.trim().trim_start_matches("W/") == quoted.as_str())
}

/// The caller's copy, if there is one.
#[derive(Debug)]
pub(crate) struct IfNoneMatch(Option<String>);

impl IfNoneMatch {
    /// `304` if the caller has `tag` already, else what `make` answers with the tag added.
    pub(crate) fn answer<R: IntoResponse>(&self, tag: &str, make: impl FnOnce() -> R) -> Response {
        let known = self.0.as_deref().is_some_and(|header| names(header, tag));
        let (mut parts, body) = (etag(tag), make()).into_response().into_parts();
        if !known {
            return Response::from_parts(parts, body);
        }
        // The headers are those of the full answer: a browser puts them in the place of what it kept, the page's policy among them.
        parts.status = StatusCode::NOT_MODIFIED;
        Response::from_parts(parts, Body::empty())
    }
}

impl FromRequestParts<AppState> for IfNoneMatch {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &AppState) -> Result<Self, Self::Rejection> {
        let header = parts.headers.get(IF_NONE_MATCH).and_then(|value| value.to_str().ok());
        Ok(Self(header.map(str::to_owned)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn if_match(text: &'static str) -> Result<IfMatch, Problem> {
        IfMatch::parse(&HeaderMap::from_iter([(IF_MATCH, HeaderValue::from_static(text))]))
    }

    #[test]
    fn if_match_is_required_and_exact() {
        assert_eq!(IfMatch::parse(&HeaderMap::new()), Err(Problem::precondition_required()));
        assert_eq!(if_match("*"), Err(Problem::precondition_required()));
        assert_eq!(if_match("\"3\""), Ok(IfMatch(3)));
        assert_eq!(if_match("\"3.draft\""), Ok(IfMatch(3)));
        for foreign in ["3", "W/\"3\"", "\"x\"", "\"+3\"", "\"03\"", "\"-1\"", "\"3\", \"4\"", ""] {
            assert_eq!(if_match(foreign), Err(ErrorCode::StaleRevision.into()), "{foreign}");
        }
    }
}
