//! The job `fetch`: address → bytes → submission. It may run twice: what is durable is kept, and the submission is made once.

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::FetchId;
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{ClaimedJob, FetchEnd, FetchRecord};
use serde_json::Value;

use super::download::{Download, partial_name};
use super::get::Trouble;
use super::posts;
use crate::error::ServiceError;
use crate::secret::jitter;
use crate::service::{Answer, Service};
use crate::worker::later;

/// The longest wait of our own between two attempts, in seconds; a server may ask for more.
const LONGEST_WAIT_S: f64 = 600.0;

impl Service {
    /// Makes one attempt at a fetch and records what came of it.
    pub(crate) async fn fetch(&self, job: &ClaimedJob) -> Answer<()> {
        let Some(record) = self.fetch_of(job).await? else {
            return self.fail_job(job, "the job names no fetch that exists", LONGEST_WAIT_S).await;
        };
        let id = record.id;
        tracing::info!(fetch.id = %id, job.attempt = job.attempt, "fetch {id} starts, attempt {}", job.attempt);
        match self.fetch_attempt(job, &record).await {
            Ok(()) => Ok(()),
            Err(Trouble::LeaseLost) => self.fetch_forget_if_over(job).await,
            Err(Trouble::Ours(error)) => Err(error),
            Err(Trouble::Final(code, detail)) => self.fetch_fail(job, id, code, detail).await,
            Err(Trouble::Passing(code, detail, _)) if job.attempt >= job.max_attempts => {
                self.fetch_fail(job, id, code, detail).await
            }
            Err(Trouble::Passing(code, detail, asked)) => {
                let own = wait_s(self.fetching.first_wait_s, job.attempt, jitter());
                let run_at = later(self.clock.now(), asked.map_or(own, |asked| asked.max(own)));
                tracing::info!(fetch.id = %id, "fetch {id} is tried again at {run_at}: {code}, {detail}");
                settled(self.store.fetch_put_back(&job.lease, id, code, &detail, run_at).await)
            }
        }
    }

    async fn fetch_attempt(&self, job: &ClaimedJob, record: &FetchRecord) -> Result<(), Trouble> {
        let lease = &job.lease;
        if let Some((partial, sealed)) = self.fetch_sealed(record).await? {
            return self.fetch_settle(lease, record, partial, sealed).await;
        }
        let is_post = posts::is_post(&record.url, &self.fetching.more_post_hosts);
        let (partial, sealed) = match (&self.fetching.yt_dlp, is_post) {
            (Some(program), true) => self.fetch_post(program, lease, record).await?,
            _ => match Download::open(self, lease, record).await?.run().await {
                Err(Trouble::Final(ErrorCode::LinkNotMedia | ErrorCode::LinkRefused, detail)) if is_post => {
                    return Err(Trouble::Final(ErrorCode::LinkPostsUnsupported, detail));
                }
                other => other?,
            },
        };
        self.fetch_seal(lease, record, &sealed).await?;
        self.fetch_settle(lease, record, Some(partial), sealed).await
    }

    async fn fetch_fail(&self, job: &ClaimedJob, id: FetchId, code: ErrorCode, detail: String) -> Answer<()> {
        tracing::info!(fetch.id = %id, "fetch {id} failed: {code}, {detail}");
        let end = FetchEnd::Failed { code, detail: Some(detail) };
        settled(self.store.fetch_end(&job.lease, id, &end, self.clock.now()).await)?;
        self.fetch_forget_if_over(job).await
    }

    /// Removes what has come of a fetch that will never be a submission.
    pub(crate) async fn fetch_forget_if_over(&self, job: &ClaimedJob) -> Answer<()> {
        match self.fetch_of(job).await? {
            Some(record) if record.state.is_final() => {
                Ok(self.blobs.partial_remove(&partial_name(record.id)).await?)
            }
            _ => Ok(()),
        }
    }

    async fn fetch_of(&self, job: &ClaimedJob) -> Answer<Option<FetchRecord>> {
        let id = job.payload.get("fetch").and_then(Value::as_str).and_then(|text| text.parse().ok());
        match id {
            Some(id) => Ok(self.store.fetch_get(id).await?),
            None => Ok(None),
        }
    }
}

/// A lost lease is somebody else's job by now.
fn settled(answer: Result<(), StoreError>) -> Answer<()> {
    match answer {
        Ok(()) | Err(StoreError::LeaseLost) => Ok(()),
        Err(error) => Err(ServiceError::Store(error)),
    }
}

/// Seconds until the next attempt: five times as long each time, spread by a fifth either way.
fn wait_s(first_s: f64, attempt: u32, jitter: f64) -> f64 {
    let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX).min(8);
    (first_s * 5_f64.powi(exponent)).min(LONGEST_WAIT_S) * (0.8 + 0.4 * jitter)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attempts_wait_longer_each_time() {
        let seconds = |attempt| wait_s(5.0, attempt, 0.5).round();
        assert_eq!([seconds(1), seconds(2), seconds(3), seconds(u32::MAX)], [5.0, 25.0, 125.0, 600.0]);
    }
}
