//! The page of a doubt: why it was opened, how it shall be settled, what the public is told, what changes.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{CorrectionId, UserId};
use podlinnik_domain::notice::{Correction, CorrectionDraft, CorrectionKind, Notice, NoticeText, Settlement};
use podlinnik_domain::people::{Actor, Role};
use podlinnik_report::difference::difference;

use super::history::{ShownDifference, shown};
use super::words::TypedWords;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::Fields;
use crate::ui::history::Names;
use crate::ui::refusal::Refusal;
use crate::ui::shell::{Reader, Section, Shell, show_with};
use crate::ui::visitor::Visitor;
use crate::ui::wording::moment;

/// A settlement as typed.
#[derive(Debug, Clone, Default)]
pub(super) struct TypedSettlement {
    /// Code of a [`CorrectionKind`], or empty.
    pub(super) kind: String,
    pub(super) statement: String,
    pub(super) statement_en: String,
    pub(super) words: TypedWords,
}

impl TypedSettlement {
    /// What a form sent.
    pub(super) fn read(fields: &Fields) -> Self {
        Self {
            kind: fields.get("kind").to_owned(),
            statement: fields.get("statement").to_owned(),
            statement_en: fields.get("statement_en").to_owned(),
            words: TypedWords::read(fields),
        }
    }

    /// As drafted, or the words of the notice as they are.
    fn of(correction: &Correction, notice: &Notice) -> Self {
        let Some(draft) = &correction.draft else {
            return Self { words: TypedWords::of(&notice.text), ..Self::default() };
        };
        Self {
            kind: draft.kind.code().to_owned(),
            statement: draft.statement.clone(),
            statement_en: draft.statement_en.clone().unwrap_or_default(),
            words: TypedWords::of(draft.text.as_ref().unwrap_or(&notice.text)),
        }
    }

    fn parsed_kind(&self) -> Option<CorrectionKind> {
        self.kind.parse().ok()
    }

    /// As it is stored. New words go with the kinds that change words only.
    ///
    /// # Errors
    /// `validation_failed` naming `kind` where none was chosen.
    pub(super) fn draft(&self) -> Result<CorrectionDraft, Problem> {
        let kind = self
            .parsed_kind()
            .ok_or_else(|| Problem::field("kind", "correction, clarification, upheld or retraction"))?;
        Ok(CorrectionDraft {
            kind,
            statement: self.statement.clone(),
            statement_en: Some(self.statement_en.clone()).filter(|text| !text.is_empty()),
            text: kind.changes_text().then(|| self.words.text()),
        })
    }
}

/// What the page is made from, beside what is stored.
#[derive(Debug, Default)]
pub(super) struct Attempt {
    pub(super) typed: Option<TypedSettlement>,
    pub(super) refusal: Option<Refusal>,
    pub(super) status: StatusCode,
}

#[derive(Template)]
#[template(path = "correction.html")]
struct CorrectionPage {
    shell: Shell,
    refusal: Option<Refusal>,
    correction: Correction,
    notice: Notice,
    typed: TypedSettlement,
    words: TypedWords,
    /// What the draft as stored (or the settlement) changes.
    stored: Vec<ShownDifference>,
    /// What is typed changes.
    differences: Vec<ShownDifference>,
    can_be_drafted: bool,
    can_be_settled: bool,
    drafted_by_me: bool,
    /// The reader wrote a version of the words that would change.
    wrote_before: bool,
    /// A verdict holds that says what the notice rests on.
    verdict_holds: bool,
    unsaved: bool,
    people: Names,
}

/// What changes, as an answer to typing.
#[derive(Template)]
#[template(path = "correction_difference.html")]
pub(super) struct Changes {
    pub(super) shell: Shell,
    pub(super) differences: Vec<ShownDifference>,
}

/// The page.
pub(super) async fn page(
    state: &AppState,
    visitor: Visitor,
    reader: Reader,
    id: CorrectionId,
    attempt: Attempt,
) -> Result<Response, Problem> {
    let service = &state.service;
    let actor = &visitor.actor;
    let correction = service.correction(actor, id).await?;
    let notice = service.notice(actor, correction.notice).await?;
    let acts = service.acts_on(actor, notice.organisation).await?;
    let before = service.notice_version(actor, notice.id, correction.version_before).await?;
    let after = match (&correction.settled, &correction.draft) {
        (Some(settled), _) => Some(service.notice_version(actor, notice.id, settled.version_after).await?),
        (None, Some(draft)) => draft.text.clone(),
        (None, None) => None,
    };
    let has = |roles: &[Role]| acts && roles.iter().any(|role| visitor.is(*role));
    let open = correction.settled.is_none();
    let drafted_by_me = correction.drafted_by == Some(actor.user.id);
    let changes_words = correction.draft.as_ref().is_some_and(|draft| draft.kind.changes_text());
    let versions = service.notice_versions(actor, notice.id).await?;
    let wrote_before = changes_words && versions.iter().any(|version| version.author == actor.user.id);
    let settles = has(&[Role::Approver, Role::CorrectionsOfficer]);
    let drafts = has(&[Role::Editor, Role::CorrectionsOfficer]);
    let verdict_holds = verdict_holds(state, actor, &notice).await?;
    let shell = reader.shell(Some(visitor), Section::Notices);
    let language = shell.language;
    let unsaved = attempt.typed.is_some();
    let typed = attempt.typed.unwrap_or_else(|| TypedSettlement::of(&correction, &notice));
    let page = CorrectionPage {
        stored: after.as_ref().map(|after| changes(&before, after, &shell)).unwrap_or_default(),
        differences: changes(&notice.text, &typed.words.text(), &shell),
        can_be_drafted: open && drafts,
        can_be_settled: open && settles && correction.draft.is_some() && !drafted_by_me && !wrote_before,
        verdict_holds,
        wrote_before,
        words: typed.words.clone(),
        refusal: attempt.refusal,
        people: Names::load(state).await?,
        drafted_by_me,
        unsaved,
        typed,
        correction,
        notice,
        shell,
    };
    show_with(attempt.status, &page, language)
}

/// Whether a verdict holds that says what the notice rests on. Who does not see the case is not told that none does: the store decides.
async fn verdict_holds(state: &AppState, actor: &Actor, notice: &Notice) -> Result<bool, Problem> {
    let verdicts = match state.service.verdicts(actor, notice.case).await.map_err(Problem::from) {
        Err(problem) if problem.code() == ErrorCode::NotFound => return Ok(true),
        answer => answer?,
    };
    let own = verdicts.iter().find(|verdict| verdict.id == notice.verdict);
    let same = |kind| verdicts.iter().any(|verdict| verdict.is_current() && verdict.proposal.kind == kind);
    Ok(own.is_none_or(|own| same(own.proposal.kind)))
}

/// What differs, in words.
pub(super) fn changes(old: &NoticeText, new: &NoticeText, shell: &Shell) -> Vec<ShownDifference> {
    shown(difference(old, new), shell)
}

impl CorrectionPage {
    fn title(&self) -> &str {
        podlinnik_report::notice::notice_title(&self.notice, self.shell.language)
    }

    fn name(&self, id: &UserId) -> String {
        self.people.name(*id)
    }

    /// Who opened it; the service does where the verdict changed.
    fn opened_by(&self) -> String {
        let service = self.shell.t("Сервис: вердикт пересмотрен", "The service: the verdict was revised");
        self.correction.opened_by.map_or_else(|| service.to_owned(), |id| self.people.name(id))
    }

    fn moment(&self, at: &Timestamp) -> String {
        moment(*at, self.shell.reading())
    }

    fn is_settled(&self) -> Option<&Settlement> {
        self.correction.settled.as_ref()
    }

    fn kinds(&self) -> &'static [CorrectionKind] {
        if self.verdict_holds { CorrectionKind::ALL } else { &[CorrectionKind::Retraction] }
    }

    /// What a kind means.
    fn meaning(&self, kind: &CorrectionKind) -> &'static str {
        match kind {
            CorrectionKind::Correction => self.shell.t(
                "В тексте была ошибка: он меняется, читатели узнают, что именно было неверно.",
                "Something was wrong: the words change, and readers learn what it was.",
            ),
            CorrectionKind::Clarification => self.shell.t(
                "Текст верен, но его можно понять неправильно: он становится точнее.",
                "The words are right but can be misunderstood: they become clearer.",
            ),
            CorrectionKind::Upheld => self.shell.t(
                "Проверили ещё раз: менять нечего, публикация остаётся в силе.",
                "Examined again: nothing to change, the notice stands.",
            ),
            CorrectionKind::Retraction => self.shell.t(
                "Публикация не держится: она остаётся читаемой с пометкой «отозвано».",
                "The notice does not hold: it stays readable, marked as retracted.",
            ),
        }
    }

    fn broken(&self) -> Vec<(&'static str, &'static str)> {
        self.words.broken_names(self.shell.language)
    }
}
