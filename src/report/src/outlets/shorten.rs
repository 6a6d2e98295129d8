//! Shortening at sentence ends; never inside a word, unless one word alone is too long, and never inside a character as readers see it.

use unicode_segmentation::UnicodeSegmentation as _;

/// What follows a text that was cut elsewhere than at a sentence's end.
const MORE: char = '…';

/// After these a full stop does not end a sentence.
const ABBREVIATIONS: &[&str] = &[
    "г",
    "гг",
    "в",
    "вв",
    "ул",
    "пр",
    "просп",
    "пер",
    "пл",
    "д",
    "кв",
    "корп",
    "стр",
    "обл",
    "р-н",
    "с",
    "пос",
    "дер",
    "им",
    "св",
    "т",
    "тов",
    "гр",
    "др",
    "рис",
    "табл",
    "см",
    "ср",
    "напр",
    "ок",
    "тыс",
    "млн",
    "млрд",
    "руб",
    "коп",
    "чел",
    "мин",
    "сек",
    "ч",
    "проф",
    "акад",
    "ген",
    "полк",
    "mr",
    "mrs",
    "ms",
    "dr",
    "st",
    "no",
    "vs",
    "e.g",
    "i.e",
    "etc",
    "approx",
];

/// The text, or as much of its beginning as `measure` allows: whole sentences if there is room for one, else whole words and `…`, and only where a
/// single word is too long whole characters (extended grapheme clusters) and `…`. Empty if not even that fits.
pub fn shorten(text: &str, most: usize, measure: impl Fn(&str) -> usize) -> String {
    if let Some(fitting) = sentences_within(text, most, &measure) {
        return fitting.to_owned();
    }
    let words = text.split_word_bound_indices().map(|(at, _)| at).filter(|at| {
        // A word ends here if a space follows: a hyphen or an apostrophe inside is no place to cut.
        text.get(*at..).and_then(|rest| rest.chars().next()).is_some_and(char::is_whitespace)
    });
    let cut = |at: usize| {
        let kept = text.get(..at)?.trim_end().trim_end_matches([',', ';', ':', '—', '–', '-']).trim_end();
        let shown = format!("{kept}{MORE}");
        (!kept.is_empty() && measure(&shown) <= most).then_some(shown)
    };
    let longest = |mut places: Vec<usize>| {
        places.reverse();
        places.into_iter().find_map(cut)
    };
    longest(words.collect())
        .or_else(|| longest(text.grapheme_indices(true).map(|(at, _)| at).take(most + 1).collect()))
        .unwrap_or_default()
}

/// As many whole sentences as fit; none if not one does.
pub(crate) fn sentences_within(text: &str, most: usize, measure: impl Fn(&str) -> usize) -> Option<&str> {
    let text = text.trim();
    if measure(text) <= most {
        return Some(text);
    }
    let mut fitting = None;
    for end in sentence_ends(text) {
        let kept = text.get(..end)?.trim_end();
        if measure(kept) > most {
            break;
        }
        fitting = Some(kept).filter(|kept| !kept.is_empty());
    }
    fitting
}

/// Where sentences end, in bytes: UAX #29, but not after abbreviations and initials.
pub(crate) fn sentence_ends(text: &str) -> Vec<usize> {
    let mut ends = Vec::new();
    for (at, sentence) in text.split_sentence_bound_indices() {
        let line_ends = sentence.ends_with('\n');
        if line_ends || at + sentence.len() == text.len() || !is_abbreviated(sentence.trim_end()) {
            ends.push(at + sentence.len());
        }
    }
    ends
}

fn is_abbreviated(sentence: &str) -> bool {
    let Some(before) = sentence.strip_suffix('.') else { return false };
    let last = before.rsplit([' ', '\u{a0}', '(', '«', '„', '"', '\n']).next().unwrap_or_default();
    let initial = last.chars().count() == 1 && last.chars().all(char::is_uppercase);
    let several = last.contains('.') && last.split('.').all(|part| part.chars().count() <= 2);
    initial || several || ABBREVIATIONS.contains(&last.to_lowercase().as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn utf16(text: &str) -> usize {
        text.encode_utf16().count()
    }

    fn characters(text: &str) -> usize {
        text.chars().count()
    }

    #[test]
    fn cuts_at_sentences_and_knows_abbreviations() {
        let text =
            "Сбор был на ул. Ленина в 2024 г. по приглашению А. Б. Петрова. Эвакуации не было! Всё спокойно.";
        let first = "Сбор был на ул. Ленина в 2024 г. по приглашению А. Б. Петрова.";
        assert_eq!(shorten(text, 200, characters), text);
        assert_eq!(shorten(text, 85, characters), format!("{first} Эвакуации не было!"));
        assert_eq!(shorten(text, 70, characters), first);
    }

    #[test]
    fn cuts_at_words_where_no_sentence_fits_and_at_characters_where_no_word_does() {
        assert_eq!(shorten("Губернатор сказал, что эвакуации нет.", 20, characters), "Губернатор сказал…");
        assert_eq!(shorten("Где-то шёл дождь", 8, characters), "Где-то…");
        assert_eq!(shorten("ааааааааааа", 5, characters), "аааа…");
        assert_eq!(shorten("👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 12, utf16), "👨‍👩‍👧‍👦…");
        assert_eq!(shorten("👨‍👩‍👧‍👦👨‍👩‍👧‍👦", 11, utf16), "");
        assert_eq!(shorten("слово", 0, characters), "");
    }

    proptest! {
        #[test]
        fn never_too_long_and_never_inside_a_character(
            text in "(\\PC|[ .!?\n]|👨‍👩‍👧‍👦|🏳️‍🌈|e\u{301}|שלום |слово |🇷🇺){0,60}",
            most in 0_usize..80,
        ) {
            let short = shorten(&text, most, utf16);
            prop_assert!(utf16(&short) <= most);
            let kept = short.strip_suffix(MORE).unwrap_or(&short);
            let start = text.trim_start();
            // A cut at a sentence's end starts from the trimmed text, other cuts from the text itself.
            let whole = if text.starts_with(kept) { text.as_str() } else { start };
            prop_assert!(whole.starts_with(kept), "{kept:?} is no beginning of {text:?}");
            let boundary = kept.len() == whole.len() || whole.grapheme_indices(true).any(|(at, _)| at == kept.len());
            prop_assert!(boundary, "{kept:?} ends inside a character of {text:?}");
        }
    }
}
