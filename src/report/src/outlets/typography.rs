//! Typography of print: quotation marks of the language, dashes, spaces at which no line breaks.

use podlinnik_domain::language::Language;

/// A space at which no line breaks.
const STAY: char = '\u{a0}';

/// Words that must not be left alone at the end of a line.
const CLINGING: &[&str] = &[
    "в", "во", "на", "с", "со", "к", "ко", "о", "об", "от", "до", "из", "за", "по", "у", "и", "а", "но",
    "не", "ни", "без", "для", "при", "над", "под", "про", "или", "то", "как", "что", "г.", "ул.", "им.",
    "пос.", "д.", "с.", "№", "§", "т.",
];

/// Words that must not begin a line.
const TRAILING: &[&str] = &["бы", "б", "ли", "ль", "же", "ж"];

/// The text as a typesetter would write it. Applied twice it changes nothing more.
pub(crate) fn set(text: &str, language: Language) -> String {
    let lines: Vec<String> = text.lines().map(|line| spaces(&dashes(line), language)).collect();
    quotes(&lines.join("\n").replace("...", "…"), language)
}

/// Straight quotation marks become those of the language; inner ones differ from outer ones.
fn quotes(text: &str, language: Language) -> String {
    let pairs = match language {
        Language::Russian => [('«', '»'), ('„', '“')],
        Language::English => [('“', '”'), ('‘', '’')],
    };
    let mut set = String::with_capacity(text.len());
    let mut depth = 0_usize;
    let mut before = ' ';
    for letter in text.chars() {
        match letter {
            '"' => {
                let opens = before.is_whitespace() || "([{—–-/«„“‘".contains(before);
                let quote = if opens || depth == 0 {
                    depth += 1;
                    pairs[usize::from(depth > 1)].0
                } else {
                    depth -= 1;
                    pairs[usize::from(depth > 0)].1
                };
                set.push(quote);
            }
            '\'' if language == Language::English && before.is_alphanumeric() => set.push('’'),
            '«' => {
                depth += 1;
                set.push(letter);
            }
            '»' => {
                depth = depth.saturating_sub(1);
                set.push(letter);
            }
            '\n' => {
                depth = 0;
                set.push(letter);
            }
            _ => set.push(letter),
        }
        before = letter;
    }
    set
}

/// A hyphen between spaces is a dash.
fn dashes(line: &str) -> String {
    let start = line.strip_prefix("-- ").or_else(|| line.strip_prefix("- "));
    let line = start.map_or_else(|| line.to_owned(), |rest| format!("— {rest}"));
    [" -- ", " - ", " – "].iter().fold(line, |line, hyphen| line.replace(hyphen, " — "))
}

fn spaces(line: &str, language: Language) -> String {
    let words: Vec<&str> = line.split(' ').filter(|word| !word.is_empty()).collect();
    let mut set = String::with_capacity(line.len());
    for (index, word) in words.iter().enumerate() {
        set.push_str(word);
        let Some(next) = words.get(index + 1) else { break };
        set.push(if stays(word, next, language) { STAY } else { ' ' });
    }
    set
}

fn stays(word: &str, next: &str, language: Language) -> bool {
    let bare = |word: &str| word.trim_matches(['«', '»', '„', '“', '(', ')', '"', ',']).to_lowercase();
    let (word, next_word) = (bare(word), bare(next));
    let number = !word.is_empty() && word.chars().all(|letter| letter.is_ascii_digit() || letter == STAY);
    let initial = word.strip_suffix('.').is_some_and(|letter| letter.chars().count() == 1);
    let dash = next == "—";
    let unit = number && next_word.chars().next().is_some_and(char::is_alphanumeric);
    match language {
        Language::Russian => {
            dash || unit
                || initial
                || CLINGING.contains(&word.as_str())
                || TRAILING.contains(&next_word.trim_end_matches(['.', '!', '?', ':', ';']))
        }
        Language::English => dash || unit || ["a", "i"].contains(&word.as_str()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn russian() {
        let plain = "Сообщение \"МЧС: \"бегите\"\" - ложь. В ролике 5 человек с ул. Ленина, как бы не так...";
        let set = set(plain, Language::Russian);
        assert_eq!(
            set.replace(STAY, "~"),
            "Сообщение «МЧС: „бегите“»~— ложь. В~ролике 5~человек с~ул.~Ленина, как~бы не~так…"
        );
    }

    #[test]
    fn english() {
        let set = set("It's \"a fake\" - nothing more", Language::English);
        assert_eq!(set.replace(STAY, "~"), "It’s “a~fake”~— nothing more");
    }

    #[test]
    fn twice_is_as_good_as_once() {
        for text in
            ["- \"А\" и \"Б\" - в 10 часов", "«Он сказал \"да\"», - пишут", "5-7 мая 2024-05-01", "\"", ""]
        {
            for language in [Language::Russian, Language::English] {
                let once = set(text, language);
                assert_eq!(set(&once, language), once, "{text}");
            }
        }
    }
}
