//! What a form sends: names and values, checked against forgery.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use podlinnik_domain::error_code::ErrorCode;

use super::visitor::{Refusal, Visitor, is_same_origin};
use crate::extract::body_problem;
use crate::problem::Problem;
use crate::state::AppState;

/// Name of the field with the session's token.
pub(super) const TOKEN: &str = "_token";
/// More fields than any form of ours has.
const MOST_FIELDS: usize = 1000;

/// Names and values in the order in which they came. Values are trimmed; line ends are `\n`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields(Vec<(String, String)>);

impl Fields {
    /// Reads `application/x-www-form-urlencoded`.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, Problem> {
        let pairs: Vec<(String, String)> = url::form_urlencoded::parse(bytes)
            .take(MOST_FIELDS + 1)
            .map(|(name, value)| (name.into_owned(), lines(value.trim())))
            .collect();
        if pairs.len() > MOST_FIELDS { Err(ErrorCode::BadRequest.into()) } else { Ok(Self(pairs)) }
    }

    /// Names and values that came in another form.
    pub(crate) const fn of(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// All names and values.
    pub(crate) fn into_pairs(self) -> Vec<(String, String)> {
        self.0
    }

    /// The first value of this name, empty where there is none.
    pub(crate) fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value)
    }

    /// The first value of this name unless it is empty.
    pub(crate) fn filled(&self, name: &str) -> Option<String> {
        Some(self.get(name)).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// All values of this name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether a box of this name was ticked.
    pub(crate) fn ticked(&self, name: &str) -> bool {
        self.0.iter().any(|(key, _)| key == name)
    }

    /// The value of this name as a number, a code, an identifier.
    ///
    /// # Errors
    /// `validation_failed` naming the field.
    pub(crate) fn parsed<T: std::str::FromStr>(
        &self,
        name: &'static str,
        rule: &'static str,
    ) -> Result<T, Problem> {
        self.get(name).parse().map_err(|_| Problem::field(name, rule))
    }

    /// The same where the field may be empty.
    ///
    /// # Errors
    /// `validation_failed` naming the field.
    pub(crate) fn optional<T: std::str::FromStr>(
        &self,
        name: &'static str,
        rule: &'static str,
    ) -> Result<Option<T>, Problem> {
        if self.get(name).is_empty() { Ok(None) } else { self.parsed(name, rule).map(Some) }
    }
}

/// A form that somebody who is signed in sent from one of our own pages.
#[derive(Debug)]
pub(crate) struct Submitted {
    pub(crate) visitor: Visitor,
    pub(crate) fields: Fields,
}

impl FromRequest<AppState> for Submitted {
    type Rejection = Refusal;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Refusal> {
        let refuse = |code: ErrorCode| Refusal::Problem(code.into());
        let visitor = Visitor::find(state, request.headers()).await.map_err(Refusal::Problem)?;
        let visitor = visitor.ok_or_else(|| refuse(ErrorCode::Unauthenticated))?;
        let fields = read(request, state).await.map_err(Refusal::Problem)?;
        if same(fields.get(TOKEN), &visitor.csrf) {
            Ok(Self { visitor, fields })
        } else {
            Err(refuse(ErrorCode::Forbidden))
        }
    }
}

/// A form that anybody sent from one of our own pages.
#[derive(Debug)]
pub(crate) struct OpenForm(pub(crate) Fields);

impl FromRequest<AppState> for OpenForm {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, Problem> {
        read(request, state).await.map(Self)
    }
}

async fn read(request: Request, state: &AppState) -> Result<Fields, Problem> {
    if !is_same_origin(request.headers()) {
        return Err(ErrorCode::Forbidden.into());
    }
    if !is_form(request.headers()) {
        return Err(ErrorCode::UnsupportedMediaType.into());
    }
    let bytes = Bytes::from_request(request, state).await.map_err(body_problem)?;
    Fields::parse(&bytes)
}

fn is_form(headers: &HeaderMap) -> bool {
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.split(';')
        .next()
        .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

/// A text whose lines end with `\n`, however they ended.
fn lines(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// Compares in the same time whatever differs.
pub(crate) fn same(one: &str, other: &str) -> bool {
    one.len() == other.len() && one.bytes().zip(other.bytes()).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_keep_order_and_repetition() {
        let fields = Fields::parse("a=1&b=+x%0D%0Ay+&a=2&c=".as_bytes()).unwrap();
        assert_eq!(fields.all("a").collect::<Vec<_>>(), ["1", "2"]);
        assert_eq!(fields.get("b"), "x\ny");
        assert_eq!(Fields::parse(b"a=x%0D%0D%0Ay%0Dz").unwrap().get("a"), "x\n\ny\nz");
        assert_eq!((fields.filled("c"), fields.ticked("c"), fields.ticked("d")), (None, true, false));
        assert_eq!(fields.optional::<u32>("c", "a number").unwrap(), None);
        assert!(fields.parsed::<u32>("b", "a number").is_err());
        assert!(Fields::parse("a&".repeat(1001).as_bytes()).is_err());
    }

    #[test]
    fn tokens_are_compared_whole() {
        assert!(same("abc", "abc"));
        assert!(!same("abc", "abd"));
        assert!(!same("abc", "ab"));
        assert!(!same("", "x"));
    }
}
