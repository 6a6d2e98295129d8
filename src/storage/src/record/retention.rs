//! What is removed under the retention rules.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{AnalysisId, CaseId};

/// A file that was made of the item of an ended case and can be made anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Removable {
    /// The case.
    pub case: CaseId,
    /// When anything last happened with it.
    pub changed_at: Timestamp,
    /// The analysis that the file belongs to.
    pub analysis: AnalysisId,
    /// Its name.
    pub name: String,
    /// Digest of its bytes.
    pub sha256: Sha256,
    /// Its length.
    pub size_bytes: u64,
}

/// A removal to be recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRemoval {
    /// The analysis that the file belongs to.
    pub analysis: AnalysisId,
    /// Its name.
    pub name: String,
    /// The rule: so many days after the case has ended, and the moment before which it has to have. None where the bytes were found to be gone.
    pub rule: Option<(u32, Timestamp)>,
    /// When.
    pub at: Timestamp,
}
