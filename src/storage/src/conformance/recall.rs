//! What findings rest on, and new analyses where that has been withdrawn.

use std::sync::Arc;

use podlinnik_domain::analysis::AnalysisState;
use podlinnik_domain::case::{Case, CaseState};
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::IdSource as _;
use podlinnik_domain::submission::SubmissionState;
use podlinnik_domain::verdict::VerdictKind;
use serde_json::{Value, json};

use super::world::World;
use crate::record::{AnalysisEnd, Position, Reopening};
use crate::{Store, StoreError};

fn withdrawn() -> Sha256 {
    Sha256::of(b"withdrawn weights")
}

fn finding(method: &str, model: Option<Sha256>) -> Value {
    json!({ "method": method, "version": "1", "state": "abstained", "model_sha256": model, "calibration_id": "c-1" })
}

/// Ends the analysis that waits, with these findings.
async fn end(world: &World, case: &Case, findings: &[Value]) -> Result<(), StoreError> {
    let job = world.claim().await.expect("the analysis job");
    let report = json!({ "schema": "podlinnik-report/1", "findings": findings });
    let report_sha256 = Sha256::of(report.to_string().as_bytes());
    let end = AnalysisEnd::Report { report, report_sha256, partial: false, derivatives: Vec::new() };
    world.store.analysis_finish(&job.lease, case.analysis, &end, world.now()).await
}

async fn examined(world: &World, content: &str, findings: &[Value]) -> Case {
    let case = world.case(world.submit(content).await.submission.case).await;
    end(world, &case, findings).await.expect("the end of the analysis");
    world.case(case.id).await
}

fn reopening(world: &World, case: &Case) -> Reopening {
    Reopening {
        case: case.id,
        case_version: case.version,
        analysis: world.ids.next().into(),
        job: world.ids.next().into(),
        max_attempts: 3,
        actor: Some(world.author),
        reason: "weights withdrawn".to_owned(),
        at: world.now(),
    }
}

pub async fn a_model_leads_to_the_cases_that_rest_on_it(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let other = Sha256::of(b"other weights");
    let old = examined(&world, "clip 1", &[finding("a", Some(withdrawn())), finding("b", Some(other))]).await;
    examined(&world, "clip 2", &[finding("a", Some(other)), finding("b", None)]).await;
    let new = examined(&world, "clip 3", &[finding("a", None), finding("b", Some(withdrawn()))]).await;
    let waiting = world.submit("clip 4").await;

    let page = world.store.case_list_by_model(withdrawn(), None, 1).await.expect("a page");
    assert_eq!(page.items, [new]);
    let after: Option<Position> = page.next;
    let page = world.store.case_list_by_model(withdrawn(), after, 1).await.expect("a page");
    assert_eq!((page.items, page.next), (vec![old], None));
    let none = world.store.case_list_by_model(Sha256::of(b""), None, 10).await.expect("a page");
    assert!(none.items.is_empty() && waiting.created);
}

pub async fn a_case_is_examined_again(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let before = examined(&world, "clip", &[finding("a", Some(withdrawn()))]).await;
    let verdict = world.approved(before.id, VerdictKind::OutOfContext).await;
    let seen = world.case(before.id).await;
    let reopening = reopening(&world, &seen);
    let case = world.store.analysis_reopen(&reopening).await.expect("a new analysis");
    assert_eq!((case.analysis, case.version), (reopening.analysis, seen.version + 1));
    assert_eq!(case.state, CaseState::Approved, "people's decision stands until people change it");
    let kept = world.store.verdict_get(verdict.id).await.expect("an answer").expect("the verdict");
    assert_eq!((kept.analysis, kept.state), (before.analysis, verdict.state));
    let listed = world.store.case_list_by_model(withdrawn(), None, 10).await.expect("a page");
    assert!(listed.items.is_empty(), "it is not listed while it waits");
    let old = world.store.analysis_get(before.analysis).await.expect("an answer").expect("the old one");
    assert_eq!(old.state, AnalysisState::Done, "nothing is lost");

    let history = world.store.event_list(SubjectKind::Case, &case.id.to_string()).await.expect("events");
    let last = history.last().expect("an event");
    assert_eq!((last.kind.as_str(), last.reason.as_deref()), ("case_reanalysed", Some("weights withdrawn")));
    assert_eq!(last.payload["previous"], json!(before.analysis));

    end(&world, &case, &[finding("a", Some(Sha256::of(b"new weights")))]).await.expect("the new end");
    let duplicate = world.submit("clip").await.submission;
    assert_eq!(duplicate.analysis, reopening.analysis, "the new analysis answers from now on");
}

pub async fn a_case_is_examined_again_only_as_it_was_seen(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = examined(&world, "clip", &[finding("a", Some(withdrawn()))]).await;
    let first = reopening(&world, &case);
    let second = reopening(&world, &case);
    let reopened = world.store.analysis_reopen(&first).await.expect("a new analysis");
    let stale = world.store.analysis_reopen(&second).await;
    assert!(matches!(stale, Err(StoreError::Stale { .. })), "{stale:?}");
    let early = world.store.analysis_reopen(&Reopening { case_version: reopened.version, ..second }).await;
    assert!(matches!(early, Err(StoreError::WrongState { .. })), "{early:?}");
    let unknown = Reopening { case: world.ids.next().into(), ..reopening(&world, &reopened) };
    let missing = world.store.analysis_reopen(&unknown).await;
    assert!(matches!(missing, Err(StoreError::Missing { what: "case" })), "{missing:?}");
}

pub async fn a_later_refusal_takes_no_acceptance_back(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let first = world.submit("clip").await.submission;
    end(&world, &world.case(first.case).await, &[finding("a", Some(withdrawn()))]).await.expect("the end");
    let duplicate = world.submit("clip").await.submission;
    let reopening = reopening(&world, &world.case(first.case).await);
    world.store.analysis_reopen(&reopening).await.expect("a new analysis");
    let job = world.claim().await.expect("its job");
    let refusal = AnalysisEnd::Refused { code: ErrorCode::MediaReaderDied };
    world
        .store
        .analysis_finish(&job.lease, reopening.analysis, &refusal, world.now())
        .await
        .expect("the end");
    for (id, state) in [(first.id, SubmissionState::Accepted), (duplicate.id, SubmissionState::Duplicate)] {
        let stored = world.store.submission_get(id).await.expect("an answer").expect("the submission");
        assert_eq!((stored.state, stored.rejection), (state, None));
    }
}

pub async fn malformed_findings_are_refused(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let case = world.case(world.submit("clip").await.submission.case).await;
    let refused = end(&world, &case, &[json!({ "method": "a" })]).await;
    assert!(matches!(refused, Err(StoreError::Corrupt { what: "finding", .. })), "{refused:?}");
    let stored = world.store.analysis_get(case.analysis).await.expect("an answer").expect("it");
    assert_eq!((stored.state, stored.report), (AnalysisState::Queued, None));
}
