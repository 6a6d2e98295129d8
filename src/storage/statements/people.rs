//! Organisations, users, tokens.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::{OrganisationId, TokenId, UserId};
use podlinnik_domain::people::{Organisation, User};
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{NewToken, TokenRecord};
use podlinnik_storage::row::{OrganisationRow, TokenRow, UserRow, all};
use serde_json::json;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

use super::events::{Entry, append};
use super::{Answer, canonical, micros, text};
use crate::engine::Connection;

pub(super) async fn organisation_create(
    connection: &mut Connection,
    organisation: &Organisation,
    at: Timestamp,
) -> Answer<()> {
    let id = organisation.id.as_uuid();
    let level = organisation.level.code();
    let parent = organisation.parent.map(OrganisationId::as_uuid);
    let created_at = micros(at);
    if let Some(parent) = organisation.parent
        && organisation_get(connection, parent).await?.is_none()
    {
        return Err(StoreError::Missing { what: "organisation" }.into());
    }
    query!(
        "insert into organisations (id, code, level, name_ru, name_en, parent_id, created_at)
        values ($1, $2, $3, $4, $5, $6, $7)",
        id,
        organisation.code,
        level,
        organisation.name_ru,
        organisation.name_en,
        parent,
        created_at,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::Organisation, id),
        kind: "organisation_created",
        actor: None,
        reason: None,
        at,
        payload: json!({ "code": organisation.code, "level": level, "parent": organisation.parent }),
    };
    append(connection, entry).await
}

pub(super) async fn organisation_get(
    connection: &mut Connection,
    id: OrganisationId,
) -> Answer<Option<Organisation>> {
    let id = id.as_uuid();
    let row = query_as!(
        OrganisationRow,
        r#"select id as "id: Uuid", code, level, name_ru, name_en, parent_id as "parent_id: Uuid"
        from organisations
        where id = $1"#,
        id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn organisation_by_code(
    connection: &mut Connection,
    code: &str,
) -> Answer<Option<Organisation>> {
    let code = text(code);
    let row = query_as!(
        OrganisationRow,
        r#"select id as "id: Uuid", code, level, name_ru, name_en, parent_id as "parent_id: Uuid"
        from organisations
        where code = $1"#,
        code,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn organisation_list(connection: &mut Connection) -> Answer<Vec<Organisation>> {
    let rows = query_as!(
        OrganisationRow,
        r#"select id as "id: Uuid", code, level, name_ru, name_en, parent_id as "parent_id: Uuid"
        from organisations
        order by code"#,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn user_create(
    connection: &mut Connection,
    user: &User,
    actor: Option<UserId>,
) -> Answer<()> {
    if organisation_get(connection, user.organisation).await?.is_none() {
        return Err(StoreError::Missing { what: "organisation" }.into());
    }
    let id = user.id.as_uuid();
    let organisation = user.organisation.as_uuid();
    let roles = canonical("roles", &user.roles)?;
    let created_at = micros(user.created_at);
    let disabled_at = user.disabled_at.map(micros);
    query!(
        "insert into users (id, organisation_id, login, display_name, roles, created_at, disabled_at)
        values ($1, $2, $3, $4, $5, $6, $7)",
        id,
        organisation,
        user.login,
        user.display_name,
        roles,
        created_at,
        disabled_at,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::User, id),
        kind: "user_created",
        actor,
        reason: None,
        at: user.created_at,
        payload: json!({ "login": user.login, "organisation": user.organisation, "roles": user.roles }),
    };
    append(connection, entry).await
}

pub(super) async fn user_get(connection: &mut Connection, id: UserId) -> Answer<Option<User>> {
    let id = id.as_uuid();
    let row = query_as!(
        UserRow,
        r#"select
            id as "id: Uuid", organisation_id as "organisation_id: Uuid", login, display_name, roles, created_at, disabled_at
        from users
        where id = $1"#,
        id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn user_by_login(connection: &mut Connection, login: &str) -> Answer<Option<User>> {
    let login = text(login);
    let row = query_as!(
        UserRow,
        r#"select
            id as "id: Uuid", organisation_id as "organisation_id: Uuid", login, display_name, roles, created_at, disabled_at
        from users
        where login = $1"#,
        login,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn user_list(connection: &mut Connection) -> Answer<Vec<User>> {
    let rows = query_as!(
        UserRow,
        r#"select
            id as "id: Uuid", organisation_id as "organisation_id: Uuid", login, display_name, roles, created_at, disabled_at
        from users
        order by login"#,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

/// Answers `Missing` if there is no such user.
pub(super) async fn user_must_exist(connection: &mut Connection, id: UserId) -> Answer<()> {
    match user_get(connection, id).await? {
        Some(_) => Ok(()),
        None => Err(StoreError::Missing { what: "user" }.into()),
    }
}

pub(super) async fn token_create(connection: &mut Connection, token: &NewToken) -> Answer<()> {
    user_must_exist(connection, token.user).await?;
    let id = token.id.as_uuid();
    let user = token.user.as_uuid();
    let secret = token.secret_sha256.as_bytes().as_slice();
    let label = text(&token.label);
    let created_at = micros(token.created_at);
    let expires_at = token.expires_at.map(micros);
    query!(
        "insert into tokens (id, user_id, secret_sha256, label, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6)",
        id,
        user,
        secret,
        label,
        created_at,
        expires_at,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::Token, id),
        kind: "token_created",
        actor: None,
        reason: None,
        at: token.created_at,
        payload: json!({ "user": token.user, "label": label, "expires_at": token.expires_at }),
    };
    append(connection, entry).await
}

pub(super) async fn token_by_secret(
    connection: &mut Connection,
    secret_sha256: Sha256,
) -> Answer<Option<TokenRecord>> {
    let secret = secret_sha256.as_bytes().as_slice();
    let row = query_as!(
        TokenRow,
        r#"select
            tokens.id as "token_id: Uuid", tokens.expires_at, tokens.revoked_at,
            users.id as "id: Uuid", users.organisation_id as "organisation_id: Uuid", users.login, users.display_name, users.roles,
            users.created_at, users.disabled_at
        from tokens
        join users on users.id = tokens.user_id
        where tokens.secret_sha256 = $1"#,
        secret,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
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
        let known = query_scalar!(r#"select id as "id: Uuid" from tokens where id = $1"#, token)
            .fetch_optional(connection)
            .await?;
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
