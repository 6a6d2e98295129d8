//! `/desk/admin/models`: what findings rest on: versions, licences, calibrations with their measured error rates, cards.

use askama::Template;
use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_pipeline::administration::{InstalledModel, MeasuredBucket, ModelCalibration};

use super::frame::{Place, Tab, admit, tabs};
use super::markdown::{Block, blocks};
use crate::extract::Id;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::shell::{Reader, Section, Shell, show};
use crate::ui::visitor::Visitor;
use crate::ui::wording::date;

#[derive(Template)]
#[template(path = "admin/models.html")]
struct ModelsPage {
    shell: Shell,
    tabs: Vec<Tab>,
    /// None where this process examines nothing.
    models: Option<Vec<InstalledModel>>,
    now: Timestamp,
}

#[derive(Template)]
#[template(path = "admin/model.html")]
struct CardPage {
    shell: Shell,
    tabs: Vec<Tab>,
    model: InstalledModel,
    card: Vec<Block>,
    now: Timestamp,
    may_recall: bool,
}

/// A share in percent, with as many digits as it needs: `0.76 %`.
fn percent(share: Option<f64>, shell: &Shell) -> String {
    let Some(share) = share else { return "—".to_owned() };
    let text = if share < 0.1 { format!("{:.2}", share * 100.0) } else { format!("{:.0}", share * 100.0) };
    format!("{}\u{a0}%", text.replace('.', shell.t(",", ".")))
}

/// Whether a calibration counts no more, or soon.
fn ends(calibration: &ModelCalibration, now: Timestamp, shell: &Shell) -> (String, &'static str) {
    let Some(end) = calibration.expires else {
        return (shell.t("срок неизвестен", "unknown").to_owned(), "bad");
    };
    let left = end.duration_since(now).as_hours() / 24;
    let class = if left < 0 {
        "bad"
    } else if left < 60 {
        "warn"
    } else {
        ""
    };
    (date(end, shell.reading()), class)
}

impl ModelsPage {
    fn ends(&self, calibration: &ModelCalibration) -> (String, &'static str) {
        ends(calibration, self.now, &self.shell)
    }

    /// The widest of the measured false-positive bounds.
    fn worst(&self, calibration: &ModelCalibration) -> String {
        let worst = calibration.buckets.iter().filter_map(|bucket| bucket.fpr_upper95).reduce(f64::max);
        percent(worst, &self.shell)
    }
}

impl CardPage {
    fn ends(&self, calibration: &ModelCalibration) -> (String, &'static str) {
        ends(calibration, self.now, &self.shell)
    }

    fn share(&self, share: &Option<f64>) -> String {
        percent(*share, &self.shell)
    }

    fn samples(&self, bucket: &MeasuredBucket) -> String {
        let number = |number: Option<u64>| number.map_or("—".to_owned(), |number| number.to_string());
        format!("{} / {}", number(bucket.n_real), number(bucket.n_fake))
    }
}

/// `GET /desk/admin/models`
pub(super) async fn list(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
) -> Result<Response, Problem> {
    admit(&visitor)?;
    let models = match state.service.installed_models(&visitor.actor).await {
        Ok(models) => Some(models),
        Err(error) if error.code() == ErrorCode::NotReady => None,
        Err(error) => return Err(error.into()),
    };
    let now = state.service.clock().now();
    let shell = reader.shell(Some(visitor), Section::Admin);
    let language = shell.language;
    show(&ModelsPage { tabs: tabs(&shell, Place::Models), models, now, shell }, language)
}

/// One installed model.
pub(super) async fn find(state: &AppState, visitor: &Visitor, id: &str) -> Result<InstalledModel, Problem> {
    let models = state.service.installed_models(&visitor.actor).await?;
    models.into_iter().find(|model| model.info.id == id).ok_or(ErrorCode::NotFound.into())
}

/// `GET /desk/admin/models/{id}`
pub(super) async fn card(
    State(state): State<AppState>,
    visitor: Visitor,
    reader: Reader,
    Id(id): Id<String>,
) -> Result<Response, Problem> {
    admit(&visitor)?;
    let model = find(&state, &visitor, &id).await?;
    let may_recall = state.service.administers_all(&visitor.actor).await?;
    let now = state.service.clock().now();
    let shell = reader.shell(Some(visitor), Section::Admin);
    let language = shell.language;
    let card = blocks(model.card.as_deref().unwrap_or_default());
    show(&CardPage { tabs: tabs(&shell, Place::Models), model, card, now, may_recall, shell }, language)
}
