//! Statements that nobody may run, not even past the store. Both engines understand the same text.

use std::sync::Arc;

use podlinnik_domain::original::CopyMatchState;
use podlinnik_domain::verdict::VerdictKind;

use super::originals::{Stamp, added, withdrawal};
use super::recognition::{decision, found, lesson, link};
use super::world::{World, words};
use crate::record::CopyDecision;
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

    let gone = added(&world, "withdrawn").await;
    world.store.archive_withdraw(&withdrawal(&world, gone.id), &Stamp).await.expect("a withdrawal");
    added(&world, "original").await;
    world.store.copy_match_suggest(&found(&world, "suggested", "original")).await.expect("a match");
    let rejected = world.store.copy_match_suggest(&found(&world, "rejected", "original")).await;
    let rejection = decision(&world, &rejected.expect("a match"), CopyMatchState::Rejected);
    let rejection = CopyDecision { lesson: lesson(b"studio", b"desk"), ..rejection };
    world.store.copy_match_decide(&rejection).await.expect("a decision");
    world.store.series_link(&link(&world, "published", "stale")).await.expect("a series");
    world.store.series_link(&link(&world, "agreed", "proposed")).await.expect("a series");
    world.store.series_link(&link(&world, "published", "proposed")).await.expect("one series");
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
    // the archive and its register stand
    ("delete from archive_items", WRONG_STATE),
    ("delete from archive_register", WRONG_STATE),
    ("update archive_register set record = '{}'", WRONG_STATE),
    ("update archive_items set vouched_by = 'nobody' where withdrawn_at is null", WRONG_STATE),
    ("update archive_items set sha256 = blake3 where withdrawn_at is null", WRONG_STATE),
    ("update archive_items set recorded = '1999' where withdrawn_at is null", WRONG_STATE),
    ("update archive_items set path = '/elsewhere' where withdrawn_at is not null", WRONG_STATE),
    (
        "update archive_items
        set withdrawn_at = null, withdrawn_sequence = null, withdrawn_reason = null, withdrawn_by = null
        where withdrawn_at is not null",
        WRONG_STATE,
    ),
    ("update archive_items set withdrawn_at = 1 where withdrawn_at is null", REFUSED),
    (
        "update archive_items set withdrawn_at = 1, withdrawn_sequence = 99, withdrawn_reason = 'x' where withdrawn_at is null",
        MISSING,
    ),
    (
        "insert into archive_items (id, sequence, sha256, blake3, size_bytes, path, keeping, kind, vouched_by, added_at)
        select users.id, 99, media.sha256, media.sha256, 1, 'x', 'in_place', 'video', 'x', 0
        from users, media
        where users.login = 'author'
            and media.sha256 = (select sha256 from media order by sha256 limit 1)",
        MISSING,
    ),
    (
        "insert into archive_register (sequence, action, item_id, record, previous_hash, hash, public_key, signature)
        select 5, 'withdrawn', item_id, '{}', hash, previous_hash, public_key, signature
        from archive_register
        where sequence = 3",
        WRONG_STATE,
    ),
    ("delete from signatures", WRONG_STATE),
    ("update signatures set version = 2", WRONG_STATE),
    // so do matches and series
    ("delete from copy_matches", WRONG_STATE),
    ("update copy_matches set distance = 0", WRONG_STATE),
    ("update copy_matches set state = 'suggested', version = 9, decided_at = null where state = 'rejected'", WRONG_STATE),
    ("update copy_matches set state = 'confirmed', decided_at = 1 where state = 'suggested'", STALE),
    ("update copy_matches set state = 'rejected', decided_at = 1, version = 9 where state = 'suggested'", REFUSED),
    // what was learnt is only added to, and only by decisions
    ("delete from negative_bank", WRONG_STATE),
    ("update negative_bank set created_at = 0", WRONG_STATE),
    (
        "insert into negative_bank (sequence, match_id, match_version, action, suspect_frames, matched_frames, created_at)
        select 2, copy_matches.id, copy_matches.version, negative_bank.action, negative_bank.suspect_frames, negative_bank.matched_frames, 0
        from copy_matches, negative_bank
        where copy_matches.state = 'suggested'",
        WRONG_STATE,
    ),
    (
        "insert into negative_bank (sequence, match_id, match_version, action, created_at)
        select 2, copy_matches.id, copy_matches.version, 'withdrawn', 0
        from copy_matches
        where copy_matches.state = 'rejected'",
        WRONG_STATE,
    ),
    ("delete from series", WRONG_STATE),
    ("delete from series_members", WRONG_STATE),
    ("update series_members set why = 'shared_sound'", WRONG_STATE),
    ("update series set merged_into = null, merged_at = null where merged_into is not null", WRONG_STATE),
    ("update series set merged_into = id, merged_at = 1 where merged_into is null", REFUSED),
    (
        "insert into series_members (series_id, sha256, why, added_at)
        select series.id, media.sha256, 'shared_sound', 0
        from series, media
        where series.merged_into is not null
            and not exists (select 1 from series_members where series_members.sha256 = media.sha256)",
        WRONG_STATE,
    ),
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
