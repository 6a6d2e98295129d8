//! `GET /`: what this is and where to go on.

use axum::response::{IntoResponse as _, Response};
use podlinnik_domain::language::Language;

use crate::content::{briefly_public, page};
use crate::extract::CallerLanguage;
use crate::openapi::problems;

problems!();

/// What this service is.
#[utoipa::path(get, path = "/", tag = "public", security(()),
    responses((status = 200, description = "A short page.", body = String, content_type = "text/html"), Problems))]
pub(crate) async fn index(CallerLanguage(language): CallerLanguage) -> Response {
    let html = match language {
        Language::Russian => include_str!("index.ru.html"),
        Language::English => include_str!("index.en.html"),
    };
    (briefly_public(), page(html.to_owned(), language)).into_response()
}
