//! People decide on matches: an analyst confirms or rejects what a machine noticed. A rejection teaches the negative bank; a later confirmation takes the
//! lesson back. Nothing is deleted, and every decision stands in the history with its author, its reason and its time.

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::CopyMatchId;
use podlinnik_domain::original::{CopyMatch, CopyMatchKind, CopyMatchState, SeriesReason};
use podlinnik_domain::people::{Actor, Role};
use podlinnik_domain::submission::FieldError;
use podlinnik_similarity::signature::MediaSignature;
use podlinnik_storage::record::{CopyDecision, Lesson, Page, Position};

use super::answer::seen_from;
use super::negative::{self, Spans};
use crate::access::{Sight, not_found, require};
use crate::archive::recognise::{SIGNATURE_KIND, SIGNATURE_VERSION};
use crate::error::ServiceError;
use crate::listing::MOST_ENTRIES;
use crate::service::{Answer, Service};

/// Who sees matches.
const MAY_READ: &[Role] =
    &[Role::Analyst, Role::Editor, Role::Approver, Role::CorrectionsOfficer, Role::Auditor];
/// Longest reason, in characters.
const REASON: usize = 500;
/// Pages that are looked through for one page that the actor may see.
const MOST_PAGES: usize = 10;

impl Service {
    /// Matches in one state that the actor may see, newest first; `limit` 1 to 100. A page may hold fewer than there are further on.
    ///
    /// # Errors
    /// `forbidden`, and what the store answers.
    pub async fn copy_matches(
        &self,
        actor: &Actor,
        state: CopyMatchState,
        after: Option<Position>,
        limit: u32,
    ) -> Answer<Page<CopyMatch>> {
        require(actor, MAY_READ)?;
        let limit = limit.clamp(1, MOST_ENTRIES);
        let sight = self.sight(actor).await?;
        let mut page = self.store.copy_match_list(state, after, limit).await?;
        if sight == Sight::All {
            return Ok(page);
        }
        for _ in 0..MOST_PAGES {
            let mut seen = Vec::new();
            for found in page.items {
                if self.concerns(&found, &sight).await? {
                    seen.push(found);
                }
            }
            let Some(next) = page.next.filter(|_| seen.is_empty()) else {
                return Ok(Page { items: seen, next: page.next });
            };
            page = self.store.copy_match_list(state, Some(next), limit).await?;
        }
        Ok(Page { items: Vec::new(), next: page.next })
    }

    /// One match.
    ///
    /// # Errors
    /// `forbidden`, `not_found`.
    pub async fn copy_match(&self, actor: &Actor, id: CopyMatchId) -> Answer<CopyMatch> {
        require(actor, MAY_READ)?;
        let found = self.store.copy_match_get(id).await?.ok_or_else(not_found)?;
        let sight = self.sight(actor).await?;
        if self.concerns(&found, &sight).await? { Ok(found) } else { Err(not_found()) }
    }

    /// Says what a person thinks of a match: it is so, or it is not, and why. `version` is the one that the person saw.
    ///
    /// # Errors
    /// `forbidden`, `not_found`, `validation_failed` for a reason that is empty or too long, `stale_revision` if somebody decided meanwhile, `wrong_state`
    /// if it stands so already.
    pub async fn copy_match_decide(
        &self,
        actor: &Actor,
        id: CopyMatchId,
        version: u32,
        state: CopyMatchState,
        reason: &str,
    ) -> Answer<CopyMatch> {
        require(actor, &[Role::Analyst])?;
        let found = self.store.copy_match_get(id).await?.ok_or_else(not_found)?;
        let sight = self.jurisdiction(actor).await?;
        if !self.concerns(&found, &sight).await? {
            return Err(not_found());
        }
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > REASON || reason.chars().any(char::is_control) {
            let rule = "1 to 500 printable characters";
            return Err(ServiceError::Invalid(vec![FieldError { field: "reason", rule }]));
        }
        if found.version != version {
            return Err(ServiceError::Refused(ErrorCode::StaleRevision));
        }
        let lesson = match state {
            CopyMatchState::Rejected => self.lesson(&found).await?,
            _ => None,
        };
        let learnt = lesson.is_some();
        let decision = CopyDecision {
            id,
            version,
            state,
            actor: Some(actor.user.id),
            reason: Some(reason.to_owned()),
            lesson,
            at: self.clock.now(),
        };
        let decided = self.store.copy_match_decide(&decision).await?;
        tracing::info!(copy_match.id = %id, copy_match.state = %state, "match {id}: {state}, lesson learnt: {learnt}");
        if state == CopyMatchState::Confirmed && decided.kind == CopyMatchKind::KnownCopy {
            let by_sound =
                seen_from(decided.suspect, &decided).is_some_and(|copy| copy.distance_bits.is_none());
            let why = if by_sound { SeriesReason::SharedSound } else { SeriesReason::SignatureNeighbourhood };
            self.join(decided.suspect, decided.matched, why).await?;
        }
        Ok(decided)
    }

    /// Whether a match is about a case that lies in sight.
    async fn concerns(&self, found: &CopyMatch, sight: &Sight) -> Answer<bool> {
        for media in [found.suspect, found.matched] {
            let case = self.store.case_by_media(media).await?;
            if case.is_some_and(|case| sight.covers(case.organisation)) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// What a rejection teaches: nothing where a signature is missing, or where the match is one with an original of the archive.
    async fn lesson(&self, found: &CopyMatch) -> Answer<Option<Lesson>> {
        let Some(copy) = seen_from(found.suspect, found) else { return Ok(None) };
        let (Some(suspect), Some(matched)) =
            (self.signature(found.suspect).await?, self.signature(found.matched).await?)
        else {
            return Ok(None);
        };
        let spans =
            Spans { suspect_s: copy.suspect_span_s, matched_s: copy.known_span_s, mirror: copy.mirror };
        Ok(negative::lesson(&suspect, &matched, spans))
    }

    async fn signature(&self, media: Sha256) -> Answer<Option<MediaSignature>> {
        let bytes = self.store.signature_get(media, SIGNATURE_KIND, SIGNATURE_VERSION).await?;
        Ok(bytes.and_then(|bytes| MediaSignature::from_bytes(&bytes).ok()))
    }
}
