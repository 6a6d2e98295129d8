//! Deliveries of messages: they end with their job.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::id::{DeliveryId, IdSource, JobId, ReceiverId, UserId};
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{Delivery, DeliveryState, JobKind, Lease, NewJob, Replay};
use podlinnik_storage::row::{DeliveryRow, all};
use serde_json::json;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

use super::events::{Entry, append};
use super::queue::{Subject, hold, job_done, job_insert};
use super::{Answer, micros, text};
use crate::engine::Connection;

/// The job of a delivery.
pub(super) async fn queue(
    connection: &mut Connection,
    delivery: DeliveryId,
    run_at: Timestamp,
    max_attempts: u32,
    ids: &dyn IdSource,
) -> Answer<JobId> {
    let job = NewJob {
        id: JobId::generate(ids),
        kind: JobKind::Deliver,
        payload: json!({ "delivery": delivery }),
        priority: 10,
        organisation: None,
        run_at,
        max_attempts,
    };
    job_insert(connection, &job).await?;
    Ok(job.id)
}

pub(super) async fn delivery_get(connection: &mut Connection, id: DeliveryId) -> Answer<Option<Delivery>> {
    let id = id.as_uuid();
    let row = query_as!(
        DeliveryRow,
        r#"select
            deliveries.id as "id: Uuid", deliveries.event_type, deliveries.data, deliveries.state, deliveries.attempts,
            deliveries.last_result, deliveries.created_at, receivers.id as "receiver_id: Uuid",
            receivers.organisation_id as "organisation_id: Uuid", receivers.channel, receivers.address, receivers.signature, receivers.secret,
            receivers.language, receivers.regions, receivers.created_at as registered_at, receivers.disabled_at
        from deliveries
        join receivers on receivers.id = deliveries.receiver_id
        where deliveries.id = $1"#,
        id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn delivery_list(
    connection: &mut Connection,
    receiver: ReceiverId,
    limit: u32,
) -> Answer<Vec<Delivery>> {
    let receiver = receiver.as_uuid();
    let limit = i64::from(limit);
    let rows = query_as!(
        DeliveryRow,
        r#"select
            deliveries.id as "id: Uuid", deliveries.event_type, deliveries.data, deliveries.state, deliveries.attempts,
            deliveries.last_result, deliveries.created_at, receivers.id as "receiver_id: Uuid",
            receivers.organisation_id as "organisation_id: Uuid", receivers.channel, receivers.address, receivers.signature, receivers.secret,
            receivers.language, receivers.regions, receivers.created_at as registered_at, receivers.disabled_at
        from deliveries
        join receivers on receivers.id = deliveries.receiver_id
        where deliveries.receiver_id = $1
        order by deliveries.created_at desc, deliveries.id desc
        limit $2"#,
        receiver,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn delivery_list_about(
    connection: &mut Connection,
    subject: Uuid,
    limit: u32,
) -> Answer<Vec<Delivery>> {
    let limit = i64::from(limit);
    let rows = query_as!(
        DeliveryRow,
        r#"select
            deliveries.id as "id: Uuid", deliveries.event_type, deliveries.data, deliveries.state, deliveries.attempts,
            deliveries.last_result, deliveries.created_at, receivers.id as "receiver_id: Uuid",
            receivers.organisation_id as "organisation_id: Uuid", receivers.channel, receivers.address, receivers.signature, receivers.secret,
            receivers.language, receivers.regions, receivers.created_at as registered_at, receivers.disabled_at
        from deliveries
        join receivers on receivers.id = deliveries.receiver_id
        where deliveries.subject_id = $1
        order by deliveries.created_at desc, deliveries.id desc
        limit $2"#,
        subject,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn delivery_has_to_wait(connection: &mut Connection, id: DeliveryId) -> Answer<bool> {
    let id = id.as_uuid();
    let earlier = query_scalar!(
        r#"select count(*) as "count!: i64"
        from deliveries
        join deliveries as earlier on earlier.receiver_id = deliveries.receiver_id
            and earlier.subject_id = deliveries.subject_id
        where deliveries.id = $1
            and earlier.state = 'waiting'
            and (earlier.sequence, earlier.id) < (deliveries.sequence, deliveries.id)"#,
        id,
    )
    .fetch_one(connection)
    .await?;
    Ok(earlier > 0)
}

pub(super) async fn delivery_put_back(
    connection: &mut Connection,
    lease: &Lease,
    run_at: Timestamp,
) -> Answer<()> {
    let Subject::Delivery(delivery) = hold(connection, lease).await?.subject else {
        return Err(StoreError::LeaseLost.into());
    };
    let job = lease.job.as_uuid();
    let run_at = micros(run_at);
    query!(
        "update jobs
        set state = 'queued', leased_until = null, worker = null, attempts = attempts - 1, run_at = $2
        where id = $1",
        job,
        run_at,
    )
    .execute(&mut *connection)
    .await?;
    query!("update deliveries set attempts = attempts - 1 where id = $1", delivery)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn delivery_finish(
    connection: &mut Connection,
    lease: &Lease,
    delivery: DeliveryId,
    state: DeliveryState,
    result: &str,
    at: Timestamp,
) -> Answer<()> {
    let id = delivery.as_uuid();
    if hold(connection, lease).await?.subject != Subject::Delivery(id) {
        return Err(StoreError::LeaseLost.into());
    }
    let kind = match state {
        DeliveryState::Delivered => "delivery_delivered",
        DeliveryState::GivenUp => "delivery_given_up",
        DeliveryState::Waiting => {
            let state = state.code().to_owned();
            return Err(StoreError::WrongState { action: "finish the delivery", state }.into());
        }
    };
    let state_code = state.code();
    let result = text(result);
    let finished_at = micros(at);
    query!(
        "update deliveries
        set state = $2, last_result = $3, finished_at = $4
        where id = $1",
        id,
        state_code,
        result,
        finished_at,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::Delivery, id),
        kind,
        actor: None,
        reason: None,
        at,
        payload: json!({ "result": result }),
    };
    append(connection, entry).await?;
    job_done(connection, lease, at).await?;
    // What waited for this one is due.
    query!(
        "update jobs
        set run_at = $2
        where state = 'queued'
            and run_at > $2
            and delivery_id in (
                select later.id
                from deliveries
                join deliveries as later on later.receiver_id = deliveries.receiver_id
                    and later.subject_id = deliveries.subject_id
                where deliveries.id = $1
                    and later.state = 'waiting'
            )",
        id,
        finished_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn delivery_replay(
    connection: &mut Connection,
    receiver: ReceiverId,
    which: Replay,
    actor: UserId,
    max_attempts: u32,
    at: Timestamp,
    ids: &dyn IdSource,
) -> Answer<u32> {
    const ACTION: &str = "send once more";
    let wrong = |state: &str| StoreError::WrongState { action: ACTION, state: state.to_owned() };
    let key = receiver.as_uuid();
    let disabled_at = query_scalar!("select disabled_at from receivers where id = $1", key)
        .fetch_optional(&mut *connection)
        .await?
        .ok_or(StoreError::Missing { what: "receiver" })?;
    if disabled_at.is_some() {
        return Err(wrong("receiver disabled").into());
    }
    let (one, since) = match which {
        Replay::One(id) => (Some(id.as_uuid()), i64::MIN),
        Replay::Since(since) => (None, micros(since)),
    };
    let found = query!(
        r#"select id as "id: Uuid", state
        from deliveries
        where receiver_id = $1
            and (id = $2 or $2 is null)
            and created_at >= $3
        order by sequence, id"#,
        key,
        one,
        since,
    )
    .fetch_all(&mut *connection)
    .await?;
    if one.is_some() {
        match found.first() {
            None => return Err(StoreError::Missing { what: "delivery" }.into()),
            Some(row) if row.state == DeliveryState::Waiting.code() => return Err(wrong(&row.state).into()),
            Some(_) => {}
        }
    }
    let mut count = 0;
    for row in found.into_iter().filter(|row| row.state != DeliveryState::Waiting.code()) {
        query!("update deliveries set state = 'waiting', finished_at = null where id = $1", row.id)
            .execute(&mut *connection)
            .await?;
        let job = queue(connection, row.id.into(), at, max_attempts, ids).await?;
        let entry = Entry {
            subject: (SubjectKind::Delivery, row.id),
            kind: "delivery_replayed",
            actor: Some(actor),
            reason: None,
            at,
            payload: json!({ "receiver": receiver, "job": job }),
        };
        append(connection, entry).await?;
        count += 1;
    }
    Ok(count)
}
