//! `GET /notices/{id}/history`: everything that the public could ever read of a notice, what differs, and where the log has it.

use askama::Template;
use axum::Router;
use axum::extract::{Path, State};
use axum::response::Response;
use axum::routing::get;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::NoticeId;
use podlinnik_domain::language::{Language, Text};
use podlinnik_domain::log::LogEntry;
use podlinnik_domain::notice::Correction;
use podlinnik_pipeline::public::{NoticeHistory, PublicVersion};
use podlinnik_report::difference::difference;

use super::super::notices::history::{ShownDifference, shown};
use super::super::shell::{Reader, Section, Shell, show};
use super::super::visitor::MaybeVisitor;
use super::super::wording::moment;
use super::{NoticeEntry, words};
use crate::problem::Problem;
use crate::state::AppState;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/notices/{id}/history", get(history))
}

/// What happened with a notice, as it is told.
struct Step {
    /// Number of the version that was public from then on, where the words changed.
    version: Option<u32>,
    /// Class and words of what happened.
    kind: (&'static str, &'static str),
    at: String,
    moment: String,
    /// What the public was told.
    statement: Option<(String, Language)>,
    /// Fields that differ from the version before.
    differences: Vec<ShownDifference>,
}

/// An entry of the transparency log.
struct Logged {
    kind: &'static str,
    position: u64,
    leaf: String,
    at: String,
    moment: String,
}

#[derive(Template)]
#[template(path = "open_history.html")]
struct HistoryPage {
    shell: Shell,
    entry: NoticeEntry,
    version: u32,
    /// Newest first.
    steps: Vec<Step>,
    log: Vec<Logged>,
    /// The log's key, where there is a log.
    key: Option<String>,
}

async fn history(
    State(state): State<AppState>,
    MaybeVisitor(visitor): MaybeVisitor,
    reader: Reader,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let id: NoticeId = id.parse().map_err(|_| Problem::new(ErrorCode::NotFound))?;
    let found = state.service.notice_history(id).await?.ok_or(ErrorCode::NotFound)?;
    let shell = reader.shell(visitor, Section::Public);
    let language = shell.language;
    let page = HistoryPage {
        entry: NoticeEntry::new(&found.notice, &found.verdict, shell.reading()),
        version: found.notice.version,
        steps: steps(&found, &shell),
        log: found.log.iter().map(|entry| logged(entry, &shell)).collect(),
        key: state.service.log().ok().map(|log| log.verifier().to_string()),
        shell,
    };
    show(&page, language)
}

/// What happened, newest first: the publication is the last.
fn steps(history: &NoticeHistory, shell: &Shell) -> Vec<Step> {
    let language = shell.language;
    let mut steps = Vec::with_capacity(history.corrections.len() + 1);
    let mut known = history.versions.first();
    if let Some(first) = known {
        steps.push(Step {
            version: Some(first.version),
            kind: ("", Text { ru: "опубликовано", en: "published" }.in_language(language)),
            at: first.since.to_string(),
            moment: moment(first.since, shell.reading()),
            statement: None,
            differences: Vec::new(),
        });
    }
    for correction in &history.corrections {
        steps.extend(settled(correction, &history.versions, &mut known, shell));
    }
    steps.reverse();
    steps
}

fn settled<'a>(
    correction: &Correction,
    versions: &'a [PublicVersion],
    known: &mut Option<&'a PublicVersion>,
    shell: &Shell,
) -> Option<Step> {
    let language = shell.language;
    let settled = correction.settled.as_ref()?;
    let now = versions.iter().find(|version| version.version == settled.version_after);
    let changes = match (*known, now) {
        (Some(old), Some(new)) if old.version != new.version => difference(&old.text, &new.text),
        _ => Vec::new(),
    };
    let is_new = known.map(|version| version.version) != now.map(|version| version.version);
    *known = now.or(*known);
    let (statement, spoken) = words(&settled.statement, settled.statement_en.as_deref(), language);
    Some(Step {
        version: is_new.then_some(settled.version_after),
        kind: (super::corrections::class(settled.kind), settled.kind.text().in_language(language)),
        at: settled.settled_at.to_string(),
        moment: moment(settled.settled_at, shell.reading()),
        statement: Some((statement.to_owned(), spoken)),
        differences: shown(changes, shell),
    })
}

fn logged(entry: &LogEntry, shell: &Shell) -> Logged {
    let kind = match entry.kind.as_str() {
        "notice_published" => Text { ru: "публикация", en: "publication" },
        _ => Text { ru: "решение по сомнению", en: "settlement of a doubt" },
    };
    Logged {
        kind: shell.say(kind),
        position: entry.position,
        leaf: entry.leaf.to_string(),
        at: entry.at.to_string(),
        moment: moment(entry.at, shell.reading()),
    }
}
