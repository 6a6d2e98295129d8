//! What rejected matches teach. The caller's transaction holds the history's lock, so that numbers become visible in their order.

use podlinnik_domain::id::CopyMatchId;
use podlinnik_domain::original::CopyMatchState;
use podlinnik_storage::record::{CopyDecision, LessonRecord};
use podlinnik_storage::row::{LessonRow, all};
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

use super::{Answer, micros};
use crate::engine::Connection;

/// What a decision teaches, or takes back, now that the match is in its new state.
pub(super) async fn lesson_insert(
    connection: &mut Connection,
    decision: &CopyDecision,
    version: u32,
) -> Answer<()> {
    let (suspect, matched) = match (decision.state, &decision.lesson) {
        (CopyMatchState::Rejected, Some(lesson)) => {
            (Some(lesson.suspect.as_slice()), Some(lesson.matched.as_slice()))
        }
        (CopyMatchState::Confirmed, _) if is_taught(connection, decision.id).await? => (None, None),
        _ => return Ok(()),
    };
    let id = decision.id.as_uuid();
    let version = i64::from(version);
    let action = if suspect.is_some() { "taught" } else { "withdrawn" };
    let at = micros(decision.at);
    query!(
        "insert into negative_bank (sequence, match_id, match_version, action, suspect_frames, matched_frames, created_at)
        values ((select coalesce(max(sequence), 0) + 1 from negative_bank), $1, $2, $3, $4, $5, $6)",
        id,
        version,
        action,
        suspect,
        matched,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether the last that the bank heard of a match is a lesson.
async fn is_taught(connection: &mut Connection, id: CopyMatchId) -> Answer<bool> {
    let id = id.as_uuid();
    let last = query_scalar!(
        "select action
        from negative_bank
        where match_id = $1
        order by sequence desc
        limit 1",
        id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(last.is_some_and(|action| action == "taught"))
}

pub(super) async fn lesson_since(
    connection: &mut Connection,
    after: u64,
    limit: u32,
) -> Answer<Vec<LessonRecord>> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let limit = i64::from(limit);
    let rows = query_as!(
        LessonRow,
        r#"select
            negative_bank.sequence, negative_bank.match_id as "match_id: Uuid", copy_matches.suspect_sha256,
            copy_matches.matched_sha256, negative_bank.suspect_frames, negative_bank.matched_frames
        from negative_bank
        join copy_matches on copy_matches.id = negative_bank.match_id
        where negative_bank.sequence > $1
        order by negative_bank.sequence
        limit $2"#,
        after,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}
