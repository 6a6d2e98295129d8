//! `/desk/verdicts/{id}`: a verdict with everything that it rests on; approval and return.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::case::Case;
use podlinnik_domain::id::{UserId, VerdictId};
use podlinnik_domain::people::Role;
use podlinnik_domain::verdict::{Verdict, VerdictState};

use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::case::title;
use crate::ui::form::Submitted;
use crate::ui::history::Names;
use crate::ui::shell::{Reader, Section, Shell, go_on, show};
use crate::ui::visitor::Visitor;
use crate::ui::wording::moment;

#[derive(Template)]
#[template(path = "verdict.html")]
struct VerdictPage {
    shell: Shell,
    case: Case,
    title: String,
    verdict: Verdict,
    people: Names,
}

impl VerdictPage {
    fn name(&self, id: &UserId) -> String {
        self.people.name(*id)
    }

    fn when(&self, at: &podlinnik_domain::clock::Timestamp) -> String {
        moment(*at, self.shell.reading())
    }

    fn had_a_part(&self) -> bool {
        let me = self.shell.visitor.as_ref().map(|visitor| visitor.actor.user.id);
        me.is_some_and(|me| self.verdict.author == me || self.verdict.second_analyst == Some(me))
    }

    /// Whether the reader can approve or send back now.
    fn decides(&self) -> bool {
        self.verdict.state == VerdictState::Agreed && self.shell.has(&[Role::Approver]) && !self.had_a_part()
    }

    /// The links of evidence are addresses of the web; anything else stays text.
    fn is_address(&self, link: &str) -> bool {
        link.starts_with("https://") || link.starts_with("http://")
    }
}

pub(super) async fn verdict_page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    Id(id): Id<VerdictId>,
) -> Result<Response, Problem> {
    let verdict = state.service.verdict(&visitor.actor, id).await?;
    let case = state.service.case(&visitor.actor, verdict.case).await?;
    let submissions = state.service.case_submissions(&visitor.actor, case.id).await?;
    let people = Names::load(&state).await?;
    let title = title(&case, &submissions);
    let shell = reader.shell(Some(visitor), Section::Board);
    let language = shell.language;
    show(&VerdictPage { shell, case, title, verdict, people }, language)
}

pub(super) async fn approve(
    State(state): State<AppState>,
    Id(id): Id<VerdictId>,
    Submitted { visitor, .. }: Submitted,
) -> Result<Response, Problem> {
    let verdict = state.service.verdict_approve(&visitor.actor, id).await?;
    Ok(go_on(&format!("/desk/cases/{}", verdict.case), "approved"))
}

pub(super) async fn send_back(
    State(state): State<AppState>,
    Id(id): Id<VerdictId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let verdict = state.service.verdict_return(&visitor.actor, id, fields.get("reason")).await?;
    Ok(go_on(&format!("/desk/cases/{}", verdict.case), "returned"))
}
