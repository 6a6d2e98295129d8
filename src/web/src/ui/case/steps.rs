//! What is done with a case in one step. Each carries the version of the case as it was seen.

use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::case::Triage;
use podlinnik_domain::id::CaseId;

use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::{Fields, Submitted};
use crate::ui::shell::go_on;
use crate::ui::wording::from_input;

/// The version of the case as the page showed it.
pub(super) fn version(fields: &Fields) -> Result<u64, Problem> {
    fields.parsed("version", "the version of the case as it was seen")
}

fn back(id: CaseId, done: &str) -> Response {
    go_on(&format!("/desk/cases/{id}"), done)
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
    Id(id): Id<CaseId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let reason = fields.filled("reason");
    state.service.case_unclaim(&visitor.actor, id, version(&fields)?, reason.as_deref()).await?;
    Ok(back(id, "unclaimed"))
}

pub(super) async fn triage(
    State(state): State<AppState>,
    Id(id): Id<CaseId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let spread_since = match fields.get("spread_since") {
        "" => None,
        text => Some(from_input(text).ok_or_else(|| Problem::field("spread_since", "a date and a time"))?),
    };
    let triage = Triage {
        topic: fields.optional("topic", "one of the topics")?,
        place: fields.filled("place"),
        network: fields.filled("network"),
        views: fields.optional("views", "a whole number")?,
        risk: fields.optional("risk", "one of the risks")?,
        spread_since,
    };
    state.service.case_triage(&visitor.actor, id, version(&fields)?, triage).await?;
    Ok(back(id, "triaged"))
}

pub(super) async fn park(
    State(state): State<AppState>,
    Id(id): Id<CaseId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let wake_at =
        from_input(fields.get("wake_at")).ok_or_else(|| Problem::field("wake_at", "a date and a time"))?;
    state.service.case_park(&visitor.actor, id, version(&fields)?, fields.get("reason"), wake_at).await?;
    Ok(back(id, "parked"))
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
    Id(id): Id<CaseId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    state.service.note_add(&visitor.actor, id, fields.get("text")).await?;
    Ok(back(id, "noted"))
}
