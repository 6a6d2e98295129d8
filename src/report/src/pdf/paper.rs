//! Lines of text on A4 pages. Left to right only; what the fonts have no glyph for becomes a question mark.

use ab_glyph::{Font as _, FontRef};
use pdf_writer::{Content, Name, Str};

use crate::ReportError;
use crate::card::Face;

/// A4 in points.
pub(super) const SIZE: (f32, f32) = (595.28, 841.89);
/// Left and right.
const MARGIN: f32 = 62.0;
/// Of the first line of a page, and below the last.
const TOP: f32 = 64.0;
const BOTTOM: f32 = 72.0;

/// How text looks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Style {
    pub(super) face: Face,
    pub(super) size: f32,
    /// From one baseline to the next, in parts of the size.
    pub(super) leading: f32,
    /// Red, green, blue from 0 to 1.
    pub(super) colour: [f32; 3],
}

const INK: [f32; 3] = [0.09, 0.11, 0.15];
const QUIET: [f32; 3] = [0.36, 0.39, 0.45];
const ACCENT: [f32; 3] = [0.10, 0.31, 0.56];

impl Style {
    pub(super) const TITLE: Self = Self { face: Face::Bold, size: 21.0, leading: 1.2, colour: INK };
    pub(super) const HEADING: Self = Self { face: Face::Bold, size: 13.5, leading: 1.25, colour: ACCENT };
    pub(super) const STRONG: Self = Self { face: Face::Bold, size: 12.0, leading: 1.3, colour: INK };
    pub(super) const BODY: Self = Self { face: Face::Regular, size: 10.5, leading: 1.45, colour: INK };
    pub(super) const SMALL: Self = Self { face: Face::Regular, size: 8.5, leading: 1.4, colour: QUIET };

    fn line_height(self) -> f32 {
        self.size * self.leading
    }
}

/// What a font file is measured with.
#[derive(Debug, Clone, Copy)]
pub(super) struct Metrics {
    font: &'static FontRef<'static>,
    per_em: f32,
}

impl Metrics {
    pub(super) fn new(face: Face) -> Result<Self, ReportError> {
        let font = face.font()?;
        let per_em =
            font.units_per_em().ok_or_else(|| ReportError::Pdf("the font has no size".to_owned()))?;
        Ok(Self { font, per_em })
    }

    /// Thousandths of the size.
    pub(super) fn thousandths(&self, units: f32) -> f32 {
        units * 1000.0 / self.per_em
    }

    pub(super) fn font(&self) -> &'static FontRef<'static> {
        self.font
    }

    /// Number and width, in thousandths of the size, of the glyph of a character.
    pub(super) fn glyph(&self, letter: char) -> (u16, f32) {
        let letter = match letter {
            '\u{2011}' => '-',
            letter if letter.is_whitespace() => ' ',
            letter => letter,
        };
        let known = Some(self.font.glyph_id(letter)).filter(|id| id.0 != 0);
        let id = known.unwrap_or_else(|| self.font.glyph_id('?'));
        (id.0, self.thousandths(self.font.h_advance_unscaled(id)))
    }
}

/// Pages that are being filled from above.
pub(super) struct Paper {
    regular: Metrics,
    bold: Metrics,
    pages: Vec<Content>,
    /// Distance of the next line's top from the upper edge.
    y: f32,
    /// What is written with each font: glyph and character, for searching and copying.
    pub(super) used: [std::collections::BTreeMap<u16, char>; 2],
}

impl Paper {
    pub(super) fn new() -> Result<Self, ReportError> {
        let (regular, bold) = (Metrics::new(Face::Regular)?, Metrics::new(Face::Bold)?);
        Ok(Self { regular, bold, pages: vec![Content::new()], y: TOP, used: Default::default() })
    }

    fn metrics(&self, face: Face) -> Metrics {
        match face {
            Face::Regular => self.regular,
            Face::Bold => self.bold,
        }
    }

    pub(super) fn width(&self, text: &str, style: Style) -> f32 {
        let metrics = self.metrics(style.face);
        text.chars().map(|letter| metrics.glyph(letter).1).sum::<f32>() * style.size / 1000.0
    }

    /// Free space, none at the top of a page.
    pub(super) fn gap(&mut self, points: f32) {
        if self.y > TOP {
            self.y += points;
        }
    }

    /// Starts a new page unless so much room is left.
    pub(super) fn need(&mut self, points: f32) {
        if self.y + points > SIZE.1 - BOTTOM {
            self.pages.push(Content::new());
            self.y = TOP;
        }
    }

    /// A heading stays with the lines below it.
    pub(super) fn heading(&mut self, text: &str) {
        self.gap(13.0);
        self.need(64.0);
        self.text(text, Style::HEADING, 0.0);
        self.gap(3.0);
    }

    /// A paragraph and the room after it.
    pub(super) fn paragraph(&mut self, text: &str, style: Style, indent: f32) {
        self.text(text, style, indent);
        self.gap(style.size * 0.45);
    }

    /// A paragraph behind a dash.
    pub(super) fn item(&mut self, text: &str) {
        self.need(Style::BODY.line_height());
        let y = self.y;
        self.write("\u{2013}", Style::BODY, MARGIN, y);
        self.text(text, Style::BODY, 12.0);
        self.gap(2.0);
    }

    /// A name in small letters and what belongs to it beside it.
    pub(super) fn fact(&mut self, name: &str, value: &str) {
        let column = 128.0;
        self.need(Style::BODY.line_height());
        let y = self.y;
        self.write(name, Style::SMALL, MARGIN, y + 1.5);
        self.text(value, Style { size: 9.0, ..Style::BODY }, column);
        self.gap(1.0);
    }

    /// A fine line across.
    pub(super) fn rule(&mut self) {
        self.gap(4.0);
        let y = SIZE.1 - self.y;
        if let Some(page) = self.pages.last_mut() {
            page.save_state().set_stroke_rgb(0.80, 0.83, 0.87).set_line_width(0.6);
            page.move_to(MARGIN, y).line_to(SIZE.0 - MARGIN, y).stroke().restore_state();
        }
        self.gap(8.0);
    }

    /// Text in as many lines as it takes.
    pub(super) fn text(&mut self, text: &str, style: Style, indent: f32) {
        let room = SIZE.0 - 2.0 * MARGIN - indent;
        for line in text.lines() {
            for line in self.lines(line, style, room) {
                self.need(style.line_height());
                let y = self.y;
                self.write(&line, style, MARGIN + indent, y);
                self.y += style.line_height();
            }
        }
    }

    /// Breaks at spaces, and inside words only where one is longer than a line.
    fn lines(&self, text: &str, style: Style, room: f32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let mut line = String::new();
        for word in text.split([' ', '\t']).filter(|word| !word.is_empty()) {
            let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
            if self.width(&longer, style) <= room {
                line = longer;
                continue;
            }
            if !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            for letter in word.chars() {
                line.push(letter);
                if self.width(&line, style) > room && line.chars().count() > 1 {
                    line.pop();
                    lines.push(std::mem::replace(&mut line, letter.to_string()));
                }
            }
        }
        if !line.is_empty() {
            lines.push(line);
        }
        lines
    }

    fn write(&mut self, text: &str, style: Style, x: f32, top: f32) {
        let metrics = self.metrics(style.face);
        let (name, font): (&[u8], _) = match style.face {
            Face::Regular => (b"R", 0),
            Face::Bold => (b"B", 1),
        };
        let mut codes = Vec::with_capacity(text.len() * 2);
        for letter in text.chars() {
            let (glyph, _) = metrics.glyph(letter);
            codes.extend(glyph.to_be_bytes());
            if let Some(used) = self.used.get_mut(font) {
                used.entry(glyph).or_insert(if letter.is_whitespace() { ' ' } else { letter });
            }
        }
        let [red, green, blue] = style.colour;
        if let Some(page) = self.pages.last_mut() {
            page.begin_text().set_font(Name(name), style.size).set_fill_rgb(red, green, blue);
            page.next_line(x, SIZE.1 - top - style.size).show(Str(&codes)).end_text();
        }
    }

    /// Writes number and address below each page and hands them out.
    pub(super) fn finish(&mut self, footer: impl Fn(usize, usize) -> (String, String)) -> Vec<Vec<u8>> {
        let mut pages = std::mem::take(&mut self.pages);
        let count = pages.len();
        let y = SIZE.1 - 40.0;
        let mut finished = Vec::with_capacity(count);
        for (number, page) in (1..).zip(pages.drain(..)) {
            self.pages.push(page);
            let (left, right) = footer(number, count);
            self.write(&left, Style::SMALL, MARGIN, y);
            let x = SIZE.0 - MARGIN - self.width(&right, Style::SMALL);
            self.write(&right, Style::SMALL, x, y);
            finished.extend(self.pages.pop().map(|page| page.finish().to_vec()));
        }
        finished
    }
}
