//! Lists that people bring: feeds of originals (CSV, JSON lines), regions, dates, words that are searched for, rows of an export.
//!
//! Holds: what is written by the rules is read as it was meant; one form for one value; what is stored is found by its words, and patterns hold
//! nothing that a database would take for more than letters.

use podlinnik_domain::hash::Sha256;
use podlinnik_domain::language::Language;
use podlinnik_domain::original::{Attribution, PartialDate};
use podlinnik_domain::region::Regions;
use podlinnik_domain::search::{folded_words, search_pattern, searchable};
use podlinnik_pipeline::archive::feed;
use podlinnik_storage::transfer::{Cell, row_text};

use crate::take::Take;

/// The first byte says what the rest is.
pub(crate) fn target(bytes: &[u8]) {
    let mut take = Take(bytes);
    let which = take.byte() % 7;
    let Ok(text) = std::str::from_utf8(take.0) else { return };
    match which {
        0 => table(text),
        1 => {
            let rows = feed::parse("jsonl", text, &defaults()).expect("lines are judged one by one");
            ordered(&rows, text);
        }
        2 => written(text),
        3 => regions(text),
        4 => date(text),
        5 => words(text),
        _ => row(text),
    }
}

fn defaults() -> Attribution {
    Attribution { vouched_by: "дежурный".to_owned(), ..Attribution::default() }
}

fn ordered(rows: &[feed::Row], text: &str) {
    assert!(rows.is_sorted_by_key(|row| row.line));
    assert!(rows.iter().all(|row| row.line >= 1 && row.line <= text.lines().count().max(1)));
    for (path, said) in rows.iter().filter_map(|row| row.said.as_ref().ok()) {
        assert!(!path.is_empty() && path.trim() == path);
        let texts = [&said.title, &said.source, &said.link];
        assert!(texts.into_iter().flatten().all(|text| !text.is_empty() && text.trim() == text));
    }
}

fn table(text: &str) {
    if let Ok(rows) = feed::parse("csv", text, &defaults()) {
        ordered(&rows, text);
    }
}

/// Cells of a fuzzer's making, written as RFC 4180 says, come back as they were.
fn written(text: &str) {
    let cells: Vec<&str> = text.split('\u{1}').take(40).collect();
    let quoted = |cell: &str| format!("\"{}\"", cell.replace('"', "\"\""));
    let mut table = String::from("path,title,source\r\n");
    for pair in cells.chunks(2) {
        let title = pair.get(1).copied().unwrap_or_default();
        table.push_str(&format!("\"a.mp4\",{},{}\r\n", quoted(pair[0]), quoted(title)));
    }
    let rows = feed::parse("csv", &table, &defaults()).expect("a table by the rules");
    assert_eq!(rows.len(), cells.chunks(2).count(), "{table:?}");
    let meant = |cell: &str| Some(cell.trim().to_owned()).filter(|cell| !cell.is_empty());
    for (row, pair) in rows.iter().zip(cells.chunks(2)) {
        let (path, said) = row.said.as_ref().expect("nothing is wrong with it");
        assert_eq!(path, "a.mp4");
        let title = pair.get(1).copied().unwrap_or_default();
        assert_eq!((&said.title, &said.source), (&meant(pair[0]), &meant(title)), "{table:?}");
    }
}

fn regions(text: &str) {
    let Ok(list) = Regions::parse(text) else { return };
    for region in list.iter() {
        assert_eq!(list.get(&region.code), Some(region));
        assert_eq!(list.by_hashtag(&region.hashtag), Some(region), "{}", region.hashtag);
        assert_eq!(list.by_hashtag(&region.hashtag.to_lowercase()), Some(region), "{}", region.hashtag);
    }
}

fn date(text: &str) {
    if let Ok(date) = text.parse::<PartialDate>() {
        assert_eq!(date.as_str(), text.trim());
        assert_eq!(date.as_str().parse().as_ref(), Ok(&date));
        let words = [Language::Russian, Language::English].map(|language| date.in_words(language));
        assert!(words.iter().all(|words| words.contains(&text.trim()[..4])), "{words:?}");
        let _ = date.precision();
    }
    if let Ok(digest) = text.parse::<Sha256>() {
        assert_eq!(digest.to_string(), text.to_lowercase());
    }
}

fn words(text: &str) {
    let (stored, wanted) = text.split_once('\n').unwrap_or((text, text));
    let folded = folded_words(stored);
    assert!(folded.iter().all(|word| !word.is_empty() && word.chars().count() <= 80));
    assert_eq!(folded_words(&folded.join(" ")), folded, "folding what was folded changes it");
    let kept = searchable([stored]);
    if let Some(pattern) = search_pattern(wanted) {
        let plain = |letter: char| letter == '%' || letter == ' ' || letter.is_alphanumeric();
        assert!(pattern.chars().all(plain), "{pattern}");
        let all_there =
            folded_words(wanted).iter().all(|word| folded.iter().any(|other| other.starts_with(word)));
        assert_eq!(like(&kept, &pattern), all_there, "{kept:?} {pattern:?}");
    }
}

/// What SQL's `like` answers for a pattern of letters and `%`.
fn like(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('%');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    pattern.ends_with('%') || rest.is_empty()
}

fn row(text: &str) {
    let Ok(cells) = serde_json::from_str::<Vec<Cell>>(text) else { return };
    let written = row_text(&cells).expect("cells can be written");
    let again: Vec<Cell> = serde_json::from_str(&written).expect("what was written can be read");
    assert_eq!(row_text(&again).ok().as_ref(), Some(&written), "another row when it is written again");
    let same = again.iter().zip(&cells).all(|pair| match pair {
        (Cell::Real(one), Cell::Real(other)) => one.to_bits() == other.to_bits(),
        (one, other) => one == other,
    });
    assert!(same && again.len() == cells.len(), "{written}");
}
