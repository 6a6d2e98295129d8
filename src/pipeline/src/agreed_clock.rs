//! One time for an installation of many machines: that of its database.
//!
//! Leases, retries and deadlines are compared across processes. A machine whose clock is ahead would take jobs from those who work on them, and put off for hours what it
//! tries again; one that is behind would see nothing that is due. So every process asks the database's clock now and then and counts on from there with
//! its own monotonic clock, which no correction moves. On SQLite all processes share a machine and its clock.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use podlinnik_domain::clock::{Clock, SystemClock, Timestamp};
use podlinnik_storage::Store;

/// Between two looks at the database's clock: oscillators drift by less than a millisecond in that time.
const LOOK_EVERY: Duration = Duration::from_secs(10);
/// An answer that took longer says too little about the moment that it names.
const SLOWEST: Duration = Duration::from_secs(2);
/// A difference worth a word.
const NOTEWORTHY_S: f64 = 2.0;

/// A moment on the database's clock, and when it was here.
#[derive(Debug, Clone, Copy)]
struct Mark {
    time: Timestamp,
    seen: Instant,
}

/// The database's time, or the machine's until that is known.
#[derive(Debug, Default)]
pub struct AgreedClock {
    mark: RwLock<Option<Mark>>,
}

impl Clock for AgreedClock {
    fn now(&self) -> Timestamp {
        let mark = *self.mark.read().unwrap_or_else(PoisonError::into_inner);
        let Some(Mark { time, seen }) = mark else { return SystemClock.now() };
        let passed = jiff::SignedDuration::try_from(seen.elapsed()).unwrap_or_default();
        let now = time.checked_add(passed).unwrap_or(Timestamp::MAX);
        Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
    }
}

impl AgreedClock {
    /// Takes over the database's time once; the difference to this machine's in seconds, positive where the machine is ahead. None where the database has no
    /// clock of its own, does not answer, or answered too slowly: the time is then counted on as before.
    pub async fn agree(&self, store: &dyn Store) -> Option<f64> {
        let asked = Instant::now();
        let told = tokio::time::timeout(SLOWEST, store.time()).await;
        let passed = asked.elapsed();
        let time = match told {
            Ok(Ok(Some(time))) if passed <= SLOWEST => time,
            Ok(Ok(_)) | Err(_) => return None,
            Ok(Err(error)) => {
                tracing::debug!("the database's time is not known just now: {error}");
                return None;
            }
        };
        // The server read its clock somewhere on the way: half-way is wrong by half the way at most.
        let seen = asked.checked_add(passed / 2).unwrap_or(asked);
        *self.mark.write().unwrap_or_else(PoisonError::into_inner) = Some(Mark { time, seen });
        Some((SystemClock.now().as_microsecond() - self.now().as_microsecond()) as f64 / 1e6)
    }

    /// Agrees again every ten seconds, and says when this machine's clock is off. Ends with the runtime.
    pub fn keep_agreeing(self: Arc<Self>, store: Arc<dyn Store>) -> tokio::task::JoinHandle<()> {
        tokio::spawn(async move {
            let mut told = false;
            loop {
                if let Some(ahead) = self.agree(store.as_ref()).await {
                    let off = ahead.abs() >= NOTEWORTHY_S;
                    if off && !told {
                        tracing::warn!(
                            clock.ahead_s = ahead,
                            "this machine's clock is {ahead:.1} s ahead of the database's, which counts; set it right"
                        );
                    }
                    told = off;
                }
                tokio::time::sleep(LOOK_EVERY).await;
            }
        })
    }
}
