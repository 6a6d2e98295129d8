//! Shelves in a local folder.

use std::fs::File;
use std::io::{ErrorKind, Seek as _};
use std::path::{Path, PathBuf};

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use object_store::local::LocalFileSystem;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectMeta, ObjectStore as _, ObjectStoreExt as _};
use podlinnik_domain::hash::Sha256;

use crate::store::{Shelf, blocking};
use crate::{BlobError, BlobInfo, digest_reader};

#[derive(Debug)]
pub(crate) struct Folder {
    root: PathBuf,
    files: LocalFileSystem,
}

impl Folder {
    /// Blocks.
    pub(crate) fn open(root: &Path) -> Result<Self, BlobError> {
        for shelf in Shelf::ALL {
            std::fs::create_dir_all(root.join(shelf.folder()))?;
        }
        File::open(root)?.sync_all()?;
        let files = LocalFileSystem::new_with_prefix(root).map_err(failed)?.with_fsync(true);
        Ok(Self { root: root.to_owned(), files })
    }

    pub(crate) async fn open_read(&self, sha256: Sha256) -> Result<Option<File>, BlobError> {
        let Some(mut file) = self.first_of([Shelf::Originals, Shelf::Derivatives], sha256).await? else {
            return Ok(None);
        };
        blocking(move || {
            if digest_reader(&mut file)?.sha256 != sha256 {
                return Err(BlobError::Damaged(sha256));
            }
            file.rewind()?;
            Ok(Some(file))
        })
        .await
    }

    pub(crate) async fn open_unread(&self, sha256: Sha256) -> Result<Option<File>, BlobError> {
        self.first_of([Shelf::Derivatives, Shelf::Originals], sha256).await
    }

    async fn first_of(&self, order: [Shelf; 2], sha256: Sha256) -> Result<Option<File>, BlobError> {
        let paths = order.map(|shelf| self.path(&shelf.location(sha256)));
        blocking(move || {
            for path in paths {
                match File::open(path?) {
                    Ok(file) => return Ok(Some(file)),
                    Err(error) if error.kind() == ErrorKind::NotFound => {}
                    Err(error) => return Err(error.into()),
                }
            }
            Ok(None)
        })
        .await
    }

    pub(crate) async fn publish(&self, shelf: Shelf, staged: &Path, info: BlobInfo) -> Result<(), BlobError> {
        match self.open_read(info.sha256).await {
            Ok(Some(_)) => return self.sync_folders(info.sha256).await,
            Ok(None) => {}
            Err(BlobError::Damaged(sha256)) => {
                tracing::warn!(blob.sha256 = %sha256, "replacing damaged blob {sha256} by the same bytes uploaded again");
                return self.replace(staged, info.sha256).await;
            }
            Err(error) => return Err(error),
        }
        self.rename(staged, shelf.location(info.sha256)).await
    }

    pub(crate) async fn remove_derivative(&self, sha256: Sha256) -> Result<(), BlobError> {
        match self.files.delete(&Shelf::Derivatives.location(sha256)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(failed(error)),
        }
    }

    async fn replace(&self, staged: &Path, sha256: Sha256) -> Result<(), BlobError> {
        for shelf in Shelf::ALL {
            if self.files.head(&shelf.location(sha256)).await.is_ok() {
                return self.rename(staged, shelf.location(sha256)).await;
            }
        }
        Err(BlobError::Damaged(sha256))
    }

    /// Atomic; syncs both folders (`with_fsync`).
    async fn rename(&self, staged: &Path, to: ObjectPath) -> Result<(), BlobError> {
        let below = staged.strip_prefix(&self.root).unwrap_or(staged);
        let parts = below.components().map(|part| part.as_os_str().to_string_lossy().into_owned());
        self.files.rename(&ObjectPath::from_iter(parts), &to).await.map_err(failed)
    }

    /// Another upload may have renamed the same bytes a moment ago without having synced the folders yet.
    async fn sync_folders(&self, sha256: Sha256) -> Result<(), BlobError> {
        for shelf in Shelf::ALL {
            let path = self.path(&shelf.location(sha256))?;
            blocking(move || {
                if path.exists() {
                    for folder in path.ancestors().skip(1).take(3) {
                        File::open(folder)?.sync_all()?;
                    }
                }
                Ok(())
            })
            .await?;
        }
        Ok(())
    }

    /// Everything on a shelf, in no order.
    pub(crate) fn list(&self, shelf: Shelf) -> BoxStream<'static, Result<ObjectMeta, BlobError>> {
        let below = ObjectPath::from(shelf.folder());
        self.files.list(Some(&below)).map(|found| found.map_err(failed)).boxed()
    }

    /// An open file by its place; none if it is gone.
    pub(crate) async fn at(&self, location: &ObjectPath) -> Result<Option<File>, BlobError> {
        let path = self.path(location)?;
        blocking(move || match File::open(path) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        })
        .await
    }

    pub(crate) fn path(&self, location: &ObjectPath) -> Result<PathBuf, BlobError> {
        self.files.path_to_filesystem(location).map_err(failed)
    }
}

fn failed(error: object_store::Error) -> BlobError {
    BlobError::Store(Box::new(error))
}
