use std::sync::Arc;

use tokio::sync::watch;

/// Tells within this process that events were appended, after they were committed.
#[derive(Debug, Clone)]
pub struct Recorded(Arc<watch::Sender<u64>>);

impl Default for Recorded {
    fn default() -> Self {
        Self(Arc::new(watch::Sender::new(0)))
    }
}

impl Recorded {
    /// A transaction that may have appended events was committed.
    pub fn tell(&self) {
        self.0.send_modify(|count| *count = count.wrapping_add(1));
    }

    /// News from now on.
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.0.subscribe()
    }
}
