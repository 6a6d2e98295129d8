//! `GET /api/v1/lookup/pdq`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::recognition::{Closeness, CopyStanding, time_code};
use podlinnik_pipeline::recognition::lookup::{FrameMatch, USUAL_DISTANCE};
use serde::{Deserialize, Serialize};

use crate::api::v1::media::{KnownMediaView, Words};
use crate::auth::Caller;
use crate::cursor::Listing;
use crate::extract::Parameters;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// What is asked about.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct PdqQuery {
    /// The PDQ hash of a picture or of a frame, 64 hexadecimal digits.
    #[param(
        min_length = 64,
        max_length = 64,
        example = "f8f8f0cee0f4a84f06370a22038f63f0b36e2ed596621e1d33e6b39c4e9c9b22"
    )]
    hash: String,
    /// Bits of 256 that may differ, 0 to 60; 31, as is usual, if left out.
    #[param(minimum = 0, maximum = 60, example = 31)]
    distance: Option<u32>,
    /// The quality that the hasher gave with it, 0 to 100. Below 50 the look-up is refused: hashes of flat frames resemble each other.
    #[param(minimum = 0, maximum = 100, example = 100)]
    quality: Option<u8>,
}

/// A judged item one of whose frames is near the hash.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct FrameMatchView {
    /// What is known of it.
    item: KnownMediaView,
    /// Always `suggested`: a genuine clip and the fake that was made from it have the same hashes.
    standing: CopyStanding,
    /// Bits of 256 that differ, of its nearest frame.
    distance_bits: u32,
    /// A stable code for how near that is.
    closeness: Closeness,
    /// In words.
    words: Words,
    /// Time of that frame in seconds; 0 for a picture.
    at_s: f64,
    /// The same as a time code.
    #[schema(example = "0:03.5")]
    at: String,
}

impl From<FrameMatch> for FrameMatchView {
    fn from(found: FrameMatch) -> Self {
        let FrameMatch { known, distance, at_s, closeness } = found;
        let words = closeness.text().into();
        Self {
            item: known.into(),
            standing: CopyStanding::Suggested,
            distance_bits: distance,
            closeness,
            words,
            at_s,
            at: time_code(at_s),
        }
    }
}

problems!(caller, ValidationFailed);

/// "Has this been verified?" by the PDQ hash of a picture or of a frame, against the frames of all judged items, nearest first, at most 50. One frame that is
/// near is a reason to look, no proof of a copy: the look-up by signature says more. A mirrored picture has another hash: ask with that too. A prefix of such
/// a hash would say nothing, since it is the number of differing bits that counts, wherever they are; who does not want to give away what is asked about
/// takes the prefix of the SHA-256 instead. Open to every role, `partner` too.
#[utoipa::path(get, path = "/api/v1/lookup/pdq", tag = "media", params(PdqQuery),
    responses((status = 200, description = "Judged items, nearest first.", body = Listing<FrameMatchView>), Problems))]
pub(crate) async fn lookup_pdq(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(query): Parameters<PdqQuery>,
) -> Result<Json<Listing<FrameMatchView>>, Problem> {
    let distance = query.distance.unwrap_or(USUAL_DISTANCE);
    let found = state.service.judged_by_pdq(&actor, &query.hash, distance, query.quality).await?;
    Ok(Json(Listing::whole(found.into_iter().map(FrameMatchView::from).collect())))
}
