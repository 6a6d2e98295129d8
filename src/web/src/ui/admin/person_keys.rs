//! Keys of somebody else: issued for programs only, revoked for anybody of the branch.

use axum::extract::{Path, State};
use axum::response::Response;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{TokenId, UserId};

use super::person::{Part, again};
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::account::keys::{KEY_ONCE, wish};
use crate::ui::form::Submitted;
use crate::ui::once::OncePage;
use crate::ui::shell::{Reader, Section, go_on};

/// `POST /desk/admin/people/{id}/keys`
pub(super) async fn issue(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<UserId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let issued = match wish(&fields) {
        Ok(wish) => state.service.key_issue(Some(&visitor.actor), id, wish).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match issued {
        Ok(issued) => {
            let shell = reader.shell(Some(visitor), Section::Admin);
            let back = format!("/desk/admin/people/{id}#keys");
            OncePage::new(shell, &KEY_ONCE, issued.secret, &back).answer()
        }
        Err(problem) => again(&state, visitor, reader, id, (Part::Keys, problem), fields).await,
    }
}

/// `POST /desk/admin/people/{id}/keys/{key}/revoke`
pub(super) async fn revoke(
    State(state): State<AppState>,
    Path((user, key)): Path<(String, String)>,
    Submitted { visitor, .. }: Submitted,
) -> Result<Response, Problem> {
    let user: UserId = user.parse().map_err(|_| Problem::new(ErrorCode::NotFound))?;
    let key: TokenId = key.parse().map_err(|_| Problem::new(ErrorCode::NotFound))?;
    state.service.token_revoke(Some(&visitor.actor), key).await?;
    Ok(go_on(&format!("/desk/admin/people/{user}#keys"), "key_revoked"))
}
