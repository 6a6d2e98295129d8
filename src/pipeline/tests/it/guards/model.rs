//! What the desk's rules say (DESIGN §1, §2), written down a second time and without a database: who may do what, when, and what comes of it.

use podlinnik_domain::case::CaseState;
use podlinnik_domain::notice::{CorrectionKind, NoticeState};
use podlinnik_domain::people::Role;
use podlinnik_domain::verdict::{VerdictKind, VerdictState};

/// People by what they may do. The last one sits in another region.
pub(crate) const PEOPLE: [(&str, &[Role]); 9] = [
    ("anna", &[Role::Analyst, Role::Submitter]),
    ("boris", &[Role::Analyst]),
    ("vera", &[Role::Approver]),
    ("gleb", &[Role::Editor]),
    ("dina", &[Role::Editor, Role::Approver]),
    ("kira", &[Role::CorrectionsOfficer]),
    ("everything", Role::ALL),
    ("olga", &[Role::OrgAdmin, Role::Auditor]),
    ("stranger", Role::ALL),
];
/// Index of the one who sits in another region.
pub(crate) const STRANGER: usize = PEOPLE.len() - 1;

/// The verdicts that are given in this game.
pub(crate) const KINDS: [VerdictKind; 2] = [VerdictKind::ManipulatedFace, VerdictKind::Satire];
/// How doubts are settled in this game.
pub(crate) const SETTLEMENTS: [CorrectionKind; 4] = [
    CorrectionKind::Correction,
    CorrectionKind::Clarification,
    CorrectionKind::Upheld,
    CorrectionKind::Retraction,
];

/// A step that somebody tries. Numbers are indices: of people, verdicts, notices, corrections, kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    Claim,
    Unclaim,
    Park,
    Wake,
    Propose { kind: usize },
    Look { verdict: usize, kind: usize },
    Approve { verdict: usize },
    Return { verdict: usize },
    Release { verdict: usize },
    Draft { verdict: usize },
    Revise { notice: usize },
    Submit { notice: usize },
    ApproveNotice { notice: usize },
    Publish { notice: usize },
    Doubt { notice: usize },
    DraftSettlement { correction: usize, kind: usize },
    Settle { correction: usize },
}

/// A step by a person, on what they see now or on what they saw before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attempt {
    pub(crate) by: usize,
    pub(crate) step: Step,
    pub(crate) stale: bool,
    /// How far the machine's clock jumps before, in seconds; backwards if negative.
    pub(crate) jump_s: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Verdict {
    pub(crate) author: usize,
    pub(crate) kind: usize,
    pub(crate) second: Option<usize>,
    pub(crate) state: VerdictState,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Notice {
    pub(crate) verdict: usize,
    /// Everybody who wrote a version of it.
    pub(crate) writers: Vec<usize>,
    pub(crate) state: NoticeState,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Correction {
    pub(crate) notice: usize,
    pub(crate) draft: Option<(usize, CorrectionKind)>,
    pub(crate) is_closed: bool,
}

/// One case and all that came of it.
#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) case: CaseState,
    pub(crate) claim: Option<usize>,
    pub(crate) verdicts: Vec<Verdict>,
    pub(crate) notices: Vec<Notice>,
    pub(crate) corrections: Vec<Correction>,
    /// Entries that the transparency log has to have.
    pub(crate) logged: u64,
    /// Whether the last attempt was to succeed.
    pub(crate) was_allowed: bool,
}

impl Model {
    /// A case whose analysis has ended.
    pub(crate) const fn new() -> Self {
        Self {
            case: CaseState::InAnalysis,
            claim: None,
            verdicts: Vec::new(),
            notices: Vec::new(),
            corrections: Vec::new(),
            logged: 0,
            was_allowed: true,
        }
    }

    /// Every step that could be tried.
    pub(crate) fn steps(&self) -> Vec<Step> {
        let mut steps = vec![Step::Claim, Step::Unclaim, Step::Park, Step::Wake];
        let kinds = 0..KINDS.len();
        steps.extend(kinds.clone().map(|kind| Step::Propose { kind }));
        for verdict in 0..self.verdicts.len() {
            steps.extend(kinds.clone().map(|kind| Step::Look { verdict, kind }));
            steps.extend([
                Step::Approve { verdict },
                Step::Return { verdict },
                Step::Release { verdict },
                Step::Draft { verdict },
            ]);
        }
        for notice in 0..self.notices.len() {
            steps.extend([
                Step::Revise { notice },
                Step::Submit { notice },
                Step::ApproveNotice { notice },
                Step::Publish { notice },
                Step::Doubt { notice },
            ]);
        }
        for correction in 0..self.corrections.len() {
            let settlements = 0..SETTLEMENTS.len();
            steps.extend(settlements.map(|kind| Step::DraftSettlement { correction, kind }));
            steps.push(Step::Settle { correction });
        }
        steps
    }

    /// Whether an attempt succeeds.
    pub(crate) fn allows(&self, attempt: Attempt) -> bool {
        let Attempt { by, step, stale, .. } = attempt;
        by != STRANGER && !(stale && is_versioned(step)) && self.has_role(by, step) && self.fits(by, step)
    }

    /// Whether a person's roles allow a step at all.
    fn has_role(&self, by: usize, step: Step) -> bool {
        let needed: &[Role] = match step {
            Step::Unclaim if self.claim == Some(by) => return true,
            Step::Claim | Step::Park | Step::Wake | Step::Propose { .. } | Step::Look { .. } => {
                &[Role::Analyst]
            }
            Step::Unclaim | Step::Approve { .. } | Step::Return { .. } | Step::Release { .. } => {
                &[Role::Approver]
            }
            Step::Draft { .. } | Step::Revise { .. } | Step::Submit { .. } => &[Role::Editor],
            Step::ApproveNotice { .. } => &[Role::Approver],
            Step::Publish { .. } => &[Role::Editor, Role::Approver],
            Step::Doubt { .. } | Step::DraftSettlement { .. } => &[Role::Editor, Role::CorrectionsOfficer],
            Step::Settle { .. } => &[Role::Approver, Role::CorrectionsOfficer],
        };
        needed.iter().any(|role| PEOPLE[by].1.contains(role))
    }

    /// Whether a step fits the state of things and the people who took the steps before, whatever the roles.
    pub(crate) fn fits(&self, by: usize, step: Step) -> bool {
        let free = self.claim.is_none_or(|claimant| claimant == by);
        match step {
            Step::Claim => free && self.case != CaseState::Approved,
            Step::Unclaim => self.claim.is_some(),
            Step::Park => free && matches!(self.case, CaseState::InAnalysis | CaseState::Disputed),
            Step::Wake => free && self.case == CaseState::Parked,
            Step::Propose { .. } => {
                free && matches!(self.case, CaseState::InAnalysis | CaseState::Disputed | CaseState::Approved)
            }
            Step::Look { verdict, .. } => {
                let verdict = &self.verdicts[verdict];
                verdict.state == VerdictState::Proposed && verdict.author != by
            }
            Step::Approve { verdict } | Step::Return { verdict } => {
                let verdict = &self.verdicts[verdict];
                verdict.state == VerdictState::Agreed && verdict.author != by && verdict.second != Some(by)
            }
            // Nothing was found that break-glass could stand on.
            Step::Release { .. } => false,
            Step::Draft { verdict } => self.is_current(verdict),
            Step::Revise { notice } => {
                matches!(self.notices[notice].state, NoticeState::Draft | NoticeState::InReview)
            }
            Step::Submit { notice } => self.notices[notice].state == NoticeState::Draft,
            Step::ApproveNotice { notice } => {
                let notice = &self.notices[notice];
                let written = notice.writers.contains(&by);
                notice.state == NoticeState::InReview && !written && self.is_current(notice.verdict)
            }
            Step::Publish { notice } => {
                let notice = &self.notices[notice];
                notice.state == NoticeState::Approved && self.is_current(notice.verdict)
            }
            Step::Doubt { notice } => can_be_doubted(self.notices[notice].state),
            Step::DraftSettlement { correction, .. } => !self.corrections[correction].is_closed,
            Step::Settle { correction } => {
                let correction = &self.corrections[correction];
                let notice = &self.notices[correction.notice];
                let other = correction.draft.filter(|(drafter, kind)| {
                    *drafter != by && !(kind.changes_text() && notice.writers.contains(&by))
                });
                !correction.is_closed && other.is_some_and(|(_, kind)| self.may_stay(correction.notice, kind))
            }
        }
    }

    fn is_current(&self, verdict: usize) -> bool {
        self.verdicts[verdict].state == VerdictState::Approved
    }

    /// A notice whose verdict holds no more stays public only where the verdict that holds says the same.
    fn may_stay(&self, notice: usize, settlement: CorrectionKind) -> bool {
        let own = &self.verdicts[self.notices[notice].verdict];
        let same = |verdict: &Verdict| verdict.state == VerdictState::Approved && verdict.kind == own.kind;
        settlement == CorrectionKind::Retraction || self.verdicts.iter().any(same)
    }

    /// What comes of an attempt.
    pub(crate) fn after(mut self, attempt: Attempt) -> Self {
        self.was_allowed = self.allows(attempt);
        if self.was_allowed {
            self.take(attempt.by, attempt.step);
        }
        self
    }

    fn take(&mut self, by: usize, step: Step) {
        match step {
            Step::Claim => self.claim = Some(by),
            Step::Unclaim => self.claim = None,
            Step::Park => self.case = CaseState::Parked,
            Step::Wake => self.case = CaseState::InAnalysis,
            Step::Propose { kind } => {
                self.supersede(VerdictState::Disputed);
                self.verdicts.push(Verdict { author: by, kind, second: None, state: VerdictState::Proposed });
                self.case = CaseState::SecondLook;
                self.claim = self.claim.or(Some(by));
            }
            Step::Look { verdict, kind } => {
                let verdict = &mut self.verdicts[verdict];
                verdict.second = Some(by);
                (verdict.state, self.case) = if verdict.kind == kind {
                    (VerdictState::Agreed, CaseState::Agreed)
                } else {
                    (VerdictState::Disputed, CaseState::Disputed)
                };
            }
            Step::Approve { verdict } => {
                for notice in 0..self.notices.len() {
                    if self.is_current(self.notices[notice].verdict)
                        && can_be_doubted(self.notices[notice].state)
                    {
                        self.doubt(notice);
                    }
                }
                self.supersede(VerdictState::Approved);
                self.verdicts[verdict].state = VerdictState::Approved;
                (self.case, self.claim) = (CaseState::Approved, None);
                self.logged += 1;
            }
            Step::Return { verdict } => {
                self.verdicts[verdict].state = VerdictState::Disputed;
                self.case = CaseState::Disputed;
            }
            Step::Release { .. } => {}
            Step::Draft { verdict } => {
                self.notices.push(Notice { verdict, writers: vec![by], state: NoticeState::Draft });
            }
            Step::Revise { notice } => {
                self.notices[notice].writers.push(by);
                self.notices[notice].state = NoticeState::Draft;
            }
            Step::Submit { notice } => self.notices[notice].state = NoticeState::InReview,
            Step::ApproveNotice { notice } => self.notices[notice].state = NoticeState::Approved,
            Step::Publish { notice } => self.publish(notice),
            Step::Doubt { notice } => self.doubt(notice),
            Step::DraftSettlement { correction, kind } => {
                self.corrections[correction].draft = Some((by, SETTLEMENTS[kind]));
            }
            Step::Settle { correction } => {
                let correction = &mut self.corrections[correction];
                correction.is_closed = true;
                if let Some((drafter, kind)) = correction.draft {
                    let notice = &mut self.notices[correction.notice];
                    notice.state = kind.state();
                    notice.writers.extend(kind.changes_text().then_some(drafter));
                }
                self.logged += 1;
            }
        }
    }

    fn supersede(&mut self, state: VerdictState) {
        for verdict in self.verdicts.iter_mut().filter(|verdict| verdict.state == state) {
            verdict.state = VerdictState::Superseded;
        }
    }

    fn doubt(&mut self, notice: usize) {
        self.notices[notice].state = NoticeState::CorrectionOpen;
        self.corrections.push(Correction { notice, draft: None, is_closed: false });
    }

    /// A notice on a later revision takes the place of those before it.
    fn publish(&mut self, number: usize) {
        let verdict = self.notices[number].verdict;
        self.notices[number].state = NoticeState::Published;
        self.logged += 1;
        for (other, notice) in self.notices.iter_mut().enumerate() {
            let replaced = notice.verdict < verdict
                && (can_be_doubted(notice.state) || notice.state == NoticeState::CorrectionOpen);
            if replaced {
                notice.state = NoticeState::Superseded;
                let open = self.corrections.iter_mut().filter(|correction| correction.notice == other);
                open.for_each(|correction| correction.is_closed = true);
            }
        }
    }
}

/// Public, and not doubted or taken back already.
const fn can_be_doubted(state: NoticeState) -> bool {
    matches!(
        state,
        NoticeState::Published | NoticeState::Corrected | NoticeState::Clarified | NoticeState::Upheld
    )
}

/// Whether a step names the version that its author saw.
pub(crate) const fn is_versioned(step: Step) -> bool {
    !matches!(
        step,
        Step::Look { .. }
            | Step::Approve { .. }
            | Step::Return { .. }
            | Step::Release { .. }
            | Step::Draft { .. }
    )
}
