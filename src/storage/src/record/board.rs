//! The board: what is asked of it, and what it shows.

use podlinnik_domain::analysis::AnalysisState;
use podlinnik_domain::case::{Case, CaseState, Risk, Topic};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::coded_enum;
use podlinnik_domain::id::{CaseId, NoteId, OrganisationId, SeriesId, UserId};
use podlinnik_domain::likelihood::Word;
use podlinnik_domain::verdict::VerdictKind;

use super::Position;

coded_enum! {
    /// In which order the board shows cases.
    pub enum BoardOrder {
        /// The four-hour mark that comes (or came) first.
        Deadline = "deadline",
        /// First seen last.
        Newest = "newest",
        /// Changed last.
        Changed = "changed",
    }
}

/// Whose cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClaimedBy {
    /// Whoever's.
    Anybody,
    /// Nobody's.
    Nobody,
    /// This person's.
    One(UserId),
}

/// Which steps a person could take, by their roles.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Steps {
    /// Propose on cases that they have, and look second at others' proposals.
    pub analyse: bool,
    /// Approve verdicts and notices of others.
    pub approve: bool,
    /// Publish approved notices.
    pub publish: bool,
}

/// What is asked of the board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardQuestion {
    /// Cases of this organisation and those below it; all if none.
    pub root: Option<OrganisationId>,
    /// Who asks.
    pub person: UserId,
    /// In one of these states; any if empty.
    pub states: Vec<CaseState>,
    /// Of this region.
    pub region: Option<String>,
    /// Seen in this network, or sorted under it; case makes no difference.
    pub network: Option<String>,
    /// Of this risk.
    pub risk: Option<Risk>,
    /// On this topic.
    pub topic: Option<Topic>,
    /// Whose.
    pub claimed: ClaimedBy,
    /// On which `person` can take one of these steps now.
    pub wants: Option<Steps>,
    /// Of this series.
    pub series: Option<SeriesId>,
    /// With words that begin so, in any order.
    pub search: Option<String>,
    /// Whether words of notes count too: they are for those who may read them.
    pub notes: bool,
    /// The order.
    pub order: BoardOrder,
    /// After this place of an earlier page in the same order.
    pub after: Option<Position>,
    /// Entries.
    pub limit: u32,
}

/// A case as the board shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardRecord {
    /// The case.
    pub case: Case,
    /// Name of the first file, or the beginning of its note; none if it came without either.
    pub title: Option<String>,
    /// Networks that hand-ins and sorting named, in the order of their coming, each once.
    pub networks: Vec<String>,
    /// How often the same bytes were handed in, by whomever.
    pub submissions: u32,
    /// When something last happened to it.
    pub changed_at: Timestamp,
    /// Name of whoever has it.
    pub claimed_by: Option<String>,
    /// Its series and how many items that has.
    pub series: Option<(SeriesId, u32)>,
    /// Where the latest analysis stands.
    pub analysis: AnalysisState,
    /// The word of all methods together.
    pub word: Option<Word>,
    /// Whether an original was located.
    pub original_found: bool,
    /// Whether it is a confirmed copy of an item that whoever asks may know of.
    pub known_copy: bool,
    /// The verdict in force; never a proposed one.
    pub verdict: Option<VerdictKind>,
    /// Name of a frame among the derivatives of the latest analysis.
    pub poster: Option<String>,
}

/// How many cases wait for what, within one organisation and those below it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BoardCounts {
    /// Neither approved nor parked.
    pub open: u64,
    /// Of these, nobody's.
    pub unclaimed: u64,
    /// Cases that the person has, parked ones included.
    pub mine: u64,
    /// Proposals that the person could look at second.
    pub second_look_for_me: u64,
    /// Agreed verdicts that the person could approve.
    pub approvals_for_me: u64,
    /// Open cases past the four-hour mark.
    pub overdue: u64,
    /// Put aside.
    pub parked: u64,
}

/// A note to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewNote {
    /// Identifier.
    pub id: NoteId,
    /// The case.
    pub case: CaseId,
    /// Who writes.
    pub author: UserId,
    /// The words.
    pub text: String,
    /// When.
    pub at: Timestamp,
}
