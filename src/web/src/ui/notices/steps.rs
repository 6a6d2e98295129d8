//! The steps of a notice: review, approval, publication, doubt. Each carries the version of the words as they were seen.

use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::id::NoticeId;

use super::can_be_mended;
use super::page::refused_page;
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::{Fields, Submitted};
use crate::ui::shell::{Reader, go_on};
use crate::ui::visitor::Visitor;

fn version(fields: &Fields) -> Result<u32, Problem> {
    fields.parsed("version", "the version of the notice as it was seen")
}

fn back(id: NoticeId, done: &str) -> Response {
    go_on(&format!("/desk/notices/{id}"), done)
}

/// On, or the page of the notice with what was refused.
async fn after<T>(
    result: Result<T, Problem>,
    (state, visitor, reader): (&AppState, Visitor, Reader),
    (id, seen): (NoticeId, u32),
    done: &str,
    typed: String,
) -> Result<Response, Problem> {
    match result {
        Ok(_) => Ok(back(id, done)),
        Err(problem) if can_be_mended(&problem) => {
            refused_page(state, visitor, reader, (id, seen), &problem, typed).await
        }
        Err(problem) => Err(problem),
    }
}

/// Hands a draft to review.
pub(super) async fn submit(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<NoticeId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let seen = version(&fields)?;
    let result = state.service.notice_submit(&visitor.actor, id, seen).await.map_err(Problem::from);
    after(result, (&state, visitor, reader), (id, seen), "in_review", String::new()).await
}

/// Approves a notice in review.
pub(super) async fn approve(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<NoticeId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let seen = version(&fields)?;
    let result = state.service.notice_approve(&visitor.actor, id, seen).await.map_err(Problem::from);
    after(result, (&state, visitor, reader), (id, seen), "approved", String::new()).await
}

/// Publishes an approved notice.
pub(super) async fn publish(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<NoticeId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let seen = version(&fields)?;
    let result = state.service.notice_publish(&visitor.actor, id, seen).await.map_err(Problem::from);
    after(result, (&state, visitor, reader), (id, seen), "published", String::new()).await
}

/// Doubts a public notice.
pub(super) async fn doubt(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<NoticeId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let seen = version(&fields)?;
    let reason = fields.get("reason");
    match state.service.correction_open(&visitor.actor, id, seen, reason).await.map_err(Problem::from) {
        Ok(opened) => Ok(go_on(&format!("/desk/corrections/{}", opened.id), "correction")),
        Err(problem) => {
            let typed = reason.to_owned();
            after(Err::<(), _>(problem), (&state, visitor, reader), (id, seen), "", typed).await
        }
    }
}
