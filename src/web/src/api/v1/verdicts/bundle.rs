//! `GET /api/v1/verdicts/{id}/bundle`

use axum::extract::State;
use axum::response::Response;
use podlinnik_domain::id::VerdictId;
use podlinnik_report::pdf::{Contents, document};

use crate::api::v1::analyses::{report_of, report_page};
use crate::auth::Caller;
use crate::content::zip;
use crate::extract::{CallerLanguage, Id, Parameters};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::public::{BundleQuery, public_context, with_notice};
use crate::state::AppState;

/// Pictures in the report's page, in bytes: the page is one file of the bundle, and base64 makes a third more of them.
const PICTURE_BYTES: u64 = 16 * 1024 * 1024;

problems!(caller, NotFound, WrongState, ValidationFailed, MediaTooLarge);

/// A revision that counts or counted, with its words, the frozen evidence, the report, the notice if there is one, and its place in the transparency log,
/// to be checked offline with `podlinnik verify`. `409` before it is approved or released. The media themselves are not in it.
#[utoipa::path(get, path = "/api/v1/verdicts/{id}/bundle", tag = "log",
    params(("id" = VerdictId, Path, description = "Identifier of the revision."), BundleQuery),
    responses((status = 200, description = "podlinnik-bundle/1.", body = Vec<u8>, content_type = "application/zip"), Problems))]
pub(crate) async fn verdict_bundle(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<VerdictId>,
    CallerLanguage(language): CallerLanguage,
    Parameters(query): Parameters<BundleQuery>,
) -> Result<Response, Problem> {
    let bundle = state.service.verdict_bundle(&actor, id, query.since).await?;
    let mut bundle = with_notice(&state, bundle, language).await?;
    let analysis = state.service.analysis(&actor, bundle.verdict.analysis).await?;
    if let Some(report) = report_page(&state, &actor, &analysis, PICTURE_BYTES, language).await? {
        bundle.add_page("report.html", report);
    }
    let context = match &bundle.notice {
        Some(notice) => Some(public_context(&state, notice, language).await?),
        None => None,
    };
    let report = report_of(&analysis)?;
    let contents = Contents {
        verdict: &bundle.verdict,
        media: Some(bundle.media),
        notice: bundle.notice.as_ref().zip(context.as_ref()),
        desk: true,
        report: report.as_ref(),
        language,
    };
    let printed = document(&contents)?;
    bundle.add_page("report.pdf", printed);
    Ok(zip(&format!("podlinnik-verdict-{id}.zip"), bundle.finish()?))
}
