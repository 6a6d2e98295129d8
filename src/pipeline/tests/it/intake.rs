use std::io::Read as _;

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::people::Role;
use podlinnik_domain::submission::{Circumstances, SubmissionState};
use podlinnik_pipeline::ServiceError;

use crate::support::{World, code};

#[tokio::test]
async fn a_submission_keeps_the_original_bit_for_bit() {
    let world = World::new().await;
    let anna = world.person(world.tambov, "anna", &[Role::Analyst]).await;
    let submission = world.submit(&anna, b"a clip").await;
    assert_eq!(submission.state, SubmissionState::Quarantined);
    assert_eq!(submission.media_sha256, Sha256::of(b"a clip"));
    let (_, mut file) = world.service.original(&anna, submission.id).await.unwrap();
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).unwrap();
    assert_eq!(bytes, b"a clip");
}

#[tokio::test]
async fn empty_too_large_and_ill_described_uploads_are_refused() {
    let world = World::new().await;
    let anna = world.person(world.tambov, "anna", &[Role::Submitter]).await;
    let nothing = Circumstances::default;
    let submit = async |bytes: &[u8], words, key| code(&world.try_submit(&anna, bytes, words, key).await);
    assert_eq!(submit(b"", nothing(), None).await, Some(ErrorCode::MediaEmpty));
    assert_eq!(submit(&[1; 1000], nothing(), None).await, None);
    assert_eq!(submit(&[1; 1001], nothing(), None).await, Some(ErrorCode::MediaTooLarge));
    assert_eq!(submit(b"x", nothing(), Some("")).await, Some(ErrorCode::IdempotencyKeyInvalid));
    assert_eq!(submit(b"x", nothing(), Some("ключ")).await, Some(ErrorCode::IdempotencyKeyInvalid));

    let words = Circumstances { source_url: Some("javascript:alert(1)".into()), ..nothing() };
    match world.try_submit(&anna, b"x", words, None).await {
        Err(ServiceError::Invalid(fields)) => assert_eq!(fields[0].field, "source_url"),
        other => panic!("{other:?}"),
    }
    // Nothing of it was stored.
    assert_eq!(world.service.submissions(&anna, None, 100).await.unwrap().items.len(), 1);
}

#[tokio::test]
async fn a_repeated_request_with_the_same_key_is_answered_with_the_first_submission() {
    let world = World::new().await;
    let anna = world.person(world.tambov, "anna", &[Role::Submitter]).await;
    let boris = world.person(world.tambov, "boris", &[Role::Submitter]).await;
    let words =
        || Circumstances { note: Some("видели в полдень".into()), ..Default::default() };
    let first = world.try_submit(&anna, b"clip", words(), Some("key-1")).await.unwrap();
    let again = world.try_submit(&anna, b"clip", words(), Some("key-1")).await.unwrap();
    assert_eq!(again, first);
    let other_bytes = world.try_submit(&anna, b"clap", words(), Some("key-1")).await;
    assert_eq!(code(&other_bytes), Some(ErrorCode::IdempotencyKeyReused));
    let other_words = world.try_submit(&anna, b"clip", Circumstances::default(), Some("key-1")).await;
    assert_eq!(code(&other_words), Some(ErrorCode::IdempotencyKeyReused));
    // Another person's key is another key; the bytes are known.
    let boris_submission = world.try_submit(&boris, b"clip", words(), Some("key-1")).await.unwrap();
    assert_ne!(boris_submission.id, first.id);
    assert_eq!(boris_submission.state, SubmissionState::Duplicate);
    assert_eq!(boris_submission.case, first.case);
}

#[tokio::test]
async fn listings_show_the_own_branch_newest_first_in_pages() {
    let world = World::new().await;
    let region = world.person(world.tambov, "region", &[Role::Analyst]).await;
    let town = world.person(world.michurinsk, "town", &[Role::Analyst]).await;
    let stranger = world.person(world.lipetsk, "stranger", &[Role::Analyst]).await;
    let chief = world.person(world.federal, "chief", &[Role::Analyst]).await;
    let mut expected = Vec::new();
    for number in 0..7_u8 {
        world.clock.advance(1);
        let actor = match number % 3 {
            0 => &region,
            1 => &town,
            _ => &stranger,
        };
        let id = world.submit(actor, &[number + 1]).await.id;
        if number % 3 != 2 {
            expected.insert(0, id);
        }
    }
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = world.service.submissions(&region, after, 2).await.unwrap();
        assert!(page.items.len() <= 2);
        seen.extend(page.items.iter().map(|submission| submission.id));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(seen, expected);
    let count = async |actor| world.service.submissions(actor, None, 100).await.unwrap().items.len();
    assert_eq!((count(&town).await, count(&stranger).await, count(&chief).await), (2, 2, 7));
    assert_eq!(world.service.cases(&region, None, 100).await.unwrap().items.len(), 5);
    assert_eq!(world.service.cases(&chief, None, 100).await.unwrap().items.len(), 7);
}

#[tokio::test]
async fn a_copy_in_another_region_shares_the_findings_but_not_the_case() {
    let world = World::new().await;
    let tambov = world.person(world.tambov, "tambov", &[Role::Analyst]).await;
    let lipetsk = world.person(world.lipetsk, "lipetsk", &[Role::Analyst]).await;
    let case = world.analysed(&tambov, b"campaign").await;
    assert_eq!(code(&world.service.analysis(&lipetsk, case.analysis).await), Some(ErrorCode::NotFound));
    assert!(world.service.known_media(&lipetsk, case.media_sha256).await.unwrap().is_none());
    assert!(world.service.known_media(&tambov, case.media_sha256).await.unwrap().is_some());

    let copy = world.submit(&lipetsk, b"campaign").await;
    assert_eq!(copy.state, SubmissionState::Duplicate);
    let analysis = world.service.analysis(&lipetsk, copy.analysis).await.unwrap();
    assert!(analysis.report.is_some());
    let (picture, bytes) = world.service.derivative(&lipetsk, copy.analysis, "frame-000.png").await.unwrap();
    assert_eq!((picture.media_type.as_str(), bytes.as_slice()), ("image/png", &b"picture of campaign"[..]));
    let missing = world.service.derivative(&lipetsk, copy.analysis, "../secret").await;
    assert_eq!(code(&missing), Some(ErrorCode::NotFound));
    assert_eq!(code(&world.service.case(&lipetsk, copy.case).await), Some(ErrorCode::NotFound));
}

#[tokio::test]
async fn what_others_sent_takes_no_place_on_the_page_of_a_case() {
    let world = World::new().await;
    let tambov = world.person(world.tambov, "tambov", &[Role::Analyst]).await;
    let lipetsk = world.person(world.lipetsk, "lipetsk", &[Role::Analyst]).await;
    let own = world.submit(&tambov, b"campaign").await;
    for _ in 0..101 {
        world.submit(&lipetsk, b"campaign").await;
    }
    let seen = world.service.case_submissions(&tambov, own.case).await.unwrap();
    assert_eq!(seen.iter().map(|one| one.id).collect::<Vec<_>>(), [own.id]);
    let auditor = world.person(world.lipetsk, "auditor", &[Role::Auditor]).await;
    assert_eq!(world.service.case_submissions(&auditor, own.case).await.unwrap().len(), 100);
}

#[tokio::test]
async fn known_media_tells_the_approved_verdict_to_everybody() {
    let world = World::new().await;
    let desk = world.desk(world.tambov, "tam").await;
    let partner = world.person(world.lipetsk, "partner", &[Role::Partner]).await;
    let verdict = world.approved_verdict(&desk, b"fake").await;
    let known = world.service.known_media(&partner, Sha256::of(b"fake")).await.unwrap().unwrap();
    assert_eq!(known.verdict, Some(verdict));
    assert!(known.notices.is_empty());
    assert!(world.service.known_media(&partner, Sha256::of(b"never seen")).await.unwrap().is_none());
}
