//! A path or standard input → an open, regular file.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read, Seek as _};
use std::os::unix::fs::{FileTypeExt as _, OpenOptionsExt as _};
use std::path::Path;

use podlinnik_domain::error_code::ErrorCode;

/// A file to examine, and its name for the report (never a path).
#[derive(Debug)]
pub(crate) struct Input {
    pub(crate) file: File,
    pub(crate) name: Option<String>,
}

/// The name under which a file is reported: without its folders.
pub(crate) fn shown_name(path: &Path) -> String {
    path.file_name().map_or_else(|| path.to_string_lossy(), |name| name.to_string_lossy()).into_owned()
}

/// Opens a path; `-` is standard input. Pipes are spooled into a temporary file of at most `limit` bytes, because a container has to be read
/// back and forth; devices are refused.
///
/// # Errors
/// The code to tell the person.
pub(crate) fn open(path: &Path, limit: u64) -> Result<Input, ErrorCode> {
    if path.as_os_str() == "-" {
        let stdin = io::stdin();
        if stdin.is_terminal() {
            return Err(ErrorCode::MediaEmpty);
        }
        return Ok(Input { file: spool(&mut stdin.lock(), limit)?, name: None });
    }
    let kind = std::fs::metadata(path).map_err(|error| code_of(&error))?.file_type();
    let name = Some(shown_name(path));
    if kind.is_dir() {
        return Err(ErrorCode::MediaIsDirectory);
    }
    if kind.is_block_device() || kind.is_char_device() || kind.is_socket() {
        return Err(ErrorCode::MediaUnreadable);
    }
    let flags = if kind.is_fifo() { 0 } else { libc_nonblock() };
    let mut file = std::fs::OpenOptions::new()
        .read(true)
        .custom_flags(flags)
        .open(path)
        .map_err(|error| code_of(&error))?;
    if kind.is_fifo() {
        file = spool(&mut file, limit)?;
    }
    Ok(Input { file, name })
}

/// Between looking and opening, a path can turn into a pipe without a writer; opening must not wait for one then.
fn libc_nonblock() -> i32 {
    i32::try_from(rustix::fs::OFlags::NONBLOCK.bits()).unwrap_or(0)
}

fn code_of(error: &io::Error) -> ErrorCode {
    match error.kind() {
        io::ErrorKind::NotFound => ErrorCode::MediaNotFound,
        io::ErrorKind::IsADirectory => ErrorCode::MediaIsDirectory,
        _ => ErrorCode::MediaUnreadable,
    }
}

/// Copies into an unnamed temporary file and rewinds it.
fn spool(source: &mut dyn Read, limit: u64) -> Result<File, ErrorCode> {
    let unreadable = |_| ErrorCode::MediaUnreadable;
    let mut file = tempfile::tempfile().map_err(unreadable)?;
    let copied = io::copy(&mut source.take(limit.saturating_add(1)), &mut file).map_err(unreadable)?;
    if copied > limit {
        return Err(ErrorCode::MediaTooLarge);
    }
    file.rewind().map_err(unreadable)?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spooling_stops_one_byte_past_the_limit() {
        assert!(spool(&mut [7_u8; 10].as_slice(), 10).is_ok());
        assert_eq!(spool(&mut [7_u8; 11].as_slice(), 10).unwrap_err(), ErrorCode::MediaTooLarge);
        assert_eq!(spool(&mut io::repeat(0), 1000).unwrap_err(), ErrorCode::MediaTooLarge);
    }

    #[test]
    fn what_is_no_file_is_told_apart() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(open(folder.path(), 10).unwrap_err(), ErrorCode::MediaIsDirectory);
        assert_eq!(open(&folder.path().join("none"), 10).unwrap_err(), ErrorCode::MediaNotFound);
        assert_eq!(open(Path::new("/dev/zero"), 10).unwrap_err(), ErrorCode::MediaUnreadable);
        assert_eq!(shown_name(Path::new("/a/b/клип.mp4")), "клип.mp4");
    }
}
