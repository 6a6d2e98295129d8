//! `/desk/archive`: genuine official footage: found, looked at, added, withdrawn.
//!
//! - `list`: by words, newest first; `item`: one with its register's standing; `add`: the form; `upload`: the file with it

use axum::Router;
use axum::routing::{get, post};

use crate::state::AppState;

mod add;
mod item;
mod list;
mod upload;

pub(super) use list::title;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/desk/archive", get(list::list))
        .route("/desk/archive/new", get(add::page).post(add::submitted))
        .route("/desk/archive/{id}", get(item::page))
        .route("/desk/archive/{id}/withdraw", post(item::withdraw))
}

/// What takes large bodies.
pub(super) fn upload_routes() -> Router<AppState> {
    Router::new().route("/desk/archive/new/file", post(upload::uploaded))
}
