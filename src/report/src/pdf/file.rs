//! Pages → a PDF 1.7 file with the fonts inside and a text that can be searched and copied.

use std::collections::BTreeMap;

use ab_glyph::{Font as _, GlyphId};
use pdf_writer::types::{CidFontType, FontFlags, SystemInfo, UnicodeCmap};
use pdf_writer::{Finish as _, Name, Pdf, Rect, Ref, Str, TextStr};
use podlinnik_domain::language::Language;

use super::paper::{Metrics, Paper, SIZE};
use crate::ReportError;
use crate::card::Face;

const SYSTEM: SystemInfo<'static> =
    SystemInfo { registry: Str(b"Adobe"), ordering: Str(b"Identity"), supplement: 0 };

/// What the file says of itself.
#[derive(Debug)]
pub(super) struct About<'a> {
    pub(super) title: &'a str,
    pub(super) language: Language,
}

struct Numbers(i32);

impl Numbers {
    fn next(&mut self) -> Ref {
        self.0 += 1;
        Ref::new(self.0)
    }
}

/// The file. Equal pages make equal bytes: no time of making, no random identifier.
pub(super) fn write(
    paper: &mut Paper,
    about: &About<'_>,
    footer: impl Fn(usize, usize) -> (String, String),
) -> Result<Vec<u8>, ReportError> {
    let contents = paper.finish(footer);
    let mut pdf = Pdf::new();
    let mut numbers = Numbers(0);
    let (catalog, tree, info) = (numbers.next(), numbers.next(), numbers.next());
    let fonts = [numbers.next(), numbers.next()];
    let pages: Vec<_> = contents.iter().map(|_| (numbers.next(), numbers.next())).collect();
    let mut root = pdf.catalog(catalog);
    root.pages(tree);
    root.lang(TextStr(about.language.code()));
    root.viewer_preferences().display_doc_title(true);
    root.finish();
    let count = i32::try_from(pages.len()).unwrap_or(i32::MAX);
    pdf.pages(tree).kids(pages.iter().map(|(page, _)| *page)).count(count);
    pdf.document_info(info).title(TextStr(about.title)).producer(TextStr("Podlinnik"));
    for ((page, content), bytes) in pages.iter().zip(&contents) {
        let mut page = pdf.page(*page);
        page.parent(tree).media_box(Rect::new(0.0, 0.0, SIZE.0, SIZE.1)).contents(*content);
        let mut resources = page.resources();
        resources.fonts().pair(Name(b"R"), fonts[0]).pair(Name(b"B"), fonts[1]);
        resources.finish();
        page.finish();
        pdf.stream(*content, bytes);
    }
    let [regular, bold] = &paper.used;
    for (face, used, number) in [(Face::Regular, regular, fonts[0]), (Face::Bold, bold, fonts[1])] {
        font(&mut pdf, &mut numbers, face, used, number)?;
    }
    Ok(pdf.finish())
}

fn font(
    pdf: &mut Pdf,
    numbers: &mut Numbers,
    face: Face,
    used: &BTreeMap<u16, char>,
    number: Ref,
) -> Result<(), ReportError> {
    let name: &[u8] = match face {
        Face::Regular => b"Roboto-Regular",
        Face::Bold => b"RobotoCondensed-Bold",
    };
    let metrics = Metrics::new(face)?;
    let (described, program, letters, cid) = (numbers.next(), numbers.next(), numbers.next(), numbers.next());
    pdf.type0_font(number)
        .base_font(Name(name))
        .encoding_predefined(Name(b"Identity-H"))
        .descendant_font(cid)
        .to_unicode(letters);

    let mut descendant = pdf.cid_font(cid);
    descendant
        .subtype(CidFontType::Type2)
        .base_font(Name(name))
        .system_info(SYSTEM)
        .font_descriptor(described)
        .default_width(0.0)
        .cid_to_gid_map_predefined(Name(b"Identity"));
    let mut widths = descendant.widths();
    for glyph in used.keys() {
        let advance = metrics.font().h_advance_unscaled(GlyphId(*glyph));
        widths.consecutive(*glyph, [metrics.thousandths(advance)]);
    }
    widths.finish();
    descendant.finish();

    let (ascent, descent) = (metrics.font().ascent_unscaled(), metrics.font().descent_unscaled());
    let mut descriptor = pdf.font_descriptor(described);
    descriptor
        .name(Name(name))
        .flags(FontFlags::SYMBOLIC)
        .bbox(Rect::new(-740.0, -280.0, 2050.0, 1060.0))
        .italic_angle(0.0)
        .ascent(metrics.thousandths(ascent))
        .descent(metrics.thousandths(descent))
        .cap_height(711.0)
        .stem_v(if face == Face::Bold { 140.0 } else { 90.0 })
        .font_file2(program);
    descriptor.finish();

    let bytes = face.bytes();
    let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX);
    pdf.stream(program, bytes).pair(Name(b"Length1"), length);
    let mut cmap = UnicodeCmap::new(Name(b"Podlinnik"), SYSTEM);
    for (glyph, letter) in used {
        cmap.pair(*glyph, *letter);
    }
    pdf.cmap(letters, &cmap.finish());
    Ok(())
}
