//! `GET /problems/{code}`: what a problem's `type` leads to.

use axum::response::{IntoResponse as _, Response};
use podlinnik_domain::error_code::ErrorCode;

use crate::content::{briefly_public, page};
use crate::extract::{CallerLanguage, Id};
use crate::openapi::problems;
use crate::problem::status;

problems!(NotFound);

/// What a problem code means.
#[utoipa::path(get, path = "/problems/{code}", tag = "public", security(()),
    params(("code" = ErrorCode, Path, description = "The code.")),
    responses((status = 200, description = "A short page.", body = String, content_type = "text/html"), Problems))]
pub(crate) async fn problem_page(
    Id(code): Id<ErrorCode>,
    CallerLanguage(language): CallerLanguage,
) -> Response {
    let (text, status) = (code.text().in_language(language), status(code).as_u16());
    // Nothing here comes from the caller: code and text are ours.
    let html = format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head><meta charset=\"utf-8\"><title>{code}</title></head>\n\
         <body><main><h1>{code}</h1><p>{text}</p><p>HTTP {status}</p></main></body>\n</html>\n"
    );
    (briefly_public(), page(html, language)).into_response()
}
