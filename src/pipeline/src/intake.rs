//! Intake and reading. Submitting needs `submitter`, `analyst`, `editor` or `partner`; reading any role of the same organisation, of one above
//! it, or `auditor`; a record of another region is `not_found`.

use std::fs::File;

use podlinnik_blobs::{BlobInfo, Upload};
use podlinnik_domain::analysis::Derivative;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{AnalysisId, CaseId, JobId, OrganisationId, SubmissionId};
use podlinnik_domain::media::{Warning, WarningCode};
use podlinnik_domain::people::{Actor, Organisation, OrganisationLevel, Role, User};
use podlinnik_domain::submission::{Circumstances, Submission};
use podlinnik_storage::record::{
    AnalysisRecord, Idempotency, MediaKnowledge, MediaRecord, NewSubmission, Page, Position,
    SubmissionOutcome,
};
use serde_json::json;

use crate::access::{Sight, not_found, require};
use crate::canonical::canonical_sha256;
use crate::error::ServiceError;
use crate::extension::mismatch;
use crate::listing::{MOST_ENTRIES, merged};
use crate::service::{Answer, KnownMedia, Service};

pub(crate) const MAY_SUBMIT: &[Role] = &[Role::Submitter, Role::Analyst, Role::Editor, Role::Partner];
const MAY_TAKE_ORIGINALS: &[Role] = &[Role::Analyst, Role::Editor, Role::Approver, Role::Auditor];

/// How many of its own submissions are looked through for an analysis that belongs to another organisation's case.
const OWN_SUBMISSIONS_SEARCHED: u32 = 1000;

impl Service {
    /// Starts an upload; the caller writes chunks and hands it to [`Service::submit`]. A key whose quota is used up is refused here, also with a
    /// request that came before.
    pub async fn upload_start(&self, actor: &Actor) -> Answer<Upload> {
        require(actor, MAY_SUBMIT)?;
        self.quota(actor).await?;
        Ok(self.blobs.upload(self.settings.upload_bytes).await?)
    }

    /// Finishes an upload and records the submission (bytes first, then row and job in one transaction). An empty upload is `media_empty`.
    pub async fn submit(
        &self,
        actor: &Actor,
        upload: Upload,
        circumstances: Circumstances,
        idempotency_key: Option<&str>,
    ) -> Answer<SubmissionOutcome> {
        require(actor, MAY_SUBMIT)?;
        if idempotency_key.is_some_and(|key| !is_idempotency_key(key)) {
            return Err(ServiceError::Refused(ErrorCode::IdempotencyKeyInvalid));
        }
        let circumstances = circumstances.validate().map_err(ServiceError::Invalid)?;
        if upload.size_bytes() == 0 {
            return Err(ServiceError::Refused(ErrorCode::MediaEmpty));
        }
        let info = upload.finish().await?;
        let quota_per_day = self.quota(actor).await?;
        self.submit_stored(&actor.user, info, circumstances, idempotency_key, quota_per_day).await
    }

    /// Records a submission of bytes that have their place among the originals. The circumstances are valid, and so is the key. `quota_per_day`: how many
    /// the key that is used allows in 24 hours.
    pub(crate) async fn submit_stored(
        &self,
        user: &User,
        info: BlobInfo,
        circumstances: Circumstances,
        idempotency_key: Option<&str>,
        quota_per_day: Option<u32>,
    ) -> Answer<SubmissionOutcome> {
        let idempotency = match idempotency_key {
            Some(key) => Some(Idempotency {
                key: key.to_owned(),
                request_sha256: request_hash(&circumstances, info.sha256)?,
            }),
            None => None,
        };
        let desk = self.desk_for(user, circumstances.region.as_deref()).await?;
        let now = self.clock.now();
        let ids = self.ids.as_ref();
        let outcome = self
            .store
            .submission_create(&NewSubmission {
                id: SubmissionId::generate(ids),
                submitter: user.id,
                organisation: user.organisation,
                desk,
                media: MediaRecord {
                    sha256: info.sha256,
                    blake3: info.blake3,
                    size_bytes: info.size_bytes,
                    first_seen_at: now,
                },
                circumstances,
                case: CaseId::generate(ids),
                analysis: AnalysisId::generate(ids),
                job: JobId::generate(ids),
                idempotency,
                quota_per_day,
                received_at: now,
                max_attempts: self.settings.max_attempts,
            })
            .await
            .map_err(|error| crate::accounts::quota_error(error, now))?;
        if outcome.created {
            let Submission { id, state, .. } = &outcome.submission;
            tracing::info!(submission.id = %id, submission.state = %state, "submission {id} received, {state}");
            self.work_waits.notify_waiters();
        }
        Ok(outcome)
    }

    /// Whose desk looks at what somebody hands in: their own organisation's. A partner has no desk: the region's that it names, else the federal one.
    async fn desk_for(&self, user: &User, region: Option<&str>) -> Answer<OrganisationId> {
        let all = self.store.organisation_list().await?;
        let own = user.organisation;
        let is_partner = |one: &&Organisation| one.level == OrganisationLevel::Partner;
        if all.iter().find(|one| one.id == own).as_ref().is_none_or(|one| !is_partner(one)) {
            return Ok(own);
        }
        let desks = || all.iter().filter(|one| !is_partner(one));
        let regional = desks().find(|one| Some(one.code.as_str()) == region);
        let federal = || desks().find(|one| one.level == OrganisationLevel::Federal);
        Ok(regional.or_else(federal).map_or(own, |desk| desk.id))
    }

    /// One submission.
    pub async fn submission(&self, actor: &Actor, id: SubmissionId) -> Answer<Submission> {
        let submission = self.store.submission_get(id).await?.ok_or_else(not_found)?;
        self.require_sight(actor, submission.organisation).await?;
        Ok(submission)
    }

    /// What is odd about this hand-in as such, once its bytes have been read: the name that it came under. Another hand-in of the same bytes may
    /// have had a fitting name, so this cannot stand in the report.
    pub async fn submission_warnings(&self, submission: &Submission) -> Answer<Vec<Warning>> {
        let Some(name) = submission.circumstances.file_name.as_deref() else { return Ok(Vec::new()) };
        let report = self.store.analysis_get(submission.analysis).await?.and_then(|analysis| analysis.report);
        let container = report.as_ref().and_then(|report| report.pointer("/media/container")?.as_str());
        let detail = container.and_then(|container| mismatch(name, container));
        Ok(detail.map(|detail| Warning::new(WarningCode::ExtensionMismatch, detail)).into_iter().collect())
    }

    /// Submissions that the actor may see, newest first; `limit` 1 to 100.
    pub async fn submissions(
        &self,
        actor: &Actor,
        after: Option<Position>,
        limit: u32,
    ) -> Answer<Page<Submission>> {
        let limit = limit.clamp(1, MOST_ENTRIES);
        let Sight::Branch(branch) = self.sight(actor).await? else {
            return Ok(self.store.submission_list(None, after, limit).await?);
        };
        let mut pages = Vec::new();
        for organisation in branch {
            pages.push(self.store.submission_list(Some(organisation), after, limit).await?);
        }
        Ok(merged(pages, limit, |one| Position { at: one.received_at, id: one.id.as_uuid() }))
    }

    /// Submissions of the item of a case that the actor may see, newest first; at most 100. What other desks were sent is theirs; what partners sent
    /// is meant for whoever works on the case.
    pub async fn case_submissions(&self, actor: &Actor, case: CaseId) -> Answer<Vec<Submission>> {
        let case = self.case(actor, case).await?;
        let root = self.root(actor).await?;
        Ok(self.store.submission_list_by_media(case.media_sha256, root, MOST_ENTRIES).await?)
    }

    /// One analysis. Whoever handed in the same bytes sees it, even where the case is another region's.
    pub async fn analysis(&self, actor: &Actor, id: AnalysisId) -> Answer<AnalysisRecord> {
        let analysis = self.store.analysis_get(id).await?.ok_or_else(not_found)?;
        let case = self.store.case_by_media(analysis.media_sha256).await?.ok_or_else(not_found)?;
        if self.sight(actor).await?.covers(case.organisation)
            || self.has_handed_in(actor, analysis.media_sha256).await?
        {
            Ok(analysis)
        } else {
            Err(not_found())
        }
    }

    /// Derivatives of an analysis.
    pub async fn derivatives(&self, actor: &Actor, id: AnalysisId) -> Answer<Vec<Derivative>> {
        self.analysis(actor, id).await?;
        Ok(self.store.derivative_list(id).await?)
    }

    /// A derivative's bytes.
    pub async fn derivative(
        &self,
        actor: &Actor,
        id: AnalysisId,
        name: &str,
    ) -> Answer<(Derivative, Vec<u8>)> {
        let all = self.derivatives(actor, id).await?;
        let derivative = all.into_iter().find(|one| one.name == name).ok_or_else(not_found)?;
        let bytes = self.blobs.get(derivative.sha256).await?.ok_or_else(|| {
            ServiceError::Internal(format!("derivative {name} of analysis {id} has no blob"))
        })?;
        Ok((derivative, bytes))
    }

    /// A derivative's bytes as a file, for handing out piece by piece.
    pub async fn derivative_file(
        &self,
        actor: &Actor,
        id: AnalysisId,
        name: &str,
    ) -> Answer<(Derivative, File)> {
        let all = self.derivatives(actor, id).await?;
        let derivative = all.into_iter().find(|one| one.name == name).ok_or_else(not_found)?;
        let file = self.blobs.open_unread(derivative.sha256).await?.ok_or_else(|| {
            ServiceError::Internal(format!("derivative {name} of analysis {id} has no blob"))
        })?;
        Ok((derivative, file))
    }

    /// The original, bit for bit (analyst, editor, approver, auditor).
    pub async fn original(&self, actor: &Actor, id: SubmissionId) -> Answer<(Submission, File)> {
        let submission = self.submission(actor, id).await?;
        require(actor, MAY_TAKE_ORIGINALS)?;
        let file = self.blobs.open(submission.media_sha256).await?.ok_or_else(|| {
            ServiceError::Internal(format!("original {} has no blob", submission.media_sha256))
        })?;
        Ok((submission, file))
    }

    /// What is known of these bytes: approved verdict and published notices only; open to every authenticated actor, whose organisation learns when
    /// the verdict holds no more. A case without either is known only to those who may see it.
    pub async fn known_media(&self, actor: &Actor, sha256: Sha256) -> Answer<Option<KnownMedia>> {
        let Some(known) = self.store.media_known(sha256, actor.user.organisation).await? else {
            return Ok(None);
        };
        let MediaKnowledge { case, verdict, read, mut notices } = known;
        notices.retain(|notice| notice.published_at.is_some());
        if let Some(verdict) = verdict.as_ref().filter(|_| !read) {
            self.store.verdict_read(verdict.id, actor.user.organisation, self.clock.now()).await?;
        }
        let public = verdict.is_some() || !notices.is_empty();
        if public || self.sight(actor).await?.covers(case.organisation) {
            Ok(Some(KnownMedia { case, verdict, notices }))
        } else {
            Ok(None)
        }
    }

    /// Whether the actor's own organisation handed in these bytes lately.
    async fn has_handed_in(&self, actor: &Actor, sha256: Sha256) -> Answer<bool> {
        let mut after = None;
        for _ in 0..OWN_SUBMISSIONS_SEARCHED / MOST_ENTRIES {
            let page = self.store.submission_list(Some(actor.user.organisation), after, MOST_ENTRIES).await?;
            if page.items.iter().any(|submission| submission.media_sha256 == sha256) {
                return Ok(true);
            }
            if page.next.is_none() {
                break;
            }
            after = page.next;
        }
        Ok(false)
    }
}

/// 1 to 255 printable ASCII characters.
pub(crate) fn is_idempotency_key(key: &str) -> bool {
    (1..=255).contains(&key.len()) && key.bytes().all(|byte| (0x20..=0x7e).contains(&byte))
}

/// The meaning of a request: what is said about the bytes, and the bytes.
fn request_hash(circumstances: &Circumstances, media: Sha256) -> Answer<Sha256> {
    let circumstances = serde_json::to_value(circumstances)
        .map_err(|error| ServiceError::Internal(format!("cannot write circumstances: {error}")))?;
    Ok(canonical_sha256(&json!({ "circumstances": circumstances, "media_sha256": media })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idempotency_keys_are_printable_ascii_of_bounded_length() {
        assert!(is_idempotency_key("8e03978e-40d5-43e8-bc93-6894a57f9324"));
        assert!(is_idempotency_key("~"));
        assert!(is_idempotency_key(&"k".repeat(255)));
        assert!(!is_idempotency_key(&"k".repeat(256)));
        assert!(!is_idempotency_key(""));
        assert!(!is_idempotency_key("ключ"));
        assert!(!is_idempotency_key("a\tb"));
    }

    #[test]
    fn a_request_is_the_same_only_with_the_same_words_and_bytes() {
        let words = Circumstances { note: Some("seen at noon".into()), ..Default::default() };
        let other = Circumstances { note: Some("seen at one".into()), ..Default::default() };
        let hash = |words: &Circumstances, bytes: &[u8]| request_hash(words, Sha256::of(bytes)).unwrap();
        assert_eq!(hash(&words, b"clip"), hash(&words, b"clip"));
        assert_ne!(hash(&words, b"clip"), hash(&other, b"clip"));
        assert_ne!(hash(&words, b"clip"), hash(&words, b"clap"));
    }
}
