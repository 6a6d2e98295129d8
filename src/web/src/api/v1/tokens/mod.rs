//! Tokens: API keys.

use jiff::Timestamp;
use podlinnik_domain::id::{TokenId, UserId};
use podlinnik_domain::people::Role;
use podlinnik_pipeline::KeyRecord;
use serde::Serialize;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::state::AppState;

mod list;
mod revoke;
mod rotate;

pub(super) fn routes() -> OpenApiRouter<AppState> {
    OpenApiRouter::default()
        .routes(routes!(list::token_list))
        .routes(routes!(revoke::token_revoke))
        .routes(routes!(rotate::token_rotate))
}

/// A token, without its secret.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct TokenView {
    /// Identifier.
    id: TokenId,
    /// Whose it is.
    user: UserId,
    /// What it is for.
    label: String,
    /// Roles of its owner that it may use; all if none.
    scopes: Option<Vec<Role>>,
    /// Most requests in a minute.
    rate_per_minute: Option<u32>,
    /// Most submissions of its owner in 24 hours.
    quota_per_day: Option<u32>,
    /// The first token of its line: rotation adds the next one.
    line: TokenId,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When it stops working.
    #[schema(value_type = Option<String>, format = DateTime)]
    expires_at: Option<Timestamp>,
    /// When it was withdrawn.
    #[schema(value_type = Option<String>, format = DateTime)]
    revoked_at: Option<Timestamp>,
    /// When it was last used, give or take five minutes.
    #[schema(value_type = Option<String>, format = DateTime)]
    used_at: Option<Timestamp>,
}

impl From<KeyRecord> for TokenView {
    fn from(key: KeyRecord) -> Self {
        Self {
            id: key.id,
            user: key.user,
            label: key.label,
            scopes: key.scopes,
            rate_per_minute: key.rate_per_minute,
            quota_per_day: key.quota_per_day,
            line: key.line,
            created_at: key.created_at,
            expires_at: key.expires_at,
            revoked_at: key.revoked_at,
            used_at: key.used_at,
        }
    }
}
