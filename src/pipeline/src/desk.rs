//! The desk: a case is sorted, claimed by one analyst, put aside; a verdict is sent back, or goes out before its second look when there is no time
//! (DESIGN §2). Sorting and claiming need `analyst`, sending back and break-glass `approver`. The database checks again.

use jiff::SignedDuration;
use podlinnik_domain::analysis::Report;
use podlinnik_domain::case::{Case, Clocks, Triage};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{CaseId, VerdictId};
use podlinnik_domain::people::{Actor, Role};
use podlinnik_domain::recognition::CopyStanding;
use podlinnik_domain::verdict::{ReleaseGround, Verdict, VerdictState};
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{CaseAction, CaseStep, NewRelease, VerdictReturn};
use serde::Deserialize as _;

use crate::access::{not_found, require};
use crate::error::ServiceError;
use crate::service::{Answer, Service};

/// Characters of a reason.
const REASON_CHARS: usize = 2000;
/// A case rests at most this long before somebody looks at it again.
const LONGEST_REST: SignedDuration = SignedDuration::from_hours(24 * 90);
/// A second look has to follow a release within this time.
const SECOND_LOOK_WITHIN: SignedDuration = SignedDuration::from_hours(24);
/// A question that is due is called to mind this often.
const REMINDER_EVERY: SignedDuration = SignedDuration::from_hours(1);
/// Parked cases taken up at once.
const WAKE_AT_ONCE: u32 = 100;

/// A reason that is there and not too long.
///
/// # Errors
/// `reason_required`.
pub(crate) fn reason(text: &str) -> Answer<String> {
    let text = text.trim();
    if text.is_empty() || text.chars().count() > REASON_CHARS {
        return Err(ServiceError::Refused(ErrorCode::ReasonRequired));
    }
    Ok(text.to_owned())
}

impl Service {
    /// The two clocks of a case, read now.
    pub fn clocks(&self, case: &Case) -> Clocks {
        Clocks::read(case.first_seen_at, self.clock.now())
    }

    /// Notes what a case is about and how urgent it is.
    pub async fn case_triage(
        &self,
        actor: &Actor,
        case: CaseId,
        version: u64,
        triage: Triage,
    ) -> Answer<Case> {
        require(actor, &[Role::Analyst, Role::Approver])?;
        triage.validate().map_err(ServiceError::Refused)?;
        self.step(actor, case, version, CaseAction::Triage(triage)).await
    }

    /// Takes a case on.
    pub async fn case_claim(&self, actor: &Actor, case: CaseId, version: u64) -> Answer<Case> {
        require(actor, &[Role::Analyst])?;
        self.step(actor, case, version, CaseAction::Claim).await
    }

    /// Gives a case back. An approver takes it away from whoever has it, with a reason.
    pub async fn case_unclaim(
        &self,
        actor: &Actor,
        case: CaseId,
        version: u64,
        why: Option<&str>,
    ) -> Answer<Case> {
        let found = self.case_to_decide(actor, case).await?;
        let own = found.claim.is_some_and(|claim| claim.by == actor.user.id);
        let given = why.map(reason).transpose()?;
        if !own {
            require(actor, &[Role::Approver])?;
            if given.is_none() {
                return Err(ServiceError::Refused(ErrorCode::ReasonRequired));
            }
        }
        self.step(actor, case, version, CaseAction::Unclaim { reason: given }).await
    }

    /// Puts a case aside until `wake_at`, at most 90 days.
    pub async fn case_park(
        &self,
        actor: &Actor,
        case: CaseId,
        version: u64,
        why: &str,
        wake_at: Timestamp,
    ) -> Answer<Case> {
        require(actor, &[Role::Analyst])?;
        let now = self.clock.now();
        let latest = now.checked_add(LONGEST_REST).unwrap_or(Timestamp::MAX);
        if wake_at <= now || wake_at > latest {
            return Err(ServiceError::Refused(ErrorCode::ValidationFailed));
        }
        let action = CaseAction::Park { reason: reason(why)?, wake_at };
        self.step_of_claimant(actor, case, version, action).await
    }

    /// Takes a parked case up again.
    pub async fn case_wake(&self, actor: &Actor, case: CaseId, version: u64) -> Answer<Case> {
        require(actor, &[Role::Analyst])?;
        self.step_of_claimant(actor, case, version, CaseAction::Wake).await
    }

    /// A step that only whoever has the case takes, or anybody if nobody has it.
    async fn step_of_claimant(
        &self,
        actor: &Actor,
        case: CaseId,
        version: u64,
        action: CaseAction,
    ) -> Answer<Case> {
        let found = self.case_to_decide(actor, case).await?;
        if found.claim.is_some_and(|claim| claim.by != actor.user.id) {
            return Err(ServiceError::Refused(ErrorCode::ClaimedByAnother));
        }
        self.step(actor, case, version, action).await
    }

    async fn step(&self, actor: &Actor, case: CaseId, version: u64, action: CaseAction) -> Answer<Case> {
        self.case_to_decide(actor, case).await?;
        let at = self.clock.now();
        Ok(self.store.case_step(&CaseStep { case, version, action, actor: Some(actor.user.id), at }).await?)
    }

    /// Sends an agreed verdict back.
    pub async fn verdict_return(&self, actor: &Actor, verdict: VerdictId, why: &str) -> Answer<Verdict> {
        require(actor, &[Role::Approver])?;
        let verdict = self.store.verdict_get(verdict).await?.ok_or_else(not_found)?;
        self.case_to_decide(actor, verdict.case).await?;
        let returned = VerdictReturn {
            verdict: verdict.id,
            approver: actor.user.id,
            reason: reason(why)?,
            at: self.clock.now(),
        };
        let verdict = self.store.verdict_return(&returned).await?;
        tracing::info!(verdict.id = %verdict.id, "verdict {} sent back", verdict.id);
        Ok(verdict)
    }

    /// Break-glass: a proposed verdict counts before its second look, which has to follow within a day. Only on a located original or a known copy
    /// that the service itself has found, and only with less than an hour to the four-hour mark.
    pub async fn verdict_release(
        &self,
        actor: &Actor,
        verdict: VerdictId,
        ground: ReleaseGround,
        why: &str,
    ) -> Answer<Verdict> {
        require(actor, &[Role::Approver])?;
        let closed = || ServiceError::Refused(ErrorCode::BreakGlassClosed);
        let verdict = self.store.verdict_get(verdict).await?.ok_or_else(not_found)?;
        let case = self.case_to_decide(actor, verdict.case).await?;
        if verdict.author == actor.user.id {
            return Err(ServiceError::Refused(ErrorCode::SamePerson));
        }
        if verdict.state != VerdictState::Proposed {
            return Err(ServiceError::Refused(ErrorCode::WrongState));
        }
        let named = verdict.proposal.basis.iter().any(|piece| piece.kind == ground.evidence());
        if !named || !self.clocks(&case).is_short() || !self.bears_out(actor, &case, &verdict, ground).await?
        {
            return Err(closed());
        }
        let at = self.clock.now();
        let release = NewRelease {
            verdict: verdict.id,
            approver: actor.user.id,
            ground,
            reason: reason(why)?,
            at,
            second_look_due_at: at.checked_add(SECOND_LOOK_WITHIN).unwrap_or(Timestamp::MAX),
        };
        let verdict = self.store.verdict_release(&release).await?;
        tracing::warn!(verdict.id = %verdict.id, "break-glass: verdict {} counts before its second look", verdict.id);
        Ok(verdict)
    }

    /// The proposal on a case that break-glass is open for, with the grounds that the service's own findings bear out; none where it is closed: no
    /// proposal of somebody else, more than an hour left, nothing found, or an approver who is an analyst too. Whoever may let a verdict go sees what
    /// they let go.
    ///
    /// # Errors
    /// `forbidden` but for approvers.
    pub async fn verdict_to_release(
        &self,
        actor: &Actor,
        case: CaseId,
    ) -> Answer<Option<(Verdict, Vec<ReleaseGround>)>> {
        require(actor, &[Role::Approver])?;
        let case = self.case_to_decide(actor, case).await?;
        let verdicts = self.store.verdict_list(case.id).await?;
        let proposed = |one: &Verdict| one.state == VerdictState::Proposed && one.release.is_none();
        let Some(verdict) = verdicts.into_iter().rev().find(proposed) else { return Ok(None) };
        // An analyst who had read it could give no second look of their own any more.
        if verdict.author == actor.user.id || actor.user.has(Role::Analyst) || !self.clocks(&case).is_short()
        {
            return Ok(None);
        }
        let mut grounds = Vec::new();
        for ground in ReleaseGround::ALL {
            let named = verdict.proposal.basis.iter().any(|piece| piece.kind == ground.evidence());
            if named && self.bears_out(actor, &case, &verdict, *ground).await? {
                grounds.push(*ground);
            }
        }
        Ok((!grounds.is_empty()).then_some((verdict, grounds)))
    }

    /// Whether what the service found bears the ground out.
    async fn bears_out(
        &self,
        actor: &Actor,
        case: &Case,
        verdict: &Verdict,
        ground: ReleaseGround,
    ) -> Answer<bool> {
        match ground {
            ReleaseGround::KnownCopy => {
                let recognition = self.recognition(actor, case.media_sha256).await?;
                Ok(recognition
                    .copies
                    .iter()
                    .any(|copy| copy.standing == CopyStanding::Confirmed && copy.known.verdict.is_some()))
            }
            ReleaseGround::LocatedOriginal => {
                let analysis = self.store.analysis_get(verdict.analysis).await?.ok_or_else(not_found)?;
                let report = analysis.report.as_ref().map(Report::deserialize).transpose();
                let report = report.map_err(|error| {
                    ServiceError::Internal(format!("report of analysis {}: {error}", analysis.id))
                })?;
                Ok(report.and_then(|report| report.trace).is_some_and(|trace| trace.original.is_some()))
            }
        }
    }

    /// Released verdicts that still wait for their second look, most urgent first.
    pub async fn verdicts_released(&self, actor: &Actor) -> Answer<Vec<Verdict>> {
        let sight = self.sight(actor).await?;
        let mut visible = Vec::new();
        for verdict in self.store.verdict_list_released(WAKE_AT_ONCE).await? {
            let case = self.store.case_get(verdict.case).await?.ok_or_else(not_found)?;
            if sight.covers(case.organisation) {
                visible.push(verdict);
            }
        }
        Ok(visible)
    }

    /// What is due by the clock: parked cases come back, unanswered questions are called to mind, uploads end that nobody finished. Safe to run in many processes at once.
    pub async fn tidy(&self) -> Answer<()> {
        let now = self.clock.now();
        for case in self.store.case_list_to_wake(now, WAKE_AT_ONCE).await? {
            let (id, version) = (case.id, case.version);
            let step = CaseStep { case: id, version, action: CaseAction::Wake, actor: None, at: now };
            match self.store.case_step(&step).await {
                // Somebody else took it up first.
                Ok(_) | Err(StoreError::Stale { .. } | StoreError::WrongState { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        let before = now.checked_sub(REMINDER_EVERY).unwrap_or(Timestamp::MIN);
        let attempts = self.settings.delivery_attempts;
        let reminded = self.store.inquiry_remind(now, before, attempts, self.ids.as_ref()).await?;
        for inquiry in &reminded {
            tracing::info!(inquiry.id = %inquiry.id, "question {} is overdue", inquiry.id);
        }
        if !reminded.is_empty() {
            self.work_waits.notify_waiters();
        }
        self.uploads_sweep().await
    }
}
