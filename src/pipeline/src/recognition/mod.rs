//! Media seen before: of what a submitted item is a copy, and what people decided about that. A machine notices, people decide; whoever asks is told
//! what people decided on the known item, as it stands at that moment.
//!
//! - `indexes`: originals and media that were handed in, searchable, one set per process
//! - `first_look`: the first step of an analysis, before the slow methods
//! - `hold`: what looks like a copy is held against the known item before it is called one
//! - `answer`: known copies of an item, with the verdicts as they stand now
//! - `glance`: an item beside others
//! - `decide`: people confirm and reject; `negative`: what rejections teach
//! - [`lookup`]: by hash of a frame, and by signature, without the media
//! - [`series`]: items that belong together, across regions
//! - [`exchange`]: the same in the words of other people's matching services

mod answer;
mod decide;
pub mod exchange;
mod first_look;
mod glance;
mod hold;
mod indexes;
pub mod lookup;
pub(crate) mod negative;
pub mod series;

pub(crate) use answer::seen_from;
pub use answer::{KnownCopyAnswer, Recognition};
pub(crate) use first_look::{FirstLook, FirstLookError};
pub use glance::Glance;
pub use hold::CopyComparer;
pub(crate) use indexes::{Indexes, SharedIndexes};
