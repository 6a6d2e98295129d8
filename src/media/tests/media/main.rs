//! Hostile and honest files through the sandboxed reader.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed; the test setting does not reach helpers"
)]

mod films;
mod hostile;
mod images;
mod mutations;
mod previews;
mod sandbox;
mod scans;
mod sounds;
mod support;
mod videos;
