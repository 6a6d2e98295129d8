//! Receivers of messages.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::id::{OrganisationId, ReceiverId, UserId};
use podlinnik_storage::StoreError;
use podlinnik_storage::record::Receiver;
use podlinnik_storage::row::{ReceiverRow, all};
use serde_json::json;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

use super::events::{Entry, append};
use super::people::organisation_get;
use super::{Answer, canonical, micros, text};
use crate::engine::Connection;

pub(super) async fn receiver_create(
    connection: &mut Connection,
    receiver: &Receiver,
    actor: UserId,
) -> Answer<()> {
    if organisation_get(connection, receiver.organisation).await?.is_none() {
        return Err(StoreError::Missing { what: "organisation" }.into());
    }
    let id = receiver.id.as_uuid();
    let organisation = receiver.organisation.as_uuid();
    let channel = receiver.channel.code();
    let address = text(&receiver.address);
    let signature = receiver.signature.code();
    let language = receiver.language.code();
    let regions = receiver.regions.as_ref().map(|codes| canonical("regions", codes)).transpose()?;
    let created_at = micros(receiver.created_at);
    let disabled_at = receiver.disabled_at.map(micros);
    query!(
        "insert into receivers (id, organisation_id, channel, address, signature, secret, language, regions, created_at, disabled_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        id,
        organisation,
        channel,
        address,
        signature,
        receiver.secret,
        language,
        regions,
        created_at,
        disabled_at,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::Receiver, id),
        kind: "receiver_created",
        actor: Some(actor),
        reason: None,
        at: receiver.created_at,
        payload: json!({
            "organisation": receiver.organisation, "channel": receiver.channel, "address": receiver.address, "regions": receiver.regions,
        }),
    };
    append(connection, entry).await
}

pub(super) async fn receiver_list(
    connection: &mut Connection,
    organisation: Option<OrganisationId>,
) -> Answer<Vec<Receiver>> {
    let organisation = organisation.map(OrganisationId::as_uuid);
    let rows = query_as!(
        ReceiverRow,
        r#"select
            id as "id: Uuid", organisation_id as "organisation_id: Uuid", channel, address, signature, secret, language, regions, created_at,
            disabled_at
        from receivers
        where organisation_id = $1
            or $1 is null
        order by created_at, id"#,
        organisation,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

async fn receiver_must_exist(connection: &mut Connection, id: ReceiverId) -> Answer<()> {
    let key = id.as_uuid();
    let known = query_scalar!("select created_at from receivers where id = $1", key)
        .fetch_optional(connection)
        .await?;
    if known.is_some() { Ok(()) } else { Err(StoreError::Missing { what: "receiver" }.into()) }
}

pub(super) async fn receiver_enable(
    connection: &mut Connection,
    id: ReceiverId,
    actor: UserId,
    at: Timestamp,
) -> Answer<()> {
    let key = id.as_uuid();
    let enabled =
        query!("update receivers set disabled_at = null where id = $1 and disabled_at is not null", key)
            .execute(&mut *connection)
            .await?
            .rows_affected();
    if enabled == 0 {
        return receiver_must_exist(connection, id).await;
    }
    let entry = Entry {
        subject: (SubjectKind::Receiver, key),
        kind: "receiver_enabled",
        actor: Some(actor),
        reason: None,
        at,
        payload: json!({}),
    };
    append(connection, entry).await
}

pub(super) async fn receiver_disable(
    connection: &mut Connection,
    id: ReceiverId,
    actor: Option<UserId>,
    at: Timestamp,
) -> Answer<()> {
    let key = id.as_uuid();
    let now = micros(at);
    let disabled =
        query!("update receivers set disabled_at = $2 where id = $1 and disabled_at is null", key, now)
            .execute(&mut *connection)
            .await?
            .rows_affected();
    if disabled == 0 {
        return receiver_must_exist(connection, id).await;
    }
    let entry = Entry {
        subject: (SubjectKind::Receiver, key),
        kind: "receiver_disabled",
        actor,
        reason: None,
        at,
        payload: json!({}),
    };
    append(connection, entry).await?;
    // Jobs before deliveries: the order in which a claim locks them.
    query!(
        "update jobs
        set state = 'cancelled', leased_until = null, worker = null, finished_at = $2
        where state in ('queued', 'leased')
            and delivery_id in (select id from deliveries where receiver_id = $1)",
        key,
        now,
    )
    .execute(&mut *connection)
    .await?;
    let given_up = query_scalar!(
        r#"update deliveries
        set state = 'given_up', last_result = 'receiver disabled', finished_at = $2
        where receiver_id = $1
            and state = 'waiting'
        returning id as "id: Uuid""#,
        key,
        now,
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut given_up: Vec<Uuid> = given_up;
    given_up.sort_unstable();
    for delivery in given_up {
        let entry = Entry {
            subject: (SubjectKind::Delivery, delivery),
            kind: "delivery_given_up",
            actor,
            reason: Some("receiver disabled"),
            at,
            payload: json!({ "receiver": id }),
        };
        append(connection, entry).await?;
    }
    Ok(())
}
