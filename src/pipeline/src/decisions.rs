//! Decisions of people: propose and second look need `analyst`, approval `approver`. Author, second analyst and approver are three people; an
//! administrator has no power here. The database checks again.

use std::collections::BTreeMap;

use podlinnik_domain::case::{Case, CaseState};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::event::{Event, SubjectKind};
use podlinnik_domain::id::{CaseId, UserId, VerdictId};
use podlinnik_domain::people::{Actor, Role};
use podlinnik_domain::verdict::{Proposal, Verdict, VerdictKind, VerdictState};
use podlinnik_storage::record::{AnalysisRecord, NewVerdict, Page, Position, SecondLook};
use serde_json::{Value, json};

use crate::access::{Sight, not_found, require};
use crate::canonical::canonical_sha256;
use crate::error::ServiceError;
use crate::listing::{MOST_ENTRIES, merged};
use crate::service::{Answer, Service};

/// Characters of a second analyst's reasoning.
const RATIONALE_CHARS: usize = 10_000;

impl Service {
    /// One case.
    pub async fn case(&self, actor: &Actor, id: CaseId) -> Answer<Case> {
        let case = self.store.case_get(id).await?.ok_or_else(not_found)?;
        self.require_sight(actor, case.organisation).await?;
        Ok(case)
    }

    /// Cases that the actor may see, newest first; `limit` 1 to 100.
    pub async fn cases(&self, actor: &Actor, after: Option<Position>, limit: u32) -> Answer<Page<Case>> {
        let limit = limit.clamp(1, MOST_ENTRIES);
        let Sight::Branch(branch) = self.sight(actor).await? else {
            return Ok(self.store.case_list(None, after, limit).await?);
        };
        let mut pages = Vec::new();
        for organisation in branch {
            pages.push(self.store.case_list(Some(organisation), after, limit).await?);
        }
        Ok(merged(pages, limit, |one| Position { at: one.first_seen_at, id: one.id.as_uuid() }))
    }

    /// Verdict revisions of a case, oldest first. Until the second look is done only the author sees the proposal; for others it is left out
    /// (blind).
    pub async fn verdicts(&self, actor: &Actor, case: CaseId) -> Answer<Vec<Verdict>> {
        self.case(actor, case).await?;
        let mut verdicts = self.store.verdict_list(case).await?;
        verdicts.retain(|verdict| !is_blind_for(verdict, actor.user.id));
        Ok(verdicts)
    }

    /// One revision, under the same rule.
    pub async fn verdict(&self, actor: &Actor, id: VerdictId) -> Answer<Verdict> {
        let verdict = self.store.verdict_get(id).await?.ok_or_else(not_found)?;
        self.case(actor, verdict.case).await?;
        if is_blind_for(&verdict, actor.user.id) {
            return Err(not_found());
        }
        self.has_read(actor, &verdict).await?;
        Ok(verdict)
    }

    /// Proposes a verdict; freezes and hashes the evidence.
    pub async fn verdict_propose(
        &self,
        actor: &Actor,
        case: CaseId,
        case_version: u64,
        proposal: Proposal,
    ) -> Answer<Verdict> {
        require(actor, &[Role::Analyst])?;
        let case = self.case_to_decide(actor, case).await?;
        proposal.validate().map_err(ServiceError::Refused)?;
        if case.version != case_version {
            return Err(ServiceError::Refused(ErrorCode::StaleRevision));
        }
        let open = [CaseState::InAnalysis, CaseState::Triaged, CaseState::Disputed, CaseState::Approved];
        let analysis = self.store.analysis_get(case.analysis).await?.ok_or_else(|| {
            ServiceError::Internal(format!("case {} has no analysis {}", case.id, case.analysis))
        })?;
        if !open.contains(&case.state) || !analysis.state.is_final() {
            return Err(ServiceError::Refused(ErrorCode::WrongState));
        }
        let now = self.clock.now();
        let evidence = evidence(&case, &analysis, &proposal)?;
        let evidence_sha256 = canonical_sha256(&evidence);
        self.store.evidence_put(evidence_sha256, &evidence, now).await?;
        let verdict = self
            .store
            .verdict_propose(&NewVerdict {
                id: VerdictId::generate(self.ids.as_ref()),
                case: case.id,
                case_version,
                proposal,
                author: actor.user.id,
                analysis: analysis.id,
                evidence_sha256,
                at: now,
            })
            .await?;
        tracing::info!(verdict.id = %verdict.id, case.id = %case.id, "verdict {} proposed", verdict.id);
        Ok(verdict)
    }

    /// Whether a case waits for a second look, and of which revision, without what it says.
    pub async fn second_look_wanted(&self, actor: &Actor, case: CaseId) -> Answer<Option<VerdictId>> {
        self.case(actor, case).await?;
        let verdicts = self.store.verdict_list(case).await?;
        Ok(verdicts.iter().rev().find(|verdict| waits_for_second_look(verdict)).map(|verdict| verdict.id))
    }

    /// The case of a proposal that waits for a second look, for an analyst who may give it; nothing of the proposal itself.
    ///
    /// # Errors
    /// `same_person` for the author, `wrong_state` where none is wanted any more.
    pub async fn second_look_case(&self, actor: &Actor, verdict: VerdictId) -> Answer<Case> {
        require(actor, &[Role::Analyst])?;
        let verdict = self.store.verdict_get(verdict).await?.ok_or_else(not_found)?;
        let case = self.case_to_decide(actor, verdict.case).await?;
        if verdict.author == actor.user.id {
            return Err(ServiceError::Refused(ErrorCode::SamePerson));
        }
        if !waits_for_second_look(&verdict) {
            return Err(ServiceError::Refused(ErrorCode::WrongState));
        }
        Ok(case)
    }

    /// Gives the second analyst's own verdict.
    pub async fn verdict_second_look(
        &self,
        actor: &Actor,
        verdict: VerdictId,
        kind: VerdictKind,
        rationale: &str,
    ) -> Answer<Verdict> {
        require(actor, &[Role::Analyst])?;
        let verdict = self.store.verdict_get(verdict).await?.ok_or_else(not_found)?;
        self.case_to_decide(actor, verdict.case).await?;
        if verdict.author == actor.user.id {
            return Err(ServiceError::Refused(ErrorCode::SamePerson));
        }
        if !waits_for_second_look(&verdict) {
            return Err(ServiceError::Refused(ErrorCode::WrongState));
        }
        let rationale = rationale.trim();
        if rationale.is_empty() || rationale.chars().count() > RATIONALE_CHARS {
            return Err(ServiceError::Refused(ErrorCode::ReasonRequired));
        }
        let look = SecondLook {
            case: verdict.case,
            verdict: verdict.id,
            analyst: actor.user.id,
            kind,
            rationale: rationale.to_owned(),
            at: self.clock.now(),
        };
        let verdict = self.store.verdict_second_look(&look).await?;
        tracing::info!(verdict.id = %verdict.id, verdict.state = %verdict.state, "second look at verdict {}", verdict.id);
        Ok(verdict)
    }

    /// Approves an agreed verdict.
    pub async fn verdict_approve(&self, actor: &Actor, verdict: VerdictId) -> Answer<Verdict> {
        require(actor, &[Role::Approver])?;
        let verdict = self.store.verdict_get(verdict).await?.ok_or_else(not_found)?;
        self.case_to_decide(actor, verdict.case).await?;
        if verdict.author == actor.user.id || verdict.second_analyst == Some(actor.user.id) {
            return Err(ServiceError::Refused(ErrorCode::SamePerson));
        }
        if verdict.state != VerdictState::Agreed {
            return Err(ServiceError::Refused(ErrorCode::WrongState));
        }
        let verdict = self.store.verdict_approve(verdict.id, actor.user.id, self.clock.now()).await?;
        tracing::info!(verdict.id = %verdict.id, "verdict {} approved", verdict.id);
        Ok(verdict)
    }

    /// History of a case and of what belongs to it, oldest first. While a second look is wanted, the words of a proposal are left out of it for
    /// everybody but the author.
    pub async fn history(&self, actor: &Actor, case: CaseId) -> Answer<Vec<Event>> {
        let case = self.case(actor, case).await?;
        let verdicts = self.store.verdict_list(case.id).await?;
        let mut subjects = vec![
            (SubjectKind::Case, case.id.to_string()),
            (SubjectKind::Analysis, case.analysis.to_string()),
        ];
        subjects.extend(verdicts.iter().map(|verdict| (SubjectKind::Verdict, verdict.id.to_string())));
        let matches = self.store.copy_match_list_by_media(case.media_sha256).await?;
        subjects.extend(matches.iter().map(|found| (SubjectKind::CopyMatch, found.id.to_string())));
        let inquiries = self.store.inquiry_list(case.id).await?;
        subjects.extend(inquiries.iter().map(|inquiry| (SubjectKind::Inquiry, inquiry.id.to_string())));
        let notes = self.store.note_list(case.id).await?;
        subjects.extend(notes.iter().map(|note| (SubjectKind::Note, note.id.to_string())));
        let notices = self.store.notice_list(case.id).await?;
        subjects.extend(notices.iter().map(|notice| (SubjectKind::Notice, notice.id.to_string())));
        let mut events = Vec::new();
        for (kind, id) in subjects {
            events.extend(self.store.event_list(kind, &id).await?);
        }
        events.sort_by_key(|event| event.sequence);
        self.keep_blind(actor, &mut events).await?;
        Ok(events)
    }

    /// Leaves out of events what could give a proposal away that the actor must not know yet, whatever roles they have beside.
    pub(crate) async fn keep_blind(&self, actor: &Actor, events: &mut [Event]) -> Answer<()> {
        let mut known: BTreeMap<(SubjectKind, String), bool> = BTreeMap::new();
        for event in events.iter_mut().filter(|event| could_tell(event)) {
            let subject = (event.subject_kind, event.subject_id.clone());
            let blind = match known.get(&subject) {
                Some(blind) => *blind,
                None => self.is_blind_subject(actor, event).await?,
            };
            known.insert(subject, blind);
            if blind {
                event.payload = Value::Null;
                event.reason = None;
            }
        }
        Ok(())
    }

    /// Whether what an event is about holds a proposal that the actor must not know yet.
    async fn is_blind_subject(&self, actor: &Actor, event: &Event) -> Answer<bool> {
        let verdicts = match event.subject_kind {
            SubjectKind::Verdict => match event.subject_id.parse() {
                Ok(id) => self.store.verdict_get(id).await?.into_iter().collect(),
                Err(_) => Vec::new(),
            },
            _ => match event.subject_id.parse() {
                Ok(case) => self.store.verdict_list(case).await?,
                Err(_) => Vec::new(),
            },
        };
        Ok(verdicts.iter().any(|verdict| is_blind_for(verdict, actor.user.id)))
    }

    /// A case that the actor may act on. One that only an auditor's eyes reach is not found here.
    pub(crate) async fn case_to_decide(&self, actor: &Actor, id: CaseId) -> Answer<Case> {
        let case = self.store.case_get(id).await?.ok_or_else(not_found)?;
        self.require_jurisdiction(actor, case.organisation).await?;
        Ok(case)
    }
}

fn waits_for_second_look(verdict: &Verdict) -> bool {
    verdict.state == VerdictState::Proposed && verdict.second_analyst.is_none()
}

/// Whether the proposal has to be kept from `reader` for now. One that was released is public already.
fn is_blind_for(verdict: &Verdict, reader: UserId) -> bool {
    waits_for_second_look(verdict) && verdict.release.is_none() && verdict.author != reader
}

/// Whether an event's words could give a proposal away.
fn could_tell(event: &Event) -> bool {
    event.subject_kind == SubjectKind::Verdict
        || (event.subject_kind == SubjectKind::Case && event.kind.contains("verdict"))
}

/// What a verdict rests on, as it was at that moment.
fn evidence(case: &Case, analysis: &AnalysisRecord, proposal: &Proposal) -> Answer<Value> {
    let proposal = serde_json::to_value(proposal)
        .map_err(|error| ServiceError::Internal(format!("cannot write the proposal: {error}")))?;
    Ok(json!({
        "media_sha256": case.media_sha256,
        "analysis": analysis.id,
        "report_sha256": analysis.report_sha256,
        "report": analysis.report,
        "proposal": proposal,
    }))
}
