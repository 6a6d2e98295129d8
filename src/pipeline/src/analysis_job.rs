//! The job `analyse`: original → report, pictures and end of the job in one transaction.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU16, Ordering};
use std::time::Duration;

use podlinnik_detectors::ExamineError;
use podlinnik_domain::analysis::AnalysisState;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::AnalysisId;
use podlinnik_domain::media::WarningCode;
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{AnalysisEnd, AnalysisRecord, ClaimedJob};
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::{oneshot, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::analyser::{CheckError, CheckOptions, Checked};
use crate::canonical::canonical_sha256;
use crate::error::ServiceError;
use crate::lease::LeaseKeeper;
use crate::recognition::FirstLookError;
use crate::secret::jitter;
use crate::service::{Answer, ProgressNews, Service};
use crate::trace::{Remembered, merge};
use crate::worker::{GRACE, retry_wait_s};

/// Progress goes to the store at most so often.
const NOTE_EVERY: Duration = Duration::from_millis(500);
/// How long an abandoned examination may take to notice that nobody wants it.
const ABANDON: Duration = Duration::from_secs(60);
/// How often the end of an analysis is tried to be stored before the job goes back.
const FINISH_TRIES: u32 = 4;

/// Thousandths of the work after the first look.
const LOOK_PERMILLE: u16 = 60;

/// How an examination went.
enum Examined {
    Done(Box<Checked>, Option<Box<Remembered>>),
    Failed(CheckError),
    Panicked(String),
}

/// An examination in a thread of its own. Not `spawn_blocking`: the run time waits for such threads when the process wants to end, and an
/// examination may take minutes.
struct Examination {
    ended: oneshot::Receiver<Examined>,
    permille: watch::Receiver<u16>,
    unwanted: Arc<AtomicBool>,
}

impl Drop for Examination {
    fn drop(&mut self) {
        self.unwanted.store(true, Ordering::Relaxed);
    }
}

/// Why the wait for an examination ended.
enum Waited {
    Examined(Examined),
    LeaseLost,
    Stopped,
}

impl Service {
    /// Examines the media of one analysis and stores what came of it.
    pub(crate) async fn analyse(
        &self,
        job: &ClaimedJob,
        keeper: &LeaseKeeper,
        stop: &CancellationToken,
    ) -> Answer<()> {
        let Some(analysis) = self.analysis_of(job).await? else {
            return self.fail_analysis(job, "the job names no analysis that exists").await;
        };
        let id = analysis.id;
        if matches!(analysis.state, AnalysisState::Cancelled) {
            return self.fail_analysis(job, "the analysis was cancelled").await;
        }
        let Some(mut examination) = self.start_examination(&analysis).await? else {
            return self.fail_analysis(job, "the original has no blob").await;
        };
        tracing::info!(analysis.id = %id, job.attempt = job.attempt, "analysis {id} starts, attempt {}", job.attempt);
        match self.wait(job, id, &mut examination, keeper, stop).await? {
            Waited::Examined(examined) => tokio::select! {
                stored = self.store_end(job, id, examined) => stored,
                () = keeper.lost() => Ok(()),
            },
            Waited::LeaseLost => {
                // The thread is not left behind: there are never more examinations than loops.
                examination.unwanted.store(true, Ordering::Relaxed);
                let _ = timeout(ABANDON, &mut examination.ended).await;
                Ok(())
            }
            Waited::Stopped => {
                examination.unwanted.store(true, Ordering::Relaxed);
                match timeout(GRACE, &mut examination.ended).await {
                    Ok(Ok(examined @ Examined::Done(..))) => self.store_end(job, id, examined).await,
                    _ => {
                        tracing::info!(analysis.id = %id, "analysis {id} given back: the worker stops");
                        self.release(job).await
                    }
                }
            }
        }
    }

    async fn analysis_of(&self, job: &ClaimedJob) -> Answer<Option<AnalysisRecord>> {
        let id = job.payload.get("analysis").and_then(Value::as_str).and_then(|text| text.parse().ok());
        match id {
            Some(id) => Ok(self.store.analysis_get(id).await?),
            None => Ok(None),
        }
    }

    async fn start_examination(&self, analysis: &AnalysisRecord) -> Answer<Option<Examination>> {
        let analyser = self
            .analyser
            .clone()
            .ok_or_else(|| ServiceError::Internal("this process has no analyser".to_owned()))?;
        let Some(file) = self.blobs.open(analysis.media_sha256).await? else { return Ok(None) };
        let desk = self.ready_to_trace().await.unwrap_or_else(|error| {
            tracing::warn!(analysis.id = %analysis.id, "originals cannot be looked up: {error}");
            None
        });
        let media = analysis.media_sha256;
        let again = match desk {
            Some(_) => self.blobs.open(media).await?,
            None => None,
        };
        let first = match self.archive {
            Some(_) => self.blobs.open(media).await?,
            None => None,
        };
        let (service, runtime) = (self.clone(), Handle::current());
        let now = self.clock.now();
        let unwanted = Arc::new(AtomicBool::new(false));
        let (ended_sender, ended) = oneshot::channel();
        let (permille_sender, permille) = watch::channel(0);
        let wanted = Arc::clone(&unwanted);
        let work = move || {
            // The file's name is the submitter's, not the media's: the report is the same for all who hand in these bytes.
            let options = CheckOptions { pictures: true, ..CheckOptions::default() };
            // originals are looked for beside the methods: what is further on waits for the other
            let begin = if first.is_some() { LOOK_PERMILLE } else { 0 };
            let behind = [AtomicU16::new(0), AtomicU16::new(if again.is_some() { 0 } else { 1000 })];
            let tell = |permille: u16| {
                permille_sender.send_replace(permille.min(999));
                !wanted.load(Ordering::Relaxed)
            };
            let mut looking = |permille: u16| tell(scaled(permille, begin));
            let one_of_both = |which: &AtomicU16, permille: u16| {
                which.store(permille, Ordering::Relaxed);
                let [checked, traced] = behind.each_ref().map(|permille| permille.load(Ordering::Relaxed));
                tell(begin + scaled(u16::midpoint(checked.min(1000), traced.min(1000)), 1000 - begin))
            };
            let checking_failed = AtomicBool::new(false);
            let mut checking = |permille: u16| one_of_both(&behind[0], permille);
            let mut tracing =
                |permille: u16| one_of_both(&behind[1], permille) && !checking_failed.load(Ordering::Relaxed);
            let checked = catch_unwind(AssertUnwindSafe(|| {
                let looked = match first.map(|first| service.first_look(media, first, &runtime, &mut looking))
                {
                    None => None,
                    Some(Ok(looked)) => looked,
                    Some(Err(FirstLookError::Cancelled)) => return Err(ExamineError::Cancelled.into()),
                    // the methods say what is wrong with the media; a store that is away does not stop them
                    Some(Err(error)) => {
                        tracing::warn!(media.sha256 = %media, "no first look at {media}: {error}");
                        None
                    }
                };
                let (checked, traced) = std::thread::scope(|scope| {
                    let traced = desk.zip(again).map(|(desk, file)| {
                        let (service, runtime, tracing) = (&service, &runtime, &mut tracing);
                        scope.spawn(move || service.trace(&desk, (file, looked), runtime, tracing))
                    });
                    let checked = analyser.check(file, &options, now, &mut checking);
                    checking_failed.store(checked.is_err(), Ordering::Relaxed);
                    let traced =
                        traced.map(|traced| traced.join().unwrap_or_else(|panic| resume_unwind(panic)));
                    (checked, traced)
                });
                let mut checked = checked?;
                let remembered = traced.map_or(Ok(None), |traced| merge(&mut checked, traced));
                // the only error that is handed on
                let remembered = remembered.map_err(|_| ExamineError::Cancelled)?;
                Ok((checked, remembered))
            }));
            let examined = match checked {
                Ok(Ok((checked, remembered))) => Examined::Done(Box::new(checked), remembered.map(Box::new)),
                Ok(Err(error)) => Examined::Failed(error),
                Err(panic) => Examined::Panicked(words(panic.as_ref())),
            };
            let _ = ended_sender.send(examined);
        };
        std::thread::Builder::new()
            .name("analysis".to_owned())
            .spawn(work)
            .map_err(|error| ServiceError::Internal(format!("cannot start a thread: {error}")))?;
        Ok(Some(Examination { ended, permille, unwanted }))
    }

    /// Waits for the end of an examination and passes progress on meanwhile.
    async fn wait(
        &self,
        job: &ClaimedJob,
        id: AnalysisId,
        examination: &mut Examination,
        keeper: &LeaseKeeper,
        stop: &CancellationToken,
    ) -> Answer<Waited> {
        let mut notes = interval(NOTE_EVERY);
        notes.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut noted = None;
        loop {
            tokio::select! {
                biased;
                ended = &mut examination.ended => {
                    let examined = ended.unwrap_or_else(|_| Examined::Panicked("the thread vanished".to_owned()));
                    return Ok(Waited::Examined(examined));
                }
                () = keeper.lost() => return Ok(Waited::LeaseLost),
                () = stop.cancelled() => return Ok(Waited::Stopped),
                _ = notes.tick() => {}
            }
            let permille = *examination.permille.borrow();
            if noted == Some(permille) {
                continue;
            }
            match self.store.analysis_progress(&job.lease, id, permille).await {
                Ok(()) => {
                    noted = Some(permille);
                    let _ = self.news.send(ProgressNews { analysis: id, permille });
                }
                Err(StoreError::LeaseLost) => return Ok(Waited::LeaseLost),
                Err(error) => {
                    tracing::warn!(analysis.id = %id, "cannot note the progress of analysis {id}: {error}")
                }
            }
        }
    }

    async fn store_end(&self, job: &ClaimedJob, id: AnalysisId, examined: Examined) -> Answer<()> {
        let mut traced = None;
        let end = match examined {
            Examined::Done(checked, remembered) => {
                traced = remembered;
                self.store_pictures(*checked).await?
            }
            Examined::Failed(CheckError::Examine(ExamineError::Cancelled)) => {
                // Given up for want of the blob store: then it waits.
                self.blobs.ready().await?;
                return self.release(job).await;
            }
            Examined::Failed(error @ CheckError::Io(_)) => {
                // The blob was readable a moment ago: a failure of ours, not of the media.
                return self.fail_analysis(job, &error.to_string()).await;
            }
            Examined::Failed(error) => match error.code() {
                // The kernel may have killed the reader for want of memory elsewhere: only a file that does it every time is refused.
                (ErrorCode::MediaReaderDied, true) if job.attempt < job.max_attempts => {
                    return self.fail_analysis(job, &error.to_string()).await;
                }
                (code, true) => {
                    tracing::info!(analysis.id = %id, "analysis {id}: media refused, {error}");
                    AnalysisEnd::Refused { code }
                }
                (_, false) => return self.fail_analysis(job, &error.to_string()).await,
            },
            Examined::Panicked(words) => {
                return self.fail_analysis(job, &format!("analysis panicked: {words}")).await;
            }
        };
        self.finish(job, id, &end).await?;
        if matches!(end, AnalysisEnd::Report { .. }) {
            self.preview_soon(id).await;
        }
        if let Some(traced) = traced {
            self.remember(&traced).await;
        }
        Ok(())
    }

    /// Pictures first, so that the report never names a picture that is not there.
    async fn store_pictures(&self, checked: Checked) -> Answer<AnalysisEnd> {
        let Checked { report, pictures } = checked;
        for picture in pictures {
            let name = picture.name;
            let stored = self.blobs.put(picture.bytes).await?;
            if !report.derivatives.iter().any(|one| one.name == name && one.sha256 == stored.sha256) {
                return Err(ServiceError::Internal(format!(
                    "picture {name} is not the one that the report describes"
                )));
            }
        }
        let partial = report.warnings.iter().any(|warning| warning.code == WarningCode::PartialDecode);
        let value = serde_json::to_value(&report)
            .map_err(|error| ServiceError::Internal(format!("cannot write the report: {error}")))?;
        let report_sha256 = canonical_sha256(&value);
        Ok(AnalysisEnd::Report { report: value, report_sha256, partial, derivatives: report.derivatives })
    }

    /// A store that is away for a moment does not cost the whole analysis.
    async fn finish(&self, job: &ClaimedJob, id: AnalysisId, end: &AnalysisEnd) -> Answer<()> {
        for attempt in 1..=FINISH_TRIES {
            match self.store.analysis_finish(&job.lease, id, end, self.clock.now()).await {
                Ok(()) => {
                    tracing::info!(analysis.id = %id, "analysis {id} finished");
                    self.announce_end(job);
                    return Ok(());
                }
                Err(StoreError::LeaseLost) => {
                    tracing::warn!(analysis.id = %id, "analysis {id} was finished by somebody else: result dropped");
                    return Ok(());
                }
                Err(StoreError::Engine(error)) if attempt < FINISH_TRIES => {
                    tracing::warn!(analysis.id = %id, "cannot store the end of analysis {id} yet: {error}");
                    tokio::time::sleep(Duration::from_millis(200) * 2_u32.pow(attempt)).await;
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    async fn fail_analysis(&self, job: &ClaimedJob, error: &str) -> Answer<()> {
        tracing::warn!(job.id = %job.lease.job, "job {} failed, attempt {}: {error}", job.lease.job, job.attempt);
        self.fail_job(job, error, retry_wait_s(job.attempt, jitter())).await
    }

    /// Tells whoever waits that nothing more will happen by itself.
    pub(crate) fn announce_end(&self, job: &ClaimedJob) {
        let id = job.payload.get("analysis").and_then(Value::as_str).and_then(|text| text.parse().ok());
        if let Some(analysis) = id {
            let _ = self.news.send(ProgressNews { analysis, permille: 1000 });
        }
    }
}

/// Thousandths of a part of the work, in thousandths of all.
fn scaled(permille: u16, share: u16) -> u16 {
    u16::try_from(u32::from(permille.min(1000)) * u32::from(share) / 1000).unwrap_or(share)
}

/// What a panic said.
fn words(panic: &(dyn std::any::Any + Send)) -> String {
    let text =
        panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("no message").chars().take(500).collect()
}
