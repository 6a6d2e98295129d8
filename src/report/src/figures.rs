//! Numbers with their units, in both languages.

use jiff::Timestamp;
use podlinnik_domain::language::Language;

/// A decimal number with at most `digits` digits after the point, without trailing zeros.
pub fn decimal(value: f64, digits: usize, language: Language) -> String {
    let text = format!("{value:.digits$}");
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    let text = if text == "-0" { "0" } else { text };
    match language {
        Language::Russian => text.replace('.', ",").replace('-', "−"),
        Language::English => text.replace('-', "−"),
    }
}

/// A moment of a clip: `0:12.4`, `1:02:03.0`.
pub fn clock(seconds: f64, language: Language) -> String {
    let tenths = tenths_of(seconds);
    let (whole, tenth) = (tenths / 10, tenths % 10);
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60);
    let mark = match language {
        Language::Russian => ',',
        Language::English => '.',
    };
    if hours > 0 {
        format!("{hours}:{minutes:02}:{rest:02}{mark}{tenth}")
    } else {
        format!("{minutes}:{rest:02}{mark}{tenth}")
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what fits")]
fn tenths_of(seconds: f64) -> u64 {
    (seconds.clamp(0.0, 1e9) * 10.0).round() as u64
}

/// A length of time in words: `12.5 s`, `3 min 05 s`, `1 h 10 min`.
pub fn duration(seconds: f64, language: Language) -> String {
    let (hour, minute, second) = match language {
        Language::Russian => ("ч", "мин", "с"),
        Language::English => ("h", "min", "s"),
    };
    if seconds < 59.95 {
        return format!("{} {second}", decimal(seconds, 1, language));
    }
    let whole = (tenths_of(seconds) + 5) / 10;
    if whole < 3600 {
        format!("{} {minute} {:02} {second}", whole / 60, whole % 60)
    } else {
        format!("{} {hour} {:02} {minute}", whole / 3600, whole / 60 % 60)
    }
}

/// A file's size: `823 B`, `1.4 MB` (powers of 1000).
#[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
pub fn bytes(count: u64, language: Language) -> String {
    let units = match language {
        Language::Russian => ["Б", "кБ", "МБ", "ГБ"],
        Language::English => ["B", "kB", "MB", "GB"],
    };
    scaled(count as f64, units, language)
}

/// A bit rate: `850 kbit/s`, `1.4 Mbit/s`.
#[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
pub fn bit_rate(per_second: u64, language: Language) -> String {
    let units = match language {
        Language::Russian => ["бит/с", "кбит/с", "Мбит/с", "Гбит/с"],
        Language::English => ["bit/s", "kbit/s", "Mbit/s", "Gbit/s"],
    };
    scaled(per_second as f64, units, language)
}

fn scaled(value: f64, units: [&str; 4], language: Language) -> String {
    let mut value = value;
    let mut unit = units[0];
    for larger in &units[1..] {
        if value < 1000.0 {
            break;
        }
        value /= 1000.0;
        unit = larger;
    }
    let digits = usize::from(unit != units[0] && value < 100.0);
    format!("{} {unit}", decimal(value, digits, language))
}

/// How many times more probable, from a log10 likelihood ratio's magnitude, rounded to what such numbers can bear: `1.6 times`, `12 times`.
pub fn times(magnitude: f64, language: Language) -> String {
    let ratio = 10_f64.powf(magnitude.abs().min(9.0));
    let rounded = if ratio < 3.0 {
        (ratio * 10.0).round() / 10.0
    } else {
        let step = 10_f64.powf(ratio.log10().floor() - 1.0).max(1.0);
        (ratio / step).round() * step
    };
    let number = decimal(rounded, 1, language);
    match language {
        Language::English => format!("{number} times"),
        Language::Russian => format!("{number} {}", if few(rounded) { "раза" } else { "раз" }),
    }
}

/// Whether Russian wants "раза": after 2, 3, 4 (not 12–14) and after fractions.
fn few(number: f64) -> bool {
    if number.fract() > 1e-9 {
        return true;
    }
    (2.0..5.0).contains(&(number % 10.0)) && !(12.0..15.0).contains(&(number % 100.0))
}

/// An upper bound on a rate as "at most so many of 1000", rounded up.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to 0..=1000")]
pub fn per_thousand(rate: f64) -> u64 {
    (rate.clamp(0.0, 1.0) * 1000.0 - 1e-9).ceil().max(0.0) as u64
}

/// A point in time, to the minute, in UTC.
pub fn moment(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use Language::{English, Russian};

    #[test]
    fn numbers_follow_the_language() {
        assert_eq!(decimal(12.50, 2, Russian), "12,5");
        assert_eq!(decimal(-0.04, 1, English), "0");
        assert_eq!(clock(62.04, English), "1:02.0");
        assert_eq!(clock(3723.0, Russian), "1:02:03,0");
        assert_eq!(duration(59.99, English), "1 min 00 s");
        assert_eq!(duration(4200.0, Russian), "1 ч 10 мин");
        assert_eq!(bytes(823, English), "823 B");
        assert_eq!(bytes(1_440_000, Russian), "1,4 МБ");
        assert_eq!(bit_rate(850_400, English), "850 kbit/s");
    }

    #[test]
    fn ratios_are_rounded_and_declined() {
        assert_eq!(times(0.2, Russian), "1,6 раза");
        assert_eq!(times(1.08, Russian), "12 раз");
        assert_eq!(times(0.5, Russian), "3 раза");
        assert_eq!(times(1.342, Russian), "22 раза");
        assert_eq!(times(-1.91, English), "81 times");
        assert_eq!(times(3.0, English), "1000 times");
    }

    #[test]
    fn bounds_are_rounded_up() {
        assert_eq!(per_thousand(0.0121), 13);
        assert_eq!(per_thousand(0.05), 50);
        assert_eq!(per_thousand(2.0), 1000);
    }
}
