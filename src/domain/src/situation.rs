//! The situation for leadership: what came in over a time, where, about what, and what became of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::case::Topic;
use crate::clock::Timestamp;
use crate::id::{OrganisationId, SeriesId};
use crate::verdict::VerdictKind;

/// Items first seen in the time that have all of this in common.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Whose case.
    pub organisation: OrganisationId,
    /// Code of the region.
    pub region: Option<String>,
    /// What it is about.
    pub topic: Option<Topic>,
    /// Days since 1970-01-01, in UTC.
    pub day: i64,
    /// The approved verdict.
    pub verdict: Option<VerdictKind>,
    /// Without a verdict although the four hours are over.
    pub late: bool,
    /// How many.
    pub count: u64,
}

/// What became of items.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Tally {
    /// Items first seen in the time.
    pub items: u64,
    /// Without an approved verdict.
    pub open: u64,
    /// Of these, older than four hours.
    pub late: u64,
    /// Manipulation or a false context was found.
    pub refuted: u64,
    /// Confirmed, or nothing was found.
    pub confirmed: u64,
    /// Every other verdict.
    pub other: u64,
}

impl Tally {
    fn add(&mut self, group: &Group) {
        self.items += group.count;
        match group.verdict {
            None => {
                self.open += group.count;
                self.late += if group.late { group.count } else { 0 };
            }
            Some(kind) if VerdictKind::REFUTING.contains(&kind) => self.refuted += group.count,
            Some(kind) if VerdictKind::CONFIRMING.contains(&kind) => self.confirmed += group.count,
            Some(_) => self.other += group.count,
        }
    }
}

/// A region's items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RegionTally {
    /// Code of the region; none where none was named.
    pub region: Option<String>,
    /// What became of them.
    #[serde(flatten)]
    pub tally: Tally,
}

/// A topic's items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TopicTally {
    /// What they are about; none where nobody has sorted them yet.
    pub topic: Option<Topic>,
    /// What became of them.
    #[serde(flatten)]
    pub tally: Tally,
}

/// A day's items.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct DayTally {
    /// The day in UTC, for example `2026-11-23`.
    pub day: String,
    /// What became of them.
    #[serde(flatten)]
    pub tally: Tally,
}

/// A series that grew lately.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SeriesTally {
    /// Identifier.
    pub series: SeriesId,
    /// Its items.
    pub items: u64,
    /// When its latest item came in.
    #[schema(value_type = String, format = DateTime)]
    pub grown_at: Timestamp,
}

/// What came in over a time, and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Situation {
    /// From this moment on.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Until before this one.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// Of one region; none: of all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// All of it.
    pub total: Tally,
    /// By region, most items first.
    pub regions: Vec<RegionTally>,
    /// By topic, most items first.
    pub topics: Vec<TopicTally>,
    /// By day, in order, days without items included.
    pub days: Vec<DayTally>,
    /// Series that grew in the time, the one that grew last first; at most 20.
    pub series: Vec<SeriesTally>,
}

impl Situation {
    /// Adds the groups up.
    pub fn new(from: Timestamp, until: Timestamp, groups: &[Group], series: Vec<SeriesTally>) -> Self {
        let mut total = Tally::default();
        let mut regions: BTreeMap<Option<&str>, Tally> = BTreeMap::new();
        let mut topics: BTreeMap<Option<Topic>, Tally> = BTreeMap::new();
        let mut days: BTreeMap<i64, Tally> = days_between(from, until);
        for group in groups {
            total.add(group);
            regions.entry(group.region.as_deref()).or_default().add(group);
            topics.entry(group.topic).or_default().add(group);
            days.entry(group.day).or_default().add(group);
        }
        let mut regions: Vec<_> = regions
            .into_iter()
            .map(|(region, tally)| RegionTally { region: region.map(str::to_owned), tally })
            .collect();
        regions.sort_by_key(|row| std::cmp::Reverse(row.tally.items));
        let mut topics: Vec<_> =
            topics.into_iter().map(|(topic, tally)| TopicTally { topic, tally }).collect();
        topics.sort_by_key(|row| std::cmp::Reverse(row.tally.items));
        let days = days.into_iter().map(|(day, tally)| DayTally { day: date(day), tally }).collect();
        Self { from, until, region: None, total, regions, topics, days, series }
    }

    /// The same, said to be of one region.
    #[must_use]
    pub fn of_region(self, region: Option<String>) -> Self {
        Self { region, ..self }
    }

    /// A table: a line per region, topic and day (RFC 4180).
    pub fn csv(&self) -> String {
        let mut csv = "group,name,items,open,late,refuted,confirmed,other\r\n".to_owned();
        let mut line = |group: &str, name: &str, tally: &Tally| {
            let Tally { items, open, late, refuted, confirmed, other } = tally;
            // Codes and dates need no quotation marks; a region's code could be anything.
            let name = if name.contains(['"', ',', '\r', '\n']) || name.starts_with(['=', '+', '-', '@']) {
                format!("\"'{}\"", name.replace('"', "\"\""))
            } else {
                name.to_owned()
            };
            csv.push_str(&format!("{group},{name},{items},{open},{late},{refuted},{confirmed},{other}\r\n"));
        };
        line("total", self.region.as_deref().unwrap_or_default(), &self.total);
        for row in &self.regions {
            line("region", row.region.as_deref().unwrap_or_default(), &row.tally);
        }
        for row in &self.topics {
            line("topic", row.topic.map_or("", Topic::code), &row.tally);
        }
        for row in &self.days {
            line("day", &row.day, &row.tally);
        }
        csv
    }
}

const DAY_S: i64 = 86_400;

fn days_between(from: Timestamp, until: Timestamp) -> BTreeMap<i64, Tally> {
    let first = from.as_second().div_euclid(DAY_S);
    let last = (until.as_second() - 1).div_euclid(DAY_S);
    (first..=last).map(|day| (day, Tally::default())).collect()
}

fn date(day: i64) -> String {
    let moment = Timestamp::from_second(day.saturating_mul(DAY_S)).unwrap_or(Timestamp::UNIX_EPOCH);
    moment.to_string().chars().take(10).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_add_up_every_way() {
        let group = |region: Option<&str>, day, verdict, late, count| Group {
            organisation: uuid::Uuid::nil().into(),
            region: region.map(str::to_owned),
            topic: (day == 1).then_some(Topic::Emergency),
            day,
            verdict,
            late,
            count,
        };
        let groups = [
            group(Some("RU-TAM"), 0, Some(VerdictKind::ManipulatedFace), false, 2),
            group(Some("RU-TAM"), 1, None, true, 3),
            group(None, 1, Some(VerdictKind::AuthenticConfirmed), false, 1),
            group(Some("=cmd,"), 1, Some(VerdictKind::Satire), false, 1),
            group(None, 1, None, false, 4),
        ];
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let situation = Situation::new(at(0), at(3 * DAY_S), &groups, Vec::new());
        let total = Tally { items: 11, open: 7, late: 3, refuted: 2, confirmed: 1, other: 1 };
        assert_eq!(situation.total, total);
        for sum in [
            situation.regions.iter().map(|row| row.tally.items).sum::<u64>(),
            situation.topics.iter().map(|row| row.tally.items).sum(),
            situation.days.iter().map(|row| row.tally.items).sum(),
        ] {
            assert_eq!(sum, 11);
        }
        let days: Vec<_> = situation.days.iter().map(|row| (row.day.as_str(), row.tally.items)).collect();
        assert_eq!(days, [("1970-01-01", 2), ("1970-01-02", 9), ("1970-01-03", 0)]);
        assert_eq!(situation.regions[0].region.as_deref(), None, "most items first");
        let csv = situation.csv();
        assert!(csv.contains("\r\nregion,RU-TAM,5,3,3,2,0,0\r\n"), "{csv}");
        assert!(csv.contains("\"'=cmd,\""), "no spreadsheet takes it for a formula: {csv}");
    }
}
