//! `GET /desk/archive`

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::language::Text;
use podlinnik_domain::media::MediaKind;
use podlinnik_domain::original::ArchiveItem;
use podlinnik_domain::people::Role;
use podlinnik_domain::recognition::time_code;

use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::Fields;
use crate::ui::shell::{Reader, Section, Shell, show};
use crate::ui::visitor::{Visitor, encoded};
use crate::ui::wording::brief;

/// Originals on a page.
const PAGE: u32 = 50;
/// Who adds and withdraws.
pub(super) const KEEPERS: &[Role] = &[Role::Analyst, Role::Editor, Role::Approver];

#[derive(Template)]
#[template(path = "archive/list.html")]
struct ListPage {
    shell: Shell,
    asked: Fields,
    items: Vec<ArchiveItem>,
    more: Option<String>,
    later: bool,
    may_add: bool,
    now: Timestamp,
}

/// What an original is called: its title, else the name of its file.
pub(in crate::ui) fn title(item: &ArchiveItem) -> String {
    match &item.attribution.title {
        Some(title) => title.clone(),
        None => item.path.rsplit(['/', '\\']).next().unwrap_or_default().chars().take(80).collect(),
    }
}

/// A kind of media in words.
pub(super) const fn kind(kind: MediaKind) -> Text {
    match kind {
        MediaKind::Image => Text { ru: "снимок", en: "picture" },
        MediaKind::Animation => Text { ru: "анимация", en: "animation" },
        MediaKind::Video => Text { ru: "видео", en: "video" },
        MediaKind::Audio => Text { ru: "звук", en: "sound" },
    }
}

impl ListPage {
    fn title(&self, item: &ArchiveItem) -> String {
        title(item)
    }

    fn kind(&self, item: &ArchiveItem) -> String {
        let kind = self.shell.say(kind(item.kind));
        match item.duration_s {
            Some(seconds) => format!("{kind}, {}", time_code(seconds)),
            None => kind.to_owned(),
        }
    }

    fn added(&self, item: &ArchiveItem) -> String {
        brief(item.added_at, self.now, self.shell.reading())
    }

    fn searched(&self) -> bool {
        !self.asked.get("q").is_empty()
    }
}

pub(super) async fn list(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = Fields::parse(query.unwrap_or_default().as_bytes())?;
    let before: Option<u64> = asked.get("before").parse().ok();
    let withdrawn_too = asked.ticked("withdrawn");
    let search: String = asked.get("q").chars().take(200).collect();
    let found = state.service.originals_search(&visitor.actor, &search, withdrawn_too, before, PAGE).await?;
    let more = found.next.map(|next| {
        let withdrawn = if withdrawn_too { "&withdrawn=yes" } else { "" };
        format!("/desk/archive?q={}{withdrawn}&before={next}", encoded(&search))
    });
    let shell = reader.shell(Some(visitor), Section::Library);
    let language = shell.language;
    let page = ListPage {
        may_add: shell.has(KEEPERS),
        asked,
        items: found.items,
        more,
        later: before.is_some(),
        now: state.service.clock().now(),
        shell,
    };
    show(&page, language)
}
