//! `GET /api/v1/media/{sha256}/verdicts`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::recognition::VerdictStatus;
use serde::Serialize;

use super::KnownVerdict;
use crate::auth::Caller;
use crate::cursor::Listing;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// A verdict revision that counts or once counted.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct KnownRevision {
    #[serde(flatten)]
    verdict: KnownVerdict,
    /// How it stands now.
    status: VerdictStatus,
}

problems!(caller, NotFound);

/// Every verdict revision on an item that ever counted, oldest first. Past ones stay addressable for ever. Open to every role, `partner` too.
#[utoipa::path(get, path = "/api/v1/media/{sha256}/verdicts", tag = "media",
    params(("sha256" = Sha256, Path, description = "64 hexadecimal digits.")),
    responses((status = 200, description = "The revisions.", body = Listing<KnownRevision>), Problems))]
pub(crate) async fn media_verdicts(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(sha256): Id<Sha256>,
) -> Result<Json<Listing<KnownRevision>>, Problem> {
    let revisions = state.service.known_revisions(&actor, sha256).await?;
    let shown = |(verdict, status)| KnownRevision { verdict: KnownVerdict::from(verdict), status };
    Ok(Json(Listing::whole(revisions.into_iter().map(shown).collect())))
}
