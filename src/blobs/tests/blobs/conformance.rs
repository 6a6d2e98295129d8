//! What holds wherever the shelves stand.

use std::io::Read as _;

use podlinnik_blobs::{BlobError, Condition, Copied, Shelf, Unfinished};
use podlinnik_domain::hash::Sha256;

use crate::place::{Place, is_absent, listed, noise, opened, upload};

pub(crate) async fn an_upload_is_kept_bit_for_bit_under_its_digest(place: Place) {
    let blobs = place.open().await;
    let bytes = noise(3_000_000, 1);
    let info = upload(&blobs, &bytes).await;
    assert_eq!(info.sha256, Sha256::of(&bytes));
    assert_eq!(info.blake3.as_bytes(), blake3::hash(&bytes).as_bytes());
    assert_eq!(info.size_bytes, 3_000_000);
    let all = listed(&blobs).await;
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(
        (all[0].sha256, all[0].shelf, all[0].size_bytes),
        (Some(info.sha256), Shelf::Originals, 3_000_000)
    );
    assert!(place.staged().is_empty());
    assert!(blobs.contains(info.sha256).await.expect("an answer"));
    // Whoever opens it later, also on another disk, finds the same bytes.
    let elsewhere = place.elsewhere();
    let other = if place.settings.is_some() { elsewhere.open().await } else { place.open().await };
    for blobs in [&blobs, &place.open().await, &other] {
        assert_eq!(blobs.get(info.sha256).await.expect("an answer").expect("an answer"), bytes);
        for file in [
            blobs.open(info.sha256).await.expect("an answer"),
            blobs.open_unread(info.sha256).await.expect("an answer"),
        ] {
            let mut read = Vec::new();
            file.expect("an answer").read_to_end(&mut read).expect("an answer");
            assert_eq!(read, bytes);
        }
    }
}

pub(crate) async fn the_limit_itself_is_accepted_and_one_byte_more_is_not(place: Place) {
    let blobs = place.open().await;
    let mut exact = blobs.upload(10).await.expect("an answer");
    exact.write(b"01234").await.expect("an answer");
    exact.write(b"56789").await.expect("an answer");
    assert_eq!(exact.finish().await.expect("an answer").size_bytes, 10);

    let mut over = blobs.upload(10).await.expect("an answer");
    over.write(b"01234").await.expect("an answer");
    assert!(matches!(over.write(b"567890").await, Err(BlobError::TooLarge { limit: 10 })));
    drop(over);
    assert!(place.staged().is_empty());
}

pub(crate) async fn an_empty_upload_has_the_digest_of_nothing(place: Place) {
    let blobs = place.open().await;
    let info = blobs.upload(10).await.expect("an answer").finish().await.expect("an answer");
    assert_eq!(info.size_bytes, 0);
    assert_eq!(blobs.get(info.sha256).await.expect("an answer").expect("an answer"), Vec::<u8>::new());
}

pub(crate) async fn what_is_not_there_is_none(place: Place) {
    let blobs = place.open().await;
    assert!(blobs.get(Sha256::of(b"nothing")).await.expect("an answer").is_none());
    assert!(blobs.open(Sha256::of(b"nothing")).await.expect("an answer").is_none());
    assert!(blobs.open_unread(Sha256::of(b"nothing")).await.expect("an answer").is_none());
    assert!(!blobs.contains(Sha256::of(b"nothing")).await.expect("an answer"));
}

pub(crate) async fn identical_bytes_are_not_written_twice(place: Place) {
    let blobs = place.open().await;
    let info = upload(&blobs, b"the same").await;
    assert_eq!(upload(&blobs, b"the same").await, info);
    // Also not as a derivative.
    assert_eq!(blobs.put(b"the same".to_vec()).await.expect("an answer"), info);
    assert_eq!(listed(&blobs).await.len(), 1);
}

pub(crate) async fn concurrent_uploads_of_the_same_bytes_leave_one_blob(place: Place) {
    let blobs = place.open().await;
    let uploads = (0..16).map(|_| {
        let blobs = blobs.clone();
        tokio::spawn(async move { upload(&blobs, &[7; 100_000]).await })
    });
    for finished in uploads.collect::<Vec<_>>() {
        assert_eq!(finished.await.expect("an answer").sha256, Sha256::of(&[7; 100_000]));
    }
    assert_eq!(listed(&blobs).await.len(), 1);
    assert!(place.staged().is_empty());
}

pub(crate) async fn damage_is_found_and_the_same_bytes_heal_it(place: Place) {
    let blobs = place.open().await;
    let info = upload(&blobs, b"true bytes").await;
    for wrong in [&b"true bytez"[..], b"true"] {
        place.overwrite(info.sha256, wrong).await;
        // A store that was opened after the damage has no copy from before.
        let blobs = place.open().await;
        assert!(
            matches!(blobs.get(info.sha256).await, Err(BlobError::Damaged(sha256)) if sha256 == info.sha256)
        );
        assert!(matches!(blobs.open(info.sha256).await, Err(BlobError::Damaged(_))));
        assert_eq!(upload(&blobs, b"true bytes").await, info);
        assert_eq!(blobs.get(info.sha256).await.expect("an answer").expect("an answer"), b"true bytes");
        assert_eq!(blobs.examine(&listed(&blobs).await[0]).await.expect("an answer"), Condition::Whole(info));
    }
}

pub(crate) async fn a_dropped_upload_leaves_nothing(place: Place) {
    let blobs = place.open().await;
    let mut upload = blobs.upload(1 << 30).await.expect("an answer");
    upload.write(&[1; 2_000_000]).await.expect("an answer");
    assert_eq!(place.staged().len(), 1);
    drop(upload);
    assert!(place.staged().is_empty());
    assert!(listed(&blobs).await.is_empty());
}

pub(crate) async fn pieces_of_a_file_outlive_whoever_wrote_them(place: Place) {
    let blobs = place.open().await;
    assert!(is_absent(&blobs, "upload-1").await);
    let mut partial = opened(&blobs, "upload-1", 0, None).await;
    partial.write(b"first ").await.expect("an answer");
    assert_eq!(partial.sync().await.expect("an answer"), 6);
    partial.write(b"not noted").await.expect("an answer");
    // Nobody else gets it meanwhile, not even through a store of their own.
    let other = place.open().await;
    assert!(matches!(other.partial("upload-1", false).await.expect("an answer"), Unfinished::InUse));
    drop(partial);
    // What was not noted as durable is cut off, whether or not it came to the disk.
    let mut partial = opened(&other, "upload-1", 6, None).await;
    partial.write(b"second, wrong").await.expect("an answer");
    partial.cut(6).await.expect("an answer");
    partial.write(b"second").await.expect("an answer");
    let info = partial.digest().await.expect("an answer");
    assert_eq!((info.sha256, info.size_bytes), (Sha256::of(b"first second"), 12));
    partial.publish(info).await.expect("an answer");
    assert_eq!(blobs.get(info.sha256).await.expect("an answer").expect("an answer"), b"first second");
    assert!(is_absent(&blobs, "upload-1").await);

    // A digest that has seen all bytes is taken, one that has not is not.
    let mut partial = opened(&blobs, "upload-2", 0, None).await;
    partial.write(b"first ").await.expect("an answer");
    partial.sync().await.expect("an answer");
    let seen = partial.into_digester();
    let mut partial = opened(&blobs, "upload-2", 6, seen.clone()).await;
    partial.write(b"second").await.expect("an answer");
    assert_eq!(partial.digest().await.expect("an answer").sha256, info.sha256);
    partial.publish(info).await.expect("an answer");
    assert!(is_absent(&blobs, "upload-2").await, "bytes that are there already are not kept twice");
    let mut partial = opened(&blobs, "upload-3", 0, seen).await;
    partial.write(b"third").await.expect("an answer");
    assert_eq!(partial.digest().await.expect("an answer").sha256, Sha256::of(b"third"));
    drop(partial);
    let Unfinished::Locked(locked) = blobs.partial("upload-3", false).await.expect("an answer") else {
        panic!("locked")
    };
    assert!(locked.at(99, None).await.is_err(), "fewer bytes than were received");
    blobs.partial_remove("upload-3").await.expect("an answer");
    blobs.partial_remove("upload-3").await.expect("an answer");
    for name in ["", "../x", "a/b"] {
        assert!(blobs.partial(name, true).await.is_err(), "{name}");
    }
}

pub(crate) async fn what_was_made_in_a_scratch_file_is_kept(place: Place) {
    let blobs = place.open().await;
    let made = blobs.scratch().await.expect("an answer");
    std::fs::write(&made, b"a film").expect("an answer");
    let info = blobs.put_scratch(made).await.expect("an answer");
    assert_eq!(blobs.get(info.sha256).await.expect("an answer").expect("an answer"), b"a film");
    let all = listed(&blobs).await;
    assert_eq!((all.len(), all[0].shelf), (1, Shelf::Derivatives));
    drop(blobs.scratch().await.expect("an answer"));
    assert!(place.staged().is_empty());
}

pub(crate) async fn everything_is_listed_and_examined(place: Place) {
    let blobs = place.open().await;
    let whole = upload(&blobs, b"whole").await;
    let damaged = upload(&blobs, b"damaged").await;
    let made = blobs.put(b"made".to_vec()).await.expect("an answer");
    place.overwrite(damaged.sha256, b"damagee").await;
    let mut conditions = Vec::new();
    for one in listed(&blobs).await {
        conditions.push((one.sha256.expect("an answer"), blobs.examine(&one).await.expect("an answer")));
    }
    conditions.sort_by_key(|(sha256, _)| *sha256);
    let mut expected = vec![
        (whole.sha256, Condition::Whole(whole)),
        (made.sha256, Condition::Whole(made)),
        (
            damaged.sha256,
            conditions.iter().find(|(sha256, _)| *sha256 == damaged.sha256).expect("an answer").1,
        ),
    ];
    expected.sort_by_key(|(sha256, _)| *sha256);
    assert_eq!(conditions, expected);
    let of_damaged = expected.iter().find(|(sha256, _)| *sha256 == damaged.sha256).expect("an answer").1;
    assert!(matches!(of_damaged, Condition::Damaged(found) if found.sha256 == Sha256::of(b"damagee")));
}

pub(crate) async fn all_of_it_moves_to_another_store(place: Place) {
    let old = Place::folder();
    let from = old.open().await;
    let large = upload(&from, &noise(11 << 20, 2)).await;
    let made = from.put(b"made".to_vec()).await.expect("an answer");
    let damaged = upload(&from, b"damaged").await;
    old.overwrite(damaged.sha256, b"damagee").await;
    let to = place.open().await;
    for expected in [Copied::Sent, Copied::WasThere] {
        for one in listed(&from).await {
            let copied = from.copy_to(&one, &to).await.expect("an answer");
            let expected = if one.sha256 == Some(damaged.sha256) { Copied::Damaged } else { expected };
            assert_eq!(copied, expected, "{one:?}");
        }
    }
    let mut moved: Vec<_> =
        listed(&to).await.iter().map(|one| (one.shelf, one.sha256.expect("an answer"))).collect();
    moved.sort_unstable();
    assert_eq!(moved, [(Shelf::Originals, large.sha256), (Shelf::Derivatives, made.sha256)]);
    assert_eq!(to.get(large.sha256).await.expect("an answer").expect("an answer"), noise(11 << 20, 2));
}
