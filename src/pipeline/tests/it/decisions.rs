use podlinnik_domain::case::CaseState;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::people::Role;
use podlinnik_domain::verdict::{VerdictKind, VerdictState};
use podlinnik_pipeline::canonical::canonical_sha256;
use serde_json::Value;

use crate::support::{Act, World, code, proposal};

const KIND: VerdictKind = VerdictKind::ManipulatedFace;

#[tokio::test]
async fn three_people_come_to_a_verdict_and_its_evidence_is_frozen() {
    let world = World::new().await;
    let desk = world.desk(world.tambov, "tam").await;
    let case = world.analysed(&desk.author, b"fake").await;
    let service = &world.service;
    let verdict = service.verdict_propose(&desk.author, case.id, case.version, proposal(KIND)).await.unwrap();
    assert_eq!((verdict.revision, verdict.state), (1, VerdictState::Proposed));
    assert_eq!(service.case(&desk.author, case.id).await.unwrap().state, CaseState::SecondLook);

    let evidence = world.store.evidence_get(verdict.evidence_sha256).await.unwrap().unwrap();
    assert_eq!(canonical_sha256(&evidence), verdict.evidence_sha256);
    let analysis = service.analysis(&desk.author, case.analysis).await.unwrap();
    assert_eq!(evidence["media_sha256"], case.media_sha256.to_string());
    assert_eq!(evidence["analysis"], case.analysis.to_string());
    assert_eq!(evidence["report_sha256"], analysis.report_sha256.unwrap().to_string());
    assert_eq!(Some(&evidence["report"]), analysis.report.as_ref());
    assert_eq!(evidence["proposal"], serde_json::to_value(proposal(KIND)).unwrap());

    let agreed = service.verdict_second_look(&desk.second, verdict.id, KIND, "то же").await.unwrap();
    assert_eq!(agreed.state, VerdictState::Agreed);
    let approved = service.verdict_approve(&desk.approver, verdict.id).await.unwrap();
    assert_eq!((approved.state, approved.approver), (VerdictState::Approved, Some(desk.approver.user.id)));
    assert_eq!(service.case(&desk.author, case.id).await.unwrap().state, CaseState::Approved);
    let history = service.history(&desk.second, case.id).await.unwrap();
    assert!(history.is_sorted_by_key(|event| event.sequence));
    assert!(history.iter().any(|event| event.actor == Some(desk.approver.user.id)));
}

#[tokio::test]
async fn nobody_but_the_author_sees_a_proposal_before_the_second_look() {
    let world = World::new().await;
    let desk = world.desk(world.tambov, "tam").await;
    let chief = world.person(world.federal, "chief", &[Role::Analyst, Role::Approver, Role::Auditor]).await;
    let case = world.analysed(&desk.author, b"fake").await;
    let service = &world.service;
    let verdict = service.verdict_propose(&desk.author, case.id, case.version, proposal(KIND)).await.unwrap();

    assert_eq!(service.verdicts(&desk.author, case.id).await.unwrap().len(), 1);
    for reader in [&desk.second, &desk.approver, &desk.admin, &desk.editor, &chief] {
        let login = &reader.user.login;
        assert_eq!(service.second_look_wanted(reader, case.id).await.unwrap(), Some(verdict.id), "{login}");
        assert!(service.verdicts(reader, case.id).await.unwrap().is_empty(), "{login}");
        assert_eq!(code(&service.verdict(reader, verdict.id).await), Some(ErrorCode::NotFound), "{login}");
        let history = serde_json::to_string(&service.history(reader, case.id).await.unwrap()).unwrap();
        assert!(!history.contains(KIND.code()), "{login} can read the proposal in the history");
        assert!(!history.contains("лицо заменено"), "{login} can read the reasoning in the history");
        let known = service.known_media(reader, case.media_sha256).await.unwrap().unwrap();
        assert_eq!(known.verdict, None, "{login}");
    }
    let history = service.history(&desk.author, case.id).await.unwrap();
    assert!(history.iter().any(|event| event.payload != Value::Null));

    service.verdict_second_look(&desk.second, verdict.id, VerdictKind::Satire, "шутка").await.unwrap();
    let seen = service.verdicts(&desk.approver, case.id).await.unwrap();
    assert_eq!(seen[0].state, VerdictState::Disputed);
    assert_eq!(seen[0].second_kind, Some(VerdictKind::Satire));
    assert_eq!(service.second_look_wanted(&desk.author, case.id).await.unwrap(), None);
}

#[tokio::test]
async fn author_second_analyst_and_approver_are_three_people() {
    let world = World::new().await;
    let everything = Role::ALL;
    let anna = world.person(world.tambov, "anna", everything).await;
    let boris = world.person(world.tambov, "boris", everything).await;
    let vera = world.person(world.tambov, "vera", everything).await;
    let case = world.analysed(&anna, b"fake").await;
    let service = &world.service;
    let verdict = service.verdict_propose(&anna, case.id, case.version, proposal(KIND)).await.unwrap();
    let look = async |actor| code(&service.verdict_second_look(actor, verdict.id, KIND, "то же").await);
    let approve = async |actor| code(&service.verdict_approve(actor, verdict.id).await);
    assert_eq!(look(&anna).await, Some(ErrorCode::SamePerson));
    assert_eq!(approve(&vera).await, Some(ErrorCode::WrongState));
    assert_eq!(look(&boris).await, None);
    assert_eq!(look(&vera).await, Some(ErrorCode::WrongState));
    assert_eq!(approve(&anna).await, Some(ErrorCode::SamePerson));
    assert_eq!(approve(&boris).await, Some(ErrorCode::SamePerson));
    assert_eq!(approve(&vera).await, None);
    assert_eq!(approve(&vera).await, Some(ErrorCode::WrongState));
}

#[tokio::test]
async fn a_proposal_needs_a_basis_a_finished_analysis_and_the_present_case() {
    let world = World::new().await;
    let desk = world.desk(world.tambov, "tam").await;
    let service = &world.service;
    let waiting = world.submit(&desk.author, b"not yet examined").await;
    let version = service.case(&desk.author, waiting.case).await.unwrap().version;
    let early = service.verdict_propose(&desk.author, waiting.case, version, proposal(KIND)).await;
    assert_eq!(code(&early), Some(ErrorCode::WrongState));

    let case = world.analysed(&desk.author, b"fake").await;
    let propose = async |version, proposal| {
        code(&service.verdict_propose(&desk.author, case.id, version, proposal).await)
    };
    let mut thin = proposal(KIND);
    thin.basis.truncate(1);
    assert_eq!(propose(case.version, thin).await, Some(ErrorCode::BasisInsufficient));
    let mut silent = proposal(KIND);
    silent.rationale = " ".into();
    assert_eq!(propose(case.version, silent).await, Some(ErrorCode::ReasonRequired));
    assert_eq!(propose(case.version + 1, proposal(KIND)).await, Some(ErrorCode::StaleRevision));
    assert_eq!(propose(case.version, proposal(KIND)).await, None);
    let present = service.case(&desk.author, case.id).await.unwrap().version;
    assert_eq!(propose(present, proposal(KIND)).await, Some(ErrorCode::WrongState));
}

#[tokio::test]
async fn of_two_racing_proposals_exactly_one_wins() {
    let world = World::new().await;
    let desk = world.desk(world.tambov, "tam").await;
    let case = world.analysed(&desk.author, b"fake").await;
    let one = world.service.verdict_propose(&desk.author, case.id, case.version, proposal(KIND));
    let two =
        world.service.verdict_propose(&desk.second, case.id, case.version, proposal(VerdictKind::Satire));
    let (one, two) = tokio::join!(one, two);
    let refused: Vec<_> = [code(&one), code(&two)].into_iter().flatten().collect();
    assert_eq!(refused.len(), 1, "{one:?} {two:?}");
    assert!(matches!(refused[0], ErrorCode::StaleRevision | ErrorCode::WrongState), "{refused:?}");
}

#[tokio::test]
async fn refused_media_can_be_judged_by_what_else_is_known() {
    let world = World::new().await;
    let desk = world.desk(world.tambov, "tam").await;
    world.analyser.will(&[Act::Refuse(ErrorCode::MediaDamaged)]);
    let case = world.analysed(&desk.author, b"unreadable").await;
    let answer = world
        .service
        .verdict_propose(&desk.author, case.id, case.version, proposal(VerdictKind::NotAssessable))
        .await;
    let verdict = answer.unwrap();
    let evidence = world.store.evidence_get(verdict.evidence_sha256).await.unwrap().unwrap();
    assert_eq!(evidence["report"], Value::Null);
}
