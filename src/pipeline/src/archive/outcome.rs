//! What can become of files that are taken in or read again.

use std::path::PathBuf;

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::media::Warning;
use podlinnik_domain::original::ArchiveItem;

/// What became of a file.
#[derive(Debug, Clone, PartialEq)]
pub struct FileOutcome {
    /// Which file.
    pub path: PathBuf,
    /// What became of it.
    pub result: FileResult,
}

/// What can become of a file.
#[derive(Debug, Clone, PartialEq)]
pub enum FileResult {
    /// It is an original now.
    Added {
        /// The original.
        item: Box<ArchiveItem>,
        /// What went less than well while it was read.
        warnings: Vec<Warning>,
    },
    /// It was one before.
    Unchanged(Box<ArchiveItem>),
    /// It was one before, at another place.
    Moved(Box<ArchiveItem>),
    /// Its bytes are an original that still lies elsewhere.
    Duplicate(Box<ArchiveItem>),
    /// It was one and was withdrawn.
    Withdrawn(Box<ArchiveItem>),
    /// It has a signature of the present version now.
    Renewed(Box<ArchiveItem>),
    /// It cannot be one.
    Refused {
        /// Why, as a code.
        code: ErrorCode,
        /// Why, technically.
        detail: String,
        /// Our side failed; the file may be fine.
        ours: bool,
    },
}

impl FileResult {
    /// A stable code for machines.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Added { .. } => "added",
            Self::Unchanged(_) => "unchanged",
            Self::Moved(_) => "moved",
            Self::Duplicate(_) => "duplicate",
            Self::Withdrawn(_) => "withdrawn",
            Self::Renewed(_) => "renewed",
            Self::Refused { .. } => "refused",
        }
    }

    /// The original that it is about.
    pub fn item(&self) -> Option<&ArchiveItem> {
        match self {
            Self::Added { item, .. }
            | Self::Unchanged(item)
            | Self::Moved(item)
            | Self::Duplicate(item)
            | Self::Withdrawn(item)
            | Self::Renewed(item) => Some(item),
            Self::Refused { .. } => None,
        }
    }

    pub(super) fn refused(code: ErrorCode, detail: impl Into<String>) -> Self {
        Self::Refused { code, detail: detail.into(), ours: false }
    }
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Added {
    /// New originals.
    pub added: u64,
    /// Their length in seconds.
    pub added_s: f64,
    /// Originals from before.
    pub unchanged: u64,
    /// Originals from before, found at another place.
    pub moved: u64,
    /// Files with the bytes of an original elsewhere.
    pub duplicates: u64,
    /// Files that were withdrawn before.
    pub withdrawn: u64,
    /// Originals that have a signature of the present version now.
    pub renewed: u64,
    /// Files and lines that were refused.
    pub refused: u64,
    /// Of those, where our side failed.
    pub failed: u64,
    /// Files of folders that were not looked at.
    pub passed_over: u64,
}

impl Added {
    pub(super) fn count(&mut self, result: &FileResult) {
        match result {
            FileResult::Added { item, .. } => {
                self.added += 1;
                self.added_s += item.duration_s.unwrap_or(0.0);
            }
            FileResult::Unchanged(_) => self.unchanged += 1,
            FileResult::Moved(_) => self.moved += 1,
            FileResult::Duplicate(_) => self.duplicates += 1,
            FileResult::Withdrawn(_) => self.withdrawn += 1,
            FileResult::Renewed(_) => self.renewed += 1,
            FileResult::Refused { ours, .. } => {
                self.refused += 1;
                self.failed += u64::from(*ours);
            }
        }
    }
}
