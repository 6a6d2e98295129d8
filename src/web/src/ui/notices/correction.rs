//! `/desk/corrections/{id}`: a doubt is settled by two people: one drafts, another agrees.

use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::CorrectionId;

use super::can_be_mended;
use super::correction_page::{Attempt, Changes, TypedSettlement, changes, page};
use super::words::TypedWords;
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::{Fields, Submitted};
use crate::ui::refusal::Refusal;
use crate::ui::shell::{Reader, Section, Shell, go_on, show};
use crate::ui::visitor::Visitor;

fn version(fields: &Fields) -> Result<u32, Problem> {
    fields.parsed("version", "the version of the draft as it was seen")
}

/// `GET /desk/corrections/{id}`
pub(super) async fn show_correction(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    Id(id): Id<CorrectionId>,
) -> Result<Response, Problem> {
    page(&state, visitor, reader, id, Attempt::default()).await
}

/// `POST /desk/corrections/{id}`: stores how it shall be settled, or shows the page again (one more source).
pub(super) async fn save(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<CorrectionId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let seen = version(&fields)?;
    let typed = TypedSettlement::read(&fields);
    if matches!(fields.get("action"), "source" | "preview") {
        let attempt = Attempt { typed: Some(typed), ..Attempt::default() };
        return page(&state, visitor, reader, id, attempt).await;
    }
    let drafted = match typed.draft() {
        Ok(draft) => {
            state.service.correction_draft(&visitor.actor, id, seen, draft).await.map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    match drafted {
        Ok(_) => Ok(go_on(&format!("/desk/corrections/{id}"), "settlement_drafted")),
        Err(problem) if can_be_mended(&problem) => {
            let shell = reader.clone().shell(None, Section::Notices);
            let refusal = Some(told(&problem, &shell));
            let changes_words = typed.draft().is_ok_and(|draft| draft.text.is_some());
            let words = if changes_words { typed.words.clone().marked() } else { typed.words.clone() };
            let typed = Some(TypedSettlement { words, ..typed });
            page(&state, visitor, reader, id, Attempt { typed, refusal, status: problem.status() }).await
        }
        Err(problem) => Err(problem),
    }
}

fn told(problem: &Problem, shell: &Shell) -> Refusal {
    let mut refusal = Refusal::told(problem, shell.language);
    refusal.fields.retain(|(field, _)| field == "kind");
    if problem.code() == ErrorCode::StaleRevision {
        shell
            .t(
                "Пока вы писали, решение предложил кто-то другой. Его вариант показан ниже; сохранив свой, вы его замените.",
                "Somebody else drafted a settlement while you wrote. It is shown below; saving yours replaces it.",
            )
            .clone_into(&mut refusal.sentence);
    }
    refusal
}

/// `POST /desk/corrections/{id}/settlement`: agrees to what another person drafted.
pub(super) async fn settle(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<CorrectionId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let seen = version(&fields)?;
    match state.service.correction_settle(&visitor.actor, id, seen).await.map_err(Problem::from) {
        Ok(settled) => Ok(go_on(&format!("/desk/notices/{}", settled.notice), "settled")),
        Err(problem) if can_be_mended(&problem) => {
            let shell = reader.clone().shell(None, Section::Notices);
            let mut refusal = Refusal::told(&problem, reader.language);
            refusal.fields.clear();
            if problem.code() == ErrorCode::StaleRevision {
                shell
                    .t(
                        "Пока вы читали, предложение изменили. Прочитайте его и решите заново.",
                        "The draft was changed while you read. Read it and decide anew.",
                    )
                    .clone_into(&mut refusal.sentence);
            }
            let attempt = Attempt { typed: None, refusal: Some(refusal), status: problem.status() };
            page(&state, visitor, reader, id, attempt).await
        }
        Err(problem) => Err(problem),
    }
}

/// `POST /desk/corrections/{id}/difference`: what changes with words that are being typed.
pub(super) async fn difference(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<CorrectionId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let correction = state.service.correction(&visitor.actor, id).await?;
    let notice = state.service.notice(&visitor.actor, correction.notice).await?;
    let shell = reader.shell(Some(visitor), Section::Notices);
    let differences = changes(&notice.text, &TypedWords::read(&fields).text(), &shell);
    let language = shell.language;
    show(&Changes { shell, differences }, language)
}
