//! Refutation notices (DESIGN §2). A machine never publishes one.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::coded_enum;
use crate::error_code::ErrorCode;
use crate::id::{CaseId, NoticeId, OrganisationId, UserId, VerdictId};
use crate::language::Text;

mod correction;

pub use correction::{Correction, CorrectionDraft, CorrectionKind, SUPERSEDED, Settlement};

coded_enum! {
    /// Where a notice stands.
    pub enum NoticeState {
        Draft = "draft",
        InReview = "in_review",
        Approved = "approved",
        Published = "published",
        CorrectionOpen = "correction_open",
        Corrected = "corrected",
        Clarified = "clarified",
        Upheld = "upheld",
        Retracted = "retracted",
        Superseded = "superseded",
    }
}

impl NoticeState {
    /// The state in words.
    pub const fn text(self) -> Text {
        match self {
            Self::Draft => Text { ru: "черновик", en: "draft" },
            Self::InReview => Text { ru: "на проверке", en: "in review" },
            Self::Approved => Text { ru: "одобрено", en: "approved" },
            Self::Published => Text { ru: "опубликовано", en: "published" },
            Self::CorrectionOpen => Text { ru: "открыто сомнение", en: "correction open" },
            Self::Corrected => Text { ru: "исправлено", en: "corrected" },
            Self::Clarified => Text { ru: "уточнено", en: "clarified" },
            Self::Upheld => Text { ru: "подтверждено", en: "upheld" },
            Self::Retracted => Text { ru: "отозвано", en: "retracted" },
            Self::Superseded => Text { ru: "заменено", en: "superseded" },
        }
    }
}

impl NoticeState {
    /// Whether the public can read it: from publication on, for ever.
    pub const fn is_public(self) -> bool {
        matches!(
            self,
            Self::Published
                | Self::CorrectionOpen
                | Self::Corrected
                | Self::Clarified
                | Self::Upheld
                | Self::Retracted
        )
    }
}

coded_enum! {
    /// What an editor says about the claim that the media was spread with (DESIGN §1 rule 1): neither a finding nor a media verdict.
    pub enum ClaimRating {
        False = "false",
        Misleading = "misleading",
        /// True as far as it goes, but something that changes its meaning is left out.
        MissingContext = "missing_context",
        Satire = "satire",
        Unproven = "unproven",
        True = "true",
    }
}

impl ClaimRating {
    /// The rating in words.
    pub const fn text(self) -> Text {
        match self {
            Self::False => Text { ru: "неправда", en: "false" },
            Self::Misleading => Text { ru: "вводит в заблуждение", en: "misleading" },
            Self::MissingContext => {
                Text { ru: "вырвано из контекста", en: "missing context" }
            }
            Self::Satire => Text { ru: "сатира", en: "satire" },
            Self::Unproven => Text { ru: "не доказано", en: "unproven" },
            Self::True => Text { ru: "правда", en: "true" },
        }
    }
}

/// Where something in a notice can be looked up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Source {
    /// Name, 1 to 300 characters.
    pub title: String,
    /// `http` or `https` address, up to 2000 characters.
    pub url: Option<String>,
}

/// What an editor vouches for before a notice goes to review, beyond what its fields show.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Attested {
    /// The fake is not shown or linked in a form that could be shared on as genuine.
    #[serde(default)]
    pub no_clean_reshare: bool,
    /// No personal data beyond what refuting needs.
    #[serde(default)]
    pub privacy: bool,
}

coded_enum! {
    /// An entry of the checklist that a notice has to pass before review.
    pub enum ChecklistItem {
        /// What was claimed, with its rating, and what is untrue about it.
        Untrue = "untrue",
        /// When and how it spread.
        Spread = "spread",
        /// What is true, with at least one source.
        Truth = "truth",
        NoCleanReshare = "no_clean_reshare",
        Privacy = "privacy",
    }
}

impl ChecklistItem {
    /// What has to be done.
    pub const fn text(self) -> Text {
        match self {
            Self::Untrue => Text {
                ru: "сказано, что утверждалось, какова оценка утверждения и что в нём неверно",
                en: "the claim, its rating and what is untrue about it are stated",
            },
            Self::Spread => Text {
                ru: "сказано, когда и как это распространялось",
                en: "when and how it spread is stated",
            },
            Self::Truth => Text {
                ru: "сказано, как на самом деле, и назван хотя бы один источник",
                en: "what is true is stated, with at least one source",
            },
            Self::NoCleanReshare => Text {
                ru: "подделка не показана и не доступна по ссылке в виде, пригодном для пересылки",
                en: "the fake is not shown or linked in a form fit for sharing on",
            },
            Self::Privacy => Text {
                ru: "нет личных данных сверх необходимого",
                en: "no personal data beyond what is needed",
            },
        }
    }
}

/// The words of a notice. Russian is required, English may follow.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct NoticeText {
    /// Headline, 1 to 200 characters.
    pub title: String,
    /// What was claimed, as the posts put it, in a sentence; 1 to 500 characters (`claimReviewed` of schema.org).
    #[serde(default)]
    pub claim: Option<String>,
    /// The editor's rating of the claim.
    #[serde(default)]
    pub rating: Option<ClaimRating>,
    /// What is untrue; 1 to 20 000 characters.
    pub body: String,
    /// When and how it spread; 1 to 5000 characters.
    #[serde(default)]
    pub spread: Option<String>,
    /// What is true; 1 to 20 000 characters.
    pub truth: String,
    /// Where that can be looked up; up to 30.
    #[serde(default)]
    pub sources: Vec<Source>,
    /// What the editor vouches for.
    #[serde(default)]
    pub attested: Attested,
    /// English headline.
    #[serde(default)]
    pub title_en: Option<String>,
    /// English claim.
    #[serde(default)]
    pub claim_en: Option<String>,
    /// English text.
    #[serde(default)]
    pub body_en: Option<String>,
    /// English words on how it spread.
    #[serde(default)]
    pub spread_en: Option<String>,
    /// English words on what is true.
    #[serde(default)]
    pub truth_en: Option<String>,
}

impl NoticeText {
    /// Characters of a headline.
    pub const TITLE: usize = 200;
    /// Characters of a claim.
    pub const CLAIM: usize = 500;
    /// Characters of what is untrue, and of what is true.
    pub const BODY: usize = 20_000;
    /// Characters on how it spread.
    pub const SPREAD: usize = 5000;
    /// Sources.
    pub const SOURCES: usize = 30;

    /// Checks lengths and addresses.
    ///
    /// # Errors
    /// `validation_failed`.
    pub fn validate(&self) -> Result<(), ErrorCode> {
        if self.broken().is_empty() { Ok(()) } else { Err(ErrorCode::ValidationFailed) }
    }

    /// Names of fields whose length or address is not allowed, in the order of the form.
    pub fn broken(&self) -> Vec<&'static str> {
        let optional =
            |text: &Option<String>, most: usize| text.as_deref().is_none_or(|text| within(text, most));
        let fields = [
            ("title", within(&self.title, Self::TITLE)),
            ("claim", optional(&self.claim, Self::CLAIM)),
            ("body", within(&self.body, Self::BODY)),
            ("spread", optional(&self.spread, Self::SPREAD)),
            ("truth", within(&self.truth, Self::BODY)),
            ("sources", self.sources.len() <= Self::SOURCES && self.sources.iter().all(Source::is_valid)),
            ("title_en", optional(&self.title_en, Self::TITLE)),
            ("claim_en", optional(&self.claim_en, Self::CLAIM)),
            ("body_en", optional(&self.body_en, Self::BODY)),
            ("spread_en", optional(&self.spread_en, Self::SPREAD)),
            ("truth_en", optional(&self.truth_en, Self::BODY)),
        ];
        fields.into_iter().filter(|(_, valid)| !valid).map(|(name, _)| name).collect()
    }

    /// Entries of the checklist that are not fulfilled, in order.
    pub fn missing(&self) -> Vec<ChecklistItem> {
        let filled = |text: &Option<String>| text.as_deref().is_some_and(|text| !text.trim().is_empty());
        let fulfilled = |item: &ChecklistItem| match item {
            ChecklistItem::Untrue => {
                filled(&self.claim) && self.rating.is_some() && !self.body.trim().is_empty()
            }
            ChecklistItem::Spread => filled(&self.spread),
            ChecklistItem::Truth => !self.truth.trim().is_empty() && !self.sources.is_empty(),
            ChecklistItem::NoCleanReshare => self.attested.no_clean_reshare,
            ChecklistItem::Privacy => self.attested.privacy,
        };
        ChecklistItem::ALL.iter().copied().filter(|item| !fulfilled(item)).collect()
    }
}

impl Source {
    fn is_valid(&self) -> bool {
        within(&self.title, 300)
            && self.url.as_deref().is_none_or(|url| {
                url.len() <= 2000
                    && (url.starts_with("https://") || url.starts_with("http://"))
                    && !url.chars().any(|letter| letter.is_control() || letter.is_whitespace())
            })
    }
}

fn within(text: &str, most: usize) -> bool {
    !text.trim().is_empty() && text.chars().count() <= most
}

/// A notice as stored: its latest version.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Notice {
    /// Identifier, shared by all versions.
    pub id: NoticeId,
    /// The case.
    pub case: CaseId,
    /// The verdict revision that it is pinned to.
    pub verdict: VerdictId,
    /// Revision number of that verdict.
    pub verdict_revision: u32,
    /// The publishing organisation.
    pub organisation: OrganisationId,
    /// Region that it concerns.
    pub region: Option<String>,
    /// 1 for the first draft; grows with every change of text.
    pub version: u32,
    /// The words.
    pub text: NoticeText,
    /// Where it stands.
    pub state: NoticeState,
    /// Who wrote it.
    pub author: UserId,
    /// Who approved it.
    pub approver: Option<UserId>,
    /// When it was first drafted.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// When it was published.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub published_at: Option<Timestamp>,
}
