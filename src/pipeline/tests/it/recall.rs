//! A model is withdrawn.

use podlinnik_domain::analysis::AnalysisState;
use podlinnik_domain::case::CaseState;
use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;
use podlinnik_pipeline::recall::Recalled;

use crate::support::{World, code, eventually, model};

async fn recalled(world: &World, weights: Sha256, reopen: bool) -> Vec<Recalled> {
    let mut list = Vec::new();
    let mut tell = |one: &Recalled| list.push(one.clone());
    let count = world.service.recall(None, weights, "it favours beards", reopen, &mut tell).await;
    assert_eq!(count.expect("a recall"), list.len() as u64);
    list
}

#[tokio::test]
async fn what_rests_on_a_withdrawn_model_is_examined_again() {
    let world = World::new().await;
    let desk = world.desk(world.tambov, "tambov").await;
    let verdict = world.approved_verdict(&desk, b"clip").await;

    let listed = recalled(&world, model(), false).await;
    assert_eq!(listed.iter().map(|one| one.case.id).collect::<Vec<_>>(), [verdict.case]);
    assert_eq!(listed[0].verdict.as_ref().map(|verdict| verdict.id), Some(verdict.id));
    assert!(!listed[0].reopened && listed[0].notices.is_empty());
    assert!(recalled(&world, Sha256::of(b"other weights"), true).await.is_empty());

    assert!(recalled(&world, model(), true).await[0].reopened);
    let case = world.store.case_get(verdict.case).await.expect("a store").expect("the case");
    assert_ne!(case.analysis, verdict.analysis);
    assert_eq!(case.state, CaseState::Approved, "people's verdict stands");
    assert!(recalled(&world, model(), true).await.is_empty(), "once is enough");
    let worker = world.start_worker("worker");
    eventually("the new analysis is final", async || {
        world.analysis_state(case.analysis).await == AnalysisState::Done
    })
    .await;
    assert_eq!(world.analyser.calls(), 2);
    worker.stop().await;

    let mut nothing = |_: &Recalled| {};
    let refused = world.service.recall(None, model(), " ", true, &mut nothing).await;
    assert_eq!(code(&refused), Some(ErrorCode::ValidationFailed));
}
