//! Files in and out of a ZIP. What is read may be hostile.

use std::collections::BTreeMap;
use std::io::{Cursor, Read as _, Write as _};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipArchive, ZipWriter};

use super::is_known;

/// Files by name.
pub type Files = BTreeMap<String, Vec<u8>>;

/// Files in a bundle.
pub const MOST_FILES: usize = 64;
/// Bytes of a file.
pub const LARGEST_FILE: u64 = 32 * 1024 * 1024;
/// Bytes of all files together.
const LARGEST: u64 = 64 * 1024 * 1024;
/// Bytes of the end of the central directory without a comment.
const END: usize = 22;
/// Bytes per file that names and headers may take.
const OVERHEAD: u64 = 1024;

/// Why a file is no bundle.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// It is no ZIP that can be read.
    #[error("not a ZIP archive that can be read: {0}")]
    Zip(String),
    /// More than a bundle may hold.
    #[error("too large: {0}")]
    TooLarge(String),
    /// A name that no bundle has.
    #[error("unexpected file `{0}`")]
    Name(String),
    /// One name twice, or files that the list of the ZIP leaves out.
    #[error("a name occurs twice, or the list of the ZIP is not that of its files")]
    Twice,
    /// A link, a folder, an encrypted file or a method of compression that bundles do not use.
    #[error("`{0}` is no plain file, stored or deflated")]
    Kind(String),
}

/// A ZIP of files, in order of their names; equal files make equal bytes.
///
/// # Errors
/// `TooLarge`, `Zip`.
pub fn write(files: &Files) -> Result<Vec<u8>, BundleError> {
    let sizes = files.iter().map(|(name, bytes)| (name.as_str(), bytes.len() as u64));
    check_sizes(sizes)?;
    let failed = |error: &dyn std::fmt::Display| BundleError::Zip(error.to_string());
    let mut writer = ZipWriter::new(Cursor::new(Vec::new()));
    let options =
        SimpleFileOptions::default().compression_method(CompressionMethod::Deflated).unix_permissions(0o644);
    for (name, bytes) in files {
        writer.start_file(name.as_str(), options).map_err(|error| failed(&error))?;
        writer.write_all(bytes).map_err(|error| failed(&error))?;
    }
    Ok(writer.finish().map_err(|error| failed(&error))?.into_inner())
}

fn check_sizes<'a>(sizes: impl Iterator<Item = (&'a str, u64)>) -> Result<(), BundleError> {
    let (mut count, mut total) = (0, 0_u64);
    for (name, size) in sizes {
        count += 1;
        total = total.saturating_add(size);
        if size > LARGEST_FILE {
            return Err(BundleError::TooLarge(format!("`{name}` is over {LARGEST_FILE} bytes")));
        }
    }
    if count > MOST_FILES {
        return Err(BundleError::TooLarge(format!("over {MOST_FILES} files")));
    }
    if total > LARGEST { Err(BundleError::TooLarge(format!("over {LARGEST} bytes in all"))) } else { Ok(()) }
}

/// The files of a bundle. Nothing is written anywhere, and no more than the limits is unpacked, whatever the headers say.
///
/// # Errors
/// [`BundleError`].
pub fn read(bytes: &[u8]) -> Result<Files, BundleError> {
    if bytes.len() as u64 > LARGEST + OVERHEAD * MOST_FILES as u64 {
        return Err(BundleError::TooLarge(format!("over {LARGEST} bytes in all")));
    }
    let listed = listed(bytes)?;
    if listed > MOST_FILES {
        return Err(BundleError::TooLarge(format!("over {MOST_FILES} files")));
    }
    let failed = |error: &dyn std::fmt::Display| BundleError::Zip(error.to_string());
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| failed(&error))?;
    if archive.len() != listed || archive.offset() != 0 {
        return Err(BundleError::Twice);
    }
    let mut files = Files::new();
    let mut total = 0;
    for index in 0..archive.len() {
        // The raw entry first: a wrong method or a password is our own refusal, not the library's.
        let (name, plain) = {
            let entry = archive.by_index_raw(index).map_err(|error| failed(&error))?;
            let method =
                matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated);
            let name = entry.name().map_err(|error| failed(&error))?.into_owned();
            (name, method && entry.is_file() && !entry.encrypted())
        };
        if !is_known(&name) {
            let shown = name.chars().filter(|letter| !letter.is_control()).take(200).collect();
            return Err(BundleError::Name(shown));
        }
        if !plain {
            return Err(BundleError::Kind(name));
        }
        let entry = archive.by_index(index).map_err(|error| failed(&error))?;
        let mut content = Vec::new();
        entry.take(LARGEST_FILE + 1).read_to_end(&mut content).map_err(|error| failed(&error))?;
        total += content.len() as u64;
        check_sizes([(name.as_str(), content.len() as u64)].into_iter())?;
        if total > LARGEST {
            return Err(BundleError::TooLarge(format!("over {LARGEST} bytes in all")));
        }
        if files.insert(name, content).is_some() {
            return Err(BundleError::Twice);
        }
    }
    Ok(files)
}

/// How many files the end of the ZIP counts. The library keeps one of two with the same name, so that its own count would not tell.
fn listed(bytes: &[u8]) -> Result<usize, BundleError> {
    let end = bytes.len().checked_sub(END).and_then(|start| bytes.get(start..));
    match end {
        Some([b'P', b'K', 5, 6, _, _, _, _, here_low, here_high, low, high, ..])
            if (here_low, here_high) == (low, high) =>
        {
            Ok(usize::from(u16::from_le_bytes([*low, *high])))
        }
        _ => Err(BundleError::Zip("its end is not where the end of a bundle is".to_owned())),
    }
}
