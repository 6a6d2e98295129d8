//! `/desk/appeals`: objections of readers to published notices, and the decisions on them. Granting one opens a doubt.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use axum::routing::{get, post};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{AppealId, UserId};
use podlinnik_domain::inquiry::{Appeal, AppealState};
use podlinnik_domain::notice::Notice;
use podlinnik_domain::people::{Actor, Role};

use super::form::{Fields, Submitted};
use super::refusal::Refusal;
use super::shell::{Reader, Section, Shell, go_on, show_with};
use super::visitor::Visitor;
use super::wording::moment;
use crate::cursor;
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::history::Names;

/// Objections on a page.
const PAGE: u32 = 30;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/desk/appeals", get(list)).route("/desk/appeals/{id}", post(decide))
}

/// An objection with the notice that it is about.
struct Shown {
    appeal: Appeal,
    notice: Notice,
    /// The visitor had a part in verdict or notice.
    is_involved: bool,
}

/// What was typed for one objection and could not be stored.
struct Refused {
    appeal: AppealId,
    granted: Option<bool>,
    reason: String,
    refusal: Refusal,
}

#[derive(Template)]
#[template(path = "appeals.html")]
struct Appeals {
    shell: Shell,
    state: AppealState,
    entries: Vec<Shown>,
    refused: Option<Refused>,
    more: Option<String>,
    people: Names,
    decides: bool,
    sees_appeals: bool,
}

async fn list(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = Fields::parse(query.as_deref().unwrap_or_default().as_bytes())?;
    page(&state, visitor, reader, &asked, (None, StatusCode::OK)).await
}

async fn page(
    state: &AppState,
    visitor: Visitor,
    reader: Reader,
    asked: &Fields,
    (refused, status): (Option<Refused>, StatusCode),
) -> Result<Response, Problem> {
    let which: AppealState = asked.get("state").parse().unwrap_or(AppealState::Open);
    let after = match asked.get("after") {
        "" => None,
        text => Some(cursor::read(text).ok_or(ErrorCode::BadRequest)?),
    };
    let found = state.service.appeals(&visitor.actor, Some(which), after, PAGE).await?;
    let more = found
        .next
        .map(|position| format!("/desk/appeals?state={}&after={}", which.code(), cursor::write(position)));
    let mut entries = Vec::with_capacity(found.items.len());
    for appeal in found.items {
        let notice = state.service.notice(&visitor.actor, appeal.notice).await?;
        let is_involved = involved(state, &visitor.actor, &notice).await?;
        entries.push(Shown { appeal, notice, is_involved });
    }
    let people = Names::load(state).await?;
    let shell = reader.shell(Some(visitor), Section::Inbox);
    let language = shell.language;
    let decides = shell.has(&[Role::CorrectionsOfficer]);
    show_with(
        status,
        &Appeals { shell, state: which, entries, refused, more, people, decides, sees_appeals: true },
        language,
    )
}

/// Whether the actor had a part in the notice or in its verdict.
async fn involved(state: &AppState, actor: &Actor, notice: &Notice) -> Result<bool, Problem> {
    let verdict = state.service.verdict(actor, notice.verdict).await?;
    let part: [Option<UserId>; 6] = [
        Some(notice.author),
        notice.approver,
        Some(verdict.author),
        verdict.second_analyst,
        verdict.approver,
        verdict.release.as_ref().map(|release| release.approver),
    ];
    Ok(part.contains(&Some(actor.user.id)))
}

async fn decide(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<AppealId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let granted = match fields.get("granted") {
        "yes" => Some(true),
        "no" => Some(false),
        _ => None,
    };
    let reason = fields.get("reason");
    let decided = match granted {
        Some(granted) => {
            state.service.appeal_decide(&visitor.actor, id, granted, reason).await.map_err(Problem::from)
        }
        None => Err(Problem::field("granted", "yes or no")),
    };
    let problem = match decided {
        Ok(appeal) => return done(&state, &visitor.actor, &appeal).await,
        Err(problem) => problem,
    };
    let mended = matches!(
        problem.code(),
        ErrorCode::ValidationFailed
            | ErrorCode::ReasonRequired
            | ErrorCode::WrongState
            | ErrorCode::SamePerson
    );
    if !mended {
        return Err(problem);
    }
    let mut refusal = Refusal::told(&problem, reader.language);
    let shell = reader.clone().shell(None, Section::Inbox);
    if granted.is_none() {
        shell
            .t("Выберите: удовлетворить или отклонить.", "Choose: grant or reject.")
            .clone_into(&mut refusal.sentence);
    }
    refusal.fields.clear();
    let refused = Refused { appeal: id, granted, reason: reason.to_owned(), refusal };
    page(&state, visitor, reader, &Fields::default(), (Some(refused), problem.status())).await
}

/// On to the doubt that was opened, or back to the list.
async fn done(state: &AppState, actor: &Actor, appeal: &Appeal) -> Result<Response, Problem> {
    if appeal.state != AppealState::Granted {
        return Ok(go_on("/desk/appeals", "rejected"));
    }
    let corrections = state.service.corrections(actor, appeal.notice).await?;
    let open = corrections.iter().find(|correction| correction.settled.is_none());
    Ok(match open {
        Some(open) => go_on(&format!("/desk/corrections/{}", open.id), "granted"),
        None => go_on(&format!("/desk/notices/{}", appeal.notice), "granted"),
    })
}

impl Appeals {
    fn title<'a>(&self, notice: &'a Notice) -> &'a str {
        podlinnik_report::notice::notice_title(notice, self.shell.language)
    }

    fn moment(&self, at: &Timestamp) -> String {
        moment(*at, self.shell.reading())
    }

    fn name(&self, id: &UserId) -> String {
        self.people.name(*id)
    }

    fn states(&self) -> &'static [AppealState] {
        AppealState::ALL
    }

    fn is_here(&self, state: &AppealState) -> bool {
        self.state == *state
    }

    fn shows_open(&self) -> bool {
        self.state == AppealState::Open
    }

    fn was_granted(&self, appeal: &Appeal) -> bool {
        appeal.state == AppealState::Granted
    }

    /// What was typed for this objection.
    fn typed(&self, appeal: &Appeal) -> Option<&Refused> {
        self.refused.as_ref().filter(|refused| refused.appeal == appeal.id)
    }

    /// What was typed for an objection that is not shown any more.
    fn elsewhere(&self) -> Option<&Refused> {
        let shown = |id: AppealId| self.entries.iter().any(|entry| entry.appeal.id == id);
        self.refused.as_ref().filter(|refused| !shown(refused.appeal))
    }

    fn reason(&self, appeal: &Appeal) -> &str {
        self.typed(appeal).map_or("", |refused| refused.reason.as_str())
    }

    fn chosen(&self, appeal: &Appeal, granted: bool) -> bool {
        self.typed(appeal).and_then(|refused| refused.granted) == Some(granted)
    }
}
