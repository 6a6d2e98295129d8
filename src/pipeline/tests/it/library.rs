//! The index of all originals: loaded at once, or kept up to date, it is the same.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed; `allow-unwrap-in-tests` does not reach helpers"
)]

use std::fs::File;
use std::io::Read as _;
use std::path::PathBuf;
use std::sync::Arc;

use podlinnik_domain::media::MediaKind;
use podlinnik_domain::original::{ArchiveItem, Attribution};
use podlinnik_pipeline::archive::recognise::{SIGNATURE_KIND, SIGNATURE_VERSION};
use podlinnik_pipeline::archive::source::Source;
use podlinnik_pipeline::archive::{AddOptions, Library, Recognise, Recognised};
use podlinnik_pipeline::record::NewSignature;
use podlinnik_pipeline::{Archive, MediaError, RegisterKey};
use podlinnik_similarity::picture::Picture;
use podlinnik_similarity::signature::{MediaSignature, SignatureBuilder};
use tempfile::TempDir;

use crate::support::World;

const SIDE: usize = 64;

/// A clip of 12 frames that only its seed determines.
fn clip(seed: &[u8]) -> MediaSignature {
    let mut state = seed.iter().fold(0x9e37_79b9_7f4a_7c15_u64, |state, byte| {
        (state ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut builder = SignatureBuilder::new();
    for frame in 0..12 {
        let blocks: Vec<u8> = (0..64).map(|_| random().to_le_bytes()[3]).collect();
        let pixel = |at: usize| [blocks[at / SIDE / 8 * 8 + at % SIDE / 8]; 3];
        let rgb: Vec<u8> = (0..SIDE * SIDE).flat_map(pixel).collect();
        builder.push_frame(&Picture::new(&rgb, SIDE, SIDE).unwrap(), f64::from(frame) / 2.0);
    }
    builder.finish()
}

/// Takes a file's bytes for the seed of its frames.
#[derive(Debug)]
struct Seeds;

impl Recognise for Seeds {
    fn signature(&self) -> (&'static str, u32) {
        (SIGNATURE_KIND, SIGNATURE_VERSION)
    }

    fn recognise(
        &self,
        mut file: File,
        _progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<Recognised, MediaError> {
        let mut seed = Vec::new();
        file.read_to_end(&mut seed)?;
        Ok(Recognised {
            kind: MediaKind::Video,
            duration_s: Some(6.0),
            width: None,
            height: None,
            fps: None,
            signature: NewSignature {
                kind: SIGNATURE_KIND.to_owned(),
                version: SIGNATURE_VERSION,
                bytes: clip(&seed).to_bytes(),
            },
            warnings: Vec::new(),
        })
    }
}

async fn add(archive: &Archive, folder: &TempDir, names: &[&str]) {
    for name in names {
        std::fs::write(folder.path().join(format!("{name}.mp4")), name).unwrap();
    }
    let said = Attribution { vouched_by: "x".to_owned(), ..Attribution::default() };
    let source = Source::gather(&[PathBuf::from(folder.path())], &said).unwrap();
    let options = AddOptions { again: true, ..AddOptions::default() };
    archive.add(source, &options, &mut |_| {}).await.unwrap();
}

async fn item(archive: &Archive, name: &str) -> ArchiveItem {
    let mut found = None;
    let mut look = |item: &ArchiveItem| {
        if item.path.ends_with(&format!("/{name}.mp4")) {
            found = Some(item.clone());
        }
    };
    archive.list(false, &mut look).await.unwrap();
    found.unwrap()
}

/// Which originals are found for a clip.
fn found(library: &Library, name: &str) -> Vec<String> {
    let candidates = library.index().candidates(&clip(name.as_bytes()));
    candidates.iter().map(|one| library.item(one.id).unwrap().path.clone()).collect()
}

#[tokio::test]
async fn an_index_kept_up_to_date_equals_one_made_anew() {
    let world = World::new().await;
    let (footage, keys) = (TempDir::new().unwrap(), TempDir::new().unwrap());
    let key = RegisterKey::open_or_make(keys.path()).unwrap();
    let archive = Archive::new(&world.service, key, Arc::new(Seeds));
    let mut kept = Library::load(Arc::clone(&world.store)).await.unwrap();
    assert!(kept.index().is_empty());

    add(&archive, &footage, &["a", "b", "c", "d"]).await;
    assert!(kept.refresh().await.unwrap());
    assert!(!kept.refresh().await.unwrap(), "nothing new");
    assert_eq!(found(&kept, "b").len(), 1);
    assert!(found(&kept, "b")[0].ends_with("/b.mp4"));
    assert!(found(&kept, "of nobody").is_empty());

    for (name, comes_back) in [("b", false), ("c", true)] {
        archive.withdraw(item(&archive, name).await.id, "a mistake", None).await.unwrap();
        if !comes_back {
            std::fs::remove_file(footage.path().join(format!("{name}.mp4"))).unwrap();
        }
    }
    add(&archive, &footage, &["e"]).await;
    assert!(kept.refresh().await.unwrap());
    let made = Library::load(Arc::clone(&world.store)).await.unwrap();
    assert!(made.items().eq(kept.items()));
    assert_eq!(made.items().count(), 4);
    for name in ["a", "b", "c", "d", "e"] {
        let seen = clip(name.as_bytes());
        assert_eq!(made.index().candidates(&seen), kept.index().candidates(&seen), "{name}");
        assert_eq!(found(&kept, name).len(), usize::from(name != "b"), "{name}");
    }
}
