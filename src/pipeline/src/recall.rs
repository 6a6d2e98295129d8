//! Recall: when a model is withdrawn, every case whose latest analysis asked it is listed and examined again. What people decided stands until people
//! change it; the list says which decisions and notices to look at first.

use podlinnik_domain::case::Case;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{AnalysisId, JobId, NoticeId};
use podlinnik_domain::people::{Actor, Role};
use podlinnik_domain::submission::FieldError;
use podlinnik_domain::verdict::{EvidenceKind, Verdict, VerdictState};
use podlinnik_storage::StoreError;
use podlinnik_storage::record::Reopening;

use crate::access::{Sight, require};
use crate::error::ServiceError;
use crate::service::{Answer, Service};

/// Cases that are read at a time.
const PORTION: u32 = 100;
/// How often a case that changes meanwhile is looked at anew.
const LOOKS: u32 = 3;
/// Longest reason, in characters.
const REASON: usize = 500;

/// A case whose latest analysis asked a withdrawn model.
#[derive(Debug, Clone)]
pub struct Recalled {
    /// The case as it was before.
    pub case: Case,
    /// The verdict in force, if it names a learned model among its evidence.
    pub verdict: Option<Verdict>,
    /// Published notices pinned to that verdict.
    pub notices: Vec<NoticeId>,
    /// Whether a new analysis was queued.
    pub reopened: bool,
}

impl Service {
    /// Lists every case that rests on a model and, if asked to, queues a new analysis of its media. Safe to repeat: a case that is being examined again
    /// is not listed. `actor: None` is the operator; else an `org_admin` of the federal organisation, since every branch's cases are touched. Answers the
    /// number of cases.
    ///
    /// # Errors
    /// `forbidden`, `wrong_state` if the model is installed here and not withdrawn (a new analysis would ask it again), `validation_failed` for a reason that is empty or too long, and what the store answers; cases listed so far are reopened.
    pub async fn recall(
        &self,
        actor: Option<&Actor>,
        model: Sha256,
        reason: &str,
        reopen: bool,
        tell: &mut (dyn FnMut(&Recalled) + Send),
    ) -> Answer<u64> {
        if let Some(actor) = actor {
            require(actor, &[Role::OrgAdmin])?;
            if self.jurisdiction(actor).await? != Sight::All {
                return Err(ServiceError::Refused(ErrorCode::Forbidden));
            }
        }
        let installed = self.analyser.as_ref().map(|analyser| analyser.models()).unwrap_or_default();
        if reopen && installed.iter().any(|one| one.sha256 == model && !one.withdrawn) {
            return Err(ServiceError::Refused(ErrorCode::WrongState));
        }
        let reason = reason.trim();
        if reason.is_empty() || reason.chars().count() > REASON || reason.chars().any(char::is_control) {
            let rule = "1 to 500 printable characters";
            return Err(ServiceError::Invalid(vec![FieldError { field: "reason", rule }]));
        }
        let (mut after, mut count) = (None, 0);
        loop {
            let page = self.store.case_list_by_model(model, after, PORTION).await?;
            for case in page.items {
                let verdict = self.verdict_on_models(&case).await?;
                let notices = match &verdict {
                    Some(verdict) => self.published_on(verdict).await?,
                    None => Vec::new(),
                };
                let reopened = reopen && self.reopen(actor, &case, model, reason).await?;
                count += 1;
                tell(&Recalled { case, verdict, notices, reopened });
            }
            match page.next {
                Some(next) => after = Some(next),
                None => break,
            }
        }
        self.work_waits.notify_waiters();
        Ok(count)
    }

    async fn verdict_on_models(&self, case: &Case) -> Answer<Option<Verdict>> {
        let verdicts = self.store.verdict_list(case.id).await?;
        let learned = |verdict: &Verdict| {
            verdict.proposal.basis.iter().any(|piece| piece.kind == EvidenceKind::LearnedModel)
        };
        Ok(verdicts.into_iter().find(|verdict| verdict.state == VerdictState::Approved && learned(verdict)))
    }

    async fn published_on(&self, verdict: &Verdict) -> Answer<Vec<NoticeId>> {
        let notices = self.store.notice_list(verdict.case).await?;
        let of_it = |notice: &podlinnik_domain::notice::Notice| {
            notice.verdict == verdict.id && notice.published_at.is_some()
        };
        Ok(notices.into_iter().filter(of_it).map(|notice| notice.id).collect())
    }

    /// Queues a new analysis, unless somebody else did meanwhile.
    async fn reopen(&self, actor: Option<&Actor>, case: &Case, model: Sha256, reason: &str) -> Answer<bool> {
        let mut case_version = case.version;
        for _ in 0..LOOKS {
            let reopening = Reopening {
                case: case.id,
                case_version,
                analysis: AnalysisId::generate(self.ids.as_ref()),
                job: JobId::generate(self.ids.as_ref()),
                max_attempts: self.settings.max_attempts,
                actor: actor.map(|actor| actor.user.id),
                reason: format!("model {model} withdrawn: {reason}"),
                at: self.clock.now(),
            };
            match self.store.analysis_reopen(&reopening).await {
                Ok(_) => return Ok(true),
                Err(StoreError::WrongState { .. }) => return Ok(false),
                Err(StoreError::Stale { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            let now = self.store.case_get(case.id).await?;
            match now {
                Some(now) if now.analysis == case.analysis => case_version = now.version,
                _ => return Ok(false),
            }
        }
        Err(ServiceError::Refused(ErrorCode::StaleRevision))
    }
}
