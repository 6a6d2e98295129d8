//! A new notice on a case's verdict: `/desk/cases/{case}/notice`, filled in with what is known; `?from=` takes the words of an earlier one.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use podlinnik_domain::case::Case;
use podlinnik_domain::id::{CaseId, NoticeId, VerdictId};
use podlinnik_domain::language::Language;
use podlinnik_domain::notice::Notice;
use podlinnik_domain::people::{Actor, Role};
use podlinnik_domain::verdict::Verdict;

use super::can_be_mended;
use super::edit::{EditPage, unsaved};
use super::preview::{Preview, drawn, language_of, live};
use super::suggestion::suggestion;
use super::words::{TypedWords, checklist};
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::{Fields, Submitted};
use crate::ui::history::Names;
use crate::ui::refusal::Refusal;
use crate::ui::shell::{Reader, Section, Shell, go_on, show, show_with};
use crate::ui::visitor::Visitor;

/// Why there is nothing to draft.
#[derive(Template)]
#[template(path = "notice_not_yet.html")]
struct NotYet {
    shell: Shell,
    case: CaseId,
    /// The visitor is an editor: what is missing is the verdict.
    is_editor: bool,
    others: Vec<Notice>,
}

/// What a page for a new notice is made from.
struct Attempt {
    words: TypedWords,
    refusal: Option<Refusal>,
    status: StatusCode,
    language: Language,
    unsaved: bool,
}

/// `GET /desk/cases/{case}/notice`
pub(super) async fn new_page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    Id(id): Id<CaseId>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = Fields::parse(query.as_deref().unwrap_or_default().as_bytes())?;
    let actor = &visitor.actor;
    let case = state.service.case(actor, id).await?;
    let verdict = state.service.current_verdict(actor, id).await?;
    let is_editor = visitor.is(Role::Editor) && state.service.acts_on(actor, case.organisation).await?;
    let (Some(verdict), true) = (verdict, is_editor) else {
        let others = state.service.notices(actor, id).await?;
        let shell = reader.shell(Some(visitor), Section::Notices);
        let language = shell.language;
        return show(&NotYet { shell, case: id, is_editor, others }, language);
    };
    let words = match asked.get("from").parse::<NoticeId>() {
        Ok(earlier) => TypedWords::of(&state.service.notice(actor, earlier).await?.text),
        Err(_) => TypedWords::of(&suggestion(&case, &verdict, state.service.clock().now(), reader.zone)),
    };
    let attempt =
        Attempt { words, refusal: None, status: StatusCode::OK, language: Language::Russian, unsaved: false };
    page(&state, visitor, reader, (case, verdict), attempt).await
}

async fn page(
    state: &AppState,
    visitor: Visitor,
    reader: Reader,
    (case, verdict): (Case, Verdict),
    attempt: Attempt,
) -> Result<Response, Problem> {
    let now = state.service.clock().now();
    let others = state.service.notices(&visitor.actor, case.id).await?;
    let notice = unsaved(&case, &verdict, &visitor.actor, &attempt.words, now);
    let address = format!("/desk/cases/{}/notice", case.id);
    let shell = reader.shell(Some(visitor), Section::Notices);
    let language = shell.language;
    let draws_at = Some(format!("{address}/card"));
    let preview = Preview::new(state, &shell, (&notice, &verdict), &[], attempt.language, draws_at).await?;
    let page = EditPage {
        checklist: checklist(&notice.text),
        region: super::page::region(&notice, &shell),
        refusal: attempt.refusal,
        words: attempt.words,
        notice: None,
        case: case.id,
        newer: None,
        is_stale: false,
        version: 0,
        meanwhile: None,
        others,
        preview_language: attempt.language,
        people: Names::load(state).await?,
        unsaved: attempt.unsaved,
        verdict,
        address,
        preview,
        shell,
        now,
    };
    show_with(attempt.status, &page, language)
}

/// `POST /desk/cases/{case}/notice`: stores the draft, or shows the page again (one more source, a fresh preview).
pub(super) async fn draft(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<CaseId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let words = TypedWords::read(&fields);
    let language = language_of(&fields);
    let action = fields.get("action");
    let (refusal, status) = if matches!(action, "source" | "preview") {
        (None, StatusCode::OK)
    } else {
        let verdict: VerdictId = fields.parsed("verdict", "the verdict revision as it was seen")?;
        match stored(&state, &visitor.actor, verdict, &words, action == "submit").await {
            Ok((notice, done)) => return Ok(go_on(&format!("/desk/notices/{notice}"), done)),
            Err(problem) if can_be_mended(&problem) => {
                let mut refusal = Refusal::told(&problem, reader.language);
                refusal.fields.clear();
                (Some(refusal), problem.status())
            }
            Err(problem) => return Err(problem),
        }
    };
    let words = if refusal.is_some() { words.marked() } else { words };
    let subject = subject(&state, &visitor.actor, id).await?;
    let attempt = Attempt { words, refusal, status, language, unsaved: true };
    page(&state, visitor, reader, subject, attempt).await
}

/// Stores the draft and, if asked and if it is complete, hands it to review; answers what to tell.
async fn stored(
    state: &AppState,
    actor: &Actor,
    verdict: VerdictId,
    words: &TypedWords,
    submits: bool,
) -> Result<(NoticeId, &'static str), Problem> {
    let notice = state.service.notice_draft(actor, verdict, words.text()).await?;
    if submits && notice.text.missing().is_empty() {
        state.service.notice_submit(actor, notice.id, notice.version).await?;
        return Ok((notice.id, "in_review"));
    }
    Ok((notice.id, if submits { "drafted" } else { "saved" }))
}

async fn subject(state: &AppState, actor: &Actor, id: CaseId) -> Result<(Case, Verdict), Problem> {
    let case = state.service.case(actor, id).await?;
    let verdict = state.service.current_verdict(actor, id).await?;
    let verdict = verdict.ok_or(podlinnik_domain::error_code::ErrorCode::WrongState)?;
    Ok((case, verdict))
}

/// `POST /desk/cases/{case}/notice/preview`
pub(super) async fn preview(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<CaseId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let (case, verdict) = subject(&state, &visitor.actor, id).await?;
    let now = state.service.clock().now();
    let notice = unsaved(&case, &verdict, &visitor.actor, &TypedWords::read(&fields), now);
    let shell = reader.shell(Some(visitor), Section::Notices);
    let draws_at = format!("/desk/cases/{id}/notice/card");
    live(&state, shell, (&notice, &verdict), language_of(&fields), draws_at).await
}

/// `POST /desk/cases/{case}/notice/card`
pub(super) async fn card(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<CaseId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let (case, verdict) = subject(&state, &visitor.actor, id).await?;
    let now = state.service.clock().now();
    let actor = visitor.actor.clone();
    let notice = unsaved(&case, &verdict, &actor, &TypedWords::read(&fields), now);
    let shell = reader.shell(Some(visitor), Section::Notices);
    drawn(&state, shell, &actor, (notice, verdict), language_of(&fields)).await
}
