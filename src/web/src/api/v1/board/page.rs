//! `GET /api/v1/board`

use std::str::FromStr;

use axum::Json;
use axum::extract::State;
use podlinnik_domain::case::{CaseState, Risk, Topic};
use podlinnik_domain::id::SeriesId;
use podlinnik_pipeline::board::{BoardOrder, BoardQuery, Claimed};
use serde::Deserialize;

use super::BoardEntryView;
use crate::auth::Caller;
use crate::cursor::{Listing, PageQuery};
use crate::extract::Parameters;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// What is asked of the board. Everything that is given has to hold.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct BoardParameters {
    /// States, separated by commas.
    #[param(example = "new,triaged,in_analysis")]
    states: Option<String>,
    /// Neither approved nor parked.
    open: Option<bool>,
    /// Region, ISO 3166-2.
    #[param(example = "RU-TAM")]
    region: Option<String>,
    /// Network; the whole name, case makes no difference.
    #[param(example = "telegram")]
    network: Option<String>,
    /// How much harm it can do.
    #[param(value_type = Option<Risk>)]
    risk: Option<String>,
    /// What it is about.
    #[param(value_type = Option<Topic>)]
    topic: Option<String>,
    /// `nobody`, `me`, or a person's identifier.
    #[param(example = "me")]
    claimed: Option<String>,
    /// Only where a step waits for you: a proposal on a case of yours, a second look, an approval, a publication.
    wants_me: Option<bool>,
    /// Of this series.
    #[param(value_type = Option<SeriesId>)]
    series: Option<String>,
    /// Words or beginnings of words, in any order.
    #[param(max_length = 200, example = "моршанск эвакуац")]
    search: Option<String>,
    /// `deadline` (the four-hour mark that comes first; if left out), `newest`, or `changed`.
    #[param(example = "deadline")]
    order: Option<String>,
    /// `next` of the page before in the same order; left out for the first page.
    after: Option<String>,
    /// Entries per page, 1 to 100; 20 if left out.
    #[param(minimum = 1, maximum = 100, example = 50)]
    limit: Option<u32>,
}

impl BoardParameters {
    fn parse(self) -> Result<BoardQuery, Problem> {
        let (after, limit) = PageQuery::of(self.after, self.limit).parse()?;
        let states = given(self.states)
            .into_iter()
            .flat_map(|states| states.split(',').map(|state| state.trim().to_owned()).collect::<Vec<_>>());
        Ok(BoardQuery {
            states: states
                .map(|state| state.parse().map_err(|_| Problem::field("states", rule(CaseState::ALL))))
                .collect::<Result<_, _>>()?,
            open_only: self.open.unwrap_or_default(),
            region: given(self.region),
            network: given(self.network),
            risk: code("risk", self.risk, &rule(Risk::ALL))?,
            topic: code("topic", self.topic, &rule(Topic::ALL))?,
            claimed: match given(self.claimed).as_deref() {
                None => Claimed::Anybody,
                Some("nobody") => Claimed::Nobody,
                Some("me") => Claimed::Me,
                Some(user) => Claimed::By(user.parse().map_err(|_| {
                    Problem::field("claimed", "`nobody`, `me` or the identifier of a person")
                })?),
            },
            wants_me: self.wants_me.unwrap_or_default(),
            series: code("series", self.series, "the identifier of a series")?,
            search: given(self.search),
            order: code("order", self.order, &rule(BoardOrder::ALL))?.unwrap_or(BoardOrder::Deadline),
            after,
            limit,
        })
    }
}

/// A parameter that says something: a form sends along what was left empty.
fn given(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.trim().is_empty())
}

fn code<T: FromStr>(field: &str, text: Option<String>, rule: &str) -> Result<Option<T>, Problem> {
    text.map(|text| text.parse().map_err(|_| Problem::field(field, rule))).transpose()
}

/// What may stand in a parameter.
fn rule<T: std::fmt::Display>(choices: &[T]) -> String {
    let choices: Vec<_> = choices.iter().map(T::to_string).collect();
    format!("one of {}", choices.join(", "))
}

problems!(caller, ValidationFailed);

/// Cases that you may see, as the desk looks at them.
#[utoipa::path(get, path = "/api/v1/board", tag = "board", params(BoardParameters),
    responses((status = 200, description = "A page.", body = Listing<BoardEntryView>), Problems))]
pub(crate) async fn board_page(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(parameters): Parameters<BoardParameters>,
) -> Result<Json<Listing<BoardEntryView>>, Problem> {
    let page = state.service.board(&actor, &parameters.parse()?).await?;
    Ok(Json(Listing::page(page, BoardEntryView::from)))
}
