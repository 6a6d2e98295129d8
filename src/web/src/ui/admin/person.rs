//! `/desk/admin/people/{id}`: one account: name, roles, link, keys, history.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::UserId;
use podlinnik_domain::language::{Language, Text};
use podlinnik_domain::people::{Role, User};
use podlinnik_pipeline::UserChange;
use podlinnik_pipeline::administration::PersonFile;

use super::frame::{Place, Tab, admit, tabs};
use super::people::name_of;
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::account::keys::KeyLine;
use crate::ui::form::{Fields, Submitted};
use crate::ui::history::{Line, Names, lines};
use crate::ui::once::{OncePage, Shown};
use crate::ui::refusal::Refusal;
use crate::ui::shell::{Reader, Section, Shell, go_on, show, show_with};
use crate::ui::visitor::Visitor;
use crate::ui::wording::{brief, moment};
use crate::ui::zone::Reading;

/// What stands beside a link that works once.
pub(super) const LINK_ONCE: Shown = Shown {
    title: Text { ru: "Одноразовая ссылка", en: "Link that works once" },
    label: Text { ru: "Ссылка", en: "Link" },
    advice: Text {
        ru: "Передайте ссылку лично или по защищённому каналу: кто её откроет, тот и задаст пароль. Больше она не покажется; прежняя ссылка этого человека уже не действует.",
        en: "Hand the link over in person or by a safe channel: whoever opens it sets the password. It is not shown again; an earlier link of this person works no more.",
    },
};

/// Who the link is for, and how long it works.
pub(super) fn link_note(name: &str, until: Timestamp, reading: Reading) -> String {
    let until = moment(until, reading);
    match reading.language {
        Language::Russian => format!("Для кого: {name}. Действует до {until} и только один раз."),
        Language::English => format!("For {name}. Works until {until}, and once only."),
    }
}

/// A part of the page that a refusal belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Account,
    Keys,
}

#[derive(Template)]
#[template(path = "admin/person.html")]
struct PersonPage {
    shell: Shell,
    tabs: Vec<Tab>,
    refusal: Option<Refusal>,
    refused_at: Option<Part>,
    typed: Fields,
    user: User,
    has_second_factor: bool,
    may_change: bool,
    is_self: bool,
    may_make_auditors: bool,
    organisation: String,
    keys: Vec<KeyLine>,
    history: Vec<Line>,
    now: Timestamp,
}

impl PersonPage {
    fn closed(&self) -> Option<String> {
        self.user.disabled_at.map(|at| brief(at, self.now, self.shell.reading()))
    }

    fn made(&self) -> String {
        moment(self.user.created_at, self.shell.reading())
    }

    fn refused_account(&self) -> bool {
        self.refused_at == Some(Part::Account)
    }

    fn refused_keys(&self) -> bool {
        self.refused_at == Some(Part::Keys)
    }

    /// What was typed after a refusal, what there is otherwise.
    fn name(&self) -> &str {
        if self.typed.ticked("display_name") {
            self.typed.get("display_name")
        } else {
            &self.user.display_name
        }
    }

    fn ticked(&self, role: Role) -> bool {
        if self.typed.ticked("of_roles") {
            self.typed.all("roles").any(|code| code == role.code())
        } else {
            self.user.has(role)
        }
    }

    fn scope_ticked(&self, role: Role) -> bool {
        !self.refused_keys() || self.typed.all("scopes").any(|code| code == role.code())
    }

    /// An auditor's box is shown to those who may tick it, and where it is ticked.
    fn roles(&self) -> impl Iterator<Item = Role> {
        Role::ALL
            .iter()
            .copied()
            .filter(|role| *role != Role::Auditor || self.may_make_auditors || self.user.has(Role::Auditor))
    }

    /// A program's account: its key may be issued by an administrator.
    fn is_program(&self) -> bool {
        self.user.roles.iter().all(|role| matches!(role, Role::Submitter | Role::Partner))
    }
}

/// `GET /desk/admin/people/{id}`
pub(super) async fn page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    Id(id): Id<UserId>,
) -> Result<Response, Problem> {
    admit(&visitor)?;
    let language = reader.language;
    show(&gather(&state, visitor, reader, id, None, Fields::default()).await?, language)
}

/// The page again after a refusal.
pub(super) async fn again(
    state: &AppState,
    visitor: Visitor,
    reader: Reader,
    id: UserId,
    (part, problem): (Part, Problem),
    typed: Fields,
) -> Result<Response, Problem> {
    let (status, language) = (problem.status(), reader.language);
    let refusal = match problem.code() {
        ErrorCode::SamePerson => Refusal::saying(
            Text {
                ru: "Свои роли и свою учётную запись меняет другой администратор.",
                en: "Another administrator changes your own roles and account.",
            },
            language,
        ),
        _ => Refusal::of(problem, language)?,
    };
    let page = gather(state, visitor, reader, id, Some((part, refusal)), typed).await?;
    show_with(status, &page, language)
}

async fn gather(
    state: &AppState,
    visitor: Visitor,
    reader: Reader,
    id: UserId,
    refused: Option<(Part, Refusal)>,
    typed: Fields,
) -> Result<PersonPage, Problem> {
    let service = &state.service;
    let actor = &visitor.actor;
    let PersonFile { user, has_second_factor, may_change, history } = service.person(actor, id).await?;
    let now = service.clock().now();
    let keys = if may_change { service.keys(actor, Some(id)).await? } else { Vec::new() };
    let may_make_auditors = service.administers_all(actor).await?;
    let organisations = service.organisations().await?;
    let is_self = actor.user.id == id;
    let names = Names::load(state).await?;
    let shell = reader.shell(Some(visitor), Section::Admin);
    let organisation =
        organisations.iter().find(|one| one.id == user.organisation).map(|one| name_of(one, &shell));
    let (refused_at, refusal) = refused.unzip();
    Ok(PersonPage {
        tabs: tabs(&shell, Place::People),
        refusal,
        refused_at,
        typed,
        has_second_factor,
        may_change,
        is_self,
        may_make_auditors,
        organisation: organisation.unwrap_or_default(),
        keys: keys.into_iter().map(|key| KeyLine::new(key, now, shell.reading())).collect(),
        history: lines(&history, &names, now, shell.reading()),
        now,
        user,
        shell,
    })
}

/// Changes the account and goes back to it.
async fn change(
    state: &AppState,
    reader: Reader,
    id: UserId,
    Submitted { visitor, fields }: Submitted,
    change: UserChange,
    done: &str,
) -> Result<Response, Problem> {
    match state.service.user_change(Some(&visitor.actor), id, change).await {
        Ok(_) => Ok(go_on(&format!("/desk/admin/people/{id}"), done)),
        Err(error) => again(state, visitor, reader, id, (Part::Account, error.into()), fields).await,
    }
}

/// `POST /desk/admin/people/{id}/name`
pub(super) async fn rename(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<UserId>,
    submitted: Submitted,
) -> Result<Response, Problem> {
    let display_name = Some(submitted.fields.get("display_name").to_owned());
    change(&state, reader, id, submitted, UserChange { display_name, ..UserChange::default() }, "saved").await
}

/// `POST /desk/admin/people/{id}/roles`
pub(super) async fn roles(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<UserId>,
    submitted: Submitted,
) -> Result<Response, Problem> {
    let roles = submitted.fields.all("roles").filter_map(|code| code.parse().ok()).collect();
    change(&state, reader, id, submitted, UserChange { roles: Some(roles), ..UserChange::default() }, "saved")
        .await
}

/// `POST /desk/admin/people/{id}/disable`
pub(super) async fn disable(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<UserId>,
    submitted: Submitted,
) -> Result<Response, Problem> {
    let closed = UserChange { disabled: Some(true), ..UserChange::default() };
    change(&state, reader, id, submitted, closed, "user_closed").await
}

/// `POST /desk/admin/people/{id}/enable`
pub(super) async fn enable(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<UserId>,
    submitted: Submitted,
) -> Result<Response, Problem> {
    let open = UserChange { disabled: Some(false), ..UserChange::default() };
    change(&state, reader, id, submitted, open, "user_opened").await
}

/// `POST /desk/admin/people/{id}/link`
pub(super) async fn link(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<UserId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let service = &state.service;
    let made = match service.link_make(Some(&visitor.actor), id).await {
        Ok(made) => made,
        Err(error) => return again(&state, visitor, reader, id, (Part::Account, error.into()), fields).await,
    };
    let user = service.person(&visitor.actor, id).await?.user;
    let note = link_note(&user.display_name, made.expires_at, reader.reading());
    let address = made.address(&service.settings().public_url);
    let shell = reader.shell(Some(visitor), Section::Admin);
    OncePage::new(shell, &LINK_ONCE, address, &format!("/desk/admin/people/{id}")).with_note(note).answer()
}
