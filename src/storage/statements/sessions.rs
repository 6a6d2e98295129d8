//! Sessions, and links that work once.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{SessionId, UserId};
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{
    LinkRecord, LinkUse, NewLink, NewPassword, NewSessionRecord, SecondProof, SessionHolder, SessionRecord,
};
use podlinnik_storage::row::{LinkRow, SessionRow, all};
use serde_json::json;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

use super::credentials::{credentials_get, password_set, proof_accept};
use super::events::{Entry, append};
use super::people::user_get;
use super::{Answer, micros, text};
use crate::engine::Connection;

pub(super) async fn session_create(
    connection: &mut Connection,
    session: &NewSessionRecord,
    password_at: Timestamp,
    proof: Option<SecondProof>,
) -> Answer<()> {
    proof_accept(connection, session.user, password_at, proof, session.created_at).await?;
    session_insert(connection, session).await
}

async fn session_insert(connection: &mut Connection, session: &NewSessionRecord) -> Answer<()> {
    let id = session.id.as_uuid();
    let user = session.user.as_uuid();
    let secret = session.secret_sha256.as_bytes().as_slice();
    let agent = text(&session.agent);
    let created_at = micros(session.created_at);
    let expires_at = micros(session.expires_at);
    query!(
        "insert into sessions (id, user_id, secret_sha256, agent, created_at, seen_at, expires_at)
        values ($1, $2, $3, $4, $5, $5, $6)",
        id,
        user,
        secret,
        agent,
        created_at,
        expires_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn session_by_secret(
    connection: &mut Connection,
    secret_sha256: Sha256,
) -> Answer<Option<SessionHolder>> {
    let secret = secret_sha256.as_bytes().as_slice();
    let row = query_as!(
        SessionRow,
        r#"select id as "id: Uuid", user_id as "user_id: Uuid", agent, created_at, seen_at, expires_at, ended_at
        from sessions
        where secret_sha256 = $1"#,
        secret,
    )
    .fetch_optional(&mut *connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let id = UserId::from(row.user_id);
    let user = user_get(connection, id).await?.ok_or(StoreError::Missing { what: "user" })?;
    let credentials = credentials_get(connection, id).await?.unwrap_or_default();
    Ok(Some(row.held_by(user, &credentials)?))
}

pub(super) async fn session_seen(connection: &mut Connection, id: SessionId, at: Timestamp) -> Answer<()> {
    let id = id.as_uuid();
    let seen_at = micros(at);
    query!(
        "update sessions set seen_at = $2 where id = $1 and ended_at is null and seen_at < $2",
        id,
        seen_at,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn session_list(
    connection: &mut Connection,
    user: UserId,
    now: Timestamp,
) -> Answer<Vec<SessionRecord>> {
    let user = user.as_uuid();
    let now = micros(now);
    let rows = query_as!(
        SessionRow,
        r#"select id as "id: Uuid", user_id as "user_id: Uuid", agent, created_at, seen_at, expires_at, ended_at
        from sessions
        where user_id = $1
            and ended_at is null
            and expires_at > $2
        order by created_at desc, id desc"#,
        user,
        now,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn session_end(
    connection: &mut Connection,
    user: UserId,
    id: SessionId,
    at: Timestamp,
) -> Answer<()> {
    let user = user.as_uuid();
    let id = id.as_uuid();
    let known = query_scalar!("select created_at from sessions where id = $1 and user_id = $2", id, user)
        .fetch_optional(&mut *connection)
        .await?;
    if known.is_none() {
        return Err(StoreError::Missing { what: "session" }.into());
    }
    let ended_at = micros(at);
    query!("update sessions set ended_at = $2 where id = $1 and ended_at is null", id, ended_at)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn session_end_others(
    connection: &mut Connection,
    user: UserId,
    keep: Option<SessionId>,
    at: Timestamp,
) -> Answer<u64> {
    let user = user.as_uuid();
    let keep = keep.map(SessionId::as_uuid);
    let ended_at = micros(at);
    let ended = query!(
        "update sessions
        set ended_at = $3
        where user_id = $1
            and ended_at is null
            and (id <> $2 or $2 is null)",
        user,
        keep,
        ended_at,
    )
    .execute(connection)
    .await?
    .rows_affected();
    Ok(ended)
}

pub(super) async fn link_create(connection: &mut Connection, link: &NewLink) -> Answer<()> {
    let user = user_get(connection, link.user).await?.ok_or(StoreError::Missing { what: "user" })?;
    if user.disabled_at.is_some() {
        let state = "disabled".to_owned();
        return Err(StoreError::WrongState { action: "make a sign-in link", state }.into());
    }
    let secret = link.secret_sha256.as_bytes().as_slice();
    let user = link.user.as_uuid();
    let created_by = link.created_by.map(UserId::as_uuid);
    let created_at = micros(link.created_at);
    let expires_at = micros(link.expires_at);
    query!(
        "update sign_in_links
        set withdrawn_at = $2
        where user_id = $1
            and used_at is null
            and withdrawn_at is null",
        user,
        created_at,
    )
    .execute(&mut *connection)
    .await?;
    query!(
        "insert into sign_in_links (secret_sha256, user_id, created_by, created_at, expires_at)
        values ($1, $2, $3, $4, $5)",
        secret,
        user,
        created_by,
        created_at,
        expires_at,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::User, user),
        kind: "sign_in_link_made",
        actor: link.created_by,
        reason: None,
        at: link.created_at,
        payload: json!({ "expires_at": link.expires_at }),
    };
    append(connection, entry).await
}

pub(super) async fn link_by_secret(
    connection: &mut Connection,
    secret_sha256: Sha256,
) -> Answer<Option<LinkRecord>> {
    let secret = secret_sha256.as_bytes().as_slice();
    let row = query_as!(
        LinkRow,
        r#"select
            sign_in_links.expires_at, sign_in_links.used_at, sign_in_links.withdrawn_at,
            users.id as "id: Uuid", users.organisation_id as "organisation_id: Uuid", users.login, users.display_name, users.roles,
            users.created_at, users.disabled_at
        from sign_in_links
        join users on users.id = sign_in_links.user_id
        where sign_in_links.secret_sha256 = $1"#,
        secret,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn link_use(connection: &mut Connection, link: &LinkUse) -> Answer<()> {
    let secret = link.secret_sha256.as_bytes().as_slice();
    let at = micros(link.at);
    let user = query_scalar!(
        r#"update sign_in_links
        set used_at = $2
        where secret_sha256 = $1
            and used_at is null
            and withdrawn_at is null
            and expires_at > $2
            and exists (select 1 from users where id = sign_in_links.user_id and disabled_at is null)
        returning user_id as "user_id: Uuid""#,
        secret,
        at,
    )
    .fetch_optional(&mut *connection)
    .await?;
    let user = UserId::from(user.ok_or(StoreError::Missing { what: "sign-in link" })?);
    if link.session.as_ref().is_some_and(|session| session.user != user) {
        return Err(StoreError::Missing { what: "user" }.into());
    }
    let credentials = credentials_get(connection, user).await?.unwrap_or_default();
    if link.session.is_some() && credentials.second_factor().is_some() {
        return Err(StoreError::Stale { action: "sign in" }.into());
    }
    let entry = Entry {
        subject: (SubjectKind::User, user.as_uuid()),
        kind: "sign_in_link_used",
        actor: Some(user),
        reason: None,
        at: link.at,
        payload: json!({}),
    };
    append(connection, entry).await?;
    let password = NewPassword { user, phc: link.phc.clone(), keep: None, at: link.at };
    password_set(connection, &password).await?;
    match &link.session {
        Some(session) => session_insert(connection, session).await,
        None => Ok(()),
    }
}

pub(super) async fn link_is_waiting(connection: &mut Connection, user: UserId) -> Answer<bool> {
    let user = user.as_uuid();
    let waiting = query_scalar!(
        "select created_at
        from sign_in_links
        where user_id = $1
            and created_by is null
            and used_at is null
            and withdrawn_at is null",
        user,
    )
    .fetch_optional(connection)
    .await?;
    Ok(waiting.is_some())
}
