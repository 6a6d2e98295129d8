//! The card picture of a notice, as PNG: 1200 × 630 for link previews, 1080 × 1080 for posts.
//!
//! The frame of the media comes in as decoded pixels; this crate parses no media. It is blurred and darkened, lettered all over and stamped across, so
//! that no part of it can be cut out and passed on as genuine.
//!
//! ✅ Cyrillic and Latin, balanced lines, words broken only where nothing else helps. ❌ emoji and other scripts: the shipped fonts have no glyphs for
//! them; they are left out, and a headline of nothing else gives way to the kind of notice.
//!
//! - `canvas`: pixels; `frame`: the picture of the media; `lettering`: glyphs; `lines`: where lines break; `layout`: what stands where

use podlinnik_domain::coded_enum;
use podlinnik_domain::language::{Language, Text};
use podlinnik_domain::notice::Notice;
use podlinnik_domain::verdict::{Verdict, VerdictKind};

use crate::ReportError;
use crate::notice::{NoticeContext, is_withdrawn};

mod canvas;
mod frame;
mod layout;
mod lettering;
mod lines;

pub use frame::Frame;
pub(crate) use lettering::Face;

coded_enum! {
    /// Size of a card.
    pub enum CardSize {
        /// 1200 × 630, for link previews.
        Wide = "wide",
        /// 1080 × 1080, for posts.
        Square = "square",
    }
}

impl CardSize {
    /// Width and height in pixels.
    pub const fn pixels(self) -> (u32, u32) {
        match self {
            Self::Wide => (1200, 630),
            Self::Square => (1080, 1080),
        }
    }
}

/// What is stamped across the frame, and how grave it looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) text: Text,
    pub(crate) colour: [u8; 3],
}

const RED: [u8; 3] = [196, 43, 34];
const AMBER: [u8; 3] = [184, 110, 8];
const GREEN: [u8; 3] = [28, 122, 74];

/// The stamp of a notice. It speaks of the media, not of the claim.
pub(crate) fn stamp(notice: &Notice, verdict: &Verdict) -> Stamp {
    if is_withdrawn(notice.state) {
        return Stamp { text: Text { ru: "ОТОЗВАНО", en: "RETRACTED" }, colour: RED };
    }
    let (ru, en, colour) = match verdict.proposal.kind {
        VerdictKind::ManipulatedFace
        | VerdictKind::ManipulatedLipsync
        | VerdictKind::SyntheticVoice
        | VerdictKind::FullySynthetic
        | VerdictKind::EditedMisleading => ("ФЕЙК", "FAKE", RED),
        VerdictKind::OutOfContext => ("ВНЕ КОНТЕКСТА", "OUT OF CONTEXT", AMBER),
        VerdictKind::Staged => ("ПОСТАНОВКА", "STAGED", RED),
        VerdictKind::Satire => ("САТИРА", "SATIRE", AMBER),
        VerdictKind::AuthenticConfirmed => ("ПОДЛИННО", "AUTHENTIC", GREEN),
        VerdictKind::NoManipulationFound | VerdictKind::Inconclusive | VerdictKind::NotAssessable => {
            ("НЕ ПОДТВЕРЖДЕНО", "UNCONFIRMED", AMBER)
        }
    };
    Stamp { text: Text { ru, en }, colour }
}

/// The card as PNG.
///
/// # Errors
/// [`ReportError::Card`] if the frame's size and pixels do not match or the picture cannot be written.
pub fn png(
    notice: &Notice,
    verdict: &Verdict,
    context: &NoticeContext,
    size: CardSize,
    frame: Option<Frame<'_>>,
) -> Result<Vec<u8>, ReportError> {
    let canvas = layout::draw(notice, verdict, context, size, frame)?;
    let (width, height) = size.pixels();
    let mut bytes = Vec::new();
    let mut encoder = ::png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(::png::ColorType::Rgb);
    encoder.set_depth(::png::BitDepth::Eight);
    let failed = |error: ::png::EncodingError| ReportError::Card(error.to_string());
    let mut writer = encoder.write_header().map_err(failed)?;
    writer.write_image_data(&canvas.bytes()).map_err(failed)?;
    writer.finish().map_err(failed)?;
    Ok(bytes)
}

/// What a screen reader says in place of the picture.
pub fn description(notice: &Notice, verdict: &Verdict, language: Language) -> String {
    let stamp = stamp(notice, verdict).text.in_language(language);
    format!("{stamp}. {}", crate::notice::notice_title(notice, language))
}

#[cfg(test)]
mod tests;
