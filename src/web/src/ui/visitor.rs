//! Who is asking: the session cookie. API keys belong into `Authorization` and do not open pages.

use axum::extract::FromRequestParts;
use axum::http::header::{CACHE_CONTROL, HOST, LOCATION, ORIGIN, SET_COOKIE};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::people::{Actor, Role};
use podlinnik_pipeline::{NewSession, SignedIn};
use sha2::{Digest as _, Sha256};

use super::preferences::cookie;
use crate::problem::Problem;
use crate::state::AppState;

/// Only over TLS or on this machine, for this host alone, for every path (RFC 6265bis §4.1.3).
const SESSION: &str = "__Host-podlinnik";
/// `pls_` and 43 characters; anything far longer is not worth hashing.
const LONGEST_SECRET: usize = 128;

/// Somebody who is signed in.
#[derive(Debug, Clone)]
pub(crate) struct Visitor {
    pub(crate) actor: Actor,
    pub(crate) session: podlinnik_domain::id::SessionId,
    pub(crate) has_second_factor: bool,
    /// What every form of this session carries.
    pub(crate) csrf: String,
}

impl Visitor {
    /// The session of these headers; none without a cookie, and where it has ended.
    pub(crate) async fn find(state: &AppState, headers: &HeaderMap) -> Result<Option<Self>, Problem> {
        let Some(secret) = secret(headers) else { return Ok(None) };
        match state.service.session(secret).await {
            Ok(SignedIn { actor, session, has_second_factor }) => {
                tracing::Span::current().record("user", actor.user.login.as_str());
                Ok(Some(Self { actor, session, has_second_factor, csrf: csrf(secret) }))
            }
            Err(error) if error.code() == ErrorCode::Unauthenticated => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Whether the visitor has `role`.
    pub(crate) fn is(&self, role: Role) -> bool {
        self.actor.user.has(role)
    }
}

/// The secret in the session cookie.
pub(crate) fn secret(headers: &HeaderMap) -> Option<&str> {
    cookie(headers, SESSION).filter(|secret| !secret.is_empty() && secret.len() <= LONGEST_SECRET)
}

/// What forms of a session carry: whoever knows it knows the session.
pub(crate) fn csrf(secret: &str) -> String {
    let digest = Sha256::new().chain_update("podlinnik form ").chain_update(secret).finalize();
    URL_SAFE_NO_PAD.encode(digest.get(..18).unwrap_or_default())
}

/// Whether a browser says that the request comes from one of our own pages. Browsers that say nothing are judged by the form's token alone.
pub(crate) fn is_same_origin(headers: &HeaderMap) -> bool {
    if let Some(site) = headers.get("sec-fetch-site") {
        return matches!(site.as_bytes(), b"same-origin" | b"none");
    }
    // What cannot be read says something all the same, and it is not that the page is ours.
    let Some(origin) = headers.get(ORIGIN) else { return true };
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    let named = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
    named.zip(host).is_some_and(|((_, named), host)| named.eq_ignore_ascii_case(host))
}

/// Sets the session cookie.
pub(super) fn begin(session: &NewSession) -> (axum::http::HeaderName, HeaderValue) {
    let text = format!("{SESSION}={}; Path=/; Secure; HttpOnly; SameSite=Lax", session.secret);
    let mut value = HeaderValue::try_from(text).unwrap_or(HeaderValue::from_static(""));
    value.set_sensitive(true);
    (SET_COOKIE, value)
}

/// Takes the session cookie away.
pub(super) fn end() -> (axum::http::HeaderName, HeaderValue) {
    (
        SET_COOKIE,
        HeaderValue::from_static("__Host-podlinnik=; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age=0"),
    )
}

/// Why a page is not shown.
#[derive(Debug)]
pub(crate) enum Refusal {
    /// Nobody is signed in: sign in first, then go on there.
    SignIn(String),
    /// Anything else.
    Problem(Problem),
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::Problem(problem) => problem.into_response(),
            Self::SignIn(address) => {
                let location = HeaderValue::try_from(address).unwrap_or(HeaderValue::from_static("/sign-in"));
                let headers = [(LOCATION, location), (CACHE_CONTROL, HeaderValue::from_static("no-store"))];
                (StatusCode::SEE_OTHER, headers).into_response()
            }
        }
    }
}

impl FromRequestParts<AppState> for Visitor {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Refusal> {
        if let Some(found) = Self::find(state, &parts.headers).await.map_err(Refusal::Problem)? {
            return Ok(found);
        }
        if parts.method != Method::GET {
            return Err(Refusal::Problem(ErrorCode::Unauthenticated.into()));
        }
        let here = parts.uri.path_and_query().map_or("/desk", |path| path.as_str());
        Err(Refusal::SignIn(format!("/sign-in?next={}", encoded(here))))
    }
}

/// Somebody or nobody.
#[derive(Debug, Clone)]
pub(crate) struct MaybeVisitor(pub(crate) Option<Visitor>);

impl FromRequestParts<AppState> for MaybeVisitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        Visitor::find(state, &parts.headers).await.map(Self)
    }
}

/// A text as the value of a parameter.
pub(super) fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Where to go on after signing in: a path of ours and nothing else.
pub(crate) fn next(asked: Option<&str>) -> &str {
    asked
        .filter(|path| path.starts_with('/') && !path.starts_with("//") && !path.contains('\\'))
        // Browsers leave tabulators and line ends out of addresses: what follows would become another host.
        .filter(|path| !path.chars().any(char::is_control))
        .unwrap_or("/desk")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn forms_of_other_sites_are_told_apart() {
        assert!(is_same_origin(&headers(&[("sec-fetch-site", "same-origin")])));
        assert!(!is_same_origin(&headers(&[
            ("sec-fetch-site", "cross-site"),
            ("origin", "http://a"),
            ("host", "a")
        ])));
        assert!(!is_same_origin(&headers(&[("sec-fetch-site", "same-site")])));
        assert!(is_same_origin(&headers(&[("origin", "https://desk.example"), ("host", "desk.example")])));
        assert!(!is_same_origin(&headers(&[("origin", "https://evil.example"), ("host", "desk.example")])));
        assert!(!is_same_origin(&headers(&[("origin", "null"), ("host", "desk.example")])));
        assert!(is_same_origin(&headers(&[("host", "desk.example")])));
        for name in ["origin", "sec-fetch-site"] {
            let mut odd = headers(&[("host", "desk.example")]);
            odd.insert(name, HeaderValue::from_bytes(b"https://\xd0\xb0").unwrap());
            assert!(!is_same_origin(&odd), "{name} that is no text");
        }
    }

    #[test]
    fn only_our_own_paths_are_gone_on_to() {
        assert_eq!(next(Some("/desk/cases/1?x=2")), "/desk/cases/1?x=2");
        for foreign in [
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/\n/evil.example",
            "",
            "desk",
        ] {
            assert_eq!(next(Some(foreign)), "/desk", "{foreign}");
        }
    }

    #[test]
    fn each_session_has_its_own_token() {
        assert_ne!(csrf("pls_1"), csrf("pls_2"));
        assert_eq!(csrf("pls_1").len(), 24);
    }
}
