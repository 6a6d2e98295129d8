//! What each form of the pages is sent, complete.

use serde_json::json;

use super::bodies::Sent;
use super::things::Thing;
use crate::support::call::Form;

/// The fields of a form, without the token. `name#2` is `name` once more.
pub(crate) fn form(name: &str, thing: &Thing) -> Sent {
    let id = |name: &str| thing.get(name).to_owned();
    let tag = thing.tag.as_deref().map_or("0", |tag| tag.trim_matches('"'));
    let version = if thing.has("version") { thing.get("version") } else { tag };
    let notice = |action: &str| {
        json!({
            "version": version, "verdict": id("verdict"), "action": action, "title": "Ролик поддельный", "claim": "Объявлена эвакуация",
            "rating": "false", "body": "Эвакуации нет", "spread": "С утра в чатах", "truth": "Город живёт обычной жизнью",
            "source_title": "Администрация", "source_url": "https://admin.example/1", "no_clean_reshare": "on", "privacy": "on"
        })
    };
    let seen = || json!({ "version": version });
    let why = || json!({ "version": version, "reason": "Есть причина." });
    Sent::Json(match name {
        "POST /desk/links" => json!({"url": "http://127.0.0.1:1/again.mp4"}),
        "POST /desk/submit/form" => return Sent::Form(Form::file(b"access: handed in by the form")),
        "POST /desk/archive/new/file" => {
            return Sent::Form(
                Form::new()
                    .text("vouched_by", "Пресс-служба")
                    .with_file("speech.mp4", b"a speech for the archive"),
            );
        }
        "POST /verify/bundle" => {
            return Sent::Form(Form::new().part("name=\"bundle\"; filename=\"b.zip\"", b"PK"));
        }
        "POST /desk/archive/new" => {
            json!({"submission": id("submission"), "title": "Обращение", "vouched_by": "Пресс-служба"})
        }
        "POST /desk/views" => json!({"name": "Срочное", "query": "open=true"}),
        "POST /desk/admin/people/new" => {
            json!({"login": id("fresh"), "display_name": "Новый", "organisation": id("organisation"), "roles": "analyst"})
        }
        "POST /desk/admin/people/{id}/name" => json!({"display_name": "Другое имя"}),
        "POST /desk/admin/people/{id}/roles" => json!({"roles": "partner"}),
        "POST /desk/admin/people/{id}/keys" => json!({"label": "бот", "days": "30", "scopes": "submitter"}),
        "POST /desk/admin/organisations" => {
            json!({"code": id("fresh"), "level": "municipality", "name_ru": "Город", "name_en": "Town", "parent": id("organisation")})
        }
        "POST /desk/admin/receivers" => {
            json!({"channel": "webhook", "address": id("hook"), "regions": "RU-TVE"})
        }
        "POST /desk/admin/receivers/{id}/replay" => json!({"since": "2026-01-01T00:00"}),
        "POST /desk/admin/models/{id}/recall" | "POST /desk/archive/{id}/withdraw" => {
            json!({"reason": "Есть причина."})
        }
        "POST /desk/cases/{id}/triage" => {
            json!({"version": version, "topic": "emergency", "risk": "critical", "place": "Моршанск"})
        }
        "POST /desk/cases/{id}/park" => {
            json!({"version": version, "reason": "Ждём ответа", "wake_at": id("soon_local")})
        }
        "POST /desk/cases/{id}/notes" => json!({"text": "Звонила в пресс-службу."}),
        "POST /desk/cases/{id}/ask" => json!({
            "organisation": id("agency"), "addressee": "ГУ МЧС", "question": "Объявлялась ли эвакуация?", "due_at": id("soon_local")}),
        "POST /desk/cases/{id}/verdict" => json!({
            "version": version, "kind": "manipulated_face", "rationale": "Лицо не то.",
            "basis_kind": "learned_model", "basis_statement": "Метод нашёл следы.", "basis_link": "", "basis_sha256": "",
            "basis_kind#2": "located_original", "basis_statement#2": "Найден ролик.", "basis_link#2": "https://archive.example/1", "basis_sha256#2": ""
        }),
        "POST /desk/cases/{id}/break-glass" => {
            json!({"verdict": id("verdict"), "ground": "located_original", "reason": "Людей уже вывозят."})
        }
        "POST /desk/verdicts/{id}/second-look" => {
            json!({"kind": "manipulated_face", "rationale": "Видна граница."})
        }
        "POST /desk/verdicts/{id}/return"
        | "POST /desk/cases/{id}/unclaim"
        | "POST /desk/notices/{id}/doubt"
        | "POST /desk/copies/{id}/confirm"
        | "POST /desk/copies/{id}/reject" => why(),
        "POST /desk/cases/{case}/notice" | "POST /desk/notices/{id}" => notice("save"),
        "POST /desk/cases/{case}/notice/preview"
        | "POST /desk/notices/{id}/preview"
        | "POST /desk/cases/{case}/notice/card"
        | "POST /desk/notices/{id}/card"
        | "POST /desk/corrections/{id}/difference" => notice("preview"),
        "POST /desk/corrections/{id}" => {
            json!({"version": version, "action": "save", "kind": "retraction", "statement": "Мы ошиблись."})
        }
        "POST /desk/appeals/{id}" => json!({"granted": "no", "reason": "Проверено ещё раз."}),
        "POST /desk/inquiries/{id}" => {
            json!({"outcome": "denies", "statement": "Эвакуация не объявлялась.", "name": "А. Петров, дежурный"})
        }
        "POST /desk/account/password" => {
            json!({"old_password": "не тот пароль вовсе", "new_password": "пять совсем других слов", "repeated": "пять совсем других слов"})
        }
        "POST /desk/account/second-factor" | "POST /desk/account/second-factor/remove" => {
            json!({"password": "не тот пароль вовсе"})
        }
        "POST /desk/account/second-factor/confirm" => json!({"code": "000000", "key": "ABCDEFGH"}),
        "POST /desk/account/keys" => json!({"label": "мой", "days": "30", "scopes": "submitter"}),
        "POST /desk/account/keys/{id}/rotate" => json!({"days": "30"}),
        "POST /notices/{id}/appeal" => json!({"statement": "На записи я, и она подлинная."}),
        "POST /sign-in" => json!({"login": "nobody-at-all", "password": "не тот пароль вовсе"}),
        "POST /link/{secret}" => {
            json!({"password": "пять совсем других слов", "repeated": "пять совсем других слов"})
        }
        _ => seen(),
    })
}
