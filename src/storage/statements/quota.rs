//! How much one person hands in within a day.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::id::UserId;
use podlinnik_storage::StoreError;
use podlinnik_storage::record::NewSubmission;
use podlinnik_storage::row::time;
use sqlx::query;

use super::{Answer, micros};
use crate::engine::Connection;

/// What a quota of submissions counts over.
const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

/// Refuses what is more than the submitter may hand in within 24 hours.
pub(super) async fn within_quota(connection: &mut Connection, submission: &NewSubmission) -> Answer<()> {
    let Some(quota) = submission.quota_per_day else { return Ok(()) };
    let since = submission.received_at.checked_sub(DAY).unwrap_or(Timestamp::MIN);
    let (count, first) = submission_count(connection, submission.submitter, since).await?;
    if count < u64::from(quota) {
        return Ok(());
    }
    let until = first.and_then(|first| first.checked_add(DAY).ok()).unwrap_or(Timestamp::MAX);
    Err(StoreError::QuotaUsedUp { until }.into())
}

pub(super) async fn submission_count(
    connection: &mut Connection,
    submitter: UserId,
    since: Timestamp,
) -> Answer<(u64, Option<Timestamp>)> {
    let submitter = submitter.as_uuid();
    let since = micros(since);
    let counted = query!(
        r#"select count(*) as "count!: i64", min(received_at) as "first: i64"
        from submissions
        where submitter_id = $1
            and received_at > $2"#,
        submitter,
        since,
    )
    .fetch_one(connection)
    .await?;
    let first = counted.first.map(|at| time("time of a submission", at)).transpose()?;
    Ok((u64::try_from(counted.count).unwrap_or_default(), first))
}
