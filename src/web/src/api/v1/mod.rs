//! `/api/v1`: one folder a noun, one file a verb. A file holds request, answer, problems, the text for the API document and the handler.
//!
//! Adding an endpoint: write the file, name it in its noun's `mod.rs` (`routes!`), add its bodies to `openapi/examples.json`, write its story in
//! `tests/it/api_*.rs`, accept the snapshot of the API document.

use utoipa_axum::router::OpenApiRouter;

use crate::state::AppState;

mod analyses;
mod appeals;
mod archive;
mod board;
mod cases;
mod changes;
mod copy_matches;
mod corrections;
mod inbox;
mod inquiries;
mod jobs;
mod known_copies;
mod links;
mod lookup;
mod me;
pub(crate) mod media;
mod notes;
mod notices;
mod organisations;
mod receivers;
mod series;
mod situation;
pub(crate) mod submissions;
mod tokens;
pub(crate) mod uploads;
mod users;
mod verdicts;
mod views;

/// Everything with ordinary limits.
pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .merge(submissions::routes())
        .merge(analyses::routes())
        .merge(links::routes())
        .merge(media::routes())
        .merge(lookup::routes())
        .merge(archive::routes())
        .merge(copy_matches::routes())
        .merge(series::routes())
        .merge(situation::routes())
        .merge(board::routes())
        .merge(cases::routes())
        .merge(notes::routes())
        .merge(views::routes())
        .merge(verdicts::routes())
        .merge(notices::routes())
        .merge(changes::routes())
        .merge(corrections::routes())
        .merge(appeals::routes())
        .merge(inbox::routes())
        .merge(inquiries::routes())
        .merge(receivers::routes())
        .merge(organisations::routes())
        .merge(users::routes())
        .merge(tokens::routes())
        .merge(jobs::routes())
        .merge(me::routes())
}

/// What takes large bodies.
pub(crate) fn upload_routes() -> OpenApiRouter<AppState> {
    submissions::upload_routes().merge(uploads::routes())
}
