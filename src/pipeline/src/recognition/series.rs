//! Series: items that share an original, a neighbourhood of signatures or a sound. A campaign often hits several regions at once; the one that grew last
//! stands first.

use podlinnik_domain::case::Case;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::{Event, SubjectKind};
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::SeriesId;
use podlinnik_domain::original::{CopyMatchKind, CopyMatchState, Series, SeriesMember, SeriesReason};
use podlinnik_domain::people::{Actor, Organisation, Role};
use podlinnik_domain::verdict::Verdict;
use podlinnik_storage::record::{Page, Position, SeriesGrowth};

use crate::access::{not_found, require};
use crate::listing::MOST_ENTRIES;
use crate::service::{Answer, Service};

/// Who sees series: a desk has to know that others have the same campaign.
const MAY_READ: &[Role] =
    &[Role::Analyst, Role::Editor, Role::Approver, Role::CorrectionsOfficer, Role::OrgAdmin, Role::Auditor];

/// A series with its items.
#[derive(Debug, Clone)]
pub struct SeriesFile {
    /// The series.
    pub series: Series,
    /// When its latest item came in.
    pub grown_at: Timestamp,
    /// Its items, oldest first.
    pub members: Vec<MemberFile>,
    /// The regions that it was handed in for, sorted.
    pub regions: Vec<String>,
    /// What happened to it, oldest first.
    pub history: Vec<Event>,
}

/// An item of a series.
#[derive(Debug, Clone)]
pub struct MemberFile {
    /// Why it belongs, and since when.
    pub member: SeriesMember,
    /// The case on it.
    pub case: Option<Case>,
    /// The organisation that first handed it in.
    pub organisation: Option<Organisation>,
    /// The verdict in force.
    pub verdict: Option<Verdict>,
    /// Whether the actor may see the case itself.
    pub case_in_sight: bool,
    /// People rejected every match that it was taken in for.
    pub in_doubt: bool,
}

impl Service {
    /// Series, the one that grew last first; `limit` 1 to 100.
    ///
    /// # Errors
    /// `forbidden`, and what the store answers.
    pub async fn series_list(
        &self,
        actor: &Actor,
        after: Option<Position>,
        limit: u32,
    ) -> Answer<Page<SeriesGrowth>> {
        require(actor, MAY_READ)?;
        Ok(self.store.series_list(after, limit.clamp(1, MOST_ENTRIES)).await?)
    }

    /// One series, also one that another took over.
    ///
    /// # Errors
    /// `forbidden`, `not_found`.
    pub async fn series(&self, actor: &Actor, id: SeriesId) -> Answer<SeriesFile> {
        require(actor, MAY_READ)?;
        let series = self.store.series_get(id).await?.ok_or_else(not_found)?;
        let listed = self.store.series_members(id).await?;
        let (organisations, sight) = (self.store.organisation_list().await?, self.sight(actor).await?);
        let all: Vec<Sha256> = listed.iter().map(|member| member.sha256).collect();
        let grown_at = listed.iter().map(|member| member.added_at).max().unwrap_or(series.founded_at);
        let mut members = Vec::with_capacity(listed.len());
        for member in listed {
            let case = self.store.case_by_media(member.sha256).await?;
            let organisation = case
                .as_ref()
                .and_then(|case| organisations.iter().find(|one| one.id == case.organisation).cloned());
            let verdict = self.known_media(actor, member.sha256).await?.and_then(|known| known.verdict);
            let case_in_sight = case.as_ref().is_some_and(|case| sight.covers(case.organisation));
            let in_doubt = self.is_in_doubt(&member, &all).await?;
            members.push(MemberFile { member, case, organisation, verdict, case_in_sight, in_doubt });
        }
        let mut regions: Vec<String> =
            members.iter().filter_map(|one| one.case.as_ref()?.region.clone()).collect();
        regions.sort_unstable();
        regions.dedup();
        let history = self.store.event_list(SubjectKind::Series, &id.to_string()).await?;
        Ok(SeriesFile { series, grown_at, members, regions, history })
    }

    /// Nothing leaves a series; but where people rejected all that an item was taken in for, the series says so.
    async fn is_in_doubt(&self, member: &SeriesMember, all: &[Sha256]) -> Answer<bool> {
        if member.why == SeriesReason::SharedOriginal {
            return Ok(false);
        }
        let found = self.store.copy_match_list_by_media(member.sha256).await?;
        let mut within = found.iter().filter(|found| {
            let other = if found.suspect == member.sha256 { found.matched } else { found.suspect };
            found.kind == CopyMatchKind::KnownCopy && all.contains(&other)
        });
        let some = within.clone().next().is_some();
        Ok(some && within.all(|found| found.state == CopyMatchState::Rejected))
    }
}
