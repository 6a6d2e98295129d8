//! `/desk/admin`: people, organisations, receivers, models, queue, history, storage. Nobody here has power over verdicts.
//!
//! - `frame`: the pages' own navigation
//! - `people`, `person`, `organisations`: who works here; `receivers`, `receiver`: who is told
//! - `models`, `recall`: what findings rest on; `queue`, `audit`, `storage`: how the service does
//! - `markdown`: cards of models as blocks

use axum::Router;
use axum::routing::{get, post};

use crate::state::AppState;

mod audit;
mod frame;
mod markdown;
mod models;
mod organisations;
mod people;
mod person;
mod person_keys;
mod queue;
mod recall;
mod receiver;
mod receivers;
mod storage;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/desk/admin", get(people::list))
        .route("/desk/admin/people/new", get(people::new_page).post(people::create))
        .route("/desk/admin/people/{id}", get(person::page))
        .route("/desk/admin/people/{id}/name", post(person::rename))
        .route("/desk/admin/people/{id}/roles", post(person::roles))
        .route("/desk/admin/people/{id}/link", post(person::link))
        .route("/desk/admin/people/{id}/disable", post(person::disable))
        .route("/desk/admin/people/{id}/enable", post(person::enable))
        .route("/desk/admin/people/{id}/keys", post(person_keys::issue))
        .route("/desk/admin/people/{id}/keys/{key}/revoke", post(person_keys::revoke))
        .route("/desk/admin/organisations", get(organisations::page).post(organisations::create))
        .route("/desk/admin/receivers", get(receivers::list).post(receivers::create))
        .route("/desk/admin/receivers/{id}", get(receiver::page))
        .route("/desk/admin/receivers/{id}/disable", post(receiver::disable))
        .route("/desk/admin/receivers/{id}/enable", post(receiver::enable))
        .route("/desk/admin/receivers/{id}/replay", post(receiver::replay))
        .route("/desk/admin/models", get(models::list))
        .route("/desk/admin/models/{id}", get(models::card))
        .route("/desk/admin/models/{id}/recall", get(recall::page).post(recall::reopen))
        .route("/desk/admin/queue", get(queue::page))
        .route("/desk/admin/queue/{id}/revive", post(queue::revive))
        .route("/desk/admin/audit", get(audit::page))
        .route("/desk/admin/storage", get(storage::page))
}
