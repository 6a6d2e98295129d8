//! Messages to receivers and to inboxes: queued with what they tell of, ended with their job.

use std::collections::BTreeSet;

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::id::{DeliveryId, IdSource, JobId, NoticeId, ReceiverId, UserId};
use podlinnik_domain::notice::Notice;
use podlinnik_domain::verdict::Verdict;
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{
    Audience, Delivery, DeliveryState, JobKind, Lease, NewJob, Receiver, Replay,
};
use podlinnik_storage::row::{DeliveryRow, all};
use serde_json::{Value, json};
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

use super::decisions::case_get;
use super::events::{Entry, append};
use super::inbox::{concerned, post, verdict_readers};
use super::notices::notice_get;
use super::queue::{Subject, hold, job_done, job_insert};
use super::receivers::receiver_list;
use super::{Answer, DerivedIds, canonical, micros, text};
use crate::engine::Connection;

/// Attempts that a message gets which no request asked for; with the waits between them, two days and a half.
const ATTEMPTS: u32 = 9;

/// What receivers are told.
#[derive(Debug)]
pub(super) struct Announcement {
    pub(super) event_type: &'static str,
    pub(super) actor: Option<UserId>,
    pub(super) at: Timestamp,
    pub(super) max_attempts: u32,
    /// Facts beside those on notice and verdict.
    pub(super) more: Value,
}

/// The facts on a notice and its verdict that a message carries.
fn facts(notice: &Notice, verdict: &Verdict, more: &Value) -> Value {
    let mut data = json!({
        "notice": notice.id,
        "version": notice.version,
        "case": notice.case,
        "verdict": notice.verdict,
        "verdict_revision": notice.verdict_revision,
        "verdict_kind": verdict.proposal.kind,
        "organisation": notice.organisation,
        "region": notice.region,
        "title": notice.text.title,
        "published_at": notice.published_at,
    });
    if let (Some(data), Some(more)) = (data.as_object_mut(), more.as_object()) {
        data.extend(more.clone());
    }
    data
}

/// A notice has just been published or corrected: a message to every receiver that wants to hear of its region, an entry in the inboxes of the
/// region, and both for every organisation that has read the verdict.
pub(super) async fn announce(
    connection: &mut Connection,
    notice: &Notice,
    verdict: &Verdict,
    announcement: &Announcement,
    ids: &dyn IdSource,
) -> Answer<()> {
    let data = facts(notice, verdict, &announcement.more);
    let audience = audience(connection, notice).await?;
    tell(connection, audience.receivers, &data, announcement, ids).await?;
    post(connection, audience.inboxes, &data, announcement, ids).await
}

/// Who hears of a notice: receivers that want to hear of its region, inboxes of the region, and both of those who have read the verdict.
async fn audience(connection: &mut Connection, notice: &Notice) -> Answer<Audience> {
    let readers: BTreeSet<_> = verdict_readers(connection, notice.verdict).await?.into_iter().collect();
    let mut receivers = receiver_list(connection, None).await?;
    let region = notice.region.as_deref();
    receivers.retain(|receiver| {
        let wants = receiver.wants(region) || readers.contains(&receiver.organisation);
        wants && receiver.disabled_at.is_none()
    });
    let mut inboxes = concerned(connection, region).await?;
    inboxes.extend(readers);
    Ok(Audience { receivers, inboxes: inboxes.into_iter().collect() })
}

pub(super) async fn audience_of(connection: &mut Connection, id: NoticeId) -> Answer<Audience> {
    let notice = notice_get(connection, id).await?.ok_or(StoreError::Missing { what: "notice" })?;
    audience(connection, &notice).await
}

/// A public notice is in doubt or had its day: an entry in the inboxes of the region and of those who have read the verdict.
pub(super) async fn note(
    connection: &mut Connection,
    notice: &Notice,
    verdict: &Verdict,
    (event_type, actor, at): (&'static str, Option<UserId>, Timestamp),
    more: Value,
) -> Answer<()> {
    let ids = DerivedIds::new(&format!("{event_type}:{}:{}:{}", notice.id, notice.version, micros(at)));
    let announcement = Announcement { event_type, actor, at, max_attempts: ATTEMPTS, more };
    let data = facts(notice, verdict, &announcement.more);
    let mut organisations = concerned(connection, notice.region.as_deref()).await?;
    organisations.extend(verdict_readers(connection, verdict.id).await?);
    post(connection, organisations, &data, &announcement, &ids).await
}

/// A verdict that counted does not hold as it did: everybody who has read it is told, by inbox and by every receiver.
pub(super) async fn tell_readers(
    connection: &mut Connection,
    verdict: &Verdict,
    event_type: &'static str,
    at: Timestamp,
    more: Value,
) -> Answer<()> {
    let readers: BTreeSet<_> = verdict_readers(connection, verdict.id).await?.into_iter().collect();
    if readers.is_empty() {
        return Ok(());
    }
    let case = case_get(connection, verdict.case).await?.ok_or(StoreError::Missing { what: "case" })?;
    let mut data = json!({
        "verdict": verdict.id,
        "verdict_revision": verdict.revision,
        "verdict_kind": verdict.proposal.kind,
        "case": verdict.case,
        "media_sha256": case.media_sha256,
        "region": case.region,
    });
    if let (Some(data), Some(more)) = (data.as_object_mut(), more.as_object()) {
        data.extend(more.clone());
    }
    let ids = DerivedIds::new(&format!("{event_type}:{}:{}", verdict.id, micros(at)));
    let announcement =
        Announcement { event_type, actor: None, at, max_attempts: ATTEMPTS, more: Value::Null };
    let mut receivers = receiver_list(connection, None).await?;
    receivers.retain(|receiver| readers.contains(&receiver.organisation));
    tell(connection, receivers, &data, &announcement, &ids).await?;
    post(connection, readers, &data, &announcement, &ids).await
}

/// What a message is about: the first of these that it names. Messages about one thing go out in order.
fn subject(data: &Value) -> Option<(&'static str, Uuid)> {
    ["notice", "inquiry", "verdict"].into_iter().find_map(|key| {
        let id = data.get(key)?.as_str()?;
        Some((key, Uuid::parse_str(id).ok()?))
    })
}

/// One delivery and one job for each of these receivers that is not switched off.
pub(super) async fn tell(
    connection: &mut Connection,
    receivers: Vec<Receiver>,
    data: &Value,
    announcement: &Announcement,
    ids: &dyn IdSource,
) -> Answer<()> {
    let stored = canonical("delivery data", data)?;
    let event_type = announcement.event_type;
    let about = subject(data);
    let subject = about.map(|(_, id)| id);
    for receiver in receivers.into_iter().filter(|receiver| receiver.disabled_at.is_none()) {
        let delivery = DeliveryId::generate(ids);
        let id = delivery.as_uuid();
        let receiver_id = receiver.id.as_uuid();
        let created_at = micros(announcement.at);
        query!(
            "insert into deliveries (id, receiver_id, event_type, data, state, attempts, created_at, subject_id, sequence)
            values ($1, $2, $3, $4, 'waiting', 0, $5, $6, (select coalesce(max(sequence), 0) from events))",
            id,
            receiver_id,
            event_type,
            stored,
            created_at,
            subject,
        )
        .execute(&mut *connection)
        .await?;
        let job = queue(connection, delivery, announcement.at, announcement.max_attempts, ids).await?;
        let mut payload = json!({ "receiver": receiver.id, "job": job });
        if let (Some((key, about)), Some(map)) = (about, payload.as_object_mut()) {
            map.insert(key.to_owned(), json!(about));
        }
        let entry = Entry {
            subject: (SubjectKind::Delivery, id),
            kind: "delivery_queued",
            actor: announcement.actor,
            reason: None,
            at: announcement.at,
            payload,
        };
        append(connection, entry).await?;
    }
    Ok(())
}

async fn queue(
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
