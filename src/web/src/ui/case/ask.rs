//! `/desk/cases/{id}/ask`: a question to an agency.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use podlinnik_domain::case::Case;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::CaseId;
use podlinnik_domain::people::{Organisation, OrganisationLevel, Role};
use podlinnik_pipeline::Question;

use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::{Fields, Submitted};
use crate::ui::refusal::Refusal;
use crate::ui::shell::{Reader, Section, Shell, show, show_with};
use crate::ui::visitor::Visitor;
use crate::ui::wording::{from_input, input};
use crate::ui::zone::Zone;

/// An answer is asked for within this time unless the form says otherwise: half of what is left to the four-hour mark, in hours.
const USUAL_HOURS: i64 = 2;

#[derive(Template)]
#[template(path = "ask.html")]
struct AskPage {
    shell: Shell,
    refusal: Option<Refusal>,
    case: Case,
    partners: Vec<Organisation>,
    fields: Fields,
    due: String,
    /// The link for the agency, once the question was asked.
    link: Option<String>,
}

impl AskPage {
    fn zone(&self) -> &'static str {
        self.shell.zone_name()
    }

    fn name<'a>(&self, organisation: &'a Organisation) -> &'a str {
        self.shell.t(&organisation.name_ru, &organisation.name_en)
    }
}

async fn page(
    state: &AppState,
    reader: Reader,
    visitor: Visitor,
    id: CaseId,
    fields: Fields,
    refusal: Option<Refusal>,
) -> Result<AskPage, Problem> {
    let case = state.service.case(&visitor.actor, id).await?;
    let mut partners = state.service.organisations().await?;
    partners.retain(|one| one.level == OrganisationLevel::Partner);
    let usual = jiff::SignedDuration::from_hours(USUAL_HOURS);
    let due = state.service.clock().now().checked_add(usual).unwrap_or(jiff::Timestamp::MAX);
    let due = fields.filled("due_at").unwrap_or_else(|| input(due, reader.zone));
    let shell = reader.shell(Some(visitor), Section::Board);
    Ok(AskPage { shell, refusal, case, partners, fields, due, link: None })
}

pub(super) async fn ask_page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    Id(id): Id<CaseId>,
) -> Result<Response, Problem> {
    let language = reader.language;
    let case = state.service.case(&visitor.actor, id).await?;
    let asks = visitor.is(Role::Analyst) || visitor.is(Role::Editor);
    if !asks || !state.service.acts_on(&visitor.actor, case.organisation).await? {
        return Err(ErrorCode::Forbidden.into());
    }
    show(&page(&state, reader, visitor, id, Fields::default(), None).await?, language)
}

pub(super) async fn ask(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<CaseId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let language = reader.language;
    let asked = match question(&fields, reader.zone) {
        Ok(question) => state.service.inquiry_ask(&visitor.actor, id, question).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match asked {
        Ok(asked) => {
            let mut page = page(&state, reader, visitor, id, Fields::default(), None).await?;
            page.link = Some(asked.link);
            show(&page, language)
        }
        Err(problem) if matches!(problem.code(), ErrorCode::ValidationFailed | ErrorCode::ReasonRequired) => {
            let refusal = Some(Refusal::told(&problem, language).keeping());
            let page = page(&state, reader, visitor, id, fields, refusal).await?;
            show_with(StatusCode::UNPROCESSABLE_ENTITY, &page, language)
        }
        Err(problem) => Err(problem),
    }
}

fn question(fields: &Fields, zone: Zone) -> Result<Question, Problem> {
    Ok(Question {
        organisation: fields.optional("organisation", "one of the partners")?,
        addressee: fields.get("addressee").to_owned(),
        contact: fields.filled("contact"),
        question: fields.get("question").to_owned(),
        due_at: from_input(fields.get("due_at"), zone)
            .ok_or_else(|| Problem::field("due_at", "a date and a time"))?,
    })
}
