//! Who is calling: `Authorization: Bearer plk_…`, or the session of a page of ours. A session changes something only with the page's token
//! (`X-CSRF-Token`), so that no other site can use it.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::people::Actor;

use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::same;
use crate::ui::visitor::{Visitor, is_same_origin};

/// Carries a page's token.
const CSRF: &str = "x-csrf-token";
/// `plk_` and 43 characters; anything far longer is not worth hashing.
const LONGEST_SECRET: usize = 128;

/// An authenticated caller. A handler that takes one refuses everybody else before it reads the body.
#[derive(Debug)]
pub(crate) struct Caller(pub(crate) Actor);

impl FromRequestParts<AppState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        if header.is_none()
            && let Some(visitor) = Visitor::find(state, &parts.headers).await?
        {
            return if may_act(&parts.method, &parts.headers, &visitor) {
                Ok(Self(visitor.actor))
            } else {
                Err(ErrorCode::Forbidden.into())
            };
        }
        let secret = header.and_then(bearer).ok_or(ErrorCode::Unauthenticated)?;
        let actor = state.service.authenticate(secret).await?;
        tracing::Span::current().record("user", actor.user.login.as_str());
        Ok(Self(actor))
    }
}

/// Reading is free; anything else needs the token that only our own pages know.
fn may_act(method: &Method, headers: &HeaderMap, visitor: &Visitor) -> bool {
    let token = headers.get(CSRF).and_then(|value| value.to_str().ok()).unwrap_or_default();
    method.is_safe() || (is_same_origin(headers) && same(token, &visitor.csrf))
}

pub(crate) fn bearer(header: &str) -> Option<&str> {
    let (scheme, secret) = header.split_once(' ')?;
    let secret = secret.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !secret.is_empty() && secret.len() <= LONGEST_SECRET)
        .then_some(secret)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_bearer_tokens_only() {
        assert_eq!(bearer("Bearer plk_1"), Some("plk_1"));
        assert_eq!(bearer("bearer  plk_1"), Some("plk_1"));
        assert_eq!(bearer("Basic plk_1"), None);
        assert_eq!(bearer("Bearer "), None);
        assert_eq!(bearer("Bearer"), None);
        assert_eq!(bearer(&format!("Bearer {}", "x".repeat(129))), None);
    }
}
