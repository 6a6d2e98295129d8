//! The append-only history: read page by page, and its chain of hashes checked piece by piece.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::{Event, GENESIS};
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::people::Actor;
use podlinnik_storage::record::EventFilter;

use super::MAY_LOOK;
use crate::access::{Sight, require};
use crate::listing::MOST_ENTRIES;
use crate::service::{Answer, Service};

/// Events that are read at a time.
const PORTION: u32 = 1000;
/// Events that one look at the chain checks; the next goes on from there.
const AT_ONCE: u64 = 20_000;

/// A page of the history.
#[derive(Debug, Clone)]
pub struct AuditPage {
    /// The events, newest first.
    pub events: Vec<Event>,
    /// Number to go on from; none at the end.
    pub next: Option<u64>,
    /// Whether only what people of the actor's branch did is shown.
    pub of_branch: bool,
}

/// How far the chain was checked, and what was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChainState {
    /// Events checked, from the first on.
    pub checked: u64,
    /// Events there are.
    pub last: u64,
    /// The first event that does not follow from the one before it.
    pub broken_at: Option<u64>,
    /// When the last piece was checked.
    pub at: Timestamp,
}

impl ChainState {
    /// Whether everything was checked and holds.
    pub const fn is_whole(&self) -> bool {
        self.broken_at.is_none() && self.checked >= self.last
    }
}

/// Where the check goes on.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ChainMark {
    sequence: u64,
    hash: Sha256,
    broken_at: Option<u64>,
}

impl Default for ChainMark {
    fn default() -> Self {
        Self { sequence: 0, hash: GENESIS, broken_at: None }
    }
}

impl ChainMark {
    /// Takes the next event in; the first that does not fit stops the check.
    fn follow(&mut self, event: &Event) {
        let fits = event.sequence == self.sequence + 1
            && event.previous_hash == self.hash
            && event.hash == event.expected_hash();
        if fits {
            (self.sequence, self.hash) = (event.sequence, event.hash);
        } else {
            self.broken_at = Some(self.sequence + 1);
        }
    }
}

impl Service {
    /// Events that the filter lets through, newest first; `limit` 1 to 100. Whoever does not see everything sees what people of their own branch did. What a
    /// proposal says is left out until its second look, as in the history of its case.
    ///
    /// # Errors
    /// `forbidden`, and what the store answers.
    pub async fn audit(
        &self,
        actor: &Actor,
        mut filter: EventFilter,
        before: Option<u64>,
        limit: u32,
    ) -> Answer<AuditPage> {
        require(actor, MAY_LOOK)?;
        let limit = limit.clamp(1, MOST_ENTRIES);
        let of_branch = self.sight(actor).await? != Sight::All;
        filter.branch = of_branch.then_some(actor.user.organisation);
        let mut events = self.store.event_page(&filter, before, limit + 1).await?;
        let more = events.len() > limit as usize;
        events.truncate(limit as usize);
        self.keep_blind(actor, &mut events).await?;
        let next = events.last().filter(|_| more).map(|event| event.sequence);
        Ok(AuditPage { events, next, of_branch })
    }

    /// Goes on checking the chain of hashes, at most 20,000 events at a time; with `anew`, from the first event.
    ///
    /// # Errors
    /// `forbidden`, and what the store answers. A broken chain is no error but a finding.
    pub async fn chain_check(&self, actor: &Actor, anew: bool) -> Answer<ChainState> {
        require(actor, MAY_LOOK)?;
        // A copy of the mark: nobody waits for the lock while events are read.
        let mut mark = if anew { ChainMark::default() } else { self.chain_mark() };
        let mut left = AT_ONCE;
        while left > 0 && mark.broken_at.is_none() {
            let events = self.store.event_since(mark.sequence, PORTION).await?;
            let Some(last) = events.last() else { break };
            left = left.saturating_sub(events.len() as u64);
            let end = last.sequence;
            // Hashing is quick: a portion takes some milliseconds.
            for event in &events {
                mark.follow(event);
                if mark.broken_at.is_some() {
                    tracing::error!(
                        event.sequence = event.sequence,
                        "the chain of events breaks before {end}"
                    );
                    break;
                }
            }
        }
        if let Ok(mut kept) = self.chain.lock()
            && (anew || mark.broken_at.is_some() || mark.sequence >= kept.sequence)
        {
            *kept = mark;
        }
        let last = self.store.event_last().await?;
        let ChainMark { sequence, broken_at, .. } = mark;
        Ok(ChainState { checked: sequence, last: last.max(sequence), broken_at, at: self.clock.now() })
    }

    fn chain_mark(&self) -> ChainMark {
        self.chain.lock().map(|mark| *mark).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use podlinnik_domain::event::{NewEvent, SubjectKind, chain_hash};
    use serde_json::json;

    use super::*;

    fn chained(previous: Sha256, sequence: u64) -> Event {
        let new = NewEvent {
            subject_kind: SubjectKind::Case,
            subject_id: sequence.to_string(),
            kind: "case_opened".to_owned(),
            actor: None,
            reason: None,
            at: Timestamp::UNIX_EPOCH,
            payload: json!({}),
        };
        let hash = chain_hash(previous, sequence, &new);
        let NewEvent { subject_kind, subject_id, kind, actor, reason, at, payload } = new;
        Event {
            sequence,
            subject_kind,
            subject_id,
            kind,
            actor,
            reason,
            at,
            payload,
            previous_hash: previous,
            hash,
        }
    }

    #[test]
    fn a_changed_a_missing_and_a_foreign_event_break_the_chain() {
        let first = chained(GENESIS, 1);
        let second = chained(first.hash, 2);
        let third = chained(second.hash, 3);
        let checked = |events: &[&Event]| {
            let mut mark = ChainMark::default();
            events.iter().for_each(|event| {
                if mark.broken_at.is_none() {
                    mark.follow(event);
                }
            });
            (mark.sequence, mark.broken_at)
        };
        assert_eq!(checked(&[&first, &second, &third]), (3, None));
        assert_eq!(checked(&[&first, &third]), (1, Some(2)));
        let changed = Event { reason: Some("x".to_owned()), ..second.clone() };
        assert_eq!(checked(&[&first, &changed, &third]), (1, Some(2)));
        assert_eq!(checked(&[&first, &chained(GENESIS, 2)]), (1, Some(2)));
    }
}
