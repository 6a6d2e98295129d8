//! `/desk/admin/models/{id}/recall`: which cases rest on a model, and examining them anew once it is withdrawn.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::language::Text;
use podlinnik_domain::people::Role;
use podlinnik_pipeline::administration::InstalledModel;
use podlinnik_pipeline::recall::Recalled;

use super::frame::{Place, Tab, tabs};
use super::models::find;
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::{Fields, Submitted};
use crate::ui::refusal::Refusal;
use crate::ui::shell::{Reader, Section, Shell, go_on, show, show_with};
use crate::ui::visitor::Visitor;
use crate::ui::wording::count;

/// Cases on the page; the count tells of all.
const SHOWN: usize = 200;

#[derive(Template)]
#[template(path = "admin/recall.html")]
struct RecallPage {
    shell: Shell,
    tabs: Vec<Tab>,
    refusal: Option<Refusal>,
    typed: Fields,
    model: InstalledModel,
    total: u64,
    /// The first ones.
    cases: Vec<Recalled>,
    decided: u64,
    published: u64,
}

impl RecallPage {
    fn words(&self, number: &u64) -> String {
        count(*number, ["дело", "дела", "дел"], ["case", "cases"], self.shell.language)
    }

    fn notices(&self, number: &u64) -> String {
        let russian =
            ["опубликованное опровержение", "опубликованных опровержения", "опубликованных опровержений"];
        count(*number, russian, ["published notice", "published notices"], self.shell.language)
    }

    fn is_cut(&self) -> bool {
        self.total > u64::try_from(self.cases.len()).unwrap_or(u64::MAX)
    }
}

async fn gather(
    state: &AppState,
    visitor: Visitor,
    reader: Reader,
    id: &str,
    refusal: Option<Refusal>,
    typed: Fields,
) -> Result<RecallPage, Problem> {
    if !visitor.is(Role::OrgAdmin) {
        return Err(ErrorCode::Forbidden.into());
    }
    let model = find(state, &visitor, id).await?;
    let (mut cases, mut decided, mut published) = (Vec::new(), 0, 0);
    let mut tell = |recalled: &Recalled| {
        decided += u64::from(recalled.verdict.is_some());
        published += u64::try_from(recalled.notices.len()).unwrap_or(u64::MAX);
        if cases.len() < SHOWN {
            cases.push(recalled.clone());
        }
    };
    let sha256 = model.info.sha256;
    let total = state.service.recall(Some(&visitor.actor), sha256, "dry run", false, &mut tell).await?;
    let shell = reader.shell(Some(visitor), Section::Admin);
    let tabs = tabs(&shell, Place::Models);
    Ok(RecallPage { tabs, refusal, typed, model, total, cases, decided, published, shell })
}

/// `GET /desk/admin/models/{id}/recall`: the list; nothing is changed.
pub(super) async fn page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    Id(id): Id<String>,
) -> Result<Response, Problem> {
    let language = reader.language;
    show(&gather(&state, visitor, reader, &id, None, Fields::default()).await?, language)
}

/// `POST /desk/admin/models/{id}/recall`: new analyses are queued.
pub(super) async fn reopen(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<String>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    if !visitor.is(Role::OrgAdmin) {
        return Err(ErrorCode::Forbidden.into());
    }
    let model = find(&state, &visitor, &id).await?;
    let actor = Some(&visitor.actor);
    let done = state.service.recall(actor, model.info.sha256, fields.get("reason"), true, &mut |_| {}).await;
    match done {
        Ok(_) => Ok(go_on(&format!("/desk/admin/models/{id}/recall"), "recalled")),
        Err(error) => {
            let problem = Problem::from(error);
            let (status, language) = (problem.status(), reader.language);
            let refusal = match problem.code() {
                ErrorCode::WrongState => Refusal::saying(
                    Text {
                        ru: "Модель установлена и не отозвана: новый анализ спросил бы её снова. Сначала отзовите её в models/manifest.toml.",
                        en: "The model is installed and not withdrawn: a new analysis would ask it again. Withdraw it in models/manifest.toml first.",
                    },
                    language,
                ),
                _ => Refusal::of(problem, language)?,
            };
            let page = gather(&state, visitor, reader, &id, Some(refusal), fields).await?;
            show_with(status, &page, language)
        }
    }
}
