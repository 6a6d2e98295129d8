//! `POST /hma/c/banks`

use podlinnik_domain::error_code::ErrorCode;

use crate::auth::Caller;
use crate::openapi::problems;
use crate::problem::Problem;

problems!(caller, NotImplemented);

/// Not supported: banks are kinds of verdicts, and their content is what people decided.
#[utoipa::path(post, path = "/hma/c/banks", tag = "hma", responses(Problems))]
pub(crate) async fn hma_bank_create(Caller(_actor): Caller) -> Problem {
    ErrorCode::NotImplemented.into()
}
