//! Where a case runs: a folder, or a bucket of its own with a folder beside it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::TryStreamExt as _;
use podlinnik_blobs::{BlobInfo, Blobs, Digester, Listed, Partial, S3Settings, Shelf, Unfinished};
use podlinnik_domain::hash::Sha256;
use tempfile::TempDir;

use crate::server::{self, send};

pub(crate) struct Place {
    pub(crate) folder: TempDir,
    pub(crate) settings: Option<S3Settings>,
}

impl Place {
    pub(crate) fn folder() -> Self {
        Self { folder: TempDir::new().expect("a folder"), settings: None }
    }

    /// None, and a word about it, where no server is named.
    pub(crate) async fn bucket(case: &str) -> Option<Self> {
        let endpoint = server::endpoint()?;
        let folder = TempDir::new().expect("a folder");
        let suffix = folder.path().file_name().expect("a name").to_string_lossy().to_lowercase();
        let name: String = format!("{}{suffix}", case.replace('_', "-"));
        let bucket: String = name.chars().filter(|letter| *letter != '.').take(60).collect();
        assert_eq!(send(&endpoint, "PUT", &format!("/{bucket}"), b"").await.0, 200, "a bucket");
        let settings = S3Settings {
            prefix: "region-68".to_owned(),
            endpoint: Some(endpoint),
            allow_http: true,
            part_bytes: 5 << 20,
            retry_for: Duration::from_secs(2),
            answer_within: Duration::from_secs(5),
            ..S3Settings::new(bucket, "key".to_owned(), "secret".to_owned())
        };
        Some(Self { folder, settings: Some(settings) })
    }

    /// The same bucket from another machine's disk; the same folder for a folder.
    pub(crate) fn elsewhere(&self) -> Self {
        Self { folder: TempDir::new().expect("a folder"), settings: self.settings.clone() }
    }

    pub(crate) async fn open(&self) -> Blobs {
        match &self.settings {
            Some(settings) => Blobs::s3(self.folder.path(), settings.clone()).await.expect("a bucket"),
            None => Blobs::local(self.folder.path()).await.expect("a folder"),
        }
    }

    /// Puts bytes where an original lies, past the store, and takes local copies away.
    pub(crate) async fn overwrite(&self, sha256: Sha256, bytes: &[u8]) {
        let location = location(sha256);
        match &self.settings {
            Some(settings) => {
                let path = format!("/{}/{}/{location}", settings.bucket, settings.prefix);
                let endpoint = settings.endpoint.clone().expect("an address");
                assert_eq!(send(&endpoint, "PUT", &path, bytes).await.0, 200);
                let _ = std::fs::remove_dir_all(self.folder.path().join("cache"));
            }
            None => std::fs::write(self.folder.path().join(location), bytes).expect("a file"),
        }
    }

    pub(crate) fn staged(&self) -> Vec<PathBuf> {
        files_below(&self.folder.path().join("staging"))
    }
}

fn location(sha256: Sha256) -> String {
    let name = sha256.to_string();
    format!("originals/{}/{}/{name}", &name[..2], &name[2..4])
}

pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

pub(crate) fn original(folder: &Path, sha256: Sha256) -> PathBuf {
    folder.join(location(sha256))
}

/// Bytes that do not repeat soon.
pub(crate) fn noise(length: usize, seed: u32) -> Vec<u8> {
    let mut state = seed.wrapping_mul(2_654_435_761).wrapping_add(1);
    (0..length)
        .map(|_| {
            state ^= state << 13;
            state ^= state >> 17;
            state ^= state << 5;
            (state >> 8) as u8
        })
        .collect()
}

pub(crate) async fn upload(blobs: &Blobs, bytes: &[u8]) -> BlobInfo {
    try_upload(blobs, bytes).await.expect("durable")
}

pub(crate) async fn try_upload(blobs: &Blobs, bytes: &[u8]) -> Result<BlobInfo, podlinnik_blobs::BlobError> {
    let mut upload = blobs.upload(bytes.len() as u64).await?;
    for piece in bytes.chunks(700_001) {
        upload.write(piece).await?;
    }
    upload.finish().await
}

/// Everything on both shelves, by place.
pub(crate) async fn listed(blobs: &Blobs) -> Vec<Listed> {
    let mut all = Vec::new();
    for shelf in Shelf::ALL {
        all.extend(blobs.list(shelf).try_collect::<Vec<_>>().await.expect("a list"));
    }
    all.sort_by(|one, other| one.location.cmp(&other.location));
    all
}

/// Locks the unfinished file of a name and goes on at a place of it.
pub(crate) async fn opened(blobs: &Blobs, name: &str, received: u64, digester: Option<Digester>) -> Partial {
    match blobs.partial(name, received == 0).await.expect("a look") {
        Unfinished::Locked(locked) => locked.at(received, digester).await.expect("an open file"),
        other => panic!("{name}: {other:?}"),
    }
}

pub(crate) async fn is_absent(blobs: &Blobs, name: &str) -> bool {
    matches!(blobs.partial(name, false).await.expect("a look"), Unfinished::Absent)
}
