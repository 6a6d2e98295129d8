//! Where a visitor looks a record up: at the desk if it is in their sight, else in public, else nowhere. A link that ends in "not found" is no link.

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{CaseId, NoticeId};
use podlinnik_domain::people::Actor;
use podlinnik_pipeline::ServiceError;

use super::shell::DESK;
use crate::problem::Problem;
use crate::state::AppState;

/// Whether a record is there for the visitor; our own failures stay problems.
pub(super) fn seen<T>(answer: Result<T, ServiceError>) -> Result<bool, Problem> {
    match answer {
        Ok(_) => Ok(true),
        Err(error) if error.code() == ErrorCode::NotFound => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// The page of a case.
pub(super) async fn case_address(
    state: &AppState,
    actor: &Actor,
    case: CaseId,
) -> Result<Option<String>, Problem> {
    Ok(seen(state.service.case(actor, case).await)?.then(|| format!("/desk/cases/{case}")))
}

/// The page of a notice: the desk's for those who work there and see it, the readers' if there is one.
pub(super) async fn notice_address(
    state: &AppState,
    actor: &Actor,
    notice: NoticeId,
    is_public: bool,
) -> Result<Option<String>, Problem> {
    let works = DESK.iter().any(|role| actor.user.has(*role));
    if works && seen(state.service.notice(actor, notice).await)? {
        return Ok(Some(format!("/desk/notices/{notice}")));
    }
    Ok(is_public.then(|| format!("/notices/{notice}")))
}
