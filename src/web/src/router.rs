//! The routes and what stands around them.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_pipeline::Service;
use tokio_util::sync::CancellationToken;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::observe::{observe, panicked};
use crate::problem::Problem;
use crate::settings::WebSettings;
use crate::state::AppState;
use crate::{api, hma, openapi, public, ui};

/// Everything but the metrics.
pub fn router(service: Service, settings: WebSettings) -> Router {
    of(AppState::new(service, settings, CancellationToken::new()))
}

pub(crate) fn of(state: AppState) -> Router {
    let limits = (DefaultBodyLimit::max(state.settings.body_bytes), time_limit(state.settings.request_time));
    let page_limits =
        (DefaultBodyLimit::max(state.settings.body_bytes), time_limit(state.settings.request_time));
    let upload_limits = (
        // The file itself is counted while it is written; this bounds what comes around it.
        DefaultBodyLimit::max(
            usize::try_from(state.service.settings().upload_bytes)
                .unwrap_or(usize::MAX)
                .saturating_add(state.settings.body_bytes),
        ),
        time_limit(state.settings.upload_time),
    );
    // Anybody may choose the language of what anybody may read.
    let public = public::routes().layer(from_fn(ui::preferences::remember));
    let ordinary = api::routes().merge(hma::routes()).merge(public).merge(openapi::routes()).layer(limits);
    let uploads = api::upload_routes().layer(upload_limits);
    let uploaded_pages = ui::upload_routes().layer(upload_limits);
    let router: Router<AppState> = ordinary.merge(uploads).into();
    let pages = ui::routes().layer(page_limits);
    router
        .merge(pages)
        .merge(uploaded_pages)
        .fallback(nothing_here)
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(state.clone(), observe))
        .with_state(state)
}

async fn nothing_here() -> Problem {
    Problem::new(ErrorCode::NotFound)
}

fn time_limit(time: std::time::Duration) -> TimeoutLayer {
    TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, time)
}
