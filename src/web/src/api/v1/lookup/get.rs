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

/// What is asked about: one of the three.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct LookupQuery {
    /// SHA-256 of the bytes, 64 hexadecimal digits.
    sha256: Option<String>,
    /// The first 4 to 64 hexadecimal digits of the SHA-256: all judged items that begin with them are answered, and which one is meant stays with you.
    #[param(min_length = 4, max_length = 64, example = "6843")]
    prefix: Option<String>,
    /// The address where the item was seen, as it was handed in: http or https, at most 2048 characters.
    #[param(max_length = 2048, example = "https://t.me/kanal/4711")]
    url: Option<String>,
}

/// Longest address in characters, as in a submission.
const ADDRESS_CHARS: usize = 2048;

problems!(caller, ValidationFailed);

/// "Has this been verified?" without sending the media: by the SHA-256 of its bytes, by the beginning of it, so that asking does not give away
/// what is asked about, or by the address where it was seen. Nothing known is an empty list. Copies that differ in a bit are found by `lookup/pdq` and `lookup/signature`. Open to every role,
/// `partner` too.
#[utoipa::path(get, path = "/api/v1/lookup", tag = "media", params(LookupQuery),
    responses((status = 200, description = "What is known, by SHA-256.", body = Listing<KnownMediaView>), Problems))]
pub(crate) async fn lookup_get(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(query): Parameters<LookupQuery>,
) -> Result<Json<Listing<KnownMediaView>>, Problem> {
    let known = match (&query.sha256, &query.prefix, &query.url) {
        (Some(sha256), None, None) => {
            let sha256: Sha256 =
                sha256.parse().map_err(|_| Problem::field("sha256", "64 hexadecimal digits"))?;
            state.service.known_media(&actor, sha256).await?.into_iter().collect()
        }
        (None, Some(prefix), None) => state.service.judged_by_prefix(&actor, prefix).await?,
        (None, None, Some(url)) => {
            if url.chars().count() > ADDRESS_CHARS {
                return Err(Problem::field("url", "at most 2048 characters"));
            }
            state.service.known_by_address(&actor, url).await?
        }
        _ => return Err(Problem::field("query", "one of `sha256`, `prefix` and `url`")),
    };
    Ok(Json(Listing::whole(known.into_iter().map(KnownMediaView::from).collect())))
}
