//! A problem as a page, for those who read pages.

use askama::Template;
use axum::http::header::{ACCEPT, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::language::Language;

use crate::problem::{Problem, status};

/// Paths that programs ask for: they get documents, whatever they say that they accept.
const FOR_PROGRAMS: [&str; 5] = ["/api/", "/hma/", "/log/", "/feeds/", "/assets/"];

#[derive(Template)]
#[template(path = "fault.html")]
struct Fault<'a> {
    language: Language,
    title: &'a str,
    fields: Vec<&'a str>,
    advice: Option<&'static str>,
    sign_in: bool,
    status: u16,
    code: ErrorCode,
    request_id: &'a str,
    style: [String; 2],
}

impl Fault<'_> {
    fn t<'a>(&self, russian: &'a str, english: &'a str) -> &'a str {
        match self.language {
            Language::Russian => russian,
            Language::English => english,
        }
    }
}

/// Whether whoever asked for `path` reads pages.
pub(crate) fn reads_pages(path: &str, headers: &HeaderMap) -> bool {
    let accepted = headers.get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.contains("text/html") && !FOR_PROGRAMS.iter().any(|start| path.starts_with(start))
}

/// The page of a problem, with `headers` that it had already.
pub(crate) fn page(
    problem: &Problem,
    language: Language,
    request_id: &str,
    mut headers: HeaderMap,
) -> Option<Response> {
    let code = problem.code();
    let fault = Fault {
        language,
        title: code.text().in_language(language),
        fields: problem.fields().iter().map(|field| field.field.as_str()).collect(),
        advice: advice(code, language),
        sign_in: matches!(code, ErrorCode::Unauthenticated | ErrorCode::TokenExpired),
        status: problem.status().as_u16(),
        code,
        request_id,
        style: [super::assets::address("base.css"), super::assets::address("desk.css")],
    };
    let html = fault.render().ok()?;
    headers.remove(axum::http::header::CONTENT_LENGTH);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.append(VARY, HeaderValue::from_static("accept, accept-language, cookie"));
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language.code()));
    headers.insert(
        CONTENT_SECURITY_POLICY,
        HeaderValue::from_static("default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"),
    );
    debug_assert_eq!(status(code).is_server_error(), problem.status().is_server_error());
    Some((problem.status(), headers, html).into_response())
}

/// What helps.
fn advice(code: ErrorCode, language: Language) -> Option<&'static str> {
    let (ru, en) = match code {
        ErrorCode::StaleRevision | ErrorCode::Conflict => (
            "Пока вы смотрели, запись изменил кто-то другой. Вернитесь, обновите страницу и решите заново: ничего из сделанного не потеряно.",
            "Somebody else changed the record while you looked at it. Go back, reload and decide anew: nothing that was done is lost.",
        ),
        ErrorCode::WrongState => (
            "Скорее всего, этот шаг уже сделал кто-то другой. Вернитесь и обновите страницу.",
            "Most likely somebody else has taken this step already. Go back and reload.",
        ),
        ErrorCode::SamePerson => (
            "Автор, второй аналитик и утверждающий — разные люди. Попросите коллегу.",
            "Author, second analyst and approver are different people. Ask a colleague.",
        ),
        ErrorCode::Unauthenticated | ErrorCode::TokenExpired => (
            "Сеанс закончился. Войдите в соседней вкладке, вернитесь сюда и повторите: набранное сохранится по кнопке «Назад».",
            "The session has ended. Sign in in another tab, come back and repeat: the Back button keeps what you typed.",
        ),
        ErrorCode::NotFound => (
            "Такой страницы нет, или она принадлежит другой организации.",
            "There is no such page, or it belongs to another organisation.",
        ),
        ErrorCode::Forbidden => (
            "Для этого нужна другая роль. Если страница была открыта давно, обновите её и повторите.",
            "This needs another role. If the page was open for long, reload it and repeat.",
        ),
        ErrorCode::Internal => (
            "Это наша ошибка. Повторите позже; администратор найдёт причину по номеру запроса.",
            "This is our mistake. Try again later; the administrator finds the cause by the request's number.",
        ),
        _ => return None,
    };
    Some(match language {
        Language::Russian => ru,
        Language::English => en,
    })
}
