//! Starts the sandboxed child and reads what it sends.

use std::ffi::OsString;
use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use podlinnik_domain::media::Warning;

use crate::spawner;
use crate::wire::Request;
use crate::{Frame, MediaError, MediaLimits, Probe, SamplingPlan, Sound};

pub use crate::child::child_main;
pub use crate::stream::MediaStream;

/// The first argument that turns the `podlinnik` binary into the reader child. The second is the request as JSON.
pub const CHILD_ARGUMENT: &str = "__media-reader";

/// What the child sends: first a probe, then frames and warnings in order of time, then sound.
#[derive(Debug, Clone, PartialEq)]
pub enum MediaEvent {
    /// What the file is. Always first, exactly once.
    Probe(Probe),
    /// A frame.
    Frame(Frame),
    /// A stretch of sound. Stretches come after the frames.
    Sound(Sound),
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

    /// Starts reading `file` from its beginning, wherever its offset stands. The child gets the open file and nothing else: no environment, no
    /// other descriptor but the pipe for its answers.
    ///
    /// # Errors
    /// [`MediaError::Reader`] if the child cannot be started. Refusals come from the stream.
    pub fn open(&self, file: File, plan: &SamplingPlan) -> Result<MediaStream, MediaError> {
        let request = Request { plan: plan.clone(), limits: self.limits.clone() };
        let request = serde_json::to_string(&request).map_err(std::io::Error::from)?;
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .arg(request)
            .env_clear()
            .stdin(Stdio::from(file))
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        Ok(MediaStream::new(spawner::spawn(command)?, self.limits.clone())?)
    }
}
