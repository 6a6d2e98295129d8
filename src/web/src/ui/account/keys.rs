//! API keys of one's own: made, rotated, revoked. A secret is shown once, on the page that answers.

use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::id::TokenId;
use podlinnik_domain::language::Text;
use podlinnik_domain::people::Role;
use podlinnik_pipeline::KeyWish;
use podlinnik_pipeline::record::KeyRecord;

use super::page::{Part, again};
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::{Fields, Submitted};
use crate::ui::once::{OncePage, Shown};
use crate::ui::shell::{Reader, Section, go_on};
use crate::ui::wording::{brief, date};
use crate::ui::zone::Reading;

/// A key in a list.
#[derive(Debug, Clone)]
pub(in crate::ui) struct KeyLine {
    pub(in crate::ui) id: String,
    pub(in crate::ui) label: String,
    /// What it may do.
    pub(in crate::ui) scopes: String,
    pub(in crate::ui) made: String,
    pub(in crate::ui) ends: Option<String>,
    /// Stops working, or has.
    pub(in crate::ui) is_live: bool,
    pub(in crate::ui) revoked: Option<String>,
    pub(in crate::ui) used: Option<String>,
    pub(in crate::ui) limits: Vec<String>,
}

impl KeyLine {
    pub(in crate::ui) fn new(key: KeyRecord, now: Timestamp, reading: Reading) -> Self {
        let language = reading.language;
        let limit = |number: Option<u32>, text: Text| {
            number.map(|number| format!("{number} {}", text.in_language(language)))
        };
        Self {
            is_live: key.is_live(now),
            id: key.id.to_string(),
            scopes: match &key.scopes {
                Some(roles) => {
                    roles.iter().map(|role| role.text().in_language(language)).collect::<Vec<_>>().join(", ")
                }
                None => Text { ru: "все роли владельца", en: "all roles of its owner" }
                    .in_language(language)
                    .to_owned(),
            },
            made: date(key.created_at, reading),
            ends: key.expires_at.map(|end| date(end, reading)),
            revoked: key.revoked_at.map(|at| brief(at, now, reading)),
            used: key.used_at.map(|at| brief(at, now, reading)),
            limits: [
                limit(key.rate_per_minute, Text { ru: "запросов в минуту", en: "requests a minute" }),
                limit(key.quota_per_day, Text { ru: "материалов в сутки", en: "submissions a day" }),
            ]
            .into_iter()
            .flatten()
            .collect(),
            label: key.label,
        }
    }
}

/// What the form asks for.
pub(in crate::ui) fn wish(fields: &Fields) -> Result<KeyWish, Problem> {
    let scopes: Vec<Role> = fields.all("scopes").filter_map(|code| code.parse().ok()).collect();
    if scopes.is_empty() {
        return Err(Problem::field("scopes", "at least one role"));
    }
    Ok(KeyWish {
        label: fields.get("label").to_owned(),
        days: fields.optional("days", "1 to 3650 days")?,
        scopes: Some(scopes),
        rate_per_minute: fields.optional("rate_per_minute", "a whole number above zero")?,
        quota_per_day: fields.optional("quota_per_day", "a whole number above zero")?,
    })
}

/// What stands beside the secret of a key.
pub(in crate::ui) const KEY_ONCE: Shown = Shown {
    title: Text { ru: "Новый ключ", en: "New key" },
    label: Text { ru: "Секрет ключа", en: "Secret of the key" },
    advice: Text {
        ru: "Скопируйте его сейчас: больше он не покажется, сервис хранит только его хеш. Храните ключ как пароль. Программы передают его в заголовке Authorization: Bearer.",
        en: "Copy it now: it is not shown again, the service keeps only its hash. Keep the key like a password. Programs send it in the header Authorization: Bearer.",
    },
};

/// `POST /desk/account/keys`
pub(super) async fn issue(
    State(state): State<AppState>,
    reader: Reader,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let actor = &visitor.actor;
    let issued = match wish(&fields) {
        Ok(wish) => state.service.key_issue(Some(actor), actor.user.id, wish).await.map_err(Problem::from),
        Err(problem) => Err(problem),
    };
    match issued {
        Ok(issued) => {
            let shell = reader.shell(Some(visitor), Section::Account);
            OncePage::new(shell, &KEY_ONCE, issued.secret, "/desk/account#keys").answer()
        }
        Err(problem) => again(&state, visitor, reader, Part::Keys, problem, fields).await,
    }
}

/// `POST /desk/account/keys/{id}/rotate`
pub(super) async fn rotate(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<TokenId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    let days = fields.optional("days", "1 to 3650 days")?;
    match state.service.key_rotate(Some(&visitor.actor), id, days).await {
        Ok(issued) => {
            let shell = reader.shell(Some(visitor), Section::Account);
            OncePage::new(shell, &KEY_ONCE, issued.secret, "/desk/account#keys").answer()
        }
        Err(error) => again(&state, visitor, reader, Part::Keys, error.into(), Fields::default()).await,
    }
}

/// `POST /desk/account/keys/{id}/revoke`
pub(super) async fn revoke(
    State(state): State<AppState>,
    Id(id): Id<TokenId>,
    Submitted { visitor, .. }: Submitted,
) -> Result<Response, Problem> {
    state.service.token_revoke(Some(&visitor.actor), id).await?;
    Ok(go_on("/desk/account#keys", "key_revoked"))
}
