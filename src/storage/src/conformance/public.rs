//! How the public finds notices.

use std::sync::Arc;

use podlinnik_domain::notice::{ClaimRating, CorrectionKind, Notice, NoticeState};
use podlinnik_domain::verdict::VerdictKind;

use super::corrections::{drafted, settling};
use super::world::{World, words};
use crate::Store;
use crate::record::PublicQuestion;

/// A notice of another title and rating, not published yet.
async fn approved(world: &World, content: &str, title: &str, rating: ClaimRating) -> Notice {
    let case = world.analysed(content).await;
    let verdict = world.approved(case.id, VerdictKind::ManipulatedFace).await;
    let mut draft = world.draft(&verdict);
    draft.text = words(title);
    draft.text.rating = Some(rating);
    let notice = world.store.notice_draft(&draft).await.expect("a draft");
    world.store.notice_submit(notice.id, 1, world.author, world.now()).await.expect("a submitted notice");
    world.store.notice_approve(notice.id, 1, world.approver, world.now()).await.expect("an approved notice")
}

async fn found(world: &World, question: PublicQuestion) -> Vec<String> {
    let page = world.store.notice_search(&question, None, 10).await.expect("a page");
    for (notice, verdict) in &page.items {
        let pinned = world.store.verdict_get(notice.verdict).await.expect("an answer");
        assert_eq!(pinned.as_ref(), Some(verdict));
    }
    page.items.into_iter().map(|(notice, _)| notice.text.title).collect()
}

fn asking(search: &str) -> PublicQuestion {
    PublicQuestion { search: Some(search.to_owned()), ..PublicQuestion::default() }
}

pub async fn public_notices_are_found_by_words_rating_and_region(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let old = approved(&world, "clip 1", "Ёлка упала в Моршанске", ClaimRating::False).await;
    let new = approved(&world, "clip 2", "Мост в Мичуринске открыт", ClaimRating::True).await;
    approved(&world, "clip 3", "Ёлка, о которой ещё не опубликовано", ClaimRating::False).await;
    let everything = PublicQuestion::default;
    assert!(found(&world, everything()).await.is_empty(), "nothing is public yet");
    world.published(&old).await;
    world.published(&new).await;
    let (old, new) = (old.text.title, new.text.title);
    assert_eq!(found(&world, everything()).await, [new.clone(), old.clone()], "newest first");
    for (search, titles) in [
        ("елка", vec![&old]),
        ("МОРШ упал", vec![&old]),
        ("governor", vec![&new, &old]),
        ("мост ёлка", vec![]),
        ("%", vec![&new, &old]),
        ("опубликовано ещё", vec![]),
    ] {
        let titles: Vec<String> = titles.into_iter().cloned().collect();
        assert_eq!(found(&world, asking(search)).await, titles, "{search}");
    }
    let rated = PublicQuestion { rating: Some(ClaimRating::True), ..everything() };
    assert_eq!(found(&world, rated).await, std::slice::from_ref(&new));
    let elsewhere = PublicQuestion { region: Some("RU-MOS".to_owned()), ..everything() };
    assert!(found(&world, elsewhere).await.is_empty());
    let first = world.store.notice_search(&everything(), None, 1).await.expect("a page");
    let second = world.store.notice_search(&everything(), first.next, 1).await.expect("a page");
    assert_eq!((second.items[0].0.text.title.as_str(), second.next), (old.as_str(), None));
}

pub async fn corrected_words_are_found_and_old_ones_not(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let notice = approved(&world, "clip", "Плотина прорвана", ClaimRating::False).await;
    let published = world.published(&notice).await;
    let correction = drafted(&world, &published, CorrectionKind::Correction).await;
    assert_eq!(found(&world, asking("плотина")).await.len(), 1, "an open doubt changes nothing");
    let settle = settling(&world, &correction, world.approver);
    world.store.correction_settle(&settle, &world.ids).await.expect("a settlement");
    assert!(found(&world, asking("плотина")).await.is_empty());
    assert_eq!(found(&world, asking("записи 2019")).await.len(), 1);
    let again = world.store.notice_get(notice.id).await.expect("an answer").expect("the notice");
    let retraction = drafted(&world, &again, CorrectionKind::Retraction).await;
    world
        .store
        .correction_settle(&settling(&world, &retraction, world.approver), &world.ids)
        .await
        .expect("a settlement");
    let page = world.store.notice_search(&asking("2019"), None, 10).await.expect("a page");
    assert_eq!(page.items[0].0.state, NoticeState::Retracted, "what was taken back stays readable");
}
