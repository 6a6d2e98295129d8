//! Exit codes, and how a failure is told.

use std::fmt;
use std::process::ExitCode;

use podlinnik_pipeline::{BlobError, OnnxError, ServiceError, StoreError};

/// An exit code of the program; `podlinnik --help` documents them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Exit(u8);

/// Everything was done.
pub(crate) const DONE: Exit = Exit(0);
/// The command line, a setting or a name is wrong.
pub(crate) const USAGE: Exit = Exit(2);
/// A file was refused; the others were examined.
pub(crate) const REFUSED: Exit = Exit(3);
/// Our side failed.
pub(crate) const FAILED: Exit = Exit(4);
/// Whoever read the output went away (what a shell reports for SIGPIPE).
pub(crate) const PIPE_CLOSED: Exit = Exit(141);

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.0)
    }
}

/// Why the program ends early: what failed on what, and a hint.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The person at the keyboard can mend it.
    Usage { what: String, hint: Option<String> },
    /// Our side failed.
    Internal { error: anyhow::Error, hint: Option<String> },
    /// Standard output is closed: nobody wants to hear more.
    PipeClosed,
}

impl Failure {
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self::Usage { what: what.into(), hint: None }
    }

    pub(crate) fn internal(error: impl Into<anyhow::Error>) -> Self {
        Self::Internal { error: error.into(), hint: None }
    }

    /// Adds a hint.
    #[must_use]
    pub(crate) fn hint(mut self, text: impl Into<String>) -> Self {
        if let Self::Usage { hint, .. } | Self::Internal { hint, .. } = &mut self {
            *hint = Some(text.into());
        }
        self
    }

    pub(crate) const fn code(&self) -> Exit {
        match self {
            Self::Usage { .. } => USAGE,
            Self::Internal { .. } => FAILED,
            Self::PipeClosed => PIPE_CLOSED,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let hint = match self {
            Self::Usage { what, hint } => {
                write!(formatter, "error: {what}")?;
                hint
            }
            Self::Internal { error, hint } => {
                write!(formatter, "error: {error:#}")?;
                hint
            }
            Self::PipeClosed => return Ok(()),
        };
        match hint {
            Some(hint) => write!(formatter, "\nhint: {hint}"),
            None => Ok(()),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::BrokenPipe { Self::PipeClosed } else { Self::internal(error) }
    }
}

impl From<OnnxError> for Failure {
    fn from(error: OnnxError) -> Self {
        Self::internal(error).hint("`podlinnik doctor` checks models and runtime")
    }
}

impl From<ServiceError> for Failure {
    fn from(error: ServiceError) -> Self {
        match error {
            ServiceError::Refused(code) => Self::usage(format!("{} ({code})", code.text().en)),
            ServiceError::Invalid(fields) => {
                let fields: Vec<_> = fields.iter().map(ToString::to_string).collect();
                Self::usage(fields.join("; "))
            }
            ServiceError::Store(error @ (StoreError::Conflict { .. } | StoreError::Missing { .. })) => {
                Self::usage(error.to_string())
            }
            ServiceError::Store(error @ StoreError::WrongState { .. }) => {
                Self::usage(format!("{} ({})", error.code().text().en, error.code()))
            }
            other => Self::internal(other),
        }
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::internal(error)
    }
}

impl From<BlobError> for Failure {
    fn from(error: BlobError) -> Self {
        if error.is_passing() {
            return Self::internal(error).hint("nothing is lost; try again once the store answers");
        }
        Self::internal(error)
    }
}
