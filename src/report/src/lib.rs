//! One report as JSON, text and HTML; notices as pages and as a feed. No database, no network.
//!
//! - [`json`]: the published schema `podlinnik-report/1` (see `SCHEMA.md`)
//! - [`text`]: what `podlinnik check` prints for a person
//! - [`trace`]: what `podlinnik trace` prints for a person
//! - [`html`]: one self-contained page for one report
//! - [`notice`]: the page of a published notice
//! - [`inquiry`]: the page where an agency answers a question
//! - [`outlets`]: texts made from a notice for site, Telegram, VK, print and radio
//! - [`card`]: the picture of a notice for link previews and posts
//! - [`letters`]: news for people, by mail and Telegram
//! - [`pdf`]: verdict, notice and findings for printing and filing
//! - [`api_page`]: the API document as a page
//! - [`exchange`]: a notice in the words of other systems: schema.org, MISP, STIX, oEmbed
//! - [`difference`]: what differs between two versions of a notice
//! - [`feed`]: published notices and their corrections as Atom (RFC 4287) and JSON Feed
//! - [`error`]: what can go wrong
//! - `wording`, `figures`: sentences and numbers in both languages; `words`: a notice's words in the reader's language; `view`, `timeline`: what the report's template shows

pub mod api_page;
pub mod card;
pub mod difference;
pub mod error;
pub mod exchange;
pub mod feed;
pub mod figures;
pub mod html;
pub mod inquiry;
pub mod json;
pub mod letters;
pub mod notice;
pub mod outlets;
pub mod pdf;
#[cfg(test)]
mod sample;
pub mod text;
mod timeline;
pub mod trace;
pub mod view;
pub mod wording;
mod words;

pub use card::{CardSize, Frame};
pub use difference::difference;
pub use error::ReportError;
pub use exchange::MediaFacts;
pub use feed::{FeedEntry, FeedHead};
pub use html::EmbeddedPicture;
pub use inquiry::InquiryContext;
pub use letters::{Letter, News};
pub use notice::NoticeContext;
pub use outlets::{Outlets, outlets};
