//! `/desk/admin`: people of the branch, filtered; `/desk/admin/people/new`: one more.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use podlinnik_domain::id::OrganisationId;
use podlinnik_domain::language::Text;
use podlinnik_domain::people::{Organisation, Role};
use podlinnik_pipeline::administration::PersonEntry;

use super::frame::{Place, Tab, admit, tabs};
use super::person::{LINK_ONCE, link_note};
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::{Fields, Submitted};
use crate::ui::once::{OncePage, Shown};
use crate::ui::refusal::Refusal;
use crate::ui::shell::{Reader, Section, Shell, go_on, show, show_with};
use crate::ui::visitor::Visitor;
use crate::ui::wording::count;

/// People on a page: more are found by filter.
const MOST_SHOWN: usize = 300;

#[derive(Template)]
#[template(path = "admin/people.html")]
struct PeoplePage {
    shell: Shell,
    tabs: Vec<Tab>,
    asked: Fields,
    people: Vec<PersonEntry>,
    /// Everybody that the visitor may see.
    total: usize,
    found: usize,
    organisations: Vec<Organisation>,
    names: BTreeMap<OrganisationId, String>,
    may_add: bool,
}

#[derive(Template)]
#[template(path = "admin/person_new.html")]
struct NewPage {
    shell: Shell,
    tabs: Vec<Tab>,
    refusal: Option<Refusal>,
    typed: Fields,
    organisations: Vec<Organisation>,
    /// Federal administrators alone make auditors.
    may_make_auditors: bool,
}

/// The name of an organisation in the reader's language.
pub(super) fn name_of(one: &Organisation, shell: &Shell) -> String {
    shell.t(&one.name_ru, &one.name_en).to_owned()
}

impl PeoplePage {
    fn organisation(&self, entry: &PersonEntry) -> &str {
        self.names.get(&entry.user.organisation).map_or("—", String::as_str)
    }

    /// The same for an identifier.
    fn is_id(&self, name: &str, id: &OrganisationId) -> bool {
        self.asked.get(name) == id.to_string()
    }

    fn is_asked(&self, name: &str, value: &str) -> bool {
        self.asked.get(name) == value
    }

    fn numbers(&self) -> String {
        let language = self.shell.language;
        let number = u64::try_from(self.found).unwrap_or(u64::MAX);
        count(number, ["человек", "человека", "человек"], ["person", "people"], language)
    }

    fn is_cut(&self) -> bool {
        self.found > self.people.len()
    }
}

impl NewPage {
    fn ticked(&self, role: Role) -> bool {
        self.typed.all("roles").any(|code| code == role.code())
    }

    fn chosen(&self, one: &Organisation) -> bool {
        let typed = self.typed.get("organisation");
        if typed.is_empty() {
            self.shell.visitor.as_ref().is_some_and(|visitor| visitor.actor.user.organisation == one.id)
        } else {
            typed == one.id.to_string()
        }
    }

    fn roles(&self) -> impl Iterator<Item = Role> {
        Role::ALL.iter().copied().filter(|role| *role != Role::Auditor || self.may_make_auditors)
    }

    fn wrong(&self, field: &str) -> bool {
        self.refusal.as_ref().is_some_and(|refusal| refusal.names(field))
    }
}

/// `GET /desk/admin`
pub(super) async fn list(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    admit(&visitor)?;
    let asked = Fields::parse(query.unwrap_or_default().as_bytes())?;
    let actor = &visitor.actor;
    let everybody = state.service.people(actor).await?;
    let organisations = state.service.organisations_in_sight(actor).await?;
    let total = everybody.len();
    let mut people: Vec<PersonEntry> =
        everybody.into_iter().filter(|entry| is_wanted(entry, &asked)).collect();
    let found = people.len();
    people.truncate(MOST_SHOWN);
    let may_add = visitor.is(Role::OrgAdmin);
    let shell = reader.shell(Some(visitor), Section::Admin);
    let language = shell.language;
    let names = organisations.iter().map(|one| (one.id, name_of(one, &shell))).collect();
    let tabs = tabs(&shell, Place::People);
    show(&PeoplePage { tabs, asked, people, total, found, organisations, names, may_add, shell }, language)
}

/// Whether the filters let a person through.
fn is_wanted(entry: &PersonEntry, asked: &Fields) -> bool {
    let user = &entry.user;
    let folded = |text: &str| text.to_lowercase().replace('ё', "е");
    let wanted = folded(asked.get("q"));
    let by_name =
        wanted.is_empty() || folded(&user.display_name).contains(&wanted) || user.login.contains(&wanted);
    let organisation = asked.get("organisation");
    let by_organisation = organisation.is_empty() || user.organisation.to_string() == organisation;
    let by_role = asked.get("role").parse().map_or(true, |role| user.has(role));
    let by_state = match asked.get("state") {
        "open" => user.disabled_at.is_none(),
        "closed" => user.disabled_at.is_some(),
        "no_factor" => user.disabled_at.is_none() && !entry.has_second_factor,
        _ => true,
    };
    by_name && by_organisation && by_role && by_state
}

/// `GET /desk/admin/people/new`
pub(super) async fn new_page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
) -> Result<Response, Problem> {
    let language = reader.language;
    show(&gather(&state, visitor, reader, None, Fields::default()).await?, language)
}

async fn gather(
    state: &AppState,
    visitor: Visitor,
    reader: Reader,
    refusal: Option<Refusal>,
    typed: Fields,
) -> Result<NewPage, Problem> {
    if !visitor.is(Role::OrgAdmin) {
        return Err(podlinnik_domain::error_code::ErrorCode::Forbidden.into());
    }
    let organisations = state.service.organisations_in_sight(&visitor.actor).await?;
    let may_make_auditors = state.service.administers_all(&visitor.actor).await?;
    let shell = reader.shell(Some(visitor), Section::Admin);
    Ok(NewPage { tabs: tabs(&shell, Place::People), refusal, typed, organisations, may_make_auditors, shell })
}

/// What stands beside the first link of a new account.
const WELCOME_ONCE: Shown = Shown {
    title: Text { ru: "Учётная запись заведена", en: "The account is made" },
    ..LINK_ONCE
};

/// `POST /desk/admin/people/new`: the account, and the link with which its holder sets a password.
pub(super) async fn create(
    State(state): State<AppState>,
    reader: Reader,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let roles: Vec<Role> = fields.all("roles").filter_map(|code| code.parse().ok()).collect();
    let service = &state.service;
    let added = match fields.parsed::<OrganisationId>("organisation", "an organisation") {
        Ok(organisation) => {
            let (login, name) = (fields.get("login").to_lowercase(), fields.get("display_name"));
            service
                .user_add(Some(&visitor.actor), organisation, &login, name, &roles)
                .await
                .map_err(Problem::from)
        }
        Err(problem) => Err(problem),
    };
    let user = match added {
        Ok(user) => user,
        Err(problem) => {
            let (status, language) = (problem.status(), reader.language);
            let refusal = refused(problem, language)?;
            let page = gather(&state, visitor, reader, Some(refusal), fields).await?;
            return show_with(status, &page, language);
        }
    };
    let back = format!("/desk/admin/people/{}", user.id);
    if !fields.ticked("link") {
        return Ok(go_on(&back, "saved"));
    }
    let link = service.link_make(Some(&visitor.actor), user.id).await?;
    let address = link.address(&service.settings().public_url);
    let note = link_note(&user.display_name, link.expires_at, reader.reading());
    let shell = reader.shell(Some(visitor), Section::Admin);
    OncePage::new(shell, &WELCOME_ONCE, address, &back).with_note(note).answer()
}

/// A login that is taken is told in words of its own.
fn refused(problem: Problem, language: podlinnik_domain::language::Language) -> Result<Refusal, Problem> {
    if problem.code() == podlinnik_domain::error_code::ErrorCode::Conflict {
        let text = Text {
            ru: "Такое имя для входа уже занято. Выберите другое.",
            en: "This login is taken. Choose another.",
        };
        return Ok(Refusal::saying(text, language));
    }
    Refusal::of(problem, language)
}
