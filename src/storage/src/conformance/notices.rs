//! Notices, receivers, deliveries.

use std::sync::Arc;

use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::notice::{Notice, NoticeState};
use podlinnik_domain::verdict::{Verdict, VerdictKind};
use uuid::Uuid;

use super::world::{World, words};
use crate::record::{DeliveryState, JobKind, NewNotice, NewSubmission, Publication};
use crate::{Store, StoreError};

const FACE: VerdictKind = VerdictKind::ManipulatedFace;

async fn verdict(world: &World, content: &str) -> Verdict {
    let case = world.analysed(content).await;
    world.approved(case.id, FACE).await
}

fn is_stale<T: std::fmt::Debug>(answer: Result<T, StoreError>) {
    assert!(matches!(answer, Err(StoreError::Stale { .. })), "{answer:?}");
}

fn is_wrong_state<T: std::fmt::Debug>(answer: Result<T, StoreError>) {
    assert!(matches!(answer, Err(StoreError::WrongState { .. })), "{answer:?}");
}

pub async fn notice_goes_from_draft_to_publication(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let verdict = verdict(&world, "clip").await;
    let new = world.draft(&verdict);
    let draft = world.store.notice_draft(&new).await.expect("a draft");
    assert_eq!((draft.id, draft.version, draft.state), (new.id, 1, NoticeState::Draft));
    assert_eq!((draft.case, draft.verdict, draft.verdict_revision), (verdict.case, verdict.id, 1));
    assert_eq!((&draft.text, draft.author, draft.approver), (&new.text, world.author, None));
    assert_eq!((draft.region.as_deref(), draft.created_at), (Some("RU-TAM"), new.at));
    let review = world.store.notice_submit(new.id, 1, world.author, world.now()).await.expect("a submission");
    assert_eq!(review.state, NoticeState::InReview);
    let approved =
        world.store.notice_approve(new.id, 1, world.approver, world.now()).await.expect("approval");
    assert_eq!((approved.state, approved.approver), (NoticeState::Approved, Some(world.approver)));
    let publication = world.publication(&approved);
    let published = world.store.notice_publish(&publication, &world.ids).await.expect("a publication");
    assert_eq!((published.state, published.published_at), (NoticeState::Published, Some(publication.at)));
    assert_eq!(world.store.notice_get(new.id).await.expect("an answer"), Some(published));
    let kinds: Vec<_> = world
        .store
        .event_list(SubjectKind::Notice, &new.id.to_string())
        .await
        .expect("events")
        .into_iter()
        .map(|event| event.kind)
        .collect();
    assert_eq!(kinds, ["notice_drafted", "notice_submitted", "notice_approved", "notice_published"]);
}

pub async fn notice_needs_a_current_verdict(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let agreed = world.agreed(case.id, FACE).await;
    is_wrong_state(world.store.notice_draft(&world.draft(&agreed)).await);
    world.store.verdict_approve(agreed.id, world.approver, world.now()).await.expect("an approval");
    world.approved(case.id, VerdictKind::Satire).await;
    is_stale(world.store.notice_draft(&world.draft(&agreed)).await);
    let nothing = NewNotice { verdict: Uuid::max().into(), ..world.draft(&agreed) };
    let missing = world.store.notice_draft(&nothing).await;
    assert!(matches!(missing, Err(StoreError::Missing { what: "verdict" })), "{missing:?}");
    assert!(world.store.notice_list(case.id).await.expect("a list").is_empty());
}

pub async fn notice_version_is_compared_and_set(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let notice = world.drafted(&verdict(&world, "clip").await).await;
    let store = &world.store;
    let at = world.now();
    is_stale(store.notice_revise(notice.id, 2, &words("b"), world.author, at).await);
    is_stale(store.notice_submit(notice.id, 0, world.author, at).await);
    let revised = store.notice_revise(notice.id, 1, &words("b"), world.author, at).await.expect("a revision");
    assert_eq!((revised.version, revised.text.title.as_str()), (2, "b"));
    is_stale(store.notice_revise(notice.id, 1, &words("c"), world.author, at).await);
    is_stale(store.notice_submit(notice.id, 1, world.author, at).await);
    store.notice_submit(notice.id, 2, world.author, at).await.expect("a submission");
    is_stale(store.notice_approve(notice.id, 1, world.approver, at).await);
    let approved = store.notice_approve(notice.id, 2, world.approver, at).await.expect("an approval");
    let stale = Publication { version: 1, ..world.publication(&approved) };
    is_stale(store.notice_publish(&stale, &world.ids).await);
}

pub async fn revision_returns_a_notice_to_draft(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let notice = world.drafted(&verdict(&world, "clip").await).await;
    world.store.notice_submit(notice.id, 1, world.author, world.now()).await.expect("a submission");
    let at = world.now();
    let revised = world
        .store
        .notice_revise(notice.id, 1, &words("точнее"), world.second, at)
        .await
        .expect("a revision");
    assert_eq!((revised.state, revised.version), (NoticeState::Draft, 2));
    assert_eq!((revised.author, revised.updated_at), (world.second, at));
    assert_eq!(revised.created_at, notice.created_at);
    is_wrong_state(world.store.notice_approve(notice.id, 2, world.approver, world.now()).await);
}

pub async fn notice_state_is_checked(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let verdict = verdict(&world, "clip").await;
    let draft = world.drafted(&verdict).await;
    let store = &world.store;
    let at = world.now();
    is_wrong_state(store.notice_approve(draft.id, 1, world.approver, at).await);
    is_wrong_state(store.notice_publish(&world.publication(&draft), &world.ids).await);
    store.notice_submit(draft.id, 1, world.author, at).await.expect("a submission");
    is_wrong_state(store.notice_submit(draft.id, 1, world.author, at).await);
    is_wrong_state(store.notice_publish(&world.publication(&draft), &world.ids).await);
    store.notice_approve(draft.id, 1, world.approver, at).await.expect("an approval");
    is_wrong_state(store.notice_revise(draft.id, 1, &words("late"), world.author, at).await);
    is_wrong_state(store.notice_approve(draft.id, 1, world.deputy, at).await);
    world.published(&draft).await;
    is_wrong_state(store.notice_publish(&world.publication(&draft), &world.ids).await);
    is_wrong_state(store.notice_revise(draft.id, 1, &words("later"), world.author, at).await);
    let missing = store.notice_submit(Uuid::max().into(), 1, world.author, at).await;
    assert!(matches!(missing, Err(StoreError::Missing { what: "notice" })), "{missing:?}");
}

pub async fn author_of_any_version_does_not_approve(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let notice = world.drafted(&verdict(&world, "clip").await).await;
    let store = &world.store;
    let at = world.now();
    store.notice_revise(notice.id, 1, &words("b"), world.second, at).await.expect("a revision");
    store.notice_revise(notice.id, 2, &words("c"), world.deputy, at).await.expect("a revision");
    store.notice_submit(notice.id, 3, world.deputy, at).await.expect("a submission");
    for person in [world.author, world.second, world.deputy] {
        let refused = store.notice_approve(notice.id, 3, person, at).await;
        assert!(matches!(refused, Err(StoreError::SamePerson { .. })), "{refused:?}");
    }
    store.notice_approve(notice.id, 3, world.approver, at).await.expect("an approval");
}

pub async fn stale_notice_is_neither_approved_nor_published(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let receiver = world.receiver().await;
    let old = verdict(&world, "clip").await;
    let in_review = world.drafted(&old).await;
    world.store.notice_submit(in_review.id, 1, world.author, world.now()).await.expect("a submission");
    let approved = world.notice_approved(&old).await;
    world.approved(old.case, VerdictKind::NoManipulationFound).await;
    is_stale(world.store.notice_approve(in_review.id, 1, world.approver, world.now()).await);
    is_stale(world.store.notice_publish(&world.publication(&approved), &world.ids).await);
    let kept = world.store.notice_get(approved.id).await.expect("an answer").expect("it");
    assert_eq!((kept.state, kept.published_at), (NoticeState::Approved, None));
    assert!(world.store.delivery_list(receiver.id, 10).await.expect("a list").is_empty());
    assert!(world.store.notice_published(None, None, 10).await.expect("a page").items.is_empty());
}

pub async fn publication_reaches_active_receivers_only(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let (first, gone, second) = (world.receiver().await, world.receiver().await, world.receiver().await);
    world.store.receiver_disable(gone.id, Some(world.approver), world.now()).await.expect("switched off");
    let notice = world.notice_approved(&verdict(&world, "clip").await).await;
    let published = world.published(&notice).await;
    assert!(world.store.delivery_list(gone.id, 10).await.expect("a list").is_empty());
    for receiver in [&first, &second] {
        let deliveries = world.store.delivery_list(receiver.id, 10).await.expect("a list");
        assert_eq!(deliveries.len(), 1);
        let delivery = &deliveries[0];
        assert_eq!(
            (delivery.event_type.as_str(), delivery.state),
            ("notice.published", DeliveryState::Waiting)
        );
        assert_eq!((delivery.attempts, &delivery.receiver), (0, receiver));
        assert_eq!(delivery.data["notice"], serde_json::json!(notice.id));
        assert_eq!(delivery.data["verdict_kind"], serde_json::json!(FACE));
        assert_eq!(delivery.data["published_at"], serde_json::json!(published.published_at));
    }
    let job = world.claim().await.expect("a delivery job");
    assert_eq!((job.kind, job.max_attempts), (JobKind::Deliver, 2));
    assert!(world.claim().await.is_some());
    assert_eq!(world.claim().await, None);
}

pub async fn published_notices_are_paged_and_filtered_by_region(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let mut expected: Vec<Notice> = Vec::new();
    for (number, region) in ["RU-TAM", "RU-MOS", "RU-TAM", "RU-TAM"].into_iter().enumerate() {
        let mut new: NewSubmission = world.submission(&format!("clip {number}"));
        new.circumstances.region = Some(region.to_owned());
        world.store.submission_create(&new).await.expect("a submission");
        let job = world.claim().await.expect("the job");
        let end = super::world::report("clip", false);
        world.store.analysis_finish(&job.lease, new.analysis, &end, world.now()).await.expect("the end");
        let verdict = world.approved(new.case, FACE).await;
        expected.push(world.published(&world.notice_approved(&verdict).await).await);
        world.notice_approved(&verdict).await;
    }
    expected.reverse();
    assert_eq!(world.store.notice_published(None, None, 10).await.expect("a page").items, expected);
    let first = world.store.notice_published(Some("RU-TAM"), None, 2).await.expect("a page");
    assert_eq!(first.items, expected[..2]);
    let second = world.store.notice_published(Some("RU-TAM"), first.next, 2).await.expect("a page");
    assert_eq!((second.items.as_slice(), second.next), (&expected[3..], None));
    assert!(world.store.notice_published(Some("RU"), None, 10).await.expect("a page").items.is_empty());
}

pub async fn delivery_ends_with_its_job(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let receiver = world.receiver().await;
    let notice = world.notice_approved(&verdict(&world, "clip").await).await;
    world.published(&notice).await;
    let job = world.claim().await.expect("the delivery job");
    let delivery = world.store.delivery_list(receiver.id, 1).await.expect("a list").remove(0);
    assert_eq!((job.payload["delivery"].clone(), delivery.attempts), (serde_json::json!(delivery.id), 1));
    let waiting =
        world.store.delivery_finish(&job.lease, delivery.id, DeliveryState::Waiting, "", world.now()).await;
    is_wrong_state(waiting);
    world
        .store
        .delivery_finish(&job.lease, delivery.id, DeliveryState::Delivered, "204", world.now())
        .await
        .expect("the end");
    let ended = world.store.delivery_get(delivery.id).await.expect("an answer").expect("it");
    assert_eq!((ended.state, ended.last_result.as_deref()), (DeliveryState::Delivered, Some("204")));
    let again = world
        .store
        .delivery_finish(&job.lease, delivery.id, DeliveryState::GivenUp, "late", world.now())
        .await;
    assert!(matches!(again, Err(StoreError::LeaseLost)), "{again:?}");
    assert_eq!(world.claim().await, None);
}

pub async fn delivery_keeps_its_failures(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let receiver = world.receiver().await;
    let notice = world.notice_approved(&verdict(&world, "clip").await).await;
    world.published(&notice).await;
    let look = async || world.store.delivery_list(receiver.id, 1).await.expect("a list").remove(0);
    let job = world.claim().await.expect("the job");
    world.store.job_release(&job.lease, world.now()).await.expect("a release");
    assert_eq!(look().await.attempts, 0, "a released attempt does not count");
    let job = world.claim().await.expect("the job");
    let now = world.now();
    assert!(!world.store.job_fail(&job.lease, "503\0", now, now).await.expect("an answer"));
    let waiting = look().await;
    assert_eq!((waiting.state, waiting.attempts), (DeliveryState::Waiting, 1));
    assert_eq!(waiting.last_result.as_deref(), Some("503\u{fffd}"));
}

pub async fn delivery_tried_too_often_is_given_up_and_revived(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let receiver = world.receiver().await;
    let notice = world.notice_approved(&verdict(&world, "clip").await).await;
    world.published(&notice).await;
    for last in [false, true] {
        let job = world.claim().await.expect("the job");
        let now = world.now();
        assert_eq!(world.store.job_fail(&job.lease, "timed out", now, now).await.expect("an answer"), last);
    }
    let look = async || world.store.delivery_list(receiver.id, 1).await.expect("a list").remove(0);
    let given_up = look().await;
    assert_eq!((given_up.state, given_up.attempts), (DeliveryState::GivenUp, 2));
    assert_eq!(given_up.last_result.as_deref(), Some("timed out"));
    let dead = world.store.job_dead(1).await.expect("a list").remove(0);
    world.store.job_revive(dead.id, None, world.now()).await.expect("a revival");
    assert_eq!(look().await.state, DeliveryState::Waiting);
    let job = world.claim().await.expect("the job");
    assert_eq!((job.attempt, look().await.attempts), (1, 3));
    for _ in 0..2 {
        world.advance(100);
        world.claim().await;
    }
    assert_eq!(look().await.state, DeliveryState::GivenUp, "lost on its last attempt");
    world.store.receiver_disable(receiver.id, None, world.now()).await.expect("switched off");
    is_wrong_state(world.store.job_revive(dead.id, None, world.now()).await);
}

pub async fn disabled_receiver_gets_nothing_more(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let receiver = world.receiver().await;
    let verdict = verdict(&world, "clip").await;
    for _ in 0..2 {
        let notice = world.notice_approved(&verdict).await;
        world.published(&notice).await;
    }
    let under_way = world.claim().await.expect("a job");
    let at = world.now();
    world.store.receiver_disable(receiver.id, Some(world.approver), at).await.expect("switched off");
    world.store.receiver_disable(receiver.id, None, world.now()).await.expect("a repetition");
    assert_eq!(world.claim().await, None);
    for delivery in world.store.delivery_list(receiver.id, 10).await.expect("a list") {
        assert_eq!((delivery.state, delivery.receiver.disabled_at), (DeliveryState::GivenUp, Some(at)));
    }
    let lost = world.store.job_heartbeat(&under_way.lease, world.now()).await;
    assert!(matches!(lost, Err(StoreError::LeaseLost)), "{lost:?}");
    let missing = world.store.receiver_disable(Uuid::max().into(), None, world.now()).await;
    assert!(matches!(missing, Err(StoreError::Missing { what: "receiver" })), "{missing:?}");
}

pub async fn receivers_are_listed_by_registration(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let (first, second) = (world.receiver().await, world.receiver().await);
    let all = [first, second];
    assert_eq!(world.store.receiver_list(None).await.expect("a list"), all);
    assert_eq!(world.store.receiver_list(Some(world.organisation)).await.expect("a list"), all);
    assert!(world.store.receiver_list(Some(Uuid::max().into())).await.expect("a list").is_empty());
}

pub async fn notices_of_a_case_are_listed_oldest_first(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let verdict = verdict(&world, "clip").await;
    let drafts =
        [world.drafted(&verdict).await, world.drafted(&verdict).await, world.drafted(&verdict).await];
    assert_eq!(world.store.notice_list(verdict.case).await.expect("a list"), drafts);
}
