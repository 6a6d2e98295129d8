//! The archive for people at a desk: who may see, add and withdraw. Whoever works on verdicts keeps the archive; partners look up verdicts only.

use std::sync::Arc;

use podlinnik_blobs::{BlobInfo, Upload};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{ArchiveItemId, SubmissionId};
use podlinnik_domain::original::{ArchiveItem, Attribution, Keeping};
use podlinnik_domain::people::{Actor, Role};
use podlinnik_domain::submission::{FieldError, SubmissionState};
use podlinnik_domain::verdict::VerdictKind;
use podlinnik_storage::record::NewArchiveItem;

use super::add::blocking;
use super::{Archive, Recognised, checked};
use crate::access::{not_found, require};
use crate::error::ServiceError;
use crate::listing::MOST_ENTRIES;
use crate::service::{Answer, KnownMedia, Service};

pub(super) const MAY_READ: &[Role] =
    &[Role::Analyst, Role::Editor, Role::Approver, Role::CorrectionsOfficer, Role::OrgAdmin, Role::Auditor];
const MAY_KEEP: &[Role] = &[Role::Analyst, Role::Editor, Role::Approver];

/// Shortest and longest prefix of a digest that is looked up, in hexadecimal digits.
const PREFIX: std::ops::RangeInclusive<usize> = 4..=64;
/// Judged media that share a prefix, at most.
const MOST_ALIKE: u32 = 1000;

impl Service {
    /// The same service with an archive of originals.
    #[must_use]
    pub fn with_archive(mut self, archive: Archive) -> Self {
        self.archive = Some(Arc::new(archive));
        self
    }

    /// The archive of originals; `not_ready` where this process has none.
    ///
    /// # Errors
    /// `not_ready`.
    pub fn archive(&self) -> Answer<&Arc<Archive>> {
        self.archive.as_ref().ok_or(ServiceError::Refused(ErrorCode::NotReady))
    }

    /// Originals by number, after a number; `limit` 1 to 100. Second: the number to go on from.
    ///
    /// # Errors
    /// `forbidden`.
    pub async fn originals(
        &self,
        actor: &Actor,
        withdrawn_too: bool,
        after: u64,
        limit: u32,
    ) -> Answer<(Vec<ArchiveItem>, Option<u64>)> {
        require(actor, MAY_READ)?;
        let limit = limit.clamp(1, MOST_ENTRIES);
        let mut items = self.store.archive_list(withdrawn_too, after, limit + 1).await?;
        let more = items.len() > limit as usize;
        items.truncate(limit as usize);
        let next = items.last().filter(|_| more).map(|item| item.sequence);
        Ok((items, next))
    }

    /// One original, withdrawn or not.
    ///
    /// # Errors
    /// `forbidden`, `not_found`.
    pub async fn original_item(&self, actor: &Actor, id: ArchiveItemId) -> Answer<ArchiveItem> {
        require(actor, MAY_READ)?;
        self.store.archive_get(id).await?.ok_or_else(not_found)
    }

    /// Takes a submitted item in as an original: the actor says that it is genuine. Its bytes stay in the blob store. Who vouches is the actor, unless
    /// somebody else is named.
    ///
    /// # Errors
    /// `forbidden`, `not_found`, `validation_failed`, `wrong_state` for bytes that were refused or that an approved verdict speaks against, `conflict` if they
    /// are an original, `media_*` if they cannot be read.
    pub async fn original_add(
        &self,
        actor: &Actor,
        submission: SubmissionId,
        mut attribution: Attribution,
    ) -> Answer<ArchiveItem> {
        require(actor, MAY_KEEP)?;
        let archive = self.archive()?;
        let submission = self.submission(actor, submission).await?;
        if attribution.vouched_by.trim().is_empty() {
            attribution.vouched_by.clone_from(&actor.user.display_name);
        }
        let attribution = checked(attribution).map_err(ServiceError::Invalid)?;
        if submission.state == SubmissionState::Rejected {
            return Err(ServiceError::Refused(ErrorCode::WrongState));
        }
        let media = self.store.media_get(submission.media_sha256).await?.ok_or_else(not_found)?;
        let info = BlobInfo { sha256: media.sha256, blake3: media.blake3, size_bytes: media.size_bytes };
        self.take_in(actor, archive, info, attribution).await
    }

    /// Begins to take a file in that nobody has handed in for examination; the caller writes it and hands it to [`Service::original_upload`].
    ///
    /// # Errors
    /// `forbidden`, `not_ready`.
    pub async fn original_upload_start(&self, actor: &Actor) -> Answer<Upload> {
        require(actor, MAY_KEEP)?;
        self.archive()?;
        Ok(self.blobs.upload(self.settings.upload_bytes).await?)
    }

    /// Takes an uploaded file in as an original, as [`Service::original_add`] does with a submitted one. No case comes of it.
    ///
    /// # Errors
    /// As for [`Service::original_add`], and `media_empty`.
    pub async fn original_upload(
        &self,
        actor: &Actor,
        upload: Upload,
        mut attribution: Attribution,
    ) -> Answer<ArchiveItem> {
        require(actor, MAY_KEEP)?;
        let archive = self.archive()?;
        if attribution.vouched_by.trim().is_empty() {
            attribution.vouched_by.clone_from(&actor.user.display_name);
        }
        let attribution = checked(attribution).map_err(ServiceError::Invalid)?;
        if upload.size_bytes() == 0 {
            return Err(ServiceError::Refused(ErrorCode::MediaEmpty));
        }
        let info = upload.finish().await?;
        self.take_in(actor, archive, info, attribution).await
    }

    /// Takes bytes of the blob store in, unless an approved verdict speaks against them.
    async fn take_in(
        &self,
        actor: &Actor,
        archive: &Archive,
        info: BlobInfo,
        attribution: Attribution,
    ) -> Answer<ArchiveItem> {
        let sha256 = info.sha256;
        let known = self.known_media(actor, sha256).await?;
        let genuine = [VerdictKind::AuthenticConfirmed, VerdictKind::NoManipulationFound];
        if known
            .and_then(|known| known.verdict)
            .is_some_and(|verdict| !genuine.contains(&verdict.proposal.kind))
        {
            return Err(ServiceError::Refused(ErrorCode::WrongState));
        }
        let file = self.blobs.open(sha256).await?;
        let file = file.ok_or_else(|| ServiceError::Internal(format!("original {sha256} has no blob")))?;
        let reading = Arc::clone(&archive.reading).acquire_owned().await;
        let _reading = reading.map_err(|error| ServiceError::Internal(error.to_string()))?;
        let recogniser = Arc::clone(&archive.recogniser);
        let Recognised { kind, duration_s, width, height, fps, signature, .. } =
            blocking(move || recogniser.recognise(file, &mut |_| true))
                .await?
                .map_err(|error| ServiceError::Refused(error.code()))?;
        let new = NewArchiveItem {
            id: ArchiveItemId::generate(self.ids.as_ref()),
            sha256,
            blake3: info.blake3,
            size_bytes: info.size_bytes,
            // Never a file's name: the bytes are in the blob store alone.
            path: format!("blob:{sha256}"),
            keeping: Keeping::Copied,
            modified_at: None,
            kind,
            duration_s,
            width,
            height,
            fps,
            attribution,
            signature,
            actor: Some(actor.user.id),
            at: self.clock.now(),
        };
        let item = self.store.archive_add(&new, archive.key.as_ref()).await?;
        tracing::info!(archive_item.id = %item.id, "original {} added", item.id);
        Ok(item)
    }

    /// Withdraws an original.
    ///
    /// # Errors
    /// `forbidden`, `not_found`, `validation_failed`, `wrong_state`.
    pub async fn original_withdraw(
        &self,
        actor: &Actor,
        id: ArchiveItemId,
        reason: &str,
    ) -> Answer<ArchiveItem> {
        require(actor, MAY_KEEP)?;
        self.archive()?.withdraw(id, reason, Some(actor.user.id)).await
    }

    /// What is known of all judged media whose SHA-256 begins with these hexadecimal digits: whoever asks does not say which one is meant. Open to every
    /// authenticated actor.
    ///
    /// # Errors
    /// `validation_failed` for a prefix that is none, or that too many share.
    pub async fn judged_by_prefix(&self, actor: &Actor, prefix: &str) -> Answer<Vec<KnownMedia>> {
        let invalid = |rule| ServiceError::Invalid(vec![FieldError { field: "prefix", rule }]);
        let prefix = prefix.trim();
        let digits = prefix.bytes().all(|digit| digit.is_ascii_hexdigit());
        let bound = |filler: &str| {
            let text = format!("{prefix}{}", filler.repeat(64_usize.saturating_sub(prefix.len())));
            text.parse::<Sha256>().ok()
        };
        let (Some(first), Some(last), true) =
            (bound("0"), bound("f"), digits && PREFIX.contains(&prefix.len()))
        else {
            return Err(invalid("4 to 64 hexadecimal digits"));
        };
        let found = self.store.media_judged_between(first, last, MOST_ALIKE + 1).await?;
        if found.len() > MOST_ALIKE as usize {
            return Err(invalid("a longer prefix: more than 1000 items share this one"));
        }
        let mut known = Vec::with_capacity(found.len());
        for sha256 in found {
            known.extend(self.known_media(actor, sha256).await?);
        }
        Ok(known)
    }
}
