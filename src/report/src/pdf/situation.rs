//! The situation as a printed page for leadership.

use podlinnik_domain::language::Language;
use podlinnik_domain::region::Regions;
use podlinnik_domain::situation::{Situation, Tally};

use super::file;
use super::paper::{Paper, Style};
use crate::ReportError;
use crate::figures::moment;
use crate::wording::pick;

/// The document. Equal contents make equal bytes.
///
/// # Errors
/// `Pdf`, `Card` if the fonts that ship cannot be read.
pub fn situation(situation: &Situation, language: Language) -> Result<Vec<u8>, ReportError> {
    let t = |ru: &'static str, en: &'static str| pick(language, ru, en);
    let mut paper = Paper::new()?;
    let title = t("Обстановка", "The situation");
    paper.paragraph(title, Style::TITLE, 0.0);
    let region = situation.region.as_deref();
    let place = region.map(|code| Regions::current().get(code).map_or(code, |region| region.name(language)));
    let span = format!("{} – {}", moment(situation.from), moment(situation.until));
    let span = place.map_or_else(|| span.clone(), |place| format!("{place} · {span}"));
    paper.paragraph(&span, Style::SMALL, 0.0);
    paper.rule();
    paper.paragraph(&told(&situation.total, language), Style::BODY, 0.0);
    if !situation.regions.is_empty() {
        paper.heading(t("Регионы", "Regions"));
        for row in &situation.regions {
            let code = row.region.as_deref();
            let name = code.and_then(|code| Regions::current().get(code)).map(|region| region.name(language));
            let name = name.or(code).unwrap_or_else(|| t("регион не указан", "no region named"));
            paper.fact(name, &told(&row.tally, language));
        }
        paper.heading(t("Темы", "Topics"));
        for row in &situation.topics {
            let name = row.topic.map_or_else(
                || t("не разобрано", "not sorted yet"),
                |topic| topic.text().in_language(language),
            );
            paper.fact(name, &told(&row.tally, language));
        }
        paper.heading(t("По дням", "By day"));
        for row in &situation.days {
            paper.fact(&row.day, &told(&row.tally, language));
        }
    }
    if !situation.series.is_empty() {
        paper.heading(t("Серии", "Series"));
        for row in &situation.series {
            let text = format!(
                "{} {}; {} {}",
                t("материалов:", "items:"),
                row.items,
                t("последний", "the latest"),
                moment(row.grown_at)
            );
            paper.fact(&row.series.to_string(), &text);
        }
    }
    file::write(&mut paper, &file::About { title, language }, |number, count| {
        let page = match language {
            Language::Russian => format!("стр. {number} из {count}"),
            Language::English => format!("page {number} of {count}"),
        };
        (format!("Podlinnik · {title} · {span}"), page)
    })
}

/// A tally in words; what is nought is left out.
fn told(tally: &Tally, language: Language) -> String {
    let named = [
        (tally.open, pick(language, "без вердикта", "without a verdict")),
        (tally.late, pick(language, "из них старше 4 часов", "of these older than 4 hours")),
        (tally.refuted, pick(language, "опровергнуто", "refuted")),
        (
            tally.confirmed,
            pick(language, "подтверждено или без следов монтажа", "confirmed or nothing found"),
        ),
        (tally.other, pick(language, "иное", "other")),
    ];
    let mut text = format!("{} {}", pick(language, "материалов:", "items:"), tally.items);
    for (count, name) in named.into_iter().filter(|(count, _)| *count > 0) {
        text.push_str(&format!("; {name}: {count}"));
    }
    text
}
