//! `GET /desk`: the cases, most urgent first. With `HX-Request` only the list, for the live page and for "more".

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;
use axum::routing::{get, post};
use podlinnik_domain::case::{CaseState, Risk, Topic};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::ViewId;
use podlinnik_domain::language::Text;
use podlinnik_domain::note::SavedView;
use podlinnik_domain::people::{Actor, Role};
use podlinnik_domain::region::{Region, Regions};
use podlinnik_pipeline::board::{BoardCounts, BoardEntry, BoardOrder, BoardQuery, Claimed};

use super::form::{Fields, Submitted};
use super::shell::{Reader, Section, Shell, go_on, show};
use super::tour;
use super::visitor::{Visitor, encoded};
use super::wording::{brief, count, left, stretch, urgency};
use crate::cursor;
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;

/// Cases on a page.
const PAGE: u32 = 50;
/// Cases that wait for the visitor are counted up to here.
const MOST_COUNTED: u32 = 100;
/// Whoever has steps that others wait for.
const WAITED_FOR: &[Role] = &[Role::Analyst, Role::Editor, Role::Approver];

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/desk", get(board))
        .route("/desk/views", post(save_view))
        .route("/desk/views/{id}/removal", post(remove_view))
}

/// What the address asks for, as the form shows it.
#[derive(Debug, Clone, Default)]
struct Asked {
    view: String,
    search: String,
    state: String,
    region: String,
    risk: String,
    topic: String,
    order: String,
    series: String,
}

/// A prepared view: its code, its name, which number of [`BoardCounts`] stands beside it.
struct Tab {
    address: String,
    name: &'static str,
    number: Option<String>,
    /// Something waits that only this visitor can do.
    alarm: bool,
    here: bool,
}

#[derive(Template)]
#[template(path = "board.html")]
struct Board {
    shell: Shell,
    asked: Asked,
    tabs: Vec<Tab>,
    saved: Vec<SavedView>,
    entries: Vec<BoardEntry>,
    /// Address of the next page.
    more: Option<String>,
    /// These entries follow those of an earlier page.
    later: bool,
    /// What the filters ask for, without the page.
    query: String,
    regions: Vec<&'static Region>,
    filtered: bool,
    /// The introduction for a first visit.
    tour: bool,
    now: Timestamp,
}

impl Asked {
    fn read(query: &str) -> Result<(Self, Option<podlinnik_pipeline::record::Position>), Problem> {
        let fields = Fields::parse(query.as_bytes())?;
        let text = |name: &str| fields.get(name).to_owned();
        let after = match fields.get("after") {
            "" => None,
            text => Some(cursor::read(text).ok_or(ErrorCode::BadRequest)?),
        };
        let asked = Self {
            view: text("view"),
            search: text("q"),
            state: text("state"),
            region: text("region"),
            risk: text("risk"),
            topic: text("topic"),
            order: text("order"),
            series: text("series"),
        };
        Ok((asked, after))
    }

    /// The question to the store. What does not parse asks for nothing in particular.
    fn question(&self, after: Option<podlinnik_pipeline::record::Position>) -> BoardQuery {
        let optional = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let mut states: Vec<CaseState> = self.state.parse().into_iter().collect();
        if states.is_empty() && self.view == "parked" {
            states.push(CaseState::Parked);
        }
        if states.is_empty() && self.view == "closed" {
            states.push(CaseState::Approved);
        }
        BoardQuery {
            // A notice that waits for somebody stands on a case that is decided.
            open_only: states.is_empty() && !matches!(self.view.as_str(), "all" | "for_me"),
            states,
            region: optional(&self.region),
            network: None,
            risk: self.risk.parse().ok(),
            topic: self.topic.parse().ok(),
            claimed: match self.view.as_str() {
                "free" => Claimed::Nobody,
                "mine" => Claimed::Me,
                _ => Claimed::Anybody,
            },
            wants_me: self.view == "for_me",
            series: self.series.parse().ok(),
            search: optional(&self.search),
            order: match self.order.as_str() {
                "newest" => BoardOrder::Newest,
                "changed" => BoardOrder::Changed,
                _ if matches!(self.view.as_str(), "all" | "closed") => BoardOrder::Newest,
                _ => BoardOrder::Deadline,
            },
            after,
            limit: PAGE,
        }
    }

    /// As parameters again, without what is empty.
    fn query(&self) -> String {
        let pairs = [
            ("view", &self.view),
            ("q", &self.search),
            ("state", &self.state),
            ("region", &self.region),
            ("risk", &self.risk),
            ("topic", &self.topic),
            ("order", &self.order),
            ("series", &self.series),
        ];
        let filled = pairs.iter().filter(|(_, value)| !value.is_empty());
        filled.map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
    }

    fn is_filtered(&self) -> bool {
        [&self.search, &self.state, &self.region, &self.risk, &self.topic, &self.series]
            .iter()
            .any(|text| !text.is_empty())
    }
}

async fn board(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let (asked, after) = Asked::read(query.as_deref().unwrap_or_default())?;
    let page = state.service.board(&visitor.actor, &asked.question(after)).await?;
    let in_part = headers.contains_key("hx-request");
    let (counts, wait, saved) = if in_part && after.is_some() {
        (BoardCounts::default(), String::new(), Vec::new())
    } else {
        let counts = state.service.board_counts(&visitor.actor).await?;
        let wait = waiting(&state, &visitor.actor).await?;
        (counts, wait, state.service.views(&visitor.actor).await?)
    };
    let now = state.service.clock().now();
    let shell = reader.shell(Some(visitor), Section::Board);
    let language = shell.language;
    let query = asked.query();
    let more = page.next.map(|position| format!("/desk?{query}&after={}", cursor::write(position)));
    let tabs = tabs(&shell, &asked, &counts, wait);
    let shown = Board {
        filtered: asked.is_filtered(),
        tour: tour::is_wanted(&headers),
        tabs,
        saved,
        entries: page.items,
        more,
        later: after.is_some(),
        query,
        regions: Regions::current().iter().collect(),
        now,
        asked,
        shell,
    };
    show(&shown, language)
}

/// Keeps what the filters ask for under a name.
async fn save_view(
    State(state): State<AppState>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let (asked, _) = Asked::read(fields.get("query"))?;
    let view = state.service.view_save(&visitor.actor, fields.get("name"), &asked.query()).await?;
    Ok(go_on(&format!("/desk?{}", view.query), "saved"))
}

async fn remove_view(
    State(state): State<AppState>,
    Id(id): Id<ViewId>,
    Submitted { visitor, .. }: Submitted,
) -> Result<Response, Problem> {
    state.service.view_remove(&visitor.actor, id).await?;
    Ok(go_on("/desk", "removed"))
}

/// How many cases the view of those that wait for the visitor shows: counted by the same question, so that the two agree.
async fn waiting(state: &AppState, actor: &Actor) -> Result<String, Problem> {
    if !WAITED_FOR.iter().any(|role| actor.user.has(*role)) {
        return Ok(String::new());
    }
    let question = Asked { view: "for_me".to_owned(), ..Asked::default() }.question(None);
    let page = state.service.board(actor, &BoardQuery { limit: MOST_COUNTED, ..question }).await?;
    let more = if page.next.is_some() { "+" } else { "" };
    Ok(format!("{}{more}", page.items.len()))
}

fn tabs(shell: &Shell, asked: &Asked, counts: &BoardCounts, wait: String) -> Vec<Tab> {
    let works = shell.has(&[Role::Analyst, Role::Approver]);
    let number = |number: u64| Some(number.to_string());
    let all = [
        ("", Text { ru: "Открытые", en: "Open" }, number(counts.open), false, true),
        ("for_me", Text { ru: "Ждут меня", en: "Wait for me" }, Some(wait), true, shell.has(WAITED_FOR)),
        ("free", Text { ru: "Свободные", en: "Free" }, number(counts.unclaimed), false, works),
        ("mine", Text { ru: "Мои", en: "Mine" }, number(counts.mine), false, works),
        ("parked", Text { ru: "Отложенные", en: "Parked" }, number(counts.parked), false, true),
        ("closed", Text { ru: "Решённые", en: "Decided" }, None, false, true),
        ("all", Text { ru: "Все", en: "All" }, None, false, true),
    ];
    all.into_iter()
        .filter(|(.., shown)| *shown)
        .map(|(code, name, number, alarm, _)| Tab {
            address: if code.is_empty() { "/desk".to_owned() } else { format!("/desk?view={code}") },
            name: shell.say(name),
            alarm: alarm && number.as_deref().is_some_and(|number| number != "0"),
            number,
            here: asked.view == code,
        })
        .collect()
}

impl Board {
    fn poster(&self, entry: &BoardEntry) -> Option<String> {
        let name = entry.poster.as_deref()?;
        Some(format!("/api/v1/analyses/{}/derivatives/{name}", entry.case.analysis))
    }

    fn clock(&self, entry: &BoardEntry) -> String {
        left(&entry.clocks, self.shell.language)
    }

    /// Decided cases have no clock any more.
    fn runs(&self, entry: &BoardEntry) -> bool {
        entry.case.state != CaseState::Approved
    }

    fn urgency(&self, entry: &BoardEntry) -> &'static str {
        if self.runs(entry) { urgency(&entry.clocks) } else { "calm" }
    }

    fn age(&self, entry: &BoardEntry) -> String {
        stretch(entry.clocks.age_s, self.shell.language)
    }

    fn seen(&self, entry: &BoardEntry) -> String {
        brief(entry.case.first_seen_at, self.now, self.shell.reading())
    }

    fn region(&self, entry: &BoardEntry) -> Option<&'static str> {
        let region = Regions::current().get(entry.case.region.as_deref()?)?;
        Some(region.name(self.shell.language))
    }

    fn submissions(&self, entry: &BoardEntry) -> Option<String> {
        let language = self.shell.language;
        (entry.submissions > 1).then(|| {
            let forms = (["раз прислано", "раза прислано", "раз прислано"], ["submission", "submissions"]);
            count(u64::from(entry.submissions), forms.0, forms.1, language)
        })
    }

    fn series(&self, entry: &BoardEntry) -> Option<(String, String)> {
        let (id, items) = entry.series?;
        let words = count(
            u64::from(items),
            ["материал", "материала", "материалов"],
            ["item", "items"],
            self.shell.language,
        );
        Some((format!("/desk/series/{id}"), words))
    }

    fn class(&self, state: &CaseState) -> &'static str {
        match *state {
            CaseState::Disputed => "bad",
            CaseState::SecondLook | CaseState::VerdictProposed | CaseState::Agreed => "info",
            CaseState::Approved => "good",
            CaseState::Parked => "warn",
            CaseState::New | CaseState::Triaged | CaseState::InAnalysis => "",
        }
    }
}
