//! Organisations and users.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::id::{OrganisationId, UserId};
use podlinnik_domain::people::{Organisation, Role, User};
use podlinnik_storage::StoreError;
use podlinnik_storage::record::UserUpdate;
use podlinnik_storage::row::{OrganisationRow, UserRow, all};
use serde_json::json;
use sqlx::{query, query_as};
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

pub(super) async fn user_update(connection: &mut Connection, update: &UserUpdate) -> Answer<User> {
    let missing = || StoreError::Missing { what: "user" };
    let before = user_get(connection, update.user).await?.ok_or_else(missing)?;
    let mut after = before.clone();
    if let Some(display_name) = &update.display_name {
        after.display_name = text(display_name);
    }
    if let Some(roles) = &update.roles {
        after.roles.clone_from(roles);
    }
    match (update.disabled, before.disabled_at) {
        (Some(true), None) => after.disabled_at = Some(update.at),
        (Some(false), Some(_)) => after.disabled_at = None,
        _ => {}
    }
    if after == before {
        return Ok(before);
    }
    let administers = |user: &User| user.has(Role::OrgAdmin) && user.disabled_at.is_none();
    if update.actor.is_some() && administers(&before) && !administers(&after) {
        let everybody = user_list(connection).await?;
        if !everybody.iter().any(|user| user.id != update.user && administers(user)) {
            return Err(StoreError::LastAdministrator.into());
        }
    }
    let id = update.user.as_uuid();
    let roles = canonical("roles", &after.roles)?;
    let disabled_at = after.disabled_at.map(micros);
    query!(
        "update users set display_name = $2, roles = $3, disabled_at = $4 where id = $1",
        id,
        after.display_name,
        roles,
        disabled_at,
    )
    .execute(&mut *connection)
    .await?;
    // A name is not written into a history that nobody can take it out of.
    let renamed = (before.display_name != after.display_name).then(|| ("user_renamed", json!({})));
    let roles = (before.roles != after.roles)
        .then(|| ("roles_changed", json!({ "roles": after.roles, "before": before.roles })));
    let closed = match (before.disabled_at, after.disabled_at) {
        (None, Some(_)) => Some(("user_disabled", json!({}))),
        (Some(_), None) => Some(("user_enabled", json!({}))),
        _ => None,
    };
    for (kind, payload) in [renamed, roles, closed].into_iter().flatten() {
        let subject = (SubjectKind::User, id);
        let entry = Entry { subject, kind, actor: update.actor, reason: None, at: update.at, payload };
        append(connection, entry).await?;
    }
    user_get(connection, update.user).await?.ok_or_else(|| missing().into())
}
