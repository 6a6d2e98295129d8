//! Corrections after publication, objections, questions to agencies.

use std::sync::Arc;

use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{AppealId, CaseId, IdSource as _, InquiryId, UserId};
use podlinnik_domain::inquiry::{AppealState, Inquiry, InquiryAnswer, InquiryOutcome, InquiryState};
use podlinnik_domain::notice::{
    Correction, CorrectionDraft, CorrectionKind, Notice, NoticeState, SUPERSEDED,
};
use podlinnik_domain::people::OrganisationLevel;
use podlinnik_domain::verdict::VerdictKind;
use serde_json::json;

use super::delivery::organisation;
use super::desk::release;
use super::world::{World, at, words};
use crate::record::{
    AppealDecision, CorrectionDrafting, CorrectionSettling, DeliveryState, InquiryAnswering, NewAppeal,
    NewCorrection, NewInquiry,
};
use crate::{Store, StoreError};

const FACE: VerdictKind = VerdictKind::ManipulatedFace;

/// A public notice.
async fn public(world: &World, content: &str) -> Notice {
    let case = world.analysed(content).await;
    let verdict = world.approved(case.id, FACE).await;
    world.published(&world.notice_approved(&verdict).await).await
}

/// The notice as it stands.
async fn notice(world: &World, notice: &Notice) -> Notice {
    world.store.notice_get(notice.id).await.expect("an answer").expect("the notice")
}

/// A doubt about a notice.
pub fn doubt(world: &World, notice: &Notice) -> NewCorrection {
    NewCorrection {
        id: world.ids.next().into(),
        notice: notice.id,
        version: notice.version,
        reason: "дата записи другая".to_owned(),
        actor: world.second,
        at: world.now(),
    }
}

/// A proposal to settle one.
pub fn drafting(world: &World, correction: &Correction, kind: CorrectionKind) -> CorrectionDrafting {
    CorrectionDrafting {
        correction: correction.id,
        draft_version: correction.draft_version,
        draft: CorrectionDraft {
            kind,
            statement: "Исправлена дата записи.".to_owned(),
            statement_en: None,
            text: kind.changes_text().then(|| words("Ролик подделан из записи 2019 года")),
        },
        actor: world.author,
        at: world.now(),
    }
}

/// Agreeing to one.
pub fn settling(world: &World, correction: &Correction, actor: UserId) -> CorrectionSettling {
    CorrectionSettling {
        correction: correction.id,
        draft_version: correction.draft_version,
        actor,
        max_attempts: 2,
        at: world.now(),
    }
}

/// A doubt with a draft.
pub async fn drafted(world: &World, notice: &Notice, kind: CorrectionKind) -> Correction {
    let opened = world.store.correction_open(&doubt(world, notice)).await.expect("a doubt");
    world.store.correction_draft(&drafting(world, &opened, kind)).await.expect("a draft")
}

pub async fn a_correction_changes_the_words_by_two_people(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let published = public(&world, "clip").await;
    let receiver = world.receiver().await;
    let opened = world.store.correction_open(&doubt(&world, &published)).await.expect("a doubt");
    assert_eq!((opened.draft_version, opened.opened_by, &opened.settled), (0, Some(world.second), &None));
    let doubted = notice(&world, &published).await;
    assert_eq!((doubted.state, &doubted.text), (NoticeState::CorrectionOpen, &published.text));
    let draft = drafting(&world, &opened, CorrectionKind::Correction);
    let with_draft = world.store.correction_draft(&draft).await.expect("a draft");
    assert_eq!((with_draft.draft_version, with_draft.drafted_by), (1, Some(world.author)));
    assert_eq!(notice(&world, &published).await.text, published.text, "the public reads the old words");
    let own = world.store.correction_settle(&settling(&world, &with_draft, world.author), &world.ids).await;
    assert!(matches!(own, Err(StoreError::SamePerson { .. })), "{own:?}");
    let settle = settling(&world, &with_draft, world.approver);
    let settled = world.store.correction_settle(&settle, &world.ids).await.expect("a settlement");
    let settlement = settled.settled.clone().expect("how");
    assert_eq!((settlement.kind, settlement.version_after), (CorrectionKind::Correction, 2));
    assert_eq!((settlement.settled_by, settlement.settled_at), (world.approver, settle.at));
    let corrected = notice(&world, &published).await;
    assert_eq!((corrected.state, corrected.version), (NoticeState::Corrected, 2));
    assert_eq!(corrected.text.title, "Ролик подделан из записи 2019 года");
    assert_eq!(corrected.published_at, published.published_at);
    for (version, title) in [(1, &published.text.title), (2, &corrected.text.title)] {
        let text = world.store.notice_version(published.id, version).await.expect("an answer");
        assert_eq!(&text.expect("the words").title, title);
    }
    assert_eq!(world.store.notice_version(published.id, 3).await.expect("an answer"), None);
    let told = world.store.delivery_list(receiver.id, 10).await.expect("deliveries");
    let kinds: Vec<_> = told.iter().map(|one| (one.event_type.as_str(), one.state)).collect();
    assert_eq!(kinds, [("notice.corrected", DeliveryState::Waiting)]);
    assert_eq!(
        world.store.correction_list(published.id).await.expect("a list"),
        std::slice::from_ref(&settled)
    );
    // It can be doubted again.
    world.store.correction_open(&doubt(&world, &corrected)).await.expect("another doubt");
    let page = world.store.notice_published(None, None, 10).await.expect("a page");
    assert_eq!(page.items.len(), 1, "it stays in the feed all the while");
}

pub async fn a_retraction_leaves_the_words(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let published = public(&world, "clip").await;
    let correction = drafted(&world, &published, CorrectionKind::Retraction).await;
    let settle = settling(&world, &correction, world.approver);
    world.store.correction_settle(&settle, &world.ids).await.expect("a settlement");
    let retracted = notice(&world, &published).await;
    assert_eq!((retracted.state, retracted.version), (NoticeState::Retracted, 1));
    assert_eq!(retracted.text, published.text);
    let final_word = world.store.correction_open(&doubt(&world, &retracted)).await;
    assert!(matches!(final_word, Err(StoreError::WrongState { .. })), "{final_word:?}");
    let twice = world.store.correction_settle(&settle, &world.ids).await;
    assert!(matches!(twice, Err(StoreError::WrongState { .. })), "{twice:?}");
}

pub async fn a_correction_is_compared_and_set(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let published = public(&world, "clip").await;
    let stale = NewCorrection { version: 2, ..doubt(&world, &published) };
    let refused = world.store.correction_open(&stale).await;
    assert!(matches!(refused, Err(StoreError::Stale { .. })), "{refused:?}");
    let opened = world.store.correction_open(&doubt(&world, &published)).await.expect("a doubt");
    let second = world.store.correction_open(&doubt(&world, &published)).await;
    assert!(matches!(second, Err(StoreError::WrongState { .. })), "{second:?}");
    let undrafted =
        world.store.correction_settle(&settling(&world, &opened, world.approver), &world.ids).await;
    assert!(matches!(undrafted, Err(StoreError::WrongState { .. })), "{undrafted:?}");
    let first = drafting(&world, &opened, CorrectionKind::Upheld);
    let with_draft = world.store.correction_draft(&first).await.expect("a draft");
    let late = world.store.correction_draft(&first).await;
    assert!(matches!(late, Err(StoreError::Stale { .. })), "{late:?}");
    let unseen = world.store.correction_settle(&settling(&world, &opened, world.approver), &world.ids).await;
    assert!(matches!(unseen, Err(StoreError::Stale { .. })), "{unseen:?}");
    let settle = settling(&world, &with_draft, world.approver);
    world.store.correction_settle(&settle, &world.ids).await.expect("a settlement");
    assert_eq!(notice(&world, &published).await.state, NoticeState::Upheld);
    let unpublished = world.drafted(&world.approved(world.analysed("other").await.id, FACE).await).await;
    let refused = world.store.correction_open(&doubt(&world, &unpublished)).await;
    assert!(matches!(refused, Err(StoreError::WrongState { .. })), "{refused:?}");
}

pub async fn a_later_verdict_takes_its_notice_back(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let old = public(&world, "clip").await;
    let later = world.approved(old.case, VerdictKind::Satire).await;
    assert_eq!(notice(&world, &old).await.state, NoticeState::CorrectionOpen, "doubted by itself");
    let successor = world.published(&world.notice_approved(&later).await).await;
    assert_eq!(notice(&world, &old).await.state, NoticeState::Superseded);
    let corrections = world.store.correction_list(old.id).await.expect("a list");
    let settled: Vec<_> = corrections.iter().filter_map(|one| one.settled.as_ref()).collect();
    assert_eq!(settled.iter().map(|one| one.statement.as_str()).collect::<Vec<_>>(), [SUPERSEDED.ru]);
    let page = world.store.notice_published(None, None, 10).await.expect("a page");
    assert_eq!(page.items.iter().map(|one| one.id).collect::<Vec<_>>(), [successor.id]);
}

pub async fn corrections_are_paged_and_filtered_by_region(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let mut settled = Vec::new();
    for content in ["a", "b", "c"] {
        let published = public(&world, content).await;
        let correction = drafted(&world, &published, CorrectionKind::Upheld).await;
        let settle = settling(&world, &correction, world.approver);
        settled.push(world.store.correction_settle(&settle, &world.ids).await.expect("a settlement").id);
    }
    let open = public(&world, "d").await;
    drafted(&world, &open, CorrectionKind::Upheld).await;
    settled.reverse();
    let first = world.store.correction_published(None, None, 2).await.expect("a page");
    let second = world.store.correction_published(Some("RU-TAM"), first.next, 2).await.expect("a page");
    let seen: Vec<_> = first.items.iter().chain(&second.items).map(|one| one.id).collect();
    assert_eq!((seen, second.next), (settled, None));
    let elsewhere = world.store.correction_published(Some("RU-MOS"), None, 2).await.expect("a page");
    assert_eq!(elsewhere.items, []);
}

/// An objection.
pub fn objection(world: &World, notice: &Notice) -> NewAppeal {
    NewAppeal {
        id: world.ids.next().into(),
        notice: notice.id,
        name: Some("И. Иванов".to_owned()),
        contact: None,
        statement: "На записи я, и запись подлинная.".to_owned(),
        at: world.now(),
    }
}

/// A decision on an objection.
pub fn appeal_decision(world: &World, appeal: AppealId, granted: bool, actor: UserId) -> AppealDecision {
    AppealDecision {
        appeal,
        granted,
        decision: "проверим ещё раз".to_owned(),
        correction: world.ids.next().into(),
        actor,
        at: world.now(),
    }
}

pub async fn an_objection_is_decided_by_somebody_else(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let published = public(&world, "clip").await;
    let draft = world.drafted(&world.approved(world.analysed("other").await.id, FACE).await).await;
    let refused = world.store.appeal_create(&objection(&world, &draft)).await;
    assert!(matches!(refused, Err(StoreError::WrongState { .. })), "{refused:?}");
    let appeal = world.store.appeal_create(&objection(&world, &published)).await.expect("an objection");
    assert_eq!((appeal.state, appeal.decided_by), (AppealState::Open, None));
    for involved in [world.author, world.second, world.approver] {
        let refused = world.store.appeal_decide(&appeal_decision(&world, appeal.id, true, involved)).await;
        assert!(matches!(refused, Err(StoreError::SamePerson { .. })), "{refused:?}");
    }
    let granted = world.store.appeal_decide(&appeal_decision(&world, appeal.id, true, world.deputy)).await;
    let granted = granted.expect("a decision");
    assert_eq!((granted.state, granted.decided_by), (AppealState::Granted, Some(world.deputy)));
    assert_eq!(notice(&world, &published).await.state, NoticeState::CorrectionOpen);
    let again = world.store.appeal_decide(&appeal_decision(&world, appeal.id, false, world.deputy)).await;
    assert!(matches!(again, Err(StoreError::WrongState { .. })), "{again:?}");
    // A second one about the same notice does not open a second correction.
    let second = world.store.appeal_create(&objection(&world, &published)).await.expect("an objection");
    world
        .store
        .appeal_decide(&appeal_decision(&world, second.id, true, world.deputy))
        .await
        .expect("a decision");
    assert_eq!(world.store.correction_list(published.id).await.expect("a list").len(), 1);
    let open = world.store.appeal_list(Some(AppealState::Open), None, None, 10).await.expect("a page");
    assert_eq!(open.items, []);
    let all = world.store.appeal_list(None, None, None, 1).await.expect("a page");
    assert_eq!(all.items.iter().map(|one| one.id).collect::<Vec<_>>(), [second.id]);
    assert!(all.next.is_some());
    let of =
        async |root| world.store.appeal_list(None, Some(root), None, 1).await.expect("a page").items.len();
    let elsewhere = organisation(&world, "RU-TVE", OrganisationLevel::Region, None).await;
    assert_eq!((of(world.organisation).await, of(elsewhere).await), (1, 0), "those of a branch");
}

/// A question, due in two hours.
pub fn question(world: &World, case: CaseId) -> NewInquiry {
    let now = world.now();
    let id: InquiryId = world.ids.next().into();
    NewInquiry {
        id,
        case,
        organisation: Some(world.organisation),
        addressee: "ГУ МЧС по Тамбовской области".to_owned(),
        contact: Some("дежурная часть".to_owned()),
        question: "Объявлялась ли эвакуация?".to_owned(),
        secret_sha256: Sha256::of(id.to_string().as_bytes()),
        actor: world.author,
        at: now,
        due_at: at(now.as_second() + 7200),
        max_attempts: 2,
    }
}

/// An answer to it.
pub fn answering(world: &World, inquiry: InquiryId, statement: &str) -> InquiryAnswering {
    let answer = InquiryAnswer {
        outcome: InquiryOutcome::Denies,
        statement: statement.to_owned(),
        name: "А. Петров, дежурный".to_owned(),
        link: None,
    };
    let evidence = json!({ "inquiry": inquiry, "answer": answer });
    InquiryAnswering {
        inquiry,
        answer,
        evidence_sha256: Sha256::of(evidence.to_string().as_bytes()),
        evidence,
        actor: None,
        at: world.now(),
    }
}

pub async fn an_agency_is_asked_and_answers_once(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let receiver = world.receiver().await;
    let case = world.analysed("clip").await;
    let new = question(&world, case.id);
    let asked = world.store.inquiry_create(&new, &world.ids).await.expect("a question");
    assert_eq!((asked.state, asked.reminders, &asked.contact), (InquiryState::Open, 0, &new.contact));
    let told = world.store.delivery_list(receiver.id, 10).await.expect("deliveries");
    assert_eq!(told.iter().map(|one| one.event_type.as_str()).collect::<Vec<_>>(), ["inquiry.asked"]);
    assert!(
        !told.iter().any(|one| one.data.to_string().contains("дежурная часть")),
        "how it is reached stays here"
    );
    let by_secret = world.store.inquiry_by_secret(new.secret_sha256).await.expect("an answer");
    assert_eq!(by_secret, Some(asked.clone()));
    assert_eq!(world.store.inquiry_by_secret(Sha256::of(b"guessed")).await.expect("an answer"), None);
    let answer = answering(&world, asked.id, "Не объявлялась.");
    let answered = world.store.inquiry_answer(&answer).await.expect("an answer");
    assert_eq!((answered.state, &answered.answer), (InquiryState::Answered, &Some(answer.answer.clone())));
    assert_eq!(answered.answer_sha256, Some(answer.evidence_sha256));
    let frozen = world.store.evidence_get(answer.evidence_sha256).await.expect("an answer");
    assert_eq!(frozen, Some(answer.evidence.clone()), "the answer is evidence");
    let twice = world.store.inquiry_answer(&answering(&world, asked.id, "Объявлялась.")).await;
    assert!(matches!(twice, Err(StoreError::WrongState { .. })), "{twice:?}");
    let late = world.store.inquiry_withdraw(asked.id, world.author, world.now()).await;
    assert!(matches!(late, Err(StoreError::WrongState { .. })), "{late:?}");
    assert_eq!(world.store.inquiry_list(case.id).await.expect("a list"), std::slice::from_ref(&answered));
    assert_eq!(world.store.inquiry_list_to(world.organisation, 10).await.expect("a list"), [answered]);
}

pub async fn a_question_is_called_to_mind_every_hour(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.analysed("clip").await;
    let asked = world.store.inquiry_create(&question(&world, case.id), &world.ids).await.expect("a question");
    let withdrawn =
        world.store.inquiry_create(&question(&world, case.id), &world.ids).await.expect("a question");
    world.store.inquiry_withdraw(withdrawn.id, world.author, world.now()).await.expect("taken back");
    let due = asked.due_at.as_second();
    let reminded = async |seconds: i64| -> Vec<Inquiry> {
        let (now, before) = (at(due + seconds), at(due + seconds - 3600));
        world.store.inquiry_remind(now, before, 2, &world.ids).await.expect("reminders")
    };
    assert_eq!(reminded(-1).await, []);
    let first = reminded(0).await;
    assert_eq!(first.iter().map(|one| (one.id, one.reminders)).collect::<Vec<_>>(), [(asked.id, 1)]);
    assert_eq!(reminded(3599).await, []);
    assert_eq!(reminded(3600).await.iter().map(|one| one.reminders).collect::<Vec<_>>(), [2]);
}

pub async fn changes_are_read_from_any_point(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let published = public(&world, "clip").await;
    let correction = drafted(&world, &published, CorrectionKind::Upheld).await;
    let settle = settling(&world, &correction, world.approver);
    world.store.correction_settle(&settle, &world.ids).await.expect("a settlement");
    world.approved(published.case, VerdictKind::Satire).await;
    let all = world.store.change_since(0, 100).await.expect("changes");
    let kinds: Vec<_> = all.iter().map(|event| event.kind.as_str()).collect();
    let told = [
        "verdict_approved",
        "notice_published",
        "correction_opened",
        "correction_settled",
        "verdict_superseded",
        "correction_opened",
        "verdict_approved",
    ];
    assert_eq!(kinds, told);
    let mut portions = Vec::new();
    let mut since = 0;
    loop {
        let portion = world.store.change_since(since, 2).await.expect("changes");
        let Some(last) = portion.last() else { break };
        since = last.sequence;
        portions.extend(portion);
    }
    assert_eq!(portions, all, "in portions nothing is left out or told twice");
    assert_eq!(world.store.change_since(u64::MAX, 2).await.expect("changes"), []);
}

pub async fn items_are_found_by_the_address_they_were_seen_at(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let url = "https://t.me/kanal/4711";
    let mut seen = Vec::new();
    for content in ["a", "b", "b"] {
        let mut new = world.submission(content);
        new.circumstances.source_url = Some(url.to_owned());
        seen.push(world.store.submission_create(&new).await.expect("a submission").submission.case);
    }
    world.submit("elsewhere").await;
    let found = world.store.case_list_by_source(url, 10).await.expect("cases");
    let (first, second) = (seen.first().copied(), seen.get(1).copied());
    assert_eq!(
        found.iter().copied().map(Some).collect::<Vec<_>>(),
        [second, first],
        "each once, the latest first"
    );
    let latest = world.store.case_list_by_source(url, 1).await.expect("cases");
    assert_eq!(latest.first().copied(), second);
    assert_eq!(world.store.case_list_by_source("https://t.me/kanal/4712", 10).await.expect("cases"), []);
}

pub async fn figures_count_what_people_did(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let begin = world.now();
    let published = public(&world, "clip").await;
    world.submit("clip").await;
    let settled = drafted(&world, &published, CorrectionKind::Retraction).await;
    let settle = settling(&world, &settled, world.approver);
    world.store.correction_settle(&settle, &world.ids).await.expect("a settlement");
    let appeal = world.store.appeal_create(&objection(&world, &published)).await.expect("an objection").id;
    let rejection = appeal_decision(&world, appeal, false, world.deputy);
    world.store.appeal_decide(&rejection).await.expect("a decision");
    let hasty = world.analysed("hasty").await;
    let proposed = world.proposed(hasty.id, FACE).await;
    let letting_go = release(&world, &hasty, &proposed, 4 * 3600);
    world.store.verdict_release(&letting_go).await.expect("a release");
    let until = at(begin.as_second() + 86_400);
    let counts =
        async |region, now| world.store.figure_counts(begin, until, region, now).await.expect("counts");
    let all = counts(None, until).await;
    assert_eq!((all.submissions, all.items, all.notices), (3, 2, 1));
    assert_eq!(all.verdicts, [(FACE, 1)]);
    assert_eq!(all.corrections, [(CorrectionKind::Retraction, 1)]);
    assert_eq!(all.appeals, [(AppealState::Rejected, 1)]);
    assert_eq!(all.first_answer, [(0, 2)]);
    assert_eq!(all.verdict, [(0, 1), (240, 1)], "a released verdict counts from its release on");
    assert_eq!((all.break_glass, all.break_glass_overdue), (1, 0));
    assert_eq!(counts(Some("RU-TAM"), at(until.as_second() + 86_400)).await.break_glass_overdue, 1);
    let elsewhere = counts(Some("RU-MOS"), until).await;
    assert_eq!((elsewhere.submissions, elsewhere.verdicts.len(), elsewhere.break_glass), (0, 0, 0));
    let before = world.store.figure_counts(at(0), begin, None, until).await.expect("counts");
    assert_eq!((before.submissions, before.items, before.verdict.len()), (0, 0, 0));
}

pub async fn the_situation_groups_items(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let from = world.now();
    let judged = world.analysed("judged").await;
    world.approved(judged.id, VerdictKind::ManipulatedFace).await;
    world.analysed("first").await;
    world.analysed("second").await;
    let until = super::world::at(world.now().as_second() + 86_400);
    let groups = world.store.situation(from, until, from).await.expect("groups");
    let mut told: Vec<_> = groups.iter().map(|group| (group.verdict, group.late, group.count)).collect();
    told.sort_unstable();
    assert_eq!(told, [(None, false, 2), (Some(VerdictKind::ManipulatedFace), false, 1)]);
    for group in &groups {
        assert_eq!((group.organisation, group.region.as_deref()), (world.organisation, Some("RU-TAM")));
        assert_eq!(group.day, judged.first_seen_at.as_second().div_euclid(86_400));
    }
    let late = world.store.situation(from, until, until).await.expect("groups");
    assert!(late.iter().all(|group| group.late == group.verdict.is_none()), "{late:?}");
    assert_eq!(world.store.situation(until, until, until).await.expect("groups"), []);
}
