//! The end of uploads whose time has come.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_storage::record::UploadRecord;

use crate::error::ServiceError;
use crate::service::{Answer, Service};

/// Uploads that are looked at at once.
const AT_ONCE: usize = 100;
/// An upload that cannot be ended so long after its time is given up.
const GIVEN_UP_AFTER: SignedDuration = SignedDuration::from_hours(7 * 24);

impl Service {
    /// Ends uploads whose time has come. Complete ones that a crash kept from becoming a submission become one now. Where one fails the others go on;
    /// its bytes are kept and it is tried again next time, for a week.
    pub(crate) async fn uploads_sweep(&self) -> Answer<()> {
        let mut left = BTreeSet::new();
        loop {
            // Those that are left are listed first.
            let limit = u32::try_from(AT_ONCE + left.len()).unwrap_or(u32::MAX);
            let mut expired = self.store.upload_list_expired(self.clock.now(), limit).await?;
            expired.retain(|record| !left.contains(&record.id));
            if expired.is_empty() {
                return Ok(());
            }
            for record in expired {
                let id = record.id;
                match self.upload_end(&record).await {
                    Ok(()) => tracing::info!(upload.id = %id, "upload {id} has expired"),
                    Err(error) => {
                        left.insert(id);
                        // Somebody sends at this moment, or has it on their disk: next time.
                        if !is_locked(&error) && !is_elsewhere(&error) {
                            tracing::error!(upload.id = %id, "upload {id} cannot be ended: {error}");
                        }
                    }
                }
            }
        }
    }

    async fn upload_end(&self, record: &UploadRecord) -> Answer<()> {
        let id = record.id;
        // (With several disks the others have none of its bytes, and leave it to the one that has.)
        let given_up = self.clock.now().duration_since(record.expires_at) >= GIVEN_UP_AFTER;
        match self.upload_rescue(record).await {
            Err(error) if given_up && !is_locked(&error) => {
                tracing::error!(upload.id = %id, "upload {id} is given up: {error}");
            }
            other => other?,
        }
        self.upload_forget(id).await
    }

    /// Makes a submission of what is complete.
    async fn upload_rescue(&self, seen: &UploadRecord) -> Answer<()> {
        let (record, held) = self.upload_open(seen).await?;
        let complete = record.received == record.length && record.submission.is_none();
        if complete && let Some(user) = self.store.user_get(record.user).await? {
            self.upload_complete(&user, record, held, None).await?;
        }
        Ok(())
    }
}

const fn is_elsewhere(error: &ServiceError) -> bool {
    matches!(error, ServiceError::Refused(ErrorCode::UploadElsewhere))
}

const fn is_locked(error: &ServiceError) -> bool {
    matches!(error, ServiceError::Refused(ErrorCode::UploadLocked))
}
