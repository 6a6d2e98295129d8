//! `/desk/series`: items that belong together, across regions: a campaign often hits several at once.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum::routing::get;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::SeriesId;
use podlinnik_domain::language::Text;
use podlinnik_domain::original::SeriesReason;
use podlinnik_domain::region::Regions;
use podlinnik_pipeline::recognition::series::SeriesFile;
use podlinnik_pipeline::record::SeriesGrowth;

use super::form::Fields;
use super::glance::Item;
use super::history::{Line, Names, lines};
use super::shell::{Reader, Section, Shell, show};
use super::visitor::Visitor;
use super::wording::{brief, count, moment, stretch};
use crate::cursor;
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;

/// Series on a page.
const PAGE: u32 = 30;
/// Items whose pictures are looked up for one page.
const MOST_ITEMS: usize = 100;
/// The picture of the growth, in units of its own.
const WIDTH: f64 = 600.0;
const HEIGHT: f64 = 80.0;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/desk/series", get(list)).route("/desk/series/{id}", get(page))
}

#[derive(Template)]
#[template(path = "series_list.html")]
struct ListPage {
    shell: Shell,
    series: Vec<SeriesGrowth>,
    more: Option<String>,
    now: Timestamp,
}

impl ListPage {
    fn items_of(&self, one: &SeriesGrowth) -> String {
        count(one.members, ["материала", "материалов", "материалов"], ["item", "items"], self.shell.language)
    }

    fn grown(&self, one: &SeriesGrowth) -> String {
        brief(one.grown_at, self.now, self.shell.reading())
    }

    fn founded(&self, one: &SeriesGrowth) -> String {
        brief(one.series.founded_at, self.now, self.shell.reading())
    }

    fn fresh(&self, one: &SeriesGrowth) -> bool {
        self.now.duration_since(one.grown_at).as_hours() < 24
    }
}

/// An item of the series, ready to print.
struct Member {
    item: Item,
    why: &'static str,
    added: String,
    in_doubt: bool,
    /// Its organisation, also where the case is out of sight.
    organisation: Option<String>,
    region: Option<&'static str>,
}

#[derive(Template)]
#[template(path = "series.html")]
struct SeriesPage {
    shell: Shell,
    members: Vec<Member>,
    total: usize,
    founded: String,
    grown: String,
    took: String,
    regions: Vec<String>,
    growth: Growth,
    history: Vec<Line>,
    board: String,
}

impl SeriesPage {
    fn items(&self) -> String {
        items(u64::try_from(self.total).unwrap_or(u64::MAX), &self.shell)
    }

    /// The organisation, unless it is called like the region that stands beside it.
    fn desk<'a>(&self, member: &'a Member) -> Option<&'a str> {
        member.organisation.as_deref().filter(|name| member.region != Some(*name))
    }

    fn is_cut(&self) -> bool {
        self.total > self.members.len()
    }
}

fn items(number: u64, shell: &Shell) -> String {
    count(number, ["материал", "материала", "материалов"], ["item", "items"], shell.language)
}

/// Why an item belongs.
const fn why(reason: SeriesReason) -> Text {
    match reason {
        SeriesReason::SharedOriginal => Text { ru: "тот же оригинал", en: "the same original" },
        SeriesReason::SignatureNeighbourhood => {
            Text { ru: "похожие кадры", en: "similar frames" }
        }
        SeriesReason::SharedSound => Text { ru: "тот же звук", en: "the same sound" },
    }
}

/// How the series grew: a line of steps over time.
#[derive(Debug, Clone, PartialEq)]
struct Growth {
    points: String,
    dots: Vec<(String, String)>,
}

impl Growth {
    /// One step up at each time; nothing for fewer than two.
    fn of(times: &[Timestamp]) -> Self {
        let mut seconds: Vec<f64> = times.iter().map(|at| at.as_second() as f64).collect();
        seconds.sort_by(f64::total_cmp);
        let (Some(first), Some(last)) = (seconds.first().copied(), seconds.last().copied()) else {
            return Self { points: String::new(), dots: Vec::new() };
        };
        let span = (last - first).max(1.0);
        let all = seconds.len() as f64;
        let x = |at: f64| 6.0 + (at - first) / span * (WIDTH - 12.0);
        let y = |number: f64| HEIGHT - 6.0 - number / all * (HEIGHT - 14.0);
        let mut points = format!("{:.1},{:.1}", x(first), y(0.0));
        let mut dots = Vec::with_capacity(seconds.len());
        for (number, at) in seconds.iter().enumerate() {
            let (before, after) = (y(number as f64), y(number as f64 + 1.0));
            points.push_str(&format!(" {:.1},{before:.1} {:.1},{after:.1}", x(*at), x(*at)));
            dots.push((format!("{:.1}", x(*at)), format!("{after:.1}")));
        }
        points.push_str(&format!(" {WIDTH:.1},{:.1}", y(all)));
        Self { points, dots }
    }
}

/// `GET /desk/series`
async fn list(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = Fields::parse(query.unwrap_or_default().as_bytes())?;
    let after = match asked.get("after") {
        "" => None,
        text => Some(cursor::read(text).ok_or(ErrorCode::BadRequest)?),
    };
    let page = state.service.series_list(&visitor.actor, after, PAGE).await?;
    let more = page.next.map(|next| format!("/desk/series?after={}", cursor::write(next)));
    let now = state.service.clock().now();
    let shell = reader.shell(Some(visitor), Section::Library);
    let language = shell.language;
    show(&ListPage { series: page.items, more, now, shell }, language)
}

/// `GET /desk/series/{id}`; one that was taken over leads to the one that took it.
async fn page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    Id(id): Id<SeriesId>,
) -> Result<Response, Problem> {
    let file = state.service.series(&visitor.actor, id).await?;
    if let Some(taken) = file.series.merged_into {
        return Ok(Redirect::to(&format!("/desk/series/{taken}")).into_response());
    }
    let SeriesFile { series, grown_at, members, regions, history } = file;
    let now = state.service.clock().now();
    let names = Names::load(&state).await?;
    let shell = reader.shell(Some(visitor.clone()), Section::Library);
    let language = shell.language;
    let times: Vec<Timestamp> = members
        .iter()
        .map(|one| one.case.as_ref().map_or(one.member.added_at, |case| case.first_seen_at))
        .collect();
    let total = members.len();
    let mut shown = Vec::new();
    for member in members.into_iter().take(MOST_ITEMS) {
        let glance = state.service.glance(&visitor.actor, member.member.sha256).await?;
        let region = member.case.as_ref().and_then(|case| case.region.as_deref());
        shown.push(Member {
            item: Item::new(glance, now, &shell),
            why: shell.say(why(member.member.why)),
            added: brief(member.member.added_at, now, shell.reading()),
            in_doubt: member.in_doubt,
            organisation: member.organisation.map(|one| shell.t(&one.name_ru, &one.name_en).to_owned()),
            region: region.and_then(|code| Some(Regions::current().get(code)?.name(language))),
        });
    }
    let name = |code: &String| {
        Regions::current().get(code).map_or(code.as_str(), |region| region.name(language)).to_owned()
    };
    let shown = SeriesPage {
        members: shown,
        total,
        founded: moment(series.founded_at, shell.reading()),
        grown: brief(grown_at, now, shell.reading()),
        took: stretch(grown_at.duration_since(series.founded_at).as_secs(), language),
        regions: regions.iter().map(name).collect(),
        growth: Growth::of(&times),
        history: lines(&history, &names, now, shell.reading()),
        board: format!("/desk?view=all&series={id}"),
        shell,
    };
    show(&shown, language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn growth_is_a_line_of_steps_within_its_frame() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let growth = Growth::of(&[at(100), at(0), at(50)]);
        assert_eq!(growth.dots.len(), 3);
        assert_eq!(growth.dots[0].0, "6.0");
        assert_eq!(growth.dots[2], ("594.0".to_owned(), "8.0".to_owned()));
        assert!(growth.points.starts_with("6.0,74.0 "));
        // All at one moment, and none: no division by nothing.
        assert_eq!(Growth::of(&[at(7), at(7)]).dots.len(), 2);
        assert!(Growth::of(&[]).points.is_empty());
    }
}
