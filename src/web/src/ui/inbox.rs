//! `/desk/inbox`: what the visitor's organisation is told of: notices of its regions, verdicts that it has read, questions to it. Unread first; the
//! marks are the visitor's own.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::InboxEntryId;
use podlinnik_domain::language::Text;
use podlinnik_domain::people::{Actor, Role};
use podlinnik_domain::verdict::VerdictKind;
use podlinnik_pipeline::record::InboxEntry;
use serde_json::Value;

use super::form::{Fields, Submitted};
use super::shell::{Reader, Section, Shell, go_on, show};
use super::sight::{case_address, notice_address};
use super::visitor::Visitor;
use super::wording::brief;
use crate::cursor;
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;

/// Entries on a page.
const PAGE: u32 = 40;
/// Read entries below the unread ones.
const READ_SHOWN: u32 = 20;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/desk/inbox", get(inbox))
        .route("/desk/inbox/read", post(mark_all))
        .route("/desk/inbox/{id}/read", post(mark))
}

/// Whether objections are something that the visitor may read.
pub(super) fn sees_appeals(shell: &Shell) -> bool {
    shell.has(&[Role::CorrectionsOfficer, Role::Editor, Role::Approver, Role::Auditor])
}

/// A type of message in words.
pub(in crate::ui) fn event_words(event_type: &str) -> Text {
    match event_type {
        "notice.published" => {
            Text { ru: "Опубликовано опровержение", en: "Notice published" }
        }
        "notice.corrected" => Text { ru: "Решено сомнение", en: "Doubt settled" },
        "notice.doubted" => Text { ru: "Открыто сомнение", en: "Doubt opened" },
        "notice.superseded" => Text {
            ru: "Опровержение заменено новым", en: "Notice replaced by a new one"
        },
        "verdict.disputed" => Text {
            ru: "Вердикт, который вы читали, оспорен",
            en: "A verdict that you read is disputed",
        },
        "verdict.superseded" => Text {
            ru: "Вердикт, который вы читали, пересмотрен",
            en: "A verdict that you read was revised",
        },
        "inquiry.asked" => Text { ru: "Вам задан вопрос", en: "You are asked a question" },
        "inquiry.reminded" => Text {
            ru: "Напоминание: вопрос ждёт ответа",
            en: "Reminder: a question waits for an answer",
        },
        _ => Text { ru: "Новость", en: "News" },
    }
}

/// An entry as shown.
struct Shown {
    id: InboxEntryId,
    what: &'static str,
    /// What it is about, in the words of the moment.
    about: Option<String>,
    address: Option<String>,
    grave: bool,
    created_at: Timestamp,
    is_read: bool,
}

#[derive(Template)]
#[template(path = "inbox.html")]
struct InboxPage {
    shell: Shell,
    unread: u64,
    fresh: Vec<Shown>,
    read: Vec<Shown>,
    more: Option<String>,
    sees_appeals: bool,
    now: Timestamp,
}

/// One entry, after it was marked.
#[derive(Template)]
#[template(path = "inbox_marked.html")]
struct Marked {
    shell: Shell,
    entry: Shown,
    unread: u64,
    now: Timestamp,
}

async fn inbox(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = Fields::parse(query.as_deref().unwrap_or_default().as_bytes())?;
    let after = match asked.get("after") {
        "" => None,
        text => Some(cursor::read(text).ok_or(ErrorCode::BadRequest)?),
    };
    let actor = visitor.actor.clone();
    let service = &state.service;
    let inbox = service.inbox(&actor, true, after, PAGE).await?;
    let more = inbox.page.next.map(|position| format!("/desk/inbox?after={}", cursor::write(position)));
    let earlier = if more.is_none() {
        let mut all = service.inbox(&actor, false, None, READ_SHOWN + PAGE).await?.page.items;
        all.retain(|entry| entry.read_at.is_some());
        all.truncate(usize::try_from(READ_SHOWN).unwrap_or(usize::MAX));
        all
    } else {
        Vec::new()
    };
    let shell = reader.shell(Some(visitor), Section::Inbox);
    let language = shell.language;
    let page = InboxPage {
        unread: inbox.unread,
        fresh: shown(&state, &actor, &shell, inbox.page.items).await?,
        read: shown(&state, &actor, &shell, earlier).await?,
        now: service.clock().now(),
        sees_appeals: sees_appeals(&shell),
        more,
        shell,
    };
    show(&page, language)
}

async fn shown(
    state: &AppState,
    actor: &Actor,
    shell: &Shell,
    entries: Vec<InboxEntry>,
) -> Result<Vec<Shown>, Problem> {
    let mut list = Vec::with_capacity(entries.len());
    for entry in entries {
        list.push(one(state, actor, shell, entry).await?);
    }
    Ok(list)
}

async fn one(state: &AppState, actor: &Actor, shell: &Shell, entry: InboxEntry) -> Result<Shown, Problem> {
    Ok(Shown {
        id: entry.id,
        what: shell.say(event_words(&entry.event_type)),
        about: about(shell, &entry.data),
        address: address(state, actor, &entry.data).await?,
        grave: matches!(
            entry.event_type.as_str(),
            "verdict.disputed" | "verdict.superseded" | "notice.doubted" | "inquiry.reminded"
        ),
        created_at: entry.created_at,
        is_read: entry.read_at.is_some(),
    })
}

/// The headline, the question, or the verdict that it is about.
fn about(shell: &Shell, data: &Value) -> Option<String> {
    let text = |key: &str| data.get(key).and_then(Value::as_str);
    if let Some(words) = text("title").or_else(|| text("question")) {
        return Some(words.to_owned());
    }
    let kind: VerdictKind = text("verdict_kind")?.parse().ok()?;
    Some(shell.say(kind.text()).to_owned())
}

/// Where it is looked up: at the desk where the visitor may, else in public; nowhere for a verdict of others.
async fn address(state: &AppState, actor: &Actor, data: &Value) -> Result<Option<String>, Problem> {
    let id = |key: &str| data.get(key).and_then(Value::as_str);
    if let Some(inquiry) = id("inquiry") {
        return Ok(Some(format!("/desk/inquiries/{inquiry}")));
    }
    if let Some(notice) = id("notice") {
        let Ok(notice) = notice.parse() else { return Ok(None) };
        return notice_address(state, actor, notice, true).await;
    }
    let Some(case) = id("case").and_then(|case| case.parse().ok()) else { return Ok(None) };
    case_address(state, actor, case).await
}

/// Marks one entry; a script gets the entry alone.
async fn mark(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<InboxEntryId>,
    headers: HeaderMap,
    Submitted { visitor, .. }: Submitted,
) -> Result<Response, Problem> {
    let actor = visitor.actor.clone();
    state.service.inbox_mark(&actor, id).await?;
    if !headers.contains_key("hx-request") {
        return Ok(go_on("/desk/inbox", ""));
    }
    let inbox = state.service.inbox(&actor, false, None, 100).await?;
    let entry = inbox.page.items.into_iter().find(|entry| entry.id == id);
    // An old one: nothing stands in its place.
    let Some(entry) = entry else { return Ok(axum::http::StatusCode::OK.into_response()) };
    let shell = reader.shell(Some(visitor), Section::Inbox);
    let language = shell.language;
    let entry = one(&state, &actor, &shell, entry).await?;
    let now = state.service.clock().now();
    show(&Marked { shell, entry, unread: inbox.unread, now }, language)
}

/// Marks the entries that were shown.
async fn mark_all(
    State(state): State<AppState>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let most = usize::try_from(PAGE).unwrap_or(usize::MAX);
    for id in fields.all("id").filter_map(|id| id.parse::<InboxEntryId>().ok()).take(most) {
        state.service.inbox_mark(&visitor.actor, id).await?;
    }
    Ok(go_on("/desk/inbox", "read"))
}

impl InboxPage {
    fn when(&self, at: &Timestamp) -> String {
        brief(*at, self.now, self.shell.reading())
    }
}

impl Marked {
    fn when(&self, at: &Timestamp) -> String {
        brief(*at, self.now, self.shell.reading())
    }
}
