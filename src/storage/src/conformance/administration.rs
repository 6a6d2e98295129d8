//! What those who run the service look at.

use std::sync::Arc;

use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::id::{IdSource as _, OrganisationId};
use podlinnik_domain::people::User;
use podlinnik_domain::verdict::VerdictKind;

use super::originals::{Stamp, original, withdrawal};
use super::world::{World, at};
use crate::Store;
use crate::record::{DeliveryState, EventFilter, JobKind, Volume};

pub async fn events_are_filtered_newest_first(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    world.approved(case.id, VerdictKind::ManipulatedFace).await;
    let all = world.store.event_since(0, 1000).await.expect("events");
    assert_eq!(world.store.event_last().await.expect("a number"), all.len() as u64);
    let page = async |filter: &EventFilter, before, limit| {
        let events = world.store.event_page(filter, before, limit).await.expect("a page");
        events.into_iter().map(|event| event.sequence).collect::<Vec<_>>()
    };
    let everything = EventFilter::default();
    let newest: Vec<u64> = all.iter().rev().map(|event| event.sequence).collect();
    assert_eq!(page(&everything, None, 1000).await, newest);
    assert_eq!(page(&everything, Some(newest[1]), 2).await, newest[2..4]);
    let expected = |wanted: &dyn Fn(&podlinnik_domain::event::Event) -> bool| {
        all.iter().rev().filter(|event| wanted(event)).map(|event| event.sequence).collect::<Vec<_>>()
    };
    let of_case = EventFilter {
        subject_kind: Some(SubjectKind::Case),
        subject_id: Some(case.id.to_string()),
        ..EventFilter::default()
    };
    let found = page(&of_case, None, 1000).await;
    assert_eq!(found, expected(&|event| event.subject_id == case.id.to_string()));
    assert!(!found.is_empty());
    let of_kind = EventFilter { kind: Some("verdict_approved".to_owned()), ..EventFilter::default() };
    assert_eq!(page(&of_kind, None, 1000).await, expected(&|event| event.kind == "verdict_approved"));
    let of_person = EventFilter { actor: Some(world.approver), ..EventFilter::default() };
    let found = page(&of_person, None, 1000).await;
    assert_eq!(found, expected(&|event| event.actor == Some(world.approver)));
    assert!(!found.is_empty() && found.len() < all.len());
    let middle = all[all.len() / 2].at;
    let later = EventFilter { from: Some(middle), ..EventFilter::default() };
    let earlier = EventFilter { until: Some(middle), ..EventFilter::default() };
    assert_eq!(page(&later, None, 1000).await, expected(&|event| event.at >= middle));
    assert_eq!(page(&earlier, None, 1000).await, expected(&|event| event.at < middle));
    let nobody = EventFilter { kind: Some("no_such_kind".to_owned()), ..EventFilter::default() };
    assert!(page(&nobody, None, 1000).await.is_empty());
}

pub async fn a_branch_sees_what_its_people_did(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let town = OrganisationId::generate(&world.ids);
    let mut organisation = world.found("RU-MOS", OrganisationId::generate(&world.ids)).await;
    let elsewhere = organisation.id;
    organisation.id = town;
    organisation.code = "town".to_owned();
    organisation.parent = Some(world.organisation);
    world.store.organisation_create(&organisation, world.now()).await.expect("a town");
    let mut submitters = Vec::new();
    for (login, organisation) in [("town", town), ("elsewhere", elsewhere)] {
        let user = User { organisation, ..world.user(world.ids.next().into(), login) };
        world.store.user_create(&user, None).await.expect("a user");
        let mut submission = world.submission(login);
        submission.submitter = user.id;
        submission.organisation = organisation;
        submission.desk = organisation;
        world.store.submission_create(&submission).await.expect("a submission");
        submitters.push(user.id);
    }
    world.submit("own").await;
    let of_branch = EventFilter { branch: Some(world.organisation), ..EventFilter::default() };
    let events = world.store.event_page(&of_branch, None, 1000).await.expect("events");
    let actors: std::collections::BTreeSet<_> = events.iter().filter_map(|event| event.actor).collect();
    assert_eq!(actors, std::collections::BTreeSet::from([world.author, submitters[0]]));
    assert!(events.iter().all(|event| event.actor.is_some()));
}

pub async fn the_oldest_due_job_is_known(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    assert!(world.store.job_oldest(at(i64::from(u32::MAX))).await.expect("none").is_empty());
    let first = world.submit("first").await.submission;
    world.submit("second").await;
    let oldest = world.store.job_oldest(world.now()).await.expect("the oldest");
    assert_eq!(
        oldest.iter().map(|job| (job.kind, job.due_since)).collect::<Vec<_>>(),
        [(JobKind::Analyse, first.received_at)]
    );
    assert!(world.store.job_oldest(at(0)).await.expect("nothing due").is_empty());
    world.claim().await.expect("a job");
    let next = world.store.job_oldest(world.now()).await.expect("the second");
    assert!(next[0].due_since > first.received_at);
}

pub async fn volumes_are_added_up(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let empty = world.store.volumes().await.expect("volumes");
    assert_eq!((empty.media, empty.derivatives), (Volume::default(), Volume::default()));
    assert!(empty.database_bytes > 0);
    world.analysed("one").await;
    world.submit("two").await;
    world.submit("two").await;
    let (kept, gone) = (original(&world, "kept"), original(&world, "gone"));
    for new in [&kept, &gone] {
        world.store.archive_add(new, &Stamp).await.expect("an original");
    }
    world.store.archive_withdraw(&withdrawal(&world, gone.id), &Stamp).await.expect("withdrawn");
    let volumes = world.store.volumes().await.expect("volumes");
    assert_eq!(volumes.media, Volume { count: 2, bytes: 2 * 1234 });
    assert_eq!(volumes.derivatives, Volume { count: 2, bytes: 14 });
    assert_eq!(volumes.originals, Volume { count: 1, bytes: kept.size_bytes });
    assert_eq!(volumes.withdrawn, Volume { count: 1, bytes: gone.size_bytes });
}

pub async fn latest_originals_come_first(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let mut numbers = Vec::new();
    for name in ["a", "b", "c"] {
        let added = world.store.archive_add(&original(&world, name), &Stamp).await.expect("an original");
        numbers.push((added.id, added.sequence));
    }
    world.store.archive_withdraw(&withdrawal(&world, numbers[1].0), &Stamp).await.expect("withdrawn");
    let listed = async |withdrawn_too, before, limit| {
        let items = world.store.archive_latest(withdrawn_too, before, limit).await.expect("originals");
        items.into_iter().map(|item| item.sequence).collect::<Vec<_>>()
    };
    let [a, b, c] = [numbers[0].1, numbers[1].1, numbers[2].1];
    assert_eq!(listed(true, None, 10).await, [c, b, a]);
    assert_eq!(listed(false, None, 10).await, [c, a]);
    assert_eq!(listed(true, Some(c), 1).await, [b]);
    assert_eq!(listed(false, Some(a), 10).await, [0_u64; 0]);
}

pub async fn receivers_stand_as_their_messages_do(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let receiver = world.receiver().await;
    let standings = async || world.store.receiver_standings(world.organisation).await.expect("standings");
    assert!(standings().await.is_empty());
    let case = world.analysed("clip").await;
    let verdict = world.approved(case.id, VerdictKind::ManipulatedFace).await;
    let notice = world.notice_approved(&verdict).await;
    world.published(&notice).await;
    let before = standings().await;
    assert_eq!(before.len(), 1);
    assert_eq!((before[0].receiver, before[0].waiting, before[0].delivered), (receiver.id, 1, 0));
    assert_eq!(before[0].delivered_at, None);
    let job = world.claim().await.expect("a delivery");
    let delivery = world.store.delivery_list(receiver.id, 1).await.expect("deliveries")[0].id;
    let now = world.now();
    let finished =
        world.store.delivery_finish(&job.lease, delivery, DeliveryState::Delivered, "200", now).await;
    finished.expect("delivered");
    let after = standings().await;
    assert_eq!((after[0].waiting, after[0].delivered, after[0].given_up), (0, 1, 0));
    assert_eq!(after[0].delivered_at, Some(now));
    let elsewhere = OrganisationId::generate(&world.ids);
    assert!(world.store.receiver_standings(elsewhere).await.expect("none").is_empty());
}

pub async fn holders_of_a_second_factor_are_known(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    assert!(world.store.second_factor_holders().await.expect("nobody").is_empty());
}
