//! The situation for leadership: as JSON, as a table, as a document.

use axum::Json;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::response::{IntoResponse as _, Response};
use jiff::{SignedDuration, Timestamp};
use podlinnik_domain::people::Actor;
use podlinnik_domain::region::is_code;
use podlinnik_domain::situation::Situation;
use podlinnik_report::pdf;
use serde::Deserialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::auth::Caller;
use crate::extract::{CallerLanguage, Parameters};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(situation))
        .routes(routes!(situation_csv))
        .routes(routes!(situation_pdf))
}

/// Looked back at if nothing is said.
const USUAL: SignedDuration = SignedDuration::from_hours(24 * 7);
/// The longest time.
const LONGEST: SignedDuration = SignedDuration::from_hours(24 * 366);

/// Which time.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct SituationQuery {
    /// From this moment on; seven days before `until` if left out.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-16T00:00:00Z")]
    from: Option<Timestamp>,
    /// Until before this one; now if left out. At most 366 days after `from`.
    #[param(value_type = Option<String>, format = DateTime, example = "2026-11-23T00:00:00Z")]
    until: Option<Timestamp>,
    /// A region (ISO 3166-2); all if left out. Series are then left out: they know no region.
    #[param(example = "RU-TAM")]
    region: Option<String>,
    /// `ru` or `en`, of the document; else `Accept-Language` decides.
    #[serde(rename = "lang")]
    #[param(example = "ru")]
    _lang: Option<String>,
}

problems!(caller, ValidationFailed);

/// What came in over a time, by region, topic and day, what became of it, and the series that grew: of the cases that you may see. For approvers,
/// corrections officers, administrators and auditors.
#[utoipa::path(get, path = "/api/v1/situation", tag = "situation", params(SituationQuery),
    responses((status = 200, description = "The situation.", body = Situation), Problems))]
pub(crate) async fn situation(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(query): Parameters<SituationQuery>,
) -> Result<Json<Situation>, Problem> {
    Ok(Json(asked(&state, &actor, &query).await?))
}

/// The same as a table.
#[utoipa::path(get, path = "/api/v1/situation.csv", tag = "situation", params(SituationQuery),
    responses((status = 200, description = "`group,name,items,open,late,refuted,confirmed,other`.", body = String, content_type = "text/csv"), Problems))]
pub(crate) async fn situation_csv(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(query): Parameters<SituationQuery>,
) -> Result<Response, Problem> {
    let table = asked(&state, &actor, &query).await?.csv();
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    Ok(([(CONTENT_TYPE, kind)], table).into_response())
}

/// The same as a document for printing.
#[utoipa::path(get, path = "/api/v1/situation.pdf", tag = "situation", params(SituationQuery),
    responses((status = 200, description = "The document.", body = String, content_type = "application/pdf"), Problems))]
pub(crate) async fn situation_pdf(
    State(state): State<AppState>,
    Caller(actor): Caller,
    CallerLanguage(language): CallerLanguage,
    Parameters(query): Parameters<SituationQuery>,
) -> Result<Response, Problem> {
    let document = pdf::situation(&asked(&state, &actor, &query).await?, language)?;
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("application/pdf")),
        (CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"situation.pdf\"")),
    ];
    Ok((headers, document).into_response())
}

async fn asked(state: &AppState, actor: &Actor, query: &SituationQuery) -> Result<Situation, Problem> {
    let until = query.until.unwrap_or_else(|| state.service.clock().now());
    let from = match query.from {
        Some(from) => from,
        None => until.checked_sub(USUAL).map_err(|_| Problem::field("until", "a later moment"))?,
    };
    if from >= until || until.duration_since(from) > LONGEST {
        return Err(Problem::field("from", "before `until`, by at most 366 days"));
    }
    if !query.region.as_deref().is_none_or(is_code) {
        return Err(Problem::field("region", "a code such as RU-TAM"));
    }
    Ok(state.service.situation(actor, from, until, query.region.clone()).await?)
}
