use std::sync::Arc;

use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use podlinnik_pipeline::Service;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::metrics::Metrics;
use crate::settings::WebSettings;

/// What handlers share.
#[derive(Debug, Clone)]
pub(crate) struct AppState {
    pub(crate) service: Service,
    pub(crate) settings: Arc<WebSettings>,
    pub(crate) metrics: Arc<Metrics>,
    /// One permit per upload in progress.
    pub(crate) uploads: Arc<Semaphore>,
    /// One permit per look-up by signature in progress.
    pub(crate) lookups: Arc<Semaphore>,
    /// Objections from outside, so many a minute from everybody together.
    pub(crate) appeals: Arc<DefaultDirectRateLimiter>,
    /// Cancelled when the service stops: waiting requests end early.
    pub(crate) stop: CancellationToken,
}

impl AppState {
    pub(crate) fn new(service: Service, settings: WebSettings, stop: CancellationToken) -> Self {
        let uploads = Arc::new(Semaphore::new(settings.concurrent_uploads));
        let lookups = Arc::new(Semaphore::new(settings.concurrent_lookups));
        let appeals = Arc::new(RateLimiter::direct(Quota::per_minute(settings.appeals_per_minute)));
        let metrics = Arc::new(Metrics::new(settings.worker_slots));
        Self { service, settings: Arc::new(settings), metrics, uploads, lookups, appeals, stop }
    }
}
