//! HTTP: the API, the public pages and feeds, health, metrics.
//!
//! - [`settings`]: limits and times
//! - [`serve`]: listeners, graceful shutdown
//! - [`problem`]: every failure as an RFC 9457 problem; the one mapping from codes to HTTP statuses
//! - [`metrics`]: what Prometheus reads on the admin port
//! - `api`: `/api/v1`, one verb one file
//! - `hma`: look-ups in the words of other people's matching services
//! - `public`: notices, feed, health; what needs no token
//! - `auth`, `extract`, `etag`, `cursor`, `range`: what handlers take in
//! - `observe`: request ids, spans, strict headers, problems in the caller's language
//! - `openapi`: the document of all this
//! - `ui`: the page people work in
//! - `outside`: doors for tests that try any bytes

mod admin;
mod api;
mod auth;
mod content;
mod cursor;
mod etag;
mod extract;
mod hma;
pub mod metrics;
mod observe;
mod openapi;
#[doc(hidden)]
pub mod outside;
pub mod problem;
mod public;
mod range;
mod router;
pub mod serve;
pub mod settings;
mod state;
mod ui;

pub use openapi::document;
pub use router::router;
pub use serve::serve;
pub use settings::WebSettings;
