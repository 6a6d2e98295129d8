//! `/desk/account`: who one is, password, second factor, sessions, API keys.
//!
//! - `page`: everything on one page; `password`, `second_factor`, `sessions`, `keys`: what is done there

use axum::Router;
use axum::routing::{get, post};

use crate::state::AppState;

pub(super) mod keys;
mod page;
mod password;
mod second_factor;
mod sessions;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/desk/account", get(page::account))
        .route("/desk/account/password", post(password::change))
        .route("/desk/account/second-factor", post(second_factor::begin))
        .route("/desk/account/second-factor/confirm", post(second_factor::confirm))
        .route("/desk/account/second-factor/remove", post(second_factor::remove))
        .route("/desk/account/sessions/end-others", post(sessions::end_others))
        .route("/desk/account/sessions/{id}/end", post(sessions::end))
        .route("/desk/account/keys", post(keys::issue))
        .route("/desk/account/keys/{id}/rotate", post(keys::rotate))
        .route("/desk/account/keys/{id}/revoke", post(keys::revoke))
}
