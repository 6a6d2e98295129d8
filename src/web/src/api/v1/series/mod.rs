//! Series: items that belong together, across regions.

use jiff::Timestamp;
use podlinnik_domain::event::Event;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{SeriesId, UserId};
use podlinnik_domain::original::SeriesReason;
use podlinnik_pipeline::recognition::series::{MemberFile, SeriesFile};
use podlinnik_pipeline::record::SeriesGrowth;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::media::KnownVerdict;
use crate::state::AppState;

mod get;
mod list;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default().routes(routes!(list::series_list)).routes(routes!(get::series_get))
}

/// A series in a listing.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SeriesEntry {
    /// Identifier.
    id: SeriesId,
    /// When its first items were found to belong together.
    #[schema(value_type = String, format = DateTime)]
    founded_at: Timestamp,
    /// When its latest item came in.
    #[schema(value_type = String, format = DateTime)]
    grown_at: Timestamp,
    /// Its items.
    members: u64,
    /// Where it is found.
    link: String,
}

/// A series with its items.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SeriesView {
    /// Identifier.
    id: SeriesId,
    /// When its first items were found to belong together.
    #[schema(value_type = String, format = DateTime)]
    founded_at: Timestamp,
    /// When its latest item came in.
    #[schema(value_type = String, format = DateTime)]
    grown_at: Timestamp,
    /// The series that took it over; it grows no more.
    merged_into: Option<SeriesId>,
    /// Regions that its items were handed in for, sorted.
    regions: Vec<String>,
    /// Its items, oldest first.
    members: Vec<SeriesMemberView>,
    /// What happened to it, oldest first: `series_founded`, `series_grown`, `series_merged`.
    history: Vec<Event>,
}

/// One item of a series.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct SeriesMemberView {
    /// The bytes.
    sha256: Sha256,
    /// What anybody with a token may know of them.
    media: String,
    /// Why it belongs: an original, a neighbourhood of signatures or a sound that it shares with another item.
    why: SeriesReason,
    /// When it was taken in.
    #[schema(value_type = String, format = DateTime)]
    added_at: Timestamp,
    /// Who took it in; none for the service itself.
    added_by: Option<UserId>,
    /// Region named by the first submission.
    region: Option<String>,
    /// Code of the organisation that first handed it in.
    organisation: Option<String>,
    /// Its name.
    organisation_name: Option<Name>,
    /// The case on it, for those who may see it.
    case: Option<String>,
    /// What people decided about it; none while they are still at it.
    verdict: Option<KnownVerdict>,
    /// People rejected every match that it was taken in for; nothing leaves a series.
    in_doubt: bool,
}

/// A name in both languages.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct Name {
    /// Russian.
    ru: String,
    /// English.
    en: String,
}

fn address(id: SeriesId) -> String {
    format!("/api/v1/series/{id}")
}

impl From<SeriesGrowth> for SeriesEntry {
    fn from(growth: SeriesGrowth) -> Self {
        let SeriesGrowth { series, grown_at, members } = growth;
        Self { id: series.id, founded_at: series.founded_at, grown_at, members, link: address(series.id) }
    }
}

impl From<SeriesFile> for SeriesView {
    fn from(file: SeriesFile) -> Self {
        let SeriesFile { series, grown_at, members, regions, history } = file;
        Self {
            id: series.id,
            founded_at: series.founded_at,
            grown_at,
            merged_into: series.merged_into,
            regions,
            members: members.into_iter().map(SeriesMemberView::from).collect(),
            history,
        }
    }
}

impl From<MemberFile> for SeriesMemberView {
    fn from(file: MemberFile) -> Self {
        let MemberFile { member, case, organisation, verdict, case_in_sight, in_doubt } = file;
        Self {
            media: format!("/api/v1/media/{}", member.sha256),
            sha256: member.sha256,
            why: member.why,
            added_at: member.added_at,
            added_by: member.added_by,
            region: case.as_ref().and_then(|case| case.region.clone()),
            organisation: organisation.as_ref().map(|one| one.code.clone()),
            organisation_name: organisation.map(|one| Name { ru: one.name_ru, en: one.name_en }),
            case: case.filter(|_| case_in_sight).map(|case| format!("/api/v1/cases/{}", case.id)),
            verdict: verdict.map(KnownVerdict::from),
            in_doubt,
        }
    }
}
