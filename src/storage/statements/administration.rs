//! What those who run the service look at: the history by filter, waiting work, how much there is.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::Event;
use podlinnik_domain::id::{OrganisationId, UserId};
use podlinnik_storage::record::{EventFilter, OldestJob, ReceiverStanding, Volume, Volumes};
use podlinnik_storage::row::{EventRow, OldestJobRow, ReceiverStandingRow, VolumeRow, all, number};
use sqlx::{query_as, query_scalar};
use uuid::Uuid;

use super::{Answer, micros, text};
use crate::engine::Connection;

pub(super) async fn event_page(
    connection: &mut Connection,
    filter: &EventFilter,
    before: Option<u64>,
    limit: u32,
) -> Answer<Vec<Event>> {
    let before = before.map_or(i64::MAX, |number| i64::try_from(number).unwrap_or(i64::MAX));
    // An empty text stands for "any": no subject and no kind is called so.
    let subject_kind = filter.subject_kind.map_or("", |kind| kind.code());
    let subject_id = filter.subject_id.as_deref().map(text).unwrap_or_default();
    let kind = filter.kind.as_deref().map(text).unwrap_or_default();
    let anybody = filter.actor.is_none();
    let actor = filter.actor.map_or(Uuid::nil(), UserId::as_uuid);
    let everywhere = filter.branch.is_none();
    let branch = filter.branch.map_or(Uuid::nil(), OrganisationId::as_uuid);
    let from = filter.from.map_or(i64::MIN, micros);
    let until = filter.until.map_or(i64::MAX, micros);
    let limit = i64::from(limit);
    let rows = query_as!(
        EventRow,
        r#"with recursive branch (id) as (
            select id
            from organisations
            where id = $8
            union
            select organisations.id
            from organisations
            join branch on organisations.parent_id = branch.id
        )
        select
            sequence, subject_kind, subject_id, kind, actor_id as "actor_id: Uuid", reason, occurred_at, payload, previous_hash, hash
        from events
        where sequence < $1
            and ($2 = '' or subject_kind = $2)
            and ($3 = '' or subject_id = $3)
            and ($4 = '' or kind = $4)
            and ($5 or actor_id = $6)
            and ($7 or actor_id in (select users.id from users join branch on branch.id = users.organisation_id))
            and occurred_at >= $9
            and occurred_at < $10
        order by sequence desc
        limit $11"#,
        before,
        subject_kind,
        subject_id,
        kind,
        anybody,
        actor,
        everywhere,
        branch,
        from,
        until,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn event_last(connection: &mut Connection) -> Answer<u64> {
    let last = query_scalar!(r#"select coalesce(max(sequence), 0) as "last!: i64" from events"#)
        .fetch_one(connection)
        .await?;
    Ok(number("event sequence", last)?)
}

pub(super) async fn job_oldest(connection: &mut Connection, now: Timestamp) -> Answer<Vec<OldestJob>> {
    let now = micros(now);
    let rows = query_as!(
        OldestJobRow,
        r#"select kind as "kind!", min(run_at) as "due_since!: i64"
        from jobs
        where state = 'queued'
            and run_at <= $1
        group by kind"#,
        now,
    )
    .fetch_all(connection)
    .await?;
    let mut oldest: Vec<OldestJob> = all(rows)?;
    oldest.sort_unstable_by_key(|job| job.kind);
    Ok(oldest)
}

/// Everything but the size of the database, which each engine knows in its own way.
pub(super) async fn volumes(connection: &mut Connection) -> Answer<Volumes> {
    let media = query_as!(
        VolumeRow,
        r#"select count(*) as "count!: i64", cast(coalesce(sum(size_bytes), 0) as bigint) as "bytes!: i64"
        from media"#,
    )
    .fetch_one(&mut *connection)
    .await?;
    let derivatives = query_as!(
        VolumeRow,
        r#"select count(*) as "count!: i64", cast(coalesce(sum(size_bytes), 0) as bigint) as "bytes!: i64"
        from derivatives"#,
    )
    .fetch_one(&mut *connection)
    .await?;
    let mut originals = [Volume::default(); 2];
    for (withdrawn, volume) in [false, true].into_iter().zip(&mut originals) {
        let row = query_as!(
            VolumeRow,
            r#"select count(*) as "count!: i64", cast(coalesce(sum(size_bytes), 0) as bigint) as "bytes!: i64"
            from archive_items
            where (withdrawn_at is not null) = $1"#,
            withdrawn,
        )
        .fetch_one(&mut *connection)
        .await?;
        *volume = row.try_into()?;
    }
    let [originals, withdrawn] = originals;
    Ok(Volumes {
        media: media.try_into()?,
        derivatives: derivatives.try_into()?,
        originals,
        withdrawn,
        database_bytes: 0,
    })
}

pub(super) async fn receiver_standings(
    connection: &mut Connection,
    organisation: OrganisationId,
) -> Answer<Vec<ReceiverStanding>> {
    let organisation = organisation.as_uuid();
    let rows = query_as!(
        ReceiverStandingRow,
        r#"select
            receivers.id as "receiver_id!: Uuid",
            cast(sum(case when deliveries.state = 'waiting' then 1 else 0 end) as bigint) as "waiting!: i64",
            cast(sum(case when deliveries.state = 'delivered' then 1 else 0 end) as bigint) as "delivered!: i64",
            cast(sum(case when deliveries.state = 'given_up' then 1 else 0 end) as bigint) as "given_up!: i64",
            max(case when deliveries.state = 'delivered' then deliveries.finished_at end) as "delivered_at: i64"
        from receivers
        join deliveries on deliveries.receiver_id = receivers.id
        where receivers.organisation_id = $1
        group by receivers.id
        order by receivers.id"#,
        organisation,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn second_factor_holders(connection: &mut Connection) -> Answer<Vec<UserId>> {
    let holders = query_scalar!(
        r#"select user_id as "user_id: Uuid"
        from credentials
        where totp_confirmed_at is not null
        order by user_id"#,
    )
    .fetch_all(connection)
    .await?;
    Ok(holders.into_iter().map(UserId::from).collect())
}
