//! Tracing within the service: every analysed item is looked up in the archive and among what was handed in before, and what was found is remembered.

use std::fs::File;
use std::sync::Arc;

use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::CopyMatchId;
use podlinnik_domain::media::{Warning, WarningCode};
use podlinnik_domain::original::{ArchiveItem, CopyMatchKind, SeriesReason};
use podlinnik_domain::trace::{KnownCopy, Searched, Trace};
use podlinnik_similarity::archive::Candidate;
use podlinnik_similarity::signature::MediaSignature;
use podlinnik_storage::record::{NewCopyMatch, NewSignature};
use serde_json::json;
use tokio::runtime::Handle;

use super::sources::searched;
use super::{Sources, TraceError, TraceOptions, Traced, Tracer, finding};
use crate::analyser::Checked;
use crate::archive::Archive;
use crate::archive::recognise::{SIGNATURE_KIND, SIGNATURE_VERSION};
use crate::error::ServiceError;
use crate::recognition::{FirstLook, Indexes};
use crate::service::{Answer, Service};

/// The tracer of a process.
#[derive(Debug)]
pub(crate) struct TraceDesk {
    tracer: Arc<Tracer>,
}

/// The indexes of the process, asked one question at a time: a trace takes a while, and nobody else has to wait for its end.
struct LiveSources<'a> {
    service: &'a Service,
    archive: &'a Archive,
    runtime: &'a Handle,
    /// Of what the suspect is a copy, where that is known already.
    copies: Option<Vec<KnownCopy>>,
}

impl LiveSources<'_> {
    fn ask<T>(&self, question: impl FnOnce(&Indexes) -> T) -> Option<T> {
        match self.runtime.block_on(self.service.indexes()) {
            Ok(indexes) => Some(question(&indexes)),
            Err(error) => {
                tracing::warn!("originals cannot be looked up: {error}");
                None
            }
        }
    }
}

impl Sources for LiveSources<'_> {
    fn candidates(&self, suspect: &MediaSignature) -> Vec<Candidate> {
        self.ask(|indexes| indexes.library.index().candidates(suspect)).unwrap_or_default()
    }

    fn item(&self, number: u64) -> Option<ArchiveItem> {
        self.ask(|indexes| indexes.library.item(number).cloned()).flatten()
    }

    fn signature(&self, item: &ArchiveItem) -> Result<Option<MediaSignature>, ServiceError> {
        self.runtime.block_on(async { self.service.indexes().await?.library.signature(item.sha256).await })
    }

    fn open(&self, item: &ArchiveItem) -> Result<Option<File>, ServiceError> {
        self.runtime.block_on(self.archive.open(item))
    }

    fn known_copies(&self, sha256: Sha256, suspect: &MediaSignature) -> Result<Vec<KnownCopy>, ServiceError> {
        if let Some(copies) = &self.copies {
            return Ok(copies.clone());
        }
        self.runtime
            .block_on(async { self.service.indexes().await?.known.copies(sha256, suspect, false).await })
    }

    fn searched(&self) -> Searched {
        let nothing = Searched { originals: 0, hours: 0.0, candidates: 0 };
        self.ask(|indexes| searched(&indexes.library)).unwrap_or(nothing)
    }
}

impl Service {
    /// The same service, looking for originals whenever it analyses something. Needs an archive.
    #[must_use]
    pub fn with_tracer(mut self, tracer: Tracer) -> Self {
        let tracer = Arc::new(tracer);
        self.tracing = Some(Arc::new(TraceDesk { tracer: Arc::clone(&tracer) }));
        self.with_comparer(tracer)
    }

    /// Catches up with archive and submissions. None where this process does not look for originals.
    pub(crate) async fn ready_to_trace(&self) -> Answer<Option<Arc<TraceDesk>>> {
        let (Some(desk), Some(_)) = (&self.tracing, &self.archive) else { return Ok(None) };
        drop(self.indexes().await?);
        Ok(Some(Arc::clone(desk)))
    }

    /// Looks for the original of an item. Blocks: call it from a thread of its own.
    pub(crate) fn trace(
        &self,
        desk: &TraceDesk,
        (file, first): (File, Option<FirstLook>),
        runtime: &Handle,
        progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<Option<Traced>, TraceError> {
        let Some(archive) = &self.archive else { return Ok(None) };
        let (read, copies) = first.map_or((None, None), |first| (first.suspected, Some(first.copies)));
        let sources = LiveSources { service: self, archive, runtime, copies };
        let options = TraceOptions { now: self.clock.now(), picture: true, film: true };
        desk.tracer.trace_read((file, read), None, &sources, options, progress).map(Some)
    }

    /// Remembers what an item is recognised by, what it was made from, and what else was made from that. What cannot be remembered is logged: the
    /// report holds it all the same.
    pub(crate) async fn remember(&self, traced: &Remembered) {
        if let Err(error) = self.note(traced).await {
            tracing::warn!(media.sha256 = %traced.media, "what {} was made from is not remembered: {error}", traced.media);
        }
    }

    async fn note(&self, traced: &Remembered) -> Answer<()> {
        let Remembered { media, signature, trace } = traced;
        let at = self.clock.now();
        let signature = NewSignature {
            kind: SIGNATURE_KIND.to_owned(),
            version: SIGNATURE_VERSION,
            bytes: signature.clone(),
        };
        self.store.signature_put(*media, &signature, at).await?;
        let found = |kind, matched, spans, distance, evidence| NewCopyMatch {
            id: CopyMatchId::generate(self.ids.as_ref()),
            suspect: *media,
            matched,
            kind,
            spans,
            distance,
            evidence,
            at,
        };
        if let Some(original) = trace.original.as_ref().filter(|original| original.sha256 != *media) {
            let spans =
                json!([{ "suspect_s": original.suspect_span_s, "matched_s": original.original_span_s }]);
            let evidence = json!({
                "schema": trace.schema, "picture": trace.picture.state, "sound": trace.sound.state,
                "transform": original.transform,
            });
            let kind = CopyMatchKind::Original;
            self.store.copy_match_suggest(&found(kind, original.sha256, spans, 0.0, evidence)).await?;
            let others = self.store.copy_match_list_by_media(original.sha256).await?;
            let sibling = others.iter().find(|other| {
                other.kind == CopyMatchKind::Original
                    && other.matched == original.sha256
                    && other.suspect != *media
            });
            if let Some(sibling) = sibling {
                self.join(*media, sibling.suspect, SeriesReason::SharedOriginal).await?;
            }
        }
        // what the denser look found beyond the first one
        for copy in &trace.known_copies {
            self.note_copy(*media, copy).await?;
        }
        Ok(())
    }
}

/// What is kept of a trace beside the report.
#[derive(Debug, Clone)]
pub(crate) struct Remembered {
    pub(crate) media: Sha256,
    pub(crate) signature: Vec<u8>,
    pub(crate) trace: Trace,
}

/// Puts what was traced into the report. A trace that failed is a warning there: the other findings stand.
pub(crate) fn merge(
    checked: &mut Checked,
    traced: Result<Option<Traced>, TraceError>,
) -> Result<Option<Remembered>, TraceError> {
    match traced {
        Ok(Some(Traced { mut trace, pictures, signature })) => {
            let media = checked.report.media.sha256;
            let remembered = Remembered { media, signature: signature.to_bytes(), trace: trace.clone() };
            let spent_ms = trace.timing_ms.get("total").copied().unwrap_or_default();
            checked.report.timing_ms.insert("trace".to_owned(), spent_ms);
            finding::enter(&mut checked.report, &trace);
            checked.report.derivatives.append(&mut trace.derivatives);
            checked.pictures.extend(pictures);
            checked.report.trace = Some(trace);
            Ok(Some(remembered))
        }
        Ok(None) => Ok(None),
        Err(TraceError::Cancelled) => Err(TraceError::Cancelled),
        // Nothing is known of the originals then: the whole is done again once the store answers.
        Err(error) if error.is_passing() => {
            tracing::warn!(media.sha256 = %checked.report.media.sha256, "no trace yet: {error}");
            Err(TraceError::Cancelled)
        }
        Err(error) => {
            tracing::warn!(media.sha256 = %checked.report.media.sha256, "no trace: {error}");
            checked.report.warnings.push(Warning::new(WarningCode::MethodFailed, format!("trace: {error}")));
            Ok(None)
        }
    }
}
