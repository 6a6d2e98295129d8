//! `/desk/admin/audit`: the append-only history by filter, and whether its chain holds.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::id::UserId;
use podlinnik_domain::people::User;
use podlinnik_pipeline::administration::ChainState;
use podlinnik_pipeline::record::EventFilter;

use super::frame::{Place, Tab, admit, tabs};
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::Fields;
use crate::ui::history::{KINDS, Line, Names, lines, subject};
use crate::ui::shell::{Reader, Section, Shell, show};
use crate::ui::visitor::{Visitor, encoded};
use crate::ui::wording::{count, from_input, grouped, moment};
use crate::ui::zone::Zone;

/// Events on a page.
const PAGE: u32 = 50;
/// Longest identifier that is looked for.
const LONGEST: usize = 100;

#[derive(Template)]
#[template(path = "admin/audit.html")]
struct AuditPage {
    shell: Shell,
    tabs: Vec<Tab>,
    asked: Fields,
    lines: Vec<Line>,
    people: Vec<User>,
    older: Option<String>,
    newest: Option<String>,
    of_branch: bool,
    filtered: bool,
    chain: ChainState,
}

/// Names of the filters, in the order of the form.
const FILTERS: [&str; 6] = ["kind", "actor", "about", "subject", "from", "until"];

/// The filters as they are asked for; what does not parse lets everything through.
fn filter(asked: &Fields, zone: Zone) -> EventFilter {
    let kind = asked.filled("kind").filter(|kind| KINDS.iter().any(|(code, _)| code == kind));
    EventFilter {
        subject_kind: asked.get("about").parse().ok(),
        subject_id: asked.filled("subject").map(|id| id.to_lowercase().chars().take(LONGEST).collect()),
        kind,
        actor: asked.get("actor").parse().ok(),
        branch: None,
        from: from_input(asked.get("from"), zone),
        until: from_input(asked.get("until"), zone),
    }
}

/// The filters as parameters again.
fn query(asked: &Fields) -> String {
    let filled = FILTERS.iter().filter_map(|name| Some((name, asked.filled(name)?)));
    filled.map(|(name, value)| format!("{name}={}", encoded(&value))).collect::<Vec<_>>().join("&")
}

impl AuditPage {
    /// The same for an identifier.
    fn is_id(&self, name: &str, id: &UserId) -> bool {
        self.asked.get(name) == id.to_string()
    }

    fn is_asked(&self, name: &str, value: &str) -> bool {
        self.asked.get(name) == value
    }

    fn kinds(&self) -> Vec<(&'static str, &'static str)> {
        let mut kinds: Vec<_> = KINDS.iter().map(|(code, text)| (*code, self.shell.say(*text))).collect();
        kinds.sort_by_key(|(_, words)| *words);
        kinds
    }

    fn subjects(&self) -> Vec<(&'static str, &'static str)> {
        let old = SubjectKind::Webhook;
        let kinds = SubjectKind::ALL.iter().filter(|kind| **kind != old);
        kinds.map(|kind| (kind.code(), self.shell.say(subject(*kind)))).collect()
    }

    fn zone(&self) -> &'static str {
        self.shell.zone_name()
    }

    fn checked(&self) -> String {
        let language = self.shell.language;
        count(self.chain.checked, ["запись", "записи", "записей"], ["record", "records"], language)
    }

    fn last(&self) -> String {
        grouped(self.chain.last)
    }

    fn checked_at(&self) -> String {
        moment(self.chain.at, self.shell.reading())
    }
}

/// `GET /desk/admin/audit`
pub(super) async fn page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    RawQuery(parameters): RawQuery,
) -> Result<Response, Problem> {
    admit(&visitor)?;
    let asked = Fields::parse(parameters.unwrap_or_default().as_bytes())?;
    let (service, actor) = (&state.service, &visitor.actor);
    let before: Option<u64> = asked.get("before").parse().ok();
    let found = service.audit(actor, filter(&asked, reader.zone), before, PAGE).await?;
    let chain = service.chain_check(actor, asked.ticked("anew")).await?;
    let mut people: Vec<User> = service.people(actor).await?.into_iter().map(|entry| entry.user).collect();
    people.sort_by(|one, other| one.display_name.cmp(&other.display_name));
    let names = Names::load(&state).await?;
    let now: Timestamp = service.clock().now();
    let shell = reader.shell(Some(visitor), Section::Admin);
    let language = shell.language;
    let query = query(&asked);
    let at = |extra: String| {
        format!("/desk/admin/audit?{query}{}{extra}", if query.is_empty() { "" } else { "&" })
    };
    let page = AuditPage {
        tabs: tabs(&shell, Place::Audit),
        lines: lines(&found.events, &names, now, shell.reading()),
        people,
        older: found.next.map(|next| at(format!("before={next}"))),
        newest: before.map(|_| at(String::new())),
        of_branch: found.of_branch,
        filtered: !query.is_empty(),
        chain,
        asked,
        shell,
    };
    show(&page, language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_go_there_and_back_and_nonsense_asks_for_nothing() {
        let asked = Fields::parse("kind=user_created&from=2026-11-28T10:00&subject=&x=1".as_bytes()).unwrap();
        let wanted = filter(&asked, Zone::Moscow);
        assert_eq!(wanted.kind.as_deref(), Some("user_created"));
        assert_eq!(wanted.from, Some("2026-11-28T07:00:00Z".parse().unwrap()));
        assert_eq!((wanted.subject_id, wanted.until), (None, None));
        assert_eq!(query(&asked), "kind=user_created&from=2026-11-28T10%3A00");
        let nonsense = Fields::parse("kind=%3Cscript%3E&actor=1&about=x".as_bytes()).unwrap();
        assert_eq!(filter(&nonsense, Zone::Moscow), EventFilter::default());
    }
}
