//! What a form is told that was refused: the code's sentence, and each field in words.

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::language::{Language, Text};

use super::wording::stretch;
use crate::problem::Problem;

/// A refusal that the person can mend.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refusal {
    /// What is wrong.
    pub(super) sentence: String,
    /// Fields that break their rule: name in the form, and the rule in words.
    pub(super) fields: Vec<(String, String)>,
    /// Whether everything that was typed stands in the form below.
    pub(super) kept: bool,
}

impl Refusal {
    /// What `problem` says to whoever filled in the form. Our own failures, and what concerns the whole page, stay problems.
    pub(super) fn of(problem: Problem, language: Language) -> Result<Self, Problem> {
        if problem.status().is_server_error()
            || matches!(problem.code(), ErrorCode::Unauthenticated | ErrorCode::NotFound)
        {
            return Err(problem);
        }
        Ok(Self::told(&problem, language))
    }

    /// What `problem` says, whatever it is; the handler has decided that the person can mend it.
    pub(super) fn told(problem: &Problem, language: Language) -> Self {
        let fields = problem
            .fields()
            .iter()
            .map(|field| (field.field.clone(), rule(&field.field, &field.rule, language)));
        let sentence = match (problem.code(), problem.wait_s()) {
            (ErrorCode::RateLimited, Some(seconds)) => {
                let wait = stretch(i64::from(seconds), language);
                match language {
                    Language::Russian => format!("Слишком много попыток. Подождите: {wait}."),
                    Language::English => format!("Too many tries. Wait for {wait}."),
                }
            }
            (code, _) => code.text().in_language(language).to_owned(),
        };
        Self { sentence, fields: fields.collect(), kept: false }
    }

    /// A sentence of the page's own.
    pub(super) fn saying(text: Text, language: Language) -> Self {
        Self { sentence: text.in_language(language).to_owned(), fields: Vec::new(), kept: false }
    }

    /// Says as well that what was typed is kept.
    pub(super) fn keeping(self) -> Self {
        Self { kept: true, ..self }
    }

    /// Whether this field breaks its rule.
    pub(super) fn names(&self, field: &str) -> bool {
        self.fields.iter().any(|(name, _)| name == field)
    }
}

/// The rule of a field in words; the rule as the interface for programs has it where there are none.
fn rule(field: &str, otherwise: &str, language: Language) -> String {
    if let Some((number, part)) = row_of_basis(field) {
        let (name, rule) = match part {
            "link" => (
                Text { ru: "ссылка", en: "link" },
                Text { ru: "адрес http или https", en: "an http or https address" },
            ),
            "sha256" => (
                Text { ru: "SHA-256 документа", en: "SHA-256 of the document" },
                Text { ru: "64 шестнадцатеричные цифры", en: "64 hexadecimal digits" },
            ),
            _ => (Text { ru: "вид", en: "kind" }, Text { ru: "один из списка", en: "one of the list" }),
        };
        let evidence = Text { ru: "Доказательство", en: "Evidence" }.in_language(language);
        return format!(
            "{evidence} {number}, {}: {}.",
            name.in_language(language),
            rule.in_language(language)
        );
    }
    let text = match field {
        "old_password" | "password" => {
            Text { ru: "Пароль не подходит.", en: "The password does not fit." }
        }
        "new_password" => Text {
            ru: "Новый пароль: от 12 до 256 знаков, не совпадает с именем для входа.",
            en: "New password: 12 to 256 characters, not the login.",
        },
        "repeated" => Text {
            ru: "Пароли в двух полях различаются.", en: "The two passwords differ."
        },
        "code" if otherwise.contains("digits,") || otherwise.contains("hyphens") => Text {
            ru: "Код: от 1 до 32 латинских букв, цифр и дефисов.",
            en: "Code: 1 to 32 letters, digits and hyphens.",
        },
        "code" => Text {
            ru: "Код не подошёл. Введите шесть цифр, которые приложение показывает сейчас.",
            en: "The code does not fit. Type the six digits that the app shows now.",
        },
        "label" => Text {
            ru: "Назначение: от 1 до 100 знаков.", en: "Purpose: 1 to 100 characters."
        },
        "days" => Text { ru: "Срок: от 1 до 3650 дней.", en: "Days: 1 to 3650." },
        "rate_per_minute" => Text {
            ru: "Запросов в минуту: целое число больше нуля.",
            en: "Requests a minute: a whole number above zero.",
        },
        "quota_per_day" => Text {
            ru: "Материалов в сутки: целое число больше нуля.",
            en: "Submissions a day: a whole number above zero.",
        },
        "scopes" => Text {
            ru: "Роли ключа: хотя бы одна, и только из ваших.",
            en: "Roles of the key: at least one, and only your own.",
        },
        "login" => Text {
            ru: "Имя для входа: от 2 до 64 строчных латинских букв, цифр, точек, дефисов и подчёркиваний.",
            en: "Login: 2 to 64 lower-case letters, digits, dots, hyphens and underscores.",
        },
        "display_name" => {
            Text { ru: "Имя: от 1 до 200 знаков.", en: "Name: 1 to 200 characters." }
        }
        "roles" => Text {
            ru: "Роли: выберите хотя бы одну.", en: "Roles: choose at least one."
        },
        "organisation" => {
            Text { ru: "Выберите организацию.", en: "Choose an organisation." }
        }
        "name_ru" => Text {
            ru: "Название по-русски: от 1 до 200 знаков.",
            en: "Russian name: 1 to 200 characters.",
        },
        "name_en" => Text {
            ru: "Название по-английски: от 1 до 200 знаков.",
            en: "English name: 1 to 200 characters.",
        },
        "parent" => Text {
            ru: "Вышестоящая организация должна стоять в дереве выше.",
            en: "The organisation above has to stand higher in the tree.",
        },
        "regions" => Text {
            ru: "Регионы: коды из списка, не больше 200.",
            en: "Regions: codes of the list, at most 200.",
        },
        "reason" => {
            Text { ru: "Причина: от 1 до 500 знаков.", en: "Reason: 1 to 500 characters." }
        }
        "title" => Text {
            ru: "Название: не длиннее 300 знаков.", en: "Title: at most 300 characters."
        },
        "source" => Text {
            ru: "Источник: не длиннее 300 знаков.", en: "Source: at most 300 characters."
        },
        "link" => Text {
            ru: "Ссылка: адрес http или https не длиннее 2048 знаков.",
            en: "Link: an http or https address of at most 2048 characters.",
        },
        "vouched_by" => Text {
            ru: "Кто ручается: от 1 до 300 знаков.",
            en: "Who vouches: 1 to 300 characters.",
        },
        "recorded" => Text {
            ru: "Дата: 2024, 2024-05, 2024-05-03 или 2024-05-03T14:02.",
            en: "Date: 2024, 2024-05, 2024-05-03 or 2024-05-03T14:02.",
        },
        "file" => Text { ru: "Выберите один файл.", en: "Choose one file." },
        "since" => Text { ru: "Укажите дату и время.", en: "Give a date and a time." },
        "source_url" => Text {
            ru: "Ссылка, где это увидели: адрес http или https не длиннее 2048 знаков.",
            en: "Link where it was seen: an http or https address of at most 2048 characters.",
        },
        "network" => Text {
            ru: "Сеть: не длиннее 64 знаков.", en: "Network: at most 64 characters."
        },
        "region" => Text {
            ru: "Регион: выберите из списка.", en: "Region: choose one of the list."
        },
        "note" => Text {
            ru: "Что известно: не длиннее 4000 знаков.",
            en: "What is known: at most 4000 characters.",
        },
        "file_name" => Text {
            ru: "Имя файла: не длиннее 255 знаков.",
            en: "Name of the file: at most 255 characters.",
        },
        "key" => Text {
            ru: "Ключ журнала: строка вида имя+хеш+base64.",
            en: "Key of the log: a line of the form name+hash+base64.",
        },
        "from" => Text {
            ru: "Начало: дата и время раньше конца, не больше чем за 366 дней.",
            en: "From: a date and a time before the end, at most 366 days.",
        },
        "until" => Text {
            ru: "Конец: дата и время позже начала.",
            en: "Until: a date and a time after the beginning.",
        },
        "due_at" => Text {
            ru: "Ответ нужен до: дата и время.", en: "Answer needed by: a date and a time."
        },
        "wake_at" => Text {
            ru: "Вернуть: дата и время позже нынешних.",
            en: "Comes back: a date and a time still to come.",
        },
        "spread_since" => {
            Text { ru: "Ходит с: дата и время.", en: "Spreads since: a date and a time." }
        }
        "views" => Text { ru: "Просмотров: целое число.", en: "Views: a whole number." },
        "topic" => {
            Text { ru: "Тема: выберите из списка.", en: "Topic: choose one of the list." }
        }
        "risk" => {
            Text { ru: "Риск: выберите из списка.", en: "Risk: choose one of the list." }
        }
        "kind" => Text {
            ru: "Выберите один из вариантов.", en: "Choose one of the answers."
        },
        "outcome" => Text { ru: "Ответ: выберите один.", en: "Answer: choose one." },
        "name" => Text {
            ru: "Кто отвечает: от 1 до 300 знаков.", en: "Who answers: 1 to 300 characters."
        },
        "statement" => {
            Text { ru: "Текст: от 1 до 5000 знаков.", en: "Text: 1 to 5000 characters." }
        }
        _ => return format!("{field}: {otherwise}"),
    };
    text.in_language(language).to_owned()
}

/// The number, from 1, and the part of a piece of evidence: `basis[0].link`.
fn row_of_basis(field: &str) -> Option<(usize, &str)> {
    let (index, part) = field.strip_prefix("basis[")?.split_once("].")?;
    Some((index.parse::<usize>().ok()?.checked_add(1)?, part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_told_in_words_and_failures_stay_failures() {
        let problem = Problem::field("label", "1 to 100 printable characters");
        let refusal = Refusal::of(problem, Language::Russian).unwrap();
        assert!(refusal.names("label") && !refusal.names("days"));
        assert_eq!(refusal.fields[0].1, "Назначение: от 1 до 100 знаков.");
        let row =
            Refusal::told(&Problem::field("basis[1].link", "an http or https address"), Language::Russian);
        assert_eq!(row.fields[0].1, "Доказательство 2, ссылка: адрес http или https.");
        assert!(!row.kept && row.keeping().kept);
        assert!(Refusal::of(ErrorCode::Internal.into(), Language::English).is_err());
        let waiting = Refusal::of(Problem::new(ErrorCode::RateLimited).retry_after(90), Language::English);
        assert_eq!(waiting.unwrap().sentence, "Too many tries. Wait for 1 min.");
    }
}
