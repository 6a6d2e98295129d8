use podlinnik_domain::language::Language;
use uuid::Uuid;

use super::{code, json, number, time};
use crate::StoreError;
use crate::record::{Delivery, InboxEntry, Receiver};

/// A row of `receivers`.
pub struct ReceiverRow {
    pub id: Uuid,
    pub organisation_id: Uuid,
    pub channel: String,
    pub address: String,
    pub signature: String,
    pub secret: Vec<u8>,
    pub language: String,
    pub regions: Option<String>,
    pub created_at: i64,
    pub disabled_at: Option<i64>,
}

impl std::fmt::Debug for ReceiverRow {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("ReceiverRow")
            .field("id", &self.id)
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl TryFrom<ReceiverRow> for Receiver {
    type Error = StoreError;

    fn try_from(row: ReceiverRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            organisation: row.organisation_id.into(),
            channel: code("channel", &row.channel)?,
            address: row.address,
            signature: code("signature scheme", &row.signature)?,
            secret: row.secret,
            language: code::<Language>("language", &row.language)?,
            regions: row.regions.map(|regions| json("regions", &regions)).transpose()?,
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
    pub receiver_id: Uuid,
    pub organisation_id: Uuid,
    pub channel: String,
    pub address: String,
    pub signature: String,
    pub secret: Vec<u8>,
    pub language: String,
    pub regions: Option<String>,
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
        let receiver = ReceiverRow {
            id: row.receiver_id,
            organisation_id: row.organisation_id,
            channel: row.channel,
            address: row.address,
            signature: row.signature,
            secret: row.secret,
            language: row.language,
            regions: row.regions,
            created_at: row.registered_at,
            disabled_at: row.disabled_at,
        };
        Ok(Self {
            id: row.id.into(),
            receiver: receiver.try_into()?,
            event_type: row.event_type,
            data: json("delivery data", &row.data)?,
            state: code("delivery state", &row.state)?,
            attempts: number("attempts", row.attempts)?,
            last_result: row.last_result,
            created_at: time("time of delivery", row.created_at)?,
        })
    }
}

/// A row of `inbox_entries` with the mark of one person.
#[derive(Debug)]
pub struct InboxRow {
    pub id: Uuid,
    pub event_type: String,
    pub data: String,
    pub created_at: i64,
    pub read_at: Option<i64>,
}

impl TryFrom<InboxRow> for InboxEntry {
    type Error = StoreError;

    fn try_from(row: InboxRow) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id.into(),
            event_type: row.event_type,
            data: json("inbox data", &row.data)?,
            created_at: time("time of entry", row.created_at)?,
            read_at: row.read_at.map(|at| time("time of reading", at)).transpose()?,
        })
    }
}
