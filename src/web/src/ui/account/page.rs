//! `GET /desk/account`, and the same page after a refusal.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::people::{Organisation, Role};
use podlinnik_pipeline::record::{KeyRecord, SessionRecord};

use super::keys::KeyLine;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::agent;
use crate::ui::form::Fields;
use crate::ui::refusal::Refusal;
use crate::ui::shell::{Reader, Section, Shell, show, show_with};
use crate::ui::visitor::Visitor;
use crate::ui::wording::{brief, count, moment};
use crate::ui::zone::Zone;

/// A part of the page that a refusal belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Password,
    SecondFactor,
    Keys,
}

#[derive(Template)]
#[template(path = "account.html")]
struct AccountPage {
    shell: Shell,
    refusal: Option<Refusal>,
    refused_at: Option<Part>,
    organisation: Option<Organisation>,
    roles: Vec<Role>,
    login: String,
    display_name: String,
    has_second_factor: bool,
    codes_left: u64,
    sessions: Vec<SessionLine>,
    keys: Vec<KeyLine>,
    old_keys: u64,
    typed: Fields,
    created_at: Timestamp,
}

/// A signed-in browser.
struct SessionLine {
    id: String,
    browser: String,
    began: String,
    seen: String,
    here: bool,
}

impl AccountPage {
    fn refused(&self, part: Part) -> bool {
        self.refused_at == Some(part)
    }

    fn refused_password(&self) -> bool {
        self.refused(Part::Password)
    }

    fn refused_second_factor(&self) -> bool {
        self.refused(Part::SecondFactor)
    }

    fn refused_keys(&self) -> bool {
        self.refused(Part::Keys)
    }

    fn since(&self) -> String {
        moment(self.created_at, self.shell.reading())
    }

    fn zones(&self) -> Vec<(&'static str, String)> {
        Zone::ALL.iter().map(|zone| (zone.code(), zone.label(self.shell.language))).collect()
    }

    fn is_zone(&self, code: &str) -> bool {
        self.shell.zone.code() == code
    }

    fn codes(&self) -> String {
        let russian = ["запасной код", "запасных кода", "запасных кодов"];
        count(self.codes_left, russian, ["recovery code", "recovery codes"], self.shell.language)
    }

    fn old(&self) -> String {
        let russian = ["отозванный или истёкший", "отозванных или истёкших", "отозванных или истёкших"];
        count(self.old_keys, russian, ["revoked or expired", "revoked or expired"], self.shell.language)
    }

    /// Whether a role was ticked in the form that was refused; all of them in a fresh one.
    fn ticked(&self, role: Role) -> bool {
        !self.refused(Part::Keys) || self.typed.all("scopes").any(|code| code == role.code())
    }
}

/// The page.
pub(super) async fn account(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
) -> Result<Response, Problem> {
    let language = reader.language;
    show(&gather(&state, visitor, reader, None, Fields::default()).await?, language)
}

/// The page again after a refusal, with what was typed (passwords apart).
pub(super) async fn again(
    state: &AppState,
    visitor: Visitor,
    reader: Reader,
    part: Part,
    problem: Problem,
    typed: Fields,
) -> Result<Response, Problem> {
    let (status, language) = (problem.status(), reader.language);
    let refusal = Refusal::of(problem, language)?;
    let page = gather(state, visitor, reader, Some((part, refusal)), typed).await?;
    show_with(status, &page, language)
}

async fn gather(
    state: &AppState,
    visitor: Visitor,
    reader: Reader,
    refused: Option<(Part, Refusal)>,
    typed: Fields,
) -> Result<AccountPage, Problem> {
    let service = &state.service;
    let actor = visitor.actor.clone();
    let now = service.clock().now();
    let reading = reader.reading();
    let language = reading.language;
    let organisations = service.organisations().await?;
    let organisation = organisations.into_iter().find(|one| one.id == actor.user.organisation);
    let sessions = service.sessions(&actor).await?;
    let has_second_factor = visitor.has_second_factor;
    let codes_left = if has_second_factor { service.recovery_codes_left(&actor).await? } else { 0 };
    let keys = service.keys(&actor, None).await?;
    let (live, old): (Vec<KeyRecord>, Vec<KeyRecord>) = keys.into_iter().partition(|key| key.is_live(now));
    let line = |session: SessionRecord| SessionLine {
        browser: agent::words(&session.agent, language),
        began: brief(session.created_at, now, reading),
        seen: brief(session.seen_at, now, reading),
        here: session.id == visitor.session,
        id: session.id.to_string(),
    };
    let (refused_at, refusal) = refused.unzip();
    Ok(AccountPage {
        refusal,
        refused_at,
        organisation,
        roles: actor.user.roles.clone(),
        login: actor.user.login.clone(),
        display_name: actor.user.display_name.clone(),
        has_second_factor,
        codes_left,
        sessions: sessions.into_iter().map(line).collect(),
        old_keys: u64::try_from(old.len()).unwrap_or(u64::MAX),
        keys: live.into_iter().map(|key| KeyLine::new(key, now, reading)).collect(),
        typed,
        created_at: actor.user.created_at,
        shell: reader.shell(Some(visitor), Section::Account),
    })
}
