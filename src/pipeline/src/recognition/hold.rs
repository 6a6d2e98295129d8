//! What looks like a copy is held against the known item, frame by frame and sound against sound, before it is called one: hashes of frames do not see an
//! exchanged face, and a genuine clip must never be answered with the verdict on the fake that was made from it.

use std::fmt;
use std::fs::File;
use std::sync::Arc;

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::{Blake3, Sha256};
use podlinnik_domain::media::MediaKind;
use podlinnik_domain::original::{ArchiveItem, Attribution, Keeping};
use podlinnik_domain::trace::{CopyComparison, KnownCopy, PictureState, Searched, SoundState, Trace};
use podlinnik_similarity::archive::{ArchiveIndex, Candidate};
use podlinnik_similarity::signature::MediaSignature;
use tokio::runtime::Handle;

use super::FirstLookError;
use crate::archive::recognise::{SIGNATURE_KIND, SIGNATURE_VERSION};
use crate::error::ServiceError;
use crate::service::{Answer, Service};
use crate::trace::{Sources, TraceError, TraceOptions, Tracer};

/// Known items that one suspect is held against, judged ones first; each takes some seconds.
const MOST: usize = 3;
/// Number of the known item in an index of its own.
const NUMBER: u64 = 1;

/// Holds an item against a known one.
pub trait CopyComparer: fmt::Debug + Send + Sync + 'static {
    /// Blocks. `signature`: of the known item. `progress` gets thousandths and answers whether to go on.
    ///
    /// # Errors
    /// [`TraceError`]: one of the two cannot be read, or nobody wants it any more.
    fn compare(
        &self,
        suspect: File,
        known: File,
        signature: &MediaSignature,
        now: Timestamp,
        progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<CopyComparison, TraceError>;
}

/// An archive of one item: the known one.
struct OnlyKnown<'a> {
    item: ArchiveItem,
    file: File,
    signature: &'a MediaSignature,
    index: ArchiveIndex,
}

impl Sources for OnlyKnown<'_> {
    fn candidates(&self, suspect: &MediaSignature) -> Vec<Candidate> {
        self.index.candidates(suspect)
    }

    fn item(&self, number: u64) -> Option<ArchiveItem> {
        (number == NUMBER).then(|| self.item.clone())
    }

    fn signature(&self, _item: &ArchiveItem) -> Result<Option<MediaSignature>, ServiceError> {
        Ok(Some(self.signature.clone()))
    }

    fn open(&self, _item: &ArchiveItem) -> Result<Option<File>, ServiceError> {
        self.file.try_clone().map(Some).map_err(|error| ServiceError::Internal(error.to_string()))
    }

    fn known_copies(
        &self,
        _sha256: Sha256,
        _suspect: &MediaSignature,
    ) -> Result<Vec<KnownCopy>, ServiceError> {
        Ok(Vec::new())
    }

    fn searched(&self) -> Searched {
        Searched { originals: 1, hours: self.signature.duration_s() / 3600.0, candidates: 0 }
    }
}

impl CopyComparer for Tracer {
    fn compare(
        &self,
        suspect: File,
        known: File,
        signature: &MediaSignature,
        now: Timestamp,
        progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<CopyComparison, TraceError> {
        let mut index = ArchiveIndex::new();
        index.insert(NUMBER, signature);
        let item = ArchiveItem {
            id: uuid::Uuid::nil().into(),
            sequence: NUMBER,
            sha256: Sha256::from_bytes([0; 32]),
            blake3: Blake3::from_bytes([0; 32]),
            size_bytes: 0,
            path: String::new(),
            keeping: Keeping::Copied,
            modified_at: None,
            kind: MediaKind::Video,
            duration_s: Some(signature.duration_s()),
            width: None,
            height: None,
            fps: None,
            attribution: Attribution::default(),
            added_by: None,
            added_at: now,
            withdrawal: None,
        };
        let only = OnlyKnown { item, file: known, signature, index };
        let options = TraceOptions { now, picture: false, film: false };
        let traced = self.trace(suspect, None, &only, options, progress)?;
        Ok(judge(&traced.trace, is_heard(signature), is_heard(&traced.signature)))
    }
}

/// Whether there is a sound that can be told from others.
fn is_heard(signature: &MediaSignature) -> bool {
    signature.sound().is_some_and(|sound| sound.audible() > 0)
}

/// A copy has the picture and the sound of the other; a doubt about either is a doubt about the whole.
fn judge(trace: &Trace, known_heard: bool, suspect_heard: bool) -> CopyComparison {
    let parts = || trace.further.iter().map(|part| (part.picture.state, part.sound.state));
    let all = || std::iter::once((trace.picture.state, trace.sound.state)).chain(parts());
    if all().any(|(picture, _)| picture == PictureState::Altered) {
        return CopyComparison::PictureDiffers;
    }
    if known_heard != suspect_heard
        || all().any(|(_, sound)| matches!(sound, SoundState::Other | SoundState::Recut))
    {
        return CopyComparison::SoundDiffers;
    }
    let same_sound = |sound: SoundState| sound == SoundState::Same || !(known_heard || suspect_heard);
    if all().all(|(picture, sound)| picture == PictureState::Unaltered && same_sound(sound)) {
        CopyComparison::Same
    } else {
        CopyComparison::Undecided
    }
}

impl Service {
    /// The same service, holding what looks like a copy against the known item.
    #[must_use]
    pub fn with_comparer(mut self, comparer: Arc<dyn CopyComparer>) -> Self {
        self.comparer = Some(comparer);
        self
    }

    /// Holds the suspect against those known items that look the same, and writes down what that gave. What fails stays undecided: a person looks then.
    pub(crate) fn hold_all(
        &self,
        media: Sha256,
        copies: &mut [KnownCopy],
        runtime: &Handle,
        progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<(), FirstLookError> {
        let Some(comparer) = &self.comparer else { return Ok(()) };
        let open =
            |copy: &&mut KnownCopy| copy.near && !copy.exact && copy.compared == CopyComparison::NotCompared;
        for copy in copies.iter_mut().filter(open).take(MOST) {
            if !progress(999) {
                return Err(FirstLookError::Cancelled);
            }
            let Some((known, signature)) = runtime.block_on(self.known_item(copy.sha256))? else { continue };
            let Some(suspect) = runtime.block_on(self.blobs.open(media)).map_err(ServiceError::from)? else {
                continue;
            };
            let mut wanted = |_: u16| progress(999);
            match comparer.compare(suspect, known, &signature, self.clock.now(), &mut wanted) {
                Ok(compared) => copy.compared = compared,
                Err(TraceError::Cancelled) => return Err(FirstLookError::Cancelled),
                Err(error) => {
                    copy.compared = CopyComparison::Undecided;
                    tracing::warn!("the suspect cannot be held against {}: {error}", copy.sha256);
                }
            }
        }
        Ok(())
    }

    async fn known_item(&self, media: Sha256) -> Answer<Option<(File, MediaSignature)>> {
        let bytes = self.store.signature_get(media, SIGNATURE_KIND, SIGNATURE_VERSION).await?;
        let signature = bytes.and_then(|bytes| MediaSignature::from_bytes(&bytes).ok());
        Ok(self.blobs.open(media).await?.zip(signature))
    }
}

#[cfg(test)]
mod tests {
    use podlinnik_domain::trace::{PictureTrace, SoundTrace};

    use super::*;

    fn trace(picture: PictureState, sound: SoundState) -> Trace {
        Trace {
            schema: String::new(),
            podlinnik_version: String::new(),
            file: None,
            sha256: Sha256::of(b"suspect"),
            kind: MediaKind::Video,
            duration_s: Some(8.0),
            searched: Searched { originals: 1, hours: 0.0, candidates: 1 },
            original: None,
            picture: PictureTrace {
                state: picture,
                reason: None,
                llr10: None,
                llr10_ceiling: None,
                calibration_id: None,
                regions: Vec::new(),
                overlays: Vec::new(),
                frames: 0,
                heat_map: None,
            },
            sound: SoundTrace { state: sound, reason: None, spans: Vec::new() },
            further: Vec::new(),
            known_copies: Vec::new(),
            warnings: Vec::new(),
            derivatives: Vec::new(),
            timing_ms: std::collections::BTreeMap::new(),
        }
    }

    #[test]
    fn only_the_same_picture_with_the_same_sound_makes_a_copy() {
        use CopyComparison as Is;
        use PictureState::{Altered, NotCompared, Unaltered};
        for (picture, sound, known_heard, suspect_heard, expected) in [
            (Unaltered, SoundState::Same, true, true, Is::Same),
            (Unaltered, SoundState::Silent, false, false, Is::Same),
            (Altered, SoundState::Same, true, true, Is::PictureDiffers),
            (Altered, SoundState::Other, true, true, Is::PictureDiffers),
            (Unaltered, SoundState::Other, true, true, Is::SoundDiffers),
            (Unaltered, SoundState::Recut, true, true, Is::SoundDiffers),
            (Unaltered, SoundState::Silent, true, false, Is::SoundDiffers),
            (Unaltered, SoundState::NotCompared, false, true, Is::SoundDiffers),
            (Unaltered, SoundState::Undecided, true, true, Is::Undecided),
            (PictureState::Undecided, SoundState::Same, true, true, Is::Undecided),
            (NotCompared, SoundState::NotCompared, false, false, Is::Undecided),
        ] {
            let judged = judge(&trace(picture, sound), known_heard, suspect_heard);
            assert_eq!(judged, expected, "{picture} {sound} {known_heard} {suspect_heard}");
        }
    }
}
