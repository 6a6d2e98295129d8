//! Rows of notices, receivers and deliveries.

use podlinnik_domain::notice::Notice;
use uuid::Uuid;

use super::{code, json, number, time};
use crate::StoreError;
use crate::record::{Delivery, Webhook};

/// A row of `notices` with the number of its verdict revision.
#[derive(Debug)]
pub struct NoticeRow {
    pub id: Uuid,
    pub case_id: Uuid,
    pub verdict_id: Uuid,
    pub verdict_revision: i64,
    pub organisation_id: Uuid,
    pub region: Option<String>,
    pub version: i64,
    pub text: String,
    pub state: String,
    pub author_id: Uuid,
    pub approver_id: Option<Uuid>,
    pub created_at: i64,
    pub updated_at: i64,
    pub published_at: Option<i64>,
}

impl TryFrom<NoticeRow> for Notice {
    type Error = StoreError;

    fn try_from(row: NoticeRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            case: row.case_id.into(),
            verdict: row.verdict_id.into(),
            verdict_revision: number("revision", row.verdict_revision)?,
            organisation: row.organisation_id.into(),
            region: row.region,
            version: number("notice version", row.version)?,
            text: json("notice text", &row.text)?,
            state: code("notice state", &row.state)?,
            author: row.author_id.into(),
            approver: row.approver_id.map(Into::into),
            created_at: time("time of draft", row.created_at)?,
            updated_at: time("time of change", row.updated_at)?,
            published_at: row.published_at.map(|at| time("time of publication", at)).transpose()?,
        })
    }
}

/// A row of `webhooks`.
pub struct WebhookRow {
    pub id: Uuid,
    pub organisation_id: Uuid,
    pub url: String,
    pub secret: Vec<u8>,
    pub created_at: i64,
    pub disabled_at: Option<i64>,
}

impl std::fmt::Debug for WebhookRow {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("WebhookRow")
            .field("id", &self.id)
            .field("url", &self.url)
            .finish_non_exhaustive()
    }
}

impl TryFrom<WebhookRow> for Webhook {
    type Error = StoreError;

    fn try_from(row: WebhookRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            organisation: row.organisation_id.into(),
            url: row.url,
            secret: row.secret,
            created_at: time("time of registration", row.created_at)?,
            disabled_at: row.disabled_at.map(|at| time("time of switching off", at)).transpose()?,
        })
    }
}

/// A row of `deliveries` with its receiver.
pub struct DeliveryRow {
    pub id: Uuid,
    pub event_type: String,
    pub data: String,
    pub state: String,
    pub attempts: i64,
    pub last_result: Option<String>,
    pub created_at: i64,
    pub webhook_id: Uuid,
    pub organisation_id: Uuid,
    pub url: String,
    pub secret: Vec<u8>,
    pub registered_at: i64,
    pub disabled_at: Option<i64>,
}

impl std::fmt::Debug for DeliveryRow {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("DeliveryRow").field("id", &self.id).finish_non_exhaustive()
    }
}

impl TryFrom<DeliveryRow> for Delivery {
    type Error = StoreError;

    fn try_from(row: DeliveryRow) -> Result<Self, StoreError> {
        let webhook = WebhookRow {
            id: row.webhook_id,
            organisation_id: row.organisation_id,
            url: row.url,
            secret: row.secret,
            created_at: row.registered_at,
            disabled_at: row.disabled_at,
        };
        Ok(Self {
            id: row.id.into(),
            webhook: webhook.try_into()?,
            event_type: row.event_type,
            data: json("delivery data", &row.data)?,
            state: code("delivery state", &row.state)?,
            attempts: number("attempts", row.attempts)?,
            last_result: row.last_result,
            created_at: time("time of delivery", row.created_at)?,
        })
    }
}
