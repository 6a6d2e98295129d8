//! `/desk/cases/{id}/verdict`: proposing a verdict.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use podlinnik_domain::case::Case;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::CaseId;
use podlinnik_domain::people::Role;
use podlinnik_domain::verdict::{EvidenceKind, Proposal, VerdictKind};

use super::basis::{Row, evidence, hint, rows, suggested};
use super::needs;
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::case::{report, title};
use crate::ui::form::{Fields, Submitted};
use crate::ui::refusal::Refusal;
use crate::ui::shell::{Reader, Section, Shell, go_on, show, show_with};
use crate::ui::visitor::Visitor;

#[derive(Template)]
#[template(path = "propose.html")]
struct ProposePage {
    shell: Shell,
    refusal: Option<Refusal>,
    case: Case,
    title: String,
    fields: Fields,
    rows: Vec<Row>,
    /// The case changed while the form was filled in.
    changed: bool,
}

impl ProposePage {
    fn needs(&self, kind: &VerdictKind) -> &'static str {
        self.shell.say(needs(*kind))
    }

    fn hint(&self) -> &'static str {
        hint(self.shell.language)
    }

    fn kinds(&self) -> [(&'static str, &'static [VerdictKind]); 3] {
        [
            (self.shell.t_static("Опровергает", "Refutes"), &VerdictKind::REFUTING),
            (self.shell.t_static("Подтверждает", "Confirms"), &VerdictKind::CONFIRMING),
            (
                self.shell.t_static("Иное", "Neither"),
                &[VerdictKind::Satire, VerdictKind::Inconclusive, VerdictKind::NotAssessable],
            ),
        ]
    }
}

pub(super) async fn propose_page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    Id(id): Id<CaseId>,
) -> Result<Response, Problem> {
    let language = reader.language;
    let actor = visitor.actor.clone();
    let case = state.service.case(&actor, id).await?;
    if !visitor.is(Role::Analyst) || !state.service.acts_on(&actor, case.organisation).await? {
        return Err(ErrorCode::Forbidden.into());
    }
    let analysis = state.service.analysis(&actor, case.analysis).await?;
    let report = report(&analysis)?;
    let recognition = state.service.recognition(&actor, case.media_sha256).await?;
    let inquiries = state.service.inquiries(&actor, id).await?;
    let rows = suggested(report.as_ref(), &recognition, &inquiries, language);
    let page = page(&state, reader, visitor, case, Fields::default(), rows, None).await?;
    show(&page, language)
}

async fn page(
    state: &AppState,
    reader: Reader,
    visitor: Visitor,
    case: Case,
    fields: Fields,
    rows: Vec<Row>,
    refusal: Option<Refusal>,
) -> Result<ProposePage, Problem> {
    let submissions = state.service.case_submissions(&visitor.actor, case.id).await?;
    let title = title(&case, &submissions);
    let shell = reader.shell(Some(visitor), Section::Board);
    Ok(ProposePage { shell, refusal, title, fields, rows, case, changed: false })
}

pub(super) async fn propose(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<CaseId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let language = reader.language;
    let rows = rows(&fields);
    let wants_row = fields.ticked("add_row");
    let refused = if wants_row {
        None
    } else {
        let proposed = match proposal(&fields, &rows) {
            Ok((version, proposal)) => state
                .service
                .verdict_propose(&visitor.actor, id, version, proposal)
                .await
                .map_err(Problem::from),
            Err(problem) => Err(problem),
        };
        match proposed {
            Ok(_) => return Ok(go_on(&format!("/desk/cases/{id}"), "proposed")),
            Err(problem) if can_be_mended(problem.code()) => Some(problem),
            Err(problem) => return Err(problem),
        }
    };
    let case = state.service.case(&visitor.actor, id).await?;
    let refusal = refused.as_ref().map(|problem| Refusal::told(problem, language).keeping());
    let changed = refused.as_ref().is_some_and(|problem| problem.code() == ErrorCode::StaleRevision);
    let status = refused.as_ref().map_or(StatusCode::OK, Problem::status);
    let mut page = page(&state, reader, visitor, case, fields, rows, refusal).await?;
    page.changed = changed;
    show_with(status, &page, language)
}

fn can_be_mended(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::ValidationFailed
            | ErrorCode::BasisInsufficient
            | ErrorCode::ReasonRequired
            | ErrorCode::StaleRevision
            | ErrorCode::WrongState
    )
}

fn proposal(fields: &Fields, rows: &[Row]) -> Result<(u64, Proposal), Problem> {
    let proposal = Proposal {
        kind: fields.parsed("kind", "one of the verdicts")?,
        basis: evidence(rows)?,
        rationale: fields.get("rationale").to_owned(),
        would_resolve: fields.filled("would_resolve"),
    };
    Ok((fields.parsed("version", "the version of the case as it was seen")?, proposal))
}
