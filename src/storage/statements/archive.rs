//! The archive of originals and its signed register.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::{GENESIS, SubjectKind};
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{ArchiveItemId, UserId};
use podlinnik_domain::original::{
    ArchiveItem, Attribution, REGISTER_SCHEMA, RegisterAction, RegisterEntry, RegisterRecord, RegisterSigner,
};
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{ArchiveMove, ArchiveWithdrawal, NewArchiveItem};
use podlinnik_storage::row::{ArchiveItemRow, RegisterRow, all, digest, number};
use serde_json::json;
use sqlx::{query, query_as};
use uuid::Uuid;

use super::events::{Entry, append};
use super::people::user_must_exist;
use super::signatures::signature_insert;
use super::{Answer, micros, size, text};
use crate::engine::Connection;

const WITHDRAW: &str = "withdraw the original";
const MOVE: &str = "note the place of the original";

/// Reads originals; what comes after `from archive_items` is given.
macro_rules! items {
    ($rest:tt $(, $argument:expr)*) => {
        query_as!(
            ArchiveItemRow,
            r#"select
                id as "id: Uuid", sequence, sha256, blake3, size_bytes, path, keeping, modified_at, kind, duration_s, width, height, fps,
                title, source, recorded, link, vouched_by, added_by as "added_by: Uuid", added_at, withdrawn_sequence, withdrawn_at,
                withdrawn_by as "withdrawn_by: Uuid", withdrawn_reason
            from archive_items
            "# + $rest
            $(, $argument)*
        )
    };
}

pub(super) async fn archive_get(
    connection: &mut Connection,
    id: ArchiveItemId,
) -> Answer<Option<ArchiveItem>> {
    let id = id.as_uuid();
    let row = items!("where id = $1", id).fetch_optional(connection).await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn archive_by_sequence(
    connection: &mut Connection,
    sequence: u64,
) -> Answer<Option<ArchiveItem>> {
    // A number past the end of the column is nobody's.
    let sequence = i64::try_from(sequence).unwrap_or(i64::MAX);
    let row = items!("where sequence = $1", sequence).fetch_optional(connection).await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

/// One that is not withdrawn is always the latest: there cannot be another before it goes.
pub(super) async fn archive_by_media(
    connection: &mut Connection,
    sha256: Sha256,
) -> Answer<Option<ArchiveItem>> {
    let sha256 = sha256.as_bytes().as_slice();
    let row =
        items!("where sha256 = $1 order by sequence desc limit 1", sha256).fetch_optional(connection).await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn archive_by_path(connection: &mut Connection, path: &str) -> Answer<Option<ArchiveItem>> {
    let path = text(path);
    let row =
        items!("where path = $1 order by sequence desc limit 1", path).fetch_optional(connection).await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn archive_list(
    connection: &mut Connection,
    withdrawn_too: bool,
    after: u64,
    limit: u32,
) -> Answer<Vec<ArchiveItem>> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let limit = i64::from(limit);
    let rows = items!(
        "where sequence > $1 and (withdrawn_at is null or $2) order by sequence limit $3",
        after,
        withdrawn_too,
        limit
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn archive_latest(
    connection: &mut Connection,
    withdrawn_too: bool,
    before: Option<u64>,
    limit: u32,
) -> Answer<Vec<ArchiveItem>> {
    let before = before.map_or(i64::MAX, |number| i64::try_from(number).unwrap_or(i64::MAX));
    let limit = i64::from(limit);
    let rows = items!(
        "where sequence < $1 and (withdrawn_at is null or $2) order by sequence desc limit $3",
        before,
        withdrawn_too,
        limit
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn archive_add(
    connection: &mut Connection,
    new: &NewArchiveItem,
    signer: &dyn RegisterSigner,
) -> Answer<ArchiveItem> {
    if let Some(actor) = new.actor {
        user_must_exist(connection, actor).await?;
    }
    let before = archive_by_media(connection, new.sha256).await?;
    if before.is_some_and(|before| before.withdrawal.is_none()) {
        return Err(StoreError::Conflict { what: "original" }.into());
    }
    // What is signed has to be what can be read back.
    let attribution = Attribution {
        title: new.attribution.title.as_deref().map(text),
        source: new.attribution.source.as_deref().map(text),
        recorded: new.attribution.recorded.clone(),
        link: new.attribution.link.as_deref().map(text),
        vouched_by: text(&new.attribution.vouched_by),
    };
    let (head, previous) = register_head(connection).await?;
    let record = RegisterRecord {
        schema: REGISTER_SCHEMA.to_owned(),
        sequence: head + 1,
        action: RegisterAction::Added,
        item: new.id,
        sha256: new.sha256,
        blake3: new.blake3,
        size_bytes: new.size_bytes,
        attribution,
        actor: new.actor,
        reason: None,
        at: kept(new.at),
        previous,
    };
    item_insert(connection, new, &record).await?;
    register_insert(connection, &record, signer).await?;
    signature_insert(connection, new.sha256, &new.signature, new.at).await?;
    let entry = Entry {
        subject: (SubjectKind::ArchiveItem, new.id.as_uuid()),
        kind: "archive_item_added",
        actor: new.actor,
        reason: None,
        at: new.at,
        payload: json!({ "register": record.sequence, "sha256": new.sha256 }),
    };
    append(connection, entry).await?;
    stored(connection, new.id).await
}

async fn item_insert(
    connection: &mut Connection,
    new: &NewArchiveItem,
    record: &RegisterRecord,
) -> Answer<()> {
    let id = new.id.as_uuid();
    let sequence = size("register sequence", record.sequence)?;
    let sha256 = new.sha256.as_bytes().as_slice();
    let blake3 = new.blake3.as_bytes().as_slice();
    let size_bytes = size("archive size", new.size_bytes)?;
    let path = text(&new.path);
    let keeping = new.keeping.code();
    let modified_at = new.modified_at.map(micros);
    let kind = new.kind.code();
    let (width, height) = (new.width.map(i64::from), new.height.map(i64::from));
    let recorded = record.attribution.recorded.as_ref().map(|date| date.as_str());
    let added_by = new.actor.map(UserId::as_uuid);
    let added_at = micros(new.at);
    query!(
        "insert into archive_items (
            id, sequence, sha256, blake3, size_bytes, path, keeping, modified_at, kind, duration_s, width, height, fps, title, source, recorded,
            link, vouched_by, added_by, added_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
        id,
        sequence,
        sha256,
        blake3,
        size_bytes,
        path,
        keeping,
        modified_at,
        kind,
        new.duration_s,
        width,
        height,
        new.fps,
        record.attribution.title,
        record.attribution.source,
        recorded,
        record.attribution.link,
        record.attribution.vouched_by,
        added_by,
        added_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn archive_withdraw(
    connection: &mut Connection,
    withdrawal: &ArchiveWithdrawal,
    signer: &dyn RegisterSigner,
) -> Answer<ArchiveItem> {
    if let Some(actor) = withdrawal.actor {
        user_must_exist(connection, actor).await?;
    }
    let item = live(connection, withdrawal.id, WITHDRAW).await?;
    let reason = text(&withdrawal.reason);
    let (head, previous) = register_head(connection).await?;
    let record = RegisterRecord {
        schema: REGISTER_SCHEMA.to_owned(),
        sequence: head + 1,
        action: RegisterAction::Withdrawn,
        item: item.id,
        sha256: item.sha256,
        blake3: item.blake3,
        size_bytes: item.size_bytes,
        attribution: item.attribution,
        actor: withdrawal.actor,
        reason: Some(reason.clone()),
        at: kept(withdrawal.at),
        previous,
    };
    register_insert(connection, &record, signer).await?;
    let id = item.id.as_uuid();
    let sequence = size("register sequence", record.sequence)?;
    let at = micros(withdrawal.at);
    let by = withdrawal.actor.map(UserId::as_uuid);
    query!(
        "update archive_items
        set withdrawn_sequence = $2, withdrawn_at = $3, withdrawn_by = $4, withdrawn_reason = $5
        where id = $1",
        id,
        sequence,
        at,
        by,
        reason,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::ArchiveItem, id),
        kind: "archive_item_withdrawn",
        actor: withdrawal.actor,
        reason: Some(&reason),
        at: withdrawal.at,
        payload: json!({ "register": record.sequence, "sha256": item.sha256 }),
    };
    append(connection, entry).await?;
    stored(connection, item.id).await
}

pub(super) async fn archive_move(connection: &mut Connection, moved: &ArchiveMove) -> Answer<ArchiveItem> {
    live(connection, moved.id, MOVE).await?;
    let id = moved.id.as_uuid();
    let path = text(&moved.path);
    let keeping = moved.keeping.code();
    let modified_at = moved.modified_at.map(micros);
    query!(
        "update archive_items
        set path = $2, keeping = $3, modified_at = $4
        where id = $1",
        id,
        path,
        keeping,
        modified_at,
    )
    .execute(&mut *connection)
    .await?;
    stored(connection, moved.id).await
}

pub(super) async fn register_since(
    connection: &mut Connection,
    after: u64,
    limit: u32,
) -> Answer<Vec<RegisterEntry>> {
    let after = i64::try_from(after).unwrap_or(i64::MAX);
    let limit = i64::from(limit);
    let rows = query_as!(
        RegisterRow,
        r#"select
            sequence, action, item_id as "item_id: Uuid", record, previous_hash, hash, public_key, signature
        from archive_register
        where sequence > $1
        order by sequence
        limit $2"#,
        after,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

/// Number and hash of the last entry. The caller's transaction holds the history's lock.
async fn register_head(connection: &mut Connection) -> Answer<(u64, Sha256)> {
    let last = query!("select sequence, hash from archive_register order by sequence desc limit 1")
        .fetch_optional(connection)
        .await?;
    Ok(match last {
        Some(last) => (number("register sequence", last.sequence)?, digest("register hash", &last.hash)?),
        None => (0, GENESIS),
    })
}

async fn register_insert(
    connection: &mut Connection,
    record: &RegisterRecord,
    signer: &dyn RegisterSigner,
) -> Answer<()> {
    let signed = record.text();
    let signature = signer.sign(signed.as_bytes());
    let signature = signature.as_slice();
    let public_key = signer.public_key();
    let public_key = public_key.as_slice();
    let hash = Sha256::of(signed.as_bytes());
    let hash = hash.as_bytes().as_slice();
    let previous = record.previous.as_bytes().as_slice();
    let sequence = size("register sequence", record.sequence)?;
    let action = record.action.code();
    let item = record.item.as_uuid();
    query!(
        "insert into archive_register (sequence, action, item_id, record, previous_hash, hash, public_key, signature)
        values ($1, $2, $3, $4, $5, $6, $7, $8)",
        sequence,
        action,
        item,
        signed,
        previous,
        hash,
        public_key,
        signature,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The original, if it counts.
async fn live(connection: &mut Connection, id: ArchiveItemId, action: &'static str) -> Answer<ArchiveItem> {
    let item = stored(connection, id).await?;
    if item.withdrawal.is_some() {
        return Err(StoreError::WrongState { action, state: "withdrawn".to_owned() }.into());
    }
    Ok(item)
}

async fn stored(connection: &mut Connection, id: ArchiveItemId) -> Answer<ArchiveItem> {
    archive_get(connection, id).await?.ok_or_else(|| StoreError::Missing { what: "original" }.into())
}

/// Both engines keep microseconds; the signature has to cover what can be read back.
fn kept(at: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(micros(at)).unwrap_or(at)
}
