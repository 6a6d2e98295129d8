//! Finding the clip that a suspect clip was made from, and saying where in it.
//!
//! - [`pdq`]: perceptual hash of a picture, bit-exact with the reference.
//! - [`signature`]: what is kept of a medium: hashes of frames with their times, fingerprint of the sound; binary form.
//! - [`sound`]: Chromaprint-compatible fingerprints and their alignment.
//! - [`hamming`]: exact search among millions of 256-bit hashes.
//! - [`archive`]: which originals a suspect may come from, with spans, speed and mirroring.
//! - [`keypoints`], [`tracing`]: aligning a suspect with one original and saying what differs.
//! - [`picture`]: borrowed pixels.

pub mod archive;
pub mod hamming;
pub mod keypoints;
pub mod pdq;
pub mod picture;
pub mod signature;
pub mod sound;
pub mod tracing;
