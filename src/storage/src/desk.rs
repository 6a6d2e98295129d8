use async_trait::async_trait;
use podlinnik_domain::case::Case;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::Event;
use podlinnik_domain::figures::Counts;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{
    AppealId, CaseId, CorrectionId, IdSource, InquiryId, NoticeId, OrganisationId, UserId,
};
use podlinnik_domain::inquiry::{Appeal, AppealState, Inquiry};
use podlinnik_domain::notice::{Correction, NoticeText};
use podlinnik_domain::situation::Group;
use podlinnik_domain::verdict::Verdict;

use crate::error::StoreError;
use crate::record::{
    AppealDecision, CaseStep, CorrectionDrafting, CorrectionSettling, InquiryAnswering, NewAppeal,
    NewCorrection, NewInquiry, NewRelease, Page, Position, VerdictReturn,
};

/// The work of the desk around verdicts and notices; a part of [`Store`](crate::Store).
#[async_trait]
pub trait DeskStore: std::fmt::Debug + Send + Sync {
    // --- cases ------------------------------------------------------------------------------------------------------------------

    /// Takes one step with a case, compare-and-set on its version. `Stale` if it has changed, `Claimed` if another analyst has it, `WrongState`
    /// where the step is not possible.
    async fn case_step(&self, step: &CaseStep) -> Result<Case, StoreError>;
    /// Parked cases whose time has come by `now`, oldest first.
    async fn case_list_to_wake(&self, now: Timestamp, limit: u32) -> Result<Vec<Case>, StoreError>;
    /// Sends an agreed verdict back: it becomes `disputed`. `SamePerson` for its author or second analyst.
    async fn verdict_return(&self, returned: &VerdictReturn) -> Result<Verdict, StoreError>;
    /// Break-glass: a proposed verdict counts before its second look. `BreakGlass` unless it rests on the ground named and less than an hour is
    /// left, `SamePerson` for its author, `Conflict` if it was released before.
    async fn verdict_release(&self, release: &NewRelease) -> Result<Verdict, StoreError>;
    /// Released verdicts that still wait for their second look, by when it is due.
    async fn verdict_list_released(&self, limit: u32) -> Result<Vec<Verdict>, StoreError>;

    // --- what the world is told of ------------------------------------------------------------------------------------------------

    /// Events after a number that may have changed what the world is told, oldest first.
    async fn change_since(&self, sequence: u64, limit: u32) -> Result<Vec<Event>, StoreError>;
    /// Cases on items that were handed in with this address, newest submission first, each once.
    async fn case_list_by_source(&self, source_url: &str, limit: u32) -> Result<Vec<CaseId>, StoreError>;

    /// Counts of the time from `from` until before `until`, of one region if given; `now` decides what is overdue.
    async fn figure_counts(
        &self,
        from: Timestamp,
        until: Timestamp,
        region: Option<&str>,
        now: Timestamp,
    ) -> Result<Counts, StoreError>;

    /// Items first seen from `from` until before `until`, grouped; those without a verdict that were first seen before `late_before` are late.
    async fn situation(
        &self,
        from: Timestamp,
        until: Timestamp,
        late_before: Timestamp,
    ) -> Result<Vec<Group>, StoreError>;

    // --- corrections ------------------------------------------------------------------------------------------------------------

    /// Opens a doubt about a public notice, which becomes `correction_open`. `Stale` unless `version` is the notice's, `WrongState` if it is not
    /// public or one is open already.
    async fn correction_open(&self, correction: &NewCorrection) -> Result<Correction, StoreError>;
    /// Drafts how it shall be settled; compare-and-set on the draft's version.
    async fn correction_draft(&self, drafting: &CorrectionDrafting) -> Result<Correction, StoreError>;
    /// Settles it as drafted: the notice gets its state and, with it, its new text; `notice.corrected` goes to every active receiver. `SamePerson`
    /// for whoever drafted.
    async fn correction_settle(
        &self,
        settling: &CorrectionSettling,
        ids: &dyn IdSource,
    ) -> Result<Correction, StoreError>;
    /// The correction with this identifier.
    async fn correction_get(&self, id: CorrectionId) -> Result<Option<Correction>, StoreError>;
    /// Corrections of a notice, oldest first.
    async fn correction_list(&self, notice: NoticeId) -> Result<Vec<Correction>, StoreError>;
    /// Settled corrections, newest first; of notices of one region if given.
    async fn correction_published(
        &self,
        region: Option<&str>,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Page<Correction>, StoreError>;
    /// The words of a notice in one version.
    async fn notice_version(&self, id: NoticeId, version: u32) -> Result<Option<NoticeText>, StoreError>;

    // --- questions to agencies --------------------------------------------------------------------------------------------------

    /// Asks an agency; `inquiry.asked` goes to its receivers.
    async fn inquiry_create(&self, inquiry: &NewInquiry, ids: &dyn IdSource) -> Result<Inquiry, StoreError>;
    /// The question with this identifier.
    async fn inquiry_get(&self, id: InquiryId) -> Result<Option<Inquiry>, StoreError>;
    /// The question whose signed link has a secret with this hash.
    async fn inquiry_by_secret(&self, secret_sha256: Sha256) -> Result<Option<Inquiry>, StoreError>;
    /// Questions about a case, oldest first.
    async fn inquiry_list(&self, case: CaseId) -> Result<Vec<Inquiry>, StoreError>;
    /// Questions to an organisation, newest first.
    async fn inquiry_list_to(
        &self,
        organisation: OrganisationId,
        limit: u32,
    ) -> Result<Vec<Inquiry>, StoreError>;
    /// Stores an answer and freezes it as evidence, in one transaction. `WrongState` if there is one already.
    async fn inquiry_answer(&self, answering: &InquiryAnswering) -> Result<Inquiry, StoreError>;
    /// Takes a question back.
    async fn inquiry_withdraw(
        &self,
        id: InquiryId,
        actor: UserId,
        at: Timestamp,
    ) -> Result<Inquiry, StoreError>;
    /// Open questions that are due and were not called to mind since `before`; each is counted as reminded at `now`, and `inquiry.reminded` goes to
    /// the agency's receivers.
    async fn inquiry_remind(
        &self,
        now: Timestamp,
        before: Timestamp,
        max_attempts: u32,
        ids: &dyn IdSource,
    ) -> Result<Vec<Inquiry>, StoreError>;

    // --- appeals ----------------------------------------------------------------------------------------------------------------

    /// Takes down an objection to a public notice.
    async fn appeal_create(&self, appeal: &NewAppeal) -> Result<Appeal, StoreError>;
    /// The objection with this identifier.
    async fn appeal_get(&self, id: AppealId) -> Result<Option<Appeal>, StoreError>;
    /// Objections, newest first; in one state if given, and to notices of an organisation and those below it if given.
    async fn appeal_list(
        &self,
        state: Option<AppealState>,
        root: Option<OrganisationId>,
        after: Option<Position>,
        limit: u32,
    ) -> Result<Page<Appeal>, StoreError>;
    /// Decides; granting opens a correction of the notice in the same transaction unless one is open. `SamePerson` for anyone who had a part in
    /// verdict or notice.
    async fn appeal_decide(&self, decision: &AppealDecision) -> Result<Appeal, StoreError>;
}
