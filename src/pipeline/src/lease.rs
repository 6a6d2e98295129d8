//! Keeps a lease alive while a job is worked on, and says when it is lost.

use std::time::Duration;

use podlinnik_storage::StoreError;
use podlinnik_storage::record::Lease;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::service::Service;
use crate::worker::later;

/// Beats every third of the lease until dropped.
#[derive(Debug)]
pub(crate) struct LeaseKeeper {
    lost: CancellationToken,
    beating: JoinHandle<()>,
}

impl LeaseKeeper {
    pub(crate) fn start(service: &Service, lease: Lease) -> Self {
        let lost = CancellationToken::new();
        let beating = tokio::spawn(beat(service.clone(), lease, lost.clone()));
        Self { lost, beating }
    }

    /// Ends when the lease belongs to somebody else.
    pub(crate) async fn lost(&self) {
        self.lost.cancelled().await;
    }
}

impl Drop for LeaseKeeper {
    fn drop(&mut self) {
        self.beating.abort();
    }
}

async fn beat(service: Service, mut lease: Lease, lost: CancellationToken) {
    let every = Duration::from_secs(u64::from(service.settings.lease_s)).div_f64(3.0);
    loop {
        tokio::time::sleep(every.max(Duration::from_millis(10))).await;
        let now = service.clock.now();
        let until = later(now, f64::from(service.settings.lease_s));
        let job = lease.job;
        match service.store.job_heartbeat(&lease, until).await {
            Ok(extended) => lease = extended,
            Err(StoreError::LeaseLost) => {
                tracing::warn!(job.id = %job, "lease on job {job} is lost: abandoning it");
                break;
            }
            Err(error) if now >= lease.until => {
                tracing::warn!(job.id = %job, "lease on job {job} ran out while the store was away: abandoning it ({error})");
                break;
            }
            Err(error) => tracing::warn!(job.id = %job, "cannot extend the lease on job {job} now: {error}"),
        }
    }
    lost.cancel();
}
