//! Language, colours and clock, kept in the browser: `?lang=`, `?theme=` and `?zone=` on any page set a cookie.

use axum::extract::Request;
use axum::http::header::{CONTENT_TYPE, COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use podlinnik_domain::coded_enum;

use super::zone::Zone;

/// Name of the cookie with the language.
const LANGUAGE: &str = "podlinnik-lang";
/// Name of the cookie with the colours.
const THEME: &str = "podlinnik-theme";
/// Name of the cookie with the time zone.
const ZONE: &str = "podlinnik-zone";
/// A year, in seconds.
const YEAR_S: u32 = 31_536_000;

coded_enum! {
    /// Colours of the page.
    pub enum Theme {
        /// As the system has it.
        Auto = "auto",
        Light = "light",
        Dark = "dark",
    }
}

impl Theme {
    /// What the cookie says.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        cookie(headers, THEME).and_then(|code| code.parse().ok()).unwrap_or(Self::Auto)
    }
}

/// The language that was chosen on an earlier page.
pub(crate) fn language(headers: &HeaderMap) -> Option<podlinnik_domain::language::Language> {
    cookie(headers, LANGUAGE)?.parse().ok()
}

/// The time zone that was chosen; Moscow's for whoever has chosen none.
pub(super) fn zone(headers: &HeaderMap) -> Zone {
    cookie(headers, ZONE).and_then(|code| code.parse().ok()).unwrap_or(Zone::Moscow)
}

/// The value of the first cookie of this name.
pub(crate) fn cookie<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// Sets the cookies that the address asks for; not on documents for programs, whose readers choose nothing for the pages.
pub(crate) async fn remember(request: Request, next: Next) -> Response {
    let query = request.uri().query().unwrap_or_default().to_owned();
    let mut response = next.run(request).await;
    let kind = response.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
    if kind.is_some_and(|kind| !kind.starts_with("text/html")) {
        return response;
    }
    for pair in query.split('&') {
        let cookie = match pair.split_once('=') {
            Some(("lang", code @ ("ru" | "en"))) => format!("{LANGUAGE}={code}"),
            Some(("theme", code @ ("auto" | "light" | "dark"))) => format!("{THEME}={code}"),
            Some(("zone", code)) if code.parse::<Zone>().is_ok() => format!("{ZONE}={code}"),
            _ => continue,
        };
        let text = format!("{cookie}; Path=/; Max-Age={YEAR_S}; SameSite=Lax");
        if let Ok(value) = HeaderValue::try_from(text) {
            response.headers_mut().append(SET_COOKIE, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cookies_are_found_by_their_whole_name() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=1; podlinnik-theme=dark"));
        headers.append(COOKIE, HeaderValue::from_static("x-podlinnik-lang=ru; podlinnik-lang=en"));
        assert_eq!(cookie(&headers, "a"), Some("1"));
        assert_eq!(Theme::of(&headers), Theme::Dark);
        assert_eq!(language(&headers), Some(podlinnik_domain::language::Language::English));
        assert_eq!(cookie(&headers, "b"), None);
    }
}
