//! A notice in the words of other systems. What is mapped to what, and what is left out, stands in `exchange/README.md`.
//!
//! - [`claim_review`]: ClaimReview and MediaReview of schema.org, as JSON-LD
//! - [`misp`]: a MISP event
//! - [`stix`]: a STIX 2.1 bundle
//! - [`oembed`]: oEmbed 1.0, for sites that embed notices

use podlinnik_domain::hash::Sha256;
use podlinnik_domain::media::MediaKind;
use sha1::{Digest as _, Sha1};
use uuid::Uuid;

pub mod claim_review;
pub mod misp;
pub mod oembed;
pub mod stix;

/// What the public may know of the media itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MediaFacts {
    /// SHA-256 of the bytes as they came.
    pub sha256: Sha256,
    /// Picture, video or sound, where known.
    pub kind: Option<MediaKind>,
}

/// A UUID of version 5 (RFC 9562 §5.5): the same for the same name, for ever.
pub(crate) fn name_based(namespace: Uuid, name: &str) -> Uuid {
    let digest = Sha1::new().chain_update(namespace.as_bytes()).chain_update(name.as_bytes()).finalize();
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(digest) {
        *to = from;
    }
    uuid::Builder::from_sha1_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9562, appendix A.4.
    #[test]
    fn name_based_as_in_the_standard() {
        let dns = Uuid::from_u128(0x6ba7_b810_9dad_11d1_80b4_00c0_4fd4_30c8);
        let expected = "2ed6657d-e927-568b-95e1-2665a8aea6a2";
        assert_eq!(name_based(dns, "www.example.com").to_string(), expected);
    }
}
