//! `/desk/notices/{id}/history`: every version, who wrote it, and what differs between two of them, word by word.

use askama::Template;
use axum::extract::{RawQuery, State};
use axum::response::Response;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::id::{NoticeId, UserId};
use podlinnik_domain::notice::ClaimRating;
use podlinnik_report::difference::{FieldDifference, NoticeField, PieceKind, difference};

use super::page::Standing;
use super::words::field_name;
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::form::Fields;
use crate::ui::history::Names;
use crate::ui::shell::{Reader, Section, Shell, show};
use crate::ui::visitor::Visitor;
use crate::ui::wording::moment;

/// A piece of a text that is the same, went, or came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ui) struct ShownPiece {
    kind: PieceKind,
    pub(in crate::ui) text: String,
}

impl ShownPiece {
    pub(in crate::ui) fn is_deleted(&self) -> bool {
        self.kind == PieceKind::Deleted
    }

    pub(in crate::ui) fn is_inserted(&self) -> bool {
        self.kind == PieceKind::Inserted
    }
}

/// A field that differs, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::ui) struct ShownDifference {
    pub(in crate::ui) field: &'static str,
    pub(in crate::ui) pieces: Vec<ShownPiece>,
}

/// Differences in the reader's language: codes of ratings and attestations become words.
pub(in crate::ui) fn shown(differences: Vec<FieldDifference>, shell: &Shell) -> Vec<ShownDifference> {
    let piece = |field: NoticeField, kind: PieceKind, text: String| {
        let text = match field {
            NoticeField::Rating => {
                text.parse::<ClaimRating>().map_or(text, |rating| shell.say(rating.text()).to_owned())
            }
            NoticeField::Attested => text
                .replace(
                    "no_clean_reshare",
                    shell.t("нельзя переслать как подлинное", "not fit for sharing on"),
                )
                .replace("privacy", shell.t("нет лишних личных данных", "no needless personal data")),
            _ => text,
        };
        ShownPiece { kind, text }
    };
    let differences = differences.into_iter().map(|one| ShownDifference {
        field: shell.say(field_name(one.field.code())),
        pieces: one.pieces.into_iter().map(|each| piece(one.field, each.kind, each.text)).collect(),
    });
    differences.collect()
}

#[derive(Template)]
#[template(path = "notice_history.html")]
struct HistoryPage {
    shell: Shell,
    standing: Standing,
    from: u32,
    to: u32,
    differences: Vec<ShownDifference>,
    people: Names,
}

pub(super) async fn history(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    Id(id): Id<NoticeId>,
    RawQuery(query): RawQuery,
) -> Result<Response, Problem> {
    let asked = Fields::parse(query.as_deref().unwrap_or_default().as_bytes())?;
    let standing = Standing::load(&state, &visitor.actor, id).await?;
    let latest = standing.notice.version;
    let number = |name: &str, otherwise: u32| {
        let asked = asked.get(name).parse().unwrap_or(otherwise);
        if standing.versions.iter().any(|one| one.version == asked) { asked } else { otherwise }
    };
    let to = number("to", latest);
    let from = number("from", to.saturating_sub(1).max(1));
    let shell = reader.shell(Some(visitor), Section::Notices);
    let words = |number: u32| standing.versions.iter().find(|one| one.version == number);
    let differences = match (words(from), words(to)) {
        (Some(old), Some(new)) => shown(difference(&old.text, &new.text), &shell),
        _ => Vec::new(),
    };
    let people = Names::load(&state).await?;
    let language = shell.language;
    show(&HistoryPage { shell, standing, from, to, differences, people }, language)
}

impl HistoryPage {
    fn name(&self, id: &UserId) -> String {
        self.people.name(*id)
    }

    fn moment(&self, at: &Timestamp) -> String {
        moment(*at, self.shell.reading())
    }

    fn is_from(&self, version: &u32) -> bool {
        self.from == *version
    }

    fn is_to(&self, version: &u32) -> bool {
        self.to == *version
    }

    /// Newest first, each with the number before it.
    fn versions(&self) -> Vec<(&podlinnik_pipeline::record::NoticeVersion, Option<u32>)> {
        let newest_first = self.standing.versions.iter().rev();
        newest_first.map(|one| (one, one.version.checked_sub(1).filter(|before| *before > 0))).collect()
    }
}
