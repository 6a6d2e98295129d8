//! `/desk/copies`: what the machine holds for copies: a person confirms or rejects each, with both items side by side.

use askama::Template;
use axum::Router;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use axum::routing::{get, post};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{CopyMatchId, UserId};
use podlinnik_domain::language::Text;
use podlinnik_domain::original::{CopyMatch, CopyMatchKind, CopyMatchState};
use podlinnik_domain::people::Role;
use podlinnik_domain::recognition::{Closeness, time_code};
use podlinnik_domain::trace::{CopyComparison, KnownCopy};
use serde::Deserialize;

use super::form::{Fields, Submitted};
use super::glance::Item;
use super::history::Names;
use super::refusal::Refusal;
use super::shell::{Reader, Section, Shell, go_on, show, show_with};
use super::visitor::Visitor;
use super::wording::brief;
use crate::cursor;
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;

/// Matches on a page.
const PAGE: u32 = 20;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/desk/copies", get(list))
        .route("/desk/copies/{id}", get(page))
        .route("/desk/copies/{id}/confirm", post(confirm))
        .route("/desk/copies/{id}/reject", post(reject))
}

/// A pair of stretches as it is stored.
#[derive(Debug, Deserialize)]
struct StoredSpans {
    suspect_s: [f64; 2],
    matched_s: [f64; 2],
}

/// A match with both its items.
struct Pair {
    id: String,
    kind: CopyMatchKind,
    state: CopyMatchState,
    version: u32,
    suspect: Item,
    matched: Item,
    /// Stretches that correspond, as time codes: of the suspect, of the known item.
    spans: Vec<(String, String)>,
    closeness: Option<&'static str>,
    /// What holding the two against each other gave, and how to take it.
    compared: Option<(&'static str, &'static str)>,
    mirror: bool,
    found: String,
    decided: Option<String>,
    decided_by: Option<UserId>,
    reason: Option<String>,
}

/// What the comparison found, in words, with a colour.
const fn compared(comparison: CopyComparison) -> (&'static str, Text) {
    match comparison {
        CopyComparison::Same => (
            "good",
            Text {
                ru: "Кадры и звук сравнены: разница объясняется пересжатием.",
                en: "Frames and sound were compared: recompression explains what differs.",
            },
        ),
        CopyComparison::PictureDiffers => (
            "bad",
            Text {
                ru: "Изображение местами отличается: одно могло быть сделано из другого. Решение о нём сюда не переносится.",
                en: "Regions of the picture differ: one may have been made from the other. What was decided on it does not carry over.",
            },
        ),
        CopyComparison::SoundDiffers => (
            "bad",
            Text {
                ru: "Звук другой, или он есть только у одной записи.",
                en: "The sound differs, or only one of them has any.",
            },
        ),
        CopyComparison::NotCompared => (
            "",
            Text {
                ru: "Подробно ещё не сравнивались.", en: "They were not compared in detail yet."
            },
        ),
        CopyComparison::Undecided => (
            "",
            Text {
                ru: "Сравнение ничего не решило: нет крупного лица, это снимок или сжатие слишком сильное.",
                en: "The comparison decided nothing: no face of some size, a still, or too hard a compression.",
            },
        ),
    }
}

impl Pair {
    async fn load(
        state: &AppState,
        visitor: &Visitor,
        shell: &Shell,
        found: CopyMatch,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        let suspect = state.service.glance(&visitor.actor, found.suspect).await?;
        let matched = state.service.glance(&visitor.actor, found.matched).await?;
        let spans: Vec<StoredSpans> = serde_json::from_value(found.spans).unwrap_or_default();
        let copy: Option<KnownCopy> =
            found.evidence.get("copy").and_then(|copy| serde_json::from_value(copy.clone()).ok());
        let codes = |[from, until]: [f64; 2]| format!("{}–{}", time_code(from), time_code(until));
        let reading = shell.reading();
        Ok(Self {
            id: found.id.to_string(),
            kind: found.kind,
            state: found.state,
            version: found.version,
            suspect: Item::new(suspect, now, shell),
            matched: Item::new(matched, now, shell),
            spans: spans.iter().map(|pair| (codes(pair.suspect_s), codes(pair.matched_s))).collect(),
            closeness: copy.as_ref().map(|copy| shell.say(Closeness::of(copy).text())),
            compared: copy.as_ref().map(|copy| {
                let (class, text) = compared(copy.compared);
                (class, shell.say(text))
            }),
            mirror: copy.as_ref().is_some_and(|copy| copy.mirror),
            found: brief(found.found_at, now, reading),
            decided: found.decided_at.map(|at| brief(at, now, reading)),
            decided_by: found.decided_by,
            reason: found.reason,
        })
    }

    fn is_open(&self) -> bool {
        self.state == CopyMatchState::Suggested
    }

    fn is_confirmed(&self) -> bool {
        self.state == CopyMatchState::Confirmed
    }

    fn is_rejected(&self) -> bool {
        self.state == CopyMatchState::Rejected
    }

    fn is_original(&self) -> bool {
        self.kind == CopyMatchKind::Original
    }
}

#[derive(Template)]
#[template(path = "copies.html")]
struct ListPage {
    shell: Shell,
    state: CopyMatchState,
    pairs: Vec<Pair>,
    more: Option<String>,
}

impl ListPage {
    fn tabs(&self) -> [(&'static str, &'static str, bool); 3] {
        let here = |state| self.state == state;
        [
            (
                "/desk/copies",
                self.shell.t("Ждут решения", "Wait for a decision"),
                here(CopyMatchState::Suggested),
            ),
            (
                "/desk/copies?state=confirmed",
                self.shell.t("Подтверждённые", "Confirmed"),
                here(CopyMatchState::Confirmed),
            ),
            (
                "/desk/copies?state=rejected",
                self.shell.t("Отклонённые", "Rejected"),
                here(CopyMatchState::Rejected),
            ),
        ]
    }

    fn waits(&self) -> bool {
        self.state == CopyMatchState::Suggested
    }
}

#[derive(Template)]
#[template(path = "copy.html")]
struct MatchPage {
    shell: Shell,
    refusal: Option<Refusal>,
    typed: Fields,
    pair: Pair,
    decided_by: Option<String>,
    may_decide: bool,
}

/// `GET /desk/copies`
async fn list(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = Fields::parse(query.unwrap_or_default().as_bytes())?;
    let wanted: CopyMatchState = asked.get("state").parse().unwrap_or(CopyMatchState::Suggested);
    let after = match asked.get("after") {
        "" => None,
        text => Some(cursor::read(text).ok_or(ErrorCode::BadRequest)?),
    };
    let page = state.service.copy_matches(&visitor.actor, wanted, after, PAGE).await?;
    let now = state.service.clock().now();
    let shell = reader.shell(Some(visitor.clone()), Section::Library);
    let language = shell.language;
    let mut pairs = Vec::with_capacity(page.items.len());
    for found in page.items {
        pairs.push(Pair::load(&state, &visitor, &shell, found, now).await?);
    }
    let more =
        page.next.map(|next| format!("/desk/copies?state={}&after={}", wanted.code(), cursor::write(next)));
    show(&ListPage { state: wanted, pairs, more, shell }, language)
}

/// `GET /desk/copies/{id}`
async fn page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    Id(id): Id<CopyMatchId>,
) -> Result<Response, Problem> {
    let language = reader.language;
    show(&gather(&state, visitor, reader, id, None, Fields::default()).await?, language)
}

async fn gather(
    state: &AppState,
    visitor: Visitor,
    reader: Reader,
    id: CopyMatchId,
    refusal: Option<Refusal>,
    typed: Fields,
) -> Result<MatchPage, Problem> {
    let found = state.service.copy_match(&visitor.actor, id).await?;
    let now = state.service.clock().now();
    let shell = reader.shell(Some(visitor.clone()), Section::Library);
    let pair = Pair::load(state, &visitor, &shell, found, now).await?;
    let decided_by = match (pair.decided_by, pair.is_open()) {
        (_, true) => None,
        (by, false) => Some(Names::load(state).await?.who(by, shell.language)),
    };
    let may_decide = visitor.is(Role::Analyst);
    Ok(MatchPage { refusal, typed, pair, decided_by, may_decide, shell })
}

/// `POST /desk/copies/{id}/confirm`
async fn confirm(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<CopyMatchId>,
    submitted: Submitted,
) -> Result<Response, Problem> {
    decide(&state, reader, id, submitted, CopyMatchState::Confirmed).await
}

/// `POST /desk/copies/{id}/reject`
async fn reject(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<CopyMatchId>,
    submitted: Submitted,
) -> Result<Response, Problem> {
    decide(&state, reader, id, submitted, CopyMatchState::Rejected).await
}

async fn decide(
    state: &AppState,
    reader: Reader,
    id: CopyMatchId,
    Submitted { visitor, fields }: Submitted,
    decision: CopyMatchState,
) -> Result<Response, Problem> {
    let version: u32 = fields.parsed("version", "the version that you saw")?;
    let reason = fields.get("reason").replace('\n', " ");
    let decided = state.service.copy_match_decide(&visitor.actor, id, version, decision, &reason).await;
    match decided {
        Ok(_) => Ok(go_on("/desk/copies", decision.code())),
        Err(error) => {
            let problem = Problem::from(error);
            let (status, language) = (problem.status(), reader.language);
            let refusal = match problem.code() {
                ErrorCode::StaleRevision | ErrorCode::WrongState => Refusal::saying(
                    Text {
                        ru: "Пока вы смотрели, решил кто-то другой: ниже видно, как. Набранное сохранено; если вы не согласны, решите заново.",
                        en: "Somebody else decided while you looked: below you see how. What you typed is kept; if you disagree, decide anew.",
                    },
                    language,
                ),
                _ => Refusal::of(problem, language)?,
            };
            let page = gather(state, visitor, reader, id, Some(refusal), fields).await?;
            show_with(status, &page, language)
        }
    }
}
