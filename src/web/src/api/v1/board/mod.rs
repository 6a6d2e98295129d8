//! What the desk looks at all day.

use podlinnik_domain::analysis::AnalysisState;
use podlinnik_domain::case::{Case, Clocks};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::id::SeriesId;
use podlinnik_domain::likelihood::Word;
use podlinnik_domain::verdict::VerdictKind;
use podlinnik_pipeline::board::BoardEntry;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

mod counts;
mod events;
mod page;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(page::board_page))
        .routes(routes!(counts::board_counts))
        .routes(routes!(events::board_events))
}

/// A case as the board shows it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct BoardEntryView {
    case: Case,
    /// The two clocks, read now.
    clocks: Clocks,
    /// Name of the first file, else the beginning of its note, else twelve digits of its SHA-256.
    title: String,
    /// Networks that hand-ins and sorting named.
    networks: Vec<String>,
    /// How often the same bytes were handed in.
    submissions: u32,
    /// When something last happened to it.
    #[schema(value_type = String, format = DateTime)]
    last_change_at: Timestamp,
    /// Name of whoever has it.
    claimed_by: Option<String>,
    /// The series that the item is in.
    series: Option<BoardSeries>,
    /// Where the latest analysis stands.
    analysis: AnalysisState,
    /// The word of all methods together; none until there is one.
    word: Option<Word>,
    /// Whether an original was located.
    original_found: bool,
    /// Whether it is a confirmed copy of a known item.
    known_copy: bool,
    /// The verdict in force; never a proposed one.
    verdict: Option<VerdictKind>,
    /// Address of a frame.
    poster: Option<String>,
}

/// A series and its size.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct BoardSeries {
    id: SeriesId,
    /// Items in it.
    members: u32,
}

impl From<BoardEntry> for BoardEntryView {
    fn from(entry: BoardEntry) -> Self {
        let frames = format!("/api/v1/analyses/{}/derivatives", entry.case.analysis);
        Self {
            clocks: entry.clocks,
            title: entry.title,
            networks: entry.networks,
            submissions: entry.submissions,
            last_change_at: entry.last_change_at,
            claimed_by: entry.claimed_by,
            series: entry.series.map(|(id, members)| BoardSeries { id, members }),
            analysis: entry.analysis,
            word: entry.word,
            original_found: entry.original_found,
            known_copy: entry.known_copy,
            verdict: entry.verdict,
            poster: entry.poster.map(|name| format!("{frames}/{name}")),
            case: entry.case,
        }
    }
}
