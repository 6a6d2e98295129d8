//! Starts the sandboxed child and reads what it sends.

use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;

use podlinnik_domain::media::Warning;

use crate::{Frame, MediaError, MediaLimits, Probe, SamplingPlan};

/// The first argument that turns the `podlinnik` binary into the reader child.
pub const CHILD_ARGUMENT: &str = "__media-reader";

/// What the child sends: first a probe, then frames and warnings in order of time.
#[derive(Debug, Clone, PartialEq)]
pub enum MediaEvent {
    /// What the file is. Always first, exactly once.
    Probe(Probe),
    /// A frame.
    Frame(Frame),
    /// Something that went less than well.
    Warning(Warning),
    /// How far the reader has got, in thousandths.
    Progress(u16),
}

/// How to start the child, and with which limits.
#[derive(Debug, Clone)]
pub struct MediaReader {
    program: PathBuf,
    arguments: Vec<OsString>,
    limits: MediaLimits,
}

impl MediaReader {
    /// A reader whose child is `program` with [`CHILD_ARGUMENT`] (normally `std::env::current_exe()`).
    pub fn new(program: PathBuf, limits: MediaLimits) -> Self {
        Self { program, arguments: vec![CHILD_ARGUMENT.into()], limits }
    }

    /// The limits in force.
    pub const fn limits(&self) -> &MediaLimits {
        &self.limits
    }

    /// Starts reading `file` from its beginning. The child gets the open file and nothing else.
    ///
    /// # Errors
    /// [`MediaError::Reader`] if the child cannot be started. Refusals come from the stream.
    pub fn open(&self, file: File, plan: &SamplingPlan) -> Result<MediaStream, MediaError> {
        let _ = (&self.program, &self.arguments, file, plan);
        todo!("owned by the media crate")
    }
}

/// What the child sends, as an iterator that ends after the last event or the first error. Dropping it kills the child.
#[derive(Debug)]
pub struct MediaStream {}

impl Iterator for MediaStream {
    type Item = Result<MediaEvent, MediaError>;

    fn next(&mut self) -> Option<Self::Item> {
        todo!("owned by the media crate")
    }
}

/// The child's whole life: enter the sandbox, read the request, decode, send, exit. Called by `main` before anything else when the first
/// argument is [`CHILD_ARGUMENT`].
pub fn child_main() -> std::process::ExitCode {
    todo!("owned by the media crate")
}
