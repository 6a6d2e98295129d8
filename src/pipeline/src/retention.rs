//! Retention: evidence stays, what can be made anew goes. Previews of cases that ended long ago are removed; whoever opens such a case has one made again
//! from the original. Originals, digests, findings, verdicts, pictures of the report and the log stay as they are.

use jiff::SignedDuration;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::id::AnalysisId;
use podlinnik_storage::record::{NewRemoval, Removable};

use crate::service::{Answer, Service};

/// Files that are looked at at once.
const PORTION: u32 = 200;

/// What came of going through the files.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RetentionTally {
    /// Files that the rule asks to remove.
    pub files: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Of these, how many were removed.
    pub removed: u64,
}

impl Service {
    /// Lists the previews of cases that ended more than `days` days ago; with `apply`, removes them. `tell` hears of each before it goes. For the operator.
    ///
    /// # Errors
    /// What store and blobs answer; what was removed until then stays removed, and a later run goes on.
    pub async fn retain(
        &self,
        days: u32,
        apply: bool,
        tell: &mut (dyn FnMut(&Removable) + Send),
    ) -> Answer<RetentionTally> {
        let now = self.clock.now();
        let age = SignedDuration::from_hours(24 * i64::from(days.max(1)));
        let before = now.checked_sub(age).unwrap_or(Timestamp::MIN);
        let mut tally = RetentionTally::default();
        let mut after: Option<(AnalysisId, String)> = None;
        loop {
            let from = after.as_ref().map(|(analysis, name)| (*analysis, name.as_str()));
            let portion = self.store.removable_list(before, from, PORTION).await?;
            let Some(last) = portion.last() else { break };
            after = Some((last.analysis, last.name.clone()));
            for file in &portion {
                tell(file);
                tally.files += 1;
                tally.bytes += file.size_bytes;
                if apply {
                    let rule = Some((days.max(1), before));
                    let removal = NewRemoval {
                        analysis: file.analysis,
                        name: file.name.clone(),
                        rule,
                        at: self.clock.now(),
                    };
                    tally.removed += u64::from(self.store.preview_remove(&removal).await?);
                }
            }
        }
        if apply {
            self.removals_settle().await?;
        }
        Ok(tally)
    }

    /// Removes the bytes of what was removed from the records, unless something else rests on the same bytes. Also what an earlier run left.
    async fn removals_settle(&self) -> Answer<()> {
        loop {
            let unsettled = self.store.removal_unsettled(PORTION).await?;
            if unsettled.is_empty() {
                return Ok(());
            }
            for sha256 in unsettled {
                if !self.store.blob_is_named(sha256).await? {
                    self.blobs.remove_derivative(sha256).await?;
                    tracing::info!(blob.sha256 = %sha256, "removed preview {sha256} under the retention rules");
                }
                self.store.removal_settle(sha256, self.clock.now()).await?;
            }
        }
    }

    /// Forgets a preview whose bytes are gone, so that it is made anew.
    pub(crate) async fn preview_forget(&self, analysis: AnalysisId, name: &str) -> Answer<()> {
        let removal = NewRemoval { analysis, name: name.to_owned(), rule: None, at: self.clock.now() };
        self.store.preview_remove(&removal).await?;
        Ok(())
    }
}
