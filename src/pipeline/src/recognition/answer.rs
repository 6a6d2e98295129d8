//! Known copies of an item, with what people decided about them: read anew for every answer, so that a verdict that is added or superseded changes the
//! next one.

use podlinnik_domain::case::CaseState;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{CopyMatchId, SeriesId};
use podlinnik_domain::original::{CopyMatch, CopyMatchKind, CopyMatchState};
use podlinnik_domain::people::Actor;
use podlinnik_domain::recognition::{Closeness, CopyStanding, VerdictStatus};
use podlinnik_domain::submission::{Submission, SubmissionState};
use podlinnik_domain::trace::{CopyComparison, KnownCopy};

use crate::archive::recognise::{SIGNATURE_KIND, SIGNATURE_VERSION};
use crate::service::{Answer, KnownMedia, Service};

/// What is known of an item at the moment of the answer.
#[derive(Debug, Clone)]
pub struct Recognition {
    /// Whether it was looked up: false until the first look is done, or where it cannot be read.
    pub looked_up: bool,
    /// Of what it is a copy: judged ones first, sure ones before others, then the nearest.
    pub copies: Vec<KnownCopyAnswer>,
    /// The series that it is in.
    pub series: Option<SeriesId>,
    /// When this was so.
    pub as_of: Timestamp,
}

/// A known item that another is a copy of.
#[derive(Debug, Clone)]
pub struct KnownCopyAnswer {
    /// What was noticed between the two; none where nothing is stored (a look-up without the media).
    pub found: Option<(CopyMatchId, CopyMatchState)>,
    /// How far one may rely on it.
    pub standing: CopyStanding,
    /// How near they are.
    pub closeness: Closeness,
    /// The numbers behind it, seen from the item that is asked about.
    pub copy: KnownCopy,
    /// The known item, with the verdict in force.
    pub known: KnownMedia,
    /// How that verdict stands.
    pub status: Option<VerdictStatus>,
    /// Whether whoever asks may see the case itself.
    pub case_in_sight: bool,
}

impl Service {
    /// Of what an item is a copy. What the actor may not know of is left out: cases of others on which nothing is decided. What people rejected is left out
    /// too. Whether the actor may see the item itself is the caller's to check.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn recognition(&self, actor: &Actor, media: Sha256) -> Answer<Recognition> {
        let looked_up = self.store.signature_known(media, SIGNATURE_KIND, SIGNATURE_VERSION).await?;
        let mut copies: Vec<KnownCopyAnswer> = Vec::new();
        for found in self.store.copy_match_list_by_media(media).await? {
            if found.kind != CopyMatchKind::KnownCopy || found.state == CopyMatchState::Rejected {
                continue;
            }
            let Some(copy) = seen_from(media, &found) else { continue };
            let stated = Some((found.id, found.state));
            let Some(answer) = self.known_copy(actor, copy, stated).await? else { continue };
            // two copies that were examined at the same time may each have found the other
            match copies.iter_mut().find(|other| other.copy.sha256 == answer.copy.sha256) {
                Some(doubled) if found.state == CopyMatchState::Confirmed => *doubled = answer,
                Some(_) => {}
                None => copies.push(answer),
            }
        }
        sort(&mut copies);
        let series = self.store.series_by_media(media).await?.map(|series| series.id);
        Ok(Recognition { looked_up, copies, series, as_of: self.clock.now() })
    }

    /// The same for a submission: bytes that came before are told of too, as a copy that differs in nothing.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn submission_recognition(
        &self,
        actor: &Actor,
        submission: &Submission,
    ) -> Answer<Recognition> {
        let media = submission.media_sha256;
        let mut recognition = self.recognition(actor, media).await?;
        if submission.state == SubmissionState::Duplicate {
            let report =
                self.store.analysis_get(submission.analysis).await?.and_then(|analysis| analysis.report);
            let length = report.as_ref().and_then(|report| report.pointer("/media/duration_s")?.as_f64());
            let whole = [0.0, length.unwrap_or_default()];
            let same = KnownCopy {
                sha256: media,
                case: Some(submission.case),
                verdict: None,
                exact: true,
                near: true,
                compared: CopyComparison::NotCompared,
                suspect_span_s: whole,
                known_span_s: whole,
                distance_bits: None,
                sound_error: None,
                mirror: false,
            };
            recognition.copies.extend(self.known_copy(actor, same, None).await?);
            sort(&mut recognition.copies);
        }
        Ok(recognition)
    }

    /// One known copy with what the actor may know of it; none where that is nothing.
    pub(crate) async fn known_copy(
        &self,
        actor: &Actor,
        copy: KnownCopy,
        found: Option<(CopyMatchId, CopyMatchState)>,
    ) -> Answer<Option<KnownCopyAnswer>> {
        let Some(known) = self.known_media(actor, copy.sha256).await? else { return Ok(None) };
        let by_people = found.is_some_and(|(_, state)| state == CopyMatchState::Confirmed);
        let standing = if copy.is_copy() || by_people {
            CopyStanding::Confirmed
        } else if copy.is_different() {
            CopyStanding::Different
        } else {
            CopyStanding::Suggested
        };
        let status = known.verdict.as_ref().map(|_| match known.case.state {
            CaseState::Approved => VerdictStatus::Current,
            _ => VerdictStatus::UnderReview,
        });
        let case_in_sight = self.sight(actor).await?.covers(known.case.organisation);
        Ok(Some(KnownCopyAnswer {
            found,
            standing,
            closeness: Closeness::of(&copy),
            copy,
            known,
            status,
            case_in_sight,
        }))
    }
}

/// The order in which copies are told.
pub(crate) fn sort(copies: &mut [KnownCopyAnswer]) {
    let bits = |one: &KnownCopyAnswer| {
        if one.copy.exact { -1.0 } else { one.copy.distance_bits.unwrap_or(f64::MAX) }
    };
    copies.sort_by(|one, other| {
        let key =
            |one: &KnownCopyAnswer| (one.known.verdict.is_none(), one.standing != CopyStanding::Confirmed);
        key(one)
            .cmp(&key(other))
            .then_with(|| bits(one).total_cmp(&bits(other)))
            .then_with(|| one.copy.sha256.cmp(&other.copy.sha256))
    });
}

/// What was noticed, seen from one of the two items. None where it is not readable.
pub(crate) fn seen_from(media: Sha256, found: &CopyMatch) -> Option<KnownCopy> {
    let copy: KnownCopy = serde_json::from_value(found.evidence.get("copy")?.clone()).ok()?;
    if found.suspect == media {
        return Some(copy);
    }
    let KnownCopy { suspect_span_s, known_span_s, .. } = copy;
    Some(KnownCopy {
        sha256: found.suspect,
        case: None,
        verdict: None,
        suspect_span_s: known_span_s,
        known_span_s: suspect_span_s,
        ..copy
    })
}
