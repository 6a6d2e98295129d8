//! `/desk/cases/{id}/break-glass`: a verdict that counts before its second look.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::case::{Case, Clocks};
use podlinnik_domain::id::CaseId;
use podlinnik_domain::verdict::{ReleaseGround, Verdict};

use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::case::title;
use crate::ui::form::Submitted;
use crate::ui::history::Names;
use crate::ui::shell::{Reader, Section, Shell, go_on, show};
use crate::ui::visitor::Visitor;
use crate::ui::wording::left;

#[derive(Template)]
#[template(path = "release.html")]
struct ReleasePage {
    shell: Shell,
    case: Case,
    clocks: Clocks,
    title: String,
    /// None where break-glass is closed.
    open: Option<(Verdict, Vec<ReleaseGround>)>,
    people: Names,
}

impl ReleasePage {
    fn clock(&self) -> String {
        left(&self.clocks, self.shell.language)
    }

    fn author(&self, verdict: &Verdict) -> String {
        self.people.name(verdict.author)
    }
}

pub(super) async fn release_page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    Id(id): Id<CaseId>,
) -> Result<Response, Problem> {
    let case = state.service.case(&visitor.actor, id).await?;
    let open = state.service.verdict_to_release(&visitor.actor, id).await?;
    let submissions = state.service.case_submissions(&visitor.actor, id).await?;
    let people = Names::load(&state).await?;
    let (title, clocks) = (title(&case, &submissions), state.service.clocks(&case));
    let shell = reader.shell(Some(visitor), Section::Board);
    let language = shell.language;
    show(&ReleasePage { shell, clocks, title, open, people, case }, language)
}

pub(super) async fn release(
    State(state): State<AppState>,
    Id(id): Id<CaseId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let verdict = fields.parsed("verdict", "a verdict")?;
    let ground = fields.parsed("ground", "one of the grounds")?;
    state.service.verdict_release(&visitor.actor, verdict, ground, fields.get("reason")).await?;
    Ok(go_on(&format!("/desk/cases/{id}"), "released"))
}
