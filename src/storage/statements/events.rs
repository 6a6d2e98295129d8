//! The history: appended within the transaction of the transition that it records.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::{Event, GENESIS, NewEvent, SubjectKind, chain_hash};
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::UserId;
use podlinnik_storage::StoreError;
use podlinnik_storage::row::{EventRow, all, digest, number};
use sqlx::query_as;
use uuid::Uuid;

use super::log::{Told, follow};
use super::people::user_must_exist;
use super::{Answer, canonical, case_board, micros, public_notices, size, text};
use crate::engine::Connection;

/// An event in the making.
#[derive(Debug)]
pub(super) struct Entry<'a> {
    pub(super) subject: (SubjectKind, Uuid),
    pub(super) kind: &'a str,
    pub(super) actor: Option<UserId>,
    pub(super) reason: Option<&'a str>,
    pub(super) at: Timestamp,
    pub(super) payload: serde_json::Value,
}

/// Appends an event. The caller's transaction holds the history's lock. `Missing` if there is no such actor.
pub(super) async fn append(connection: &mut Connection, entry: Entry<'_>) -> Answer<()> {
    if let Some(actor) = entry.actor {
        user_must_exist(connection, actor).await?;
    }
    let event = NewEvent {
        subject_kind: entry.subject.0,
        subject_id: entry.subject.1.to_string(),
        kind: entry.kind.to_owned(),
        actor: entry.actor,
        reason: entry.reason.map(text),
        // Both engines keep microseconds; the hash has to cover what can be read back.
        at: Timestamp::from_microsecond(micros(entry.at)).unwrap_or(entry.at),
        payload: entry.payload,
    };
    let last = sqlx::query!("select sequence, hash from events order by sequence desc limit 1")
        .fetch_optional(&mut *connection)
        .await?;
    let (sequence, previous) = match last {
        Some(last) => {
            (number::<u64>("event sequence", last.sequence)? + 1, digest("event hash", &last.hash)?)
        }
        None => (1, GENESIS),
    };
    let hash = chain_hash(previous, sequence, &event);
    let sequence = size("event sequence", sequence)?;
    let subject_kind = event.subject_kind.code();
    let actor = event.actor.map(UserId::as_uuid);
    let occurred_at = micros(event.at);
    let payload = canonical("event payload", &event.payload)?;
    let previous_hash = previous.as_bytes().as_slice();
    let hash = hash.as_bytes().as_slice();
    sqlx::query!(
        "insert into events (
            sequence, subject_kind, subject_id, kind, actor_id, reason, occurred_at, payload, previous_hash, hash
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        sequence,
        subject_kind,
        event.subject_id,
        event.kind,
        actor,
        event.reason,
        occurred_at,
        payload,
        previous_hash,
        hash,
    )
    .execute(&mut *connection)
    .await?;
    let told = Told {
        sequence: number("event sequence", sequence)?,
        kind: &event.kind,
        subject: &event.subject_id,
        reason: event.reason.as_deref(),
        at: event.at,
        payload: &event.payload,
    };
    follow(connection, told).await?;
    case_board::follow(connection, &event).await?;
    public_notices::follow(connection, &event).await
}

pub(super) async fn event_list(
    connection: &mut Connection,
    subject_kind: SubjectKind,
    subject_id: &str,
) -> Answer<Vec<Event>> {
    let subject_kind = subject_kind.code();
    let subject_id = text(subject_id);
    let rows = query_as!(
        EventRow,
        r#"select
            sequence, subject_kind, subject_id, kind, actor_id as "actor_id: Uuid", reason, occurred_at, payload, previous_hash, hash
        from events
        where subject_kind = $1
            and subject_id = $2
        order by sequence"#,
        subject_kind,
        subject_id,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn event_since(
    connection: &mut Connection,
    sequence: u64,
    limit: u32,
) -> Answer<Vec<Event>> {
    // A number past the end of the column has nothing after it.
    let sequence = i64::try_from(sequence).unwrap_or(i64::MAX);
    let limit = i64::from(limit);
    let rows = query_as!(
        EventRow,
        r#"select
            sequence, subject_kind, subject_id, kind, actor_id as "actor_id: Uuid", reason, occurred_at, payload, previous_hash, hash
        from events
        where sequence > $1
        order by sequence
        limit $2"#,
        sequence,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn change_since(
    connection: &mut Connection,
    sequence: u64,
    limit: u32,
) -> Answer<Vec<Event>> {
    let sequence = i64::try_from(sequence).unwrap_or(i64::MAX);
    let limit = i64::from(limit);
    // The kinds as in the index `events_of_changes`.
    let rows = query_as!(
        EventRow,
        r#"select
            sequence, subject_kind, subject_id, kind, actor_id as "actor_id: Uuid", reason, occurred_at, payload, previous_hash, hash
        from events
        where sequence > $1
            and kind in (
                'verdict_approved', 'verdict_released', 'verdict_superseded', 'verdict_disputed', 'verdict_returned',
                'notice_published', 'correction_opened', 'correction_settled', 'notice_superseded'
            )
        order by sequence
        limit $2"#,
        sequence,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn evidence_put(
    connection: &mut Connection,
    sha256: Sha256,
    evidence: &serde_json::Value,
    at: Timestamp,
) -> Answer<()> {
    let evidence = canonical("evidence", evidence)?;
    if Sha256::of(evidence.as_bytes()) != sha256 {
        let detail = format!("its SHA-256 is not {sha256}");
        return Err(StoreError::Corrupt { what: "evidence", detail }.into());
    }
    let sha256 = sha256.as_bytes().as_slice();
    let at = micros(at);
    sqlx::query!(
        "insert into evidence (sha256, evidence, created_at)
        values ($1, $2, $3)
        on conflict (sha256) do nothing",
        sha256,
        evidence,
        at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn evidence_get(
    connection: &mut Connection,
    sha256: Sha256,
) -> Answer<Option<serde_json::Value>> {
    let key = sha256.as_bytes().as_slice();
    let stored = sqlx::query_scalar!("select evidence from evidence where sha256 = $1", key)
        .fetch_optional(connection)
        .await?;
    let Some(stored) = stored else { return Ok(None) };
    if Sha256::of(stored.as_bytes()) != sha256 {
        let detail = format!("the stored text no longer has the SHA-256 {sha256}");
        return Err(StoreError::Corrupt { what: "evidence", detail }.into());
    }
    Ok(Some(podlinnik_storage::row::json("evidence", &stored)?))
}
