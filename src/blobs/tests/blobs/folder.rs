//! What is particular about a folder.

use std::io::Write as _;
use std::time::Duration;

use podlinnik_blobs::{BlobError, Blobs, Unfinished};
use podlinnik_domain::hash::Sha256;

use crate::place::{files_below, opened, original, upload};

#[tokio::test]
async fn a_file_that_is_there_is_not_touched() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(folder.path()).await.unwrap();
    let info = upload(&blobs, b"the same").await;
    let path = original(folder.path(), info.sha256);
    let before = std::fs::metadata(&path).unwrap().modified().unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    assert_eq!(upload(&blobs, b"the same").await, info);
    assert_eq!(blobs.put(b"the same".to_vec()).await.unwrap(), info);
    assert_eq!(std::fs::metadata(&path).unwrap().modified().unwrap(), before);
    assert_eq!(files_below(folder.path()), [path]);
}

#[tokio::test]
async fn leftovers_of_a_crash_are_swept_after_a_day_and_not_before() {
    let folder = tempfile::tempdir().unwrap();
    let staging = folder.path().join("staging");
    std::fs::create_dir_all(&staging).unwrap();
    for (name, hours) in [("old", 25), ("young", 23)] {
        let mut file = std::fs::File::create(staging.join(name)).unwrap();
        file.write_all(b"half an upl").unwrap();
        let now = file.metadata().unwrap().modified().unwrap();
        file.set_modified(now - Duration::from_secs(hours * 3600)).unwrap();
    }
    let blobs = Blobs::local(folder.path()).await.unwrap();
    assert_eq!(files_below(&staging), [staging.join("young")]);
    assert!(blobs.get(Sha256::of(b"half an upl")).await.unwrap().is_none());
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_to_is_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(folder.path()).await.unwrap();
    blobs.ready().await.unwrap();
    std::fs::remove_dir_all(folder.path().join("staging")).unwrap();
    assert!(matches!(blobs.ready().await, Err(BlobError::Store(_))));
}

#[tokio::test]
async fn locking_takes_nothing_away() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(folder.path()).await.unwrap();
    let mut partial = opened(&blobs, "upload-1", 0, None).await;
    partial.write(b"durable since").await.unwrap();
    partial.sync().await.unwrap();
    drop(partial);
    // Whoever read the place before that one was noted locks as if nothing had come.
    let Unfinished::Locked(locked) = blobs.partial("upload-1", true).await.unwrap() else { panic!("locked") };
    assert_eq!(locked.size_bytes(), 13);
    let mut partial = locked.at(13, None).await.unwrap();
    assert_eq!(partial.digest().await.unwrap().sha256, Sha256::of(b"durable since"));
}

#[tokio::test]
async fn bytes_that_cannot_be_published_are_kept() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(folder.path()).await.unwrap();
    let mut partial = opened(&blobs, "upload-1", 0, None).await;
    partial.write(b"the only copy").await.unwrap();
    let info = partial.digest().await.unwrap();
    // Something is in the way of the folder that the file belongs in.
    let shard = folder.path().join("originals").join(&info.sha256.to_string()[..2]);
    std::fs::write(&shard, b"in the way").unwrap();
    assert!(partial.publish(info).await.is_err());
    std::fs::remove_file(&shard).unwrap();
    let mut partial = opened(&blobs, "upload-1", 13, None).await;
    assert_eq!(partial.digest().await.unwrap().sha256, info.sha256);
    partial.publish(info).await.unwrap();
    assert_eq!(blobs.get(info.sha256).await.unwrap().unwrap(), b"the only copy");
}
