//! Receivers, the order of messages, inboxes, and telling those who have read what holds no more.

use std::sync::Arc;

use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{IdSource as _, OrganisationId, UserId};
use podlinnik_domain::notice::{CorrectionKind, Notice};
use podlinnik_domain::people::{Organisation, OrganisationLevel};
use podlinnik_domain::verdict::VerdictKind;
use serde_json::json;
use uuid::Uuid;

use super::corrections::{doubt, drafted, settling};
use super::desk::release;
use super::world::World;
use crate::record::{ClaimedJob, DeliveryState, InboxEntry, Receiver, Replay, VerdictReturn};
use crate::{Store, StoreError};

/// A public notice on new bytes.
async fn public(world: &World, content: &str) -> Notice {
    let case = world.analysed(content).await;
    let verdict = world.approved(case.id, VerdictKind::ManipulatedFace).await;
    world.published(&world.notice_approved(&verdict).await).await
}

pub(super) async fn organisation(
    world: &World,
    code: &str,
    level: OrganisationLevel,
    parent: Option<OrganisationId>,
) -> OrganisationId {
    let id = OrganisationId::generate(&world.ids);
    let (name_ru, name_en) = ("Центр".to_owned(), "Centre".to_owned());
    let organisation = Organisation { id, code: code.to_owned(), level, name_ru, name_en, parent };
    world.store.organisation_create(&organisation, world.now()).await.expect("an organisation");
    id
}

/// The whole inbox, newest first.
async fn inbox(world: &World, organisation: OrganisationId, user: UserId) -> Vec<InboxEntry> {
    world.store.inbox_list(organisation, user, false, None, 100).await.expect("an inbox").items
}

fn types(entries: &[InboxEntry]) -> Vec<&str> {
    entries.iter().map(|entry| entry.event_type.as_str()).collect()
}

/// Types of the messages to a receiver, oldest first.
async fn told(world: &World, receiver: &Receiver) -> Vec<String> {
    let deliveries = world.store.delivery_list(receiver.id, 100).await.expect("deliveries");
    deliveries.into_iter().rev().map(|one| one.event_type).collect()
}

async fn corrected(world: &World, notice: &Notice) {
    let correction = drafted(world, notice, CorrectionKind::Correction).await;
    let settle = settling(world, &correction, world.approver);
    world.store.correction_settle(&settle, &world.ids).await.expect("a settlement");
}

async fn receiver_with(world: &World, change: impl FnOnce(&mut Receiver)) -> Receiver {
    let mut receiver = Receiver { id: world.ids.next().into(), ..world.receiver().await };
    change(&mut receiver);
    world.store.receiver_create(&receiver, world.approver).await.expect("a receiver");
    receiver
}

async fn finish(world: &World, job: &ClaimedJob, state: DeliveryState) {
    let delivery = job.payload["delivery"].as_str().and_then(|id| id.parse().ok()).expect("a delivery");
    let ended = world.store.delivery_finish(&job.lease, delivery, state, "204", world.now()).await;
    ended.expect("the end");
}

pub async fn a_message_waits_for_the_one_before_it(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let receiver = world.receiver().await;
    let notice = public(&world, "clip").await;
    corrected(&world, &notice).await;
    let (first, second) = (world.claim().await.expect("a job"), world.claim().await.expect("a job"));
    let id = |job: &ClaimedJob| job.payload["delivery"].as_str().and_then(|id| id.parse().ok()).expect("one");
    assert!(!world.store.delivery_has_to_wait(id(&first)).await.expect("an answer"));
    assert!(world.store.delivery_has_to_wait(id(&second)).await.expect("an answer"));
    let much_later = super::world::at(world.now().as_second() + 10_000);
    world.store.delivery_put_back(&second.lease, much_later).await.expect("put back");
    let again = world.store.delivery_put_back(&second.lease, much_later).await;
    assert!(matches!(again, Err(StoreError::LeaseLost)), "{again:?}");
    assert_eq!(world.claim().await, None, "it is not due");
    finish(&world, &first, DeliveryState::GivenUp).await;
    let now_due = world.claim().await.expect("the end of the first made it due");
    assert_eq!((now_due.lease.job, now_due.attempt), (second.lease.job, 1), "putting back costs no attempt");
    assert!(!world.store.delivery_has_to_wait(id(&second)).await.expect("an answer"));
    let both = world.store.delivery_list(receiver.id, 10).await.expect("deliveries");
    assert_eq!(both.iter().map(|one| one.attempts).collect::<Vec<_>>(), [1, 1]);
    // Another notice waits for nothing.
    public(&world, "another").await;
    let other = world.claim().await.expect("its job");
    assert!(!world.store.delivery_has_to_wait(id(&other)).await.expect("an answer"));
}

pub async fn receivers_hear_of_their_regions(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let all = world.receiver().await;
    let own =
        receiver_with(&world, |receiver| receiver.regions = Some(vec!["RU-TAM".into(), "RU-TVE".into()]))
            .await;
    let elsewhere = receiver_with(&world, |receiver| receiver.regions = Some(vec!["RU-TVE".into()])).await;
    let nowhere = receiver_with(&world, |receiver| receiver.regions = Some(Vec::new())).await;
    public(&world, "clip").await;
    for (receiver, count) in [(&all, 1), (&own, 1), (&elsewhere, 0), (&nowhere, 0)] {
        assert_eq!(told(&world, receiver).await.len(), count, "{:?}", receiver.regions);
    }
    let kept = world.store.receiver_list(None).await.expect("a list");
    assert!(kept.contains(&own) && kept.contains(&elsewhere), "{kept:?}");
}

pub async fn inboxes_of_a_region_fill(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let region = world.organisation;
    let town = organisation(&world, "tambov-town", OrganisationLevel::Municipality, Some(region)).await;
    let federal = organisation(&world, "federal", OrganisationLevel::Federal, None).await;
    let elsewhere = organisation(&world, "RU-TVE", OrganisationLevel::Region, Some(federal)).await;
    let partner = organisation(&world, "partner", OrganisationLevel::Partner, Some(region)).await;
    let notice = public(&world, "clip").await;
    corrected(&world, &notice).await;
    for organisation in [region, town, federal] {
        let entries = inbox(&world, organisation, world.author).await;
        assert_eq!(types(&entries), ["notice.corrected", "notice.doubted", "notice.published"]);
        assert_eq!(entries[0].data["notice"], json!(notice.id));
    }
    for organisation in [elsewhere, partner] {
        assert_eq!(inbox(&world, organisation, world.author).await, []);
    }
    let first = world.store.inbox_list(region, world.author, false, None, 2).await.expect("a page");
    let rest = world.store.inbox_list(region, world.author, false, first.next, 2).await.expect("a page");
    assert_eq!((first.items.len(), rest.items.len(), rest.next), (2, 1, None));
}

pub async fn marks_are_personal(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    public(&world, "clip").await;
    let entry = inbox(&world, world.organisation, world.author).await.remove(0);
    assert_eq!(world.store.inbox_unread(world.organisation, world.author).await.expect("a count"), 1);
    let at = world.now();
    for later in [at, world.now()] {
        let marked = world.store.inbox_mark(world.organisation, world.author, entry.id, later).await;
        marked.expect("a mark");
    }
    assert_eq!(inbox(&world, world.organisation, world.author).await[0].read_at, Some(at));
    assert_eq!(world.store.inbox_unread(world.organisation, world.author).await.expect("a count"), 0);
    let unread = world.store.inbox_list(world.organisation, world.author, true, None, 9).await;
    assert_eq!(unread.expect("a page").items, []);
    assert_eq!(inbox(&world, world.organisation, world.second).await[0].read_at, None);
    let foreign = organisation(&world, "RU-TVE", OrganisationLevel::Region, None).await;
    for (organisation, entry) in [(foreign, entry.id), (world.organisation, Uuid::max().into())] {
        let refused = world.store.inbox_mark(organisation, world.author, entry, at).await;
        assert!(matches!(refused, Err(StoreError::Missing { what: "inbox entry" })), "{refused:?}");
    }
}

pub async fn readers_learn_when_a_verdict_holds_no_more(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let partner = organisation(&world, "partner", OrganisationLevel::Partner, None).await;
    let theirs = receiver_with(&world, |receiver| {
        receiver.organisation = partner;
        receiver.regions = Some(Vec::new());
    })
    .await;
    let case = world.analysed("clip").await;
    let verdict = world.approved(case.id, VerdictKind::ManipulatedFace).await;
    for _ in 0..2 {
        world.store.verdict_read(verdict.id, partner, world.now()).await.expect("a reader");
    }
    assert_eq!(world.store.verdict_readers(verdict.id).await.expect("readers"), [partner]);
    for (organisation, read) in [(partner, true), (world.organisation, false)] {
        let known = world.store.media_known(case.media_sha256, organisation).await.expect("an answer");
        let known = known.expect("the case");
        assert_eq!((known.case.id, known.verdict.as_ref(), known.read), (case.id, Some(&verdict), read));
        assert!(known.notices.is_empty());
    }
    let notice = world.published(&world.notice_approved(&verdict).await).await;
    let unknown = world.store.verdict_read(Uuid::max().into(), partner, world.now()).await;
    assert!(matches!(unknown, Err(StoreError::Missing { .. })), "{unknown:?}");
    // A notice on a verdict that they read concerns them, wherever it is from.
    assert_eq!(told(&world, &theirs).await, ["notice.published"]);
    let later = world.approved(case.id, VerdictKind::Satire).await;
    let known =
        world.store.media_known(case.media_sha256, partner).await.expect("an answer").expect("the case");
    assert_eq!((known.verdict.as_ref(), known.read), (Some(&later), false), "the earlier one holds no more");
    assert_eq!(known.notices.iter().map(|known| known.id).collect::<Vec<_>>(), [notice.id]);
    let unseen = world.store.media_known(Sha256::of(b"never seen"), partner).await.expect("an answer");
    assert_eq!(unseen, None);
    assert_eq!(told(&world, &theirs).await, ["notice.published", "verdict.superseded"]);
    let entries = inbox(&world, partner, world.author).await;
    assert_eq!(types(&entries), ["verdict.superseded", "notice.doubted", "notice.published"]);
    let data = &entries[0].data;
    assert_eq!((&data["verdict"], &data["by"]), (&json!(verdict.id), &json!(later.id)));
    assert_eq!(data["media_sha256"], json!(case.media_sha256));
    world.published(&world.notice_approved(&later).await).await;
    let entries = inbox(&world, partner, world.author).await;
    assert_eq!((types(&entries)[0], &entries[0].data["notice"]), ("notice.superseded", &json!(notice.id)));
}

pub async fn a_released_verdict_that_is_sent_back_is_doubted(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let receiver = world.receiver().await;
    let case = world.analysed("clip").await;
    let verdict = world.proposed(case.id, VerdictKind::ManipulatedFace).await;
    let hasty = release(&world, &case, &verdict, 4 * 3600);
    let released = world.store.verdict_release(&hasty).await.expect("a release");
    let notice = world.published(&world.notice_approved(&released).await).await;
    world.store.verdict_read(verdict.id, world.organisation, world.now()).await.expect("a reader");
    let look = world.look(&released, VerdictKind::ManipulatedFace);
    world.store.verdict_second_look(&look).await.expect("a second look");
    let returned =
        VerdictReturn {
            verdict: verdict.id, approver: world.deputy, reason: "нет".into(), at: world.now()
        };
    world.store.verdict_return(&returned).await.expect("a return");
    let doubted = world.store.notice_get(notice.id).await.expect("an answer").expect("the notice");
    assert_eq!(doubted.state, podlinnik_domain::notice::NoticeState::CorrectionOpen);
    assert_eq!(told(&world, &receiver).await, ["notice.published", "verdict.disputed"]);
    let changes = world.store.change_since(0, 100).await.expect("changes");
    assert!(changes.iter().any(|event| event.kind == "verdict_returned"), "{changes:?}");
}

pub async fn ended_deliveries_are_sent_once_more(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let receiver = world.receiver().await;
    let (early, late) = (public(&world, "early").await, {
        let job = world.claim().await.expect("a job");
        finish(&world, &job, DeliveryState::Delivered).await;
        public(&world, "late").await
    });
    let replay = async |which| {
        let (at, ids) = (world.now(), &world.ids);
        world.store.delivery_replay(receiver.id, which, world.approver, 3, at, ids).await
    };
    let deliveries = world.store.delivery_list(receiver.id, 9).await.expect("deliveries");
    let (waiting, ended) = (&deliveries[0], &deliveries[1]);
    assert_eq!((&waiting.data["notice"], &ended.data["notice"]), (&json!(late.id), &json!(early.id)));
    let refused = replay(Replay::One(waiting.id)).await;
    assert!(matches!(refused, Err(StoreError::WrongState { .. })), "{refused:?}");
    assert_eq!(replay(Replay::One(ended.id)).await.expect("a repetition"), 1);
    let refused = replay(Replay::One(ended.id)).await;
    assert!(matches!(refused, Err(StoreError::WrongState { .. })), "{refused:?}");
    let missing = replay(Replay::One(Uuid::max().into())).await;
    assert!(matches!(missing, Err(StoreError::Missing { what: "delivery" })), "{missing:?}");
    for _ in 0..2 {
        let job = world.claim().await.expect("a job");
        finish(&world, &job, DeliveryState::Delivered).await;
    }
    assert_eq!(world.claim().await, None);
    assert_eq!(replay(Replay::Since(waiting.created_at)).await.expect("a repetition"), 1);
    assert_eq!(replay(Replay::Since(ended.created_at)).await.expect("a repetition"), 1);
    world.store.receiver_disable(receiver.id, None, world.now()).await.expect("switched off");
    let refused = replay(Replay::Since(ended.created_at)).await;
    assert!(matches!(refused, Err(StoreError::WrongState { .. })), "{refused:?}");
    for _ in 0..2 {
        world.store.receiver_enable(receiver.id, world.approver, world.now()).await.expect("switched on");
    }
    assert_eq!(replay(Replay::Since(ended.created_at)).await.expect("a repetition"), 2);
    let unknown = world.store.receiver_enable(Uuid::max().into(), world.approver, world.now()).await;
    assert!(matches!(unknown, Err(StoreError::Missing { what: "receiver" })), "{unknown:?}");
}

pub async fn an_open_doubt_is_told_once(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let notice = public(&world, "clip").await;
    world.store.correction_open(&doubt(&world, &notice)).await.expect("a doubt");
    let refused = world.store.correction_open(&doubt(&world, &notice)).await;
    assert!(matches!(refused, Err(StoreError::WrongState { .. })), "{refused:?}");
    let entries = inbox(&world, world.organisation, world.author).await;
    assert_eq!(types(&entries), ["notice.doubted", "notice.published"]);
}
