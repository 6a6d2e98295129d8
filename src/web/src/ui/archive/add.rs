//! `/desk/archive/new`: the form for an original: a file of one's own, or an item that somebody handed in.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::SubmissionId;
use podlinnik_domain::language::{Language, Text};
use podlinnik_domain::original::{Attribution, PartialDate};
use podlinnik_domain::submission::Submission;

use super::list::KEEPERS;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::{Fields, Submitted};
use crate::ui::refusal::Refusal;
use crate::ui::shell::{Reader, Section, Shell, go_on, show, show_with};
use crate::ui::size::bytes;
use crate::ui::visitor::Visitor;

#[derive(Template)]
#[template(path = "archive/add.html")]
struct AddPage {
    shell: Shell,
    refusal: Option<Refusal>,
    typed: Fields,
    /// The item that is meant, where it was handed in.
    submission: Option<Submission>,
    largest_bytes: u64,
    /// Whether this process keeps an archive at all.
    has_archive: bool,
}

impl AddPage {
    fn largest(&self) -> String {
        bytes(self.largest_bytes, self.shell.language)
    }

    fn wrong(&self, field: &str) -> bool {
        self.refusal.as_ref().is_some_and(|refusal| refusal.names(field))
    }

    /// What was typed; whoever fills the form in vouches unless somebody else is named.
    fn vouched_by(&self) -> &str {
        let typed = self.typed.get("vouched_by");
        let own = || self.shell.visitor.as_ref().map_or("", |visitor| &visitor.actor.user.display_name);
        if typed.is_empty() { own() } else { typed }
    }

    fn name(&self) -> &str {
        let named = self.submission.as_ref().and_then(|one| one.circumstances.file_name.as_deref());
        named.unwrap_or_else(|| self.shell.t("присланный материал", "the item handed in"))
    }
}

/// What the form says of the original.
pub(super) fn attribution(fields: &Fields) -> Result<Attribution, Problem> {
    let recorded: Option<PartialDate> = fields.optional("recorded", "a date, as exactly as it is known")?;
    Ok(Attribution {
        title: fields.filled("title"),
        source: fields.filled("source"),
        recorded,
        link: fields.filled("link"),
        vouched_by: fields.get("vouched_by").to_owned(),
    })
}

/// Refusals of adding in words of their own.
fn told(problem: Problem, language: Language) -> Result<Refusal, Problem> {
    let text = match problem.code() {
        ErrorCode::Conflict => Text {
            ru: "Эти же байты уже есть в архиве.",
            en: "The same bytes are in the archive already.",
        },
        ErrorCode::WrongState => Text {
            ru: "Нельзя: этот файл был отклонён, или утверждённый вердикт говорит, что он не подлинный.",
            en: "Not possible: this file was refused, or an approved verdict says that it is not genuine.",
        },
        ErrorCode::MissingFile => Text { ru: "Выберите файл.", en: "Choose a file." },
        _ => return Refusal::of(problem, language),
    };
    Ok(Refusal::saying(text, language))
}

/// The form again after a refusal.
pub(super) async fn again(
    state: &AppState,
    visitor: Visitor,
    reader: Reader,
    problem: Problem,
    typed: Fields,
) -> Result<Response, Problem> {
    let (status, language) = (problem.status(), reader.language);
    let refusal = told(problem, language)?;
    let page = gather(state, visitor, reader, Some(refusal), typed).await?;
    show_with(status, &page, language)
}

async fn gather(
    state: &AppState,
    visitor: Visitor,
    reader: Reader,
    refusal: Option<Refusal>,
    typed: Fields,
) -> Result<AddPage, Problem> {
    let shell = reader.shell(Some(visitor.clone()), Section::Library);
    if !shell.has(KEEPERS) {
        return Err(ErrorCode::Forbidden.into());
    }
    let submission = match typed.optional::<SubmissionId>("submission", "an item that was handed in")? {
        Some(id) => Some(state.service.submission(&visitor.actor, id).await?),
        None => None,
    };
    let largest_bytes = state.service.settings().upload_bytes;
    let has_archive = state.service.archive().is_ok();
    Ok(AddPage { refusal, typed, submission, largest_bytes, has_archive, shell })
}

/// `GET /desk/archive/new`, with `?submission=` for an item that somebody handed in.
pub(super) async fn page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let typed = Fields::parse(query.unwrap_or_default().as_bytes())?;
    let language = reader.language;
    show(&gather(&state, visitor, reader, None, typed).await?, language)
}

/// `POST /desk/archive/new`: an item that somebody handed in becomes an original.
pub(super) async fn submitted(
    State(state): State<AppState>,
    reader: Reader,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let id: SubmissionId = fields.parsed("submission", "an item that was handed in")?;
    let added = match attribution(&fields) {
        Ok(said) => state.service.original_add(&visitor.actor, id, said).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match added {
        Ok(item) => Ok(go_on(&format!("/desk/archive/{}", item.id), "original_added")),
        Err(problem) => again(&state, visitor, reader, problem, fields).await,
    }
}
