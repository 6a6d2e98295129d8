//! `GET /desk/notices`: notices of the visitor's part of the tree by state; what waits for the visitor leads.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::language::Text;
use podlinnik_domain::notice::{Notice, NoticeState};
use podlinnik_domain::people::Role;
use podlinnik_domain::region::{Region, Regions};
use podlinnik_pipeline::DeskNotice;

use crate::cursor;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::Fields;
use crate::ui::history::Names;
use crate::ui::shell::{Reader, Section, Shell, show};
use crate::ui::visitor::{Visitor, encoded};
use crate::ui::wording::brief;

/// Notices on a page.
const PAGE: u32 = 50;

/// Lists of states: code in the address, name, states.
const VIEWS: [(&str, Text, &[NoticeState]); 7] = [
    (
        "",
        Text { ru: "В работе", en: "In work" },
        &[NoticeState::Draft, NoticeState::InReview, NoticeState::Approved, NoticeState::CorrectionOpen],
    ),
    ("draft", Text { ru: "Черновики", en: "Drafts" }, &[NoticeState::Draft]),
    ("review", Text { ru: "На проверке", en: "In review" }, &[NoticeState::InReview]),
    ("approved", Text { ru: "Одобренные", en: "Approved" }, &[NoticeState::Approved]),
    ("doubt", Text { ru: "С сомнением", en: "In doubt" }, &[NoticeState::CorrectionOpen]),
    (
        "published",
        Text { ru: "Опубликованные", en: "Published" },
        &[NoticeState::Published, NoticeState::Corrected, NoticeState::Clarified, NoticeState::Upheld],
    ),
    ("gone", Text { ru: "Снятые", en: "Taken back" }, &[NoticeState::Retracted, NoticeState::Superseded]),
];

struct Tab {
    address: String,
    name: &'static str,
    number: u64,
    here: bool,
}

#[derive(Template)]
#[template(path = "notices.html")]
struct List {
    shell: Shell,
    tabs: Vec<Tab>,
    view: String,
    region: String,
    regions: Vec<&'static Region>,
    entries: Vec<DeskNotice>,
    more: Option<String>,
    people: Names,
    now: Timestamp,
}

pub(super) async fn list(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = Fields::parse(query.as_deref().unwrap_or_default().as_bytes())?;
    let (code, _, states) =
        VIEWS.into_iter().find(|(code, ..)| *code == asked.get("view")).ok_or(ErrorCode::NotFound)?;
    let region = asked.get("region").to_owned();
    let of_region = Some(region.as_str()).filter(|code| !code.is_empty());
    let after = match asked.get("after") {
        "" => None,
        text => Some(cursor::read(text).ok_or(ErrorCode::BadRequest)?),
    };
    let actor = &visitor.actor;
    let page = state.service.desk_notices(actor, states, of_region, after, PAGE).await?;
    let counts = state.service.desk_notice_counts(actor, of_region).await?;
    let shell = reader.shell(Some(visitor), Section::Notices);
    let language = shell.language;
    let address = |view: &str| {
        let pairs = [("view", view), ("region", region.as_str())];
        let filled = pairs.iter().filter(|(_, value)| !value.is_empty());
        filled.map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
    };
    let tabs = VIEWS.map(|(view, name, states)| Tab {
        address: format!("/desk/notices?{}", address(view)),
        name: shell.say(name),
        number: states.iter().filter_map(|state| counts.get(state)).sum(),
        here: view == code,
    });
    let more = page
        .next
        .map(|position| format!("/desk/notices?{}&after={}", address(code), cursor::write(position)));
    let list = List {
        tabs: tabs.into(),
        view: code.to_owned(),
        regions: Regions::current().iter().collect(),
        entries: page.items,
        people: Names::load(&state).await?,
        now: state.service.clock().now(),
        region,
        more,
        shell,
    };
    show(&list, language)
}

impl List {
    fn title<'a>(&self, notice: &'a Notice) -> &'a str {
        podlinnik_report::notice::notice_title(notice, self.shell.language)
    }

    fn class(&self, notice: &Notice) -> &'static str {
        super::page::class(notice.state)
    }

    fn region_of(&self, notice: &Notice) -> Option<String> {
        super::page::region(notice, &self.shell)
    }

    fn name_of(&self, region: &Region) -> &'static str {
        let known = Regions::current().get(&region.code);
        known.map_or("", |region| region.name(self.shell.language))
    }

    fn author(&self, notice: &Notice) -> String {
        self.people.name(notice.author)
    }

    fn when(&self, at: &Timestamp) -> String {
        brief(*at, self.now, self.shell.reading())
    }

    /// A verdict that does not count any more matters where it keeps the notice from publication.
    fn is_stale(&self, entry: &DeskNotice) -> bool {
        !entry.verdict_holds
            && matches!(
                entry.notice.state,
                NoticeState::Draft | NoticeState::InReview | NoticeState::Approved
            )
    }

    fn what_waits(&self, entry: &DeskNotice) -> &'static str {
        match entry.notice.state {
            NoticeState::InReview => self.shell.t("ждёт вашего одобрения", "waits for your approval"),
            NoticeState::Approved => self.shell.t("можно публиковать", "can be published"),
            _ => self.shell.t("ждёт вашего решения", "waits for your decision"),
        }
    }

    fn is_filtered(&self) -> bool {
        !self.region.is_empty()
    }

    fn writes(&self) -> bool {
        self.shell.has(&[Role::Editor])
    }
}
