//! What everybody may ask for.

use podlinnik_domain::notice::ClaimRating;

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
