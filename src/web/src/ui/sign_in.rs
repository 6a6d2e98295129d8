//! `/sign-in`, `/sign-out`, `/link/{secret}`: coming in, going out, the first password.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::header::USER_AGENT;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::people::User;
use podlinnik_pipeline::{NewSession, SignIn};

use super::form::{OpenForm, Submitted};
use super::refusal::Refusal;
use super::shell::{Reader, Section, Shell, go_on, show, show_with};
use super::visitor::{self, MaybeVisitor, begin, end};
use crate::extract::{Id, Parameters};
use crate::problem::Problem;
use crate::state::AppState;

/// Longest name of a browser that is kept.
const AGENT_LETTERS: usize = 200;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/sign-in", get(sign_in_page).post(sign_in))
        .route("/sign-out", axum::routing::post(sign_out))
        .route("/link/{secret}", get(link_page).post(link))
}

/// Where to go on.
#[derive(Debug, serde::Deserialize)]
pub(super) struct Going {
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage {
    shell: Shell,
    refusal: Option<Refusal>,
    next: String,
    login: String,
    /// The password was right and a code is missing.
    wants_code: bool,
}

#[derive(Template)]
#[template(path = "link.html")]
struct LinkPage {
    shell: Shell,
    refusal: Option<Refusal>,
    user: User,
}

async fn sign_in_page(
    MaybeVisitor(visitor): MaybeVisitor,
    reader: Reader,
    Parameters(going): Parameters<Going>,
) -> Result<Response, Problem> {
    let next = visitor::next(going.next.as_deref()).to_owned();
    if visitor.is_some() {
        return Ok(Redirect::to(&next).into_response());
    }
    let shell = reader.shell(None, Section::Public);
    let language = shell.language;
    show(&SignInPage { shell, refusal: None, next, login: String::new(), wants_code: false }, language)
}

async fn sign_in(
    State(state): State<AppState>,
    reader: Reader,
    headers: HeaderMap,
    OpenForm(fields): OpenForm,
) -> Result<Response, Problem> {
    let next = visitor::next(Some(fields.get("next"))).to_owned();
    let code = fields.filled("code");
    let login = fields.get("login").to_lowercase();
    let signed =
        state.service.sign_in(&login, fields.get("password"), code.as_deref(), &agent(&headers)).await;
    let (refusal, wants_code) = match signed {
        Ok(SignIn::Done(session)) => return Ok(welcome(&session, &next)),
        Ok(SignIn::CodeNeeded) => (None, true),
        Err(error) => (Some(refused(error.into(), &reader)?), code.is_some()),
    };
    let shell = reader.shell(None, Section::Public);
    let language = shell.language;
    let status = if refusal.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    show_with(status, &SignInPage { shell, refusal, next, login, wants_code }, language)
}

/// What is told of a refusal; our own failures stay problems.
fn refused(problem: Problem, reader: &Reader) -> Result<Refusal, Problem> {
    let mut refusal = Refusal::told(&problem, reader.language);
    match problem.code() {
        ErrorCode::Unauthenticated => {
            refusal.sentence = match reader.language {
                podlinnik_domain::language::Language::Russian => "Имя, пароль или код не подходят.",
                podlinnik_domain::language::Language::English => "Login, password or code do not fit.",
            }
            .to_owned();
            Ok(refusal)
        }
        ErrorCode::RateLimited | ErrorCode::ValidationFailed => Ok(refusal),
        _ => Err(problem),
    }
}

async fn sign_out(
    State(state): State<AppState>,
    headers: HeaderMap,
    _: Submitted,
) -> Result<Response, Problem> {
    if let Some(secret) = visitor::secret(&headers) {
        state.service.sign_out(secret).await?;
    }
    Ok(([end()], go_on("/sign-in", "signed_out")).into_response())
}

async fn link_page(
    State(state): State<AppState>,
    reader: Reader,
    Id(secret): Id<String>,
) -> Result<Response, Problem> {
    let user = state.service.link_owner(&secret).await?;
    let shell = reader.shell(None, Section::Public);
    let language = shell.language;
    show(&LinkPage { shell, refusal: None, user }, language)
}

async fn link(
    State(state): State<AppState>,
    reader: Reader,
    Id(secret): Id<String>,
    headers: HeaderMap,
    OpenForm(fields): OpenForm,
) -> Result<Response, Problem> {
    let user = state.service.link_owner(&secret).await?;
    let (password, repeated) = (fields.get("password"), fields.get("repeated"));
    let set = if password == repeated {
        state.service.link_use(&secret, password, &agent(&headers)).await.map_err(Problem::from)
    } else {
        Err(Problem::field("repeated", "the same password once more"))
    };
    match set {
        Ok(session) => Ok(welcome(&session, "/desk?done=password")),
        // The password is set; the second factor is asked for at the gate.
        Err(problem) if problem.code() == ErrorCode::SecondFactorNeeded => Ok(go_on("/sign-in", "password")),
        Err(problem) if problem.code() == ErrorCode::ValidationFailed => {
            let refusal = Some(Refusal::told(&problem, reader.language));
            let shell = reader.shell(None, Section::Public);
            let language = shell.language;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &LinkPage { shell, refusal, user }, language)
        }
        Err(problem) => Err(problem),
    }
}

fn welcome(session: &NewSession, next: &str) -> Response {
    ([begin(session)], Redirect::to(next)).into_response()
}

/// What the browser says it is.
fn agent(headers: &HeaderMap) -> String {
    let text = headers.get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    text.chars().filter(|letter| !letter.is_control()).take(AGENT_LETTERS).collect()
}
