//! Shelves in an S3-compatible bucket.

use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use futures_util::stream::BoxStream;
use futures_util::{StreamExt as _, TryStreamExt as _};
use object_store::aws::AmazonS3;
use object_store::multipart::{MultipartStore as _, PartId};
use object_store::path::Path as ObjectPath;
use object_store::{GetResult, ObjectMeta, ObjectStore as _, ObjectStoreExt as _, PutPayload};
use podlinnik_domain::hash::Sha256;
use tempfile::NamedTempFile;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::cache::Cache;
use crate::s3::S3Settings;
use crate::sending::Sending;
use crate::store::{STAGING, Shelf, blocking};
use crate::{BlobError, BlobInfo, Digester};

/// Parts of one upload that are on their way at once.
const PARTS_AT_ONCE: usize = 3;
/// S3 takes at most 10,000 parts.
const MOST_PARTS: u64 = 9_000;
/// What comes in is handed to the disk in pieces of this size.
const PIECE: usize = 1 << 20;
/// What is written at the start, to see whether the bucket can be written to.
const PROBE: &str = "podlinnik-was-here";

/// Parts on their way, with their numbers.
type Sent = JoinSet<Result<(u64, PartId), object_store::Error>>;

pub(crate) struct Bucket {
    client: AmazonS3,
    /// For whole objects and parts that go out.
    sender: AmazonS3,
    sent_within: Duration,
    prefix: ObjectPath,
    part_bytes: u64,
    cache: Arc<Cache>,
    sending: Sending,
    staging: std::path::PathBuf,
}

impl std::fmt::Debug for Bucket {
    // The client knows the keys.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Bucket").field("prefix", &self.prefix).finish_non_exhaustive()
    }
}

/// What lies at a place, as far as its bytes tell.
enum Found {
    Nothing,
    Whole,
    Damaged,
}

impl Bucket {
    pub(crate) async fn open(root: &Path, settings: S3Settings) -> Result<Self, BlobError> {
        let (client, prefix) = settings.client()?;
        let (sender, sent_within) = (settings.sender()?, settings.sent_within());
        let (folder, limit) = (root.to_owned(), settings.cache_bytes);
        let cache = blocking(move || Cache::open(&folder, limit)).await?;
        let folder = root.to_owned();
        let sending = blocking(move || Sending::open(&folder)).await?;
        let bucket = Self {
            client,
            sender,
            sent_within,
            prefix,
            part_bytes: settings.part_bytes.max(5 << 20),
            cache: Arc::new(cache),
            sending,
            staging: root.join(STAGING),
        };
        match bucket.probe().await {
            Ok(()) => bucket.sending.sweep(&bucket.client).await,
            Err(error) if is_setting(&error) => return Err(away(error)),
            // What needs no blobs works meanwhile.
            Err(error) => tracing::error!("the blob store does not answer yet: {error}"),
        }
        Ok(bucket)
    }

    /// Whether the bucket is there and may be written to.
    async fn probe(&self) -> Result<(), object_store::Error> {
        self.client.put(&self.at(&ObjectPath::from(PROBE)), b"ready".to_vec().into()).await.map(|_| ())
    }

    /// Whether the bucket is there and may be read.
    pub(crate) async fn answers(&self) -> Result<(), BlobError> {
        match self.client.head(&self.at(&ObjectPath::from(PROBE))).await {
            Ok(_) => Ok(()),
            // Somebody took it away, or the bucket did not answer at the start.
            Err(object_store::Error::NotFound { .. }) => self.probe().await.map_err(away),
            Err(error) => Err(away(error)),
        }
    }

    /// Nothing was found. That is only so if the bucket itself is there: a bucket that is gone answers "not found" as well.
    async fn surely_absent(&self) -> Result<(), BlobError> {
        self.answers().await
    }

    pub(crate) async fn contains(&self, sha256: Sha256) -> Result<bool, BlobError> {
        for shelf in Shelf::ALL {
            if self.head(&self.at(&shelf.location(sha256))).await?.is_some() {
                return Ok(true);
            }
        }
        self.surely_absent().await?;
        Ok(false)
    }

    pub(crate) async fn remove_derivative(&self, sha256: Sha256) -> Result<(), BlobError> {
        match self.client.delete(&self.at(&Shelf::Derivatives.location(sha256))).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => {}
            Err(error) => return Err(away(error)),
        }
        let cache = Arc::clone(&self.cache);
        blocking(move || cache.forget(sha256)).await
    }

    pub(crate) async fn open_read(&self, sha256: Sha256) -> Result<Option<File>, BlobError> {
        let cache = Arc::clone(&self.cache);
        if let Some(file) = blocking(move || cache.open_read(sha256)).await? {
            return Ok(Some(file));
        }
        self.fetch(sha256).await
    }

    pub(crate) async fn open_unread(&self, sha256: Sha256) -> Result<Option<File>, BlobError> {
        let cache = Arc::clone(&self.cache);
        if let Some(file) = blocking(move || cache.open_unread(sha256)).await? {
            return Ok(Some(file));
        }
        self.fetch(sha256).await
    }

    /// Brings a blob here; the copy stays in the cache if it has room for it.
    async fn fetch(&self, sha256: Sha256) -> Result<Option<File>, BlobError> {
        let mut damaged = false;
        for shelf in Shelf::ALL {
            let Some(found) = self.get(&self.at(&shelf.location(sha256))).await? else { continue };
            let size = found.meta.size;
            let (cache, staging) = (Arc::clone(&self.cache), self.staging.clone());
            let file = blocking(move || {
                cache.make_room(size)?;
                Ok(NamedTempFile::new_in(staging)?)
            })
            .await?;
            let (file, info) = receive(found, file).await?;
            if info.sha256 != sha256 {
                damaged = true;
                continue;
            }
            let cache = Arc::clone(&self.cache);
            return blocking(move || cache.keep(sha256, info.size_bytes, file).map(Some)).await;
        }
        if damaged {
            return Err(BlobError::Damaged(sha256));
        }
        self.surely_absent().await?;
        Ok(None)
    }

    pub(crate) async fn publish(&self, shelf: Shelf, staged: &Path, info: BlobInfo) -> Result<(), BlobError> {
        let mut to = None;
        for known in Shelf::ALL {
            let location = self.at(&known.location(info.sha256));
            match self.found(&location, info).await? {
                Found::Nothing => {}
                Found::Whole => return Ok(()),
                Found::Damaged => {
                    let sha256 = info.sha256;
                    tracing::warn!(blob.sha256 = %sha256, "replacing damaged blob {sha256} by the same bytes uploaded again");
                    to = Some(location);
                }
            }
        }
        let to = to.unwrap_or_else(|| self.at(&shelf.location(info.sha256)));
        if info.size_bytes <= self.part_bytes {
            self.send_whole(&to, staged, info).await?;
        } else {
            self.send_parts(&to, staged, info).await?;
        }
        // The store has checked the digest of each part; a blob that is cut short or missing would still be a lost original.
        match self.head(&to).await? {
            Some(meta) if meta.size == info.size_bytes => {}
            _ => return Err(BlobError::unavailable("what was sent is not there as it was sent")),
        }
        // Whoever examines it next need not fetch it. A cache that is full is no reason to fail.
        let (cache, staged, sha256) = (Arc::clone(&self.cache), staged.to_owned(), info.sha256);
        let _ = blocking(move || cache.adopt(sha256, info.size_bytes, &staged)).await;
        Ok(())
    }

    async fn found(&self, location: &ObjectPath, info: BlobInfo) -> Result<Found, BlobError> {
        let Some(meta) = self.head(location).await? else { return Ok(Found::Nothing) };
        if meta.size != info.size_bytes {
            return Ok(Found::Damaged);
        }
        match self.digest(location).await? {
            None => Ok(Found::Nothing),
            Some(there) if there == info => Ok(Found::Whole),
            Some(_) => Ok(Found::Damaged),
        }
    }

    /// The digests of what lies at a place, read to its end.
    pub(crate) async fn digest(&self, location: &ObjectPath) -> Result<Option<BlobInfo>, BlobError> {
        let Some(found) = self.get(location).await? else { return Ok(None) };
        let size = found.meta.size;
        let mut stream = found.into_stream();
        let mut digester = Digester::default();
        while let Some(bytes) = stream.try_next().await.map_err(away)? {
            digester.update(&bytes);
        }
        whole(digester.finish(), size).map(Some)
    }

    async fn send_whole(&self, to: &ObjectPath, staged: &Path, info: BlobInfo) -> Result<(), BlobError> {
        let staged = staged.to_owned();
        let bytes = blocking(move || {
            let bytes = std::fs::read(staged)?;
            if Sha256::of(&bytes) == info.sha256 { Ok(bytes) } else { Err(changed()) }
        })
        .await?;
        let payload = PutPayload::from(bytes);
        sent(self.sent_within, || self.sender.put(to, payload.clone())).await.map_err(away)?;
        Ok(())
    }

    /// Sends a large file in parts. Nothing is visible before all are there and their bytes have the right digest.
    async fn send_parts(&self, to: &ObjectPath, staged: &Path, info: BlobInfo) -> Result<(), BlobError> {
        self.sending.sweep(&self.client).await;
        let id = self.client.create_multipart(to).await.map_err(away)?;
        let note = self.sending.note(to, &id).await?;
        let sent = async {
            let parts = self.put_parts(to, &id, staged, info).await?;
            match self.client.complete_multipart(to, &id, parts).await {
                Ok(_) => Ok(()),
                // The answer to an earlier try may have been lost: then it is complete, and the store knows the upload no more.
                Err(error) => match self.found(to, info).await {
                    Ok(Found::Whole) => Ok(()),
                    _ => Err(away(error)),
                },
            }
        }
        .await;
        match sent {
            Ok(()) => note.forget().await,
            Err(error) => {
                // Where this fails too the note stays, and the next sweep does it.
                if self.client.abort_multipart(to, &id).await.is_ok() {
                    note.forget().await?;
                }
                Err(error)
            }
        }
    }

    async fn put_parts(
        &self,
        to: &ObjectPath,
        id: &str,
        staged: &Path,
        info: BlobInfo,
    ) -> Result<Vec<PartId>, BlobError> {
        let part_bytes = self.part_bytes.max(info.size_bytes.div_ceil(MOST_PARTS));
        let count = info.size_bytes.div_ceil(part_bytes);
        let (mut digester, mut on_the_way, mut parts) = (Digester::default(), JoinSet::new(), Vec::new());
        // Read one after the other, so that what is sent is what is hashed.
        for number in 0..count {
            let staged = staged.to_owned();
            let bytes;
            (bytes, digester) = blocking(move || {
                let mut file = File::open(staged)?;
                file.seek(SeekFrom::Start(number * part_bytes))?;
                let mut bytes = Vec::new();
                file.take(part_bytes).read_to_end(&mut bytes)?;
                digester.update(&bytes);
                Ok((bytes, digester))
            })
            .await?;
            if on_the_way.len() == PARTS_AT_ONCE {
                parts.extend(arrived(&mut on_the_way).await?);
            }
            let (client, to, id) = (self.sender.clone(), to.clone(), id.to_owned());
            let (within, payload) = (self.sent_within, PutPayload::from(bytes));
            on_the_way.spawn(async move {
                let index = usize::try_from(number).unwrap_or(usize::MAX);
                let part = sent(within, || client.put_part(&to, &id, index, payload.clone())).await;
                part.map(|part| (number, part))
            });
        }
        while let Some(part) = arrived(&mut on_the_way).await? {
            parts.push(part);
        }
        if digester.finish().sha256 != info.sha256 {
            return Err(changed());
        }
        parts.sort_by_key(|(number, _)| *number);
        Ok(parts.into_iter().map(|(_, part)| part).collect())
    }

    /// Everything on a shelf, in the order of its names.
    pub(crate) fn list(&self, shelf: Shelf) -> BoxStream<'static, Result<ObjectMeta, BlobError>> {
        let (below, prefix) = (self.at(&ObjectPath::from(shelf.folder())), self.prefix.clone());
        self.client
            .list(Some(&below))
            .map(move |found| {
                let mut meta = found.map_err(away)?;
                let below: Option<ObjectPath> = meta.location.prefix_match(&prefix).map(Iterator::collect);
                meta.location = below.unwrap_or(meta.location);
                Ok(meta)
            })
            .boxed()
    }

    /// A place within the bucket.
    pub(crate) fn at(&self, location: &ObjectPath) -> ObjectPath {
        self.prefix.parts().chain(location.parts()).collect()
    }

    /// Length in bytes of what lies at a place.
    pub(crate) async fn size(&self, location: &ObjectPath) -> Result<Option<u64>, BlobError> {
        Ok(self.head(location).await?.map(|meta| meta.size))
    }

    async fn head(&self, location: &ObjectPath) -> Result<Option<ObjectMeta>, BlobError> {
        match self.client.head(location).await {
            Ok(meta) => Ok(Some(meta)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(away(error)),
        }
    }

    async fn get(&self, location: &ObjectPath) -> Result<Option<GetResult>, BlobError> {
        match self.client.get(location).await {
            Ok(found) => Ok(Some(found)),
            Err(object_store::Error::NotFound { .. }) => Ok(None),
            Err(error) => Err(away(error)),
        }
    }
}

/// Sends something; once more if it was held for so long that the library does not try it again.
async fn sent<T, Sending>(within: Duration, send: impl Fn() -> Sending) -> Result<T, object_store::Error>
where
    Sending: Future<Output = Result<T, object_store::Error>>,
{
    let began = Instant::now();
    match send().await {
        Err(_) if began.elapsed() >= within => send().await,
        sent => sent,
    }
}

/// The next part that has come to the store; none if none is on its way. What is still on its way when this is dropped is given up.
async fn arrived(on_the_way: &mut Sent) -> Result<Option<(u64, PartId)>, BlobError> {
    match on_the_way.join_next().await {
        None => Ok(None),
        Some(Ok(part)) => part.map(Some).map_err(away),
        Some(Err(error)) => Err(BlobError::Store(Box::new(error))),
    }
}

/// Writes what comes into a file and syncs nothing: it is a copy.
async fn receive(found: GetResult, file: NamedTempFile) -> Result<(NamedTempFile, BlobInfo), BlobError> {
    let size = found.meta.size;
    let mut stream = found.into_stream();
    let (mut file, mut digester) = (file, Digester::default());
    let mut waiting = Vec::new();
    loop {
        let more = stream.try_next().await.map_err(away)?;
        let end = more.is_none();
        waiting.extend_from_slice(more.as_deref().unwrap_or_default());
        if end || waiting.len() >= PIECE {
            let (mut ours, mut bytes, mut hashed) = (file, std::mem::take(&mut waiting), digester);
            (file, waiting, digester) = blocking(move || {
                ours.write_all(&bytes)?;
                hashed.update(&bytes);
                bytes.clear();
                Ok((ours, bytes, hashed))
            })
            .await?;
        }
        if end {
            return Ok((file, whole(digester.finish(), size)?));
        }
    }
}

/// An answer that ends early is no damage of the blob.
fn whole(info: BlobInfo, announced: u64) -> Result<BlobInfo, BlobError> {
    if info.size_bytes == announced {
        Ok(info)
    } else {
        Err(BlobError::unavailable(format!("an answer of {announced} bytes ended after {}", info.size_bytes)))
    }
}

fn changed() -> BlobError {
    BlobError::from(std::io::Error::other("a staging file changed before it was sent"))
}

/// Whether the server says that it knows no such bucket or lets nobody of this name in: no waiting helps.
const fn is_setting(error: &object_store::Error) -> bool {
    use object_store::Error;
    matches!(error, Error::NotFound { .. } | Error::PermissionDenied { .. } | Error::Unauthenticated { .. })
}

/// Whatever the server says that is not an answer to the question.
pub(crate) fn away(error: object_store::Error) -> BlobError {
    BlobError::unavailable(error)
}
