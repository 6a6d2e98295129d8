//! `GET /api/v1/changes`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::change::Change;
use podlinnik_pipeline::Changes;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Caller;
use crate::extract::Parameters;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

const DEFAULT_LIMIT: u32 = 100;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(change_list))
}

/// Where to begin.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct ChangeQuery {
    /// `next_since` of the answer before; left out or 0 for everything from the beginning.
    #[param(example = 4711)]
    since: Option<u64>,
    /// Entries per answer, 1 to 100; 100 if left out.
    #[param(minimum = 1, maximum = 100, example = 100)]
    limit: Option<u32>,
}

/// Changes, oldest first.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct ChangeList {
    /// The changes; verdicts and notices as they stand now.
    items: Vec<Change>,
    /// The value for the next `since`.
    next_since: u64,
    /// Whether there may be more right now.
    more: bool,
}

impl From<Changes> for ChangeList {
    fn from(changes: Changes) -> Self {
        Self { items: changes.items, next_since: changes.next_since, more: changes.more }
    }
}

problems!(caller, ValidationFailed);

/// What changed after a point: verdicts that count or do not count any more, notices published, doubted, corrected, retracted. This is the truth; webhooks are
/// hints. Nothing is ever left out: ask again with `next_since`. Open to every role, `partner` too.
#[utoipa::path(get, path = "/api/v1/changes", tag = "media", params(ChangeQuery),
    responses((status = 200, description = "The changes.", body = ChangeList), Problems))]
pub(crate) async fn change_list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(query): Parameters<ChangeQuery>,
) -> Result<Json<ChangeList>, Problem> {
    let limit = query.limit.unwrap_or(DEFAULT_LIMIT);
    if !(1..=DEFAULT_LIMIT).contains(&limit) {
        return Err(Problem::field("limit", "1 to 100"));
    }
    let since = query.since.unwrap_or(0);
    if i64::try_from(since).is_err() {
        return Err(Problem::field("since", "a number that an answer before gave"));
    }
    Ok(Json(state.service.changes(&actor, since, limit).await?.into()))
}
