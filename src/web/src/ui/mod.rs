//! The page people work in: server-rendered, works without scripts where it can.
//!
//! - `shell`: what stands around every page: navigation, language, colours, who is signed in
//! - `visitor`: who is asking (session cookie); `form`: what a form sends, checked against forgery
//! - `assets`: style sheets and scripts, under addresses that change with their content
//! - `wording`: times, plurals, names in the reader's language; `zone`: the clock that they read by
//! - `fault`: a problem as a page
//! - `open`: pages for everybody
//! - one file a page; templates lie in `templates`, one a page
//!
//! Adding a page: a file here with `routes()`, its template that extends `shell.html`, its line below. Every sentence stands in both languages beside
//! each other (`shell.t("…", "…")`), so that neither can be forgotten. A form posts to its own address, is checked by [`form::Submitted`], and answers
//! with a redirect (`303`) after success, with the page and what was typed otherwise.

use axum::Router;

use crate::state::AppState;

pub(crate) use open::figures::page as figures_page;

mod account;
mod admin;
mod agent;
mod appeals;
mod archive;
pub(crate) mod assets;
mod board;
mod case;
mod copies;
pub(crate) mod fault;
pub(crate) mod form;
mod glance;
mod history;
mod inbox;
mod inquiries;
mod links;
mod notices;
mod once;
mod open;
pub(crate) mod preferences;
mod refusal;
mod series;
pub(crate) mod shell;
mod sight;
mod sign_in;
mod situation;
mod size;
mod submit;
mod tour;
mod verdict;
pub(crate) mod visitor;
pub(crate) mod welcome;
mod wording;
mod zone;

/// What takes large bodies.
pub(crate) fn upload_routes() -> Router<AppState> {
    submit::upload_routes().merge(open::upload_routes()).merge(archive::upload_routes())
}

/// Everything with ordinary limits.
pub(crate) fn routes() -> Router<AppState> {
    Router::new()
        .merge(appeals::routes())
        .merge(assets::routes())
        .merge(board::routes())
        .merge(case::routes())
        .merge(inbox::routes())
        .merge(inquiries::routes())
        .merge(links::routes())
        .merge(notices::routes())
        .merge(open::routes())
        .merge(account::routes())
        .merge(admin::routes())
        .merge(archive::routes())
        .merge(copies::routes())
        .merge(series::routes())
        .merge(sign_in::routes())
        .merge(situation::routes())
        .merge(submit::routes())
        .merge(tour::routes())
        .merge(verdict::routes())
        .layer(axum::middleware::from_fn(preferences::remember))
}
