//! The board: what the desk looks at all day. Whoever sees a case sees it on the board: their own branch, or everything for federal organisations and
//! auditors. Of verdicts only those in force are shown, so that a second look stays blind.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use podlinnik_domain::analysis::AnalysisState;
use podlinnik_domain::case::{Case, CaseState, Clocks, DEADLINE_S, Risk, Topic};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{OrganisationId, SeriesId, UserId};
use podlinnik_domain::likelihood::Word;
use podlinnik_domain::people::{Actor, Role};
use podlinnik_domain::verdict::VerdictKind;
use podlinnik_storage::Store;
use podlinnik_storage::record::{BoardQuestion, BoardRecord, ClaimedBy, Page, Position, Steps};
use tokio::sync::watch;

pub use podlinnik_storage::record::{BoardCounts, BoardOrder};

use crate::access::Sight;
use crate::error::ServiceError;
use crate::listing::MOST_ENTRIES;
use crate::notes::MAY_READ_NOTES;
use crate::service::{Answer, Service};

/// Characters of what is searched for.
pub const SEARCH_CHARS: usize = 200;
/// How often other processes' news are looked for.
const POLL: Duration = Duration::from_secs(5);
/// Digits of a SHA-256 that stand in for a name.
const SHORT_DIGEST: usize = 12;

/// Whose cases.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Claimed {
    /// Whoever's.
    #[default]
    Anybody,
    /// Nobody's.
    Nobody,
    /// Those of whoever asks.
    Me,
    /// This person's.
    By(UserId),
}

/// What is asked of the board. Everything that is given has to hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardQuery {
    /// In one of these states; any if empty.
    pub states: Vec<CaseState>,
    /// Neither approved nor parked.
    pub open_only: bool,
    /// Of this region.
    pub region: Option<String>,
    /// Seen in this network or sorted under it; the whole name, case and `ё` make no difference.
    pub network: Option<String>,
    /// Of this risk.
    pub risk: Option<Risk>,
    /// On this topic.
    pub topic: Option<Topic>,
    /// Whose.
    pub claimed: Claimed,
    /// Only where a step waits for whoever asks: a proposal on a case that they have, a second look, an approval of a verdict or a notice, a publication.
    pub wants_me: bool,
    /// Of this series.
    pub series: Option<SeriesId>,
    /// Words or beginnings of words in any order, at most 200 characters: file names, what was said with them, addresses, networks, places, identifiers,
    /// digests, notices, approved verdicts; the desk's notes for those who may read them.
    pub search: Option<String>,
    /// The order.
    pub order: BoardOrder,
    /// After this place of an earlier page in the same order.
    pub after: Option<Position>,
    /// Entries, 1 to 100.
    pub limit: u32,
}

impl Default for BoardQuery {
    fn default() -> Self {
        Self {
            states: Vec::new(),
            open_only: false,
            region: None,
            network: None,
            risk: None,
            topic: None,
            claimed: Claimed::Anybody,
            wants_me: false,
            series: None,
            search: None,
            order: BoardOrder::Deadline,
            after: None,
            limit: 50,
        }
    }
}

/// A case as the board shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardEntry {
    /// The case.
    pub case: Case,
    /// Its two clocks, read now.
    pub clocks: Clocks,
    /// Name of the first file, else the beginning of its note, else twelve digits of its SHA-256.
    pub title: String,
    /// Networks that hand-ins and sorting named, in the order of their coming.
    pub networks: Vec<String>,
    /// How often the same bytes were handed in, by whomever.
    pub submissions: u32,
    /// When something last happened to it.
    pub last_change_at: Timestamp,
    /// Name of whoever has it.
    pub claimed_by: Option<String>,
    /// Its series and how many items that has.
    pub series: Option<(SeriesId, u32)>,
    /// Where the latest analysis stands.
    pub analysis: AnalysisState,
    /// The word of all methods together; none until there is one.
    pub word: Option<Word>,
    /// Whether an original was located.
    pub original_found: bool,
    /// Whether it is a confirmed copy of a known item that whoever asks may know of.
    pub known_copy: bool,
    /// The verdict in force; never a proposed one.
    pub verdict: Option<VerdictKind>,
    /// Name of a frame among the derivatives of the latest analysis.
    pub poster: Option<String>,
}

impl Service {
    /// A page of the board.
    ///
    /// # Errors
    /// `validation_failed` if the search is too long.
    pub async fn board(&self, actor: &Actor, query: &BoardQuery) -> Answer<Page<BoardEntry>> {
        if query.search.as_deref().is_some_and(|search| search.chars().count() > SEARCH_CHARS) {
            return Err(ServiceError::Refused(ErrorCode::ValidationFailed));
        }
        let states = match wanted_states(query) {
            Some(states) => states,
            None => return Ok(Page { items: Vec::new(), next: None }),
        };
        // A step can be taken only where the actor may act, which for an auditor is less than they see.
        let sight = if query.wants_me { self.jurisdiction(actor).await? } else { self.sight(actor).await? };
        let question = BoardQuestion {
            root: root(actor, &sight),
            person: actor.user.id,
            states,
            region: query.region.clone(),
            network: query.network.clone(),
            risk: query.risk,
            topic: query.topic,
            claimed: match query.claimed {
                Claimed::Anybody => ClaimedBy::Anybody,
                Claimed::Nobody => ClaimedBy::Nobody,
                Claimed::Me => ClaimedBy::One(actor.user.id),
                Claimed::By(user) => ClaimedBy::One(user),
            },
            wants: query.wants_me.then(|| steps(actor)),
            series: query.series,
            search: query.search.clone(),
            notes: MAY_READ_NOTES.iter().any(|role| actor.user.has(*role)),
            order: query.order,
            after: query.after,
            limit: query.limit.clamp(1, MOST_ENTRIES),
        };
        let page = self.store.board_page(&question).await?;
        let now = self.clock.now();
        Ok(Page { items: page.items.into_iter().map(|record| entry(record, now)).collect(), next: page.next })
    }

    /// How many of the cases that the actor sees wait for what.
    pub async fn board_counts(&self, actor: &Actor) -> Answer<BoardCounts> {
        let root_seen = root(actor, &self.sight(actor).await?);
        let root_acted = root(actor, &self.jurisdiction(actor).await?);
        let late_before =
            self.clock.now().checked_sub(SignedDuration::from_secs(DEADLINE_S)).unwrap_or(Timestamp::MIN);
        Ok(self.store.board_counts(root_seen, root_acted, actor.user.id, steps(actor), late_before).await?)
    }

    /// News of the board, from now on: whenever a case changed in this process at once, in another within five seconds.
    pub async fn board_news(&self) -> Answer<BoardNews> {
        // Subscribed before the number is read, so that nothing falls in between.
        let recorded = self.store.recorded();
        let seen = self.store.board_sequence().await?;
        Ok(BoardNews { store: Arc::clone(&self.store), recorded, seen })
    }
}

/// Waits for changes of cases. A hint: the truth is in the store, and several changes may be told at once.
#[derive(Debug)]
pub struct BoardNews {
    store: Arc<dyn Store>,
    recorded: watch::Receiver<u64>,
    seen: u64,
}

impl BoardNews {
    /// Waits until a case has changed; answers the number of the last event about one. May be dropped while it waits and called again.
    ///
    /// # Errors
    /// What the store answers.
    pub async fn next(&mut self) -> Answer<u64> {
        loop {
            // The store outlives its sender: an error cannot come about, and would only mean to poll.
            if let Ok(Err(_)) = tokio::time::timeout(POLL, self.recorded.changed()).await {
                tokio::time::sleep(POLL).await;
            }
            let last = self.store.board_sequence().await?;
            if last > self.seen {
                self.seen = last;
                return Ok(last);
            }
        }
    }
}

/// The states that are asked for, none for a question that no case can meet; an empty list stands for all.
fn wanted_states(query: &BoardQuery) -> Option<Vec<CaseState>> {
    if !query.open_only {
        return Some(query.states.clone());
    }
    let asked = if query.states.is_empty() { CaseState::ALL } else { &query.states };
    let closed = [CaseState::Approved, CaseState::Parked];
    let open: Vec<_> = asked.iter().copied().filter(|state| !closed.contains(state)).collect();
    (!open.is_empty()).then_some(open)
}

/// A sight as the store takes it: none for everything.
fn root(actor: &Actor, sight: &Sight) -> Option<OrganisationId> {
    match sight {
        Sight::All => None,
        Sight::Branch(_) => Some(actor.user.organisation),
    }
}

/// Which steps the actor's roles allow.
fn steps(actor: &Actor) -> Steps {
    Steps {
        analyse: actor.user.has(Role::Analyst),
        approve: actor.user.has(Role::Approver),
        publish: actor.user.has(Role::Editor) || actor.user.has(Role::Approver),
    }
}

fn entry(record: BoardRecord, now: Timestamp) -> BoardEntry {
    let digest = || record.case.media_sha256.to_string().chars().take(SHORT_DIGEST).collect();
    BoardEntry {
        clocks: Clocks::read(record.case.first_seen_at, now),
        title: record.title.clone().unwrap_or_else(digest),
        networks: record.networks,
        submissions: record.submissions,
        last_change_at: record.changed_at,
        claimed_by: record.claimed_by,
        series: record.series,
        analysis: record.analysis,
        word: record.word,
        original_found: record.original_found,
        known_copy: record.known_copy,
        verdict: record.verdict,
        poster: record.poster,
        case: record.case,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_is_what_somebody_has_to_work_on() {
        let states = |states: &[CaseState], open_only| {
            wanted_states(&BoardQuery { states: states.to_vec(), open_only, ..BoardQuery::default() })
        };
        assert_eq!(states(&[], false), Some(vec![]));
        let open = states(&[], true).unwrap();
        assert_eq!(open.len(), CaseState::ALL.len() - 2);
        assert!(!open.contains(&CaseState::Parked) && !open.contains(&CaseState::Approved));
        assert_eq!(states(&[CaseState::New, CaseState::Parked], true), Some(vec![CaseState::New]));
        assert_eq!(states(&[CaseState::Parked], true), None, "nothing can be both");
        assert_eq!(states(&[CaseState::Parked], false), Some(vec![CaseState::Parked]));
    }
}
