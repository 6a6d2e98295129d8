//! What a process searches: loaded when it is first asked, then followed. Readers never wait for each other; a writer is needed only when there is news.

use std::sync::Arc;

use podlinnik_domain::error_code::ErrorCode;
use tokio::sync::{OwnedRwLockReadGuard, RwLock};

use crate::archive::library::Library;
use crate::error::ServiceError;
use crate::service::{Answer, Service};
use crate::trace::Known;

/// Originals and what was handed in.
#[derive(Debug)]
pub(crate) struct Indexes {
    pub(crate) library: Library,
    pub(crate) known: Known,
}

/// The one set of a process; none until it is first asked.
pub(crate) type SharedIndexes = Arc<RwLock<Option<Indexes>>>;

/// The indexes while nobody changes them.
pub(crate) type Reading = OwnedRwLockReadGuard<Option<Indexes>, Indexes>;

impl Service {
    /// The indexes, caught up with all that was committed before the call.
    ///
    /// # Errors
    /// `not_ready` where this process keeps no archive, and what the store answers.
    pub(crate) async fn indexes(&self) -> Answer<Reading> {
        let archive = self.archive()?;
        {
            let indexes = Arc::clone(&self.indexes).read_owned().await;
            if let Ok(indexes) = OwnedRwLockReadGuard::try_map(indexes, Option::as_ref)
                && indexes.known.is_current().await?
                && indexes.library.is_current().await?
            {
                return Ok(indexes);
            }
        }
        let mut indexes = Arc::clone(&self.indexes).write_owned().await;
        match indexes.as_mut() {
            Some(Indexes { library, known }) => {
                library.refresh().await?;
                known.refresh().await?;
            }
            None => {
                *indexes = Some(Indexes { library: archive.library().await?, known: archive.known().await? });
            }
        }
        OwnedRwLockReadGuard::try_map(indexes.downgrade(), Option::as_ref)
            .map_err(|_| ServiceError::Refused(ErrorCode::NotReady))
    }
}
