//! Uploads that come piece by piece, over several connections and restarts, and become a submission exactly once. For whoever may hand in; everybody
//! sees their own.
//!
//! ✅ a connection that breaks off (what came is kept, durable every 8 MiB), `kill -9`, a lost answer, two requests at once (also to two processes on
//! one disk), bytes that came before.
//! ❌ pieces out of order, or a length that is not known at the beginning. Processes on several disks: the bytes of an unfinished upload lie where its
//! first piece came; a piece that comes to another process is told so (`upload_elsewhere`) and may be sent again.
//!
//! The order of steps at the end: bytes durable → digests noted → file among the originals → submission (by a key of the upload's own, so that a second
//! run finds the first) → noted. Whoever comes next, after a crash in between, does the rest. What an upload's row says counts only while its file is
//! locked: it is read again once it is.

mod sweep;

use std::collections::BTreeMap;
use std::sync::PoisonError;
use std::time::Duration;

use futures_util::{Stream, StreamExt as _};
use jiff::SignedDuration;
use podlinnik_blobs::{BlobInfo, Digester, Partial, Unfinished};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{SubmissionId, UploadId};
use podlinnik_domain::people::{Actor, User};
use podlinnik_domain::submission::Circumstances;
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{NewUpload, UploadRecord};
use tracing::Instrument as _;

use crate::access::{not_found, require};
use crate::error::ServiceError;
use crate::intake::MAY_SUBMIT;
use crate::service::{Answer, Service};

/// An upload that is not complete by then ends.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(48);
/// Unfinished uploads of one person.
pub const MOST_UNFINISHED: u32 = 20;
/// What has come is made durable whenever so many bytes are not.
const DURABLE_EVERY: u64 = 8 << 20;
/// Digests that are kept between requests.
const MOST_DIGESTS: usize = 64;

/// Digests of unfinished uploads. A loss costs one more reading of the file.
pub(crate) type RunningDigests = BTreeMap<UploadId, Digester>;

/// How an upload stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadStatus {
    /// Identifier.
    pub id: UploadId,
    /// Bytes in all.
    pub length: u64,
    /// Bytes that are durable; the next piece begins here.
    pub offset: u64,
    /// When it ends if it is not complete by then.
    pub expires_at: Timestamp,
    /// What is said about the item.
    pub circumstances: Circumstances,
    /// What it became.
    pub submission: Option<SubmissionId>,
}

impl From<UploadRecord> for UploadStatus {
    fn from(record: UploadRecord) -> Self {
        Self {
            id: record.id,
            length: record.length,
            offset: record.received,
            expires_at: record.expires_at,
            circumstances: record.circumstances,
            submission: record.submission,
        }
    }
}

/// A piece of an upload.
#[derive(Debug, Clone, Copy)]
pub struct UploadPiece {
    /// Where it begins.
    pub offset: u64,
    /// Its SHA-256, where the sender gave one: the piece is then kept whole or not at all.
    pub checksum: Option<Sha256>,
    /// Time without a byte after which it is taken to have broken off.
    pub idle_time: Duration,
}

/// How reading a piece ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Whole,
    BrokenOff(ErrorCode),
}

impl Service {
    /// Begins an upload of `length` bytes.
    ///
    /// # Errors
    /// `media_empty`, `media_too_large`, `too_many_uploads`, `validation_failed`.
    pub async fn upload_begin(
        &self,
        actor: &Actor,
        length: u64,
        circumstances: Circumstances,
    ) -> Answer<UploadStatus> {
        require(actor, MAY_SUBMIT)?;
        self.quota(actor).await?;
        if length == 0 {
            return Err(ServiceError::Refused(ErrorCode::MediaEmpty));
        }
        if length > self.settings.upload_bytes {
            return Err(ServiceError::Refused(ErrorCode::MediaTooLarge));
        }
        let circumstances = circumstances.validate().map_err(ServiceError::Invalid)?;
        let now = self.clock.now();
        let upload = NewUpload {
            id: UploadId::generate(self.ids.as_ref()),
            user: actor.user.id,
            organisation: actor.user.organisation,
            length,
            circumstances,
            started_at: now,
            expires_at: now.checked_add(LIFETIME).unwrap_or(Timestamp::MAX),
        };
        match self.store.upload_create(&upload, MOST_UNFINISHED).await {
            Ok(record) => Ok(record.into()),
            Err(StoreError::WrongState { .. }) => Err(ServiceError::Refused(ErrorCode::TooManyUploads)),
            Err(error) => Err(error.into()),
        }
    }

    /// How an upload stands. Finishes what a crash left between the last byte and the submission.
    ///
    /// # Errors
    /// `not_found` for everybody else's, `upload_expired`; `forbidden` for what is no submission yet, without a role that may hand in.
    pub async fn upload_status(&self, actor: &Actor, id: UploadId) -> Answer<UploadStatus> {
        let record = self.own_upload(actor, id).await?;
        if record.submission.is_some() {
            return Ok(record.into());
        }
        require(actor, MAY_SUBMIT)?;
        if record.received < record.length {
            return Ok(record.into());
        }
        let finished = async {
            let (now, partial) = self.upload_open(&record).await?;
            if now.submission.is_some() {
                return Ok(now.into());
            }
            let quota_per_day = self.quota_per_day(actor).await?;
            self.upload_complete(&actor.user, now, partial, quota_per_day).await
        };
        match finished.await {
            // Whoever has it open is about to finish it; a quota that is used up is told to whoever sends.
            Err(
                ServiceError::Refused(ErrorCode::UploadLocked | ErrorCode::UploadElsewhere)
                | ServiceError::RateLimited { .. },
            ) => Ok(record.into()),
            other => other,
        }
    }

    /// Takes a piece in. What has come is kept even if the piece breaks off or the caller goes away; the last byte makes it a submission.
    ///
    /// # Errors
    /// `upload_offset_mismatch`, `upload_elsewhere` if another process on another disk has the bytes, `upload_locked` while another request sends, `upload_expired`, `body_too_large` for more bytes than announced,
    /// `upload_checksum_mismatch`, `request_timeout` and `bad_request` for a piece that broke off; `rate_limited` if the quota of the key is used up
    /// when the last byte has come, which is kept: an empty piece at the end tries again.
    pub async fn upload_receive<E: Send + 'static>(
        &self,
        actor: &Actor,
        id: UploadId,
        piece: UploadPiece,
        body: impl Stream<Item = Result<impl AsRef<[u8]> + Send + 'static, E>> + Send + 'static,
    ) -> Answer<UploadStatus> {
        require(actor, MAY_SUBMIT)?;
        let (service, actor) = (self.clone(), actor.clone());
        // A caller who goes away takes the handler along, but not what has come so far.
        let work = async move {
            let record = service.own_upload(&actor, id).await?;
            at_offset(&record, piece.offset)?;
            if record.submission.is_some() {
                return Ok(record.into());
            }
            let (record, partial) = service.upload_open(&record).await?;
            // Somebody may have added to it before it was ours.
            at_offset(&record, piece.offset)?;
            if record.submission.is_some() {
                return Ok(record.into());
            }
            service.receive(&actor, record, partial, piece, body).await
        };
        tokio::spawn(work.in_current_span())
            .await
            .map_err(|error| ServiceError::Internal(format!("upload {id}: {error}")))?
    }

    /// Gives an upload up that has not become a submission.
    ///
    /// # Errors
    /// `not_found`, `upload_locked` while a request sends, `wrong_state` if it is a submission.
    pub async fn upload_cancel(&self, actor: &Actor, id: UploadId) -> Answer<()> {
        let record = self.own_upload(actor, id).await?;
        if record.submission.is_some() {
            return Err(ServiceError::Refused(ErrorCode::WrongState));
        }
        let (record, _held) = self.upload_open(&record).await?;
        if record.submission.is_some() {
            return Err(ServiceError::Refused(ErrorCode::WrongState));
        }
        self.upload_forget(id).await
    }

    async fn own_upload(&self, actor: &Actor, id: UploadId) -> Answer<UploadRecord> {
        let record = self.store.upload_get(id).await?.ok_or_else(not_found)?;
        if record.user != actor.user.id {
            return Err(not_found());
        }
        if record.expires_at <= self.clock.now() {
            return Err(ServiceError::Refused(ErrorCode::UploadExpired));
        }
        Ok(record)
    }

    /// Opens the file of an upload, for nobody else; none if it is among the originals already. Answers the row as it is now that it cannot move.
    async fn upload_open(&self, seen: &UploadRecord) -> Answer<(UploadRecord, Option<Partial>)> {
        let name = seen.id.to_string();
        let fresh = seen.received == 0 && seen.digests.is_none();
        let locked = match self.blobs.partial(&name, fresh).await? {
            Unfinished::Locked(locked) => Some(locked),
            Unfinished::InUse => return Err(ServiceError::Refused(ErrorCode::UploadLocked)),
            Unfinished::Absent => None,
        };
        let record = self.store.upload_get(seen.id).await?;
        let moved = record.as_ref().is_none_or(|record| record.digests.is_some());
        let partial = match (locked, &record) {
            // Made here, just after the true one had gone to its place or was given up.
            (Some(locked), _) if moved && locked.size_bytes() == 0 => {
                locked.remove().await?;
                None
            }
            (Some(locked), Some(record)) => {
                let digester = self.digests().remove(&seen.id);
                Some(locked.at(record.received, digester).await?)
            }
            (_, None) => None,
            (None, Some(_)) if moved => None,
            // Its bytes are on the disk of whoever received them.
            (None, Some(_)) if self.blobs.is_remote() => {
                return Err(ServiceError::Refused(ErrorCode::UploadElsewhere));
            }
            (None, Some(record)) => {
                let lost = format!("the {} bytes of upload {} are nowhere", record.received, record.id);
                return Err(ServiceError::Internal(lost));
            }
        };
        Ok((record.ok_or_else(not_found)?, partial))
    }

    async fn receive<E>(
        &self,
        actor: &Actor,
        mut record: UploadRecord,
        partial: Option<Partial>,
        piece: UploadPiece,
        body: impl Stream<Item = Result<impl AsRef<[u8]>, E>>,
    ) -> Answer<UploadStatus> {
        let Some(mut partial) = partial else {
            let quota_per_day = self.quota_per_day(actor).await?;
            return self.upload_complete(&actor.user, record, None, quota_per_day).await;
        };
        let mut checksum = piece.checksum.map(|_| Digester::default());
        let mut body = std::pin::pin!(body);
        let end = loop {
            let chunk = match tokio::time::timeout(piece.idle_time, body.next()).await {
                Ok(None) => break End::Whole,
                Ok(Some(Ok(chunk))) => chunk,
                Ok(Some(Err(_))) => break End::BrokenOff(ErrorCode::BadRequest),
                Err(_) => break End::BrokenOff(ErrorCode::RequestTimeout),
            };
            let bytes = chunk.as_ref();
            if partial.size_bytes().saturating_add(bytes.len() as u64) > record.length {
                break End::BrokenOff(ErrorCode::BodyTooLarge);
            }
            if let Some(checksum) = &mut checksum {
                checksum.update(bytes);
            }
            partial.write(bytes).await?;
            if checksum.is_none() && partial.size_bytes() - record.received >= DURABLE_EVERY {
                self.upload_settle(&mut record, &mut partial).await?;
            }
        };
        if let (Some(given), Some(checksum)) = (piece.checksum, checksum) {
            let found = checksum.finish().sha256;
            if end != End::Whole || found != given {
                partial.cut(record.received).await?;
                return Err(ServiceError::Refused(match end {
                    End::Whole => ErrorCode::UploadChecksumMismatch,
                    End::BrokenOff(code) => code,
                }));
            }
        }
        self.upload_settle(&mut record, &mut partial).await?;
        if record.received == record.length {
            let quota_per_day = self.quota_per_day(actor).await?;
            return self.upload_complete(&actor.user, record, Some(partial), quota_per_day).await;
        }
        self.keep_digest(record.id, partial);
        match end {
            End::Whole => Ok(record.into()),
            End::BrokenOff(code) => {
                tracing::info!(upload.id = %record.id, "upload {} broke off at {} of {} bytes", record.id, record.received, record.length);
                Err(ServiceError::Refused(code))
            }
        }
    }

    /// Makes durable what has come, then notes it.
    async fn upload_settle(&self, record: &mut UploadRecord, partial: &mut Partial) -> Answer<()> {
        if partial.size_bytes() == record.received {
            return Ok(());
        }
        let durable = partial.sync().await?;
        self.store.upload_advance(record.id, record.received, durable).await?;
        record.received = durable;
        Ok(())
    }

    /// Makes a submission of the complete bytes. Every step may have been done before. `quota_per_day`: how many the key that is used allows in 24 hours.
    async fn upload_complete(
        &self,
        user: &User,
        record: UploadRecord,
        partial: Option<Partial>,
        quota_per_day: Option<u32>,
    ) -> Answer<UploadStatus> {
        let id = record.id;
        let info = match (record.digests, partial) {
            (noted, Some(mut partial)) => {
                let info = match noted {
                    Some((sha256, blake3)) => BlobInfo { sha256, blake3, size_bytes: record.length },
                    None => partial.digest().await?,
                };
                self.store.upload_seal(id, info.sha256, info.blake3).await?;
                partial.publish(info).await?;
                info
            }
            (Some((sha256, blake3)), None) if self.blobs.contains(sha256).await? => {
                BlobInfo { sha256, blake3, size_bytes: record.length }
            }
            (_, None) if self.blobs.is_remote() => {
                return Err(ServiceError::Refused(ErrorCode::UploadElsewhere));
            }
            (_, None) => return Err(ServiceError::Internal(format!("the bytes of upload {id} are nowhere"))),
        };
        let circumstances = record.circumstances.clone();
        let outcome =
            self.submit_stored(user, info, circumstances, Some(&own_key(id)), quota_per_day).await?;
        self.store.upload_finish(id, outcome.submission.id).await?;
        Ok(UploadStatus { submission: Some(outcome.submission.id), ..record.into() })
    }

    async fn upload_forget(&self, id: UploadId) -> Answer<()> {
        self.digests().remove(&id);
        // The file first: a row without a file is found again, a file without a row is not.
        let name = id.to_string();
        self.blobs.partial_remove(&name).await?;
        self.store.upload_remove(id).await?;
        // Somebody may have made it anew in between, while there was a row.
        Ok(self.blobs.partial_remove(&name).await?)
    }

    fn keep_digest(&self, id: UploadId, partial: Partial) {
        let Some(digester) = partial.into_digester() else { return };
        let mut digests = self.digests();
        if digests.len() >= MOST_DIGESTS {
            digests.pop_first();
        }
        digests.insert(id, digester);
    }

    fn digests(&self) -> std::sync::MutexGuard<'_, RunningDigests> {
        self.running_digests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The key by which an upload's submission is found again. No client can send it: theirs are printable.
fn own_key(id: UploadId) -> String {
    format!("upload\t{id}")
}

/// A piece begins where the last one ended.
fn at_offset(record: &UploadRecord, offset: u64) -> Answer<()> {
    if record.received == offset {
        Ok(())
    } else {
        Err(ServiceError::Refused(ErrorCode::UploadOffsetMismatch))
    }
}

#[cfg(test)]
mod tests {
    use podlinnik_domain::id::RandomIds;

    use super::*;
    use crate::intake::is_idempotency_key;

    #[test]
    fn no_client_can_send_the_key_of_an_upload() {
        assert!(!is_idempotency_key(&own_key(UploadId::generate(&RandomIds))));
    }
}
