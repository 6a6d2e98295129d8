//! `GET /corrections`: every settled doubt about every notice, in one list.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::language::Language;
use podlinnik_domain::notice::{Correction, CorrectionKind};
use podlinnik_domain::region::{Region, is_code};

use super::super::form::Fields;
use super::super::shell::{Reader, Section, Shell, show};
use super::super::visitor::{MaybeVisitor, encoded};
use super::super::wording::moment;
use super::super::zone::Reading;
use super::{NoticeEntry, region_name, regions, words};
use crate::cursor;
use crate::problem::Problem;
use crate::state::AppState;

/// Corrections on a page.
const PAGE: u32 = 30;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/corrections", get(corrections))
}

/// A settled doubt as shown.
struct Shown {
    kind: (&'static str, &'static str),
    at: String,
    moment: String,
    statement: (String, Language),
    /// From which version to which, where the words changed.
    versions: Option<(u32, u32)>,
    entry: NoticeEntry,
}

#[derive(Template)]
#[template(path = "open_corrections.html")]
struct Corrections {
    shell: Shell,
    region: String,
    regions: Vec<&'static Region>,
    shown: Vec<Shown>,
    later: bool,
    more: Option<String>,
}

impl Corrections {
    fn feed(&self, name: &str) -> String {
        let language = self.shell.language;
        if self.region.is_empty() {
            format!("/feeds/{name}?lang={language}")
        } else {
            format!("/feeds/{name}?region={}&lang={language}", encoded(&self.region))
        }
    }

    fn place(&self) -> Option<&str> {
        (!self.region.is_empty()).then(|| region_name(&self.region, self.shell.language))
    }
}

async fn corrections(
    State(state): State<AppState>,
    MaybeVisitor(visitor): MaybeVisitor,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes())?;
    let after = match fields.get("after") {
        "" => None,
        text => Some(cursor::read(text).ok_or(ErrorCode::BadRequest)?),
    };
    let region = fields.filled("region").filter(|code| is_code(code));
    let page = state.service.published_corrections(region.as_deref(), after, PAGE).await?;
    let shell = reader.shell(visitor, Section::Public);
    let reading = shell.reading();
    let language = reading.language;
    let mut shown = Vec::with_capacity(page.items.len());
    for correction in &page.items {
        // Only public notices have settled corrections; one that cannot be read any more is left out rather than everything.
        let Some((notice, verdict)) = state.service.published_notice(correction.notice).await? else {
            continue;
        };
        shown.extend(present(correction, NoticeEntry::new(&notice, &verdict, reading), reading));
    }
    let region = region.unwrap_or_default();
    let more = page.next.map(|position| {
        format!("/corrections?region={}&after={}", encoded(&region), cursor::write(position))
    });
    let regions = regions(language);
    show(&Corrections { shell, region, regions, shown, later: after.is_some(), more }, language)
}

fn present(correction: &Correction, entry: NoticeEntry, reading: Reading) -> Option<Shown> {
    let language = reading.language;
    let settled = correction.settled.as_ref()?;
    let (statement, spoken) = words(&settled.statement, settled.statement_en.as_deref(), language);
    let (before, after) = (correction.version_before, settled.version_after);
    Some(Shown {
        kind: (class(settled.kind), settled.kind.text().in_language(language)),
        at: settled.settled_at.to_string(),
        moment: moment(settled.settled_at, reading),
        statement: (statement.to_owned(), spoken),
        versions: (before != after).then_some((before, after)),
        entry,
    })
}

/// How the kind of a settlement looks.
pub(super) const fn class(kind: CorrectionKind) -> &'static str {
    match kind {
        CorrectionKind::Correction => "warn",
        CorrectionKind::Clarification | CorrectionKind::Upheld => "info",
        CorrectionKind::Retraction => "bad",
    }
}
