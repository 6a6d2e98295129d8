//! Room on the disk.

use crate::store::blocking;
use crate::{BlobError, Blobs};

/// Room where blobs are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// Bytes that the service can still write.
    pub free_bytes: u64,
    /// Bytes of the whole file system.
    pub total_bytes: u64,
}

impl Blobs {
    /// How much room is left.
    ///
    /// # Errors
    /// [`BlobError::Store`] if the file system does not tell.
    pub async fn room(&self) -> Result<Room, BlobError> {
        let folder = self.staging();
        blocking(move || {
            let told = rustix::fs::statvfs(&folder).map_err(std::io::Error::from)?;
            Ok(Room {
                free_bytes: told.f_bavail.saturating_mul(told.f_frsize),
                total_bytes: told.f_blocks.saturating_mul(told.f_frsize),
            })
        })
        .await
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn there_is_less_room_than_disk() {
        let folder = tempfile::tempdir().unwrap();
        let blobs = Blobs::local(folder.path()).await.unwrap();
        let room = blobs.room().await.unwrap();
        assert!(room.total_bytes > 0 && room.free_bytes <= room.total_bytes, "{room:?}");
    }
}
