//! Corners of a picture, described so that they are found again in a copy of it that was scaled, turned, cropped or recompressed.
//!
//! Our own implementation of ORB (Rublee, Rabaud, Konolige, Bradski 2011, "ORB: an efficient alternative to SIFT or SURF"): FAST-9 corners (Rosten &
//! Drummond 2006) on a pyramid of scales, ranked by Harris' measure, turned by the intensity centroid, described by 256 comparisons of smoothed grey
//! levels (BRIEF, Calonder et al. 2010). Two things differ: the pairs of points are drawn from a fixed pseudo-random Gaussian (as in BRIEF) rather than
//! learned, so descriptors are *not* interchangeable with those of other ORB programs; and corners are spread over the picture cell by cell, so that a
//! caption cannot use up all of them.
//!
//! ✅ Scale 0.3 to 3, any rotation, brightness and contrast, moderate blur and recompression, partial cover. ❌ Mirroring (mirror the picture and ask
//! again), strong perspective, flat or very blurred pictures (few corners: say so to the caller). Everything is deterministic: the same pixels give the
//! same corners, and the random samples of RANSAC start from a fixed seed.

mod corner;
mod describe;
mod linear;
mod matching;
mod plane;
mod ransac;
mod transform;

pub use describe::{Descriptor, Keypoint, keypoints};
pub use matching::{Correspondence, matches};
pub use plane::Plane;
pub use ransac::{Agreement, Model, agree, fit};
pub use transform::Projective;

pub(crate) use linear::solve;

#[cfg(test)]
mod tests;
