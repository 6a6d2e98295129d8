//! The quarter's figures as a page; programs get the same from the same address as JSON.

use askama::Template;
use axum::response::Response;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::figures::{Count, Durations, Figures};
use podlinnik_domain::inquiry::AppealState;
use podlinnik_domain::language::{Language, Text};
use podlinnik_domain::notice::CorrectionKind;
use podlinnik_domain::region::Region;
use podlinnik_domain::verdict::VerdictKind;

use super::super::shell::{Reader, Section, Shell, show};
use super::super::visitor::{Visitor, encoded};
use super::super::wording::{grouped, moment, stretch};
use super::{region_name, regions};
use crate::problem::Problem;

/// Quarters that are offered, the present one among them.
const QUARTERS: usize = 12;

/// A number with its share of the largest, for a bar.
struct Bar {
    name: &'static str,
    count: u64,
    /// Of 100.
    width: u64,
}

/// How long something took, in words.
struct Took {
    name: &'static str,
    count: String,
    median: String,
    ninth_decile: String,
    in_time: String,
    promised: String,
}

#[derive(Template)]
#[template(path = "open_figures.html")]
struct FiguresPage {
    shell: Shell,
    figures: Figures,
    quarter: String,
    quarters: Vec<String>,
    regions: Vec<&'static Region>,
    verdicts: Vec<Bar>,
    both_ways: Vec<Bar>,
    corrections: Vec<Bar>,
    appeals: Vec<Bar>,
    took: Vec<Took>,
    from: String,
    until: String,
}

/// The page.
pub(crate) fn page(
    figures: Figures,
    now: Timestamp,
    visitor: Option<Visitor>,
    reader: Reader,
) -> Result<Response, Problem> {
    let shell = reader.shell(visitor, Section::Public);
    let language = shell.language;
    let named = |code: &str| code.parse::<VerdictKind>().ok().map(VerdictKind::text);
    let corrected = |code: &str| code.parse::<CorrectionKind>().ok().map(CorrectionKind::text);
    let objected = |code: &str| code.parse::<AppealState>().ok().map(appeal_words);
    let pair = [
        (Text { ru: "опровергнуто", en: "refuted" }, figures.refuted),
        (
            Text {
                ru: "подтверждено или следов не найдено", en: "confirmed or nothing found"
            },
            figures.confirmed,
        ),
        (Text { ru: "установить не удалось", en: "could not be decided" }, figures.inconclusive),
    ];
    let page = FiguresPage {
        verdicts: bars(counts(&figures.verdicts, named), language),
        both_ways: bars(pair.to_vec(), language),
        corrections: bars(counts(&figures.corrections, corrected), language),
        appeals: bars(counts(&figures.appeals, objected), language),
        took: vec![
            took(
                Text {
                    ru: "До первого ответа методов", en: "To the methods' first answer"
                },
                &figures.first_answer,
                language,
            ),
            took(Text { ru: "До вердикта", en: "To the verdict" }, &figures.verdict, language),
        ],
        quarter: quarter(figures.from),
        quarters: quarters(now),
        regions: regions(language),
        from: moment(figures.from, shell.reading()),
        until: moment(figures.until, shell.reading()),
        figures,
        shell,
    };
    show(&page, language)
}

impl FiguresPage {
    fn n(&self, number: u64) -> String {
        grouped(number)
    }

    fn region(&self) -> &str {
        self.figures.region.as_deref().unwrap_or_default()
    }

    fn place(&self) -> Option<&str> {
        self.figures.region.as_deref().map(|code| region_name(code, self.shell.language))
    }

    fn csv(&self) -> String {
        let region = self.figures.region.as_deref().map(|code| format!("&region={}", encoded(code)));
        format!("/figures.csv?quarter={}{}", self.quarter, region.unwrap_or_default())
    }

    fn is_empty(&self) -> bool {
        self.figures.submissions == 0 && self.figures.notices == 0
    }
}

fn counts(counts: &[Count], words: impl Fn(&str) -> Option<Text>) -> Vec<(Text, u64)> {
    counts.iter().filter_map(|one| Some((words(&one.code)?, one.count))).collect()
}

fn bars(counts: Vec<(Text, u64)>, language: Language) -> Vec<Bar> {
    let largest = counts.iter().map(|(_, count)| *count).max().unwrap_or_default().max(1);
    counts
        .into_iter()
        .map(|(name, count)| Bar { name: name.in_language(language), count, width: count * 100 / largest })
        .collect()
}

fn took(name: Text, durations: &Durations, language: Language) -> Took {
    let minutes = |minutes: Option<u64>| {
        let seconds = minutes.and_then(|minutes| i64::try_from(minutes.saturating_mul(60)).ok());
        seconds.map_or_else(|| "—".to_owned(), |seconds| stretch(seconds, language))
    };
    Took {
        name: name.in_language(language),
        count: grouped(durations.count),
        median: minutes(durations.median_minutes),
        ninth_decile: minutes(durations.ninth_decile_minutes),
        in_time: match language {
            Language::Russian => format!("{} из {}", grouped(durations.in_time), grouped(durations.count)),
            Language::English => format!("{} of {}", grouped(durations.in_time), grouped(durations.count)),
        },
        promised: minutes(Some(durations.promised_minutes)),
    }
}

const fn appeal_words(state: AppealState) -> Text {
    match state {
        AppealState::Open => Text { ru: "рассматривается", en: "being considered" },
        AppealState::Granted => Text {
            ru: "удовлетворено: открыта проверка",
            en: "granted: a correction was opened",
        },
        AppealState::Rejected => {
            Text { ru: "отклонено с объяснением", en: "rejected with reasons" }
        }
    }
}

/// `2026-Q4`.
fn quarter(from: Timestamp) -> String {
    let date = from.to_zoned(TimeZone::UTC).date();
    name(date)
}

fn name(date: Date) -> String {
    format!("{:04}-Q{}", date.year(), (date.month() - 1) / 3 + 1)
}

/// The present quarter and those before it.
fn quarters(now: Timestamp) -> Vec<String> {
    let today = now.to_zoned(TimeZone::UTC).date().first_of_month();
    let back = |quarters: usize| {
        let months = i64::try_from(quarters * 3).ok()?;
        today.checked_sub(jiff::Span::new().months(months)).ok()
    };
    (0..QUARTERS).filter_map(back).map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quarters_go_back_over_the_year() {
        let now: Timestamp = "2026-05-31T12:00:00Z".parse().unwrap();
        let all = quarters(now);
        assert_eq!(all.len(), QUARTERS);
        assert_eq!(all[..4], ["2026-Q2", "2026-Q1", "2025-Q4", "2025-Q3"]);
    }

    #[test]
    fn the_longest_bar_is_whole() {
        let text = Text { ru: "", en: "" };
        let widths = |numbers: &[u64]| -> Vec<u64> {
            let counts = numbers.iter().map(|number| (text, *number)).collect();
            bars(counts, Language::Russian).iter().map(|bar| bar.width).collect()
        };
        assert_eq!(widths(&[2, 4, 1]), [50, 100, 25]);
        assert_eq!(widths(&[0, 0]), [0, 0]);
    }
}
