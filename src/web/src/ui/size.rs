//! Sizes in the reader's language.

use podlinnik_domain::language::Language;

/// Units with their size in bytes (decimal, as disks are sold), Russian and English.
const UNITS: [(u64, &str, &str); 4] = [
    (1_000_000_000_000, "ТБ", "TB"),
    (1_000_000_000, "ГБ", "GB"),
    (1_000_000, "МБ", "MB"),
    (1000, "кБ", "kB"),
];

/// `1,2 ГБ`, `45 МБ`, `312 Б`.
pub(super) fn bytes(size: u64, language: Language) -> String {
    let (byte, comma) = match language {
        Language::Russian => ("Б", ","),
        Language::English => ("B", "."),
    };
    for (unit, russian, english) in UNITS {
        if size >= unit {
            let name = if language == Language::Russian { russian } else { english };
            let tenths = u128::from(size) * 10 / u128::from(unit);
            let (whole, tenth) = (tenths / 10, tenths % 10);
            return if whole < 10 && tenth > 0 {
                format!("{whole}{comma}{tenth}\u{a0}{name}")
            } else {
                format!("{whole}\u{a0}{name}")
            };
        }
    }
    format!("{size}\u{a0}{byte}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_one_decimal_while_they_are_small() {
        let ru = |size| bytes(size, Language::Russian).replace('\u{a0}', " ");
        assert_eq!([ru(0), ru(999), ru(1000), ru(1_250_000)], ["0 Б", "999 Б", "1 кБ", "1,2 МБ"]);
        assert_eq!(ru(49_000_000_000), "49 ГБ");
        assert_eq!(bytes(2_500_000_000_000, Language::English).replace('\u{a0}', " "), "2.5 TB");
        assert_eq!(ru(u64::MAX), "18446744 ТБ");
    }
}
