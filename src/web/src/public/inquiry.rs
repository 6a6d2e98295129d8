//! `GET` and `POST /inquiries/{secret}`: an agency answers a question by a signed link.

use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::http::header::{ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::inquiry::{Inquiry, InquiryAnswer, InquiryOutcome};
use podlinnik_domain::language::Language;
use podlinnik_report::{InquiryContext, inquiry};
use serde::Deserialize;

use crate::content::{OwnPage, page};
use crate::extract::{CallerLanguage, Id};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// As other pages, but the form may be sent here.
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";

/// The form's fields.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
pub(crate) struct AnswerForm {
    /// What is answered.
    #[serde(default)]
    outcome: String,
    /// In words.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 5000)]
    statement: String,
    /// Who answers, with office.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 300)]
    name: String,
    /// Where it can be looked up.
    #[serde(default)]
    link: String,
}

problems!(
    NotFound,
    WrongState,
    BadRequest,
    BodyTooLarge,
    UnsupportedMediaType,
    ReasonRequired,
    ValidationFailed
);

/// The question behind a signed link, with a form for the answer.
#[utoipa::path(get, path = "/inquiries/{secret}", tag = "public", security(()),
    params(("secret" = String, Path, description = "What the link was given out with."),
           ("lang" = Option<String>, Query, description = "`ru` or `en`; else `Accept-Language` decides.")),
    responses((status = 200, description = "A self-contained page.", body = String, content_type = "text/html"), Problems))]
pub(crate) async fn inquiry_page(
    State(state): State<AppState>,
    Id(secret): Id<String>,
    CallerLanguage(language): CallerLanguage,
) -> Result<Response, Problem> {
    let found = state.service.inquiry_by_link(&secret).await?;
    shown(&state, &found, &secret, language, None).await
}

/// Answers the question behind a signed link, once. A browser is told on the page what is wrong, with the same status.
#[utoipa::path(post, path = "/inquiries/{secret}", tag = "public", security(()),
    params(("secret" = String, Path, description = "What the link was given out with."),
           ("lang" = Option<String>, Query, description = "`ru` or `en`; else `Accept-Language` decides.")),
    request_body(content = AnswerForm, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "Received; the page shows the answer.", body = String, content_type = "text/html"), Problems))]
pub(crate) async fn inquiry_answer_by_link(
    State(state): State<AppState>,
    Id(secret): Id<String>,
    CallerLanguage(language): CallerLanguage,
    headers: HeaderMap,
    form: Result<Form<AnswerForm>, FormRejection>,
) -> Result<Response, Problem> {
    let Form(form) = form.map_err(|rejection| match rejection.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => ErrorCode::BodyTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => ErrorCode::UnsupportedMediaType,
        _ => ErrorCode::BadRequest,
    })?;
    let answered = match form.outcome.parse::<InquiryOutcome>() {
        Ok(outcome) => {
            let link = Some(form.link.trim().to_owned()).filter(|link| !link.is_empty());
            let answer = InquiryAnswer { outcome, statement: form.statement, name: form.name, link };
            state.service.inquiry_answer_by_link(&secret, answer).await.map_err(Problem::from)
        }
        Err(_) => Err(Problem::field("outcome", "one of the answers")),
    };
    let problem = match answered {
        Ok(answered) => return shown(&state, &answered, &secret, language, None).await,
        Err(problem) => problem,
    };
    let told = [ErrorCode::WrongState, ErrorCode::ReasonRequired, ErrorCode::ValidationFailed];
    if !reads_pages(&headers) || !told.contains(&problem.code()) {
        return Err(problem);
    }
    let found = state.service.inquiry_by_link(&secret).await?;
    shown(&state, &found, &secret, language, Some(problem.code())).await
}

/// Whether the caller is a browser rather than a program.
fn reads_pages(headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok());
    accepted.is_some_and(|accepted| accepted.contains("text/html"))
}

async fn shown(
    state: &AppState,
    found: &Inquiry,
    secret: &str,
    language: Language,
    problem: Option<ErrorCode>,
) -> Result<Response, Problem> {
    let context = InquiryContext {
        organisation: state.service.asking_organisation(found, language).await?,
        action: format!("/inquiries/{secret}?lang={language}"),
        problem: problem.map(|code| code.text().in_language(language).to_owned()),
        language,
    };
    let status = problem.map_or(StatusCode::OK, crate::problem::status);
    let mut response = (status, page(inquiry::page(found, &context)?, language)).into_response();
    response.extensions_mut().insert(OwnPage);
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    // The address is a secret: it is neither kept nor handed on.
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("no-referrer"));
    Ok(response)
}
