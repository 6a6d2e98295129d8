//! Pages for everybody: no account, no script needed, nothing that is not public.
//!
//! - `entry`: a public notice as it stands in lists
//! - `notices`, `history`, `appeal`, `corrections`: what was published, what became of it, how to object
//! - `methodology`: how it is done and how often it is wrong, out of `evaluation`, `calibrations` and `tracing`
//! - `figures`: the quarter's figures; `verify`: a bundle against the log; `help`: how one works here
//! - `robots`: what search engines may look at

use axum::Router;
use podlinnik_domain::language::Language;
use podlinnik_domain::region::{Region, Regions};

use crate::state::AppState;

mod appeal;
mod calibrations;
mod corrections;
mod entry;
mod evaluation;
pub(crate) mod figures;
mod help;
mod history;
mod methodology;
mod notices;
mod robots;
mod tracing;
mod verify;

pub(super) use entry::NoticeEntry;

/// What takes large bodies.
pub(super) fn upload_routes() -> Router<AppState> {
    verify::upload_routes()
}

/// Everything with ordinary limits.
pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .merge(appeal::routes())
        .merge(corrections::routes())
        .merge(help::routes())
        .merge(history::routes())
        .merge(methodology::routes())
        .merge(notices::routes())
        .merge(robots::routes())
        .merge(verify::routes())
}

/// Regions by name, for choosing one.
fn regions(language: Language) -> Vec<&'static Region> {
    let mut regions: Vec<&Region> = Regions::current().iter().collect();
    regions.sort_by_key(|region| region.name(language));
    regions
}

/// The name of a region, or the code where the list does not know it.
fn region_name(code: &str, language: Language) -> &str {
    Regions::current().get(code).map_or(code, |region| region.name(language))
}

/// One of two texts by people, and the language that it is really in.
fn words<'a>(russian: &'a str, english: Option<&'a str>, language: Language) -> (&'a str, Language) {
    match (language, english) {
        (Language::English, Some(text)) => (text, Language::English),
        _ => (russian, Language::Russian),
    }
}
