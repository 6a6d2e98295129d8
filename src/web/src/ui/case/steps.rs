//! What is done with a case in one step. Each carries the version of the case as it was seen.

use axum::extract::State;
use axum::response::{Redirect, Response};
use podlinnik_domain::case::Triage;
use podlinnik_domain::id::CaseId;

use super::attempt::{Attempt, CaseForm};
use super::page::page;
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::{Fields, Submitted};
use crate::ui::shell::{Reader, go_on};
use crate::ui::visitor::Visitor;
use crate::ui::wording::from_input;
use crate::ui::zone::Zone;

/// The version of the case as the page showed it.
pub(super) fn version(fields: &Fields) -> Result<u64, Problem> {
    fields.parsed("version", "the version of the case as it was seen")
}

fn back(id: CaseId, done: &str) -> Response {
    go_on(&format!("/desk/cases/{id}"), done)
}

/// `GET` of a form's own address, as a browser asks for it after a refusal: the case.
pub(super) async fn form_address(Id(id): Id<CaseId>) -> Redirect {
    Redirect::to(&format!("/desk/cases/{id}"))
}

/// Back to the case, or the case with what was typed where the step was refused.
async fn outcome<T>(
    state: &AppState,
    (visitor, reader): (Visitor, Reader),
    id: CaseId,
    (form, fields): (CaseForm, Fields),
    done: (Result<T, Problem>, &str),
) -> Result<Response, Problem> {
    let (answer, done) = done;
    let Err(problem) = answer else { return Ok(back(id, done)) };
    let attempt = Attempt::refused(form, fields, problem, reader.language)?;
    page(state, visitor, reader, id, Some(attempt)).await
}

pub(super) async fn claim(
    State(state): State<AppState>,
    Id(id): Id<CaseId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    state.service.case_claim(&visitor.actor, id, version(&fields)?).await?;
    Ok(back(id, "claimed"))
}

pub(super) async fn unclaim(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<CaseId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let reason = fields.filled("reason");
    let version = version(&fields)?;
    let answer = state.service.case_unclaim(&visitor.actor, id, version, reason.as_deref()).await;
    let done = (answer.map_err(Problem::from), "unclaimed");
    outcome(&state, (visitor, reader), id, (CaseForm::Unclaim, fields), done).await
}

pub(super) async fn triage(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<CaseId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let version = version(&fields)?;
    let answer = match typed_triage(&fields, reader.zone) {
        Ok(triage) => {
            state.service.case_triage(&visitor.actor, id, version, triage).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    outcome(&state, (visitor, reader), id, (CaseForm::Triage, fields), (answer, "triaged")).await
}

fn typed_triage(fields: &Fields, zone: Zone) -> Result<Triage, Problem> {
    let spread_since = match fields.get("spread_since") {
        "" => None,
        text => {
            Some(from_input(text, zone).ok_or_else(|| Problem::field("spread_since", "a date and a time"))?)
        }
    };
    Ok(Triage {
        topic: fields.optional("topic", "one of the topics")?,
        place: fields.filled("place"),
        network: fields.filled("network"),
        views: fields.optional("views", "a whole number")?,
        risk: fields.optional("risk", "one of the risks")?,
        spread_since,
    })
}

pub(super) async fn park(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<CaseId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let version = version(&fields)?;
    let answer = match from_input(fields.get("wake_at"), reader.zone) {
        Some(wake_at) => {
            let reason = fields.get("reason");
            let parked = state.service.case_park(&visitor.actor, id, version, reason, wake_at).await;
            parked.map_err(Problem::from)
        }
        None => Err(Problem::field("wake_at", "a date and a time")),
    };
    outcome(&state, (visitor, reader), id, (CaseForm::Parking, fields), (answer, "parked")).await
}

pub(super) async fn wake(
    State(state): State<AppState>,
    Id(id): Id<CaseId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    state.service.case_wake(&visitor.actor, id, version(&fields)?).await?;
    Ok(back(id, "woken"))
}

pub(super) async fn note(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<CaseId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let answer = state.service.note_add(&visitor.actor, id, fields.get("text")).await;
    let done = (answer.map_err(Problem::from), "noted");
    outcome(&state, (visitor, reader), id, (CaseForm::Note, fields), done).await
}
