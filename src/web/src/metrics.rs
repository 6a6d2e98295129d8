//! What Prometheus reads (OpenMetrics text).

use std::fmt::Write as _;
use std::sync::Mutex;
use std::sync::atomic::AtomicU64;

use podlinnik_pipeline::record::JobCount;
use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

/// Seconds; a page within milliseconds, an upload within minutes.
const LATENCY_BUCKETS_S: [f64; 12] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 30.0, 120.0];

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    method: String,
    route: String,
    status: u16,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RouteLabels {
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct JobLabels {
    kind: String,
    state: String,
}

type Latencies = Family<RouteLabels, Histogram, fn() -> Histogram>;

/// Numbers that are counted while the service runs.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    requests: Family<RequestLabels, Counter>,
    latencies: Latencies,
    jobs: Family<JobLabels, Gauge>,
    worker_busy: Gauge,
    ready: Gauge,
    pub(crate) uploads_in_progress: Gauge,
    pub(crate) uploads: Counter,
    pub(crate) uploads_refused: Counter,
    pub(crate) upload_bytes: Counter<u64, AtomicU64>,
    /// Scrapes refresh `jobs`; one at a time, so that none reads a half-filled family.
    scrape: Mutex<()>,
}

impl Metrics {
    /// Registers everything under `podlinnik_`.
    pub(crate) fn new(worker_slots: usize) -> Self {
        let mut registry = Registry::with_prefix("podlinnik");
        let requests = Family::default();
        registry.register("http_requests", "Requests answered", requests.clone());
        let latencies: Latencies =
            Family::new_with_constructor((|| Histogram::new(LATENCY_BUCKETS_S)) as fn() -> Histogram);
        registry.register(
            "http_request_duration_seconds",
            "Time to the head of the answer",
            latencies.clone(),
        );
        let jobs = Family::default();
        registry.register("jobs", "Jobs in the queue's table", jobs.clone());
        let slots: Gauge = Gauge::default();
        slots.set(i64::try_from(worker_slots).unwrap_or(i64::MAX));
        registry.register("worker_slots", "Jobs at a time of the worker in this process", slots);
        let worker_busy = Gauge::default();
        registry.register("worker_busy", "Jobs that any worker is doing now", worker_busy.clone());
        let ready = Gauge::default();
        registry.register("ready", "1 if store and blobs answer", ready.clone());
        let uploads_in_progress = Gauge::default();
        registry.register("uploads_in_progress", "Uploads being received", uploads_in_progress.clone());
        let uploads = Counter::default();
        registry.register("uploads", "Uploads stored", uploads.clone());
        let uploads_refused = Counter::default();
        registry.register("uploads_refused", "Uploads refused or broken off", uploads_refused.clone());
        let upload_bytes = Counter::default();
        registry.register("upload_bytes", "Bytes of media received", upload_bytes.clone());
        Self {
            registry,
            requests,
            latencies,
            jobs,
            worker_busy,
            ready,
            uploads_in_progress,
            uploads,
            uploads_refused,
            upload_bytes,
            scrape: Mutex::new(()),
        }
    }

    /// Counts a request. `route` is the pattern, never the path itself.
    pub(crate) fn request(&self, route: &str, method: &str, status: u16, seconds: f64) {
        let labels = RequestLabels { method: method.to_owned(), route: route.to_owned(), status };
        self.requests.get_or_create(&labels).inc();
        self.latencies.get_or_create(&RouteLabels { route: route.to_owned() }).observe(seconds);
    }

    /// Everything as text. `counts`: none if the store does not answer.
    pub(crate) fn text(&self, counts: Option<&[JobCount]>, ready: bool) -> String {
        let _one_at_a_time = self.scrape.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        self.ready.set(i64::from(ready));
        self.jobs.clear();
        let mut busy = 0;
        for count in counts.unwrap_or_default() {
            let labels = JobLabels { kind: count.kind.to_string(), state: count.state.to_string() };
            let number = i64::try_from(count.count).unwrap_or(i64::MAX);
            if labels.state == "leased" {
                busy += number;
            }
            self.jobs.get_or_create(&labels).set(number);
        }
        self.worker_busy.set(busy);
        let mut text = String::new();
        if encode(&mut text, &self.registry).is_err() {
            text.clear();
            let _ = writeln!(text, "# EOF");
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_requests_by_route_and_status() {
        let metrics = Metrics::new(2);
        metrics.request("/api/v1/cases/{id}", "GET", 200, 0.02);
        metrics.request("/api/v1/cases/{id}", "GET", 404, 0.02);
        let text = metrics.text(None, true);
        for line in [
            "podlinnik_http_requests_total{method=\"GET\",route=\"/api/v1/cases/{id}\",status=\"404\"} 1",
            "podlinnik_http_request_duration_seconds_count{route=\"/api/v1/cases/{id}\"} 2",
            "podlinnik_worker_slots 2",
            "podlinnik_ready 1",
        ] {
            assert!(text.contains(line), "{line} not in\n{text}");
        }
    }
}
