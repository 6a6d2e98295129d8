//! Numbers and abbreviations as they are read out. Cardinal numbers in the nominative case: which case and gender a sentence asks for, a person
//! knows better. Years, decimals and telephone numbers are left to the person too.

use podlinnik_domain::language::Language;

use super::radio::ReadAloud;

/// Abbreviations that are not read letter by letter, or whose letters are easily misread.
const RUSSIAN: &[(&str, &str)] = &[
    ("МЧС", "эм-чэ-эс"),
    ("МВД", "эм-вэ-дэ"),
    ("ФСБ", "эф-эс-бэ"),
    ("СК", "эс-ка, Следственный комитет"),
    ("ГИБДД", "ги-бэ-дэ-дэ"),
    ("ЖКХ", "жэ-ка-ха"),
    ("ЦУР", "цур, Центр управления регионом"),
    ("СМИ", "сми"),
    ("ИИ", "и-и, искусственный интеллект"),
    ("РФ", "эр-эф, Россия"),
    ("БПЛА", "бэ-пэ-эл-а, беспилотник"),
    ("ТЭЦ", "тэц"),
    ("АЗС", "а-зэ-эс, заправка"),
    ("ул.", "улица"),
    ("им.", "имени"),
    ("т. е.", "то есть"),
    ("т. д.", "так далее"),
    ("т. п.", "тому подобное"),
    ("руб.", "рублей"),
    ("тыс.", "тысяч"),
    ("млн", "миллионов"),
    ("млрд", "миллиардов"),
    ("№", "номер"),
    ("%", "процентов"),
];

const ENGLISH: &[(&str, &str)] =
    &[("AI", "ay eye"), ("e.g.", "for example"), ("i.e.", "that is"), ("No.", "number"), ("%", "percent")];

/// Words of a text as they are spoken: a number counts as many as it takes to say it.
pub(crate) fn spoken_words(text: &str, language: Language) -> usize {
    text.split(|letter: char| letter.is_whitespace() || letter == '/')
        .filter(|word| word.chars().any(|letter| letter.is_alphanumeric() || letter == '%'))
        .map(|word| {
            let numbers: usize =
                numbers_in(word).map(|digits| spelled(digits, language).split_whitespace().count()).sum();
            numbers + usize::from(word.chars().any(|letter| letter.is_alphabetic() || letter == '%'))
        })
        .sum()
}

/// What in the text is not read as it is written, each once, in order.
pub(crate) fn hints(text: &str, language: Language) -> Vec<ReadAloud> {
    let known = match language {
        Language::Russian => RUSSIAN,
        Language::English => ENGLISH,
    };
    let plain = text.replace('\u{a0}', " ");
    let mut found: Vec<(usize, ReadAloud)> = Vec::new();
    for (written, spoken) in known {
        let hit = plain.match_indices(written).find(|(at, _)| stands_alone(&plain, *at, written));
        if let Some((at, _)) = hit {
            found.push((at, ReadAloud { written: (*written).to_owned(), spoken: (*spoken).to_owned() }));
        }
    }
    let mut at = 0;
    let words: Vec<&str> = plain.split(' ').collect();
    for (index, word) in words.iter().enumerate() {
        let next = words.get(index + 1).copied().unwrap_or_default();
        let digits: Vec<&str> = numbers_in(word).collect();
        if let [only] = digits.as_slice()
            && !is_year(only, next, language)
            && !word.contains([',', ':', '+']) | word.ends_with([',', ':'])
            && !found.iter().any(|(_, hint)| hint.written == *only)
        {
            found.push((at, ReadAloud { written: (*only).to_owned(), spoken: spelled(only, language) }));
        }
        at += word.len() + 1;
    }
    found.sort_by_key(|(at, _)| *at);
    found.into_iter().map(|(_, hint)| hint).collect()
}

fn stands_alone(text: &str, at: usize, written: &str) -> bool {
    let before = text.get(..at).and_then(|text| text.chars().next_back());
    let after = text.get(at + written.len()..).and_then(|text| text.chars().next());
    let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphabetic);
    let sign = !written.chars().any(char::is_alphabetic);
    sign || !is_letter(before) && !is_letter(after)
}

fn is_year(digits: &str, next: &str, language: Language) -> bool {
    digits.len() == 4
        && (digits.starts_with("19") || digits.starts_with("20"))
        && (language == Language::English || next.starts_with('г') || next.is_empty())
}

fn numbers_in(word: &str) -> impl Iterator<Item = &str> {
    word.split(|letter: char| !letter.is_ascii_digit()).filter(|digits| !digits.is_empty())
}

/// A whole number in words; digit by digit where it is too long to be a number.
pub(crate) fn spelled(digits: &str, language: Language) -> String {
    let number = digits.parse::<u64>().ok().filter(|number| *number < 1_000_000_000_000);
    let telephone = digits.len() > 1 && digits.starts_with('0');
    match number.filter(|_| !telephone) {
        Some(number) => cardinal(number, language),
        None => {
            let each = digits.chars().filter_map(|digit| digit.to_digit(10));
            each.map(|digit| cardinal(u64::from(digit), language)).collect::<Vec<_>>().join(" ")
        }
    }
}

fn cardinal(number: u64, language: Language) -> String {
    if number == 0 {
        return match language {
            Language::Russian => "ноль",
            Language::English => "zero",
        }
        .to_owned();
    }
    let mut words: Vec<&'static str> = Vec::new();
    for (power, scale) in [(1_000_000_000, 3), (1_000_000, 2), (1000, 1), (1, 0)] {
        let part = number / power % 1000;
        if part == 0 {
            continue;
        }
        match language {
            Language::Russian => {
                if !(part == 1 && scale > 0) {
                    russian_below_thousand(part, scale == 1, &mut words);
                }
                words.extend(russian_scale(part, scale));
            }
            Language::English => {
                english_below_thousand(part, &mut words);
                words.extend(
                    ["", "thousand", "million", "billion"].get(scale).filter(|word| !word.is_empty()),
                );
            }
        }
    }
    words.join(" ")
}

/// An entry of a table of words.
fn entry(table: &[&'static str], index: u64) -> Option<&'static str> {
    table.get(usize::try_from(index).ok()?).copied().filter(|word| !word.is_empty())
}

fn russian_below_thousand(number: u64, feminine: bool, words: &mut Vec<&'static str>) {
    const HUNDREDS: [&str; 10] = [
        "",
        "сто",
        "двести",
        "триста",
        "четыреста",
        "пятьсот",
        "шестьсот",
        "семьсот",
        "восемьсот",
        "девятьсот",
    ];
    const TENS: [&str; 10] = [
        "",
        "",
        "двадцать",
        "тридцать",
        "сорок",
        "пятьдесят",
        "шестьдесят",
        "семьдесят",
        "восемьдесят",
        "девяносто",
    ];
    const ONES: [&str; 20] = [
        "",
        "один",
        "два",
        "три",
        "четыре",
        "пять",
        "шесть",
        "семь",
        "восемь",
        "девять",
        "десять",
        "одиннадцать",
        "двенадцать",
        "тринадцать",
        "четырнадцать",
        "пятнадцать",
        "шестнадцать",
        "семнадцать",
        "восемнадцать",
        "девятнадцать",
    ];
    words.extend(entry(&HUNDREDS, number / 100));
    let rest = number % 100;
    let ones = if rest >= 20 {
        words.extend(entry(&TENS, rest / 10));
        rest % 10
    } else {
        rest
    };
    words.extend(match (ones, feminine) {
        (1, true) => Some("одна"),
        (2, true) => Some("две"),
        _ => entry(&ONES, ones),
    });
}

fn russian_scale(part: u64, scale: usize) -> Option<&'static str> {
    let forms = [
        ["тысяча", "тысячи", "тысяч"],
        ["миллион", "миллиона", "миллионов"],
        ["миллиард", "миллиарда", "миллиардов"],
    ];
    let form = match (part % 100, part % 10) {
        (11..=14, _) => 2,
        (_, 1) => 0,
        (_, 2..=4) => 1,
        _ => 2,
    };
    forms.get(scale.checked_sub(1)?)?.get(form).copied()
}

fn english_below_thousand(number: u64, words: &mut Vec<&'static str>) {
    const TENS: [&str; 10] =
        ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"];
    const ONES: [&str; 20] = [
        "",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ];
    if number >= 100 {
        words.extend(entry(&ONES, number / 100));
        words.push("hundred");
    }
    let rest = number % 100;
    if rest >= 20 {
        words.extend(entry(&TENS, rest / 10));
        words.extend(entry(&ONES, rest % 10));
    } else {
        words.extend(entry(&ONES, rest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{English, Russian};

    #[test]
    fn numbers_are_spelt_out() {
        for (digits, words) in [
            ("0", "ноль"),
            ("14", "четырнадцать"),
            ("1000", "тысяча"),
            ("2024", "две тысячи двадцать четыре"),
            ("21001", "двадцать одна тысяча один"),
            ("112", "сто двенадцать"),
            ("3011000", "три миллиона одиннадцать тысяч"),
            ("007", "ноль ноль семь"),
        ] {
            assert_eq!(spelled(digits, Russian), words);
        }
        assert_eq!(spelled("2024", English), "two thousand twenty four");
        assert_eq!(spelled("1000000", English), "one million");
    }

    #[test]
    fn words_are_counted_as_spoken() {
        assert_eq!(spoken_words("По телефону 112 — круглосуточно.", Russian), 5);
        assert_eq!(spoken_words("5%", Russian), 2);
        assert_eq!(spoken_words(" — , ", Russian), 0);
    }

    #[test]
    fn hints_name_what_is_misread_once_and_in_order() {
        let hints = hints("МЧС: 5 000 не звонило, т. е. 112 звонков. МЧС в 2024 году. ВМЧС.", Russian);
        let written: Vec<_> = hints.iter().map(|hint| hint.written.as_str()).collect();
        assert_eq!(written, ["МЧС", "5", "000", "т. е.", "112"]);
    }
}
