//! Role × use case × place: who gets past the door. What happens behind it is told elsewhere.

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::id::VerdictId;
use podlinnik_domain::notice::Notice;
use podlinnik_domain::people::{Actor, Role};
use podlinnik_domain::submission::Submission;
use podlinnik_domain::verdict::{Verdict, VerdictKind};

use crate::support::{World, code, proposal, words};

const EVERYBODY: &[Role] = Role::ALL;
const DESK: &[Role] = &[Role::Submitter, Role::Analyst, Role::Editor, Role::Partner];

/// Use cases on a record, and the roles that may. Every other role is refused.
const TABLE: &[(&str, &[Role])] = &[
    ("submission", EVERYBODY),
    ("analysis", EVERYBODY),
    ("derivatives", EVERYBODY),
    ("case", EVERYBODY),
    ("verdicts", EVERYBODY),
    ("verdict", EVERYBODY),
    ("history", EVERYBODY),
    ("notice", EVERYBODY),
    ("notices", EVERYBODY),
    ("original", &[Role::Analyst, Role::Editor, Role::Approver, Role::Auditor]),
    ("verdict_propose", &[Role::Analyst]),
    ("verdict_second_look", &[Role::Analyst]),
    ("verdict_approve", &[Role::Approver]),
    ("notice_draft", &[Role::Editor]),
    ("notice_revise", &[Role::Editor]),
    ("notice_submit", &[Role::Editor]),
    ("notice_approve", &[Role::Approver]),
    ("notice_publish", &[Role::Editor, Role::Approver]),
];

/// Reading use cases come first in the table.
const READING: usize = 10;

struct Records {
    submission: Submission,
    verdict: Verdict,
    notice: Notice,
}

/// Tries a use case with arguments that stop it behind the door: a version that is none, an empty reason.
async fn attempt(world: &World, actor: &Actor, use_case: &str, records: &Records) -> Option<ErrorCode> {
    let service = &world.service;
    let Records { submission, verdict, notice } = records;
    let no_version = notice.version + 100;
    match use_case {
        "submission" => code(&service.submission(actor, submission.id).await),
        "analysis" => code(&service.analysis(actor, submission.analysis).await),
        "derivatives" => code(&service.derivatives(actor, submission.analysis).await),
        "case" => code(&service.case(actor, submission.case).await),
        "verdicts" => code(&service.verdicts(actor, submission.case).await),
        "verdict" => code(&service.verdict(actor, verdict.id).await),
        "history" => code(&service.history(actor, submission.case).await),
        "notice" => code(&service.notice(actor, notice.id).await),
        "notices" => code(&service.notices(actor, submission.case).await),
        "original" => code(&service.original(actor, submission.id).await),
        "verdict_propose" => {
            let proposal = proposal(VerdictKind::Satire);
            code(&service.verdict_propose(actor, submission.case, 10_000, proposal).await)
        }
        "verdict_second_look" => {
            code(&service.verdict_second_look(actor, verdict.id, VerdictKind::Satire, "").await)
        }
        "verdict_approve" => code(&service.verdict_approve(actor, verdict.id).await),
        "notice_draft" => code(&service.notice_draft(actor, verdict.id, words("Ещё одно")).await),
        "notice_revise" => code(&service.notice_revise(actor, notice.id, no_version, words("Иначе")).await),
        "notice_submit" => code(&service.notice_submit(actor, notice.id, no_version).await),
        "notice_approve" => code(&service.notice_approve(actor, notice.id, no_version).await),
        "notice_publish" => code(&service.notice_publish(actor, notice.id, no_version).await),
        other => panic!("no such use case: {other}"),
    }
}

/// Whether somebody got past the door.
fn passed(answer: Option<ErrorCode>) -> bool {
    !matches!(answer, Some(ErrorCode::Forbidden | ErrorCode::NotFound | ErrorCode::Unauthenticated))
}

#[tokio::test]
async fn every_role_gets_exactly_as_far_as_the_table_says() {
    let world = World::new().await;
    let desk = world.desk(world.tambov, "desk").await;
    let verdict = world.approved_verdict(&desk, b"fake").await;
    let notice = world.service.notice_draft(&desk.editor, verdict.id, words("Подделка")).await.unwrap();
    let submission = world.service.submissions(&desk.author, None, 1).await.unwrap().items.remove(0);
    let records = Records { submission, verdict, notice };

    for role in Role::ALL {
        let own = world.person(world.tambov, &format!("own-{role}"), &[*role]).await;
        let above = world.person(world.federal, &format!("above-{role}"), &[*role]).await;
        let below = world.person(world.michurinsk, &format!("below-{role}"), &[*role]).await;
        let other = world.person(world.lipetsk, &format!("other-{role}"), &[*role]).await;
        for (position, (use_case, roles)) in TABLE.iter().enumerate() {
            let may = roles.contains(role);
            let reads = position < READING;
            for actor in [&own, &above] {
                let answer = attempt(&world, actor, use_case, &records).await;
                let refusal = (!may).then_some(ErrorCode::Forbidden);
                assert_eq!(passed(answer), may, "{} {use_case}: {answer:?}", actor.user.login);
                assert!(may || answer == refusal, "{} {use_case}: {answer:?}", actor.user.login);
            }
            for actor in [&below, &other] {
                let answer = attempt(&world, actor, use_case, &records).await;
                let eyes = reads && *role == Role::Auditor;
                assert_eq!(passed(answer), eyes, "{} {use_case}: {answer:?}", actor.user.login);
                assert!(
                    eyes || !may || answer == Some(ErrorCode::NotFound),
                    "{} {use_case}: {answer:?}",
                    actor.user.login
                );
            }
        }
        let upload = code(&world.service.upload_start(&own).await);
        assert_eq!(upload.is_none(), DESK.contains(role), "{role} upload_start");
        let webhooks = [
            code(&world.service.receivers(&own).await),
            code(&world.service.receiver_add(&own, crate::deliveries::hook("ftp://nowhere")).await),
        ];
        assert_eq!(webhooks.map(passed), [*role == Role::OrgAdmin; 2], "{role} webhooks");
        let people = [
            code(&world.service.users(Some(&own)).await),
            code(&world.service.user_add(Some(&own), world.tambov, "", "", &[]).await),
        ];
        assert_eq!(people.map(passed), [*role == Role::OrgAdmin; 2], "{role} people");
    }
}

#[tokio::test]
async fn what_does_not_exist_is_not_found_for_everybody() {
    let world = World::new().await;
    let chief = world.person(world.federal, "chief", Role::ALL).await;
    let nothing = VerdictId::generate(&podlinnik_domain::id::RandomIds);
    let service = &world.service;
    assert_eq!(code(&service.verdict(&chief, nothing).await), Some(ErrorCode::NotFound));
    assert_eq!(code(&service.verdict_approve(&chief, nothing).await), Some(ErrorCode::NotFound));
    assert_eq!(code(&service.case(&chief, nothing.as_uuid().into()).await), Some(ErrorCode::NotFound));
    assert_eq!(code(&service.analysis(&chief, nothing.as_uuid().into()).await), Some(ErrorCode::NotFound));
    assert_eq!(code(&service.submission(&chief, nothing.as_uuid().into()).await), Some(ErrorCode::NotFound));
    assert_eq!(code(&service.notice(&chief, nothing.as_uuid().into()).await), Some(ErrorCode::NotFound));
    assert!(service.published_notice(nothing.as_uuid().into()).await.unwrap().is_none());
}
