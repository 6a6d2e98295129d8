//! The history of a case in words, latest first.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::Event;
use podlinnik_domain::language::{Language, Text};

use super::page::People;
use crate::ui::wording::brief;

/// A line of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) when: String,
    pub(super) at: Timestamp,
    pub(super) who: String,
    pub(super) what: String,
    pub(super) reason: Option<String>,
    pub(super) hash: String,
}

/// All lines.
pub(super) fn lines(events: &[Event], people: &People, now: Timestamp, language: Language) -> Vec<Line> {
    events
        .iter()
        .rev()
        .map(|event| Line {
            when: brief(event.at, now, language),
            at: event.at,
            who: match event.actor {
                Some(actor) => people.name(actor),
                None => Text { ru: "сервис", en: "the service" }.in_language(language).to_owned(),
            },
            what: what(event, language),
            reason: event.reason.clone(),
            hash: event.hash.to_string().chars().take(12).collect(),
        })
        .collect()
}

/// What happened.
fn what(event: &Event, language: Language) -> String {
    let text = match event.kind.as_str() {
        "case_opened" => Text { ru: "дело открыто", en: "case opened" },
        "case_triaged" => Text { ru: "дело разобрано", en: "case sorted" },
        "case_claimed" => Text { ru: "дело взято в работу", en: "case taken on" },
        "case_unclaimed" => Text { ru: "дело освобождено", en: "case given back" },
        "case_parked" => Text { ru: "дело отложено", en: "case parked" },
        "case_woken" => Text { ru: "дело снова в работе", en: "case taken up again" },
        "case_reanalysed" => {
            Text { ru: "назначен новый анализ", en: "a new analysis was asked for" }
        }
        "analysis_queued" => {
            Text { ru: "анализ поставлен в очередь", en: "analysis queued" }
        }
        "analysis_done" => Text { ru: "анализ готов", en: "analysis done" },
        "analysis_partial" => {
            Text { ru: "анализ готов частично", en: "analysis done in part" }
        }
        "analysis_refused" => Text { ru: "файл не прочитан", en: "the file could not be read" },
        "verdict_proposed" => Text { ru: "предложен вердикт", en: "verdict proposed" },
        "verdict_agreed" => Text {
            ru: "второй аналитик пришёл к тому же",
            en: "the second analyst came to the same",
        },
        "verdict_disputed" => Text {
            ru: "второй аналитик не согласен", en: "the second analyst disagrees"
        },
        "verdict_approved" => Text { ru: "вердикт утверждён", en: "verdict approved" },
        "verdict_returned" => Text { ru: "вердикт возвращён", en: "verdict sent back" },
        "verdict_released" => Text {
            ru: "вердикт выпущен до второго взгляда",
            en: "verdict released before its second look",
        },
        "verdict_superseded" => {
            Text { ru: "вердикт заменён новой ревизией", en: "verdict superseded" }
        }
        "inquiry_asked" => {
            Text { ru: "отправлен запрос ведомству", en: "an agency was asked" }
        }
        "inquiry_answered" => Text { ru: "ведомство ответило", en: "the agency answered" },
        "inquiry_reminded" => {
            Text { ru: "отправлено напоминание", en: "the agency was reminded" }
        }
        "inquiry_withdrawn" => Text { ru: "запрос отозван", en: "the question was withdrawn" },
        "copy_match_suggested" => {
            Text { ru: "замечена похожая запись", en: "a similar item was noticed" }
        }
        "copy_match_confirmed" => Text { ru: "копия подтверждена", en: "copy confirmed" },
        "copy_match_rejected" => Text { ru: "копия отклонена", en: "copy rejected" },
        "notice_drafted" => Text {
            ru: "написан черновик опровержения", en: "a notice was drafted"
        },
        "notice_revised" => Text {
            ru: "текст опровержения изменён", en: "the notice's text was changed"
        },
        "notice_submitted" => Text {
            ru: "опровержение передано на проверку",
            en: "the notice went to review",
        },
        "notice_approved" => {
            Text { ru: "опровержение одобрено", en: "the notice was approved" }
        }
        "notice_published" => {
            Text { ru: "опровержение опубликовано", en: "the notice was published" }
        }
        "notice_superseded" => {
            Text { ru: "опровержение заменено", en: "the notice was superseded" }
        }
        "correction_opened" => Text {
            ru: "открыто сомнение в опровержении",
            en: "a doubt about the notice was opened",
        },
        "correction_drafted" => Text {
            ru: "предложено решение сомнения", en: "a settlement was drafted"
        },
        "correction_settled" => Text { ru: "сомнение решено", en: "the doubt was settled" },
        "appeal_received" => {
            Text { ru: "поступило возражение", en: "an objection came in" }
        }
        "appeal_decided" => {
            Text { ru: "возражение рассмотрено", en: "the objection was decided" }
        }
        other => return moved(event, other, language),
    };
    text.in_language(language).to_owned()
}

/// A change of state that has no sentence of its own.
fn moved(event: &Event, kind: &str, language: Language) -> String {
    let to = ["to", "state"].iter().find_map(|name| event.payload.get(name)?.as_str());
    let state = to.and_then(|code| code.parse::<podlinnik_domain::case::CaseState>().ok());
    match state {
        Some(state) => {
            let start = Text { ru: "дело", en: "case" }.in_language(language);
            format!("{start}: {}", state.text().in_language(language))
        }
        None => kind.replace('_', " "),
    }
}
