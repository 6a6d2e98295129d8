use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;

/// What can go wrong in a store. Not found is an `Option`, not an error.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A uniqueness rule was broken; `what` names it, for example `login`.
    #[error("conflict: {what} is already taken")]
    Conflict {
        /// Which rule.
        what: &'static str,
    },
    /// The record is not in the state that the transition needs.
    #[error("cannot {action}: the record is in state `{state}`")]
    WrongState {
        /// What was tried.
        action: &'static str,
        /// The present state's code.
        state: String,
    },
    /// Compare-and-set failed: the record has changed since it was read, or a notice's verdict revision is no longer current.
    #[error("cannot {action}: the record has changed meanwhile")]
    Stale {
        /// What was tried.
        action: &'static str,
    },
    /// Another analyst has the case.
    #[error("cannot {action}: another analyst has the case")]
    Claimed {
        /// What was tried.
        action: &'static str,
    },
    /// Break-glass is not open for this verdict.
    #[error("break-glass is closed for this verdict")]
    BreakGlass,
    /// The checklist of a notice is not complete.
    #[error("the checklist of the notice is not complete")]
    Checklist,
    /// The verdict that a notice rests on holds no more, and none that says the same does.
    #[error("the verdict that the notice rests on holds no more")]
    VerdictOutdated,
    /// A guard that separates people was hit.
    #[error("cannot {action}: has to be another person")]
    SamePerson {
        /// What was tried.
        action: &'static str,
    },
    /// The record that the call refers to does not exist.
    #[error("{what} does not exist")]
    Missing {
        /// Which record.
        what: &'static str,
    },
    /// Nobody would be left who administers the installation.
    #[error("the last administrator cannot go")]
    LastAdministrator,
    /// The submitter has handed in as much within 24 hours as the quota allows.
    #[error("the quota of submissions is used up until {until}")]
    QuotaUsedUp {
        /// When the first of those submissions is 24 hours old.
        until: Timestamp,
    },
    /// The idempotency key was used before with another request.
    #[error("idempotency key was used with another request")]
    IdempotencyKeyReused,
    /// The lease has expired and been given to another worker, or the job is finished.
    #[error("lease on job is lost")]
    LeaseLost,
    /// A value in the database cannot be read as what it should be.
    #[error("cannot read {what} from the database: {detail}")]
    Corrupt {
        /// Which value.
        what: &'static str,
        /// What is wrong with it.
        detail: String,
    },
    /// The engine failed.
    #[error("database failed: {0}")]
    Engine(#[source] Box<dyn std::error::Error + Send + Sync>),
}

impl StoreError {
    /// The code that a user may see.
    pub const fn code(&self) -> ErrorCode {
        match self {
            Self::Conflict { .. } => ErrorCode::Conflict,
            Self::WrongState { .. } => ErrorCode::WrongState,
            Self::Stale { .. } => ErrorCode::StaleRevision,
            Self::SamePerson { .. } => ErrorCode::SamePerson,
            Self::Claimed { .. } => ErrorCode::ClaimedByAnother,
            Self::BreakGlass => ErrorCode::BreakGlassClosed,
            Self::Checklist => ErrorCode::ChecklistIncomplete,
            Self::VerdictOutdated => ErrorCode::VerdictOutdated,
            Self::LastAdministrator => ErrorCode::LastAdministrator,
            Self::QuotaUsedUp { .. } => ErrorCode::RateLimited,
            Self::Missing { .. } => ErrorCode::NotFound,
            Self::IdempotencyKeyReused => ErrorCode::IdempotencyKeyReused,
            Self::LeaseLost | Self::Corrupt { .. } | Self::Engine(_) => ErrorCode::Internal,
        }
    }
}
