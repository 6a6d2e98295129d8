//! What people decided about a media item.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::coded_enum;
use crate::error_code::ErrorCode;
use crate::hash::Sha256;
use crate::id::{AnalysisId, CaseId, UserId, VerdictId};
use crate::language::Text;
use crate::recognition::VerdictStatus;

coded_enum! {
    /// A media verdict (DESIGN §1 rule 7). Only people give one.
    pub enum VerdictKind {
        ManipulatedFace = "manipulated_face",
        ManipulatedLipsync = "manipulated_lipsync",
        SyntheticVoice = "synthetic_voice",
        FullySynthetic = "fully_synthetic",
        EditedMisleading = "edited_misleading",
        OutOfContext = "out_of_context",
        Staged = "staged",
        Satire = "satire",
        /// Not the same as genuine.
        NoManipulationFound = "no_manipulation_found",
        /// Needs positive proof.
        AuthenticConfirmed = "authentic_confirmed",
        /// Needs a reason and what would resolve it.
        Inconclusive = "inconclusive",
        NotAssessable = "not_assessable",
    }
}

impl VerdictKind {
    /// Verdicts that found manipulation or a false context.
    pub const REFUTING: [Self; 7] = [
        Self::ManipulatedFace,
        Self::ManipulatedLipsync,
        Self::SyntheticVoice,
        Self::FullySynthetic,
        Self::EditedMisleading,
        Self::OutOfContext,
        Self::Staged,
    ];
    /// Verdicts that confirmed or found nothing.
    pub const CONFIRMING: [Self; 2] = [Self::NoManipulationFound, Self::AuthenticConfirmed];

    /// The verdict in words.
    pub const fn text(self) -> Text {
        match self {
            Self::ManipulatedFace => Text { ru: "подменено лицо", en: "face manipulated" },
            Self::ManipulatedLipsync => {
                Text { ru: "подменены движения губ", en: "lip movements manipulated" }
            }
            Self::SyntheticVoice => Text { ru: "голос синтезирован", en: "synthetic voice" },
            Self::FullySynthetic => {
                Text { ru: "создано целиком программой", en: "fully synthetic" }
            }
            Self::EditedMisleading => Text {
                ru: "смонтировано с искажением смысла",
                en: "edited to mislead",
            },
            Self::OutOfContext => Text {
                ru: "подлинный материал вне контекста",
                en: "genuine media out of context",
            },
            Self::Staged => Text { ru: "постановка", en: "staged" },
            Self::Satire => Text { ru: "сатира", en: "satire" },
            Self::NoManipulationFound => Text {
                ru: "следов обработки не найдено",
                en: "no manipulation found",
            },
            Self::AuthenticConfirmed => {
                Text { ru: "подлинность подтверждена", en: "authenticity confirmed" }
            }
            Self::Inconclusive => Text { ru: "установить не удалось", en: "inconclusive" },
            Self::NotAssessable => Text { ru: "оценке не поддаётся", en: "not assessable" },
        }
    }

    /// Whether two kinds of evidence are needed, one of them not a learned model.
    pub const fn needs_two_kinds_of_evidence(self) -> bool {
        matches!(
            self,
            Self::ManipulatedFace | Self::ManipulatedLipsync | Self::SyntheticVoice | Self::FullySynthetic
        )
    }
}

coded_enum! {
    /// A kind of evidence.
    pub enum EvidenceKind {
        /// A finding of a learned model.
        LearnedModel = "learned_model",
        /// A forensic method without learning (metadata, compression traces).
        ForensicMethod = "forensic_method",
        LocatedOriginal = "located_original",
        KnownCopy = "known_copy",
        /// A signed provenance record (C2PA) or the archive's own signature.
        Provenance = "provenance",
        /// An answer from the agency or person concerned.
        AgencyConfirmation = "agency_confirmation",
        Eyewitness = "eyewitness",
        /// Place, time, weather, language, open sources.
        Circumstances = "circumstances",
        /// What an expert saw or heard.
        VisualInspection = "visual_inspection",
    }
}

impl EvidenceKind {
    /// The kind in words.
    pub const fn text(self) -> Text {
        match self {
            Self::LearnedModel => Text {
                ru: "результат обученной модели", en: "finding of a learned model"
            },
            Self::ForensicMethod => Text {
                ru: "криминалистический метод без обучения",
                en: "forensic method without learning",
            },
            Self::LocatedOriginal => Text { ru: "найден оригинал", en: "original located" },
            Self::KnownCopy => {
                Text { ru: "копия известного материала", en: "copy of a known item" }
            }
            Self::Provenance => {
                Text { ru: "подписанное происхождение", en: "signed provenance" }
            }
            Self::AgencyConfirmation => Text {
                ru: "ответ ведомства или того, кого это касается",
                en: "answer from the agency or person concerned",
            },
            Self::Eyewitness => Text { ru: "очевидец", en: "eyewitness" },
            Self::Circumstances => Text {
                ru: "обстоятельства: место, время, открытые источники",
                en: "circumstances: place, time, open sources",
            },
            Self::VisualInspection => Text {
                ru: "осмотр и прослушивание специалистом",
                en: "what an expert saw or heard",
            },
        }
    }
}

/// One piece of evidence that a verdict rests on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Evidence {
    /// Which kind.
    pub kind: EvidenceKind,
    /// What it shows, 1 to 2000 characters.
    pub statement: String,
    /// Where it can be looked up.
    pub link: Option<String>,
    /// SHA-256 of a document or derivative.
    pub sha256: Option<Sha256>,
}

/// A verdict as proposed, before it is stored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Proposal {
    /// The verdict.
    pub kind: VerdictKind,
    /// What it rests on.
    pub basis: Vec<Evidence>,
    /// The reasoning in words, 1 to 10 000 characters.
    pub rationale: String,
    /// What would resolve the question; needed for `inconclusive`.
    pub would_resolve: Option<String>,
}

impl Proposal {
    /// Checks the rules that depend on the proposal alone.
    ///
    /// # Errors
    /// `basis_insufficient`, `reason_required` or `validation_failed`.
    pub fn validate(&self) -> Result<(), ErrorCode> {
        let filled = |text: &str, most: usize| !text.trim().is_empty() && text.chars().count() <= most;
        if self.basis.len() > 50 || !self.basis.iter().all(|piece| filled(&piece.statement, 2000)) {
            return Err(ErrorCode::ValidationFailed);
        }
        if !filled(&self.rationale, 10_000) {
            return Err(ErrorCode::ReasonRequired);
        }
        if self.kind == VerdictKind::Inconclusive
            && !self.would_resolve.as_deref().is_some_and(|text| filled(text, 2000))
        {
            return Err(ErrorCode::ReasonRequired);
        }
        let mut kinds: Vec<_> = self.basis.iter().map(|piece| piece.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let beyond_models = kinds.iter().any(|kind| *kind != EvidenceKind::LearnedModel);
        if self.kind.needs_two_kinds_of_evidence() && !(kinds.len() >= 2 && beyond_models) {
            return Err(ErrorCode::BasisInsufficient);
        }
        let proof = [
            EvidenceKind::LocatedOriginal,
            EvidenceKind::Provenance,
            EvidenceKind::AgencyConfirmation,
            EvidenceKind::Eyewitness,
        ];
        if self.kind == VerdictKind::AuthenticConfirmed && !kinds.iter().any(|kind| proof.contains(kind)) {
            return Err(ErrorCode::BasisInsufficient);
        }
        Ok(())
    }
}

coded_enum! {
    /// Where a verdict revision stands.
    pub enum VerdictState {
        Proposed = "proposed",
        /// The second analyst, blind, came to the same verdict.
        Agreed = "agreed",
        /// The second analyst came to another verdict.
        Disputed = "disputed",
        Approved = "approved",
        /// A later revision took its place.
        Superseded = "superseded",
    }
}

impl VerdictState {
    /// The state in words.
    pub const fn text(self) -> Text {
        match self {
            Self::Proposed => Text { ru: "предложен", en: "proposed" },
            Self::Agreed => Text { ru: "согласован", en: "agreed" },
            Self::Disputed => Text { ru: "оспорен", en: "disputed" },
            Self::Approved => Text { ru: "утверждён", en: "approved" },
            Self::Superseded => Text { ru: "заменён", en: "superseded" },
        }
    }

    /// Whether the world may be told of a verdict in this state, which was `released` before its second look or not.
    pub const fn is_current(self, released: bool) -> bool {
        match self {
            Self::Approved => true,
            Self::Proposed | Self::Agreed => released,
            Self::Disputed | Self::Superseded => false,
        }
    }
}

coded_enum! {
    /// What a verdict has to rest on to count before its second look.
    pub enum ReleaseGround {
        KnownCopy = "known_copy",
        LocatedOriginal = "located_original",
    }
}

impl ReleaseGround {
    /// The kind of evidence that the proposal has to contain.
    pub const fn evidence(self) -> EvidenceKind {
        match self {
            Self::KnownCopy => EvidenceKind::KnownCopy,
            Self::LocatedOriginal => EvidenceKind::LocatedOriginal,
        }
    }
}

/// Break-glass (DESIGN §2): analyst and approver let a verdict count at once; a second look has to follow within a day. Counted in public.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Release {
    /// Who let it go, other than the author.
    pub approver: UserId,
    /// What it rests on.
    pub ground: ReleaseGround,
    /// Why it could not wait, 1 to 2000 characters.
    pub reason: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub released_at: Timestamp,
    /// By when somebody has to have looked at it.
    #[schema(value_type = String, format = DateTime)]
    pub second_look_due_at: Timestamp,
}

/// One revision of a verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Verdict {
    /// Identifier of this revision.
    pub id: VerdictId,
    /// The case.
    pub case: CaseId,
    /// 1, 2, … within the case.
    pub revision: u32,
    /// What was proposed.
    pub proposal: Proposal,
    /// Where it stands.
    pub state: VerdictState,
    /// Who proposed it.
    pub author: UserId,
    /// Who looked second, without seeing the first.
    pub second_analyst: Option<UserId>,
    /// The second analyst's verdict.
    pub second_kind: Option<VerdictKind>,
    /// Who approved it.
    pub approver: Option<UserId>,
    /// The analysis whose report was frozen as evidence.
    pub analysis: AnalysisId,
    /// SHA-256 of the frozen evidence: canonical JSON of report, proposal and media digest.
    pub evidence_sha256: Sha256,
    /// When it was proposed.
    #[schema(value_type = String, format = DateTime)]
    pub proposed_at: Timestamp,
    /// When it was approved.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub approved_at: Option<Timestamp>,
    /// Break-glass: how it came to count before its second look.
    #[serde(default)]
    pub release: Option<Release>,
}

impl Verdict {
    /// How it stands for the world; none for one that never counted.
    pub const fn status(&self) -> Option<VerdictStatus> {
        match (self.state, self.release.is_some()) {
            (VerdictState::Approved, _) => Some(VerdictStatus::Current),
            (VerdictState::Proposed | VerdictState::Agreed, true) => Some(VerdictStatus::Provisional),
            (VerdictState::Superseded | VerdictState::Disputed, true) => Some(VerdictStatus::Superseded),
            (VerdictState::Superseded, false) if self.approved_at.is_some() => {
                Some(VerdictStatus::Superseded)
            }
            _ => None,
        }
    }

    /// Whether the world may be told of it: approved, or released and not disputed since.
    pub const fn is_current(&self) -> bool {
        self.state.is_current(self.release.is_some())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proposal(kind: VerdictKind, basis: &[EvidenceKind]) -> Proposal {
        Proposal {
            kind,
            basis: basis
                .iter()
                .map(|kind| Evidence { kind: *kind, statement: "seen".into(), link: None, sha256: None })
                .collect(),
            rationale: "because".into(),
            would_resolve: None,
        }
    }

    #[test]
    fn manipulation_needs_two_kinds_and_not_only_models() {
        use EvidenceKind::{LearnedModel, LocatedOriginal, VisualInspection};
        let check = |basis: &[EvidenceKind]| proposal(VerdictKind::ManipulatedFace, basis).validate();
        assert_eq!(check(&[]), Err(ErrorCode::BasisInsufficient));
        assert_eq!(check(&[LearnedModel, LearnedModel]), Err(ErrorCode::BasisInsufficient));
        assert_eq!(check(&[LocatedOriginal]), Err(ErrorCode::BasisInsufficient));
        assert_eq!(check(&[LearnedModel, VisualInspection]), Ok(()));
    }

    #[test]
    fn authenticity_needs_proof_and_inconclusive_a_way_out() {
        let authentic = |basis: &[EvidenceKind]| proposal(VerdictKind::AuthenticConfirmed, basis).validate();
        assert_eq!(authentic(&[EvidenceKind::LearnedModel]), Err(ErrorCode::BasisInsufficient));
        assert_eq!(authentic(&[EvidenceKind::AgencyConfirmation]), Ok(()));
        assert_eq!(proposal(VerdictKind::Inconclusive, &[]).validate(), Err(ErrorCode::ReasonRequired));
    }
}
