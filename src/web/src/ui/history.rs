//! The append-only history in words.

use std::collections::BTreeMap;

use podlinnik_domain::case::CaseState;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::{Event, SubjectKind};
use podlinnik_domain::id::UserId;
use podlinnik_domain::language::{Language, Text};
use podlinnik_domain::people::Role;

use super::wording::{brief, moment};
use super::zone::Reading;
use crate::problem::Problem;
use crate::state::AppState;

/// Kinds of event with their words, by subject.
pub(super) const KINDS: &[(&str, Text)] = &[
    ("organisation_created", Text { ru: "заведена организация", en: "organisation added" }),
    ("user_created", Text { ru: "заведена учётная запись", en: "account made" }),
    ("user_renamed", Text { ru: "изменено имя", en: "name changed" }),
    ("roles_changed", Text { ru: "изменены роли", en: "roles changed" }),
    ("user_disabled", Text { ru: "учётная запись закрыта", en: "account closed" }),
    ("user_enabled", Text { ru: "учётная запись снова открыта", en: "account open again" }),
    ("sign_in_link_made", Text { ru: "выдана одноразовая ссылка", en: "sign-in link made" }),
    ("sign_in_link_used", Text { ru: "использована одноразовая ссылка", en: "sign-in link used" }),
    ("password_set", Text { ru: "задан пароль", en: "password set" }),
    ("second_factor_on", Text { ru: "включён второй фактор", en: "second factor on" }),
    ("second_factor_off", Text { ru: "выключен второй фактор", en: "second factor off" }),
    ("token_created", Text { ru: "выпущен ключ", en: "key issued" }),
    ("token_rotated", Text { ru: "ключ сменён", en: "key rotated" }),
    ("token_revoked", Text { ru: "ключ отозван", en: "key revoked" }),
    ("submission_received", Text { ru: "прислан материал", en: "item handed in" }),
    ("submission_accepted", Text { ru: "материал принят", en: "item accepted" }),
    ("submission_rejected", Text { ru: "материал отклонён", en: "item rejected" }),
    ("fetch_asked", Text { ru: "прислана ссылка", en: "link handed in" }),
    ("fetch_done", Text { ru: "файл скачан по ссылке", en: "file fetched from a link" }),
    ("fetch_failed", Text { ru: "скачать по ссылке не удалось", en: "link could not be fetched" }),
    ("fetch_given_up", Text { ru: "скачивание прекращено", en: "fetching given up" }),
    ("fetch_revived", Text { ru: "скачивание возобновлено", en: "fetching queued again" }),
    ("fetch_cancelled", Text { ru: "скачивание отменено", en: "fetching cancelled" }),
    ("analysis_queued", Text { ru: "анализ поставлен в очередь", en: "analysis queued" }),
    ("analysis_done", Text { ru: "анализ готов", en: "analysis done" }),
    ("analysis_partial", Text { ru: "анализ готов частично", en: "analysis done in part" }),
    ("analysis_refused", Text { ru: "файл не прочитан", en: "the file could not be read" }),
    (
        "analysis_dead",
        Text {
            ru: "анализ заброшен после всех попыток", en: "analysis given up"
        },
    ),
    ("analysis_revived", Text { ru: "анализ снова в очереди", en: "analysis queued again" }),
    (
        "preview_removed",
        Text {
            ru: "запись для просмотра удалена по правилам хранения; её отпечаток остаётся, сама она делается заново по запросу",
            en: "preview removed under the retention rules; its digest stays, and it is made anew on request",
        },
    ),
    ("case_opened", Text { ru: "дело открыто", en: "case opened" }),
    ("case_moved", Text { ru: "дело перешло в другое состояние", en: "case moved on" }),
    ("case_triaged", Text { ru: "дело разобрано", en: "case sorted" }),
    ("case_claimed", Text { ru: "дело взято в работу", en: "case taken on" }),
    ("case_unclaimed", Text { ru: "дело освобождено", en: "case given back" }),
    ("case_parked", Text { ru: "дело отложено", en: "case parked" }),
    ("case_woken", Text { ru: "дело снова в работе", en: "case taken up again" }),
    ("case_reanalysed", Text { ru: "назначен новый анализ", en: "a new analysis was asked for" }),
    ("note_added", Text { ru: "добавлена заметка", en: "note added" }),
    ("note_withdrawn", Text { ru: "заметка снята", en: "note withdrawn" }),
    ("verdict_proposed", Text { ru: "предложен вердикт", en: "verdict proposed" }),
    (
        "verdict_agreed",
        Text {
            ru: "второй аналитик пришёл к тому же", en: "the second analyst came to the same"
        },
    ),
    (
        "verdict_disputed",
        Text {
            ru: "второй аналитик не согласен", en: "the second analyst disagrees"
        },
    ),
    ("verdict_approved", Text { ru: "вердикт утверждён", en: "verdict approved" }),
    ("verdict_returned", Text { ru: "вердикт возвращён", en: "verdict sent back" }),
    (
        "verdict_released",
        Text {
            ru: "вердикт выпущен до второго взгляда", en: "verdict released before its second look"
        },
    ),
    ("verdict_superseded", Text { ru: "вердикт заменён новой ревизией", en: "verdict superseded" }),
    ("inquiry_asked", Text { ru: "отправлен запрос ведомству", en: "an agency was asked" }),
    ("inquiry_answered", Text { ru: "ведомство ответило", en: "the agency answered" }),
    ("inquiry_reminded", Text { ru: "отправлено напоминание", en: "the agency was reminded" }),
    ("inquiry_withdrawn", Text { ru: "запрос отозван", en: "the question was withdrawn" }),
    ("notice_drafted", Text { ru: "написан черновик опровержения", en: "notice drafted" }),
    ("notice_revised", Text { ru: "текст опровержения изменён", en: "text of the notice changed" }),
    (
        "notice_submitted",
        Text {
            ru: "опровержение передано на проверку", en: "notice handed to review"
        },
    ),
    ("notice_approved", Text { ru: "опровержение одобрено", en: "notice approved" }),
    ("notice_published", Text { ru: "опровержение опубликовано", en: "notice published" }),
    ("notice_superseded", Text { ru: "опровержение заменено", en: "notice superseded" }),
    (
        "correction_opened",
        Text {
            ru: "открыто сомнение в опровержении", en: "doubt about a notice opened"
        },
    ),
    ("correction_drafted", Text { ru: "предложено решение сомнения", en: "settlement drafted" }),
    ("correction_settled", Text { ru: "сомнение решено", en: "doubt settled" }),
    ("appeal_received", Text { ru: "поступило возражение", en: "objection received" }),
    ("appeal_decided", Text { ru: "возражение рассмотрено", en: "objection decided" }),
    ("receiver_created", Text { ru: "добавлен получатель", en: "receiver added" }),
    ("receiver_disabled", Text { ru: "получатель отключён", en: "receiver switched off" }),
    ("receiver_enabled", Text { ru: "получатель включён", en: "receiver switched on" }),
    ("delivery_queued", Text { ru: "сообщение поставлено в очередь", en: "message queued" }),
    ("delivery_delivered", Text { ru: "сообщение доставлено", en: "message delivered" }),
    ("delivery_given_up", Text { ru: "доставка прекращена", en: "message given up" }),
    ("delivery_revived", Text { ru: "доставка возобновлена", en: "message queued again" }),
    (
        "delivery_replayed",
        Text {
            ru: "сообщение отправляется повторно", en: "message sent once more"
        },
    ),
    ("archive_item_added", Text { ru: "добавлен оригинал", en: "original added" }),
    ("archive_item_withdrawn", Text { ru: "оригинал отозван", en: "original withdrawn" }),
    ("copy_match_suggested", Text { ru: "замечена похожая запись", en: "similar item noticed" }),
    ("copy_match_confirmed", Text { ru: "копия подтверждена", en: "copy confirmed" }),
    ("copy_match_rejected", Text { ru: "копия отклонена", en: "copy rejected" }),
    ("series_founded", Text { ru: "замечена серия", en: "series noticed" }),
    ("series_grown", Text { ru: "серия выросла", en: "series grown" }),
    ("series_merged", Text { ru: "две серии объединены", en: "two series became one" }),
];

/// What happened; the code itself where it has no words yet.
pub(super) fn what(kind: &str, language: Language) -> String {
    match KINDS.iter().find(|(code, _)| *code == kind) {
        Some((_, text)) => text.in_language(language).to_owned(),
        None => kind.replace('_', " "),
    }
}

/// What happened, with the state that a case came to, and the roles where it was about them.
fn told(event: &Event, language: Language) -> String {
    let what = what(&event.kind, language);
    let to = || ["to", "state"].iter().find_map(|name| event.payload.get(name)?.as_str());
    if event.kind == "case_moved"
        && let Some(state) = to().and_then(|code| code.parse::<CaseState>().ok())
    {
        return format!(
            "{}: {}",
            subject(SubjectKind::Case).in_language(language),
            state.text().in_language(language)
        );
    }
    if event.kind != "roles_changed" {
        return what;
    }
    let roles = |name: &str| {
        let codes = event.payload.get(name).and_then(|roles| roles.as_array()).into_iter().flatten();
        let named = codes.filter_map(|code| code.as_str()?.parse::<Role>().ok());
        named.map(|role| role.text().in_language(language)).collect::<Vec<_>>().join(", ")
    };
    let (before, after) = (roles("before"), roles("roles"));
    match language {
        Language::Russian => format!("{what}: были {before}; стали {after}"),
        Language::English => format!("{what}: from {before} to {after}"),
    }
}

/// What an event is about, in words.
pub(super) const fn subject(kind: SubjectKind) -> Text {
    match kind {
        SubjectKind::Organisation => Text { ru: "организация", en: "organisation" },
        SubjectKind::User => Text { ru: "учётная запись", en: "account" },
        SubjectKind::Token => Text { ru: "ключ", en: "key" },
        SubjectKind::Submission => Text { ru: "присланный материал", en: "submission" },
        SubjectKind::Analysis => Text { ru: "анализ", en: "analysis" },
        SubjectKind::Case => Text { ru: "дело", en: "case" },
        SubjectKind::Verdict => Text { ru: "вердикт", en: "verdict" },
        SubjectKind::Notice => Text { ru: "опровержение", en: "notice" },
        SubjectKind::Receiver | SubjectKind::Webhook => Text { ru: "получатель", en: "receiver" },
        SubjectKind::Delivery => Text { ru: "сообщение", en: "message" },
        SubjectKind::ArchiveItem => Text { ru: "оригинал", en: "original" },
        SubjectKind::CopyMatch => Text { ru: "совпадение", en: "match" },
        SubjectKind::Series => Text { ru: "серия", en: "series" },
        SubjectKind::Inquiry => Text { ru: "запрос ведомству", en: "question" },
        SubjectKind::Appeal => Text { ru: "возражение", en: "objection" },
        SubjectKind::Fetch => Text { ru: "ссылка", en: "link" },
        SubjectKind::Note => Text { ru: "заметка", en: "note" },
    }
}

/// The page of what an event is about, where there is one.
pub(super) fn address(kind: SubjectKind, id: &str) -> Option<String> {
    let folder = match kind {
        SubjectKind::User => "/desk/admin/people",
        SubjectKind::Case => "/desk/cases",
        SubjectKind::Notice => "/desk/notices",
        SubjectKind::Receiver => "/desk/admin/receivers",
        SubjectKind::ArchiveItem => "/desk/archive",
        SubjectKind::CopyMatch => "/desk/copies",
        SubjectKind::Series => "/desk/series",
        _ => return None,
    };
    Some(format!("{folder}/{id}"))
}

/// Everybody's names.
#[derive(Debug, Clone, Default)]
pub(super) struct Names(BTreeMap<UserId, String>);

impl Names {
    pub(super) async fn load(state: &AppState) -> Result<Self, Problem> {
        let users = state.service.users(None).await?;
        Ok(Self(users.into_iter().map(|user| (user.id, user.display_name)).collect()))
    }

    /// The name as shown; a dash for somebody who is not known here.
    pub(super) fn name(&self, id: UserId) -> String {
        self.0.get(&id).cloned().unwrap_or_else(|| "—".to_owned())
    }

    /// Who did it; nobody is the service itself.
    pub(super) fn who(&self, actor: Option<UserId>, language: Language) -> String {
        match actor {
            Some(actor) => self.0.get(&actor).cloned().unwrap_or_else(|| actor.to_string()),
            None => Text { ru: "сервис", en: "the service" }.in_language(language).to_owned(),
        }
    }
}

/// A line of the history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) sequence: u64,
    pub(super) when: String,
    pub(super) whole: String,
    pub(super) at: Timestamp,
    pub(super) who: String,
    pub(super) what: String,
    pub(super) subject: &'static str,
    pub(super) subject_id: String,
    pub(super) address: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) hash: String,
    /// The facts, as JSON.
    pub(super) facts: String,
}

/// Lines in the order of `events`.
pub(super) fn lines(events: &[Event], names: &Names, now: Timestamp, reading: Reading) -> Vec<Line> {
    let language = reading.language;
    events
        .iter()
        .map(|event| Line {
            sequence: event.sequence,
            when: brief(event.at, now, reading),
            whole: moment(event.at, reading),
            at: event.at,
            who: names.who(event.actor, language),
            what: told(event, language),
            subject: subject(event.subject_kind).in_language(language),
            address: address(event.subject_kind, &event.subject_id),
            subject_id: event.subject_id.clone(),
            reason: event.reason.clone(),
            hash: event.hash.to_string(),
            facts: serde_json::to_string_pretty(&event.payload).unwrap_or_default(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// Every kind that a statement writes has words: `kind: "…"` in the statements, and the kinds chosen by an expression.
    #[test]
    fn every_kind_has_words() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../storage/statements");
        let mut seen = 0;
        for entry in fs::read_dir(folder).unwrap() {
            let text = fs::read_to_string(entry.unwrap().path()).unwrap();
            for (_, rest) in text.match_indices("kind: \"").map(|(at, mark)| (at, &text[at + mark.len()..])) {
                let kind = rest.split('"').next().unwrap();
                assert!(KINDS.iter().any(|(code, _)| *code == kind), "`{kind}` has no words");
                seen += 1;
            }
        }
        assert!(seen > 20, "only {seen} kinds were found");
    }

    #[test]
    fn words_are_in_both_languages_and_kinds_are_unique() {
        let mut codes: Vec<_> = KINDS.iter().map(|(code, _)| *code).collect();
        codes.sort_unstable();
        codes.dedup();
        assert_eq!(codes.len(), KINDS.len());
        for (code, text) in KINDS {
            assert!(
                text.ru.chars().any(|letter| ('а'..='я').contains(&letter)) && text.en.is_ascii(),
                "{code}"
            );
        }
        assert_eq!(what("never_seen", Language::English), "never seen");
    }
}
