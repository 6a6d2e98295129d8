//! What a suspect item was made from, and what differs: the answer of `podlinnik trace` (`podlinnik-trace/1`).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::analysis::Derivative;
use crate::coded_enum;
use crate::finding::{BoundingBox, HeatMap};
use crate::hash::Sha256;
use crate::id::{ArchiveItemId, CaseId};
use crate::language::Text;
use crate::likelihood::Log10LikelihoodRatio;
use crate::media::{MediaKind, Warning};
use crate::original::PartialDate;
use crate::verdict::VerdictKind;

/// The version of the form. A field may be added within a version; nothing is renamed or removed.
pub const TRACE_SCHEMA: &str = "podlinnik-trace/1";

/// Everything that looking for the original told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Trace {
    /// [`TRACE_SCHEMA`].
    pub schema: String,
    /// Version of Podlinnik that made it.
    pub podlinnik_version: String,
    /// The file's name as it was given; never trusted.
    pub file: Option<String>,
    /// SHA-256 of the suspect's bytes.
    pub sha256: Sha256,
    /// What kind of media it is.
    pub kind: MediaKind,
    /// Length in seconds.
    pub duration_s: Option<f64>,
    /// What was searched.
    pub searched: Searched,
    /// What it was made from; none: no original was found, which says nothing about the suspect.
    pub original: Option<TracedOriginal>,
    /// The picture held against the original's.
    pub picture: PictureTrace,
    /// The sound held against the original's.
    pub sound: SoundTrace,
    /// What the rest of the suspect was made from, where it was cut together from several pieces: `original`, `picture` and `sound` tell of the longest,
    /// these of the others, in the order of the suspect.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub further: Vec<TracedPart>,
    /// Items seen before of which this is a copy, nearest first.
    pub known_copies: Vec<KnownCopy>,
    /// What went less than well.
    pub warnings: Vec<Warning>,
    /// Films and pictures that show it; their bytes come beside this document.
    pub derivatives: Vec<Derivative>,
    /// Milliseconds by stage.
    pub timing_ms: BTreeMap<String, f64>,
}

/// What the suspect was looked up in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Searched {
    /// Originals in the archive.
    pub originals: u64,
    /// Their length together, in hours.
    pub hours: f64,
    /// Originals that resembled the suspect enough to be held against it frame by frame.
    pub candidates: u32,
}

/// Another piece of the suspect and what it was made from: another place of the same original, or another original.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TracedPart {
    /// What the piece was made from.
    pub original: TracedOriginal,
    /// The picture of the piece held against the original's.
    pub picture: PictureTrace,
    /// The sound of the piece held against the original's.
    pub sound: SoundTrace,
}

/// The original, and how the suspect was cut out of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct TracedOriginal {
    /// Its identifier in the archive.
    pub id: ArchiveItemId,
    /// SHA-256 of its bytes.
    pub sha256: Sha256,
    /// Where it lies.
    pub path: String,
    /// What it shows.
    pub title: Option<String>,
    /// Who published it.
    pub source: Option<String>,
    /// When it was recorded or published.
    #[schema(value_type = Option<String>)]
    pub recorded: Option<PartialDate>,
    /// Where it was published.
    pub link: Option<String>,
    /// Who vouches for it.
    pub vouched_by: String,
    /// From and until, in seconds of the suspect.
    pub suspect_span_s: [f64; 2],
    /// From and until, in seconds of the original.
    pub original_span_s: [f64; 2],
    /// What was done to the picture as a whole.
    pub transform: Transform,
}

/// From the original to the suspect.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct Transform {
    /// The part of the original that is shown, in its pixels; none: all of it.
    pub crop: Option<BoundingBox>,
    /// Where it stands in the suspect, in its pixels; none: it fills the frame.
    pub placed: Option<BoundingBox>,
    /// Left and right are exchanged.
    pub mirror: bool,
    /// Seconds of the original per second of the suspect.
    pub speed: f64,
    /// Time of the original at suspect time 0, in seconds.
    pub offset_s: f64,
    /// Turn in degrees, clockwise.
    pub rotation_degrees: f64,
    /// Pixels of the suspect per pixel of the original.
    pub scale: f64,
    /// The homography from original to suspect, row by row.
    pub homography: [f64; 9],
}

coded_enum! {
    /// How the picture stands to the original's.
    pub enum PictureState {
        Unaltered = "unaltered",
        Altered = "altered",
        Undecided = "undecided",
        NotCompared = "not_compared",
    }
}

impl PictureState {
    /// A sentence for the page, in both languages.
    pub const fn text(self) -> Text {
        match self {
            Self::Unaltered => Text {
                ru: "картинка та же, что у оригинала: отличия объясняются пережатием",
                en: "the picture is the original's: recompression explains what differs",
            },
            Self::Altered => Text {
                ru: "картинка изменена по сравнению с оригиналом",
                en: "the picture was altered against the original",
            },
            Self::Undecided => Text {
                ru: "по картинке решить нельзя", en: "the picture allows no decision"
            },
            Self::NotCompared => Text {
                ru: "картинку не с чем сравнить",
                en: "there is nothing to hold the picture against",
            },
        }
    }
}

/// The picture held against the original's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct PictureTrace {
    /// The answer.
    pub state: PictureState,
    /// Why there is none: a stable code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Calibrated log10 likelihood ratio of alteration against faithful copying, of the region that decides; negative speaks for a faithful copy.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub llr10: Option<Log10LikelihoodRatio>,
    /// The most the validation data allow in that direction (magnitude).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub llr10_ceiling: Option<Log10LikelihoodRatio>,
    /// Which calibration.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub calibration_id: Option<String>,
    /// Regions that were compared; altered ones first.
    pub regions: Vec<RegionTrace>,
    /// What was laid over the picture (captions, logos, stickers), as boxes in pixels of the suspect; no part of the answer.
    pub overlays: Vec<BoundingBox>,
    /// Frames that were compared.
    pub frames: u32,
    /// Where the pictures differ more than recompression explains, over the suspect's frame.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub heat_map: Option<HeatMap>,
}

/// One region of the picture.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct RegionTrace {
    /// `mouth`, `face`, with a number from the second face on (`face 2`, largest first).
    pub name: String,
    /// The answer for this region.
    pub state: PictureState,
    /// Why there is none: a stable code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// From and until, in seconds of the suspect: from the first to the last difference, or all that was compared.
    pub span_s: [f64; 2],
    /// The stretches that differ.
    pub spans_s: Vec<[f64; 2]>,
    /// As for the whole picture; none where the region allows no decision.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub llr10: Option<Log10LikelihoodRatio>,
    /// The most the validation data allow in that direction (magnitude).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub llr10_ceiling: Option<Log10LikelihoodRatio>,
    /// Its place over all that time, in pixels of the suspect.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub bbox: Option<BoundingBox>,
}

coded_enum! {
    /// How the sound stands to the original's.
    pub enum SoundState {
        Same = "same",
        Recut = "recut",
        Other = "other",
        Silent = "silent",
        Undecided = "undecided",
        NotCompared = "not_compared",
    }
}

impl SoundState {
    /// A sentence for the page, in both languages.
    pub const fn text(self) -> Text {
        match self {
            Self::Same => Text {
                ru: "звук от оригинала, на своём месте",
                en: "the sound is the original's, in its place",
            },
            Self::Recut => Text {
                ru: "звук от оригинала, но сдвинут или перемонтирован",
                en: "the sound is the original's, but shifted or re-cut",
            },
            Self::Other => {
                Text { ru: "звук не от оригинала", en: "the sound is not the original's" }
            }
            Self::Silent => Text { ru: "звука нет", en: "there is no sound" },
            Self::Undecided => {
                Text { ru: "по звуку решить нельзя", en: "the sound allows no decision" }
            }
            Self::NotCompared => Text {
                ru: "звук не с чем сравнить",
                en: "there is nothing to hold the sound against",
            },
        }
    }
}

/// The sound held against the original's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SoundTrace {
    /// The answer.
    pub state: SoundState,
    /// Why there is none: a stable code.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Stretches that are the original's, in order of the suspect.
    pub spans: Vec<SoundSpan>,
}

/// A stretch of sound that is the original's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct SoundSpan {
    /// From and until, in seconds of the suspect.
    pub suspect_span_s: [f64; 2],
    /// From and until, in seconds of the original.
    pub original_span_s: [f64; 2],
    /// Whether it sounds where the picture has it; none where the picture tells no time.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub in_place: Option<bool>,
}

coded_enum! {
    /// What holding an item against a known one gave, frame by frame and sound against sound. Hashes of frames do not see an exchanged face or other lips:
    /// a genuine clip and the fake that was made from it have the same ones.
    pub enum CopyComparison {
        /// Nobody held them against each other.
        NotCompared = "not_compared",
        /// Recompression explains what differs, and the sound is the same.
        Same = "same",
        /// Regions of the picture differ: one may have been made from the other.
        PictureDiffers = "picture_differs",
        /// The sound differs, or only one has any.
        SoundDiffers = "sound_differs",
        /// It allows no decision: no face of some size, a still, too hard a compression.
        Undecided = "undecided",
    }
}

/// An item seen before that the suspect resembles, or is a copy of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct KnownCopy {
    /// Its bytes.
    pub sha256: Sha256,
    /// The file on it, where there is one.
    pub case: Option<CaseId>,
    /// What people decided about it, where they did.
    pub verdict: Option<VerdictKind>,
    /// The very same bytes.
    pub exact: bool,
    /// The same frames by their hashes, and most of both items.
    #[serde(default)]
    pub near: bool,
    /// What holding the two against each other gave.
    #[serde(default = "not_compared")]
    pub compared: CopyComparison,
    /// From and until, in seconds of the suspect.
    pub suspect_span_s: [f64; 2],
    /// From and until, in seconds of the known item.
    pub known_span_s: [f64; 2],
    /// Median Hamming distance of matched frames, of 256 bits; none where the sound alone matches.
    pub distance_bits: Option<f64>,
    /// Share of the sound's fingerprint bits that differ; none where the picture alone matches.
    pub sound_error: Option<f64>,
    /// Left and right are exchanged.
    pub mirror: bool,
}

const fn not_compared() -> CopyComparison {
    CopyComparison::NotCompared
}

impl KnownCopy {
    /// Whether it may be answered with what people decided about the known item; else a person has to look.
    pub fn is_copy(&self) -> bool {
        self.exact || (self.near && self.compared == CopyComparison::Same)
    }

    /// Whether the two are known to differ in what hashes do not see.
    pub fn is_different(&self) -> bool {
        !self.exact && matches!(self.compared, CopyComparison::PictureDiffers | CopyComparison::SoundDiffers)
    }
}
