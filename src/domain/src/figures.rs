//! Figures that keep the service honest, public by quarter and region: how much came, what became of it, how fast, and how often it was wrong.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::inquiry::AppealState;
use crate::notice::CorrectionKind;
use crate::verdict::VerdictKind;

/// Minutes within which a first answer is promised.
const FIRST_ANSWER_MINUTES: u64 = 180;
/// Minutes within which a refutation has most of its effect.
const VERDICT_MINUTES: u64 = 240;

/// How often each whole number of minutes was needed, ascending.
pub type Minutes = Vec<(u64, u64)>;

/// What is counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Counts {
    /// Submissions.
    pub submissions: u64,
    /// Items seen for the first time.
    pub items: u64,
    /// Verdicts approved, by kind.
    pub verdicts: Vec<(VerdictKind, u64)>,
    /// From first sight to the end of the first analysis, of items first seen in the time.
    pub first_answer: Minutes,
    /// From first sight to the first verdict that counts, of items first seen in the time.
    pub verdict: Minutes,
    /// Notices published.
    pub notices: u64,
    /// Doubts settled, by kind.
    pub corrections: Vec<(CorrectionKind, u64)>,
    /// Objections received, by what became of them.
    pub appeals: Vec<(AppealState, u64)>,
    /// Verdicts that counted before their second look.
    pub break_glass: u64,
    /// Those whose second look came late or is late.
    pub break_glass_overdue: u64,
}

/// One kind and its number.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Count {
    /// Code.
    pub code: String,
    /// How many.
    pub count: u64,
}

/// How long something took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Durations {
    /// Of how many items this is known.
    pub count: u64,
    /// Half took no longer, in minutes; none without items.
    pub median_minutes: Option<u64>,
    /// Nine in ten took no longer, in minutes.
    pub ninth_decile_minutes: Option<u64>,
    /// How many were within the promised time.
    pub in_time: u64,
    /// The promised time in minutes.
    pub promised_minutes: u64,
}

impl Durations {
    fn new(minutes: &Minutes, promised_minutes: u64) -> Self {
        let count = minutes.iter().map(|(_, count)| count).sum();
        let within =
            |limit: u64| minutes.iter().filter(|(minute, _)| *minute < limit).map(|(_, count)| count).sum();
        // The least number of minutes within which at least `tenths` of ten items were done.
        let decile = |tenths: u64| {
            let mut seen = 0;
            minutes
                .iter()
                .find(|(_, count)| {
                    seen += count;
                    seen * 10 >= count_of(tenths, minutes)
                })
                .map(|(minute, _)| *minute)
        };
        Self {
            count,
            median_minutes: decile(5),
            ninth_decile_minutes: decile(9),
            in_time: within(promised_minutes),
            promised_minutes,
        }
    }
}

fn count_of(tenths: u64, minutes: &Minutes) -> u64 {
    minutes.iter().map(|(_, count)| count).sum::<u64>() * tenths
}

/// The figures of a stretch of time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Figures {
    /// From, inclusive.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Until, exclusive.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// Of one region; none: of all.
    pub region: Option<String>,
    /// Submissions.
    pub submissions: u64,
    /// Items seen for the first time.
    pub items: u64,
    /// Verdicts approved, every kind, none left out.
    pub verdicts: Vec<Count>,
    /// Verdicts that found manipulation or a false context, against those that confirmed or found nothing: both ways count.
    pub refuted: u64,
    /// See `refuted`.
    pub confirmed: u64,
    /// Verdicts that could not decide.
    pub inconclusive: u64,
    /// From first sight to the first answer of the methods.
    pub first_answer: Durations,
    /// From first sight to the first verdict that counts.
    pub verdict: Durations,
    /// Notices published.
    pub notices: u64,
    /// Doubts settled, every kind.
    pub corrections: Vec<Count>,
    /// Objections received, by what became of them.
    pub appeals: Vec<Count>,
    /// Verdicts that counted before their second look.
    pub break_glass: u64,
    /// Those whose second look came late or is late.
    pub break_glass_overdue: u64,
}

impl Figures {
    /// Makes figures of counts.
    pub fn new(from: Timestamp, until: Timestamp, region: Option<String>, counts: &Counts) -> Self {
        let of = |kinds: &[VerdictKind]| -> u64 {
            counts.verdicts.iter().filter(|(kind, _)| kinds.contains(kind)).map(|(_, count)| count).sum()
        };
        use VerdictKind as Kind;
        Self {
            from,
            until,
            region,
            submissions: counts.submissions,
            items: counts.items,
            verdicts: every(VerdictKind::ALL, &counts.verdicts, |kind| kind.code()),
            refuted: of(&VerdictKind::REFUTING),
            confirmed: of(&VerdictKind::CONFIRMING),
            inconclusive: of(&[Kind::Inconclusive, Kind::NotAssessable]),
            first_answer: Durations::new(&counts.first_answer, FIRST_ANSWER_MINUTES),
            verdict: Durations::new(&counts.verdict, VERDICT_MINUTES),
            notices: counts.notices,
            corrections: every(CorrectionKind::ALL, &counts.corrections, |kind| kind.code()),
            appeals: every(AppealState::ALL, &counts.appeals, |state| state.code()),
            break_glass: counts.break_glass,
            break_glass_overdue: counts.break_glass_overdue,
        }
    }

    /// The figures as CSV (RFC 4180): a line per figure, `figure,value`.
    pub fn csv(&self) -> String {
        let mut lines = vec![
            ("from".to_owned(), self.from.to_string()),
            ("until".to_owned(), self.until.to_string()),
            ("region".to_owned(), self.region.clone().unwrap_or_else(|| "all".to_owned())),
            ("submissions".to_owned(), self.submissions.to_string()),
            ("items".to_owned(), self.items.to_string()),
        ];
        let mut counted = |name: &str, counts: &[Count]| {
            for one in counts {
                lines.push((format!("{name}.{}", one.code), one.count.to_string()));
            }
        };
        counted("verdicts", &self.verdicts);
        counted("corrections", &self.corrections);
        counted("appeals", &self.appeals);
        for (name, value) in [
            ("refuted", self.refuted),
            ("confirmed", self.confirmed),
            ("inconclusive", self.inconclusive),
            ("notices", self.notices),
            ("break_glass", self.break_glass),
            ("break_glass_overdue", self.break_glass_overdue),
        ] {
            lines.push((name.to_owned(), value.to_string()));
        }
        for (name, durations) in [("first_answer", &self.first_answer), ("verdict", &self.verdict)] {
            let shown =
                |minutes: Option<u64>| minutes.map_or_else(String::new, |minutes| minutes.to_string());
            lines.push((format!("{name}.count"), durations.count.to_string()));
            lines.push((format!("{name}.median_minutes"), shown(durations.median_minutes)));
            lines.push((format!("{name}.ninth_decile_minutes"), shown(durations.ninth_decile_minutes)));
            lines.push((format!("{name}.in_time"), durations.in_time.to_string()));
            lines.push((format!("{name}.promised_minutes"), durations.promised_minutes.to_string()));
        }
        // Names are ours and the region is a code: nothing needs quotes.
        lines
            .iter()
            .fold("figure,value\r\n".to_owned(), |text, (name, value)| text + name + "," + value + "\r\n")
    }
}

/// Every kind with its number, 0 where there is none.
fn every<T: Copy + PartialEq>(
    all: &[T],
    counts: &[(T, u64)],
    code: impl Fn(T) -> &'static str,
) -> Vec<Count> {
    let number = |kind: T| counts.iter().find(|(one, _)| *one == kind).map_or(0, |(_, count)| *count);
    all.iter().map(|kind| Count { code: code(*kind).to_owned(), count: number(*kind) }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_count_whole_minutes_and_say_what_was_in_time() {
        let none = Durations::new(&Vec::new(), 180);
        assert_eq!((none.count, none.median_minutes, none.in_time), (0, None, 0));
        // 9 items in 10 minutes, one in 500.
        let mixed = Durations::new(&vec![(10, 9), (500, 1)], 180);
        assert_eq!((mixed.count, mixed.in_time), (10, 9));
        assert_eq!((mixed.median_minutes, mixed.ninth_decile_minutes), (Some(10), Some(10)));
        let slow = Durations::new(&vec![(10, 8), (179, 1), (180, 1)], 180);
        assert_eq!((slow.ninth_decile_minutes, slow.in_time), (Some(179), 9));
    }

    #[test]
    fn both_ways_count_and_nothing_is_left_out() {
        let counts = Counts {
            submissions: 12,
            verdicts: vec![
                (VerdictKind::ManipulatedFace, 3),
                (VerdictKind::AuthenticConfirmed, 2),
                (VerdictKind::Inconclusive, 1),
            ],
            appeals: vec![(AppealState::Granted, 1)],
            ..Counts::default()
        };
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let figures = Figures::new(at(0), at(1), Some("RU-TAM".into()), &counts);
        assert_eq!((figures.refuted, figures.confirmed, figures.inconclusive), (3, 2, 1));
        assert_eq!(figures.verdicts.len(), VerdictKind::ALL.len());
        let csv = figures.csv();
        for line in [
            "region,RU-TAM\r\n",
            "verdicts.satire,0\r\n",
            "appeals.granted,1\r\n",
            "verdict.median_minutes,\r\n",
        ] {
            assert!(csv.contains(line), "{line:?}: {csv}");
        }
        assert!(csv.lines().all(|line| line.matches(',').count() == 1), "{csv}");
    }
}
