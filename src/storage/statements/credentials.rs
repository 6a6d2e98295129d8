//! Passwords and second factors.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::hash::Sha256;
use podlinnik_domain::id::UserId;
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{CredentialsRecord, NewPassword, SecondProof};
use podlinnik_storage::row::CredentialsRow;
use serde_json::json;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

use super::events::{Entry, append};
use super::people::user_must_exist;
use super::sessions::session_end_others;
use super::{Answer, micros};
use crate::engine::Connection;

pub(super) async fn credentials_get(
    connection: &mut Connection,
    user: UserId,
) -> Answer<Option<CredentialsRecord>> {
    let user = user.as_uuid();
    let row = query_as!(
        CredentialsRow,
        "select password_phc, password_at, totp_secret, totp_confirmed_at, totp_step, failures, failed_at
        from credentials
        where user_id = $1",
        user,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn credentials_count(
    connection: &mut Connection,
    user: UserId,
    seen: u32,
    at: Timestamp,
) -> Answer<bool> {
    let user = user.as_uuid();
    let seen = i64::from(seen);
    let failed_at = micros(at);
    let counted = query!(
        "update credentials set failures = failures + 1, failed_at = $3 where user_id = $1 and failures = $2",
        user,
        seen,
        failed_at,
    )
    .execute(connection)
    .await?
    .rows_affected();
    Ok(counted == 1)
}

pub(super) async fn credentials_uncount(
    connection: &mut Connection,
    user: UserId,
    seen: u32,
    failed_at: Option<Timestamp>,
) -> Answer<()> {
    let user = user.as_uuid();
    let seen = i64::from(seen);
    let counted = seen + 1;
    let failed_at = failed_at.map(micros);
    query!(
        "update credentials set failures = $2, failed_at = $3 where user_id = $1 and failures = $4",
        user,
        seen,
        failed_at,
        counted,
    )
    .execute(connection)
    .await?;
    Ok(())
}

pub(super) async fn password_set(connection: &mut Connection, password: &NewPassword) -> Answer<()> {
    user_must_exist(connection, password.user).await?;
    let user = password.user.as_uuid();
    let at = micros(password.at);
    query!(
        "insert into credentials (user_id, password_phc, password_at)
        values ($1, $2, $3)
        on conflict (user_id) do update
        set password_phc = excluded.password_phc, password_at = excluded.password_at, failures = 0, failed_at = null",
        user,
        password.phc,
        at,
    )
    .execute(&mut *connection)
    .await?;
    session_end_others(connection, password.user, password.keep, password.at).await?;
    note(connection, user, "password_set", Some(password.user), password.at).await
}

pub(super) async fn second_factor_begin(
    connection: &mut Connection,
    user: UserId,
    secret: &[u8],
) -> Answer<()> {
    let user = user.as_uuid();
    let kept = query!(
        "update credentials
        set totp_secret = $2, totp_step = null
        where user_id = $1
            and password_phc is not null
            and totp_confirmed_at is null",
        user,
        secret,
    )
    .execute(connection)
    .await?
    .rows_affected();
    if kept == 1 { Ok(()) } else { Err(wrong_state("set up a second factor").into()) }
}

pub(super) async fn second_factor_confirm(
    connection: &mut Connection,
    user: UserId,
    secret: &[u8],
    step: i64,
    recovery_codes: &[Sha256],
    at: Timestamp,
) -> Answer<()> {
    let person = user.as_uuid();
    let confirmed_at = micros(at);
    let confirmed = query!(
        "update credentials
        set totp_confirmed_at = $4, totp_step = $3
        where user_id = $1
            and totp_secret = $2
            and totp_confirmed_at is null",
        person,
        secret,
        step,
        confirmed_at,
    )
    .execute(&mut *connection)
    .await?
    .rows_affected();
    if confirmed == 0 {
        return Err(wrong_state("confirm a second factor").into());
    }
    recovery_codes_end(connection, person, at).await?;
    for code in recovery_codes {
        let code = code.as_bytes().as_slice();
        query!(
            "insert into recovery_codes (user_id, code_sha256, created_at) values ($1, $2, $3)",
            person,
            code,
            confirmed_at,
        )
        .execute(&mut *connection)
        .await?;
    }
    note(connection, person, "second_factor_on", Some(user), at).await
}

pub(super) async fn second_factor_remove(
    connection: &mut Connection,
    user: UserId,
    actor: Option<UserId>,
    at: Timestamp,
) -> Answer<()> {
    user_must_exist(connection, user).await?;
    let person = user.as_uuid();
    let in_force = query_scalar!(
        "select totp_confirmed_at from credentials where user_id = $1 and totp_confirmed_at is not null",
        person,
    )
    .fetch_optional(&mut *connection)
    .await?;
    query!(
        "update credentials
        set totp_secret = null, totp_confirmed_at = null, totp_step = null
        where user_id = $1
            and totp_secret is not null",
        person,
    )
    .execute(&mut *connection)
    .await?;
    recovery_codes_end(connection, person, at).await?;
    if in_force.is_none() {
        return Ok(());
    }
    note(connection, person, "second_factor_off", actor, at).await
}

async fn recovery_codes_end(connection: &mut Connection, user: Uuid, at: Timestamp) -> Answer<()> {
    let used_at = micros(at);
    query!("update recovery_codes set used_at = $2 where user_id = $1 and used_at is null", user, used_at)
        .execute(connection)
        .await?;
    Ok(())
}

pub(super) async fn recovery_codes_left(connection: &mut Connection, user: UserId) -> Answer<u64> {
    let user = user.as_uuid();
    let left = query_scalar!(
        r#"select count(*) as "count!: i64" from recovery_codes where user_id = $1 and used_at is null"#,
        user,
    )
    .fetch_one(connection)
    .await?;
    Ok(u64::try_from(left).unwrap_or_default())
}

/// Forgets failures and uses up what was shown beside the password, if that is still the one set at `password_at`. Nothing beside it is enough only as long
/// as no second factor is in force.
pub(super) async fn proof_accept(
    connection: &mut Connection,
    user: UserId,
    password_at: Timestamp,
    proof: Option<SecondProof>,
    at: Timestamp,
) -> Answer<()> {
    let stale = StoreError::Stale { action: "sign in" };
    let person = user.as_uuid();
    let password_at = micros(password_at);
    let proven = i64::from(proof.is_some());
    let same = query!(
        "update credentials
        set failures = 0, failed_at = null
        where user_id = $1
            and password_at = $2
            and (totp_confirmed_at is null or cast($3 as bigint) = 1)",
        person,
        password_at,
        proven,
    )
    .execute(&mut *connection)
    .await?
    .rows_affected();
    if same == 0 {
        return Err(stale.into());
    }
    match proof {
        None => Ok(()),
        Some(SecondProof::Step(step)) => {
            let accepted = query!(
                "update credentials set totp_step = $2 where user_id = $1 and (totp_step is null or totp_step < $2)",
                person,
                step,
            )
            .execute(connection)
            .await?
            .rows_affected();
            if accepted == 1 { Ok(()) } else { Err(stale.into()) }
        }
        Some(SecondProof::RecoveryCode(code)) => {
            let code = code.as_bytes().as_slice();
            let used_at = micros(at);
            let used = query!(
                "update recovery_codes
                set used_at = $3
                where user_id = $1
                    and code_sha256 = $2
                    and used_at is null",
                person,
                code,
                used_at,
            )
            .execute(connection)
            .await?
            .rows_affected();
            if used == 1 { Ok(()) } else { Err(StoreError::Missing { what: "recovery code" }.into()) }
        }
    }
}

fn wrong_state(action: &'static str) -> StoreError {
    StoreError::WrongState { action, state: "second_factor".to_owned() }
}

/// An event about an account without further facts.
async fn note(
    connection: &mut Connection,
    user: Uuid,
    kind: &str,
    actor: Option<UserId>,
    at: Timestamp,
) -> Answer<()> {
    let subject = (SubjectKind::User, user);
    append(connection, Entry { subject, kind, actor, reason: None, at, payload: json!({}) }).await
}
