//! `/notices/{id}/appeal`: an objection to a public notice, by a form. Programs use `POST /notices/{id}/appeals`.

use askama::Template;
use axum::Router;
use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{AppealId, NoticeId};

use super::super::form::{Fields, OpenForm};
use super::super::refusal::Refusal;
use super::super::shell::{Reader, Section, Shell, show, show_with};
use super::super::visitor::{MaybeVisitor, Visitor};
use super::NoticeEntry;
use crate::problem::Problem;
use crate::state::AppState;

/// Seconds after which an objection that came at a busy moment can be tried again.
const TRY_AGAIN_S: u32 = 60;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/notices/{id}/appeal", get(form).post(send))
}

#[derive(Template)]
#[template(path = "open_appeal.html")]
struct AppealPage {
    shell: Shell,
    entry: NoticeEntry,
    id: NoticeId,
    refusal: Option<Refusal>,
    /// What was typed.
    typed: Fields,
    /// Number of the objection that was taken down.
    received: Option<AppealId>,
}

impl AppealPage {
    async fn new(
        state: &AppState,
        visitor: Option<Visitor>,
        reader: Reader,
        id: &str,
    ) -> Result<Self, Problem> {
        let id: NoticeId = id.parse().map_err(|_| Problem::new(ErrorCode::NotFound))?;
        let (notice, verdict) = state.service.published_notice(id).await?.ok_or(ErrorCode::NotFound)?;
        let shell = reader.shell(visitor, Section::Public);
        let entry = NoticeEntry::new(&notice, &verdict, shell.reading());
        Ok(Self { shell, entry, id, refusal: None, typed: Fields::default(), received: None })
    }
}

async fn form(
    State(state): State<AppState>,
    MaybeVisitor(visitor): MaybeVisitor,
    reader: Reader,
    Path(id): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let parameters = Fields::parse(query.unwrap_or_default().as_bytes())?;
    let language = reader.language;
    let mut page = AppealPage::new(&state, visitor, reader, &id).await?;
    page.received = parameters.get("received").parse().ok();
    show(&page, language)
}

async fn send(
    State(state): State<AppState>,
    MaybeVisitor(visitor): MaybeVisitor,
    reader: Reader,
    Path(id): Path<String>,
    OpenForm(fields): OpenForm,
) -> Result<Response, Problem> {
    let language = reader.language;
    let mut page = AppealPage::new(&state, visitor, reader, &id).await?;
    let problem = match take_down(&state, page.id, &fields).await {
        Ok(received) => {
            let address = format!("/notices/{}/appeal?received={received}", page.id);
            return Ok(Redirect::to(&address).into_response());
        }
        Err(problem) if problem.status().is_server_error() => return Err(problem),
        Err(problem) => problem,
    };
    page.refusal = Some(Refusal::told(&problem, language).keeping());
    page.typed = fields;
    let status = problem.status();
    let mut response = show_with(status, &page, language)?;
    if status == StatusCode::TOO_MANY_REQUESTS {
        response.headers_mut().insert(axum::http::header::RETRY_AFTER, TRY_AGAIN_S.into());
    }
    Ok(response)
}

async fn take_down(state: &AppState, notice: NoticeId, fields: &Fields) -> Result<AppealId, Problem> {
    if state.appeals.check().is_err() {
        return Err(Problem::new(ErrorCode::RateLimited).retry_after(TRY_AGAIN_S));
    }
    let (name, contact) = (fields.filled("name"), fields.filled("contact"));
    Ok(state.service.appeal(notice, name, contact, fields.get("statement").to_owned()).await?)
}
