//! Media seen before, with the index of their signatures: of what a suspect is a copy, and what people decided about that.

use std::collections::BTreeMap;
use std::sync::Arc;

use podlinnik_domain::hash::Sha256;
use podlinnik_domain::original::{CopyMatchKind, CopyMatchState};
use podlinnik_domain::trace::{CopyComparison, KnownCopy};
use podlinnik_domain::verdict::VerdictState;
use podlinnik_similarity::archive::{ArchiveIndex, Candidate, FrameHit, Strength};
use podlinnik_similarity::pdq::Pdq;
use podlinnik_similarity::signature::MediaSignature;
use podlinnik_storage::Store;

use super::thousandths;
use crate::archive::recognise::{SIGNATURE_KIND, SIGNATURE_VERSION};
use crate::recognition::negative::{NegativeBank, Spans};
use crate::recognition::seen_from;
use crate::service::Answer;

/// Signatures that are read at a time.
const PORTION: u32 = 64;
/// Copies that are told of, nearest first.
const TOLD: usize = 20;
/// Share of both items that has to correspond for the one to be answered with the other's verdict: a verdict on a long broadcast is none on a
/// sentence cut out of it.
const MOST_OF: f64 = 0.8;

/// Signatures of all media, followed by number. Loaded once, then kept up to date.
#[derive(Debug)]
pub struct Known {
    store: Arc<dyn Store>,
    index: ArchiveIndex,
    media: BTreeMap<u64, (Sha256, f64)>,
    after: u64,
    negative: NegativeBank,
}

impl Known {
    /// Reads everything.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn load(store: Arc<dyn Store>) -> Answer<Self> {
        let (index, media, negative) = (ArchiveIndex::new(), BTreeMap::new(), NegativeBank::default());
        let mut known = Self { store, index, media, after: 0, negative };
        known.index.load();
        known.refresh().await?;
        known.index.settle();
        Ok(known)
    }

    /// Whether nothing was handed in or decided since.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn is_current(&self) -> Answer<bool> {
        let signatures = self.store.signature_since(SIGNATURE_KIND, SIGNATURE_VERSION, self.after, 1).await?;
        Ok(signatures.is_empty() && self.store.lesson_since(self.negative.after(), 1).await?.is_empty())
    }

    /// Catches up with what was handed in meanwhile.
    ///
    /// # Errors
    /// What the store answers; what was caught up with stays.
    pub async fn refresh(&mut self) -> Answer<()> {
        loop {
            let lessons = self.store.lesson_since(self.negative.after(), PORTION).await?;
            if lessons.is_empty() {
                break;
            }
            lessons.iter().for_each(|lesson| self.negative.take_in(lesson));
        }
        loop {
            let records =
                self.store.signature_since(SIGNATURE_KIND, SIGNATURE_VERSION, self.after, PORTION).await?;
            if records.is_empty() {
                return Ok(());
            }
            for record in records {
                self.after = record.sequence;
                match MediaSignature::from_bytes(&record.bytes) {
                    Ok(signature) => {
                        self.media.insert(record.sequence, (record.sha256, signature.duration_s()));
                        self.index.insert(record.sequence, &signature);
                    }
                    Err(error) => {
                        tracing::error!(media.sha256 = %record.sha256, "{} cannot be recognised: {error}", record.sha256);
                    }
                }
            }
        }
    }

    /// Items that were handed in before and of which the suspect is a copy, with what people decided: judged ones first, then nearest first. What an
    /// analyst rejected before is left out, and what looks like that confirms nothing.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn copies(
        &self,
        sha256: Sha256,
        suspect: &MediaSignature,
        exact_too: bool,
    ) -> Answer<Vec<KnownCopy>> {
        let mut copies = Vec::new();
        if exact_too && let Some(exact) = self.told(sha256, None).await? {
            let whole = [0.0, thousandths(suspect.duration_s())];
            copies.push(KnownCopy { suspect_span_s: whole, known_span_s: whole, ..exact });
        }
        let noticed = self.store.copy_match_list_by_media(sha256).await?.into_iter();
        let noticed: Vec<_> = noticed.filter(|found| found.kind == CopyMatchKind::KnownCopy).collect();
        let rejected = noticed
            .iter()
            .filter(|found| found.state == CopyMatchState::Rejected)
            .map(|found| if found.suspect == sha256 { found.matched } else { found.suspect })
            .collect();
        let mut all = self.resembling(Some(sha256), suspect, copies, rejected).await?;
        // what was held against each other before need not be again
        let before: Vec<KnownCopy> = noticed.iter().filter_map(|found| seen_from(sha256, found)).collect();
        for copy in all.iter_mut().filter(|copy| !copy.exact) {
            if let Some(before) = before.iter().find(|before| before.sha256 == copy.sha256) {
                copy.compared = before.compared;
            }
        }
        Ok(all)
    }

    /// The same for a signature alone, whose bytes nobody sent.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn copies_of(&self, suspect: &MediaSignature) -> Answer<Vec<KnownCopy>> {
        self.resembling(None, suspect, Vec::new(), Vec::new()).await
    }

    /// Frames near a hash, nearest first, with the items that they belong to.
    pub(crate) fn frames_near(&self, hash: &Pdq, radius: u32) -> Vec<(Sha256, FrameHit)> {
        let hits = self.index.frames_near(hash, radius).into_iter();
        hits.filter_map(|hit| Some((self.media.get(&hit.id)?.0, hit))).collect()
    }

    /// Number of frames that can be found.
    pub(crate) const fn frames(&self) -> usize {
        self.index.hashes()
    }

    async fn resembling(
        &self,
        sha256: Option<Sha256>,
        suspect: &MediaSignature,
        mut copies: Vec<KnownCopy>,
        rejected: Vec<Sha256>,
    ) -> Answer<Vec<KnownCopy>> {
        for candidate in self.index.candidates(suspect) {
            if copies.len() >= TOLD {
                break;
            }
            let Some((other, known_s)) = self.media.get(&candidate.id) else { continue };
            let doubled = copies.iter().any(|copy: &KnownCopy| copy.sha256 == *other);
            if Some(*other) == sha256 || doubled || rejected.contains(other) {
                continue;
            }
            let found = Some((&candidate, suspect.duration_s(), *known_s));
            let Some(mut copy) = self.told(*other, found).await? else { continue };
            copy.near &= !self.is_taught_otherwise(sha256, suspect, &copy).await?;
            copies.push(copy);
        }
        copies.sort_by_key(|copy| (copy.verdict.is_none(), !copy.exact, !copy.near));
        Ok(copies)
    }

    /// Whether the negative bank says that what the two have in common makes no copy.
    async fn is_taught_otherwise(
        &self,
        sha256: Option<Sha256>,
        suspect: &MediaSignature,
        copy: &KnownCopy,
    ) -> Answer<bool> {
        if !copy.near || self.negative.is_empty() {
            return Ok(false);
        }
        let bytes = self.store.signature_get(copy.sha256, SIGNATURE_KIND, SIGNATURE_VERSION).await?;
        let Some(known) = bytes.and_then(|bytes| MediaSignature::from_bytes(&bytes).ok()) else {
            return Ok(false);
        };
        let spans =
            Spans { suspect_s: copy.suspect_span_s, matched_s: copy.known_span_s, mirror: copy.mirror };
        Ok(self.negative.speaks_against((suspect, &known), (sha256, copy.sha256), spans))
    }

    /// None for media that were never handed in: originals of the archive are no copies but sources.
    async fn told(&self, other: Sha256, found: Option<(&Candidate, f64, f64)>) -> Answer<Option<KnownCopy>> {
        let Some(case) = self.store.case_by_media(other).await? else { return Ok(None) };
        let verdicts = self.store.verdict_list(case.id).await?;
        let approved = verdicts.iter().rev().find(|verdict| verdict.state == VerdictState::Approved);
        let copy = KnownCopy {
            sha256: other,
            case: Some(case.id),
            verdict: approved.map(|verdict| verdict.proposal.kind),
            exact: found.is_none(),
            compared: CopyComparison::NotCompared,
            near: found.is_none_or(|(candidate, suspect_s, known_s)| is_near(candidate, suspect_s, known_s)),
            suspect_span_s: found
                .map_or([0.0; 2], |(candidate, ..)| candidate.suspect_span_s.map(thousandths)),
            known_span_s: found
                .map_or([0.0; 2], |(candidate, ..)| candidate.original_span_s.map(thousandths)),
            distance_bits: found
                .and_then(|(candidate, ..)| candidate.picture)
                .map(|picture| f64::from(picture.median_distance)),
            sound_error: found
                .and_then(|(candidate, ..)| candidate.sound)
                .map(|sound| thousandths(sound.bit_error_rate)),
            mirror: found.is_some_and(|(candidate, ..)| candidate.mirrored),
        };
        Ok(Some(copy))
    }
}

/// Surely the same frames by their hashes, and most of both items.
fn is_near(candidate: &Candidate, suspect_s: f64, known_s: f64) -> bool {
    let length = |[from_s, until_s]: [f64; 2]| until_s - from_s;
    // frames are looked at twice a second: half a second is lost at either end
    let most = |span_s: [f64; 2], whole_s: f64| length(span_s) + 1.0 >= MOST_OF * whole_s;
    candidate.strength == Strength::Confirmed
        && candidate.picture.is_some()
        && most(candidate.suspect_span_s, suspect_s)
        && most(candidate.original_span_s, known_s)
}
