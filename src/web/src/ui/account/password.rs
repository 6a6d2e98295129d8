//! `POST /desk/account/password`

use axum::extract::State;
use axum::response::Response;

use super::page::{Part, again};
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::{Fields, Submitted};
use crate::ui::shell::{Reader, go_on};

pub(super) async fn change(
    State(state): State<AppState>,
    reader: Reader,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let (old, new) = (fields.get("old_password"), fields.get("new_password"));
    let changed = if new == fields.get("repeated") {
        state.service.password_change(&visitor.actor, old, new).await.map_err(Problem::from)
    } else {
        Err(Problem::field("repeated", "the same password once more"))
    };
    match changed {
        Ok(()) => Ok(go_on("/desk/account", "password")),
        // Passwords are not sent back: they would stand in the page's source.
        Err(problem) => again(&state, visitor, reader, Part::Password, problem, Fields::default()).await,
    }
}
