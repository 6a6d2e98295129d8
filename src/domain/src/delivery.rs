//! Ways out of the service: who is told, how, and in which language.

use crate::coded_enum;
use crate::language::Text;

coded_enum! {
    /// How a receiver is reached.
    pub enum Channel {
        /// A signed HTTP message (Standard Webhooks 1.0.0).
        Webhook = "webhook",
        /// A letter by SMTP.
        Email = "email",
        /// A post in a channel or chat, through the Bot API.
        Telegram = "telegram",
    }
}

impl Channel {
    /// The channel in words.
    pub const fn text(self) -> Text {
        match self {
            Self::Webhook => Text { ru: "программа (вебхук)", en: "program (webhook)" },
            Self::Email => Text { ru: "письмо", en: "letter" },
            Self::Telegram => Text { ru: "Telegram", en: "Telegram" },
        }
    }
}

coded_enum! {
    /// How a webhook message is signed (Standard Webhooks 1.0.0).
    pub enum SignatureScheme {
        /// HMAC-SHA-256 with a secret that both sides know: `v1,…`.
        Hmac = "hmac",
        /// Ed25519 with a public key that the receiver knows: `v1a,…`.
        Ed25519 = "ed25519",
    }
}
