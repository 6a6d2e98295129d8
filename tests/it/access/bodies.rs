//! What each interface is sent: complete, so that only who asks decides.

use serde_json::{Value, json};

use super::things::Thing;
use crate::api_decisions::proposal;
use crate::api_publication::words;
use crate::support::call::Form;

/// What goes along with a request.
#[derive(Debug)]
pub(crate) enum Sent {
    Nothing,
    Json(Value),
    Form(Form),
    Bytes(&'static str, Vec<u8>),
}

/// The body and the query of an operation.
pub(crate) fn body(name: &str, thing: &Thing) -> (Sent, &'static str) {
    let id = |name: &str| thing.get(name).to_owned();
    let value = match name {
        "POST /api/v1/appeals/{id}/decision" => json!({"granted": false, "reason": "Проверено ещё раз."}),
        "POST /api/v1/archive" => {
            json!({"submission": id("submission"), "title": "Обращение", "vouched_by": "Пресс-служба"})
        }
        "POST /api/v1/archive/{id}/withdrawal"
        | "POST /api/v1/notes/{id}/withdrawal"
        | "POST /api/v1/verdicts/{id}/return"
        | "POST /api/v1/copy-matches/{id}/confirmation"
        | "POST /api/v1/copy-matches/{id}/rejection"
        | "POST /api/v1/cases/{id}/unclaim"
        | "POST /api/v1/notices/{id}/corrections" => json!({"reason": "Есть причина."}),
        "POST /api/v1/cases/{id}/inquiries" => json!({
            "organisation": id("agency"), "addressee": "ГУ МЧС", "question": "Объявлялась ли эвакуация?", "due_at": id("soon")}),
        "POST /api/v1/cases/{id}/notes" => json!({"text": "Звонила в пресс-службу."}),
        "POST /api/v1/cases/{id}/parking" => json!({"reason": "Ждём ответа", "wake_at": id("soon")}),
        "PUT /api/v1/cases/{id}/triage" => {
            json!({"topic": "emergency", "risk": "critical", "place": "Моршанск"})
        }
        "POST /api/v1/cases/{id}/verdicts" => proposal("manipulated_face"),
        "PUT /api/v1/corrections/{id}/draft" => retraction(),
        "POST /api/v1/inquiries/{id}/answer" => answer(),
        "POST /api/v1/links" => json!({"url": "http://127.0.0.1:1/new.mp4", "refresh": true}),
        "PUT /api/v1/notices/{id}" | "POST /api/v1/verdicts/{id}/notices" => words(),
        "POST /notices/{id}/appeals" => json!({"statement": "На записи я, и она подлинная."}),
        "POST /api/v1/organisations" => {
            json!({"code": id("fresh"), "level": "municipality", "name_ru": "Город", "name_en": "Town", "parent": id("organisation")})
        }
        "POST /api/v1/receivers" => json!({"address": id("hook"), "regions": ["RU-TVE"]}),
        "POST /api/v1/receivers/{id}/replay" => json!({"since": "2026-01-01T00:00:00Z"}),
        "POST /api/v1/tokens/{id}/rotation" => json!({}),
        "POST /api/v1/users" => {
            json!({"organisation": id("organisation"), "login": id("fresh"), "display_name": "Новый", "roles": ["analyst"]})
        }
        "PATCH /api/v1/users/{id}" => json!({"display_name": "Другое имя"}),
        "POST /api/v1/users/{id}/tokens" => json!({"label": "бот"}),
        "POST /api/v1/verdicts/{id}/break-glass" => {
            json!({"ground": "located_original", "reason": "Людей уже вывозят."})
        }
        "POST /api/v1/verdicts/{id}/second-look" => {
            json!({"kind": "manipulated_face", "rationale": "Видна граница."})
        }
        "PUT /api/v1/views" => json!({"name": "Срочное", "query": "open=true"}),
        _ => return other(name, thing),
    };
    (Sent::Json(value), "")
}

/// How a doubt is settled.
pub(crate) fn retraction() -> Value {
    json!({"kind": "retraction", "statement": "Мы ошиблись."})
}

/// What an agency answers.
pub(crate) fn answer() -> Value {
    json!({"name": "А. Петров, дежурный", "outcome": "denies", "statement": "Эвакуация не объявлялась."})
}

fn other(name: &str, thing: &Thing) -> (Sent, &'static str) {
    let photo = || Form::new().part("name=\"photo\"; filename=\"x.png\"", b"PHOTO 1");
    match name {
        "POST /api/v1/submissions" => (Sent::Form(Form::file(b"access: handed in")), ""),
        "PATCH /api/v1/uploads/{id}" => {
            (Sent::Bytes("application/offset+octet-stream", b"half".to_vec()), "")
        }
        "POST /inquiries/{secret}" => (
            Sent::Bytes(
                "application/x-www-form-urlencoded",
                b"name=A&outcome=denies&statement=No&link=".to_vec(),
            ),
            "",
        ),
        "POST /hma/h/hash" | "POST /hma/m/lookup" => (Sent::Form(photo()), ""),
        "POST /api/v1/lookup/signature" => (Sent::Bytes("application/octet-stream", thing.signature()), ""),
        "GET /api/v1/lookup" => (Sent::Nothing, "?prefix=00000"),
        "GET /api/v1/lookup/pdq" => {
            (Sent::Nothing, "?hash=f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22")
        }
        "GET /hma/m/lookup" | "GET /hma/m/raw_lookup" => (
            Sent::Nothing,
            "?signal_type=pdq&signal=f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22",
        ),
        "GET /hma/h/hash" => (Sent::Nothing, "?url=https://example.org/x.png"),
        "GET /api/v1/notices/{id}/difference" => (Sent::Nothing, "?from=1&to=1"),
        "GET /api/v1/board"
        | "GET /api/v1/cases"
        | "GET /api/v1/submissions"
        | "GET /api/v1/appeals"
        | "GET /api/v1/copy-matches"
        | "GET /api/v1/archive"
        | "GET /api/v1/series" => (Sent::Nothing, "?limit=100"),
        "GET /api/v1/situation" | "GET /api/v1/situation.csv" | "GET /api/v1/situation.pdf" => {
            (Sent::Nothing, "")
        }
        _ => (Sent::Nothing, ""),
    }
}
