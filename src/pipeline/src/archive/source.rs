//! A file, a folder or a feed → what is to be added, in a steady order. Blocks.

use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use podlinnik_domain::original::Attribution;

use super::feed;

/// Endings of the names of recordings and pictures. In folders, other files are passed over; a file that is named itself is tried whatever its name.
const MEDIA: &[&str] = &[
    "3g2", "3gp", "aac", "amr", "apng", "asf", "avi", "avif", "bmp", "flac", "flv", "gif", "heic", "heif",
    "jfif", "jpe", "jpeg", "jpg", "m2ts", "m2v", "m4a", "m4v", "mj2", "mka", "mkv", "mov", "mp3", "mp4",
    "mpeg", "mpg", "mts", "mxf", "oga", "ogg", "ogv", "opus", "png", "qt", "tif", "tiff", "ts", "vob", "wav",
    "webm", "webp", "wma", "wmv",
];

/// One recording to add.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Where it lies; for a line of a feed or a folder that cannot be read, the feed or the folder.
    pub path: PathBuf,
    /// What is said of it, or why it cannot be added.
    pub said: Result<Attribution, String>,
}

/// What is to be added.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Source {
    /// In order: as named, folders by name.
    pub entries: Vec<Entry>,
    /// Files of folders that look like neither recordings nor pictures.
    pub passed_over: u64,
}

/// Why nothing can be added.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// A file or a folder that was named is not there or cannot be read.
    #[error("cannot read `{}`: {error}", path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the disk says.
        error: std::io::Error,
    },
    /// A feed cannot be read as a whole.
    #[error("cannot read the feed `{}`: {why}", path.display())]
    Feed {
        /// Which.
        path: PathBuf,
        /// Why.
        why: String,
    },
}

impl Source {
    /// Looks at what was named: feeds are read, folders are walked with those below them (links to folders are not followed, names that begin with a dot
    /// are left out).
    ///
    /// # Errors
    /// [`SourceError`] if something that was named cannot be read at all.
    pub fn gather(named: &[PathBuf], defaults: &Attribution) -> Result<Self, SourceError> {
        let mut source = Self::default();
        for path in named {
            let metadata = fs::metadata(path).map_err(io(path))?;
            if metadata.is_dir() {
                source.walk(path, defaults)?;
            } else if metadata.is_file() && feed::is_feed(extension(path)) {
                source.feed(path, defaults)?;
            } else {
                source.entries.push(Entry { path: path.clone(), said: Ok(defaults.clone()) });
            }
        }
        Ok(source)
    }

    fn walk(&mut self, root: &Path, defaults: &Attribution) -> Result<(), SourceError> {
        let mut waiting = vec![root.to_owned()];
        while let Some(folder) = waiting.pop() {
            let (files, folders) = match listed(&folder) {
                Ok(found) => found,
                Err(error) if folder == root => return Err(SourceError::Io { path: folder, error }),
                Err(error) => {
                    self.entries.push(Entry { path: folder, said: Err(error.to_string()) });
                    continue;
                }
            };
            for path in files {
                if MEDIA.contains(&extension(&path).to_ascii_lowercase().as_str()) {
                    self.entries.push(Entry { path, said: Ok(defaults.clone()) });
                } else {
                    self.passed_over += 1;
                }
            }
            waiting.extend(folders.into_iter().rev());
        }
        Ok(())
    }

    fn feed(&mut self, path: &Path, defaults: &Attribution) -> Result<(), SourceError> {
        let refused = |why: String| SourceError::Feed { path: path.to_owned(), why };
        let mut text = String::new();
        let file = fs::File::open(path).map_err(io(path))?;
        file.take(feed::LONGEST + 1).read_to_string(&mut text).map_err(io(path))?;
        if text.len() as u64 > feed::LONGEST {
            return Err(refused(format!("more than {} bytes", feed::LONGEST)));
        }
        let beside = path.parent().unwrap_or(Path::new(""));
        for row in feed::parse(extension(path), &text, defaults).map_err(refused)? {
            self.entries.push(match row.said {
                Ok((name, attribution)) => Entry { path: beside.join(name), said: Ok(attribution) },
                Err(why) => Entry { path: path.to_owned(), said: Err(format!("line {}: {why}", row.line)) },
            });
        }
        Ok(())
    }
}

fn io(path: &Path) -> impl Fn(std::io::Error) -> SourceError {
    move |error| SourceError::Io { path: path.to_owned(), error }
}

fn extension(path: &Path) -> &str {
    path.extension().and_then(|extension| extension.to_str()).unwrap_or_default()
}

/// Files and folders of a folder, by name.
fn listed(folder: &Path) -> std::io::Result<(Vec<PathBuf>, Vec<PathBuf>)> {
    let (mut files, mut folders) = (Vec::new(), Vec::new());
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name().as_encoded_bytes().starts_with(b".") {
            continue;
        }
        if entry.file_type()?.is_dir() {
            folders.push(entry.path());
        } else if fs::metadata(entry.path()).is_ok_and(|metadata| metadata.is_file()) {
            files.push(entry.path());
        }
    }
    files.sort();
    folders.sort();
    Ok((files, folders))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn folders_are_walked_in_a_steady_order() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        for name in ["b/2.mp4", "b/1.MP4", "a/c/x.jpg", "a/readme.txt", "z.mkv", ".hidden/y.mp4", "a/.y.mp4"]
        {
            fs::create_dir_all(root.join(name).parent().unwrap()).unwrap();
            fs::write(root.join(name), "x").unwrap();
        }
        symlink(root, root.join("a/loop")).unwrap();
        symlink(root.join("z.mkv"), root.join("a/link.mkv")).unwrap();
        symlink(root.join("none.mkv"), root.join("a/broken.mkv")).unwrap();
        let said = Attribution { vouched_by: "x".to_owned(), ..Attribution::default() };
        let source = Source::gather(&[root.to_owned()], &said).unwrap();
        let names: Vec<_> = source
            .entries
            .iter()
            .map(|entry| entry.path.strip_prefix(root).unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(names, ["z.mkv", "a/link.mkv", "a/c/x.jpg", "b/1.MP4", "b/2.mp4"]);
        assert_eq!(source.passed_over, 1);
        assert!(source.entries.iter().all(|entry| entry.said.as_ref() == Ok(&said)));

        let named = Source::gather(&[root.join("a/readme.txt")], &said).unwrap();
        assert_eq!(named.entries.len(), 1, "what is named is tried");
        let missing = Source::gather(&[root.join("none")], &said);
        assert!(matches!(missing, Err(SourceError::Io { .. })), "{missing:?}");
    }

    #[test]
    fn a_feed_names_files_beside_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("feed.csv");
        fs::write(&path, "path,title\nday/1.mp4,One\n/other/2.mp4,Two\n,Three\n").unwrap();
        let source = Source::gather(std::slice::from_ref(&path), &Attribution::default()).unwrap();
        let paths: Vec<_> = source.entries.iter().map(|entry| entry.path.clone()).collect();
        assert_eq!(paths, [folder.path().join("day/1.mp4"), PathBuf::from("/other/2.mp4"), path.clone()]);
        assert!(source.entries[2].said.as_ref().unwrap_err().starts_with("line 4: "));
        fs::write(&path, [0xff, 0xfe, 0]).unwrap();
        let refused = Source::gather(&[path], &Attribution::default());
        assert!(matches!(refused, Err(SourceError::Io { .. })), "{refused:?}");
    }
}
