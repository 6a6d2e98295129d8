//! Ending sessions: one, or all but this one.

use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::id::SessionId;

use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::Submitted;
use crate::ui::shell::go_on;

/// `POST /desk/account/sessions/{id}/end`
pub(super) async fn end(
    State(state): State<AppState>,
    Id(id): Id<SessionId>,
    Submitted { visitor, .. }: Submitted,
) -> Result<Response, Problem> {
    state.service.session_end(&visitor.actor, id).await?;
    Ok(go_on("/desk/account#sessions", "session_ended"))
}

/// `POST /desk/account/sessions/end-others`
pub(super) async fn end_others(
    State(state): State<AppState>,
    Submitted { visitor, .. }: Submitted,
) -> Result<Response, Problem> {
    state.service.session_end_others(&visitor.actor).await?;
    Ok(go_on("/desk/account#sessions", "sessions_ended"))
}
