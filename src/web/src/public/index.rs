//! `GET /`: what this is, whether something has been verified, and where to go on.

use axum::extract::{RawQuery, State};
use axum::response::Response;

use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::shell::Reader;
use crate::ui::visitor::MaybeVisitor;
use crate::ui::welcome;

problems!(BadRequest);

/// What this service is. With `sha256` or `link` also what was published about that, and nothing about what was not.
#[utoipa::path(get, path = "/", tag = "public", security(()),
    params(("sha256" = Option<String>, Query, description = "SHA-256 of a file, 64 hexadecimal digits."),
           ("link" = Option<String>, Query, description = "Address where something was seen.")),
    responses((status = 200, description = "A page.", body = String, content_type = "text/html"), Problems))]
pub(crate) async fn index(
    State(state): State<AppState>,
    MaybeVisitor(visitor): MaybeVisitor,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    welcome::page(&state, visitor, reader, query.as_deref().unwrap_or_default()).await
}
