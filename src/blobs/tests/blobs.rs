//! The blob store through its public door, on a real folder.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use podlinnik_blobs::{BlobError, Blobs, Digester, Partial, Unfinished};
use podlinnik_domain::hash::Sha256;

fn files_below(folder: &Path) -> Vec<PathBuf> {
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

fn original(folder: &Path, sha256: Sha256) -> PathBuf {
    let name = sha256.to_string();
    folder.join("originals").join(&name[..2]).join(&name[2..4]).join(&name)
}

async fn upload(blobs: &Blobs, bytes: &[u8]) -> podlinnik_blobs::BlobInfo {
    let mut upload = blobs.upload(bytes.len() as u64).await.expect("staging file");
    for piece in bytes.chunks(700_001) {
        upload.write(piece).await.expect("within the limit");
    }
    upload.finish().await.expect("durable")
}

#[tokio::test]
async fn an_upload_is_kept_bit_for_bit_under_its_digest() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(folder.path()).await.unwrap();
    let bytes: Vec<u8> = (0..3_000_000_u32).map(|number| (number % 251) as u8).collect();
    let info = upload(&blobs, &bytes).await;
    assert_eq!(info.sha256, Sha256::of(&bytes));
    assert_eq!(info.blake3.as_bytes(), blake3::hash(&bytes).as_bytes());
    assert_eq!(info.size_bytes, 3_000_000);
    assert_eq!(files_below(folder.path()), [original(folder.path(), info.sha256)]);
    assert_eq!(blobs.get(info.sha256).await.unwrap().unwrap(), bytes);
    let mut read = Vec::new();
    blobs.open(info.sha256).await.unwrap().unwrap().read_to_end(&mut read).unwrap();
    assert_eq!(read, bytes);
    // A second process opens the same folder and finds them.
    let again = Blobs::local(folder.path()).await.unwrap();
    assert_eq!(again.get(info.sha256).await.unwrap().unwrap(), bytes);
}

#[tokio::test]
async fn the_limit_itself_is_accepted_and_one_byte_more_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(folder.path()).await.unwrap();
    let mut exact = blobs.upload(10).await.unwrap();
    exact.write(b"01234").await.unwrap();
    exact.write(b"56789").await.unwrap();
    assert_eq!(exact.finish().await.unwrap().size_bytes, 10);

    let mut over = blobs.upload(10).await.unwrap();
    over.write(b"01234").await.unwrap();
    assert!(matches!(over.write(b"567890").await, Err(BlobError::TooLarge { limit: 10 })));
    drop(over);
    assert_eq!(files_below(&folder.path().join("staging")), Vec::<PathBuf>::new());
}

#[tokio::test]
async fn an_empty_upload_has_the_digest_of_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(folder.path()).await.unwrap();
    let info = blobs.upload(10).await.unwrap().finish().await.unwrap();
    assert_eq!(info.size_bytes, 0);
    assert_eq!(blobs.get(info.sha256).await.unwrap().unwrap(), Vec::<u8>::new());
}

#[tokio::test]
async fn what_is_not_there_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(folder.path()).await.unwrap();
    assert!(blobs.get(Sha256::of(b"nothing")).await.unwrap().is_none());
    assert!(blobs.open(Sha256::of(b"nothing")).await.unwrap().is_none());
}

#[tokio::test]
async fn identical_bytes_are_not_written_twice() {
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
async fn concurrent_uploads_of_the_same_bytes_leave_one_blob() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(folder.path()).await.unwrap();
    let uploads = (0..16).map(|_| {
        let blobs = blobs.clone();
        tokio::spawn(async move { upload(&blobs, &[7; 100_000]).await })
    });
    for finished in uploads.collect::<Vec<_>>() {
        assert_eq!(finished.await.unwrap().sha256, Sha256::of(&[7; 100_000]));
    }
    assert_eq!(files_below(folder.path()), [original(folder.path(), Sha256::of(&[7; 100_000]))]);
}

#[tokio::test]
async fn damage_is_found_and_the_same_bytes_heal_it() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(folder.path()).await.unwrap();
    let info = upload(&blobs, b"true bytes").await;
    let path = original(folder.path(), info.sha256);
    std::fs::write(&path, b"true bytez").unwrap();
    assert!(matches!(blobs.get(info.sha256).await, Err(BlobError::Damaged(sha256)) if sha256 == info.sha256));
    assert!(matches!(blobs.open(info.sha256).await, Err(BlobError::Damaged(_))));
    assert_eq!(upload(&blobs, b"true bytes").await, info);
    assert_eq!(blobs.get(info.sha256).await.unwrap().unwrap(), b"true bytes");
}

#[tokio::test]
async fn a_dropped_upload_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(folder.path()).await.unwrap();
    let mut upload = blobs.upload(1 << 30).await.unwrap();
    upload.write(&[1; 2_000_000]).await.unwrap();
    assert_eq!(files_below(folder.path()).len(), 1);
    drop(upload);
    assert_eq!(files_below(folder.path()), Vec::<PathBuf>::new());
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

/// Locks the unfinished file of a name and goes on at a place of it.
async fn opened(blobs: &Blobs, name: &str, received: u64, digester: Option<Digester>) -> Partial {
    match blobs.partial(name, received == 0).await.expect("a look") {
        Unfinished::Locked(locked) => locked.at(received, digester).await.expect("an open file"),
        other => panic!("{name}: {other:?}"),
    }
}

async fn is_absent(blobs: &Blobs, name: &str) -> bool {
    matches!(blobs.partial(name, false).await.expect("a look"), Unfinished::Absent)
}

#[tokio::test]
async fn pieces_of_a_file_outlive_whoever_wrote_them() {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::local(folder.path()).await.unwrap();
    assert!(is_absent(&blobs, "upload-1").await);
    let mut partial = opened(&blobs, "upload-1", 0, None).await;
    partial.write(b"first ").await.unwrap();
    assert_eq!(partial.sync().await.unwrap(), 6);
    partial.write(b"not noted").await.unwrap();
    // Nobody else gets it meanwhile, not even through a store of their own.
    let other = Blobs::local(folder.path()).await.unwrap();
    assert!(matches!(other.partial("upload-1", false).await.unwrap(), Unfinished::InUse));
    drop(partial);
    // What was not noted as durable is cut off, whether or not it came to the disk.
    let mut partial = opened(&other, "upload-1", 6, None).await;
    partial.write(b"second, wrong").await.unwrap();
    partial.cut(6).await.unwrap();
    partial.write(b"second").await.unwrap();
    let info = partial.digest().await.unwrap();
    assert_eq!((info.sha256, info.size_bytes), (Sha256::of(b"first second"), 12));
    partial.publish(info).await.unwrap();
    assert_eq!(blobs.get(info.sha256).await.unwrap().unwrap(), b"first second");
    assert!(is_absent(&blobs, "upload-1").await);

    // A digest that has seen all bytes is taken, one that has not is not.
    let mut partial = opened(&blobs, "upload-2", 0, None).await;
    partial.write(b"first ").await.unwrap();
    partial.sync().await.unwrap();
    let seen = partial.into_digester();
    let mut partial = opened(&blobs, "upload-2", 6, seen.clone()).await;
    partial.write(b"second").await.unwrap();
    assert_eq!(partial.digest().await.unwrap().sha256, info.sha256);
    partial.publish(info).await.unwrap();
    assert!(is_absent(&blobs, "upload-2").await, "bytes that are there already are not kept twice");
    let mut partial = opened(&blobs, "upload-3", 0, seen).await;
    partial.write(b"third").await.unwrap();
    assert_eq!(partial.digest().await.unwrap().sha256, Sha256::of(b"third"));
    drop(partial);
    let Unfinished::Locked(locked) = blobs.partial("upload-3", false).await.unwrap() else {
        panic!("locked")
    };
    assert!(locked.at(99, None).await.is_err(), "fewer bytes than were received");
    blobs.partial_remove("upload-3").await.unwrap();
    blobs.partial_remove("upload-3").await.unwrap();
    for name in ["", "../x", "a/b"] {
        assert!(blobs.partial(name, true).await.is_err(), "{name}");
    }
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
