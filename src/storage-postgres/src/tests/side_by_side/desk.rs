//! Operations of the desk: claims, parking, break-glass, corrections, objections, questions; and what has to hold whatever was done.

use podlinnik_domain::case::{CaseState, Triage};
use podlinnik_domain::event::Event;
use podlinnik_domain::id::{AppealId, CaseId, IdSource as _, InquiryId, NoticeId, VerdictId};
use podlinnik_domain::inquiry::AppealState;
use podlinnik_domain::notice::{Correction, CorrectionKind};
use podlinnik_domain::replay::Replay;
use podlinnik_domain::verdict::{ReleaseGround, VerdictState};
use podlinnik_storage::Store;
use podlinnik_storage::conformance::corrections::{
    answering, appeal_decision, doubt, drafting, objection, question, settling,
};
use podlinnik_storage::conformance::desk::{release, step};
use podlinnik_storage::conformance::world::{World, at};
use podlinnik_storage::record::{CaseAction, NewNote, NewRelease, VerdictReturn};
use proptest::prelude::{Strategy, any, prop_oneof};

use super::{person, pick, said};

/// One call; numbers choose among what there is.
#[derive(Debug, Clone)]
pub(super) enum Operation {
    Step { case: u8, action: u8, person: u8, stale: bool },
    Return { verdict: u8, person: u8 },
    LetGo { verdict: u8, person: u8, hours: u8, ground: u8 },
    Doubt { notice: u8, person: u8, stale: bool },
    Draft { correction: u8, kind: u8, person: u8, stale: bool },
    Settle { correction: u8, person: u8, stale: bool },
    Object { notice: u8 },
    Decide { appeal: u8, granted: bool, person: u8 },
    Ask { case: u8 },
    Answer { inquiry: u8 },
    Remind { hours: u8 },
    Note { case: u8, person: u8 },
    TakeBack { case: u8, note: u8 },
}

pub(super) fn operation() -> impl Strategy<Value = Operation> {
    use Operation as Op;
    let byte = any::<u8>;
    let rarely = || proptest::bool::weighted(0.1);
    prop_oneof![
        4 => (byte(), byte(), byte(), rarely()).prop_map(|(case, action, person, stale)| Op::Step { case, action, person, stale }),
        4 => (byte(), byte()).prop_map(|(verdict, person)| Op::Return { verdict, person }),
        3 => (byte(), byte(), 2..6_u8, byte()).prop_map(|(verdict, person, hours, ground)| Op::LetGo { verdict, person, hours, ground }),
        3 => (byte(), byte(), rarely()).prop_map(|(notice, person, stale)| Op::Doubt { notice, person, stale }),
        3 => (byte(), byte(), byte(), rarely()).prop_map(|(correction, kind, person, stale)| Op::Draft { correction, kind, person, stale }),
        4 => (byte(), byte(), rarely()).prop_map(|(correction, person, stale)| Op::Settle { correction, person, stale }),
        1 => byte().prop_map(|notice| Op::Object { notice }),
        3 => (byte(), any::<bool>(), byte()).prop_map(|(appeal, granted, person)| Op::Decide { appeal, granted, person }),
        1 => byte().prop_map(|case| Op::Ask { case }),
        1 => byte().prop_map(|inquiry| Op::Answer { inquiry }),
        1 => byte().prop_map(|hours| Op::Remind { hours }),
        2 => (byte(), byte()).prop_map(|(case, person)| Op::Note { case, person }),
        1 => (byte(), byte()).prop_map(|(case, note)| Op::TakeBack { case, note }),
    ]
}

/// What there is to choose from.
#[derive(Debug, Default)]
pub(super) struct Known {
    corrections: Vec<Correction>,
    appeals: Vec<AppealId>,
    inquiries: Vec<InquiryId>,
}

impl Known {
    pub(super) async fn refresh(&mut self, store: &dyn Store, cases: &[CaseId], notices: &[(NoticeId, u32)]) {
        self.corrections.clear();
        for (notice, _) in notices {
            self.corrections.extend(store.correction_list(*notice).await.expect("a list"));
        }
        let appeals = store.appeal_list(None, None, None, 1000).await.expect("a page").items;
        self.appeals = appeals.iter().map(|appeal| appeal.id).collect();
        self.inquiries.clear();
        for case in cases {
            let inquiries = store.inquiry_list(*case).await.expect("a list");
            self.inquiries.extend(inquiries.iter().map(|inquiry| inquiry.id));
        }
    }

    fn correction(&self, number: u8) -> Option<Correction> {
        pick(&self.corrections, number)
    }
}

fn action(number: u8) -> CaseAction {
    match number % 5 {
        0 => CaseAction::Claim,
        1 => CaseAction::Unclaim { reason: Some("заболел".to_owned()) },
        2 => CaseAction::Park { reason: "ждём".to_owned(), wake_at: at(1_800_000_000) },
        3 => CaseAction::Wake,
        _ => CaseAction::Triage(Triage::default()),
    }
}

fn settlement(number: u8) -> CorrectionKind {
    CorrectionKind::ALL.get(usize::from(number % 4)).copied().unwrap_or(CorrectionKind::Upheld)
}

pub(super) async fn apply(
    world: &World,
    known: &Known,
    cases: &[CaseId],
    verdicts: &[(VerdictId, CaseId)],
    notices: &[(NoticeId, u32)],
    operation: &Operation,
) -> Option<String> {
    use Operation as Op;
    let store = world.store.as_ref();
    Some(match *operation {
        Op::Step { case, action: which, person: who, stale } => {
            let mut case = world.case(pick(cases, case)?).await;
            let mut what = action(which);
            // What is parked is mostly taken up again, so that histories get on.
            if which % 4 != 0 {
                for id in cases {
                    let other = world.case(*id).await;
                    if other.state == CaseState::Parked {
                        (case, what) = (other, CaseAction::Wake);
                    }
                }
            }
            let mut taken = step(world, &case, person(world, who), what);
            taken.version += u64::from(stale);
            said(store.case_step(&taken).await)
        }
        Op::Return { verdict, person: who } => {
            let (verdict, _) = pick(verdicts, verdict)?;
            let approver = person(world, who);
            let returned = VerdictReturn { verdict, approver, reason: "нет".to_owned(), at: world.now() };
            said(store.verdict_return(&returned).await)
        }
        Op::LetGo { verdict, person: who, hours, ground } => {
            let (verdict, case) = pick(verdicts, verdict)?;
            let verdict = store.verdict_get(verdict).await.expect("an answer")?;
            let case = world.case(case).await;
            let grounds = [ReleaseGround::LocatedOriginal, ReleaseGround::KnownCopy];
            let new = NewRelease {
                approver: person(world, who),
                ground: *grounds.get(usize::from(ground.is_multiple_of(8)))?,
                ..release(world, &case, &verdict, i64::from(hours) * 3600)
            };
            said(store.verdict_release(&new).await)
        }
        Op::Doubt { notice, person: who, stale } => {
            let (notice, version) = pick(notices, notice)?;
            let notice = store.notice_get(notice).await.expect("an answer")?;
            let mut new = doubt(world, &notice);
            (new.version, new.actor) = (version + u32::from(stale), person(world, who));
            said(store.correction_open(&new).await)
        }
        Op::Draft { correction, kind, person: who, stale } => {
            let mut new = drafting(world, &known.correction(correction)?, settlement(kind));
            new.actor = person(world, who);
            new.draft_version += u32::from(stale);
            said(store.correction_draft(&new).await)
        }
        Op::Settle { correction, person: who, stale } => {
            let mut new = settling(world, &known.correction(correction)?, person(world, who));
            new.draft_version += u32::from(stale);
            said(store.correction_settle(&new, &world.ids).await)
        }
        Op::Object { notice } => {
            let (notice, _) = pick(notices, notice)?;
            let notice = store.notice_get(notice).await.expect("an answer")?;
            said(store.appeal_create(&objection(world, &notice)).await)
        }
        Op::Decide { appeal, granted, person: who } => {
            let decision = appeal_decision(world, pick(&known.appeals, appeal)?, granted, person(world, who));
            said(store.appeal_decide(&decision).await)
        }
        Op::Ask { case } => {
            said(store.inquiry_create(&question(world, pick(cases, case)?), &world.ids).await)
        }
        Op::Answer { inquiry } => {
            let answer = answering(world, pick(&known.inquiries, inquiry)?, "нет");
            said(store.inquiry_answer(&answer).await)
        }
        Op::Remind { hours } => {
            let now = world.now().as_second() + i64::from(hours) * 3600;
            said(store.inquiry_remind(at(now), at(now - 3600), 2, &world.ids).await)
        }
        Op::Note { case, person: who } => {
            let (id, text) = (world.ids.next().into(), format!("Заметка {who}"));
            let note =
                NewNote { id, case: pick(cases, case)?, author: person(world, who), text, at: world.now() };
            said(store.note_create(&note).await)
        }
        Op::TakeBack { case, note } => {
            let notes = store.note_list(pick(cases, case)?).await.expect("a list");
            let note = pick(&notes, note)?;
            said(store.note_withdraw(note.id, note.author, "не то", world.now()).await)
        }
    })
}

/// What a store shows of it.
pub(super) async fn lists(store: &dyn Store, cases: &[CaseId], notices: &[(NoticeId, u32)]) -> String {
    let mut shown = vec![
        said(store.appeal_list(None, None, None, 1000).await),
        said(store.correction_published(None, None, 1000).await),
        said(store.verdict_list_released(1000).await),
        said(store.change_since(0, 1000).await),
    ];
    for case in cases {
        shown.push(said(store.inquiry_list(*case).await));
        shown.push(said(store.note_list(*case).await));
    }
    for (notice, version) in notices {
        shown.push(said(store.correction_list(*notice).await));
        for version in 1..=*version {
            shown.push(said(store.notice_version(*notice, version).await));
        }
    }
    shown.join("\n")
}

/// What has to hold whatever was done: no path leads around a guard, and the history alone rebuilds the state.
pub(super) async fn guards_hold(store: &dyn Store, history: &[Event]) {
    let mut replay = Replay::default();
    for event in history {
        replay.apply(event).expect("a history that can be replayed");
    }
    for (id, rebuilt) in &replay.cases {
        assert_eq!(Some(rebuilt), store.case_get(*id).await.expect("an answer").as_ref());
    }
    for (id, rebuilt) in &replay.verdicts {
        assert_eq!(Some(rebuilt), store.verdict_get(*id).await.expect("an answer").as_ref());
    }
    for (id, rebuilt) in &replay.notices {
        assert_eq!(Some(rebuilt), store.notice_get(*id).await.expect("an answer").as_ref());
    }
    for verdict in replay.verdicts.values() {
        if verdict.state == VerdictState::Approved || verdict.approved_at.is_some() {
            let (second, approver) = (verdict.second_analyst.expect("two"), verdict.approver.expect("three"));
            assert!(
                verdict.author != second && verdict.author != approver && second != approver,
                "{verdict:?}"
            );
            assert_eq!(verdict.second_kind, Some(verdict.proposal.kind));
        }
        if let Some(release) = &verdict.release {
            let case = replay.cases.get(&verdict.case).expect("its case");
            let age_s = release.released_at.duration_since(case.first_seen_at).as_secs();
            assert!(age_s >= 3 * 3600 && release.approver != verdict.author, "{verdict:?}");
            assert!(verdict.second_analyst != Some(release.approver), "{verdict:?}");
            assert!(verdict.proposal.basis.iter().any(|piece| piece.kind == release.ground.evidence()));
        }
    }
    for case in replay.cases.keys() {
        let of_case = || replay.verdicts.values().filter(|verdict| verdict.case == *case);
        assert!(of_case().filter(|verdict| verdict.state == VerdictState::Approved).count() <= 1);
    }
    for notice in replay.notices.values().filter(|notice| notice.published_at.is_some()) {
        assert!(notice.text.missing().is_empty(), "{notice:?}");
        let written: Vec<_> = history
            .iter()
            .take_while(|event| {
                !(event.kind == "notice_approved" && event.subject_id == notice.id.to_string())
            })
            .filter(|event| event.subject_id == notice.id.to_string() && event.kind != "notice_submitted")
            .map(|event| event.actor)
            .collect();
        assert!(!written.contains(&notice.approver), "whoever wrote a version approved it: {notice:?}");
        let counted = replay.verdicts.get(&notice.verdict).and_then(|verdict| verdict.status());
        assert!(counted.is_some(), "published on a verdict that never counted: {notice:?}");
        for correction in store.correction_list(notice.id).await.expect("a list") {
            let settled_by = correction.settled.map(|settled| settled.settled_by);
            assert!(settled_by.is_none() || settled_by != correction.drafted_by, "{notice:?}");
        }
    }
    for appeal in store.appeal_list(None, None, None, 1000).await.expect("a page").items {
        assert_eq!(appeal.state == AppealState::Open, appeal.decided_by.is_none());
        let notice = replay.notices.get(&appeal.notice).expect("its notice");
        assert!(appeal.decided_by.is_none() || appeal.decided_by != notice.approver, "{appeal:?}");
    }
}
