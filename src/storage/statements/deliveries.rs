//! Webhooks and the messages sent to them.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::event::SubjectKind;
use podlinnik_domain::id::{DeliveryId, IdSource, JobId, OrganisationId, UserId, WebhookId};
use podlinnik_domain::notice::Notice;
use podlinnik_domain::verdict::Verdict;
use podlinnik_storage::StoreError;
use podlinnik_storage::record::{Delivery, DeliveryState, JobKind, Lease, NewJob, Publication, Webhook};
use podlinnik_storage::row::{DeliveryRow, WebhookRow, all};
use serde_json::json;
use sqlx::{query, query_as, query_scalar};
use uuid::Uuid;

use super::events::{Entry, append};
use super::people::organisation_get;
use super::queue::{Subject, hold, job_done, job_insert};
use super::{Answer, canonical, micros, text};
use crate::engine::Connection;

pub(super) async fn webhook_create(
    connection: &mut Connection,
    webhook: &Webhook,
    actor: UserId,
) -> Answer<()> {
    if organisation_get(connection, webhook.organisation).await?.is_none() {
        return Err(StoreError::Missing { what: "organisation" }.into());
    }
    let id = webhook.id.as_uuid();
    let organisation = webhook.organisation.as_uuid();
    let created_at = micros(webhook.created_at);
    let disabled_at = webhook.disabled_at.map(micros);
    query!(
        "insert into webhooks (id, organisation_id, url, secret, created_at, disabled_at)
        values ($1, $2, $3, $4, $5, $6)",
        id,
        organisation,
        webhook.url,
        webhook.secret,
        created_at,
        disabled_at,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::Webhook, id),
        kind: "webhook_created",
        actor: Some(actor),
        reason: None,
        at: webhook.created_at,
        payload: json!({ "organisation": webhook.organisation, "url": webhook.url }),
    };
    append(connection, entry).await
}

pub(super) async fn webhook_list(
    connection: &mut Connection,
    organisation: Option<OrganisationId>,
) -> Answer<Vec<Webhook>> {
    let organisation = organisation.map(OrganisationId::as_uuid);
    let rows = query_as!(
        WebhookRow,
        r#"select id as "id: Uuid", organisation_id as "organisation_id: Uuid", url, secret, created_at, disabled_at
        from webhooks
        where organisation_id = $1
            or $1 is null
        order by created_at, id"#,
        organisation,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn webhook_disable(
    connection: &mut Connection,
    id: WebhookId,
    actor: Option<UserId>,
    at: Timestamp,
) -> Answer<()> {
    let key = id.as_uuid();
    let now = micros(at);
    let disabled =
        query!("update webhooks set disabled_at = $2 where id = $1 and disabled_at is null", key, now)
            .execute(&mut *connection)
            .await?
            .rows_affected();
    if disabled == 0 {
        let known = query_scalar!("select created_at from webhooks where id = $1", key)
            .fetch_optional(connection)
            .await?;
        return if known.is_some() { Ok(()) } else { Err(StoreError::Missing { what: "webhook" }.into()) };
    }
    let entry = Entry {
        subject: (SubjectKind::Webhook, key),
        kind: "webhook_disabled",
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
            and delivery_id in (select id from deliveries where webhook_id = $1)",
        key,
        now,
    )
    .execute(&mut *connection)
    .await?;
    let given_up = query_scalar!(
        r#"update deliveries
        set state = 'given_up', last_result = 'receiver disabled', finished_at = $2
        where webhook_id = $1
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
            payload: json!({ "webhook": id }),
        };
        append(connection, entry).await?;
    }
    Ok(())
}

/// One delivery and one job per active receiver of a notice that has just been published.
pub(super) async fn announce(
    connection: &mut Connection,
    notice: &Notice,
    verdict: &Verdict,
    publication: &Publication,
    ids: &dyn IdSource,
) -> Answer<()> {
    let data = json!({
        "notice": notice.id,
        "version": notice.version,
        "case": notice.case,
        "verdict": notice.verdict,
        "verdict_revision": notice.verdict_revision,
        "verdict_kind": verdict.proposal.kind,
        "organisation": notice.organisation,
        "region": notice.region,
        "title": notice.text.title,
        "published_at": notice.published_at,
    });
    let data = canonical("delivery data", &data)?;
    let receivers = webhook_list(connection, None).await?;
    for receiver in receivers.into_iter().filter(|receiver| receiver.disabled_at.is_none()) {
        let delivery = DeliveryId::generate(ids);
        let id = delivery.as_uuid();
        let webhook = receiver.id.as_uuid();
        let created_at = micros(publication.at);
        query!(
            "insert into deliveries (id, webhook_id, event_type, data, state, attempts, created_at)
            values ($1, $2, 'notice.published', $3, 'waiting', 0, $4)",
            id,
            webhook,
            data,
            created_at,
        )
        .execute(&mut *connection)
        .await?;
        let job = NewJob {
            id: JobId::generate(ids),
            kind: JobKind::Deliver,
            payload: json!({ "delivery": delivery }),
            priority: 10,
            run_at: publication.at,
            max_attempts: publication.max_attempts,
        };
        job_insert(connection, &job).await?;
        let entry = Entry {
            subject: (SubjectKind::Delivery, id),
            kind: "delivery_queued",
            actor: Some(publication.actor),
            reason: None,
            at: publication.at,
            payload: json!({ "webhook": receiver.id, "notice": notice.id, "job": job.id }),
        };
        append(connection, entry).await?;
    }
    Ok(())
}

pub(super) async fn delivery_get(connection: &mut Connection, id: DeliveryId) -> Answer<Option<Delivery>> {
    let id = id.as_uuid();
    let row = query_as!(
        DeliveryRow,
        r#"select
            deliveries.id as "id: Uuid", deliveries.event_type, deliveries.data, deliveries.state, deliveries.attempts,
            deliveries.last_result, deliveries.created_at, webhooks.id as "webhook_id: Uuid",
            webhooks.organisation_id as "organisation_id: Uuid", webhooks.url, webhooks.secret,
            webhooks.created_at as registered_at, webhooks.disabled_at
        from deliveries
        join webhooks on webhooks.id = deliveries.webhook_id
        where deliveries.id = $1"#,
        id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(TryInto::try_into).transpose()?)
}

pub(super) async fn delivery_list(
    connection: &mut Connection,
    webhook: WebhookId,
    limit: u32,
) -> Answer<Vec<Delivery>> {
    let webhook = webhook.as_uuid();
    let limit = i64::from(limit);
    let rows = query_as!(
        DeliveryRow,
        r#"select
            deliveries.id as "id: Uuid", deliveries.event_type, deliveries.data, deliveries.state, deliveries.attempts,
            deliveries.last_result, deliveries.created_at, webhooks.id as "webhook_id: Uuid",
            webhooks.organisation_id as "organisation_id: Uuid", webhooks.url, webhooks.secret,
            webhooks.created_at as registered_at, webhooks.disabled_at
        from deliveries
        join webhooks on webhooks.id = deliveries.webhook_id
        where deliveries.webhook_id = $1
        order by deliveries.created_at desc, deliveries.id desc
        limit $2"#,
        webhook,
        limit,
    )
    .fetch_all(connection)
    .await?;
    Ok(all(rows)?)
}

pub(super) async fn delivery_finish(
    connection: &mut Connection,
    lease: &Lease,
    delivery: DeliveryId,
    state: DeliveryState,
    result: &str,
    at: Timestamp,
) -> Answer<()> {
    let id = delivery.as_uuid();
    if hold(connection, lease).await?.subject != Subject::Delivery(id) {
        return Err(StoreError::LeaseLost.into());
    }
    let kind = match state {
        DeliveryState::Delivered => "delivery_delivered",
        DeliveryState::GivenUp => "delivery_given_up",
        DeliveryState::Waiting => {
            let state = state.code().to_owned();
            return Err(StoreError::WrongState { action: "finish the delivery", state }.into());
        }
    };
    let state_code = state.code();
    let result = text(result);
    let finished_at = micros(at);
    query!(
        "update deliveries
        set state = $2, last_result = $3, finished_at = $4
        where id = $1",
        id,
        state_code,
        result,
        finished_at,
    )
    .execute(&mut *connection)
    .await?;
    let entry = Entry {
        subject: (SubjectKind::Delivery, id),
        kind,
        actor: None,
        reason: None,
        at,
        payload: json!({ "result": result }),
    };
    append(connection, entry).await?;
    job_done(connection, lease, at).await
}
