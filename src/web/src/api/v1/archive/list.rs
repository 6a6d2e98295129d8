//! `GET /api/v1/archive`

use axum::Json;
use axum::extract::State;
use serde::{Deserialize, Serialize};

use super::OriginalView;
use crate::auth::Caller;
use crate::extract::Parameters;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// Which originals.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct OriginalsQuery {
    /// `next` of the page before; left out for the first page.
    after: Option<String>,
    /// Entries per page, 1 to 100; 20 if left out.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<u32>,
    /// Whether to list those that were withdrawn too.
    withdrawn: Option<bool>,
}

/// One page of originals, in the order in which they were added.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Originals {
    /// The entries.
    items: Vec<OriginalView>,
    /// Cursor of the next page; none at the end.
    next: Option<String>,
}

problems!(caller, ValidationFailed);

/// The originals, in the order in which they were added. Needs a role that works on verdicts, `org_admin` or `auditor`.
#[utoipa::path(get, path = "/api/v1/archive", tag = "archive", params(OriginalsQuery),
    responses((status = 200, description = "A page.", body = Originals), Problems))]
pub(crate) async fn archive_list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(query): Parameters<OriginalsQuery>,
) -> Result<Json<Originals>, Problem> {
    let limit = query.limit.unwrap_or(20);
    if !(1..=100).contains(&limit) {
        return Err(Problem::field("limit", "1 to 100"));
    }
    let after = match query.after.as_deref().map(str::parse::<u64>) {
        None => 0,
        Some(Ok(after)) => after,
        Some(Err(_)) => return Err(Problem::field("after", "`next` of an earlier page")),
    };
    let withdrawn_too = query.withdrawn.unwrap_or(false);
    let (items, next) = state.service.originals(&actor, withdrawn_too, after, limit).await?;
    let items = items.into_iter().map(OriginalView::from).collect();
    Ok(Json(Originals { items, next: next.map(|next| next.to_string()) }))
}
