//! Judged items in the words of matching services such as Meta's Hasher-Matcher-Actioner: banks of content, found by signals.
//!
//! A bank is a kind of verdict: `MANIPULATED_FACE` holds what people, by the verdict in force, hold for that. Its content is numbered by the first 52 bits
//! of the SHA-256 of the bytes: the number is the same in every installation, fits the numbers of JSON, and leads back to the item.

use std::io::{Seek as _, Write as _};
use std::sync::Arc;

use podlinnik_domain::coded_enum;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::media::MediaKind;
use podlinnik_domain::people::Actor;
use podlinnik_domain::verdict::VerdictKind;
use podlinnik_similarity::signature::{MediaSignature, Part};

use super::lookup::USUAL_DISTANCE;
use crate::access::{not_found, require};
use crate::archive::Recognised;
use crate::archive::add::blocking;
use crate::error::ServiceError;
use crate::intake::MAY_SUBMIT;
use crate::service::{Answer, KnownMedia, Service};

/// Hexadecimal digits of a SHA-256 in a number of content.
const DIGITS: usize = 13;

coded_enum! {
    /// What content is found by.
    pub enum Signal {
        /// A perceptual hash of a picture or of a frame.
        Pdq = "pdq",
        /// The digest of the bytes.
        Sha256 = "sha256",
    }
}

/// An item of a bank that a signal leads to.
#[derive(Debug, Clone)]
pub struct BankMatch {
    /// The bank.
    pub bank: VerdictKind,
    /// Its number there.
    pub content: u64,
    /// Bits that differ.
    pub distance: u32,
}

/// A picture's hash and how much structure it has, of 100.
#[derive(Debug, Clone)]
pub struct PictureHash {
    /// 64 hexadecimal digits.
    pub pdq: String,
    /// 0 (flat) to 100.
    pub quality: u8,
}

/// The number of an item in its bank.
pub fn content_number(media: Sha256) -> u64 {
    let digits: String = media.to_string().chars().take(DIGITS).collect();
    u64::from_str_radix(&digits, 16).unwrap_or_default()
}

/// What a bank is called.
pub fn bank_name(kind: VerdictKind) -> String {
    kind.code().to_ascii_uppercase()
}

/// The bank of that name.
pub fn bank_named(name: &str) -> Option<VerdictKind> {
    VerdictKind::ALL.iter().copied().find(|kind| bank_name(*kind) == name)
}

impl Service {
    /// What a signal leads to, nearest first. Open to every authenticated actor.
    ///
    /// # Errors
    /// `bad_request` for a signal that is none of its type.
    pub async fn bank_matches(&self, actor: &Actor, signal: Signal, value: &str) -> Answer<Vec<BankMatch>> {
        let refused = |_| ServiceError::Refused(ErrorCode::BadRequest);
        let found: Vec<(KnownMedia, u32)> = match signal {
            Signal::Pdq => {
                let matches = self.judged_by_pdq(actor, value, USUAL_DISTANCE, None).await;
                let matches = match matches {
                    Err(ServiceError::Invalid(_)) => {
                        return Err(ServiceError::Refused(ErrorCode::BadRequest));
                    }
                    other => other?,
                };
                matches.into_iter().map(|one| (one.known, one.distance)).collect()
            }
            Signal::Sha256 => {
                let media: Sha256 = value.trim().parse().map_err(refused)?;
                self.known_media(actor, media).await?.map(|known| (known, 0)).into_iter().collect()
            }
        };
        let judged = found.into_iter().filter_map(|(known, distance)| {
            let bank = known.verdict.as_ref()?.proposal.kind;
            Some(BankMatch { bank, content: content_number(known.case.media_sha256), distance })
        });
        Ok(judged.collect())
    }

    /// An item of a bank by its number.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn bank_content(&self, actor: &Actor, bank: VerdictKind, content: u64) -> Answer<KnownMedia> {
        let prefix = format!("{content:0width$x}", width = DIGITS);
        if prefix.len() > DIGITS {
            return Err(not_found());
        }
        let alike = self.judged_by_prefix(actor, &prefix).await?;
        let judged =
            |known: &KnownMedia| known.verdict.as_ref().is_some_and(|verdict| verdict.proposal.kind == bank);
        alike.into_iter().find(judged).ok_or_else(not_found)
    }

    /// The hash of a picture, read in the sandbox and not kept. Scaled to at most 512 pixels first: it may differ from another program's by a few bits.
    ///
    /// # Errors
    /// `forbidden` for those who may not hand in media, `not_ready`, `media_*`.
    pub async fn picture_hash(&self, actor: &Actor, bytes: Vec<u8>) -> Answer<PictureHash> {
        require(actor, MAY_SUBMIT)?;
        if bytes.is_empty() {
            return Err(ServiceError::Refused(ErrorCode::MediaEmpty));
        }
        let archive = self.archive()?;
        let reading = Arc::clone(&archive.reading).acquire_owned().await;
        let _reading = reading.map_err(|error| ServiceError::Internal(error.to_string()))?;
        let archive = Arc::clone(archive);
        let recognised = blocking(move || {
            let mut file = tempfile::tempfile()?;
            file.write_all(&bytes)?;
            file.rewind()?;
            Ok::<_, std::io::Error>(archive.recogniser().recognise(file, &mut |_| true))
        })
        .await?
        .map_err(|error| ServiceError::Internal(format!("cannot hold a picture: {error}")))?;
        let Recognised { kind, signature, .. } =
            recognised.map_err(|error| ServiceError::Refused(error.code()))?;
        if !matches!(kind, MediaKind::Image | MediaKind::Animation) {
            return Err(ServiceError::Refused(ErrorCode::MediaUnsupported));
        }
        let signature = MediaSignature::from_bytes(&signature.bytes).unwrap_or_default();
        let whole = signature.frames().iter().find(|frame| frame.part == Part::Whole);
        let frame = whole.ok_or(ServiceError::Refused(ErrorCode::MediaNoFrames))?;
        Ok(PictureHash { pdq: frame.pdq.to_hex(), quality: frame.quality })
    }

    /// Number of hashes that can be found: for the status of an index.
    ///
    /// # Errors
    /// `not_ready`, and what the store answers.
    pub async fn hashes_indexed(&self) -> Answer<usize> {
        Ok(self.indexes().await?.known.frames())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_of_content_is_the_beginning_of_the_digest_and_fits_json() {
        let media: Sha256 =
            "fffffffffffff0000000000000000000000000000000000000000000000000ff".parse().unwrap();
        assert_eq!(content_number(media), (1 << 52) - 1);
        let media = Sha256::of(b"abc");
        assert_eq!(format!("{:013x}", content_number(media)), media.to_string()[..13]);
    }

    #[test]
    fn every_kind_of_verdict_is_a_bank() {
        for kind in VerdictKind::ALL {
            assert_eq!(bank_named(&bank_name(*kind)), Some(*kind));
        }
        assert_eq!(bank_name(VerdictKind::ManipulatedFace), "MANIPULATED_FACE");
        assert_eq!(bank_named("manipulated_face"), None);
    }
}
