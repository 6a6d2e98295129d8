//! `GET /api/v1/analyses/{id}/events`

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive};
use axum::response::{IntoResponse, Sse};
use futures_util::stream;
use podlinnik_domain::id::AnalysisId;
use podlinnik_pipeline::record::AnalysisRecord;

use super::AnalysisView;
use super::waiting::Watch;
use crate::auth::Caller;
use crate::extract::Id;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// A comment keeps proxies from closing a quiet stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

problems!(caller, NotFound);

/// Progress as server-sent events. `progress` comes at once and with every change, `final` once and last; both carry the analysis. A stream that
/// ends without `final` was cut off (the service stopped): connect again.
#[utoipa::path(get, path = "/api/v1/analyses/{id}/events", tag = "analyses",
    params(("id" = AnalysisId, Path, description = "Identifier of the analysis.")),
    responses((status = 200, description = "The stream.", body = String, content_type = "text/event-stream",
               example = json!("event: progress\ndata: {\"state\":\"running\",\"progress_permille\":420}\n\nevent: final\ndata: {\"state\":\"done\",\"progress_permille\":1000}\n\n")),
              Problems))]
pub(crate) async fn analysis_events(
    State(state): State<AppState>,
    Caller(actor): Caller,
    Id(id): Id<AnalysisId>,
) -> Result<impl IntoResponse, Problem> {
    let watch = Watch::start(&state, actor, id);
    let first = watch.look().await?;
    let stream = stream::unfold(Step::Tell(watch, first), async |step| match step {
        Step::Tell(watch, record) => {
            let event = event(&record);
            let next = if record.state.is_final() { Step::End } else { Step::Wait(watch, record) };
            Some((Ok::<_, Infallible>(event), next))
        }
        Step::Wait(mut watch, last) => match watch.changed(&last).await {
            Ok(Some(record)) => {
                let event = event(&record);
                let next = if record.state.is_final() { Step::End } else { Step::Wait(watch, record) };
                Some((Ok(event), next))
            }
            Ok(None) | Err(_) => None,
        },
        Step::End => None,
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// What comes next in the stream.
enum Step {
    Tell(Watch, AnalysisRecord),
    Wait(Watch, AnalysisRecord),
    End,
}

fn event(record: &AnalysisRecord) -> Event {
    let name = if record.state.is_final() { "final" } else { "progress" };
    let data = serde_json::to_string(&AnalysisView::from(record)).unwrap_or_default();
    Event::default().event(name).data(data)
}
