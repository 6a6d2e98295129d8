//! The transparency log.

use std::sync::Arc;

use podlinnik_domain::hash::Sha256;
use podlinnik_domain::log::{LogEntry, leaf_hash, node_hash};
use podlinnik_domain::notice::CorrectionKind;
use podlinnik_domain::verdict::VerdictKind;
use serde_json::Value;
use tokio::task::JoinSet;

use super::corrections::{drafted, settling};
use super::desk::release;
use super::world::World;
use crate::{LogStamp, NewCheckpoint, Store, StoreError};

const FACE: VerdictKind = VerdictKind::ManipulatedFace;

/// Checks the whole log against itself and answers it.
pub async fn whole_log(store: &dyn Store) -> Vec<LogEntry> {
    let size = store.log_size().await.expect("a size");
    let entries = store.log_since(0, 10_000).await.expect("the log");
    assert_eq!(entries.len() as u64, size);
    let mut level: Vec<Sha256> = Vec::new();
    for (position, entry) in (0..).zip(&entries) {
        assert_eq!(entry.position, position, "no gaps");
        assert_eq!(entry.leaf, leaf_hash(entry.entry.as_bytes()));
        level.push(entry.leaf);
    }
    for number in 0..63 {
        let stored = store.log_nodes(number, 0, 10_000).await.expect("subtrees");
        assert_eq!(stored, level, "level {number}");
        level = level.chunks_exact(2).map(|pair| node_hash(pair[0], pair[1])).collect();
    }
    entries
}

fn fact(entry: &LogEntry, name: &str) -> String {
    let facts: Value = serde_json::from_str(&entry.entry).expect("JSON");
    facts.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

pub async fn approvals_publications_and_corrections_are_logged_once(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    assert!(whole_log(world.store.as_ref()).await.is_empty());
    let case = world.analysed("clip").await;
    let verdict = world.approved(case.id, FACE).await;
    let notice = world.published(&world.notice_approved(&verdict).await).await;
    let correction = drafted(&world, &notice, CorrectionKind::Correction).await;
    let settle = settling(&world, &correction, world.approver);
    let settled = world.store.correction_settle(&settle, &world.ids).await.expect("a settlement");
    let entries = whole_log(world.store.as_ref()).await;
    let kinds: Vec<_> = entries.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(kinds, ["verdict_approved", "notice_published", "correction_settled"]);
    let [approved, published, corrected] = &entries[..] else { panic!("three entries") };
    assert_eq!(fact(approved, "schema"), "podlinnik-log-entry/1");
    assert_eq!(fact(approved, "media_sha256"), case.media_sha256.to_string());
    assert_eq!(fact(approved, "evidence_sha256"), verdict.evidence_sha256.to_string());
    assert_eq!(fact(approved, "verdict_kind"), FACE.code());
    assert_eq!((approved.subject, Some(approved.at)), (verdict.id.as_uuid(), verdict.approved_at));
    let words = serde_json::to_value(&notice.text).expect("JSON").to_string();
    assert_eq!(fact(published, "text_sha256"), Sha256::of(words.as_bytes()).to_string());
    assert_eq!(
        (published.subject, fact(published, "verdict")),
        (notice.id.as_uuid(), verdict.id.to_string())
    );
    assert_eq!(fact(corrected, "correction"), settled.id.to_string());
    assert_ne!(fact(corrected, "text_sha256"), fact(published, "text_sha256"));
    assert_eq!(world.store.log_of(notice.id.as_uuid()).await.expect("entries"), entries[1..]);
    for entry in &entries {
        for secret in [world.author, world.second, world.approver] {
            assert!(!entry.entry.contains(&secret.to_string()), "nobody is named: {}", entry.entry);
        }
        assert!(!entry.entry.contains("лицо подменено"), "no words of the proposal");
    }
}

pub async fn a_released_verdict_is_logged_at_once(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let verdict = world.proposed(case.id, FACE).await;
    world.store.verdict_release(&release(&world, &case, &verdict, 4 * 3600)).await.expect("a release");
    let entries = whole_log(world.store.as_ref()).await;
    let kinds: Vec<_> = entries.iter().map(|entry| entry.kind.as_str()).collect();
    assert_eq!(kinds, ["verdict_released"]);
}

pub async fn what_is_refused_is_not_logged(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let verdict = world.agreed(case.id, FACE).await;
    let refused = world.store.verdict_approve(verdict.id, world.author, world.now()).await;
    assert!(refused.is_err() && whole_log(world.store.as_ref()).await.is_empty());
}

pub async fn approvals_at_once_leave_no_gap(store: Arc<dyn Store>) {
    let world = Arc::new(World::new(store).await);
    let mut tasks = JoinSet::new();
    for number in 0..9 {
        let case = world.analysed(&format!("clip {number}")).await;
        let verdict = world.agreed(case.id, FACE).await;
        for approver in [world.approver, world.deputy] {
            let world = Arc::clone(&world);
            tasks.spawn(async move { world.store.verdict_approve(verdict.id, approver, world.now()).await });
        }
    }
    let won = tasks.join_all().await.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!((won, whole_log(world.store.as_ref()).await.len()), (9, 9));
}

pub async fn a_checkpoint_is_kept_as_it_was_signed(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    world.approved(case.id, FACE).await;
    let checkpoint = NewCheckpoint {
        size: 1,
        root: Sha256::of(b"root"),
        public_key: [7; 32],
        note: "text\n\n— name c2ln\n".to_owned(),
        at: world.now(),
    };
    world.store.checkpoint_put(&checkpoint).await.expect("kept");
    let other = NewCheckpoint { note: "another".to_owned(), ..checkpoint.clone() };
    world.store.checkpoint_put(&other).await.expect("nothing to do");
    let kept = world.store.checkpoint_get([7; 32], 1).await.expect("an answer");
    assert_eq!(kept, Some(checkpoint.note.clone()));
    assert_eq!(world.store.checkpoint_get([8; 32], 1).await.expect("an answer"), None);
    let beyond = world.store.checkpoint_put(&NewCheckpoint { size: 2, ..checkpoint }).await;
    assert!(matches!(beyond, Err(StoreError::WrongState { .. })), "{beyond:?}");
}

pub async fn a_stamp_stands_on_its_checkpoint(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    for name in ["clip", "other"] {
        let case = world.analysed(name).await;
        world.approved(case.id, FACE).await;
    }
    let key = [7; 32];
    let stamp = |size, authority: &str| LogStamp {
        size,
        authority: authority.to_owned(),
        token: vec![0x30, u8::try_from(size).expect("a small size")],
        stamped_at: world.now(),
        received_at: world.now(),
    };
    let baseless = world.store.stamp_put(key, &stamp(1, "https://tsa.example/")).await;
    assert!(matches!(baseless, Err(StoreError::Missing { .. })), "{baseless:?}");
    assert_eq!(world.store.stamped_size(key, "https://tsa.example/").await.expect("an answer"), None);
    for size in [1, 2] {
        let checkpoint = NewCheckpoint {
            size,
            root: Sha256::of(b"root"),
            public_key: key,
            note: "text".to_owned(),
            at: world.now(),
        };
        world.store.checkpoint_put(&checkpoint).await.expect("kept");
    }
    let stamps =
        [stamp(1, "https://a.example/"), stamp(1, "https://b.example/"), stamp(2, "https://a.example/")];
    for stamp in stamps.iter().rev() {
        world.store.stamp_put(key, stamp).await.expect("kept");
    }
    let again = LogStamp { token: vec![1], ..stamps[0].clone() };
    world.store.stamp_put(key, &again).await.expect("nothing to do");
    let list = async |size, limit| world.store.stamp_list(key, size, limit).await.expect("a list");
    assert_eq!(list(0, 9).await, stamps);
    assert_eq!(list(2, 9).await, stamps[2..]);
    assert_eq!(list(1, 1).await, stamps[..1]);
    assert_eq!(world.store.stamp_list([8; 32], 0, 9).await.expect("a list"), []);
    let largest = async |authority| world.store.stamped_size(key, authority).await.expect("an answer");
    assert_eq!(
        (largest("https://a.example/").await, largest("https://b.example/").await),
        (Some(2), Some(1))
    );
}
