//! Takes files in one by one. Each is one transaction: stopped at any point, a further run goes on where this one was.

use std::fs::File;
use std::io::{Read as _, Seek as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use podlinnik_blobs::{BlobInfo, digest_reader};
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::{ArchiveItemId, UserId};
use podlinnik_domain::original::{ArchiveItem, Attribution, Keeping};
use podlinnik_media::MediaError;
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{ArchiveMove, NewArchiveItem};
use tokio::sync::watch;

use super::outcome::{Added, FileOutcome, FileResult};
use super::recognise::Recognised;
use super::source::Source;
use super::{Archive, checked};
use crate::error::ServiceError;
use crate::service::Answer;

/// Bytes that are copied at a time.
const PIECE: usize = 1 << 20;

/// How files are taken in.
#[derive(Debug, Clone, Default)]
pub struct AddOptions {
    /// Keep a copy in the blob store too.
    pub copy: bool,
    /// Take in again what was withdrawn.
    pub again: bool,
    /// Who adds; none for an operator at the machine.
    pub actor: Option<UserId>,
}

/// What a run tells while it goes on.
#[derive(Debug)]
pub enum AddEvent<'a> {
    /// A file is looked at.
    Begin {
        /// Which.
        path: &'a Path,
        /// Its place, from 0.
        index: usize,
        /// How many there are.
        total: usize,
    },
    /// How far its reading has got, in thousandths.
    Progress(u16),
    /// What became of it.
    End(&'a FileOutcome),
}

/// A file as it was found.
struct Found {
    file: File,
    path: String,
    modified_at: Option<Timestamp>,
    size_bytes: u64,
}

/// What keeps a file out, as the result of looking at it.
type Looked<T> = Result<T, FileResult>;

impl Archive {
    /// Takes in what is named, file after file; files that are there already cost a look at their size and date. A file that cannot be taken in is told and
    /// does not stop the others.
    ///
    /// # Errors
    /// What the store and the blob store answer; what was added so far stays.
    pub async fn add(
        &self,
        source: Source,
        options: &AddOptions,
        tell: &mut (dyn FnMut(AddEvent<'_>) + Send),
    ) -> Answer<Added> {
        let mut done = Added { passed_over: source.passed_over, ..Added::default() };
        let total = source.entries.len();
        for (index, entry) in source.entries.into_iter().enumerate() {
            tell(AddEvent::Begin { path: &entry.path, index, total });
            let result = match entry.said {
                Ok(said) => match checked(said) {
                    Ok(said) => self.take_in(&entry.path, said, options, tell).await?,
                    Err(fields) => {
                        let fields: Vec<_> = fields.iter().map(ToString::to_string).collect();
                        FileResult::refused(ErrorCode::ValidationFailed, fields.join("; "))
                    }
                },
                Err(why) => FileResult::refused(ErrorCode::ValidationFailed, why),
            };
            done.count(&result);
            tell(AddEvent::End(&FileOutcome { path: entry.path, result }));
        }
        Ok(done)
    }

    async fn take_in(
        &self,
        path: &Path,
        said: Attribution,
        options: &AddOptions,
        tell: &mut (dyn FnMut(AddEvent<'_>) + Send),
    ) -> Answer<FileResult> {
        let path = path.to_owned();
        let found = match blocking(move || find(&path)).await? {
            Ok(found) => found,
            Err(result) => return Ok(result),
        };
        if let Some(item) = self.store.archive_by_path(&found.path).await?
            && item.size_bytes == found.size_bytes
            && found.modified_at.is_some()
            && item.modified_at == found.modified_at
            && (item.withdrawal.is_none() || !options.again)
            && (item.keeping == Keeping::Copied || !options.copy)
        {
            let withdrawn = item.withdrawal.is_some();
            let item = Box::new(item);
            return Ok(if withdrawn { FileResult::Withdrawn(item) } else { FileResult::Unchanged(item) });
        }
        let digested = blocking(move || digest(found)).await?;
        let (found, info) = match digested {
            Ok(found) => found,
            Err(result) => return Ok(result),
        };
        if let Some(item) = self.store.archive_by_media(info.sha256).await? {
            if item.withdrawal.is_none() {
                return self.seen_again(item, found, options).await;
            }
            if !options.again {
                return Ok(FileResult::Withdrawn(Box::new(item)));
            }
        }
        let Found { file, path, modified_at, size_bytes } = found;
        let mut kept = match file.try_clone() {
            Ok(kept) => kept,
            Err(error) => return Ok(unreadable(&error)),
        };
        let recognised = match self.recognised(file, tell).await? {
            Ok(recognised) => recognised,
            Err(error) => return Ok(not_recognised(&error)),
        };
        if options.copy
            && let Err(result) = self.copy(&mut kept, info).await?
        {
            return Ok(result);
        }
        if facts(&kept) != Some((size_bytes, modified_at)) {
            return Ok(changed());
        }
        let Recognised { kind, duration_s, width, height, fps, signature, warnings } = recognised;
        let new = NewArchiveItem {
            id: ArchiveItemId::generate(self.ids.as_ref()),
            sha256: info.sha256,
            blake3: info.blake3,
            size_bytes: info.size_bytes,
            path,
            keeping: if options.copy { Keeping::Copied } else { Keeping::InPlace },
            modified_at,
            kind,
            duration_s,
            width,
            height,
            fps,
            attribution: said,
            signature,
            actor: options.actor,
            at: self.clock.now(),
        };
        match self.store.archive_add(&new, self.key.as_ref()).await {
            Ok(item) => {
                tracing::info!(archive_item.id = %item.id, "original {} added", item.id);
                Ok(FileResult::Added { item: Box::new(item), warnings })
            }
            // Another run was faster.
            Err(StoreError::Conflict { what: "original" }) => {
                let item = self.store.archive_by_media(info.sha256).await?;
                let item = item.ok_or(StoreError::Missing { what: "original" })?;
                Ok(FileResult::Duplicate(Box::new(item)))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Bytes that are an original already: at the same place, at another one now, or at both.
    async fn seen_again(
        &self,
        item: ArchiveItem,
        mut found: Found,
        options: &AddOptions,
    ) -> Answer<FileResult> {
        let same_place = item.path == found.path;
        let old = PathBuf::from(&item.path);
        let size = item.size_bytes;
        let still_there = blocking(move || {
            std::fs::metadata(old).is_ok_and(|metadata| metadata.is_file() && metadata.len() == size)
        });
        let copy = options.copy && item.keeping == Keeping::InPlace;
        if !same_place && still_there.await? && !copy {
            return Ok(FileResult::Duplicate(Box::new(item)));
        }
        if copy
            && let Err(result) = self
                .copy(
                    &mut found.file,
                    BlobInfo { sha256: item.sha256, blake3: item.blake3, size_bytes: size },
                )
                .await?
        {
            return Ok(result);
        }
        let moved = ArchiveMove {
            id: item.id,
            path: found.path,
            keeping: if copy { Keeping::Copied } else { item.keeping },
            modified_at: found.modified_at,
        };
        match self.store.archive_move(&moved).await {
            Ok(item) if same_place => Ok(FileResult::Unchanged(Box::new(item))),
            Ok(item) => Ok(FileResult::Moved(Box::new(item))),
            Err(StoreError::WrongState { .. }) => Ok(FileResult::Withdrawn(Box::new(item))),
            Err(error) => Err(error.into()),
        }
    }

    /// Reads a recording and tells how far that has got.
    async fn recognised(
        &self,
        file: File,
        tell: &mut (dyn FnMut(AddEvent<'_>) + Send),
    ) -> Answer<Result<Recognised, MediaError>> {
        let (sender, mut receiver) = watch::channel(0_u16);
        let recogniser = Arc::clone(&self.recogniser);
        let reading = blocking(move || {
            recogniser.recognise(file, &mut |permille| {
                sender.send_replace(permille);
                true
            })
        });
        tokio::pin!(reading);
        loop {
            tokio::select! {
                read = &mut reading => return read,
                news = receiver.changed() => match news {
                    Ok(()) => {
                        let permille = *receiver.borrow_and_update();
                        tell(AddEvent::Progress(permille));
                    }
                    // The end is near.
                    Err(_) => return reading.await,
                },
            }
        }
    }

    /// Puts a copy into the blob store.
    async fn copy(&self, file: &mut File, info: BlobInfo) -> Answer<Looked<()>> {
        if let Err(error) = file.rewind() {
            return Ok(Err(unreadable(&error)));
        }
        let mut upload = self.blobs.upload(info.size_bytes).await?;
        loop {
            let source = match file.try_clone() {
                Ok(source) => source,
                Err(error) => return Ok(Err(unreadable(&error))),
            };
            let piece = blocking(move || {
                let mut piece = Vec::with_capacity(PIECE);
                source.take(PIECE as u64).read_to_end(&mut piece).map(|_| piece)
            });
            match piece.await? {
                Ok(piece) if piece.is_empty() => break,
                Ok(piece) => match upload.write(&piece).await {
                    Ok(()) => {}
                    Err(podlinnik_blobs::BlobError::TooLarge { .. }) => return Ok(Err(changed())),
                    Err(error) => return Err(error.into()),
                },
                Err(error) => return Ok(Err(unreadable(&error))),
            }
        }
        let copied = upload.finish().await?;
        Ok(if copied.sha256 == info.sha256 { Ok(()) } else { Err(changed()) })
    }
}

/// Runs disk work and decoding where it does not hold up other tasks.
pub(crate) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Answer<T> {
    tokio::task::spawn_blocking(work).await.map_err(|error| ServiceError::Internal(error.to_string()))
}

/// Opens a regular file under its full name.
fn find(path: &Path) -> Looked<Found> {
    let full = std::fs::canonicalize(path).map_err(|error| unreadable(&error))?;
    let metadata = std::fs::metadata(&full).map_err(|error| unreadable(&error))?;
    if metadata.is_dir() {
        return Err(FileResult::refused(ErrorCode::MediaIsDirectory, "a folder"));
    }
    if !metadata.is_file() {
        return Err(FileResult::refused(ErrorCode::MediaUnreadable, "no regular file"));
    }
    let Ok(path) = full.clone().into_os_string().into_string() else {
        return Err(FileResult::refused(ErrorCode::MediaUnreadable, "the name is not UTF-8"));
    };
    let file = File::open(&full).map_err(|error| unreadable(&error))?;
    let (size_bytes, modified_at) =
        facts(&file).ok_or_else(|| FileResult::refused(ErrorCode::MediaUnreadable, "no size"))?;
    Ok(Found { file, path, modified_at, size_bytes })
}

/// Size and date of change of an open file.
fn facts(file: &File) -> Option<(u64, Option<Timestamp>)> {
    let metadata = file.metadata().ok()?;
    let modified = metadata.modified().ok().and_then(|at| Timestamp::try_from(at).ok());
    // The database keeps microseconds.
    let modified = modified.and_then(|at| Timestamp::from_microsecond(at.as_microsecond()).ok());
    Some((metadata.len(), modified))
}

fn digest(mut found: Found) -> Looked<(Found, BlobInfo)> {
    let info = digest_reader(&mut found.file).map_err(|error| unreadable(&error))?;
    if info.size_bytes == 0 {
        return Err(FileResult::refused(ErrorCode::MediaEmpty, "no bytes"));
    }
    if info.size_bytes != found.size_bytes {
        return Err(changed());
    }
    found.file.rewind().map_err(|error| unreadable(&error))?;
    Ok((found, info))
}

pub(super) fn not_recognised(error: &MediaError) -> FileResult {
    match error {
        MediaError::Refused { code, detail } => FileResult::refused(*code, detail.as_str()),
        MediaError::Reader(_) => {
            FileResult::Refused { code: error.code(), detail: error.to_string(), ours: true }
        }
    }
}

pub(super) fn unreadable(error: &std::io::Error) -> FileResult {
    let code = match error.kind() {
        std::io::ErrorKind::NotFound => ErrorCode::MediaNotFound,
        _ => ErrorCode::MediaUnreadable,
    };
    FileResult::refused(code, error.to_string())
}

pub(super) fn changed() -> FileResult {
    FileResult::refused(ErrorCode::MediaUnreadable, "the file changed while it was read")
}
