//! API keys.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{TokenId, UserId};
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{KeyRecord, NewToken, TokenRecord};
use podlinnik_storage::row::{KeyRow, all};
use serde_json::json;
use sqlx::{query, query_as};
use uuid::Uuid;

use super::events::{Entry, append};
use super::people::{user_get, user_must_exist};
use super::{Answer, canonical, micros, text};
use crate::engine::Connection;

pub(super) async fn token_create(connection: &mut Connection, token: &NewToken) -> Answer<()> {
    user_must_exist(connection, token.user).await?;
    let line = match token.follows {
        None => token.id,
        Some(before) => {
            let before = token_get(connection, before).await?.filter(|before| before.user == token.user);
            before.ok_or(StoreError::Missing { what: "token" })?.line
        }
    };
    let id = token.id.as_uuid();
    let user = token.user.as_uuid();
    let secret = token.secret_sha256.as_bytes().as_slice();
    let label = text(&token.label);
    let scopes = token.scopes.as_ref().map(|scopes| canonical("scopes", scopes)).transpose()?;
    let rate_per_minute = token.rate_per_minute.map(i64::from);
    let quota_per_day = token.quota_per_day.map(i64::from);
    let line_id = line.as_uuid();
    let created_at = micros(token.created_at);
    let expires_at = token.expires_at.map(micros);
    query!(
        "insert into tokens (
            id, user_id, secret_sha256, label, scopes, rate_per_minute, quota_per_day, line_id, created_at, expires_at
        )
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id,
        user,
        secret,
        label,
        scopes,
        rate_per_minute,
        quota_per_day,
        line_id,
        created_at,
        expires_at,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::Token, id),
        kind: "token_created",
        actor: token.actor,
        reason: None,
        at: token.created_at,
        payload: json!({
            "user": token.user, "label": label, "expires_at": token.expires_at, "scopes": token.scopes,
            "rate_per_minute": token.rate_per_minute, "quota_per_day": token.quota_per_day, "line": line,
        }),
    };
    append(connection, entry).await?;
    let Some(before) = token.follows else { return Ok(()) };
    let entry = Entry {
        subject: (SubjectKind::Token, before.as_uuid()),
        kind: "token_rotated",
        actor: token.actor,
        reason: None,
        at: token.created_at,
        payload: json!({ "by": token.id }),
    };
    append(connection, entry).await
}

pub(super) async fn token_by_secret(
    connection: &mut Connection,
    secret_sha256: Sha256,
) -> Answer<Option<TokenRecord>> {
    let secret = secret_sha256.as_bytes().as_slice();
    let row = query_as!(
        KeyRow,
        r#"select
            id as "id: Uuid", user_id as "user_id: Uuid", label, scopes, created_at, expires_at, revoked_at, rate_per_minute, quota_per_day,
            line_id as "line_id!: Uuid", used_at
        from tokens
        where secret_sha256 = $1"#,
        secret,
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let key = KeyRecord::try_from(row)?;
    let user = user_get(connection, key.user).await?.ok_or(StoreError::Missing { what: "user" })?;
    Ok(Some(TokenRecord { key, user }))
}

pub(super) async fn token_get(connection: &mut Connection, id: TokenId) -> Answer<Option<KeyRecord>> {
    let id = id.as_uuid();
    let row = query_as!(
        KeyRow,
        r#"select
            id as "id: Uuid", user_id as "user_id: Uuid", label, scopes, created_at, expires_at, revoked_at, rate_per_minute, quota_per_day,
            line_id as "line_id!: Uuid", used_at
        from tokens
        where id = $1"#,
        id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn token_list(connection: &mut Connection, user: Option<UserId>) -> Answer<Vec<KeyRecord>> {
    let user = user.map(UserId::as_uuid);
    let rows = query_as!(
        KeyRow,
        r#"select
            id as "id: Uuid", user_id as "user_id: Uuid", label, scopes, created_at, expires_at, revoked_at, rate_per_minute, quota_per_day,
            line_id as "line_id!: Uuid", used_at
        from tokens
        where user_id = $1
            or $1 is null
        order by created_at desc, id desc"#,
        user,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn token_used(connection: &mut Connection, id: TokenId, at: Timestamp) -> Answer<()> {
    let id = id.as_uuid();
    let used_at = micros(at);
    query!("update tokens set used_at = $2 where id = $1 and (used_at is null or used_at < $2)", id, used_at)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn token_revoke(
    connection: &mut Connection,
    id: TokenId,
    actor: Option<UserId>,
    at: Timestamp,
) -> Answer<()> {
    let token = id.as_uuid();
    let revoked_at = micros(at);
    let revoked =
        query!("update tokens set revoked_at = $2 where id = $1 and revoked_at is null", token, revoked_at)
            .execute(&mut *connection)
            .await?
            .rows_affected();
    if revoked == 0 {
        let known = token_get(connection, id).await?;
        return if known.is_some() { Ok(()) } else { Err(StoreError::Missing { what: "token" }.into()) };
    }
    let entry = Entry {
        subject: (SubjectKind::Token, token),
        kind: "token_revoked",
        actor,
        reason: None,
        at,
        payload: json!({}),
    };
    append(connection, entry).await
}
