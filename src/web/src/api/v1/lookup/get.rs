//! `GET /api/v1/lookup`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::hash::Sha256;
use serde::Deserialize;

use crate::api::v1::media::KnownMediaView;
use crate::auth::Caller;
use crate::cursor::Listing;
use crate::extract::Parameters;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// What is asked about: one of the two.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct LookupQuery {
    /// SHA-256 of the bytes, 64 hexadecimal digits.
    sha256: Option<String>,
    /// The first 4 to 64 hexadecimal digits of the SHA-256: all judged items that begin with them are answered, and which one is meant stays with you.
    #[param(min_length = 4, max_length = 64, example = "6843")]
    prefix: Option<String>,
}

problems!(caller, ValidationFailed);

/// "Has this been verified?" without sending the media: by the SHA-256 of its bytes, or by the beginning of it, so that asking does not give away
/// what is asked about. Nothing known is an empty list. Copies that differ in a bit are found by `lookup/pdq` and `lookup/signature`. Open to every role,
/// `partner` too.
#[utoipa::path(get, path = "/api/v1/lookup", tag = "media", params(LookupQuery),
    responses((status = 200, description = "What is known, by SHA-256.", body = Listing<KnownMediaView>), Problems))]
pub(crate) async fn lookup_get(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(query): Parameters<LookupQuery>,
) -> Result<Json<Listing<KnownMediaView>>, Problem> {
    let known = match (&query.sha256, &query.prefix) {
        (Some(sha256), None) => {
            let sha256: Sha256 =
                sha256.parse().map_err(|_| Problem::field("sha256", "64 hexadecimal digits"))?;
            state.service.known_media(&actor, sha256).await?.into_iter().collect()
        }
        (None, Some(prefix)) => state.service.judged_by_prefix(&actor, prefix).await?,
        _ => return Err(Problem::field("query", "either `sha256` or `prefix`")),
    };
    Ok(Json(Listing::whole(known.into_iter().map(KnownMediaView::from).collect())))
}
