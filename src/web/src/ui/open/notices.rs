//! `GET /notices`: what was published, newest first.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::notice::ClaimRating;
use podlinnik_domain::region::{Region, is_code};
use podlinnik_pipeline::record::PublicQuestion;

use super::super::form::Fields;
use super::super::shell::{Reader, Section, Shell, show};
use super::super::visitor::{MaybeVisitor, encoded};
use super::{NoticeEntry, region_name, regions};
use crate::cursor;
use crate::problem::Problem;
use crate::state::AppState;

/// Notices on a page.
const PAGE: u32 = 20;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/notices", get(notices))
}

#[derive(Template)]
#[template(path = "open_notices.html")]
struct Notices {
    shell: Shell,
    search: String,
    region: String,
    rating: Option<ClaimRating>,
    regions: Vec<&'static Region>,
    entries: Vec<NoticeEntry>,
    /// Not the first page.
    later: bool,
    /// Address of the next page.
    more: Option<String>,
}

impl Notices {
    fn is_filtered(&self) -> bool {
        !self.search.is_empty() || !self.region.is_empty() || self.rating.is_some()
    }

    fn is_rated(&self, rating: &ClaimRating) -> bool {
        self.rating.as_ref() == Some(rating)
    }

    /// What the filters ask for, as parameters.
    fn query(&self) -> String {
        let rating = self.rating.map_or("", ClaimRating::code);
        let pairs = [("q", self.search.as_str()), ("region", self.region.as_str()), ("rating", rating)];
        let filled = pairs.iter().filter(|(_, value)| !value.is_empty());
        filled.map(|(name, value)| format!("{name}={}", encoded(value))).collect::<Vec<_>>().join("&")
    }

    /// Where a feed of the region that is looked at is found.
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

async fn notices(
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
    let question = PublicQuestion {
        region: fields.filled("region").filter(|code| is_code(code)),
        rating: fields.get("rating").parse().ok(),
        search: fields.filled("q"),
    };
    let page = state.service.notices_found(&question, after, PAGE).await?;
    let shell = reader.shell(visitor, Section::Public);
    let language = shell.language;
    let reading = shell.reading();
    let entries = page.items.iter().map(|(notice, verdict)| NoticeEntry::new(notice, verdict, reading));
    let mut shown = Notices {
        search: question.search.unwrap_or_default(),
        region: question.region.unwrap_or_default(),
        rating: question.rating,
        regions: regions(language),
        entries: entries.collect(),
        later: after.is_some(),
        more: None,
        shell,
    };
    shown.more =
        page.next.map(|position| format!("/notices?{}&after={}", shown.query(), cursor::write(position)));
    show(&shown, language)
}
