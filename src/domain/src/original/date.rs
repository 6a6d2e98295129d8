//! Dates that are known more or less exactly.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::coded_enum;
use crate::language::Language;

const MONTHS_RU: [&str; 12] = [
    "январь",
    "февраль",
    "март",
    "апрель",
    "май",
    "июнь",
    "июль",
    "август",
    "сентябрь",
    "октябрь",
    "ноябрь",
    "декабрь",
];

/// When something was recorded or published, as exactly as it is known (ISO 8601): `2024`, `2024-05`, `2024-05-03`, `2024-05-03T14:02` or
/// `2024-05-03T14:02:31`, with `Z` or an offset such as `+03:00` after a time of day if the zone is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartialDate(String);

coded_enum! {
    /// How exactly a date is known.
    pub enum DatePrecision {
        Year = "year",
        Month = "month",
        Day = "day",
        Minute = "minute",
        Second = "second",
    }
}

/// The text is no date.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("cannot read a date from `{0}`: expected 2024, 2024-05, 2024-05-03 or 2024-05-03T14:02")]
pub struct InvalidDate(String);

impl PartialDate {
    /// The text form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// As people write it: `3 мая 2024, 14:02 UTC+03:00`, `май 2024`, `2024`.
    pub fn in_words(&self, language: Language) -> String {
        let (date, time) =
            self.0.split_once('T').map_or((self.0.as_str(), None), |(date, time)| (date, Some(time)));
        let mut parts = date.split('-');
        let year = parts.next().unwrap_or_default();
        let month = parts.next().and_then(|month| month.parse::<i8>().ok());
        let day = parts.next().and_then(|day| day.parse::<i8>().ok());
        let date = match (month, day, language) {
            (None, ..) => year.to_owned(),
            (Some(month), Some(day), _) => format!("{day} {} {year}", language.month_of(month)),
            (Some(month), None, Language::English) => format!("{} {year}", language.month_of(month)),
            (Some(month), None, Language::Russian) => {
                let index = usize::try_from(month - 1).unwrap_or_default();
                format!("{} {year}", MONTHS_RU.get(index).copied().unwrap_or_default())
            }
        };
        let Some(time) = time else { return date };
        if let Some(clock) = time.strip_suffix('Z') {
            return format!("{date}, {clock} UTC");
        }
        match time.find(['+', '-']) {
            Some(at) => {
                let (clock, offset) = time.split_at(at);
                format!("{date}, {clock} UTC{offset}")
            }
            None => format!("{date}, {time}"),
        }
    }

    /// How exactly it is known.
    pub fn precision(&self) -> DatePrecision {
        let date_and_time = self.0.trim_end_matches('Z').split('+').next().unwrap_or_default();
        match date_and_time.split_once('T') {
            Some((_, time)) => {
                let clock = time.split('-').next().unwrap_or_default();
                if clock.len() > 5 { DatePrecision::Second } else { DatePrecision::Minute }
            }
            None => match self.0.len() {
                4 => DatePrecision::Year,
                7 => DatePrecision::Month,
                _ => DatePrecision::Day,
            },
        }
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

/// A number of exactly so many digits.
fn digits(text: &str, count: usize) -> Option<u32> {
    (text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// `14:02` or `14:02:31`.
fn is_clock(text: &str) -> bool {
    let mut parts = text.split(':');
    let mut part = |most: u32| parts.next().and_then(|part| digits(part, 2)).is_some_and(|n| n <= most);
    let minutes = part(23) && part(59);
    minutes && (text.len() == 5 || (text.len() == 8 && part(59)))
}

fn is_date(text: &str) -> bool {
    let mut parts = text.split('-');
    let Some(year) = parts.next().and_then(|part| digits(part, 4)) else { return false };
    let month = parts.next().map(|part| digits(part, 2));
    let day = parts.next().map(|part| digits(part, 2));
    if year < 1800 || parts.next().is_some() {
        return false;
    }
    match (month, day) {
        (None, _) => true,
        (Some(Some(month)), None) => (1..=12).contains(&month),
        (Some(Some(_)), Some(Some(_))) => text.parse::<jiff::civil::Date>().is_ok(),
        _ => false,
    }
}

impl FromStr for PartialDate {
    type Err = InvalidDate;

    fn from_str(text: &str) -> Result<Self, InvalidDate> {
        let text = text.trim();
        let valid = match text.split_once('T') {
            None => is_date(text),
            Some((date, time)) => {
                let clock = match time.strip_suffix('Z') {
                    Some(clock) => Some(clock),
                    None => match time.split_once(['+', '-']) {
                        Some((clock, offset)) => (offset.len() == 5 && is_clock(offset)).then_some(clock),
                        None => Some(time),
                    },
                };
                date.len() == 10 && is_date(date) && clock.is_some_and(is_clock)
            }
        };
        if valid { Ok(Self(text.to_owned())) } else { Err(InvalidDate(text.chars().take(40).collect())) }
    }
}

impl Serialize for PartialDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for PartialDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_read_it_in_words() {
        for (text, russian, english) in [
            ("2024", "2024", "2024"),
            ("2024-05", "май 2024", "May 2024"),
            ("2024-05-03", "3 мая 2024", "3 May 2024"),
            ("2024-12-31T14:02", "31 декабря 2024, 14:02", "31 December 2024, 14:02"),
            ("2024-05-03T14:02:31Z", "3 мая 2024, 14:02:31 UTC", "3 May 2024, 14:02:31 UTC"),
            ("2024-05-03T14:02+03:00", "3 мая 2024, 14:02 UTC+03:00", "3 May 2024, 14:02 UTC+03:00"),
            ("2024-05-03T14:02-03:30", "3 мая 2024, 14:02 UTC-03:30", "3 May 2024, 14:02 UTC-03:30"),
        ] {
            let date: PartialDate = text.parse().unwrap();
            assert_eq!(date.in_words(Language::Russian), russian);
            assert_eq!(date.in_words(Language::English), english);
        }
    }

    #[test]
    fn dates_are_as_exact_as_they_are_known() {
        for (text, precision) in [
            ("2024", DatePrecision::Year),
            ("2024-05", DatePrecision::Month),
            ("2024-02-29", DatePrecision::Day),
            ("2024-05-03T14:02", DatePrecision::Minute),
            ("2024-05-03T14:02Z", DatePrecision::Minute),
            ("2024-05-03T14:02-03:30", DatePrecision::Minute),
            ("2024-05-03T14:02:31", DatePrecision::Second),
            ("2024-05-03T14:02:31+03:00", DatePrecision::Second),
            ("2024-05-03T14:02:31-03:00", DatePrecision::Second),
        ] {
            let date: PartialDate = text.parse().unwrap();
            assert_eq!((date.as_str(), date.precision()), (text, precision));
            assert_eq!(serde_json::from_str::<PartialDate>(&format!("\"{text}\"")).unwrap(), date);
        }
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "24",
            "1799",
            "2024-13",
            "2023-02-29",
            "2024-5",
            "2024-05-03-04",
            "03.05.2024",
            "2024-05T14:02",
            "2024-05-03T24:02",
            "2024-05-03T14",
            "2024-05-03T14:02:61",
            "2024-05-03T14:02+3",
            "2024-05-03T14:02ZZ",
            "２０２４",
            "2024-05-03 14:02",
        ] {
            assert!(text.parse::<PartialDate>().is_err(), "{text}");
        }
    }
}
