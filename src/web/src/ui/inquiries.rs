//! `/desk/inquiries`: questions to the visitor's organisation, and open questions about the desk's own cases.

use askama::Template;
use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::InquiryId;
use podlinnik_domain::inquiry::{Inquiry, InquiryAnswer, InquiryOutcome, InquiryState};
use podlinnik_domain::people::Role;

use super::form::{Fields, Submitted};
use super::inbox::sees_appeals;
use super::refusal::Refusal;
use super::shell::{DESK, Reader, Section, Shell, go_on, show, show_with};
use super::visitor::Visitor;
use super::wording::{brief, count, moment, stretch};
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::history::Names;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/desk/inquiries", get(list))
        .route("/desk/inquiries/{id}", get(inquiry_page).post(answer))
        .route("/desk/inquiries/{id}/withdrawal", post(withdraw))
}

#[derive(Template)]
#[template(path = "inquiries.html")]
struct List {
    shell: Shell,
    /// Questions to the visitor's organisation, newest first.
    to_us: Vec<Inquiry>,
    /// Open questions about the desk's cases; none for who does not work at the desk.
    of_desk: Option<Vec<Inquiry>>,
    sees_appeals: bool,
    now: Timestamp,
}

#[derive(Template)]
#[template(path = "inquiry.html")]
struct InquiryPage {
    shell: Shell,
    refusal: Option<Refusal>,
    inquiry: Inquiry,
    /// The visitor's organisation is the one that is asked.
    to_us: bool,
    /// Name of the organisation that asks.
    asking: String,
    can_answer: bool,
    can_withdraw: bool,
    fields: Fields,
    people: Names,
    now: Timestamp,
}

async fn list(State(state): State<AppState>, visitor: Visitor, reader: Reader) -> Result<Response, Problem> {
    let actor = &visitor.actor;
    let to_us = state.service.inquiries_to_me(actor).await?;
    let of_desk = if DESK.iter().any(|role| visitor.is(*role)) {
        Some(state.service.desk_inquiries(actor, InquiryState::Open).await?)
    } else {
        None
    };
    let shell = reader.shell(Some(visitor), Section::Inbox);
    let language = shell.language;
    let now = state.service.clock().now();
    show(&List { sees_appeals: sees_appeals(&shell), shell, to_us, of_desk, now }, language)
}

async fn inquiry_page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    Id(id): Id<InquiryId>,
) -> Result<Response, Problem> {
    page(&state, visitor, reader, id, (Fields::default(), None, StatusCode::OK)).await
}

async fn page(
    state: &AppState,
    visitor: Visitor,
    reader: Reader,
    id: InquiryId,
    (fields, refusal, status): (Fields, Option<Refusal>, StatusCode),
) -> Result<Response, Problem> {
    let service = &state.service;
    let actor = &visitor.actor;
    let inquiry = service.inquiry(actor, id).await?;
    let to_us = inquiry.organisation == Some(actor.user.organisation);
    let open = inquiry.state == InquiryState::Open;
    let acts = match service.case(actor, inquiry.case).await {
        Ok(case) => service.acts_on(actor, case.organisation).await?,
        Err(error) if error.code() == ErrorCode::NotFound => false,
        Err(error) => return Err(error.into()),
    };
    let has = |roles: &[Role]| roles.iter().any(|role| visitor.is(*role));
    let asking = service.asking_organisation(&inquiry, reader.language).await?;
    let can_answer = open
        && ((to_us && has(&[Role::Partner, Role::Analyst, Role::Editor]))
            || (acts && has(&[Role::Analyst, Role::Editor])));
    let can_withdraw = open && acts && has(&[Role::Analyst, Role::Editor]);
    // Where the form is gone, what was typed is shown as text.
    let refusal = refusal.map(|refusal| if can_answer { refusal.keeping() } else { refusal });
    let people = if acts { Names::load(state).await? } else { Names::default() };
    let now = service.clock().now();
    let shell = reader.shell(Some(visitor), Section::Inbox);
    let language = shell.language;
    let page =
        InquiryPage { shell, refusal, inquiry, to_us, asking, can_answer, can_withdraw, fields, people, now };
    show_with(status, &page, language)
}

async fn answer(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<InquiryId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let answered = match typed(&fields) {
        Ok(answer) => state.service.inquiry_answer(&visitor.actor, id, answer).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    let problem = match answered {
        Ok(_) => return Ok(go_on(&format!("/desk/inquiries/{id}"), "answered")),
        Err(problem) => problem,
    };
    let mended = matches!(
        problem.code(),
        ErrorCode::ValidationFailed | ErrorCode::ReasonRequired | ErrorCode::WrongState
    );
    if !mended {
        return Err(problem);
    }
    let refusal = Refusal::told(&problem, reader.language);
    page(&state, visitor, reader, id, (fields, Some(refusal), problem.status())).await
}

fn typed(fields: &Fields) -> Result<InquiryAnswer, Problem> {
    let answer = InquiryAnswer {
        outcome: fields.parsed("outcome", "confirms, denies, partly or cannot_say")?,
        statement: fields.get("statement").to_owned(),
        name: fields.get("name").to_owned(),
        link: fields.filled("link"),
    };
    if answer.name.is_empty() {
        return Err(Problem::field("name", "1 to 300 characters"));
    }
    let web = |link: &str| link.starts_with("https://") || link.starts_with("http://");
    if answer.link.as_deref().is_some_and(|link| !web(link)) {
        return Err(Problem::field("link", "an http or https address"));
    }
    Ok(answer)
}

async fn withdraw(
    State(state): State<AppState>,
    Id(id): Id<InquiryId>,
    Submitted { visitor, .. }: Submitted,
) -> Result<Response, Problem> {
    state.service.inquiry_withdraw(&visitor.actor, id).await?;
    Ok(go_on(&format!("/desk/inquiries/{id}"), "withdrawn"))
}

/// How an open question stands against the time by which an answer is needed: class and words.
fn due(inquiry: &Inquiry, now: Timestamp, shell: &Shell) -> (&'static str, String) {
    let left = inquiry.due_at.duration_since(now).as_secs();
    let words = stretch(left, shell.language);
    if left < 0 {
        ("over", format!("{} {words}", shell.t("просрочено на", "overdue by")))
    } else if left < 3600 {
        ("soon", format!("{} {words}", shell.t("осталось", "left:")))
    } else {
        ("", format!("{} {words}", shell.t("осталось", "left:")))
    }
}

fn reminded(inquiry: &Inquiry, shell: &Shell) -> Option<String> {
    (inquiry.reminders > 0).then(|| {
        let forms = (["раз", "раза", "раз"], ["time", "times"]);
        let number = count(u64::from(inquiry.reminders), forms.0, forms.1, shell.language);
        format!("{} {number}", shell.t("напомнили", "reminded"))
    })
}

impl List {
    fn due(&self, inquiry: &Inquiry) -> (&'static str, String) {
        due(inquiry, self.now, &self.shell)
    }

    fn reminded(&self, inquiry: &Inquiry) -> Option<String> {
        reminded(inquiry, &self.shell)
    }

    fn when(&self, at: &Timestamp) -> String {
        brief(*at, self.now, self.shell.reading())
    }

    fn is_open(&self, inquiry: &Inquiry) -> bool {
        inquiry.state == InquiryState::Open
    }
}

impl InquiryPage {
    fn due(&self) -> (&'static str, String) {
        due(&self.inquiry, self.now, &self.shell)
    }

    fn reminded(&self) -> Option<String> {
        reminded(&self.inquiry, &self.shell)
    }

    fn moment(&self, at: &Timestamp) -> String {
        moment(*at, self.shell.reading())
    }

    fn name(&self, id: &podlinnik_domain::id::UserId) -> String {
        self.people.name(*id)
    }

    fn outcomes(&self) -> &'static [InquiryOutcome] {
        InquiryOutcome::ALL
    }

    fn is_open(&self) -> bool {
        self.inquiry.state == InquiryState::Open
    }
}
