//! Waiting for an analysis. News of progress is a hint, lost when the worker is another process; the store is the truth.

use std::time::Duration;

use podlinnik_domain::id::AnalysisId;
use podlinnik_domain::people::Actor;
use podlinnik_pipeline::record::AnalysisRecord;
use podlinnik_pipeline::service::ProgressNews;
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use crate::problem::Problem;
use crate::state::AppState;

/// How often the store is asked where there is no news.
const LOOK_EVERY: Duration = Duration::from_secs(1);
/// At most so many looks a second where there is a lot of news.
const LOOK_AT_MOST_EVERY: Duration = Duration::from_millis(50);

/// Follows one analysis for one caller.
#[derive(Debug)]
pub(super) struct Watch {
    state: AppState,
    actor: Actor,
    id: AnalysisId,
    news: Option<Receiver<ProgressNews>>,
}

impl Watch {
    /// Listens before the first look, so that nothing falls between.
    pub(super) fn start(state: &AppState, actor: Actor, id: AnalysisId) -> Self {
        Self { news: Some(state.service.subscribe()), state: state.clone(), actor, id }
    }

    /// How the analysis stands now.
    pub(super) async fn look(&self) -> Result<AnalysisRecord, Problem> {
        Ok(self.state.service.analysis(&self.actor, self.id).await?)
    }

    /// How the analysis stands when it has ended, when `patience` has run out or when the service stops, whichever is first.
    pub(super) async fn until_end(&mut self, patience: Duration) -> Result<AnalysisRecord, Problem> {
        let mut record = self.look().await?;
        let patience = tokio::time::sleep(patience);
        tokio::pin!(patience);
        while !record.state.is_final() {
            tokio::select! {
                biased;
                () = &mut patience => break,
                changed = self.changed(&record) => match changed? {
                    Some(changed) => record = changed,
                    None => break,
                },
            }
        }
        Ok(record)
    }

    /// Waits for something that differs from `last` in state or progress, or for the service to stop (`None`).
    pub(super) async fn changed(&mut self, last: &AnalysisRecord) -> Result<Option<AnalysisRecord>, Problem> {
        loop {
            tokio::select! {
                () = self.state.stop.cancelled() => return Ok(None),
                () = tokio::time::sleep(LOOK_EVERY) => {}
                () = mine(&mut self.news, self.id) => tokio::time::sleep(LOOK_AT_MOST_EVERY).await,
            }
            let record = self.look().await?;
            if record.state != last.state || record.progress_permille != last.progress_permille {
                return Ok(Some(record));
            }
        }
    }
}

/// Ends with the next news about `id`; never where news has dried up.
async fn mine(news: &mut Option<Receiver<ProgressNews>>, id: AnalysisId) {
    while let Some(receiver) = news {
        match receiver.recv().await {
            Ok(news) if news.analysis == id => return,
            Ok(_) => {}
            Err(RecvError::Lagged(_)) => return,
            Err(RecvError::Closed) => *news = None,
        }
    }
    std::future::pending().await
}
