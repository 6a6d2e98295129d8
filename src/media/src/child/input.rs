//! The file, read by position: the offset of the descriptor, which the parent may share, is neither used nor moved.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::fs::FileExt;
use std::sync::Arc;

use podlinnik_domain::error_code::ErrorCode;

use super::{Outcome, Stop};

/// The file behind standard input.
#[derive(Debug, Clone)]
pub(super) struct Input {
    file: Arc<File>,
    length: u64,
}

impl Input {
    /// Takes over standard input. Call once.
    pub(super) fn new() -> Outcome<Self> {
        // SAFETY: descriptor 0 is open (the parent put the file there), and nothing else in the child uses standard input.
        Self::of(File::from(unsafe { OwnedFd::from_raw_fd(0) }))
    }

    /// An open file.
    pub(super) fn of(file: File) -> Outcome<Self> {
        let metadata =
            file.metadata().map_err(|error| Stop::refused(ErrorCode::MediaUnreadable, error.to_string()))?;
        if metadata.is_dir() {
            return Err(Stop::refused(ErrorCode::MediaIsDirectory, "a directory"));
        }
        if !metadata.is_file() {
            return Err(Stop::refused(ErrorCode::MediaUnreadable, "neither a file nor a directory"));
        }
        Ok(Self { file: Arc::new(file), length: metadata.len() })
    }

    pub(super) const fn len(&self) -> u64 {
        self.length
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// The first bytes, at most `count`.
    pub(super) fn start(&self, count: usize) -> Outcome<Vec<u8>> {
        let mut bytes = Vec::new();
        self.reader().take(count as u64).read_to_end(&mut bytes).map_err(unreadable)?;
        Ok(bytes)
    }

    /// A reader with a position of its own, at the start.
    pub(super) fn reader(&self) -> InputReader {
        InputReader { input: self.clone(), position: 0 }
    }
}

pub(super) fn unreadable(error: io::Error) -> Stop {
    Stop::refused(ErrorCode::MediaUnreadable, error.to_string())
}

/// Reads the file from a position of its own.
#[derive(Debug)]
pub(super) struct InputReader {
    input: Input,
    position: u64,
}

impl Read for InputReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.file.read_at(buffer, self.position)?;
        self.position += count as u64;
        Ok(count)
    }
}

impl Seek for InputReader {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(position) => Some(position),
            SeekFrom::Current(by) => self.position.checked_add_signed(by),
            SeekFrom::End(by) => self.input.length.checked_add_signed(by),
        };
        self.position = position
            .filter(|position| i64::try_from(*position).is_ok())
            .ok_or_else(|| io::Error::from(io::ErrorKind::InvalidInput))?;
        Ok(self.position)
    }
}
