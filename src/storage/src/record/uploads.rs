//! Uploads that come piece by piece.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::hash::{Blake3, Sha256};
use podlinnik_domain::id::{OrganisationId, SubmissionId, UploadId, UserId};
use podlinnik_domain::submission::Circumstances;

/// An upload to begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUpload {
    /// Identifier.
    pub id: UploadId,
    /// Who hands it in.
    pub user: UserId,
    /// For which organisation.
    pub organisation: OrganisationId,
    /// Bytes in all.
    pub length: u64,
    /// What is said about them.
    pub circumstances: Circumstances,
    /// When it begins.
    pub started_at: Timestamp,
    /// When it ends if it is not complete by then.
    pub expires_at: Timestamp,
}

/// An upload as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UploadRecord {
    /// Identifier.
    pub id: UploadId,
    /// Who hands it in.
    pub user: UserId,
    /// For which organisation.
    pub organisation: OrganisationId,
    /// Bytes in all.
    pub length: u64,
    /// Bytes that are durable.
    pub received: u64,
    /// What is said about them.
    pub circumstances: Circumstances,
    /// When it ends if it is not complete by then; a complete one is forgotten then.
    pub expires_at: Timestamp,
    /// Digests of the complete bytes.
    pub digests: Option<(Sha256, Blake3)>,
    /// What it became.
    pub submission: Option<SubmissionId>,
}
