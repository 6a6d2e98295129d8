//! What differs between two versions of a notice: field by field, word by word; as data and as HTML.

use podlinnik_domain::coded_enum;
use podlinnik_domain::notice::{NoticeText, Source};
use serde::Serialize;
use similar::{Algorithm, DiffOp, capture_diff_slices};
use unicode_segmentation::UnicodeSegmentation as _;

use crate::outlets::escape_html;

/// Longer texts are compared as a whole, so that a comparison stays fast.
const MOST_WORDS: usize = 20_000;

coded_enum! {
    /// A field of a notice.
    pub enum NoticeField {
        Title = "title",
        Claim = "claim",
        Rating = "rating",
        Body = "body",
        Spread = "spread",
        Truth = "truth",
        Sources = "sources",
        Attested = "attested",
        TitleEn = "title_en",
        ClaimEn = "claim_en",
        BodyEn = "body_en",
        SpreadEn = "spread_en",
        TruthEn = "truth_en",
    }
}

coded_enum! {
    /// What became of a piece of text.
    pub enum PieceKind {
        Same = "same",
        Deleted = "deleted",
        Inserted = "inserted",
    }
}

/// A piece of text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct Piece {
    /// What became of it.
    pub kind: PieceKind,
    /// The text.
    pub text: String,
}

/// A field that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, utoipa::ToSchema)]
pub struct FieldDifference {
    /// Which field.
    pub field: NoticeField,
    /// The old and the new text, interleaved.
    pub pieces: Vec<Piece>,
    /// The same as HTML: `ins`, `del` and text.
    pub html: String,
}

/// The fields that differ, in the order of the form; none if the versions are the same.
pub fn difference(old: &NoticeText, new: &NoticeText) -> Vec<FieldDifference> {
    NoticeField::ALL
        .iter()
        .filter_map(|field| {
            let (before, after) = (value(old, *field), value(new, *field));
            (before != after).then(|| {
                let pieces = pieces(&before, &after);
                let html = html(&pieces);
                FieldDifference { field: *field, pieces, html }
            })
        })
        .collect()
}

fn value(text: &NoticeText, field: NoticeField) -> String {
    let optional = |text: &Option<String>| text.clone().unwrap_or_default();
    match field {
        NoticeField::Title => text.title.clone(),
        NoticeField::Claim => optional(&text.claim),
        NoticeField::Rating => text.rating.map_or_else(String::new, |rating| rating.code().to_owned()),
        NoticeField::Body => text.body.clone(),
        NoticeField::Spread => optional(&text.spread),
        NoticeField::Truth => text.truth.clone(),
        NoticeField::Sources => text.sources.iter().map(line).collect(),
        NoticeField::Attested => {
            let named =
                [("no_clean_reshare", text.attested.no_clean_reshare), ("privacy", text.attested.privacy)];
            let names: Vec<_> = named.iter().filter(|(_, yes)| *yes).map(|(name, _)| *name).collect();
            names.join(" ")
        }
        NoticeField::TitleEn => optional(&text.title_en),
        NoticeField::ClaimEn => optional(&text.claim_en),
        NoticeField::BodyEn => optional(&text.body_en),
        NoticeField::SpreadEn => optional(&text.spread_en),
        NoticeField::TruthEn => optional(&text.truth_en),
    }
}

fn line(source: &Source) -> String {
    match &source.url {
        Some(url) => format!("{} <{url}>\n", source.title),
        None => format!("{}\n", source.title),
    }
}

fn pieces(old: &str, new: &str) -> Vec<Piece> {
    let before: Vec<&str> = old.split_word_bounds().collect();
    let after: Vec<&str> = new.split_word_bounds().collect();
    let mut pieces: Vec<Piece> = Vec::new();
    let mut add = |kind, words: Option<&[&str]>| {
        let text = words.unwrap_or_default().concat();
        match pieces.last_mut() {
            _ if text.is_empty() => {}
            Some(last) if last.kind == kind => last.text.push_str(&text),
            _ => pieces.push(Piece { kind, text }),
        }
    };
    if before.len().max(after.len()) > MOST_WORDS {
        add(PieceKind::Deleted, Some(&before));
        add(PieceKind::Inserted, Some(&after));
        return pieces;
    }
    for step in capture_diff_slices(Algorithm::Patience, &before, &after) {
        match step {
            DiffOp::Equal { old_index, len, .. } => {
                add(PieceKind::Same, before.get(old_index..old_index + len));
            }
            DiffOp::Delete { old_index, old_len, .. } => {
                add(PieceKind::Deleted, before.get(old_index..old_index + old_len));
            }
            DiffOp::Insert { new_index, new_len, .. } => {
                add(PieceKind::Inserted, after.get(new_index..new_index + new_len));
            }
            DiffOp::Replace { old_index, old_len, new_index, new_len } => {
                add(PieceKind::Deleted, before.get(old_index..old_index + old_len));
                add(PieceKind::Inserted, after.get(new_index..new_index + new_len));
            }
        }
    }
    tidy(pieces)
}

/// A single space between two changes belongs to both: "two new words" reads better than word by word.
fn tidy(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut tidied: Vec<Piece> = Vec::new();
    let mut queue = pieces.into_iter().peekable();
    let mut open: Option<(String, String)> = None;
    while let Some(piece) = queue.next() {
        let (deleted, inserted) = open.get_or_insert_default();
        match piece.kind {
            PieceKind::Deleted => deleted.push_str(&piece.text),
            PieceKind::Inserted => inserted.push_str(&piece.text),
            PieceKind::Same => {
                let between = !deleted.is_empty() && !inserted.is_empty() && queue.peek().is_some();
                if between && piece.text == " " {
                    deleted.push(' ');
                    inserted.push(' ');
                } else {
                    close(&mut tidied, open.take());
                    tidied.push(piece);
                }
            }
        }
    }
    close(&mut tidied, open);
    tidied
}

fn close(pieces: &mut Vec<Piece>, open: Option<(String, String)>) {
    let (deleted, inserted) = open.unwrap_or_default();
    for (kind, text) in [(PieceKind::Deleted, deleted), (PieceKind::Inserted, inserted)] {
        if !text.is_empty() {
            pieces.push(Piece { kind, text });
        }
    }
}

fn html(pieces: &[Piece]) -> String {
    let mut html = String::new();
    for piece in pieces {
        let text = escape_html(&piece.text);
        match piece.kind {
            PieceKind::Same => html.push_str(&text),
            PieceKind::Deleted => html.push_str(&format!("<del>{text}</del>")),
            PieceKind::Inserted => html.push_str(&format!("<ins>{text}</ins>")),
        }
    }
    html
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text(body: &str) -> NoticeText {
        NoticeText {
            title: "Заголовок".into(),
            body: body.into(),
            truth: "Правда.".into(),
            ..NoticeText::default()
        }
    }

    #[test]
    fn word_by_word_and_only_fields_that_differ() {
        let old = text("В ролике 2023 года губернатор молчит.");
        let mut new = text("В записи 2024 года губернатор молчит.");
        new.sources = vec![Source { title: "МЧС".into(), url: Some("https://mchs.example/".into()) }];
        let found = difference(&old, &new);
        let fields: Vec<_> = found.iter().map(|one| one.field).collect();
        assert_eq!(fields, [NoticeField::Body, NoticeField::Sources]);
        assert_eq!(found[0].html, "В <del>ролике 2023</del><ins>записи 2024</ins> года губернатор молчит.");
        assert_eq!(found[1].html, "<ins>МЧС &lt;https://mchs.example/&gt;\n</ins>");
        assert_eq!(difference(&old, &old), []);
    }

    #[test]
    fn markup_stays_text() {
        let found = difference(&text("a"), &text("<script>alert(1)</script>"));
        assert!(!found[0].html.contains("<script"), "{}", found[0].html);
    }

    proptest! {
        #[test]
        fn both_versions_can_be_read_back(old in "[а-в \n.👨‍👩‍👧]{0,40}", new in "[а-в \n.👨‍👩‍👧]{0,40}") {
            let pieces = pieces(&old, &new);
            let without = |kind: PieceKind| -> String {
                pieces.iter().filter(|piece| piece.kind != kind).map(|piece| piece.text.as_str()).collect()
            };
            prop_assert_eq!(without(PieceKind::Inserted), old);
            prop_assert_eq!(without(PieceKind::Deleted), new);
        }
    }
}
