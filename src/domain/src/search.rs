//! How cases are found by words: text is folded when it is written, and so is what is searched for.
//!
//! ✅ case, `ё` and `е`, letters that were typed as a letter and a mark (file names from macOS), beginnings of words in any order.
//! ❌ other forms of a word, words inside words, typing errors.

use std::collections::BTreeSet;

/// Letters of a word that count; the longest that matters is a SHA-256 in hexadecimal.
const WORD_CHARS: usize = 80;
/// Words of one text that count, from its beginning, and different words that are stored of several.
const MOST_WORDS: usize = 4000;

/// The words of a text: lower case, `ё` as `е`, split at everything that is neither letter nor digit.
pub fn folded_words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut length = 0;
    for letter in text.chars().flat_map(char::to_lowercase) {
        match letter {
            // A breve on its own makes `и` an `й`; every other mark on its own says nothing here.
            '\u{306}' if word.ends_with('и') => {
                word.pop();
                word.push('й');
            }
            '\u{300}'..='\u{36f}' => {}
            _ if letter.is_alphanumeric() => {
                if length < WORD_CHARS {
                    word.push(if letter == 'ё' { 'е' } else { letter });
                    length += 1;
                }
            }
            _ => {
                if !word.is_empty() {
                    words.push(std::mem::take(&mut word));
                }
                length = 0;
                if words.len() >= MOST_WORDS {
                    return words;
                }
            }
        }
    }
    if !word.is_empty() {
        words.push(word);
    }
    words
}

/// What is stored to be searched: the words of all `texts`, each once, sorted, a space before and after each. Of more than 4000 different words those count
/// that come first: the texts by which something has to be found stand at the beginning.
pub fn searchable<'a>(texts: impl IntoIterator<Item = &'a str>) -> String {
    let mut words = BTreeSet::new();
    for word in texts.into_iter().flat_map(folded_words) {
        if words.len() == MOST_WORDS {
            break;
        }
        words.insert(word);
    }
    words.iter().fold(" ".to_owned(), |mut stored, word| {
        stored.push_str(word);
        stored.push(' ');
        stored
    })
}

/// A pattern for SQL's `like` that [`searchable`] texts match if they have a word beginning with each word of `search`; none if `search` has no
/// words. It holds nothing that would have to be escaped: words are letters and digits.
pub fn search_pattern(search: &str) -> Option<String> {
    let wanted: BTreeSet<String> = folded_words(search).into_iter().collect();
    let mut pattern = String::new();
    let mut wanted = wanted.iter().peekable();
    while let Some(word) = wanted.next() {
        // Whatever begins with the longer word begins with the shorter one. Both sides are sorted, so one pass in order finds all.
        if wanted.peek().is_some_and(|longer| longer.starts_with(word.as_str())) {
            continue;
        }
        pattern.push_str("% ");
        pattern.push_str(word);
    }
    (!pattern.is_empty()).then(|| pattern + "%")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `like` does with a pattern of ours.
    fn found(text: &str, search: &str) -> bool {
        let stored = searchable([text]);
        let Some(pattern) = search_pattern(search) else { return true };
        let mut rest = stored.as_str();
        pattern.trim_end_matches('%').split("% ").skip(1).all(|word| match rest.find(&format!(" {word}")) {
            Some(place) => {
                rest = rest.get(place + 1 + word.len()..).unwrap_or_default();
                true
            }
            None => false,
        })
    }

    #[test]
    fn case_yo_and_marks_make_no_difference() {
        assert_eq!(folded_words("Ёлка ЕЛКА ёж"), ["елка", "елка", "еж"]);
        assert_eq!(folded_words("губернатора\u{301} и\u{306}од е\u{308}ж"), ["губернатора", "йод", "еж"]);
        assert_eq!(folded_words("IMG_2026-11-28.MP4"), ["img", "2026", "11", "28", "mp4"]);
        assert_eq!(folded_words(" ... "), [""; 0]);
        assert_eq!(folded_words(&"я".repeat(100)), ["я".repeat(80)]);
    }

    #[test]
    fn beginnings_of_words_are_found_in_any_order() {
        let text = "Губернатор объявил эвакуацию Моршанска, https://t.me/example/17";
        for search in ["морш губер", "ЭВАКУАЦ", "г губ", "t.me/example", "17 объ", "", "%", "_"]
        {
            assert!(found(text, search), "{search}");
        }
        for search in ["вакуацию", "губернаторы", "морш губер вода", "18"] {
            assert!(!found(text, search), "{search}");
        }
        assert_eq!(search_pattern("Морш морш морша 50%_"), Some("% 50% морша%".to_owned()));
        assert_eq!(search_pattern(" -- "), None);
    }

    #[test]
    fn what_is_stored_is_sorted_and_bounded() {
        assert_eq!(searchable(["б а", "В, а"]), " а б в ");
        assert_eq!(searchable([]), " ");
        let long: String = (0..5000).map(|number| format!("w{number} ")).collect();
        assert_eq!(searchable([long.as_str()]).split_whitespace().count(), MOST_WORDS);
        let again = "слово ".repeat(3000);
        let texts = [again.as_str(), again.as_str(), "последнее"];
        assert_eq!(searchable(texts), " последнее слово ", "what is said again takes no other word's place");
        assert!(searchable(["первое", long.as_str()]).contains(" первое "));
    }
}
