//! `GET /figures` and `/figures.csv`: how much came, what became of it, how fast, how often it was wrong.

use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse as _, Response};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use podlinnik_domain::figures::Figures;
use serde::Deserialize;

use crate::content::briefly_public;
use crate::extract::Parameters;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;
use crate::ui::fault::reads_pages;
use crate::ui::figures_page as page;
use crate::ui::shell::Reader;
use crate::ui::visitor::MaybeVisitor;

/// Which figures.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
pub(crate) struct FiguresQuery {
    /// A quarter in UTC; the present one if left out.
    #[param(example = "2026-Q4")]
    quarter: Option<String>,
    /// A region (ISO 3166-2); all if left out.
    #[param(example = "RU-TAM")]
    region: Option<String>,
}

problems!(ValidationFailed);

/// Figures of a quarter: submissions, the mix of verdicts both ways, how long people waited, corrections, objections, use of break-glass. Public.
#[utoipa::path(get, path = "/figures", tag = "public", security(()), params(FiguresQuery),
    responses((status = 200, description = "The figures; a page for whoever prefers `text/html`.",
               content((Figures = "application/json"), (String = "text/html"))), Problems))]
pub(crate) async fn figures(
    State(state): State<AppState>,
    MaybeVisitor(visitor): MaybeVisitor,
    reader: Reader,
    headers: HeaderMap,
    Parameters(query): Parameters<FiguresQuery>,
) -> Result<Response, Problem> {
    let figures = counted(&state, query).await?;
    if reads_pages("/figures", &headers) {
        let mut response = page(figures, state.service.clock().now(), visitor, reader)?;
        response.headers_mut().append(VARY, HeaderValue::from_static("accept"));
        return Ok(response);
    }
    let vary = [(VARY, HeaderValue::from_static("accept"))];
    Ok((briefly_public(), vary, Json(figures)).into_response())
}

/// The same as CSV, a line per figure.
#[utoipa::path(get, path = "/figures.csv", tag = "public", security(()), params(FiguresQuery),
    responses((status = 200, description = "`figure,value`.", body = String, content_type = "text/csv"), Problems))]
pub(crate) async fn figures_csv(
    State(state): State<AppState>,
    Parameters(query): Parameters<FiguresQuery>,
) -> Result<Response, Problem> {
    let csv = counted(&state, query).await?.csv();
    let kind = HeaderValue::from_static("text/csv; charset=utf-8; header=present");
    Ok((briefly_public(), [(CONTENT_TYPE, kind)], csv).into_response())
}

async fn counted(state: &AppState, asked: FiguresQuery) -> Result<Figures, Problem> {
    // A form sends what was left empty, too.
    let filled = |text: Option<String>| text.filter(|text| !text.is_empty());
    let query = FiguresQuery { quarter: filled(asked.quarter), region: filled(asked.region) };
    let wrong = || Problem::field("quarter", "a year and a quarter such as 2026-Q4");
    let first = match &query.quarter {
        Some(text) => first_day(text).ok_or_else(wrong)?,
        None => {
            let today = state.service.clock().now().to_zoned(TimeZone::UTC).date();
            Date::new(today.year(), (today.month() - 1) / 3 * 3 + 1, 1).map_err(|_| wrong())?
        }
    };
    let (from, until) = quarter(first).ok_or_else(wrong)?;
    let named = |region: &String| {
        (2..=16).contains(&region.len())
            && region.bytes().all(|letter| letter.is_ascii_alphanumeric() || letter == b'-')
    };
    if !query.region.as_ref().is_none_or(named) {
        return Err(Problem::field("region", "a code such as RU-TAM"));
    }
    Ok(state.service.figures(from, until, query.region).await?)
}

/// The first moment of a quarter such as `2026-Q4`, and the first after it.
pub(crate) fn span(text: &str) -> Option<(Timestamp, Timestamp)> {
    quarter(first_day(text)?)
}

/// The first day of `2026-Q4`.
fn first_day(text: &str) -> Option<Date> {
    let (year, quarter) = text.split_once("-Q")?;
    let plain = year.len() == 4 && year.bytes().all(|digit| digit.is_ascii_digit());
    let quarter = match quarter {
        "1" | "2" | "3" | "4" if plain => quarter.parse::<i8>().ok()?,
        _ => return None,
    };
    Date::new(year.parse().ok()?, quarter * 3 - 2, 1).ok()
}

/// From its first moment until before the first of the next.
fn quarter(first: Date) -> Option<(Timestamp, Timestamp)> {
    let next = first.checked_add(jiff::Span::new().months(3)).ok()?;
    let moment = |date: Date| date.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    Some((moment(first)?, moment(next)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quarter_is_three_months_in_utc() {
        let (from, until) = quarter(first_day("2026-Q4").unwrap()).unwrap();
        assert_eq!(
            (from.to_string(), until.to_string()),
            ("2026-10-01T00:00:00Z".into(), "2027-01-01T00:00:00Z".into())
        );
        for wrong in ["", "2026", "2026-Q5", "2026-Q0", "26-Q1", "2026-q1", "2026-Q+1", "-026-Q1", "99999-Q1"]
        {
            assert_eq!(first_day(wrong), None, "{wrong}");
        }
    }
}
