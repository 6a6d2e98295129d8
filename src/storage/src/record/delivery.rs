//! Receivers, what is sent to them, and the inbox.

use podlinnik_domain::clock::Timestamp;
use podlinnik_domain::coded_enum;
use podlinnik_domain::delivery::{Channel, SignatureScheme};
use podlinnik_domain::id::{DeliveryId, InboxEntryId, OrganisationId, ReceiverId};
use podlinnik_domain::language::Language;

/// Who is told, and how.
#[derive(Clone, PartialEq, Eq)]
pub struct Receiver {
    /// Identifier.
    pub id: ReceiverId,
    /// Whose.
    pub organisation: OrganisationId,
    /// How it is reached.
    pub channel: Channel,
    /// Where: an address of the web, of a mailbox, or of a Telegram chat.
    pub address: String,
    /// How webhook messages are signed.
    pub signature: SignatureScheme,
    /// Key of the signatures, 24 to 64 bytes: of HMAC-SHA-256, or the seed of Ed25519 (32 bytes).
    pub secret: Vec<u8>,
    /// Language of letters and posts.
    pub language: Language,
    /// Codes of the regions that it wants to hear of; all if none.
    pub regions: Option<Vec<String>>,
    /// When it was registered.
    pub created_at: Timestamp,
    /// When it was switched off.
    pub disabled_at: Option<Timestamp>,
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Receiver")
            .field("id", &self.id)
            .field("channel", &self.channel)
            .field("address", &self.address)
            .field("disabled_at", &self.disabled_at)
            .finish_non_exhaustive()
    }
}

impl Receiver {
    /// Whether it wants to hear of this region. What concerns no region concerns all.
    pub fn wants(&self, region: Option<&str>) -> bool {
        match (&self.regions, region) {
            (Some(wanted), Some(region)) => wanted.iter().any(|code| code == region),
            _ => true,
        }
    }
}

coded_enum! {
    /// Where a delivery stands.
    pub enum DeliveryState {
        Waiting = "waiting",
        Delivered = "delivered",
        /// Tried too often, or the receiver is gone.
        GivenUp = "given_up",
    }
}

/// One message to one receiver.
#[derive(Debug, Clone, PartialEq)]
pub struct Delivery {
    /// Identifier; also the webhook message id, so that a receiver can tell repetitions.
    pub id: DeliveryId,
    /// The receiver.
    pub receiver: Receiver,
    /// Type of the message, for example `notice.published`.
    pub event_type: String,
    /// The message's `data`.
    pub data: serde_json::Value,
    /// Where it stands.
    pub state: DeliveryState,
    /// Attempts so far.
    pub attempts: u32,
    /// HTTP status or error of the last attempt.
    pub last_result: Option<String>,
    /// When the message came about.
    pub created_at: Timestamp,
}

/// Which deliveries to send once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replay {
    /// This one.
    One(DeliveryId),
    /// All that came about at this time or later.
    Since(Timestamp),
}

/// What an organisation's inbox tells.
#[derive(Debug, Clone, PartialEq)]
pub struct InboxEntry {
    /// Identifier.
    pub id: InboxEntryId,
    /// Type, as of a message: `notice.published`, `notice.corrected`, `notice.doubted`, `notice.superseded`, `verdict.disputed`,
    /// `verdict.superseded`, `inquiry.asked`, `inquiry.reminded`.
    pub event_type: String,
    /// The facts, as in a message's `data`.
    pub data: serde_json::Value,
    /// When it came about.
    pub created_at: Timestamp,
    /// When the person who asks marked it as read.
    pub read_at: Option<Timestamp>,
}
