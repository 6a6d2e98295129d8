//! Why a file was refused.

use podlinnik_domain::error_code::ErrorCode;

/// A file that cannot be examined, or a reader that cannot be started.
#[derive(Debug, thiserror::Error)]
pub enum MediaError {
    /// The file is refused; the code says why, the detail is technical.
    #[error("media refused ({code}): {detail}")]
    Refused {
        /// The stable code, one of `media_*`.
        code: ErrorCode,
        /// For the log and the technical tab.
        detail: String,
    },
    /// The reader itself could not do its work (cannot start the child, broken pipe).
    #[error("media reader failed: {0}")]
    Reader(#[from] std::io::Error),
}

impl MediaError {
    /// A refusal.
    pub fn refused(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self::Refused { code, detail: detail.into() }
    }

    /// The code that a user may see.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Refused { code, .. } => *code,
            Self::Reader(_) => ErrorCode::AnalysisFailed,
        }
    }
}
