//! Statements that nobody may run, not even past the store. Both engines understand the same text.

use std::sync::Arc;

use podlinnik_domain::verdict::VerdictKind;

use super::world::{World, words};
use crate::{Store, StoreError};

/// Fills a store so that every statement of [`FORBIDDEN`] meets at least one row.
pub async fn stage(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let face = VerdictKind::ManipulatedFace;
    let published = world.analysed("published").await;
    let verdict = world.approved(published.id, face).await;
    world.published(&world.notice_approved(&verdict).await).await;
    world.webhook().await;
    let in_review = world.drafted(&verdict).await;
    let text = words("b");
    let revised = world.store.notice_revise(in_review.id, 1, &text, world.second, world.now());
    let revised = revised.await.expect("a revision");
    world.store.notice_submit(revised.id, 2, world.second, world.now()).await.expect("a submission");

    let stale = world.analysed("stale").await;
    let old = world.approved(stale.id, face).await;
    world.notice_approved(&old).await;
    world.approved(stale.id, VerdictKind::Satire).await;

    let agreed = world.analysed("agreed").await;
    world.agreed(agreed.id, face).await;
    let proposed = world.analysed("proposed").await;
    world.proposed(proposed.id, face).await;
    world.analysed("in analysis").await;
    world.submit("under way").await;
    world.claim().await.expect("its job");
}

type Expected = fn(&StoreError) -> bool;

const SAME_PERSON: Expected = |error| matches!(error, StoreError::SamePerson { .. });
const STALE: Expected = |error| matches!(error, StoreError::Stale { .. });
const WRONG_STATE: Expected = |error| matches!(error, StoreError::WrongState { .. });
const CONFLICT: Expected = |error| matches!(error, StoreError::Conflict { .. });
const MISSING: Expected = |error| matches!(error, StoreError::Missing { .. });
const REFUSED: Expected = |error| matches!(error, StoreError::Engine(_));

/// Each statement with the error that the store makes of the engine's refusal.
pub const FORBIDDEN: &[(&str, Expected)] = &[
    // the history stands
    ("update events set kind = 'x' where sequence = 1", WRONG_STATE),
    ("delete from events where sequence = 1", WRONG_STATE),
    ("delete from events", WRONG_STATE),
    (
        "insert into events (sequence, subject_kind, subject_id, kind, occurred_at, payload, previous_hash, hash)
        select max(sequence) + 2, 'user', 'x', 'x', 0, '{}',
            (select hash from events order by sequence desc limit 1), (select sha256 from media limit 1)
        from events",
        WRONG_STATE,
    ),
    (
        "insert into events (sequence, subject_kind, subject_id, kind, occurred_at, payload, previous_hash, hash)
        select max(sequence) + 1, 'user', 'x', 'x', 0, '{}',
            (select hash from events where sequence = 1), (select sha256 from media limit 1)
        from events",
        WRONG_STATE,
    ),
    ("update evidence set evidence = '{}'", WRONG_STATE),
    ("delete from evidence", WRONG_STATE),
    ("update notice_versions set text = '{}'", WRONG_STATE),
    ("delete from notice_versions", WRONG_STATE),
    // nothing is deleted
    ("delete from media", WRONG_STATE),
    ("delete from analyses", WRONG_STATE),
    ("delete from submissions", WRONG_STATE),
    ("delete from cases", WRONG_STATE),
    ("delete from verdicts", WRONG_STATE),
    ("delete from notices", WRONG_STATE),
    // people are separate
    (
        "update verdicts set state = 'agreed', second_analyst_id = author_id, second_kind = kind, second_at = 1
        where state = 'proposed'",
        SAME_PERSON,
    ),
    (
        "update verdicts set state = 'approved', approver_id = author_id, approved_at = 1 where state = 'agreed'",
        SAME_PERSON,
    ),
    (
        "update verdicts set state = 'approved', approver_id = second_analyst_id, approved_at = 1 where state = 'agreed'",
        SAME_PERSON,
    ),
    (
        "update notices set state = 'approved', approver_id = author_id where state = 'in_review'",
        SAME_PERSON,
    ),
    (
        "update notices
        set state = 'approved', approver_id = (
            select author_id from notice_versions where notice_id = notices.id and version = 1
        )
        where state = 'in_review'",
        SAME_PERSON,
    ),
    // states follow each other as they may
    ("update verdicts set state = 'approved' where state = 'proposed'", WRONG_STATE),
    ("update verdicts set state = 'approved', approved_at = 1 where state = 'superseded'", WRONG_STATE),
    ("update notices set state = 'published', published_at = 1 where state = 'in_review'", WRONG_STATE),
    ("update notices set state = 'draft' where state = 'published'", WRONG_STATE),
    ("update submissions set state = 'quarantined' where state = 'accepted'", WRONG_STATE),
    ("update cases set state = 'approved', version = version + 1 where state = 'in_analysis'", WRONG_STATE),
    ("update analyses set state = 'queued', finished_at = null where state = 'done'", WRONG_STATE),
    ("update cases set state = 'parked' where state = 'in_analysis'", STALE),
    // what was decided stands
    ("update verdicts set kind = 'satire' where state = 'approved'", WRONG_STATE),
    ("update verdicts set proposal = '{}' where state = 'proposed'", WRONG_STATE),
    ("update verdicts set author_id = approver_id where state = 'approved'", WRONG_STATE),
    ("update notices set text = '{}' where state = 'published'", WRONG_STATE),
    ("update analyses set report = '{}' where state = 'done'", WRONG_STATE),
    // a notice rests on the current revision
    ("update notices set state = 'published', published_at = 1 where state = 'approved'", STALE),
    // nothing half filled, doubled or hanging in the air
    ("update verdicts set state = 'agreed' where state = 'proposed'", REFUSED),
    ("update verdicts set state = 'approved' where state = 'agreed'", REFUSED),
    ("update submissions set rejection = 'media_damaged' where state = 'accepted'", REFUSED),
    ("update jobs set attempts = max_attempts + 1", REFUSED),
    ("update jobs set leased_until = null where state = 'leased'", REFUSED),
    ("update jobs set state = 'asleep'", REFUSED),
    ("update webhooks set secret = (select sha256 from media where sha256 is null)", REFUSED),
    ("update users set login = 'same'", CONFLICT),
    ("update cases set analysis_id = organisation_id", MISSING),
];
