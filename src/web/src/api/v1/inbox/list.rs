//! `GET /api/v1/inbox`

use axum::Json;
use axum::extract::State;
use jiff::Timestamp;
use podlinnik_domain::id::InboxEntryId;
use podlinnik_pipeline::record::InboxEntry;
use serde::{Deserialize, Serialize};

use crate::auth::Caller;
use crate::cursor::{Listing, PageQuery};
use crate::extract::Parameters;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// Which entries.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct InboxQuery {
    /// Only what you have not marked as read.
    unread: Option<bool>,
    /// `next` of the page before.
    after: Option<String>,
    /// Entries per page, 1 to 100; 20 if left out.
    #[param(minimum = 1, maximum = 100, example = 20)]
    limit: Option<u32>,
}

/// What happened, and whether you have read it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct InboxEntryView {
    /// Identifier.
    id: InboxEntryId,
    /// `notice.published`, `notice.corrected`, `notice.doubted`, `notice.superseded`, `verdict.disputed`, `verdict.superseded`, `inquiry.asked` or
    /// `inquiry.reminded`.
    event_type: String,
    /// What it is about: identifiers and the facts of that moment.
    data: serde_json::Value,
    /// When it happened.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
    /// When you marked it as read.
    #[schema(value_type = Option<String>, format = DateTime)]
    read_at: Option<Timestamp>,
}

impl From<InboxEntry> for InboxEntryView {
    fn from(entry: InboxEntry) -> Self {
        Self {
            id: entry.id,
            event_type: entry.event_type,
            data: entry.data,
            created_at: entry.created_at,
            read_at: entry.read_at,
        }
    }
}

/// A page of the inbox.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(crate) struct InboxView {
    #[serde(flatten)]
    page: Listing<InboxEntryView>,
    /// Entries that you have not read, on all pages.
    unread: u64,
}

problems!(caller, ValidationFailed);

/// Your organisation's inbox, newest first: what was published, corrected or doubted in its regions, what became of verdicts that it has read,
/// questions to it. The marks are yours alone.
#[utoipa::path(get, path = "/api/v1/inbox", tag = "inbox", params(InboxQuery),
    responses((status = 200, description = "A page.", body = InboxView), Problems))]
pub(crate) async fn inbox_list(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Parameters(query): Parameters<InboxQuery>,
) -> Result<Json<InboxView>, Problem> {
    let (after, limit) = PageQuery::of(query.after, query.limit).parse()?;
    let inbox = state.service.inbox(&actor, query.unread.unwrap_or(false), after, limit).await?;
    Ok(Json(InboxView { page: Listing::page(inbox.page, InboxEntryView::from), unread: inbox.unread }))
}
