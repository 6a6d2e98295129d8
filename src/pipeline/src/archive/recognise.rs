//! A recording → what it is recognised by.

use std::fmt;
use std::fs::File;

use podlinnik_domain::media::{MediaKind, Warning};
use podlinnik_media::MediaError;
use podlinnik_storage::record::NewSignature;

/// What [`Recognise`] finds out about a recording.
#[derive(Debug, Clone, PartialEq)]
pub struct Recognised {
    /// What kind of media it is.
    pub kind: MediaKind,
    /// Length in seconds.
    pub duration_s: Option<f64>,
    /// Width in pixels, upright.
    pub width: Option<u32>,
    /// Height in pixels, upright.
    pub height: Option<u32>,
    /// Frames per second.
    pub fps: Option<f64>,
    /// What it is recognised by.
    pub signature: NewSignature,
    /// What went less than well.
    pub warnings: Vec<Warning>,
}

/// What reads recordings: [`Recogniser`], or a stand-in in tests.
pub trait Recognise: fmt::Debug + Send + Sync + 'static {
    /// Kind and version of the signatures that it makes.
    fn signature(&self) -> (&'static str, u32);

    /// Reads a recording from end to end. `progress` gets thousandths and answers whether to go on. Blocks.
    ///
    /// # Errors
    /// [`MediaError`].
    fn recognise(&self, file: File, progress: &mut dyn FnMut(u16) -> bool) -> Result<Recognised, MediaError>;
}
