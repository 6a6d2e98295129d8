//! The transparency log: entries written with the events that they tell of, hashes of complete subtrees, checkpoints.

use async_trait::async_trait;
use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::Event;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::log::{LOG_ENTRY_SCHEMA, LogEntry, LogNode, leaf_hash, node_hash};
use podlinnik_storage::row::{EventRow, LogEntryRow, all, digest, number, time};
use podlinnik_storage::{LogStamp, LogStore, NewCheckpoint, StoreError};
use serde_json::{Value, json};
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

use super::store::{read, record, repeat, update};
use super::{Answer, canonical, micros, size, stamps};
use crate::engine::{Connection, Handle};

/// Events that are taken in at a time.
const PORTION: i64 = 256;

/// An event, as far as the log needs it.
#[derive(Debug)]
pub(super) struct Told<'a> {
    pub(super) sequence: u64,
    pub(super) kind: &'a str,
    pub(super) subject: &'a str,
    pub(super) reason: Option<&'a str>,
    pub(super) at: Timestamp,
    pub(super) payload: &'a Value,
}

/// Appends an entry if the event is one that the log tells of. The caller's transaction holds the history's lock.
pub(super) async fn follow(connection: &mut Connection, told: Told<'_>) -> Answer<()> {
    let id = || {
        Uuid::parse_str(told.subject)
            .map_err(|error| StoreError::Corrupt { what: "event subject", detail: error.to_string() })
    };
    let facts = match told.kind {
        "verdict_approved" | "verdict_released" => verdict_facts(connection, id()?).await?,
        "notice_published" => notice_facts(connection, id()?, told.payload).await?,
        "correction_settled" => {
            let mut facts = notice_facts(connection, id()?, told.payload).await?;
            let said = |name: &str| told.payload.get(name).cloned().unwrap_or_default();
            merge(&mut facts, json!({ "correction": said("correction"), "correction_kind": said("kind") }));
            merge(
                &mut facts,
                json!({ "statement_sha256": Sha256::of(told.reason.unwrap_or_default().as_bytes()) }),
            );
            facts
        }
        _ => return Ok(()),
    };
    let mut entry =
        json!({ "schema": LOG_ENTRY_SCHEMA, "kind": told.kind, "at": time("event", micros(told.at))? });
    merge(&mut entry, facts);
    entry_append(connection, told.sequence, told.kind, id()?, &entry, told.at).await
}

fn merge(into: &mut Value, more: Value) {
    if let (Value::Object(into), Value::Object(more)) = (into, more) {
        into.extend(more);
    }
}

/// What may be public about a verdict: none of its words, nobody's name.
async fn verdict_facts(connection: &mut Connection, id: Uuid) -> Answer<Value> {
    let row = query!(
        r#"select
            verdicts.case_id as "case_id: Uuid", verdicts.revision, verdicts.kind, verdicts.proposal, verdicts.evidence_sha256,
            cases.media_sha256
        from verdicts
        join cases on cases.id = verdicts.case_id
        where verdicts.id = $1"#,
        id,
    )
    .fetch_optional(connection)
    .await?
    .ok_or(StoreError::Missing { what: "verdict" })?;
    Ok(json!({
        "verdict": id,
        "case": row.case_id,
        "revision": row.revision,
        "verdict_kind": row.kind,
        "proposal_sha256": Sha256::of(row.proposal.as_bytes()),
        "evidence_sha256": digest::<Sha256>("evidence digest", &row.evidence_sha256)?,
        "media_sha256": digest::<Sha256>("media digest", &row.media_sha256)?,
    }))
}

/// What is public about a notice in the version that the payload names.
async fn notice_facts(connection: &mut Connection, id: Uuid, payload: &Value) -> Answer<Value> {
    let version = payload.get("version").and_then(Value::as_i64).unwrap_or(0);
    let row = query!(
        r#"select
            notices.verdict_id as "verdict_id: Uuid", verdicts.revision, cases.media_sha256, notice_versions.text
        from notices
        join verdicts on verdicts.id = notices.verdict_id
        join cases on cases.id = notices.case_id
        join notice_versions on notice_versions.notice_id = notices.id
        where notices.id = $1
            and notice_versions.version = $2"#,
        id,
        version,
    )
    .fetch_optional(connection)
    .await?
    .ok_or(StoreError::Missing { what: "version of the notice" })?;
    Ok(json!({
        "notice": id,
        "version": version,
        "verdict": row.verdict_id,
        "revision": row.revision,
        "media_sha256": digest::<Sha256>("media digest", &row.media_sha256)?,
        "text_sha256": Sha256::of(row.text.as_bytes()),
    }))
}

/// Appends an entry, its leaf and every subtree that it completes.
async fn entry_append(
    connection: &mut Connection,
    event_sequence: u64,
    kind: &str,
    subject: Uuid,
    entry: &Value,
    at: Timestamp,
) -> Answer<()> {
    let place = log_size(connection).await?;
    let entry = canonical("log entry", entry)?;
    let leaf = leaf_hash(entry.as_bytes());
    let position = size("log position", place)?;
    let event_sequence = size("event sequence", event_sequence)?;
    let leaf_sha256 = leaf.as_bytes().as_slice();
    let occurred_at = micros(at);
    query!(
        "insert into log_entries (position, event_sequence, kind, subject_id, entry, leaf_sha256, occurred_at)
        values ($1, $2, $3, $4, $5, $6, $7)",
        position,
        event_sequence,
        kind,
        subject,
        entry,
        leaf_sha256,
        occurred_at,
    )
    .execute(&mut *connection)
    .await?;
    let (mut node, mut hash) = (LogNode { level: 0, index: place }, leaf);
    node_insert(connection, node, hash).await?;
    while let Some(parent) = node.completed() {
        let left = node.left_neighbour();
        let left = log_nodes(connection, left.level, left.index, 1).await?;
        let left = left.first().copied().ok_or(StoreError::Missing { what: "subtree of the log" })?;
        hash = node_hash(left, hash);
        node = parent;
        node_insert(connection, node, hash).await?;
    }
    Ok(())
}

async fn node_insert(connection: &mut Connection, node: LogNode, hash: Sha256) -> Answer<()> {
    let level = i64::from(node.level);
    let place = size("log node", node.index)?;
    let sha256 = hash.as_bytes().as_slice();
    query!("insert into log_nodes (level, place, sha256) values ($1, $2, $3)", level, place, sha256)
        .execute(connection)
        .await?;
    Ok(())
}

async fn log_size(connection: &mut Connection) -> Answer<u64> {
    let last = query_scalar!("select position from log_entries order by position desc limit 1")
        .fetch_optional(connection)
        .await?;
    Ok(last.map_or(Ok(0), |last| number::<u64>("log position", last).map(|last| last + 1))?)
}

async fn log_since(connection: &mut Connection, first: u64, limit: u32) -> Answer<Vec<LogEntry>> {
    let first = i64::try_from(first).unwrap_or(i64::MAX);
    let limit = i64::from(limit);
    let rows = query_as!(
        LogEntryRow,
        r#"select position, kind, subject_id as "subject_id: Uuid", entry, leaf_sha256, occurred_at
        from log_entries
        where position >= $1
        order by position
        limit $2"#,
        first,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

async fn log_of(connection: &mut Connection, subject: Uuid) -> Answer<Vec<LogEntry>> {
    let rows = query_as!(
        LogEntryRow,
        r#"select position, kind, subject_id as "subject_id: Uuid", entry, leaf_sha256, occurred_at
        from log_entries
        where subject_id = $1
        order by position"#,
        subject,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

async fn log_nodes(connection: &mut Connection, level: u8, first: u64, limit: u32) -> Answer<Vec<Sha256>> {
    let level = i64::from(level);
    let first = i64::try_from(first).unwrap_or(i64::MAX);
    let limit = i64::from(limit);
    let rows = query_scalar!(
        "select sha256
        from log_nodes
        where level = $1
            and place >= $2
        order by place
        limit $3",
        level,
        first,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.iter().map(|row| digest("subtree of the log", row)).collect::<Result<_, _>>()?)
}

async fn checkpoint_put(connection: &mut Connection, checkpoint: &NewCheckpoint) -> Answer<()> {
    let public_key = checkpoint.public_key.as_slice();
    let entries = size("checkpoint", checkpoint.size)?;
    let root = checkpoint.root.as_bytes().as_slice();
    let note = &checkpoint.note;
    let signed_at = micros(checkpoint.at);
    query!(
        "insert into log_checkpoints (public_key, size, root_sha256, note, signed_at)
        values ($1, $2, $3, $4, $5)
        on conflict (public_key, size) do nothing",
        public_key,
        entries,
        root,
        note,
        signed_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

async fn checkpoint_get(
    connection: &mut Connection,
    public_key: [u8; 32],
    entries: u64,
) -> Answer<Option<String>> {
    let public_key = public_key.as_slice();
    let entries = i64::try_from(entries).unwrap_or(i64::MAX);
    let note = query_scalar!(
        "select note from log_checkpoints where public_key = $1 and size = $2",
        public_key,
        entries
    )
    .fetch_optional(connection)
    .await?;
    Ok(note)
}

/// Events that the log tells of and has not taken in yet: those from before it was there.
async fn untold(connection: &mut Connection) -> Answer<Vec<Event>> {
    let told = query_scalar!("select event_sequence from log_entries order by position desc limit 1")
        .fetch_optional(&mut *connection)
        .await?
        .unwrap_or(0);
    let rows = query_as!(
        EventRow,
        r#"select
            sequence, subject_kind, subject_id, kind, actor_id as "actor_id: Uuid", reason, occurred_at, payload, previous_hash, hash
        from events
        where sequence > $1
            and kind in ('verdict_approved', 'verdict_released', 'notice_published', 'correction_settled')
        order by sequence
        limit $2"#,
        told,
        PORTION,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

/// Takes in what happened before the log was there. Costs one look where there is nothing.
pub(crate) async fn fill(store: &Handle) -> Result<(), StoreError> {
    loop {
        let waiting = read!(store, connection => untold(connection))?;
        if waiting.is_empty() {
            return Ok(());
        }
        let taken = record!(store, connection => take_in(connection))?;
        tracing::info!(log.entries = taken, "took {taken} earlier decisions into the transparency log");
    }
}

/// A portion; what another process was faster with is not there any more.
async fn take_in(connection: &mut Connection) -> Answer<usize> {
    let events = untold(connection).await?;
    for event in &events {
        let told = Told {
            sequence: event.sequence,
            kind: &event.kind,
            subject: &event.subject_id,
            reason: event.reason.as_deref(),
            at: event.at,
            payload: &event.payload,
        };
        follow(connection, told).await?;
    }
    Ok(events.len())
}

#[async_trait]
impl LogStore for Handle {
    async fn log_size(&self) -> Result<u64, StoreError> {
        read!(self, connection => log_size(connection))
    }

    async fn log_since(&self, first: u64, limit: u32) -> Result<Vec<LogEntry>, StoreError> {
        read!(self, connection => log_since(connection, first, limit))
    }

    async fn log_of(&self, subject: Uuid) -> Result<Vec<LogEntry>, StoreError> {
        read!(self, connection => log_of(connection, subject))
    }

    async fn log_nodes(&self, level: u8, first: u64, limit: u32) -> Result<Vec<Sha256>, StoreError> {
        read!(self, connection => log_nodes(connection, level, first, limit))
    }

    async fn checkpoint_put(&self, checkpoint: &NewCheckpoint) -> Result<(), StoreError> {
        update!(self, connection => checkpoint_put(connection, checkpoint))
    }

    async fn checkpoint_get(&self, public_key: [u8; 32], size: u64) -> Result<Option<String>, StoreError> {
        read!(self, connection => checkpoint_get(connection, public_key, size))
    }

    async fn stamp_put(&self, public_key: [u8; 32], stamp: &LogStamp) -> Result<(), StoreError> {
        update!(self, connection => stamps::stamp_put(connection, public_key, stamp))
    }

    async fn stamp_list(
        &self,
        public_key: [u8; 32],
        size: u64,
        limit: u32,
    ) -> Result<Vec<LogStamp>, StoreError> {
        read!(self, connection => stamps::stamp_list(connection, public_key, size, limit))
    }

    async fn stamped_size(&self, public_key: [u8; 32], authority: &str) -> Result<Option<u64>, StoreError> {
        read!(self, connection => stamps::stamped_size(connection, public_key, authority))
    }
}
