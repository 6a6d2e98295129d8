//! What goes in around cases, corrections, questions and objections.

use podlinnik_domain::case::Triage;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{
    AppealId, CaseId, CorrectionId, InquiryId, NoticeId, OrganisationId, UserId, VerdictId,
};
use podlinnik_domain::inquiry::InquiryAnswer;
use podlinnik_domain::notice::CorrectionDraft;
use podlinnik_domain::verdict::ReleaseGround;

/// One step with a case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseStep {
    /// The case.
    pub case: CaseId,
    /// Its version as it was seen.
    pub version: u64,
    /// What is done.
    pub action: CaseAction,
    /// Who does it; none for the service itself.
    pub actor: Option<UserId>,
    /// When.
    pub at: Timestamp,
}

/// What can be done with a case, verdicts apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CaseAction {
    /// Sorts it; the whole of what was noted before is replaced. `new` becomes `triaged`.
    Triage(Triage),
    /// Takes it on. Repeating it changes nothing but the version.
    Claim,
    /// Gives it back, or takes it away from whoever has it.
    Unclaim {
        /// Why, if it is taken away.
        reason: Option<String>,
    },
    /// Puts it aside.
    Park {
        /// What is waited for.
        reason: String,
        /// When it comes back by itself.
        wake_at: Timestamp,
    },
    /// Takes it up again: `in_analysis` if its analysis is final, else `triaged`.
    Wake,
}

/// An agreed verdict that an approver sends back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VerdictReturn {
    /// The revision.
    pub verdict: VerdictId,
    /// Who sends it back.
    pub approver: UserId,
    /// Why.
    pub reason: String,
    /// When.
    pub at: Timestamp,
}

/// Break-glass.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRelease {
    /// The proposed revision.
    pub verdict: VerdictId,
    /// Who lets it go.
    pub approver: UserId,
    /// What it rests on.
    pub ground: ReleaseGround,
    /// Why it cannot wait.
    pub reason: String,
    /// When.
    pub at: Timestamp,
    /// By when somebody has to have looked at it.
    pub second_look_due_at: Timestamp,
}

/// A doubt about a public notice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewCorrection {
    /// Identifier.
    pub id: CorrectionId,
    /// The notice.
    pub notice: NoticeId,
    /// Its version as it was seen.
    pub version: u32,
    /// Why it is doubted.
    pub reason: String,
    /// Who doubts it.
    pub actor: UserId,
    /// When.
    pub at: Timestamp,
}

/// How a doubt shall be settled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectionDrafting {
    /// The correction.
    pub correction: CorrectionId,
    /// Version of the draft as it was seen; 0 before the first.
    pub draft_version: u32,
    /// The proposal.
    pub draft: CorrectionDraft,
    /// Who drafts.
    pub actor: UserId,
    /// When.
    pub at: Timestamp,
}

/// The settlement of a doubt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CorrectionSettling {
    /// The correction.
    pub correction: CorrectionId,
    /// Version of the draft that is agreed to.
    pub draft_version: u32,
    /// Who settles.
    pub actor: UserId,
    /// Attempts that each delivery gets.
    pub max_attempts: u32,
    /// When.
    pub at: Timestamp,
}

/// A question to an agency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewInquiry {
    /// Identifier.
    pub id: InquiryId,
    /// The case.
    pub case: CaseId,
    /// The agency, where it takes part in the service.
    pub organisation: Option<OrganisationId>,
    /// Who is asked.
    pub addressee: String,
    /// How they are reached.
    pub contact: Option<String>,
    /// The question.
    pub question: String,
    /// SHA-256 of the secret in the signed link.
    pub secret_sha256: Sha256,
    /// Who asks.
    pub actor: UserId,
    /// When.
    pub at: Timestamp,
    /// By when an answer is needed.
    pub due_at: Timestamp,
    /// Attempts that each delivery to the agency gets.
    pub max_attempts: u32,
}

/// An answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InquiryAnswering {
    /// The question.
    pub inquiry: InquiryId,
    /// The answer.
    pub answer: InquiryAnswer,
    /// The evidence that it is frozen as (canonical JSON).
    pub evidence: serde_json::Value,
    /// SHA-256 of that.
    pub evidence_sha256: Sha256,
    /// Who answers by the API or took the answer down; none for the signed link.
    pub actor: Option<UserId>,
    /// When.
    pub at: Timestamp,
}

/// An objection from outside.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewAppeal {
    /// Identifier.
    pub id: AppealId,
    /// The notice.
    pub notice: NoticeId,
    /// Who objects, if they say.
    pub name: Option<String>,
    /// How they are reached, if they say.
    pub contact: Option<String>,
    /// What they object to.
    pub statement: String,
    /// When.
    pub at: Timestamp,
}

/// A decision on an objection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppealDecision {
    /// The objection.
    pub appeal: AppealId,
    /// Whether a correction is opened.
    pub granted: bool,
    /// The reasons.
    pub decision: String,
    /// Identifier for the correction.
    pub correction: CorrectionId,
    /// Who decides.
    pub actor: UserId,
    /// When.
    pub at: Timestamp,
}
