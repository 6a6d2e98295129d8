//! Looking up without the media: by the hash of a frame, and by the signature that `podlinnik signature` makes where the media are.

use std::collections::BTreeMap;

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::original::ArchiveItem;
use podlinnik_domain::people::{Actor, Role};
use podlinnik_domain::recognition::{Closeness, CopyStanding};
use podlinnik_domain::submission::FieldError;
use podlinnik_similarity::archive::{Candidate, FrameHit, MIN_QUALITY, Strength};
use podlinnik_similarity::pdq::{Pdq, REFERENCE_MAX_DISTANCE};
use podlinnik_similarity::signature::MediaSignature;
use tokio::runtime::Handle;

use super::answer::{self, KnownCopyAnswer};
use crate::archive::add::blocking;
use crate::error::ServiceError;
use crate::service::{Answer, KnownMedia, Service};

/// Distance of a look-up by hash where none is given: the reference's own limit, of 256 bits.
pub const USUAL_DISTANCE: u32 = REFERENCE_MAX_DISTANCE;
/// Widest distance: nothing farther counts for anything here.
pub const WIDEST_DISTANCE: u32 = 60;
/// Least quality of a frame whose hash is looked up, of 100: flat frames resemble each other.
pub const LEAST_QUALITY: u8 = MIN_QUALITY;
/// Largest signature, in bytes: about an hour of video.
pub const SIGNATURE_BYTES: usize = 16 << 20;

/// Judged items that one look-up answers.
const TOLD: usize = 50;
/// Originals that one look-up answers.
const ORIGINALS: usize = 10;
/// Items that are asked about before an answer ends: the nearest ones.
const ASKED: usize = 500;
/// Who is told of originals: those who see the archive.
const MAY_SEE_ORIGINALS: &[Role] =
    &[Role::Analyst, Role::Editor, Role::Approver, Role::CorrectionsOfficer, Role::OrgAdmin, Role::Auditor];

/// A judged item one of whose frames is near a hash.
#[derive(Debug, Clone)]
pub struct FrameMatch {
    /// The item with the verdict in force.
    pub known: KnownMedia,
    /// Bits that differ, of its nearest frame.
    pub distance: u32,
    /// Time of that frame in seconds.
    pub at_s: f64,
    /// The same distance in words.
    pub closeness: Closeness,
}

/// What is known of a signature.
#[derive(Debug, Clone)]
pub struct SignatureMatches {
    /// Whether nothing in it could ever be found: no frame with structure, no audible sound.
    pub blank: bool,
    /// Length in seconds that it stands for.
    pub duration_s: f64,
    /// Judged items of which it is a copy, or resembles one.
    pub copies: Vec<KnownCopyAnswer>,
    /// Originals that it may come from; none where the actor does not see the archive. They are not held against it frame by frame.
    pub originals: Option<Vec<OriginalMatch>>,
}

/// An original that resembles a signature.
#[derive(Debug, Clone)]
pub struct OriginalMatch {
    /// The original.
    pub item: ArchiveItem,
    /// How far one may rely on it.
    pub standing: CopyStanding,
    /// From and until, in seconds of what is asked about.
    pub asked_span_s: [f64; 2],
    /// From and until, in seconds of the original.
    pub original_span_s: [f64; 2],
    /// Seconds of the original per second of what is asked about.
    pub speed: f64,
    /// Left and right are exchanged.
    pub mirror: bool,
    /// How near they are.
    pub closeness: Closeness,
    /// Median distance of matched frames, bits of 256; none where the sound alone matches.
    pub bits: Option<f64>,
}

fn invalid(field: &'static str, rule: &'static str) -> ServiceError {
    ServiceError::Invalid(vec![FieldError { field, rule }])
}

impl Service {
    /// Judged items with a frame near a PDQ hash, nearest first. Open to every authenticated actor. A mirrored picture has another hash: ask with that too.
    ///
    /// # Errors
    /// `validation_failed` for what is no hash, a distance beyond [`WIDEST_DISTANCE`] or a quality below [`LEAST_QUALITY`].
    pub async fn judged_by_pdq(
        &self,
        actor: &Actor,
        hash: &str,
        distance: u32,
        quality: Option<u8>,
    ) -> Answer<Vec<FrameMatch>> {
        let hash: Pdq = hash.trim().parse().map_err(|_| invalid("hash", "64 hexadecimal digits"))?;
        if distance > WIDEST_DISTANCE {
            return Err(invalid("distance", "0 to 60 bits of 256"));
        }
        if quality.is_some_and(|quality| quality < LEAST_QUALITY) {
            return Err(invalid("quality", "50 or more of 100: the hash of a flat frame says nothing"));
        }
        let indexes = self.indexes().await?;
        let hits = blocking(move || indexes.known.frames_near(&hash, distance)).await?;
        let mut nearest: BTreeMap<Sha256, FrameHit> = BTreeMap::new();
        let mut order = Vec::new();
        for (media, hit) in hits {
            if let std::collections::btree_map::Entry::Vacant(place) = nearest.entry(media) {
                place.insert(hit);
                order.push((media, hit));
            }
        }
        let mut matches = Vec::new();
        for (media, hit) in order.into_iter().take(ASKED) {
            if matches.len() >= TOLD {
                break;
            }
            let known = self.known_media(actor, media).await?;
            let Some(known) = known.filter(|known| known.verdict.is_some()) else { continue };
            matches.push(FrameMatch {
                known,
                distance: hit.distance,
                at_s: f64::from(hit.at_ms) / 1000.0,
                closeness: Closeness::of_bits(Some(f64::from(hit.distance))),
            });
        }
        Ok(matches)
    }

    /// What is known of media that only their signature was sent of. Open to every authenticated actor; originals are told to those who see the archive.
    ///
    /// # Errors
    /// `validation_failed` for bytes that are no signature, `body_too_large` beyond [`SIGNATURE_BYTES`].
    pub async fn judged_by_signature(&self, actor: &Actor, bytes: &[u8]) -> Answer<SignatureMatches> {
        if bytes.len() > SIGNATURE_BYTES {
            return Err(ServiceError::Refused(ErrorCode::BodyTooLarge));
        }
        let rule = "what `podlinnik signature` of the same version writes";
        let signature = MediaSignature::from_bytes(bytes).map_err(|_| invalid("signature", rule))?;
        let sees_originals = MAY_SEE_ORIGINALS.iter().any(|role| actor.user.has(*role));
        let (blank, duration_s) = (signature.is_blank(), signature.duration_s());
        let (indexes, runtime, asked) = (self.indexes().await?, Handle::current(), signature.clone());
        let found = blocking(move || runtime.block_on(indexes.known.copies_of(&asked))).await??;
        let mut copies = Vec::new();
        for copy in found {
            let answer = self.known_copy(actor, copy, None).await?;
            copies.extend(answer.filter(|answer| answer.known.verdict.is_some()));
        }
        answer::sort(&mut copies);
        let originals = match sees_originals {
            true => Some(self.originals_like(signature).await?),
            false => None,
        };
        Ok(SignatureMatches { blank, duration_s, copies, originals })
    }

    async fn originals_like(&self, signature: MediaSignature) -> Answer<Vec<OriginalMatch>> {
        let indexes = self.indexes().await?;
        blocking(move || {
            let candidates = indexes.library.index().candidates(&signature).into_iter();
            let known = candidates.filter_map(|candidate| {
                Some(original_match(&candidate, indexes.library.item(candidate.id)?.clone()))
            });
            known.take(ORIGINALS).collect()
        })
        .await
    }
}

fn original_match(candidate: &Candidate, item: ArchiveItem) -> OriginalMatch {
    let sure = candidate.strength == Strength::Confirmed;
    let bits = candidate.picture.map(|picture| f64::from(picture.median_distance));
    OriginalMatch {
        item,
        standing: if sure { CopyStanding::Confirmed } else { CopyStanding::Suggested },
        asked_span_s: candidate.suspect_span_s,
        original_span_s: candidate.original_span_s,
        speed: candidate.speed,
        mirror: candidate.mirrored,
        closeness: Closeness::of_bits(bits),
        bits: bits.filter(|bits| *bits < 256.0),
    }
}
