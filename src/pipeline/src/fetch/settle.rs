//! Complete bytes → submission → end of the fetch. Exactly once: what the bytes are is noted before they get their place among the originals, and the
//! submission is made by a key of the fetch's own, so that whoever comes after a crash does the rest and no more.

use podlinnik_blobs::{BlobInfo, Partial, Unfinished};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::FetchId;
use podlinnik_domain::submission::Circumstances;
use podlinnik_storage::record::{FetchEnd, FetchRecord, FetchResume, Lease, SealedFetch};

use super::download::partial_name;
use super::get::Trouble;
use crate::error::ServiceError;
use crate::service::Service;

/// The key by which the submission of a fetch is found again. No client can send it: theirs are printable.
fn own_key(id: FetchId) -> String {
    format!("fetch\t{id}")
}

impl Service {
    /// Notes what the complete bytes are.
    pub(super) async fn fetch_seal(
        &self,
        lease: &Lease,
        record: &FetchRecord,
        sealed: &SealedFetch,
    ) -> Result<(), Trouble> {
        let bytes = sealed.evidence.size_bytes;
        let resume = FetchResume {
            url: sealed.evidence.final_url.clone(),
            validator: String::new(),
            expected: Some(bytes),
            resumed: sealed.evidence.resumed,
            sealed: Some(Box::new(sealed.clone())),
        };
        let now = self.clock.now();
        Ok(self.store.fetch_progress(lease, record.id, bytes, Some(bytes), Some(&resume), now).await?)
    }

    /// The complete bytes that an earlier worker has left: in the unfinished file, or among the originals (none of a file then).
    pub(super) async fn fetch_sealed(
        &self,
        record: &FetchRecord,
    ) -> Result<Option<(Option<Partial>, SealedFetch)>, Trouble> {
        let Some(sealed) = record.resume.as_ref().and_then(|resume| resume.sealed.as_deref()) else {
            return Ok(None);
        };
        let bytes = sealed.evidence.size_bytes;
        if let Unfinished::Locked(locked) = self.blobs.partial(&partial_name(record.id), false).await?
            && locked.size_bytes() == bytes
        {
            return Ok(Some((Some(locked.at(bytes, None).await?), sealed.clone())));
        }
        let there = self.blobs.open_unread(sealed.evidence.sha256).await?.is_some();
        Ok(there.then(|| (None, sealed.clone())))
    }

    /// Gives the bytes their place, makes a submission of them, and ends the fetch.
    pub(super) async fn fetch_settle(
        &self,
        lease: &Lease,
        record: &FetchRecord,
        partial: Option<Partial>,
        sealed: SealedFetch,
    ) -> Result<(), Trouble> {
        let SealedFetch { evidence, blake3 } = sealed;
        let info = BlobInfo { sha256: evidence.sha256, blake3, size_bytes: evidence.size_bytes };
        if let Some(partial) = partial {
            partial.publish(info).await?;
        }
        let user = self.store.user_get(record.user).await?.ok_or_else(|| {
            Trouble::Ours(ServiceError::Internal(format!("nobody asked for fetch {}", record.id)))
        })?;
        let given = record.circumstances.clone();
        let circumstances = Circumstances {
            file_name: given.file_name.or_else(|| evidence.file_name.clone()),
            source_url: given.source_url.or_else(|| Some(record.url.clone())),
            ..given
        };
        let key = own_key(record.id);
        let submitted =
            self.submit_stored(&user, info, circumstances, Some(&key), record.quota_per_day).await;
        let submission = match submitted {
            Ok(outcome) => outcome.submission.id,
            Err(ServiceError::RateLimited { seconds }) => {
                let detail = format!("the quota is used up for {seconds} s");
                return Err(Trouble::Final(ErrorCode::RateLimited, detail));
            }
            Err(error) => return Err(Trouble::Ours(error)),
        };
        let end = FetchEnd::Done { evidence: Box::new(evidence), submission };
        self.store.fetch_end(lease, record.id, &end, self.clock.now()).await?;
        tracing::info!(fetch.id = %record.id, submission.id = %submission, "fetch {} became submission {submission}", record.id);
        Ok(())
    }
}
