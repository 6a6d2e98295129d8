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
}

impl Refusal {
    /// What `problem` says to whoever filled in the form. Our own failures, and what concerns the whole page, stay problems.
    pub(super) fn of(problem: Problem, language: Language) -> Result<Self, Problem> {
        if problem.status().is_server_error()
            || matches!(problem.code(), ErrorCode::Unauthenticated | ErrorCode::NotFound)
        {
            return Err(problem);
        }
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
        Ok(Self { sentence, fields: fields.collect() })
    }

    /// A sentence of the page's own.
    pub(super) fn saying(text: Text, language: Language) -> Self {
        Self { sentence: text.in_language(language).to_owned(), fields: Vec::new() }
    }

    /// Whether this field breaks its rule.
    pub(super) fn names(&self, field: &str) -> bool {
        self.fields.iter().any(|(name, _)| name == field)
    }
}

/// The rule of a field in words; the rule as the interface for programs has it where there are none.
fn rule(field: &str, otherwise: &str, language: Language) -> String {
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
        _ => return format!("{field}: {otherwise}"),
    };
    text.in_language(language).to_owned()
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
        assert!(Refusal::of(ErrorCode::Internal.into(), Language::English).is_err());
        let waiting = Refusal::of(Problem::new(ErrorCode::RateLimited).retry_after(90), Language::English);
        assert_eq!(waiting.unwrap().sentence, "Too many tries. Wait for 1 min.");
    }
}
