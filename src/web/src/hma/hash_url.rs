//! `GET /hma/h/hash`

use podlinnik_domain::error_code::ErrorCode;

use crate::auth::Caller;
use crate::openapi::problems;
use crate::problem::Problem;

problems!(caller, NotImplemented);

/// Not supported: the service fetches no address that a caller names. Hand the content itself in with `POST`.
#[utoipa::path(get, path = "/hma/h/hash", tag = "hma", responses(Problems))]
pub(crate) async fn hma_hash_url(Caller(_actor): Caller) -> Problem {
    ErrorCode::NotImplemented.into()
}
