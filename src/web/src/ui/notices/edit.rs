//! The words of a draft are changed. What somebody else saved meanwhile is shown beside what was typed; nothing that was typed is lost.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use podlinnik_domain::case::Case;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::NoticeId;
use podlinnik_domain::language::Language;
use podlinnik_domain::notice::{Notice, NoticeState};
use podlinnik_domain::people::Actor;
use podlinnik_domain::verdict::Verdict;
use podlinnik_report::difference::difference;

use super::can_be_mended;
use super::history::{ShownDifference, shown};
use super::page::Standing;
use super::preview::{Preview, drawn, language_of, live};
use super::words::{Check, TypedWords, checklist};
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::{Fields, Submitted};
use crate::ui::history::Names;
use crate::ui::refusal::Refusal;
use crate::ui::shell::{Reader, Section, Shell, go_on, show_with};
use crate::ui::visitor::Visitor;
use crate::ui::wording::brief;

/// What somebody else saved while this was typed.
pub(super) struct Meanwhile {
    pub(super) version: u32,
    pub(super) author: String,
    pub(super) differences: Vec<ShownDifference>,
}

/// The form of a notice's words, for a new one and for a draft.
#[derive(Template)]
#[template(path = "notice_edit.html")]
pub(super) struct EditPage {
    pub(super) shell: Shell,
    pub(super) refusal: Option<Refusal>,
    pub(super) words: TypedWords,
    /// Where the form goes; previews are below it.
    pub(super) address: String,
    /// None for one that has not been saved yet.
    pub(super) notice: Option<Notice>,
    pub(super) case: podlinnik_domain::id::CaseId,
    pub(super) verdict: Verdict,
    /// The revision that counts now, where it is another.
    pub(super) newer: Option<Verdict>,
    /// Another verdict counts, or none does.
    pub(super) is_stale: bool,
    /// The version that was seen.
    pub(super) version: u32,
    pub(super) meanwhile: Option<Meanwhile>,
    /// Notices that the case has already.
    pub(super) others: Vec<Notice>,
    pub(super) region: Option<String>,
    pub(super) preview_language: Language,
    pub(super) preview: Preview,
    pub(super) checklist: Vec<Check>,
    pub(super) people: Names,
    /// Typed words that are not stored: leaving the page loses them.
    pub(super) unsaved: bool,
    pub(super) now: Timestamp,
}

impl EditPage {
    fn when(&self, at: &Timestamp) -> String {
        brief(*at, self.now, self.shell.reading())
    }

    fn name(&self, id: &podlinnik_domain::id::UserId) -> String {
        self.people.name(*id)
    }

    fn class(&self, notice: &Notice) -> &'static str {
        super::page::class(notice.state)
    }

    fn is_in_review(&self) -> bool {
        self.notice.as_ref().is_some_and(|notice| notice.state == NoticeState::InReview)
    }

    /// Whether the version that is stored can go to review as it is.
    fn can_be_submitted(&self) -> bool {
        let is_draft = self.notice.as_ref().is_some_and(|notice| notice.state == NoticeState::Draft);
        is_draft && !self.is_stale && !self.unsaved && self.checklist.iter().all(|check| check.done)
    }

    fn is_english(&self) -> bool {
        self.preview_language == Language::English
    }

    fn broken(&self) -> Vec<(&'static str, &'static str)> {
        self.words.broken_names(self.shell.language)
    }
}

/// What a page of this kind is made from.
struct Attempt {
    words: TypedWords,
    refusal: Option<Refusal>,
    status: StatusCode,
    meanwhile: Option<Meanwhile>,
    language: Language,
    unsaved: bool,
}

/// The form with the words as stored.
pub(super) async fn edit_page(
    state: &AppState,
    visitor: Visitor,
    reader: Reader,
    standing: Standing,
) -> Result<Response, Problem> {
    let attempt = Attempt {
        words: TypedWords::of(&standing.notice.text),
        refusal: None,
        status: StatusCode::OK,
        meanwhile: None,
        language: Language::Russian,
        unsaved: false,
    };
    page(state, visitor, reader, standing, attempt).await
}

async fn page(
    state: &AppState,
    visitor: Visitor,
    reader: Reader,
    standing: Standing,
    attempt: Attempt,
) -> Result<Response, Problem> {
    let shell = reader.shell(Some(visitor), Section::Notices);
    let language = shell.language;
    let address = format!("/desk/notices/{}", standing.notice.id);
    let typed = Notice { text: attempt.words.text(), ..standing.notice.clone() };
    let shown = (&typed, &standing.verdict);
    let draws_at = Some(format!("{address}/card"));
    let preview = Preview::new(state, &shell, shown, &[], attempt.language, draws_at).await?;
    let page = EditPage {
        checklist: checklist(&typed.text),
        region: super::page::region(&standing.notice, &shell),
        refusal: attempt.refusal,
        words: attempt.words,
        case: standing.notice.case,
        is_stale: standing.is_stale(),
        version: standing.notice.version,
        meanwhile: attempt.meanwhile,
        others: Vec::new(),
        preview_language: attempt.language,
        unsaved: attempt.unsaved,
        people: Names::load(state).await?,
        now: state.service.clock().now(),
        verdict: standing.verdict,
        newer: standing.newer,
        notice: Some(standing.notice),
        address,
        preview,
        shell,
    };
    show_with(attempt.status, &page, language)
}

/// `POST /desk/notices/{id}`: saves, saves and hands to review, or shows the page again (one more source, a fresh preview).
pub(super) async fn save(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<NoticeId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let version: u32 = fields.parsed("version", "the version of the notice as it was seen")?;
    let words = TypedWords::read(&fields);
    let language = language_of(&fields);
    let action = fields.get("action");
    if matches!(action, "source" | "preview") {
        let standing = Standing::load(&state, &visitor.actor, id).await?;
        let status = StatusCode::OK;
        let attempt = Attempt { words, refusal: None, status, meanwhile: None, language, unsaved: true };
        return page(&state, visitor, reader, standing, attempt).await;
    }
    let problem = match stored(&state, &visitor.actor, (id, version), &words, action == "submit").await {
        Ok(done) => return Ok(go_on(&format!("/desk/notices/{id}"), done)),
        Err(problem) if can_be_mended(&problem) => problem,
        Err(problem) => return Err(problem),
    };
    let standing = Standing::load(&state, &visitor.actor, id).await?;
    let shell = reader.clone().shell(None, Section::Notices);
    let mut refusal = Refusal::told(&problem, reader.language);
    refusal.fields.clear();
    let meanwhile = if standing.notice.version == version || problem.code() != ErrorCode::StaleRevision {
        None
    } else {
        Some(meanwhile(&state, &visitor.actor, &standing, version, &shell).await?)
    };
    let words = words.marked();
    let status = problem.status();
    // What is missing for review may have been stored all the same.
    let unsaved = standing.notice.text != words.text();
    let attempt = Attempt { words, refusal: Some(refusal), status, meanwhile, language, unsaved };
    page(&state, visitor, reader, standing, attempt).await
}

/// Stores the words if they differ and, if asked, hands them to review; answers what to tell.
async fn stored(
    state: &AppState,
    actor: &Actor,
    (id, version): (NoticeId, u32),
    words: &TypedWords,
    submits: bool,
) -> Result<&'static str, Problem> {
    let before = state.service.notice(actor, id).await?;
    let text = words.text();
    let mut version = version;
    if before.version != version || before.text != text || before.state != NoticeState::Draft {
        version = state.service.notice_revise(actor, id, version, text).await?.version;
    }
    if submits {
        state.service.notice_submit(actor, id, version).await?;
        return Ok("in_review");
    }
    Ok("saved")
}

async fn meanwhile(
    state: &AppState,
    actor: &Actor,
    standing: &Standing,
    seen: u32,
    shell: &Shell,
) -> Result<Meanwhile, Problem> {
    let old = state.service.notice_version(actor, standing.notice.id, seen).await?;
    let names = Names::load(state).await?;
    Ok(Meanwhile {
        version: standing.notice.version,
        author: names.name(standing.notice.author),
        differences: shown(difference(&old, &standing.notice.text), shell),
    })
}

/// `POST /desk/notices/{id}/preview`: what becomes of words that are being typed.
pub(super) async fn preview(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<NoticeId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let (notice, verdict) = typed(&state, &visitor.actor, id, &fields).await?;
    let shell = reader.shell(Some(visitor), Section::Notices);
    let draws_at = format!("/desk/notices/{id}/card");
    live(&state, shell, (&notice, &verdict), language_of(&fields), draws_at).await
}

/// `POST /desk/notices/{id}/card`: the card of words that are being typed.
pub(super) async fn card(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<NoticeId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let subject = typed(&state, &visitor.actor, id, &fields).await?;
    let actor = visitor.actor.clone();
    let shell = reader.shell(Some(visitor), Section::Notices);
    drawn(&state, shell, &actor, subject, language_of(&fields)).await
}

async fn typed(
    state: &AppState,
    actor: &Actor,
    id: NoticeId,
    fields: &Fields,
) -> Result<(Notice, Verdict), Problem> {
    let notice = state.service.notice(actor, id).await?;
    let verdict = state.service.verdict(actor, notice.verdict).await?;
    Ok((Notice { text: TypedWords::read(fields).text(), ..notice }, verdict))
}

/// A notice that has not been saved: as it would come into being.
pub(super) fn unsaved(
    case: &Case,
    verdict: &Verdict,
    actor: &Actor,
    words: &TypedWords,
    now: Timestamp,
) -> Notice {
    Notice {
        id: NoticeId::from(uuid::Uuid::nil()),
        case: case.id,
        verdict: verdict.id,
        verdict_revision: verdict.revision,
        organisation: actor.user.organisation,
        region: case.region.clone(),
        version: 1,
        text: words.text(),
        state: NoticeState::Draft,
        author: actor.user.id,
        approver: None,
        created_at: now,
        updated_at: now,
        published_at: None,
    }
}
