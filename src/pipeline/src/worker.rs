//! Claims jobs and does them. Exactly once in effect: whatever a worker writes carries its fencing token, so that of two workers on one job
//! only the one that holds the lease has an effect; a worker that dies loses nothing but time.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures_util::FutureExt as _;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::JobId;
use podlinnik_domain::people::{Actor, Role};
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{ClaimedJob, JobCount, JobKind, JobRecord};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::access::require;
use crate::error::ServiceError;
use crate::lease::LeaseKeeper;
use crate::secret::jitter;
use crate::service::{Answer, Service};

/// Between two looks at what is due by the clock.
const TIDY_EVERY: Duration = Duration::from_secs(20);
/// Between two time stamps of a log that grows.
const STAMP_EVERY: Duration = Duration::from_secs(600);
/// How often to look for work that nobody announced (other machines, retries that fall due, expired leases).
const LOOK: Duration = Duration::from_secs(1);
/// How long to wait after the store failed.
const STORE_REST: Duration = Duration::from_secs(5);
/// Seconds that a job waits for a blob store that is away.
const BLOB_REST_S: f64 = 15.0;
/// How long a running job may go on after `stop`; the rest of the promised 10 seconds is for giving it back.
pub(crate) const GRACE: Duration = Duration::from_secs(7);
/// Deliveries wait for other people's servers: they have their own loops, so that an analysis never holds them up.
const DELIVERY_LOOPS: usize = 2;
/// Fetches wait for other people's servers too, and for long: they have loops of their own.
const FETCH_LOOPS: usize = 2;
/// How many dead jobs an operator is shown.
const DEAD_SHOWN: u32 = 100;

impl Service {
    /// Numbers of jobs (for metrics).
    pub async fn job_counts(&self) -> Answer<Vec<JobCount>> {
        Ok(self.store.job_counts().await?)
    }

    /// Dead jobs, newest first (org_admin, auditor or operator).
    pub async fn dead_jobs(&self, actor: Option<&Actor>) -> Answer<Vec<JobRecord>> {
        if let Some(actor) = actor {
            require(actor, &[Role::OrgAdmin, Role::Auditor])?;
        }
        Ok(self.store.job_dead(DEAD_SHOWN).await?)
    }

    /// Puts a dead job back (org_admin or operator).
    pub async fn job_revive(&self, actor: Option<&Actor>, job: JobId) -> Answer<()> {
        if let Some(actor) = actor {
            require(actor, &[Role::OrgAdmin])?;
        }
        self.store.job_revive(job, actor.map(|actor| actor.user.id), self.clock.now()).await?;
        self.work_waits.notify_waiters();
        Ok(())
    }

    /// Claims and does jobs until `stop` is cancelled; a running job is given back or finished within 10 seconds. `concurrency` analyses at a
    /// time (none without an analyser), and beside them deliveries and fetches.
    pub async fn run_worker(&self, name: &str, concurrency: usize, stop: CancellationToken) {
        let mut loops = JoinSet::new();
        let analyses = if self.analyser.is_some() { concurrency.max(1) } else { 0 };
        let kinds = std::iter::repeat_n(JobKind::Analyse, analyses)
            .chain(std::iter::repeat_n(JobKind::Deliver, DELIVERY_LOOPS))
            .chain(std::iter::repeat_n(JobKind::Fetch, FETCH_LOOPS));
        for (number, kind) in kinds.enumerate() {
            let (service, worker, stop) = (self.clone(), format!("{name}/{kind}-{number}"), stop.clone());
            loops.spawn(async move { service.keep_working(kind, &worker, &stop).await });
        }
        let (service, tidy_stop) = (self.clone(), stop.clone());
        loops.spawn(async move { service.keep_tidy(&tidy_stop).await });
        if self.has_time_stamping() {
            let (service, stamp_stop) = (self.clone(), stop.clone());
            loops.spawn(async move { service.keep_stamping(&stamp_stop).await });
        }
        self.warm_up(&stop).await;
        while loops.join_next().await.is_some() {}
    }

    /// Does what is due by the clock, now and then.
    async fn keep_tidy(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            let tidied = AssertUnwindSafe(self.tidy()).catch_unwind().await;
            match tidied {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::error!("what is due by the clock is late: {error}"),
                Err(_) => tracing::error!("what is due by the clock is late: panic"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(TIDY_EVERY) => {}
            }
        }
    }

    /// Asks for time stamps of the log, now and then.
    async fn keep_stamping(&self, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            let asked = tokio::select! {
                () = stop.cancelled() => return,
                asked = AssertUnwindSafe(self.stamp_log()).catch_unwind() => asked,
            };
            match asked {
                Ok(Ok(outcomes)) => outcomes.iter().for_each(|outcome| match &outcome.stamp {
                    Ok(None) => {}
                    Ok(Some(stamp)) => {
                        tracing::info!("{} stamped the log of {} entries", outcome.authority, stamp.size);
                    }
                    Err(problem) => tracing::warn!("no time stamp by {}: {problem}", outcome.authority),
                }),
                Ok(Err(error)) => tracing::error!("the log is not stamped: {error}"),
                Err(_) => tracing::error!("the log is not stamped: panic"),
            }
            tokio::select! {
                () = stop.cancelled() => {}
                () = tokio::time::sleep(STAMP_EVERY) => {}
            }
        }
    }

    /// Loads the archive's index before the first clip needs it: a hundred hours take some seconds.
    async fn warm_up(&self, stop: &CancellationToken) {
        if self.archive.is_none() {
            return;
        }
        tokio::select! {
            () = stop.cancelled() => {}
            loaded = self.indexes() => {
                if let Err(error) = loaded {
                    tracing::warn!("originals and known copies are not loaded yet: {error}");
                }
            }
        }
    }

    /// Starts the loop anew should it ever panic.
    async fn keep_working(&self, kind: JobKind, worker: &str, stop: &CancellationToken) {
        while AssertUnwindSafe(self.work(kind, worker, stop)).catch_unwind().await.is_err() {
            tracing::error!(worker.name = worker, "worker {worker} panicked, starting it anew");
        }
    }

    async fn work(&self, kind: JobKind, worker: &str, stop: &CancellationToken) {
        while !stop.is_cancelled() {
            let announced = self.work_waits.notified();
            tokio::pin!(announced);
            announced.as_mut().enable();
            let now = self.clock.now();
            let until = later(now, f64::from(self.settings.lease_s));
            let rest = match self.store.job_claim(&[kind], worker, now, until).await {
                Ok(Some(job)) => {
                    self.do_job(&job, stop).await;
                    continue;
                }
                Ok(None) => LOOK,
                Err(error) => {
                    tracing::error!(worker.name = worker, "worker {worker} cannot claim jobs: {error}");
                    STORE_REST
                }
            };
            tokio::select! {
                () = stop.cancelled() => {}
                () = announced => {}
                () = tokio::time::sleep(rest) => {}
            }
        }
    }

    async fn do_job(&self, job: &ClaimedJob, stop: &CancellationToken) {
        let keeper = LeaseKeeper::start(self, job.lease);
        let done = match job.kind {
            JobKind::Analyse => self.analyse(job, &keeper, stop).await,
            JobKind::Deliver => tokio::select! {
                done = self.deliver(job) => done,
                () = keeper.lost() => Ok(()),
                () = async { stop.cancelled().await; tokio::time::sleep(GRACE).await } => self.release(job).await,
            },
            // What is durable by then is not asked for again.
            JobKind::Fetch => tokio::select! {
                done = self.fetch(job) => done,
                () = keeper.lost() => self.fetch_forget_if_over(job).await,
                () = stop.cancelled() => self.release(job).await,
            },
        };
        let Err(error) = done else { return };
        let id = job.lease.job;
        if error.code() == ErrorCode::StorageUnavailable {
            tracing::warn!(job.id = %id, job.kind = %job.kind, "job {id} waits for the blob store: {error}");
            if let Err(error) = self.postpone(job).await {
                tracing::error!(job.id = %id, "job {id} stays leased until its lease expires: {error}");
            }
        } else {
            tracing::error!(job.id = %id, job.kind = %job.kind, "job {id} failed on our side: {error}");
            if let Err(error) =
                self.fail_job(job, &error.to_string(), retry_wait_s(job.attempt, jitter())).await
            {
                tracing::error!(job.id = %id, "job {id} stays leased until its lease expires: {error}");
            }
        }
    }

    /// Gives a job back after a failure. A lost lease is somebody else's job by now.
    pub(crate) async fn fail_job(&self, job: &ClaimedJob, error: &str, wait_s: f64) -> Answer<()> {
        let now = self.clock.now();
        match self.store.job_fail(&job.lease, error, later(now, wait_s), now).await {
            Ok(dead) => {
                if dead {
                    let id = job.lease.job;
                    tracing::error!(job.id = %id, job.kind = %job.kind, "job {id} is dead after {} attempts: {error}", job.attempt);
                    self.announce_end(job);
                }
                Ok(())
            }
            Err(StoreError::LeaseLost) => Ok(()),
            Err(error) => Err(ServiceError::Store(error)),
        }
    }

    /// Gives a job back until the blob store may answer again. That is no attempt: nothing is wrong with the job.
    async fn postpone(&self, job: &ClaimedJob) -> Answer<()> {
        let now = self.clock.now();
        match self.store.job_postpone(&job.lease, later(now, BLOB_REST_S * (0.8 + 0.4 * jitter()))).await {
            Ok(()) | Err(StoreError::LeaseLost) => Ok(()),
            Err(error) => Err(ServiceError::Store(error)),
        }
    }

    /// Gives a job back untouched.
    pub(crate) async fn release(&self, job: &ClaimedJob) -> Answer<()> {
        match self.store.job_release(&job.lease, self.clock.now()).await {
            Ok(()) | Err(StoreError::LeaseLost) => Ok(()),
            Err(error) => Err(ServiceError::Store(error)),
        }
    }
}

/// Seconds until a job that failed on our side is tried again: half a minute, growing fourfold to an hour, spread by a fifth either way.
pub(crate) fn retry_wait_s(attempt: u32, jitter: f64) -> f64 {
    let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX).min(8);
    (30.0 * 4_f64.powi(exponent)).min(3600.0) * (0.8 + 0.4 * jitter)
}

/// `seconds` after `at`; `at` itself at the end of time.
pub(crate) fn later(at: Timestamp, seconds: f64) -> Timestamp {
    jiff::SignedDuration::try_from_secs_f64(seconds)
        .ok()
        .and_then(|wait| at.checked_add(wait).ok())
        .and_then(|at| Timestamp::from_microsecond(at.as_microsecond()).ok())
        .unwrap_or(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retries_wait_longer_each_time_up_to_an_hour() {
        let seconds = |attempt, jitter| retry_wait_s(attempt, jitter).round();
        assert_eq!(seconds(1, 0.5), 30.0);
        assert_eq!(seconds(2, 0.5), 120.0);
        assert_eq!(seconds(100, 0.5), 3600.0);
        assert_eq!(seconds(u32::MAX, 1.0), 4320.0);
    }

    #[test]
    fn times_are_whole_microseconds_and_do_not_overflow() {
        let at = Timestamp::from_microsecond(1).unwrap();
        assert_eq!(later(at, 1.000_000_4).as_microsecond(), 1_000_001);
        assert_eq!(later(Timestamp::MAX, 10.0), Timestamp::MAX);
        assert_eq!(later(at, f64::NAN), at);
    }
}
