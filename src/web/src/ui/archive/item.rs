//! `/desk/archive/{id}`: one original, and withdrawing it.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::ArchiveItemId;
use podlinnik_domain::language::Text;
use podlinnik_domain::original::Keeping;
use podlinnik_domain::recognition::time_code;
use podlinnik_pipeline::archive::{OriginalFile, RegisterStanding};

use super::list::{KEEPERS, kind, title};
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::{Fields, Submitted};
use crate::ui::glance::Item;
use crate::ui::refusal::Refusal;
use crate::ui::shell::{Reader, Section, Shell, go_on, show, show_with};
use crate::ui::size::bytes;
use crate::ui::visitor::Visitor;
use crate::ui::wording::{brief, moment};

#[derive(Template)]
#[template(path = "archive/item.html")]
struct ItemPage {
    shell: Shell,
    refusal: Option<Refusal>,
    typed: Fields,
    file: OriginalFile,
    /// The same bytes as somebody handed them in, where they did.
    seen: Item,
    may_withdraw: bool,
    now: Timestamp,
}

impl ItemPage {
    fn title(&self) -> String {
        title(&self.file.item)
    }

    /// Kind, length, size of the picture and of the file.
    fn form(&self) -> String {
        let item = &self.file.item;
        let mut words = vec![self.shell.say(kind(item.kind)).to_owned()];
        if let Some(seconds) = item.duration_s {
            words.push(time_code(seconds));
        }
        if let (Some(width), Some(height)) = (item.width, item.height) {
            words.push(format!("{width} × {height}"));
        }
        words.push(bytes(item.size_bytes, self.shell.language));
        words.join(", ")
    }

    fn standing(&self) -> (&'static str, &'static str) {
        let (class, text) = match self.file.standing {
            RegisterStanding::Signed => ("good", Text { ru: "подпись верна", en: "the signature holds" }),
            RegisterStanding::OtherKey => (
                "warn",
                Text { ru: "подписано другим ключом", en: "signed with another key" },
            ),
            RegisterStanding::Wrong => {
                ("bad", Text { ru: "подпись не сходится", en: "the signature is wrong" })
            }
            RegisterStanding::Missing => ("bad", Text { ru: "записи нет", en: "there is no entry" }),
        };
        (class, self.shell.say(text))
    }

    /// What to do about a signature that does not hold.
    fn advice(&self) -> Option<&'static str> {
        let text = match self.file.standing {
            RegisterStanding::Signed => return None,
            RegisterStanding::OtherKey => Text {
                ru: "Подпись сделана ключом другой установки. Если архив переносили, это нормально; иначе проверьте: podlinnik archive verify.",
                en: "The signature was made with another installation's key. After a move of the archive that is as it should be; otherwise check: podlinnik archive verify.",
            },
            RegisterStanding::Wrong | RegisterStanding::Missing => Text {
                ru: "Опираться на этот оригинал нельзя. Сообщите администратору и проверьте архив: podlinnik archive verify.",
                en: "Do not rely on this original. Tell the administrator and check the archive: podlinnik archive verify.",
            },
        };
        Some(self.shell.say(text))
    }

    fn keeping(&self) -> &'static str {
        self.shell.say(match self.file.item.keeping {
            Keeping::InPlace => Text { ru: "там, где лежал", en: "where it lay" },
            Keeping::Copied => {
                Text { ru: "в хранилище сервиса", en: "in the service's store" }
            }
        })
    }

    fn added(&self) -> String {
        moment(self.file.item.added_at, self.shell.reading())
    }

    fn withdrawn(&self, at: &Timestamp) -> String {
        brief(*at, self.now, self.shell.reading())
    }

    fn by(&self) -> &str {
        self.file.added_by.as_deref().unwrap_or_else(|| self.shell.t("оператор машины", "the operator"))
    }

    fn withdrawn_by(&self) -> &str {
        self.file.withdrawn_by.as_deref().unwrap_or_else(|| self.shell.t("оператор машины", "the operator"))
    }

    /// The key that signed, as hexadecimal digits.
    fn key(&self) -> Option<String> {
        let entry = self.file.entry.as_ref()?;
        Some(entry.public_key.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// `GET /desk/archive/{id}`
pub(super) async fn page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    Id(id): Id<ArchiveItemId>,
) -> Result<Response, Problem> {
    let language = reader.language;
    show(&gather(&state, visitor, reader, id, None, Fields::default()).await?, language)
}

async fn gather(
    state: &AppState,
    visitor: Visitor,
    reader: Reader,
    id: ArchiveItemId,
    refusal: Option<Refusal>,
    typed: Fields,
) -> Result<ItemPage, Problem> {
    let file = state.service.original_file(&visitor.actor, id).await?;
    let glance = state.service.glance(&visitor.actor, file.item.sha256).await?;
    let now = state.service.clock().now();
    let shell = reader.shell(Some(visitor), Section::Library);
    let may_withdraw = shell.has(KEEPERS) && file.item.withdrawal.is_none();
    let seen = Item::new(glance, now, &shell);
    Ok(ItemPage { refusal, typed, file, seen, may_withdraw, now, shell })
}

/// `POST /desk/archive/{id}/withdraw`
pub(super) async fn withdraw(
    State(state): State<AppState>,
    reader: Reader,
    Id(id): Id<ArchiveItemId>,
    Submitted { visitor, fields }: Submitted,
) -> Result<Response, Problem> {
    match state.service.original_withdraw(&visitor.actor, id, fields.get("reason")).await {
        Ok(_) => Ok(go_on(&format!("/desk/archive/{id}"), "original_withdrawn")),
        Err(error) => {
            let problem = Problem::from(error);
            let (status, language) = (problem.status(), reader.language);
            let refusal = match problem.code() {
                ErrorCode::WrongState => Refusal::saying(
                    Text {
                        ru: "Этот оригинал уже отозван.", en: "This original was withdrawn already."
                    },
                    language,
                ),
                _ => Refusal::of(problem, language)?,
            };
            let page = gather(&state, visitor, reader, id, Some(refusal), fields).await?;
            show_with(status, &page, language)
        }
    }
}
