//! Tracing within the service: every analysed item is looked up in the archive and among what was handed in before, and what was found is remembered.

use std::fs::File;
use std::sync::Arc;

use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{CopyMatchId, SeriesId};
use podlinnik_domain::media::{Warning, WarningCode};
use podlinnik_domain::original::{CopyMatchKind, SeriesReason};
use podlinnik_domain::trace::Trace;
use podlinnik_storage::record::{NewCopyMatch, NewSignature, SeriesLink};
use serde_json::json;
use tokio::runtime::Handle;
use tokio::sync::RwLock;

use super::{ArchiveSources, Known, TraceError, TraceOptions, Traced, Tracer};
use crate::analyser::Checked;
use crate::archive::library::Library;
use crate::archive::recognise::{SIGNATURE_KIND, SIGNATURE_VERSION};
use crate::error::ServiceError;
use crate::service::{Answer, Service};

/// The tracer of a process, with the indexes that it asks: loaded at the first look, then followed.
#[derive(Debug)]
pub(crate) struct TraceDesk {
    tracer: Tracer,
    indexes: RwLock<Option<(Library, Known)>>,
}

impl Service {
    /// The same service, looking for originals whenever it analyses something. Needs an archive.
    #[must_use]
    pub fn with_tracer(mut self, tracer: Tracer) -> Self {
        self.tracing = Some(Arc::new(TraceDesk { tracer, indexes: RwLock::new(None) }));
        self
    }

    /// Catches up with archive and submissions. None where this process does not look for originals.
    pub(crate) async fn ready_to_trace(&self) -> Answer<Option<Arc<TraceDesk>>> {
        let (Some(desk), Some(archive)) = (&self.tracing, &self.archive) else { return Ok(None) };
        let mut indexes = desk.indexes.write().await;
        match indexes.as_mut() {
            Some((library, known)) => {
                library.refresh().await?;
                known.refresh().await?;
            }
            None => *indexes = Some((archive.library().await?, archive.known().await?)),
        }
        Ok(Some(Arc::clone(desk)))
    }

    /// Looks for the original of an item. Blocks: call it from a thread of its own.
    pub(crate) fn trace(
        &self,
        desk: &TraceDesk,
        file: File,
        runtime: &Handle,
        progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<Option<Traced>, TraceError> {
        let Some(archive) = &self.archive else { return Ok(None) };
        let indexes = desk.indexes.blocking_read();
        let Some((library, known)) = indexes.as_ref() else { return Ok(None) };
        let sources = ArchiveSources { archive, library, known, runtime: runtime.clone(), exact_too: false };
        let options = TraceOptions { picture: true, film: true };
        desk.tracer.trace(file, None, &sources, options, progress).map(Some)
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
        for copy in trace.known_copies.iter().filter(|copy| copy.sha256 != *media) {
            let spans = json!([{ "suspect_s": copy.suspect_span_s, "matched_s": copy.known_span_s }]);
            let evidence = json!({ "schema": trace.schema, "copy": copy });
            let distance = copy.distance_bits.or(copy.sound_error).unwrap_or(0.0);
            let kind = CopyMatchKind::KnownCopy;
            self.store.copy_match_suggest(&found(kind, copy.sha256, spans, distance, evidence)).await?;
            if copy.confirmed {
                let why = match copy.distance_bits {
                    Some(_) => SeriesReason::SignatureNeighbourhood,
                    None => SeriesReason::SharedSound,
                };
                self.join(*media, copy.sha256, why).await?;
            }
        }
        Ok(())
    }

    async fn join(&self, one: Sha256, other: Sha256, why: SeriesReason) -> Answer<()> {
        let link = SeriesLink {
            series: SeriesId::generate(self.ids.as_ref()),
            media: [one, other],
            why,
            actor: None,
            at: self.clock.now(),
        };
        self.store.series_link(&link).await.map_err(ServiceError::from)?;
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
            checked.report.derivatives.append(&mut trace.derivatives);
            checked.pictures.extend(pictures);
            checked.report.trace = Some(trace);
            Ok(Some(remembered))
        }
        Ok(None) => Ok(None),
        Err(TraceError::Cancelled) => Err(TraceError::Cancelled),
        Err(error) => {
            tracing::warn!(media.sha256 = %checked.report.media.sha256, "no trace: {error}");
            checked.report.warnings.push(Warning::new(WarningCode::MethodFailed, format!("trace: {error}")));
            Ok(None)
        }
    }
}
