//! `/desk/verdicts/{id}/second-look`: the second analyst's own verdict. Nothing of the first stands on this page.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::case::Case;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::VerdictId;
use podlinnik_domain::verdict::VerdictKind;

use super::needs;
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::case::title;
use crate::ui::form::{Fields, Submitted};
use crate::ui::refusal::Refusal;
use crate::ui::shell::{Reader, Section, Shell, go_on, show, show_with};
use crate::ui::visitor::Visitor;

#[derive(Template)]
#[template(path = "second_look.html")]
struct LookPage {
    shell: Shell,
    refusal: Option<Refusal>,
    case: Case,
    title: String,
    fields: Fields,
    /// It counts already: nothing is hidden, and more hangs on the answer.
    released: bool,
}

impl LookPage {
    fn needs(&self, kind: &VerdictKind) -> &'static str {
        self.shell.say(needs(*kind))
    }
}

async fn page(
    state: &AppState,
    reader: Reader,
    visitor: Visitor,
    verdict: VerdictId,
    fields: Fields,
    refusal: Option<Refusal>,
) -> Result<LookPage, Problem> {
    let case = state.service.second_look_case(&visitor.actor, verdict).await?;
    let verdicts = state.service.verdicts(&visitor.actor, case.id).await?;
    let released = verdicts.iter().any(|one| one.id == verdict && one.release.is_some());
    let submissions = state.service.case_submissions(&visitor.actor, case.id).await?;
    let title = title(&case, &submissions);
    let shell = reader.shell(Some(visitor), Section::Board);
    Ok(LookPage { shell, refusal, case, title, fields, released })
}

pub(super) async fn look_page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    Id(id): Id<VerdictId>,
) -> Result<Response, Problem> {
    let language = reader.language;
    show(&page(&state, reader, visitor, id, Fields::default(), None).await?, language)
}

pub(super) async fn look(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<VerdictId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let language = reader.language;
    let looked = match fields.parsed("kind", "one of the verdicts") {
        Ok(kind) => {
            let rationale = fields.get("rationale");
            state
                .service
                .verdict_second_look(&visitor.actor, id, kind, rationale)
                .await
                .map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match looked {
        Ok(verdict) => Ok(go_on(&format!("/desk/cases/{}", verdict.case), "looked")),
        Err(problem) if matches!(problem.code(), ErrorCode::ReasonRequired | ErrorCode::ValidationFailed) => {
            let refusal = Some(Refusal::told(&problem, language).keeping());
            let status = problem.status();
            show_with(status, &page(&state, reader, visitor, id, fields, refusal).await?, language)
        }
        Err(problem) => Err(problem),
    }
}
