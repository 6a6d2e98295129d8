//! `GET /api/v1/board/events`

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive};
use axum::response::{IntoResponse, Sse};
use futures_util::stream;
use podlinnik_pipeline::board::BoardNews;
use tokio_util::sync::CancellationToken;

use crate::auth::Caller;
use crate::openapi::problems;
use crate::problem::Problem;
use crate::state::AppState;

/// A comment keeps proxies from closing a quiet stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// At most so many events a second where there is a lot of news.
const TELL_AT_MOST_EVERY: Duration = Duration::from_millis(250);

problems!(caller);

/// Tells when the board has changed, as server-sent events: `changed` with a number that grows. It says neither what nor whose: read the board again.
#[utoipa::path(get, path = "/api/v1/board/events", tag = "board",
    responses((status = 200, description = "The stream.", body = String, content_type = "text/event-stream",
               example = json!("event: changed\ndata: 4711\n\n")),
              Problems))]
pub(crate) async fn board_events(
    State(state): State<AppState>,
    _caller: Caller,
) -> Result<impl IntoResponse, Problem> {
    let news = state.service.board_news().await?;
    let stream = stream::unfold((news, state.stop.clone()), async |(mut news, stop)| {
        let sequence = next(&mut news, &stop).await?;
        let event = Event::default().event("changed").data(sequence.to_string());
        Some((Ok::<_, Infallible>(event), (news, stop)))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE)))
}

/// The next news; none when the service stops or the store fails, which ends the stream: the reader connects again.
async fn next(news: &mut BoardNews, stop: &CancellationToken) -> Option<u64> {
    let told = async {
        let sequence = news.next().await.ok()?;
        tokio::time::sleep(TELL_AT_MOST_EVERY).await;
        Some(sequence)
    };
    stop.run_until_cancelled(told).await.flatten()
}
