//! What goes under the retention rules.

use std::sync::Arc;

use podlinnik_domain::analysis::{Derivative, DerivativeKind};
use podlinnik_domain::case::Case;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::verdict::VerdictKind;

use super::world::{World, at};
use crate::Store;
use crate::record::NewRemoval;

/// Later than anything in these worlds.
const LATER: i64 = 2_000_000_000;

/// A preview of the item of a case.
async fn previewed(world: &World, content: &str) -> (Case, Derivative) {
    let case = world.analysed(content).await;
    let preview = Derivative {
        name: "preview.mp4".to_owned(),
        kind: DerivativeKind::Preview,
        media_type: "video/mp4".to_owned(),
        sha256: Sha256::of(content.as_bytes()),
        size_bytes: 7,
        at_s: None,
        track: None,
        recipe: "H.264".to_owned(),
    };
    // Bytes of their own: those of the item are named by it.
    let preview = Derivative { sha256: Sha256::of(format!("preview of {content}").as_bytes()), ..preview };
    world.store.derivative_add(case.analysis, &preview).await.expect("added");
    (case, preview)
}

pub async fn a_preview_goes_when_its_case_has_ended(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let store = world.store.as_ref();
    let (case, preview) = previewed(&world, "clip").await;
    world.approved(case.id, VerdictKind::Staged).await;
    let ended = world.now();
    let list = async |before| store.removable_list(before, None, 10).await.expect("a list");
    assert!(list(at(world.now().as_second() - 1000)).await.is_empty(), "it has not rested for so long");
    let found = list(at(LATER)).await;
    assert_eq!(found.len(), 1);
    assert_eq!((found[0].case, found[0].analysis, found[0].sha256), (case.id, case.analysis, preview.sha256));
    assert!(found[0].changed_at <= ended && found[0].size_bytes == 7);
    let after = Some((case.analysis, preview.name.as_str()));
    assert!(store.removable_list(at(LATER), after, 10).await.expect("a list").is_empty());

    let removal = |before| NewRemoval {
        analysis: case.analysis,
        name: preview.name.clone(),
        rule: Some((30, before)),
        at: world.now(),
    };
    assert!(!store.preview_remove(&removal(at(1000))).await.expect("an answer"), "the rule is asked again");
    assert!(store.blob_is_named(preview.sha256).await.expect("an answer"));
    assert!(store.preview_remove(&removal(at(LATER))).await.expect("an answer"));
    assert!(!store.preview_remove(&removal(at(LATER))).await.expect("an answer"), "it is gone");
    let left = store.derivative_list(case.analysis).await.expect("a list");
    assert!(!left.is_empty() && left.iter().all(|one| one.kind != DerivativeKind::Preview), "{left:?}");
    assert!(!store.blob_is_named(preview.sha256).await.expect("an answer"));
    assert!(store.blob_is_named(case.media_sha256).await.expect("an answer"), "the original stays");
    let told = store.event_list(SubjectKind::Analysis, &case.analysis.to_string()).await.expect("events");
    let told = told.last().expect("an event");
    assert_eq!((told.kind.as_str(), &told.payload["after_days"]), ("preview_removed", &30.into()));
    assert_eq!(told.payload["sha256"], preview.sha256.to_string());

    assert_eq!(store.removal_unsettled(10).await.expect("a list"), [preview.sha256]);
    store.removal_settle(preview.sha256, at(1)).await.expect("settled, whatever the clock shows");
    assert!(store.removal_unsettled(10).await.expect("a list").is_empty());
    // Made anew, it can go once more.
    store.derivative_add(case.analysis, &preview).await.expect("added");
    assert!(store.preview_remove(&removal(at(LATER))).await.expect("an answer"));
}

pub async fn previews_of_open_cases_stay(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let store = world.store.as_ref();
    let (open, _) = previewed(&world, "open").await;
    let (proposed, _) = previewed(&world, "proposed").await;
    world.proposed(proposed.id, VerdictKind::Staged).await;
    let (drafted, preview) = previewed(&world, "drafted").await;
    let verdict = world.approved(drafted.id, VerdictKind::Staged).await;
    let notice = world.notice_approved(&verdict).await;
    assert!(
        store.removable_list(at(LATER), None, 10).await.expect("a list").is_empty(),
        "a notice is to come"
    );
    for case in [&open, &proposed, &drafted] {
        let name = preview.name.clone();
        let removal =
            NewRemoval { analysis: case.analysis, name, rule: Some((1, at(LATER))), at: world.now() };
        assert!(!store.preview_remove(&removal).await.expect("an answer"), "{}", case.state);
    }
    world.published(&notice).await;
    let found = store.removable_list(at(LATER), None, 10).await.expect("a list");
    assert_eq!(found.iter().map(|one| one.case).collect::<Vec<_>>(), [drafted.id]);
    // Pictures of the report are evidence, whatever the rules say.
    let removal =
        NewRemoval { analysis: drafted.analysis, name: "Frame.png".to_owned(), rule: None, at: world.now() };
    assert!(!store.preview_remove(&removal).await.expect("an answer"));
}
