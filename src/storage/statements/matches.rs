//! What the machine noticed between two items, and what people think of it.

use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{CopyMatchId, UserId};
use podlinnik_domain::original::{CopyMatch, CopyMatchKind, CopyMatchState};
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{CopyDecision, NewCopyMatch, Page, Position};
use podlinnik_storage::row::{CopyMatchRow, all, page};
use serde_json::json;
use sqlx::{query, query_as};
use uuid::Uuid;

use super::archive::archive_by_media;
use super::events::{Entry, append};
use super::lessons::lesson_insert;
use super::submissions::media_get;
use super::{Answer, canonical, micros, one_more, start, text};
use crate::engine::Connection;

const DECIDE: &str = "decide on the match";

/// Reads matches; what comes after `from copy_matches` is given.
macro_rules! matches {
    ($rest:tt $(, $argument:expr)*) => {
        query_as!(
            CopyMatchRow,
            r#"select
                id as "id: Uuid", suspect_sha256, matched_sha256, kind, spans, distance, evidence, state, version, found_at,
                decided_by as "decided_by: Uuid", decided_at, reason
            from copy_matches
            "# + $rest
            $(, $argument)*
        )
    };
}

pub(super) async fn copy_match_get(
    connection: &mut Connection,
    id: CopyMatchId,
) -> Answer<Option<CopyMatch>> {
    let id = id.as_uuid();
    let row = matches!("where id = $1", id).fetch_optional(connection).await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

async fn copy_match_of(
    connection: &mut Connection,
    suspect: Sha256,
    matched: Sha256,
    kind: CopyMatchKind,
) -> Answer<Option<CopyMatch>> {
    let suspect = suspect.as_bytes().as_slice();
    let matched = matched.as_bytes().as_slice();
    let kind = kind.code();
    let row =
        matches!("where suspect_sha256 = $1 and matched_sha256 = $2 and kind = $3", suspect, matched, kind)
            .fetch_optional(connection)
            .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn copy_match_list_by_media(
    connection: &mut Connection,
    sha256: Sha256,
) -> Answer<Vec<CopyMatch>> {
    let sha256 = sha256.as_bytes().as_slice();
    let rows = matches!("where suspect_sha256 = $1 or matched_sha256 = $1 order by found_at, id", sha256)
        .fetch_all(connection)
        .await?;
    Ok(all(rows)?)
}

pub(super) async fn copy_match_list(
    connection: &mut Connection,
    state: CopyMatchState,
    after: Option<Position>,
    limit: u32,
) -> Answer<Page<CopyMatch>> {
    let state = state.code();
    let (at, id) = start(after);
    let rows_wanted = one_more(limit);
    let rows = matches!(
        "where state = $1 and (found_at, id) < ($2, $3) order by found_at desc, id desc limit $4",
        state,
        at,
        id,
        rows_wanted
    )
    .fetch_all(connection)
    .await?;
    Ok(page(rows, limit, |one: &CopyMatch| Position { at: one.found_at, id: one.id.as_uuid() })?)
}

pub(super) async fn copy_match_suggest(
    connection: &mut Connection,
    found: &NewCopyMatch,
) -> Answer<CopyMatch> {
    if found.suspect == found.matched {
        return Err(StoreError::Conflict { what: "item of the pair" }.into());
    }
    if let Some(before) = copy_match_of(connection, found.suspect, found.matched, found.kind).await? {
        return Ok(before);
    }
    let known = archive_by_media(connection, found.matched).await?.is_some()
        || media_get(connection, found.matched).await?.is_some();
    if !known {
        return Err(StoreError::Missing { what: "matched media" }.into());
    }
    let id = found.id.as_uuid();
    let suspect = found.suspect.as_bytes().as_slice();
    let matched = found.matched.as_bytes().as_slice();
    let kind = found.kind.code();
    let spans = canonical("match spans", &found.spans)?;
    let evidence = canonical("match evidence", &found.evidence)?;
    let state = CopyMatchState::Suggested.code();
    let at = micros(found.at);
    query!(
        "insert into copy_matches (id, suspect_sha256, matched_sha256, kind, spans, distance, evidence, state, version, found_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9)",
        id,
        suspect,
        matched,
        kind,
        spans,
        found.distance,
        evidence,
        state,
        at,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::CopyMatch, id),
        kind: "copy_match_suggested",
        actor: None,
        reason: None,
        at: found.at,
        payload: json!({ "suspect": found.suspect, "matched": found.matched, "kind": found.kind }),
    };
    append(connection, entry).await?;
    stored(connection, found.id).await
}

pub(super) async fn copy_match_decide(
    connection: &mut Connection,
    decision: &CopyDecision,
) -> Answer<CopyMatch> {
    let before = stored(connection, decision.id).await?;
    if before.version != decision.version {
        return Err(StoreError::Stale { action: DECIDE }.into());
    }
    let reason = decision.reason.as_deref().map(text);
    let unreasoned = decision.state == CopyMatchState::Rejected && reason.is_none();
    if before.state == decision.state || decision.state == CopyMatchState::Suggested || unreasoned {
        let state = before.state.code().to_owned();
        return Err(StoreError::WrongState { action: DECIDE, state }.into());
    }
    let id = decision.id.as_uuid();
    let state = decision.state.code();
    let by = decision.actor.map(UserId::as_uuid);
    let at = micros(decision.at);
    query!(
        "update copy_matches
        set state = $2, version = version + 1, decided_by = $3, decided_at = $4, reason = $5
        where id = $1",
        id,
        state,
        by,
        at,
        reason,
    )
    .execute(&mut *connection)
    .await?;
    let kind = if decision.state == CopyMatchState::Confirmed {
        "copy_match_confirmed"
    } else {
        "copy_match_rejected"
    };
    let entry = Entry {
        subject: (SubjectKind::CopyMatch, id),
        kind,
        actor: decision.actor,
        reason: reason.as_deref(),
        at: decision.at,
        payload: json!({ "version": before.version + 1, "previous": before.state }),
    };
    append(connection, entry).await?;
    lesson_insert(connection, decision, before.version + 1).await?;
    stored(connection, decision.id).await
}

async fn stored(connection: &mut Connection, id: CopyMatchId) -> Answer<CopyMatch> {
    copy_match_get(connection, id).await?.ok_or_else(|| StoreError::Missing { what: "match" }.into())
}
