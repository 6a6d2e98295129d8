//! The first look at an item, before the slow methods: what it is recognised by, and of what it is a copy. What is found is stored at once, so that whoever
//! handed it in is answered while the methods are still at work.

use std::fs::File;

use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{CopyMatchId, SeriesId};
use podlinnik_domain::original::{CopyMatchKind, SeriesReason};
use podlinnik_domain::trace::{KnownCopy, TRACE_SCHEMA};
use podlinnik_media::MediaError;
use podlinnik_similarity::signature::MediaSignature;
use podlinnik_storage::record::{NewCopyMatch, NewSignature, SeriesLink};
use serde_json::json;
use tokio::runtime::Handle;

use crate::archive::recognise::{SIGNATURE_KIND, SIGNATURE_VERSION, Suspected};
use crate::error::ServiceError;
use crate::service::{Answer, Service};

/// Why there was no first look.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FirstLookError {
    /// The media cannot be read: the methods will say so.
    #[error(transparent)]
    Media(#[from] MediaError),
    /// The store.
    #[error(transparent)]
    Service(#[from] ServiceError),
    /// Nobody wants it any more.
    #[error("cancelled")]
    Cancelled,
}

/// What the first look saw: the trace need not see it again.
#[derive(Debug)]
pub(crate) struct FirstLook {
    /// What the item is and what it is recognised by; none where that was known before.
    pub(crate) suspected: Option<Suspected>,
    /// Of what it is a copy, or what it resembles.
    pub(crate) copies: Vec<KnownCopy>,
}

impl Service {
    /// Looks an item up among what was handed in before. Blocks: call it from a thread of its own.
    pub(crate) fn first_look(
        &self,
        media: Sha256,
        file: File,
        runtime: &Handle,
        progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<Option<FirstLook>, FirstLookError> {
        let Some(archive) = &self.archive else { return Ok(None) };
        let known = runtime.block_on(self.store.signature_get(media, SIGNATURE_KIND, SIGNATURE_VERSION));
        let (asking, suspected) = match known.map_err(ServiceError::from)? {
            Some(bytes) => (MediaSignature::from_bytes(&bytes).unwrap_or_default(), None),
            None => {
                let mut wanted = true;
                let mut tell = |permille: u16| {
                    wanted &= progress(permille);
                    wanted
                };
                let read = archive.recogniser().look_at(file, &mut tell);
                if !wanted {
                    return Err(FirstLookError::Cancelled);
                }
                let suspected = read?;
                runtime.block_on(self.keep_signature(media, &suspected.kept))?;
                (suspected.asking.clone(), Some(suspected))
            }
        };
        // Stored first, looked up after: of two copies that are examined at the same time at least one finds the other.
        let mut copies = runtime.block_on(async {
            let indexes = self.indexes().await?;
            indexes.known.copies(media, &asking, false).await
        })?;
        self.hold_all(media, &mut copies, runtime, progress)?;
        runtime.block_on(async {
            for copy in &copies {
                self.note_copy(media, copy).await?;
            }
            Ok::<_, ServiceError>(())
        })?;
        Ok(Some(FirstLook { suspected, copies }))
    }

    async fn keep_signature(&self, media: Sha256, kept: &MediaSignature) -> Answer<()> {
        let signature = NewSignature {
            kind: SIGNATURE_KIND.to_owned(),
            version: SIGNATURE_VERSION,
            bytes: kept.to_bytes(),
        };
        self.store.signature_put(media, &signature, self.clock.now()).await?;
        Ok(())
    }

    /// Stores that an item is a copy of another, unless that was noticed before, from either side.
    pub(crate) async fn note_copy(&self, media: Sha256, copy: &KnownCopy) -> Answer<()> {
        if copy.sha256 == media {
            return Ok(());
        }
        let before = self.store.copy_match_list_by_media(media).await?;
        let noticed = before.iter().any(|found| {
            found.kind == CopyMatchKind::KnownCopy && found.suspect == copy.sha256 && found.matched == media
        });
        if !noticed {
            let found = NewCopyMatch {
                id: CopyMatchId::generate(self.ids.as_ref()),
                suspect: media,
                matched: copy.sha256,
                kind: CopyMatchKind::KnownCopy,
                spans: json!([{ "suspect_s": copy.suspect_span_s, "matched_s": copy.known_span_s }]),
                distance: copy.distance_bits.or(copy.sound_error).unwrap_or(0.0),
                evidence: json!({ "schema": TRACE_SCHEMA, "copy": copy }),
                at: self.clock.now(),
            };
            self.store.copy_match_suggest(&found).await?;
        }
        if copy.near {
            let why = match copy.distance_bits {
                Some(_) => SeriesReason::SignatureNeighbourhood,
                None => SeriesReason::SharedSound,
            };
            self.join(media, copy.sha256, why).await?;
        }
        Ok(())
    }

    /// Notes that two items belong together.
    pub(crate) async fn join(&self, one: Sha256, other: Sha256, why: SeriesReason) -> Answer<()> {
        let link = SeriesLink {
            series: SeriesId::generate(self.ids.as_ref()),
            media: [one, other],
            why,
            actor: None,
            at: self.clock.now(),
        };
        let series = self.store.series_link(&link).await?;
        tracing::info!(series.id = %series.id, "{one} and {other} belong together: series {}", series.id);
        Ok(())
    }
}
