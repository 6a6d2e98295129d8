//! `GET /desk/situation`: for leadership: what came in over a time, where, about what, and what became of it.

use std::collections::BTreeMap;

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::get;
use jiff::{SignedDuration, ToSpan as _};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::region::{Region, Regions, is_code};
use podlinnik_domain::situation::{Situation, Tally};
use podlinnik_pipeline::board::{BoardEntry, BoardOrder, BoardQuery};

use super::form::Fields;
use super::refusal::Refusal;
use super::shell::{Reader, Section, Shell, show, show_with};
use super::visitor::{Visitor, encoded};
use super::wording::{from_input, grouped, input, left, moment, stretch};
use super::zone::Zone;
use crate::problem::Problem;
use crate::state::AppState;

/// Looked back at if nothing is asked.
const USUAL: SignedDuration = SignedDuration::from_hours(24 * 7);
/// The longest time.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 366);
/// Late cases that are named; the board has them all.
const LATE: u32 = 10;
/// Height of the drawing of days, in its own units.
const HEIGHT: u64 = 100;

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/desk/situation", get(situation))
}

/// A row of a table: name, code where it is a region's, what became of the items.
struct Line {
    name: String,
    /// Where the board shows these cases.
    board: Option<String>,
    tally: Tally,
}

/// A region on the map of tiles.
struct Tile {
    code: String,
    short: String,
    name: String,
    tally: Tally,
    /// 0 for none, then 1 to 5.
    shade: u64,
}

/// A day of the drawing.
struct Day {
    label: String,
    tally: Tally,
    x: usize,
    /// Heights of what is open, refuted, confirmed and other, from below, with their places.
    parts: [(&'static str, u64, u64); 4],
}

#[derive(Template)]
#[template(path = "situation.html")]
struct Page {
    shell: Shell,
    refusal: Option<Refusal>,
    from: String,
    until: String,
    region: String,
    regions: Vec<&'static Region>,
    shown: Option<Shown>,
    presets: Vec<(String, &'static str)>,
}

/// What there is to see, where the question was one.
struct Shown {
    situation: Situation,
    lines: Vec<Line>,
    topics: Vec<Line>,
    tiles: Vec<Tile>,
    days: Vec<Day>,
    largest_day: u64,
    late: Vec<BoardEntry>,
    export: String,
}

impl Shown {
    fn day_lines(&self) -> Vec<Line> {
        let line = |day: &Day| Line { name: day.label.clone(), board: None, tally: day.tally };
        self.days.iter().map(line).collect()
    }
}

impl Page {
    fn n(&self, number: u64) -> String {
        grouped(number)
    }

    fn moment(&self, at: Timestamp) -> String {
        moment(at, self.shell.reading())
    }

    fn clock(&self, entry: &BoardEntry) -> String {
        left(&entry.clocks, self.shell.language)
    }

    fn age(&self, entry: &BoardEntry) -> String {
        stretch(entry.clocks.age_s, self.shell.language)
    }

    fn place(&self) -> Option<&str> {
        (!self.region.is_empty()).then(|| name_of(&self.region, &self.shell))
    }

    /// What is said of a tally on a tile and for those who cannot see it.
    fn told(&self, tally: &Tally) -> String {
        let items = self.shell.t("материалов", "items");
        let late = self.shell.t("просрочено", "late");
        if tally.late > 0 {
            format!("{items}: {}, {late}: {}", tally.items, tally.late)
        } else {
            format!("{items}: {}", tally.items)
        }
    }
}

async fn situation(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let fields = Fields::parse(query.unwrap_or_default().as_bytes())?;
    let now = state.service.clock().now();
    let actor = visitor.actor.clone();
    let shell = reader.shell(Some(visitor), Section::Figures);
    let language = shell.language;
    let region = fields.filled("region").filter(|code| is_code(code));
    let asked = span(&fields, now, shell.zone);
    let (from, until) = asked.as_ref().map_or_else(
        |_| (fields.get("from").to_owned(), fields.get("until").to_owned()),
        |(from, until)| (input(*from, shell.zone), input(*until, shell.zone)),
    );
    let mut page = Page {
        refusal: None,
        from,
        until,
        region: region.clone().unwrap_or_default(),
        regions: Regions::current().iter().collect(),
        shown: None,
        presets: presets(&shell, now, region.as_deref()),
        shell,
    };
    page.regions.sort_by_key(|one| one.name(language));
    let (from, until) = match asked {
        Ok(span) => span,
        Err(problem) => {
            page.refusal = Some(Refusal::told(&problem, language).keeping());
            // Whoever may not see the page learns nothing of its form either.
            state.service.situation(&actor, now, now, None).await?;
            return show_with(problem.status(), &page, language);
        }
    };
    let counted = state.service.situation(&actor, from, until, region.clone()).await?;
    let late = BoardQuery {
        open_only: true,
        region,
        order: BoardOrder::Deadline,
        limit: LATE,
        ..BoardQuery::default()
    };
    let mut late = state.service.board(&actor, &late).await?.items;
    late.retain(|entry| entry.clocks.left_s < 0);
    page.shown = Some(shown(&page.shell, counted, late));
    show(&page, language)
}

/// The time that is asked about.
fn span(fields: &Fields, now: Timestamp, zone: Zone) -> Result<(Timestamp, Timestamp), Problem> {
    let read = |name: &'static str| match fields.get(name) {
        "" => Ok(None),
        text => from_input(text, zone).map(Some).ok_or_else(|| Problem::field(name, "a date and a time")),
    };
    let until = read("until")?.unwrap_or(now);
    let from = match read("from")? {
        Some(from) => from,
        None => until.checked_sub(USUAL).map_err(|_| Problem::field("until", "a later moment"))?,
    };
    if from >= until || until.duration_since(from) > LONGEST {
        return Err(Problem::field("from", "before `until`, by at most 366 days"));
    }
    Ok((from, until))
}

/// Times that are often asked about: address and name.
fn presets(shell: &Shell, now: Timestamp, region: Option<&str>) -> Vec<(String, &'static str)> {
    let all = [
        (24_i64, shell.t_static("сутки", "a day")),
        (24 * 7, shell.t_static("неделя", "a week")),
        (24 * 30, shell.t_static("30 дней", "30 days")),
        (24 * 90, shell.t_static("90 дней", "90 days")),
    ];
    let region = region.map_or_else(String::new, |code| format!("&region={}", encoded(code)));
    let address = |hours: i64| {
        let from = now.checked_sub(hours.hours()).unwrap_or(Timestamp::UNIX_EPOCH);
        format!(
            "/desk/situation?from={}&until={}{region}",
            encoded(&input(from, shell.zone)),
            encoded(&input(now, shell.zone))
        )
    };
    all.into_iter().map(|(hours, name)| (address(hours), name)).collect()
}

fn name_of<'a>(code: &'a str, shell: &Shell) -> &'a str {
    Regions::current().get(code).map_or(code, |region| region.name(shell.language))
}

fn shown(shell: &Shell, situation: Situation, late: Vec<BoardEntry>) -> Shown {
    let lines = situation.regions.iter().map(|row| Line {
        name: row
            .region
            .as_deref()
            .map_or(shell.t("регион не указан", "no region named"), |code| name_of(code, shell))
            .to_owned(),
        board: row.region.as_deref().map(|code| format!("/desk?view=all&region={}", encoded(code))),
        tally: row.tally,
    });
    let topics = situation.topics.iter().map(|row| Line {
        name: row
            .topic
            .map_or(shell.t("не разобрано", "not sorted yet"), |topic| shell.say(topic.text()))
            .to_owned(),
        board: row.topic.map(|topic| format!("/desk?view=all&topic={}", topic.code())),
        tally: row.tally,
    });
    let region = situation.region.as_deref().map(|code| format!("&region={}", encoded(code)));
    let export = format!(
        "from={}&until={}{}",
        encoded(&situation.from.to_string()),
        encoded(&situation.until.to_string()),
        region.unwrap_or_default()
    );
    let largest_day = situation.days.iter().map(|day| day.tally.items).max().unwrap_or_default();
    Shown {
        lines: lines.collect(),
        topics: topics.collect(),
        tiles: tiles(&situation, shell),
        days: days(&situation, largest_day),
        largest_day,
        late,
        export,
        situation,
    }
}

/// Every region of the list, in the order of its code, those without items too.
fn tiles(situation: &Situation, shell: &Shell) -> Vec<Tile> {
    let counted: BTreeMap<&str, Tally> =
        situation.regions.iter().filter_map(|row| Some((row.region.as_deref()?, row.tally))).collect();
    let most = counted.values().map(|tally| tally.items).max().unwrap_or_default().max(1);
    let tile = |region: &Region| {
        let tally = counted.get(region.code.as_str()).copied().unwrap_or_default();
        Tile {
            short: region.code.rsplit('-').next().unwrap_or(&region.code).to_owned(),
            name: region.name(shell.language).to_owned(),
            code: encoded(&region.code),
            shade: shade(tally.items, most),
            tally,
        }
    };
    Regions::current().iter().map(tile).collect()
}

/// In fifths of the largest number, rounded up; 0 for none.
fn shade(items: u64, most: u64) -> u64 {
    (items * 5).div_ceil(most.max(1)).min(5)
}

fn days(situation: &Situation, largest: u64) -> Vec<Day> {
    let height = |count: u64| count * HEIGHT / largest.max(1);
    situation
        .days
        .iter()
        .enumerate()
        .map(|(place, day)| {
            let tally = day.tally;
            let counts = [
                ("open", tally.open),
                ("refuted", tally.refuted),
                ("confirmed", tally.confirmed),
                ("other", tally.other),
            ];
            let mut below = 0;
            let parts = counts.map(|(class, count)| {
                let part = height(below + count) - height(below);
                below += count;
                (class, HEIGHT - height(below), part)
            });
            Day { label: day.day.clone(), tally, x: place * 10, parts }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use podlinnik_domain::situation::{DayTally, Group};

    use super::*;

    #[test]
    fn shades_are_fifths_of_the_most() {
        assert_eq!([0, 1, 20, 21, 99, 100].map(|items| shade(items, 100)), [0, 1, 1, 2, 5, 5]);
        assert_eq!(shade(0, 0), 0);
        assert_eq!(shade(1, 1), 5);
    }

    #[test]
    fn parts_of_a_day_lie_on_each_other_and_fill_the_highest() {
        let groups: [Group; 0] = [];
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let mut situation = Situation::new(at(0), at(86_400), &groups, Vec::new());
        let tally = Tally { items: 7, open: 3, late: 1, refuted: 2, confirmed: 1, other: 1 };
        situation.days = vec![DayTally { day: "1970-01-01".to_owned(), tally }];
        let day = days(&situation, 7).remove(0);
        assert_eq!(day.parts.iter().map(|(.., height)| height).sum::<u64>(), HEIGHT);
        let [(_, open_at, open), (_, refuted_at, refuted), _, (_, top, _)] = day.parts;
        assert_eq!((open_at + open, refuted_at + refuted, top), (HEIGHT, open_at, 0));
    }
}
