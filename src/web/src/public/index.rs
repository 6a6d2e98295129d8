//! `GET /`: what this is and where to go on.

use axum::response::Response;

use crate::openapi::problems;
use crate::problem::Problem;
use crate::ui::shell::Reader;
use crate::ui::visitor::MaybeVisitor;
use crate::ui::welcome;

problems!();

/// What this service is.
#[utoipa::path(get, path = "/", tag = "public", security(()),
    responses((status = 200, description = "A short page.", body = String, content_type = "text/html"), Problems))]
pub(crate) async fn index(MaybeVisitor(visitor): MaybeVisitor, reader: Reader) -> Result<Response, Problem> {
    welcome::page(visitor, reader)
}
