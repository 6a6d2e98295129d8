//! What goes into a bundle. The words that an entry names the hash of are taken from where they were frozen, never written anew.

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{NoticeId, VerdictId};
use podlinnik_domain::log::LogEntry;
use podlinnik_domain::notice::Notice;
use podlinnik_domain::people::Actor;
use podlinnik_domain::verdict::Verdict;
use podlinnik_provenance::bundle::{BundleError, Draft, Proven};
use serde_json::{Value, json};

use crate::access::not_found;
use crate::canonical::canonical_json;
use crate::error::ServiceError;
use crate::service::{Answer, Service};

/// A bundle that pages can still be added to.
#[derive(Debug)]
pub struct Bundle {
    draft: Draft,
    /// The verdict.
    pub verdict: Verdict,
    /// The notice in it, if any.
    pub notice: Option<Notice>,
    /// SHA-256 of the media.
    pub media: Sha256,
}

impl Bundle {
    /// Adds a page, for reading only.
    pub fn add_page(&mut self, name: &str, page: impl Into<Vec<u8>>) {
        self.draft.add(name, page.into());
    }

    /// The ZIP.
    ///
    /// # Errors
    /// `media_too_large` if it is beyond what a bundle may hold.
    pub fn finish(self) -> Answer<Vec<u8>> {
        self.draft.finish().map_err(|error| match error {
            BundleError::TooLarge(_) => ServiceError::Refused(ErrorCode::MediaTooLarge),
            other => ServiceError::Internal(format!("cannot write a bundle: {other}")),
        })
    }
}

impl Service {
    /// The bundle of a verdict that was approved or released, for whoever may see it, with its words and the evidence. `since` is the size of an
    /// earlier checkpoint that the log shall be shown to go on from.
    ///
    /// # Errors
    /// `not_found`, `wrong_state` for a verdict that the log does not tell of yet, `validation_failed` for a size beyond the log.
    pub async fn verdict_bundle(&self, actor: &Actor, id: VerdictId, since: Option<u64>) -> Answer<Bundle> {
        let verdict = self.verdict(actor, id).await?;
        let notices = self.store.notice_list(verdict.case).await?;
        let notice = notices
            .into_iter()
            .rev()
            .find(|notice| notice.verdict == verdict.id && notice.published_at.is_some());
        let evidence = self.store.evidence_get(verdict.evidence_sha256).await?.ok_or_else(not_found)?;
        let mut bundle = self.bundle(verdict, notice, since).await?;
        if let Some(proposal) = evidence.get("proposal") {
            bundle.draft.add("proposal.json", canonical_json(proposal).into_bytes());
        }
        bundle.draft.add("evidence.json", canonical_json(&evidence).into_bytes());
        Ok(bundle)
    }

    /// The bundle of a published notice, for the public: without words and evidence of the verdict. None if there is no such notice.
    ///
    /// # Errors
    /// `validation_failed` for a size beyond the log.
    pub async fn notice_bundle(&self, id: NoticeId, since: Option<u64>) -> Answer<Option<Bundle>> {
        let Some((notice, verdict)) = self.published_notice(id).await? else { return Ok(None) };
        self.bundle(verdict, Some(notice), since).await.map(Some)
    }

    async fn bundle(&self, verdict: Verdict, notice: Option<Notice>, since: Option<u64>) -> Answer<Bundle> {
        let log = self.log()?;
        let about = self.store.log_of(verdict.id.as_uuid()).await?;
        let told = about.into_iter().next_back().ok_or(ServiceError::Refused(ErrorCode::WrongState))?;
        let mut entries = vec![("verdict".to_owned(), told)];
        let mut words = None;
        if let Some(notice) = &notice {
            let about = self.store.log_of(notice.id.as_uuid()).await?;
            for (number, entry) in about.into_iter().enumerate() {
                words = self.words(notice.id, &entry).await?;
                let name = if number == 0 { "notice".to_owned() } else { format!("correction-{number}") };
                entries.push((name, entry));
            }
        }
        // The checkpoint is signed after the entries were read, so that it covers them.
        let signed = log.checkpoint().await?;
        let positions: Vec<_> = entries.iter().map(|(_, entry)| entry.position).collect();
        let mut proven = Vec::with_capacity(entries.len());
        for (name, entry) in entries {
            let proof = log.prove(entry.position, signed.checkpoint.size).await?;
            proven.push(Proven { name, entry, proof });
        }
        let mut draft = Draft::new(&proven, &signed.note, &log.verifier().to_string());
        if let Some(older) = since {
            draft.add_consistency(&log.prove_consistency(older, signed.checkpoint.size).await?);
        }
        draft.add_stamps(&log.stamps_over(&positions, signed.checkpoint.size).await?);
        let case = self.store.case_get(verdict.case).await?.ok_or_else(not_found)?;
        let media = self.store.media_get(case.media_sha256).await?.ok_or_else(not_found)?;
        draft.add_json(
            "media.json",
            &json!({ "sha256": media.sha256, "blake3": media.blake3, "size_bytes": media.size_bytes }),
        );
        if let Some(words) = words {
            draft.add("notice.json", words.into_bytes());
        }
        Ok(Bundle { draft, verdict, notice, media: media.sha256 })
    }

    /// The words of a notice that an entry names the hash of, as they were written into the history.
    async fn words(&self, notice: NoticeId, entry: &LogEntry) -> Answer<Option<String>> {
        let facts: Value = serde_json::from_str(&entry.entry).map_err(|error| {
            ServiceError::Internal(format!("cannot read entry {}: {error}", entry.position))
        })?;
        let digest = facts.get("text_sha256").and_then(Value::as_str).unwrap_or_default();
        let events = self.store.event_list(SubjectKind::Notice, &notice.to_string()).await?;
        let written = events.iter().filter_map(|event| event.payload.get("text")).map(canonical_json);
        Ok(written.into_iter().find(|text| Sha256::of(text.as_bytes()).to_string() == digest))
    }
}
