//! One report as JSON, text and HTML; notices as pages and as a feed. No database, no network.
//!
//! - [`json`]: the published schema `podlinnik-report/1` (see `SCHEMA.md`)
//! - [`text`]: what `podlinnik check` prints for a person
//! - [`trace`]: what `podlinnik trace` prints for a person
//! - [`html`]: one self-contained page for one report
//! - [`notice`]: the page of a published notice
//! - [`feed`]: published notices as Atom (RFC 4287)
//! - [`error`]: what can go wrong
//! - `wording`, `figures`: sentences and numbers in both languages; `view`, `timeline`: what the report's template shows

pub mod error;
pub mod feed;
mod figures;
pub mod html;
pub mod json;
pub mod notice;
#[cfg(test)]
mod sample;
pub mod text;
mod timeline;
pub mod trace;
mod view;
mod wording;

pub use error::ReportError;
pub use feed::{FeedEntry, FeedHead};
pub use html::EmbeddedPicture;
pub use notice::NoticeContext;
