//! The clock that somebody reads by: one of the eleven time zones of Russia (Federal Law 107-FZ, article 3). None of them changes with the season.

use jiff::tz::{Offset, TimeZone};
use podlinnik_domain::coded_enum;
use podlinnik_domain::language::{Language, Text};

coded_enum! {
    /// A time zone, named after its best-known city, from west to east.
    pub enum Zone {
        Kaliningrad = "kaliningrad",
        /// The federal centre's clock, and the one that press services quote: whoever has chosen none reads by it.
        Moscow = "moscow",
        Samara = "samara",
        Yekaterinburg = "yekaterinburg",
        Omsk = "omsk",
        Krasnoyarsk = "krasnoyarsk",
        Irkutsk = "irkutsk",
        Yakutsk = "yakutsk",
        Vladivostok = "vladivostok",
        Magadan = "magadan",
        Kamchatka = "kamchatka",
    }
}

impl Zone {
    /// Hours ahead of UTC.
    const fn hours(self) -> i8 {
        match self {
            Self::Kaliningrad => 2,
            Self::Moscow => 3,
            Self::Samara => 4,
            Self::Yekaterinburg => 5,
            Self::Omsk => 6,
            Self::Krasnoyarsk => 7,
            Self::Irkutsk => 8,
            Self::Yakutsk => 9,
            Self::Vladivostok => 10,
            Self::Magadan => 11,
            Self::Kamchatka => 12,
        }
    }

    /// The zone as times are reckoned in it.
    pub(crate) const fn time_zone(self) -> TimeZone {
        TimeZone::fixed(Offset::constant(self.hours()))
    }

    /// What stands behind a time: `МСК`, `МСК+3`.
    pub(crate) const fn name(self, language: Language) -> &'static str {
        let text = match self {
            Self::Kaliningrad => Text { ru: "МСК−1", en: "MSK−1" },
            Self::Moscow => Text { ru: "МСК", en: "MSK" },
            Self::Samara => Text { ru: "МСК+1", en: "MSK+1" },
            Self::Yekaterinburg => Text { ru: "МСК+2", en: "MSK+2" },
            Self::Omsk => Text { ru: "МСК+3", en: "MSK+3" },
            Self::Krasnoyarsk => Text { ru: "МСК+4", en: "MSK+4" },
            Self::Irkutsk => Text { ru: "МСК+5", en: "MSK+5" },
            Self::Yakutsk => Text { ru: "МСК+6", en: "MSK+6" },
            Self::Vladivostok => Text { ru: "МСК+7", en: "MSK+7" },
            Self::Magadan => Text { ru: "МСК+8", en: "MSK+8" },
            Self::Kamchatka => Text { ru: "МСК+9", en: "MSK+9" },
        };
        text.in_language(language)
    }

    /// How it is chosen: `Омск, UTC+6 (МСК+3)`.
    pub(crate) fn label(self, language: Language) -> String {
        let city = match self {
            Self::Kaliningrad => Text { ru: "Калининград", en: "Kaliningrad" },
            Self::Moscow => Text { ru: "Москва", en: "Moscow" },
            Self::Samara => Text { ru: "Самара", en: "Samara" },
            Self::Yekaterinburg => Text { ru: "Екатеринбург", en: "Yekaterinburg" },
            Self::Omsk => Text { ru: "Омск", en: "Omsk" },
            Self::Krasnoyarsk => Text { ru: "Красноярск", en: "Krasnoyarsk" },
            Self::Irkutsk => Text { ru: "Иркутск", en: "Irkutsk" },
            Self::Yakutsk => Text { ru: "Якутск", en: "Yakutsk" },
            Self::Vladivostok => Text { ru: "Владивосток", en: "Vladivostok" },
            Self::Magadan => Text { ru: "Магадан", en: "Magadan" },
            Self::Kamchatka => Text { ru: "Камчатка", en: "Kamchatka" },
        };
        format!("{}, UTC+{} ({})", city.in_language(language), self.hours(), self.name(language))
    }
}

/// How somebody reads: language and clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Reading {
    pub(crate) language: Language,
    pub(crate) zone: Zone,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_count_from_moscow_and_labels_from_utc() {
        for zone in Zone::ALL {
            let behind = match zone.hours() - 3 {
                0 => String::new(),
                -1 => "−1".to_owned(),
                hours => format!("+{hours}"),
            };
            assert_eq!(zone.name(Language::Russian), format!("МСК{behind}"));
            assert_eq!(zone.name(Language::English), format!("MSK{behind}"));
        }
        assert_eq!(Zone::ALL.len(), 11);
        assert_eq!(Zone::Kaliningrad.label(Language::Russian), "Калининград, UTC+2 (МСК−1)");
        assert_eq!(Zone::Kamchatka.label(Language::English), "Kamchatka, UTC+12 (MSK+9)");
    }
}
