//! Something a browser can play, made of the decoded media: an analyst watches a suspect item without the browser ever parsing bytes from outside.
//!
//! A preview is a derivative of the case's latest analysis. It is made once, on the first request or in the background after an analysis has ended, one at a time
//! in a process; of two processes that make the same one, the first to record it wins.

use std::collections::BTreeMap;
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use podlinnik_domain::analysis::{Derivative, DerivativeKind};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{AnalysisId, CaseId};
use podlinnik_domain::people::Actor;
use podlinnik_media::preview::{self, PreviewError};
use tokio::sync::{Semaphore, oneshot, watch};

use crate::analyser::MediaAnalyser;
use crate::error::ServiceError;
use crate::service::{Answer, Service};
use crate::worker::later;

/// After a failure on our side a preview is not tried again for so many seconds.
const REST_S: f64 = 300.0;
/// Failures that are remembered.
const FAILURES: usize = 1024;

/// A preview that is there.
#[derive(Debug)]
pub struct Preview {
    /// What it is.
    pub derivative: Derivative,
    /// Its bytes, from the beginning.
    pub file: File,
}

/// Where a preview stands.
#[derive(Debug, Clone, PartialEq)]
pub enum PreviewState {
    /// It can be played.
    Ready,
    /// It is being made, or waits for its turn; thousandths.
    Making(u16),
    /// There is none: the media cannot be read, or this process makes none (`not_ready`).
    Impossible(ErrorCode),
}

/// Previews that this process makes.
#[derive(Debug)]
pub(crate) struct PreviewDesk {
    turn: Semaphore,
    entries: Mutex<BTreeMap<AnalysisId, Entry>>,
}

impl Default for PreviewDesk {
    fn default() -> Self {
        Self { turn: Semaphore::new(1), entries: Mutex::default() }
    }
}

/// What the desk knows of one analysis.
#[derive(Debug, Clone)]
enum Entry {
    /// Thousandths; closed when it has ended.
    Making(watch::Receiver<u16>),
    /// Why there is none, and until when it is not tried again; none: for good.
    Failed(ErrorCode, Option<Timestamp>),
}

impl PreviewDesk {
    fn entry(&self, analysis: AnalysisId, now: Timestamp) -> Option<Entry> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.get(&analysis).filter(|entry| entry.holds(now)).cloned()
    }

    /// The entry that holds, or a new one: then the sender of its progress comes along.
    fn begin(&self, analysis: AnalysisId, now: Timestamp) -> (Entry, Option<watch::Sender<u16>>) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(entry) = entries.get(&analysis).filter(|entry| entry.holds(now)) {
            return (entry.clone(), None);
        }
        let (sender, receiver) = watch::channel(0);
        let entry = Entry::Making(receiver);
        entries.insert(analysis, entry.clone());
        (entry, Some(sender))
    }

    fn end(&self, analysis: AnalysisId, failed: Option<Entry>) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        match failed {
            Some(failed) => entries.insert(analysis, failed),
            None => entries.remove(&analysis),
        };
        let failures = |entry: &Entry| matches!(entry, Entry::Failed(..));
        while entries.values().filter(|entry| failures(entry)).count() > FAILURES {
            // identifiers grow with time
            let Some(oldest) = entries.iter().find(|(_, entry)| failures(entry)).map(|(id, _)| *id) else {
                break;
            };
            entries.remove(&oldest);
        }
    }
}

impl Entry {
    fn holds(&self, now: Timestamp) -> bool {
        match self {
            // a task that was dropped has left its entry behind
            Self::Making(permille) => permille.has_changed().is_ok(),
            Self::Failed(_, until) => until.is_none_or(|until| now < until),
        }
    }

    fn state(&self) -> PreviewState {
        match self {
            Self::Making(permille) => PreviewState::Making(*permille.borrow()),
            Self::Failed(code, _) => PreviewState::Impossible(*code),
        }
    }
}

/// Tells the thread that nobody waits for it any more.
struct Unwanted(Arc<AtomicBool>);

impl Drop for Unwanted {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Service {
    /// The preview of a case's item. Waits until it is made if it is not there yet; [`Service::preview_state`] does not.
    ///
    /// # Errors
    /// `not_found`; `not_ready` where there is none and this process makes none; the code of what is wrong with the media.
    pub async fn preview(&self, actor: &Actor, case: CaseId) -> Answer<Preview> {
        let analysis = self.case(actor, case).await?.analysis;
        loop {
            if let Some(derivative) = self.recorded_preview(analysis).await? {
                if let Some(file) = self.blobs.open_unread(derivative.sha256).await? {
                    return Ok(Preview { derivative, file });
                }
                // Removed while it was being made the same once more: it is made again.
                tracing::warn!(analysis.id = %analysis, "the bytes of the preview of analysis {analysis} are gone");
                self.preview_forget(analysis, &derivative.name).await?;
            }
            match self.begin_preview(analysis)? {
                Entry::Failed(code, _) => return Err(ServiceError::Refused(code)),
                Entry::Making(mut permille) => while permille.changed().await.is_ok() {},
            }
        }
    }

    /// Where the preview of a case's item stands. One that is not there is begun.
    ///
    /// # Errors
    /// `not_found`.
    pub async fn preview_state(&self, actor: &Actor, case: CaseId) -> Answer<PreviewState> {
        let analysis = self.case(actor, case).await?.analysis;
        let known = self.previews.entry(analysis, self.clock.now());
        if self.recorded_preview(analysis).await?.is_some() {
            return Ok(PreviewState::Ready);
        }
        match known.map_or_else(|| self.begin_preview(analysis), Ok) {
            Ok(entry) => Ok(entry.state()),
            Err(ServiceError::Refused(code)) => Ok(PreviewState::Impossible(code)),
            Err(error) => Err(error),
        }
    }

    /// Begins the preview of an analysis that has just ended. At best: a failure is told when somebody asks.
    pub(crate) async fn preview_soon(&self, analysis: AnalysisId) {
        let makes = self.analyser.as_ref().is_some_and(|analyser| analyser.reader().is_some());
        if makes && matches!(self.recorded_preview(analysis).await, Ok(None)) {
            let _ = self.begin_preview(analysis);
        }
    }

    async fn recorded_preview(&self, analysis: AnalysisId) -> Answer<Option<Derivative>> {
        let all = self.store.derivative_list(analysis).await?;
        Ok(all.into_iter().find(|one| one.kind == DerivativeKind::Preview))
    }

    /// Begins a preview unless that has been done.
    fn begin_preview(&self, analysis: AnalysisId) -> Answer<Entry> {
        let Some(analyser) = self.analyser.clone().filter(|analyser| analyser.reader().is_some()) else {
            return Err(ServiceError::Refused(ErrorCode::NotReady));
        };
        let (entry, begun) = self.previews.begin(analysis, self.clock.now());
        if let Some(progress) = begun {
            let service = self.clone();
            tokio::spawn(async move {
                let failed = service.make_preview(analysis, analyser, &progress).await.err();
                service.previews.end(analysis, failed);
                // closed only now: whoever waits finds out how it ended
                drop(progress);
            });
        }
        Ok(entry)
    }

    /// Makes and records a preview when it is its turn.
    async fn make_preview(
        &self,
        analysis: AnalysisId,
        analyser: Arc<dyn MediaAnalyser>,
        progress: &watch::Sender<u16>,
    ) -> Result<(), Entry> {
        let on_our_side = |what: String| {
            tracing::error!(analysis.id = %analysis, "no preview of analysis {analysis}: {what}");
            Entry::Failed(ErrorCode::Internal, Some(later(self.clock.now(), REST_S)))
        };
        let _turn = self.previews.turn.acquire().await.map_err(|error| on_our_side(error.to_string()))?;
        match self.try_preview(analysis, analyser, progress).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => match error.code() {
                (code, true) => {
                    tracing::info!(analysis.id = %analysis, "no preview of analysis {analysis}: {error}");
                    Err(Entry::Failed(code, None))
                }
                (_, false) => Err(on_our_side(error.to_string())),
            },
            Err(error) => Err(on_our_side(error.to_string())),
        }
    }

    async fn try_preview(
        &self,
        analysis: AnalysisId,
        analyser: Arc<dyn MediaAnalyser>,
        progress: &watch::Sender<u16>,
    ) -> Answer<Result<(), PreviewError>> {
        if self.recorded_preview(analysis).await?.is_some() {
            return Ok(Ok(()));
        }
        let internal = ServiceError::Internal;
        let record = self.store.analysis_get(analysis).await?;
        let record = record.ok_or_else(|| internal("there is no such analysis".to_owned()))?;
        let original = self.blobs.open(record.media_sha256).await?;
        let original = original.ok_or_else(|| internal("the original has no blob".to_owned()))?;
        let reader = analyser.reader().ok_or(ServiceError::Refused(ErrorCode::NotReady))?;
        let scratch = self.blobs.scratch().await?;
        let unwanted = Unwanted(Arc::default());
        let (ended_sender, ended) = oneshot::channel();
        let (wanted, permille) = (Arc::clone(&unwanted.0), progress.clone());
        // a thread of its own for the same reasons as an examination: it may take minutes
        let work = move || {
            preview::step_back();
            let mut tell = |thousandths: u16| {
                permille.send_replace(thousandths.min(999));
                !wanted.load(Ordering::Relaxed)
            };
            let made =
                catch_unwind(AssertUnwindSafe(|| preview::make(&reader, original, &scratch, &mut tell)));
            // before the answer: the channel is closed by whoever waits for it
            drop(permille);
            let _ = ended_sender.send(made.map(|made| made.map(|made| (made, scratch))));
        };
        std::thread::Builder::new()
            .name("preview".to_owned())
            .spawn(work)
            .map_err(|error| internal(format!("cannot start a thread: {error}")))?;
        let made = ended.await.map_err(|_| internal("the thread vanished".to_owned()))?;
        let (made, scratch) = match made.map_err(|_| internal("the encoder panicked".to_owned()))? {
            Ok(made) => made,
            Err(error) => return Ok(Err(error)),
        };
        let stored = self.blobs.put_scratch(scratch).await?;
        let derivative = Derivative {
            name: made.name.to_owned(),
            kind: DerivativeKind::Preview,
            media_type: made.media_type.to_owned(),
            sha256: stored.sha256,
            size_bytes: stored.size_bytes,
            at_s: None,
            track: None,
            recipe: made.recipe,
        };
        self.store.derivative_add(analysis, &derivative).await?;
        tracing::info!(analysis.id = %analysis, "preview of analysis {analysis}: {} bytes", stored.size_bytes);
        Ok(Ok(()))
    }
}
