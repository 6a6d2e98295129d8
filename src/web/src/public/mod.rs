//! What needs no token: published notices, their feed, the transparency log, health, what the codes mean.

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

mod appeal;
mod bundle;
mod docs;
mod feed;
mod figures;
mod health;
mod index;
mod inquiry;
mod log;
mod notice;
mod oembed;
mod problem_page;

pub(crate) use bundle::{BundleQuery, with_notice};
pub(crate) use figures::span as quarter;
pub(crate) use notice::{context as notice_context, public_context};

pub(crate) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(index::index))
        .routes(routes!(notice::public_notice))
        .routes(routes!(docs::api_docs))
        .routes(routes!(bundle::notice_bundle))
        .routes(routes!(appeal::notice_appeal))
        .routes(routes!(log::log_checkpoint))
        .routes(routes!(log::log_key))
        .routes(routes!(log::log_tile))
        .routes(routes!(figures::figures))
        .routes(routes!(figures::figures_csv))
        .routes(routes!(inquiry::inquiry_page, inquiry::inquiry_answer_by_link))
        .routes(routes!(feed::notices_feed))
        .routes(routes!(feed::notices_json_feed))
        .routes(routes!(feed::corrections_feed))
        .routes(routes!(feed::corrections_json_feed))
        .routes(routes!(oembed::oembed_card))
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(problem_page::problem_page))
}
