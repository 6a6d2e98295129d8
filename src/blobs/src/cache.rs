//! Local copies of what lies in a bucket, for decoding and for ranges: the least recently used go first.
//!
//! Any number of processes may share the folder: a copy appears under its name by a rename and goes by an unlink, which those who have it open do
//! not notice. Each process counts what it adds and looks at the folder again after a tenth of the limit, so that together they are over it by at most a
//! tenth each.

use std::fs::File;
use std::io::{ErrorKind, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use podlinnik_domain::hash::Sha256;
use rustix::fs::{Timespec, Timestamps, UTIME_NOW};
use tempfile::NamedTempFile;

use crate::{BlobError, digest_reader};

/// Name of the folder.
pub(crate) const CACHE: &str = "cache";

#[derive(Debug)]
pub(crate) struct Cache {
    folder: PathBuf,
    limit: u64,
    /// Bytes that this process has added since it looked at the folder.
    added: AtomicU64,
}

impl Cache {
    /// Makes the folder. Blocks, as everything here.
    pub(crate) fn open(root: &Path, limit: u64) -> Result<Self, BlobError> {
        let folder = root.join(CACHE);
        std::fs::create_dir_all(&folder)?;
        // As if everything had just been added: the first look comes at once.
        Ok(Self { folder, limit, added: AtomicU64::new(limit) })
    }

    /// A copy whose digest is right; one whose digest is wrong is thrown away.
    pub(crate) fn open_read(&self, sha256: Sha256) -> Result<Option<File>, BlobError> {
        let Some(mut file) = self.open_unread(sha256)? else { return Ok(None) };
        if digest_reader(&mut file)?.sha256 == sha256 {
            file.rewind()?;
            return Ok(Some(file));
        }
        tracing::warn!(blob.sha256 = %sha256, "a local copy of blob {sha256} was damaged and is fetched again");
        remove(&self.path(sha256))?;
        Ok(None)
    }

    /// A copy as it is.
    pub(crate) fn open_unread(&self, sha256: Sha256) -> Result<Option<File>, BlobError> {
        match File::open(self.path(sha256)) {
            Ok(file) => {
                // By the disk's own clock. A copy whose time cannot be set goes earlier, that is all.
                let now = Timespec { tv_sec: 0, tv_nsec: UTIME_NOW };
                let _ = rustix::fs::futimens(&file, &Timestamps { last_access: now, last_modification: now });
                Ok(Some(file))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Keeps a file that was fetched, unless it is too large; answers it, at its beginning, either way.
    pub(crate) fn keep(&self, sha256: Sha256, size: u64, file: NamedTempFile) -> Result<File, BlobError> {
        let mut kept = if size <= self.limit {
            let path = self.path(sha256);
            self.shard(&path)?;
            // A power cut would leave the name without the bytes, and what is read piece by piece is not checked.
            file.as_file().sync_data()?;
            let kept = file.persist(path).map_err(|error| error.error)?;
            self.added.fetch_add(size, Ordering::Relaxed);
            kept
        } else {
            file.into_file()
        };
        kept.rewind()?;
        Ok(kept)
    }

    /// Takes a file that was sent; it is left where it is if it is too large.
    pub(crate) fn adopt(&self, sha256: Sha256, size: u64, file: &Path) -> Result<(), BlobError> {
        if size > self.limit {
            return Ok(());
        }
        self.make_room(size)?;
        let path = self.path(sha256);
        self.shard(&path)?;
        std::fs::rename(file, path)?;
        self.added.fetch_add(size, Ordering::Relaxed);
        Ok(())
    }

    /// Removes a copy, if there is one.
    pub(crate) fn forget(&self, sha256: Sha256) -> Result<(), BlobError> {
        remove(&self.path(sha256))
    }

    /// Removes what was not used for longest, if there is little room for `size` bytes more.
    pub(crate) fn make_room(&self, size: u64) -> Result<(), BlobError> {
        if self.added.load(Ordering::Relaxed).saturating_add(size) <= self.limit / 10 {
            return Ok(());
        }
        let mut copies = Vec::new();
        let shards = std::fs::read_dir(&self.folder)?;
        for shard in shards {
            // Whatever vanishes meanwhile was removed by somebody else.
            let Ok(entries) = std::fs::read_dir(shard?.path()) else { continue };
            for entry in entries {
                let entry = entry?;
                let Ok(metadata) = entry.metadata() else { continue };
                let used = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                copies.push((used, metadata.len(), entry.path()));
            }
        }
        copies.sort();
        let mut total: u64 = copies.iter().map(|(_, size, _)| *size).sum();
        // A tenth of the room is for what comes before the next look.
        let most = self.limit - self.limit / 10;
        for (_, bytes, path) in copies {
            if total.saturating_add(size.min(most)) <= most {
                break;
            }
            remove(&path)?;
            total = total.saturating_sub(bytes);
        }
        self.added.store(0, Ordering::Relaxed);
        Ok(())
    }

    fn path(&self, sha256: Sha256) -> PathBuf {
        let name = sha256.to_string();
        self.folder.join(name.get(..2).unwrap_or_default()).join(name)
    }

    fn shard(&self, path: &Path) -> Result<(), BlobError> {
        Ok(std::fs::create_dir_all(path.parent().unwrap_or(&self.folder))?)
    }
}

fn remove(path: &Path) -> Result<(), BlobError> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;
    use std::time::Duration;

    use super::*;

    fn kept(cache: &Cache, root: &Path, number: u8) -> Sha256 {
        let bytes = [number; 100];
        let sha256 = Sha256::of(&bytes);
        let mut file = NamedTempFile::new_in(root).unwrap();
        file.write_all(&bytes).unwrap();
        cache.make_room(100).unwrap();
        cache.keep(sha256, 100, file).unwrap();
        std::thread::sleep(Duration::from_millis(15));
        sha256
    }

    #[test]
    fn what_was_not_used_for_longest_goes_first() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::open(root.path(), 1000).unwrap();
        let all: Vec<_> = (0..9).map(|number| kept(&cache, root.path(), number)).collect();
        assert!(all.iter().all(|sha256| cache.path(*sha256).is_file()));
        let mut first = cache.open_read(all[0]).unwrap().unwrap();
        std::thread::sleep(Duration::from_millis(15));
        // Another process on the same folder, with the same limit.
        let other = Cache::open(root.path(), 1000).unwrap();
        let more: Vec<_> = (9..15).map(|number| kept(&other, root.path(), number)).collect();
        let there = |sha256: &Sha256| cache.path(*sha256).is_file();
        assert!(there(&all[0]) && !there(&all[1]) && !there(&all[2]), "the first was used again");
        assert!(more.iter().all(there));
        let left = all.iter().chain(&more).filter(|sha256| there(sha256)).count();
        assert!(left <= 10, "{left} copies of 100 bytes");
        // Whoever has a copy open keeps it.
        let gone = cache.open_read(more[5]).unwrap().unwrap();
        cache.make_room(1000).unwrap();
        assert!(!there(&more[0]) && !there(&all[0]));
        assert_eq!(digest_reader(&mut &gone).unwrap().sha256, more[5]);
        assert_eq!(digest_reader(&mut first).unwrap().sha256, all[0]);
    }

    #[test]
    fn what_is_too_large_is_used_and_not_kept() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::open(root.path(), 99).unwrap();
        let sha256 = kept(&cache, root.path(), 1);
        assert!(cache.open_read(sha256).unwrap().is_none());
    }

    #[test]
    fn a_damaged_copy_is_thrown_away() {
        let root = tempfile::tempdir().unwrap();
        let cache = Cache::open(root.path(), 1000).unwrap();
        let sha256 = kept(&cache, root.path(), 1);
        std::fs::write(cache.path(sha256), b"else").unwrap();
        assert!(cache.open_read(sha256).unwrap().is_none());
        assert!(!cache.path(sha256).exists());
    }
}
