//! Who is calling: `Authorization: Bearer plk_…`.

use axum::extract::FromRequestParts;
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::people::Actor;

use crate::problem::Problem;
use crate::state::AppState;

/// `plk_` and 43 characters; anything far longer is not worth hashing.
const LONGEST_SECRET: usize = 128;

/// An authenticated caller. A handler that takes one refuses everybody else before it reads the body.
#[derive(Debug)]
pub(crate) struct Caller(pub(crate) Actor);

impl FromRequestParts<AppState> for Caller {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Problem> {
        let header = parts.headers.get(AUTHORIZATION).and_then(|value| value.to_str().ok());
        let secret = header.and_then(bearer).ok_or(ErrorCode::Unauthenticated)?;
        let actor = state.service.authenticate(secret).await?;
        tracing::Span::current().record("user", actor.user.login.as_str());
        Ok(Self(actor))
    }
}

fn bearer(header: &str) -> Option<&str> {
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
