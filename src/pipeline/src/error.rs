use podlinnik_blobs::BlobError;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::notice::ChecklistItem;
use podlinnik_domain::submission::FieldError;
use podlinnik_storage::StoreError;

/// What a use case can answer instead of its result.
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// A rule of the trade forbids it; the code is what the user sees.
    #[error("refused: {0}")]
    Refused(ErrorCode),
    /// Fields break their rules.
    #[error("invalid fields")]
    Invalid(Vec<FieldError>),
    /// The checklist of a notice is not complete.
    #[error("the checklist is not complete")]
    Incomplete(Vec<ChecklistItem>),
    /// Too often, or too many failures: once more after some seconds.
    #[error("too often: once more after {seconds} s")]
    RateLimited {
        /// How long to wait.
        seconds: u32,
    },
    /// The store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The blob store.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// Anything else that is our fault.
    #[error("internal: {0}")]
    Internal(String),
}

impl ServiceError {
    /// The code that a user may see.
    pub fn code(&self) -> ErrorCode {
        match self {
            Self::Refused(code) => *code,
            Self::Invalid(_) => ErrorCode::ValidationFailed,
            Self::Incomplete(_) => ErrorCode::ChecklistIncomplete,
            Self::RateLimited { .. } => ErrorCode::RateLimited,
            Self::Store(error) => error.code(),
            Self::Blob(BlobError::TooLarge { .. }) => ErrorCode::MediaTooLarge,
            Self::Blob(error) if error.is_passing() => ErrorCode::StorageUnavailable,
            Self::Blob(_) | Self::Internal(_) => ErrorCode::Internal,
        }
    }
}
