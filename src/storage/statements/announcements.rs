//! What receivers and inboxes are told: queued in the transaction of what it tells of.

use std::collections::BTreeSet;

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::id::{DeliveryId, IdSource, NoticeId, UserId};
use podlinnik_domain::notice::Notice;
use podlinnik_domain::verdict::Verdict;
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{Audience, Receiver};
use serde_json::{Value, json};
use sqlx::query;
use uuid::Uuid;

use super::decisions::case_get;
use super::deliveries::queue;
use super::events::{Entry, append};
use super::inbox::{concerned, post, verdict_readers};
use super::notices::notice_get;
use super::receivers::receiver_list;
use super::{Answer, DerivedIds, canonical, micros};
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
