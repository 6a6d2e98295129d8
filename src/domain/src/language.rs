//! Russian and English side by side. Russian comes first; both are always there.

use crate::coded_enum;

coded_enum! {
    /// A language that the service speaks.
    pub enum Language {
        Russian = "ru",
        English = "en",
    }
}

/// Months as they stand after a day.
const MONTHS_OF_RU: [&str; 12] = [
    "января",
    "февраля",
    "марта",
    "апреля",
    "мая",
    "июня",
    "июля",
    "августа",
    "сентября",
    "октября",
    "ноября",
    "декабря",
];
const MONTHS_EN: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

impl Language {
    /// The name of a month, 1 to 12, as it stands after a day: `мая`, `May`. Empty for any other number.
    pub fn month_of(self, month: i8) -> &'static str {
        let names = match self {
            Self::Russian => &MONTHS_OF_RU,
            Self::English => &MONTHS_EN,
        };
        usize::try_from(i16::from(month) - 1)
            .ok()
            .and_then(|index| names.get(index).copied())
            .unwrap_or_default()
    }

    /// The best of our languages for an `Accept-Language` header (RFC 9110 §12.5.4); Russian if none fits.
    pub fn negotiate(accept_language: &str) -> Self {
        let mut best = (0_u16, Self::Russian);
        for entry in accept_language.split(',').take(32) {
            let mut parts = entry.split(';');
            let tag = parts.next().unwrap_or_default().trim().to_ascii_lowercase();
            let weight = parts
                .find_map(|part| part.trim().strip_prefix("q="))
                .map_or(1.0, |text| text.parse::<f32>().unwrap_or(0.0));
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "clamped to 0..=1000"
            )]
            let weight = (weight.clamp(0.0, 1.0) * 1000.0) as u16;
            let language = match tag.split('-').next() {
                Some("ru") => Self::Russian,
                Some("en") => Self::English,
                _ => continue,
            };
            if weight > best.0 {
                best = (weight, language);
            }
        }
        best.1
    }
}

/// One text in both languages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    /// The Russian text.
    pub ru: &'static str,
    /// The English text.
    pub en: &'static str,
}

impl Text {
    /// The text in `language`.
    pub const fn in_language(self, language: Language) -> &'static str {
        match language {
            Language::Russian => self.ru,
            Language::English => self.en,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn negotiates_by_weight() {
        assert_eq!(Language::negotiate("en-GB,en;q=0.9"), Language::English);
        assert_eq!(Language::negotiate("en;q=0.3, ru;q=0.8"), Language::Russian);
        assert_eq!(Language::negotiate("de"), Language::Russian);
        assert_eq!(Language::negotiate(""), Language::Russian);
    }
}
