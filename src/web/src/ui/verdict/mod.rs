//! Verdicts of people: proposing, the blind second look, approving, sending back, break-glass. The forms show what is missing; the guards live below.
//!
//! - `propose`: `/desk/cases/{id}/verdict`; `basis`: its rows of evidence, with what the case already holds
//! - `second_look`: `/desk/verdicts/{id}/second-look`
//! - `decide`: `/desk/verdicts/{id}` with approval and return
//! - `release`: `/desk/cases/{id}/break-glass`

use axum::Router;
use axum::routing::{get, post};
use podlinnik_domain::language::Text;
use podlinnik_domain::verdict::VerdictKind;

use crate::state::AppState;

mod basis;
mod decide;
mod propose;
mod release;
mod second_look;

pub(super) fn routes() -> Router<AppState> {
    Router::new()
        .route("/desk/cases/{id}/verdict", get(propose::propose_page).post(propose::propose))
        .route("/desk/cases/{id}/break-glass", get(release::release_page).post(release::release))
        .route("/desk/verdicts/{id}", get(decide::verdict_page))
        .route("/desk/verdicts/{id}/second-look", get(second_look::look_page).post(second_look::look))
        .route("/desk/verdicts/{id}/approval", post(decide::approve))
        .route("/desk/verdicts/{id}/return", post(decide::send_back))
}

/// What a verdict means and what it needs, for the choice.
pub(super) const fn needs(kind: VerdictKind) -> Text {
    match kind {
        VerdictKind::ManipulatedFace
        | VerdictKind::ManipulatedLipsync
        | VerdictKind::SyntheticVoice
        | VerdictKind::FullySynthetic => Text {
            ru: "Нужны два вида доказательств, и хотя бы один не от обученной модели.",
            en: "Needs two kinds of evidence, at least one of them not of a learned model.",
        },
        VerdictKind::EditedMisleading => Text {
            ru: "Сам материал настоящий, но монтаж меняет смысл.",
            en: "The footage is genuine, but the cut changes its meaning.",
        },
        VerdictKind::OutOfContext => Text {
            ru: "Материал настоящий, но не про то, о чём его рассылают.",
            en: "The media is genuine, but not about what it is spread with.",
        },
        VerdictKind::Staged => Text {
            ru: "Снято по сценарию, выдаётся за происшествие.",
            en: "Acted, and passed off as an event.",
        },
        VerdictKind::Satire => {
            Text { ru: "Шутка, принятая всерьёз.", en: "A joke taken seriously." }
        }
        VerdictKind::NoManipulationFound => Text {
            ru: "Следов не нашли. Это не значит «подлинное».",
            en: "No traces were found. That does not mean genuine.",
        },
        VerdictKind::AuthenticConfirmed => Text {
            ru: "Нужно положительное доказательство: оригинал, подпись, ответ ведомства или очевидец.",
            en: "Needs positive proof: the original, a signature, an agency's answer or an eyewitness.",
        },
        VerdictKind::Inconclusive => Text {
            ru: "Нужно сказать, почему и что помогло бы установить.",
            en: "Needs a reason and what would resolve it.",
        },
        VerdictKind::NotAssessable => Text {
            ru: "Материал не поддаётся оценке: слишком короткий, испорченный, не то.",
            en: "The media cannot be assessed: too short, damaged, something else.",
        },
    }
}
