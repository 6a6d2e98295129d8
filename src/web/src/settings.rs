//! Limits and times of the HTTP side.

use std::num::NonZeroU32;
use std::time::Duration;

/// Settings of the HTTP side. The largest upload is a setting of the use cases.
#[derive(Debug, Clone)]
pub struct WebSettings {
    /// Largest body of a request that is not an upload, in bytes.
    pub body_bytes: usize,
    /// Time for everything but uploads and waiting.
    pub request_time: Duration,
    /// Time for a whole upload.
    pub upload_time: Duration,
    /// Time without a byte after which an upload is given up.
    pub upload_idle_time: Duration,
    /// Uploads at the same time; more are told to come again.
    pub concurrent_uploads: usize,
    /// Look-ups by signature, and pictures hashed for others, at the same time; more are told to come again.
    pub concurrent_lookups: usize,
    /// Objections to notices that are taken down in a minute, from everybody together; more are told to come again.
    pub appeals_per_minute: NonZeroU32,
    /// Time that open requests get after the service was told to stop.
    pub shutdown_time: Duration,
    /// Jobs at a time that the worker in this process does; 0 where there is none. For metrics only.
    pub worker_slots: usize,
}

impl Default for WebSettings {
    fn default() -> Self {
        Self {
            body_bytes: 256 * 1024,
            request_time: Duration::from_secs(60),
            upload_time: Duration::from_secs(30 * 60),
            upload_idle_time: Duration::from_secs(30),
            concurrent_uploads: 16,
            concurrent_lookups: 4,
            appeals_per_minute: NonZeroU32::new(30).unwrap_or(NonZeroU32::MIN),
            shutdown_time: Duration::from_secs(10),
            worker_slots: 0,
        }
    }
}
