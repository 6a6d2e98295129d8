//! `GET /api/v1/notices/{id}/outlets`

use axum::Json;
use axum::extract::State;
use podlinnik_domain::id::NoticeId;
use podlinnik_domain::language::Language;
use podlinnik_domain::notice::Notice;
use podlinnik_domain::people::Actor;
use podlinnik_domain::verdict::Verdict;
use podlinnik_report::{NoticeContext, Outlets, outlets};

use crate::auth::Caller;
use crate::extract::{CallerLanguage, Id};
use crate::openapi::problems;
use crate::problem::Problem;
use crate::public::notice_context;
use crate::state::AppState;

problems!(caller, NotFound, ValidationFailed);

/// Texts made from a notice for the site, Telegram, VK, print and radio, whatever its state. A person publishes them.
#[utoipa::path(get, path = "/api/v1/notices/{id}/outlets", tag = "notices",
    params(("id" = NoticeId, Path, description = "Identifier of the notice."),
           ("lang" = Option<String>, Query, description = "`ru` or `en`; else `Accept-Language` decides. English needs headline, text and truth in English.")),
    responses((status = 200, description = "The texts.", body = Outlets), Problems))]
pub(crate) async fn notice_outlets(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<NoticeId>,
    CallerLanguage(language): CallerLanguage,
) -> Result<Json<Outlets>, Problem> {
    let (notice, verdict, context) = with_context(&state, &actor, id, language).await?;
    let made = outlets(&notice, &verdict, &context);
    made.map(Json)
        .ok_or_else(|| Problem::field("lang", "ru: headline, text and truth are not there in English"))
}

/// A notice that the caller may see, with what texts and pictures need.
pub(super) async fn with_context(
    state: &AppState,
    actor: &Actor,
    id: NoticeId,
    language: Language,
) -> Result<(Notice, Verdict, NoticeContext), Problem> {
    let notice = state.service.notice(actor, id).await?;
    let verdict = state.service.verdict(actor, notice.verdict).await?;
    let corrections = state.service.corrections(actor, id).await?;
    let context = notice_context(state, &notice, corrections, language).await?;
    Ok((notice, verdict, context))
}
