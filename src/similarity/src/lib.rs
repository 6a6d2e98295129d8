//! Finding the clip that a suspect clip was made from, and saying where in it.
//!
//! - [`pdq`]: perceptual hash of a picture, bit-exact with the reference.
//! - [`signature`]: what is kept of a medium: hashes of frames with their times, corners of a few frames, fingerprint of the sound.
//! - [`sound`]: Chromaprint-compatible fingerprints and their alignment.
//! - [`hamming`]: exact search among millions of 256-bit hashes.
//! - [`archive`]: which originals a suspect may come from, with spans, speed and mirroring.
//! - [`keypoints`], [`tracing`]: aligning a suspect with one original and saying what differs.
//! - [`picture`]: borrowed pixels.
//!
//! How to use it: give frames (about two a second, 512 pixels on the longer side) and sound of an original to
//! [`signature::SignatureBuilder::new`], keep [`signature::MediaSignature::to_bytes`] in the database, and put the signatures of all
//! originals into one [`archive::ArchiveIndex`]. Give a suspect (four frames a second for a short clip) to
//! [`signature::SignatureBuilder::for_suspect`] and ask [`archive::ArchiveIndex::candidates`]. How well that works: `EVALUATION.md`.
//!
//! Nothing here knows what a face is, and no index of persons can be made from it.

pub mod archive;
pub mod hamming;
pub mod keypoints;
pub mod pdq;
pub mod picture;
pub mod signature;
pub mod sound;
pub mod tracing;
