//! What everybody may ask for.

use podlinnik_domain::case::Case;
use podlinnik_domain::notice::{ClaimRating, Notice};
use podlinnik_domain::verdict::Verdict;

/// Which public notices are looked for. What is left out does not matter.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PublicQuestion {
    /// Code of the region that they concern.
    pub region: Option<String>,
    /// The editor's rating of the claim.
    pub rating: Option<ClaimRating>,
    /// Beginnings of words, in any order, of any language of the notice.
    pub search: Option<String>,
}

/// What is known of the bytes of a media item, to answer with at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaKnowledge {
    /// The case.
    pub case: Case,
    /// The verdict that the world may be told of, if there is one.
    pub verdict: Option<Verdict>,
    /// Whether whoever asks is remembered as a reader of that verdict.
    pub read: bool,
    /// All its notices, oldest first.
    pub notices: Vec<Notice>,
}
