//! How well copies and originals are found: the committed report, read for the page.

use std::sync::OnceLock;

use podlinnik_domain::language::Text;

/// The report.
const REPORT: &str = include_str!("../../../../similarity/EVALUATION.md");

/// What a line of the report says.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Measured {
    pub(super) what: Text,
    /// `295 of 296`.
    pub(super) count: String,
    /// Interval, or the bound where there is only one.
    pub(super) interval: String,
}

/// The report, read.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct TracingReport {
    /// When it was measured.
    pub(super) date: String,
    pub(super) lines: Vec<Measured>,
}

/// Beginnings of lines that are shown, and how.
const SHOWN: [(&str, Text); 4] = [
    (
        "- Found by any evidence",
        Text {
            ru: "изменённая копия найдена в архиве (картинка или звук)",
            en: "an altered copy was found in the archive (picture or sound)",
        },
    ),
    (
        "- Right original in the first place",
        Text {
            ru: "верный оригинал стоит первым в ответе",
            en: "the right original came first in the answer",
        },
    ),
    (
        "- False matches",
        Text {
            ru: "названо совпадение, которого нет", en: "a match was named that is none"
        },
    ),
    (
        "- Right place",
        Text {
            ru: "место в оригинале указано верно, до 0,2 с",
            en: "the place in the original was right to within 0.2 s",
        },
    ),
];

impl TracingReport {
    /// The report that goes with this program.
    pub(super) fn committed() -> &'static Self {
        static READ: OnceLock<TracingReport> = OnceLock::new();
        READ.get_or_init(|| Self {
            date: REPORT
                .lines()
                .nth(2)
                .and_then(|line| line.split(',').next())
                .unwrap_or_default()
                .to_owned(),
            lines: SHOWN.iter().filter_map(|(start, what)| measured(start, *what)).collect(),
        })
    }
}

/// Reads `- …: 295 of 296 (95 %: 0.981–1.000)` and `- False matches: 0 in 302 lookups (upper bound of the rate: 0.0121)`.
fn measured(start: &str, what: Text) -> Option<Measured> {
    let line = REPORT.lines().find(|line| line.starts_with(start))?;
    let (head, rest) =
        line.split_once(" (95 %: ").or_else(|| line.split_once(" (upper bound of the rate: "))?;
    let (interval, _) = rest.split_once(')')?;
    let (_, count) = head.rsplit_once(": ")?;
    let count = count.trim_end_matches(" lookups").replace(" in ", " of ");
    let one_sided = !interval.contains('–');
    Some(Measured {
        what,
        count,
        interval: if one_sided { format!("≤ {interval}") } else { interval.to_owned() },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_read() {
        let read = TracingReport::committed();
        assert_eq!(read.lines.len(), SHOWN.len(), "{read:?}");
        assert_eq!(read.date.len(), 10, "{}", read.date);
        for line in &read.lines {
            let mut numbers = line.count.split(" of ").map(|number| number.parse::<u32>());
            let (found, all) = (numbers.next().unwrap().unwrap(), numbers.next().unwrap().unwrap());
            assert!(found <= all && all > 100, "{line:?}");
            assert!(REPORT.contains(line.interval.trim_start_matches("≤ ")), "{line:?}");
        }
    }
}
