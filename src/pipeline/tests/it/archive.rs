//! Originals come in, are found again, go, and are checked.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on has failed; `allow-unwrap-in-tests` does not reach helpers"
)]

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, SystemTime};

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::media::MediaKind;
use podlinnik_domain::original::{ArchiveItem, Attribution, Keeping};
use podlinnik_pipeline::archive::source::Source;
use podlinnik_pipeline::archive::verify::{ProblemCode, Verified};
use podlinnik_pipeline::archive::{AddEvent, AddOptions, Added, FileResult, Recognise, Recognised};
use podlinnik_pipeline::record::NewSignature;
use podlinnik_pipeline::{Archive, MediaError, RegisterKey};
use tempfile::TempDir;

use crate::support::{World, code};

/// Reads files whose content says what becomes of them.
#[derive(Debug)]
struct Stub {
    calls: AtomicU32,
    version: u32,
}

impl Recognise for Stub {
    fn signature(&self) -> (&'static str, u32) {
        ("stub", self.version)
    }

    fn recognise(
        &self,
        mut file: File,
        progress: &mut dyn FnMut(u16) -> bool,
    ) -> Result<Recognised, MediaError> {
        self.calls.fetch_add(1, Ordering::SeqCst);
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        progress(500);
        if bytes.starts_with(b"broken") {
            return Err(MediaError::refused(ErrorCode::MediaDamaged, "as told"));
        }
        if bytes.starts_with(b"no child") {
            return Err(MediaError::Reader(std::io::Error::other("no child")));
        }
        Ok(Recognised {
            kind: MediaKind::Video,
            duration_s: Some(2.5),
            width: Some(640),
            height: Some(360),
            fps: Some(25.0),
            signature: NewSignature { kind: "stub".to_owned(), version: self.version, bytes },
            warnings: Vec::new(),
        })
    }
}

/// An archive over a folder of footage.
struct Stage {
    world: World,
    stub: Arc<Stub>,
    archive: Archive,
    footage: TempDir,
    keys: TempDir,
}

impl Stage {
    async fn new() -> Self {
        let world = World::new().await;
        let (footage, keys) = (TempDir::new().unwrap(), TempDir::new().unwrap());
        let stub = Arc::new(Stub { calls: AtomicU32::new(0), version: 1 });
        let key = RegisterKey::open_or_make(keys.path()).unwrap();
        let archive = Archive::new(&world.service, key, Arc::clone(&stub) as Arc<dyn Recognise>);
        Self { world, stub, archive, footage, keys }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.footage.path().join(name)
    }

    fn write(&self, name: &str, content: &str) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        path
    }

    /// Adds what is named and answers what became of each file.
    async fn add_with(&self, named: &Path, options: &AddOptions) -> (Added, Vec<(String, FileResult)>) {
        let said = Attribution { vouched_by: "пресс-служба".to_owned(), ..Attribution::default() };
        let source = Source::gather(&[named.to_owned()], &said).unwrap();
        let mut results = Vec::new();
        let mut tell = |event: AddEvent<'_>| {
            if let AddEvent::End(outcome) = event {
                let name = outcome.path.file_name().unwrap().to_string_lossy().into_owned();
                results.push((name, outcome.result.clone()));
            }
        };
        let added = self.archive.add(source, options, &mut tell).await.unwrap();
        (added, results)
    }

    /// Adds the folder; answers codes by file.
    async fn add(&self) -> Vec<String> {
        let (_, results) = self.add_with(self.footage.path(), &AddOptions::default()).await;
        results.into_iter().map(|(name, result)| format!("{name} {}", result.code())).collect()
    }

    async fn items(&self) -> Vec<ArchiveItem> {
        let mut items = Vec::new();
        self.archive.list(true, &mut |item| items.push(item.clone())).await.unwrap();
        items
    }

    async fn verify(&self) -> Verified {
        self.archive.verify(&[], true, &mut |_| {}).await.unwrap()
    }

    async fn problems(&self) -> Vec<ProblemCode> {
        self.verify().await.problems.into_iter().map(|problem| problem.code).collect()
    }
}

fn touch(path: &Path, seconds: u64) {
    let at = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000 + seconds);
    File::options().append(true).open(path).unwrap().set_modified(at).unwrap();
}

#[tokio::test]
async fn a_folder_comes_in_once_and_broken_files_stop_nothing() {
    let stage = Stage::new().await;
    stage.write("1.mp4", "speech one");
    stage.write("2.mp4", "broken");
    stage.write("3.mp4", "");
    stage.write("4.mp4", "no child");
    stage.write("day/5.mp4", "speech five");
    stage.write("day/6.mkv", "speech one");
    stage.write("day/notes.txt", "words");
    let (added, results) = stage.add_with(stage.footage.path(), &AddOptions::default()).await;
    let codes: Vec<_> = results.iter().map(|(name, result)| (name.as_str(), result.code())).collect();
    let refused = |name| (name, "refused");
    assert_eq!(
        codes,
        [
            ("1.mp4", "added"),
            refused("2.mp4"),
            refused("3.mp4"),
            refused("4.mp4"),
            ("5.mp4", "added"),
            ("6.mkv", "duplicate")
        ]
    );
    let why: Vec<_> = results
        .iter()
        .filter_map(|(_, result)| match result {
            FileResult::Refused { code, ours, .. } => Some((*code, *ours)),
            _ => None,
        })
        .collect();
    assert_eq!(
        why,
        [(ErrorCode::MediaDamaged, false), (ErrorCode::MediaEmpty, false), (ErrorCode::AnalysisFailed, true)]
    );
    let expected = Added {
        added: 2,
        added_s: 5.0,
        duplicates: 1,
        refused: 3,
        failed: 1,
        passed_over: 1,
        ..Added::default()
    };
    assert_eq!(added, expected);

    let read = stage.stub.calls.load(Ordering::SeqCst);
    stage.write("4.mp4", "speech four, now");
    let again = stage.add().await;
    assert_eq!(
        again,
        [
            "1.mp4 unchanged",
            "2.mp4 refused",
            "3.mp4 refused",
            "4.mp4 added",
            "5.mp4 unchanged",
            "6.mkv duplicate"
        ]
    );
    assert_eq!(stage.stub.calls.load(Ordering::SeqCst), read + 2, "only the broken and the new one are read");
    let items = stage.items().await;
    assert_eq!(items.iter().map(|item| item.sequence).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(items[0].attribution.vouched_by, "пресс-служба");
    assert_eq!(
        (items[0].width, items[0].duration_s, items[0].keeping),
        (Some(640), Some(2.5), Keeping::InPlace)
    );
    assert_eq!(stage.problems().await, []);
}

#[tokio::test]
async fn a_file_may_move_or_change() {
    let stage = Stage::new().await;
    let old = stage.write("a.mp4", "speech");
    assert_eq!(stage.add().await, ["a.mp4 added"]);
    touch(&old, 1);
    assert_eq!(stage.add().await, ["a.mp4 unchanged"], "another date, the same bytes");
    assert_eq!(stage.stub.calls.load(Ordering::SeqCst), 1);
    fs::create_dir(stage.path("moved")).unwrap();
    fs::rename(&old, stage.path("moved/b.mp4")).unwrap();
    assert_eq!(stage.problems().await, [ProblemCode::FileMissing]);
    assert_eq!(stage.add().await, ["b.mp4 moved"]);
    assert_eq!(stage.add().await, ["b.mp4 unchanged"]);
    assert_eq!(stage.problems().await, []);

    let path = stage.write("moved/b.mp4", "speech, cut");
    touch(&path, 2);
    assert_eq!(stage.problems().await, [ProblemCode::FileChanged]);
    assert_eq!(stage.add().await, ["b.mp4 added"]);
    assert_eq!(stage.problems().await, [ProblemCode::FileChanged], "the first one is lost");
    assert_eq!(stage.items().await.len(), 2);
}

#[tokio::test]
async fn a_copy_outlives_the_file() {
    let stage = Stage::new().await;
    let path = stage.write("a.mp4", &"speech ".repeat(400_000));
    assert_eq!(stage.add().await, ["a.mp4 added"]);
    let copying = AddOptions { copy: true, ..AddOptions::default() };
    let (_, results) = stage.add_with(stage.footage.path(), &copying).await;
    assert_eq!(results[0].1.code(), "unchanged");
    let other = stage.write("b.mp4", "short");
    let (_, results) = stage.add_with(&other, &copying).await;
    assert_eq!(results[0].1.code(), "added");
    for path in [&path, &other] {
        fs::remove_file(path).unwrap();
    }
    assert_eq!(stage.problems().await, []);
    for item in stage.items().await {
        assert_eq!(item.keeping, Keeping::Copied);
        let mut bytes = Vec::new();
        stage.archive.open(&item).await.unwrap().expect("the copy").read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes.len() as u64, item.size_bytes);
    }
}

#[tokio::test]
async fn what_was_withdrawn_stays_out_until_it_is_asked_for() {
    let stage = Stage::new().await;
    stage.write("a.mp4", "speech");
    stage.add().await;
    let id = stage.items().await[0].id;
    let mute = stage.archive.withdraw(id, " ", None).await;
    assert_eq!(code(&mute), Some(ErrorCode::ValidationFailed));
    let gone = stage.archive.withdraw(id, "the wrong day", None).await.unwrap();
    assert_eq!(gone.withdrawal.unwrap().reason, "the wrong day");
    assert_eq!(code(&stage.archive.withdraw(id, "again", None).await), Some(ErrorCode::WrongState));
    assert_eq!(stage.add().await, ["a.mp4 withdrawn"]);
    touch(&stage.path("a.mp4"), 1);
    assert_eq!(stage.add().await, ["a.mp4 withdrawn"]);
    let again = AddOptions { again: true, ..AddOptions::default() };
    let (_, results) = stage.add_with(stage.footage.path(), &again).await;
    assert_eq!(results[0].1.code(), "added");
    let verified = stage.verify().await;
    assert_eq!((verified.entries, verified.items, verified.files, verified.problems), (3, 1, 1, vec![]));
}

#[tokio::test]
async fn a_feed_says_what_each_file_is() {
    let stage = Stage::new().await;
    stage.write("1.mp4", "speech one");
    let feed = stage.write(
        "feed.jsonl",
        "{\"path\":\"1.mp4\",\"title\":\"Речь\",\"source\":\"Дом правительства\",\"date\":\"2024-05-03\",\"link\":\"https://example.org/1\",\"vouched_by\":\"Иванова\"}\n\
         {\"path\":\"2.mp4\"}\n\
         {\"path\":\"1.mp4\",\"link\":\"ftp://example.org\"}\n\
         nonsense\n",
    );
    let (added, results) = stage.add_with(&feed, &AddOptions::default()).await;
    assert_eq!((added.added, added.refused), (1, 3));
    let codes: Vec<_> = results
        .iter()
        .filter_map(|(_, result)| match result {
            FileResult::Refused { code, .. } => Some(*code),
            _ => None,
        })
        .collect();
    assert_eq!(codes, [ErrorCode::MediaNotFound, ErrorCode::ValidationFailed, ErrorCode::ValidationFailed]);
    let said = stage.items().await.remove(0).attribution;
    assert_eq!((said.title.as_deref(), said.vouched_by.as_str()), (Some("Речь"), "Иванова"));
    assert_eq!(said.recorded.unwrap().as_str(), "2024-05-03");
}

#[tokio::test]
async fn a_newer_program_reads_originals_again() {
    let stage = Stage::new().await;
    for name in ["a", "b", "c"] {
        stage.write(&format!("{name}.mp4"), name);
    }
    stage.add().await;
    fs::remove_file(stage.path("b.mp4")).unwrap();
    stage.write("c.mp4", "d");
    let newer = Arc::new(Stub { calls: AtomicU32::new(0), version: 2 });
    let key = RegisterKey::open_or_make(stage.keys.path()).unwrap();
    let archive = Archive::new(&stage.world.service, key, newer);
    let problems = archive.verify(&[], false, &mut |_| {}).await.unwrap().problems;
    assert_eq!(problems.iter().map(|one| one.code).collect::<Vec<_>>(), [ProblemCode::NotRecognisable; 3]);
    let mut results = Vec::new();
    let done = archive.renew(&mut |outcome| results.push(outcome.result.clone())).await.unwrap();
    assert_eq!((done.renewed, done.refused, done.failed), (1, 2, 0));
    assert_eq!(results.iter().map(FileResult::code).collect::<Vec<_>>(), ["renewed", "refused", "refused"]);
    let again = archive.renew(&mut |_| {}).await.unwrap();
    assert_eq!((again.unchanged, again.renewed), (1, 0));
}

#[tokio::test]
async fn submitted_media_are_learnt_once() {
    let stage = Stage::new().await;
    let desk = stage.world.desk(stage.world.tambov, "tambov").await;
    let submission = stage.world.submit(&desk.author, b"suspect").await;
    let media = submission.media_sha256;
    assert!(stage.archive.learn(media).await.unwrap());
    assert!(!stage.archive.learn(media).await.unwrap());
    let kept = stage.world.store.signature_get(media, "stub", 1).await.unwrap();
    assert_eq!(kept.as_deref(), Some(b"suspect".as_slice()));
    let unknown = stage.archive.learn(podlinnik_domain::hash::Sha256::of(b"of nobody")).await;
    assert_eq!(code(&unknown), Some(ErrorCode::NotFound));
}

#[tokio::test]
async fn keys_are_known_or_named() {
    let stage = Stage::new().await;
    stage.write("a.mp4", "speech");
    stage.add().await;
    let own = stage.verify().await;
    assert_eq!(own.keys.keys().collect::<Vec<_>>(), [&stage.archive.key().public_hex()]);
    assert_ne!(own.head, podlinnik_domain::event::GENESIS);

    let other = RegisterKey::open_or_make(TempDir::new().unwrap().path()).unwrap();
    let stranger = Archive::new(&stage.world.service, other, Arc::clone(&stage.stub) as Arc<dyn Recognise>);
    let doubted = stranger.verify(&[], false, &mut |_| {}).await.unwrap();
    assert_eq!(doubted.problems.iter().map(|one| one.code).collect::<Vec<_>>(), [ProblemCode::KeyUnknown]);
    use podlinnik_domain::original::RegisterSigner as _;
    let trusted = [RegisterKey::open_or_make(stage.keys.path()).unwrap().public_key()];
    let trusting = stranger.verify(&trusted, false, &mut |_| {}).await.unwrap();
    assert_eq!((trusting.problems, trusting.files), (vec![], 0));
}
