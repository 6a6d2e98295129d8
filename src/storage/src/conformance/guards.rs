//! Statements that nobody may run, not even past the store. Both engines understand the same text.

use std::sync::Arc;

use podlinnik_domain::error_code::ErrorCode;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::IdSource as _;
use podlinnik_domain::notice::{CorrectionKind, NoticeText};
use podlinnik_domain::original::CopyMatchState;
use podlinnik_domain::verdict::VerdictKind;

use super::accounts::{link as sign_in_link, link_use, session, signed_in, with_password};
use super::corrections::{answering, appeal_decision, drafted, objection, question, settling};
use super::desk::release;
use super::fetches::{evidence, fetch};
use super::keys::token;
use super::originals::{Stamp, added, withdrawal};
use super::recognition::{decision, found, lesson, link};
use super::uploads::upload;
use super::world::{World, at, words};
use crate::record::{CopyDecision, FetchEnd, JobKind, NewFetch, NewNote, NewNotice, NewToken, SecondProof};
use crate::{LogStamp, NewCheckpoint, Store, StoreError};

/// Fills a store so that every statement of [`FORBIDDEN`] meets at least one row.
pub async fn stage(store: Arc<dyn Store>) {
    let world = World::new(store).await;
    let face = VerdictKind::ManipulatedFace;
    let published = world.analysed("published").await;
    let verdict = world.approved(published.id, face).await;
    world.published(&world.notice_approved(&verdict).await).await;
    world.receiver().await;
    world.store.verdict_read(verdict.id, world.organisation, world.now()).await.expect("a reader");
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

    // A draft whose checklist is not complete, a released verdict, corrections, questions, objections.
    let bare = NoticeText { claim: None, ..words("bare") };
    let bare = NewNotice { text: bare, ..world.draft(&verdict) };
    world.store.notice_draft(&bare).await.expect("a draft");
    let hasty = world.analysed("hasty").await;
    let hurried = world.proposed(hasty.id, face).await;
    let letting_go = release(&world, &hasty, &hurried, 4 * 3600);
    let hurried = world.store.verdict_release(&letting_go).await.expect("a release");
    let public = world.published(&world.notice_approved(&hurried).await).await;
    let settled = drafted(&world, &public, CorrectionKind::Upheld).await;
    let settle = settling(&world, &settled, world.approver);
    world.store.correction_settle(&settle, &world.ids).await.expect("a settlement");
    drafted(&world, &public, CorrectionKind::Upheld).await;
    world.store.appeal_create(&objection(&world, &public)).await.expect("an objection");
    let rejected = world.store.appeal_create(&objection(&world, &public)).await.expect("an objection").id;
    let rejection = appeal_decision(&world, rejected, false, world.deputy);
    world.store.appeal_decide(&rejection).await.expect("a decision");
    world.store.inquiry_create(&question(&world, hasty.id), &world.ids).await.expect("a question");
    let answered = world.store.inquiry_create(&question(&world, hasty.id), &world.ids).await;
    let answer = answering(&world, answered.expect("a question").id, "нет");
    world.store.inquiry_answer(&answer).await.expect("an answer");

    let note = |text: &str| NewNote {
        id: world.ids.next().into(),
        case: hasty.id,
        author: world.author,
        text: text.to_owned(),
        at: world.now(),
    };
    world.store.note_create(&note("позвонить")).await.expect("a note");
    let withdrawn = world.store.note_create(&note("не тот ролик")).await.expect("a note");
    world.store.note_withdraw(withdrawn.id, world.author, "ошибка", world.now()).await.expect("a withdrawal");
    let upload = upload(&world, at(2_000_000_000));
    world.store.upload_create(&upload, 20).await.expect("an upload");
    world.store.upload_advance(upload.id, 0, 60).await.expect("progress");

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
    let checkpoint = NewCheckpoint {
        size: 1,
        root: world.store.log_nodes(0, 0, 1).await.expect("the first leaf")[0],
        public_key: [7; 32],
        note: "text".to_owned(),
        at: world.now(),
    };
    world.store.checkpoint_put(&checkpoint).await.expect("a checkpoint");
    let stamp = LogStamp {
        size: 1,
        authority: "https://tsa.example/".to_owned(),
        token: vec![0x30],
        stamped_at: world.now(),
        received_at: world.now(),
    };
    world.store.stamp_put([7; 32], &stamp).await.expect("a stamp");
    links(&world).await;
    accounts(&world).await;
}

/// A link that waits, one that was fetched, one that failed.
async fn links(world: &World) {
    let ends = [
        Some(FetchEnd::Done {
            evidence: Box::new(evidence(world, "published")),
            submission: world.submit("published").await.submission.id,
        }),
        Some(FetchEnd::Failed { code: ErrorCode::LinkGone, detail: None }),
        None,
    ];
    for (end, url) in ends.iter().zip([
        "https://example.org/done",
        "https://example.org/failed",
        "https://example.org/waiting",
    ]) {
        let new = NewFetch { url: url.to_owned(), ..fetch(world) };
        world.store.fetch_create(&new, 20).await.expect("a fetch");
        let Some(end) = end else { continue };
        let now = world.now();
        let until = at(now.as_second() + 60);
        let job = world.store.job_claim(&[JobKind::Fetch], "worker", now, until).await.expect("an answer");
        let job = job.expect("the job");
        world.store.fetch_end(&job.lease, new.id, end, world.now()).await.expect("an end");
    }
}

/// Two live keys of a line, an ended session, a used link, a second factor with a used recovery code.
async fn accounts(world: &World) {
    let first = token(world, "first");
    world.store.token_create(&first).await.expect("a key");
    let second = NewToken { follows: Some(first.id), ..token(world, "second") };
    world.store.token_create(&second).await.expect("the next key");
    let password_at = with_password(world).await;
    let ended = signed_in(world, password_at, "ended").await;
    world.store.session_end(world.author, ended, world.now()).await.expect("an end");
    world.store.link_create(&sign_in_link(world, "used")).await.expect("a link");
    world.store.link_use(&link_use(world, "used")).await.expect("a use");
    let (secret, code) = ([7; 20], Sha256::of(b"code"));
    world.store.second_factor_begin(world.author, &secret).await.expect("a secret");
    let confirmed = world.store.second_factor_confirm(world.author, &secret, 5, &[code], world.now()).await;
    confirmed.expect("a second factor");
    let password_at = world.store.credentials_get(world.author).await.expect("an answer");
    let password_at = password_at.expect("credentials").password_at.expect("a password");
    let proof = Some(SecondProof::RecoveryCode(code));
    let recovered = session(world, world.author, "recovered");
    world.store.session_create(&recovered, password_at, proof).await.expect("a session");
}

type Expected = fn(&StoreError) -> bool;

const SAME_PERSON: Expected = |error| matches!(error, StoreError::SamePerson { .. });
const STALE: Expected = |error| matches!(error, StoreError::Stale { .. });
const WRONG_STATE: Expected = |error| matches!(error, StoreError::WrongState { .. });
const CONFLICT: Expected = |error| matches!(error, StoreError::Conflict { .. });
const MISSING: Expected = |error| matches!(error, StoreError::Missing { .. });
const CLAIMED: Expected = |error| matches!(error, StoreError::Claimed { .. });
const BREAK_GLASS: Expected = |error| matches!(error, StoreError::BreakGlass);
const CHECKLIST: Expected = |error| matches!(error, StoreError::Checklist);
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
    // what has ended, was used or accepted stays so
    ("update sessions set ended_at = null where ended_at is not null", WRONG_STATE),
    ("update sign_in_links set used_at = null where used_at is not null", WRONG_STATE),
    ("update sign_in_links set expires_at = expires_at + 1 where used_at is not null", WRONG_STATE),
    ("update recovery_codes set used_at = null where used_at is not null", WRONG_STATE),
    ("update credentials set totp_step = 5 where totp_step = 5", STALE),
    ("update credentials set password_phc = 'plain'", REFUSED),
    ("update credentials set failures = 0, failed_at = 1", REFUSED),
    // a key is of a line, and two of a line are live
    (
        "insert into tokens (id, user_id, secret_sha256, label, created_at)
        select id, user_id, secret_sha256, label, created_at from tokens limit 1",
        WRONG_STATE,
    ),
    (
        "insert into tokens (id, user_id, secret_sha256, label, created_at, line_id)
        select id, user_id, secret_sha256, label, created_at, line_id from tokens limit 1",
        WRONG_STATE,
    ),
    ("update tokens set rate_per_minute = 0", REFUSED),
    ("update tokens set scopes = '{}'", REFUSED),
    // what the desk said stands, and is taken back once
    ("update case_notes set text = 'x'", WRONG_STATE),
    ("update case_notes set withdrawn_reason = 'x' where withdrawn_at is not null", WRONG_STATE),
    ("delete from case_notes", WRONG_STATE),
    (
        "insert into case_notes (id, case_id, author_id, text, written_at, withdrawn_at, withdrawn_reason)
        select (select id from submissions limit 1), case_id, author_id, text, written_at, 0, 'x'
        from case_notes
        limit 1",
        WRONG_STATE,
    ),
    // an upload grows, and becomes one submission
    ("update uploads set received = received - 1", WRONG_STATE),
    ("update uploads set length = length + 1", WRONG_STATE),
    ("update uploads set submission_id = (select id from submissions limit 1)", REFUSED),
    // a link stays as it was asked for, and as it ended
    ("update fetches set url = 'https://example.org/other' where url like '%waiting'", WRONG_STATE),
    ("update fetches set circumstances = '{}' where url like '%waiting'", WRONG_STATE),
    ("update fetches set evidence = '{}' where url like '%done'", WRONG_STATE),
    ("update fetches set state = 'queued' where url like '%done'", WRONG_STATE),
    ("update fetches set error = null, state = 'queued', finished_at = null where url like '%failed'", WRONG_STATE),
    ("update fetches set state = 'done', finished_at = 1 where url like '%waiting'", REFUSED),
    ("update fetches set state = 'failed', finished_at = 1 where url like '%waiting'", REFUSED),
    ("delete from fetches", WRONG_STATE),
    // the log only grows, without gaps
    ("update log_entries set entry = '{}' where position = 0", WRONG_STATE),
    ("delete from log_entries", WRONG_STATE),
    (
        "insert into log_entries (position, event_sequence, kind, subject_id, entry, leaf_sha256, occurred_at)
        select (select max(position) + 2 from log_entries), 1, kind, subject_id, entry, leaf_sha256, occurred_at
        from log_entries
        where position = 0",
        WRONG_STATE,
    ),
    (
        "insert into log_entries (position, event_sequence, kind, subject_id, entry, leaf_sha256, occurred_at)
        select (select max(position) + 1 from log_entries), event_sequence, kind, subject_id, entry, leaf_sha256, occurred_at
        from log_entries
        where position = 0",
        CONFLICT,
    ),
    ("update log_nodes set sha256 = (select root_sha256 from log_checkpoints) where place = 1", WRONG_STATE),
    ("delete from log_nodes", WRONG_STATE),
    ("insert into log_nodes (level, place, sha256) select 9, 0, sha256 from log_nodes where level = 0 and place = 0", WRONG_STATE),
    ("update log_checkpoints set note = 'other'", WRONG_STATE),
    ("delete from log_checkpoints", WRONG_STATE),
    (
        "insert into log_checkpoints (public_key, size, root_sha256, note, signed_at)
        select public_key, 100000, root_sha256, note, 0
        from log_checkpoints",
        WRONG_STATE,
    ),
    ("update log_stamps set stamped_at = 0", WRONG_STATE),
    ("delete from log_stamps", WRONG_STATE),
    (
        "insert into log_stamps (public_key, size, authority, token, stamped_at, received_at)
        select public_key, 100000, authority, token, 0, 0
        from log_stamps",
        MISSING,
    ),
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
    (
        "update cases set state = 'parked', parked_reason = 'x', wake_at = 1 where state = 'in_analysis'",
        STALE,
    ),
    ("update cases set state = 'parked', version = version + 1 where state = 'in_analysis'", WRONG_STATE),
    ("update cases set parked_reason = 'x', wake_at = 1 where state = 'in_analysis'", WRONG_STATE),
    // one analyst has a case, and only that one proposes
    ("update cases set claimed_by = (select id from users where login = 'approver') where claimed_by is not null", CLAIMED),
    ("update cases set claimed_at = null where claimed_by is not null", REFUSED),
    ("update cases set claimed_by = (select id from organisations limit 1), claimed_at = 1 where claimed_by is null", MISSING),
    // break-glass: not by the author, not without need, within a day, for good
    (
        "insert into releases (verdict_id, approver_id, ground, reason, released_at, second_look_due_at)
        select verdicts.id, verdicts.author_id, 'located_original', 'x', cases.first_seen_at + 14400000000, cases.first_seen_at + 14400000001
        from verdicts join cases on cases.id = verdicts.case_id
        where verdicts.state = 'proposed'",
        SAME_PERSON,
    ),
    (
        "insert into releases (verdict_id, approver_id, ground, reason, released_at, second_look_due_at)
        select verdicts.id, users.id, 'located_original', 'x', cases.first_seen_at + 10800000000, cases.first_seen_at + 10800000001
        from verdicts join cases on cases.id = verdicts.case_id, users
        where verdicts.state = 'proposed' and users.login = 'approver'",
        BREAK_GLASS,
    ),
    (
        "insert into releases (verdict_id, approver_id, ground, reason, released_at, second_look_due_at)
        select verdicts.id, users.id, 'located_original', 'x', cases.first_seen_at + 14400000000, cases.first_seen_at + 14400000001
        from verdicts join cases on cases.id = verdicts.case_id, users
        where verdicts.state = 'agreed' and users.login = 'deputy'",
        BREAK_GLASS,
    ),
    ("delete from releases", WRONG_STATE),
    ("update releases set second_look_due_at = second_look_due_at - 1", WRONG_STATE),
    // corrections, questions and objections stand once they are settled
    ("update corrections set settled_by = drafted_by, settled_at = 1, kind = 'upheld', statement = 'x', version_after = 1 where settled_at is null", SAME_PERSON),
    ("update corrections set statement = 'x' where settled_at is not null", WRONG_STATE),
    ("update corrections set reason = 'x' where settled_at is null", WRONG_STATE),
    ("delete from corrections", WRONG_STATE),
    ("update inquiries set question = 'x' where state = 'open'", WRONG_STATE),
    ("update inquiries set state = 'open' where state = 'answered'", WRONG_STATE),
    ("update inquiries set state = 'answered' where state = 'open'", REFUSED),
    ("delete from inquiries", WRONG_STATE),
    (
        "update appeals
        set state = 'rejected', decision = 'x', decided_at = 1, decided_by = (
            select author_id from notices where notices.id = appeals.notice_id
        )
        where state = 'open'",
        SAME_PERSON,
    ),
    ("update appeals set decision = 'x' where state = 'rejected'", WRONG_STATE),
    ("delete from appeals", WRONG_STATE),
    // the checklist comes before the review
    ("update notices set state = 'in_review' where state = 'draft'", CHECKLIST),
    ("update notices set text = '{}', version = version + 1 where state = 'correction_open'", WRONG_STATE),
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
    ("update inbox_entries set data = '{}'", WRONG_STATE),
    ("delete from inbox_entries", WRONG_STATE),
    ("update verdict_reads set read_at = 0", WRONG_STATE),
    ("delete from verdict_reads", WRONG_STATE),
    // nothing half filled, doubled or hanging in the air
    ("update receivers set channel = 'pigeon'", REFUSED),
    ("update receivers set regions = '{}'", REFUSED),
    ("update verdicts set state = 'agreed' where state = 'proposed'", REFUSED),
    ("update verdicts set state = 'approved' where state = 'agreed'", REFUSED),
    ("update submissions set rejection = 'media_damaged' where state = 'accepted'", REFUSED),
    ("update jobs set attempts = max_attempts + 1", REFUSED),
    ("update jobs set leased_until = null where state = 'leased'", REFUSED),
    ("update jobs set state = 'asleep'", REFUSED),
    ("update receivers set secret = (select sha256 from media where sha256 is null)", REFUSED),
    ("update users set login = 'same'", CONFLICT),
    ("update cases set analysis_id = organisation_id", MISSING),
];
