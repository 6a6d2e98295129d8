//! `GET /desk/live`: says that something changed, as server-sent events. The page then asks for its list anew.

use std::convert::Infallible;
use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::IntoResponse;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::routing::get;
use futures_util::stream;
use tokio::sync::broadcast::error::RecvError;

use super::visitor::Visitor;
use crate::state::AppState;

/// A comment keeps proxies from closing a quiet stream.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// Changes within this time are told once.
const CALM: Duration = Duration::from_millis(500);

pub(super) fn routes() -> Router<AppState> {
    Router::new().route("/desk/live", get(live))
}

async fn live(State(state): State<AppState>, _: Visitor) -> impl IntoResponse {
    let news = state.service.board_news();
    let stop = state.stop.clone();
    let stream = stream::unfold((news, stop), async |(mut news, stop)| {
        let told = tokio::select! {
            told = news.recv() => told,
            () = stop.cancelled() => return None,
        };
        match told {
            // What was missed is told by the next look at the list.
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return None,
        }
        tokio::time::sleep(CALM).await;
        while news.try_recv().is_ok() {}
        Some((Ok::<_, Infallible>(Event::default().event("changed").data("")), (news, stop)))
    });
    Sse::new(stream).keep_alive(KeepAlive::new().interval(KEEP_ALIVE))
}
