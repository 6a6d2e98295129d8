//! `/desk/admin/storage`: what is kept and how much room is left; which parts of the service work.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::language::Text;
use podlinnik_pipeline::administration::{Machine, Part, PartState};
use podlinnik_pipeline::record::Volume;

use super::frame::{Place, Tab, admit, tabs};
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::shell::{Reader, Section, Shell, show};
use crate::ui::size::bytes;
use crate::ui::visitor::Visitor;
use crate::ui::wording::{count, grouped, moment};

/// Less room than this is worth a word, in bytes.
const LITTLE_ROOM: u64 = 5_000_000_000;

#[derive(Template)]
#[template(path = "admin/storage.html")]
struct StoragePage {
    shell: Shell,
    tabs: Vec<Tab>,
    machine: Machine,
    as_of: String,
}

impl StoragePage {
    fn size(&self, size: &u64) -> String {
        bytes(*size, self.shell.language)
    }

    fn number(&self, number: &u64) -> String {
        grouped(*number)
    }

    fn files(&self, volume: &Volume) -> String {
        count(volume.count, ["файл", "файла", "файлов"], ["file", "files"], self.shell.language)
    }

    fn has_little_room(&self) -> bool {
        self.machine.room.is_some_and(|room| room.free_bytes < LITTLE_ROOM)
    }

    fn name(&self, part: &Part) -> &'static str {
        self.shell.say(match part {
            Part::Database => Text { ru: "База данных", en: "Database" },
            Part::Blobs => Text { ru: "Хранилище файлов", en: "Files" },
            Part::Analyser => {
                Text { ru: "Анализ в этом процессе", en: "Analysis in this process" }
            }
            Part::Archive => Text { ru: "Архив оригиналов", en: "Archive of originals" },
            Part::Tracer => Text { ru: "Поиск оригиналов", en: "Search for originals" },
            Part::Log => Text { ru: "Журнал прозрачности", en: "Transparency log" },
            Part::Mail => Text { ru: "Почта", en: "Mail" },
            Part::Telegram => Text { ru: "Telegram", en: "Telegram" },
        })
    }

    fn state(&self, part: &Part, state: &PartState) -> (&'static str, &'static str) {
        let (class, text) = match (state, part) {
            (PartState::Works, _) => ("good", Text { ru: "работает", en: "works" }),
            (PartState::Fails, _) => ("bad", Text { ru: "не отвечает", en: "does not answer" }),
            (PartState::Absent, Part::Mail | Part::Telegram) => {
                ("", Text { ru: "не настроено", en: "not set up" })
            }
            (PartState::Absent, _) => ("", Text { ru: "в другом процессе", en: "in another process" }),
        };
        (class, self.shell.say(text))
    }

    /// What to do about a part that does not work.
    fn advice(&self, part: &Part, state: &PartState) -> Option<&'static str> {
        let text = match (state, part) {
            (PartState::Fails, Part::Database) => Text {
                ru: "Проверьте, запущена ли база и та ли это версия: podlinnik doctor.",
                en: "Is the database running, and of this version? podlinnik doctor tells.",
            },
            (PartState::Fails, _) => Text {
                ru: "Папка данных недоступна для записи: проверьте место и права, podlinnik doctor подскажет.",
                en: "The data folder cannot be written to: check room and rights, podlinnik doctor tells.",
            },
            (PartState::Absent, Part::Mail) => Text {
                ru: "Включается ключами --smtp и --mail-from.",
                en: "Set up with --smtp and --mail-from.",
            },
            (PartState::Absent, Part::Telegram) => Text {
                ru: "Включается ключом --telegram-token.",
                en: "Set up with --telegram-token.",
            },
            _ => return None,
        };
        Some(self.shell.say(text))
    }
}

/// `GET /desk/admin/storage`
pub(super) async fn page(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
) -> Result<Response, Problem> {
    admit(&visitor)?;
    let machine = state.service.machine(&visitor.actor).await?;
    let now = state.service.clock().now();
    let shell = reader.shell(Some(visitor), Section::Admin);
    let language = shell.language;
    let as_of = moment(now, shell.reading());
    show(&StoragePage { tabs: tabs(&shell, Place::Storage), machine, as_of, shell }, language)
}
