//! `GET /docs`: the API for people.

use std::sync::OnceLock;

use axum::response::{IntoResponse as _, Response};
use podlinnik_domain::language::Language;
use podlinnik_report::api_page;

use crate::content::{briefly_public, page};
use crate::extract::CallerLanguage;
use crate::openapi::{document, problems};
use crate::problem::Problem;

problems!();

/// The API as a page for people: every operation with its parameters, bodies, examples and problems.
#[utoipa::path(get, path = "/docs", tag = "operations", security(()),
    params(("lang" = Option<String>, Query, description = "`ru` or `en`; else `Accept-Language` decides.")),
    responses((status = 200, description = "The page.", body = String, content_type = "text/html"), Problems))]
pub(crate) async fn api_docs(CallerLanguage(language): CallerLanguage) -> Result<Response, Problem> {
    static RUSSIAN: OnceLock<String> = OnceLock::new();
    static ENGLISH: OnceLock<String> = OnceLock::new();
    let kept = match language {
        Language::Russian => &RUSSIAN,
        Language::English => &ENGLISH,
    };
    let html = match kept.get() {
        Some(html) => html.clone(),
        None => {
            let made = api_page::page(&document(), language)?;
            kept.get_or_init(|| made).clone()
        }
    };
    Ok((briefly_public(), page(html, language)).into_response())
}
