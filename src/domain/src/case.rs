//! The file on one media item, from first sight to approval (DESIGN §2).

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::coded_enum;
use crate::error_code::ErrorCode;
use crate::hash::Sha256;
use crate::id::{AnalysisId, CaseId, OrganisationId, UserId};
use crate::language::Text;

coded_enum! {
    /// Where a case stands.
    pub enum CaseState {
        New = "new",
        Triaged = "triaged",
        InAnalysis = "in_analysis",
        VerdictProposed = "verdict_proposed",
        SecondLook = "second_look",
        Agreed = "agreed",
        Disputed = "disputed",
        Approved = "approved",
        Parked = "parked",
    }
}

impl CaseState {
    /// The state in words.
    pub const fn text(self) -> Text {
        match self {
            Self::New => Text { ru: "новое", en: "new" },
            Self::Triaged => Text { ru: "разобрано", en: "triaged" },
            Self::InAnalysis => Text { ru: "на анализе", en: "in analysis" },
            Self::VerdictProposed => Text { ru: "вердикт предложен", en: "verdict proposed" },
            Self::SecondLook => {
                Text { ru: "ждёт второго взгляда", en: "awaits a second look" }
            }
            Self::Agreed => Text { ru: "согласовано", en: "agreed" },
            Self::Disputed => Text { ru: "спорно", en: "disputed" },
            Self::Approved => Text { ru: "утверждено", en: "approved" },
            Self::Parked => Text { ru: "отложено", en: "parked" },
        }
    }
}

coded_enum! {
    /// What a suspect item is about.
    pub enum Topic {
        /// A statement put into the mouth of an official.
        OfficialStatement = "official_statement",
        Emergency = "emergency",
        Military = "military",
        Health = "health",
        Fraud = "fraud",
        Utilities = "utilities",
        Unrest = "unrest",
        Other = "other",
    }
}

impl Topic {
    /// The topic in words.
    pub const fn text(self) -> Text {
        match self {
            Self::OfficialStatement => {
                Text { ru: "слова должностного лица", en: "statement of an official" }
            }
            Self::Emergency => Text { ru: "чрезвычайная ситуация", en: "emergency" },
            Self::Military => Text { ru: "военная тема", en: "military" },
            Self::Health => Text { ru: "здоровье", en: "health" },
            Self::Fraud => Text { ru: "мошенничество", en: "fraud" },
            Self::Utilities => Text { ru: "ЖКХ и транспорт", en: "utilities and transport" },
            Self::Unrest => Text { ru: "беспорядки и слухи о них", en: "unrest" },
            Self::Other => Text { ru: "другое", en: "other" },
        }
    }
}

coded_enum! {
    /// How much harm a suspect item can do, as the desk sees it.
    pub enum Risk {
        Low = "low",
        Moderate = "moderate",
        High = "high",
        Critical = "critical",
    }
}

impl Risk {
    /// The risk in words.
    pub const fn text(self) -> Text {
        match self {
            Self::Low => Text { ru: "низкий", en: "low" },
            Self::Moderate => Text { ru: "средний", en: "moderate" },
            Self::High => Text { ru: "высокий", en: "high" },
            Self::Critical => Text { ru: "критический", en: "critical" },
        }
    }
}

/// What the desk noted when it sorted a case.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Triage {
    /// What it is about.
    pub topic: Option<Topic>,
    /// Place that it concerns, up to 200 characters.
    pub place: Option<String>,
    /// Network where it spreads, up to 100 characters.
    pub network: Option<String>,
    /// Views so far, as far as can be seen.
    pub views: Option<u64>,
    /// How much harm it can do.
    pub risk: Option<Risk>,
    /// When it began to spread, as far as known.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub spread_since: Option<Timestamp>,
}

impl Triage {
    /// Checks lengths and ranges.
    ///
    /// # Errors
    /// `validation_failed`.
    pub fn validate(&self) -> Result<(), ErrorCode> {
        let optional = |text: &Option<String>, most: usize| {
            text.as_deref().is_none_or(|text| !text.trim().is_empty() && text.chars().count() <= most)
        };
        let countable = self.views.is_none_or(|views| i64::try_from(views).is_ok());
        if optional(&self.place, 200) && optional(&self.network, 100) && countable {
            Ok(())
        } else {
            Err(ErrorCode::ValidationFailed)
        }
    }
}

/// Who works on a case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Claim {
    /// The one analyst.
    pub by: UserId,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// Why a case rests.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Parking {
    /// What is waited for, 1 to 2000 characters.
    pub reason: String,
    /// When the case comes back by itself.
    #[schema(value_type = String, format = DateTime)]
    pub wake_at: Timestamp,
}

/// Seconds from first sight within which a refutation has most of its effect.
pub const DEADLINE_S: i64 = 4 * 3600;

/// Seconds left to the deadline under which break-glass is open.
pub const BREAK_GLASS_LEFT_S: i64 = 3600;

/// The two clocks of a case: since first sight, and to the four-hour mark. Recomputed at every look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Clocks {
    /// Seconds since the item was first seen here.
    pub age_s: i64,
    /// The four-hour mark.
    #[schema(value_type = String, format = DateTime)]
    pub deadline_at: Timestamp,
    /// Seconds left to it; negative once it has passed.
    pub left_s: i64,
}

impl Clocks {
    /// The clocks of something first seen at `first_seen_at`, read at `now`.
    pub fn read(first_seen_at: Timestamp, now: Timestamp) -> Self {
        // A clock that was set back shows no negative age.
        let age_s = now.duration_since(first_seen_at).as_secs().max(0);
        let deadline_at = first_seen_at
            .checked_add(std::time::Duration::from_secs(DEADLINE_S.unsigned_abs()))
            .unwrap_or(Timestamp::MAX);
        Self { age_s, deadline_at, left_s: DEADLINE_S - age_s }
    }

    /// Whether so little time is left that a verdict may go out before its second look.
    pub const fn is_short(&self) -> bool {
        self.left_s < BREAK_GLASS_LEFT_S
    }
}

/// A case as stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Case {
    /// Identifier.
    pub id: CaseId,
    /// The media item; exactly one case per item.
    pub media_sha256: Sha256,
    /// The organisation that first handed it in.
    pub organisation: OrganisationId,
    /// Region named by the first submission.
    pub region: Option<String>,
    /// Where it stands.
    pub state: CaseState,
    /// The latest analysis.
    pub analysis: AnalysisId,
    /// When the item was first seen here: the clocks start now.
    #[schema(value_type = String, format = DateTime)]
    pub first_seen_at: Timestamp,
    /// What the desk noted when it sorted the case.
    #[serde(default)]
    pub triage: Triage,
    /// Who works on it.
    #[serde(default)]
    pub claim: Option<Claim>,
    /// Why it rests, while it is `parked`.
    #[serde(default)]
    pub parking: Option<Parking>,
    /// Changes with every transition; the value that `If-Match` has to carry.
    pub version: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(seconds).unwrap()
    }

    #[test]
    fn clocks_run_to_the_four_hour_mark_and_beyond() {
        let seen = at(1_000_000);
        let fresh = Clocks::read(seen, seen);
        assert_eq!((fresh.age_s, fresh.left_s, fresh.deadline_at), (0, 14_400, at(1_014_400)));
        assert!(!fresh.is_short());
        assert!(!Clocks::read(seen, at(1_010_800)).is_short(), "an hour is left");
        assert!(Clocks::read(seen, at(1_010_801)).is_short());
        assert_eq!(Clocks::read(seen, at(1_020_000)).left_s, -5_600);
        // A clock that was set back.
        assert_eq!(Clocks::read(seen, at(999_000)).age_s, 0);
    }

    #[test]
    fn triage_has_bounds() {
        assert_eq!(Triage::default().validate(), Ok(()));
        let full = Triage { place: Some("х".repeat(200)), views: Some(7), ..Triage::default() };
        assert_eq!(full.validate(), Ok(()));
        for broken in [
            Triage { place: Some("х".repeat(201)), ..Triage::default() },
            Triage { network: Some("  ".into()), ..Triage::default() },
            Triage { views: Some(u64::MAX), ..Triage::default() },
        ] {
            assert_eq!(broken.validate(), Err(ErrorCode::ValidationFailed), "{broken:?}");
        }
    }
}
