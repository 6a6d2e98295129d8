//! Where originals come from: an index to ask and files to open.

use std::fs::File;

use podlinnik_domain::hash::Sha256;
use podlinnik_domain::original::ArchiveItem;
use podlinnik_domain::trace::{KnownCopy, Searched};
use podlinnik_similarity::archive::Candidate;
use podlinnik_similarity::signature::MediaSignature;
use tokio::runtime::Handle;

use super::known::Known;
use crate::archive::Archive;
use crate::archive::library::Library;
use crate::error::ServiceError;

/// What a trace needs from outside. Called from a thread that may block.
pub trait Sources {
    /// Originals that resemble a suspect, best first.
    fn candidates(&self, suspect: &MediaSignature) -> Vec<Candidate>;
    /// The original with this number, if it counts still.
    fn item(&self, number: u64) -> Option<ArchiveItem>;
    /// Its signature.
    ///
    /// # Errors
    /// What the store answers.
    fn signature(&self, item: &ArchiveItem) -> Result<Option<MediaSignature>, ServiceError>;
    /// Its file at the beginning; none if it is not where it was.
    ///
    /// # Errors
    /// What the store answers.
    fn open(&self, item: &ArchiveItem) -> Result<Option<File>, ServiceError>;
    /// Items seen before that the suspect is a copy of.
    ///
    /// # Errors
    /// What the store answers.
    fn known_copies(&self, sha256: Sha256, suspect: &MediaSignature) -> Result<Vec<KnownCopy>, ServiceError>;
    /// How much there is to search.
    fn searched(&self) -> Searched;
}

/// The archive, its library, and what was handed in before.
#[derive(Debug)]
pub struct ArchiveSources<'a> {
    /// Opens files.
    pub archive: &'a Archive,
    /// Originals with their index.
    pub library: &'a Library,
    /// What was handed in before.
    pub known: &'a Known,
    /// Of the running service: the store is asked from a thread of its own.
    pub runtime: Handle,
    /// Whether the very same bytes, handed in before, are told of too: not where it is they that are being analysed.
    pub exact_too: bool,
}

impl Sources for ArchiveSources<'_> {
    fn candidates(&self, suspect: &MediaSignature) -> Vec<Candidate> {
        self.library.index().candidates(suspect)
    }

    fn item(&self, number: u64) -> Option<ArchiveItem> {
        self.library.item(number).cloned()
    }

    fn signature(&self, item: &ArchiveItem) -> Result<Option<MediaSignature>, ServiceError> {
        self.runtime.block_on(self.library.signature(item.sha256))
    }

    fn open(&self, item: &ArchiveItem) -> Result<Option<File>, ServiceError> {
        self.runtime.block_on(self.archive.open(item))
    }

    fn known_copies(&self, sha256: Sha256, suspect: &MediaSignature) -> Result<Vec<KnownCopy>, ServiceError> {
        self.runtime.block_on(self.known.copies(sha256, suspect, self.exact_too))
    }

    fn searched(&self) -> Searched {
        searched(self.library)
    }
}

/// How much there is in a library.
pub(super) fn searched(library: &Library) -> Searched {
    let length_s: f64 = library.items().filter_map(|item| item.duration_s).sum();
    Searched {
        originals: library.items().count() as u64,
        hours: (length_s / 36.0).round() / 100.0,
        candidates: 0,
    }
}
