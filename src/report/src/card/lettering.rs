//! Glyphs of the shipped fonts.

use std::sync::OnceLock;

use ab_glyph::{Font as _, FontRef, PxScale, ScaleFont as _, point};

use super::canvas::Mask;
use crate::ReportError;

/// A face of the shipped fonts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Face {
    /// Roboto Condensed Bold: headlines and stamps.
    Bold,
    /// Roboto Regular: everything else.
    Regular,
}

impl Face {
    /// The font file.
    pub(crate) const fn bytes(self) -> &'static [u8] {
        match self {
            Self::Bold => include_bytes!("../../fonts/RobotoCondensed-Bold.ttf"),
            Self::Regular => include_bytes!("../../fonts/Roboto-Regular.ttf"),
        }
    }

    /// The font.
    ///
    /// # Errors
    /// `Card` if it cannot be read, which does not happen to a file that ships.
    pub(crate) fn font(self) -> Result<&'static FontRef<'static>, ReportError> {
        static BOLD: OnceLock<Option<FontRef<'static>>> = OnceLock::new();
        static REGULAR: OnceLock<Option<FontRef<'static>>> = OnceLock::new();
        let cell = match self {
            Self::Bold => &BOLD,
            Self::Regular => &REGULAR,
        };
        cell.get_or_init(|| FontRef::try_from_slice(self.bytes()).ok())
            .as_ref()
            .ok_or_else(|| ReportError::Card("the font that ships cannot be read".to_owned()))
    }
}

/// A face at a size: pixels from the top of the highest to the bottom of the lowest letter.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pen {
    font: &'static FontRef<'static>,
    size: f32,
}

impl Pen {
    pub(crate) fn new(face: Face, size: f32) -> Result<Self, ReportError> {
        Ok(Self { font: face.font()?, size })
    }

    /// Whether there is a glyph.
    pub(crate) fn knows(&self, letter: char) -> bool {
        self.font.glyph_id(letter).0 != 0
    }

    /// From one baseline to the next.
    pub(crate) fn line_height(&self) -> f32 {
        self.size * 1.02
    }

    /// Width of a line in pixels.
    pub(crate) fn width(&self, text: &str) -> f32 {
        self.place(text).1
    }

    /// The line as a mask, as high as the pen's size and as wide as the text.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a line of text on a card, clamped"
    )]
    pub(crate) fn write(&self, text: &str) -> Mask {
        let (glyphs, width) = self.place(text);
        let scaled = self.font.as_scaled(PxScale::from(self.size));
        let mut mask =
            Mask::new(width.ceil().clamp(1.0, 8192.0) as usize + 2, self.size.ceil().max(1.0) as usize + 2);
        for (id, x) in glyphs {
            let glyph = id.with_scale_and_position(PxScale::from(self.size), point(x, scaled.ascent()));
            let Some(outline) = self.font.outline_glyph(glyph) else { continue };
            let bounds = outline.px_bounds();
            outline.draw(|column, row, cover| {
                let (x, y) = (bounds.min.x + column as f32, bounds.min.y + row as f32);
                if x >= 0.0 && y >= 0.0 {
                    mask.add(x as usize, y as usize, cover);
                }
            });
        }
        mask
    }

    fn place(&self, text: &str) -> (Vec<(ab_glyph::GlyphId, f32)>, f32) {
        let scaled = self.font.as_scaled(PxScale::from(self.size));
        let mut glyphs = Vec::new();
        let mut x = 0.0_f32;
        let mut before = None;
        for letter in text.chars() {
            let id = scaled.glyph_id(if letter == '\u{2011}' { '-' } else { letter });
            x += before.map_or(0.0, |before| scaled.kern(before, id));
            glyphs.push((id, x));
            x += scaled.h_advance(id);
            before = Some(id);
        }
        (glyphs, x)
    }
}

/// Only what can be shown: characters without a glyph (emoji, other scripts) are left out, with what belongs to them.
pub(crate) fn showable(text: &str, pen: &Pen) -> String {
    use unicode_segmentation::UnicodeSegmentation as _;
    let mut shown = String::new();
    for grapheme in text.graphemes(true) {
        if grapheme.chars().all(char::is_whitespace) {
            shown.push(if grapheme == "\u{a0}" { '\u{a0}' } else { ' ' });
        } else if grapheme.chars().all(|letter| pen.knows(letter) || letter == '\u{2011}') {
            shown.push_str(grapheme);
        } else if let Some(plain) =
            grapheme.chars().next().filter(|letter| letter.is_alphabetic() && pen.knows(*letter))
        {
            // An accent that the font lacks: the letter alone.
            shown.push(plain);
        }
    }
    shown.split(' ').filter(|word| !word.is_empty()).collect::<Vec<_>>().join(" ")
}
