//! Notices and questions as the desk lists them.

use std::sync::Arc;

use podlinnik_domain::id::{OrganisationId, UserId};
use podlinnik_domain::inquiry::InquiryState;
use podlinnik_domain::notice::{CorrectionKind, Notice, NoticeState};
use podlinnik_domain::people::{Organisation, OrganisationLevel};
use podlinnik_domain::verdict::VerdictKind;
use uuid::Uuid;

use super::corrections::{doubt, drafting, question};
use super::world::{World, words};
use crate::record::{NewNotice, NoticeEntry, NoticeQuestion, OpenCorrection, Receiver};
use crate::{Store, StoreError};

fn asked(root: Option<OrganisationId>, states: &[NoticeState]) -> NoticeQuestion {
    let person = UserId::from(Uuid::nil());
    NoticeQuestion { person, root, states: states.to_vec(), region: None, after: None, limit: 10 }
}

async fn listed(world: &World, question: &NoticeQuestion) -> Vec<Notice> {
    let page = world.store.notice_page(question).await.expect("a page");
    page.items.into_iter().map(|entry| entry.notice).collect()
}

async fn below(world: &World, code: &str, parent: OrganisationId) -> OrganisationId {
    let id = OrganisationId::generate(&world.ids);
    let organisation = Organisation {
        id,
        code: code.to_owned(),
        level: OrganisationLevel::Municipality,
        name_ru: "Город".to_owned(),
        name_en: "Town".to_owned(),
        parent: Some(parent),
    };
    world.store.organisation_create(&organisation, world.now()).await.expect("an organisation");
    id
}

pub async fn notices_are_listed_by_state_within_a_branch(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let verdict = world.approved(case.id, VerdictKind::ManipulatedFace).await;
    let town = below(&world, "town", world.organisation).await;
    let of_town = NewNotice { organisation: town, ..world.draft(&verdict) };
    let of_town = world.store.notice_draft(&of_town).await.expect("a draft");
    let approved = world.notice_approved(&verdict).await;
    let draft = world.drafted(&verdict).await;
    let every = NoticeState::ALL;
    let root = Some(world.organisation);
    assert_eq!(listed(&world, &asked(root, every)).await, [draft.clone(), approved.clone(), of_town.clone()]);
    assert_eq!(listed(&world, &asked(None, &[NoticeState::Approved])).await, [approved]);
    assert_eq!(listed(&world, &asked(Some(town), every)).await, [of_town]);
    assert_eq!(listed(&world, &asked(root, &[])).await, []);
    assert_eq!(listed(&world, &asked(Some(Uuid::max().into()), every)).await, []);
    let elsewhere = NoticeQuestion { region: Some("RU-TVE".to_owned()), ..asked(root, every) };
    assert_eq!(listed(&world, &elsewhere).await, []);
    let counts = world.store.notice_counts(root, Some("RU-TAM")).await.expect("counts");
    assert_eq!(counts, [(NoticeState::Approved, 1), (NoticeState::Draft, 2)]);
    assert_eq!(world.store.notice_counts(root, Some("RU-TVE")).await.expect("counts"), []);
    let first = NoticeQuestion { limit: 1, ..asked(root, every) };
    let page = world.store.notice_page(&first).await.expect("a page");
    assert_eq!(page.items.iter().map(|entry| &entry.notice).collect::<Vec<_>>(), [&draft]);
    let rest = NoticeQuestion { after: page.next, ..asked(root, every) };
    assert_eq!(listed(&world, &rest).await.len(), 2);
}

pub async fn the_list_tells_what_decides_about_the_next_step(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let verdict = world.approved(case.id, VerdictKind::ManipulatedFace).await;
    let notice = world.notice_approved(&verdict).await;
    let entry = async |person| {
        let question = NoticeQuestion { person, ..asked(None, NoticeState::ALL) };
        let mut items = world.store.notice_page(&question).await.expect("a page").items;
        assert_eq!(items.len(), 1);
        items.remove(0)
    };
    let expected = NoticeEntry {
        notice: notice.clone(),
        verdict: VerdictKind::ManipulatedFace,
        verdict_holds: true,
        written_by_person: true,
        correction: None,
    };
    assert_eq!(entry(world.author).await, expected);
    assert!(!entry(world.second).await.written_by_person);
    let notice = world.published(&notice).await;
    let doubted = doubt(&world, &notice);
    let doubted = world.store.correction_open(&doubted).await.expect("a correction");
    assert_eq!(entry(world.author).await.correction, Some(OpenCorrection { drafted_by: None }));
    let drafting = drafting(&world, &doubted, CorrectionKind::Upheld);
    world.store.correction_draft(&drafting).await.expect("a draft");
    let drafted_by = Some(world.author);
    assert_eq!(entry(world.author).await.correction, Some(OpenCorrection { drafted_by }));
    world.approved(case.id, VerdictKind::Satire).await;
    assert!(!entry(world.author).await.verdict_holds);
}

pub async fn versions_tell_who_wrote_what(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let verdict = world.approved(case.id, VerdictKind::ManipulatedFace).await;
    let notice = world.drafted(&verdict).await;
    let at = world.now();
    world.store.notice_revise(notice.id, 1, &words("точнее"), world.second, at).await.expect("a revision");
    let versions = world.store.notice_version_list(notice.id).await.expect("versions");
    let told: Vec<_> =
        versions.iter().map(|one| (one.version, one.author, one.text.title.as_str())).collect();
    assert_eq!(told, [(1, world.author, notice.text.title.as_str()), (2, world.second, "точнее")]);
    assert_eq!(versions.last().map(|one| one.written_at), Some(at));
    assert_eq!(world.store.notice_version_list(Uuid::max().into()).await.expect("versions"), []);
}

pub async fn the_audience_is_who_is_told(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let elsewhere = OrganisationId::generate(&world.ids);
    world.found("RU-TVE", elsewhere).await;
    let receiver = world.receiver().await;
    let off = world.receiver().await;
    world.store.receiver_disable(off.id, None, world.now()).await.expect("switched off");
    let of_elsewhere = Receiver {
        id: podlinnik_domain::id::ReceiverId::generate(&world.ids),
        regions: Some(vec!["RU-TVE".to_owned()]),
        ..receiver.clone()
    };
    world.store.receiver_create(&of_elsewhere, world.approver).await.expect("a receiver");
    let case = world.analysed("clip").await;
    let verdict = world.approved(case.id, VerdictKind::ManipulatedFace).await;
    let notice = world.notice_approved(&verdict).await;
    let audience = world.store.notice_audience(notice.id).await.expect("an audience");
    assert_eq!(audience.receivers, std::slice::from_ref(&receiver));
    assert_eq!(audience.inboxes, [world.organisation]);
    assert_eq!(world.store.delivery_list_about(notice.id.as_uuid(), 10).await.expect("a list"), []);
    world.published(&notice).await;
    let told = world.store.delivery_list_about(notice.id.as_uuid(), 10).await.expect("a list");
    assert_eq!(told.iter().map(|one| one.receiver.id).collect::<Vec<_>>(), [receiver.id]);
    let missing = world.store.notice_audience(Uuid::max().into()).await;
    assert!(matches!(missing, Err(StoreError::Missing { what: "notice" })), "{missing:?}");
}

pub async fn open_questions_of_a_branch_are_listed_by_when_they_are_due(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let mut late = question(&world, case.id);
    late.due_at = super::world::at(late.due_at.as_second() + 600);
    let late = world.store.inquiry_create(&late, &world.ids).await.expect("a question");
    let soon = world.store.inquiry_create(&question(&world, case.id), &world.ids).await.expect("a question");
    let list = async |root, state| world.store.inquiry_list_of(root, state, 10).await.expect("a list");
    let root = Some(world.organisation);
    assert_eq!(list(root, InquiryState::Open).await, [soon.clone(), late.clone()]);
    assert_eq!(list(Some(Uuid::max().into()), InquiryState::Open).await, []);
    world.store.inquiry_withdraw(late.id, world.author, world.now()).await.expect("taken back");
    assert_eq!(list(None, InquiryState::Open).await, [soon]);
    assert_eq!(list(root, InquiryState::Withdrawn).await.len(), 1);
}
