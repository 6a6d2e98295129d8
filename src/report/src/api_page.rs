//! The API document (OpenAPI 3.1) as a page for people: no script, nothing fetched, a link for every operation and schema.
//!
//! ✅ parameters, bodies, examples, answers, problems by status. ❌ trying calls out: that is what `curl` is for. What operations say of themselves is
//! English; the page around them is in the reader's language.
//!
//! - `view`: the document in the order of the page; `kind`: schemas in words

mod kind;
mod view;

use askama::Template;
use podlinnik_domain::language::{Language, Text};
use serde_json::Value;

use crate::ReportError;
use crate::wording::pick;
use view::{Handbook, Operation};

/// Nouns in the order in which one gets to know them.
const TAGS: &[(&str, Text)] = &[
    ("submissions", Text { ru: "Материалы", en: "Submissions" }),
    ("analyses", Text { ru: "Анализ", en: "Analyses" }),
    ("media", Text { ru: "Проверено ли уже", en: "Has this been verified?" }),
    ("copies", Text { ru: "Копии и серии", en: "Copies and series" }),
    ("cases", Text { ru: "Дела", en: "Cases" }),
    ("inquiries", Text { ru: "Запросы в ведомства", en: "Questions to agencies" }),
    ("verdicts", Text { ru: "Вердикты", en: "Verdicts" }),
    ("notices", Text { ru: "Публикации", en: "Notices" }),
    ("corrections", Text { ru: "Исправления", en: "Corrections" }),
    ("appeals", Text { ru: "Возражения", en: "Objections" }),
    ("public", Text { ru: "Для всех", en: "For everybody" }),
    ("log", Text { ru: "Журнал прозрачности", en: "Transparency log" }),
    ("inbox", Text { ru: "Входящие", en: "Inbox" }),
    ("receivers", Text { ru: "Получатели", en: "Receivers" }),
    ("archive", Text { ru: "Архив оригиналов", en: "Archive of originals" }),
    ("accounts", Text { ru: "Учётные записи", en: "Accounts" }),
    ("people", Text { ru: "Люди и ключи", en: "People and tokens" }),
    ("operations", Text { ru: "Работа службы", en: "Running the service" }),
    ("hma", Text { ru: "Для клиентов HMA", en: "For clients of HMA" }),
];

/// The page.
///
/// # Errors
/// [`ReportError::Render`] if the template fails.
pub fn page(document: &Value, language: Language) -> Result<String, ReportError> {
    let order: Vec<_> = TAGS.iter().map(|(tag, _)| *tag).collect();
    let version = document.pointer("/info/version").and_then(Value::as_str).unwrap_or_default();
    Ok(Page { language, version, handbook: Handbook::new(document, &order) }.render()?)
}

#[derive(Template)]
#[template(path = "api_page.html")]
struct Page<'a> {
    language: Language,
    version: &'a str,
    handbook: Handbook,
}

impl Page<'_> {
    fn t(&self, ru: &'static str, en: &'static str) -> &'static str {
        pick(self.language, ru, en)
    }

    fn tag<'t>(&self, tag: &'t str) -> &'t str {
        let known = TAGS.iter().find(|(name, _)| *name == tag);
        known.map_or(tag, |(_, text)| text.in_language(self.language))
    }

    fn other(&self) -> (&'static str, &'static str) {
        match self.language {
            Language::Russian => ("en", "English"),
            Language::English => ("ru", "Русский"),
        }
    }

    fn place(&self, place: &str) -> &'static str {
        match place {
            "path" => self.t("в пути", "in the path"),
            "header" => self.t("заголовок", "header"),
            _ => self.t("в запросе", "in the query"),
        }
    }

    fn count(&self) -> usize {
        self.handbook.groups.iter().map(|group| group.operations.len()).sum()
    }
}

impl Operation {
    fn class(&self) -> String {
        self.method.to_lowercase()
    }
}
