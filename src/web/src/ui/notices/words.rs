//! The form of a notice's words: what was typed, whether or not it can be stored.

use podlinnik_domain::language::{Language, Text};
use podlinnik_domain::notice::{Attested, ChecklistItem, ClaimRating, NoticeText, Source};

use crate::ui::form::Fields;
use crate::ui::shell::Shell;

/// Empty rows for sources that are offered below the filled ones.
const SPARE_ROWS: usize = 1;

/// A source as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TypedSource {
    pub(super) title: String,
    pub(super) url: String,
}

/// The words of a notice as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct TypedWords {
    pub(super) title: String,
    pub(super) claim: String,
    /// Code of a [`ClaimRating`], or empty.
    pub(super) rating: String,
    pub(super) body: String,
    pub(super) spread: String,
    pub(super) truth: String,
    /// Filled rows, then empty ones.
    pub(super) sources: Vec<TypedSource>,
    pub(super) no_clean_reshare: bool,
    pub(super) privacy: bool,
    pub(super) title_en: String,
    pub(super) claim_en: String,
    pub(super) body_en: String,
    pub(super) spread_en: String,
    pub(super) truth_en: String,
    /// Fields that break their rule.
    pub(super) broken: Vec<&'static str>,
}

/// An entry of the checklist as shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Check {
    pub(super) done: bool,
    pub(super) text: Text,
    /// The field that it is about.
    pub(super) field: &'static str,
}

impl Check {
    /// What has to be done, in the reader's language.
    pub(super) fn words(&self, shell: &Shell) -> &'static str {
        shell.say(self.text)
    }
}

impl TypedWords {
    /// The words as they are stored, ready to be changed.
    pub(super) fn of(text: &NoticeText) -> Self {
        let optional = |text: &Option<String>| text.clone().unwrap_or_default();
        let rows = text.sources.iter().map(|source| TypedSource {
            title: source.title.clone(),
            url: source.url.clone().unwrap_or_default(),
        });
        Self {
            title: text.title.clone(),
            claim: optional(&text.claim),
            rating: text.rating.map_or_else(String::new, |rating| rating.code().to_owned()),
            body: text.body.clone(),
            spread: optional(&text.spread),
            truth: text.truth.clone(),
            sources: rows.collect(),
            no_clean_reshare: text.attested.no_clean_reshare,
            privacy: text.attested.privacy,
            title_en: optional(&text.title_en),
            claim_en: optional(&text.claim_en),
            body_en: optional(&text.body_en),
            spread_en: optional(&text.spread_en),
            truth_en: optional(&text.truth_en),
            broken: Vec::new(),
        }
        .with_spare_rows(SPARE_ROWS)
    }

    /// What a form sent.
    pub(super) fn read(fields: &Fields) -> Self {
        let text = |name: &str| fields.get(name).to_owned();
        let rows = fields.all("source_title").zip(fields.all("source_url"));
        let rows = rows.map(|(title, url)| TypedSource { title: title.to_owned(), url: url.to_owned() });
        let spare = if fields.get("action") == "source" { SPARE_ROWS + 2 } else { SPARE_ROWS };
        Self {
            title: text("title"),
            claim: text("claim"),
            rating: text("rating"),
            body: text("body"),
            spread: text("spread"),
            truth: text("truth"),
            sources: rows.filter(|row| !row.title.is_empty() || !row.url.is_empty()).collect(),
            no_clean_reshare: fields.ticked("no_clean_reshare"),
            privacy: fields.ticked("privacy"),
            title_en: text("title_en"),
            claim_en: text("claim_en"),
            body_en: text("body_en"),
            spread_en: text("spread_en"),
            truth_en: text("truth_en"),
            broken: Vec::new(),
        }
        .with_spare_rows(spare)
    }

    fn with_spare_rows(mut self, rows: usize) -> Self {
        self.sources.extend(std::iter::repeat_n(TypedSource::default(), rows));
        self
    }

    /// As words of a notice; a source with an address alone is called by it.
    pub(super) fn text(&self) -> NoticeText {
        let optional = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        let filled = self.sources.iter().filter(|row| !row.title.is_empty() || !row.url.is_empty());
        let sources = filled.map(|row| Source {
            title: if row.title.is_empty() { row.url.chars().take(300).collect() } else { row.title.clone() },
            url: optional(&row.url),
        });
        NoticeText {
            title: self.title.clone(),
            claim: optional(&self.claim),
            rating: self.rating.parse().ok(),
            body: self.body.clone(),
            spread: optional(&self.spread),
            truth: self.truth.clone(),
            sources: sources.collect(),
            attested: Attested { no_clean_reshare: self.no_clean_reshare, privacy: self.privacy },
            title_en: optional(&self.title_en),
            claim_en: optional(&self.claim_en),
            body_en: optional(&self.body_en),
            spread_en: optional(&self.spread_en),
            truth_en: optional(&self.truth_en),
        }
    }

    /// With the fields marked that cannot be stored as they are.
    pub(super) fn marked(mut self) -> Self {
        self.broken = self.text().broken();
        self
    }

    /// Whether a field is marked.
    pub(super) fn is_broken(&self, field: &str) -> bool {
        self.broken.contains(&field)
    }

    /// Marked fields with their names.
    pub(super) fn broken_names(&self, language: Language) -> Vec<(&'static str, &'static str)> {
        self.broken.iter().map(|field| (*field, field_name(field).in_language(language))).collect()
    }

    /// Whether the English part is to be shown unfolded.
    pub(super) fn has_english(&self) -> bool {
        [&self.title_en, &self.claim_en, &self.body_en, &self.spread_en, &self.truth_en]
            .iter()
            .any(|text| !text.is_empty())
            || self.broken.iter().any(|field| field.ends_with("_en"))
    }

    /// Ratings to choose from.
    pub(super) fn ratings(&self) -> &'static [ClaimRating] {
        ClaimRating::ALL
    }
}

/// The checklist of these words, in order.
pub(super) fn checklist(text: &NoticeText) -> Vec<Check> {
    let missing = text.missing();
    let check = |item: &ChecklistItem| Check {
        done: !missing.contains(item),
        text: item.text(),
        field: first_gap(*item, text),
    };
    ChecklistItem::ALL.iter().map(check).collect()
}

/// The field to go to for an entry of the checklist: the first that is empty.
fn first_gap(item: ChecklistItem, text: &NoticeText) -> &'static str {
    match item {
        ChecklistItem::Untrue if text.claim.is_none() => "claim",
        ChecklistItem::Untrue if text.rating.is_none() => "rating",
        ChecklistItem::Untrue => "body",
        ChecklistItem::Spread => "spread",
        ChecklistItem::Truth if text.truth.is_empty() => "truth",
        ChecklistItem::Truth => "sources",
        ChecklistItem::NoCleanReshare => "no_clean_reshare",
        ChecklistItem::Privacy => "privacy",
    }
}

/// A field of a notice as the form calls it.
pub(super) fn field_name(field: &str) -> Text {
    match field {
        "title" => Text { ru: "Заголовок", en: "Headline" },
        "claim" => Text { ru: "Что утверждают", en: "The claim" },
        "rating" => Text { ru: "Оценка утверждения", en: "Rating of the claim" },
        "body" => Text { ru: "Что неверно", en: "What is untrue" },
        "spread" => Text { ru: "Как распространялось", en: "How it spread" },
        "truth" => Text { ru: "Как на самом деле", en: "What is true" },
        "sources" => Text { ru: "Источники", en: "Sources" },
        "attested" => Text { ru: "Редактор ручается", en: "The editor vouches" },
        "title_en" => Text { ru: "Заголовок по-английски", en: "English headline" },
        "claim_en" => Text { ru: "Утверждение по-английски", en: "English claim" },
        "body_en" => {
            Text { ru: "Что неверно, по-английски", en: "English: what is untrue" }
        }
        "spread_en" => Text {
            ru: "Как распространялось, по-английски", en: "English: how it spread"
        },
        "truth_en" => Text {
            ru: "Как на самом деле, по-английски", en: "English: what is true"
        },
        "statement" => Text { ru: "Что сказать читателям", en: "What readers are told" },
        "kind" => Text { ru: "Решение", en: "Decision" },
        "reason" => Text { ru: "Основание", en: "Reasons" },
        _ => Text { ru: "Поле", en: "Field" },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(query: &str) -> TypedWords {
        TypedWords::read(&Fields::parse(query.as_bytes()).unwrap())
    }

    #[test]
    fn words_go_into_the_form_and_back() {
        let text = NoticeText {
            title: "Заголовок".into(),
            claim: Some("Утверждают".into()),
            rating: Some(ClaimRating::False),
            body: "Неверно".into(),
            truth: "Верно".into(),
            sources: vec![
                Source { title: "МЧС".into(), url: Some("https://mchs.example/".into()) },
                Source { title: "Архив".into(), url: None },
            ],
            attested: Attested { no_clean_reshare: true, privacy: false },
            ..NoticeText::default()
        };
        let form = TypedWords::of(&text);
        assert_eq!(form.sources.len(), 3, "two and a spare row");
        assert_eq!(form.text(), text);
    }

    #[test]
    fn sources_are_pairs_and_empty_rows_fall_away() {
        let form = typed(
            "source_title=A&source_url=&source_title=&source_url=https://b.example&source_title=&source_url=",
        );
        let sources = form.text().sources;
        assert_eq!(sources.len(), 2);
        assert_eq!((sources[0].title.as_str(), &sources[0].url), ("A", &None));
        assert_eq!(sources[1].title, "https://b.example");
        assert_eq!(typed("action=source").sources.len(), 3);
    }

    #[test]
    fn the_checklist_leads_to_the_first_gap() {
        let form = typed("title=T&body=B&truth=W&claim=C&privacy=on");
        let checks = checklist(&form.text());
        let told: Vec<_> = checks.iter().map(|check| (check.done, check.field)).collect();
        assert_eq!(
            told,
            [
                (false, "rating"),
                (false, "spread"),
                (false, "sources"),
                (false, "no_clean_reshare"),
                (true, "privacy")
            ]
        );
        assert_eq!(typed("title=T&body=B").marked().broken, ["truth"]);
    }
}
